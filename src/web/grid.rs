//! Many at a time: a grid of samples that are alike, one answer for all of them.

use askama::Template;
use axum::extract::State;
use axum::response::Response;

use super::assets;
use super::error::WebError;
use super::extract::{Member, Query};
use super::label::{ClassButton, buttons_of};
use super::page;
use super::shell::{Shell, Tab};
use super::words;
use crate::app::App;
use crate::domain::{ClassId, SampleId};
use crate::service::groups::SIZES;
use crate::service::outlook::outlook;
use crate::service::projects::needs_one_class;

/// Samples shown at first; the page offers the sizes around it.
const SIZE: usize = 12;

#[derive(Template)]
#[template(path = "grid.html")]
struct GridPage {
    shell: Shell,
    slug: String,
    account_id: i64,
    account_name: String,
    classes: Vec<ClassButton>,
    module: String,
    size: usize,
    least: usize,
    most: usize,
    /// The sample that others are to be like.
    like: Option<SampleId>,
    class: Option<ClassId>,
    next_round: String,
    labeled: i64,
    samples: i64,
}

/// What the page was called with.
#[derive(Debug, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GridQuery {
    #[serde(default)]
    like: Option<SampleId>,
    #[serde(default)]
    class: Option<ClassId>,
}

/// `GET /p/{slug}/grid`
pub async fn show(
    State(app): State<App>,
    member: Member,
    Query(called): Query<GridQuery>,
) -> Result<Response, WebError> {
    let project = &member.project;
    needs_one_class(project, "labeling in groups")?;
    let classes = app.store.classes(project.id).await?;
    let tally = app.store.tally(project.id).await?;
    page(&GridPage {
        shell: Shell::page(&member, member.language().say("grid-title"), Some(Tab::Label)),
        slug: project.slug.clone(),
        account_id: member.account.id.0,
        account_name: member.account.name.clone(),
        classes: buttons_of(&app, &member, &classes).await?,
        module: assets::module("desk/grid.js"),
        size: SIZE,
        least: *SIZES.start(),
        most: *SIZES.end(),
        like: called.like,
        class: called.class,
        next_round: words::next_round(member.language(), outlook(&app, project, &tally).await?),
        labeled: tally.labeled,
        samples: tally.samples,
    })
}
