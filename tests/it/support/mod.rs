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
pub mod signal;
#[path = "../../../src/testing.rs"]
mod testing;
pub mod zips;

pub use testing::skip;

use std::path::{Path, PathBuf};

/// The repository's root.
pub fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// The files below a folder with this ending, sorted.
pub fn files(folder: &Path, extension: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path, extension));
        } else if path.extension().is_some_and(|is| is == extension) {
            found.push(path);
        }
    }
    found.sort();
    found
}
