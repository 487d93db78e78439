//! Axes as small whole numbers, so that a tree finds its cuts by counting (histograms, as in Ke et al. 2017, "`LightGBM`").

use crate::math::Matrix;

/// Bins of an axis, at most. With so few labels as people give, nearly every cut between two samples is there.
const MOST: usize = 32;

/// The axes in which samples differ.
pub struct BinnedAxes {
    pub axes: Vec<BinnedAxis>,
    /// Samples.
    pub n: usize,
}

/// One axis of n samples.
pub struct BinnedAxis {
    /// The place in the embedding.
    pub axis: usize,
    /// Between one bin and the next, rising: halfway between two numbers that samples have. Bin b holds what is above
    /// cut b − 1 and at most cut b.
    pub cuts: Vec<f32>,
    /// n.
    pub bins: Vec<u8>,
}

impl BinnedAxes {
    /// Bin the first `axes` places of `rows` (n × D). O(axes · n log n).
    pub fn new(rows: &Matrix, axes: usize) -> Self {
        let column = |axis: usize| -> Vec<f32> { (0..rows.rows()).map(|i| rows.row(i)[axis]).collect() };
        let binned = (0..axes.min(rows.cols())).filter_map(|axis| BinnedAxis::new(axis, &column(axis)));
        Self { axes: binned.collect(), n: rows.rows() }
    }
}

impl BinnedAxis {
    /// `None` where all numbers are equal.
    fn new(axis: usize, column: &[f32]) -> Option<Self> {
        let cuts = cuts(column);
        let bin = |value: &f32| cuts.partition_point(|cut| value > cut) as u8;
        let bins = column.iter().map(bin).collect();
        (!cuts.is_empty()).then_some(Self { axis, cuts, bins })
    }
}

/// Cuts between different numbers of a column: all of them, or as many as there are bins, with about as many samples in each.
fn cuts(column: &[f32]) -> Vec<f32> {
    let mut sorted = column.to_vec();
    sorted.sort_by(f32::total_cmp);
    let between = |at: usize| halfway(sorted[at - 1], sorted[at]);
    let differs: Vec<usize> = (1..sorted.len()).filter(|&at| sorted[at] > sorted[at - 1]).collect();
    if differs.len() < MOST {
        return differs.into_iter().map(between).collect();
    }
    let each = sorted.len() as f64 / MOST as f64;
    let mut chosen: Vec<usize> = (1..MOST)
        .filter_map(|part| {
            // The next place where two numbers differ.
            let from = (part as f64 * each).round() as usize;
            differs.get(differs.partition_point(|&at| at < from)).copied()
        })
        .collect();
    chosen.dedup();
    chosen.into_iter().map(between).collect()
}

/// A number that is at least `low` and below `high`, in their middle.
fn halfway(low: f32, high: f32) -> f32 {
    let middle = f64::midpoint(f64::from(low), f64::from(high)) as f32;
    if middle < high { middle } else { low }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cuts_lie_between_numbers_and_bins_are_the_sides_of_cuts() {
        let rows = Matrix::new(5, 3, vec![1.0, 7.0, 0.0, 3.0, 7.0, 0.0, 1.0, 7.0, 9.0, 2.0, 7.0, 0.0, 3.0, 7.0, 0.0]);
        let binned = BinnedAxes::new(&rows, 2);
        assert_eq!(binned.axes.len(), 1, "the second does not vary, the third is no axis");
        assert_eq!((binned.axes[0].axis, binned.axes[0].cuts.as_slice()), (0, [1.5, 2.5].as_slice()));
        assert_eq!(binned.axes[0].bins, [0, 2, 0, 1, 2]);
        assert!(BinnedAxes::new(&Matrix::zeros(0, 3), 3).axes.is_empty());
        assert!(BinnedAxes::new(&Matrix::zeros(1, 3), 3).axes.is_empty());
    }

    #[test]
    fn many_numbers_share_bins_evenly_and_neighbours_in_single_precision_are_told_apart() {
        let column: Vec<f32> = (0..4_000).map(|i| (i % 1_000) as f32).collect();
        let axis = BinnedAxis::new(3, &column).unwrap();
        assert_eq!(axis.cuts.len(), MOST - 1);
        let mut counts = [0usize; MOST];
        axis.bins.iter().for_each(|&bin| counts[usize::from(bin)] += 1);
        assert!(counts.iter().all(|count| (100..150).contains(count)), "{counts:?}");
        let next = f32::from_bits(1.0f32.to_bits() + 1);
        let axis = BinnedAxis::new(0, &[next, 1.0]).unwrap();
        assert_eq!(axis.bins, [1, 0]);
        // One number has nearly everything.
        let heavy: Vec<f32> = (0..1_000).map(|i| if i < 900 { 0.0 } else { i as f32 }).collect();
        assert!(BinnedAxis::new(0, &heavy).unwrap().cuts.len() >= 4);
    }
}
