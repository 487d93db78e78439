//! Privacy: how near synthetic samples come to single real ones, held against how near real ones come to each other.
//!
//! What counts is the distance to the nearest real sample over that one's own distance to the next real sample, since nearness only
//! means something beside the local spacing of the data (after Meehan, Chaudhuri and Dasgupta 2020, "A non-parametric test to detect
//! data-copying in generative models"). A near copy has less than two thirds, and less than all but 5 in 1,000 real samples have, of
//! which the same is asked; copies among these do not count.

use super::sampling::ComparedSamples;
use super::{Interval, LEVEL};
use crate::evaluate::interval::{quantile, wilson};
use crate::math::Matrix;
use crate::math::neighbours::{Neighbours, nearest};

/// The share of the local spacing under which a sample is a near copy, where so few real samples have less.
const NEAR: f64 = 2.0 / 3.0;
const SELDOM: f64 = 0.005;
/// Neighbours looked through for one that is no copy.
const LOOKED_THROUGH: usize = 8;
/// Neighbours measured again without the rounding of products.
const MEASURED: usize = 3;
/// The quantile of distances among real samples under which a distance is short.
const SHORT: f64 = 0.05;

/// How near synthetic samples come to real ones. Distances are between embeddings of unit length: 0 to 2.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize, utoipa::ToSchema)]
pub struct PrivacyReport {
    /// From synthetic samples to the nearest real one: the 5 % quantile, the median, the 95 % quantile.
    pub to_real: [f64; 3],
    /// The same from real samples to the nearest other one.
    pub among_real: [f64; 3],
    /// The share of synthetic samples that are nearer than the 5 % quantile among real ones.
    pub shorter: Interval,
    /// The share of synthetic samples that are near copies.
    pub share: Interval,
    /// The share of real samples that would be called so.
    pub usual: Interval,
    /// Nearest first.
    pub copies: Vec<NearCopy>,
}

/// A synthetic sample and the real one that it nearly is.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize, serde::Deserialize, utoipa::ToSchema)]
pub struct NearCopy {
    /// Its position among all synthetic samples.
    pub synthetic: usize,
    /// The other's position among all real samples.
    pub real: usize,
    pub distance: f64,
    /// The distance over that of the real sample to the next real one.
    pub of_spacing: f64,
}

/// What was found, with positions among the samples that were looked at.
pub(super) struct NearFound {
    report: PrivacyReport,
    pub copies: Vec<NearCopy>,
}

impl NearFound {
    /// The report, with positions among all samples.
    pub fn of(mut self, compared: &ComparedSamples) -> PrivacyReport {
        for copy in &mut self.copies {
            copy.synthetic = compared.synthetic_at[copy.synthetic];
            copy.real = compared.real_at[copy.real];
        }
        self.report.copies = self.copies;
        self.report
    }
}

/// `None` without synthetic samples, or with fewer than two groups of real ones.
pub(super) fn find(compared: &ComparedSamples) -> Option<NearFound> {
    let (real, synthetic) = (&compared.real, &compared.synthetic);
    if synthetic.rows() == 0 || real.cols() == 0 {
        return None;
    }
    let around = Spacing::new(real, &compared.groups);
    let among: Vec<f64> = (0..real.rows()).filter_map(|i| around.next(i, i)).map(|(_, distance)| distance).collect();
    if among.is_empty() {
        return None;
    }
    let sorted = |mut numbers: Vec<f64>| {
        numbers.sort_unstable_by(f64::total_cmp);
        numbers
    };
    let usual = sorted((0..real.rows()).filter_map(|i| around.of_spacing(i)).collect());
    let limit = if usual.is_empty() { NEAR } else { quantile(&usual, SELDOM).min(NEAR) };
    let near = nearest(synthetic, real, MEASURED, false);
    let (mut to_real, mut copies) = (Vec::new(), Vec::new());
    for i in 0..synthetic.rows() {
        let Some((at, distance)) = closest(synthetic.row(i), real, near.of(i).map(|(j, _)| j)) else { continue };
        to_real.push(distance);
        let of_spacing = around.next(at, at).map_or(1.0, |(_, spacing)| over(distance, spacing));
        if of_spacing < limit {
            copies.push(NearCopy { synthetic: i, real: at, distance, of_spacing });
        }
    }
    copies.sort_by(|a, b| a.of_spacing.total_cmp(&b.of_spacing).then(a.synthetic.cmp(&b.synthetic)));
    let (to_real, among) = (sorted(to_real), sorted(among));
    let short = quantile(&among, SHORT);
    let quantiles = |sorted: &[f64]| [0.05, 0.5, 0.95].map(|q| quantile(sorted, q));
    let share = |hits: usize, of: usize| wilson(hits as u64, of as u64, LEVEL);
    let report = PrivacyReport {
        to_real: quantiles(&to_real),
        among_real: quantiles(&among),
        shorter: share(to_real.partition_point(|&distance| distance < short), to_real.len()),
        share: share(copies.len(), to_real.len()),
        usual: share(usual.partition_point(|&of_spacing| of_spacing < limit), usual.len()),
        copies: Vec::new(),
    };
    Some(NearFound { report, copies })
}

/// A distance as a share of another. Where both are nothing, as with equal rows of few categories, one is the other.
fn over(distance: f64, spacing: f64) -> f64 {
    if spacing > 0.0 { distance / spacing } else { 1.0 }
}

/// The nearest of these rows, measured without the rounding of products.
fn closest(row: &[f32], rows: &Matrix, among: impl Iterator<Item = usize>) -> Option<(usize, f64)> {
    among.map(|j| (j, apart(row, rows.row(j)))).min_by(|a, b| a.1.total_cmp(&b.1))
}

fn apart(a: &[f32], b: &[f32]) -> f64 {
    a.iter().zip(b).map(|(a, b)| (f64::from(*a) - f64::from(*b)).powi(2)).sum::<f64>().sqrt()
}

/// The real samples around each real one.
struct Spacing<'a> {
    rows: &'a Matrix,
    groups: &'a [u64],
    near: Neighbours,
}

impl<'a> Spacing<'a> {
    fn new(rows: &'a Matrix, groups: &'a [u64]) -> Self {
        Self { rows, groups, near: nearest(rows, rows, LOOKED_THROUGH, true) }
    }

    /// The nearest real sample to `i` that is a copy neither of it nor of `but`, and its distance.
    fn next(&self, i: usize, but: usize) -> Option<(usize, f64)> {
        if self.near.is_empty() {
            return None;
        }
        let other = |j: &usize| self.groups[*j] != self.groups[i] && self.groups[*j] != self.groups[but];
        let near = self.near.of(i).map(|(j, _)| j).filter(other).take(MEASURED);
        closest(self.rows.row(i), self.rows, near)
    }

    /// The distance of a real sample to the nearest other one over that one's distance to the next.
    fn of_spacing(&self, i: usize) -> Option<f64> {
        let (at, distance) = self.next(i, i)?;
        self.next(at, i).map(|(_, spacing)| over(distance, spacing))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evaluate::synthetic::GateSamples;
    use crate::math::random;

    fn cloud(n: usize, salt: u64) -> Matrix {
        let number = |i: usize| random::unit(random::hash(salt, i as u64)) as f32 - 0.5;
        Matrix::new(n, 12, (0..n * 12).map(number).collect())
    }

    fn found(real: &Matrix, groups: &[u64], synthetic: &Matrix) -> PrivacyReport {
        let (classes, made) = (vec![0; real.rows()], vec![0; synthetic.rows()]);
        let samples =
            GateSamples { real, real_classes: &classes, groups, synthetic, synthetic_classes: &made, n_classes: 1 };
        let compared = ComparedSamples::new(&samples, 1);
        find(&compared).unwrap().of(&compared)
    }

    #[test]
    fn copies_are_listed_with_their_originals_nearest_first() {
        let (real, mut synthetic) = (cloud(200, 1), cloud(50, 2));
        synthetic.row_mut(7).copy_from_slice(real.row(31));
        synthetic.row_mut(9).copy_from_slice(real.row(4));
        synthetic.row_mut(9)[0] += 0.05;
        let groups: Vec<u64> = (0..200).collect();
        let report = found(&real, &groups, &synthetic);
        let pairs: Vec<(usize, usize)> = report.copies.iter().map(|copy| (copy.synthetic, copy.real)).collect();
        assert!(pairs[..2] == [(7, 31), (9, 4)] && pairs.len() < 5, "{pairs:?}");
        assert!(report.copies[0].distance < 1e-6 && report.copies[1].of_spacing < 0.2);
        assert!(report.share.value >= 0.04 && report.usual.value < 0.011, "{report:?}");
    }

    #[test]
    fn copies_among_real_samples_neither_hide_nor_make_others() {
        let mut real = cloud(200, 1);
        for i in 0..100 {
            let row = real.row(i).to_vec();
            real.row_mut(i + 100).copy_from_slice(&row);
        }
        let groups: Vec<u64> = (0..200).map(|i| i % 100).collect();
        let report = found(&real, &groups, &real.gather(&[3, 5]));
        assert!(report.copies.len() == 2 && report.usual.value < 0.02, "{report:?}");
        assert!(report.among_real[0] > 0.1, "{report:?}");
    }

    #[test]
    fn rows_that_are_often_equal_are_no_copies() {
        let few = Matrix::new(40, 2, (0..40).flat_map(|i| [1.0, (i % 4) as f32]).collect());
        let groups: Vec<u64> = (0..40).collect();
        let report = found(&few, &groups, &few.gather(&[0, 1, 2, 3]));
        assert_eq!((report.copies.len(), report.to_real[1]), (0, 0.0));
    }
}
