//! The prototype head: the nearer a class's mean, the likelier the class (Snell et al. 2017, "Prototypical networks for
//! few-shot learning", without the network).
//!
//! The logit of a class with prototype μ is s (μ·x − ‖μ‖²/2), which is −s/2 ‖x − μ‖² less a term that all classes
//! share, so the head is linear. Prototypes are class means m shrunk towards the grand mean g by the class's weight n,
//! μ = g + n/(n + 1) (m − g): one sample alone is a poor mean. The scale s minimises the leave-one-out loss on a log
//! grid; without a sample, m and g are combinations of themselves and that sample, so nothing is refitted.
//!
//! Cost: O(n·K·D) for n labels, K classes and D dimensions.

use super::training::{Training, UNSEEN_BIAS};
use super::{Head, LearnError, Standardiser};
use crate::math::{dot, gemm};

/// Scales tried, times 1/D: features have a mean square norm of D.
const SCALES: [f64; 9] = [4.0, 8.0, 16.0, 32.0, 64.0, 128.0, 256.0, 512.0, 1024.0];
/// The scale, times 1/D, while no class has two samples. On embeddings of photographs with one and two labels per class
/// the best scale was 16 in most draws, and never far from it.
pub(super) const FIRST_SCALE: f64 = 16.0;
/// Logits of labeled samples stay below this, so that no class with labels falls near [`UNSEEN_BIAS`].
const LARGEST: f64 = 1e3;

/// Fit the head. Classes without a label, or with labels of no weight, get probability 0.
///
/// # Errors
/// Whatever [`Training::check`] refuses; [`LearnError::NoLabels`] also when no sample has weight.
pub fn prototype(training: &Training<'_>, standardiser: &Standardiser) -> Result<Head, LearnError> {
    let groups = Groups::new(training, standardiser)?;
    let d = standardiser.dim();
    let rows = standardiser.apply(&training.rows.gather(&groups.kept));
    let fit = Fit::new(&groups, &rows, d);
    Ok(groups.head(standardiser, &rows, fit.weights, fit.bias))
}

/// The head on features.
pub(super) struct Fit {
    /// K × D.
    pub weights: Vec<f64>,
    /// K.
    pub bias: Vec<f64>,
    /// n × K: the logits of each sample under the means of all others; see [`leave_one_out`].
    pub left: Vec<f64>,
}

impl Fit {
    /// To `rows`, the features (n × `d`) of the samples in `groups`.
    pub fn new(groups: &Groups, rows: &[f64], d: usize) -> Self {
        let means = shrunk(groups, rows, d);
        let mut left = leave_one_out(groups, rows, d);
        let scale = scale(groups, &left) / d.max(1) as f64;
        for z in &mut left {
            *z *= scale;
        }
        Self {
            weights: means.iter().map(|m| scale * m).collect(),
            bias: means.chunks_exact(d.max(1)).map(|m| -0.5 * scale * dot(m, m)).collect(),
            left,
        }
    }
}

/// The scale, times 1/D, with the smallest leave-one-out loss; the smaller of two that are equally good.
fn scale(groups: &Groups, logits: &[f64]) -> f64 {
    let d = groups.dim.max(1) as f64;
    let losses = SCALES.map(|scale| groups.loss(logits, scale / d));
    let Some(best) = losses.iter().copied().flatten().reduce(f64::min) else { return FIRST_SCALE };
    SCALES.into_iter().zip(losses).find(|(_, loss)| *loss == Some(best)).map_or(FIRST_SCALE, |(scale, _)| scale)
}

/// Class means shrunk towards the grand mean: K × `d`.
fn shrunk(groups: &Groups, rows: &[f64], d: usize) -> Vec<f64> {
    let (mut means, grand) = (groups.means(rows, d), groups.grand_mean(rows, d));
    for (mean, total) in means.chunks_exact_mut(d.max(1)).zip(&groups.totals) {
        let keep = total / (total + 1.0);
        mean.iter_mut().zip(&grand).for_each(|(m, g)| *m = g + keep * (*m - g));
    }
    means
}

/// Logits at scale 1 of each sample under the means of all others: n × K. Rows of samples that are alone in their class
/// mean nothing.
fn leave_one_out(groups: &Groups, rows: &[f64], d: usize) -> Vec<f64> {
    let (n, k) = (groups.labels.len(), groups.seen.len());
    let (means, grand) = (groups.means(rows, d), groups.grand_mean(rows, d));
    let mut with_means = vec![0.0; n * k];
    gemm::abt_slices(n, d, k, rows, &means, &mut with_means);
    let of_means: Vec<(f64, f64)> = means.chunks_exact(d.max(1)).map(|m| (dot(m, m), dot(m, &grand))).collect();
    let (gg, all) = (dot(&grand, &grand), groups.totals.iter().sum::<f64>());
    let mut logits = vec![0.0; n * k];
    for (i, out) in logits.chunks_exact_mut(k).enumerate() {
        let (x, y, w) = (&rows[i * d..(i + 1) * d], groups.labels[i], groups.weights[i]);
        let (xx, gx) = (dot(x, x), dot(x, &grand));
        // The grand mean without the sample is `of_grand` · g − `of_sample` · x.
        let left = (all - w).max(f64::MIN_POSITIVE);
        let (of_grand, of_sample) = (all / left, w / left);
        for (c, z) in out.iter_mut().enumerate() {
            let total = if c == y { groups.left(i) } else { groups.totals[c] };
            let keep = total / (total + 1.0);
            // μ = a · g + b · x + e · m.
            let (a, mut b, mut e) = ((1.0 - keep) * of_grand, -(1.0 - keep) * of_sample, keep);
            if c == y && total > 0.0 {
                b -= keep * w / total;
                e *= groups.totals[c] / total;
            }
            let ((mm, mg), mx) = (of_means[c], with_means[i * k + c]);
            let along = a * gx + b * xx + e * mx;
            let square = a * a * gg + b * b * xx + e * e * mm + 2.0 * (a * b * gx + a * e * mg + b * e * mx);
            *z = along - 0.5 * square;
        }
    }
    logits
}

/// Samples sorted to their classes, for heads in closed form. Samples without weight are left out.
pub(super) struct Groups {
    /// Positions of samples with weight.
    pub kept: Vec<usize>,
    /// Classes that have any, ascending.
    pub seen: Vec<usize>,
    /// Position in `seen` of each kept sample's class.
    pub labels: Vec<usize>,
    /// Of each kept sample.
    pub weights: Vec<f64>,
    /// Weight of each class in `seen`.
    pub totals: Vec<f64>,
    /// Dimensions that vary over the pool.
    pub dim: usize,
    n_classes: usize,
}

impl Groups {
    /// # Errors
    /// As [`prototype`].
    pub fn new(training: &Training<'_>, standardiser: &Standardiser) -> Result<Self, LearnError> {
        training.check(standardiser)?;
        let classes = training.targets.one()?;
        let weight = |i: usize| training.weights.map_or(1.0, |weights| f64::from(weights[i]));
        let kept: Vec<usize> = (0..classes.len()).filter(|&i| weight(i) > 0.0).collect();
        if kept.is_empty() {
            return Err(LearnError::NoLabels);
        }
        let mut seen: Vec<usize> = kept.iter().map(|&i| classes[i]).collect();
        seen.sort_unstable();
        seen.dedup();
        let labels: Vec<usize> = kept.iter().map(|&i| seen.binary_search(&classes[i]).unwrap_or_default()).collect();
        let weights: Vec<f64> = kept.iter().map(|&i| weight(i)).collect();
        let mut totals = vec![0.0; seen.len()];
        labels.iter().zip(&weights).for_each(|(&y, w)| totals[y] += w);
        let dim = standardiser.scale.iter().filter(|&&s| s > 0.0).count();
        Ok(Self { kept, seen, labels, weights, totals, dim, n_classes: training.n_classes })
    }

    /// The weight of sample `i`'s class without it: 0 where it is alone.
    pub fn left(&self, i: usize) -> f64 {
        let total = self.totals[self.labels[i]];
        let left = total - self.weights[i];
        if left > 1e-9 * total { left } else { 0.0 }
    }

    /// The mean of each class's rows: K × `d`.
    pub fn means(&self, rows: &[f64], d: usize) -> Vec<f64> {
        let mut means = vec![0.0; self.seen.len() * d];
        for (i, (&y, w)) in self.labels.iter().zip(&self.weights).enumerate() {
            let share = w / self.totals[y];
            means[y * d..(y + 1) * d].iter_mut().zip(&rows[i * d..(i + 1) * d]).for_each(|(m, x)| *m += share * x);
        }
        means
    }

    /// The mean of all rows: `d`.
    pub fn grand_mean(&self, rows: &[f64], d: usize) -> Vec<f64> {
        let total: f64 = self.totals.iter().sum();
        let mut mean = vec![0.0; d];
        for (i, w) in self.weights.iter().enumerate() {
            mean.iter_mut().zip(&rows[i * d..(i + 1) * d]).for_each(|(m, x)| *m += w / total * x);
        }
        mean
    }

    /// Σ w · (−ln softmax(`scale` · logits)) over samples that are not alone in their class; `None` when all are.
    pub fn loss(&self, logits: &[f64], scale: f64) -> Option<f64> {
        let k = self.seen.len();
        let mut loss = None;
        for (i, z) in logits.chunks_exact(k).enumerate().filter(|(i, _)| self.left(*i) > 0.0) {
            let top = z.iter().copied().fold(f64::NEG_INFINITY, f64::max);
            let total: f64 = z.iter().map(|z| (scale * (z - top)).exp()).sum();
            *loss.get_or_insert(0.0) += self.weights[i] * (total.ln() - scale * (z[self.labels[i]] - top));
        }
        loss
    }

    /// The head with these weights (K × D) and biases (K) on features, of which `rows` are the labeled ones.
    pub fn head(&self, standardiser: &Standardiser, rows: &[f64], mut weights: Vec<f64>, mut bias: Vec<f64>) -> Head {
        let (n, k, d) = (self.labels.len(), self.seen.len(), standardiser.dim());
        // Softmax does not see what all classes share; without it the numbers are small.
        for j in 0..d {
            let mean = (0..k).map(|c| weights[c * d + j]).sum::<f64>() / k as f64;
            for c in 0..k {
                weights[c * d + j] -= mean;
            }
        }
        let mean = bias.iter().sum::<f64>() / k as f64;
        for b in &mut bias {
            *b -= mean;
        }
        let mut logits = vec![0.0; n * k];
        gemm::abt_slices(n, d, k, rows, &weights, &mut logits);
        let top = logits.iter().enumerate().map(|(at, z)| (z + bias[at % k]).abs()).fold(0.0, f64::max);
        let scale = (LARGEST / top).min(1.0);
        let mut full = vec![0.0; self.n_classes * d];
        let mut all = vec![f64::from(UNSEEN_BIAS); self.n_classes];
        for (c, &class) in self.seen.iter().enumerate() {
            full[class * d..(class + 1) * d].iter_mut().zip(&weights[c * d..]).for_each(|(to, w)| *to = scale * w);
            all[class] = scale * bias[c];
        }
        standardiser.fold(&full, &all)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::learn::lda::{calibrated_lda, lda};
    use crate::learn::{Committee, Link, Targets};
    use crate::math::{Matrix, random};

    type Fit = fn(&Training<'_>, &Standardiser) -> Result<Head, LearnError>;
    const ALL: [Fit; 3] = [prototype, lda, calibrated_lda];

    fn blobs(n: usize, d: usize, k: usize, seed: u64) -> (Matrix, Vec<usize>) {
        let number = |at: usize| random::unit(random::hash(seed, at as u64)) as f32 - 0.5;
        let labels: Vec<usize> = (0..n).map(|i| i % k).collect();
        let row = |i: usize| (0..d).map(move |j| 0.3 + number(i % k * d + j) + 0.8 * number(1000 + i * d + j));
        (Matrix::new(n, d, (0..n).flat_map(row).collect()), labels)
    }

    fn probabilities(head: Head, rows: &Matrix) -> Vec<f32> {
        Committee::of_heads(vec![head], Link::Softmax).votes(rows).mean()
    }

    /// Shrunk means of the samples where `take`, and their logits for one row, by the definition.
    fn plain(
        rows: &[f64],
        d: usize,
        labels: &[usize],
        weights: &[f64],
        take: &dyn Fn(usize) -> bool,
        x: &[f64],
    ) -> Vec<f64> {
        let n = labels.len();
        let mean = |of: &dyn Fn(usize) -> bool| {
            let mut total = 0.0;
            let mut mean = vec![0.0; d];
            for i in (0..n).filter(|&i| take(i) && of(i)) {
                total += weights[i];
                (0..d).for_each(|j| mean[j] += weights[i] * rows[i * d + j]);
            }
            for m in &mut mean {
                *m /= total;
            }
            (mean, total)
        };
        let (grand, _) = mean(&|_| true);
        let logit = |c: usize| {
            let (m, total) = mean(&|i| labels[i] == c);
            let mu: Vec<f64> = (0..d).map(|j| grand[j] + total / (total + 1.0) * (m[j] - grand[j])).collect();
            (0..d).map(|j| -0.5 * (x[j] - mu[j]).powi(2) + 0.5 * x[j].powi(2)).sum()
        };
        (0..=*labels.iter().max().unwrap()).map(logit).collect()
    }

    #[test]
    fn the_head_equals_the_definition_at_the_scale_with_the_least_loss() {
        let (rows, labels) = blobs(23, 6, 3, 4);
        let weights: Vec<f32> = (0..23).map(|i| 0.2 + (i % 5) as f32).collect();
        let standardiser = Standardiser::from_pool(&rows).unwrap();
        let training = Training { rows: &rows, targets: Targets::One(&labels), weights: Some(&weights), n_classes: 3 };
        let got = probabilities(prototype(&training, &standardiser).unwrap(), &rows);
        let (features, w) = (standardiser.apply(&rows), weights.iter().map(|&w| f64::from(w)).collect::<Vec<_>>());
        let softmax = |z: &[f64], scale: f64| {
            let total: f64 = z.iter().map(|z| (scale * z).exp()).sum();
            z.iter().map(|z| (scale * z).exp() / total).collect::<Vec<f64>>()
        };
        let of = |i: usize| &features[i * 6..(i + 1) * 6];
        let loss = |scale: f64| -> f64 {
            let each = |i: usize| softmax(&plain(&features, 6, &labels, &w, &|j| j != i, of(i)), scale)[labels[i]];
            (0..23).map(|i| -w[i] * each(i).ln()).sum()
        };
        let best = SCALES.into_iter().min_by(|a, b| loss(a / 6.0).total_cmp(&loss(b / 6.0))).unwrap();
        for i in 0..23 {
            let want = softmax(&plain(&features, 6, &labels, &w, &|_| true, of(i)), best / 6.0);
            for c in 0..3 {
                assert!((f64::from(got[i * 3 + c]) - want[c]).abs() < 2e-6, "{i} {c}");
            }
        }
    }

    #[test]
    fn leaving_one_out_equals_a_fit_without_it() {
        let (rows, labels) = blobs(17, 5, 3, 9);
        let weights: Vec<f32> = (0..17).map(|i| 0.5 + (i % 4) as f32).collect();
        let standardiser = Standardiser::from_pool(&rows).unwrap();
        let training = Training { rows: &rows, targets: Targets::One(&labels), weights: Some(&weights), n_classes: 3 };
        let groups = Groups::new(&training, &standardiser).unwrap();
        let features = standardiser.apply(&rows);
        let got = leave_one_out(&groups, &features, 5);
        for i in 0..17 {
            let want = plain(&features, 5, &labels, &groups.weights, &|j| j != i, &features[i * 5..(i + 1) * 5]);
            assert!(want.iter().zip(&got[i * 3..]).all(|(a, b)| (a - b).abs() < 1e-10), "{i}");
        }
    }

    #[test]
    fn one_label_per_class_already_points_to_the_nearest() {
        let (rows, labels) = blobs(4, 30, 4, 2);
        let standardiser = Standardiser::from_pool(&rows).unwrap();
        for fit in ALL {
            let training = Training { rows: &rows, targets: Targets::One(&labels), weights: None, n_classes: 4 };
            let p = probabilities(fit(&training, &standardiser).unwrap(), &rows);
            assert!((0..4).all(|i| p[i * 4 + i] > 0.5), "{p:?}");
        }
    }

    #[test]
    fn one_class_alone_is_certain_and_classes_without_labels_or_weight_get_nothing() {
        let (rows, labels) = blobs(12, 4, 3, 5);
        let standardiser = Standardiser::from_pool(&rows).unwrap();
        let weights: Vec<f32> = labels.iter().map(|&y| if y == 2 { 0.0 } else { 1.0 }).collect();
        for fit in ALL {
            let training = Training { rows: &rows, targets: Targets::One(&[1; 12]), weights: None, n_classes: 3 };
            let p = probabilities(fit(&training, &standardiser).unwrap(), &rows);
            assert!(p.chunks(3).all(|p| p == [0.0, 1.0, 0.0]));
            // Two samples scatter along one line only.
            let training =
                Training { rows: &rows.gather(&[0, 1]), targets: Targets::One(&[1; 2]), weights: None, n_classes: 3 };
            let p = probabilities(fit(&training, &standardiser).unwrap(), &rows);
            assert!(p.chunks(3).all(|p| p == [0.0, 1.0, 0.0]), "{p:?}");
            let training =
                Training { rows: &rows, targets: Targets::One(&labels), weights: Some(&weights), n_classes: 5 };
            let p = probabilities(fit(&training, &standardiser).unwrap(), &rows);
            assert!(p.chunks(5).all(|p| p[2..] == [0.0; 3] && (p[0] + p[1] - 1.0).abs() < 1e-6));
            let training =
                Training { rows: &rows, targets: Targets::One(&labels), weights: Some(&[0.0; 12]), n_classes: 3 };
            assert_eq!(fit(&training, &standardiser), Err(LearnError::NoLabels));
        }
    }

    #[test]
    fn nan_is_refused() {
        let (mut rows, labels) = blobs(6, 4, 2, 5);
        let standardiser = Standardiser::from_pool(&rows).unwrap();
        rows.row_mut(2)[1] = f32::NAN;
        for fit in ALL {
            let training = Training { rows: &rows, targets: Targets::One(&labels), weights: None, n_classes: 2 };
            assert_eq!(fit(&training, &standardiser), Err(LearnError::NotFinite { row: 2 }));
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn order_does_not_matter_and_copies_do_no_harm(
            n in 1usize..40, d in 1usize..30, k in 1usize..5, seed in 0u64..1000, fit in 0usize..3
        ) {
            let (rows, labels) = blobs(n, d, k, seed);
            let standardiser = Standardiser::from_pool(&rows).unwrap();
            let fit = |rows: &Matrix, labels: &[usize], weights: Option<&[f32]>| {
                let training = Training { rows, targets: Targets::One(labels), weights, n_classes: k + 1 };
                ALL[fit](&training, &standardiser).unwrap()
            };
            let p = probabilities(fit(&rows, &labels, None), &rows);
            prop_assert!(p.iter().all(|p| p.is_finite()) && p.chunks(k + 1).all(|p| p[k] == 0.0));
            let back: Vec<usize> = (0..n).rev().collect();
            let turned: Vec<usize> = back.iter().map(|&i| labels[i]).collect();
            let again = probabilities(fit(&rows.gather(&back), &turned, None), &rows);
            prop_assert!(p.iter().zip(&again).all(|(a, b)| (a - b).abs() < 1e-3), "{:?} {:?}", p, again);
            let twice: Vec<usize> = (0..n).chain(0..n).collect();
            let doubled: Vec<usize> = twice.iter().map(|&i| labels[i]).collect();
            let p = probabilities(fit(&rows.gather(&twice), &doubled, None), &rows);
            prop_assert!(p.chunks(k + 1).all(|p| (p.iter().sum::<f32>() - 1.0).abs() < 1e-5 && p[k] == 0.0));
        }
    }
}
