//! Roles: what a person may do in a project.

use super::word::words;

/// From least to most; each role may do what the ones before it may.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    serde::Serialize,
    serde::Deserialize,
    clap::ValueEnum,
    utoipa::ToSchema,
)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// Labels samples.
    Annotator,
    /// Labels, and settles what others labeled.
    Reviewer,
    /// Watches charts, sets strategy and rules, exports.
    Lead,
    /// Everything: data, models, people.
    Admin,
}

words!(Role, "role", { Annotator = "annotator", Reviewer = "reviewer", Lead = "lead", Admin = "admin" });
