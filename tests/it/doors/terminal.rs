//! What people expect on a terminal: lists, roles, tokens, completions.

use super::{done, failed, querist};

#[test]
fn projects_tokens_and_roles_are_listed_changed_and_taken_away() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    done(&data, &["user", "add", "ada", "--role", "admin"]);
    done(&data, &["project", "new", "birds", "--class", "hawk"]);
    done(&data, &["project", "new", "bees"]);
    let list = done(&data, &["project", "list"]);
    assert_eq!(list.lines().map(|line| line.split('\t').next().unwrap()).collect::<Vec<_>>(), ["bees", "birds"]);
    assert!(done(&data, &["project", "list", "--json"]).contains("\"classes\":1"));

    for list in [["project", "list"], ["user", "list"], ["token", "list"], ["encoder", "list"]] {
        let one: serde_json::Value = serde_json::from_str(&done(&data, &[list[0], list[1], "--json"])).unwrap();
        assert!(one.is_array(), "{list:?}: {one}");
    }

    done(&data, &["user", "add", "mira", "--role", "annotator", "--project", "birds"]);
    let said = failed(&data, &["user", "add", "mira", "--role", "lead", "--project", "birds"]);
    assert!(said.contains("querist user role mira"), "{said}");
    assert!(failed(&data, &["user", "add", "Mira", "--role", "lead", "--project", "birds"]).contains("`mira`"));
    done(&data, &["user", "role", "mira", "lead", "--project", "birds"]);
    assert!(done(&data, &["user", "list"]).contains("lead in birds"));
    done(&data, &["user", "role", "mira", "none", "--project", "birds"]);
    assert!(!done(&data, &["user", "list"]).contains("birds"));
    assert!(failed(&data, &["user", "role", "mira", "lead"]).contains("say which one"));
    assert!(failed(&data, &["user", "role", "ada", "none"]).contains("last admin"));

    done(&data, &["token", "new", "--user", "ada", "--name", "nightly", "--days", "30"]);
    done(&data, &["token", "new", "--user", "mira"]);
    let tokens = done(&data, &["token", "list"]);
    assert_eq!(tokens.lines().count(), 2, "{tokens}");
    let id = tokens.lines().find(|line| line.contains("nightly")).unwrap().split('\t').next().unwrap().to_owned();
    assert!(done(&data, &["token", "list", "--user", "mira"]).contains("until revoked"));
    done(&data, &["token", "revoke", &id]);
    assert_eq!(done(&data, &["token", "list"]).lines().count(), 1);
    assert!(failed(&data, &["token", "revoke", &id]).contains("no such token"));
    assert!(failed(&data, &["token", "new", "--user", "ada", "--days", "0"]).contains("1 to 3650 days"));
    for shell in ["bash", "zsh", "fish"] {
        assert!(done(&data, &["completions", shell]).contains("querist"), "{shell}");
    }
}

#[test]
fn classes_are_added_and_retired_and_come_back() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let made = querist(&data, &["project", "new", "birds"]);
    let said = String::from_utf8(made.stderr).unwrap();
    assert!(said.contains("project class add birds") && said.contains("user add NAME --role admin"), "{said}");
    done(&data, &["project", "class", "add", "birds", "hawk", "barn owl"]);
    assert!(failed(&data, &["project", "class", "add", "birds", "hawk"]).contains("`hawk` exists already"));
    let list = done(&data, &["project", "class", "retire", "birds", "hawk"]);
    let names: Vec<_> = list.lines().map(|line| line.split_once('\t').unwrap().1).collect();
    assert_eq!(names, ["hawk\tretired", "barn owl"]);
    assert!(failed(&data, &["project", "class", "retire", "birds", "hawk"]).contains("has no class `hawk`"));
    done(&data, &["project", "class", "add", "birds", "hawk"]);
    assert!(!done(&data, &["project", "class", "list", "birds"]).contains("retired"));
}

#[tokio::test]
async fn status_says_who_serves_and_how_far_the_projects_are() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    done(&data, &["user", "add", "ada", "--role", "admin"]);
    done(&data, &["project", "new", "birds", "--class", "hawk"]);
    let idle = done(&data, &["status"]);
    assert!(idle.contains("server    not running") && idle.contains("birds: 0 of 0 labeled"), "{idle}");
    let (child, _) = crate::support::program::start(&data, &["serve"]).await;
    let found: serde_json::Value = serde_json::from_str(&done(&data, &["status", "--json"])).unwrap();
    let server = found["server"].as_str().unwrap();
    assert!(server.contains("`querist serve`") && server.contains(&child.id().unwrap().to_string()), "{server}");
    assert_eq!((&found["people"], &found["projects"][0]["slug"]), (&1.into(), &"birds".into()));
}

#[test]
fn help_fits_a_terminal() {
    let folder = tempfile::tempdir().unwrap();
    for command in ["serve", "select", "simulate", "import"] {
        let help = done(folder.path(), &[command, "--help"]);
        assert!(help.contains("Examples:\n  querist "), "{help}");
        let long: Vec<_> =
            help.lines().filter(|line| line.chars().count() > 100 && !line.contains("querist ")).collect();
        assert!(long.is_empty(), "{long:?}");
    }
}
