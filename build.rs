//! Checks that the front-end packages are there, since the binary embeds them.

use std::path::Path;
use std::process::ExitCode;

const HTMX: &str = "node_modules/htmx.org/dist/htmx.min.js";

fn main() -> ExitCode {
    println!("cargo::rerun-if-changed={HTMX}");
    println!("cargo::rerun-if-changed=migrations");
    println!("cargo::rerun-if-changed=static");
    println!("cargo::rerun-if-changed=templates");
    if !Path::new(HTMX).is_file() {
        println!("cargo::error={HTMX} is missing: run `make setup` (or `npm ci`) once, then build again");
        return ExitCode::FAILURE;
    }
    ExitCode::SUCCESS
}
