//! The documentation matches the program: every command, flag, setting, address and key is documented.
//!
//! `docs/commands.md` and the second half of `docs/api.md` are made from the program itself. When one of them differs, run
//! `QUERIST_WRITE_DOCS=1 cargo test --test it docs::` and read what changed.

#![expect(clippy::unwrap_used, reason = "a helper that fails, fails its test")]

use std::collections::BTreeSet;
use std::fmt::Write as _;

use clap::CommandFactory as _;
use querist::cli::Cli;
use serde_json::Value;

use crate::support::app::TestApp;
use crate::support::root;

fn read(name: &str) -> String {
    std::fs::read_to_string(root().join(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// Compare `made` with the file, or write it where that was asked for.
fn agree(name: &str, made: &str) {
    if std::env::var_os("QUERIST_WRITE_DOCS").is_some() {
        std::fs::write(root().join(name), made).unwrap();
        return;
    }
    let there = read(name);
    let differs = there.lines().zip(made.lines()).find(|(a, b)| a != b);
    assert!(there == made, "{name} is not what the program says: {differs:?}; see the head of tests/it/docs.rs");
}

/// Options that every command takes are listed once.
fn options(command: &clap::Command, text: &mut String) {
    let mut rows = Vec::new();
    for arg in command.get_arguments().filter(|arg| !["help", "version"].contains(&arg.get_id().as_str())) {
        if arg.is_global_set() && command.get_name() != "querist" {
            continue;
        }
        let values: Vec<_> = arg.get_value_names().unwrap_or_default().iter().map(ToString::to_string).collect();
        let takes = arg.get_action().takes_values();
        let name = match arg.get_long() {
            Some(long) if takes => format!("--{long} {}", values.join(" ")),
            Some(long) => format!("--{long}"),
            None => values.join(" "),
        };
        let mut notes = Vec::new();
        if let Some(variable) = arg.get_env() {
            notes.push(format!("`{}`", variable.to_string_lossy()));
        }
        let choices: Vec<_> = arg.get_possible_values().iter().map(|value| format!("`{}`", value.get_name())).collect();
        if takes && !choices.is_empty() {
            notes.push(choices.join(", "));
        }
        let default = arg.get_default_values();
        if takes && default.iter().any(|value| !value.is_empty()) {
            let default: Vec<_> = default.iter().map(|value| value.to_string_lossy()).collect();
            notes.push(format!("default `{}`", default.join(" ")));
        }
        if arg.is_required_set() && arg.get_long().is_some() {
            notes.push("required".to_owned());
        }
        let help = arg.get_help().map(ToString::to_string).unwrap_or_default();
        rows.push(format!("| `{}` | {} | {} |", name.replace('|', "\\|"), help.replace('|', "\\|"), notes.join("; ")));
    }
    if !rows.is_empty() {
        let _ = writeln!(text, "\n| | | |\n|---|---|---|\n{}", rows.join("\n"));
    }
}

fn describe(command: &clap::Command, path: &str, text: &mut String) {
    let about = command.get_about().map(ToString::to_string).unwrap_or_default();
    let listed = |child: &&clap::Command| child.get_name() != "help" && !child.is_hide_set();
    let children: Vec<_> = command.get_subcommands().filter(listed).collect();
    if path != "querist" {
        let _ = writeln!(text, "\n## {path}\n\n{about}{}", if about.ends_with(['.', '?']) { "" } else { "." });
    }
    options(command, text);
    let words = path.trim_start_matches("querist ");
    if let Some((_, [first, second])) = querist::cli::examples::EXAMPLES.iter().find(|(command, _)| *command == words) {
        let _ = writeln!(text, "\n    {first}\n    {second}");
    }
    for child in children {
        describe(child, &format!("{path} {}", child.get_name()), text);
    }
}

#[test]
fn every_command_and_flag_is_in_the_manual() {
    let mut text = "# Commands\n\nGenerated from the program; `querist help COMMAND` says the same. Results go to standard output, everything else to\nstandard error. Exit codes: 0 success, 1 failure, 2 wrong usage, 130 stopped by Ctrl-C, 143 by `SIGTERM`.\n\nEvery command takes these:\n".to_owned();
    describe(&Cli::command(), "querist", &mut text);
    text.push_str("\nThe environment variable `QUERIST_LOG` sets what is logged, see [operations](operations.md).\n");
    agree("docs/commands.md", &text);
}

#[test]
fn every_environment_name_is_in_the_operations_page() {
    fn names(command: &clap::Command, found: &mut BTreeSet<String>) {
        found.extend(command.get_arguments().filter_map(|arg| Some(arg.get_env()?.to_string_lossy().into_owned())));
        command.get_subcommands().for_each(|child| names(child, found));
    }
    let mut found = BTreeSet::from(["QUERIST_LOG".to_owned()]);
    names(&Cli::command(), &mut found);
    assert!(found.len() > 6, "{found:?}");
    let page = read("docs/operations.md");
    let missing: Vec<_> = found.iter().filter(|name| !page.contains(&format!("`{name}`"))).collect();
    assert!(missing.is_empty(), "docs/operations.md does not name {missing:?}");
}

/// The patterns given to `.route("…"` in one function of `src/web/mod.rs`.
fn routes(function: &str) -> Vec<String> {
    let source = read("src/web/mod.rs");
    let body = source.split(&format!("fn {function}(")).nth(1).unwrap().split("\n}").next().unwrap().to_owned();
    body.split(".route(\"").skip(1).map(|rest| rest.split('"').next().unwrap().to_owned()).collect()
}

#[test]
fn every_page_is_in_the_list_of_pages() {
    let page = read("docs/pages.md");
    let all: Vec<_> =
        routes("pages").into_iter().chain(routes("slow")).filter(|path| !path.starts_with("/api/")).collect();
    assert!(all.len() > 20, "the routes were not found");
    let missing: Vec<_> = all.iter().filter(|path| !page.contains(&format!("`{path}`"))).collect();
    assert!(missing.is_empty(), "docs/pages.md does not name {missing:?}");
}

/// One schema as a line: its fields and their types.
fn schema_line(schema: &Value) -> String {
    if let Some(name) = schema["$ref"].as_str() {
        return name.rsplit('/').next().unwrap().to_owned();
    }
    for several in ["oneOf", "anyOf", "allOf"] {
        if let Some(all) = schema[several].as_array() {
            let all: Vec<_> = all.iter().map(schema_line).filter(|text| text != "null").collect();
            return all.join(" or ");
        }
    }
    let kind = match &schema["type"] {
        Value::String(kind) => kind.clone(),
        Value::Array(kinds) => {
            kinds.iter().filter_map(Value::as_str).filter(|kind| *kind != "null").collect::<Vec<_>>().join(" or ")
        }
        _ => "any".to_owned(),
    };
    if kind == "array" { format!("[{}]", schema_line(&schema["items"])) } else { kind }
}

fn body_of(content: &Value) -> Option<String> {
    let (kind, body) = content.as_object()?.iter().next()?;
    let name = schema_line(&body["schema"]);
    Some(if kind == "application/json" { format!("`{name}`") } else { format!("`{kind}`") })
}

fn api(described: &Value) -> String {
    let mut text = String::new();
    for (path, methods) in described["paths"].as_object().unwrap() {
        for (method, call) in methods.as_object().unwrap() {
            let Some(responses) = call["responses"].as_object() else { continue };
            let _ = writeln!(text, "\n### {} {path}\n", method.to_uppercase());
            let about = call["summary"].as_str().unwrap_or_default();
            let more = call["description"].as_str().filter(|more| *more != about).unwrap_or_default();
            let _ = writeln!(text, "{}", format!("{about} {more}").trim());
            if let Some(parameters) = call["parameters"].as_array() {
                let query: Vec<_> = parameters.iter().filter(|one| one["in"] == "query").collect();
                for one in query {
                    let help = one["description"].as_str().unwrap_or_default().replace('\n', " ");
                    let _ = writeln!(text, "- `?{}=` {help}", one["name"].as_str().unwrap());
                }
            }
            if let Some(body) = body_of(&call["requestBody"]["content"]) {
                let _ = writeln!(text, "- body: {body}");
            }
            for (status, response) in responses {
                let body = body_of(&response["content"]).map(|body| format!(" {body}")).unwrap_or_default();
                let help = response["description"].as_str().unwrap_or_default();
                let _ = writeln!(text, "{}", format!("- {status}:{body} {help}").trim_end());
            }
        }
    }
    text.push_str("\n## The values\n");
    for (name, schema) in described["components"]["schemas"].as_object().unwrap() {
        // A value that holds others in line is the sum of its parts.
        let parts: Vec<&Value> =
            schema["allOf"].as_array().map_or_else(|| vec![schema], |parts| parts.iter().collect());
        if parts.iter().all(|part| part["properties"].is_null() && part["$ref"].is_null()) {
            continue;
        }
        let about = schema["description"].as_str().unwrap_or_default().replace('\n', " ");
        let _ = writeln!(text, "\n### {name}\n\n{about}\n");
        for part in parts {
            fields(part, &mut text);
        }
    }
    text
}

/// A line for each field of a value, or for the value that it is made of.
fn fields(schema: &Value, text: &mut String) {
    if schema["$ref"].is_string() {
        let _ = writeln!(text, "- everything of `{}`", schema_line(schema));
    }
    let required: Vec<_> = schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    for (field, schema) in schema["properties"].as_object().into_iter().flatten() {
        let help = schema["description"].as_str().unwrap_or_default().replace('\n', " ");
        let optional = if required.contains(&field.as_str()) { "" } else { ", optional" };
        let _ = writeln!(text, "{}", format!("- `{field}` ({}{optional}) {help}", schema_line(schema)).trim_end());
    }
}

#[tokio::test]
async fn every_address_of_the_api_is_in_its_manual() {
    const LINE: &str = "<!-- From here on made from the program by a test. -->\n";
    let test = TestApp::new().await;
    let described = test.client().get("/api/v1/openapi.json").await.json();
    test.finish().await;
    let page = read("docs/api.md");
    let (by_hand, _) = page.split_once(LINE).expect("docs/api.md holds the line that parts it");
    let made = format!("{by_hand}{LINE}{}", api(&described));
    agree("docs/api.md", &made);
    let apart: Vec<_> =
        ["pages", "api", "slow"].into_iter().flat_map(routes).filter(|path| path.starts_with("/api")).collect();
    assert_eq!(apart, ["/api/v1/openapi.json"], "list handlers in `web::api::routes`, which describes them as well");
    for path in ["/healthz", "/readyz", "/metrics", "/api/v1/openapi.json"] {
        assert!(by_hand.contains(&format!("`{path}`")), "docs/api.md does not name {path}");
    }
}

#[test]
fn every_key_of_the_desk_is_in_the_list_of_keys() {
    let page = read("docs/labeling.md");
    let keys =
        page.split("## Keys").nth(1).expect("docs/labeling.md has a part on keys").split("\n## ").next().unwrap();
    // The tables of the desk and of its stage: `  z: undo,` or `  "/": search,`, one key a line.
    let table = [("static/desk/main.js", "const keys = {"), ("static/desk/stage/image.js", "this.keys = {")];
    let table = table.map(|(script, start)| {
        let script = read(script);
        script.split(start).nth(1).expect("there is a table of keys").split("};").next().unwrap().to_owned()
    });
    let table = table.concat();
    let key = |line: &str| line.trim().split_once(": ").map(|(key, _)| key.trim_matches('"').to_owned());
    let found: BTreeSet<String> = table.lines().filter_map(key).collect();
    assert!(found.contains("z") && found.contains("s"), "{found:?}");
    let missing: Vec<_> =
        found.iter().filter(|key| !keys.to_lowercase().contains(&format!("`{}`", key.to_lowercase()))).collect();
    assert!(missing.is_empty(), "docs/labeling.md does not name the keys {missing:?}");
    let reserved = querist::service::desk::keys::RESERVED;
    let single: Vec<_> = found.iter().filter(|key| key.chars().count() == 1).collect();
    let free: Vec<_> = single.iter().filter(|key| !reserved.contains(key.as_str())).collect();
    assert!(free.is_empty(), "classes may be given the keys {free:?}, which do something else");
    let digits = read("src/service/desk/keys.rs");
    let classes = digits.split("pub const KEYS: &str = \"").nth(1).unwrap().split('"').next().unwrap();
    assert!(keys.contains(&format!("`{classes}`")), "docs/labeling.md does not list the keys of classes `{classes}`");
}

#[test]
fn every_metric_and_every_document_is_named() {
    let source = read("src/meter.rs");
    let source = source.split("#[cfg(test)]").next().unwrap();
    let names = source.split("(\"querist_").skip(1).map(|rest| rest.split('"').next().unwrap());
    let page = read("docs/operations.md");
    for name in names {
        assert!(page.contains(&format!("`querist_{name}`")), "docs/operations.md does not name querist_{name}");
    }
    let index = read("docs/README.md");
    for entry in std::fs::read_dir(root().join("docs")).unwrap() {
        let entry = entry.unwrap();
        // Folders hold the pictures of pages.
        if entry.file_type().unwrap().is_dir() {
            continue;
        }
        let name = entry.file_name().to_string_lossy().into_owned();
        assert!(name == "README.md" || index.contains(&format!("({name})")), "docs/README.md does not lead to {name}");
    }
}

#[test]
fn every_local_link_leads_somewhere() {
    let mut wrong = Vec::new();
    let folders = ["", "docs", "docs/adr"].map(|folder| std::fs::read_dir(root().join(folder)).unwrap());
    let pages = folders.into_iter().flatten().map(|entry| entry.unwrap().path());
    for page in pages.filter(|path| path.extension().is_some_and(|end| end == "md")) {
        let text = std::fs::read_to_string(&page).unwrap();
        for link in text.split("](").skip(1).map(|rest| rest.split(')').next().unwrap()) {
            let file = link.split('#').next().unwrap();
            if !file.is_empty() && !file.contains("://") && !page.parent().unwrap().join(file).exists() {
                wrong.push(format!("{}: {link}", page.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_picture_of_the_documentation_is_there_and_shown() {
    let pages = ["README.md", "docs/tour.md"].map(read).concat();
    let mut shown: Vec<_> =
        pages.split("images/").skip(1).map(|rest| rest.split(['"', ')', ' ']).next().unwrap().to_owned()).collect();
    shown.sort();
    shown.dedup();
    let mut there: Vec<_> = std::fs::read_dir(root().join("docs/images"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned())
        .collect();
    there.sort();
    assert_eq!(shown, there, "scripts/screenshots.sh takes them");
}

/// The lists of CONTRIBUTING.md are valid: every path exists, and every type that they name is declared.
#[test]
fn every_place_that_the_next_thing_needs_is_there() {
    let page = read("CONTRIBUTING.md");
    let mut declared = String::new();
    sources(&root().join("src"), &mut declared);
    let (mut wrong, mut seen) = (Vec::new(), 0);
    for part in page.split("\n## Add ").skip(1) {
        let (title, text) = part.split_once('\n').unwrap();
        let text = text.split("\n## ").next().unwrap();
        assert!(text.contains("\n1. "), "`Add {title}` has no list");
        for name in text.split('`').skip(1).step_by(2) {
            let there = if name.contains('/') || name.contains('.') {
                root().join(name).exists()
            } else if name.starts_with(char::is_uppercase) {
                ["struct", "enum", "trait", "type"].iter().any(|kind| {
                    let at = format!("pub {kind} {name}");
                    declared.match_indices(&at).any(|(start, _)| {
                        !declared[start + at.len()..].starts_with(|c: char| c.is_alphanumeric() || c == '_')
                    })
                })
            } else {
                root().join("src").join(name).exists()
            };
            seen += 1;
            if !there {
                wrong.push(format!("Add {title}: `{name}` is not there"));
            }
        }
    }
    assert!(seen > 25, "the lists were not found");
    assert!(wrong.is_empty(), "CONTRIBUTING.md\n{}", wrong.join("\n"));
}

/// All of `folder`'s sources, one after the other.
fn sources(folder: &std::path::Path, text: &mut String) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, text);
        } else {
            text.push_str(&std::fs::read_to_string(&path).unwrap());
        }
    }
}
