//! Laplace approximation of a fitted head: how far each logit could be from where the labels put it (`MacKay` 1992,
//! "The evidence framework applied to classification networks").
//!
//! With x = [features, 1] and p the probabilities that the head gives a class on the labeled samples, the weights of
//! the class are normal around the fitted ones with covariance H⁻¹, H = λ diag(1, …, 1, 0) + Σ s p (1 − p) x xᵀ, so the
//! variance of the logit is xᵀ H⁻¹ x; classes are taken as independent. Votes are softmaxes of logits drawn from these
//! normals: a committee of any size from one fit.
//!
//! For n < D the labeled rows span r ≤ n dimensions. Orthogonal to them H is λ I, so a part x⊥ of the features adds
//! ‖x⊥‖²/λ and everything else is r × r. Cost: K (n·r² + r³/3) once, then K·r² + r·D per sample.

use rand_chacha::rand_core::Rng as _;
use rayon::prelude::*;

use super::fit::{Training, UNSEEN_BIAS};
use super::rowspace::RowSpace;
use super::{Head, LearnError, Standardiser, Votes};
use crate::math::{Matrix, cholesky, gemm, random, softmax};

/// Samples judged together; fixed, so that no number depends on how work is spread.
const BLOCK: usize = 512;
/// Keeps the unpenalised bias from making H singular.
const RIDGE: f64 = 1e-9;

/// A head with the uncertainty of its weights.
pub struct Laplace<'a> {
    head: &'a Head,
    standardiser: &'a Standardiser,
    curvature: Curvature,
    /// Classes that have a variance, ascending: those with labels, when there are two or more.
    seen: Vec<usize>,
}

impl<'a> Laplace<'a> {
    /// The uncertainty of `head`, which was fitted on `training` with penalty `lambda`.
    ///
    /// # Errors
    /// Whatever [`Training::check`] refuses, a head of another shape, and a `lambda` that is not positive.
    pub fn new(
        training: &Training<'_>,
        standardiser: &'a Standardiser,
        head: &'a Head,
        lambda: f64,
    ) -> Result<Self, LearnError> {
        training.check(standardiser)?;
        if !(lambda.is_finite() && lambda > 0.0) {
            return Err(LearnError::Option("lambda"));
        }
        let (k, d) = (training.n_classes, standardiser.dim());
        for (what, got, want) in [("head", head.bias.len(), k), ("head", head.weights.cols(), d)] {
            if got != want {
                return Err(LearnError::Length { what, got, want });
            }
        }
        let mut seen: Vec<usize> = (0..k).filter(|&c| head.bias[c] > UNSEEN_BIAS / 2.0).collect();
        if seen.len() < 2 {
            seen.clear();
        }
        let features = standardiser.apply(training.rows);
        let n = training.labels.len();
        let mut logits = logits(head, standardiser, &features);
        softmax::softmax_rows(&mut logits, k);
        let weight = |i: usize| training.weights.map_or(1.0, |weights| f64::from(weights[i]));
        let bend = |c: usize| (0..n).map(|i| weight(i) * logits[i * k + c] * (1.0 - logits[i * k + c])).collect();
        let bends: Vec<Vec<f64>> = seen.iter().map(|&c| bend(c)).collect();
        Ok(Self { head, standardiser, curvature: Curvature::new(features, n, d, &bends, lambda), seen })
    }

    /// The variance of each logit of raw embeddings (n × D): n × K, row-major. 0 for classes without labels.
    ///
    /// # Panics
    /// When `rows` has another width than the head.
    pub fn variances(&self, rows: &Matrix) -> Vec<f32> {
        let k = self.head.bias.len();
        self.by_blocks(rows, k, |features, out| {
            let variances = self.curvature.variances(features);
            for (out, variances) in out.chunks_exact_mut(k).zip(variances.chunks_exact(self.seen.len().max(1))) {
                self.seen.iter().zip(variances).for_each(|(&c, &v)| out[c] = v as f32);
            }
        })
    }

    /// `members` votes on raw embeddings (n × D), each a softmax of logits drawn from their normals, with standard
    /// deviations times `scale`. 1 is the approximation itself, and useful only where labels far outnumber dimensions:
    /// elsewhere hardly anything but λ holds the weights, and votes at full scale forget the head's own answer. On
    /// embeddings of photographs (50 to 500 labels, 1280 dimensions) the mean of eight votes kept the head's accuracy
    /// at 0.05 and lost most of it at 0.4.
    ///
    /// All samples share the draws, so equal samples get equal votes, and neither order nor company matters. They come
    /// in pairs of opposite sign, so that the mean of an even number of members leans to no class.
    ///
    /// # Panics
    /// As [`Laplace::variances`].
    pub fn votes(&self, rows: &Matrix, members: usize, scale: f64, seed: u64) -> Votes {
        let k = self.head.bias.len();
        let draws: Vec<f64> = (0..members).flat_map(|m| draws(m, k, seed)).collect();
        let probabilities = self.by_blocks(rows, members * k, |features, out| {
            let means = logits(self.head, self.standardiser, features);
            let variances = self.curvature.variances(features);
            let width = self.seen.len();
            for (i, out) in out.chunks_exact_mut((members * k).max(1)).enumerate() {
                let mut deviations = vec![0.0; k];
                self.seen.iter().zip(&variances[i * width..]).for_each(|(&c, v)| deviations[c] = scale * v.sqrt());
                for (at, z) in out.iter_mut().enumerate() {
                    *z = (means[i * k + at % k] + deviations[at % k] * draws[at]) as f32;
                }
            }
            softmax::softmax_rows(out, k);
        });
        Votes { n: rows.rows(), members, classes: k, probabilities }
    }

    /// `width` numbers per row from the features of each block of rows.
    fn by_blocks(&self, rows: &Matrix, width: usize, rule: impl Fn(&[f64], &mut [f32]) + Sync) -> Vec<f32> {
        assert_eq!(rows.cols(), self.standardiser.dim(), "embeddings have the head's width");
        let mut out = vec![0.0; rows.rows() * width];
        out.par_chunks_mut((BLOCK * width).max(1)).enumerate().for_each(|(block, out)| {
            let start = block * BLOCK;
            let at: Vec<usize> = (start..start + out.len() / width).collect();
            rule(&self.standardiser.apply(&rows.gather(&at)), out);
        });
        out
    }
}

/// `classes` standard normal numbers of member `m` (Box and Muller 1958); odd members mirror the one before.
fn draws(m: usize, classes: usize, seed: u64) -> Vec<f64> {
    let mut rng = random::stream(seed, (m / 2) as u64);
    let sign = if m.is_multiple_of(2) { 1.0 } else { -1.0 };
    let normal = |_| {
        let (a, b) = (1.0 - random::unit(rng.next_u64()), random::unit(rng.next_u64()));
        sign * (-2.0 * a.ln()).sqrt() * (std::f64::consts::TAU * b).cos()
    };
    (0..classes).map(normal).collect()
}

/// The logits of `features` (n × D) in double precision: n × K.
fn logits(head: &Head, standardiser: &Standardiser, features: &[f64]) -> Vec<f64> {
    let (k, d) = (head.bias.len(), standardiser.dim());
    let (mut weights, mut bias) = (Vec::with_capacity(k * d), Vec::with_capacity(k));
    for c in 0..k {
        let (w, b) = standardiser.unfold(head, c);
        weights.extend(w);
        bias.push(b);
    }
    let n = features.len() / d.max(1);
    let mut logits = vec![0.0; n * k];
    gemm::abt_slices(n, d, k, features, &weights, &mut logits);
    logits.iter_mut().enumerate().for_each(|(at, z)| *z += bias[at % k]);
    logits
}

/// Inverse Hessians, one per class, over the space of the labeled rows.
struct Curvature {
    space: RowSpace,
    /// (r + 1) × (r + 1) each: L⁻¹ of H = L Lᵀ, so that xᵀ H⁻¹ x = ‖L⁻¹ x‖² is one product for many rows.
    inverses: Vec<Vec<f64>>,
    lambda: f64,
    full: usize,
}

impl Curvature {
    /// From `features` (n × `d`) and per class the n weights s p (1 − p).
    fn new(features: Vec<f64>, n: usize, d: usize, bends: &[Vec<f64>], lambda: f64) -> Self {
        let space = RowSpace::smallest(features, n, d);
        let r = space.dim;
        let width = r + 1;
        let inverses = bends
            .par_iter()
            .map(|bends| {
                let mut scaled = Vec::with_capacity(n * width);
                for (i, bend) in bends.iter().enumerate() {
                    let root = bend.sqrt();
                    scaled.extend(space.coordinates[i * r..(i + 1) * r].iter().map(|x| root * x));
                    scaled.push(root);
                }
                let mut hessian = vec![0.0; width * width];
                gemm::atb_slices(width, n, width, &scaled, &scaled, &mut hessian);
                (0..width).for_each(|j| hessian[j * width + j] += if j < r { lambda } else { RIDGE });
                cholesky::factor(&mut hessian, width);
                let mut inverse = vec![0.0; width * width];
                (0..width).for_each(|j| inverse[j * width + j] = 1.0);
                cholesky::solve_lower(&hessian, width, &mut inverse, width);
                inverse
            })
            .collect();
        Self { space, inverses, lambda, full: d }
    }

    /// xᵀ H⁻¹ x of every row of `features` (n × d) and class: n × classes.
    fn variances(&self, features: &[f64]) -> Vec<f64> {
        let (d, r, classes) = (self.full, self.space.dim, self.inverses.len());
        let n = features.len() / d.max(1);
        // Features stand to the space as weights do.
        let inside = self.space.project(features, n);
        let width = r + 1;
        let mut outside = Vec::with_capacity(n);
        let mut rows = Vec::with_capacity(n * width);
        for i in 0..n {
            let coordinates = &inside[i * r..(i + 1) * r];
            let square = |row: &[f64]| row.iter().map(|x| x * x).sum::<f64>();
            let whole = if d > r { square(&features[i * d..(i + 1) * d]) - square(coordinates) } else { 0.0 };
            outside.push(whole.max(0.0) / self.lambda);
            rows.extend_from_slice(coordinates);
            rows.push(1.0);
        }
        let mut variances = vec![0.0; n * classes];
        let mut solved = vec![0.0; n * width];
        for (c, inverse) in self.inverses.iter().enumerate() {
            gemm::abt_slices(n, width, width, &rows, inverse, &mut solved);
            for (i, solved) in solved.chunks_exact(width).enumerate() {
                variances[i * classes + c] = outside[i] + solved.iter().map(|x| x * x).sum::<f64>();
            }
        }
        variances
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::learn::lbfgs::{Stop, minimise};
    use crate::learn::objective::Objective;
    use crate::learn::{Committee, Training};

    #[derive(serde::Deserialize)]
    struct File {
        laplace: Vec<Case>,
    }

    #[derive(serde::Deserialize)]
    struct Case {
        n: usize,
        d: usize,
        k: usize,
        lam: f64,
        rows: Vec<f64>,
        labels: Vec<usize>,
        test: Vec<f64>,
        probabilities: Vec<f64>,
        variance: Vec<f64>,
    }

    /// The best head on plain features: W (k × d), then b.
    fn optimum(rows: &[f64], labels: &[usize], d: usize, k: usize, lambda: f64) -> Vec<f64> {
        let targets: Vec<f64> =
            labels.iter().flat_map(|&y| (0..k).map(move |c| if c == y { 1.0 } else { 0.0 })).collect();
        let weights = vec![1.0; labels.len()];
        let mut objective = Objective::new(rows, d, &targets, k, &weights, lambda);
        let stop = Stop { gradient: 1e-10, iterations: 5000, rounding: 1e-14 };
        let start = vec![0.0; k * (d + 1)];
        minimise(|at, gradient| objective.evaluate(at, gradient), start, stop).point
    }

    fn probabilities(rows: &[f64], point: &[f64], d: usize, k: usize) -> Vec<f64> {
        let (w, b) = point.split_at(k * d);
        let logit = |x: &[f64], c: usize| b[c] + x.iter().zip(&w[c * d..]).map(|(x, w)| x * w).sum::<f64>();
        let mut p: Vec<f64> = rows.chunks(d).flat_map(|x| (0..k).map(move |c| logit(x, c))).collect();
        softmax::softmax_rows(&mut p, k);
        p
    }

    #[test]
    fn variances_equal_the_whole_inverse_hessian() {
        let file: File = serde_json::from_str(include_str!("../../tests/data/heads.json")).unwrap();
        assert!(file.laplace.len() >= 12);
        let mut worst = 0.0f64;
        for (at, case) in file.laplace.into_iter().enumerate() {
            let (n, d, k) = (case.n, case.d, case.k);
            let point = optimum(&case.rows, &case.labels, d, k, case.lam);
            let p = probabilities(&case.rows, &point, d, k);
            let test = probabilities(&case.test, &point, d, k);
            assert!(test.iter().zip(&case.probabilities).all(|(a, b)| (a - b).abs() < 1e-6), "case {at}");
            let bends: Vec<Vec<f64>> =
                (0..k).map(|c| (0..n).map(|i| p[i * k + c] * (1.0 - p[i * k + c])).collect()).collect();
            let got = Curvature::new(case.rows, n, d, &bends, case.lam).variances(&case.test);
            worst = got.iter().zip(&case.variance).map(|(got, want)| (got / want - 1.0).abs()).fold(worst, f64::max);
        }
        assert!(worst < 1e-6, "{worst}");
    }

    #[test]
    fn fewer_samples_than_dimensions_give_what_the_whole_hessian_gives() {
        let (n, d) = (9, 25);
        let (rows, _) = blobs(n + 4, d);
        let mut plain: Vec<f64> = rows.as_slice().iter().map(|&x| f64::from(x)).collect();
        // One sample is a copy.
        plain.copy_within(..d, 4 * d);
        let (known, test) = plain.split_at(n * d);
        let bend: Vec<f64> = (0..n).map(|i| 0.05 + 0.02 * i as f64).collect();
        let width = d + 1;
        let with_one = |x: &[f64]| [x, &[1.0]].concat();
        let mut hessian = vec![0.0; width * width];
        for (x, bend) in known.chunks(d).map(with_one).zip(&bend) {
            (0..width * width).for_each(|at| hessian[at] += bend * x[at / width] * x[at % width]);
        }
        (0..d).for_each(|j| hessian[j * width + j] += 0.7);
        let inverse = cholesky::inverse(hessian, width);
        let got = Curvature::new(known.to_vec(), n, d, &[bend], 0.7).variances(test);
        for (x, got) in test.chunks(d).map(with_one).zip(got) {
            let want: f64 = (0..width * width).map(|at| x[at / width] * inverse[at] * x[at % width]).sum();
            assert!((got / want - 1.0).abs() < 1e-7, "{got} {want}");
        }
    }

    fn blobs(n: usize, d: usize) -> (Matrix, Vec<usize>) {
        let number = |at: usize| random::unit(random::hash(8, at as u64)) as f32 - 0.5;
        let row = |i: usize| (0..d).map(move |j| number(i % 3 * d + j) + 1.5 * number(5000 + i * d + j));
        (Matrix::new(n, d, (0..n).flat_map(row).collect()), (0..n).map(|i| i % 3).collect())
    }

    /// A head fitted by the committee's own machinery on the first `known` rows.
    fn fitted(rows: &Matrix, labels: &[usize], k: usize, lambda: f64) -> (Standardiser, Head) {
        let standardiser = Standardiser::from_pool(rows).unwrap();
        let features = standardiser.apply(rows);
        let d = rows.cols();
        let classes = labels.iter().max().unwrap() + 1;
        let point = optimum(&features, labels, d, classes, lambda);
        let (mut w, mut b) = (point[..classes * d].to_vec(), point[classes * d..].to_vec());
        w.resize(k * d, 0.0);
        b.resize(k, f64::from(UNSEEN_BIAS));
        let head = standardiser.fold(&w, &b);
        (standardiser, head)
    }

    #[test]
    fn votes_scatter_around_the_head_as_the_variances_say_and_unseen_classes_get_nothing() {
        let (rows, labels) = blobs(30, 6);
        let (standardiser, head) = fitted(&rows, &labels, 4, 1.0);
        let training = Training { rows: &rows, labels: &labels, weights: None, n_classes: 4 };
        let laplace = Laplace::new(&training, &standardiser, &head, 1.0).unwrap();
        let variances = laplace.variances(&rows);
        let votes = laplace.votes(&rows, 4000, 0.5, 3);
        let plain = Committee { members: vec![head.clone()] }.votes(&rows);
        for i in 0..30 {
            assert!(variances[i * 4 + 3] == 0.0 && (0..3).all(|c| variances[i * 4 + c] > 0.0));
            // ln(p_0 / p_1) is the difference of two independent normals.
            let gaps: Vec<f32> = votes.of(i).chunks(4).map(|p| (p[0] / p[1]).ln()).collect();
            let mean = gaps.iter().sum::<f32>() / 4000.0;
            let variance = gaps.iter().map(|g| (g - mean).powi(2)).sum::<f32>() / 4000.0;
            let (want, z) = (0.25 * (variances[i * 4] + variances[i * 4 + 1]), plain.of(i));
            assert!((mean - (z[0] / z[1]).ln()).abs() < 1e-3, "mirrored draws keep the mean");
            assert!((variance / want - 1.0).abs() < 0.1, "{variance} {want}");
            assert!(votes.of(i).chunks(4).all(|p| p[3] == 0.0));
        }
    }

    #[test]
    fn far_from_the_labels_logits_are_less_sure_and_more_labels_make_them_surer() {
        let (rows, labels) = blobs(12, 40);
        let (standardiser, head) = fitted(&rows, &labels, 3, 1.0);
        let variances = |n: usize| {
            let rows = rows.gather(&(0..n).collect::<Vec<_>>());
            let training = Training { rows: &rows, labels: &labels[..n], weights: None, n_classes: 3 };
            let laplace = Laplace::new(&training, &standardiser, &head, 1.0).unwrap();
            let mut far = Matrix::zeros(1, 40);
            far.row_mut(0)[7] = 1.0;
            (laplace.variances(&rows), laplace.variances(&far))
        };
        let ((few, _), (many, far)) = (variances(6), variances(12));
        assert!(few.iter().zip(&many).all(|(few, many)| few > many));
        assert!(far.iter().all(|far| many.iter().all(|near| far > near)));
    }

    #[test]
    fn order_threads_and_company_change_no_vote() {
        let (rows, labels) = blobs(BLOCK + 40, 5);
        let (standardiser, head) = fitted(&rows, &labels, 3, 1.0);
        let training = Training { rows: &rows, labels: &labels, weights: None, n_classes: 3 };
        let with = |threads: usize, rows: &Matrix| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            pool.install(|| Laplace::new(&training, &standardiser, &head, 1.0).unwrap().votes(rows, 5, 1.0, 2))
        };
        let one = with(1, &rows);
        assert_eq!(one, with(3, &rows));
        let some = [BLOCK + 7, 3, 3];
        let again = with(2, &rows.gather(&some));
        for (at, &i) in some.iter().enumerate() {
            let apart = again.of(at).iter().zip(one.of(i)).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
            assert!(apart < 1e-6, "{apart}");
        }
        assert_eq!(again.of(1), again.of(2));
        assert!(Votes::new(5, 3, one.probabilities).is_ok());
    }

    #[test]
    fn one_class_alone_is_certain_and_bad_input_is_refused() {
        let (mut rows, labels) = blobs(9, 4);
        let standardiser = Standardiser::from_pool(&rows).unwrap();
        let mut bias = [f64::from(UNSEEN_BIAS); 3];
        bias[1] = 0.0;
        let head = standardiser.fold(&[0.0; 12], &bias);
        let alone = Training { rows: &rows, labels: &[1; 9], weights: None, n_classes: 3 };
        let laplace = Laplace::new(&alone, &standardiser, &head, 1.0).unwrap();
        assert!(laplace.variances(&rows).iter().all(|&v| v == 0.0));
        assert!(laplace.votes(&rows, 3, 1.0, 0).probabilities.chunks(3).all(|p| p == [0.0, 1.0, 0.0]));
        let refused = |rows: &Matrix, lambda: f64, n_classes: usize| {
            let training = Training { rows, labels: &labels, weights: None, n_classes };
            Laplace::new(&training, &standardiser, &head, lambda).err().unwrap()
        };
        assert_eq!(refused(&rows, 0.0, 3), LearnError::Option("lambda"));
        assert_eq!(refused(&rows, 1.0, 4), LearnError::Length { what: "head", got: 3, want: 4 });
        rows.row_mut(4)[0] = f32::NAN;
        assert_eq!(refused(&rows, 1.0, 3), LearnError::NotFinite { row: 4 });
    }
}
