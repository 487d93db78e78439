//! What the tests share: an application of its own for each test, a client, and the way to say that one was skipped.

pub mod app;
pub mod client;
pub mod samples;
#[path = "../../../src/testing.rs"]
mod testing;

pub use testing::skip;

use std::path::PathBuf;

/// The repository's root.
pub fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}
