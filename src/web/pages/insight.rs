//! The insight page: what the labels bought, in a sentence, a chart and tables, and whether to go on.

pub mod files;
pub mod goal;
mod panel;
mod plot;
mod sentence;
mod view;

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use sha2::{Digest as _, Sha256};

use self::panel::Panel;
use self::plot::Seen;
use self::sentence::sentence;
use self::view::{Across, Asked, ChartView, Shown};
use crate::data::hex;
use crate::domain::{Project, Role, job};
use crate::evaluate::{Interval, Measure};
use crate::service::App;
use crate::service::insight::effort::{self, Effort};
use crate::service::insight::{self, ClassPoint, Curve, Point};
use crate::store::jobs::Job;
use crate::store::rounds::Round;
use crate::web::api::ProjectStanding;
use crate::web::frame::efficiency::Efficiency;
use crate::web::frame::error::WebError;
use crate::web::frame::extract::{Member, Query};
use crate::web::frame::filters::{self, ago, between, group, part_of, percent, range};
use crate::web::frame::htmx::Hx;
use crate::web::frame::language::Language;
use crate::web::frame::notes;
use crate::web::frame::shell::{Shell, Tab};
use crate::web::pages::label::colour;

struct ClassRow {
    /// The chart of its recall.
    href: String,
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
    chart: Option<Efficiency>,
    /// The views to choose from.
    choices: Vec<Choices>,
    /// What the chart shows, and across what.
    shown: String,
    across: String,
    /// How to read it.
    about: String,
    /// Addresses of the chart and its numbers.
    query: String,
    panel: Panel,
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

/// Views that differ in one thing.
struct Choices {
    label: String,
    links: Vec<Choice>,
}

/// A view to choose.
struct Choice {
    text: String,
    href: String,
    current: bool,
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

/// `GET /p/{slug}/insight`
pub async fn show(
    State(app): State<App>,
    member: Member,
    hx: Hx,
    Query(asked): Query<Asked>,
) -> Result<Response, WebError> {
    member.require(Role::Lead)?;
    let view = asked.view()?;
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
    let line = app.store.latest_job(project.id, &job::RANDOM_LINE).await?.map(|job| (job.id, job.state));
    let work = encoding.as_ref().map(|job| (job.id, &job.state, job.done, &job.note));
    let number = round.as_ref().map(|round| round.number);
    let all = format!("{:?}", (language, &tally, &standing, number, work, line, view, &project.goal));
    let seen = hex(&Sha256::digest(all)[..8]);
    if hx.wants("insight") && asked.seen.as_ref() == Some(&seen) {
        return Ok(StatusCode::NO_CONTENT.into_response());
    }
    let curve = insight::curve(&app, project).await?;
    // Every answer is read for it, so only where hours or money are shown.
    let counted = view.across != Across::Labels || project.goal.price.is_some();
    let effort = if counted { effort::effort(&app, project).await? } else { Effort::default() };
    let (headline, explanation) = sentence(language, &curve, tally.labeled - tally.audit_labeled);
    let page = InsightPage {
        shell: Shell::project(&member, Tab::Insight),
        slug: project.slug.clone(),
        seen,
        headline,
        explanation,
        chart: Seen { language, project, curve: &curve, effort: &effort, view }.chart(),
        choices: choices(language, project, &curve, view),
        shown: shown(language, &curve, view),
        across: across(language, project, view),
        about: about(language, &curve, view),
        query: view.query(),
        panel: Panel::new(language, &curve.stopping, &effort),
        points: curve.points.len(),
        table: curve.points.iter().rev().take(200).map(|point| table_row(language, point)).collect(),
        macro_f1: macro_f1(language, &curve),
        measure: curve.measure,
        share: share(language, &curve),
        micro_f1: micro_f1(language, &curve),
        classes: class_rows(language, &project.slug, &curve.classes),
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
    if hx.wants("insight") { crate::web::page(&page.as_insight()) } else { crate::web::page(&page) }
}

/// The views of the chart: measures, axes and scales.
fn choices(language: Language, project: &Project, curve: &Curve, view: ChartView) -> Vec<Choices> {
    let choice =
        |text: String, other: ChartView| Choice { text, href: address(&project.slug, other), current: other == view };
    let measure = |shown| choice(shown_name(language, curve, shown), ChartView { shown, ..view });
    let mut measures = vec![measure(Shown::Share)];
    if curve.points.iter().any(|point| point.powered.is_some()) {
        measures.push(measure(Shown::Powered));
    }
    measures.push(measure(Shown::MacroF1));
    if matches!(view.shown, Shown::Recall(_)) {
        measures.push(measure(view.shown));
    }
    let axis = |id: &str, across| choice(language.say(id).into(), ChartView { across, ..view });
    let mut axes = vec![axis("insight-by-labels", Across::Labels), axis("insight-by-hours", Across::Hours)];
    if project.goal.price.is_some() {
        axes.push(axis("insight-by-cost", Across::Cost));
    }
    let scale = |id: &str, log| choice(language.say(id).into(), ChartView { log, ..view });
    let scales = vec![scale("insight-linear", false), scale("insight-log", true)];
    let named = |id: &str, links| Choices { label: language.say(id).into(), links };
    vec![named("insight-view-measure", measures), named("insight-view-axis", axes), named("insight-view-scale", scales)]
}

fn address(slug: &str, view: ChartView) -> String {
    let query = view.query();
    if query.is_empty() { format!("/p/{slug}/insight") } else { format!("/p/{slug}/insight?{query}") }
}

fn shown_name(language: Language, curve: &Curve, shown: Shown) -> String {
    match shown {
        Shown::Share => language.say("measure-title").with("measure", curve.measure).into(),
        Shown::Powered => language.say("insight-powered").into(),
        Shown::MacroF1 => language.say("insight-macro-f1").into(),
        Shown::Recall(class) => {
            let name = curve.classes.iter().find(|one| one.class == class).map_or("?", |one| one.name.as_str());
            language.say("insight-recall-of").with("class", name).into()
        }
    }
}

fn shown(language: Language, curve: &Curve, view: ChartView) -> String {
    shown_name(language, curve, view.shown)
}

fn across(language: Language, project: &Project, view: ChartView) -> String {
    match view.across {
        Across::Labels => language.say("insight-chart-x").into(),
        Across::Hours => language.say("insight-chart-hours").into(),
        Across::Cost => language.say("insight-chart-cost").with("currency", project.goal.currency.as_str()).into(),
    }
}

/// How to read the chart.
fn about(language: Language, curve: &Curve, view: ChartView) -> String {
    let mut text: Vec<String> = vec![match view.shown {
        Shown::Share => language.say("insight-chart-about").with("measure", curve.measure).into(),
        Shown::Powered => language.say("insight-about-powered").into(),
        Shown::MacroF1 => language.say("insight-about-macro-f1").into(),
        Shown::Recall(_) => language.say("insight-about-recall").into(),
    }];
    if let Some(random) = curve.random.as_ref().filter(|random| view.shown == Shown::Share && !random.points.is_empty())
    {
        let said = language.say("insight-about-random").with("n", random.audit_labels);
        text.push(said.with("to", random.measured_to).into());
    }
    if view.across == Across::Hours {
        text.push(language.say("insight-about-hours").into());
    }
    text.join(" ")
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
fn class_rows(language: Language, slug: &str, classes: &[ClassPoint]) -> Vec<ClassRow> {
    let mut rows: Vec<_> = classes
        .iter()
        .enumerate()
        .map(|(i, class)| ClassRow {
            href: address(slug, ChartView { shown: Shown::Recall(class.class), ..ChartView::default() }),
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
    use crate::evaluate::stopping::Advice;
    use crate::service::insight::stopping::StopStanding;

    pub(super) fn project() -> Project {
        Project::example()
    }

    pub(super) fn point(labels: i64, correct: usize, n: usize) -> Point {
        let accuracy = correct as f64 / n as f64;
        Point {
            round: 1,
            labels,
            strategy: "margin".to_owned(),
            n,
            correct,
            accuracy,
            low: accuracy - 0.05,
            high: accuracy + 0.05,
            macro_f1: accuracy,
            ..Point::default()
        }
    }

    pub(super) fn curve(points: Vec<Point>) -> Curve {
        Curve {
            measure: Measure::Accuracy,
            audit_labels: 0,
            imported: 0,
            reviewed: 0,
            departed: 0,
            retired: 0,
            points,
            macro_f1_interval: None,
            micro_f1_interval: None,
            classes: Vec::new(),
            random: None,
            changes: Vec::new(),
            stopping: StopStanding {
                advice: Advice::TooEarly,
                on_regardless: false,
                goal: crate::domain::Goal::default(),
                rules: Vec::new(),
                stability: None,
                reached: None,
                doubt: None,
                gain: None,
                spent: 0,
            },
        }
    }

    #[test]
    fn the_share_is_given_with_its_interval() {
        let sets = Curve { measure: Measure::ExactMatch, ..curve(vec![point(200, 156, 200)]) };
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
        let classes = [class("a", None), class("b", Some(0.9)), class("c", Some(0.2))];
        let names: Vec<_> = class_rows(Language::default(), "x", &classes).into_iter().map(|row| row.name).collect();
        assert_eq!(names, ["c", "b", "a"]);
    }
}
