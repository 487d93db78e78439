//! Connections that are slow, silent or many, and the people beside them.

use std::time::{Duration, Instant};

use querist::web::frame::listening::{self, HEAD};
use querist::web::frame::origin::Doors;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::CancellationToken;

use crate::support::app::TestApp;

struct Served {
    test: TestApp,
    address: std::net::SocketAddr,
    stop: CancellationToken,
    serving: tokio::task::JoinHandle<std::io::Result<()>>,
}

impl Served {
    async fn new(most: usize) -> Self {
        let test = TestApp::new().await;
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let (address, stop) = (listener.local_addr().unwrap(), CancellationToken::new());
        let router = querist::web::router_behind(test.app.clone(), Doors::default());
        let serving = tokio::spawn(listening::serve(router, listener, most, stop.clone()));
        Self { test, address, stop, serving }
    }

    async fn connect(&self) -> TcpStream {
        TcpStream::connect(self.address).await.unwrap()
    }

    /// The first line of the answer to a whole request on a connection of its own.
    async fn ask(&self) -> String {
        let mut line = self.connect().await;
        line.write_all(b"GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").await.unwrap();
        let mut answer = String::new();
        line.read_to_string(&mut answer).await.unwrap();
        answer.lines().next().unwrap_or_default().to_owned()
    }

    async fn end(self) -> Duration {
        let began = Instant::now();
        self.stop.cancel();
        self.serving.await.unwrap().unwrap();
        self.test.finish().await;
        began.elapsed()
    }
}

/// Whether the other end has closed, within `patience`.
async fn is_closed(line: &mut TcpStream, patience: Duration) -> bool {
    let mut some = [0; 64];
    let read = async { while line.read(&mut some).await.is_ok_and(|n| n > 0) {} };
    tokio::time::timeout(patience, read).await.is_ok()
}

#[tokio::test]
async fn a_head_that_drips_and_a_client_that_says_nothing_are_sent_away() {
    let served = Served::new(100).await;
    let (mut dripping, mut silent, mut kept) = (served.connect().await, served.connect().await, served.connect().await);
    dripping.write_all(b"GET /healthz HTTP/1.1\r\nHost: x\r\nX-A: ").await.unwrap();
    kept.write_all(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n").await.unwrap();
    let began = Instant::now();
    let drip = async {
        while dripping.write_all(b"a").await.is_ok() && began.elapsed() < HEAD * 2 {
            tokio::time::sleep(Duration::from_secs(1)).await;
        }
        began.elapsed()
    };
    let patience = HEAD + Duration::from_secs(8);
    let (dripped, silent, kept) = tokio::join!(drip, is_closed(&mut silent, patience), is_closed(&mut kept, patience));
    assert!(dripped < HEAD + Duration::from_secs(8), "a slow head was endured for {dripped:?}");
    assert!(silent && kept, "silent: {silent}, kept: {kept}");
    assert!(served.ask().await.contains("200"));
    served.end().await;
}

#[tokio::test]
async fn a_crowd_of_idle_clients_makes_room_and_those_at_work_stay() {
    let served = Served::new(8).await;
    // One that is in the middle of its request.
    let mut busy = served.connect().await;
    let head = b"POST /sign-in HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 20\r\n\r\n";
    busy.write_all(head).await.unwrap();
    busy.write_all(b"name=ana").await.unwrap();
    tokio::time::sleep(Duration::from_millis(300)).await;
    let mut crowd = Vec::new();
    for _ in 0..60 {
        crowd.push(served.connect().await);
    }
    let began = Instant::now();
    assert!(served.ask().await.contains("200"));
    // Each of sixty newcomers displaces an idle client; nobody waits for a head that never comes.
    assert!(began.elapsed() < Duration::from_secs(10), "{:?}", began.elapsed());
    busy.write_all(b"&password=xy").await.unwrap();
    let mut answer = String::new();
    busy.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 422"), "{answer}");
    drop(crowd);
    served.end().await;
}

#[tokio::test]
async fn a_stop_does_not_wait_for_idle_and_half_begun_connections() {
    let served = Served::new(100).await;
    let _silent = served.connect().await;
    let mut half = served.connect().await;
    half.write_all(b"GET /healthz HTT").await.unwrap();
    let mut kept = served.connect().await;
    kept.write_all(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n").await.unwrap();
    tokio::time::sleep(Duration::from_millis(300)).await;
    let took = served.end().await;
    assert!(took < Duration::from_secs(3), "{took:?}");
}
