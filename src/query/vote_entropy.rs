//! Vote entropy (Dagan and Engelson 1995, "Committee-Based Sampling for Training Probabilistic Classifiers"): the entropy of
//! the members' hard votes. O(M · K) a sample.
//!
//! With M members it takes few distinct values, so the margin of the mean settles its many ties.

use super::entropy::entropy;

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
