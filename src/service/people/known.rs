//! What the server remembers between requests: who was recognised recently, and who mistyped a password recently.
//!
//! Hand-written instead of moka, which cannot use the program's clock, which tests set, and cannot drop an answer that
//! was read before a change and arrives after it, which is what `mark` is for.
//!
//! **Invariant:** who was recognised is never older than [`FRESH_SECONDS`]; signing out, disabling and role changes forget at once in
//! this process, and reach other processes within that time.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::domain::{AccountId, Project, ProjectId, Role, Timestamp, TokenScope};
use crate::service::people::attempts::Attempts;
use crate::service::people::hashing::Hashing;
use crate::store::accounts::MembershipRow;

/// How long an answer from the database is trusted.
pub const FRESH_SECONDS: i64 = 5;

/// With more entries than this, old ones are swept, so that the maps stay small under any load.
const ROOM: usize = 10_000;

/// The credential of a request, with the hash in the database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Credential {
    Session([u8; 32]),
    Token([u8; 32]),
    /// A trusted proxy says who it is, with every request.
    Proxy,
}

/// A recognised person (or a program acting for one), as every request sees them.
#[derive(Debug, Clone)]
pub struct Identity {
    pub id: AccountId,
    pub name: String,
    /// Admin of the whole server: every project, every account.
    pub admin: bool,
    pub has_password: bool,
    pub memberships: Vec<MembershipRow>,
    pub credential: Credential,
    /// What a token may do at most; a browser may do everything.
    pub scope: TokenScope,
}

impl Identity {
    /// The role in `project`, or `None` for somebody who is not a member.
    pub fn role_in(&self, project: ProjectId) -> Option<Role> {
        if self.admin {
            return Some(Role::Admin);
        }
        self.memberships.iter().find(|m| m.project_id == project).map(|m| m.role)
    }
}

/// What was seen, and when.
type Seen<K, V> = Mutex<HashMap<K, (Timestamp, V)>>;

/// The memory itself, one per process, inside `App`.
#[derive(Default)]
pub struct Known {
    people: Seen<[u8; 32], Arc<Identity>>,
    projects: Seen<String, Arc<Project>>,
    /// Counts forgettings, so that an answer read before one is not remembered after it.
    forgotten: AtomicU64,
    attempts: Mutex<Attempts>,
    pub(in crate::service) hashing: Hashing,
}

fn open<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // A panic elsewhere cannot leave a map half-written: each method makes one change.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn fresh(seen: Timestamp, now: Timestamp) -> bool {
    (0.0..FRESH_SECONDS as f64).contains(&now.seconds_since(seen))
}

impl Known {
    pub(in crate::service) fn person(&self, sha256: &[u8; 32], now: Timestamp) -> Option<Arc<Identity>> {
        open(&self.people).get(sha256).filter(|(seen, _)| fresh(*seen, now)).map(|(_, who)| Arc::clone(who))
    }

    /// A mark to take before reading what will be remembered.
    pub(in crate::service) fn mark(&self) -> u64 {
        self.forgotten.load(Ordering::SeqCst)
    }

    pub(in crate::service) fn remember_person(&self, sha256: [u8; 32], who: Arc<Identity>, now: Timestamp, mark: u64) {
        let mut people = open(&self.people);
        if self.mark() != mark {
            return;
        }
        if people.len() >= ROOM {
            people.retain(|_, (seen, _)| fresh(*seen, now));
        }
        people.insert(sha256, (now, who));
    }

    pub(in crate::service) fn project(&self, slug: &str, now: Timestamp) -> Option<Arc<Project>> {
        open(&self.projects).get(slug).filter(|(seen, _)| fresh(*seen, now)).map(|(_, project)| Arc::clone(project))
    }

    pub(in crate::service) fn remember_project(&self, project: Arc<Project>, now: Timestamp, mark: u64) {
        let mut projects = open(&self.projects);
        if self.mark() != mark {
            return;
        }
        if projects.len() >= ROOM {
            projects.retain(|_, (seen, _)| fresh(*seen, now));
        }
        projects.insert(project.slug.clone(), (now, project));
    }

    /// Read this project again at its next request.
    pub(in crate::service) fn forget_project(&self, id: ProjectId) {
        let mut projects = open(&self.projects);
        self.forgotten.fetch_add(1, Ordering::SeqCst);
        projects.retain(|_, (_, project)| project.id != id);
    }

    /// Read this account again at its next request, in all its sessions.
    pub fn forget_account(&self, account: AccountId) {
        let mut people = open(&self.people);
        self.forgotten.fetch_add(1, Ordering::SeqCst);
        people.retain(|_, (_, who)| who.id != account);
    }

    /// Who mistyped a password recently.
    pub(in crate::service) fn attempts(&self) -> MutexGuard<'_, Attempts> {
        open(&self.attempts)
    }
}
