//! Deployable models in every form: made, checked, shown before they are fetched, and equal to what they are made of.

#![expect(clippy::unwrap_used, reason = "a helper that fails, fails its test")]

use querist::blobs::ORIGINAL;
use querist::domain::SampleId;
use querist::models::{Deployed, FileForm, Input, Precision};
use querist::progress::Progress;
use querist::runtime::{Runtime, Settings};
use querist::service::models::deploying::TOLERANCE;
use querist::service::models::model;
use querist::service::rounds::predictions;

use crate::support::rounds::{Loop, runtime_is_there};

const PIXELS: FileForm = FileForm { input: Input::Uint8, precision: Precision::F32 };
const SMALL: FileForm = FileForm { input: Input::Uint8, precision: Precision::Int8 };

/// What a model file says about samples of the pool.
async fn said(at: &Loop, bytes: &[u8], samples: &[SampleId]) -> Vec<Vec<f32>> {
    let runtime = Runtime::open(&Settings { threads: 1, ..Settings::default() }).unwrap();
    let deployed = Deployed::from_bytes(&runtime, bytes).unwrap();
    let mut rows = Vec::new();
    for sample in samples {
        let hash = at.app.store.media(at.project.id, *sample).await.unwrap().unwrap();
        let bytes = at.app.blobs.get(ORIGINAL, &hash).unwrap();
        rows.push(deployed.probabilities(&[deployed.prepare(&bytes).unwrap()]).unwrap());
    }
    rows
}

fn apart(one: &[Vec<f32>], other: &[Vec<f32>]) -> f32 {
    let each = one.iter().flatten().zip(other.iter().flatten());
    each.map(|(a, b)| (a - b).abs()).fold(0.0, f32::max)
}

#[tokio::test]
async fn every_form_says_what_the_committee_says_and_int8_tells_its_cost_first() {
    if !runtime_is_there() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let at = Loop::open(folder.path(), 120).await;
    at.answer_truly(70).await;
    at.round().await;
    let mut client = at.client().await;
    let mut files = Vec::new();
    for form in FileForm::ALL {
        let job = model::request(&at.app, &at.project, None, form).await.unwrap();
        let payload = at.app.store.job(job).await.unwrap().unwrap().payload;
        let card = model::run(&at.app, &at.project, &payload, &Progress::silent()).await.unwrap();
        assert_eq!((card.form(), card.round, card.checked), (form, 1, 100));
        let query = format!("round=1&input={}&precision={}", form.input.as_str(), form.precision.as_str());
        let file = client.get(&format!("/p/surfaces/model.onnx?{query}")).await;
        assert_eq!(file.assert_status(200).body.len() as u64, card.size_bytes);
        files.push((card, file.body));
    }
    let [(plain, plain_file), (pixels, pixels_file), (small, _), (both, both_file)] = &files[..] else { panic!() };
    assert!(plain.max_difference <= TOLERANCE && pixels.max_difference <= TOLERANCE);
    assert!(plain.cost.is_none() && pixels.cost.is_none());
    assert!(both.size_bytes * 10 < plain.size_bytes * 7, "{} of {}", both.size_bytes, plain.size_bytes);

    // One-byte weights are measured on the audit set, against the committee.
    let audited = at.app.store.audit_labels(at.project.id).await.unwrap();
    assert!(!audited.is_empty());
    for card in [small, both] {
        let cost = card.cost.as_ref().unwrap();
        assert_eq!(cost.n as usize, audited.len());
        assert!(cost.agreement.low <= cost.agreement.value && cost.agreement.value <= cost.agreement.high);
        assert!(card.same_class >= 90 && card.max_difference > 0.0, "{card:?}");
    }
    let known = predictions::in_use(&at.app, &at.project).await.unwrap().unwrap();
    let samples: Vec<SampleId> = audited.iter().map(|(sample, _)| *sample).collect();
    let meant: Vec<Vec<f32>> = samples.iter().map(|sample| known.of[sample].clone()).collect();
    let full = said(&at, plain_file, &samples).await;
    let from_pixels = said(&at, pixels_file, &samples).await;
    assert!(apart(&full, &meant) <= TOLERANCE && apart(&from_pixels, &full) < 1e-5);
    let place = |row: &[f32]| (0..row.len()).max_by(|a, b| row[*a].total_cmp(&row[*b])).unwrap();
    let right = |rows: &[Vec<f32>]| {
        let hits = rows.iter().zip(&audited).filter(|(row, (_, truth))| truth.one() == Some(known.classes[place(row)]));
        hits.count() as u64
    };
    let from_small = said(&at, both_file, &samples).await;
    let cost = both.cost.as_ref().unwrap();
    assert_eq!(cost.counts.both_right + cost.counts.only_first, right(&full));
    assert_eq!(cost.counts.both_right + cost.counts.only_second, right(&from_small));

    // The page says all of it before the file is fetched.
    let page = client.get("/p/surfaces/export").await;
    page.assert_status(200).assert_says("takes pixels, int8 weights").assert_says("operator set 13");
    page.assert_says(&format!("On {} audit-labeled samples:", audited.len()));

    // The form's orders become jobs; what cannot be made is refused at once.
    let ordered = [("round", "1"), ("input", "uint8"), ("precision", "int8")];
    client.post("/p/surfaces/model", &ordered).await.assert_leads_to("/p/surfaces/export?round=1#model");
    client.post("/p/surfaces/model", &[("round", "7")]).await.assert_status(404).assert_says("ound “7” was not found");
    client.post("/p/surfaces/model", &[("precision", "int4")]).await.assert_status(422);
    client.get("/p/surfaces/model.onnx?round=7").await.assert_status(404).assert_says("o model of round 7");
    let again = model::make(&at.app, &at.project, None, SMALL, &Progress::silent()).await.unwrap();
    assert_eq!(&again.1, both, "made once");

    // The same for programs.
    let rounds = "/api/v1/projects/surfaces/rounds";
    let form = serde_json::json!({ "input": "uint8", "precision": "int8" });
    let job = client.post_json(&format!("{rounds}/1/models"), &form).await;
    assert!(job.assert_status(202).json()["job"].is_number());
    client.post_json(&format!("{rounds}/9/models"), &form).await.assert_status(404);
    client.post_json(&format!("{rounds}/1/models"), &serde_json::json!({ "weights": 8 })).await.assert_status(422);
    let cards = client.get(&format!("{rounds}/1/models")).await.json();
    assert_eq!((cards.as_array().unwrap().len(), &cards[3]["cost"]["n"]), (4, &serde_json::json!(audited.len())));
    let file = client.get(&format!("{rounds}/1/model.onnx?input=uint8&precision=int8")).await;
    assert!(file.assert_status(200).body == *both_file && file.header("content-disposition").contains("uint8-int8"));
    client.get(&format!("{rounds}/2/model.onnx")).await.assert_status(404);

    let newest = model::current(&at.app, &at.project, PIXELS).await.unwrap().unwrap();
    assert_eq!(&newest.1, pixels);
}
