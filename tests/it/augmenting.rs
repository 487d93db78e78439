//! Augmented views: chosen on a page or by a program, made in the background, used by rounds where they help.

use querist::blobs::ORIGINAL;
use querist::domain::Lane;
use querist::domain::{Project, Role, SampleId};
use querist::encoders::{Encoder as _, LocalEncoder};
use querist::learn::views::mean_of_views;
use querist::modality::image::{augment, picture};
use querist::progress::Progress;
use querist::service::encoders::encoding;
use querist::service::rounds::augmenting;
use querist::service::rounds::training::Outcome;
use querist::store::embeddings::EmbeddingFile;

use crate::support::app::TestApp;
use crate::support::client::{Answer, Client};
use crate::support::rounds::{Loop, runtime_is_there};

impl Loop {
    async fn fresh(&self) -> Project {
        self.app.store.project(self.project.id).await.unwrap().unwrap()
    }

    /// The kinds of the jobs that wait, in the order in which they were asked for.
    async fn waiting(&self) -> Vec<String> {
        let mut kinds = Vec::new();
        while let Some(job) = self.app.store.claim_job(Lane::Other, self.app.clock.now()).await.unwrap() {
            self.app
                .store
                .finish_job(job.id, &querist::domain::JobNote::default(), None, self.app.clock.now())
                .await
                .unwrap();
            kinds.push(job.kind);
        }
        kinds
    }

    async fn train(&self) -> Option<bool> {
        let project = self.fresh().await;
        let done = querist::service::rounds::training::round(&self.app, &project, "test").await.unwrap();
        assert!(matches!(done, Outcome::Finished { .. }), "{done:?}");
        let round = self.app.store.latest_round(project.id).await.unwrap().unwrap();
        assert_eq!(round.loss_own.is_some(), round.views_used.is_some());
        assert_eq!(round.loss_views.is_some(), round.views_used.is_some());
        round.views_used
    }
}

#[tokio::test]
async fn copies_of_labeled_pictures_are_made_in_the_background_and_rounds_learn_from_them() {
    if !runtime_is_there() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let at = Loop::open(folder.path(), 120).await;
    at.waiting().await;
    augmenting::choose(&at.app, &at.fresh().await, "flip mirror").await.unwrap();
    let project = at.fresh().await;
    assert_eq!(project.augmentations, "mirror flip", "names are kept in one order");
    assert_eq!(at.waiting().await, ["views"]);

    at.answer_truly(30).await;
    assert_eq!(at.train().await, None, "nothing is made yet, and a round does not wait");
    assert_eq!(at.waiting().await, ["views"], "a round asks for what it lacked");
    let labels = at.app.store.training_labels(project.id).await.unwrap();
    let made = augmenting::run(&at.app, &project, &Progress::silent()).await.unwrap();
    assert!(made.new == labels.len() && made.total == labels.len() && made.deserves_a_round, "{made:?}");
    assert_eq!(augmenting::run(&at.app, &project, &Progress::silent()).await.unwrap().new, 0);
    assert!(at.train().await.is_some());
    assert_eq!(at.waiting().await, Vec::<String>::new(), "nothing is lacking");

    // Only pictures that train have copies: the audit set is judged by itself.
    let encoder = project.encoder_id.unwrap();
    let file = EmbeddingFile::load(&at.app.data.augmented(encoder, &project.slug, "mirror flip")).unwrap().unwrap();
    let trained: std::collections::HashSet<SampleId> = labels.iter().map(|(sample, _)| *sample).collect();
    assert_eq!(file.ids.iter().copied().collect::<std::collections::HashSet<_>>(), trained);

    // A row is half the picture's embedding and half its copies'.
    let sample =
        at.app.store.sample_files(project.id).await.unwrap().into_iter().find(|s| s.id == file.ids[0]).unwrap();
    let row = querist::service::encoders::adding::by_id(&at.app, encoder).await.unwrap();
    let spec = querist::modality::image::EncoderSpec::from_json(&row.spec).unwrap();
    let runtime = at.app.runtime.get().unwrap();
    let path = querist::service::encoders::adding::model_path(&at.app, encoder);
    let network = LocalEncoder::open(&runtime, &path, Some(&spec)).unwrap();
    let bytes = at.app.blobs.get(ORIGINAL, &sample.hash).unwrap();
    let whole = picture::decode(&bytes, &picture::Limits::default()).unwrap();
    let kinds = augment::parse("mirror flip").unwrap();
    let embed = |picture: &picture::Picture| {
        let mut tensor = vec![0.0; spec.tensor_len()];
        querist::modality::image::preprocess::prepare(picture, &spec, &mut tensor);
        network.encode(&tensor, 1).unwrap().into_vec()
    };
    let copies = (1..=augment::VIEWS as u64)
        .map(|v| embed(&augment::view(&whole, &kinds, querist::math::random::hash(v, sample.id.0 as u64))));
    let expected = mean_of_views(&embed(&whole), &copies.collect::<Vec<_>>().concat());
    let apart = file.rows.row(0).iter().zip(&expected).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
    assert!(apart < 2e-3, "{apart}");

    // More labels: existing views are used, the rest is requested again.
    at.answer_truly(10).await;
    assert!(at.train().await.is_some());
    assert_eq!(at.waiting().await, ["views"]);
    let again = augmenting::run(&at.app, &project, &Progress::silent()).await.unwrap();
    assert!(again.new > 0 && again.total > made.total && !again.deserves_a_round, "{again:?}");

    // When switched off, rounds learn from the pictures alone; the job has nothing to do.
    augmenting::choose(&at.app, &project, "").await.unwrap();
    assert_eq!(at.train().await, None);
    assert_eq!(
        augmenting::run(&at.app, &at.fresh().await, &Progress::silent()).await.unwrap(),
        augmenting::Made::default()
    );
}

#[tokio::test]
async fn a_stop_keeps_the_copies_made_so_far_and_other_changes_have_a_file_of_their_own() {
    if !runtime_is_there() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let at = Loop::open(folder.path(), 90).await;
    augmenting::choose(&at.app, &at.fresh().await, "crop").await.unwrap();
    at.answer_truly(40).await;
    let project = at.fresh().await;
    let stopped = Progress::silent();
    stopped.stop();
    let refused = augmenting::run(&at.app, &project, &stopped).await;
    assert!(matches!(refused, Err(encoding::EncodingError::Encode(querist::runtime::EncodeError::Stopped))));
    let crops = augmenting::run(&at.app, &project, &Progress::silent()).await.unwrap();
    augmenting::choose(&at.app, &project, "crop colour").await.unwrap();
    let both = augmenting::run(&at.app, &at.fresh().await, &Progress::silent()).await.unwrap();
    assert_eq!(crops.new, both.new);
    augmenting::choose(&at.app, &at.fresh().await, "crop").await.unwrap();
    assert_eq!(
        augmenting::run(&at.app, &at.fresh().await, &Progress::silent()).await.unwrap().new,
        0,
        "the old ones are there"
    );
    assert!(at.train().await.is_some());
}

async fn put(client: &mut Client, address: &str, body: &'static str) -> Answer {
    client.send("PUT", address, Some("application/json"), body.into()).await
}

#[tokio::test]
async fn leads_choose_the_changes_on_a_page_that_shows_them_and_programs_by_name() {
    if !runtime_is_there() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let at = Loop::open(folder.path(), 30).await;
    let mut lead = at.client().await;
    let slug = &at.project.slug;
    let page = lead.get(&format!("/p/{slug}/augmentation")).await;
    assert_eq!(page.status, 200);
    assert!(page.text().contains("Mirrored") && page.text().contains("Show another picture"));
    let sample = augmenting::examples(&at.app, &at.project).await.unwrap()[0];
    let copy = lead.get(&format!("/p/{slug}/augmentation/mirror/{sample}/1")).await;
    copy.assert_status(200);
    assert_eq!(copy.header("content-type"), "image/jpeg");
    for (address, status) in [
        (format!("/p/{slug}/augmentation/shear/{sample}/1"), 404),
        (format!("/p/{slug}/augmentation/mirror/999999/1"), 404),
        (format!("/p/{slug}/augmentation/mirror/{sample}/x"), 404),
        (format!("/p/{slug}/augmentation?sample=999999"), 200),
    ] {
        assert_eq!(lead.get(&address).await.status, status, "{address}");
    }
    let saved = lead.post(&format!("/p/{slug}/augmentation"), &[("crop", "yes"), ("mirror", "yes")]).await;
    assert_eq!(saved.status, 303);
    assert_eq!(at.fresh().await.augmentations, "mirror crop");
    assert_eq!(lead.post(&format!("/p/{slug}/augmentation"), &[("shear", "yes")]).await.status, 422);

    let api = format!("/api/v1/projects/{slug}/augmentation");
    let told = lead.get(&api).await.json();
    assert_eq!(told["kinds"], serde_json::json!(["mirror", "crop"]));
    assert_eq!(put(&mut lead, &api, r#"{"kinds":["turn"]}"#).await.status, 202);
    assert_eq!(at.fresh().await.augmentations, "turn");
    let refused = put(&mut lead, &api, r#"{"kinds":["turn","shear"]}"#).await;
    assert_eq!(refused.status, 422);
    assert!(refused.text().contains("`shear` is not an augmentation"), "{}", refused.text());
    assert_eq!(at.fresh().await.augmentations, "turn", "nothing half");
}

#[tokio::test]
async fn annotators_do_not_choose() {
    let test = TestApp::new().await;
    test.project("birds").await;
    let mut annotator = test.signed_in("bo", Role::Annotator, Some("birds")).await;
    for address in ["/p/birds/augmentation", "/p/birds/augmentation/crop/1/1", "/api/v1/projects/birds/augmentation"] {
        assert_eq!(annotator.get(address).await.status, 403, "{address}");
    }
    assert_eq!(annotator.post("/p/birds/augmentation", &[("crop", "yes")]).await.status, 403);
}
