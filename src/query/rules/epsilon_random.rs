//! ε-random: each slot of a batch goes to a random open sample with probability ε, the others to the margin.
//!
//! It keeps every sample's chance above zero, so that what was asked can be re-weighted to the pool. O(N · K).

use crate::math::{random, topk};
use crate::query::pool::{OpinionError, Pick, Pool};
use crate::query::rule::{Answers, Needs, Rule, Run};
use crate::query::similar::open_margins;

pub static RULE: Rule = Rule {
    name: "epsilon-random",
    also: &[],
    advice: "margin with one question in twenty at random, so that no sample is out of reach",
    source: "Sutton and Barto 1998",
    answers: Answers::Any,
    needs: Needs::Model,
    run: Run::Batch(epsilon_random),
    ties_by_margin: false,
};

/// Share of random slots.
pub const EPSILON: f64 = 0.05;
/// Purposes of the seed: which slots, and which samples.
const SLOTS: u64 = 0xe;
const SAMPLES: u64 = 0xe5;

/// Choose up to `take` open samples by margin, with about `epsilon` of the slots at random.
///
/// # Errors
/// As [`Pool::judge`].
pub fn epsilon_random(pool: &Pool<'_>, take: usize) -> Result<Vec<Pick>, OpinionError> {
    let scores = open_margins(pool)?;
    Ok(mix(pool, pool.highest(pool.open, &scores, take), EPSILON))
}

/// Replace each of `picks` by a random open sample with probability `epsilon`, none twice. A random pick scores 0.
pub fn mix(pool: &Pool<'_>, picks: Vec<Pick>, epsilon: f64) -> Vec<Pick> {
    let wanted = |slot: usize| random::unit(random::hash(pool.seed ^ SLOTS, slot as u64)) < epsilon;
    let slots: Vec<usize> = (0..picks.len()).filter(|&slot| wanted(slot)).collect();
    if slots.is_empty() {
        return picks;
    }
    let mut taken: std::collections::HashSet<usize> = picks.iter().map(|pick| pick.index).collect();
    let ids: Vec<u64> = pool.open.iter().map(|&i| pool.ids[i]).collect();
    let drawn = topk::top_k(&vec![0.0; ids.len()], None, &ids, slots.len() + picks.len(), pool.seed ^ SAMPLES);
    let mut drawn = drawn.into_iter().map(|at| pool.open[at]);
    let mut mixed = picks;
    for slot in slots {
        let Some(index) = drawn.by_ref().find(|index| !taken.contains(index)) else { break };
        taken.insert(index);
        mixed[slot] = Pick { index, score: 0.0 };
    }
    mixed
}
