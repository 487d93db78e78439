//! `querist predict`: the real program labels files with a model that a project handed out.

#![expect(clippy::unwrap_used, reason = "a helper that fails, fails its test")]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use querist::blobs::ORIGINAL;
use querist::domain::SampleId;
use querist::models::FileForm;
use querist::progress::Progress;
use querist::service::models::deploying::TOLERANCE;
use querist::service::models::model;
use querist::service::rounds::predictions;
use querist::store::listing::SampleFilter;

use crate::support::rounds::{Loop, runtime_is_there};

/// The program without a data folder: none must be made.
fn predict(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_querist"))
        .args(["predict", "--threads", "2", "--data", "/nowhere/querist-data"])
        .args(arguments)
        .output()
        .unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// Every sample of the pool by name.
async fn samples(at: &Loop) -> BTreeMap<String, SampleId> {
    let rows = at.app.store.samples(at.project.id, &SampleFilter::default(), SampleId(0), 1000).await.unwrap();
    rows.into_iter().map(|row| (row.name, row.id)).collect()
}

/// The first `n` pictures of the pool, in folders of their own.
async fn copies(at: &Loop, folder: &Path, n: usize) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for (i, (name, sample)) in samples(at).await.into_iter().take(n).enumerate() {
        let hash = at.app.store.media(at.project.id, sample).await.unwrap().unwrap();
        let path = folder.join(["x", "y/z"][i % 2]).join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::copy(at.app.data.root().join(ORIGINAL.name(&hash)), &path).unwrap();
        files.push(path);
    }
    files.sort();
    files
}

#[tokio::test]
async fn new_files_are_labeled_as_the_committee_would_and_bad_ones_are_told() {
    if !runtime_is_there() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let at = Loop::open(folder.path(), 90).await;
    at.answer_truly(40).await;
    at.round().await;
    let (path, card) = model::make(&at.app, &at.project, None, FileForm::default(), &Progress::silent()).await.unwrap();
    let model = path.to_str().unwrap();
    let out = tempfile::tempdir().unwrap();
    let pictures = out.path().join("pictures");
    let files = copies(&at, &pictures, 12).await;
    let ids = samples(&at).await;
    let known = predictions::in_use(&at.app, &at.project).await.unwrap().unwrap();

    // A folder, as CSV with every class.
    let done = predict(&["--all", model, pictures.to_str().unwrap()]);
    assert!(done.status.success(), "{}", text(&done.stderr));
    assert!(text(&done.stderr).contains("labeling: 12 of 12"), "{}", text(&done.stderr));
    let mut table = csv::Reader::from_reader(done.stdout.as_slice());
    let header: Vec<_> = table.headers().unwrap().iter().map(str::to_owned).collect();
    assert_eq!(header[..3], ["path", "class", "probability"]);
    assert_eq!(header[3..], card.classes.iter().map(|class| format!("p({class})")).collect::<Vec<_>>());
    let rows: Vec<_> = table.records().map(Result::unwrap).collect();
    let mut seen: Vec<_> = rows.iter().map(|row| PathBuf::from(&row[0])).collect();
    seen.sort();
    assert_eq!(seen, files);
    for row in &rows {
        let name = Path::new(&row[0]).file_name().unwrap().to_str().unwrap();
        let said: Vec<f32> = row.iter().skip(3).map(|p| p.parse().unwrap()).collect();
        for (said, meant) in said.iter().zip(&known.of[&ids[name]]) {
            assert!((said - meant).abs() <= TOLERANCE, "{name}: {said} for {meant}");
        }
        let best = said.iter().copied().fold(0.0, f32::max);
        assert_eq!(row[2].parse::<f32>().unwrap(), best);
        assert_eq!(&row[1], card.classes[said.iter().position(|&p| p == best).unwrap()]);
    }

    // Bad files do not keep the others from being labeled, and the exit code shows it.
    let bad = out.path().join("notes, \"final\".txt");
    std::fs::write(&bad, "not a picture").unwrap();
    let gone = out.path().join("gone.png");
    let given: Vec<_> = [&files[0], &bad, &gone, &files[1]].map(|path| path.to_str().unwrap()).to_vec();
    let done = predict(&[&[model], given.as_slice()].concat());
    assert_eq!(done.status.code(), Some(1));
    let told = text(&done.stderr);
    assert!(told.contains("final") && told.contains("this is not a picture"), "{told}");
    assert!(told.contains("gone.png: it could not be read") && told.contains("2 of 4 files"), "{told}");
    let rows: Vec<_> = text(&done.stdout).lines().map(str::to_owned).collect();
    assert_eq!((rows.len(), rows[0].as_str()), (3, "path,class,probability"));
    assert!(rows[1].starts_with(files[0].to_str().unwrap()) && rows[2].starts_with(files[1].to_str().unwrap()));

    // JSON lines into a file, which is complete or absent.
    let to = out.path().join("said.jsonl");
    let done = predict(&["--json", "--all", "--out", to.to_str().unwrap(), model, given[0], given[3]]);
    assert!(done.status.success() && done.stdout.is_empty(), "{}", text(&done.stderr));
    let lines = std::fs::read_to_string(&to).unwrap();
    let lines: Vec<serde_json::Value> = lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!((lines.len(), lines[1]["path"].as_str()), (2, Some(given[3])));
    let sum: f64 = card.classes.iter().map(|class| lines[0]["probabilities"][class].as_f64().unwrap()).sum();
    assert!((sum - 1.0).abs() < 1e-4, "{sum}");
    assert!(!to.with_extension("jsonl.part").exists());
    let encoder = at.app.data.encoder(at.project.encoder_id.unwrap()).join("model.onnx");
    let never = out.path().join("never.csv");
    let done = predict(&["--out", never.to_str().unwrap(), encoder.to_str().unwrap(), given[0]]);
    assert_eq!((done.status.code(), never.exists()), (Some(1), false));
    assert!(text(&done.stderr).contains("not a model made by Querist"), "{}", text(&done.stderr));
    assert!(!Path::new("/nowhere").exists(), "no data folder is needed");
}
