//! The texts of the pages: every language has all of them, and pages use only existing ones and contain no other text.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use fluent_syntax::ast::{Entry, Expression, InlineExpression, Pattern, PatternElement};

use crate::support::{files, root};

/// Where texts are used by their id.
const USERS: [(&str, &str); 3] = [("templates", "html"), ("src/web", "rs"), ("static", "js")];

/// Words on pages that are the same in every language: the product's name, keys, and programs' words.
const NAMES: [&str; 12] = ["Querist", "S", "Z", "M", "F", "B", "C", "I", "Enter", "Esc", "Bearer", "Authorization"];

/// For those who change pages, in debug builds alone.
const DEVELOPERS: &str = "styleguide.html";

/// What ids begin with that end with a name; `names.rs` says them all.
const FAMILIES: [&str; 18] = [
    "act",
    "scope",
    "event",
    "delivery",
    "bucket",
    "cause",
    "state",
    "work",
    "role",
    "strategy",
    "format",
    "change",
    "change-about",
    "label-rule",
    "fate",
    "modality",
    "cure",
    "cure-about",
];

/// Every text of a language, with the names of what is filled in.
fn texts(tag: &str) -> BTreeMap<String, BTreeSet<String>> {
    let mut texts = BTreeMap::new();
    for file in files(&root().join("locales").join(tag), "ftl") {
        let source = fs::read_to_string(&file).unwrap();
        let resource = fluent_syntax::parser::parse(source.as_str())
            .unwrap_or_else(|(_, errors)| panic!("{}: {errors:?}", file.display()));
        for entry in resource.body {
            let Entry::Message(message) = entry else { continue };
            let mut names = BTreeSet::new();
            collect(message.value.as_ref().unwrap(), &mut names);
            let before = texts.insert(message.id.name.to_owned(), names);
            assert!(before.is_none(), "{tag}: `{}` is there twice", message.id.name);
        }
    }
    // A text that holds another one fills in what that one does.
    let alone = texts.clone();
    for names in texts.values_mut() {
        let held: Vec<_> = names.iter().filter_map(|name| name.strip_prefix(HELD).map(str::to_owned)).collect();
        for id in held {
            names.remove(&format!("{HELD}{id}"));
            names.extend(alone.get(&id).unwrap_or_else(|| panic!("{tag}: there is no text `{id}` to hold")).clone());
        }
    }
    texts
}

/// Marks the id of a text among the names of what another one fills in.
const HELD: &str = "text:";

/// The texts of a language that others hold.
fn held(tag: &str) -> BTreeSet<String> {
    let sources =
        files(&root().join("locales").join(tag), "ftl").into_iter().map(|file| fs::read_to_string(file).unwrap());
    let words = sources.flat_map(|source| {
        source
            .split("{ ")
            .skip(1)
            .filter_map(|rest| rest.split_once(" }"))
            .map(|(id, _)| id.to_owned())
            .collect::<Vec<_>>()
    });
    let ids = texts(tag);
    words.filter(|word| ids.contains_key(word)).collect()
}

fn collect(pattern: &Pattern<&str>, names: &mut BTreeSet<String>) {
    for element in &pattern.elements {
        let PatternElement::Placeable { expression } = element else { continue };
        match expression {
            Expression::Inline(InlineExpression::VariableReference { id }) => {
                names.insert(id.name.to_owned());
            }
            Expression::Inline(InlineExpression::MessageReference { id, .. }) => {
                names.insert(format!("{HELD}{}", id.name));
            }
            Expression::Select { selector, variants } => {
                if let InlineExpression::VariableReference { id } = selector {
                    names.insert(id.name.to_owned());
                }
                for variant in variants {
                    collect(&variant.value, names);
                }
            }
            Expression::Inline(_) => {}
        }
    }
}

fn sources() -> Vec<(PathBuf, String)> {
    let all = USERS.iter().flat_map(|(folder, extension)| files(&root().join(folder), extension));
    all.map(|file| (file.clone(), fs::read_to_string(file).unwrap())).collect()
}

#[test]
fn every_language_has_every_text_and_fills_in_the_same() {
    let english = texts("en");
    assert!(english.len() > 200, "{}", english.len());
    let tags: Vec<_> = fs::read_dir(root().join("locales")).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert!(tags.len() >= 3, "{tags:?}");
    for tag in tags {
        let tag = tag.to_str().unwrap();
        let other = texts(tag);
        let (here, there): (BTreeSet<_>, BTreeSet<_>) = (english.keys().collect(), other.keys().collect());
        assert_eq!(here.difference(&there).collect::<Vec<_>>(), Vec::<&&String>::new(), "{tag} lacks these");
        assert_eq!(there.difference(&here).collect::<Vec<_>>(), Vec::<&&String>::new(), "{tag} has these alone");
        for (id, names) in &english {
            // A language without plurals may omit a number, but no text may use an argument that English does not have.
            assert!(other[id].is_subset(names), "{tag}: `{id}` fills in {:?}, English {names:?}", other[id]);
            let words =
                |names: &BTreeSet<String>| names.iter().filter(|name| *name != "n").cloned().collect::<Vec<_>>();
            assert_eq!(words(&other[id]), words(names), "{tag}: `{id}` does not fill in the same");
        }
    }
}

#[test]
fn pages_use_the_texts_that_there_are_and_all_of_them() {
    let english = texts("en");
    let sources = sources();
    let mut used = held("en");
    for (file, source) in &sources {
        for call in source.split("say(").skip(1) {
            // The literal that follows, and both of a choice between two.
            let call = call.split(')').next().unwrap();
            let literals: Vec<_> = call.split('"').skip(1).step_by(2).collect();
            let Some(first) = literals.first() else { continue };
            if call.trim_start().starts_with('"') {
                assert!(english.contains_key(*first), "{}: there is no text `{first}`", file.display());
            }
            used.extend(literals.into_iter().map(str::to_owned));
        }
        // Ids that are chosen first and said later.
        used.extend(source.split('"').filter(|word| english.contains_key(*word)).map(str::to_owned));
        for adjusted in ["brightness", "contrast"] {
            used.insert(format!("desk-{adjusted}"));
        }
        // Ids that end with a name, see `names.rs`: all of the family are used.
        if file.ends_with("names.rs") {
            for family in FAMILIES {
                assert!(source.contains(&format!("\"{family}\"")), "names.rs has no family {family}");
                let start = format!("{family}-");
                used.extend(english.keys().filter(|id| id.starts_with(&start)).cloned());
            }
        }
    }
    let idle: Vec<_> = english.keys().filter(|id| !used.contains(*id)).collect();
    assert!(idle.is_empty(), "no page uses {idle:?}");
}

#[test]
fn scripts_say_only_what_the_browser_gets() {
    let source = fs::read_to_string(root().join("locales/en/scripts.ftl")).unwrap();
    for (file, script) in sources().into_iter().filter(|(file, _)| file.extension().is_some_and(|is| is == "js")) {
        for call in script.split("say(\"").skip(1) {
            let id = call.split('"').next().unwrap();
            assert!(source.contains(&format!("\n{id} =")), "{}: `{id}` is not in scripts.ftl", file.display());
        }
    }
}

#[test]
fn templates_hold_no_words_of_their_own() {
    for file in files(&root().join("templates"), "html") {
        if file.ends_with(DEVELOPERS) {
            continue;
        }
        let source = fs::read_to_string(&file).unwrap();
        for text in own_words(&source) {
            let words: Vec<_> = text
                .split(|c: char| !c.is_alphabetic())
                .filter(|word| word.len() > 1 || word.chars().any(char::is_uppercase))
                .filter(|word| !NAMES.contains(word))
                .collect();
            assert!(words.is_empty(), "{}: `{}` belongs into locales/", file.display(), text.trim());
        }
    }
}

/// What a template says by itself: its text, and the attributes that people read or hear.
fn own_words(source: &str) -> Vec<String> {
    let template = between(source, "{%", "%}");
    let template = between(&template, "{{", "}}");
    let template = between(&template, "{#", "#}");
    let mut found = Vec::new();
    for (i, part) in template.split('<').enumerate() {
        let (tag, text) = if i == 0 { ("", part) } else { part.split_once('>').unwrap_or((part, "")) };
        if !tag.starts_with("code") && !tag.starts_with("kbd") {
            found.push(without_entities(&without_attributes(text)));
        }
        for attribute in ["aria-label=\"", "title=\"", "alt=\"", "placeholder=\""] {
            found.extend(tag.split(attribute).skip(1).filter_map(|rest| rest.split('"').next()).map(without_entities));
        }
    }
    found
}

/// The source without the parts between two marks.
fn between(source: &str, open: &str, close: &str) -> String {
    let mut parts = source.split(open);
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |text, part| text + " " + part.split_once(close).map_or("", |(_, rest)| rest))
}

/// A text without attributes, which a macro may hold for the elements of others.
fn without_attributes(text: &str) -> String {
    let parts: Vec<_> = text.split('"').collect();
    let outside = parts.iter().step_by(2).map(|part| match part.trim_end().strip_suffix('=') {
        Some(named) => named.trim_end_matches(|c: char| !c.is_whitespace()),
        None => part,
    });
    if text.contains("=\"") { outside.collect::<Vec<_>>().concat() } else { text.to_owned() }
}

fn without_entities(text: &str) -> String {
    between(text, "&", ";")
}

#[test]
fn words_of_a_template_are_found_wherever_they_are() {
    let found = |source: &str| own_words(source).concat();
    assert!(found("<p>Hello {{ name }}</p>").contains("Hello"));
    assert!(found("<img alt=\"A picture\">").contains("A picture"));
    assert!(found("<a title=\"{{ x }} there\">").contains("there"));
    assert!(found("hx-get=\"there\" Hello").contains("Hello") && !found("hx-get=\"there\" Hello").contains("there"));
    assert!(!found("<p class=\"card\" {% if a > b %}hidden{% endif %}>{{ shell.say(\"x\") }}</p>").contains("say"));
}

#[test]
fn no_sign_or_unit_parts_from_its_number() {
    for path in files(Path::new("locales"), "ftl") {
        let text = fs::read_to_string(&path).unwrap();
        for line in text.lines() {
            let parted = |(at, sign): (usize, &str)| {
                let ends = line[at + sign.len()..].starts_with(|c: char| !c.is_alphanumeric()) || line.ends_with(sign);
                ends && line[..at].ends_with(|c: char| c == '}' || c.is_ascii_digit())
            };
            for sign in [" %", " s", " ms", " min", " h", " KB", " MB", " GB", " TB"] {
                let found = line.match_indices(sign).any(parted);
                assert!(!found, "{}: a line may break before `{sign}`: {line}", path.display());
            }
        }
    }
}

#[test]
fn pages_write_decimals_in_the_language_of_the_page() {
    // Coordinates and tables are for programs, the style guide is for developers, and `filters` is where the mark is put.
    let free = ["frame/filters.rs", "frame/chart.rs", "frame/efficiency.rs", "pages/styleguide.rs", "insight/files.rs"];
    for (path, source) in sources() {
        let name = path.to_string_lossy().replace('\\', "/");
        if !name.contains("src/web/") || name.contains("/api/") || free.iter().any(|free| name.ends_with(free)) {
            continue;
        }
        let product = source.split("#[cfg(test)]").next().unwrap_or_default();
        for places in 1..=6 {
            let written = format!(".{places}}}");
            assert!(!product.contains(&format!(":{written}")), "{name} writes decimals itself; use filters::decimal");
        }
    }
}
