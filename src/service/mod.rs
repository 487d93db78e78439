//! The use cases.
//!
//! **Invariant:** no HTTP, no SQL text.
