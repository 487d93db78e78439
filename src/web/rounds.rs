//! The rounds page: every training with its numbers, and every decision of the retrain rule.

use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse as _, Redirect, Response};

use super::error::WebError;
use super::extract::Member;
use super::filters::{ago, group};
use super::page;
use super::shell::{Shell, Tab};
use crate::app::App;
use crate::domain::{Role, Timestamp};
use crate::service::training;
use crate::store::jobs::Job;

const SHOWN: i64 = 50;

struct Row {
    number: i64,
    state: String,
    cause: String,
    strategy: String,
    labels: String,
    pool: String,
    fit: String,
    score: String,
    rank: String,
    provider: String,
    age: String,
    error: String,
}

struct Verdict {
    fired: bool,
    cause: String,
    since: i64,
    due: i64,
    age: String,
}

#[derive(Template)]
#[template(path = "rounds.html")]
struct RoundsPage {
    shell: Shell,
    slug: String,
    rounds: Vec<Row>,
    decisions: Vec<Verdict>,
    rule: String,
    waiting: Option<Job>,
}

/// `GET /p/{slug}/rounds`
pub async fn show(State(app): State<App>, member: Member) -> Result<Response, WebError> {
    member.require(Role::Lead)?;
    let project = &member.project;
    let now = app.clock.now();
    let since = |at: Timestamp| ago(now.seconds_since(at));
    let ms = |value: Option<f64>| value.map(|ms| format!("{ms:.0} ms")).unwrap_or_default();
    let rounds = app
        .store
        .rounds(project.id, i64::MAX, SHOWN)
        .await?
        .into_iter()
        .map(|round| Row {
            number: round.number,
            state: round.state,
            cause: round.cause,
            strategy: round.strategy,
            labels: group(round.n_labels),
            pool: group(round.n_pool),
            fit: ms(round.fit_ms),
            score: ms(round.score_ms),
            rank: ms(round.rank_ms),
            provider: round.provider.unwrap_or_default(),
            age: since(round.finished_us.unwrap_or(round.started_us)),
            error: round.error.unwrap_or_default(),
        })
        .collect();
    let decisions = app
        .store
        .decisions(project.id, SHOWN)
        .await?
        .into_iter()
        .map(|d| Verdict {
            fired: d.fired,
            cause: d.cause,
            since: d.answers_since,
            due: d.answers_due,
            age: since(d.made_us),
        })
        .collect();
    let by_count = match project.retrain_labels {
        Some(n) => format!("after {n} answers"),
        None => "after every answer until 50 labels, then each 2 %".to_owned(),
    };
    let rule = format!(
        "A round runs {by_count}; {} minutes after the last one when there is anything new; on a new class, on a correction, and by the button.",
        project.retrain_minutes
    );
    let waiting = app.store.latest_job(project.id, "round").await?.filter(Job::is_open);
    page(&RoundsPage {
        shell: Shell::project(&member, Tab::Rounds),
        slug: project.slug.clone(),
        rounds,
        decisions,
        rule,
        waiting,
    })
}

/// `POST /p/{slug}/rounds`: train now.
pub async fn train(State(app): State<App>, member: Member) -> Result<Response, WebError> {
    member.require(Role::Lead)?;
    training::request(&app, member.project.id, "button").await?;
    Ok(Redirect::to(&format!("/p/{}/rounds", member.project.slug)).into_response())
}
