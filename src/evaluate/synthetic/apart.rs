//! Whether synthetic samples can be told from real ones: the area under the curve of a classifier of the two, on samples that it has
//! not seen, as many of each class.

use super::sampling::ComparedSamples;
use super::{Interval, LEVEL};
use crate::evaluate::drift::area_under_curve;
use crate::learn::{LearnError, Standardiser, told_apart};

/// Samples of either kind.
const LOOKED_AT: usize = 2_000;
/// Samples of either kind below which nothing is said.
const FEWEST: usize = 10;

/// `None` with fewer than ten samples of a kind in common classes.
///
/// # Errors
/// Whatever a fit refuses.
pub(super) fn measure(
    compared: &ComparedSamples,
    standardiser: &Standardiser,
    seed: u64,
) -> Result<Option<Interval>, LearnError> {
    let (real, synthetic) = compared.matched(LOOKED_AT, seed);
    if real.len() < FEWEST {
        return Ok(None);
    }
    let mut rows = compared.real.gather(&real);
    rows.push_rows(compared.synthetic.gather(&synthetic).as_slice());
    let second: Vec<bool> = (0..rows.rows()).map(|at| at >= real.len()).collect();
    let p: Vec<f64> = told_apart(&rows, &second, standardiser, seed)?.into_iter().map(f64::from).collect();
    let (of_real, of_synthetic) = p.split_at(real.len());
    Ok(area_under_curve(of_real, of_synthetic, LEVEL))
}
