//! Probabilities as if all classes were equally common: the logarithm of each class's share of the labels is taken off its
//! bias (Menon et al. 2021, "Long-tail learning via logit adjustment").
//!
//! Only logistic members and trees know how common classes are; discriminants and prototypes hold all equally likely already. Shares are
//! smoothed by one sample per class, so that a few labels more or less by chance move little. It acts after the fit, on what
//! was labeled, not on what other cures added. O(members · K).

use super::Cure;
use crate::learn::committee::{Kind, kind};
use crate::learn::training::UNSEEN_BIAS;
use crate::learn::{Committee, Link, Training};

pub(super) static CURE: Cure = Cure {
    name: "balanced-softmax",
    source: "Menon et al. 2021",
    suits: |link| matches!(link, Link::Softmax),
    adjust,
    ..Cure::PLAIN
};

fn adjust(committee: &mut Committee, training: &Training<'_>) {
    let shares = log_shares(&training.targets.counts(training.n_classes));
    let (link, count, seats) = (committee.link, committee.members(), committee.seats());
    let logistic = |m: usize| matches!(kind(link, m, count, 0), Kind::Plain | Kind::Bootstrap | Kind::Subspace);
    let heads = committee.heads.iter_mut().zip(seats).filter(|(_, m)| logistic(*m)).map(|(head, _)| &mut head.bias);
    let trees = committee.trees.iter_mut().map(|trees| &mut trees.start);
    for score in heads.chain(trees) {
        for (score, share) in score.iter_mut().zip(&shares) {
            if *score > UNSEEN_BIAS / 2.0 {
                *score -= share;
            }
        }
    }
}

/// K: ln of (n + 1) / (most + 1): shares without what all classes have in common.
fn log_shares(counts: &[usize]) -> Vec<f32> {
    let most = counts.iter().copied().max().unwrap_or_default();
    counts.iter().map(|&count| ((count + 1) as f64 / (most + 1) as f64).ln() as f32).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::learn::{Head, Targets};
    use crate::math::Matrix;

    #[test]
    fn odds_change_by_the_ratio_of_shares_in_logistic_members_alone() {
        let rows = Matrix::zeros(8, 2);
        let training =
            Training { rows: &rows, targets: Targets::One(&[0, 0, 0, 0, 0, 1, 1, 3]), weights: None, n_classes: 4 };
        let head = Head { weights: Matrix::zeros(4, 2), bias: vec![0.0, 0.0, UNSEEN_BIAS, 0.0] };
        let mut committee = Committee::of_heads(vec![head.clone(); 8], Link::Softmax);
        adjust(&mut committee, &training);
        let votes = committee.votes(&Matrix::new(1, 2, vec![1.0, 0.0]));
        let p = &votes.of(0)[..4];
        // (5 + 1) : (2 + 1) : (1 + 1), turned round.
        assert!((p[1] / p[0] - 2.0).abs() < 1e-5 && (p[3] / p[0] - 3.0).abs() < 1e-5 && p[2] == 0.0, "{p:?}");
        let changed: Vec<usize> = (0..8).filter(|&m| committee.heads[m] != head).collect();
        assert_eq!(changed, [0, 1, 2, 4, 5, 6], "the discriminant and the prototypes stay");
    }

    #[test]
    fn equal_classes_change_nothing() {
        assert_eq!(log_shares(&[3, 3]), [0.0, 0.0]);
        assert!(log_shares(&[]).is_empty());
    }
}
