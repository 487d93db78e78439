//! Exports of many labels: how long each format of one file takes, and how much memory.
//!
//! `cargo bench --bench export` labels 10,000 samples and 100,000, writes them in each tabular format three times, and prints the
//! best time, the size, and how far the process's peak of memory rose. With `-- --everything` votes, flags, metadata and a split
//! are asked for too.

#![expect(clippy::print_stdout, reason = "its numbers are its result")]

use std::path::Path;
use std::time::Instant;

use querist::clock::Clock;
use querist::cpu::Cpu;
use querist::data::DataDir;
use querist::dataset::export::{Extra, FORMATS};
use querist::domain::{ClassSet, Facts, Lots, Project, Role};
use querist::math::random;
use querist::progress::Progress;
use querist::runtime::{LazyRuntime, Settings};
use querist::service::App;
use querist::service::exchange::exporting::{self, ExportOptions};
use querist::service::people::accounts::{self, NewAccount};
use querist::service::projects;
use querist::store::Store;
use querist::store::projects::NewProject;
use querist::store::samples::NewSample;

const SLUG: &str = "load";
const CLASSES: i64 = 10;
const TIMES: usize = 3;

fn main() {
    let everything = std::env::args().any(|arg| arg == "--everything");
    let options = ExportOptions {
        votes: everything,
        skipped: everything,
        flags: everything,
        metadata: everything,
        split: everything.then(|| "0.8,0.1,0.1".parse().expect("shares")),
        ..ExportOptions::default()
    };
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("a runtime starts");
    runtime.block_on(async {
        for labels in [10_000, 100_000] {
            let folder = tempfile::tempdir().expect("a folder is made");
            run(folder.path(), labels, &options).await;
        }
    });
}

async fn run(folder: &Path, labels: i64, options: &ExportOptions) {
    let data = DataDir::open(folder).expect("the data folder is made");
    let store = Store::open(&data.database().to_string_lossy()).await.expect("the database opens");
    store.migrate().await.expect("the tables are made");
    let cpu = Cpu::new(0).expect("threads start");
    let app = App::new(store, data, cpu, Clock::System, LazyRuntime::new(Settings::default()));
    let project = pool(&app, labels).await;
    println!("{labels} labels, peak of memory before: {} MB", peak());
    // Archives hold pictures as well, which these samples have not.
    for format in FORMATS.iter().filter(|format| format.ending != "zip" && !format.lacks.contains(&Extra::Votes)) {
        let out = folder.join(format!("out.{}", format.ending));
        let mut best = f64::INFINITY;
        for _ in 0..TIMES {
            let (started, silent) = (Instant::now(), Progress::silent());
            let done = exporting::export_to(&app, &project, format, options, None, &out, &silent).await;
            assert_eq!(done.expect("it is written").manifest.written as i64, labels);
            best = best.min(started.elapsed().as_secs_f64());
        }
        let size = std::fs::metadata(&out).expect("it is there").len() as f64 / 1e6;
        println!("  {:12} {best:.3} s, {size:.1} MB, peak of memory {} MB", format.name, peak());
    }
    app.store.close().await;
}

/// The process's peak of memory in MB, where the system tells it.
fn peak() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap_or_default();
    line.trim().trim_end_matches(" kB").parse::<u64>().unwrap_or_default() / 1024
}

async fn pool(app: &App, labels: i64) -> Project {
    let now = app.clock.now();
    let classes = (0..CLASSES).map(|i| format!("class {i}")).collect();
    let new = NewProject { classes, ..projects::plain(SLUG, Lots::new([1; 16])) };
    let id = app.store.add_project(&new, now).await.expect("the project is made").expect("its slug is free");
    let admin = NewAccount { name: "admin", role: Role::Admin, project: None, password: None };
    let admin = accounts::add(app, admin).await.expect("an admin is made").id;
    let classes: Vec<_> =
        app.store.classes(id).await.expect("classes are there").iter().map(|class| class.id).collect();
    let sample = |i: i64| {
        let draw = random::hash(1, i as u64);
        NewSample {
            hash: format!("{i:064x}"),
            name: format!("folder/{i}.jpg"),
            facts: Facts::image("jpeg", 640, 480),
            size_bytes: 1,
            audit: random::unit(draw) < 0.1,
            draw: (draw >> 1) as i64,
            metadata: Some(format!(r#"{{"site":"{}"}}"#, i % 7)),
            label: Some(ClassSet::from(classes[(draw % CLASSES as u64) as usize])),
            ..NewSample::default()
        }
    };
    let samples: Vec<NewSample> = (0..labels).map(sample).collect();
    for part in samples.chunks(1000) {
        app.store.insert_samples(id, part, &[], admin, now).await.expect("samples go in");
    }
    app.store.project_by_slug(SLUG).await.expect("it is read").expect("it is there")
}
