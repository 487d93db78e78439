//! The rounds page: the shelf, every training with its numbers, and every decision of the retrain rule.

use std::collections::HashMap;

use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};

use crate::domain::{EncoderId, Role, Timestamp, job};
use crate::evaluate::Measure;
use crate::service::App;
use crate::service::rounds::shelf::{self, Place, Shelf};
use crate::service::rounds::training;
use crate::store::jobs::Job;
use crate::store::rounds::Round;
use crate::web::frame::error::WebError;
use crate::web::frame::extract::{Member, Path, Query};
use crate::web::frame::filters::{ago, decimal, group, interval};
use crate::web::frame::going;
use crate::web::frame::htmx::Hx;
use crate::web::frame::language::Language;
use crate::web::frame::names;
use crate::web::frame::notes;
use crate::web::frame::shell::{Shell, Tab};
use crate::web::page;

/// Rounds and decisions on one page.
const SHOWN: i64 = 50;

struct Row {
    number: i64,
    state: String,
    cause: String,
    strategy: String,
    encoder: String,
    labels: String,
    pool: String,
    took: String,
    /// The time of each step.
    parts: String,
    provider: String,
    age: String,
    error: String,
    accuracy: String,
    place: Place,
}

struct Verdict {
    fired: bool,
    cause: String,
    since: i64,
    due: i64,
    age: String,
}

#[derive(Template)]
#[template(path = "rounds.html", blocks = ["live"])]
struct RoundsPage {
    shell: Shell,
    slug: String,
    /// In use, best and pinned.
    chosen: Vec<Row>,
    rounds: Vec<Row>,
    decisions: Vec<Verdict>,
    rule: String,
    /// The round that is asked for, or the newest one where it failed.
    waiting: Option<Job>,
    rolled_back_to: Option<i64>,
    audit_labels: i64,
    /// The name of the figure on the audit set.
    measured: String,
    /// The rounds that the comparison form suggests.
    compare: (i64, i64),
    /// Whether this is the first page, which updates live.
    newest: bool,
    /// The number below which the next page begins.
    before: Option<i64>,
}

/// Which rounds to show.
#[derive(Debug, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Page {
    /// Only rounds with lower numbers.
    #[serde(default)]
    before: Option<i64>,
}

/// `GET /p/{slug}/rounds`
pub async fn show(
    State(app): State<App>,
    member: Member,
    hx: Hx,
    Query(asked): Query<Page>,
) -> Result<Response, WebError> {
    member.require(Role::Lead)?;
    let project = &member.project;
    let rounds = app.store.rounds(project.id, asked.before.unwrap_or(i64::MAX), SHOWN).await?;
    let numbers: Vec<i64> = rounds.iter().map(|round| round.number).collect();
    let shelf = shelf::shelf(&app, project, &numbers).await?;
    let encoders = app.store.encoders().await?.into_iter().map(|encoder| (encoder.id, encoder.name)).collect();
    let (now, language) = (app.clock.now(), member.language());
    let since = |at: Timestamp| ago(language, now.seconds_since(at));
    let mut chosen = Vec::new();
    for number in shelf.chosen() {
        if let Some(round) = app.store.round_by_number(project.id, number).await? {
            chosen.push(row(language, round, &shelf, &encoders, since));
        }
    }
    let decisions = app
        .store
        .decisions(project.id, SHOWN)
        .await?
        .into_iter()
        .map(|d| Verdict {
            fired: d.fired,
            cause: names::cause(language, &d.cause),
            since: d.answers_since,
            due: d.answers_due,
            age: since(d.made_us),
        })
        .collect();
    let rule = match project.retrain_labels {
        Some(n) => language.say("rounds-rule-count").with("n", n),
        None => language.say("rounds-rule"),
    };
    let newest = numbers.iter().copied().max().unwrap_or_default();
    let earlier = shelf.best.filter(|best| *best != newest).unwrap_or((newest - 1).max(1));
    let view = RoundsPage {
        shell: Shell::project(&member, Tab::Rounds),
        slug: project.slug.clone(),
        chosen,
        rolled_back_to: shelf.in_use.filter(|_| shelf.rolled_back),
        audit_labels: app.store.tally(project.id).await?.audit_labeled,
        measured: language.say("measure").with("measure", Measure::from(project.task)).into(),
        compare: (earlier, newest),
        newest: asked.before.is_none(),
        before: (numbers.len() as i64 == SHOWN).then(|| numbers.iter().copied().min().unwrap_or_default()),
        rounds: rounds.into_iter().map(|round| row(language, round, &shelf, &encoders, since)).collect(),
        decisions,
        rule: rule.with("minutes", project.retrain_minutes).into(),
        waiting: app.store.latest_job(project.id, &job::ROUND).await?.filter(|job| job.is_open() || job.failed()),
    };
    if hx.wants("rounds-live") { page(&view.as_live()) } else { page(&view) }
}

fn row(
    language: Language,
    round: Round,
    shelf: &Shelf,
    encoders: &HashMap<EncoderId, String>,
    since: impl Fn(Timestamp) -> String,
) -> Row {
    let place = shelf.place(round.number);
    let took = round.total_ms().map(|ms| decimal(language, ms / 1e3, 2) + "\u{a0}s").unwrap_or_default();
    let parts = match (round.fit_ms, round.score_ms, round.rank_ms) {
        (Some(fit), Some(score), Some(rank)) => format!("{fit:.0} + {score:.0} + {rank:.0} ms"),
        _ => String::new(),
    };
    Row {
        number: round.number,
        cause: names::cause(language, &round.cause),
        strategy: round.strategy,
        encoder: round.encoder_id.and_then(|id| encoders.get(&id).cloned()).unwrap_or_default(),
        labels: group(round.n_labels),
        pool: group(round.n_pool),
        took,
        parts,
        provider: round.provider.unwrap_or_default(),
        age: since(round.finished_us.unwrap_or(round.started_us)),
        error: round.error.unwrap_or_default(),
        accuracy: place.audited.map(|audited| interval(language, &audited.accuracy)).unwrap_or_default(),
        state: round.state.to_string(),
        place,
    }
}

/// `POST /p/{slug}/rounds`: train now.
pub async fn train(State(app): State<App>, member: Member) -> Result<Response, WebError> {
    member.require(Role::Lead)?;
    training::request(&app, member.project.id, "button").await?;
    Ok(back(&member))
}

/// `POST /p/{slug}/rounds/{number}/pin`: keep its committee for good.
pub async fn pin(
    State(app): State<App>,
    member: Member,
    Path((_, number)): Path<(String, i64)>,
) -> Result<Response, WebError> {
    member.require(Role::Lead)?;
    shelf::pin(&app, &member.project, number, true).await?;
    Ok(back(&member))
}

/// `POST /p/{slug}/rounds/{number}/unpin`
pub async fn unpin(
    State(app): State<App>,
    member: Member,
    Path((_, number)): Path<(String, i64)>,
) -> Result<Response, WebError> {
    member.require(Role::Lead)?;
    shelf::pin(&app, &member.project, number, false).await?;
    Ok(back(&member))
}

/// `POST /p/{slug}/rounds/{number}/roll-back`: use it for exports, predictions and `model.onnx`.
pub async fn roll_back(
    State(app): State<App>,
    member: Member,
    Path((_, number)): Path<(String, i64)>,
) -> Result<Response, WebError> {
    member.require(Role::Lead)?;
    shelf::roll_back(&app, &member.project, number).await?;
    Ok(back(&member))
}

/// `POST /p/{slug}/rounds/lift`: use the newest again.
pub async fn lift(State(app): State<App>, member: Member) -> Result<Response, WebError> {
    member.require(Role::Lead)?;
    shelf::lift(&app, &member.project).await?;
    Ok(back(&member))
}

fn back(member: &Member) -> Response {
    going::to(&format!("/p/{}/rounds", member.project.slug)).into_response()
}
