//! A committee large enough for its ranking to be more than chance.
//!
//! Both halves of the members (every second one) rank a probe of the pool by their disagreement, the mean of KL(pₘ ‖ p̄).
//! While Spearman's correlation of the two rankings is below 0.8, the committee is doubled, up to 32 members.

use super::{CommitteeOptions, Fitted, LearnError, Link, Standardiser, Training, Votes, fit_committee};
use crate::math::Matrix;

/// Correlation at which halves count as agreeing.
const ALIKE: f64 = 0.8;
const MOST: usize = 32;

/// Fit a committee of `options.members`, or of as many as `previous` had, and grow it while its halves disagree about the
/// ranking of `probe` (raw embeddings; some two thousand tell).
///
/// # Errors
/// As [`fit_committee`].
pub fn fit_grown(
    training: &Training<'_>,
    standardiser: &Standardiser,
    previous: Option<&Fitted>,
    options: &CommitteeOptions,
    probe: &Matrix,
) -> Result<Fitted, LearnError> {
    let before = previous.map_or(0, |fitted| fitted.committee.members());
    let mut members = options.members.max(before).min(MOST);
    loop {
        let fitted = fit_committee(training, standardiser, previous, &CommitteeOptions { members, ..*options })?;
        if members < 4
            || 2 * members > MOST
            || agreement(fitted.committee.link, &fitted.committee.votes(probe)) >= ALIKE
        {
            return Ok(fitted);
        }
        members *= 2;
    }
}

/// Spearman's correlation between the disagreements that the two halves of a committee see; 1 where either sees none.
pub fn agreement(link: Link, votes: &Votes) -> f64 {
    let half = |first: usize| -> Vec<f64> {
        (0..votes.n)
            .map(|i| {
                let own: Vec<f32> =
                    votes.of(i).chunks_exact(votes.classes).skip(first).step_by(2).flatten().copied().collect();
                link.disagreement(&own, votes.classes)
            })
            .collect()
    };
    pearson(&ranks(&half(0)), &ranks(&half(1)))
}

/// Ranks from 0, ties sharing their mean rank.
fn ranks(values: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_by(|&a, &b| values[a].total_cmp(&values[b]));
    let mut ranks = vec![0.0; values.len()];
    for tied in order.chunk_by(|&a, &b| values[a] == values[b]) {
        let first = order.iter().position(|&i| i == tied[0]).unwrap_or_default();
        let shared = first as f64 + (tied.len() - 1) as f64 / 2.0;
        for &i in tied {
            ranks[i] = shared;
        }
    }
    ranks
}

fn pearson(a: &[f64], b: &[f64]) -> f64 {
    let n = a.len().max(1) as f64;
    let (mean_a, mean_b) = (a.iter().sum::<f64>() / n, b.iter().sum::<f64>() / n);
    let (mut ab, mut aa, mut bb) = (0.0, 0.0, 0.0);
    for (a, b) in a.iter().zip(b) {
        ab += (a - mean_a) * (b - mean_b);
        aa += (a - mean_a).powi(2);
        bb += (b - mean_b).powi(2);
    }
    if aa > 0.0 && bb > 0.0 { ab / (aa * bb).sqrt() } else { 1.0 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::learn::Targets;
    use crate::math::random;

    #[test]
    fn ranks_share_ties_and_halves_that_rank_alike_agree() {
        assert_eq!(ranks(&[0.3, 0.1, 0.3, 0.7]), [1.5, 0.0, 1.5, 3.0]);
        // Members 0 and 1 differ as 2 and 3 do, by an amount that grows with the sample.
        let pair = |i: usize| [0.5 + i as f32 * 0.04, 0.5 - i as f32 * 0.04];
        let flat = [0.5, 0.5];
        let p = (0..10).flat_map(|i| [flat, flat, pair(i), pair(i)].concat()).collect();
        assert!((agreement(Link::Softmax, &Votes::new(Link::Softmax, 4, 2, p).unwrap()) - 1.0).abs() < 1e-9);
    }

    #[test]
    fn a_committee_whose_halves_see_noise_grows_to_its_bound_and_stays_there() {
        let noise = |i: usize| random::unit(random::hash(2, i as u64)) as f32 - 0.5;
        let pool = Matrix::new(400, 6, (0..2400).map(noise).collect());
        let standardiser = Standardiser::from_pool(&pool).unwrap();
        let known = pool.gather(&[0, 1, 2, 3, 4, 5]);
        let training =
            Training { rows: &known, targets: Targets::One(&[0, 1, 2, 0, 1, 2]), weights: None, n_classes: 3 };
        let grown = |members: usize, previous: Option<&Fitted>| {
            let options = CommitteeOptions { members, ..CommitteeOptions::default() };
            fit_grown(&training, &standardiser, previous, &options, &pool).unwrap()
        };
        let fitted = grown(8, None);
        assert_eq!(fitted.committee.members(), 32);
        assert_eq!(grown(8, Some(&fitted)).committee.members(), 32);
        // Two members have no halves to compare.
        assert_eq!(grown(2, None).committee.members(), 2);
    }
}
