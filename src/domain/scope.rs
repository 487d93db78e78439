//! What an API token may do.

use super::word::words;

/// From least to most; each scope may do what the ones before it may. The owner's roles bound all of them.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Default,
    serde::Serialize,
    serde::Deserialize,
    clap::ValueEnum,
    utoipa::ToSchema,
)]
#[serde(rename_all = "lowercase")]
pub enum TokenScope {
    /// Reads.
    Read,
    /// Reads and answers questions.
    Label,
    /// Whatever its owner may do.
    #[default]
    Manage,
}

words!(TokenScope, "scope", { Read = "read", Label = "label", Manage = "manage" });
