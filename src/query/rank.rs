//! From votes to a ranked list of samples.

use super::{Strategy, disagreement, uncertainty};
use crate::learn::votes::mean_of;
use crate::learn::{Committee, Votes};
use crate::math::{Matrix, topk};

/// The score of each sample in `votes`, higher first; [`Strategy::Random`] scores 0 and leaves the order to the seed.
///
/// Uncertainty strategies score the committee's mean; strategies that compare members see each member.
pub fn score(strategy: Strategy, votes: &Votes) -> Vec<f32> {
    let classes = votes.classes;
    if classes == 0 || votes.members == 0 {
        return vec![0.0; votes.n];
    }
    let mut scratch = vec![0.0; classes];
    let mean = |of: fn(&[f32]) -> f32, votes: &[f32], scratch: &mut [f32]| {
        mean_of(votes, scratch);
        of(scratch)
    };
    let one = |i: usize| {
        let v = votes.of(i);
        match strategy {
            Strategy::Random => 0.0,
            Strategy::LeastConfidence => mean(uncertainty::least_confidence, v, &mut scratch),
            Strategy::Margin => mean(uncertainty::margin, v, &mut scratch),
            Strategy::Entropy | Strategy::ConsensusEntropy => disagreement::consensus_entropy(v, &mut scratch),
            Strategy::Ratio => mean(uncertainty::ratio, v, &mut scratch),
            Strategy::VoteEntropy => disagreement::vote_entropy(v, classes, &mut scratch),
            Strategy::Bald => disagreement::bald(v, classes, &mut scratch),
            Strategy::MaxDisagreement => disagreement::max_disagreement(v, classes, &mut scratch),
        }
    };
    (0..votes.n).map(one).collect()
}

/// Score a pool of raw embeddings (N × D) block by block, in parallel, holding no votes: N scores.
pub fn score_pool(strategy: Strategy, committee: &Committee, rows: &Matrix) -> Vec<f32> {
    if strategy == Strategy::Random {
        return vec![0.0; rows.rows()];
    }
    committee.map_blocks(rows, |votes| score(strategy, votes))
}

/// Positions of the `take` samples to ask first, best first; ties by a hash of (`seed`, id).
///
/// Before the hash, [`Strategy::tie_break`] settles them.
///
/// # Panics
/// When `ids` and `votes` differ in length.
pub fn rank(strategy: Strategy, votes: &Votes, ids: &[u64], take: usize, seed: u64) -> Vec<usize> {
    let second = strategy.tie_break().map(|second| score(second, votes));
    topk::top_k(&score(strategy, votes), second.as_deref(), ids, take, seed)
}

/// [`rank`] for scores already at hand.
///
/// # Panics
/// When `ids` and `scores` differ in length.
pub fn rank_scores(scores: &[f32], ids: &[u64], take: usize, seed: u64) -> Vec<usize> {
    topk::top_k(scores, None, ids, take, seed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_strategy_survives_an_unseen_class_and_a_single_class() {
        let unseen = Votes::new(2, 3, vec![1.0, 0.0, 0.0, 0.5, 0.5, 0.0, 1.0, 0.0, 0.0, 1.0, 0.0, 0.0]).unwrap();
        let single = Votes::new(2, 1, vec![1.0; 4]).unwrap();
        for strategy in Strategy::all() {
            for votes in [&unseen, &single] {
                assert!(score(strategy, votes).iter().all(|s| s.is_finite()), "{strategy}");
                assert_eq!(rank(strategy, votes, &[7, 8], 5, 1).len(), 2);
            }
            if strategy != Strategy::Random && strategy != Strategy::VoteEntropy {
                assert_eq!(rank(strategy, &unseen, &[7, 8], 1, 1), [0], "{strategy}");
            }
        }
    }

    #[test]
    fn ties_of_votes_fall_to_the_closer_call() {
        let votes = Votes::new(1, 2, vec![0.9, 0.1, 0.6, 0.4]).unwrap();
        assert_eq!(rank(Strategy::VoteEntropy, &votes, &[1, 2], 2, 0), [1, 0]);
    }
}
