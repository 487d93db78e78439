//! No open doors: files, passwords, links, tokens, proxies, connections, and a description of the API that is true.

mod asking;
mod backups;
mod connections;
mod described;
mod modes;
mod parts;
mod repeats;
mod signing_in;
mod terminal;
mod trusting;
mod whole;

use std::path::Path;
use std::process::{Command, Output};

/// The program with a data folder, started with the umask that most systems have.
fn querist(data: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new("sh");
    command.args(["-c", "umask 022; exec \"$0\" \"$@\"", env!("CARGO_BIN_EXE_querist"), "--data"]).arg(data);
    command.args(["--threads", "1"]).args(arguments).output().unwrap()
}

/// Standard output of a command that must end well.
fn done(data: &Path, arguments: &[&str]) -> String {
    let out = querist(data, arguments);
    assert!(out.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&out.stderr));
    String::from_utf8(out.stdout).unwrap().trim().to_owned()
}

/// Standard error of a command that must fail.
fn failed(data: &Path, arguments: &[&str]) -> String {
    let out = querist(data, arguments);
    assert!(!out.status.success(), "{arguments:?} ended well");
    String::from_utf8(out.stderr).unwrap()
}
