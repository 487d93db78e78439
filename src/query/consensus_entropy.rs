//! Consensus entropy, also soft vote entropy: H(p̄), p̄ the mean over members. O(M · K) a sample.
//!
//! It mixes doubt that all members share with disagreement between them.

use super::entropy::entropy;
use crate::learn::votes::mean_of;

/// H of the mean of `votes` (M × K).
pub fn consensus_entropy(votes: &[f32], scratch: &mut [f32]) -> f32 {
    mean_of(votes, scratch);
    entropy(scratch)
}
