//! The replay page: what other strategies would have achieved with the existing labels, as sentences, curves and a
//! table.

use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};

use crate::domain::{Role, job};
use crate::evaluate::Measure;
use crate::learn::Link;
use crate::query::Strategy;
use crate::service::App;
use crate::service::experiments::replay::{self, Replay, WantedReplay};
use crate::store::jobs::Job;
use crate::web::frame::chart::{self, Curves};
use crate::web::frame::error::WebError;
use crate::web::frame::extract::{Form, Member};
use crate::web::frame::filters::{ago, decimal, group, percent};
use crate::web::frame::htmx::Hx;
use crate::web::frame::language::Language;
use crate::web::frame::notes;
use crate::web::frame::shell::{Shell, Tab};
use crate::web::frame::{findings, going};
use crate::web::page;

#[derive(Template)]
#[template(path = "replay.html", blocks = ["replay"])]
struct ReplayPage {
    shell: Shell,
    slug: String,
    measure: Measure,
    headline: String,
    explanation: String,
    /// The result, once a replay has ended.
    found: Option<Found>,
    /// The running replay, or the newest one if it failed.
    job: Option<Job>,
    /// Why none can be started.
    refusal: Option<String>,
    /// One list of strategies for each place; the last two may stay empty.
    places: Vec<Place>,
    seeds: u64,
    batch: usize,
}

struct Place {
    field: &'static str,
    label: String,
    optional: bool,
    choices: Vec<Choice>,
}

struct Choice {
    name: &'static str,
    chosen: bool,
}

struct Found {
    chart: Option<Curves>,
    verdicts: Vec<String>,
    rows: Vec<Row>,
    full: String,
    /// Where the test samples come from.
    test: String,
    age: String,
}

struct Row {
    strategy: String,
    area: String,
    needed: String,
    ratio: String,
    end: String,
}

/// `GET /p/{slug}/replay`
pub async fn show(State(app): State<App>, member: Member, hx: Hx) -> Result<Response, WebError> {
    member.require(Role::Lead)?;
    let (project, language) = (&member.project, member.language());
    let job = app.store.latest_job(project.id, &job::REPLAY).await?.filter(|job| job.is_open() || job.failed());
    let open = job.as_ref().is_some_and(Job::is_open);
    let refusal = if open { None } else { replay::material(&app, project).await?.err() };
    let latest = replay::latest(&app, project).await?;
    let (link, measure) = (Link::from(project.task), Measure::from(project.task));
    let usual = WantedReplay::usual(link);
    let before = latest.as_ref().map_or(usual, |replay| WantedReplay {
        strategies: replay.strategies.clone(),
        seeds: replay.seeds,
        batch: replay.batch,
    });
    let (headline, explanation) = findings::lead(language, measure, latest.as_ref());
    let view = ReplayPage {
        shell: Shell::page(&member, language.say("replay-title"), Some(Tab::Insight)),
        slug: project.slug.clone(),
        measure,
        headline,
        explanation,
        found: latest.map(|replay| found(language, &replay, app.clock.now().seconds_since(replay.finished_us))),
        job,
        refusal: refusal.map(|why| findings::unready(language, why)),
        places: places(language, link, &before.strategies),
        seeds: before.seeds,
        batch: before.batch,
    };
    if hx.wants("replay") { page(&view.as_replay()) } else { page(&view) }
}

/// The form's fields.
#[derive(Debug, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReplayForm {
    first: String,
    second: String,
    #[serde(default)]
    third: String,
    #[serde(default)]
    fourth: String,
    seeds: u64,
    batch: usize,
}

/// `POST /p/{slug}/replay`
pub async fn start(
    State(app): State<App>,
    member: Member,
    Form(asked): Form<ReplayForm>,
) -> Result<Response, WebError> {
    member.require(Role::Lead)?;
    let named = [asked.first, asked.second, asked.third, asked.fourth];
    let strategies = named.into_iter().filter(|name| !name.is_empty()).collect();
    replay::request(&app, &member.project, &WantedReplay { strategies, seeds: asked.seeds, batch: asked.batch })
        .await?;
    Ok(going::to(&format!("/p/{}/replay", member.project.slug)).into_response())
}

/// `POST /p/{slug}/replay/stop`
pub async fn stop(State(app): State<App>, member: Member) -> Result<Response, WebError> {
    member.require(Role::Lead)?;
    replay::stop(&app, &member.project).await?;
    Ok(going::to(&format!("/p/{}/replay", member.project.slug)).into_response())
}

fn places(language: Language, link: Link, before: &[String]) -> Vec<Place> {
    let fields =
        [("first", "replay-first"), ("second", "replay-second"), ("third", "replay-third"), ("fourth", "replay-third")];
    let place = |(i, (field, label))| Place {
        field,
        label: language.say(label).into(),
        optional: i >= 2,
        choices: Strategy::suiting(link)
            .map(|strategy| Choice {
                name: strategy.as_str(),
                chosen: before.get(i).is_some_and(|name| name == strategy.as_str()),
            })
            .collect(),
    };
    fields.into_iter().enumerate().map(place).collect()
}

fn found(language: Language, replay: &Replay, seconds: f64) -> Found {
    let point = |name: &str, p: &replay::ReplayPoint| chart::ChartPoint {
        x: p.labels,
        y: p.accuracy,
        low: p.low.max(0.0),
        high: p.high.min(1.0),
        title: findings::point(language, name, p.accuracy, p.labels),
    };
    let named: Vec<_> = replay
        .curves
        .iter()
        .map(|curve| (curve.strategy.clone(), curve.points.iter().map(|p| point(&curve.strategy, p)).collect()))
        .collect();
    let rows = replay.summary.strategies.iter().map(|s| {
        let target = s.targets.iter().find(|target| (target.share - 0.95).abs() < 1e-9);
        let needed = target.and_then(|target| target.labels_needed.as_ref());
        let ratio = target.and_then(|target| target.ratio_to_random.as_ref()).filter(|_| s.strategy != "random");
        Row {
            strategy: s.strategy.clone(),
            area: findings::value(language, &s.area_under_curve, |share| percent(language, share)),
            needed: needed.map_or_else(
                || language.say("replay-not-reached").into(),
                |needed| findings::value(language, needed, |labels| group(labels.round() as i64)),
            ),
            ratio: ratio.map_or_else(
                || "–".to_owned(),
                |ratio| findings::value(language, ratio, |ratio| decimal(language, ratio, 1)),
            ),
            end: findings::value(language, &s.final_accuracy, |share| percent(language, share)),
        }
    });
    let verdicts = replay.summary.strategies.iter().filter_map(|s| {
        let verdict = s.verdict.as_ref()?;
        Some(findings::verdict(language, replay, &s.strategy, verdict))
    });
    Found {
        chart: Curves::new(&named),
        verdicts: verdicts.collect(),
        rows: rows.collect(),
        full: percent(language, replay.summary.full_pool_accuracy),
        test: findings::test(language, replay),
        age: ago(language, seconds),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_two_places_must_be_filled_and_the_others_may_stay_empty() {
        let places = places(Language::default(), Link::Softmax, &WantedReplay::usual(Link::Softmax).strategies);
        assert_eq!(places.iter().map(|place| place.optional).collect::<Vec<_>>(), [false, false, true, true]);
        let chosen = |place: &Place| place.choices.iter().find(|choice| choice.chosen).map(|choice| choice.name);
        assert_eq!(places.iter().map(chosen).collect::<Vec<_>>(), [Some("auto"), Some("random"), Some("margin"), None]);
    }
}
