//! Rounds come in order, train on what stood and never on the audit set; the retrain rule's decisions follow from the answers.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use super::labels::Standing;
use super::{Kind, Report, Terms};
use crate::history::{Event, What};
use crate::stored::{Annotation, Decision, Round, Stored};

/// Causes that an answer or an undo gives.
const OF_ANSWERS: [&str; 3] = ["answers", "new class", "correction"];

pub(super) fn check(events: &[Event], stored: &Stored, terms: Terms, report: &mut Report) {
    check_order(stored, report);
    let audits = |sample: &i64| stored.samples.get(sample).copied().unwrap_or_default();
    for sample in stored.queue.iter().filter(|sample| audits(sample)) {
        report.found(Kind::AuditSeen, format!("{sample} is in the published queue"));
    }
    for round in stored.rounds.iter().filter(|round| round.state == "finished") {
        let Some(trained) = &round.trained_on else {
            report.found(Kind::Training, format!("round {} does not say on what", round.number));
            continue;
        };
        for (sample, _) in trained.iter().filter(|(sample, _)| audits(sample)) {
            report.found(Kind::AuditSeen, format!("round {} was trained on {sample}", round.number));
        }
        if trained.len() as i64 != round.n_labels || !stood(round, trained, stored, terms) {
            let about = format!("round {}: {} labels, {} answers", round.number, round.n_labels, round.n_answers);
            report.found(Kind::Training, about);
        }
    }
    check_decisions(events, stored, report);
}

fn check_order(stored: &Stored, report: &mut Report) {
    let mut answers = 0;
    for (at, round) in stored.rounds.iter().enumerate() {
        if round.number != at as i64 + 1 {
            report.found(Kind::Rounds, format!("round {} is in place {}", round.number, at + 1));
        }
        if round.n_answers < answers {
            report.found(Kind::Rounds, format!("round {} saw fewer answers than one before", round.number));
        }
        answers = round.n_answers;
        if !["finished", "failed"].contains(&round.state.as_str()) {
            report.found(Kind::Rounds, format!("round {} was left {}", round.number, round.state));
        }
    }
    let last = stored.rounds.iter().rev().find(|round| round.state == "finished").map_or(0, |round| round.n_answers);
    if stored.tally.round_answers != last {
        let about = format!("the tally knows {} answers, the last round {last}", stored.tally.round_answers);
        report.found(Kind::Rounds, about);
    }
}

/// Whether these labels stood at one moment: at `n_answers` or, since a round counts before it reads, after it.
fn stood(round: &Round, trained: &[(i64, Vec<i64>)], stored: &Stored, terms: Terms) -> bool {
    let trained: BTreeMap<i64, &[i64]> =
        trained.iter().map(|(sample, classes)| (*sample, classes.as_slice())).collect();
    let trains = |sample: i64| !stored.samples.get(&sample).copied().unwrap_or(true);
    let named = |row: Option<&Annotation>| -> Option<Vec<i64>> {
        let classes = row?.classes.as_deref()?;
        Some(classes.split_whitespace().filter_map(|id| id.parse().ok()).collect())
    };
    // Samples on which the moment and the round differ.
    let mut differ: BTreeSet<i64> = trained.keys().copied().collect();
    let mut standing = Standing::default();
    if round.n_answers == 0 && differ.is_empty() {
        return true;
    }
    for (at, row) in stored.annotations.iter().enumerate() {
        standing.add(row);
        let sample = row.sample;
        if trains(sample) {
            let label = named(standing.of(sample));
            let same = match (&label, trained.get(&sample)) {
                (Some(label), Some(known)) => label.as_slice() == *known,
                (Some(_), None) => terms.embeddings_lost,
                (None, known) => known.is_none(),
            };
            if same {
                differ.remove(&sample);
            } else {
                differ.insert(sample);
            }
        }
        if at as i64 + 1 >= round.n_answers && differ.is_empty() {
            return true;
        }
    }
    false
}

/// Answers that make a round due after one that knew `known`: every one until 50, then each 2 %.
fn answers_due(stored: &Stored, known: i64) -> i64 {
    match stored.retrain_labels {
        Some(labels) => labels.max(1),
        None if known < 50 => 1,
        None => (known / 50).max(1),
    }
}

fn check_decisions(events: &[Event], stored: &Stored, report: &mut Report) {
    let (counted, others): (Vec<&Decision>, Vec<&Decision>) =
        stored.decisions.iter().partition(|decision| OF_ANSWERS.contains(&decision.cause.as_str()));
    let asked = events.iter().filter(|event| event.what == What::RoundAsked).count();
    let buttons = others.iter().filter(|decision| decision.cause == "button").count();
    if buttons > asked {
        report.found(Kind::Decision, format!("{buttons} rounds by the button, which was pressed {asked} times"));
    }
    for decision in others {
        let by_time_without_answers = decision.cause == "time" && decision.since == 0;
        if !decision.fired || decision.due != 0 || by_time_without_answers {
            report.found(Kind::Decision, format!("{decision:?}"));
        }
    }
    let rows: Vec<&Annotation> = stored.annotations.iter().filter(|row| row.origin != "import").collect();
    if counted.len() != rows.len() {
        report.found(Kind::Decision, format!("{} decisions for {} answers", counted.len(), rows.len()));
        return;
    }
    // The answers that a finished round may have known.
    let known: HashSet<i64> = stored
        .rounds
        .iter()
        .filter(|round| round.state == "finished")
        .map(|round| round.n_answers)
        .chain([0])
        .collect();
    let (mut standing, mut classes, mut before) = (Standing::default(), HashSet::new(), 0);
    let mut last_fired = 0;
    for (at, (row, decision)) in rows.iter().zip(&counted).enumerate() {
        let answers = at as i64 + 1;
        let cause = cause_of(row, &mut standing, &mut classes);
        let round = answers - decision.since;
        let due = answers_due(stored, round);
        let fired = cause != "answers" || decision.since >= due;
        let follows = (decision.cause.as_str(), decision.due, decision.fired) == (cause, due, fired)
            && known.contains(&round)
            && round >= before
            && decision.made_us == row.made_us;
        if !follows {
            let about = format!("answer {answers}: {decision:?}, expected {cause} {due} {fired} after {before}");
            report.found(Kind::Decision, about);
        }
        before = before.max(round);
        if decision.fired {
            last_fired = answers;
        }
    }
    // With fewer than two classes there is nothing to train.
    let seen = stored.rounds.last().map_or(0, |round| round.n_answers);
    if last_fired > seen && !stored.round_waits && classes.len() >= 2 {
        report.found(Kind::RoundMissing, format!("a round was due at {last_fired} answers, the last one saw {seen}"));
    }
}

/// What an annotation is a cause of, by the documented rule.
fn cause_of<'a>(row: &'a Annotation, standing: &mut Standing<'a>, classes: &mut HashSet<&'a str>) -> &'static str {
    let before = standing.of(row.sample);
    standing.add(row);
    if row.kind == "undo" {
        return "correction";
    }
    if row.classes.as_deref().is_some_and(|class| classes.insert(class)) {
        return "new class";
    }
    match before {
        Some(before) => {
            let trains = row.classes.is_some() || before.classes.is_some();
            let changed = (&row.classes, &row.reason) != (&before.classes, &before.reason);
            if trains && changed { "correction" } else { "answers" }
        }
        None => "answers",
    }
}
