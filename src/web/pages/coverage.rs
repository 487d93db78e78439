//! The coverage page: how labels cover the pool, by metadata and by class, and whether imports drift.

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use url::form_urlencoded;

use crate::domain::{Class, Role};
use crate::service::App;
use crate::service::map::coverage::{self, ClassBalance, Stratum};
use crate::service::map::drift::{self, Drift, DriftLevel};
use crate::web::api::coverage::CoverageQuery;
use crate::web::frame::error::WebError;
use crate::web::frame::extract::{Member, Query};
use crate::web::frame::filters::{between, decimal, group, interval, percent};
use crate::web::frame::language::Language;
use crate::web::frame::shell::{Shell, Tab};
use crate::web::page;
use crate::web::pages::label::colour;
use crate::web::pages::{media, sample};

/// Audit labels of a part below which the headline does not call it the weakest.
const LEAST_AUDITED: usize = 20;

struct Row {
    value: String,
    href: Option<String>,
    pool: String,
    labeled: String,
    /// The labeled share in percent, for a bar.
    percent: i64,
    share: String,
    audited: String,
    accuracy: String,
}

struct ClassRow {
    name: String,
    colour: String,
    labels: String,
    share: String,
    pool: String,
    verdict: String,
    /// The CSS class of the verdict.
    mood: &'static str,
}

struct DriftCard {
    source: String,
    level: String,
    mood: &'static str,
    compared: String,
    area: String,
    energy: String,
    shift: Option<String>,
    classes: Vec<String>,
    /// Address and small picture.
    most: Vec<(String, String)>,
}

#[derive(Template)]
#[template(path = "coverage.html")]
struct CoveragePage {
    shell: Shell,
    slug: String,
    headline: String,
    columns: Vec<String>,
    column: Option<String>,
    csv: String,
    rows: Vec<Row>,
    about: String,
    classes: Vec<ClassRow>,
    drift: Vec<DriftCard>,
}

/// `GET /p/{slug}/coverage`
pub async fn show(
    State(app): State<App>,
    member: Member,
    Query(wanted): Query<CoverageQuery>,
) -> Result<Response, WebError> {
    member.require(Role::Lead)?;
    let (project, language) = (&member.project, member.language());
    let column = wanted.column.as_deref().filter(|column| !column.is_empty());
    let found = coverage::coverage(&app, project, column).await?;
    let classes = app.store.classes(project.id).await?;
    let named = |row: &Stratum| match &row.value {
        Some(value) => value.clone(),
        None if row.others => language.say("coverage-others").into(),
        None => language.say("coverage-no-value").into(),
    };
    let headline = match weakest(&found.rows) {
        Some((row, accuracy)) => {
            let text = language.say("coverage-headline-worst").with("value", named(row));
            text.with("accuracy", percent(language, accuracy)).into()
        }
        None => language.say("coverage-headline").into(),
    };
    let query =
        |name: &str, value: &str| form_urlencoded::Serializer::new(String::new()).append_pair(name, value).finish();
    let row = |row: &Stratum| Row {
        value: named(row),
        href: row.value.as_ref().zip(found.column.as_ref()).map(|(value, column)| {
            format!("/p/{}/samples?{}", project.slug, query("metadata", &format!("{column}={value}")))
        }),
        pool: group(row.pool as i64),
        labeled: group(row.labeled as i64),
        percent: (row.labeled * 100).checked_div(row.pool).unwrap_or_default() as i64,
        share: percent(language, row.labeled as f64 / row.pool.max(1) as f64),
        audited: group(row.audited as i64),
        accuracy: row.accuracy.as_ref().map_or_else(|| "–".to_owned(), |accuracy| interval(language, accuracy)),
    };
    let drift = drift::known(&app, project).await?;
    page(&CoveragePage {
        shell: Shell::page(&member, language.say("coverage-title"), Some(Tab::Samples)),
        slug: project.slug.clone(),
        headline,
        csv: match &found.column {
            Some(column) => format!("/api/v1/projects/{}/coverage.csv?{}", project.slug, query("column", column)),
            None => format!("/api/v1/projects/{}/coverage.csv", project.slug),
        },
        rows: found.rows.iter().map(row).collect(),
        about: match found.round {
            Some(round) => language.say("coverage-about").with("round", round.to_string()).into(),
            None => language.say("coverage-no-round").into(),
        },
        classes: found.classes.iter().enumerate().map(|(at, class)| class_row(language, at, class)).collect(),
        columns: found.columns,
        column: found.column,
        drift: drift.iter().map(|one| card(language, &project.slug, &classes, one)).collect(),
    })
}

/// The part with the lowest accuracy, of those whose interval lies below the highest accuracy of another.
fn weakest(rows: &[Stratum]) -> Option<(&Stratum, f64)> {
    let known = || rows.iter().filter(|row| row.audited >= LEAST_AUDITED).filter_map(|row| Some((row, row.accuracy?)));
    let best = known().map(|(_, accuracy)| accuracy.value).fold(0.0, f64::max);
    let worst = known().min_by(|a, b| a.1.value.total_cmp(&b.1.value))?;
    (worst.1.high < best).then_some((worst.0, worst.1.value))
}

fn class_row(language: Language, at: usize, class: &ClassBalance) -> ClassRow {
    let (verdict, mood) = match &class.pool {
        None => ("coverage-unknown", ""),
        Some(pool) if class.share > pool.high => ("coverage-more", ""),
        Some(pool) if class.share < pool.low => ("coverage-less", "warn"),
        Some(_) => ("coverage-alike", "good"),
    };
    ClassRow {
        name: class.name.clone(),
        colour: colour(at),
        labels: group(class.labels as i64),
        share: percent(language, class.share),
        pool: class.pool.as_ref().map_or_else(|| "–".to_owned(), |pool| interval(language, pool)),
        verdict: language.say(verdict).into(),
        mood,
    }
}

fn card(language: Language, slug: &str, classes: &[Class], drift: &Drift) -> DriftCard {
    let (level, mood) = match drift.level() {
        DriftLevel::None => ("drift-level-none", "good"),
        DriftLevel::Slight => ("drift-level-slight", ""),
        DriftLevel::Clear => ("drift-level-clear", "warn"),
    };
    let number = |value: f64| decimal(language, value, 2);
    let moved = drift.classes.iter().filter_map(|shifted| {
        let class = classes.iter().find(|class| class.id == shifted.class)?;
        let text = language.say("drift-class").with("class", class.name.as_str());
        Some(text.with("before", percent(language, shifted.before)).with("new", percent(language, shifted.new)).into())
    });
    DriftCard {
        source: drift.source.clone(),
        level: language.say(level).into(),
        mood,
        compared: language.say("drift-compared").with("new", drift.new).with("before", drift.before).into(),
        area: between(language, number(drift.area.value), number(drift.area.low), number(drift.area.high)),
        energy: decimal(language, drift.energy, 3),
        shift: drift.shift.map(|shift| percent(language, shift)),
        classes: moved.collect(),
        most: drift.most.iter().map(|&id| (sample::url(slug, id), media::thumb_url(slug, id))).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evaluate::interval::wilson;

    #[test]
    fn a_part_is_the_weakest_only_where_its_interval_says_so() {
        let row = |value: &str, correct: usize, audited: usize| Stratum {
            value: Some(value.to_owned()),
            others: false,
            pool: 100,
            labeled: 10,
            audited,
            correct,
            accuracy: Some(wilson(correct as u64, audited as u64, 0.95)),
        };
        let rows = [row("north", 95, 100), row("south", 60, 100), row("east", 0, 3)];
        assert_eq!(weakest(&rows).map(|(row, _)| row.value.clone().unwrap()), Some("south".to_owned()));
        assert!(weakest(&[row("north", 95, 100), row("south", 92, 100)]).is_none());
        assert!(weakest(&[]).is_none());
    }
}
