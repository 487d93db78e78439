//! The import pages: all imports, and the outcomes of one import's items.

use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};

use crate::domain::import::{Bucket, Fate, ImportItem, ImportState};
use crate::domain::{ImportId, Role};
use crate::service::App;
use crate::service::exchange::{importing, undoing};
use crate::service::map::drift::{self, DriftLevel};
use crate::store::imports::Import;
use crate::store::undoing::UndoReach;
use crate::web::api::imports::find;
use crate::web::frame::confirm::ConfirmPage;
use crate::web::frame::error::WebError;
use crate::web::frame::extract::{Member, Path, Query};
use crate::web::frame::filters::{ago, group};
use crate::web::frame::going;
use crate::web::frame::htmx::Hx;
use crate::web::frame::language::Language;
use crate::web::frame::names;
use crate::web::frame::shell::{Shell, Tab};
use crate::web::page;
use crate::web::pages::{media, sample};

/// Imports or items of one page.
const SHOWN: i64 = 100;

/// A number of items, and where they are.
struct Count {
    bucket: String,
    n: String,
    href: Option<String>,
    current: bool,
    /// Whether somebody should look at them.
    look: bool,
}

/// An import in a list.
struct Row {
    href: String,
    source: String,
    age: String,
    by: String,
    state: String,
    /// The CSS class of its state.
    colour: &'static str,
    message: String,
    /// Whether it was taken back.
    undone: bool,
    /// Whether it only looked.
    dry: bool,
    items: String,
    counts: Vec<Count>,
}

fn row(language: Language, slug: &str, import: &Import, age: String, current: Option<Bucket>) -> Row {
    let counts = import.counts();
    let href = format!("/p/{slug}/imports/{}", import.id);
    let count = |bucket: Bucket| {
        let n = counts.of(bucket);
        Count {
            bucket: names::bucket(language, bucket.as_str()),
            n: group(n as i64),
            href: (bucket != Bucket::Added && n > 0).then(|| format!("{href}?bucket={}", bucket.as_str())),
            current: current == Some(bucket),
            look: bucket.deserves_a_look() && n > 0,
        }
    };
    Row {
        source: import.source.clone(),
        age,
        by: import.account.clone(),
        state: names::state(language, import.state.as_str()),
        colour: match import.state {
            ImportState::Done => "good",
            ImportState::Failed => "bad",
            ImportState::Look | ImportState::Interrupted | ImportState::Cancelled => "warn",
            ImportState::Running => "",
        },
        message: import.message.clone(),
        undone: import.undone_us.is_some(),
        dry: import.dry,
        items: group(counts.items() as i64),
        counts: Bucket::ALL.into_iter().map(count).collect(),
        href,
    }
}

#[derive(Template)]
#[template(path = "imports.html", blocks = ["imports"])]
struct ImportsPage {
    shell: Shell,
    slug: String,
    /// Imports that differ clearly from the pool before them.
    drifted: Vec<String>,
    buckets: Vec<String>,
    rows: Vec<Row>,
    /// Whether this is the first page, which updates live.
    newest: bool,
    next: Option<String>,
}

/// Which imports to show.
#[derive(Debug, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ImportQuery {
    /// Only imports with lower ids.
    #[serde(default)]
    before: Option<ImportId>,
}

/// `GET /p/{slug}/imports`
pub async fn list(
    State(app): State<App>,
    member: Member,
    hx: Hx,
    Query(wanted): Query<ImportQuery>,
) -> Result<Response, WebError> {
    member.require(Role::Lead)?;
    let (slug, language, now) = (&member.project.slug, member.language(), app.clock.now());
    let imports = app.store.imports(member.project.id, wanted.before.unwrap_or(ImportId(i64::MAX)), SHOWN).await?;
    let next = imports.last().filter(|_| imports.len() as i64 == SHOWN);
    let drifted = drift::known(&app, &member.project).await?;
    let drifted = drifted.into_iter().filter(|drift| drift.level() == DriftLevel::Clear);
    let view = ImportsPage {
        shell: Shell::page(&member, language.say("imports-title"), Some(Tab::Settings)),
        slug: slug.clone(),
        drifted: drifted
            .map(|drift| language.say("drift-notice").with("source", drift.source.as_str()).into())
            .collect(),
        buckets: Bucket::ALL.into_iter().map(|bucket| names::bucket(language, bucket.as_str())).collect(),
        newest: wanted.before.is_none(),
        next: next.map(|last| format!("/p/{slug}/imports?before={}", last.id)),
        rows: imports
            .iter()
            .map(|import| row(language, slug, import, ago(language, now.seconds_since(import.started_us)), None))
            .collect(),
    };
    if hx.wants("imports") { page(&view.as_imports()) } else { page(&view) }
}

/// An item with the picture that it is about.
struct Outcome {
    bucket: String,
    look: bool,
    /// Its outcome, in words.
    about: String,
    item: ImportItem,
    /// Address and small picture of the sample.
    picture: Option<(String, String)>,
}

#[derive(Template)]
#[template(path = "import.html", blocks = ["import"])]
struct ImportPage {
    shell: Shell,
    slug: String,
    row: Row,
    running: bool,
    /// Where it is cancelled or taken back, for those who may.
    act: Option<String>,
    /// What became of it when it was taken back.
    undone: Option<String>,
    named: String,
    predicts: bool,
    labels: String,
    relabel: bool,
    notes: Vec<String>,
    new_classes: String,
    all: Option<String>,
    report: String,
    items: Vec<Outcome>,
    next: Option<String>,
}

/// Which items to show.
#[derive(Debug, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ItemQuery {
    #[serde(default)]
    bucket: Option<Bucket>,
    #[serde(default)]
    after: Option<i64>,
}

/// `GET /p/{slug}/imports/{id}`
pub async fn show(
    State(app): State<App>,
    member: Member,
    hx: Hx,
    Path((_, id)): Path<(String, ImportId)>,
    Query(wanted): Query<ItemQuery>,
) -> Result<Response, WebError> {
    member.require(Role::Lead)?;
    let (slug, language) = (&member.project.slug, member.language());
    let import = find(&app, &member, id).await?;
    let items = app.store.import_items(id, wanted.bucket, wanted.after.unwrap_or(-1), SHOWN).await?;
    let last = items.last().filter(|_| items.len() as i64 == SHOWN).map(|(seq, _)| *seq);
    let outcome = |item: ImportItem| Outcome {
        bucket: names::bucket(language, item.bucket.as_str()),
        look: item.bucket.deserves_a_look(),
        about: about(language, &item),
        picture: item.sample.map(|sample| (sample::url(slug, sample), media::thumb_url(slug, sample))),
        item,
    };
    let now = app.clock.now();
    let age = ago(language, now.seconds_since(import.started_us));
    let running = import.state == ImportState::Running;
    let bucket = wanted.bucket.map(|bucket| format!("bucket={}&", bucket.as_str())).unwrap_or_default();
    let view = ImportPage {
        shell: Shell::page(
            &member,
            language.say("imports-one").with("source", import.source.as_str()),
            Some(Tab::Settings),
        ),
        slug: slug.clone(),
        row: row(language, slug, &import, age, wanted.bucket),
        running,
        act: (member.role >= Role::Admin).then(|| {
            let act = match (running, import.dry) {
                (true, _) => "cancel",
                (false, true) => "go-on",
                (false, false) => "undo",
            };
            format!("/p/{slug}/imports/{id}/{act}")
        }),
        undone: import.undone_us.map(|when| {
            let text = language.say("imports-undone").with("samples", import.undone_samples);
            let text = text.with("labels", import.undone_labels).with("age", ago(language, now.seconds_since(when)));
            text.with("name", import.undone_by.clone().unwrap_or_default()).into()
        }),
        named: import.named.clone(),
        predicts: import.predicts,
        labels: match import.labels.split_once(':') {
            Some((_, column)) => language.say("settings-labels-column").with("column", column).into(),
            None if import.labels.is_empty() => language.say("settings-labels-none").into(),
            None => language.say("settings-labels-folder").into(),
        },
        relabel: import.relabel,
        notes: import.notes(),
        new_classes: import.new_classes().join(&language.say("list-comma").to_string()),
        all: wanted.bucket.map(|_| format!("/p/{slug}/imports/{id}")),
        report: format!("/api/v1/projects/{slug}/imports/{id}/report.csv"),
        items: items.into_iter().map(|(_, item)| outcome(item)).collect(),
        next: last.map(|last| format!("/p/{slug}/imports/{id}?{bucket}after={last}")),
    };
    if hx.wants("import") { page(&view.as_import()) } else { page(&view) }
}

/// `POST /p/{slug}/imports/{id}/cancel`
pub async fn cancel(
    State(app): State<App>,
    member: Member,
    Path((_, id)): Path<(String, ImportId)>,
) -> Result<Response, WebError> {
    member.require(Role::Admin)?;
    importing::cancel(&app, &member.project, id).await?;
    Ok(going::to(&format!("/p/{}/imports/{id}", member.project.slug)).into_response())
}

/// `POST /p/{slug}/imports/{id}/go-on`: imports what a dry run looked at.
pub async fn go_on(
    State(app): State<App>,
    member: Member,
    Path((_, id)): Path<(String, ImportId)>,
) -> Result<Response, WebError> {
    member.require(Role::Admin)?;
    importing::go_on(&app, &member.project, id).await?;
    Ok(going::to(&format!("/p/{}/imports", member.project.slug)).into_response())
}

/// `GET /p/{slug}/imports/{id}/undo`: says what would be touched, and asks.
pub async fn ask_undo(
    State(app): State<App>,
    member: Member,
    Path((_, id)): Path<(String, ImportId)>,
) -> Result<Response, WebError> {
    member.require(Role::Admin)?;
    let (slug, language) = (&member.project.slug, member.language());
    let (import, reach) = undoing::preview(&app, &member.project, id).await?;
    let question = language.say("imports-undo-ask").with("source", import.source.as_str()).to_string();
    page(&ConfirmPage {
        shell: Shell::page(&member, &*question, Some(Tab::Settings)),
        question,
        means: touched(language, &reach),
        action: format!("/p/{slug}/imports/{id}/undo"),
        fields: Vec::new(),
        button: language.say("imports-undo").to_string(),
        back: format!("/p/{slug}/imports/{id}"),
    })
}

/// What taking an import back would touch, a sentence each.
fn touched(language: Language, reach: &UndoReach) -> Vec<String> {
    let (labels, current) = reach.labels;
    let mut means = vec![language.say("imports-undo-leave").with("n", reach.of(Fate::Leaves)).to_string()];
    if labels > 0 {
        means.push(language.say("imports-undo-labels").with("n", labels).with("current", current).into());
    }
    if reach.predictions > 0 {
        means.push(language.say("imports-undo-predictions").with("n", reach.predictions).into());
    }
    for fate in Fate::ALL.into_iter().filter(|fate| *fate != Fate::Leaves && reach.of(*fate) > 0) {
        means.push(names::fate(language, fate.as_str(), reach.of(fate)));
    }
    if !reach.staying.is_empty() {
        let called = reach.staying.iter().map(|sample| sample.name.as_str()).collect::<Vec<_>>();
        let called = called.join(&language.say("list-comma").to_string());
        means.push(language.say("imports-undo-staying").with("names", called).into());
    }
    means.push(language.say("imports-undo-report").into());
    means
}

/// `POST /p/{slug}/imports/{id}/undo`
pub async fn undo(
    State(app): State<App>,
    member: Member,
    Path((_, id)): Path<(String, ImportId)>,
) -> Result<Response, WebError> {
    member.require(Role::Admin)?;
    undoing::request(&app, &member.project, member.account.id, id).await?;
    Ok(going::to(&format!("/p/{}/imports/{id}", member.project.slug)).into_response())
}

/// Why an item was left out, or how it relates to the sample with the same content.
fn about(language: Language, item: &ImportItem) -> String {
    let reason = item.reason.clone().unwrap_or_default();
    let Some(of) = &item.same_as else { return reason };
    let text = match (&item.label, &item.standing) {
        (Some(label), Some(standing)) => {
            let id = if item.bucket.deserves_a_look() { "imports-contradicts" } else { "imports-replaced" };
            language.say(id).with("label", label.as_str()).with("standing", standing.as_str())
        }
        (Some(label), None) => language.say("imports-taken").with("label", label.as_str()),
        (None, _) => language.say("imports-same"),
    };
    format!("{reason}{}", text.with("name", of.as_str()))
}
