//! Secrets: random tokens, how they are stored, and passwords.
//!
//! **Invariant:** the only randomness that is not seeded; nothing here is ever logged.

use sha2::{Digest as _, Sha256};

use crate::data::hex;
use crate::domain::Lots;
use crate::service::people::common;

/// What every API token begins with, so that leaked ones can be searched for.
pub const TOKEN_PREFIX: &str = "qst_";

/// The shortest accepted password.
pub const MIN_PASSWORD: usize = 10;
/// The longest accepted password: hashing more would be a way to overload a server.
pub const MAX_PASSWORD: usize = 1000;

/// 256 random bits, shown once as text and stored only as a hash.
#[derive(Clone)]
pub struct Secret(String);

impl Secret {
    /// A new secret from the operating system's randomness.
    pub fn random(prefix: &str) -> Result<Self, NoRandomness> {
        let mut bytes = [0; 32];
        getrandom::fill(&mut bytes).map_err(|_| NoRandomness)?;
        Ok(Self(format!("{prefix}{}", hex(&bytes))))
    }

    /// The text to show. It cannot be recovered from the database.
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// What the database stores.
    pub fn sha256(&self) -> [u8; 32] {
        sha256(&self.0)
    }
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secret(…)")
    }
}

/// The secret behind a project's draws.
pub fn lots() -> Result<Lots, NoRandomness> {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes).map_err(|_| NoRandomness)?;
    Ok(Lots::new(bytes))
}

/// The operating system gave no random bytes.
#[derive(Debug, thiserror::Error)]
#[error("the operating system gave no random bytes")]
pub struct NoRandomness;

/// What the database stores for `secret`. A plain hash is enough: nobody can guess 256 random bits.
pub fn sha256(secret: &str) -> [u8; 32] {
    Sha256::digest(secret.as_bytes()).into()
}

/// Why a new password was refused.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum WeakPassword {
    #[error("the password is shorter than {MIN_PASSWORD} characters; choose a longer one")]
    Short,
    #[error("the password is longer than {MAX_PASSWORD} characters; choose a shorter one")]
    Long,
    #[error("the password is the account's name; choose another one")]
    Name,
    #[error("the password is one of those that are guessed first; choose three or more unrelated words")]
    Common,
}

/// Whether `password` may become the password of the account called `name`.
///
/// Length decides, not the kinds of characters, and that it is not among those that many people have (NIST SP 800-63B).
pub fn check_password(name: &str, password: &str) -> Result<(), WeakPassword> {
    match password.chars().count() {
        0..MIN_PASSWORD => Err(WeakPassword::Short),
        n if n > MAX_PASSWORD => Err(WeakPassword::Long),
        _ if password.eq_ignore_ascii_case(name) => Err(WeakPassword::Name),
        _ if common::is_common(name, password) => Err(WeakPassword::Common),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_differ_and_never_show_in_debug_output() {
        let (a, b) = (Secret::random("qst_").unwrap(), Secret::random("qst_").unwrap());
        assert_ne!(a.reveal(), b.reveal());
        assert_eq!(a.reveal().len(), 4 + 64);
        assert_eq!(format!("{a:?}"), "Secret(…)");
    }

    #[test]
    fn short_long_and_obvious_passwords_are_refused() {
        assert_eq!(check_password("ana", "short"), Err(WeakPassword::Short));
        assert_eq!(check_password("ana", &"x".repeat(1001)), Err(WeakPassword::Long));
        assert_eq!(check_password("anastasia-b", "Anastasia-B"), Err(WeakPassword::Name));
        assert_eq!(check_password("ana", "Password2026!"), Err(WeakPassword::Common));
        assert_eq!(check_password("ana", "long enough"), Ok(()));
    }

    #[test]
    fn the_stored_form_is_sha_256() {
        // FIPS 180-4, the one-block example.
        assert_eq!(hex(&sha256("abc")), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    }
}
