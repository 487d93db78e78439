//! The chart and its numbers to take along.

use askama::Template;
use axum::extract::State;
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::{IntoResponse as _, Response};

use crate::domain::{Role, Timestamp};
use crate::service::App;
use crate::service::insight::effort::effort;
use crate::service::insight::{Curve, curve};
use crate::web::frame::efficiency::Efficiency;
use crate::web::frame::error::{OrNotFound as _, WebError};
use crate::web::frame::extract::{Member, Query};
use crate::web::pages::insight::plot::Seen;
use crate::web::pages::insight::sentence::sentence;
use crate::web::pages::insight::view::Asked;

#[derive(Template)]
#[template(path = "efficiency.svg")]
struct Drawing {
    chart: Efficiency,
    title: String,
    shown: String,
    across: String,
}

/// `GET /p/{slug}/insight/chart.svg`: the chart of a view, by itself.
pub async fn svg(State(app): State<App>, member: Member, Query(asked): Query<Asked>) -> Result<Response, WebError> {
    member.require(Role::Lead)?;
    let view = asked.view()?;
    let (project, language) = (&member.project, member.language());
    let (curve, effort) = (curve(&app, project).await?, effort(&app, project).await?);
    let chart = Seen { language, project, curve: &curve, effort: &effort, view }.chart();
    let drawing = Drawing {
        chart: chart.or_not_found(|| "no round of this project is measured yet".to_owned())?,
        title: sentence(language, &curve, 0).0,
        shown: super::shown(language, &curve, view),
        across: super::across(language, project, view),
    };
    Ok(file(&format!("{}-efficiency.svg", project.slug), "image/svg+xml", drawing.render()?.into_bytes()))
}

/// `GET /p/{slug}/insight/curve.csv`: every measured round, and the random line.
pub async fn csv(State(app): State<App>, member: Member) -> Result<Response, WebError> {
    member.require(Role::Lead)?;
    let project = &member.project;
    let (curve, effort) = (curve(&app, project).await?, effort(&app, project).await?);
    let hours = |point: &crate::service::insight::Point| effort.at(point.finished_us.unwrap_or(Timestamp(0))).1;
    let table = table(&curve, hours).map_err(WebError::internal)?;
    Ok(file(&format!("{}-efficiency.csv", project.slug), "text/csv; charset=utf-8", table))
}

fn table(curve: &Curve, hours: impl Fn(&crate::service::insight::Point) -> f64) -> Result<Vec<u8>, std::io::Error> {
    let mut out = csv::Writer::from_writer(Vec::new());
    out.write_record([
        "series",
        "round",
        "labels",
        "hours",
        "n",
        "correct",
        curve.measure.as_str(),
        "low",
        "high",
        "macro_f1",
        "strategy",
        "extrapolated",
    ])?;
    for point in &curve.points {
        out.write_record([
            "querist".to_owned(),
            point.round.to_string(),
            point.labels.to_string(),
            format!("{:.4}", hours(point)),
            point.n.to_string(),
            point.correct.to_string(),
            point.accuracy.to_string(),
            point.low.to_string(),
            point.high.to_string(),
            point.macro_f1.to_string(),
            point.strategy.clone(),
            "false".to_owned(),
        ])?;
    }
    for point in curve.random.iter().flat_map(|random| &random.points) {
        let none = String::new;
        out.write_record([
            "random".to_owned(),
            none(),
            format!("{:.1}", point.labels),
            none(),
            none(),
            none(),
            point.accuracy.to_string(),
            point.low.to_string(),
            point.high.to_string(),
            none(),
            "random".to_owned(),
            point.extrapolated.to_string(),
        ])?;
    }
    out.into_inner().map_err(csv::IntoInnerError::into_error)
}

/// A file that the browser keeps.
fn file(name: &str, kind: &'static str, bytes: Vec<u8>) -> Response {
    let disposition = format!("attachment; filename=\"{name}\"");
    ([(CONTENT_TYPE, kind.to_owned()), (CONTENT_DISPOSITION, disposition)], bytes).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::web::pages::insight::tests::{curve, point};

    #[test]
    fn the_table_holds_every_round_and_says_what_is_extrapolated() {
        let text =
            String::from_utf8(table(&curve(vec![point(10, 5, 10), point(20, 8, 10)]), |_| 0.5).unwrap()).unwrap();
        let lines: Vec<_> = text.lines().collect();
        assert!(lines[0].starts_with("series,round,labels,hours,n,correct,accuracy,low,high"), "{text}");
        assert!(lines[2].starts_with("querist,1,20,0.5000,10,8,0.8,"), "{text}");
        assert_eq!(lines.len(), 3);
    }
}
