//! Copies of one picture: drawn together, whatever the files, and on the record if found too late.

#![expect(clippy::unwrap_used, reason = "a helper that fails, fails its test")]

use std::collections::HashMap;
use std::io::Cursor;

use image::codecs::png::{CompressionType, FilterType, PngEncoder};
use image::{DynamicImage, ImageFormat, RgbImage};
use querist::domain::SampleId;
use querist::math::random;
use querist::service::exchange::importing::LabelsFrom;
use querist::store::copies::{Changes, Departure, DepartureCause};

use crate::support::app::TestApp;
use crate::support::bench::Bench;
use crate::support::desk::{Person, class_ids, pool};

/// Soft shapes, unlike for each seed.
fn photograph(seed: u64) -> RgbImage {
    let wave = |n: u64| random::unit(random::hash(seed, n));
    RgbImage::from_fn(96, 72, |x, y| {
        let (x, y) = (f64::from(x) / 96.0, f64::from(y) / 72.0);
        image::Rgb(std::array::from_fn(|c| {
            let level: f64 = (0..5)
                .map(|k| {
                    let at = 100 * c as u64 + 10 * k;
                    (18.0 * wave(at) * x + 18.0 * wave(at + 1) * y + 6.3 * wave(at + 2)).sin()
                })
                .sum();
            (127.5 + 25.0 * level).clamp(0.0, 255.0) as u8
        }))
    })
}

fn written(picture: &RgbImage, format: ImageFormat) -> Vec<u8> {
    let mut out = Cursor::new(Vec::new());
    DynamicImage::from(picture.clone()).write_to(&mut out, format).unwrap();
    out.into_inner()
}

/// The same pixels in another file.
fn packed_otherwise(picture: &RgbImage) -> Vec<u8> {
    let mut out = Vec::new();
    let encoder = PngEncoder::new_with_quality(&mut out, CompressionType::Uncompressed, FilterType::NoFilter);
    picture.write_with_encoder(encoder).unwrap();
    out
}

#[tokio::test]
async fn copies_are_drawn_as_one_whatever_their_files_are() {
    const N: u64 = 30;
    let bench = Bench::new().await;
    let folder = bench.dir.path().join("pictures");
    std::fs::create_dir_all(&folder).unwrap();
    for seed in 0..N {
        let picture = photograph(seed);
        let half = image::imageops::resize(&picture, 48, 36, image::imageops::FilterType::Triangle);
        let files = [
            ("png", written(&picture, ImageFormat::Png)),
            ("again.png", packed_otherwise(&picture)),
            ("bmp", written(&picture, ImageFormat::Bmp)),
            ("jpg", written(&picture, ImageFormat::Jpeg)),
            ("half.jpg", written(&half, ImageFormat::Jpeg)),
        ];
        for (ending, bytes) in files {
            std::fs::write(folder.join(format!("{seed}.{ending}")), bytes).unwrap();
        }
    }
    let report = bench.import(&folder, LabelsFrom::Nowhere).await;
    assert_eq!(report.added, 5 * N, "{report:?}");
    let rows = bench.all().await;
    let mut sides: HashMap<String, Vec<bool>> = HashMap::new();
    for row in &rows {
        sides.entry(row.name.split('.').next().unwrap().to_owned()).or_default().push(row.audit);
    }
    assert_eq!(sides.len() as u64, N);
    for (picture, sides) in &sides {
        assert!(
            sides.iter().all(|side| *side == sides[0]),
            "copies of {picture} lie on both sides of the draw: {sides:?}"
        );
    }
    let audited = sides.values().filter(|sides| sides[0]).count();
    assert!((2..=18).contains(&audited), "{audited} of {N} groups drawn at 30 %");
    // Different pictures are not copies of each other.
    let firsts: std::collections::HashSet<_> =
        bench.app.store.looks(bench.project.id).await.unwrap().into_iter().map(|look| look.first_copy).collect();
    assert_eq!(firsts.len() as u64, N);
}

#[tokio::test]
async fn a_sample_that_leaves_the_audit_set_leaves_it_with_its_label_and_a_record() {
    for test in TestApp::on_each_engine().await {
        let project = pool(&test, "metal", 40).await;
        let class = class_ids(&test, &project).await[0];
        let mut ana = Person::new(&test, "ana", querist::domain::Role::Lead, "metal").await;
        for lease in ana.lease(40).await {
            ana.answer(&lease, class).await;
        }
        let store = &test.app.store;
        let audit = store.audit_samples(project.id, 10).await.unwrap();
        let before = store.tally(project.id).await.unwrap();
        assert_eq!((before.audit_samples, before.audit_labeled, audit.len()), (4, 4, 4));
        let looks = store.looks(project.id).await.unwrap();
        let pooled = looks.iter().find(|look| !look.audit).unwrap();
        let now = test.app.clock.now();
        let changes = Changes { joined: vec![(audit[0], pooled.hash.clone())], left: vec![(audit[0], pooled.id)] };
        assert_eq!(store.save_copies(project.id, &changes, SampleId(40), now).await.unwrap(), 1);
        let after = store.tally(project.id).await.unwrap();
        assert_eq!((after.audit_samples, after.audit_labeled, after.labeled), (3, 3, before.labeled));
        assert!(!store.audit_samples(project.id, 10).await.unwrap().contains(&audit[0]));
        assert!(store.training_labels(project.id).await.unwrap().iter().any(|(sample, _)| *sample == audit[0]));
        let record =
            vec![Departure { sample_id: audit[0], copy_of: pooled.id, made_us: now, cause: DepartureCause::Copy }];
        assert_eq!(store.audit_departures(project.id).await.unwrap(), record);
        // Once is enough.
        assert_eq!(store.save_copies(project.id, &changes, SampleId(40), now).await.unwrap(), 0);
        assert_eq!(store.tally(project.id).await.unwrap(), after);
        assert!(store.looks(project.id).await.unwrap().iter().all(|look| look.compared));
        let curve = ana.client.get("/api/v1/projects/metal/curve").await.assert_status(200).json();
        assert_eq!((&curve["departed"], &curve["imported"]), (&1.into(), &0.into()));
        test.finish().await;
    }
}
