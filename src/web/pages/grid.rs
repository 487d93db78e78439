//! Many at a time: a grid of similar samples, one answer for all of them.

use askama::Template;
use axum::extract::State;
use axum::response::Response;

use crate::domain::{ClassId, SampleId};
use crate::service::App;
use crate::service::desk::groups::SIZES;
use crate::service::desk::outlook::outlook;
use crate::web::frame::assets;
use crate::web::frame::error::WebError;
use crate::web::frame::extract::{Member, Query};
use crate::web::frame::filters::group;
use crate::web::frame::shell::{Shell, Tab};
use crate::web::frame::words;
use crate::web::page;
use crate::web::pages::label::{ClassButton, buttons_of, state_of};

/// Samples shown at first; the page offers the sizes around it.
const SIZE: usize = 12;

#[derive(Template)]
#[template(path = "grid.html")]
struct GridPage {
    shell: Shell,
    slug: String,
    account_name: String,
    classes: Vec<ClassButton>,
    module: String,
    size: usize,
    /// The sample that the others should resemble.
    like: Option<SampleId>,
    /// Whether they are those of a part of the map.
    within: bool,
    /// Whether a sample has any number of classes, and the key that says it has none of these.
    none_key: Option<char>,
    /// The state for scripts.
    state: String,
    next_round: String,
    labeled: String,
    samples: String,
}

/// The page's query.
#[derive(Debug, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GridQuery {
    #[serde(default)]
    like: Option<SampleId>,
    #[serde(default)]
    class: Option<ClassId>,
    /// A part of the map, and the version of the map that it was drawn on.
    #[serde(default)]
    area: Option<String>,
    #[serde(default)]
    map: Option<String>,
    #[serde(default)]
    only: Option<String>,
}

/// `GET /p/{slug}/grid`
pub async fn show(
    State(app): State<App>,
    member: Member,
    Query(called): Query<GridQuery>,
) -> Result<Response, WebError> {
    let project = &member.project;
    let classes = app.store.classes(project.id).await?;
    let tally = app.store.tally(project.id).await?;
    page(&GridPage {
        shell: Shell::page(&member, member.language().say("grid-title"), Some(Tab::Label)),
        slug: project.slug.clone(),
        account_name: member.account.name.clone(),
        classes: buttons_of(&app, &member, &classes).await?,
        module: assets::module("desk/grid.js"),
        size: SIZE,
        like: called.like,
        within: called.area.is_some(),
        none_key: project.task.none_key(),
        state: state_of(
            &member,
            serde_json::json!({
                "size": SIZE,
                "least": SIZES.start(),
                "most": SIZES.end(),
                "like": called.like,
                "class": called.class,
                "area": called.area,
                "map": called.map,
                "only": called.only,
            }),
        ),
        next_round: words::next_round(member.language(), outlook(&app, project, &tally).await?),
        labeled: group(tally.labeled),
        samples: group(tally.samples),
    })
}
