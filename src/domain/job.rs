//! What a kind of background work is, and those that others than their own use case name; `service::background` lists all.

/// A kind of job.
#[derive(Debug, PartialEq, Eq)]
pub struct JobKind {
    /// As it is stored and as programs see it.
    pub name: &'static str,
    pub lane: Lane,
    /// Whether one that waits already does the work of a second one of the same project.
    pub once: bool,
}

/// Which worker takes a job: rounds have one of their own, so that encoding never delays one; so have replays, which take
/// minutes and must delay nothing, and trials of encoders, which somebody waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lane {
    Rounds,
    Replays,
    Trials,
    Other,
}

impl Lane {
    pub const ALL: [Self; 4] = [Self::Rounds, Self::Replays, Self::Trials, Self::Other];

    /// As it is stored.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Rounds => "rounds",
            Self::Replays => "replays",
            Self::Trials => "trials",
            Self::Other => "other",
        }
    }
}

pub const ROUND: JobKind = JobKind { name: "round", lane: Lane::Rounds, once: true };
pub const ENCODE: JobKind = JobKind { name: "encode", lane: Lane::Other, once: true };
pub const RELEARN: JobKind = JobKind { name: "relearn", lane: Lane::Other, once: false };
pub const VIEWS: JobKind = JobKind { name: "views", lane: Lane::Other, once: true };
pub const IMPORT: JobKind = JobKind { name: "import", lane: Lane::Other, once: false };
pub const SNAPSHOT: JobKind = JobKind { name: "snapshot", lane: Lane::Other, once: false };
pub const MODEL: JobKind = JobKind { name: "model", lane: Lane::Other, once: false };
pub const TRIAL: JobKind = JobKind { name: "trial", lane: Lane::Trials, once: false };
pub const REPLAY: JobKind = JobKind { name: "replay", lane: Lane::Replays, once: false };
