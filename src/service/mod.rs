//! The use cases.
//!
//! **Invariant:** no HTTP, no SQL text.

pub mod accounts;
pub mod known;
pub mod secrets;
