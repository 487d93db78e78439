//! The JSON twin of the pages: the contract that scripts rely on.
//!
//! **Invariant:** unknown fields are refused; an error is `{"error":{"code","message","hint"}}` with the right status.

pub mod agreement;
pub mod annotations;
pub mod archive;
pub mod asking;
pub mod augmentation;
pub mod classes;
pub mod coverage;
pub mod diagnosis;
pub mod doubts;
pub mod encoders;
pub mod flags;
pub mod goals;
pub mod groups;
pub mod imports;
pub mod jobs;
pub mod keys;
pub mod labels;
pub mod leases;
pub mod map;
pub mod models;
pub mod openapi;
pub mod people;
pub mod personal;
pub mod pool;
pub mod predictions;
pub mod project;
pub mod reasons;
pub mod record;
pub mod replays;
pub mod reviews;
pub mod rounds;
pub mod samples;
pub mod second_opinions;
pub mod settings;
pub mod snapshots;
pub mod tokens;
pub mod trials;
pub mod uploads;
pub mod webhooks;

use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::domain::Project;
use crate::service::desk::outlook::outlook;
use crate::service::{App, ServiceError};
use crate::store::projects::Tally;
use crate::web::frame::error::WebError;
use crate::web::frame::language::Language;
use crate::web::frame::words;

/// Every address of the API but those below, each once: path, method and description are at the handler.
pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(project::list, project::create))
        .routes(routes!(project::show))
        .routes(routes!(settings::show, settings::replace))
        .routes(routes!(people::own))
        .routes(routes!(people::list, people::create))
        .routes(routes!(people::set_role))
        .routes(routes!(people::switch))
        .routes(routes!(people::invite))
        .routes(routes!(personal::own))
        .routes(routes!(personal::export))
        .routes(routes!(personal::delete))
        .routes(routes!(personal::anonymise))
        .routes(routes!(archive::projects))
        .routes(routes!(archive::archive_project, archive::restore_project))
        .routes(routes!(archive::samples, archive::put_away))
        .routes(routes!(archive::bring_back))
        .routes(routes!(tokens::list, tokens::create))
        .routes(routes!(tokens::revoke))
        .routes(routes!(leases::list, leases::create))
        .routes(routes!(leases::give_back))
        .routes(routes!(annotations::list, annotations::create))
        .routes(routes!(annotations::undo))
        .routes(routes!(flags::list, flags::create))
        .routes(routes!(flags::reply))
        .routes(routes!(flags::seen))
        .routes(routes!(flags::done))
        .routes(routes!(keys::show, keys::choose, keys::restore))
        .routes(routes!(reasons::show))
        .routes(routes!(groups::create))
        .routes(routes!(groups::answer))
        .routes(routes!(groups::undo))
        .routes(routes!(project::add_classes, classes::list))
        .routes(routes!(classes::order))
        .routes(routes!(classes::edit, classes::delete))
        .routes(routes!(classes::merge))
        .routes(routes!(classes::part))
        .routes(routes!(classes::acts))
        .routes(routes!(classes::undo))
        .routes(routes!(project::curve))
        .routes(routes!(goals::show, goals::set))
        .routes(routes!(asking::show, asking::set))
        .routes(routes!(asking::retire))
        .routes(routes!(rounds::list, rounds::create))
        .routes(routes!(rounds::compare))
        .routes(routes!(rounds::lift))
        .routes(routes!(rounds::roll_back))
        .routes(routes!(rounds::pin, rounds::unpin))
        .routes(routes!(rounds::labels))
        .routes(routes!(models::list, models::create))
        .routes(routes!(diagnosis::latest, diagnosis::create))
        .routes(routes!(diagnosis::cures, diagnosis::choose))
        .routes(routes!(replays::create))
        .routes(routes!(replays::latest, replays::stop))
        .routes(routes!(jobs::list))
        .routes(routes!(samples::list))
        .routes(routes!(samples::show))
        .routes(routes!(imports::list))
        .routes(routes!(imports::show))
        .routes(routes!(imports::report))
        .routes(routes!(imports::preview_undo, imports::undo))
        .routes(routes!(imports::cancel))
        .routes(routes!(imports::go_on))
        .routes(routes!(uploads::begin))
        .routes(routes!(uploads::import))
        .routes(routes!(predictions::list))
        .routes(routes!(predictions::differences))
        .routes(routes!(doubts::list))
        .routes(routes!(agreement::show))
        .routes(routes!(agreement::table))
        .routes(routes!(second_opinions::show, second_opinions::choose, second_opinions::ask))
        .routes(routes!(coverage::show))
        .routes(routes!(coverage::table))
        .routes(routes!(map::show, map::arrange))
        .routes(routes!(map::points))
        .routes(routes!(map::select))
        .routes(routes!(map::ask))
        .routes(routes!(map::tag))
        .routes(routes!(record::server))
        .routes(routes!(record::project))
        .routes(routes!(webhooks::list, webhooks::create))
        .routes(routes!(webhooks::remove))
        .routes(routes!(webhooks::test))
        .routes(routes!(webhooks::deliveries))
        .routes(routes!(reviews::create))
        .routes(routes!(augmentation::show, augmentation::choose))
        .routes(routes!(encoders::list))
        .routes(routes!(encoders::choose))
        .routes(routes!(trials::relearn))
        .routes(routes!(trials::remove))
        .routes(routes!(trials::show, trials::discard))
        .routes(routes!(trials::adopt))
        .routes(routes!(snapshots::list, snapshots::create))
        .routes(routes!(snapshots::show))
        .routes(routes!(snapshots::card))
        .routes(routes!(snapshots::card_json))
        .routes(routes!(snapshots::differences))
}

/// Routes that wait or return large files, and may take longer.
pub(super) fn slow_routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(jobs::show))
        .routes(routes!(rounds::newest))
        .routes(routes!(pool::predicted))
        .routes(routes!(pool::embeddings))
        .routes(routes!(labels::create))
        .routes(routes!(models::download))
        .routes(routes!(snapshots::download))
}

/// Routes that accept large bodies.
pub(super) fn large_routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(samples::import))
        .routes(routes!(uploads::state, uploads::put, uploads::abandon))
        .routes(routes!(trials::create))
}

/// Rows in one answer, where there is no smaller limit.
const MOST: i64 = 1000;

/// How many rows of `what` to list.
fn checked_limit(asked: Option<i64>, what: &str) -> Result<i64, WebError> {
    let limit = asked.unwrap_or(100);
    if (1..=MOST).contains(&limit) {
        return Ok(limit);
    }
    Err(WebError::unprocessable("bad_limit", format!("limit is {limit}; ask for 1 to {MOST} {what}")))
}

/// A project's progress, as the desk shows it.
#[derive(Debug, Clone, PartialEq, serde::Serialize, utoipa::ToSchema)]
#[schema(as = Standing)]
pub struct ProjectStanding {
    /// Samples with a class.
    pub labeled: i64,
    pub skipped: i64,
    pub samples: i64,
    /// What brings the next round, as a sentence.
    pub next_round: String,
}

impl ProjectStanding {
    pub(super) async fn new(
        app: &App,
        language: Language,
        project: &Project,
        tally: &Tally,
    ) -> Result<Self, ServiceError> {
        Ok(Self {
            labeled: tally.labeled,
            skipped: tally.skipped,
            samples: tally.samples,
            next_round: words::next_round(language, outlook(app, project, tally).await?),
        })
    }
}
