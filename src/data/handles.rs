//! How many files and connections the system lets this process hold open.

/// What the database, the embeddings and the log need for themselves, generously.
const OWN: u64 = 64;
/// More than this many connections, and memory is the limit, not handles.
const MOST: u64 = 10_000;
/// With fewer, a single browser would not fit.
const LEAST: u64 = 8;

/// The most connections open at once, so that each may also open a file and the database never runs out of handles.
pub fn connections() -> usize {
    let half = open_at_once().map_or(MOST, |handles| handles.saturating_sub(OWN) / 2);
    half.clamp(LEAST, MOST) as usize
}

/// The limit on open files; `None` where there is no effective limit.
#[cfg(unix)]
fn open_at_once() -> Option<u64> {
    rustix::process::getrlimit(rustix::process::Resource::Nofile).current
}

#[cfg(not(unix))]
fn open_at_once() -> Option<u64> {
    None
}
