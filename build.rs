//! Checks that the front-end packages are there, since the binary embeds them.

use std::path::Path;
use std::process::ExitCode;

const PACKAGES: [&str; 2] = ["node_modules/htmx.org/dist/htmx.min.js", "node_modules/@fluent/bundle/esm/index.js"];

fn main() -> ExitCode {
    for file in PACKAGES {
        println!("cargo::rerun-if-changed={file}");
        if !Path::new(file).is_file() {
            println!("cargo::error={file} is missing: run `make setup` (or `npm ci`) once, then build again");
            return ExitCode::FAILURE;
        }
    }
    for folder in ["locales", "migrations", "static", "templates"] {
        println!("cargo::rerun-if-changed={folder}");
    }
    ExitCode::SUCCESS
}
