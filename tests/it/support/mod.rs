//! What the tests share: applications, people, programs, pictures and models for a test of its own, and the way to skip one.

pub mod app;
pub mod bench;
pub mod client;
pub mod desk;
pub mod drawing;
pub mod models;
pub mod program;
pub mod rounds;
pub mod samples;
pub mod shapes;
#[path = "../../../src/testing.rs"]
mod testing;
pub mod zips;

pub use testing::skip;

use std::path::PathBuf;

/// The repository's root.
pub fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}
