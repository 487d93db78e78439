//! Diversity and coverage: precision and recall of Kynkäänniemi et al. 2019 ("Improved precision and recall metric for assessing
//! generative models"), density and coverage of Naeem et al. 2020 ("Reliable fidelity and diversity metrics for generative models").
//!
//! Around each sample lies a ball that reaches to its fifth neighbour of its own kind. Precision is the share of synthetic samples in
//! a real one's ball, recall the share of real ones in a synthetic one's; density counts in how many real balls a synthetic sample
//! lies, over five; coverage is the share of real balls that hold a synthetic sample. Cost: O((n + m)² d) as products.

use rayon::prelude::*;

use super::sampling::ComparedSamples;
use super::{Interval, LEVEL, MOST};
use crate::evaluate::interval::wilson;
use crate::math::neighbours::{Neighbours, nearest};
use crate::math::{Matrix, dot, gemm, spectrum};

/// The neighbour to which a ball reaches.
const K: usize = 5;
/// Rows looked at together, and rows that they are held against at a time.
const ROWS: usize = 64;
const TILE: usize = 1024;

/// How synthetic embeddings lie among real ones.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize, serde::Deserialize, utoipa::ToSchema)]
pub struct ManifoldScores {
    pub real: usize,
    pub synthetic: usize,
    pub precision: Interval,
    pub recall: Interval,
    /// 1 is expected of samples like the real ones.
    pub density: f64,
    pub coverage: Interval,
    /// The coverage that as many samples like the real ones would have: 1 − ∏ (n − i) / (n + m − i) over i from 1 to 5 (Naeem et
    /// al. 2020, lemma 2).
    pub coverage_expected: f64,
    /// The variance of synthetic embeddings over that of real ones: near 0, all are alike.
    pub spread: f64,
}

/// Over all classes, as many of each in both kinds. `None` with fewer than six of a kind.
pub(super) fn overall(compared: &ComparedSamples, seed: u64) -> Option<ManifoldScores> {
    let (real, synthetic) = compared.matched(MOST, seed);
    scores(&compared.real.gather(&real), &compared.synthetic.gather(&synthetic))
}

/// K: each class by itself.
pub(super) fn by_class(compared: &ComparedSamples) -> Vec<Option<ManifoldScores>> {
    let of_class = |class: usize| {
        let (real, synthetic) = compared.of_class(class);
        scores(&compared.real.gather(&real), &compared.synthetic.gather(&synthetic))
    };
    (0..compared.n_classes).map(of_class).collect()
}

/// `None` with fewer than six rows of a kind, or embeddings without a number.
pub(super) fn scores(real: &Matrix, synthetic: &Matrix) -> Option<ManifoldScores> {
    let (n, m) = (real.rows(), synthetic.rows());
    if n <= K || m <= K || real.cols() == 0 {
        return None;
    }
    let balls = Balls::count(real, synthetic, &radii(real), &radii(synthetic));
    let share = |hits: usize, of: usize| wilson(hits as u64, of as u64, LEVEL);
    let count = |of: &[bool]| of.iter().filter(|&&hit| hit).count();
    let missed: f64 = (1..=K).map(|i| (n - i) as f64 / (n + m - i) as f64).product();
    Some(ManifoldScores {
        real: n,
        synthetic: m,
        precision: share(balls.inside.iter().filter(|&&times| times > 0).count(), m),
        recall: share(count(&balls.reached), n),
        density: balls.inside.iter().map(|&times| f64::from(times)).sum::<f64>() / (K * m) as f64,
        coverage: share(count(&balls.covered), n),
        coverage_expected: 1.0 - missed,
        spread: variance(synthetic) / variance(real).max(f64::MIN_POSITIVE),
    })
}

/// The distance of each row to its fifth neighbour.
fn radii(rows: &Matrix) -> Vec<f32> {
    let found: Neighbours = nearest(rows, rows, K, true);
    found.distance.chunks_exact(K).map(|near| near[K - 1]).collect()
}

/// The mean squared distance from the mean row.
fn variance(rows: &Matrix) -> f64 {
    let mean = spectrum::mean(rows);
    let far = |i: usize| rows.row(i).iter().zip(&mean).map(|(x, mean)| f64::from(x - mean).powi(2)).sum::<f64>();
    (0..rows.rows()).map(far).sum::<f64>() / rows.rows().max(1) as f64
}

/// Who lies in whose ball.
struct Balls {
    /// m: the real balls that each synthetic sample lies in.
    inside: Vec<u32>,
    /// n: whether a real sample's ball holds a synthetic one.
    covered: Vec<bool>,
    /// n: whether a real sample lies in a synthetic one's ball.
    reached: Vec<bool>,
}

impl Balls {
    fn count(real: &Matrix, synthetic: &Matrix, real_radii: &[f32], synthetic_radii: &[f32]) -> Self {
        let (d, m) = (real.cols(), synthetic.rows());
        let squares: Vec<f32> = (0..m).map(|j| dot(synthetic.row(j), synthetic.row(j))).collect();
        let block = |(at, block): (usize, &[f32])| {
            let rows = block.len() / d;
            let mut found = Self { inside: vec![0; m], covered: vec![false; rows], reached: vec![false; rows] };
            let mut products = vec![0.0; rows * TILE];
            for (tile, part) in synthetic.as_slice().chunks(TILE * d).enumerate() {
                let wide = part.len() / d;
                let products = &mut products[..rows * wide];
                gemm::abt_into(block, part, d, products);
                for (i, row) in products.chunks_exact(wide).enumerate() {
                    let (own, radius) = (&block[i * d..(i + 1) * d], real_radii[at * ROWS + i]);
                    found.look(i, row, &squares, synthetic_radii, tile * TILE, dot(own, own), radius);
                }
            }
            found
        };
        let blocks: Vec<Self> = real.as_slice().par_chunks(ROWS * d).enumerate().map(block).collect();
        let mut all = Self { inside: vec![0; m], covered: Vec::new(), reached: Vec::new() };
        for block in blocks {
            for (sum, times) in all.inside.iter_mut().zip(&block.inside) {
                *sum += times;
            }
            all.covered.extend(block.covered);
            all.reached.extend(block.reached);
        }
        all
    }

    /// The products of real row `i` with the synthetic rows from `first` on.
    #[expect(clippy::too_many_arguments, reason = "one step of the loop above")]
    fn look(
        &mut self,
        i: usize,
        products: &[f32],
        squares: &[f32],
        radii: &[f32],
        first: usize,
        own: f32,
        radius: f32,
    ) {
        for (at, product) in products.iter().enumerate() {
            let j = first + at;
            let distance = (squares[j] - 2.0 * product + own).max(0.0).sqrt();
            if distance < radius {
                self.inside[j] += 1;
                self.covered[i] = true;
            }
            self.reached[i] |= distance < radii[j];
        }
    }
}
