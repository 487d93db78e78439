//! The JSON twin of the pages: the contract that scripts rely on.
//!
//! **Invariant:** unknown fields are refused; an error is `{"error":{"code","message","hint"}}` with the right status.

pub mod annotations;
pub mod augmentation;
pub mod doubts;
pub mod encoders;
pub mod flags;
pub mod groups;
pub mod keys;
pub mod leases;
pub mod models;
pub mod openapi;
pub mod project;
pub mod replays;
pub mod rounds;
pub mod samples;
pub mod snapshots;

use crate::domain::{Project, RetrainRule};
use crate::store::projects::Tally;

/// Where a project stands, as the desk shows it.
#[derive(Debug, Clone, PartialEq, serde::Serialize, utoipa::ToSchema)]
pub struct Standing {
    /// Samples with a class.
    pub labeled: i64,
    pub skipped: i64,
    pub samples: i64,
    /// What brings the next round, as a sentence.
    pub next_round: String,
}

impl Standing {
    pub(super) fn new(project: &Project, tally: &Tally) -> Self {
        Self {
            labeled: tally.labeled,
            skipped: tally.skipped,
            samples: tally.samples,
            next_round: next_round(project, tally),
        }
    }
}

/// Answers until the retrain rule fires; 0 when a round is due.
pub(super) fn answers_to_round(project: &Project, tally: &Tally) -> i64 {
    let rule = RetrainRule { labels: project.retrain_labels };
    (rule.answers_due(tally.round_labels) - tally.answers_since_round()).max(0)
}

fn next_round(project: &Project, tally: &Tally) -> String {
    match answers_to_round(project, tally) {
        0 if tally.answers == 0 => "The first answers start the training".to_owned(),
        0 if tally.round_us.is_none() => "The first round follows soon".to_owned(),
        0 => "A round is due".to_owned(),
        1 => "The next answer starts a round".to_owned(),
        n => format!("Next round in {n} answers"),
    }
}
