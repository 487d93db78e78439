//! The description of the API: a valid `OpenAPI` 3.1 whose every promise can be kept.
//!
//! What is checked here always runs; `openapi-spec-validator`, the reference for what is valid, runs where Python has it.

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

use serde_json::Value;

use crate::support::app::TestApp;
use crate::support::{root, skip};

async fn described() -> Value {
    let test = TestApp::new().await;
    let answer = test.client().get("/api/v1/openapi.json").await;
    let described = answer.assert_status(200).json();
    test.finish().await;
    described
}

/// Every operation with its address and method.
fn operations(api: &Value) -> Vec<(String, &Value)> {
    let mut found = Vec::new();
    for (path, item) in api["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            found.push((format!("{} {path}", method.to_uppercase()), operation));
        }
    }
    assert!(found.len() > 45, "{}", found.len());
    found
}

/// Every value in a document.
fn each<'a>(value: &'a Value, look: &mut dyn FnMut(&'a Value)) {
    look(value);
    match value {
        Value::Object(object) => object.values().for_each(|value| each(value, look)),
        Value::Array(all) => all.iter().for_each(|value| each(value, look)),
        _ => {}
    }
}

#[tokio::test]
async fn ids_are_unique_and_every_answer_says_what_it_means() {
    let api = described().await;
    assert!(api["openapi"].as_str().unwrap().starts_with("3.1"));
    let mut ids = BTreeMap::new();
    for (at, operation) in operations(&api) {
        let id = operation["operationId"].as_str().unwrap();
        assert!(id.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_'), "{id}");
        if let Some(other) = ids.insert(id.to_owned(), at.clone()) {
            panic!("{at} and {other} are both called {id}");
        }
        let responses = operation["responses"].as_object().unwrap();
        assert!(responses.keys().any(|status| status.starts_with('2')), "{at} never succeeds");
        for (status, response) in responses {
            assert!(response["description"].as_str().is_some_and(|text| !text.is_empty()), "{at} {status}");
            if status.starts_with(['4', '5']) {
                let schema = &response["content"]["application/json"]["schema"]["$ref"];
                assert_eq!(schema, "#/components/schemas/Error", "{at} {status}");
            }
            let empty = ["204", "202", "201", "200"].contains(&status.as_str());
            assert!(empty || response["content"].is_object(), "{at} {status} has no content");
        }
        for status in ["401", "403", "500", "503"] {
            assert!(responses.contains_key(status), "{at} may answer {status}");
        }
        if operation["requestBody"].is_object() {
            for status in ["400", "413", "415", "422"] {
                assert!(responses.contains_key(status), "{at} may answer {status}");
            }
        }
    }
    let import = &api["paths"]["/api/v1/projects/{slug}/samples"]["post"]["requestBody"]["content"];
    assert!(import["multipart/form-data"]["schema"].is_object(), "{import}");
    for path in ["/snapshots/{id}/download", "/rounds/{number}/model.onnx"] {
        let file = &api["paths"][format!("/api/v1/projects/{{slug}}{path}")]["get"]["responses"]["200"]["content"];
        assert!(file["application/octet-stream"].is_object(), "{path}: {file}");
    }
}

#[tokio::test]
async fn what_is_referred_to_is_there_and_what_is_there_is_whole() {
    let api = described().await;
    let mut missing = BTreeSet::new();
    each(&api, &mut |value| {
        if let Some(target) = value.get("$ref").and_then(Value::as_str) {
            let there = api.pointer(target.trim_start_matches('#')).is_some();
            if !there {
                missing.insert(target.to_owned());
            }
        }
        if let Some(object) = value.as_object() {
            assert!(!object.contains_key("prefixItems") && object.get("items") != Some(&Value::Bool(false)), "{value}");
        }
    });
    assert!(missing.is_empty(), "referred to and not there: {missing:?}");
    let schemas = &api["components"]["schemas"];
    let fields = |name: &str| -> Vec<String> {
        schemas[name]["properties"].as_object().unwrap_or_else(|| panic!("no {name}")).keys().cloned().collect()
    };
    assert_eq!(fields("NewLeases"), ["count", "resume"]);
    assert_eq!(fields("EncoderChoice"), ["encoder"]);
    assert_eq!(fields("AugmentationChoice"), ["kinds"]);
    for (name, at, limit, value) in [
        ("NewLeases", "count", "maximum", 100),
        ("NewAnnotation", "next", "maximum", 100),
        ("NewGroup", "size", "minimum", 2),
        ("NewReplay", "seeds", "maximum", 50),
        ("NewProject", "slug", "maxLength", 60),
        ("NewFlag", "text", "maxLength", 2000),
    ] {
        assert_eq!(schemas[name]["properties"][at][limit], value, "{name}.{at}");
    }
    assert_eq!(schemas["NewAnnotation"]["properties"]["id"]["format"], "uuid");
}

/// Two types of one name would silently replace each other in the description.
#[test]
fn no_two_types_of_the_description_share_a_name() {
    fn walk(folder: &std::path::Path, found: &mut BTreeMap<String, Vec<String>>) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                walk(&path, found);
            } else {
                let text = std::fs::read_to_string(&path).unwrap();
                for item in text.split("#[derive(").skip(1) {
                    let derives = item.split(")]").next().unwrap();
                    let head = item.split(['{', ';']).next().unwrap();
                    let word = head.split_whitespace().skip_while(|word| !["struct", "enum"].contains(word)).nth(1);
                    if let (true, Some(word)) = (derives.contains("ToSchema"), word) {
                        let renamed = head.split("schema(as = ").nth(1).and_then(|rest| rest.split(')').next());
                        let name = renamed.unwrap_or(word).trim_end_matches(['(', '<']).to_owned();
                        found.entry(name).or_default().push(path.display().to_string());
                    }
                }
            }
        }
    }
    let mut found = BTreeMap::new();
    walk(&root().join("src"), &mut found);
    assert!(found.len() > 40, "{}", found.len());
    // Types that no call hands out may share a name with one that does.
    let inside =
        |paths: &[String]| paths.iter().filter(|path| path.contains("/web/") || path.contains("/store/")).count();
    let double: Vec<_> = found.iter().filter(|(_, paths)| paths.len() > 1 && inside(paths) > 0).collect();
    assert!(double.is_empty(), "{double:?}");
}

#[tokio::test]
async fn the_reference_validator_finds_nothing() {
    let own = root().join(".setup/python");
    let python = |program: &str, file: &std::path::Path| {
        let mut command = Command::new("python3");
        if own.is_dir() {
            command.env("PYTHONPATH", &own);
        }
        command.args(["-c", program]).arg(file).output().unwrap()
    };
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("openapi.json");
    std::fs::write(&file, described().await.to_string()).unwrap();
    if !python("import openapi_spec_validator", &file).status.success() {
        return skip("python3 with openapi-spec-validator: run `make setup`");
    }
    let program =
        "import json, sys, openapi_spec_validator as v; v.validate(json.load(open(sys.argv[1]))); print('valid')";
    let out = python(program, &file);
    assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
    assert_eq!(String::from_utf8_lossy(&out.stdout).trim(), "valid");
}
