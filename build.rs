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
    // Developers' data lie outside the repository; the tests that need them are ignored where they are not.
    println!("cargo::rustc-check-cfg=cfg(developers_data)");
    println!("cargo::rerun-if-env-changed=QUERIST_SHARED");
    let shared = std::env::var("QUERIST_SHARED").unwrap_or_else(|_| "../shared".to_owned());
    if Path::new(&shared).join("encoders").is_dir() {
        println!("cargo::rustc-cfg=developers_data");
    }
    // A real sentence encoder is loaded by `tests/oracles/sentences.py fetch`.
    println!("cargo::rustc-check-cfg=cfg(minilm)");
    println!("cargo::rerun-if-env-changed=QUERIST_MINILM");
    let minilm = std::env::var("QUERIST_MINILM").unwrap_or_else(|_| ".setup/minilm".to_owned());
    let network = Path::new(&minilm).join("int8/model.onnx");
    if network.is_file() {
        println!("cargo::rerun-if-changed={}", network.display());
        println!("cargo::rustc-cfg=minilm");
    }
    ExitCode::SUCCESS
}
