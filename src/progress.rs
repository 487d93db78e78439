//! Progress of long work, reported to a terminal's bar, a job's row, or nobody.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::domain::Stage;

type Tell = dyn Fn(u64, u64, &Stage) + Send + Sync;

/// Where long work reports to, and how it learns that it should stop early.
#[derive(Clone)]
pub struct Progress {
    tell: Arc<Tell>,
    stop: Arc<AtomicBool>,
}

impl Progress {
    /// `tell(done, total, stage)` is called from any thread, as often as the work likes; it must be quick.
    pub fn new(tell: impl Fn(u64, u64, &Stage) + Send + Sync + 'static) -> Self {
        Self { tell: Arc::new(tell), stop: Arc::default() }
    }

    /// Nobody watches.
    pub fn silent() -> Self {
        Self::new(|_, _, _| {})
    }

    /// `done` of `total` steps of `stage` (0 of 0 while the total is not known).
    pub fn report(&self, done: u64, total: u64, stage: &Stage) {
        (self.tell)(done, total, stage);
    }

    /// Ask the work to stop at the next point where it can be resumed.
    pub fn stop(&self) {
        self.stop.store(true, Ordering::SeqCst);
    }

    pub fn stopped(&self) -> bool {
        self.stop.load(Ordering::SeqCst)
    }
}
