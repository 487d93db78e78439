//! How long one call of a network may take. A model can contain loops that depend on the picture, so one that passed
//! every trial may still never return for another picture.
//!
//! One thread per process watches the calls under way and tells ONNX Runtime to end those that are late; it checks
//! between two nodes of a graph, inside loops too. Stopping the server shortens the time left to all of them.
//!
//! **Invariant:** every call of a network goes through [`within`], so none can hang a job or the server's shutdown.

use std::collections::HashMap;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use ort::session::RunOptions;

use crate::runtime::EncodeError;

/// What a call may take. Generous: an encoder that takes longer for a few pictures would take days for a pool.
pub const CALL: Duration = Duration::from_mins(2);
/// Images that one [`CALL`] is meant for; a larger batch may take as much longer.
const IMAGES: usize = 8;
/// The time left to running calls once the server stops. Rounds and small batches finish within it.
const LAST: Duration = Duration::from_secs(5);

/// What a call of a network on `rows` images or embeddings may take, of which `limit` is meant for a usual batch.
pub(crate) fn of_batch(limit: Duration, rows: usize) -> Duration {
    limit * u32::try_from(rows.div_ceil(IMAGES).clamp(1, 32)).unwrap_or(1)
}

#[derive(Default)]
struct Watch {
    calls: Mutex<Calls>,
    changed: Condvar,
}

#[derive(Default)]
struct Calls {
    next: u64,
    under_way: HashMap<u64, Call>,
    /// When all calls end, whatever their own limit.
    stop: Option<Instant>,
}

struct Call {
    until: Instant,
    options: Arc<RunOptions>,
    late: bool,
}

impl Watch {
    fn lock(&self) -> MutexGuard<'_, Calls> {
        self.calls.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// End late calls, and sleep until the next deadline.
    fn watch(&self) {
        let mut calls = self.lock();
        loop {
            let now = Instant::now();
            let stop = calls.stop;
            let due = |call: &Call| stop.map_or(call.until, |stop| stop.min(call.until));
            for call in calls.under_way.values_mut().filter(|call| !call.late && due(call) <= now) {
                call.late = true;
                if let Err(error) = call.options.terminate() {
                    tracing::error!(
                        error = &error as &dyn std::error::Error,
                        "a network that is late could not be ended"
                    );
                }
            }
            let next = calls.under_way.values().filter(|call| !call.late).map(due).min();
            let wait = next.map_or(Duration::from_hours(1), |next| next.saturating_duration_since(now));
            calls = self.changed.wait_timeout(calls, wait).unwrap_or_else(PoisonError::into_inner).0;
        }
    }
}

fn the_watch() -> &'static Watch {
    static WATCH: OnceLock<Watch> = OnceLock::new();
    static STARTED: std::sync::Once = std::sync::Once::new();
    let watch = WATCH.get_or_init(Watch::default);
    STARTED.call_once(|| {
        let begun = std::thread::Builder::new().name("deadlines".to_owned()).spawn(move || watch.watch());
        if let Err(error) = begun {
            tracing::error!(error = &error as &dyn std::error::Error, "calls of networks have no time limit");
        }
    });
    watch
}

/// Make one call of a network, which gets the options that can end it.
///
/// # Errors
/// [`EncodeError::TooSlow`] when it took longer than `limit`, [`EncodeError::Stopped`] when the server stops; else its own.
pub(crate) fn within<T>(limit: Duration, call: impl FnOnce(&RunOptions) -> ort::Result<T>) -> Result<T, EncodeError> {
    let (watch, options) = (the_watch(), Arc::new(RunOptions::new()?));
    let id = {
        let mut calls = watch.lock();
        let until = Instant::now() + limit;
        calls.next += 1;
        let id = calls.next;
        calls.under_way.insert(id, Call { until, options: options.clone(), late: false });
        id
    };
    watch.changed.notify_one();
    let result = call(&options);
    let (late, stopped) = {
        let mut calls = watch.lock();
        (calls.under_way.remove(&id).is_some_and(|call| call.late), calls.stop.is_some())
    };
    match result {
        Err(_) if late && stopped => Err(EncodeError::Stopped),
        Err(_) if late => Err(EncodeError::TooSlow { seconds: limit.as_secs() }),
        result => Ok(result?),
    }
}

/// Give all running and later calls a few seconds: the program is stopping.
pub fn stop_soon() {
    let watch = the_watch();
    watch.lock().stop.get_or_insert(Instant::now() + LAST);
    watch.changed.notify_one();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn larger_batches_may_take_longer_up_to_a_bound() {
        let second = Duration::from_secs(1);
        assert_eq!([0, 1, 8, 9, 64].map(|n| of_batch(second, n).as_secs()), [1, 1, 1, 2, 8]);
        assert_eq!(of_batch(second, 1 << 20).as_secs(), 32);
    }
}
