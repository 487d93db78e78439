//! The JSON twin of the pages: the contract that scripts rely on.
//!
//! **Invariant:** unknown fields are refused; an error is `{"error":{"code","message","hint"}}` with the right status.

pub mod annotations;
pub mod augmentation;
pub mod doubts;
pub mod encoders;
pub mod flags;
pub mod groups;
pub mod imports;
pub mod jobs;
pub mod keys;
pub mod leases;
pub mod models;
pub mod openapi;
pub mod project;
pub mod replays;
pub mod rounds;
pub mod samples;
pub mod snapshots;

use super::language::Language;
use super::words;
use crate::app::App;
use crate::domain::Project;
use crate::service::ServiceError;
use crate::service::outlook::outlook;
use crate::store::projects::Tally;

/// Where a project stands, as the desk shows it.
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
