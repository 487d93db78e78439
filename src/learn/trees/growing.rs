//! One tree: the cuts that lower the loss most, the best leaf first, and Newton's step in each leaf.
//!
//! With G and H the sums of gradients and second derivatives of a leaf's samples, a cut gains ½ Σₖ (G²/(H + λ) of both sides − that
//! of the whole), and a leaf steps by −G/(H + λ) for each class.

use super::binning::BinnedAxes;
use super::{BoostedTree, TreeBranch, TreeCut};
use crate::math::Matrix;

/// What one tree is grown on.
pub struct TreeLesson<'a> {
    pub binned: &'a BinnedAxes,
    /// n × (1 + 2k), row-major: weight, k gradients, k second derivatives.
    pub slopes: &'a [f64],
    /// k.
    pub k: usize,
    /// Places in [`BinnedAxes::axes`] that may be cut, rising.
    pub axes: &'a [usize],
    /// Leaves, at most.
    pub leaves: usize,
    /// Weight of samples that a leaf holds, at least.
    pub least: f64,
    /// λ.
    pub penalty: f64,
    /// What a leaf's step is multiplied by.
    pub shrinkage: f64,
}

/// The cut of a leaf that gains most.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct BestCut {
    pub gain: f64,
    /// A place in [`BinnedAxes::axes`].
    pub place: usize,
    /// Samples of this bin and those before go below.
    pub bin: usize,
}

/// A leaf that may become a cut.
struct OpenLeaf {
    samples: Vec<u32>,
    /// Of each axis that may be cut, of each bin: the sum of [`TreeLesson::slopes`].
    histogram: Vec<f64>,
    /// 1 + 2k.
    total: Vec<f64>,
    best: Option<BestCut>,
    /// What leads here: a cut, and whether this is the side above it.
    parent: Option<(usize, bool)>,
}

impl TreeLesson<'_> {
    /// The tree, and the leaf of each sample. O(n · axes · k · depth).
    pub fn grow(&self) -> (BoostedTree, Vec<u32>) {
        let mut leaves = vec![self.root()];
        let mut cuts: Vec<TreeCut> = Vec::new();
        while leaves.len() < self.leaves.max(1) {
            let gain = |leaf: &OpenLeaf| leaf.best.map_or(0.0, |best| best.gain);
            // The first of equals.
            let at =
                (0..leaves.len()).reduce(|best, at| if gain(&leaves[at]) > gain(&leaves[best]) { at } else { best });
            let Some((at, best)) = at.and_then(|at| Some((at, leaves[at].best?))) else { break };
            let number = cuts.len();
            let axis = &self.binned.axes[best.place];
            let side = TreeBranch::Leaf(usize::MAX);
            cuts.push(TreeCut { axis: axis.axis, at: axis.cuts[best.bin], below: side, above: side });
            lead(&mut cuts, leaves[at].parent, TreeBranch::Cut(number));
            // What is not cut any more needs no histogram.
            let last = leaves.len() + 1 >= self.leaves;
            let (below, above) = self.parted(&mut leaves[at], best, number, last);
            leaves[at] = below;
            leaves.push(above);
        }
        let mut values = Matrix::zeros(leaves.len(), self.k);
        let mut of = vec![0; self.binned.n];
        for (number, leaf) in leaves.iter().enumerate() {
            lead(&mut cuts, leaf.parent, TreeBranch::Leaf(number));
            for (k, value) in values.row_mut(number).iter_mut().enumerate() {
                *value = (-self.shrinkage * leaf.total[1 + k] / (leaf.total[1 + self.k + k] + self.penalty)) as f32;
            }
            leaf.samples.iter().for_each(|&i| of[i as usize] = number as u32);
        }
        (BoostedTree { cuts, leaves: values }, of)
    }

    /// The best cut of all samples.
    pub fn first_cut(&self) -> Option<BestCut> {
        self.root().best
    }

    fn width(&self) -> usize {
        1 + 2 * self.k
    }

    fn root(&self) -> OpenLeaf {
        let samples: Vec<u32> = (0..self.binned.n as u32).collect();
        let histogram = self.histogram(&samples);
        self.opened(samples, histogram, None)
    }

    /// Part a leaf in two: what goes below the cut, and what goes above.
    fn parted(&self, leaf: &mut OpenLeaf, best: BestCut, number: usize, last: bool) -> (OpenLeaf, OpenLeaf) {
        let bins = &self.binned.axes[best.place].bins;
        let samples = std::mem::take(&mut leaf.samples);
        let (below, above): (Vec<u32>, Vec<u32>) =
            samples.into_iter().partition(|&i| usize::from(bins[i as usize]) <= best.bin);
        if last {
            let none = Vec::new;
            return (
                self.opened(below, none(), Some((number, false))),
                self.opened(above, none(), Some((number, true))),
            );
        }
        // The smaller side is counted, the other is what is left.
        let counts_below = below.len() <= above.len();
        let counted = self.histogram(if counts_below { &below } else { &above });
        let mut left = std::mem::take(&mut leaf.histogram);
        left.iter_mut().zip(&counted).for_each(|(all, part)| *all -= part);
        let (of_below, of_above) = if counts_below { (counted, left) } else { (left, counted) };
        (self.opened(below, of_below, Some((number, false))), self.opened(above, of_above, Some((number, true))))
    }

    fn opened(&self, samples: Vec<u32>, histogram: Vec<f64>, parent: Option<(usize, bool)>) -> OpenLeaf {
        let width = self.width();
        let mut total = vec![0.0; width];
        for &i in &samples {
            let own = &self.slopes[i as usize * width..(i as usize + 1) * width];
            total.iter_mut().zip(own).for_each(|(sum, x)| *sum += x);
        }
        let best =
            if histogram.is_empty() || total[0] < 2.0 * self.least { None } else { self.best(&histogram, &total) };
        OpenLeaf { samples, histogram, total, best, parent }
    }

    fn histogram(&self, samples: &[u32]) -> Vec<f64> {
        let width = self.width();
        let bins = |&place: &usize| self.binned.axes[place].cuts.len() + 1;
        let mut sums = vec![0.0; self.axes.iter().map(bins).sum::<usize>() * width];
        let mut rest = sums.as_mut_slice();
        for place in self.axes {
            let (own, others) = rest.split_at_mut(bins(place) * width);
            rest = others;
            let bins = &self.binned.axes[*place].bins;
            // The widths of two to six classes, and of ten, are loops that a compiler unrolls: half the time.
            match width {
                5 => count::<5>(self.slopes, bins, samples, own),
                7 => count::<7>(self.slopes, bins, samples, own),
                9 => count::<9>(self.slopes, bins, samples, own),
                11 => count::<11>(self.slopes, bins, samples, own),
                13 => count::<13>(self.slopes, bins, samples, own),
                21 => count::<21>(self.slopes, bins, samples, own),
                _ => {
                    for &i in samples {
                        let (i, bin) = (i as usize, usize::from(bins[i as usize]));
                        let slopes = &self.slopes[i * width..(i + 1) * width];
                        own[bin * width..(bin + 1) * width].iter_mut().zip(slopes).for_each(|(sum, x)| *sum += x);
                    }
                }
            }
        }
        sums
    }

    /// The cut that gains most; the first of equals.
    fn best(&self, histogram: &[f64], total: &[f64]) -> Option<BestCut> {
        let width = self.width();
        let whole = self.fall(total);
        let mut best: Option<BestCut> = None;
        let (mut below, mut above) = (vec![0.0; width], vec![0.0; width]);
        let mut from = 0;
        for &place in self.axes {
            let cuts = self.binned.axes[place].cuts.len();
            below.fill(0.0);
            for bin in 0..cuts {
                let own = &histogram[(from + bin) * width..(from + bin + 1) * width];
                // A bin without samples, but for the rounding of a difference: the cut before it parts alike.
                if own[0] <= 1e-9 * total[0] {
                    continue;
                }
                below.iter_mut().zip(own).for_each(|(sum, x)| *sum += x);
                if below[0] < self.least || total[0] - below[0] < self.least {
                    continue;
                }
                above.iter_mut().zip(total.iter().zip(&below)).for_each(|(out, (all, low))| *out = all - low);
                let gain = 0.5 * (self.fall(&below) + self.fall(&above) - whole);
                // Rounding of sums is no gain.
                if gain > 1e-9 * (1.0 + whole) && best.is_none_or(|best| gain > best.gain) {
                    best = Some(BestCut { gain, place, bin });
                }
            }
            from += cuts + 1;
        }
        best
    }

    /// Σₖ G²/(H + λ).
    fn fall(&self, sums: &[f64]) -> f64 {
        let (slopes, bends) = sums[1..].split_at(self.k);
        // What is left after subtraction may fall below zero by rounding.
        slopes.iter().zip(bends).map(|(g, h)| g * g / (h.max(0.0) + self.penalty)).sum()
    }
}

/// Add the slopes of samples to their bins, W numbers each.
fn count<const W: usize>(slopes: &[f64], bins: &[u8], samples: &[u32], sums: &mut [f64]) {
    let (slopes, sums) = (slopes.as_chunks::<W>().0, sums.as_chunks_mut::<W>().0);
    for &i in samples {
        let own = &mut sums[usize::from(bins[i as usize])];
        own.iter_mut().zip(&slopes[i as usize]).for_each(|(sum, x)| *sum += x);
    }
}

/// Have a side of a cut lead on.
fn lead(cuts: &mut [TreeCut], parent: Option<(usize, bool)>, to: TreeBranch) {
    if let Some((cut, above)) = parent {
        *(if above { &mut cuts[cut].above } else { &mut cuts[cut].below }) = to;
    }
}
