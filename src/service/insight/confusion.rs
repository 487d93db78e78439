//! Which classes are taken for which, and on which samples.
//!
//! **Invariant:** no prediction here comes from a model that learned the sample's label.

use std::collections::HashMap;

use crate::domain::{ClassId, ClassSet, Project, SampleId, Task};
use crate::evaluate::lure::{Levelled, Weighed, levelled};
use crate::service::desk::{groups, streams};
use crate::service::rounds::doubts;
use crate::service::{App, ServiceError};

/// Answers drawn at random that the weighed accuracy needs at least.
const LEAST_DRAWN: usize = 10;

/// The labels that are counted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Counted {
    /// The audit set, by the committee of the newest round: what it does on samples like the pool's.
    #[default]
    Audit,
    /// All labels, by heads that had not seen each. The asked ones are harder than the pool.
    All,
}

/// A label beside what was predicted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LabelAndGuess {
    pub sample: SampleId,
    pub label: ClassId,
    pub guess: ClassId,
}

/// Labels and predictions of a project whose samples have one class each, by sample; empty for others and before the first round.
pub async fn pairs(app: &App, project: &Project, counted: Counted) -> Result<Vec<LabelAndGuess>, ServiceError> {
    if project.task != Task::Single {
        return Ok(Vec::new());
    }
    let one = |set: &ClassSet| set.ids().next();
    let mut found: Vec<LabelAndGuess> = match counted {
        Counted::Audit => {
            let Some(round) = app.store.latest_round(project.id).await? else { return Ok(Vec::new()) };
            let said = app.store.audited_round(project.id, round.number).await?;
            let said: HashMap<SampleId, ClassSet> =
                said.map(|round| round.predictions.into_iter().collect()).unwrap_or_default();
            let labels = app.store.audit_labels(project.id).await?;
            let pair = |(sample, set): &(SampleId, ClassSet)| {
                Some(LabelAndGuess { sample: *sample, label: one(set)?, guess: one(said.get(sample)?)? })
            };
            labels.iter().filter_map(pair).collect()
        }
        Counted::All => {
            let pair = |(sample, given, guess): (SampleId, ClassSet, ClassSet)| {
                Some(LabelAndGuess { sample, label: one(&given)?, guess: one(&guess)? })
            };
            doubts::guesses(app, project).await?.into_iter().filter_map(pair).collect()
        }
    };
    found.sort_by_key(|pair| pair.sample);
    Ok(found)
}

/// The accuracy over the pool from the answers that train, each weighed by how likely its sample was to be asked, and judged by heads
/// that had not seen its label. `None` with too few of them, and while none was drawn at random.
///
/// # Errors
/// When answers or judgements cannot be read.
pub async fn weighed(app: &App, project: &Project, pairs: &[LabelAndGuess]) -> Result<Option<Levelled>, ServiceError> {
    let right: HashMap<SampleId, bool> = pairs.iter().map(|pair| (pair.sample, pair.label == pair.guess)).collect();
    let asked = app.store.asked_samples(project.id).await?;
    let tally = app.store.tally(project.id).await?;
    let pool = (tally.samples - tally.audit_samples - tally.skipped).max(0) as usize;
    let mut left = pool;
    let mut weighed = Vec::with_capacity(asked.len());
    for (sample, by) in &asked {
        let Some(&right) = right.get(sample) else { continue };
        weighed.push(Weighed { chance: streams::chance(by == streams::RANDOM, left), right });
        left = left.saturating_sub(1);
    }
    let drawn = asked.iter().filter(|(_, by)| by == streams::RANDOM).count();
    // Groups are asked as a whole, so their samples have no chance of their own.
    let grouped = asked.iter().filter(|(_, by)| by.starts_with(groups::GROUP)).count();
    let together = grouped * 20 > asked.len();
    Ok(if together || drawn < LEAST_DRAWN || weighed.len() > pool { None } else { levelled(&weighed, pool, 0.95) })
}

/// How often each label (rows) met each guess (columns), in the order of `classes`. O(pairs + classes²).
pub fn counts(pairs: &[LabelAndGuess], classes: &[ClassId]) -> Vec<Vec<u64>> {
    let place: HashMap<ClassId, usize> = classes.iter().enumerate().map(|(at, id)| (*id, at)).collect();
    let mut counts = vec![vec![0; classes.len()]; classes.len()];
    for pair in pairs {
        if let (Some(&row), Some(&column)) = (place.get(&pair.label), place.get(&pair.guess)) {
            counts[row][column] += 1;
        }
    }
    counts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_are_rows_and_guesses_columns() {
        let pair = |sample, label, guess| LabelAndGuess {
            sample: SampleId(sample),
            label: ClassId(label),
            guess: ClassId(guess),
        };
        let pairs = [pair(1, 7, 7), pair(2, 7, 9), pair(3, 7, 9), pair(4, 9, 9), pair(5, 8, 7)];
        assert_eq!(
            counts(&pairs, &[ClassId(7), ClassId(9)]),
            [[1, 2], [0, 1]],
            "a class that is not shown is left out"
        );
    }
}
