//! The replay page: what other strategies would have bought on the labels there are, as sentences, curves and a table.

use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse as _, Redirect, Response};

use super::chart::{self, Chart, Curves};
use super::error::WebError;
use super::extract::{Form, Member};
use super::filters::{ago, group};
use super::language::Language;
use super::page;
use super::shell::{Shell, Tab};
use crate::app::App;
use crate::domain::Role;
use crate::evaluate::Interval;
use crate::query::Strategy;
use crate::service::ServiceError;
use crate::service::replay::{self, KIND, Replay, Wanted};
use crate::store::jobs::Job;

/// Intervals over fewer seeds are too narrow to be put in a headline.
const LEAST_SEEDS: usize = 5;

#[derive(Template)]
#[template(path = "replay.html")]
struct ReplayPage {
    shell: Shell,
    slug: String,
    headline: String,
    explanation: String,
    /// What was found, once a replay has ended.
    found: Option<Found>,
    /// The replay that is under way, or the newest one where it failed.
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
    label: &'static str,
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
pub async fn show(State(app): State<App>, member: Member) -> Result<Response, WebError> {
    member.require(Role::Lead)?;
    let project = &member.project;
    let job = app.store.latest_job(project.id, KIND).await?.filter(|job| job.is_open() || job.failed());
    let open = job.as_ref().is_some_and(Job::is_open);
    let refusal = match if open { None } else { replay::material(&app, project).await.err() } {
        None => None,
        Some(ServiceError::Invalid(why)) => Some(sentence(&why)),
        Some(error) => return Err(error.into()),
    };
    let latest = replay::latest(&app, project).await?;
    let usual = Wanted::default();
    let before = latest.as_ref().map_or(usual, |replay| Wanted {
        strategies: replay.strategies.clone(),
        seeds: replay.seeds,
        batch: replay.batch,
    });
    let (headline, explanation) = lead(latest.as_ref());
    page(&ReplayPage {
        shell: Shell::page(&member, "Replay", Some(Tab::Insight)),
        slug: project.slug.clone(),
        headline,
        explanation,
        found: latest
            .map(|replay| found(member.language(), &replay, app.clock.now().seconds_since(replay.finished_us))),
        job,
        refusal,
        places: places(&before.strategies),
        seeds: before.seeds,
        batch: before.batch,
    })
}

/// The form's fields.
#[derive(Debug, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Asked {
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
pub async fn start(State(app): State<App>, member: Member, Form(asked): Form<Asked>) -> Result<Response, WebError> {
    member.require(Role::Lead)?;
    let named = [asked.first, asked.second, asked.third, asked.fourth];
    let strategies = named.into_iter().filter(|name| !name.is_empty()).collect();
    replay::request(&app, &member.project, &Wanted { strategies, seeds: asked.seeds, batch: asked.batch }).await?;
    Ok(Redirect::to(&format!("/p/{}/replay", member.project.slug)).into_response())
}

/// `POST /p/{slug}/replay/stop`
pub async fn stop(State(app): State<App>, member: Member) -> Result<Response, WebError> {
    member.require(Role::Lead)?;
    replay::stop(&app, &member.project).await?;
    Ok(Redirect::to(&format!("/p/{}/replay", member.project.slug)).into_response())
}

fn places(before: &[String]) -> Vec<Place> {
    let fields =
        [("first", "Strategy"), ("second", "Against"), ("third", "And (optional)"), ("fourth", "And (optional)")];
    let place = |(i, (field, label))| Place {
        field,
        label,
        optional: i >= 2,
        choices: Strategy::all()
            .map(|strategy| Choice {
                name: strategy.as_str(),
                chosen: before.get(i).is_some_and(|name| name == strategy.as_str()),
            })
            .collect(),
    };
    fields.into_iter().enumerate().map(place).collect()
}

/// A message as a sentence.
fn sentence(message: &str) -> String {
    let mut letters = message.chars();
    let first = letters.next().into_iter().flat_map(char::to_uppercase);
    first.chain(letters).chain(std::iter::once('.')).collect()
}

fn percent(share: f64) -> String {
    format!("{:.1} %", share * 100.0)
}

fn between(value: &Interval, tell: impl Fn(f64) -> String) -> String {
    format!("{} ({} to {})", tell(value.value), tell(value.low), tell(value.high))
}

/// The shortest true headline, and how it was measured.
fn lead(latest: Option<&Replay>) -> (String, String) {
    let Some(replay) = latest else {
        return (
            "What would another strategy have bought?".to_owned(),
            "A replay labels this project again from the start, with the labels it has: each strategy asks for some of them, \
             a committee is trained on these alone, and its accuracy is measured."
                .to_owned(),
        );
    };
    // The first one named, not the best one found, whose interval would flatter it.
    let first = replay.summary.strategies.iter().find(|s| s.strategy != "random");
    let ratio = first.and_then(|first| {
        let verdict = first.verdict.as_ref()?;
        let end = verdict.at_random_end.and_then(|end| end.ratio);
        Some((&first.strategy, verdict.ratio.or(end)?))
    });
    // An interval that reads as if it began or ended at 1 says that the difference may be chance.
    let headline = match ratio {
        Some(_) if replay.summary.seeds == 1 => "One seed is too few for a verdict.".to_owned(),
        Some(_) if replay.summary.seeds < LEAST_SEEDS => {
            format!("{} seeds are too few for a verdict.", replay.summary.seeds)
        }
        Some((name, ratio)) if ratio.low >= 1.05 => {
            format!("{name} would have saved labels: random needed {:.1} times as many.", ratio.value)
        }
        Some((name, ratio)) if ratio.high < 0.95 => {
            format!("{name} would have cost labels: random needed {:.1} times as many.", ratio.value)
        }
        Some((name, _)) => format!("No clear difference between {name} and random."),
        None => format!("{} strategies replayed.", replay.strategies.len()),
    };
    let explanation = format!(
        "{} seeds of {} labels each, out of {} labeled samples; accuracy is measured on {} others.",
        replay.summary.seeds,
        group(replay.budget as i64),
        group(replay.pool as i64),
        group(replay.test as i64)
    );
    (headline, explanation)
}

fn found(language: Language, replay: &Replay, seconds: f64) -> Found {
    let point = |name: &str, p: &replay::ReplayPoint| chart::Point {
        x: p.labels,
        y: p.accuracy,
        low: p.low.max(0.0),
        high: p.high.min(1.0),
        title: format!("{name}: {} with {:.0} labels", percent(p.accuracy), p.labels),
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
            area: between(&s.area_under_curve, percent),
            needed: needed.map_or("not reached".to_owned(), |n| between(n, |labels| format!("{labels:.0}"))),
            ratio: ratio.map_or("–".to_owned(), |ratio| between(ratio, |ratio| format!("{ratio:.1}"))),
            end: between(&s.final_accuracy, percent),
        }
    });
    let verdicts = replay.summary.strategies.iter().filter_map(|s| s.verdict.as_ref());
    Found {
        chart: Curves::new(&named),
        verdicts: verdicts.map(|verdict| format!("{}.", verdict.sentence)).collect(),
        rows: rows.collect(),
        full: percent(replay.summary.full_pool_accuracy),
        test: if replay.audited {
            format!(
                "Measured on the {} labeled samples of the audit set, which no question of the replay touches.",
                group(replay.test as i64)
            )
        } else {
            format!(
                "The audit set has fewer than {} labels, so {} labeled samples, drawn by the project's seed, were held out to \
                 measure on. The audit set was not used.",
                replay::LEAST_AUDIT,
                group(replay.test as i64)
            )
        },
        age: ago(language, seconds),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_two_places_must_be_filled_and_the_others_may_stay_empty() {
        let places = places(&Wanted::default().strategies);
        assert_eq!(places.iter().map(|place| place.optional).collect::<Vec<_>>(), [false, false, true, true]);
        let chosen = |place: &Place| place.choices.iter().find(|choice| choice.chosen).map(|choice| choice.name);
        assert_eq!(places.iter().map(chosen).collect::<Vec<_>>(), [Some("auto"), Some("random"), Some("margin"), None]);
    }

    fn replay(seeds: u64) -> Replay {
        let mut points = Vec::new();
        for seed in 0..seeds {
            for labels in [10, 20, 30, 40] {
                for (strategy, slope) in [("margin", 20.0), ("random", 40.0)] {
                    let accuracy = f64::min(labels as f64 / slope, 1.0) - seed as f64 / 1000.0;
                    let strategy = strategy.to_owned();
                    points.push(crate::evaluate::experiment::Point {
                        strategy,
                        seed,
                        labels,
                        accuracy,
                        macro_f1: 0.0,
                        nll: 0.0,
                        fit_ms: 0.0,
                        select_ms: 0.0,
                    });
                }
            }
        }
        Replay {
            job: crate::domain::JobId(1),
            finished_us: crate::domain::Timestamp(0),
            strategies: vec!["margin".to_owned(), "random".to_owned()],
            batch: 10,
            initial: 10,
            budget: 40,
            seeds,
            pool: 80,
            test: 60,
            audited: true,
            summary: crate::evaluate::summary::summarise(&points, 0.8, 0),
            curves: Vec::new(),
        }
    }

    #[test]
    fn the_headline_speaks_of_the_first_strategy_once_there_are_seeds_enough() {
        let (headline, text) = lead(Some(&replay(6)));
        assert_eq!(headline, "margin would have saved labels: random needed 2.0 times as many.");
        assert_eq!(text, "6 seeds of 40 labels each, out of 80 labeled samples; accuracy is measured on 60 others.");
        assert_eq!(lead(Some(&replay(3))).0, "3 seeds are too few for a verdict.");
    }

    #[test]
    fn the_page_says_what_accuracy_was_measured_on() {
        assert!(
            found(Language::default(), &replay(2), 9.0)
                .test
                .contains("60 labeled samples of the audit set, which no question")
        );
        let held_out = Replay { audited: false, ..replay(2) };
        assert!(
            found(Language::default(), &held_out, 9.0).test.contains("fewer than 50 labels, so 60 labeled samples")
        );
    }

    #[test]
    fn without_a_result_the_page_says_what_a_replay_is() {
        let (headline, text) = lead(None);
        assert!(headline.ends_with('?') && text.contains("labels this project again"), "{headline} {text}");
    }
}
