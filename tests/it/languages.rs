//! Pages in other languages: no English text is left on the German and Chinese ones.

use std::collections::BTreeSet;
use std::fs;

use querist::domain::Lane;
use querist::domain::{Role, SampleId};
use querist::models::{FileForm, Input, Precision};
use querist::progress::Progress;
use querist::service::desk::flags;
use querist::service::encoders::trials;
use querist::service::exchange::exporting;
use querist::service::experiments::replay::{self, ReplayOutcome, WantedReplay};
use querist::service::models::model;
use querist::service::people::accounts::{self, NewAccount};

use crate::support::app::TestApp;
use crate::support::client::Client;
use crate::support::models::small_model;
use crate::support::root;
use crate::support::rounds::{Loop, runtime_is_there};

/// What people read or hear on a page: its text between tags, and the attributes that are shown or spoken.
fn runs(html: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let mut keep = |text: &str| {
        let text = one_line(text).trim().to_owned();
        if text.chars().any(char::is_alphabetic) {
            found.insert(text);
        }
    };
    for (i, part) in html.split('<').enumerate() {
        let (tag, text) = if i == 0 { ("", part) } else { part.split_once('>').unwrap_or((part, "")) };
        // What programs are told is the same in every language.
        if !tag.starts_with("code") && !tag.starts_with("script") {
            keep(text);
        }
        for attribute in [" aria-label=\"", " title=\"", " alt=\"", " placeholder=\""] {
            tag.split(attribute).skip(1).filter_map(|rest| rest.split('"').next()).for_each(&mut keep);
        }
    }
    found
}

/// Every stretch of spaces and line breaks as one space.
fn one_line(text: &str) -> String {
    let mut line = String::new();
    for c in text.chars() {
        if !c.is_whitespace() {
            line.push(c);
        } else if !line.ends_with(' ') {
            line.push(' ');
        }
    }
    line
}

/// Every message of a language as the pieces between what is filled in; one list for each variant.
fn patterns(tag: &str) -> Vec<Vec<String>> {
    use fluent_syntax::ast::{Entry, Expression, InlineExpression, Pattern, PatternElement};

    fn add(pattern: &Pattern<&str>, found: &mut Vec<Vec<String>>) {
        let mut pieces = vec![String::new()];
        for element in &pattern.elements {
            match element {
                PatternElement::TextElement { value } => pieces.last_mut().unwrap().push_str(value),
                PatternElement::Placeable {
                    expression: Expression::Inline(InlineExpression::StringLiteral { value }),
                } => pieces.last_mut().unwrap().push_str(&value.replace("\\u00A0", "\u{a0}")),
                PatternElement::Placeable { expression: Expression::Select { variants, .. } } => {
                    for variant in variants {
                        add(&variant.value, found);
                    }
                    return;
                }
                PatternElement::Placeable { .. } => pieces.push(String::new()),
            }
        }
        found.push(pieces.iter().map(|piece| one_line(piece)).collect());
    }

    let mut found = Vec::new();
    for file in fs::read_dir(root().join("locales").join(tag)).unwrap() {
        let source = fs::read_to_string(file.unwrap().path()).unwrap();
        let resource = fluent_syntax::parser::parse(source.as_str()).unwrap();
        for entry in resource.body {
            if let Entry::Message(message) = entry {
                add(message.value.as_ref().unwrap(), &mut found);
            }
        }
    }
    found
}

/// Whether a text is a message with something filled in, or a piece of one beside what the page marks up.
fn says(pieces: &[String], text: &str) -> bool {
    if !pieces.iter().any(|piece| piece.chars().any(char::is_alphabetic)) {
        return false;
    }
    let mut rest = text;
    for (i, piece) in pieces.iter().enumerate() {
        let Some(at) = rest.find(piece.as_str()) else { return false };
        if i == 0 && at > 0 {
            return false;
        }
        rest = &rest[at + piece.len()..];
    }
    pieces.last().is_some_and(String::is_empty) || rest.is_empty()
}

/// Names that are data or belong to programs: the same on every page.
const NAMES: [&str; 28] = [
    // Fields of a request, and where it came from: as programs name them.
    "format",
    "name",
    "local",
    "Querist",
    "English",
    "Deutsch",
    "中文",
    "Surface inspection (drawn)",
    "surfaces",
    "drawn pictures",
    // A column of the example's metadata, and its value.
    "drawn",
    "yes",
    "yes (150)",
    // Accounts.
    "ana",
    "boss",
    "example",
    // Encoders, and how one calls its output and the order of its axes.
    "selftaught-surfaces",
    "small",
    "embedding",
    "nchw",
    // A round's cause that only this test names.
    "test",
    "Is this a scratch?",
    "CPU",
    "bird-station",
    "Enter",
    "Esc",
    "csv",
    // What exports are called.
    "May",
];

/// Stored by work in the background, in English, as the log has it; and what was guessed about an encoder's file.
const STORED: [&str; 5] = ["encoded", "largest difference", "seeds of", "numbers per sample", "is not given"];

fn is_data(text: &str) -> bool {
    let strategy = querist::query::Strategy::all().any(|strategy| strategy.as_str() == text);
    let file = [".png", ".onnx", ".jpg"].iter().any(|ending| text.contains(ending));
    let key = text.trim_start_matches(['⇧', ' ']).chars().count() == 1;
    let unit = text.split(' ').all(|word| {
        ["ms", "s", "%", "+", "KB", "MB", "×", "–", "p"].contains(&word) || word.chars().all(|c| !c.is_alphabetic())
    });
    let time = text.len() == 20 && text.ends_with('Z') && text.starts_with("20");
    let export = text.strip_prefix("export-").is_some_and(|number| number.chars().all(|c| c.is_ascii_digit()));
    NAMES.contains(&text) || strategy || file || key || unit || export || time
}

/// Opens each page in every language and collects English text left on the others.
struct Reader {
    client: Client,
    /// Class names and the guide's sentences: people wrote them.
    written: Vec<String>,
    left: Vec<String>,
}

impl Reader {
    async fn read(&mut self, path: &str, status: u16) {
        self.client.set_cookie("querist_language", "en");
        let answer = self.client.get(path).await;
        answer.assert_status(status);
        let english = runs(&answer.text());
        assert!(english.len() > 8, "{path}: {english:?}");
        for tag in ["de", "zh"] {
            self.client.set_cookie("querist_language", tag);
            let page = self.client.get(path).await;
            page.assert_status(status).assert_says(&format!("<html lang=\"{tag}\""));
            let (theirs, patterns) = (runs(&page.text()), patterns(tag));
            let known = |text: &str| {
                is_data(text)
                    || self.written.iter().any(|written| written.contains(text))
                    || STORED.iter().any(|part| text.contains(part))
                    || patterns.iter().any(|pieces| says(pieces, text))
            };
            // A page's title is several texts beside each other.
            let left = english.intersection(&theirs).filter(|text| !known(text) && !text.split(" · ").all(known));
            let left: Vec<_> = left.map(|text| format!("{path} in {tag}: {text}")).collect();
            self.left.extend(left);
        }
    }
}

async fn admin(at: &Loop) -> Client {
    let new = NewAccount { name: "boss", role: Role::Admin, project: None, password: None };
    let account = accounts::add(&at.app, new).await.unwrap().id;
    let mut client = Client::new(&at.app);
    client.set_cookie("querist_session", accounts::open_session(&at.app, account).await.unwrap().reveal());
    client
}

/// Send a model to be tried; the address of its trial.
async fn trial(client: &mut Client) -> String {
    let mut body =
        b"--edge\r\ncontent-disposition: form-data; name=\"files\"; filename=\"small.onnx\"\r\n\r\n".to_vec();
    body.extend_from_slice(&small_model().to_bytes());
    body.extend_from_slice(b"\r\n--edge\r\ncontent-disposition: form-data; name=\"name\"\r\n\r\n\r\n--edge--\r\n");
    let kind = Some("multipart/form-data; boundary=edge");
    client.send("POST", "/p/surfaces/encoders/trials", kind, body.into()).await.header("location").to_owned()
}

#[tokio::test]
async fn every_page_of_a_project_is_in_german_and_in_chinese() {
    if !runtime_is_there() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let at = Loop::open(folder.path(), 150).await;
    let mut client = admin(&at).await;
    let classes = at.app.store.classes(at.project.id).await.unwrap().into_iter().map(|class| class.name);
    let written: Vec<String> =
        classes.chain([one_line(&at.project.guidelines), one_line(&at.project.guidelines.replace("**", ""))]).collect();
    let mut reader = Reader { client: client.clone(), written, left: Vec::new() };
    // On an empty project, pages say what to do.
    for page in
        ["label", "insight", "samples", "map", "coverage", "doubts", "flags", "rounds", "replay", "help", "export"]
    {
        reader.read(&format!("/p/surfaces/{page}"), 200).await;
    }
    at.answer_truly(70).await;
    at.round().await;
    at.answer_with_slips(70).await;
    at.round().await;
    let sample = at.app.store.training_labels(at.project.id).await.unwrap()[0].0;
    let id = uuid::Uuid::new_v4().to_string();
    flags::raise(&at.app, &at.project, at.account(), &id, sample, "Is this a scratch?").await.unwrap();
    let wanted = WantedReplay { strategies: vec!["margin".to_owned(), "random".to_owned()], seeds: 2, batch: 20 };
    replay::request(&at.app, &at.project, &wanted).await.unwrap();
    reader.read("/p/surfaces/replay", 200).await;
    let job = at.app.store.claim_job(Lane::Replays, at.app.clock.now()).await.unwrap().unwrap();
    let done = replay::run(&at.app, &at.project, job.id, &job.payload, &Progress::silent()).await.unwrap();
    let ReplayOutcome::Ended(message) = done else { panic!("it was interrupted") };
    at.app.store.finish_job(job.id, &message, None, at.app.clock.now()).await.unwrap();
    let form = FileForm { input: Input::Uint8, precision: Precision::Int8 };
    model::make(&at.app, &at.project, None, form, &Progress::silent()).await.unwrap();
    for id in ["1", "2"] {
        client
            .post("/p/surfaces/export", &[("format", "csv"), ("split", "")])
            .await
            .assert_leads_to("/p/surfaces/export");
        exporting::run_snapshot(&at.app, &at.project, id, &Progress::silent()).await.unwrap();
    }
    client
        .post("/p/surfaces/export", &[("format", "csv"), ("name", "May")])
        .await
        .assert_leads_to("/p/surfaces/export");
    client.post("/p/surfaces/rounds/1/roll-back", &[]).await.assert_status(303);
    let trial = trial(&mut client).await;
    reader.read(&trial, 200).await;
    let job = at.app.store.claim_job(Lane::Trials, at.app.clock.now()).await.unwrap().unwrap();
    let message = trials::run(&at.app, &at.project, &job.payload).await.unwrap();
    at.app.store.finish_job(job.id, &message, None, at.app.clock.now()).await.unwrap();

    let pages = [
        "/p/surfaces/label",
        "/p/surfaces/grid",
        "/p/surfaces/insight",
        "/p/surfaces/agreement",
        "/p/surfaces/samples",
        "/p/surfaces/samples?state=skipped",
        "/p/surfaces/doubts",
        "/p/surfaces/map",
        "/p/surfaces/coverage",
        "/p/surfaces/flags",
        "/p/surfaces/rounds",
        "/p/surfaces/rounds?before=1",
        "/p/surfaces/rounds/compare?first=1&second=2",
        "/p/surfaces/export",
        "/p/surfaces/export/differences?from=1&to=2",
        "/p/surfaces/settings?saved=yes",
        "/p/surfaces/imports",
        "/p/surfaces/imports/1",
        "/p/surfaces/imports/1/undo",
        "/p/surfaces/predictions",
        "/p/surfaces/classes?saved=yes",
        "/p/surfaces/classes/1/merge?into=2",
        "/p/surfaces/classes/1/part?into=2&name=a",
        "/p/surfaces/replay",
        "/p/surfaces/encoders",
        "/p/surfaces/augmentation?saved=yes",
        "/p/surfaces/archived?left=2",
        "/p/surfaces/archive",
        "/archive",
        "/",
        "/account",
        "/people",
        "/people/1/delete",
        "/people/1/anonymise",
        "/record",
        "/p/surfaces/record",
        "/p/surfaces/webhooks",
    ];
    for page in pages.into_iter().chain([trial.as_str()]) {
        reader.read(page, 200).await;
    }
    client.post("/p/surfaces/augmentation", &[("mirror", "yes"), ("turn", "yes")]).await.assert_status(303);
    reader.read("/p/surfaces/augmentation", 200).await;
    reader.read("/p/surfaces/settings", 200).await;
    reader.read("/p/surfaces/nothing-here", 404).await;
    reader.read("/p/nowhere/label", 404).await;
    reader.read(&format!("/p/surfaces/encoders/trials/{}", 9999), 404).await;
    let mut nobody = Reader { client: Client::new(&at.app), written: Vec::new(), left: Vec::new() };
    nobody.read("/sign-in", 200).await;
    nobody.read("/link/not-a-link", 404).await;
    reader.left.append(&mut nobody.left);
    assert!(reader.left.is_empty(), "English is left: {:#?}", reader.left);
}

#[tokio::test]
async fn the_choice_of_a_language_is_kept_and_an_unknown_one_refused() {
    let test = TestApp::new().await;
    test.project("birds").await;
    let mut client =
        test.signed_in("ana", Role::Annotator, Some("birds")).await.with("accept-language", "de-AT,de;q=0.9");
    client
        .get("/")
        .await
        .assert_says("<html lang=\"de\"")
        .assert_says("<h1>Projekte</h1>")
        .assert_says("noch keine Beispiele");

    let chosen = client.post("/language", &[("language", "zh")]).await;
    chosen.assert_leads_to("/");
    assert!(chosen.header("set-cookie").contains("querist_language=zh"), "{}", chosen.header("set-cookie"));
    client.get("/").await.assert_says("<html lang=\"zh\"").assert_says("<h1>项目</h1>");
    client.get("/p/birds/label").await.assert_says("<html lang=\"zh\"");

    let refused = client.post("/language", &[("language", "klingon")]).await;
    refused.assert_status(422).assert_says("<html lang=\"zh\"");
    assert_eq!(client.cookie("querist_language"), Some("zh"));
}

#[tokio::test]
async fn errors_speak_the_language_of_the_page_and_english_to_programs() {
    let test = TestApp::new().await;
    test.project("birds").await;
    let mut client = test.signed_in("ana", Role::Annotator, Some("birds")).await.with("accept-language", "de");
    // Pages: by the code, with a hint and a way on.
    client
        .get("/p/birds/rounds")
        .await
        .assert_status(403)
        .assert_says("Ihre Rolle erlaubt das nicht.")
        .assert_says("Bitten Sie");
    client
        .get("/p/none/label")
        .await
        .assert_status(404)
        .assert_says("oder Sie dürfen es nicht sehen.")
        .assert_says("Ihre Projekte");
    // Where no text fits the code, the specific sentence stays.
    let refused = client.post("/theme", &[("theme", "plaid")]).await;
    refused.assert_status(422).assert_says("unknown variant").assert_says("<html lang=\"de\"");

    // What the desk reads speaks to the person in front of it; its code stays.
    let answer = serde_json::json!({ "id": uuid::Uuid::new_v4(), "sample": SampleId(7), "lease": "gone", "class": 1 });
    let said = client.post_json("/api/v1/projects/birds/annotations", &answer).await;
    assert_eq!(said.json()["error"]["code"], "not_found", "{}", said.text());
    assert_eq!(said.json()["error"]["message"], "Hier ist nichts, oder nichts mehr.");

    // A program that sends a token reads English, whatever its machine prefers.
    let account = test.app.store.accounts().await.unwrap()[0].id;
    let token = accounts::new_token(&test.app, account, "script").await.unwrap();
    let mut program = test.client().with("accept-language", "de").bearer(token.reveal());
    let said = program.post_json("/api/v1/projects/birds/annotations", &answer).await;
    assert_eq!(said.json()["error"]["code"], "not_found");
    assert!(said.json()["error"]["message"].as_str().unwrap().contains('7'), "{}", said.text());
    let standing = program.get("/api/v1/projects/birds").await;
    assert!(!standing.text().contains("Antwort"), "{}", standing.text());
}

#[test]
fn what_is_left_of_a_page_is_found() {
    let left = |text: &str| {
        let german = patterns("de");
        !german.iter().any(|pieces| says(pieces, text)) && !is_data(text)
    };
    assert!(left("Where it stands") && left("3 flags wait for an answer."));
    assert!(!left("Stand") && !left("3 Fragen warten auf eine Antwort.") && !left("margin"));
    assert_eq!(runs("<p title=\"A b\">c  d<code>POST x</code> 12</p>").into_iter().collect::<Vec<_>>(), ["A b", "c d"]);
}
