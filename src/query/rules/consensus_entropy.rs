//! Consensus entropy, also soft vote entropy: H(p̄), p̄ the mean over members. O(M · K) a sample.
//!
//! It mixes doubt that all members share with disagreement between them.

use super::entropy::entropy;
use crate::learn::votes::mean_of;
use crate::query::rule::{Answers, Needs, Rule, Run};

pub static RULE: Rule = Rule {
    name: "consensus-entropy",
    also: &[],
    advice: "entropy of the committee's mean: like entropy, steadier with few labels",
    source: "McCallum and Nigam 1998",
    answers: Answers::Any,
    needs: Needs::Model,
    run: Run::Votes(consensus_entropy),
    ties_by_margin: false,
};

/// H of the mean of `votes` (M × K).
pub fn consensus_entropy(votes: &[f32], scratch: &mut [f32]) -> f32 {
    mean_of(votes, scratch);
    entropy(scratch)
}
