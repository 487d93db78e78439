//! A line of bytes between people and the server, which the test can cut in the middle of a request or a reply.

use std::io::{Read as _, Write as _};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::thread;

/// What happens to a connection.
#[derive(Default)]
struct Weather {
    /// Of a thousand pieces of a request, how many are cut.
    cut_requests: AtomicU32,
    /// Of a thousand pieces of a reply, how many are cut.
    cut_replies: AtomicU32,
    /// Milliseconds by which each piece comes late.
    late_ms: AtomicU32,
    drawn: AtomicU64,
}

/// Listens as long as the test runs.
pub struct Proxy {
    pub address: SocketAddr,
    weather: Arc<Weather>,
}

impl Proxy {
    /// Lead every connection to the server at `target`.
    pub fn before(target: SocketAddr) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let weather = Arc::new(Weather::default());
        let shared = weather.clone();
        thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let shared = shared.clone();
                thread::spawn(move || lead(&client, target, &shared));
            }
        });
        Self { address, weather }
    }

    /// Cut so many of a thousand pieces of requests and of replies.
    pub fn cut(&self, requests: u32, replies: u32) {
        self.weather.cut_requests.store(requests, Ordering::Relaxed);
        self.weather.cut_replies.store(replies, Ordering::Relaxed);
    }

    /// Let every piece come late.
    pub fn delay(&self, milliseconds: u32) {
        self.weather.late_ms.store(milliseconds, Ordering::Relaxed);
    }
}

fn lead(client: &TcpStream, target: SocketAddr, weather: &Arc<Weather>) {
    let Ok(server) = TcpStream::connect(target) else {
        let _ = client.shutdown(Shutdown::Both);
        return;
    };
    let _ = (client.set_nodelay(true), server.set_nodelay(true));
    let (Ok(from_client), Ok(to_client)) = (client.try_clone(), client.try_clone()) else { return };
    let Ok(from_server) = server.try_clone() else { return };
    let shared = weather.clone();
    let back = thread::spawn(move || pass(from_server, to_client, &shared, |weather| &weather.cut_replies));
    pass(from_client, server, weather, |weather| &weather.cut_requests);
    let _ = back.join();
}

/// Hand bytes on until one side ends or the line is cut; then both ends know.
fn pass(mut from: TcpStream, mut to: TcpStream, weather: &Weather, cuts: fn(&Weather) -> &AtomicU32) {
    let mut piece = [0; 4096];
    while let Ok(n) = from.read(&mut piece) {
        if n == 0 {
            break;
        }
        let late = weather.late_ms.load(Ordering::Relaxed);
        if late > 0 {
            thread::sleep(std::time::Duration::from_millis(u64::from(late)));
        }
        let draw = drawn(weather);
        if draw % 1000 < u64::from(cuts(weather).load(Ordering::Relaxed)) {
            // The first part still arrives, which is the worse case.
            let _ = to.write_all(&piece[..(draw / 1000) as usize % n]);
            break;
        }
        if to.write_all(&piece[..n]).is_err() {
            break;
        }
    }
    let _ = (from.shutdown(Shutdown::Both), to.shutdown(Shutdown::Both));
}

/// Well-mixed numbers (the finaliser of splitmix64): a cut must not depend on the order of threads alone.
fn drawn(weather: &Weather) -> u64 {
    let mut x = weather.drawn.fetch_add(0x9E37_79B9_7F4A_7C15, Ordering::Relaxed);
    x = (x ^ (x >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    x = (x ^ (x >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    (x ^ (x >> 31)) >> 1
}
