//! What the labels cost: active hours and money, up to a time.

use std::collections::HashMap;

use crate::domain::goal::{Goal, PriceUnit};
use crate::domain::{AccountId, Project, Timestamp};
use crate::service::{App, ServiceError};

/// An answer counts at most so many times its person's median: a break is not work.
const LONGEST: f64 = 5.0;

/// Answers and active time, in the order in which they came.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Effort {
    /// When each answer came, and the active seconds up to and with it.
    until: Vec<(Timestamp, f64)>,
}

/// Read the time that people's answers took.
pub async fn effort(app: &App, project: &Project) -> Result<Effort, ServiceError> {
    let answers = app.store.answer_times(project.id).await?;
    Ok(app.cpu.run(move || Effort::of(&answers)).await?)
}

impl Effort {
    /// Of answers in the order in which they came: who, when, and the active seconds where they are known. O(n log n).
    pub fn of(answers: &[(AccountId, Timestamp, Option<f64>)]) -> Self {
        let mut by_person: HashMap<AccountId, Vec<f64>> = HashMap::new();
        for (person, _, seconds) in answers {
            by_person.entry(*person).or_default().extend(seconds.filter(|s| s.is_finite() && *s >= 0.0));
        }
        let medians: HashMap<AccountId, f64> = by_person.into_iter().map(|(person, s)| (person, median(s))).collect();
        let mut sum = 0.0;
        let until = answers.iter().map(|(person, at, seconds)| {
            let usual = medians.get(person).copied().unwrap_or(0.0);
            // An answer without a time took as long as usual.
            sum += seconds.filter(|s| s.is_finite() && *s >= 0.0).map_or(usual, |s| s.min(LONGEST * usual));
            (*at, sum)
        });
        Self { until: until.collect() }
    }

    /// Answers up to `at`, and active hours.
    pub fn at(&self, at: Timestamp) -> (usize, f64) {
        let n = self.until.partition_point(|(when, _)| *when <= at);
        (n, n.checked_sub(1).map_or(0.0, |last| self.until[last].1 / 3_600.0))
    }

    /// Money up to `at`, where the goal has a price.
    pub fn cost(&self, goal: &Goal, at: Timestamp) -> Option<f64> {
        let (answers, hours) = self.at(at);
        goal.price.map(|price| match goal.per {
            PriceUnit::Label => price * answers as f64,
            PriceUnit::Hour => price * hours,
        })
    }
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_unstable_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(0.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn breaks_do_not_count_and_unknown_times_are_as_usual() {
        let answer = |person, at, seconds| (AccountId(person), Timestamp(at), seconds);
        let effort = Effort::of(&[
            answer(1, 1, Some(2.0)),
            answer(1, 2, Some(4.0)),
            answer(1, 3, Some(1_000.0)),
            answer(1, 4, None),
            answer(2, 5, Some(f64::NAN)),
        ]);
        assert_eq!(effort.at(Timestamp(0)), (0, 0.0));
        let (n, hours) = effort.at(Timestamp(4));
        assert_eq!((n, (hours * 3_600.0).round()), (4, 30.0));
        assert_eq!(effort.at(Timestamp(9)).0, 5);
    }

    #[test]
    fn a_price_is_for_labels_or_for_hours() {
        let effort =
            Effort::of(&[(AccountId(1), Timestamp(1), Some(1_800.0)), (AccountId(1), Timestamp(2), Some(1_800.0))]);
        let goal = |per| Goal { price: Some(30.0), per, ..Goal::default() };
        assert_eq!(effort.cost(&goal(PriceUnit::Label), Timestamp(2)), Some(60.0));
        assert_eq!(effort.cost(&goal(PriceUnit::Hour), Timestamp(2)), Some(30.0));
        assert_eq!(effort.cost(&Goal::default(), Timestamp(2)), None);
    }
}
