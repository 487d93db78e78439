//! One runtime for all tests of the process.

use crate::runtime::{Runtime, Settings};

/// The runtime on the CPU with two threads. Without the library the test is skipped, which fails in CI.
pub(crate) fn runtime() -> Option<Runtime> {
    let library = std::env::var_os("QUERIST_ONNXRUNTIME").map(Into::into);
    match Runtime::open(&Settings { library, threads: 2, ..Settings::default() }) {
        Ok(runtime) => Some(runtime),
        Err(error) => {
            crate::testing::skip(&error.to_string());
            None
        }
    }
}
