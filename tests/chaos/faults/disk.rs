//! The disk refuses, lies or takes its time, and the clock jumps: by the shim, so that no rights are needed.

use std::thread::sleep;
use std::time::{Duration, Instant};

use rand::RngExt as _;

use super::{Fault, On, When};
use crate::history::What;
use crate::scene::Scene;
use crate::shim::Disk;

pub(super) const FAULTS: &[Fault] = &[
    Fault {
        name: "disk full",
        how: "every write below the data folder fails with ENOSPC for two seconds",
        expected: "507; answers are stored again as soon as there is room",
        on: On::Both,
        when: When::Always(1),
        internal: false,
        inflict: |scene| hold(scene, Disk::Full, 2000),
    },
    Fault {
        name: "disk read-only",
        how: "every write below the data folder fails with EROFS for two seconds",
        expected: "503, at first 500, since SQLite calls it an error of the disk; answers are stored again as soon as it is writable",
        on: On::Both,
        when: When::Always(1),
        internal: true,
        inflict: |scene| hold(scene, Disk::ReadOnly, 2000),
    },
    Fault {
        name: "flush fails",
        how: "fsync and fdatasync below the data folder fail with EIO for a second",
        expected: "no receipt for what may not be durable",
        on: On::Both,
        when: When::Always(1),
        internal: true,
        inflict: |scene| hold(scene, Disk::FlushFails, 1000),
    },
    Fault {
        name: "slow disk",
        how: "every flush takes 80 ms for two seconds",
        expected: "receipts come late",
        on: On::Sqlite,
        when: When::ByHand,
        internal: false,
        inflict: |scene| hold(scene, Disk::Slow(80), 2000),
    },
    Fault {
        name: "death in a write",
        how: "the program dies in the middle of a write below the data folder, half of which is done",
        expected: "the database and the embeddings are whole after the start",
        on: On::Both,
        when: When::Always(2),
        internal: false,
        inflict: die,
    },
    Fault {
        name: "clock jumps",
        how: "the clock jumps two hours ahead, three back, and home",
        expected: "answers are stored; leases may end",
        on: On::Both,
        when: When::Always(1),
        internal: false,
        inflict: |scene| {
            for seconds in [7200, -3600, 0] {
                scene.history.note("", What::LeasesMayEnd);
                scene.shim.clock(seconds);
                // What is asked from here on goes by the new clock alone.
                scene.history.note("", What::LeasesMayEnd);
                sleep(Duration::from_secs(1));
            }
            "jumped".to_owned()
        },
    },
];

fn hold(scene: &mut Scene, disk: Disk, milliseconds: u64) -> String {
    scene.shim.disk(disk);
    // Rounds and their files meet it too.
    scene.ask_round();
    sleep(Duration::from_millis(milliseconds));
    let followed = scene.shim.followed();
    scene.shim.disk(Disk::Well);
    assert!(scene.server.ended().is_none(), "the server ended: {}", crate::server::log_end(&scene.place));
    // On PostgreSQL only rounds write into the folder.
    let met = matches!(scene.place.database, crate::database::Database::Postgres { .. }) || followed > 0;
    assert!(met, "nothing was written meanwhile");
    format!("{followed} calls met it")
}

fn die(scene: &mut Scene) -> String {
    let writes = scene.rng.random_range(0..120);
    scene.shim.disk(Disk::Die(writes));
    scene.ask_round();
    let began = Instant::now();
    while scene.server.ended().is_none() && began.elapsed() < Duration::from_secs(5) {
        sleep(Duration::from_millis(5));
    }
    let by_itself = scene.server.ended().is_some();
    scene.shim.disk(Disk::Well);
    scene.server.kill();
    scene.restart();
    if by_itself { format!("died after {writes} writes") } else { "killed, too little was written".to_owned() }
}
