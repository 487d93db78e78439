//! What happens in a project that other programs may want to know, and what becomes of a message about it.

use super::word::words;

/// What a webhook can be told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize, utoipa::ToSchema)]
pub enum EventKind {
    /// A round finished: the answers since the last one have been learned from.
    #[serde(rename = "round.finished")]
    RoundFinished,
    /// The rules for stopping advise something else than before.
    #[serde(rename = "stop.advice")]
    StopAdvice,
    #[serde(rename = "import.finished")]
    ImportFinished,
    #[serde(rename = "snapshot.ready")]
    SnapshotReady,
    /// New samples differ clearly from the pool before them.
    #[serde(rename = "drift.found")]
    DriftFound,
    /// Nothing happened: somebody tries the address.
    #[serde(rename = "webhook.test")]
    Test,
}

words!(EventKind, "event", {
    RoundFinished = "round.finished",
    StopAdvice = "stop.advice",
    ImportFinished = "import.finished",
    SnapshotReady = "snapshot.ready",
    DriftFound = "drift.found",
    Test = "webhook.test",
});

impl EventKind {
    /// Those that a webhook can be made for; a test can be sent to each.
    pub const OFFERED: [Self; 5] =
        [Self::RoundFinished, Self::StopAdvice, Self::ImportFinished, Self::SnapshotReady, Self::DriftFound];
}

/// What became of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum DeliveryState {
    /// It is sent now, or again later.
    Waiting,
    Delivered,
    /// It was tried for days, or the address is gone.
    Failed,
}

words!(DeliveryState, "state of a message", { Waiting = "waiting", Delivered = "delivered", Failed = "failed" });
