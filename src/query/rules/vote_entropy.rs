//! Vote entropy (Dagan and Engelson 1995, "Committee-Based Sampling for Training Probabilistic Classifiers"): the entropy of
//! the members' hard votes. O(M · K) a sample.
//!
//! With M members it takes few distinct values, so the margin of the mean settles its many ties.

use super::entropy::entropy;
use crate::query::rule::{Answers, Needs, Rule, Run};

pub static RULE: Rule = Rule {
    name: "vote-entropy",
    also: &["qbc", "querybycommittee"],
    advice: "members' hard votes; coarse, for committees of unlike models",
    source: "Dagan and Engelson 1995",
    answers: Answers::Any,
    needs: Needs::Committee,
    run: Run::Votes(vote_entropy),
    ties_by_margin: true,
};

/// H of the shares of hard votes (`votes` is M × K). A member whose top classes tie votes for the first of them.
pub fn vote_entropy(votes: &[f32], scratch: &mut [f32]) -> f32 {
    let classes = scratch.len();
    scratch.fill(0.0);
    let share = classes as f32 / votes.len() as f32;
    for member in votes.chunks_exact(classes) {
        let top = (1..classes).fold(0, |top, k| if member[k] > member[top] { k } else { top });
        scratch[top] += share;
    }
    entropy(scratch)
}
