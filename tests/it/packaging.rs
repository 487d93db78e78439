//! What people install from: what `make install` puts where, and files for services and images that name what is there.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

use clap::CommandFactory as _;
use querist::cli::Cli;

use crate::support::{files, root, skip};

#[test]
fn install_puts_program_library_manual_and_completions_where_systems_look() {
    if !root().join(".setup/onnxruntime").is_dir() {
        return skip("ONNX Runtime: run `make setup`");
    }
    let folder = tempfile::tempdir().unwrap();
    let mut make = Command::new("make");
    make.args(["--silent", "install", "PREFIX=/usr"]).current_dir(root());
    make.arg(format!("DESTDIR={}", folder.path().display())).arg(concat!("PROGRAM=", env!("CARGO_BIN_EXE_querist")));
    let out = make.output().unwrap();
    assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
    let usr = folder.path().join("usr");
    for file in [
        "share/man/man1/querist.1",
        "share/man/man1/querist-user-add.1",
        "share/bash-completion/completions/querist",
        "share/zsh/site-functions/_querist",
        "share/fish/vendor_completions.d/querist.fish",
    ] {
        let text = std::fs::read_to_string(usr.join(file)).unwrap_or_else(|error| panic!("{file}: {error}"));
        assert!(text.contains("querist"), "{file}");
    }
    // Found beside it, from a folder that has none.
    let mut doctor = Command::new(usr.join("bin/querist"));
    doctor.args(["--data", "data", "doctor"]).current_dir(folder.path()).env_remove("QUERIST_ONNXRUNTIME");
    let said = String::from_utf8(doctor.output().unwrap().stdout).unwrap();
    assert!(said.contains("lib/querist/libonnxruntime"), "{said}");
}

/// Names like `QUERIST_DATA` in a text.
fn settings(text: &str) -> BTreeSet<String> {
    let word = |c: char| !(c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_');
    text.split(word).filter(|word| word.starts_with("QUERIST_")).map(str::to_owned).collect()
}

#[test]
fn services_and_images_name_settings_that_there_are() {
    fn known(command: &clap::Command, found: &mut BTreeSet<String>) {
        found.extend(command.get_arguments().filter_map(|arg| Some(arg.get_env()?.to_string_lossy().into_owned())));
        command.get_subcommands().for_each(|child| known(child, found));
    }
    let mut there = BTreeSet::from(["QUERIST_LOG".to_owned(), "QUERIST_FETCH_ONLY".to_owned()]);
    known(&Cli::command(), &mut there);
    let mut named = BTreeSet::new();
    for entry in std::fs::read_dir(root().join("packaging")).unwrap() {
        named.extend(settings(&std::fs::read_to_string(entry.unwrap().path()).unwrap()));
    }
    named.extend(settings(&std::fs::read_to_string(root().join("Dockerfile")).unwrap()));
    assert!(named.len() >= 4, "{named:?}");
    let wrong: Vec<_> = named.difference(&there).collect();
    assert!(wrong.is_empty(), "{wrong:?} is no setting");
}

#[test]
fn compose_files_and_workflows_are_what_they_should_be() {
    let program = "
import glob, sys, tomllib, yaml
def load(path): return yaml.safe_load(open(path))
compose = {path.split('/')[-1]: load(path) for path in glob.glob('packaging/compose*.yaml')}
assert len(compose) == 3, compose
querist = compose['compose.yaml']['services']['querist']
assert querist['read_only'] and querist['cap_drop'] == ['ALL'], querist
for name, file in compose.items():
    for service in file['services'].values():
        for volume in service.get('volumes', []):
            assert volume.split(':')[0] in file['volumes'], (name, volume)
        for other in service.get('depends_on', {}):
            assert 'healthcheck' in file['services'][other], other
for path in glob.glob('.github/workflows/*.yml'):
    jobs = load(path)['jobs']
    for job in jobs.values():
        needs = job.get('needs', [])
        assert all(other in jobs for other in ([needs] if isinstance(needs, str) else needs)), (path, needs)
        for step in job['steps']:
            assert ('uses' in step) != ('run' in step), step
wheel = tomllib.load(open('pyproject.toml', 'rb'))
assert wheel['tool']['maturin']['bindings'] == 'bin' and any('onnxruntime' in one for one in wheel['project']['dependencies'])
print('whole')
";
    let mut python = Command::new("python3");
    python.args(["-c", program]).current_dir(root()).env("PYTHONPATH", root().join(".setup/python"));
    let out = python.output().unwrap();
    let said = String::from_utf8_lossy(&out.stderr);
    if said.contains("No module named") {
        return skip("python3 with pyyaml: run `make setup`");
    }
    assert_eq!(String::from_utf8_lossy(&out.stdout).trim(), "whole", "{said}");
}

/// What a bare Debian has with the packages that the README lists, what `make setup` fetches, and what a test may find missing.
const PROGRAMS: [&str; 7] = ["sh", "make", "python3", "node", "mkfifo", "unshare", "strace"];
/// Known from other machines and missing there.
const MISSING: [&str; 8] = ["curl", "wget", "jq", "ps", "pkill", "killall", "lsof", "xxd"];

#[test]
fn tests_and_scripts_call_no_program_that_a_bare_machine_lacks() {
    let read = |path: &Path| std::fs::read_to_string(path).unwrap();
    let mut wrong = Vec::new();
    let mut seen = 0;
    for path in files(Path::new("tests"), "rs") {
        let source = read(&path);
        for program in source.split("Command::new(\"").skip(1).filter_map(|rest| rest.split('"').next()) {
            seen += 1;
            if !PROGRAMS.contains(&program) {
                wrong.push(format!("{}: {program}", path.display()));
            }
        }
    }
    assert!(seen > 10, "{seen}");
    for path in files(Path::new("scripts"), "sh") {
        for line in read(&path).lines().filter(|line| !line.trim_start().starts_with('#')) {
            // The first word of each command.
            let commands = line.split(['|', ';', '&', '(', '`']).filter_map(|part| part.split_whitespace().next());
            let lacking = commands.filter(|word| MISSING.contains(word));
            wrong.extend(lacking.map(|word| format!("{}: {word}", path.display())));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}
