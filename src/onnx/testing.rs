//! What tests of several folders need: developers' data that is no part of the repository.

use std::path::PathBuf;

/// The folder of developers' data, from `QUERIST_SHARED` or beside the repository. Without it, the test says so and passes.
pub(crate) fn shared() -> Option<PathBuf> {
    let given = std::env::var_os("QUERIST_SHARED").map(PathBuf::from);
    let path = given.unwrap_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shared"));
    let there = path.join("encoders").is_dir();
    if !there {
        eprintln!("skipped: no developers' data at {}; set QUERIST_SHARED to its folder", path.display());
    }
    there.then_some(path)
}
