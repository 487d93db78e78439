//! The process ends: at once, or on a signal, in the middle of whatever it does.

use std::collections::HashSet;
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread::sleep;
use std::time::Duration;

use rand::RngExt as _;
use serde_json::json;

use super::{Fault, On, When};
use crate::database::Database;
use crate::history::What;
use crate::place::picture;
use crate::scene::{Scene, path};
use crate::signal;
use crate::stored::{Stored, exported};

/// Pictures of one import.
const IMPORTED: u64 = 40;

pub(super) const FAULTS: &[Fault] = &[
    Fault {
        name: "kill",
        how: "`kill -9` at a random moment",
        expected: "answers wait in the outboxes until the server is started again",
        on: On::Both,
        when: When::Always(1),
        internal: false,
        inflict: |scene| {
            pause(scene, 800);
            scene.server.kill();
            scene.restart();
            "killed".to_owned()
        },
    },
    Fault {
        name: "kill in a round",
        how: "the button for a round, then `kill -9`",
        expected: "the round is marked interrupted and comes again",
        on: On::Both,
        when: When::Always(1),
        internal: false,
        inflict: |scene| {
            scene.ask_round();
            pause(scene, 200);
            scene.server.kill();
            scene.restart();
            "killed".to_owned()
        },
    },
    Fault {
        name: "stop in a round",
        how: "the button for a round, then SIGTERM",
        expected: "ends within 30 seconds; requests under way get their reply",
        on: On::Both,
        when: When::Always(1),
        internal: false,
        inflict: |scene| {
            scene.ask_round();
            pause(scene, 200);
            let took = scene.server.stop();
            assert!(took < Duration::from_secs(32), "SIGTERM took {took:?}");
            scene.restart();
            format!("ended after {:.1} s", took.as_secs_f64())
        },
    },
    Fault {
        name: "kill in an import",
        how: "an upload of pictures, then `kill -9`",
        expected: "the import's job runs again, and every picture is there once",
        on: On::Both,
        when: When::Always(1),
        internal: false,
        inflict: |scene| import_and(scene, |scene| scene.server.kill()),
    },
    Fault {
        name: "stop in an import",
        how: "an upload of pictures, then SIGTERM",
        expected: "the import's job goes on after the start, and every picture is there once",
        on: On::Both,
        when: When::ByHand,
        internal: false,
        inflict: |scene| import_and(scene, |scene| _ = scene.server.stop()),
    },
    Fault {
        name: "kill in an export",
        how: "a snapshot is asked for, then `kill -9`",
        expected: "its job runs again, and the file is whole",
        on: On::Both,
        when: When::Always(1),
        internal: false,
        inflict: |scene| export_and(scene, |scene| scene.server.kill()),
    },
    Fault {
        name: "stop in an export",
        how: "a snapshot is asked for, then SIGTERM",
        expected: "the file is whole",
        on: On::Both,
        when: When::ByHand,
        internal: false,
        inflict: |scene| export_and(scene, |scene| _ = scene.server.stop()),
    },
    Fault {
        name: "backups ended",
        how: "`querist backup` beside the server, ended by SIGTERM, by `kill -9`, and not at all",
        expected: "nothing under the final name but the whole one, which restores with every answer from before it",
        on: On::Sqlite,
        when: When::Always(1),
        internal: false,
        inflict: backups,
    },
];

/// Wait for a random time.
fn pause(scene: &mut Scene, most_ms: u64) {
    sleep(Duration::from_millis(scene.rng.random_range(0..most_ms)));
}

fn import_and(scene: &mut Scene, end: fn(&mut Scene)) -> String {
    let before = scene.lead_gets("")["counts"]["samples"].as_u64().unwrap();
    let numbers = scene.drawn..scene.drawn + IMPORTED;
    scene.drawn += IMPORTED;
    let files: Vec<_> = numbers.map(|n| (format!("{n}.png"), picture(n))).collect();
    let reply = scene.admin.upload(&path("samples"), &files).unwrap();
    assert!(reply.status < 300, "{} {}", reply.status, String::from_utf8_lossy(&reply.body));
    let reply = reply.json();
    let job = reply["job"].as_i64().unwrap_or_else(|| panic!("no job in {reply}"));
    pause(scene, 150);
    end(scene);
    scene.restart();
    let state = scene.job(job);
    let after = scene.lead_gets("")["counts"]["samples"].as_u64().unwrap();
    assert_eq!((state.as_str(), after - before), ("done", IMPORTED), "the import that was interrupted");
    format!("{IMPORTED} pictures imported")
}

fn export_and(scene: &mut Scene, end: fn(&mut Scene)) -> String {
    let reply = scene.lead.post(&path("snapshots"), &json!({ "format": "csv" })).unwrap();
    let made = reply.json();
    let ids = (made["snapshot"].as_i64(), made["job"].as_i64());
    let (Some(snapshot), Some(job)) = ids else { panic!("no snapshot in {} {made}", reply.status) };
    pause(scene, 60);
    end(scene);
    scene.restart();
    assert_eq!(scene.job(job), "done", "the export that was interrupted");
    let file = scene.lead.get(&path(&format!("snapshots/{snapshot}/download"))).unwrap();
    assert_eq!(file.status, 200);
    format!("{} rows exported", exported("csv", &String::from_utf8(file.body).unwrap()).len())
}

fn backups(scene: &mut Scene) -> String {
    let file = scene.place.file("backup.tar");
    let arguments = ["backup", &file.to_string_lossy()];
    let start = |scene: &Scene| -> Command {
        let mut command = scene.place.command(&arguments);
        command.stdout(Stdio::null()).stderr(Stdio::null());
        command
    };
    for name in ["-TERM", "-KILL"] {
        let mut child = start(scene).spawn().unwrap();
        pause(scene, 40);
        if child.try_wait().unwrap().is_none() {
            signal::send(name, child.id());
        }
        let whole = child.wait().unwrap().success();
        assert_eq!(file.exists(), whole, "a backup that was ended by {name} left a file");
        let _ = std::fs::remove_file(&file);
    }
    let acknowledged: HashSet<String> = acknowledged(scene).collect();
    let done = start(scene).status().unwrap();
    assert!(done.success(), "the backup ends with {done}");
    let restored = scene.place.file("restored");
    restore(scene, &file, &restored);
    let stored = Stored::rows(&mut Database::Sqlite.connect(&restored));
    let there: HashSet<&str> = stored.annotations.iter().map(|row| row.id.as_str()).collect();
    let lost: Vec<_> = acknowledged.iter().filter(|id| !there.contains(id.as_str())).collect();
    assert!(lost.is_empty() && stored.damage.is_empty(), "not in the backup: {lost:?}; {:?}", stored.damage);
    std::fs::remove_dir_all(&restored).unwrap();
    std::fs::remove_file(&file).unwrap();
    format!("{} answers in the backup", acknowledged.len())
}

fn acknowledged(scene: &Scene) -> impl Iterator<Item = String> {
    scene.history.events().into_iter().filter_map(|event| match event.what {
        What::Acknowledged { id, .. } => Some(id),
        _ => None,
    })
}

fn restore(scene: &Scene, file: &Path, folder: &Path) {
    let mut command = Command::new(crate::place::program());
    command.arg("restore").arg(file).arg("--data").arg(folder);
    let done = command.output().unwrap();
    assert!(
        done.status.success(),
        "restore: {} {}",
        String::from_utf8_lossy(&done.stderr),
        scene.place.data().display()
    );
}
