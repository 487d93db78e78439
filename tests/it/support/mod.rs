//! What the tests share: an application of its own for each test, a client, and the way to say that one was skipped.

pub mod app;
pub mod client;
pub mod samples;

use std::path::PathBuf;

/// Say that a test could not run, and why. In CI (`CI=true`) that is a failure.
///
/// # Panics
/// In CI.
pub fn skip(reason: &str) {
    assert!(std::env::var("CI").as_deref() != Ok("true"), "may not be skipped in CI: {reason}");
    eprintln!("skipped: {reason}");
    // `make test` counts the lines of this file, since the test runner has no word for a skipped test.
    if let Ok(path) = std::env::var("QUERIST_TEST_SKIPS") {
        use std::io::Write as _;
        let file = std::fs::OpenOptions::new().create(true).append(true).open(path);
        let _ = file.and_then(|mut file| writeln!(file, "{reason}"));
    }
}

/// The repository's root.
pub fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}
