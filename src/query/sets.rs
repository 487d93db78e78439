//! What the rules for sets of classes share: doubt class by class, and how many classes are usual.

use rayon::prelude::*;

use super::pool::{OpinionError, Pool};

/// 1 − |2 p − 1|: 1 for an even chance, 0 for certainty.
pub fn doubt(p: f32) -> f32 {
    (1.0 - (2.0 * p - 1.0).abs()).max(0.0)
}

/// The mean doubt over K classes.
pub fn mean_margin(p: &[f32]) -> f32 {
    p.iter().map(|&p| doubt(p)).sum::<f32>() / p.len() as f32
}

/// `rule` of the K probabilities of every open sample.
///
/// # Errors
/// As [`Pool::judge`].
pub fn each(pool: &Pool<'_>, rule: impl Fn(&[f32]) -> f32 + Send + Sync) -> Result<Vec<f32>, OpinionError> {
    let p = pool.mean(pool.open)?;
    Ok(p.par_chunks_exact(pool.n_classes.max(1)).with_min_len(512).map(rule).collect())
}

/// How far the number of predicted classes is from the usual one.
pub fn inconsistency(p: &[f32], usual: f32) -> f32 {
    (p.iter().filter(|&&p| p >= 0.5).count() as f32 - usual).abs()
}

/// The mean number of classes of a sample: of answered ones, or of predictions while there are none.
///
/// # Errors
/// As [`Pool::judge`].
pub fn cardinality(pool: &Pool<'_>) -> Result<f32, OpinionError> {
    let (classes, samples) = if pool.targets.is_empty() {
        // In order of ids, since sums of floats depend on the order.
        let mut open = pool.open.to_vec();
        open.sort_unstable_by_key(|&i| pool.ids[i]);
        let p = pool.mean(&open)?;
        let of = |p: &[f32]| p.iter().map(|&p| f64::from(p)).sum::<f64>();
        (p.chunks_exact(pool.n_classes.max(1)).map(of).sum::<f64>(), open.len())
    } else {
        (pool.counts().iter().sum::<usize>() as f64, pool.targets.len(pool.n_classes))
    };
    Ok((classes / samples.max(1) as f64) as f32)
}
