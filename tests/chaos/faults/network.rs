//! Lines that break, crawl or say nothing.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::thread::sleep;
use std::time::{Duration, Instant};

use super::{Fault, On, When};
use crate::place::picture;
use crate::scene::{Scene, path};

pub(super) const FAULTS: &[Fault] = &[
    Fault {
        name: "lines cut",
        how: "of a hundred pieces of requests and of replies eight are cut off in the middle, for two seconds",
        expected: "answers are sent again with the same id and are stored once",
        on: On::Both,
        when: When::Always(1),
        internal: false,
        inflict: |scene| {
            scene.proxy.cut(80, 80);
            sleep(Duration::from_secs(2));
            scene.proxy.cut(0, 0);
            "cut".to_owned()
        },
    },
    Fault {
        name: "lines late",
        how: "every piece comes 300 ms late, for three seconds",
        expected: "receipts come late",
        on: On::Both,
        when: When::ByHand,
        internal: false,
        inflict: |scene| {
            scene.proxy.delay(300);
            sleep(Duration::from_secs(3));
            scene.proxy.delay(0);
            "late".to_owned()
        },
    },
    Fault {
        name: "slow and idle clients",
        how: "400 connections that say nothing and 60 that send a request's head byte by byte",
        expected: "others are answered as before; slow heads are closed after 20 seconds",
        on: On::Both,
        when: When::Always(1),
        internal: false,
        inflict: |scene| crawl(scene, Duration::from_secs(3)),
    },
    Fault {
        name: "slow clients for long",
        how: "the same for half a minute",
        expected: "others are answered as before; slow heads are closed after 20 seconds",
        on: On::Both,
        when: When::ByHand,
        internal: false,
        inflict: |scene| crawl(scene, Duration::from_secs(30)),
    },
    Fault {
        name: "uploads that stop",
        how: "uploads of pictures that end somewhere",
        expected: "nothing is imported and nothing left in `uploads/`",
        on: On::Both,
        when: When::Always(1),
        internal: false,
        inflict: uploads,
    },
    Fault {
        name: "few files",
        how: "a server that may open 64 files, and 120 idle connections",
        expected: "connections that are idle longest are closed; answers are stored",
        on: On::Sqlite,
        when: When::Always(1),
        internal: false,
        inflict: few_files,
    },
];

/// Connections that say nothing.
fn idle(scene: &Scene, n: usize) -> Vec<TcpStream> {
    let open = |_| TcpStream::connect_timeout(&scene.server.address, Duration::from_secs(5)).ok();
    (0..n).filter_map(open).collect()
}

fn crawl(scene: &mut Scene, long: Duration) -> String {
    let idle_ones = idle(scene, 400);
    let mut slow = idle(scene, 60);
    for line in &mut slow {
        let _ = line.write_all(b"GET /healthz HTTP/1.1\r\nHost: x\r\nX-A: ");
    }
    let (began, mut worst) = (Instant::now(), Duration::ZERO);
    while began.elapsed() < long {
        for line in &mut slow {
            let _ = line.write_all(b"a");
        }
        let asked = Instant::now();
        let reply = scene.lead.get(&path("")).map(|reply| reply.status);
        assert!(matches!(reply, Ok(200)), "an ordinary request beside them: {reply:?}");
        worst = worst.max(asked.elapsed());
        sleep(Duration::from_millis(200));
    }
    let closed = slow.iter_mut().map(is_closed).filter(|closed| *closed).count();
    if long > Duration::from_secs(25) {
        assert_eq!(closed, slow.len(), "slow heads stay open");
    }
    format!(
        "{} idle and {} slow, {closed} closed, worst reply {:.0} ms",
        idle_ones.len(),
        slow.len(),
        worst.as_secs_f64() * 1e3
    )
}

/// Whether the other end has closed or reset it.
fn is_closed(line: &mut TcpStream) -> bool {
    line.set_nonblocking(true).unwrap();
    let mut bytes = [0; 256];
    loop {
        match line.read(&mut bytes) {
            Ok(1..) => {}
            Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => return false,
            _ => return true,
        }
    }
}

fn uploads(scene: &mut Scene) -> String {
    let before = scene.lead_gets("")["counts"]["samples"].clone();
    let files: Vec<_> = (0..30).map(|n| (format!("half-{n}.png"), picture(1_000_000 + n))).collect();
    let request = scene.admin.upload_request(&path("samples"), &files);
    let shares = [0.1, 0.5, 0.95];
    for share in shares {
        scene.admin.cut_bytes(&request, share).unwrap();
    }
    let folder = scene.place.data().join("uploads");
    let left = || std::fs::read_dir(&folder).map_or(0, Iterator::count);
    let began = Instant::now();
    while left() > 0 {
        assert!(began.elapsed() < Duration::from_secs(10), "{} uploads are left", left());
        sleep(Duration::from_millis(50));
    }
    assert_eq!(scene.lead_gets("")["counts"]["samples"], before, "pictures of a broken upload were imported");
    format!("{} stopped", shares.len())
}

fn few_files(scene: &mut Scene) -> String {
    scene.server.stop();
    scene.start(None, Some(64));
    let lines = idle(scene, 120);
    sleep(Duration::from_secs(2));
    let before = scene.history.count(|what| matches!(what, crate::history::What::Acknowledged { .. }));
    sleep(Duration::from_secs(1));
    let meanwhile = scene.history.count(|what| matches!(what, crate::history::What::Acknowledged { .. })) - before;
    let n = lines.len();
    drop(lines);
    scene.server.stop();
    scene.restart();
    assert!(meanwhile > 0, "nobody got a receipt beside {n} idle connections");
    format!("{n} idle, {meanwhile} receipts beside them in a second")
}
