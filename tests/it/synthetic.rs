//! Synthetic samples: judged without changing anything, made up from labeled rows and texts, and refused where that is impossible.

use std::collections::HashSet;
use std::fmt::Write as _;

use querist::blobs::ORIGINAL;
use querist::domain::{Modality, Project, Task};
use querist::evaluate::synthetic::{GatePlan, SyntheticFinding};
use querist::modality::text::rewording::{Alternatives, Synonyms};
use querist::progress::Progress;
use querist::service::ServiceError;
use querist::service::exchange::importing::{ImportOptions, LabelsFrom};
use querist::service::experiments::synthetic::{self, SyntheticCheck};
use querist::service::projects::{self, Wanted};

use crate::support::bench::Bench;
use crate::support::rounds::{Loop, runtime_is_there};

async fn judged(at: &Loop, source: &std::path::Path) -> Result<Option<SyntheticCheck>, ServiceError> {
    let progress = Progress::silent();
    synthetic::check(&at.app, &at.project, source, LabelsFrom::Folder, GatePlan::default(), &progress).await
}

#[tokio::test]
async fn copies_are_found_by_name_and_the_project_stays_as_it_is() {
    if !runtime_is_there() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let at = Loop::open(folder.path(), 120).await;
    at.answer_truly(100).await;
    let source = folder.path().join("made");
    let labels = at.app.store.training_labels(at.project.id).await.unwrap();
    let classes = at.app.store.classes(at.project.id).await.unwrap();
    let files = at.app.store.sample_files(at.project.id).await.unwrap();
    let mut copied = HashSet::new();
    for (sample, set) in labels.iter().take(60) {
        let hash = &files.iter().find(|file| file.id == *sample).unwrap().hash;
        let class = set.ids().next().unwrap();
        let name = &classes.iter().find(|one| one.id == class).unwrap().name;
        std::fs::create_dir_all(source.join(name)).unwrap();
        std::fs::write(source.join(name).join(format!("{sample}.png")), at.app.blobs.get(ORIGINAL, hash).unwrap())
            .unwrap();
        copied.insert(*sample);
    }
    std::fs::create_dir_all(source.join("unheard of")).unwrap();
    std::fs::write(source.join("unheard of/a.png"), b"no picture").unwrap();
    let before = at.app.store.tally(at.project.id).await.unwrap();

    let found = judged(&at, &source).await.unwrap().unwrap();
    assert_eq!((found.report.synthetic, found.report.real), (60, labels.len()));
    assert!(found.report.findings.iter().any(|one| matches!(one, SyntheticFinding::Copies { .. })), "{found:?}");
    assert!(!found.recommended);
    assert!(found.copies.len() > 50 && found.copies.iter().all(|copy| copied.contains(&copy.sample)));
    for copy in &found.copies {
        assert!(copy.name.ends_with(&format!("/{}.png", copy.sample)), "{} of {}", copy.name, copy.sample);
    }
    assert_eq!(found.refused.len(), 1, "{:?}", found.refused);
    assert!(found.refused[0].reason.contains("no class `unheard of`"), "{:?}", found.refused);
    assert_eq!(at.app.store.tally(at.project.id).await.unwrap(), before);
    assert_eq!(judged(&at, &source).await.unwrap().unwrap(), found, "the same again");

    let nothing = judged(&at, &source.join("unheard of")).await;
    assert!(matches!(&nothing, Err(ServiceError::Invalid(why)) if why.contains("no sample")), "{nothing:?}");
    let sets = Project { task: Task::Multi, ..at.project.clone() };
    let progress = Progress::silent();
    let refused = synthetic::check(&at.app, &sets, &source, LabelsFrom::Folder, GatePlan::default(), &progress).await;
    assert!(matches!(refused, Err(ServiceError::Invalid(_))));
    let none = (Synonyms::default(), Alternatives::default());
    let pictures = synthetic::make(&at.app, &at.project, 3, none, 1).await;
    assert!(matches!(&pictures, Err(ServiceError::Invalid(why)) if why.contains("generator of your own")));
}

/// A bench of this kind of samples, with the table `text` imported.
async fn bench(modality: Modality, text: &str) -> Bench {
    let mut bench = Bench::new().await;
    let wanted = Wanted {
        slug: "made".to_owned(),
        name: None,
        classes: vec!["good".to_owned(), "bad".to_owned(), "odd".to_owned()],
        task: Task::Single,
        modality,
        seed: 1,
        // With a lot of their own, the two texts of a test would audit now and then.
        secret: Some(querist::domain::Lots::new([1; 16])),
        augmentations: None,
    };
    bench.project = projects::create(&bench.app, wanted).await.unwrap();
    let path = bench.dir.path().join("in.csv");
    std::fs::write(&path, text).unwrap();
    let options = ImportOptions::new(LabelsFrom::Column("label".to_owned()), bench.account);
    bench.try_import(&path, options).await.unwrap();
    bench
}

fn objects(lines: &str) -> Vec<serde_json::Value> {
    lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[tokio::test]
async fn rows_and_texts_are_made_up_of_each_class_that_has_some() {
    let mut rows = String::new();
    for i in 0..60 {
        let (label, flow) = if i % 2 == 0 { ("good", 40.0) } else { ("bad", 12.0) };
        let site = ["north", "south", "west"][i % 3];
        let _ = writeln!(rows, "{i},{:.1},{site},{label}", flow + (i % 13) as f64 / 2.0);
    }
    let table = bench(Modality::Table, &format!("id,flow,site,label\n{rows}")).await;
    let none = || (Synonyms::default(), Alternatives::default());
    let made = synthetic::make(&table.app, &table.project, 25, none(), 7).await.unwrap();
    let all = objects(&made.lines);
    assert_eq!((made.made, all.len(), made.without.clone()), (50, 50, vec!["odd".to_owned()]));
    for row in &all {
        let flow = row["flow"].as_f64().unwrap();
        let good = row["class"] == "good";
        assert!(if good { (40.0..=46.0).contains(&flow) } else { (12.0..=18.0).contains(&flow) }, "{row}");
        assert!(["north", "south", "west"].contains(&row["site"].as_str().unwrap()));
    }
    assert_eq!(synthetic::make(&table.app, &table.project, 25, none(), 7).await.unwrap(), made, "the same seed");
    assert_ne!(synthetic::make(&table.app, &table.project, 25, none(), 8).await.unwrap().lines, made.lines);

    let text = "id,text,label\n1,the parcel came late again and nobody told me why,bad\n2,a quick and friendly answer to my question,good\n";
    let mail = bench(Modality::Text, text).await;
    let synonyms = Synonyms::read(b"quick\tfast\n").unwrap();
    let made = synthetic::make(&mail.app, &mail.project, 10, (synonyms, Alternatives::default()), 7).await.unwrap();
    let all = objects(&made.lines);
    let bad: Vec<&str> =
        all.iter().filter(|one| one["class"] == "bad").map(|one| one["text"].as_str().unwrap()).collect();
    assert_eq!((all.len(), bad.len()), (20, 10));
    assert!(
        bad.iter()
            .all(|text| text.split(' ').all(|word| "the parcel came late again and nobody told me why".contains(word)))
    );
    assert!(bad.iter().any(|text| *text != "the parcel came late again and nobody told me why"));
    assert!(made.lines.contains("fast"), "{}", made.lines);
}
