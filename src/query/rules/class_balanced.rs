//! Class-balanced quotas: margin inside each predicted class, with more questions for classes that have fewer labels.
//!
//! Water filling: each pick goes to the class with the fewest labels and picks so far that still has an open sample
//! predicted as it. The cure for long tails: without it the rare classes' doubtful samples drown. O(N · K).

use super::margin::top_two;
use crate::learn::votes::mean_of;
use crate::query::pool::{OpinionError, Pick, Pool};
use crate::query::rule::{Answers, Needs, Rule, Run};

pub static RULE: Rule = Rule {
    name: "class-balanced",
    also: &["quota"],
    advice: "uneven classes: margin with more questions for classes that have few labels",
    source: "water filling over predicted classes",
    answers: Answers::One,
    needs: Needs::Model,
    run: Run::Batch(class_balanced),
    ties_by_margin: false,
};

/// Choose up to `take` open samples; the score is the margin score.
///
/// # Errors
/// As [`Pool::judge`].
pub fn class_balanced(pool: &Pool<'_>, take: usize) -> Result<Vec<Pick>, OpinionError> {
    // One number carries both: the predicted class, and the margin score halved, which is below 1.
    let judged = pool.judge(pool.open, |votes, scratch| {
        mean_of(votes, scratch);
        let (first, second) = top_two(scratch);
        let class = (0..scratch.len()).find(|&k| scratch[k] == first).unwrap_or_default();
        class as f32 + 0.5 * (1.0 - (first - second))
    })?;
    let mut of_class: Vec<(Vec<usize>, Vec<f32>)> = vec![Default::default(); pool.n_classes];
    for (&index, judged) in pool.open.iter().zip(judged) {
        let (indices, scores) = &mut of_class[judged as usize];
        indices.push(index);
        scores.push(2.0 * judged.fract());
    }
    let mut ranked: Vec<std::vec::IntoIter<Pick>> = Vec::with_capacity(pool.n_classes);
    for (indices, scores) in &of_class {
        ranked.push(pool.highest(indices, scores, take).into_iter());
    }
    let labels = pool.counts();
    let mut counts = labels.clone();
    let mut picks = Vec::new();
    while picks.len() < take {
        // A class without labels is only the model's guess: it comes after those with labels.
        let open = (0..pool.n_classes).filter(|&c| ranked[c].len() > 0);
        let Some(class) = open.min_by_key(|&c| (labels[c] == 0, counts[c], c)) else { break };
        counts[class] += 1;
        picks.extend(ranked[class].next());
    }
    Ok(picks)
}
