//! The `querist` program.

use std::process::ExitCode;

use querist::runtime::environment::NO_TELEMETRY;

fn main() -> ExitCode {
    #[expect(unsafe_code, reason = "ONNX Runtime reads its environment in C, so it must be set in this very process")]
    // SAFETY: this is the first statement of `main`: no other thread exists that could read the environment.
    unsafe {
        std::env::set_var(NO_TELEMETRY, "1");
    }
    querist::cli::process::run()
}
