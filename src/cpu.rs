//! Work that would block the async threads: computation on a bounded pool of its own, and file work beside it.

use std::sync::Arc;

use tokio::sync::oneshot;

/// A rayon pool that async code can hand closures to.
#[derive(Clone)]
pub struct Cpu {
    pool: Arc<rayon::ThreadPool>,
}

/// The closure panicked, or the pool was torn down before it ran.
#[derive(Debug, thiserror::Error)]
#[error("background computation was cut short")]
pub struct CutShort;

impl Cpu {
    /// A pool of `threads` threads; 0 means one per core.
    pub fn new(threads: usize) -> Result<Self, rayon::ThreadPoolBuildError> {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).thread_name(|i| format!("cpu-{i}")).build()?;
        Ok(Self { pool: Arc::new(pool) })
    }

    /// A separate pool with half the threads, for work that takes minutes: work on this pool never waits behind it.
    pub fn beside(&self) -> Result<Self, rayon::ThreadPoolBuildError> {
        Self::new((self.threads() / 2).max(1))
    }

    pub fn threads(&self) -> usize {
        self.pool.current_num_threads()
    }

    /// Run `work` on the pool; rayon's parallel iterators inside it stay on the pool.
    pub async fn run<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Result<T, CutShort> {
        let (send, receive) = oneshot::channel();
        let span = tracing::Span::current();
        self.pool.spawn(move || {
            let _in = span.enter();
            // Skip work whose caller is gone.
            if !send.is_closed() {
                let _ = send.send(work());
            }
        });
        receive.await.map_err(|_| CutShort)
    }

    /// Run `work` on the pool and wait for it here: for code that already runs off the async threads.
    pub fn install<T: Send>(&self, work: impl FnOnce() -> T + Send) -> T {
        self.pool.install(work)
    }

    /// Run file or archive work that waits more than it computes, off the async threads.
    #[expect(clippy::disallowed_methods, reason = "the one place that may, since it carries the span")]
    pub async fn blocking<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Result<T, CutShort> {
        let span = tracing::Span::current();
        tokio::task::spawn_blocking(move || {
            let _in = span.enter();
            work()
        })
        .await
        .map_err(|_| CutShort)
    }
}
