//! The shape of the code: who may import whom, which words belong to which folder, how large things are, what is used.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use crate::support::root;

/// Plain tools that know nothing of Querist's layers.
const TOOLS: &[&str] = &["blobs", "causes", "clock", "cpu", "data", "meter", "post", "progress", "config", "testing"];
const FLOOR: &[&str] = &["onnx", "math", "domain"];
const MIDDLE: &[&str] =
    &["store", "encoders", "models", "runtime", "modality", "learn", "query", "evaluate", "dataset", "hub"];

/// Which modules of the crate a module may name, itself always included.
fn allowed(module: &str) -> Vec<&'static str> {
    match module {
        "main" | "lib" => vec!["cli"],
        "cli" => [&["web", "jobs", "service"], MIDDLE, FLOOR, TOOLS].concat(),
        "web" | "jobs" => [&["service"], MIDDLE, FLOOR, TOOLS].concat(),
        "service" => [MIDDLE, FLOOR, TOOLS].concat(),
        "store" | "hub" => [FLOOR, TOOLS].concat(),
        // Rows of tables become files of their modality.
        "dataset" => [&["modality"], FLOOR, TOOLS].concat(),
        // An encoder is tried by making a model with it.
        "encoders" => [&["models", "runtime", "modality", "learn"], FLOOR, TOOLS].concat(),
        // The scorer fills `Votes`, which the learner and the strategies read.
        "models" => [&["runtime", "modality", "learn"], FLOOR, TOOLS].concat(),
        // A provider is tried on a small committee; a wrong description is an error of running what it describes.
        "runtime" => [&["modality", "learn"], FLOOR, TOOLS].concat(),
        "modality" => [&["domain", "math"], TOOLS].concat(),
        // Numbers in, numbers out: no clocks, no files, no threads except through `math`.
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
    read("src")
}

fn read(folder: &str) -> Vec<Source> {
    let mut files = Vec::new();
    walk(&root().join(folder), &mut files);
    assert!(files.len() > 5, "the sources in {folder} were not found");
    files
        .into_iter()
        .map(|path| {
            let inside = path.strip_prefix(root().join(folder)).unwrap();
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
            ("ureq", "hub, post"),
            ("hf_hub", "hub"),
        ] {
            let prefix = format!("{library}::");
            if !home.split(", ").any(|home| file.module == home) && after(&file.code, &prefix).next().is_some() {
                wrong.push(format!("{}: only `{home}` names `{library}`", file.path.display()));
            }
        }
        // Rows are plain types that define how they are read; nothing else of the database leaves `store`.
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
    let homes = [Path::new("web/frame/going.rs")];
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

/// `Invalid` is reported to the caller and never retried. A failure of our own work keeps its type; invalid input
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
    for (folder, file) in
        ["src", "tests", "benches"].iter().flat_map(|folder| read(folder).into_iter().map(move |file| (folder, file)))
    {
        let path = format!("{folder}/{}", file.path.display());
        if !file.text.starts_with("//! ") {
            wrong.push(format!("{path}: opens without `//!`"));
        }
        if file.text.lines().count() > 500 {
            wrong.push(format!("{path}: longer than 500 lines; split it by purpose"));
        }
        if file.code.contains(&["#[all", "ow("].concat()) {
            wrong.push(format!("{path}: use #[expect(.., reason = \"…\")]"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The name of what a line declares, where it begins with one of `kinds` after its visibility and the like.
fn declared<'a>(line: &'a str, kinds: &[&str]) -> Option<&'a str> {
    let mut words = line.trim_start().split_inclusive(|c: char| !(c.is_alphanumeric() || c == '_'));
    let before = ["pub", "crate", "super", "in", "const", "async", "unsafe", "extern", ""];
    let kind = words.find(|word| !before.contains(&word.trim_end_matches([' ', '(', ')'])))?;
    let name = kinds.contains(&kind.trim_end()).then(|| words.next())??;
    Some(name.trim_end_matches(|c: char| !(c.is_alphanumeric() || c == '_')))
}

#[test]
fn no_function_is_longer_than_a_hundred_lines() {
    let mut wrong = Vec::new();
    let mut seen = 0;
    for file in sources() {
        let lines: Vec<_> = file.code.lines().collect();
        for (start, line) in lines.iter().enumerate() {
            let Some(name) = declared(line, &["fn"]) else { continue };
            // rustfmt closes a function where it began, or on its own line.
            let end = format!("{}}}", &line[..line.len() - line.trim_start().len()]);
            let length = match lines[start..].iter().position(|line| **line == end) {
                Some(length) if !line.ends_with(['}', ';']) => length + 1,
                _ => 1,
            };
            seen += 1;
            if length > 100 {
                wrong.push(format!("{}: `{name}` has {length} lines; split it by purpose", file.path.display()));
            }
        }
    }
    assert!(seen > 1000, "the functions were not found");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn no_two_public_types_have_one_name() {
    let mut homes: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for file in sources() {
        for line in file.code.lines().filter(|line| line.trim_start().starts_with("pub")) {
            if let Some(name) = declared(line, &["struct", "enum", "trait", "type", "union"]) {
                homes.entry(name.to_owned()).or_default().push(file.path.display().to_string());
            }
        }
    }
    assert!(homes.len() > 300, "the types were not found");
    let shared = homes.iter().filter(|(_, homes)| homes.len() > 1);
    let wrong: Vec<_> = shared
        .map(|(name, homes)| format!("`{name}` is in {}; say more in one of the names", homes.join(", ")))
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn tests_share_only_what_lies_in_support() {
    let mut wrong = Vec::new();
    for file in read("tests/it") {
        for name in after(&file.code, "crate::") {
            // Nothing follows where the words themselves are looked for.
            if !["", "support", file.module.as_str()].contains(&name) {
                wrong.push(format!("{}: `crate::{name}`; move it to tests/it/support", file.path.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// `cargo machete` finds more, where it is installed.
#[test]
fn every_dependency_is_named_somewhere() {
    let manifest = std::fs::read_to_string(root().join("Cargo.toml")).unwrap();
    let code = |folder: &str| read(folder).into_iter().map(|file| file.code).collect::<Vec<_>>().join("\n");
    let (src, tests) = (code("src"), [code("tests"), code("benches")].join("\n"));
    let mut section = "";
    let mut wrong = BTreeSet::new();
    let mut seen = 0;
    for line in manifest.lines() {
        if let Some(name) = line.strip_prefix('[') {
            section = name.trim_end_matches(']');
        }
        let of_tests = section == "dev-dependencies";
        let (Some((name, _)), true) = (line.split_once(" = "), of_tests || section.ends_with("dependencies")) else {
            continue;
        };
        let name = name.replace('-', "_");
        seen += 1;
        let named = |code: &str| {
            let joins = |part: &str| after(code, &format!("{name}{part}")).next().is_some();
            joins("::") || joins("!") || after(code, "use ").any(|first| first == name)
        };
        // Unit tests in `src` may use what tests may.
        if !(named(&src) || of_tests && named(&tests)) {
            wrong.insert(name);
        }
    }
    assert!(seen > 40, "the dependencies were not found");
    assert!(wrong.is_empty(), "Cargo.toml asks for what nothing names: {wrong:?}");
}
