//! Identifiers, one type each, so that two ids cannot be swapped.
//!
//! **Invariant:** an id is a number the database gave; it is never reused and never means two things.

macro_rules! id {
    ($($(#[$doc:meta])* $name:ident),+ $(,)?) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, sqlx::Type, serde::Serialize, serde::Deserialize, utoipa::ToSchema)]
        #[sqlx(transparent)]
        #[serde(transparent)]
        pub struct $name(pub i64);

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                self.0.fmt(f)
            }
        }

        impl std::str::FromStr for $name {
            type Err = std::num::ParseIntError;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                text.parse().map(Self)
            }
        }
    )+};
}

id! {
    /// A person, or a program acting for one.
    AccountId,
    /// One labeling project.
    ProjectId,
    /// A class of a project. Its name may change; its id never does.
    ClassId,
    /// One image of a project's pool.
    SampleId,
    /// One training: labels in, committee out.
    RoundId,
    /// A frozen network that turns samples into embeddings.
    EncoderId,
    /// A piece of durable background work.
    JobId,
    /// One evaluation of the retrain rule.
    DecisionId,
    /// One immutable export.
    SnapshotId,
    /// One run of an import, with its report.
    ImportId,
}
