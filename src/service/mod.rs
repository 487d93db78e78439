//! The use cases.
//!
//! **Invariant:** no HTTP, no SQL text.

pub mod accounts;
pub mod encoders;
pub mod encoding;
pub mod known;
pub mod secrets;
