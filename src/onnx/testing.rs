//! What tests of several folders need: developers' data that is not part of the repository.
//!
//! `build.rs` sets `developers_data` where it exists; elsewhere tests that need it count as ignored rather than passed.

use std::path::PathBuf;

/// The folder of developers' data, from `QUERIST_SHARED` or beside the repository.
///
/// # Panics
/// If it does not exist.
pub(crate) fn shared() -> PathBuf {
    let given = std::env::var_os("QUERIST_SHARED").map(PathBuf::from);
    let path = given.unwrap_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shared"));
    assert!(path.join("encoders").is_dir(), "no developers' data at {}; set QUERIST_SHARED", path.display());
    path
}
