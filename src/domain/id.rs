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
    /// One entry of the record.
    EntryId,
    /// One labeling project.
    ProjectId,
    /// A class of a project. Its name may change; its id never does.
    ClassId,
    /// One act on the labels of a class.
    ActId,
    /// One sample of a project's pool.
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
    /// An address that is told what happens in a project.
    WebhookId,
    /// One message to a webhook.
    DeliveryId,
}

/// A UUID in its stored spelling, however it was sent; other text is left unchanged and matches nothing.
pub fn uuid_text(text: &str) -> String {
    uuid::Uuid::parse_str(text).map_or_else(|_| text.to_owned(), |id| id.to_string())
}

#[cfg(test)]
mod tests {
    use super::uuid_text;

    #[test]
    fn every_spelling_of_a_uuid_is_one_id() {
        let id = "936da01f-9abd-4d9d-80c7-02af85c822a8";
        for spelling in [
            id,
            "936DA01F-9ABD-4D9D-80C7-02AF85C822A8",
            "936da01f9abd4d9d80c702af85c822a8",
            "{936da01f-9abd-4d9d-80c7-02af85c822a8}",
            "urn:uuid:936da01f-9abd-4d9d-80c7-02af85c822a8",
        ] {
            assert_eq!(uuid_text(spelling), id);
        }
        assert_eq!(uuid_text("nonsense"), "nonsense");
    }
}
