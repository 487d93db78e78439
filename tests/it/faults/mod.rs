//! Faults of the machine, the disk, the database and the clock: each has its own message, and none leaves anything
//! stuck.

#![expect(clippy::unwrap_used, reason = "a helper that fails, fails its test")]

mod database;
mod folder;
mod jobs;
mod postgres;
mod silence;
mod stopping;

use serde_json::{Value, json};

use crate::support::client::Answer;
use crate::support::desk::{Person, answer_to};

/// Lease a sample and answer it with `class`; the last answer of the server.
async fn label(person: &mut Person, class: i64) -> Answer {
    let leased = person.ask(json!({ "count": 1 })).await;
    if leased.status != 200 {
        return leased;
    }
    let lease: Value = leased.json()["leases"][0].clone();
    person.send(&answer_to(&lease, json!({ "class": class }))).await
}

/// Fail unless this is an error of the API with this status and code that says when to come back.
#[track_caller]
fn assert_comes_back(answer: &Answer, status: u16, code: &str) {
    answer.assert_status(status);
    assert_eq!(answer.json()["error"]["code"], code, "{}", answer.text());
    assert!(!answer.header("retry-after").is_empty(), "no Retry-After with {code}");
}
