//! Samples without pictures, for tests that need only their rows.

use querist::domain::{AccountId, Facts, Project};
use querist::math::random;
use querist::store::samples::NewSample;

use super::app::TestApp;

/// Put `n` samples into a project, in a folder that ends with `/` or none; every tenth of them in the audit set.
pub async fn fill(test: &TestApp, project: &Project, folder: &str, n: i64) {
    let samples: Vec<_> = (0..n)
        .map(|i| NewSample {
            hash: format!("{i:064x}"),
            name: format!("{folder}{i}.png"),
            facts: Facts::image("png", 1, 1),
            size_bytes: 1,
            audit: i % 10 == 3,
            draw: (random::hash(1, i as u64) >> 1) as i64,
            metadata: None,
            label: None,
            ..NewSample::default()
        })
        .collect();
    test.app.store.insert_samples(project.id, &samples, &[], AccountId(1), test.app.clock.now()).await.unwrap();
}
