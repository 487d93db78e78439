//! The use cases.
//!
//! **Invariant:** no HTTP, no SQL text.

pub mod select;
pub mod simulate;
