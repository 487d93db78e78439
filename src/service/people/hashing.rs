//! Hashing and verifying passwords, in memory that is allocated once.
//!
//! **Invariant:** however many requests arrive, at most [`TURNS`] checks run, each in 19 MiB that the next one reuses,
//! and at most [`ROOM`] wait; later ones are told to retry. A person at a known address has a separate queue.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use argon2::password_hash::phc::{Output, ParamsString, PasswordHash, Salt};
use argon2::{Algorithm, Argon2, Block, Params, Version};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::service::people::secrets::NoRandomness;

/// Checks that run at a time. Each takes a core for tens of milliseconds: two leave room for people who label.
const TURNS: usize = 2;
/// Checks that may wait for a turn, from anybody.
const ROOM: usize = 16;
/// More may wait from people who signed in from the same address before.
const ROOM_FOR_KNOWN: usize = 16;
/// No hash that was ever stored needs more, in KiB.
const MOST_BLOCKS: usize = 1 << 16;

/// The turns and their memory, one per process.
pub struct Hashing {
    turns: Arc<Semaphore>,
    waiting: AtomicUsize,
    /// Memory of turns that are free.
    blocks: Mutex<Vec<Vec<Block>>>,
}

impl Default for Hashing {
    fn default() -> Self {
        Self { turns: Arc::new(Semaphore::new(TURNS)), waiting: AtomicUsize::new(0), blocks: Mutex::default() }
    }
}

/// The right to hash one password. It moves with the work to its thread, so a client that disconnects does not free the
/// turn early.
pub(in crate::service) struct Turn {
    _permit: OwnedSemaphorePermit,
}

/// Counts a waiting request, even if it disconnects.
struct Waiting<'a>(&'a AtomicUsize);

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

impl Hashing {
    /// Wait for a turn; `None` where too many wait already.
    pub(in crate::service) async fn turn(&self, known: bool) -> Option<Turn> {
        let room = if known { ROOM + ROOM_FOR_KNOWN } else { ROOM };
        let before = self.waiting.fetch_add(1, Ordering::SeqCst);
        let _waiting = Waiting(&self.waiting);
        if before >= room {
            return None;
        }
        let permit = Arc::clone(&self.turns).acquire_owned().await.ok()?;
        Some(Turn { _permit: permit })
    }

    /// Argon2id with the crate's parameters (19 MiB, two passes) and a new salt. Takes tens of milliseconds: call it off the
    /// async threads, with a turn.
    ///
    /// # Errors
    /// When the operating system gives no random bytes for the salt.
    pub(in crate::service) fn hash(&self, password: &str) -> Result<String, NoRandomness> {
        let mut salt = [0; Salt::RECOMMENDED_LENGTH];
        getrandom::fill(&mut salt).map_err(|_| NoRandomness)?;
        let salt = Salt::new(&salt).map_err(|_| NoRandomness)?;
        let params = Params::default();
        let hash = self.compute(password, Algorithm::Argon2id, Version::V0x13, &params, &salt).ok_or(NoRandomness)?;
        let whole = PasswordHash {
            algorithm: Algorithm::Argon2id.ident(),
            version: Some(Version::V0x13.into()),
            params: ParamsString::try_from(&params).map_err(|_| NoRandomness)?,
            salt: Some(salt),
            hash: Some(hash),
        };
        Ok(whole.to_string())
    }

    /// Whether `password` is the one behind `hash`. As slow as [`Self::hash`], also where there is no hash, so that
    /// timing reveals nothing.
    pub(in crate::service) fn matches(&self, password: &str, hash: Option<&str>) -> bool {
        let Some(hash) = hash else {
            let _ = self.hash(password);
            return false;
        };
        let Ok(stored) = PasswordHash::new(hash) else { return false };
        let algorithm = Algorithm::try_from(stored.algorithm.as_str());
        let version = stored.version.map_or(Ok(Version::V0x13), Version::try_from);
        let (Ok(algorithm), Ok(version), Ok(params)) = (algorithm, version, Params::try_from(&stored)) else {
            return false;
        };
        let (Some(salt), Some(meant)) = (&stored.salt, &stored.hash) else { return false };
        // Outputs are compared in constant time.
        self.compute(password, algorithm, version, &params, salt).is_some_and(|hash| hash == *meant)
    }

    fn compute(
        &self,
        password: &str,
        algorithm: Algorithm,
        version: Version,
        params: &Params,
        salt: &Salt,
    ) -> Option<Output> {
        let count = params.block_count();
        if count > MOST_BLOCKS {
            return None;
        }
        let mut blocks = self.free().pop().unwrap_or_default();
        blocks.resize(count, Block::default());
        let mut out = [0; Output::MAX_LENGTH];
        let out = out.get_mut(..params.output_len().unwrap_or(Params::DEFAULT_OUTPUT_LEN))?;
        let argon2 = Argon2::new(algorithm, version, params.clone());
        let done = argon2.hash_password_into_with_memory(password.as_bytes(), salt, out, &mut blocks);
        self.free().push(blocks);
        done.ok()?;
        Output::new(out).ok()
    }

    fn free(&self) -> std::sync::MutexGuard<'_, Vec<Vec<Block>>> {
        self.blocks.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use argon2::PasswordHasher as _;

    use super::*;

    #[test]
    fn a_password_matches_its_own_hash_only() {
        let hashing = Hashing::default();
        let hash = hashing.hash("correct horse").unwrap();
        assert!(hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{hash}");
        assert!(hashing.matches("correct horse", Some(&hash)));
        assert!(!hashing.matches("correct horses", Some(&hash)));
        assert!(!hashing.matches("correct horse", Some("no hash at all")));
        assert!(!hashing.matches("correct horse", None));
        assert_ne!(hashing.hash("correct horse").unwrap(), hash, "two hashes differ by their salt");
        assert_eq!(hashing.free().len(), 1, "one memory served them all");
    }

    #[test]
    fn a_hash_of_the_library_by_itself_is_known() {
        let theirs = Argon2::default().hash_password(b"correct horse").unwrap().to_string();
        let hashing = Hashing::default();
        assert!(hashing.matches("correct horse", Some(&theirs)));
        assert!(!hashing.matches("another", Some(&theirs)));
    }

    #[tokio::test]
    async fn a_crowd_is_sent_away_and_known_people_still_find_room() {
        let hashing = Arc::new(Hashing::default());
        let one = hashing.turn(false).await.unwrap();
        let _two = hashing.turn(false).await.unwrap();
        let mut crowd = tokio::task::JoinSet::new();
        for _ in 0..ROOM {
            let hashing = Arc::clone(&hashing);
            crowd.spawn(async move { hashing.turn(false).await.is_some() });
        }
        while hashing.waiting.load(Ordering::SeqCst) < ROOM {
            tokio::task::yield_now().await;
        }
        assert!(hashing.turn(false).await.is_none(), "the seventeenth stranger is sent away");
        let known = hashing.turn(true);
        drop(one);
        assert!(known.await.is_some());
        drop(crowd);
    }
}
