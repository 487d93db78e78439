//! What every page and every command's help looks like, kept as snapshots, so that a change to a page shows in the
//! diff.
//!
//! A page is kept as an outline of its elements. Numbers, ids and addresses' versions are left out, since they differ from run
//! to run, and so are repeats, drawings, and what scripts are told: of rows that differ in numbers alone there is one. After a change that is meant,
//! `INSTA_UPDATE=always cargo test --test it views::` rewrites them.

use std::fmt::Write as _;

use clap::{Command, CommandFactory as _};
use querist::cli::Cli;
use querist::domain::{Lane, Role};
use querist::models::{FileForm, Input, Precision};
use querist::progress::Progress;
use querist::service::desk::flags;
use querist::service::exchange::exporting;
use querist::service::experiments::replay::{self, ReplayOutcome, WantedReplay};
use querist::service::models::model;
use querist::service::people::accounts::{self, NewAccount};

use crate::support::app::TestApp;
use crate::support::client::Client;
use crate::support::rounds::{Loop, runtime_is_there};

/// Elements that have no end.
const VOID: [&str; 6] = ["br", "hr", "img", "input", "link", "meta"];
/// Longer values are data, and tests of their own look at them.
const LONG: usize = 240;

/// An element with what is in it, or a text.
#[derive(Debug, PartialEq, Eq)]
struct Node {
    line: String,
    children: Vec<Node>,
}

impl Node {
    fn write(&self, depth: usize, out: &mut String) {
        let _ = writeln!(out, "{}{}", "  ".repeat(depth), self.line);
        // What a drawing shows is numbers.
        let drawing = self.line.starts_with("svg");
        for (i, child) in self.children.iter().enumerate() {
            if !self.children[..i].contains(child) && (!drawing || child.line.starts_with("title")) {
                child.write(depth + 1, out);
            }
        }
    }
}

/// The page as lines, one for each element and each text.
fn outline(html: &str) -> String {
    let mut open = vec![Node { line: "page".to_owned(), children: Vec::new() }];
    let mut rest = html;
    while let Some((text, after)) = rest.split_once('<') {
        let text = masked(&text.split_ascii_whitespace().collect::<Vec<_>>().join(" "));
        let parent = open.last_mut().unwrap();
        if !text.is_empty() {
            let text = if text.len() > LONG && text.starts_with('{') { "…" } else { &text };
            parent.children.push(Node { line: format!("\"{text}\""), children: Vec::new() });
        }
        let (tag, after) = after.split_once('>').unwrap();
        rest = after;
        if tag.starts_with('!') {
            continue;
        }
        if let Some(name) = tag.strip_prefix('/') {
            let done = open.pop().unwrap();
            assert!(done.line.starts_with(name.trim()), "<{}> ends with <{tag}>", done.line);
            open.last_mut().unwrap().children.push(done);
            continue;
        }
        let node = Node { line: element(tag.trim_end_matches('/')), children: Vec::new() };
        let name = tag.split([' ', '\n', '/']).next().unwrap();
        if tag.ends_with('/') || VOID.contains(&name) {
            open.last_mut().unwrap().children.push(node);
        } else {
            open.push(node);
        }
    }
    assert_eq!(open.len(), 1, "an element has no end: {open:?}");
    let mut out = String::new();
    for child in &open[0].children {
        child.write(0, &mut out);
    }
    out
}

/// A tag with its attributes, one space between them.
fn element(tag: &str) -> String {
    let mut line = String::new();
    let mut quoted = tag.split('"');
    // Outside quotes and inside them, in turn.
    while let Some(names) = quoted.next() {
        let names = names.split_ascii_whitespace().collect::<Vec<_>>().join(" ");
        if !line.is_empty() && !names.is_empty() {
            line.push(' ');
        }
        line += &names;
        if let Some(value) = quoted.next() {
            let value = value.split_ascii_whitespace().collect::<Vec<_>>().join(" ");
            let fixed = [" class=", "id=", "for="].iter().any(|name| line.ends_with(name));
            let value = if fixed { value } else { masked(&value) };
            let _ = write!(line, "\"{}\"", if value.len() > LONG { "…" } else { &value });
        }
    }
    line
}

/// A text without what differs from run to run: ids become `#`, numbers `0`.
fn masked(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let word = rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '-').unwrap_or(rest.len());
        let hex = rest[..word].bytes().all(|b| b.is_ascii_hexdigit() || b == b'-');
        let digits = rest.find(|c: char| !c.is_ascii_digit() && !".,\u{202f}".contains(c)).unwrap_or(rest.len());
        if word >= 8 && hex && rest[..word].bytes().any(|b| b.is_ascii_digit()) {
            out.push('#');
            rest = &rest[word..];
        } else if first.is_ascii_digit() {
            // A full stop is not part of the number.
            let number = rest[..digits].trim_end_matches(['.', ',']).len();
            out.push('0');
            rest = &rest[number..];
        } else {
            let end = if word > 0 {
                rest[..word].find(|c: char| c.is_ascii_digit()).unwrap_or(word)
            } else {
                first.len_utf8()
            };
            out += &rest[..end];
            rest = &rest[end..];
        }
    }
    out
}

/// The page's own part of an answer.
fn main_of(html: &str) -> &str {
    let start = html.find("<main").unwrap();
    &html[start..=html.rfind("</main>").unwrap() + "</main".len()]
}

fn snapshot(name: &str, text: &str) {
    insta::with_settings!({ omit_expression => true, prepend_module_to_snapshot => false }, {
        insta::assert_snapshot!(name, text);
    });
}

async fn keep(client: &mut Client, name: &str, path: &str) {
    let answer = client.get(path).await;
    snapshot(name, &format!("{} {path}\n{}", answer.status.as_u16(), outline(main_of(&answer.text()))));
}

#[tokio::test]
async fn pages_outside_projects() {
    let test = TestApp::new().await;
    test.project("birds").await;
    let mut nobody = test.client();
    let frame = nobody.get("/sign-in").await.text();
    snapshot("frame", &outline(&frame));
    let mut admin = test.signed_in("boss", Role::Admin, None).await;
    test.signed_in("ana", Role::Annotator, Some("birds")).await;
    for (name, path) in [
        ("home", "/"),
        ("account", "/account"),
        ("words", "/words"),
        ("people", "/people"),
        ("people_delete", "/people/2/delete"),
        ("people_anonymise", "/people/2/anonymise"),
        ("archive", "/archive"),
        ("archive_project", "/p/birds/archive"),
        ("archived", "/p/birds/archived"),
        ("people_role", "/people/2/role?project=birds&role=lead"),
        ("project_settings", "/p/birds/settings"),
        ("project_imports_none", "/p/birds/imports"),
        ("project_insight_none", "/p/birds/insight"),
        ("project_agreement_none", "/p/birds/agreement"),
        ("error", "/p/nowhere/label"),
    ] {
        keep(&mut admin, name, path).await;
    }
    let account = accounts::by_name(&test.app, "ana").await.unwrap().id;
    let link = accounts::new_link(&test.app, account).await.unwrap();
    let page = nobody.get(&format!("/link/{}", link.reveal())).await.text().replace(link.reveal(), "secret");
    snapshot("link", &outline(main_of(&page)));
}

#[tokio::test]
async fn pages_of_a_project_at_work() {
    if !runtime_is_there() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let at = Loop::open(folder.path(), 150).await;
    let new = NewAccount { name: "boss", role: Role::Admin, project: None, password: None };
    let account = accounts::add(&at.app, new).await.unwrap().id;
    let mut client = Client::new(&at.app);
    client.set_cookie("querist_session", accounts::open_session(&at.app, account).await.unwrap().reveal());
    at.answer_truly(70).await;
    at.round().await;
    at.answer_with_slips(70).await;
    at.round().await;
    let sample = at.app.store.training_labels(at.project.id).await.unwrap()[0].0;
    let id = uuid::Uuid::new_v4().to_string();
    flags::raise(&at.app, &at.project, at.account(), &id, sample, "Is this a scratch?").await.unwrap();
    let wanted = WantedReplay { strategies: vec!["margin".to_owned(), "random".to_owned()], seeds: 2, batch: 20 };
    replay::request(&at.app, &at.project, &wanted).await.unwrap();
    keep(&mut client, "replay_waiting", "/p/surfaces/replay").await;
    let job = at.app.store.claim_job(Lane::Replays, at.app.clock.now()).await.unwrap().unwrap();
    let done = replay::run(&at.app, &at.project, job.id, &job.payload, &Progress::silent()).await.unwrap();
    let ReplayOutcome::Ended(message) = done else { panic!("it was interrupted") };
    at.app.store.finish_job(job.id, &message, None, at.app.clock.now()).await.unwrap();
    let form = FileForm { input: Input::Uint8, precision: Precision::F32 };
    model::make(&at.app, &at.project, None, form, &Progress::silent()).await.unwrap();
    for id in ["1", "2"] {
        client
            .post("/p/surfaces/export", &[("format", "csv"), ("split", "")])
            .await
            .assert_leads_to("/p/surfaces/export");
        exporting::run_snapshot(&at.app, &at.project, id, &Progress::silent()).await.unwrap();
        at.answer_truly(2).await;
    }
    client
        .post("/p/surfaces/export", &[("format", "csv"), ("name", "May")])
        .await
        .assert_leads_to("/p/surfaces/export");
    for (name, path) in [
        ("label", "/p/surfaces/label"),
        ("grid", "/p/surfaces/grid"),
        ("insight", "/p/surfaces/insight"),
        ("agreement", "/p/surfaces/agreement"),
        ("samples", "/p/surfaces/samples?class=1"),
        ("doubts", "/p/surfaces/doubts"),
        ("map", "/p/surfaces/map"),
        ("coverage", "/p/surfaces/coverage"),
        ("sample", &format!("/p/surfaces/samples/{sample}?list=samples&filter=state%3Dlabeled")),
        ("flags", "/p/surfaces/flags"),
        ("rounds", "/p/surfaces/rounds"),
        ("rounds_compare", "/p/surfaces/rounds/compare?first=1&second=2"),
        ("export", "/p/surfaces/export"),
        ("export_differences", "/p/surfaces/export/differences?from=1&to=2"),
        ("settings", "/p/surfaces/settings?saved=yes"),
        ("class_retire", "/p/surfaces/classes/1/retire"),
        ("classes", "/p/surfaces/classes"),
        ("class_merge", "/p/surfaces/classes/1/merge?into=2"),
        ("predictions", "/p/surfaces/predictions"),
        ("import_undo", "/p/surfaces/imports/1/undo"),
        ("imports", "/p/surfaces/imports"),
        ("import", "/p/surfaces/imports/1"),
        ("replay", "/p/surfaces/replay"),
        ("encoders", "/p/surfaces/encoders"),
        ("augmentation", "/p/surfaces/augmentation"),
    ] {
        keep(&mut client, name, path).await;
    }
}

#[tokio::test]
async fn a_part_of_a_page_comes_alone() {
    let test = TestApp::new().await;
    test.project("birds").await;
    let admin = test.signed_in("boss", Role::Admin, None).await;
    let parts = [
        ("insight", "div#insight"),
        ("settings", "section#work"),
        ("settings", "section#classes"),
        ("export", "section#model"),
        ("export", "section#snapshots"),
        ("rounds", "div#rounds-live"),
        ("encoders", "section#encoders"),
        ("imports", "section#imports"),
        ("replay", "div#replay"),
        ("flags", "div#flags"),
        ("agreement", "section#settle"),
        ("agreement", "section#leases"),
    ];
    for (page, part) in parts {
        let path = format!("/p/birds/{page}");
        let mut htmx = admin.clone().with("hx-request-type", "partial").with("hx-target", part);
        let html = htmx.get(&path).await.assert_status(200).text();
        let outline = outline(&html);
        let (element, id) = part.split_once('#').unwrap();
        let first = outline.lines().next().unwrap();
        assert!(first.starts_with(element) && first.contains(&format!("id=\"{id}\"")), "{path} {part}: {first}");
        assert_eq!(outline.lines().filter(|line| !line.starts_with(' ')).count(), 1, "{path} {part}: {outline}");
        // The same element is on the page, and what asks for it names it.
        let page = admin.clone().get(&path).await.text();
        assert!(page.contains(&format!("id=\"{id}\"")), "{path} has no {part}");
        // Somebody who may not see the page does not see its part.
        let mut nobody = test.client().with("hx-request-type", "partial").with("hx-target", part);
        nobody.get(&path).await.assert_status(401).assert_says("role=\"alert\"");
    }

    // A change of a class: the classes anew, and what was done, which goes to its place on the page.
    let mut htmx = admin.clone().with("hx-request-type", "partial").with("hx-target", "section#classes");
    let after = htmx.get("/p/birds/settings?saved=yes").await.text();
    assert!(after.contains("id=\"told\" hx-swap-oob=\"true\""), "{after}");

    // Insight that shows the newest already has nothing to send.
    let mut htmx = admin.clone().with("hx-request-type", "partial").with("hx-target", "div#insight");
    let page = htmx.get("/p/birds/insight").await.text();
    let seen = page.split("?seen=").nth(1).unwrap().split('"').next().unwrap().to_owned();
    let path = format!("/p/birds/insight?seen={seen}");
    htmx.get(&path).await.assert_status(204);
    admin.clone().get(&path).await.assert_status(200).assert_says("<main");
    htmx.get("/p/birds/insight?seen=another").await.assert_status(200).assert_says("id=\"insight\"");
}

#[test]
fn help_of_every_command() {
    fn keep(command: Command, path: &str) {
        // A value set where the tests run must not leak into snapshots.
        let mut command = command.mut_args(|arg| arg.hide_env_values(true)).term_width(100).bin_name(path);
        snapshot(&format!("help_{}", path.replace(' ', "_")), &command.render_long_help().to_string());
        for child in command.get_subcommands().filter(|child| child.get_name() != "help") {
            keep(child.clone(), &format!("{path} {}", child.get_name()));
        }
    }
    keep(Cli::command(), "querist");
}

#[test]
fn an_outline_leaves_out_what_differs_from_run_to_run() {
    let page = "<ul><li id=\"a1\" data-at=\"12\">3 of 1\u{202f}200.</li>\n<li id=\"a1\" data-at=\"7\">9 of\n 4.</li></ul><br><p>x1";
    assert_eq!(outline(&format!("{page}</p>")), "ul\n  li id=\"a1\" data-at=\"0\"\n    \"0 of 0.\"\nbr\np\n  \"x0\"\n");
    assert_eq!(
        masked("/static/1f2e3d4c/desk/main.js?v=0a1b2c3d, 7 deadbeef"),
        "/static/#/desk/main.js?v=#, 0 deadbeef"
    );
}
