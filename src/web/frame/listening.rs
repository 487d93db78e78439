//! Connections: accepted, limited in number and time, closed gracefully.
//!
//! A request's head must arrive within [`HEAD`], and so must the next request on a kept connection. The number of
//! connections leaves enough file handles for the database; at the limit, the one idle longest is closed, so that many
//! silent clients cannot lock anybody out.
//!
//! **Invariant:** a connection with a pending request is never closed by us before its response has been sent.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::io;
use std::net::SocketAddr;
use std::pin::{Pin, pin};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{ConnectInfo, Request};
use axum::response::Response;
use hyper::body::{Body as HttpBody, Frame, Incoming, SizeHint};
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tower::ServiceExt as _;

/// How long a request's head may take, and how long a kept connection may be idle.
pub const HEAD: Duration = Duration::from_secs(20);
/// How long to rest when the system has no handle left for another connection.
const REST: Duration = Duration::from_millis(200);

/// Answer requests on `listener` by `router` until `shutdown`, at most `most` connections at a time; then finish the
/// pending ones.
///
/// # Errors
/// Never at present; what fails on one connection ends that one.
pub async fn serve(router: Router, listener: TcpListener, most: usize, shutdown: CancellationToken) -> io::Result<()> {
    let crowd = Arc::new(Crowd::new(most));
    let tasks = TaskTracker::new();
    loop {
        let accepted = tokio::select! {
            () = shutdown.cancelled() => break,
            accepted = listener.accept() => accepted,
        };
        let (stream, peer) = match accepted {
            Ok(accepted) => accepted,
            Err(error) => {
                // A client that hung up before it was accepted is ignored; other errors mean that no handle is left.
                if error.kind() != io::ErrorKind::ConnectionAborted && error.kind() != io::ErrorKind::ConnectionReset {
                    tracing::warn!(error = &error as &dyn std::error::Error, "a connection could not be accepted");
                    tokio::time::sleep(REST).await;
                }
                continue;
            }
        };
        let (permit, visit) = tokio::select! {
            () = shutdown.cancelled() => break,
            entered = crowd.enter() => entered,
        };
        let (router, crowd, shutdown) = (router.clone(), Arc::clone(&crowd), shutdown.clone());
        tasks.spawn(async move {
            attend(router, stream, peer, &visit, shutdown).await;
            crowd.leave(visit.number);
            drop(permit);
        });
    }
    drop(listener);
    tasks.close();
    tasks.wait().await;
    Ok(())
}

/// All open connections.
struct Crowd {
    room: Arc<Semaphore>,
    visits: Mutex<BTreeMap<usize, Arc<Visit>>>,
    counter: AtomicUsize,
}

/// One connection.
struct Visit {
    number: usize,
    /// Pending requests, including responses being sent.
    busy: AtomicUsize,
    /// Asks it to make room.
    go: CancellationToken,
}

impl Crowd {
    fn new(most: usize) -> Self {
        Self { room: Arc::new(Semaphore::new(most)), visits: Mutex::default(), counter: AtomicUsize::new(0) }
    }

    fn visits(&self) -> MutexGuard<'_, BTreeMap<usize, Arc<Visit>>> {
        self.visits.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A slot for a connection; at the limit, made by closing the one that has been idle longest.
    async fn enter(&self) -> (OwnedSemaphorePermit, Arc<Visit>) {
        let permit = loop {
            let next = Arc::clone(&self.room).acquire_owned();
            if self.room.available_permits() == 0 {
                self.make_room();
            }
            // Another connection may have become idle in the meantime, so look again.
            if let Ok(Ok(permit)) = tokio::time::timeout(REST, next).await {
                break permit;
            }
        };
        let number = self.counter.fetch_add(1, Ordering::Relaxed);
        let visit = Arc::new(Visit { number, busy: AtomicUsize::new(0), go: CancellationToken::new() });
        self.visits().insert(number, Arc::clone(&visit));
        (permit, visit)
    }

    fn make_room(&self) {
        let visits = self.visits();
        let idle = visits.values().find(|visit| visit.is_idle() && !visit.go.is_cancelled());
        if let Some(visit) = idle {
            visit.go.cancel();
        }
    }

    fn leave(&self, number: usize) {
        self.visits().remove(&number);
    }
}

impl Visit {
    fn is_idle(&self) -> bool {
        self.busy.load(Ordering::SeqCst) == 0
    }

    /// Busy until the value is dropped.
    fn work(self: &Arc<Self>) -> Work {
        self.busy.fetch_add(1, Ordering::SeqCst);
        Work(Arc::clone(self))
    }
}

struct Work(Arc<Visit>);

impl Drop for Work {
    fn drop(&mut self) {
        self.0.busy.fetch_sub(1, Ordering::SeqCst);
    }
}

/// Serve one connection to its end.
async fn attend(router: Router, stream: TcpStream, peer: SocketAddr, visit: &Arc<Visit>, shutdown: CancellationToken) {
    // Responses are small and latency matters.
    let _ = stream.set_nodelay(true);
    let service = hyper::service::service_fn(|request: hyper::Request<Incoming>| {
        let (router, work) = (router.clone(), visit.work());
        async move {
            let mut request: Request = request.map(Body::new);
            request.extensions_mut().insert(ConnectInfo(peer));
            let response = match router.oneshot(request).await {
                Ok(response) => response,
                Err(never) => match never {},
            };
            Ok::<Response, Infallible>(response.map(|body| Body::new(Held { body, _work: work })))
        }
    });
    let mut builder = http1::Builder::new();
    builder.timer(TokioTimer::new()).header_read_timeout(HEAD);
    let mut connection = pin!(builder.serve_connection(TokioIo::new(stream), service));
    let mut closing = false;
    loop {
        tokio::select! {
            // A client that sends nonsense or hangs up is not our error.
            _ = connection.as_mut() => break,
            () = visit.go.cancelled(), if visit.is_idle() => break,
            () = shutdown.cancelled(), if !closing => {
                if visit.is_idle() {
                    break;
                }
                closing = true;
                connection.as_mut().graceful_shutdown();
            }
        }
    }
}

/// A response's body; the connection is busy until it has been sent.
struct Held {
    body: Body,
    _work: Work,
}

impl HttpBody for Held {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        Pin::new(&mut self.get_mut().body).poll_frame(cx)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
