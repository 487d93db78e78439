//! The manifest beside every export: what is in it, what is not and why, and how to check it.

use std::collections::BTreeMap;

use super::ExportOptions;
use crate::domain::ClassId;

/// Accounts for every sample of the project: written + excluded = samples.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize, utoipa::ToSchema)]
pub struct Manifest {
    /// What the snapshot is called; absent for files that were written by the command line without a name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The program and its version.
    pub made_by: String,
    pub project: String,
    /// RFC 3339.
    pub made_at: String,
    /// The round in use when it was made.
    #[serde(default)]
    pub round: Option<i64>,
    pub format: String,
    pub options: ExportOptions,
    pub samples: u64,
    pub written: u64,
    /// Those of the written samples that were skipped, where those were asked for.
    #[serde(default)]
    pub skipped: u64,
    /// Where samples have any number of classes, each counts in all of its own.
    pub classes: Vec<ClassTotal>,
    /// Where samples have any number of classes: those that have none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub none: Option<u64>,
    pub excluded: Vec<Excluded>,
    /// Samples by part and class, where a split was asked for.
    pub splits: BTreeMap<String, BTreeMap<String, u64>>,
    /// Values of the column that keeps samples together that are in the audit part and in another one as well.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shared_groups: Option<u64>,
    /// The dataset, and the data card as Markdown and as JSON.
    pub files: Vec<WrittenFile>,
}

/// Labels of one class in the database, those left out, and those in the file: the first is the sum of the others, or the file is
/// not offered.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize, utoipa::ToSchema)]
pub struct ClassTotal {
    #[serde(default)]
    #[schema(value_type = Option<i64>)]
    pub id: Option<ClassId>,
    pub name: String,
    pub labels: u64,
    #[serde(default)]
    pub excluded: u64,
    pub written: u64,
}

/// Samples that are not in the file.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize, utoipa::ToSchema)]
pub struct Excluded {
    pub reason: String,
    pub count: u64,
}

/// A file of the export.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize, utoipa::ToSchema)]
pub struct WrittenFile {
    pub name: String,
    pub sha256: String,
    pub size_bytes: u64,
}
