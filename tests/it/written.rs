//! Samples that are texts, from every source into the loop and out again.

use std::path::Path;
use std::process::Command;

use querist::dataset::export::Format;
use querist::domain::{Modality, Project, Task};
use querist::models::FileForm;
use querist::progress::Progress;
use querist::service::exchange::exporting::{self, ExportOptions};
use querist::service::exchange::importing::{ImportOptions, LabelsFrom};
use querist::service::models::model;
use querist::service::projects::{self, Wanted};

use crate::support::bench::Bench;
use crate::support::rounds::{Loop, runtime_is_there};

/// A bench whose project takes texts.
async fn bench() -> Bench {
    let mut bench = Bench::new().await;
    bench.project = texts(&bench).await;
    bench
}

async fn texts(bench: &Bench) -> Project {
    let wanted = Wanted {
        slug: "mail".to_owned(),
        name: None,
        classes: vec!["praise".to_owned(), "complaint".to_owned()],
        task: Task::Single,
        modality: Modality::Text,
        seed: 1,
        secret: None,
        augmentations: None,
    };
    projects::create(&bench.app, wanted).await.unwrap()
}

fn options(bench: &Bench, labels: LabelsFrom, content: Option<&str>) -> ImportOptions {
    ImportOptions { content: content.map(str::to_owned), ..ImportOptions::new(labels, bench.account) }
}

/// Write `text` as a file and import it; what comes in as `NAME CLASS`, or why nothing does.
async fn taken(name: &str, text: &[u8], labels: LabelsFrom, content: Option<&str>) -> Result<Vec<String>, String> {
    let bench = bench().await;
    let path = bench.dir.path().join(name);
    std::fs::write(&path, text).unwrap();
    bench.try_import(&path, options(&bench, labels, content)).await?;
    Ok(bench.labels().await)
}

fn column(name: &str) -> LabelsFrom {
    LabelsFrom::Column(name.to_owned())
}

#[tokio::test]
async fn a_row_is_a_sample_called_by_its_id_or_its_line() {
    let csv = "id,text,label,channel\n7,\"Great,\nthanks\",praise,mail\n,Broken again,complaint,chat\n";
    let bench = bench().await;
    let path = bench.dir.path().join("mail.csv");
    std::fs::write(&path, csv).unwrap();
    let report = bench.try_import(&path, options(&bench, column("label"), None)).await.unwrap();
    assert_eq!((report.added, report.refused.len()), (2, 0));
    assert_eq!(bench.labels().await, ["7 praise", "mail:4 complaint"]);
    let rows = bench.all().await;
    let row = rows.iter().find(|row| row.name == "7").unwrap();
    assert_eq!(row.facts.excerpt(), Some("Great, thanks"));
    // Again: the same texts are there already.
    let again = bench.try_import(&path, options(&bench, column("label"), None)).await.unwrap();
    assert_eq!((again.added, again.counts.same), (0, 2));
}

#[tokio::test]
async fn every_table_knows_its_texts_or_asks_which_column_holds_them() {
    let expected = Ok(vec!["a praise".to_owned(), "b complaint".to_owned()]);
    let jsonl = b"{\"name\":\"a\",\"message\":\"fine\",\"label\":\"praise\"}\n{\"name\":\"b\",\"message\":\"bad\",\"label\":\"complaint\"}\n";
    assert_eq!(taken("x.jsonl", jsonl, column("label"), None).await, expected);
    let json = br#"[{"id":1,"data":{"text":"fine"},"annotations":[{"result":[{"from_name":"s","value":{"choices":["praise"]}}]}]}]"#;
    assert_eq!(taken("x.json", json, column("label"), None).await, Ok(vec!["1 praise".to_owned()]));
    let odd = b"key\twords\tlabel\na\tfine\tpraise\nb\tbad\tcomplaint\n";
    let refused = taken("x.tsv", odd, column("label"), None).await.unwrap_err();
    assert!(refused.contains("no column is known to hold texts, only `key`, `words`, `label`"), "{refused}");
    assert_eq!(taken("x.tsv", odd, column("label"), Some("Words")).await, expected);
    let refused = taken("x.tsv", odd, column("label"), Some("wort")).await.unwrap_err();
    assert!(refused.contains("there is no column `wort`"), "{refused}");
    let refused = taken("x.csv", b"text,label\nfine,praise\n", LabelsFrom::Folder, None).await.unwrap_err();
    assert!(refused.contains("name the column of labels"), "{refused}");
}

#[tokio::test]
async fn folders_and_archives_of_texts_come_in_and_what_is_none_is_told() {
    let bench = bench().await;
    let root = bench.dir.path().join("in");
    for (name, bytes) in [
        ("praise/a.txt", &b"fine"[..]),
        ("complaint/b.md", b"# bad"),
        ("complaint/latin.txt", b"K\xe4se"),
        ("complaint/empty.txt", b" \n"),
        ("README.md", b"about"),
        ("praise/picture.png", b"\x89PNG"),
    ] {
        let path = root.join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, bytes).unwrap();
    }
    let report = bench.try_import(&root, options(&bench, LabelsFrom::Folder, None)).await.unwrap();
    assert_eq!(bench.labels().await, ["complaint/b.md complaint", "praise/a.txt praise"]);
    let mut reasons: Vec<String> = report.refused.iter().map(|one| format!("{}: {}", one.name, one.reason)).collect();
    reasons.sort();
    assert_eq!(
        reasons,
        [
            "complaint/empty.txt: the text is empty",
            "complaint/latin.txt: line 1: byte 0xe4 is not UTF-8; save the text as UTF-8",
        ]
    );
    assert_eq!(report.counts.passed_over, 2);
}

#[tokio::test]
async fn hostile_cells_are_refused_one_by_one() {
    let huge = "x".repeat(50 << 20);
    let csv = format!("text,label\nfine,praise\n{huge},praise\n,complaint\n\"=1+1\",complaint\n");
    let bench = bench().await;
    let path = bench.dir.path().join("mail.csv");
    std::fs::write(&path, csv).unwrap();
    let report = bench.try_import(&path, options(&bench, column("label"), None)).await.unwrap();
    assert_eq!(report.added, 2);
    let reasons: Vec<&str> = report.refused.iter().map(|one| one.reason.as_str()).collect();
    assert_eq!(reasons, ["it has more than 1 MB; part it into several texts", "line 4: its text is empty"]);
    for (bytes, says) in [
        (&b"text,label\nK\xe4se,praise\n"[..], "is not UTF-8"),
        (b"text,text\na,b\n", "twice"),
        (b"text,label\n\"open,praise\n", "never closed"),
        (b"", "empty"),
    ] {
        let refused = taken("x.csv", bytes, LabelsFrom::Nowhere, None).await.unwrap_err();
        assert!(refused.contains(says), "{refused}");
    }
}

/// Labels of a made-up pool, trained on, as a model and as tables.
#[tokio::test]
async fn texts_go_round_the_loop_and_leave_as_tables_and_as_one_model() {
    if !runtime_is_there() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let at = Loop::open_example(Modality::Text, folder.path(), 240).await;
    at.answer_truly(80).await;
    at.round().await;
    let audit = at.app.store.audit_labels(at.project.id).await.unwrap();
    assert!(!audit.is_empty());

    let (path, card) = model::make(&at.app, &at.project, None, FileForm::default(), &Progress::silent()).await.unwrap();
    assert!(card.checked > 0 && card.max_difference < 5e-3, "{card:?}");
    let new = folder.path().join("new");
    std::fs::create_dir(&new).unwrap();
    std::fs::write(new.join("a.txt"), "I was charged twice on my invoice").unwrap();
    std::fs::write(new.join("b.txt"), "My parcel has not arrived, where is the courier?").unwrap();
    std::fs::write(new.join("c.png"), "no text").unwrap();
    let out =
        Command::new(env!("CARGO_BIN_EXE_querist")).args(["predict", "--threads", "1"]).arg(&path).arg(&new).output();
    let out = out.unwrap();
    let said = String::from_utf8_lossy(&out.stdout).into_owned();
    assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
    assert!(said.contains("a.txt,invoice") && said.contains("b.txt,delivery"), "{said}");
    // The same in the cells of a table, whose column of texts is named; an empty cell is told.
    let table = folder.path().join("new.csv");
    let cells = "mail,day\n\"I was charged twice on my invoice\",1\n,2\n\"My parcel has not arrived, where is the courier?\",3\n";
    std::fs::write(&table, cells).unwrap();
    let mut program = Command::new(env!("CARGO_BIN_EXE_querist"));
    let out = program.args(["predict", "--content", "mail", "--json"]).arg(&path).arg(&table).output().unwrap();
    let said: Vec<serde_json::Value> =
        String::from_utf8_lossy(&out.stdout).lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let classes: Vec<_> = said.iter().map(|one| one["class"].as_str().unwrap()).collect();
    assert_eq!(classes, ["invoice", "delivery"], "{}", String::from_utf8_lossy(&out.stderr));
    assert_eq!(out.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&out.stderr).contains("1 of 3"), "{}", String::from_utf8_lossy(&out.stderr));

    for name in ["csv", "tsv", "jsonl", "parquet", "labelstudio"] {
        come_back(&at, folder.path(), Format::named(name).unwrap()).await;
    }
    let offered: Vec<&str> = exporting::formats(&at.project).iter().map(|format| format.name).collect();
    assert_eq!(offered, ["csv", "tsv", "jsonl", "parquet", "labelstudio"]);
}

/// Export in one format, and import that into a project of its own: the same texts with the same labels.
async fn come_back(at: &Loop, folder: &Path, format: &'static Format) {
    let file = folder.join(format!("out.{}", format.ending));
    let (chosen, silent) = (ExportOptions::default(), Progress::silent());
    exporting::export_to(&at.app, &at.project, format, &chosen, None, &file, &silent).await.unwrap();
    let bench = bench().await;
    let labels = column(if format.name == "labelstudio" { "label" } else { "class" });
    let report = bench.try_import(&file, options(&bench, labels, None)).await.unwrap();
    assert_eq!((report.added, report.labeled, report.refused.len()), (80, 80, 0), "{}: {report}", format.name);
    let hashes: Vec<String> = bench.all().await.into_iter().map(|row| row.hash).collect();
    let known = at.app.store.known_contents(at.project.id, &hashes).await.unwrap();
    assert!(known.iter().all(Option::is_some), "{}: a text came back as another one", format.name);
}

/// Made-up recordings of pumps, by files of their own and by one long table, trained on, and as a model.
#[tokio::test]
async fn series_go_the_same_way() {
    if !runtime_is_there() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let at = Loop::open_example(Modality::Series, folder.path(), 200).await;
    at.answer_truly(80).await;
    at.round().await;
    let (path, card) = model::make(&at.app, &at.project, None, FileForm::default(), &Progress::silent()).await.unwrap();
    assert!(card.checked > 0 && card.max_difference < 5e-3, "{card:?}");
    let new = folder.path().join("new");
    std::fs::create_dir(&new).unwrap();
    let of_class =
        |class| (0..1000).map(|at| querist::dataset::waves::record(9, at)).find(|one| one.class == class).unwrap();
    for class in 0..2 {
        std::fs::write(new.join(format!("{class}.csv")), of_class(class).csv).unwrap();
    }
    let out =
        Command::new(env!("CARGO_BIN_EXE_querist")).args(["predict", "--threads", "1"]).arg(&path).arg(&new).output();
    let out = out.unwrap();
    let said = String::from_utf8_lossy(&out.stdout).into_owned();
    assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
    assert!(said.contains("0.csv,normal") && said.contains("1.csv,start-up"), "{said}");

    let mut bench = Bench::new().await;
    let wanted = Wanted {
        slug: "pumps".to_owned(),
        name: None,
        classes: vec!["normal".to_owned(), "start-up".to_owned()],
        task: Task::Single,
        modality: Modality::Series,
        seed: 1,
        secret: None,
        augmentations: None,
    };
    bench.project = projects::create(&bench.app, wanted).await.unwrap();
    let tree = bench.dir.path().join("pumps");
    for (name, csv) in
        [("normal/a.csv", "x\n1\n2\n3\n"), ("start-up/b.csv", "x\n3\n2\n5\n"), ("normal/c.csv", "x\none\n")]
    {
        std::fs::create_dir_all(tree.join(name).parent().unwrap()).unwrap();
        std::fs::write(tree.join(name), csv).unwrap();
    }
    let report = bench.try_import(&tree, options(&bench, LabelsFrom::Folder, None)).await.unwrap();
    assert_eq!(bench.labels().await, ["normal/a.csv normal", "start-up/b.csv start-up"]);
    assert_eq!(report.refused.len(), 1, "{:?}", report.refused);
    let long = bench.dir.path().join("long.csv");
    std::fs::write(&long, "id,time,x,label\np,0,1,normal\np,1,7,normal\nq,0,2,start-up\nq,1,9,start-up\n").unwrap();
    let report = bench.try_import(&long, options(&bench, column("label"), None)).await.unwrap();
    assert_eq!((report.added, report.labeled), (2, 2), "{report}");
}
