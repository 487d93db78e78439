//! The use cases: labeling, training, queueing, importing, exporting, accounts.
//!
//! **Invariant:** no HTTP and no SQL text. A use case checks its rules, computes off the async threads, and writes through
//! one method of the store.

pub mod accounts;
mod attempts;
pub mod augmenting;
pub mod autopilot;
pub mod backup;
pub mod deploying;
pub mod desk;
pub mod distilling;
pub mod doubts;
pub mod encoders;
pub mod encoding;
pub mod example;
pub mod examples;
pub mod exporting;
pub mod flags;
pub mod groups;
mod hashing;
pub mod hub;
pub mod importing;
pub mod insight;
pub mod keys;
pub mod known;
pub mod labeling;
pub mod listing;
pub mod metering;
pub mod model;
pub mod opinions;
pub mod pool;
pub mod predict;
pub mod predictions;
pub mod projects;
pub mod replay;
pub mod secrets;
pub mod select;
pub mod select_multi;
pub mod shelf;
pub mod simulate;
pub mod training;
pub mod trials;
pub mod uploads;
pub mod viewing;

use crate::cpu::CutShort;
use crate::store::StoreError;
use crate::store::labeling::Refused;

/// Why a use case did not do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum ServiceError {
    /// There is no such thing, or not for this person.
    #[error("{what} `{name}` was not found")]
    NotFound { what: &'static str, name: String },
    /// What was given breaks a rule; the message says which and what to do.
    #[error("{0}")]
    Invalid(String),
    /// It has no meaning where a sample has any number of classes; names what.
    #[error("{0} is for projects with one class per sample; this one takes any number of classes")]
    OneClassOnly(&'static str),
    /// It clashes with what is there already.
    #[error("{0}")]
    Conflict(String),
    /// It is being made, and takes longer than a request should.
    #[error("{0}")]
    Busy(String),
    #[error(transparent)]
    Refused(#[from] Refused),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    CutShort(#[from] CutShort),
    #[error("a file in the data folder could not be used")]
    Io(#[from] std::io::Error),
}

impl ServiceError {
    #[expect(clippy::needless_pass_by_value, reason = "callers hand over ids and texts alike")]
    pub fn not_found(what: &'static str, name: impl ToString) -> Self {
        Self::NotFound { what, name: name.to_string() }
    }
}
