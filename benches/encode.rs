//! Pictures to embeddings: the whole path beside bare ONNX Runtime on the same threads.
//!
//! `cargo bench --bench encode -- PICTURES ENCODER.onnx` imports PICTURES (a folder or an archive) into a project, then takes
//! turns: the whole path (read, decode, resize, run, append, flush) on some 3,000 of them, and the encoder alone on ready
//! tensors, as often. It prints pictures a second and the ratio. `benches/peers/encode.py` is the same with Pillow and
//! onnxruntime in Python.

#![expect(clippy::print_stdout, reason = "its numbers are its result")]

use std::path::{Path, PathBuf};
use std::time::Instant;

use querist::blobs::ORIGINAL;
use querist::clock::Clock;
use querist::cpu::Cpu;
use querist::data::DataDir;
use querist::domain::{EncoderId, Lots, Project, Role};
use querist::encoders::probe::probe_file;
use querist::encoders::{Encoder as _, LocalEncoder};
use querist::modality::image::picture::{self, Limits};
use querist::modality::image::preprocess;
use querist::progress::Progress;
use querist::runtime::{LazyRuntime, Settings};
use querist::service::App;
use querist::service::encoders::{adding as encoders, encoding};
use querist::service::exchange::importing::{self, ImportOptions, LabelsFrom};
use querist::service::people::accounts::{self, NewAccount};
use querist::service::projects;
use querist::store::Store;
use querist::store::projects::NewProject;
use rayon::prelude::*;

const TURNS: usize = 3;
/// Prepared tensors: enough that none is still in a cache when its turn comes again.
const READY: usize = 64;
const MOST: usize = 3000;

fn main() {
    let given: Vec<PathBuf> =
        std::env::args().skip(1).filter(|arg| !arg.starts_with("--")).map(PathBuf::from).collect();
    let [pictures, encoder] = given.as_slice() else {
        println!("give pictures and an encoder: cargo bench --bench encode -- PICTURES ENCODER.onnx");
        return;
    };
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("a runtime starts");
    runtime.block_on(measure(pictures, encoder));
}

async fn measure(pictures: &Path, model: &Path) {
    let folder = tempfile::tempdir_in(".").expect("the current folder is writable");
    let data = DataDir::open(folder.path()).expect("the data folder is made");
    let store = Store::open(&data.database().to_string_lossy()).await.expect("the database opens");
    store.migrate().await.expect("the tables are made");
    let cpu = Cpu::new(0).expect("threads start");
    let app = App::new(store, data, cpu, Clock::System, LazyRuntime::new(Settings::default()));
    let project = pool(&app, pictures).await;
    let open = app.runtime.get().expect("ONNX Runtime is there");
    let probe = probe_file(&open, model, None, &[]).expect("the encoder runs");
    let spec = probe.spec.pictures().expect("it takes pictures");

    let files = app.store.sample_files(project.id).await.expect("samples are there");
    let ready: Vec<f32> = files
        .iter()
        .take(READY)
        .flat_map(|file| {
            let bytes = app.blobs.get(ORIGINAL, &file.hash).expect("a blob is read");
            let picture = picture::decode(&bytes, &Limits::default()).expect("it is a picture");
            let mut tensor = vec![0.0; spec.tensor_len()];
            preprocess::prepare(&picture, spec, &mut tensor);
            tensor
        })
        .collect();
    let alone = LocalEncoder::open(&open, model, Some(spec)).expect("the encoder opens");
    let (mut whole, mut bare) = (Vec::new(), Vec::new());
    for turn in 0..TURNS {
        let row = encoders::keep(&app, model, &format!("turn-{turn}"), None).await.expect("the encoder is kept");
        whole.push(whole_path(&app, &project, row.id).await);
        bare.push(bare_runtime(&app, &alone, &ready, files.len()));
    }
    let median = |times: &mut Vec<f64>| {
        times.sort_by(f64::total_cmp);
        files.len() as f64 / times[times.len() / 2]
    };
    let (whole, bare) = (median(&mut whole), median(&mut bare));
    println!(
        "{} pictures, {} threads: whole path {whole:.1}/s, ready tensors {bare:.1}/s, ratio {:.3}",
        files.len(),
        app.cpu.threads(),
        whole / bare
    );
    app.store.close().await;
}

/// Seconds for all pictures by an encoder that has seen none.
async fn whole_path(app: &App, project: &Project, encoder: EncoderId) -> f64 {
    app.store.choose_encoder(project.id, encoder).await.expect("the project takes it");
    let project = app.store.project(project.id).await.expect("it is read").expect("it is there");
    let started = Instant::now();
    let report = encoding::encode_project(app, &project, Progress::silent(), Box::new(|_, _, _| ())).await;
    assert!(report.expect("the pool is encoded").failed.is_empty(), "every picture can be read");
    started.elapsed().as_secs_f64()
}

/// Seconds for as many ready tensors.
fn bare_runtime(app: &App, encoder: &LocalEncoder, ready: &[f32], n: usize) -> f64 {
    let len = encoder.signature().numbers();
    let batch = encoder.batch();
    let parts: Vec<&[f32]> = ready.chunks_exact(batch * len).cycle().take(n.div_ceil(batch)).collect();
    let started = Instant::now();
    app.cpu.install(|| {
        parts.par_iter().with_max_len(1).for_each(|part| {
            encoder.encode(part, batch).expect("the encoder runs");
        });
    });
    started.elapsed().as_secs_f64() * n as f64 / (parts.len() * batch) as f64
}

async fn pool(app: &App, pictures: &Path) -> Project {
    let new =
        NewProject { strategy: "random".to_owned(), audit_share: 0.0, ..projects::plain("bench", Lots::new([1; 16])) };
    let id =
        app.store.add_project(&new, app.clock.now()).await.expect("the project is made").expect("its slug is free");
    let admin = NewAccount { name: "admin", role: Role::Admin, project: None, password: None };
    let account = accounts::add(app, admin).await.expect("an admin is made").id;
    let project = app.store.project(id).await.expect("it is read").expect("it is there");
    let options = ImportOptions::new(LabelsFrom::Nowhere, account);
    // Stopping an import keeps what went in: the first so many are enough.
    let progress = Progress::silent();
    let (watched, store) = (progress.clone(), app.store.clone());
    let watcher = tokio::spawn(async move {
        while store.tally(id).await.is_ok_and(|tally| tally.samples < MOST as i64) {
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
        watched.stop();
    });
    importing::import(app, &project, pictures, options, &progress).await.expect("pictures are imported");
    watcher.abort();
    project
}
