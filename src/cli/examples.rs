//! Two examples for every command, shown by `--help`.
//!
//! **Invariant:** each of them is a command line that the program takes; a test parses them all.

use clap::Command;

/// The words of a command, and how it is called.
pub const EXAMPLES: &[(&str, [&str; 2])] = &[
    ("demo", ["querist demo", "querist demo --autopilot --pictures 600 --listen 127.0.0.1:9000"]),
    (
        "serve",
        ["querist serve --data /srv/querist", "querist serve --listen 0.0.0.0:8080 --url https://label.example.org"],
    ),
    (
        "project new",
        [
            "querist project new birds --class hawk --class heron --name \"Birds of the lake\"",
            "querist project new scenes --task multi --class water --class people",
        ],
    ),
    ("project list", ["querist project list", "querist project list --json"]),
    ("project class list", ["querist project class list birds", "querist project class list birds --json"]),
    (
        "project class add",
        ["querist project class add birds owl", "querist project class add birds \"barn owl\" kestrel"],
    ),
    (
        "project class retire",
        [
            "querist project class retire birds owl",
            "querist project class retire birds \"barn owl\" --data /srv/querist",
        ],
    ),
    (
        "project class change",
        [
            "querist project class change birds owl --rename \"barn owl\"",
            "querist project class change birds owl --colour 4 --describe \"round face, no ears\"",
        ],
    ),
    (
        "project class order",
        ["querist project class order birds owl kestrel", "querist project class order birds owl --json"],
    ),
    (
        "project class restore",
        ["querist project class restore birds owl", "querist project class restore birds owl --json"],
    ),
    (
        "project class delete",
        ["querist project class delete birds owl", "querist project class delete birds owl --data /srv/querist"],
    ),
    (
        "project class merge",
        [
            "querist project class merge birds hawk owl --dry-run",
            "querist project class merge birds hawk owl --by otto",
        ],
    ),
    (
        "project class move",
        [
            "querist project class move birds owl \"barn owl\" --matching barn",
            "querist project class move birds owl kestrel --metadata site=north --dry-run",
        ],
    ),
    ("project class acts", ["querist project class acts birds", "querist project class acts birds --json"]),
    ("project class undo", ["querist project class undo birds 3", "querist project class undo birds 3 --by otto"]),
    ("encode", ["querist encode birds", "querist encode birds --encoder mobilenet"]),
    ("train", ["querist train birds", "querist train birds --json"]),
    ("import", ["querist import birds pictures.zip", "querist import birds pictures --labels folder --dry-run"]),
    ("imports list", ["querist imports list birds", "querist imports list birds --json"]),
    ("imports cancel", ["querist imports cancel birds 3", "querist imports cancel birds 3 --data /srv/querist"]),
    ("imports undo", ["querist imports undo birds 3 --dry-run", "querist imports undo birds 3 --by otto"]),
    ("archive list", ["querist archive list", "querist archive list birds --json"]),
    ("archive project", ["querist archive project birds", "querist archive project birds --delete"]),
    (
        "archive samples",
        [
            "querist archive samples birds --sample 12 --sample 13",
            "querist archive samples birds --metadata site=north --state unlabeled --dry-run",
        ],
    ),
    ("archive restore", ["querist archive restore birds", "querist archive restore birds --all"]),
    ("archive clear", ["querist archive clear", "querist archive clear --data /srv/querist --json"]),
    (
        "export",
        [
            "querist export birds --format csv --out birds.csv",
            "querist export birds --format imagefolder --out birds.zip --split 0.8,0.1,0.1",
        ],
    ),
    (
        "model",
        [
            "querist model birds --out birds.onnx",
            "querist model birds --out birds-small.onnx --input uint8 --precision int8",
        ],
    ),
    (
        "predict",
        ["querist predict birds.onnx new-pictures", "querist predict tickets.onnx new.csv --all --out said.csv"],
    ),
    (
        "user add",
        [
            "querist user add mira --role annotator --project birds",
            "querist user add otto --role admin --password-stdin",
        ],
    ),
    ("user role", ["querist user role mira lead --project birds", "querist user role mira none --project birds"]),
    ("user link", ["querist user link mira", "querist user link mira --url https://label.example.org"]),
    ("user list", ["querist user list", "querist user list --json"]),
    ("user disable", ["querist user disable mira", "querist user disable \"Mira Lund\" --data /srv/querist"]),
    ("user data", ["querist user data mira --out mira.zip", "querist user data \"Mira Lund\" --out mira.zip --json"]),
    ("user delete", ["querist user delete mira", "querist user delete \"Mira Lund\" --data /srv/querist"]),
    ("user anonymise", ["querist user anonymise mira", "querist user anonymise \"Mira Lund\" --json"]),
    ("user enable", ["querist user enable mira", "querist user enable \"Mira Lund\" --data /srv/querist"]),
    (
        "token new",
        ["querist token new --user otto", "querist token new --user otto --name \"nightly export\" --days 90"],
    ),
    ("token list", ["querist token list", "querist token list --user otto --json"]),
    ("token revoke", ["querist token revoke 3", "querist token revoke 3 --data /srv/querist"]),
    ("doctor", ["querist doctor", "querist doctor --data /srv/querist --provider cuda"]),
    ("status", ["querist status", "querist status --data /srv/querist --json"]),
    ("encoder list", ["querist encoder list", "querist encoder list --json"]),
    ("encoder add", ["querist encoder add mobilenet.onnx", "querist encoder add dino.onnx --name dino --tokens class"]),
    ("encoder get", ["querist encoder get", "querist encoder get hf:OWNER/NAME --name dino"]),
    ("encoder probe", ["querist encoder probe model.onnx", "querist encoder probe model.onnx --pictures a.jpg b.jpg"]),
    ("encoder remove", ["querist encoder remove mobilenet", "querist encoder remove 4"]),
    ("diagnose", ["querist diagnose birds", "querist diagnose birds --apply class-weights,mixup"]),
    (
        "distill",
        [
            "querist distill birds --encoder small --out birds-small.onnx",
            "querist distill birds --encoder small --out birds-small.onnx --input uint8",
        ],
    ),
    (
        "synthetic check",
        [
            "querist synthetic check birds made/",
            "querist synthetic check wines made.jsonl --labels class --every-class",
        ],
    ),
    (
        "synthetic make",
        [
            "querist synthetic make wines --out made.jsonl --per-class 200",
            "querist synthetic make mail --out made.jsonl --synonyms words.tsv",
        ],
    ),
    (
        "simulate",
        [
            "querist simulate pictures --strategy auto,random --seeds 10",
            "querist simulate --embeddings X.npy --labels y.npy --test-embeddings Xt.npy --test-labels yt.npy",
        ],
    ),
    (
        "select",
        [
            "querist select --embeddings X.npy --labeled idx.npy --labels y.npy --classes 10",
            "querist select --embeddings X.npy --labeled idx.npy --labels y.npy --classes 10 --strategy margin --batch 50",
        ],
    ),
    ("strategies", ["querist strategies", "querist strategies --json"]),
    ("backup", ["querist backup querist.tar", "querist backup /backups/querist.tar --data /srv/querist --json"]),
    (
        "restore",
        ["querist restore querist.tar --data /srv/querist-again", "querist restore querist.tar --data again --json"],
    ),
    ("migrate", ["querist migrate", "querist migrate --data /srv/querist --json"]),
    ("completions", ["querist completions bash", "querist completions zsh"]),
    ("man", ["querist man man1", "querist man /usr/local/share/man/man1"]),
    ("openapi", ["querist openapi", "querist openapi --threads 1"]),
];

/// The whole command with its examples.
pub fn with_examples(command: Command) -> Command {
    EXAMPLES.iter().fold(command, |command, (words, lines)| {
        let words: Vec<&str> = words.split(' ').collect();
        at(command, &words, format!("Examples:\n  {}\n  {}", lines[0], lines[1]))
    })
}

fn at(command: Command, words: &[&str], text: String) -> Command {
    match words {
        [] => command.after_help(text),
        [first, rest @ ..] => command.mut_subcommand(*first, |command| at(command, rest, text)),
    }
}

#[cfg(test)]
mod tests {
    use clap::{CommandFactory as _, Parser as _};

    use super::super::Cli;
    use super::*;

    /// The words of a command line, with quotes around those that hold blanks.
    fn words(line: &str) -> Vec<String> {
        let quoted = line.split('"').enumerate();
        quoted
            .flat_map(|(i, part)| {
                if i % 2 == 1 { vec![part.to_owned()] } else { part.split_whitespace().map(str::to_owned).collect() }
            })
            .collect()
    }

    fn leaves(command: &Command, path: &str, found: &mut Vec<String>) {
        let listed = |child: &&Command| child.get_name() != "help" && !child.is_hide_set();
        let children: Vec<_> = command.get_subcommands().filter(listed).collect();
        if children.is_empty() {
            found.push(path.to_owned());
        }
        for child in children {
            leaves(child, format!("{path} {}", child.get_name()).trim(), found);
        }
    }

    #[test]
    fn every_command_has_two_examples_and_takes_them() {
        let mut commands = Vec::new();
        leaves(&Cli::command(), "", &mut commands);
        commands.sort();
        let mut shown: Vec<_> = EXAMPLES.iter().map(|(words, _)| (*words).to_owned()).collect();
        shown.sort();
        assert_eq!(shown, commands);
        for (command, lines) in EXAMPLES {
            for line in lines {
                assert!(line.starts_with(&format!("querist {command}")), "{line}");
                let parsed = Cli::try_parse_from(words(line));
                assert!(parsed.is_ok(), "{line}: {}", parsed.err().map(|error| error.to_string()).unwrap_or_default());
            }
        }
    }

    #[test]
    fn help_shows_them_and_short_help_is_about_the_command() {
        let mut whole = with_examples(Cli::command());
        whole.build();
        let backup = whole.find_subcommand_mut("backup").unwrap();
        assert!(backup.render_help().to_string().contains("querist backup querist.tar"));
        assert!(!backup.render_help().to_string().contains("--onnxruntime"), "short help");
        assert!(backup.render_long_help().to_string().contains("For every command:"), "long help");
    }
}
