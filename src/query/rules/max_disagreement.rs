//! Maximum disagreement: the largest KL(pₘ ‖ p̄) of a member from the mean (`McCallum` and Nigam 1998, "Employing EM and
//! Pool-Based Active Learning for Text Classification", with the maximum in place of their mean). O(M · K) a sample.

use crate::learn::votes::mean_of;
use crate::query::rule::{Answers, Needs, Rule, Run};

pub static RULE: Rule = Rule {
    name: "max-disagreement",
    also: &[],
    advice: "where one member departs most from the rest: finds what a single view sees",
    source: "McCallum and Nigam 1998",
    answers: Answers::Any,
    needs: Needs::Committee,
    run: Run::Votes(max_disagreement),
    ties_by_margin: false,
};

/// The score of `votes` (M × K), at most ln M since p̄ ≥ pₘ / M.
pub fn max_disagreement(votes: &[f32], scratch: &mut [f32]) -> f32 {
    mean_of(votes, scratch);
    let divergence = |member: &[f32]| -> f32 {
        member.iter().zip(&*scratch).map(|(&p, &q)| if p > 0.0 && q > 0.0 { p * (p / q).ln() } else { 0.0 }).sum()
    };
    votes.chunks_exact(scratch.len()).map(divergence).fold(0.0, f32::max)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::query::rules::{bald::bald, consensus_entropy::consensus_entropy, vote_entropy::vote_entropy};

    #[test]
    fn members_that_agree_do_not_disagree_however_unsure() {
        let same = [0.3, 0.3, 0.4, 0.3, 0.3, 0.4];
        let mut scratch = [0.0; 3];
        assert!(bald(&same, &mut scratch) < 1e-6 && max_disagreement(&same, &mut scratch) < 1e-6);
        assert_eq!(vote_entropy(&same, &mut scratch), 0.0);
        assert!(consensus_entropy(&same, &mut scratch) > 1.0);
    }

    #[test]
    fn sure_members_that_differ_reach_the_bound_ln_m() {
        let apart = [1.0, 0.0, 0.0, 0.0, 1.0, 0.0];
        let (mut scratch, bound) = ([0.0; 3], 2f32.ln());
        for score in
            [bald(&apart, &mut scratch), max_disagreement(&apart, &mut scratch), vote_entropy(&apart, &mut scratch)]
        {
            assert!((score - bound).abs() < 1e-6);
        }
    }
}
