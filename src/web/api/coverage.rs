//! Coverage and drift for programs: as JSON, and the rows as CSV.

use axum::extract::State;
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::{IntoResponse as _, Response};

use crate::domain::Role;
use crate::service::App;
use crate::service::map::coverage::{self, Coverage};
use crate::service::map::drift::{self, Drift};
use crate::web::frame::error::WebError;
use crate::web::frame::extract::{Json, Member, Query};

/// Which column the rows are about.
#[derive(Debug, Clone, Default, serde::Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct CoverageQuery {
    /// A column of the metadata; without it, the first.
    #[serde(default)]
    pub column: Option<String>,
}

/// Coverage of the pool, and the drift of its imports.
#[derive(Debug, serde::Serialize, utoipa::ToSchema)]
pub struct PoolCoverage {
    #[serde(flatten)]
    pub coverage: Coverage,
    /// The newest import first.
    pub drift: Vec<Drift>,
}

/// How labels cover the pool, by a column of the metadata and by class; and whether imports differ from the pool before them.
#[utoipa::path(get, path = "/api/v1/projects/{slug}/coverage", tag = "map", params(("slug" = String, Path), CoverageQuery),
    responses((status = 200, body = PoolCoverage), (status = 403, description = "needs the role lead"),
        (status = 404, description = "there is no such column")))]
pub async fn show(
    State(app): State<App>,
    member: Member,
    Query(wanted): Query<CoverageQuery>,
) -> Result<Json<PoolCoverage>, WebError> {
    member.require(Role::Lead)?;
    let coverage = coverage::coverage(&app, &member.project, wanted.column.as_deref()).await?;
    Ok(Json(PoolCoverage { coverage, drift: drift::known(&app, &member.project).await? }))
}

/// The rows of the coverage as CSV.
#[utoipa::path(get, path = "/api/v1/projects/{slug}/coverage.csv", tag = "map", params(("slug" = String, Path), CoverageQuery),
    responses((status = 200, description = "the table"), (status = 403, description = "needs the role lead"),
        (status = 404, description = "there is no such column")))]
pub async fn table(
    State(app): State<App>,
    member: Member,
    Query(wanted): Query<CoverageQuery>,
) -> Result<Response, WebError> {
    member.require(Role::Lead)?;
    let found = coverage::coverage(&app, &member.project, wanted.column.as_deref()).await?;
    let text = written(&found).map_err(WebError::internal)?;
    let name = format!("attachment; filename=\"{}-coverage.csv\"", member.project.slug);
    Ok(([(CONTENT_TYPE, "text/csv; charset=utf-8".to_owned()), (CONTENT_DISPOSITION, name)], text).into_response())
}

fn written(found: &Coverage) -> Result<Vec<u8>, csv::Error> {
    let mut table = csv::Writer::from_writer(Vec::new());
    table.write_record([
        found.column.as_deref().unwrap_or("value"),
        "others",
        "pool",
        "labeled",
        "audited",
        "correct",
        "accuracy",
        "low",
        "high",
    ])?;
    for row in &found.rows {
        let share = |pick: fn(&crate::evaluate::Interval) -> f64| {
            row.accuracy.as_ref().map(|accuracy| format!("{:.4}", pick(accuracy))).unwrap_or_default()
        };
        table.write_record([
            row.value.clone().unwrap_or_default(),
            row.others.to_string(),
            row.pool.to_string(),
            row.labeled.to_string(),
            row.audited.to_string(),
            row.correct.to_string(),
            share(|accuracy| accuracy.value),
            share(|accuracy| accuracy.low),
            share(|accuracy| accuracy.high),
        ])?;
    }
    table.into_inner().map_err(|error| error.into_error().into())
}
