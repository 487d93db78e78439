//! The only way for a test to say that it could not run: unit tests and `tests/it` share this file.

/// Say that a test could not run, and why. In CI (`CI=true`) that is a failure.
///
/// # Panics
/// In CI.
pub fn skip(reason: &str) {
    assert!(std::env::var("CI").as_deref() != Ok("true"), "may not be skipped in CI: {reason}");
    eprintln!("skipped: {reason}");
    // `make test` counts the lines of this file, since the test runner cannot report skipped tests.
    if let Ok(path) = std::env::var("QUERIST_TEST_SKIPS") {
        use std::io::Write as _;
        let file = std::fs::OpenOptions::new().create(true).append(true).open(path);
        let _ = file.and_then(|mut file| writeln!(file, "{reason}"));
    }
}
