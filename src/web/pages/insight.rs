//! The insight page: what the labels achieved, in a sentence, a chart and tables.

use std::collections::BTreeMap;

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use sha2::{Digest as _, Sha256};

use crate::data::hex;
use crate::domain::{Role, job};
use crate::evaluate::{Interval, Measure};
use crate::service::App;
use crate::service::rounds::insight::{self, ClassPoint, Curve, Point};
use crate::store::jobs::Job;
use crate::store::rounds::Round;
use crate::web::api::ProjectStanding;
use crate::web::frame::chart::{self, Chart};
use crate::web::frame::error::WebError;
use crate::web::frame::extract::{Member, Query};
use crate::web::frame::filters::{self, ago, between, group, part_of, percent, range};
use crate::web::frame::htmx::Hx;
use crate::web::frame::language::Language;
use crate::web::frame::notes;
use crate::web::frame::shell::{Shell, Tab};
use crate::web::page;
use crate::web::pages::label::colour;

/// Fewer audit answers say too little for a headline.
const LEAST_AUDIT: usize = 20;

struct ClassRow {
    name: String,
    colour: String,
    labels: String,
    audit: String,
    /// F1 in hundredths, for the bar; `None` while nothing can be said.
    f1: Option<i64>,
    f1_text: String,
    /// With their intervals.
    precision: String,
    recall: String,
}

#[derive(Template)]
#[template(path = "insight.html", blocks = ["insight"])]
struct InsightPage {
    shell: Shell,
    slug: String,
    /// A fingerprint of what the page shows: the page polls with it, and only new content is computed and sent.
    seen: String,
    headline: String,
    explanation: String,
    chart: Option<Chart>,
    /// The numbers behind the chart, newest first.
    table: Vec<TableRow>,
    points: usize,
    classes: Vec<ClassRow>,
    standing: ProjectStanding,
    samples: String,
    pool: String,
    labeled: String,
    skipped: String,
    audit: String,
    macro_f1: String,
    /// What the chart and the tables show, and the newest round's.
    measure: Measure,
    share: String,
    /// Where it says more than the measure.
    micro_f1: Option<String>,
    round: Option<RoundCard>,
    encoding: Option<Job>,
    strategy: String,
}

struct TableRow {
    round: i64,
    labels: String,
    accuracy: String,
    interval: String,
    macro_f1: String,
    micro_f1: String,
    strategy: String,
}

struct RoundCard {
    number: i64,
    age: String,
    took: String,
    provider: String,
    labels: i64,
}

/// The page's query.
#[derive(Debug, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Seen {
    #[serde(default)]
    seen: Option<String>,
}

/// `GET /p/{slug}/insight`
pub async fn show(
    State(app): State<App>,
    member: Member,
    hx: Hx,
    Query(shown): Query<Seen>,
) -> Result<Response, WebError> {
    member.require(Role::Lead)?;
    let (project, language) = (&member.project, member.language());
    let tally = app.store.tally(project.id).await?;
    let standing = ProjectStanding::new(&app, language, project, &tally).await?;
    let now = app.clock.now();
    let round = app.store.latest_round(project.id).await?.map(|round: Round| RoundCard {
        number: round.number,
        age: ago(language, now.seconds_since(round.finished_us.unwrap_or(round.started_us))),
        took: round.total_ms().map(|ms| filters::decimal(language, ms / 1e3, 2) + "\u{a0}s").unwrap_or_default(),
        provider: round.provider.unwrap_or_default(),
        labels: round.n_labels,
    });
    let encoding = app.store.latest_job(project.id, &job::ENCODE).await?.filter(|job| job.is_open() || job.failed());
    let work = encoding.as_ref().map(|job| (job.id, &job.state, job.done, &job.note));
    let all = format!("{:?}", (language, &tally, &standing, round.as_ref().map(|round| round.number), work));
    let seen = hex(&Sha256::digest(all)[..8]);
    if hx.wants("insight") && shown.seen.as_ref() == Some(&seen) {
        return Ok(StatusCode::NO_CONTENT.into_response());
    }
    let curve = insight::curve(&app, project).await?;
    let (headline, explanation) = sentence(language, &curve, tally.labeled - tally.audit_labeled);
    let view = InsightPage {
        shell: Shell::project(&member, Tab::Insight),
        slug: project.slug.clone(),
        seen,
        headline,
        explanation,
        chart: chart_of(language, &curve.points),
        points: curve.points.len(),
        table: curve.points.iter().rev().take(200).map(|point| table_row(language, point)).collect(),
        macro_f1: macro_f1(language, &curve),
        measure: curve.measure,
        share: share(language, &curve),
        micro_f1: micro_f1(language, &curve),
        classes: class_rows(language, &curve.classes),
        standing,
        samples: group(tally.samples),
        pool: group(tally.samples - tally.audit_samples),
        labeled: group(tally.labeled),
        skipped: group(tally.skipped),
        audit: part_of(language, tally.audit_labeled, tally.audit_samples),
        round,
        encoding,
        strategy: project.strategy.clone(),
    };
    if hx.wants("insight") { page(&view.as_insight()) } else { page(&view) }
}

/// What the numbers mean, and how they were measured.
fn sentence(language: Language, curve: &Curve, training_labels: i64) -> (String, String) {
    let measure = curve.measure;
    let Some(last) = curve.points.last() else {
        return if training_labels == 0 {
            (language.say("insight-none").into(), language.say("insight-none-about").into())
        } else {
            let headline = language.say("insight-unmeasured").with("n", training_labels);
            (headline.into(), language.say("insight-unmeasured-about").with("measure", measure).into())
        };
    };
    let headline = if last.n < LEAST_AUDIT {
        let so_far = language.say("insight-so-far").with("n", last.labels);
        format!("{so_far} {}", language.say("insight-too-few").with("n", last.n))
    } else {
        let reached = language.say("insight-reached").with("measure", measure);
        reached.with("n", last.labels).with("share", percent(language, last.accuracy)).into()
    };
    let measured =
        language.say("insight-measured").with("measure", measure).with("n", last.correct).with("all", last.n);
    let mut text =
        vec![measured.with("low", percent(language, last.low)).with("high", percent(language, last.high)).to_string()];
    text.push(
        language
            .say(if curve.imported + curve.reviewed == 0 { "insight-blind" } else { "insight-never-trained" })
            .into(),
    );
    if curve.imported > 0 {
        text.push(language.say("insight-imported").with("n", curve.imported).into());
    }
    if curve.reviewed > 0 {
        text.push(language.say("insight-reviewed").with("n", curve.reviewed).into());
    }
    if curve.departed > 0 {
        text.push(language.say("insight-departed").with("n", curve.departed).into());
    }
    (headline, text.join(" "))
}

/// One shape for each number of labels, the newest round's: answers taken back and audit answers lead to rounds with a
/// number of labels that others already had.
fn chart_of(language: Language, points: &[Point]) -> Option<Chart> {
    let points: BTreeMap<i64, &Point> = points.iter().map(|point| (point.labels, point)).collect();
    let title = |point: &Point| {
        let text = language.say("insight-point").with("round", point.round.to_string()).with("n", point.labels);
        let text = text.with("share", percent(language, point.accuracy));
        text.with("low", percent(language, point.low)).with("high", percent(language, point.high)).to_string()
    };
    let shapes: Vec<_> = points
        .into_values()
        .map(|point| chart::ChartPoint {
            x: point.labels as f64,
            y: point.accuracy,
            low: point.low,
            high: point.high,
            title: title(point),
        })
        .collect();
    Chart::new(&shapes)
}

fn table_row(language: Language, point: &Point) -> TableRow {
    TableRow {
        round: point.round,
        labels: group(point.labels),
        accuracy: percent(language, point.accuracy),
        interval: range(language, percent(language, point.low), percent(language, point.high)),
        macro_f1: filters::decimal(language, point.macro_f1, 2),
        micro_f1: point.micro_f1.map(|f1| filters::decimal(language, f1, 2)).unwrap_or_default(),
        strategy: point.strategy.clone(),
    }
}

fn macro_f1(language: Language, curve: &Curve) -> String {
    let two = |value: f64| filters::decimal(language, value, 2);
    match (curve.points.last(), curve.macro_f1_interval) {
        (Some(last), Some((low, high))) => between(language, two(last.macro_f1), two(low), two(high)),
        (Some(last), None) => two(last.macro_f1),
        _ => language.say("insight-not-yet").into(),
    }
}

/// The newest round's share of right predictions.
fn share(language: Language, curve: &Curve) -> String {
    let Some(last) = curve.points.last() else { return language.say("insight-not-yet").into() };
    filters::interval(language, &Interval { value: last.accuracy, low: last.low, high: last.high })
}

fn micro_f1(language: Language, curve: &Curve) -> Option<String> {
    let two = |value: f64| filters::decimal(language, value, 2);
    curve.measure.of_sets(match (curve.points.last().and_then(|last| last.micro_f1), curve.micro_f1_interval) {
        (Some(micro), Some((low, high))) => between(language, two(micro), two(low), two(high)),
        (Some(micro), None) => two(micro),
        (None, _) => language.say("insight-not-yet").into(),
    })
}

/// A share of one class with its interval, in hundredths.
fn of_class(language: Language, value: Option<f64>, interval: Option<(f64, f64)>) -> String {
    let two = |value: f64| filters::decimal(language, value, 2);
    match (value, interval) {
        (Some(value), Some((low, high))) => between(language, two(value), two(low), two(high)),
        _ => "–".to_owned(),
    }
}

/// Weakest first; classes without a figure come last.
fn class_rows(language: Language, classes: &[ClassPoint]) -> Vec<ClassRow> {
    let mut rows: Vec<_> = classes
        .iter()
        .enumerate()
        .map(|(i, class)| ClassRow {
            name: class.name.clone(),
            colour: colour(i),
            labels: group(class.labels),
            audit: group(class.audit),
            f1: class.f1.map(|f1| (f1 * 100.0).round() as i64),
            precision: of_class(language, class.precision, class.precision_interval),
            recall: of_class(language, class.recall, class.recall_interval),
            f1_text: class.f1.map_or_else(|| "–".to_owned(), |f1| filters::decimal(language, f1, 2)),
        })
        .collect();
    rows.sort_by_key(|row| row.f1.unwrap_or(i64::MAX));
    rows
}

#[cfg(test)]
mod tests {
    use super::*;

    fn point(labels: i64, correct: usize, n: usize) -> Point {
        let accuracy = correct as f64 / n as f64;
        Point {
            round: 1,
            labels,
            strategy: "margin".to_owned(),
            finished_us: None,
            n,
            correct,
            accuracy,
            low: accuracy - 0.05,
            high: accuracy + 0.05,
            macro_f1: accuracy,
            micro_f1: None,
        }
    }

    fn curve(points: Vec<Point>) -> Curve {
        Curve {
            measure: Measure::Accuracy,
            audit_labels: 0,
            imported: 0,
            reviewed: 0,
            departed: 0,
            points,
            macro_f1_interval: None,
            micro_f1_interval: None,
            classes: Vec::new(),
        }
    }

    #[test]
    fn a_handful_of_audit_answers_is_no_verdict() {
        let (headline, _) = sentence(Language::default(), &curve(vec![point(12, 4, 5)]), 12);
        assert!(headline.contains("too few"), "{headline}");
    }

    #[test]
    fn the_headline_gives_accuracy_and_the_text_its_interval() {
        let (headline, text) = sentence(Language::default(), &curve(vec![point(200, 156, 200)]), 200);
        assert_eq!(headline, "200 labels reached 78.0\u{a0}% accuracy.");
        assert!(text.contains("73.0\u{a0}% to 83.0\u{a0}%"), "{text}");
    }

    #[test]
    fn the_text_says_what_is_not_blind_and_what_left() {
        let text = |imported, reviewed, departed| {
            let curve = Curve { imported, reviewed, departed, ..curve(vec![point(200, 156, 200)]) };
            sentence(Language::default(), &curve, 200).1
        };
        assert!(text(0, 0, 0).contains("labeled blind") && !text(0, 0, 0).contains("left the audit set"));
        assert!(
            !text(3, 0, 0).contains("labeled blind")
                && text(3, 0, 0).contains("3 of the audit labels came with an import")
        );
        assert!(
            !text(0, 2, 0).contains("labeled blind") && text(0, 2, 0).contains("2 of the audit labels were settled")
        );
        assert!(text(0, 0, 1).contains("1 sample left the audit set"));
    }

    #[test]
    fn the_chart_never_runs_backwards() {
        let chart =
            chart_of(Language::default(), &[point(10, 5, 10), point(11, 6, 10), point(10, 7, 10), point(11, 8, 10)]);
        let Chart { dots, now, .. } = chart.unwrap();
        assert!(dots.len() == 1 && dots[0].x < now.x, "{dots:?} {now:?}");
    }

    #[test]
    fn figures_of_sets_are_named_for_what_they_are() {
        let sets = Curve { measure: Measure::ExactMatch, ..curve(vec![point(200, 156, 200)]) };
        let (headline, text) = sentence(Language::default(), &sets, 200);
        assert_eq!(headline, "200 labels: the whole set is right for 78.0\u{a0}%.");
        assert!(text.contains("neither more nor less") && !text.to_lowercase().contains("accuracy"), "{text}");
        assert_eq!(share(Language::default(), &sets), "78.0\u{a0}% (73.0 to 83.0)");
    }

    #[test]
    fn the_weakest_class_comes_first_and_the_unknown_last() {
        let class = |name: &str, f1| ClassPoint {
            class: crate::domain::ClassId(1),
            name: name.to_owned(),
            labels: 0,
            audit: 0,
            f1,
            precision: None,
            precision_interval: None,
            recall: None,
            recall_interval: None,
        };
        let names: Vec<_> =
            class_rows(Language::default(), &[class("a", None), class("b", Some(0.9)), class("c", Some(0.2))])
                .into_iter()
                .map(|r| r.name)
                .collect();
        assert_eq!(names, ["c", "b", "a"]);
    }
}
