//! Query by committee: scores of M distributions over K classes (M × K, row-major), p̄ their mean. O(M · K) each.
//!
//! Vote entropy: Dagan and Engelson (1995). Kullback-Leibler disagreement: `McCallum` and Nigam (1998); its mean equals the
//! mutual information of answer and member, known as BALD: Houlsby et al. (2011).
//!
//! A finite committee lowers BALD by about 1/M, so scores compare only between committees of one size.

use super::uncertainty::entropy;
use crate::learn::votes::mean_of;

/// H of the shares of hard votes. A member whose top classes tie votes for the first of them.
pub fn vote_entropy(votes: &[f32], classes: usize, scratch: &mut [f32]) -> f32 {
    scratch.fill(0.0);
    let share = classes as f32 / votes.len() as f32;
    for member in votes.chunks_exact(classes) {
        let top = (1..classes).fold(0, |top, k| if member[k] > member[top] { k } else { top });
        scratch[top] += share;
    }
    entropy(scratch)
}

/// H(p̄): the entropy of the opinion, which mixes doubt of all members with disagreement between them.
pub fn consensus_entropy(votes: &[f32], scratch: &mut [f32]) -> f32 {
    mean_of(votes, scratch);
    entropy(scratch)
}

/// H(p̄) − (1/M) Σ H(pₘ) = (1/M) Σ KL(pₘ ‖ p̄), at least 0.
pub fn bald(votes: &[f32], classes: usize, scratch: &mut [f32]) -> f32 {
    let members = (votes.len() / classes) as f32;
    let total: f32 = votes.chunks_exact(classes).map(entropy).sum();
    (consensus_entropy(votes, scratch) - total / members).max(0.0)
}

/// max over members of KL(pₘ ‖ p̄), at most ln M since p̄ ≥ pₘ / M.
pub fn max_disagreement(votes: &[f32], classes: usize, scratch: &mut [f32]) -> f32 {
    mean_of(votes, scratch);
    let divergence = |member: &[f32]| -> f32 {
        member.iter().zip(&*scratch).map(|(&p, &q)| if p > 0.0 && q > 0.0 { p * (p / q).ln() } else { 0.0 }).sum()
    };
    votes.chunks_exact(classes).map(divergence).fold(0.0, f32::max)
}

#[cfg(test)]
mod tests {
    use super::*;

    const APART: [f32; 6] = [1.0, 0.0, 0.0, 0.0, 1.0, 0.0];

    #[test]
    fn members_that_agree_do_not_disagree_however_unsure() {
        let same = [0.3, 0.3, 0.4, 0.3, 0.3, 0.4];
        let mut scratch = [0.0; 3];
        assert!(bald(&same, 3, &mut scratch) < 1e-6 && max_disagreement(&same, 3, &mut scratch) < 1e-6);
        assert_eq!(vote_entropy(&same, 3, &mut scratch), 0.0);
        assert!(consensus_entropy(&same, &mut scratch) > 1.0);
    }

    #[test]
    fn sure_members_that_differ_reach_the_bound_ln_m() {
        let (mut scratch, bound) = ([0.0; 3], 2f32.ln());
        for score in [
            bald(&APART, 3, &mut scratch),
            max_disagreement(&APART, 3, &mut scratch),
            vote_entropy(&APART, 3, &mut scratch),
        ] {
            assert!((score - bound).abs() < 1e-6);
        }
    }
}
