//! The manifest beside every export: what is in it, what is not and why, and how to check it.

use std::collections::BTreeMap;

use super::ExportOptions;

/// Accounts for every sample of the project: written + excluded = samples.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize, utoipa::ToSchema)]
pub struct Manifest {
    pub made_by: String,
    pub project: String,
    /// RFC 3339.
    pub made_at: String,
    pub format: String,
    pub options: ExportOptions,
    pub samples: u64,
    pub written: u64,
    /// Where samples have any number of classes, each counts in all of its own.
    pub classes: Vec<ClassTotal>,
    /// Where samples have any number of classes: those that have none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub none: Option<u64>,
    pub excluded: Vec<Excluded>,
    /// Samples by part and class, where a split was asked for.
    pub splits: BTreeMap<String, BTreeMap<String, u64>>,
    pub files: Vec<WrittenFile>,
}

/// Labels of one class in the database, and in the file; equal, or the file is not offered.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize, utoipa::ToSchema)]
pub struct ClassTotal {
    pub name: String,
    pub labels: u64,
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
