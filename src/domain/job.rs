//! Kinds of background work, and the ones named outside their own use case; `service::background` lists all.

use super::word::words;

/// A kind of job.
#[derive(Debug, PartialEq, Eq)]
pub struct JobKind {
    /// As it is stored and as programs see it.
    pub name: &'static str,
    pub lane: Lane,
    /// Whether a waiting job makes a second one in the same project redundant.
    pub once: bool,
}

/// Which worker takes a job: rounds have their own, so that encoding never delays one; so do replays, which take many minutes and
/// must not delay anything, and what somebody waits for with a page before them: charts, and encoder trials.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lane {
    Rounds,
    Replays,
    Charts,
    Trials,
    Other,
}

words!(Lane, "lane", { Rounds = "rounds", Replays = "replays", Charts = "charts", Trials = "trials", Other = "other" });

/// A job's state.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum JobStatus {
    Queued,
    Running,
    Done,
    Failed,
}

words!(JobStatus, "state of a job", { Queued = "queued", Running = "running", Done = "done", Failed = "failed" });

pub const ROUND: JobKind = JobKind { name: "round", lane: Lane::Rounds, once: true };
pub const ENCODE: JobKind = JobKind { name: "encode", lane: Lane::Other, once: true };
pub const RELEARN: JobKind = JobKind { name: "relearn", lane: Lane::Other, once: false };
pub const VIEWS: JobKind = JobKind { name: "views", lane: Lane::Other, once: true };
pub const IMPORT: JobKind = JobKind { name: "import", lane: Lane::Other, once: false };
pub const TAKE_BACK: JobKind = JobKind { name: "take-back", lane: Lane::Other, once: false };
pub const REMOVE: JobKind = JobKind { name: "remove", lane: Lane::Other, once: true };
pub const SNAPSHOT: JobKind = JobKind { name: "snapshot", lane: Lane::Other, once: false };
pub const MODEL: JobKind = JobKind { name: "model", lane: Lane::Other, once: false };
pub const TRIAL: JobKind = JobKind { name: "trial", lane: Lane::Trials, once: false };
pub const RANDOM_LINE: JobKind = JobKind { name: "random-line", lane: Lane::Charts, once: true };
pub const DRIFT: JobKind = JobKind { name: "drift", lane: Lane::Other, once: true };
pub const MAP: JobKind = JobKind { name: "map", lane: Lane::Charts, once: true };
pub const DIAGNOSIS: JobKind = JobKind { name: "diagnosis", lane: Lane::Replays, once: true };
pub const REPLAY: JobKind = JobKind { name: "replay", lane: Lane::Replays, once: false };
