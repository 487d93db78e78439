//! BALD, the mutual information of answer and member (Houlsby et al. 2011, "Bayesian Active Learning for Classification and
//! Preference Learning"): H(p̄) − (1/M) Σ H(pₘ), which equals the mean of KL(pₘ ‖ p̄) of `McCallum` and Nigam (1998).
//! O(M · K) a sample.
//!
//! A finite committee lowers it by about 1/M, so scores compare only between committees of one size.

use super::consensus_entropy::consensus_entropy;
use super::entropy::entropy;
use crate::query::rule::{Answers, Needs, Rule, Run};

pub static RULE: Rule = Rule {
    name: "bald",
    also: &["meankl", "kl"],
    advice: "where members are sure but disagree: skips samples that are ambiguous to everyone",
    source: "Houlsby et al. 2011",
    answers: Answers::Any,
    needs: Needs::Committee,
    run: Run::Votes(bald),
    ties_by_margin: false,
};

/// The score of `votes` (M × K), from 0 to ln M.
pub fn bald(votes: &[f32], scratch: &mut [f32]) -> f32 {
    let classes = scratch.len();
    let members = (votes.len() / classes) as f32;
    let total: f32 = votes.chunks_exact(classes).map(entropy).sum();
    (consensus_entropy(votes, scratch) - total / members).max(0.0)
}
