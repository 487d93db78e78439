//! Every format is read back by its ecosystem's own reader, and compared with the manifest count for count.
//!
//! Where a reader is too heavy, a lighter one that does the same stands in: torchvision's rule for folders, a stub of `torch` under
//! the loader of `docs/export.md`, and pandas for fastai's table. Polars reads the Parquet file as pyarrow does.

#![expect(clippy::unwrap_used, reason = "a helper that fails, fails its test")]

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::PathBuf;
use std::process::Command;

use querist::dataset::export::{Extra, FORMATS, Format};
use querist::domain::{Modality, Task};
use querist::progress::Progress;
use querist::service::exchange::exporting::{self, ExportOptions, Manifest};
use querist::service::exchange::importing::LabelsFrom;
use querist::service::projects::{self, Wanted};
use serde_json::Value;

use crate::support::bench::{Bench, png};
use crate::support::{root, skip};

/// Python with the readers, where there is one.
fn python() -> Option<Command> {
    let mut command = Command::new("python3");
    let folders = ["readers", "python"].map(|name| root().join(".setup").join(name));
    command.env("PYTHONPATH", std::env::join_paths(folders).unwrap()).env("HF_HUB_OFFLINE", "1");
    let mut check = Command::new("python3");
    check.envs(command.get_envs().filter_map(|(name, value)| Some((name, value?))));
    let there =
        check.args(["-c", "import pandas, pyarrow, PIL, importlib.metadata as m; m.version('datasets')"]).output();
    if there.is_ok_and(|output| output.status.success()) {
        return Some(command);
    }
    skip("python3 with the readers of exports: run `make setup`");
    None
}

/// The loader in the manual.
fn loader(bench: &Bench) -> PathBuf {
    let page = std::fs::read_to_string(root().join("docs/export.md")).unwrap();
    let program = page.split("```python\n").nth(1).unwrap().split("```").next().unwrap();
    let path = bench.dir.path().join("loader.py");
    std::fs::write(&path, program).unwrap();
    path
}

/// Export in `format`, and what its reader finds.
async fn read_back(bench: &Bench, format: &'static Format, options: &ExportOptions) -> (Manifest, Value) {
    let folder = bench.dir.path().join(format!("{}-{}", format.name, options.split.is_some()));
    std::fs::create_dir_all(&folder).unwrap();
    let out = bench.dir.path().join(format!("{}-{}.{}", format.name, options.split.is_some(), format.ending));
    let progress = Progress::silent();
    let done = exporting::export_to(&bench.app, &bench.project, format, options, None, &out, &progress).await.unwrap();
    let mut command = python().unwrap();
    command.arg(root().join("tests/it/readers/read_back.py")).arg(format.name).args([&out, &folder]).arg(loader(bench));
    let said = command.output().unwrap();
    assert!(said.status.success(), "{format:?}: {}", String::from_utf8_lossy(&said.stderr));
    let text = String::from_utf8(said.stdout).unwrap();
    (done.manifest, serde_json::from_str(text.lines().last().unwrap()).unwrap())
}

fn counts(value: &Value) -> BTreeMap<String, u64> {
    serde_json::from_value(value.clone()).unwrap()
}

/// What was read is what was written, class by class and part by part.
fn assert_equal(format: &Format, manifest: &Manifest, read: &Value) {
    let written = manifest.classes.iter().filter(|class| class.written > 0);
    let written: BTreeMap<_, _> = written.map(|class| (class.name.clone(), class.written)).collect();
    assert_eq!((read["n"].as_u64().unwrap(), counts(&read["classes"])), (manifest.written, written), "{format:?}");
}

#[tokio::test]
async fn every_format_is_read_by_its_own_reader_count_for_count() {
    if python().is_none() {
        return;
    }
    let bench = Bench::new().await;
    bench.import(&bench.tree(&["cat", "=dog", "big bird"], 12), LabelsFrom::Folder).await;
    let split = ExportOptions { split: Some("0.6,0.2,0.2".parse().unwrap()), ..ExportOptions::default() };
    for format in FORMATS {
        for options in [&split, &ExportOptions::default()] {
            let (manifest, read) = read_back(&bench, format, options).await;
            assert_eq!(manifest.written, 36);
            assert_equal(format, &manifest, &read);
            let parts = manifest.splits.iter().map(|(part, of)| (part.clone(), of.values().sum())).collect();
            match (options.split.is_some(), format.name) {
                (true, _) => assert_eq!(counts(&read["parts"]), parts, "{format:?}"),
                // They have no samples without a part.
                (false, "huggingface" | "yolo" | "fastai") => {
                    assert_eq!(counts(&read["parts"]), BTreeMap::from([("train".to_owned(), 36)]), "{format:?}");
                }
                (false, _) => assert!(counts(&read["parts"]).is_empty(), "{format:?}"),
            }
        }
    }
}

#[tokio::test]
async fn sets_are_read_as_sets_where_a_format_holds_them() {
    if python().is_none() {
        return;
    }
    let bench = Bench::new().await;
    let wanted = Wanted {
        slug: "sets".to_owned(),
        name: None,
        classes: ["scratch", "stain", "=crack"].map(str::to_owned).to_vec(),
        task: Task::Multi,
        modality: Modality::Image,
        seed: 7,
        augmentations: None,
        secret: None,
    };
    let bench = Bench { project: projects::create(&bench.app, wanted).await.unwrap(), ..bench };
    let folder = bench.dir.path().join("sets");
    std::fs::create_dir_all(&folder).unwrap();
    let mut table = String::from("path,things\n");
    for (i, set) in ["scratch|stain", "=crack", "|", "stain", "=crack|scratch|stain", "|"].iter().enumerate() {
        std::fs::write(folder.join(format!("{i}.png")), png(9, i as u8)).unwrap();
        let _ = writeln!(table, "{i}.png,{set}");
    }
    let path = folder.join("labels.csv");
    std::fs::write(&path, table).unwrap();
    bench.import(&path, LabelsFrom::Column("things".to_owned())).await;
    let holding: Vec<_> = Format::holding(&[Extra::Sets]).collect();
    assert_eq!(holding.len(), FORMATS.len() - 3, "folders and lists of one class hold no sets");
    for format in holding {
        let options = ExportOptions { split: Some("0.5,0.5".parse().unwrap()), ..ExportOptions::default() };
        let (manifest, read) = read_back(&bench, format, &options).await;
        assert_eq!((manifest.written, manifest.none), (6, Some(2)));
        assert_equal(format, &manifest, &read);
    }
}
