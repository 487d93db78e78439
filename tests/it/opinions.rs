//! The committee's opinion on the desk: only where the lead allows it, and never so that it reveals which samples
//! audit.

#![expect(clippy::unwrap_used, reason = "a helper that fails, fails its test")]

use std::collections::HashSet;
use std::time::Duration;

use querist::domain::SampleId;
use querist::service::projects;
use querist::service::rounds::predictions;
use querist::store::projects::ProjectSettings;
use serde_json::Value;

use crate::support::client::Client;
use crate::support::rounds::{Loop, runtime_is_there};

impl Loop {
    pub(crate) async fn allow_opinions(&mut self) {
        let project = &self.project;
        let settings = ProjectSettings {
            name: project.name.clone(),
            strategy: project.strategy.clone(),
            retrain_labels: project.retrain_labels,
            retrain_minutes: project.retrain_minutes,
            show_opinion: true,
            guidelines: project.guidelines.clone(),
        };
        projects::configure(&self.app, project, settings).await.unwrap();
        self.project = projects::by_slug(&self.app, &self.project.slug).await.unwrap();
    }
}

async fn leased(client: &mut Client, slug: &str) -> Vec<Value> {
    let body = r#"{"count":100,"resume":true}"#;
    let address = format!("/api/v1/projects/{slug}/leases");
    let answer = client.send("POST", &address, Some("application/json"), body.into()).await;
    let answer: Value = serde_json::from_slice(&answer.body).unwrap();
    answer["leases"].as_array().unwrap().clone()
}

#[tokio::test]
async fn opinions_are_shown_where_the_lead_allows_them_and_never_of_audit_samples() {
    if !runtime_is_there() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let mut at = Loop::open(folder.path(), 160).await;
    at.answer_truly(40).await;
    at.round().await;
    let mut client = at.client().await;
    let slug = at.project.slug.clone();
    assert!(leased(&mut client, &slug).await.iter().all(|lease| lease["opinion"].is_null()), "off until allowed");

    at.allow_opinions().await;
    // Nobody waits for the first opinion: it is computed in the background and soon available.
    let mut leases = leased(&mut client, &slug).await;
    for _ in 0..200 {
        if leases.iter().any(|lease| !lease["opinion"].is_null()) {
            break;
        }
        tokio::time::sleep(Duration::from_millis(25)).await;
        leases = leased(&mut client, &slug).await;
    }
    let audit: HashSet<i64> =
        at.app.store.audit_samples(at.project.id, i64::MAX).await.unwrap().iter().map(|sample| sample.0).collect();
    let sample = |lease: &Value| lease["sample"]["id"].as_i64().unwrap();
    let (shown, silent): (Vec<_>, Vec<_>) = leases.iter().partition(|lease| !lease["opinion"].is_null());
    assert!(silent.iter().any(|lease| audit.contains(&sample(lease))), "audit questions are among them");
    assert!(shown.iter().all(|lease| !audit.contains(&sample(lease))));
    let withheld = silent.iter().filter(|lease| !audit.contains(&sample(lease))).count();
    assert!(
        withheld >= 5,
        "{withheld} of {} ordinary questions come without, so that silence tells little",
        leases.len()
    );
    assert!(shown.len() > withheld, "most ordinary questions come with an opinion: {}", shown.len());

    // It is the committee's own.
    let said = predictions::in_use(&at.app, &at.project).await.unwrap().unwrap();
    for lease in shown {
        let p = said.of.iter().find(|(id, _)| **id == SampleId(sample(lease))).map(|(_, p)| p).unwrap();
        let most = p.iter().copied().fold(f32::MIN, f32::max);
        let place = said.classes.iter().position(|class| Some(class.0) == lease["opinion"]["class"].as_i64()).unwrap();
        assert!((f64::from(p[place]) - lease["opinion"]["probability"].as_f64().unwrap()).abs() < 1e-6);
        assert!(p[place] >= most);
    }
}
