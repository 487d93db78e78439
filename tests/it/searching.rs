//! Searching in texts: the same answers on both engines, as samples come, leave and come back, on the page and over the API.

use querist::domain::{Modality, Project, SampleId, SearchTerms, Task, search};
use querist::service::desk::searching;
use querist::service::exchange::importing::{ImportOptions, LabelsFrom};
use querist::service::projects::{self, Wanted};
use querist::store::listing::SampleFilter;

use crate::support::app::TestApp;
use crate::support::bench::Bench;
use crate::support::samples::fill;

const TEXTS: [&str; 5] = [
    "Refund for the late delivery, please",
    "Late again! The REFUNDS never came.",
    "Wo bleibt meine Rückerstattung?",
    "写真が届かない",
    "the delivery was late: 12.5 days",
];

#[tokio::test]
async fn words_and_rows_of_words_are_found_on_each_engine() {
    for test in TestApp::on_each_engine().await {
        let id = test.project("mail").await;
        let project = test.app.store.project(id).await.unwrap().unwrap();
        fill(&test, &project, "", TEXTS.len() as i64).await;
        let store = &test.app.store;
        let waiting = store.without_words(id, SampleId(0), 10).await.unwrap();
        assert_eq!(waiting.len(), TEXTS.len());
        let words: Vec<_> =
            waiting.iter().zip(TEXTS).map(|((sample, _), text)| (*sample, search::searchable(text))).collect();
        store.save_words(&words).await.unwrap();
        // Twice changes nothing.
        store.save_words(&words).await.unwrap();
        assert!(store.without_words(id, SampleId(0), 10).await.unwrap().is_empty());
        let found = async |wanted: &str| -> Vec<usize> {
            let filter = SampleFilter { words: SearchTerms::parse(wanted), ..SampleFilter::default() };
            let rows = store.samples(id, &filter, SampleId(0), 10).await.unwrap();
            assert_eq!(store.count_samples(id, &filter).await.unwrap() as usize, rows.len(), "{wanted}");
            rows.iter().map(|row| words.iter().position(|(sample, _)| *sample == row.id).unwrap()).collect()
        };
        assert_eq!(found("refund").await, [0, 1], "a word may go on");
        assert_eq!(found("REFUND late").await, [0, 1]);
        assert_eq!(found("\"late delivery\"").await, [0]);
        assert_eq!(found("delivery late").await, [0, 4]);
        assert_eq!(found("ruckerstattung").await, [2], "marks do not matter");
        assert_eq!(found("写真").await, [3]);
        assert_eq!(found("真写").await, Vec::<usize>::new());
        assert_eq!(found("届").await, [3]);
        assert_eq!(found("12.5").await, [4]);
        assert_eq!(found("absent").await, Vec::<usize>::new());
        assert_eq!(found("' or 1=1 --").await, Vec::<usize>::new());
        assert_eq!(found("?!").await.len(), TEXTS.len(), "what has no word looks for nothing");
        store.save_words(&[(SampleId(999), "ghost".to_owned())]).await.unwrap();
        assert_eq!(found("ghost").await, Vec::<usize>::new());
        test.finish().await;
    }
}

#[tokio::test]
async fn an_imported_text_is_found_and_an_archived_one_is_not() {
    let mut bench = Bench::new().await;
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
    bench.project = projects::create(&bench.app, wanted).await.unwrap();
    let path = bench.dir.path().join("mail.csv");
    std::fs::write(&path, "id,text\n1,Great service\n2,Broken parcel\n3,Great parcel\n").unwrap();
    bench.try_import(&path, ImportOptions::new(LabelsFrom::Nowhere, bench.account)).await.unwrap();
    assert_eq!(searching::index(&bench.app, &bench.project).await.unwrap(), 3);
    assert_eq!(searching::index_all(&bench.app).await.unwrap(), 0);
    let store = &bench.app.store;
    let found = async |wanted: &str| -> Vec<String> {
        let filter = SampleFilter { words: SearchTerms::parse(wanted), ..SampleFilter::default() };
        let rows = store.samples(bench.project.id, &filter, SampleId(0), 10).await.unwrap();
        rows.into_iter().map(|row| row.name).collect()
    };
    assert_eq!(found("great").await, ["1", "3"]);
    let gone: Vec<SampleId> = bench.all().await.iter().filter(|row| row.name == "1").map(|row| row.id).collect();
    querist::service::archive::samples::archive(&bench.app, &bench.project, Some(bench.account), &gone).await.unwrap();
    assert_eq!(found("great").await, ["3"]);
    let pictures = Project { modality: Modality::Image, ..bench.project.clone() };
    assert!(!searching::has_words(&pictures));
}
