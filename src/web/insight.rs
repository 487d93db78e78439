//! The insight page: what the labels bought, in a sentence, a chart and tables.

use askama::Template;
use axum::extract::State;
use axum::response::Response;

use super::api::Standing;
use super::chart::{self, Chart};
use super::error::WebError;
use super::extract::Member;
use super::filters::{ago, group};
use super::label::colour;
use super::page;
use super::shell::{Shell, Tab};
use crate::app::App;
use crate::domain::Role;
use crate::service::insight::{self, ClassPoint, Curve, Point};
use crate::store::jobs::Job;
use crate::store::rounds::Round;

struct ClassRow {
    name: String,
    colour: String,
    labels: i64,
    audit: i64,
    /// F1 in hundredths, for the bar; `None` while nothing can be said.
    f1: Option<i64>,
    f1_text: String,
}

#[derive(Template)]
#[template(path = "insight.html")]
struct InsightPage {
    shell: Shell,
    slug: String,
    lead: bool,
    headline: String,
    explanation: String,
    chart: Option<Chart>,
    /// The numbers behind the chart, newest first.
    table: Vec<TableRow>,
    points: usize,
    classes: Vec<ClassRow>,
    standing: Standing,
    samples: String,
    pool: String,
    audit: String,
    macro_f1: String,
    round: Option<RoundCard>,
    encoding: Option<Job>,
    strategy: String,
}

struct TableRow {
    round: i64,
    labels: i64,
    accuracy: String,
    interval: String,
    macro_f1: String,
    strategy: String,
}

struct RoundCard {
    number: i64,
    age: String,
    took: String,
    provider: String,
    labels: String,
}

/// `GET /p/{slug}/insight`
pub async fn show(State(app): State<App>, member: Member) -> Result<Response, WebError> {
    let project = &member.project;
    let curve = insight::curve(&app, project).await?;
    let tally = app.store.tally(project.id).await?;
    let standing = Standing::new(member.language(), project, &tally);
    let now = app.clock.now();
    let round = app.store.latest_round(project.id).await?.map(|round: Round| RoundCard {
        number: round.number,
        age: ago(now.seconds_since(round.finished_us.unwrap_or(round.started_us))),
        took: round.total_ms().map(|ms| format!("{:.2} s", ms / 1e3)).unwrap_or_default(),
        provider: round.provider.unwrap_or_default(),
        labels: group(round.n_labels),
    });
    let encoding = app.store.latest_job(project.id, "encode").await?.filter(|job| job.is_open() || job.failed());
    let (headline, explanation) = sentence(&curve, tally.labeled - tally.audit_labeled);
    page(&InsightPage {
        shell: Shell::project(&member, Tab::Insight),
        slug: project.slug.clone(),
        lead: member.role >= Role::Lead,
        headline,
        explanation,
        chart: chart_of(&curve.points),
        points: curve.points.len(),
        table: curve.points.iter().rev().take(200).map(table_row).collect(),
        macro_f1: macro_f1(&curve),
        classes: class_rows(&curve.classes),
        standing,
        samples: group(tally.samples),
        pool: group(tally.samples - tally.audit_samples),
        audit: format!("{} of {}", group(tally.audit_labeled), group(tally.audit_samples)),
        round,
        encoding,
        strategy: project.strategy.clone(),
    })
}

fn percent(share: f64) -> String {
    format!("{:.1} %", share * 100.0)
}

/// What the numbers mean, and how they were measured.
fn sentence(curve: &Curve, training_labels: i64) -> (String, String) {
    let Some(last) = curve.points.last() else {
        return if training_labels == 0 {
            (
                "No label yet.".to_owned(),
                "The first answers train a first model; then this page says what they bought.".to_owned(),
            )
        } else {
            (
                format!("{} so far; nothing measured yet.", labels(training_labels)),
                "Accuracy is measured on audit samples, which are mixed into the questions. It appears once a model is trained and some of them are answered.".to_owned(),
            )
        };
    };
    let headline = if last.n < 20 {
        format!("{} so far. {} audit answers are too few for a verdict.", labels(last.labels), last.n)
    } else {
        format!("{} reached {} accuracy.", labels(last.labels), percent(last.accuracy))
    };
    let explanation = format!(
        "{} of {} randomly drawn audit samples are right (95 % interval {} to {}). They were labeled blind and never trained on.",
        last.correct,
        last.n,
        percent(last.low),
        percent(last.high)
    );
    (headline, explanation)
}

fn labels(n: i64) -> String {
    if n == 1 { "1 label".to_owned() } else { format!("{} labels", group(n)) }
}

fn chart_of(points: &[Point]) -> Option<Chart> {
    let shapes: Vec<_> = points
        .iter()
        .map(|point| chart::Point {
            x: point.labels as f64,
            y: point.accuracy,
            low: point.low,
            high: point.high,
            title: format!(
                "Round {}: {} labels, {} ({} to {})",
                point.round,
                point.labels,
                percent(point.accuracy),
                percent(point.low),
                percent(point.high)
            ),
        })
        .collect();
    Chart::new(&shapes)
}

fn table_row(point: &Point) -> TableRow {
    TableRow {
        round: point.round,
        labels: point.labels,
        accuracy: percent(point.accuracy),
        interval: format!("{} to {}", percent(point.low), percent(point.high)),
        macro_f1: format!("{:.2}", point.macro_f1),
        strategy: point.strategy.clone(),
    }
}

fn macro_f1(curve: &Curve) -> String {
    match (curve.points.last(), curve.macro_f1_interval) {
        (Some(last), Some((low, high))) => format!("{:.2} ({low:.2} to {high:.2})", last.macro_f1),
        (Some(last), None) => format!("{:.2}", last.macro_f1),
        _ => "not yet".to_owned(),
    }
}

/// Weakest first; classes that nothing can be said about come last.
fn class_rows(classes: &[ClassPoint]) -> Vec<ClassRow> {
    let mut rows: Vec<_> = classes
        .iter()
        .enumerate()
        .map(|(i, class)| ClassRow {
            name: class.name.clone(),
            colour: colour(i),
            labels: class.labels,
            audit: class.audit,
            f1: class.f1.map(|f1| (f1 * 100.0).round() as i64),
            f1_text: class.f1.map_or_else(|| "–".to_owned(), |f1| format!("{f1:.2}")),
        })
        .collect();
    rows.sort_by_key(|row| row.f1.unwrap_or(i64::MAX));
    rows
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::service::insight::Measure;

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
            points,
            macro_f1_interval: None,
            micro_f1_interval: None,
            classes: Vec::new(),
        }
    }

    #[test]
    fn a_handful_of_audit_answers_is_no_verdict() {
        let (headline, _) = sentence(&curve(vec![point(12, 4, 5)]), 12);
        assert!(headline.contains("too few"), "{headline}");
    }

    #[test]
    fn the_headline_gives_accuracy_and_the_text_its_interval() {
        let (headline, text) = sentence(&curve(vec![point(200, 156, 200)]), 200);
        assert_eq!(headline, "200 labels reached 78.0 % accuracy.");
        assert!(text.contains("73.0 % to 83.0 %"), "{text}");
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
        let names: Vec<_> = class_rows(&[class("a", None), class("b", Some(0.9)), class("c", Some(0.2))])
            .into_iter()
            .map(|r| r.name)
            .collect();
        assert_eq!(names, ["c", "b", "a"]);
    }
}
