//! Roles: what a person may do in a project.

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

impl Role {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Annotator => "annotator",
            Self::Reviewer => "reviewer",
            Self::Lead => "lead",
            Self::Admin => "admin",
        }
    }
}

impl std::fmt::Display for Role {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A role's name was not one of annotator, reviewer, lead, admin.
#[derive(Debug, thiserror::Error)]
#[error("role `{0}` is unknown; use annotator, reviewer, lead or admin")]
pub struct UnknownRole(pub String);

impl std::str::FromStr for Role {
    type Err = UnknownRole;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "annotator" => Ok(Self::Annotator),
            "reviewer" => Ok(Self::Reviewer),
            "lead" => Ok(Self::Lead),
            "admin" => Ok(Self::Admin),
            other => Err(UnknownRole(other.to_owned())),
        }
    }
}
