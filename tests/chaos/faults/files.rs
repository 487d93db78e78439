//! Files of the data folder are damaged or gone, or what reads them is.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::thread::sleep;
use std::time::{Duration, Instant};

use rand::RngExt as _;

use super::{Fault, On, When};
use crate::place::{SLUG, picture};
use crate::scene::{Scene, path};

pub(super) const FAULTS: &[Fault] = &[
    Fault {
        name: "embeddings cut",
        how: "a server is killed, and its embedding file loses its end",
        expected: "people label; `querist encode` computes what is missing",
        on: On::Both,
        when: When::ByHand,
        internal: false,
        inflict: |scene| {
            damage_embeddings(scene, |file, share| {
                let length = file.metadata().unwrap().len();
                file.set_len((length as f64 * share) as u64).unwrap();
            })
        },
    },
    Fault {
        name: "embeddings damaged",
        how: "a server is killed, and a byte of its embedding file is another",
        expected: "people label; `querist encode` computes what is missing",
        on: On::Both,
        when: When::Always(1),
        internal: false,
        inflict: |scene| {
            damage_embeddings(scene, |file, share| {
                use std::os::unix::fs::FileExt as _;
                let at = (file.metadata().unwrap().len() as f64 * share) as u64;
                let mut byte = [0];
                file.read_exact_at(&mut byte, at).unwrap();
                file.write_all_at(&[!byte[0]], at).unwrap();
            })
        },
    },
    Fault {
        name: "picture deleted",
        how: "the file of one picture is deleted",
        expected: "its reply is 404, and names no file; importing it again mends it",
        on: On::Both,
        when: When::Always(1),
        internal: false,
        inflict: delete_picture,
    },
    Fault {
        name: "committee cut",
        how: "every stored committee loses its second half",
        expected: "people label; the next round mends it",
        on: On::Both,
        when: When::Always(1),
        internal: true,
        inflict: cut_committees,
    },
    Fault {
        name: "no ONNX Runtime",
        how: "a server that finds no ONNX Runtime",
        expected: "people label, rounds fail, `/readyz` says so",
        on: On::Both,
        when: When::Always(1),
        internal: false,
        inflict: without_runtime,
    },
    Fault {
        name: "little memory",
        how: "a cgroup with 48 MB more than the server has, and exports of everything: it is killed for memory, if at all",
        expected: "the machine ends it as `kill -9` does, and it is started again",
        on: On::Sqlite,
        when: When::ByHand,
        internal: true,
        inflict: little_memory,
    },
];

/// The files below a folder that end so.
fn files(folder: &Path, end: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            found.extend(files(&path, end));
        } else if path.to_string_lossy().ends_with(end) {
            found.push(path);
        }
    }
    found
}

fn damage_embeddings(scene: &mut Scene, damage: fn(&File, f64)) -> String {
    scene.terms.embeddings_lost = true;
    scene.server.kill();
    let all = files(&scene.place.data().join("embeddings"), ".emb");
    let share = scene.rng.random_range(0.3..0.95);
    for path in &all {
        damage(&File::options().read(true).write(true).open(path).unwrap(), share);
    }
    assert!(!all.is_empty(), "there are no embeddings");
    scene.restart();
    sleep(Duration::from_millis(500));
    scene.server.stop();
    let said = scene.place.run(&["encode", SLUG]);
    scene.restart();
    said
}

fn delete_picture(scene: &mut Scene) -> String {
    // Any sample will do; its number is in its name.
    let listed = scene.lead_gets("samples?limit=1");
    let sample = &listed["samples"][0];
    let (id, name) = (sample["id"].as_i64().unwrap(), sample["name"].as_str().unwrap().to_owned());
    let number: u64 = name.rsplit('/').next().unwrap().trim_end_matches(".png").parse().unwrap();
    let blobs = files(&scene.place.data().join("blobs"), "");
    let blob = blobs.iter().find(|blob| std::fs::read(blob).is_ok_and(|bytes| bytes == picture(number)));
    std::fs::remove_file(blob.unwrap()).unwrap();
    let media = format!("/media/{SLUG}/{id}");
    let gone = scene.lead.get(&media).unwrap();
    let page = String::from_utf8_lossy(&gone.body);
    assert!(gone.status == 404 && page.contains("file is missing") && !page.contains("/blobs/"), "{page}");
    let reply = scene.admin.upload(&path("samples"), &[(format!("{number}.png"), picture(number))]).unwrap();
    let job = reply.json()["job"].as_i64().unwrap();
    assert_eq!(scene.job(job), "done");
    let again = scene.lead.get(&media).unwrap();
    assert_eq!((again.status, again.body), (200, picture(number)), "importing it again mends it");
    format!("{} meanwhile", gone.status)
}

fn cut_committees(scene: &mut Scene) -> String {
    let all = files(&scene.place.data().join("rounds"), ".onnx");
    for path in &all {
        let file = File::options().write(true).open(path);
        // A committee that nobody needs any more may be gone by now.
        if let Ok(file) = file {
            file.set_len(file.metadata().unwrap().len() / 2).unwrap();
        }
    }
    scene.server.kill();
    scene.restart();
    let groups = scene.lead.post(&path("groups"), &serde_json::json!({ "size": 4 })).unwrap().status;
    finish_a_round(scene);
    format!("{} cut; a group meanwhile: {groups}", all.len())
}

/// Ask for a round, and wait until one has finished that was not there before.
fn finish_a_round(scene: &mut Scene) {
    let newest = |scene: &mut Scene| scene.lead_gets("")["round"]["number"].as_i64().unwrap_or_default();
    let before = newest(scene);
    let began = Instant::now();
    scene.ask_round();
    while newest(scene) <= before {
        let late = began.elapsed() > Duration::from_mins(1);
        assert!(!late, "no round finishes: {}", crate::server::log_end(&scene.place));
        sleep(Duration::from_millis(100));
    }
}

fn without_runtime(scene: &mut Scene) -> String {
    scene.server.stop();
    let nowhere = scene.place.file("nowhere");
    scene.start(Some(&nowhere), None);
    let said = scene.lead.get("/readyz").unwrap().json()["onnxruntime"].as_str().unwrap_or_default().to_owned();
    assert!(said.starts_with("missing"), "/readyz says {said}");
    scene.ask_round();
    sleep(Duration::from_secs(2));
    scene.server.stop();
    scene.restart();
    finish_a_round(scene);
    "rounds came again".to_owned()
}

fn little_memory(scene: &mut Scene) -> String {
    let version_one = Path::new("/sys/fs/cgroup/memory");
    let (root, limit) = if version_one.is_dir() {
        (version_one, "memory.limit_in_bytes")
    } else {
        (Path::new("/sys/fs/cgroup"), "memory.max")
    };
    let group = root.join(format!("querist-chaos-{}", scene.server.pid()));
    let now = std::fs::read_to_string(format!("/proc/{}/statm", scene.server.pid())).unwrap();
    let pages: u64 = now.split_whitespace().nth(1).unwrap().parse().unwrap();
    let bytes = pages * 4096 + (48 << 20);
    let made = std::fs::create_dir(&group)
        .and_then(|()| std::fs::write(group.join(limit), bytes.to_string()))
        .and_then(|()| std::fs::write(group.join("cgroup.procs"), scene.server.pid().to_string()));
    if let Err(error) = made {
        let _ = std::fs::remove_dir(&group);
        return format!("not possible here: {error}");
    }
    let mut lead = scene.lead.twin().patient_for(Duration::from_secs(5));
    let began = Instant::now();
    while scene.server.ended().is_none() && began.elapsed() < Duration::from_secs(10) {
        let _ = lead.get(&path("embeddings.npz"));
        let _ = lead.get(&path("predictions"));
    }
    let ended = scene.server.ended().is_some();
    scene.server.kill();
    let _ = std::fs::remove_dir(&group);
    scene.restart();
    if ended { "killed for memory".to_owned() } else { "it was enough".to_owned() }
}
