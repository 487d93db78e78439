//! Labels, counts and exports follow from the annotations in their order, and from the history alone.

use std::collections::{BTreeMap, HashMap};

use super::{Kind, Report, Seen};
use crate::stored::{Annotation, Stored};

/// The answers of each sample that were not taken back, the standing one last.
#[derive(Default)]
pub(super) struct Standing<'a> {
    piles: HashMap<i64, Vec<&'a Annotation>>,
}

impl<'a> Standing<'a> {
    /// The standing answer of a sample.
    pub(super) fn of(&self, sample: i64) -> Option<&'a Annotation> {
        self.piles.get(&sample)?.last().copied()
    }

    /// Take in the next annotation; `false` where it takes back what does not stand.
    pub(super) fn add(&mut self, row: &'a Annotation) -> bool {
        let pile = self.piles.entry(row.sample).or_default();
        if row.kind != "undo" {
            pile.push(row);
            return true;
        }
        let stands = pile.last().is_some_and(|last| Some(&last.id) == row.undoes.as_ref());
        if stands {
            pile.pop();
        }
        stands
    }

    fn all(&self) -> BTreeMap<i64, &'a Annotation> {
        self.piles.iter().filter_map(|(sample, pile)| Some((*sample, *pile.last()?))).collect()
    }
}

pub(super) fn check(seen: &Seen, stored: &Stored, report: &mut Report) {
    let mut standing = Standing::default();
    for row in &stored.annotations {
        if !standing.add(row) {
            report.found(Kind::UndoWrong, format!("{} takes back what does not stand", row.id));
        }
    }
    let expected = standing.all();
    for (sample, row) in &expected {
        let label = stored.labels.get(sample);
        let same = label.is_some_and(|label| {
            (label.annotation.as_str(), &label.classes, &label.reason) == (row.id.as_str(), &row.classes, &row.reason)
        });
        if !same {
            report.found(Kind::Label, format!("{sample} has {label:?}, and {row:?} stands"));
        }
    }
    for sample in stored.labels.keys().filter(|sample| !expected.contains_key(sample)) {
        report.found(Kind::Label, format!("{sample} has a label without an answer"));
    }
    check_history(seen, &expected, report);
    check_counts(stored, report);
    check_exports(stored, report);
}

/// The last acknowledged answer of a sample that was not taken back is the one that stands. One person answers a sample and waits
/// for each receipt before the next step, so the order of receipts is that of the answers.
fn check_history(seen: &Seen, expected: &BTreeMap<i64, &Annotation>, report: &mut Report) {
    let mut last: HashMap<i64, (u64, &str)> = HashMap::new();
    for (id, receipts) in &seen.receipts {
        let (Some(sent), false) = (seen.sent.get(id), seen.undone.contains_key(id)) else { continue };
        let at = receipts.iter().map(|receipt| receipt.at).min().unwrap_or_default();
        let known = last.entry(sent.sample).or_insert((at, id));
        if at > known.0 {
            *known = (at, id);
        }
    }
    for (sample, (_, id)) in last {
        let stands = expected.get(&sample).map(|row| row.id.as_str());
        // An answer or undo without a receipt may have been stored after it.
        let other = stands.is_some_and(|stands| seen.sent.contains_key(stands) && !seen.receipts.contains_key(stands));
        if stands != Some(id) && !other && !seen.undoing.contains_key(id) {
            report.found(Kind::Label, format!("by the history {id} stands for {sample}, and {stands:?} does"));
        }
    }
}

fn check_counts(stored: &Stored, report: &mut Report) {
    let audits = |sample: &i64| stored.samples.get(sample).copied().unwrap_or_default();
    let named = |sample: &&i64| stored.labels[sample].classes.is_some();
    let (labeled, skipped): (Vec<&i64>, Vec<&i64>) = stored.labels.keys().partition(|sample| named(sample));
    let mut expected = stored.tally.clone();
    expected.samples = stored.samples.len() as i64;
    expected.audit_samples = stored.samples.values().filter(|audit| **audit).count() as i64;
    expected.labeled = labeled.len() as i64;
    expected.audit_labeled = labeled.iter().filter(|sample| audits(sample)).count() as i64;
    expected.skipped = skipped.len() as i64;
    expected.answers = stored.annotations.len() as i64;
    if expected != stored.tally {
        report.found(Kind::Tally, format!("{:?} instead of {expected:?}", stored.tally));
    }
}

fn check_exports(stored: &Stored, report: &mut Report) {
    let name = |classes: &str| classes.parse().ok().and_then(|id: i64| stored.classes.get(&id)).cloned();
    let expected: Vec<(i64, String)> =
        stored.labels.iter().filter_map(|(sample, label)| Some((*sample, name(label.classes.as_deref()?)?))).collect();
    for (format, rows) in &stored.exports {
        let mut rows = rows.clone();
        rows.sort();
        if rows != expected {
            let extra = rows.iter().find(|row| !expected.contains(row));
            let missing = expected.iter().find(|row| !rows.contains(row));
            let about = format!("{format}: {} rows for {} labels, {extra:?} {missing:?}", rows.len(), expected.len());
            report.found(Kind::Export, about);
        }
    }
}
