//! The history: what people asked for, were given, sent and were told, in the order in which they saw it.
//!
//! **Invariant:** what is sent is noted before its first byte leaves, and what is received after its last one came. So an answer
//! that is noted as acknowledged before another is noted as sent was stored before it.

use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use serde::{Deserialize, Serialize};

/// What an answer says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Said {
    /// The id of its class.
    Class(i64),
    /// The reason.
    Skip(String),
}

/// What an answer rests on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Ground {
    Lease(String),
    /// The person's own earlier answer, which it replaces.
    Change(String),
}

/// One thing that happened.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum What {
    /// More samples are asked for.
    Asked {
        group: bool,
    },
    /// A reply named this lease.
    Leased {
        sample: i64,
        lease: String,
        group: bool,
        /// When its request left, as [`History::now`] tells it.
        asked: u64,
    },
    /// An answer is about to leave for the first time.
    Sent {
        id: String,
        sample: i64,
        said: Said,
        ground: Ground,
    },
    /// A receipt came. The reply to a group has no time.
    Acknowledged {
        id: String,
        sample: i64,
        said: Said,
        made_at: Option<String>,
    },
    /// An answer was refused for good.
    Refused {
        id: String,
        status: u16,
        code: String,
    },
    /// An answer is about to be taken back.
    Undoing {
        id: String,
    },
    /// It was: the undo has an id of its own.
    Undone {
        id: String,
        undo: String,
    },
    /// A lease is about to be given back.
    GivingBack {
        sample: i64,
        lease: String,
    },
    /// A round is about to be asked for.
    RoundAsked,
    /// A reply of 429 or 5xx.
    Failed {
        status: u16,
        code: String,
        retry_after: bool,
        /// When its request left.
        asked: u64,
    },
    /// Any other reply that nobody expected.
    Strange {
        about: String,
    },
    /// A fault begins; while it lasts `internal` says whether 500 may be the reply.
    FaultBegins {
        name: String,
        internal: bool,
    },
    FaultEnds {
        name: String,
    },
    /// From here on a lease from before may have ended by itself.
    LeasesMayEnd,
}

/// An entry of the history.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Event {
    /// Microseconds since the history began.
    pub at: u64,
    /// The account's name; empty: the test itself.
    pub who: String,
    pub what: What,
}

/// Collects events of all threads.
pub struct History {
    began: Instant,
    events: Mutex<Vec<Event>>,
}

impl History {
    pub fn new() -> Self {
        Self { began: Instant::now(), events: Mutex::default() }
    }

    pub fn note(&self, who: &str, what: What) {
        let mut events = self.lock();
        // Under the lock, so that times rise along the history.
        let at = self.began.elapsed().as_micros() as u64;
        events.push(Event { at, who: who.to_owned(), what });
    }

    /// Microseconds since the history began: before every event that is noted from here on, and behind all others.
    pub fn now(&self) -> u64 {
        let _events = self.lock();
        self.began.elapsed().as_micros() as u64
    }

    /// What has happened so far.
    pub fn events(&self) -> Vec<Event> {
        self.lock().clone()
    }

    pub fn count(&self, which: impl Fn(&What) -> bool) -> usize {
        self.lock().iter().filter(|event| which(&event.what)).count()
    }

    /// Write it as lines of JSON.
    pub fn save(&self, path: &Path) -> std::io::Result<()> {
        let lines: Result<Vec<String>, _> = self.lock().iter().map(serde_json::to_string).collect();
        std::fs::write(path, lines?.join("\n"))
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Event>> {
        self.events.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
