//! Linear discriminant analysis with a shrunken covariance and equal priors (Fisher 1936; Friedman 1989).
//!
//! Classes are normal with one covariance Σ = (1 − ρ) S + ρ (tr S / D) I, S the scatter around the class means per unit
//! of weight, and ρ as in Ledoit and Wolf 2004 ("A well-conditioned estimator for large-dimensional covariance
//! matrices"). With g the grand mean and b a class mean less g, the logit of the class is bᵀ Σ⁻¹ (x − g) − bᵀ Σ⁻¹ b /
//! 2.
//!
//! Everything is computed in the space of the labeled rows, so Σ is r × r with r = min(n, D) and never D × D for n < D;
//! the identity is the same in both. Cost: O(n·r·D + n·r² + r³/3).

use super::prototype::{FIRST_SCALE, Groups};
use super::rowspace::RowSpace;
use super::training::Training;
use super::{Head, LearnError, Standardiser};
use crate::math::{cholesky, gemm};

/// How far the covariance is drawn towards a multiple of the identity.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Shrinkage {
    LedoitWolf,
    /// From 0, not at all, to 1.
    Fixed(f64),
}

/// Temperatures tried: half octaves from 1/2 to 1024.
const TEMPERATURES: i32 = 23;
/// Scatter below this share of all variation is rounding.
const NO_SCATTER: f64 = 1e-12;
/// The least shrinkage: of two samples in one class the estimate is 0, which leaves Σ without an inverse.
const LEAST: f64 = 1e-6;
/// The least a leave-one-out denominator may be.
const FLOOR: f64 = 1e-6;

/// The head whose softmax is the posterior of the model. Classes without a label, or with labels of no weight, get
/// probability 0.
///
/// With fewer samples than dimensions this posterior is far too sure of itself: of 500 labels in 1280 dimensions the
/// mean log loss was 8, and 1.2 as [`calibrated_lda`].
///
/// # Errors
/// Whatever [`Training::check`] refuses; [`LearnError::NoLabels`] also when no sample has weight.
pub fn lda(training: &Training<'_>, standardiser: &Standardiser) -> Result<Head, LearnError> {
    fit(training, standardiser, false)
}

/// [`lda`] with logits divided by the temperature that minimises the leave-one-out loss.
///
/// # Errors
/// As [`lda`].
pub fn calibrated_lda(training: &Training<'_>, standardiser: &Standardiser) -> Result<Head, LearnError> {
    fit(training, standardiser, true)
}

fn fit(training: &Training<'_>, standardiser: &Standardiser, calibrate: bool) -> Result<Head, LearnError> {
    let groups = Groups::new(training, standardiser)?;
    let features = standardiser.apply(&training.rows.gather(&groups.kept));
    let space = RowSpace::smallest(features.clone(), groups.kept.len(), standardiser.dim());
    let model = Discriminant::new(&groups, &space.coordinates, space.dim, Shrinkage::LedoitWolf);
    let temperature = if calibrate { model.temperature(&groups) } else { 1.0 };
    let weights = model.weights.iter().map(|w| w / temperature).collect::<Vec<f64>>();
    let bias = model.bias.iter().map(|b| b / temperature).collect();
    Ok(groups.head(standardiser, &features, space.expand(&weights, groups.seen.len()), bias))
}

/// The model in the space of the labeled rows, of dimension r.
struct Discriminant {
    /// K × r.
    weights: Vec<f64>,
    /// K.
    bias: Vec<f64>,
    shrinkage: f64,
    dim: usize,
    /// n × r: rows less their class means.
    centred: Vec<f64>,
    /// K × r: class means less the grand mean.
    between: Vec<f64>,
    /// The factor of Σ: r × r.
    lower: Vec<f64>,
}

impl Discriminant {
    /// `rows` are n × `r` coordinates of the labeled samples.
    fn new(groups: &Groups, rows: &[f64], r: usize, shrinkage: Shrinkage) -> Self {
        let k = groups.seen.len();
        let (means, grand) = (groups.means(rows, r), groups.grand_mean(rows, r));
        let between: Vec<f64> = means.iter().enumerate().map(|(at, m)| m - grand[at % r.max(1)]).collect();
        let mut centred = rows.to_vec();
        for (row, &y) in centred.chunks_exact_mut(r.max(1)).zip(&groups.labels) {
            row.iter_mut().zip(&means[y * r..]).for_each(|(x, m)| *x -= m);
        }
        let (mut lower, shrinkage) = covariance(groups, &centred, &between, r, shrinkage);
        cholesky::factor(&mut lower, r);
        // As columns, since that is how triangles are solved.
        let mut columns = transposed(&between, k, r);
        cholesky::solve_lower(&lower, r, &mut columns, k);
        solve_upper(&lower, r, &mut columns, k);
        let weights = transposed(&columns, r, k);
        let bias =
            (0..k).map(|c| (0..r).map(|j| -0.5 * weights[c * r + j] * (means[c * r + j] + grand[j])).sum()).collect();
        Self { weights, bias, shrinkage, dim: r, centred, between, lower }
    }

    /// The temperature with the smallest leave-one-out loss, the larger of two that are equally good; 1 when every
    /// sample is alone in its class.
    fn temperature(&self, groups: &Groups) -> f64 {
        let logits = self.leave_one_out(groups);
        let tried = (0..TEMPERATURES).rev().map(|step| 2f64.powf(0.5 * f64::from(step) - 1.0));
        let losses = tried.filter_map(|temperature| Some((groups.loss(&logits, 1.0 / temperature)?, temperature)));
        losses
            .reduce(|best, next| if next.0 < best.0 { next } else { best })
            .map_or(1.0, |(_, temperature)| temperature)
    }

    /// Logits of each sample under the model without it, with ρ, its target and the total weight held: n × K. Rows of
    /// samples that are alone in their class mean nothing.
    ///
    /// Without a sample of weight w, at c from the mean of its class of weight n, that mean moves by −w/(n − w) c and Σ
    /// loses γ c cᵀ with γ = (1 − ρ) w n/(n − w) per unit of weight. Every product with the new Σ⁻¹ follows from those
    /// with the one at hand (Sherman and Morrison 1950).
    fn leave_one_out(&self, groups: &Groups) -> Vec<f64> {
        let (n, k, r) = (groups.labels.len(), groups.seen.len(), self.dim);
        let mut c = transposed(&self.centred, n, r);
        let mut b = transposed(&self.between, k, r);
        cholesky::solve_lower(&self.lower, r, &mut c, n);
        cholesky::solve_lower(&self.lower, r, &mut b, k);
        let (mut cb, mut bb) = (vec![0.0; n * k], vec![0.0; k * k]);
        gemm::atb_slices(n, r, k, &c, &b, &mut cb);
        gemm::atb_slices(k, r, k, &b, &b, &mut bb);
        let mut cc = vec![0.0; n];
        for row in c.chunks_exact(n) {
            cc.iter_mut().zip(row).for_each(|(sum, c)| *sum += c * c);
        }
        let all: f64 = groups.totals.iter().sum();
        let mut logits = vec![0.0; n * k];
        for (i, out) in logits.chunks_exact_mut(k).enumerate() {
            let (y, w, left) = (groups.labels[i], groups.weights[i], groups.left(i));
            if left == 0.0 {
                continue;
            }
            let gamma = (1.0 - self.shrinkage) * w * groups.totals[y] / (left * all);
            let below = (1.0 - gamma * cc[i]).max(FLOOR);
            let along = &cb[i * k..(i + 1) * k];
            let product = |c: usize, other: usize| bb[c * k + other] + gamma * along[c] * along[other] / below;
            let (moved, own) = (w / left, cc[i] / below);
            for (c, z) in out.iter_mut().enumerate() {
                let cross = along[c] / below;
                *z = cross + product(c, y) - 0.5 * product(c, c);
                if c == y {
                    // Its mean is b − moved · c: −moved ⟨c, c + b⟩ + moved ⟨c, b⟩ − moved² ⟨c, c⟩ / 2.
                    *z -= moved * own * (1.0 + 0.5 * moved);
                }
            }
        }
        logits
    }
}

/// Σ (r × r) and its ρ.
fn covariance(groups: &Groups, centred: &[f64], between: &[f64], r: usize, shrinkage: Shrinkage) -> (Vec<f64>, f64) {
    let n = groups.labels.len();
    let total: f64 = groups.totals.iter().sum();
    let share: Vec<f64> = groups.weights.iter().map(|w| w / total).collect();
    let mut scaled = centred.to_vec();
    for (row, share) in scaled.chunks_exact_mut(r.max(1)).zip(&share) {
        for x in row {
            *x *= share.sqrt();
        }
    }
    let mut s = vec![0.0; r * r];
    gemm::atb_slices(r, n, r, &scaled, &scaled, &mut s);
    let dim = groups.dim.max(1) as f64;
    let trace: f64 = (0..r).map(|j| s[j * r + j]).sum();
    if trace <= NO_SCATTER * (trace + between.iter().map(|b| b * b).sum::<f64>()) {
        // Nothing is known about the spread inside classes, so distances count as they do for prototypes, of which a
        // single sample's keeps half of its distance from the grand mean, and a quarter of the square.
        s.fill(0.0);
        for j in 0..r {
            s[j * r + j] = 4.0 * dim / FIRST_SCALE;
        }
        return (s, 1.0);
    }
    let rho = match shrinkage {
        Shrinkage::Fixed(rho) => rho,
        Shrinkage::LedoitWolf => ledoit_wolf(&s, trace, dim, centred, &share, r).max(LEAST),
    };
    for x in &mut s {
        *x *= 1.0 - rho;
    }
    for j in 0..r {
        s[j * r + j] += rho * trace / dim;
    }
    (s, rho)
}

/// ρ = min(β, δ) / δ with δ = ‖S − (tr S/D) I‖² and β = Σ wᵢ² ‖cᵢ cᵢᵀ − S‖², weights adding up to 1.
fn ledoit_wolf(s: &[f64], trace: f64, dim: f64, centred: &[f64], share: &[f64], r: usize) -> f64 {
    let n = share.len();
    let square: f64 = s.iter().map(|x| x * x).sum();
    let delta = square - trace * trace / dim;
    if delta <= 0.0 {
        return 0.0;
    }
    let mut turned = vec![0.0; n * r];
    gemm::ab_slices(n, r, r, centred, s, &mut turned);
    let rows = centred.chunks_exact(r.max(1)).zip(turned.chunks_exact(r.max(1))).zip(share);
    let beta: f64 = rows
        .map(|((c, turned), w)| {
            let norm: f64 = c.iter().map(|x| x * x).sum();
            let inside: f64 = c.iter().zip(turned).map(|(x, t)| x * t).sum();
            w * w * (norm * norm - 2.0 * inside + square)
        })
        .sum();
    beta.clamp(0.0, delta) / delta
}

/// The transpose of a (rows × cols).
fn transposed(a: &[f64], rows: usize, cols: usize) -> Vec<f64> {
    (0..cols).flat_map(|j| (0..rows).map(move |i| a[i * cols + j])).collect()
}

/// Solve Lᵀ V = B in place: `lower` is n × n, `b` is n × m, row-major.
fn solve_upper(lower: &[f64], n: usize, b: &mut [f64], m: usize) {
    for i in (0..n).rev() {
        let (above, rest) = b.split_at_mut(i * m);
        let row = &mut rest[..m];
        for x in &mut *row {
            *x /= lower[i * n + i];
        }
        for (other, l) in above.chunks_exact_mut(m).zip(&lower[i * n..]) {
            other.iter_mut().zip(&*row).for_each(|(x, v)| *x -= l * v);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::learn::{Committee, Link, Targets};
    use crate::math::{Matrix, random};

    /// A standardiser that changes nothing, so that numbers on plain features can be compared.
    fn identity(d: usize) -> Standardiser {
        Standardiser { mean: vec![0.0; d], scale: vec![1.0; d], axes: 0 }
    }

    fn groups(rows: &Matrix, labels: &[usize], weights: Option<&[f32]>, k: usize) -> Groups {
        Groups::new(&Training { rows, targets: Targets::One(labels), weights, n_classes: k }, &identity(rows.cols()))
            .unwrap()
    }

    fn softmax(z: &[f64]) -> Vec<f64> {
        let top = z.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let total: f64 = z.iter().map(|z| (z - top).exp()).sum();
        z.iter().map(|z| (z - top).exp() / total).collect()
    }

    #[derive(serde::Deserialize)]
    struct File {
        #[serde(rename = "lda")]
        cases: Vec<Case>,
    }

    #[derive(serde::Deserialize)]
    struct Case {
        n: usize,
        d: usize,
        k: usize,
        balanced: bool,
        rows: Vec<f64>,
        labels: Vec<usize>,
        test: Vec<f64>,
        results: Vec<Expected>,
    }

    #[derive(serde::Deserialize)]
    struct Expected {
        shrinkage: String,
        found: Vec<f64>,
        #[serde(rename = "expected")]
        posterior: Vec<f64>,
    }

    #[test]
    fn posteriors_and_shrinkage_equal_scikit_learn() {
        let file: File = serde_json::from_str(include_str!("../../tests/data/heads.json")).unwrap();
        let (mut compared, mut worst) = (0, 0.0f64);
        for case in &file.cases {
            let (n, d, k) = (case.n, case.d, case.k);
            let rows = Matrix::new(n, d, case.rows.iter().map(|&x| x as f32).collect());
            let groups = groups(&rows, &case.labels, None, k);
            let space = RowSpace::smallest(case.rows.clone(), n, d);
            for result in &case.results {
                let shrinkage = match result.shrinkage.as_str() {
                    // One shrinkage per class is another model; with unequal classes so is a fixed one.
                    "auto" => continue,
                    "auto-pooled" => Shrinkage::LedoitWolf,
                    _ if !case.balanced => continue,
                    fixed => Shrinkage::Fixed(fixed.parse().unwrap()),
                };
                let model = Discriminant::new(&groups, &space.coordinates, space.dim, shrinkage);
                assert!((model.shrinkage - result.found[0]).abs() < 1e-8, "{} {}", model.shrinkage, result.found[0]);
                let weights = space.expand(&model.weights, k);
                for (x, want) in case.test.chunks(d).zip(result.posterior.chunks(k)) {
                    let logit = |c: usize| model.bias[c] + (0..d).map(|j| weights[c * d + j] * x[j]).sum::<f64>();
                    let got = softmax(&(0..k).map(logit).collect::<Vec<f64>>());
                    worst = got.iter().zip(want).map(|(a, b)| (a - b).abs()).fold(worst, f64::max);
                }
                compared += 1;
            }
        }
        assert!(compared == 40 && worst < 1e-8, "{compared} {worst}");
    }

    fn blobs(n: usize, d: usize, k: usize) -> (Matrix, Vec<usize>) {
        let number = |at: usize| random::unit(random::hash(6, at as u64)) as f32 - 0.5;
        let row = |i: usize| (0..d).map(move |j| number(i % k * d + j) + 1.5 * number(5000 + i * d + j));
        (Matrix::new(n, d, (0..n).flat_map(row).collect()), (0..n).map(|i| i % k).collect())
    }

    #[test]
    fn leaving_one_out_equals_a_model_without_it() {
        for (n, d) in [(20, 5), (12, 30)] {
            let (rows, labels) = blobs(n, d, 3);
            let weights: Vec<f32> = (0..n).map(|i| 0.5 + (i % 3) as f32).collect();
            let groups = groups(&rows, &labels, Some(&weights), 3);
            let features: Vec<f64> = rows.as_slice().iter().map(|&x| f64::from(x)).collect();
            // In all dimensions, so that the model without the sample has the same coordinates.
            let model = Discriminant::new(&groups, &features, d, Shrinkage::LedoitWolf);
            let (got, rho) = (model.leave_one_out(&groups), model.shrinkage);
            let all: f64 = groups.totals.iter().sum();
            let trace: f64 = model.centred.iter().enumerate().map(|(at, c)| groups.weights[at / d] / all * c * c).sum();
            for i in 0..n {
                let rest: Vec<usize> = (0..n).filter(|&j| j != i).collect();
                let (kept, of): (Vec<usize>, Vec<f32>) = rest.iter().map(|&j| (labels[j], weights[j])).unzip();
                let without = self::groups(&rows.gather(&rest), &kept, Some(&of), 3);
                let left: Vec<f64> = rest.iter().flat_map(|&j| features[j * d..(j + 1) * d].to_vec()).collect();
                let means = without.means(&left, d);
                // Scatter per unit of the whole weight, and the target held.
                let mut sigma = vec![0.0; d * d];
                for (row, (&y, w)) in left.chunks(d).zip(kept.iter().zip(&of)) {
                    for a in 0..d {
                        for b in 0..d {
                            let product = (row[a] - means[y * d + a]) * (row[b] - means[y * d + b]);
                            sigma[a * d + b] += (1.0 - rho) * f64::from(*w) / all * product;
                        }
                    }
                }
                (0..d).for_each(|j| sigma[j * d + j] += rho * trace / d as f64);
                let inverse = cholesky::inverse(sigma, d);
                let x = &features[i * d..(i + 1) * d];
                let distance = |c: usize| -> f64 {
                    let apart: Vec<f64> = (0..d).map(|j| x[j] - means[c * d + j]).collect();
                    (0..d * d).map(|at| apart[at / d] * inverse[at] * apart[at % d]).sum()
                };
                let want = softmax(&(0..3).map(|c| -0.5 * distance(c)).collect::<Vec<f64>>());
                let got = softmax(&got[i * 3..(i + 1) * 3]);
                assert!(want.iter().zip(&got).all(|(a, b)| (a - b).abs() < 1e-8), "{i}: {want:?} {got:?}");
            }
        }
    }

    #[test]
    fn calibration_softens_a_model_of_few_samples_and_keeps_its_answers() {
        let (rows, labels) = blobs(20, 200, 2);
        let standardiser = Standardiser::from_pool(&rows).unwrap();
        let training = Training { rows: &rows, targets: Targets::One(&labels), weights: None, n_classes: 2 };
        let p = |head: Head| Committee::of_heads(vec![head], Link::Softmax).votes(&rows).mean();
        let (sharp, soft) =
            (p(lda(&training, &standardiser).unwrap()), p(calibrated_lda(&training, &standardiser).unwrap()));
        for (sharp, soft) in sharp.chunks(2).zip(soft.chunks(2)) {
            assert!((sharp[0] > sharp[1]) == (soft[0] > soft[1]));
            assert!((soft[0] - 0.5).abs() <= (sharp[0] - 0.5).abs());
        }
    }

    #[test]
    fn fewer_samples_than_dimensions_give_what_the_whole_covariance_gives() {
        let (rows, labels) = blobs(10, 25, 2);
        let groups = groups(&rows, &labels, None, 2);
        let features: Vec<f64> = rows.as_slice().iter().map(|&x| f64::from(x)).collect();
        let space = RowSpace::smallest(features.clone(), 10, 25);
        let small = Discriminant::new(&groups, &space.coordinates, space.dim, Shrinkage::LedoitWolf);
        let whole = Discriminant::new(&groups, &features, 25, Shrinkage::LedoitWolf);
        assert!(space.dim == 10 && (small.shrinkage - whole.shrinkage).abs() < 1e-9);
        let expanded = space.expand(&small.weights, 2);
        assert!(expanded.iter().zip(&whole.weights).all(|(a, b)| (a - b).abs() < 1e-8));
        assert!(small.bias.iter().zip(&whole.bias).all(|(a, b)| (a - b).abs() < 1e-8));
    }
}
