//! The shelf of rounds: how good each is on the audit set, which are kept, which one is in use, and two of them side by side.
//!
//! **Invariant:** what is best, pinned, rolled back to, or among the newest keeps its committee; see [`forget_old`].

use std::collections::{BTreeMap, HashMap, HashSet};
use std::path::Path;

use crate::domain::{ClassSet, Classes, Project, SampleId};
use crate::evaluate::{Interval, Paired, wilson};
use crate::service::{App, ServiceError};
use crate::store::audited::AuditedRound;
use crate::store::rounds::{Round, RoundStatus};

/// The newest rounds keep their committees regardless of quality, and so does every fiftieth.
const NEWEST_KEPT: i64 = 20;
const EVERY_KEPT: i64 = 50;
/// Audit answers that a comparison of rounds needs before one is called the best.
pub const ENOUGH: usize = 20;

/// How often a round is right on the audit samples that have a label now; a set is right when it is the whole label.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize, utoipa::ToSchema)]
pub struct Audited {
    pub n: usize,
    pub correct: usize,
    /// Wilson's 95 % interval.
    pub accuracy: Interval,
}

/// A round's place on the shelf.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize, utoipa::ToSchema)]
#[expect(clippy::struct_excessive_bools, reason = "four independent facts, each a field for programs")]
pub struct Place {
    /// `None` while no audit sample has a label.
    pub audited: Option<Audited>,
    /// Whether it is the best on the audit set of those whose committee is kept.
    pub best: bool,
    pub pinned: bool,
    /// Whether exports, predictions and `model.onnx` use it.
    pub in_use: bool,
    /// Whether its committee still exists, so that it can be used or made into a model.
    pub kept: bool,
}

/// The shelf as a whole.
#[derive(Debug, Clone, Default)]
pub struct Shelf {
    /// Rounds whose committee exists.
    pub kept: HashSet<i64>,
    pub pinned: HashSet<i64>,
    pub best: Option<i64>,
    /// The round in use, if any has finished.
    pub in_use: Option<i64>,
    /// Whether `in_use` was chosen in place of the newest.
    pub rolled_back: bool,
    audited: HashMap<i64, Audited>,
}

impl Shelf {
    pub fn place(&self, round: i64) -> Place {
        Place {
            audited: self.audited.get(&round).copied(),
            best: self.best == Some(round),
            pinned: self.pinned.contains(&round),
            in_use: self.in_use == Some(round),
            kept: self.kept.contains(&round),
        }
    }

    /// The rounds that deserve a place of their own: in use, best and pinned, newest first.
    pub fn chosen(&self) -> Vec<i64> {
        let mut chosen: Vec<i64> = self.pinned.iter().copied().chain(self.best).chain(self.in_use).collect();
        chosen.sort_unstable_by_key(|number| std::cmp::Reverse(*number));
        chosen.dedup();
        chosen
    }
}

/// The round that exports, predictions and `model.onnx` use: the one rolled back to, or the newest. `None` before the first.
pub async fn in_use(app: &App, project: &Project) -> Result<Option<Round>, ServiceError> {
    match app.store.rolled_back_to(project.id).await? {
        Some(round) => Ok(Some(round)),
        None => Ok(app.store.latest_round(project.id).await?),
    }
}

/// The shelf, with how good `shown` and all kept rounds are.
pub async fn shelf(app: &App, project: &Project, shown: &[i64]) -> Result<Shelf, ServiceError> {
    let folder = app.data.rounds(&project.slug);
    let kept = app.cpu.blocking(move || kept_in(&folder)).await??;
    let pinned: HashSet<i64> = app.store.pinned_rounds(project.id).await?.into_iter().collect();
    let rolled_back = app.store.rolled_back_to(project.id).await?.map(|round| round.number);
    let newest = app.store.latest_round(project.id).await?.map(|round| round.number);
    let truth: HashMap<SampleId, ClassSet> = app.store.audit_labels(project.id).await?.into_iter().collect();
    let mut shelf =
        Shelf { pinned, in_use: rolled_back.or(newest), rolled_back: rolled_back.is_some(), ..Shelf::default() };
    let mut labels = BTreeMap::new();
    let wanted: HashSet<i64> = kept.iter().chain(shown).chain(&shelf.pinned).copied().collect();
    for number in wanted {
        let Some(round) = app.store.audited_round(project.id, number).await? else { continue };
        labels.insert(number, round.n_labels);
        if let Some(audited) = audited(&round, &truth) {
            shelf.audited.insert(number, audited);
        }
    }
    let candidates = labels.iter().filter(|(number, _)| kept.contains(number));
    shelf.best = best(candidates.filter_map(|(number, labels)| Some((*number, *labels, *shelf.audited.get(number)?))));
    shelf.kept = kept;
    Ok(shelf)
}

/// How often `round` agreed with the audit labels; `None` where it predicted none of them.
fn audited(round: &AuditedRound, truth: &HashMap<SampleId, ClassSet>) -> Option<Audited> {
    let known = || round.predictions.iter().filter_map(|(sample, said)| Some((truth.get(sample)?, said)));
    let (n, correct) = (known().count(), known().filter(|(truth, said)| truth == said).count());
    (n > 0).then(|| Audited { n, correct, accuracy: wilson(correct as u64, n as u64, 0.95) })
}

/// The round (number, training labels, audited) whose interval has the highest lower end; ties go to fewer labels, then
/// the earlier round.
fn best(rounds: impl Iterator<Item = (i64, i64, Audited)>) -> Option<i64> {
    let best = rounds.filter(|(_, _, audited)| audited.n >= ENOUGH).max_by(|one, other| {
        let by_interval = one.2.accuracy.low.total_cmp(&other.2.accuracy.low);
        by_interval.then(other.1.cmp(&one.1)).then(other.0.cmp(&one.0))
    });
    best.map(|(number, _, _)| number)
}

/// Numbers of the rounds in a project's folder whose committee is there.
fn kept_in(rounds: &Path) -> std::io::Result<HashSet<i64>> {
    let entries = match std::fs::read_dir(rounds) {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(HashSet::new()),
        Err(error) => return Err(error),
    };
    let mut kept = HashSet::new();
    for entry in entries {
        let entry = entry?;
        let number: Option<i64> = entry.file_name().to_str().and_then(|name| name.parse().ok());
        kept.extend(number.filter(|_| entry.path().join(COMMITTEE).is_file()));
    }
    Ok(kept)
}

/// The committee's file in a round's folder.
pub const COMMITTEE: &str = "committee.onnx";

/// Pin a round, or unpin it.
///
/// # Errors
/// When there is no such finished round, or its committee is gone already.
pub async fn pin(app: &App, project: &Project, number: i64, pinned: bool) -> Result<(), ServiceError> {
    if pinned {
        usable(app, project, number).await?;
    }
    let at = pinned.then(|| app.clock.now());
    let done = app.store.save_pin(project.id, number, at).await?;
    if done { Ok(()) } else { Err(ServiceError::not_found("round", number)) }
}

/// Use this round for exports, predictions and `model.onnx` until the next round finishes. Labels and queue stay as they are.
///
/// # Errors
/// When there is no such finished round, its committee is gone, or it was trained on another encoder than the project's.
pub async fn roll_back(app: &App, project: &Project, number: i64) -> Result<(), ServiceError> {
    let round = usable(app, project, number).await?;
    // Pages cache a project for a few seconds; its encoder may have changed since.
    let encoder = app.store.project(project.id).await?.and_then(|project| project.encoder_id);
    if round.encoder_id != encoder {
        return Err(ServiceError::Conflict(format!(
            "round {number} was trained on another encoder than the project uses now; choose that encoder on the settings page first"
        )));
    }
    let newest = app.store.latest_round(project.id).await?;
    let other = newest.is_none_or(|newest| newest.number != number).then_some(round.id);
    app.store.save_roll_back(project.id, other).await?;
    tracing::info!(project = %project.slug, round = number, "rolled back");
    Ok(())
}

/// Use the newest round again.
pub async fn lift(app: &App, project: &Project) -> Result<(), ServiceError> {
    Ok(app.store.save_roll_back(project.id, None).await?)
}

/// A finished round whose committee is there.
///
/// # Errors
/// When there is none of that number.
pub(in crate::service) async fn usable(app: &App, project: &Project, number: i64) -> Result<Round, ServiceError> {
    let round = app.store.round_by_number(project.id, number).await?;
    let round = round.ok_or_else(|| ServiceError::not_found("round", number))?;
    if round.state != RoundStatus::Finished {
        return Err(ServiceError::Conflict(format!(
            "round {number} is {}; only a finished round can be used",
            round.state
        )));
    }
    if !app.data.round(&project.slug, number).join(COMMITTEE).is_file() {
        return Err(ServiceError::Conflict(format!(
            "the committee of round {number} is not kept any more; pin a round to keep it"
        )));
    }
    Ok(round)
}

/// Remove the committees that nothing keeps: of rounds before the newest 20 that are not every fiftieth, not pinned,
/// not rolled back to and not the best on the audit set.
///
/// # Errors
/// When the rounds cannot be read; a file that cannot be removed is only logged.
pub async fn forget_old(app: &App, project: &Project, newest: i64) -> Result<(), ServiceError> {
    if newest <= NEWEST_KEPT {
        return Ok(());
    }
    let shelf = shelf(app, project, &[]).await?;
    let held: HashSet<i64> = shelf.chosen().into_iter().collect();
    let rule = |number: i64| number > newest - NEWEST_KEPT || number % EVERY_KEPT == 0;
    let old: Vec<_> = shelf.kept.into_iter().filter(|number| !rule(*number) && !held.contains(number)).collect();
    let files: Vec<_> = old.into_iter().map(|n| app.data.round(&project.slug, n).join(COMMITTEE)).collect();
    app.cpu
        .blocking(move || {
            for file in files {
                if let Err(error) = std::fs::remove_file(&file)
                    && error.kind() != std::io::ErrorKind::NotFound
                {
                    let error = crate::causes::line(&error);
                    tracing::warn!(error, file = %file.display(), "an old committee could not be removed");
                }
            }
        })
        .await?;
    Ok(())
}

/// An audit sample on which two rounds disagree.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, utoipa::ToSchema)]
pub struct Difference {
    pub sample: SampleId,
    pub name: String,
    /// The label.
    pub truth: Classes,
    /// The first round's prediction.
    pub first: Classes,
    /// The second round's prediction.
    pub second: Classes,
}

/// Two rounds on the same audit samples: those that both predicted and that have a label now.
#[derive(Debug, Clone, serde::Serialize, utoipa::ToSchema)]
pub struct Comparison {
    pub first: i64,
    pub second: i64,
    pub n: u64,
    pub counts: Paired,
    pub first_accuracy: Interval,
    pub second_accuracy: Interval,
    /// Exact two-sided `McNemar` test.
    pub p_value: f64,
    /// Samples on which they differ: first those where only the first is right, then only the second, then neither.
    pub differences: Vec<Difference>,
    /// How many there are in all.
    pub n_differences: usize,
}

/// Compare two rounds, with the first `limit` of the samples on which they differ.
///
/// # Errors
/// When one of them is not a finished round.
pub async fn compare(
    app: &App,
    project: &Project,
    first: i64,
    second: i64,
    limit: usize,
) -> Result<Comparison, ServiceError> {
    let mut said = Vec::with_capacity(2);
    for number in [first, second] {
        let round = app.store.audited_round(project.id, number).await?;
        said.push(round.ok_or_else(|| ServiceError::not_found("finished round", number))?.predictions);
    }
    let by_sample = |said: &[(SampleId, ClassSet)]| said.iter().cloned().collect::<HashMap<_, _>>();
    let (one, other) = (by_sample(&said[0]), by_sample(&said[1]));
    let truth = app.store.audit_labels(project.id).await?;
    let common: Vec<_> = truth
        .into_iter()
        .filter_map(|(sample, truth)| Some((sample, truth, one.get(&sample)?.clone(), other.get(&sample)?.clone())))
        .collect();
    let counts = Paired::count(common.iter().map(|(_, truth, first, second)| (first == truth, second == truth)));
    let mut differ: Vec<_> = common.into_iter().filter(|(_, _, first, second)| first != second).collect();
    // Stable: within a group they stay in the order of the audit's draw.
    differ.sort_by_key(|(_, truth, first, second)| match (first == truth, second == truth) {
        (true, _) => 0,
        (_, true) => 1,
        _ => 2,
    });
    let n_differences = differ.len();
    let mut differences = Vec::new();
    for (sample, truth, first, second) in differ.into_iter().take(limit) {
        let Some(row) = app.store.sample(project.id, sample).await? else { continue };
        let [Some(truth), Some(first), Some(second)] =
            [truth, first, second].map(|set| Classes::new(project.task, &set))
        else {
            continue;
        };
        differences.push(Difference { sample, name: row.name, truth, first, second });
    }
    let [first_accuracy, second_accuracy] = counts.accuracies();
    let (n, p_value) = (counts.n(), counts.p_value());
    Ok(Comparison { first, second, n, counts, first_accuracy, second_accuracy, p_value, differences, n_differences })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(correct: u64, n: u64) -> Audited {
        Audited { n: n as usize, correct: correct as usize, accuracy: wilson(correct, n, 0.95) }
    }

    #[test]
    fn the_best_round_has_the_highest_lower_end_and_of_equal_ones_the_fewest_labels() {
        // 19 of 20 is a larger share than 90 of 100, but less certain.
        let rounds = [(1, 50, said(19, 20)), (2, 60, said(90, 100)), (3, 80, said(90, 100)), (4, 90, said(89, 100))];
        assert!(rounds[0].2.accuracy.value > rounds[1].2.accuracy.value);
        assert_eq!(best(rounds.into_iter()), Some(2));
        assert_eq!(best([(7, 60, said(9, 10))].into_iter()), None, "ten answers are too few to call one the best");
        assert_eq!(best([(8, 60, said(90, 100)), (5, 60, said(90, 100))].into_iter()), Some(5));
    }

    #[test]
    fn chosen_rounds_come_once_each_and_newest_first() {
        let shelf = Shelf {
            pinned: HashSet::from([3, 9]),
            best: Some(9),
            in_use: Some(12),
            kept: HashSet::from([12]),
            ..Shelf::default()
        };
        assert_eq!(shelf.chosen(), [12, 9, 3]);
        let place = shelf.place(12);
        assert!(place.in_use && place.kept && !place.best && place.audited.is_none());
    }
}
