//! The archive: samples and projects that are put away, brought back, or removed for good when their time is over.
//!
//! **Invariant:** what is archived can be brought back as it was until it is removed, and what is removed leaves an entry in the record.

pub mod projects;
pub mod removal;
pub mod samples;

/// How long what is to be deleted can be brought back, in seconds: 30 days.
pub const KEPT_SECONDS: i64 = 30 * 24 * 3600;
