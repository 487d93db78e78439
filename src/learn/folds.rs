//! Predictions for labeled samples by heads that were fitted without them.

use rayon::prelude::*;

use super::{Committee, Head, LearnError, Training};
use crate::math::{Matrix, random};

const FOLDS: usize = 5;

/// n × K probabilities: each fold by the head that `fit` makes of the other four, whose positions in `training` it is told.
/// Classes are spread evenly over folds, sets of classes by their first.
///
/// # Errors
/// Whatever `fit` refuses.
pub fn by_folds(
    training: &Training<'_>,
    seed: u64,
    fit: impl Fn(&Training<'_>, &[usize]) -> Result<Head, LearnError> + Sync,
) -> Result<Matrix, LearnError> {
    let class = |i: usize| training.targets.of(i, training.n_classes).first().copied();
    let mut order: Vec<usize> = (0..training.len()).collect();
    order.sort_by_key(|&i| (class(i), random::hash(seed, i as u64)));
    let part = |keep: &dyn Fn(usize) -> bool| -> Vec<usize> {
        order.iter().enumerate().filter(|(place, _)| keep(place % FOLDS)).map(|(_, &i)| i).collect()
    };
    let fold = |fold: usize| -> Result<(Vec<usize>, Vec<f32>), LearnError> {
        let (known, held) = (part(&|at| at != fold), part(&|at| at == fold));
        if held.is_empty() {
            return Ok((held, Vec::new()));
        }
        let part = training.gather(&known);
        let committee = Committee::of_heads(vec![fit(&part.training(), &known)?], training.targets.link());
        let p = committee.votes(&training.rows.gather(&held)).probabilities;
        Ok((held, p))
    };
    let folds = (0..FOLDS).into_par_iter().map(fold).collect::<Result<Vec<_>, _>>()?;
    let mut out = Matrix::zeros(training.len(), training.n_classes);
    for (held, p) in folds {
        for (&i, p) in held.iter().zip(p.chunks_exact(training.n_classes)) {
            out.row_mut(i).copy_from_slice(p);
        }
    }
    Ok(out)
}
