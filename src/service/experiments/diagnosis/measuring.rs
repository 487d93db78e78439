//! Measuring each way in each fold, with a journal from which an interrupted run goes on.

use std::collections::HashMap;
use std::io::Write as _;
use std::path::Path;
use std::time::Instant;

use super::arms::{Arm, PRESENT};
use super::material::DiagnosisMaterial;
use crate::domain::Stage;
use crate::evaluate::quality::Quality;
use crate::evaluate::treatments::{self, FOLDS};
use crate::learn::{LearnError, Training, Tuned, tune};
use crate::math::random;
use crate::progress::Progress;
use crate::service::ServiceError;

/// Repetitions of the folds.
pub(super) const REPEATS: usize = 3;
/// Shares of the training samples that draw the learning curve; with all of them, it is the present way.
pub(super) const SHARES: [usize; 3] = [25, 50, 75];
/// Audit labels below which they confirm nothing.
const LEAST_AUDIT: usize = 30;

/// One way in one fold.
#[derive(Debug, Clone, serde::Serialize, serde::Deserialize)]
pub(super) struct FoldEntry {
    arm: String,
    unit: usize,
    pub(super) accuracy: f64,
    pub(super) macro_f1: f64,
    /// Seconds of learning.
    pub(super) seconds: f64,
    /// Samples it learned from.
    pub(super) known: usize,
}

/// What was measured so far, also in a file.
pub(super) struct Journal {
    file: std::fs::File,
    entries: HashMap<(String, usize), FoldEntry>,
}

impl Journal {
    /// Open the journal at `path`; one of other material is begun anew.
    pub(super) fn open(path: &Path, fingerprint: &str) -> std::io::Result<Self> {
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder)?;
        }
        let text = std::fs::read_to_string(path).unwrap_or_default();
        let mut lines = text.lines();
        let known: Vec<FoldEntry> = if lines.next() == Some(fingerprint) {
            lines.filter_map(|line| serde_json::from_str(line).ok()).collect()
        } else {
            Vec::new()
        };
        // Written anew, so that a torn line is not gone on with.
        let mut file = std::fs::File::create(path)?;
        writeln!(file, "{fingerprint}")?;
        let mut journal = Self { file, entries: HashMap::new() };
        known.into_iter().try_for_each(|entry| journal.add(entry))?;
        Ok(journal)
    }

    fn add(&mut self, entry: FoldEntry) -> std::io::Result<()> {
        writeln!(self.file, "{}", serde_json::to_string(&entry)?)?;
        self.entries.insert((entry.arm.clone(), entry.unit), entry);
        Ok(())
    }

    fn has(&self, arm: &str, unit: usize) -> bool {
        self.entries.contains_key(&(arm.to_owned(), unit))
    }

    /// The entries of one way in the order of the folds.
    pub(super) fn of(&self, arm: &str) -> Vec<&FoldEntry> {
        (0..REPEATS * FOLDS).filter_map(|unit| self.entries.get(&(arm.to_owned(), unit))).collect()
    }
}

/// The name under which the present way on a share of the samples is measured.
pub(super) fn share_name(percent: usize) -> String {
    format!("{percent} %")
}

/// Measure what the journal lacks; `false` when told to stop.
pub(super) fn folds(
    material: &DiagnosisMaterial,
    arms: &[Arm],
    journal: &mut Journal,
    progress: &Progress,
) -> Result<bool, ServiceError> {
    let units = REPEATS * FOLDS;
    for unit in 0..units {
        progress.report(unit as u64, units as u64, &Stage::Diagnosing);
        if !one_fold(material, arms, journal, progress, unit)? {
            return Ok(false);
        }
    }
    progress.report(units as u64, units as u64, &Stage::Diagnosing);
    Ok(true)
}

fn one_fold(
    material: &DiagnosisMaterial,
    arms: &[Arm],
    journal: &mut Journal,
    progress: &Progress,
    unit: usize,
) -> Result<bool, ServiceError> {
    let labeled = material.labeled();
    let of = treatments::folds(&labeled, random::hash(material.seed, (unit / FOLDS) as u64));
    let (known, held): (Vec<usize>, Vec<usize>) = (0..of.len()).partition(|&i| of[i] != unit % FOLDS);
    let seed = random::hash(material.seed, unit as u64 ^ 0xf01d);
    let mut tuned = None;
    for arm in arms {
        if progress.stopped() {
            return Ok(false);
        }
        if !journal.has(&arm.name, unit) {
            let shared = if shares_tuning(arm, &arms[0]) {
                Some(tuning(material, arm, &known, seed, &mut tuned)?)
            } else {
                None
            };
            let entry = judged(material, arm, &known, &held, shared, seed)?;
            journal.add(FoldEntry { unit, ..entry })?;
        }
    }
    for percent in SHARES {
        let name = share_name(percent);
        if !journal.has(&name, unit) {
            let mut part = known.clone();
            part.sort_by_key(|&i| random::hash(seed, i as u64));
            part.truncate(known.len() * percent / 100);
            let arm = Arm { name, ..arms[0].clone() };
            // A class that the part lacks is no error: it is never predicted.
            let entry = judged(material, &arm, &part, &held, None, seed)?;
            journal.add(FoldEntry { unit, ..entry })?;
        }
    }
    Ok(true)
}

/// Whether what was chosen for the present way holds for this one: it learns from the same rows.
fn shares_tuning(arm: &Arm, present: &Arm) -> bool {
    arm.source == present.source && arm.copies == present.copies
}

/// Penalty and temperature of the present way in this fold, chosen once.
fn tuning(
    material: &DiagnosisMaterial,
    arm: &Arm,
    known: &[usize],
    seed: u64,
    made: &mut Option<Tuned>,
) -> Result<Tuned, LearnError> {
    if let Some(tuned) = *made {
        return Ok(tuned);
    }
    let (treatment, labeled) = (material.treatment(arm.source, arm.copies, &arm.cures), material.labeled());
    let rows = treatment.taught.gather(known);
    let truth = labeled.targets.gather(known, labeled.n_classes);
    let training = Training { rows: &rows, targets: truth.targets(), weights: None, n_classes: labeled.n_classes };
    let tuned = tune(&training, treatment.standardiser, None, seed)?;
    *made = Some(tuned);
    Ok(tuned)
}

fn judged(
    material: &DiagnosisMaterial,
    arm: &Arm,
    known: &[usize],
    held: &[usize],
    tuned: Option<Tuned>,
    seed: u64,
) -> Result<FoldEntry, LearnError> {
    let started = Instant::now();
    let treatment = material.treatment(arm.source, arm.copies, &arm.cures);
    let Quality { accuracy, macro_f1, .. } = treatment.judged(&material.labeled(), known, held, tuned, seed)?;
    let seconds = started.elapsed().as_secs_f64();
    Ok(FoldEntry { arm: arm.name.clone(), unit: 0, accuracy, macro_f1, seconds, known: known.len() })
}

/// Which audit samples each way gets right after learning from all labels, by its name; empty where there are too few. `None`
/// when told to stop.
pub(super) fn audit(
    material: &DiagnosisMaterial,
    arms: &[Arm],
    progress: &Progress,
) -> Result<Option<HashMap<String, Vec<bool>>>, ServiceError> {
    let mut right = HashMap::new();
    let targets = material.audit_truth.targets();
    if targets.len(material.n_classes) < LEAST_AUDIT {
        return Ok(Some(right));
    }
    let everyone: Vec<usize> = (0..material.samples.len()).collect();
    let mut tuned = None;
    for arm in arms {
        if progress.stopped() {
            return Ok(None);
        }
        let seed = material.seed;
        let shared =
            if shares_tuning(arm, &arms[0]) { Some(tuning(material, arm, &everyone, seed, &mut tuned)?) } else { None };
        let treatment = material.treatment(arm.source, arm.copies, &arm.cures);
        let rows = &material.sources[arm.source].audit;
        let quality = treatment.judged_on(&material.labeled(), &everyone, rows, targets, shared, seed)?;
        right.insert(arm.name.clone(), quality.right);
    }
    debug_assert!(right.contains_key(PRESENT), "the present way is among them");
    Ok(Some(right))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(arm: &str, unit: usize) -> FoldEntry {
        FoldEntry { arm: arm.to_owned(), unit, accuracy: 0.5, macro_f1: 0.4, seconds: 0.1, known: 80 }
    }

    #[test]
    fn a_journal_goes_on_after_a_torn_line_and_begins_anew_for_other_material() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a/journal");
        let mut journal = Journal::open(&path, "one").unwrap();
        journal.add(entry("mixup", 0)).unwrap();
        journal.add(entry("mixup", 2)).unwrap();
        drop(journal);
        let mut file = std::fs::OpenOptions::new().append(true).open(&path).unwrap();
        file.write_all(b"{\"arm\":\"mixup\",\"un").unwrap();
        let mut journal = Journal::open(&path, "one").unwrap();
        assert!(journal.has("mixup", 0) && !journal.has("mixup", 1) && journal.has("mixup", 2));
        journal.add(entry("mixup", 1)).unwrap();
        assert_eq!(Journal::open(&path, "one").unwrap().of("mixup").len(), 3);
        assert!(Journal::open(&path, "another").unwrap().of("mixup").is_empty());
    }
}
