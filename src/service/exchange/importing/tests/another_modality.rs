//! Samples that are not pictures: imported, shown and encoded by use cases that know nothing of their kind.

use super::super::{ImportOptions, LabelsFrom, import};
use crate::blobs::ORIGINAL;
use crate::clock::Clock;
use crate::cpu::Cpu;
use crate::data::DataDir;
use crate::domain::{Modality, Project, Role, SampleId, Task, Timestamp};
use crate::onnx::messages::OperatorSetId;
use crate::onnx::{Graph, Model, build};
use crate::progress::Progress;
use crate::runtime::{LazyRuntime, Settings};
use crate::service::App;
use crate::service::desk::viewing;
use crate::service::encoders::adding::{self as encoders, Origin};
use crate::service::encoders::encoding;
use crate::service::people::accounts::{self, NewAccount};
use crate::service::projects;
use crate::store::Store;
use crate::store::embeddings::EmbeddingFile;

async fn app(folder: &std::path::Path) -> App {
    let data = DataDir::open(folder).unwrap();
    let store = Store::open(&data.database().to_string_lossy()).await.unwrap();
    store.migrate().await.unwrap();
    let settings = Settings { threads: 2, ..Settings::default() };
    App::new(store, data, Cpu::new(2).unwrap(), Clock::fixed(Timestamp(1_000_000)), LazyRuntime::new(settings))
}

async fn texts(app: &App) -> Project {
    let wanted = projects::Wanted {
        slug: "poems".to_owned(),
        name: None,
        classes: vec!["sad".to_owned(), "merry".to_owned()],
        task: Task::Single,
        modality: Modality::Text,
        seed: 1,
        secret: None,
        augmentations: Some(Vec::new()),
    };
    projects::create(app, wanted).await.unwrap()
}

/// Returns its input.
fn identity() -> Model {
    let graph = Graph {
        name: Some("identity".to_owned()),
        node: vec![build::node("Identity", &["counts"], &["embedding"], Vec::new())],
        input: vec![build::batch_of("counts", &[256])],
        output: vec![build::batch_of("embedding", &[256])],
        ..Graph::default()
    };
    Model {
        ir_version: Some(8),
        opset_import: vec![OperatorSetId { domain: Some(String::new()), version: Some(13) }],
        graph: Some(graph),
        ..Model::default()
    }
}

#[tokio::test]
async fn texts_go_the_way_of_pictures_by_one_folder_and_one_line() {
    let folder = tempfile::tempdir().unwrap();
    let app = app(&folder.path().join("data")).await;
    let project = texts(&app).await;
    let account = NewAccount { name: "ana", role: Role::Admin, project: None, password: None };
    let account = accounts::add(&app, account).await.unwrap().id;
    let sources = folder.path().join("poems");
    std::fs::create_dir(&sources).unwrap();
    for (name, bytes) in [("a.poem", &b"aab"[..]), ("b.poem", b"zzz"), ("c.poem", &[0xff, 0xfe])] {
        std::fs::write(sources.join(name), bytes).unwrap();
    }
    let options = ImportOptions::new(LabelsFrom::Nowhere, account);
    let report = import(&app, &project, &sources, options, &Progress::silent()).await.unwrap();
    assert_eq!((report.added, report.refused[0].reason.as_str()), (2, "this is not a text"));

    let files = app.store.sample_files(project.id).await.unwrap();
    let bytes = |id: SampleId| {
        let file = files.iter().find(|file| file.id == id).unwrap();
        app.blobs.get(ORIGINAL, &file.hash).unwrap()
    };
    let shown = viewing::whole(&app, &project, files[0].id, &files[0].hash).await.unwrap();
    assert_eq!((shown.part, shown.media_type), (ORIGINAL, "text/plain; charset=utf-8"));

    if crate::runtime::testing::runtime().is_none() {
        return;
    }
    let encoder = encoders::store(&app, "counts", Origin::File, identity(), "{}".to_owned(), 256).await.unwrap();
    assert!(app.store.save_first_encoder(project.id, encoder).await.unwrap());
    let done = encoding::encode_project(&app, &project, Progress::silent(), Box::new(|_, _, _| ())).await.unwrap();
    assert_eq!((done.encoded, done.failed.len()), (2, 0));
    let all = EmbeddingFile::load(&app.data.embeddings(encoder, "poems")).unwrap().unwrap();
    for (row, id) in all.ids.iter().enumerate() {
        let counts = if bytes(*id) == b"zzz" { [0.0, 0.0, 1.0] } else { [2.0 / 3.0, 1.0 / 3.0, 0.0] };
        for (letter, count) in "abz".bytes().zip(counts) {
            assert!((all.rows.row(row)[usize::from(letter)] - count).abs() < 1e-3);
        }
    }
}
