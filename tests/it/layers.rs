//! The shape of the code: who may import whom, and which words belong to which folder.

use std::path::{Path, PathBuf};

use crate::support::root;

/// Plain tools that know nothing of Querist's layers.
const TOOLS: &[&str] = &["blobs", "causes", "clock", "cpu", "data", "meter", "progress", "config", "testing"];
const FLOOR: &[&str] = &["onnx", "math", "domain"];
const MIDDLE: &[&str] =
    &["store", "encoders", "models", "runtime", "modality", "learn", "query", "evaluate", "dataset", "hub"];

/// Which modules of the crate a module may name, itself always included.
fn allowed(module: &str) -> Vec<&'static str> {
    match module {
        "main" | "lib" => vec!["cli"],
        "cli" => [&["web", "jobs", "service", "app"], MIDDLE, FLOOR, TOOLS].concat(),
        "web" | "jobs" => [&["service", "app"], MIDDLE, FLOOR, TOOLS].concat(),
        "service" => [&["app"], MIDDLE, FLOOR, TOOLS].concat(),
        "app" => [&["service"], MIDDLE, FLOOR, TOOLS].concat(),
        "store" | "dataset" | "hub" => [FLOOR, TOOLS].concat(),
        // An encoder is tried by making a model with it.
        "encoders" => [&["models", "runtime", "modality", "learn"], FLOOR, TOOLS].concat(),
        // The scorer fills `Votes`, which the learner and the strategies read.
        "models" => [&["runtime", "modality", "learn"], FLOOR, TOOLS].concat(),
        // A provider is tried on a small committee; a wrong description is an error of running what it describes.
        "runtime" => [&["modality", "learn"], FLOOR, TOOLS].concat(),
        "modality" => [&["domain", "math"], TOOLS].concat(),
        // Numbers in, numbers out: no clocks, no files, no threads of their own but through `math`.
        "query" => [&["learn"], FLOOR].concat(),
        // An experiment replays the strategies.
        "evaluate" => [&["learn", "query"], FLOOR].concat(),
        "learn" => FLOOR.to_vec(),
        "onnx" | "math" => vec!["math", "domain"],
        "domain" => vec![],
        _ if TOOLS.contains(&module) => [&["domain"], TOOLS].concat(),
        other => panic!("`src/{other}` has no place in the direction of imports; give it one here and in src/lib.rs"),
    }
}

struct Source {
    path: PathBuf,
    module: String,
    text: String,
    /// The text without comments.
    code: String,
}

fn sources() -> Vec<Source> {
    let mut files = Vec::new();
    walk(&root().join("src"), &mut files);
    assert!(files.len() > 30, "the sources were not found");
    files
        .into_iter()
        .map(|path| {
            let inside = path.strip_prefix(root().join("src")).unwrap();
            let module = inside.iter().next().unwrap().to_str().unwrap().trim_end_matches(".rs").to_owned();
            let text = std::fs::read_to_string(&path).unwrap();
            let code = text.lines().map(|line| if line.trim_start().starts_with("//") { "" } else { line });
            let code = code.collect::<Vec<_>>().join("\n");
            Source { path: inside.to_owned(), module, code, text }
        })
        .collect()
}

fn walk(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            walk(&path, files);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
}

/// The words that follow `prefix` in `code`, where `prefix` does not continue another word.
fn after<'a>(code: &'a str, prefix: &'a str) -> impl Iterator<Item = &'a str> {
    code.match_indices(prefix).filter_map(move |(at, _)| {
        let before = code[..at].chars().next_back();
        if before.is_some_and(|c| c.is_alphanumeric() || c == '_' || c == '$' || c == ':') {
            return None;
        }
        let rest = &code[at + prefix.len()..];
        let end = rest.find(|c: char| !(c.is_alphanumeric() || c == '_')).unwrap_or(rest.len());
        Some(&rest[..end])
    })
}

#[test]
fn imports_point_one_way_only() {
    let mut wrong = Vec::new();
    for file in sources() {
        let allowed = allowed(&file.module);
        for name in after(&file.code, "crate::") {
            if name.is_empty() {
                wrong.push(format!("{}: write one `use crate::…` per module", file.path.display()));
            } else if name != file.module && !allowed.contains(&name) {
                wrong.push(format!("{}: `{}` may not name `{name}`", file.path.display(), file.module));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn each_library_is_named_in_one_folder() {
    let mut wrong = Vec::new();
    for file in sources() {
        for (library, home) in [
            ("axum", "web"),
            ("axum_extra", "web"),
            ("utoipa_axum", "web"),
            ("tower_http", "web"),
            ("hyper", "web"),
            ("hyper_util", "web"),
            ("rustix", "data"),
            ("ort", "runtime"),
            ("askama", "web"),
            ("ureq", "hub"),
            ("hf_hub", "hub"),
        ] {
            let prefix = format!("{library}::");
            if file.module != home && after(&file.code, &prefix).next().is_some() {
                wrong.push(format!("{}: only `{home}` names `{library}`", file.path.display()));
            }
        }
        // Rows are plain types that say how they are read; nothing else of the database leaves `store`.
        let foreign = after(&file.code, "sqlx::").find(|name| !["Type", "FromRow"].contains(name));
        if let (Some(name), true) = (foreign, file.module != "store") {
            wrong.push(format!("{}: only `store` names `sqlx::{name}`", file.path.display()));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn files_of_samples_are_found_in_one_place() {
    let mut wrong = Vec::new();
    for file in sources().iter().filter(|file| !["blobs", "data"].contains(&&*file.module)) {
        for folder in ["blobs", "thumbs", "views"] {
            if file.code.contains(&format!(".join(\"{folder}\")")) {
                wrong.push(format!("{}: ask `Blobs` for what is in `{folder}`", file.path.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn browsers_are_sent_on_in_one_place() {
    let homes = [Path::new("web/going.rs")];
    let made = sources().into_iter().filter(|file| file.code.contains("Redirect::") && !homes.contains(&&*file.path));
    let wrong: Vec<_> = made.map(|file| file.path.display().to_string()).collect();
    assert!(wrong.is_empty(), "use `web::going::to`, which leads nowhere else: {}", wrong.join(", "));
}

#[test]
fn only_the_store_holds_sql() {
    let statements = ["select ", "insert into ", "update ", "delete from ", "create table ", "begin immediate"];
    let mut wrong = Vec::new();
    for file in sources().iter().filter(|file| file.module != "store") {
        for literal in file.code.split('"').skip(1).step_by(2) {
            let literal = literal.trim_start();
            if statements.iter().any(|start| literal.starts_with(start)) {
                wrong.push(format!("{}: {literal}", file.path.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn pages_read_from_the_store_and_write_through_services() {
    let verbs = ["add", "set", "save", "insert", "update", "delete", "use", "disable", "enable", "revoke", "publish"];
    let mut wrong = Vec::new();
    for file in sources().iter().filter(|file| file.module == "web") {
        for call in after(&file.code.replace("app.store.", " store."), "store.") {
            if verbs.contains(&call.split('_').next().unwrap()) {
                wrong.push(format!("{}: `store.{call}` writes; call a service", file.path.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// `Invalid` is told to whoever asked and never tried again. A failure of our own work keeps its type; what people type wrong
/// becomes `Invalid` in `service/mod.rs`, by its type.
#[test]
fn no_failure_of_ours_is_dressed_as_the_askers() {
    let mut wrong = Vec::new();
    for file in sources().iter().filter(|file| file.module == "service" && !file.path.ends_with("service/mod.rs")) {
        for (at, _) in file.code.match_indices("Invalid(") {
            let inside = file.code[at..].split_once("Invalid(").unwrap().1;
            if inside.split(';').next().unwrap().starts_with("error.to_string()") {
                wrong.push(format!(
                    "{}: add a variant to `ServiceError`, or a `From` in service/mod.rs",
                    file.path.display()
                ));
            }
        }
        // A wrapper by another name does the same.
        if file.code.contains("Display| ServiceError::Invalid(")
            || file.code.contains("impl std::fmt::Display) -> ServiceError")
        {
            wrong.push(format!("{}: takes any error for the asker's", file.path.display()));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The engines' codes are read in one place, and a kind of job is named in one.
#[test]
fn no_statement_names_a_kind_of_job() {
    let kinds: Vec<String> = querist::service::background::kinds().map(|kind| format!("'{}'", kind.name)).collect();
    let mut wrong = Vec::new();
    for file in sources().iter().filter(|file| file.module == "store") {
        for literal in file.code.split('"').skip(1).step_by(2).filter(|literal| literal.contains("job")) {
            wrong.extend(
                kinds
                    .iter()
                    .filter(|kind| literal.contains(*kind))
                    .map(|kind| format!("{}: {kind}", file.path.display())),
            );
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn what_comes_from_outside_denies_unknown_fields() {
    let mut wrong = Vec::new();
    for file in sources().iter().filter(|file| file.module == "web") {
        let items = file.code.split("#[derive(").skip(1);
        for item in items.filter(|item| item.split(")]").next().unwrap().contains("Deserialize")) {
            let head = item.split('{').next().unwrap();
            if head.contains("struct ") && !head.contains("deny_unknown_fields") {
                let name = after(head, "struct ").next().unwrap_or_default();
                wrong.push(format!("{}: `{name}` needs #[serde(deny_unknown_fields)]", file.path.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_file_says_what_it_owns_and_stays_small() {
    let mut wrong = Vec::new();
    for file in sources() {
        let path = file.path.display();
        if !file.text.starts_with("//! ") {
            wrong.push(format!("{path}: opens without `//!`"));
        }
        if file.text.lines().count() > 500 {
            wrong.push(format!("{path}: longer than 500 lines; split it by purpose"));
        }
        if file.code.contains("#[allow(") {
            wrong.push(format!("{path}: use #[expect(.., reason = \"…\")]"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
