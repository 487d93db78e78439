//! Variance reduction in a Gaussian process on the embeddings: choose the batch that leaves least uncertainty about the
//! samples the model is unsure of. A-optimal design (Cohn, Ghahramani and Jordan 1996, "Active Learning with Statistical
//! Models"; Yu, Bi and Tresp 2006, "Active Learning via Transductive Experimental Design") with the weights of BAIT for answers.
//!
//! Logits have the prior covariance k(x, x') = x̃·x̃'/λ + τ² exp(−‖x̂ − x̂'‖²/σ²): what a linear head with penalty λ can say
//! about standardised features, and smooth structure beyond it. An answer has the information w = p₁ (1 − p₁). With c the
//! covariance after all that is covered, gain(u) = Σₜ vₜ c(t, u)² / (`1/w_u` + c(u, u)), v the doubt about the
//! targets times the rarity of their classes; a pick s takes c(t, s) c(s, u) / (`1/w_s` + c(s, s)) from every covariance, exactly.
//!
//! BAIT is the case without the smooth part, `UHerding` resembles the case without the linear one. Time C · T (D + n) and
//! n² (C + T) for the start, then C · T per pick; memory C · T numbers, both capped.

use rayon::prelude::*;

use super::entropy::entropy;
use super::margin::top_two;
use super::max_herding::{CANDIDATES, TARGETS, typical_distance};
use crate::learn::Standardiser;
use crate::math::{Matrix, cholesky, dot, gemm};
use crate::query::coverage;
use crate::query::pool::{OpinionError, Pick, Pool};
use crate::query::rule::{Answers, Needs, Rule, Run};
use crate::query::similar::{best, doubtful, products, subsample};

pub static RULE: Rule = Rule {
    name: "variance-reduction",
    also: &[],
    advice: "from the first labels on: the batch that leaves least doubt over the pool",
    source: "Querist, see docs/label-efficiency.md",
    answers: Answers::One,
    needs: Needs::Model,
    run: Run::Batch(variance_reduction),
    ties_by_margin: false,
};

/// Most candidates, and most targets.
const CAP: usize = 1536;
/// Most covered samples whose information counts; a seeded part of more.
const REMEMBERED: usize = 1024;
/// λ of the linear part.
const LAMBDA: f32 = 100.0;
/// τ² of the smooth part.
const AMPLITUDE: f32 = 30.0;
/// σ² as a share of the median squared distance.
const REACH: f32 = 0.5;
/// The least information an answer has: the model may be sure and wrong.
const LEAST: f32 = 1e-3;

/// Choose up to `take` open samples; the score is the gain.
///
/// # Errors
/// As [`Pool::judge`].
pub fn variance_reduction(pool: &Pool<'_>, take: usize) -> Result<Vec<Pick>, OpinionError> {
    let candidates = doubtful(pool, CAP.max(take), pool.seed ^ CANDIDATES)?;
    let everyone: Vec<usize> = (0..pool.rows.rows()).collect();
    let targets = subsample(&everyone, pool.ids, CAP, pool.seed ^ TARGETS);
    let covered = subsample(&pool.covered(), pool.ids, REMEMBERED, pool.seed);
    let space = Space::new(pool, &targets);
    let (at_c, at_t, at_l) = (space.place(pool, &candidates), space.place(pool, &targets), space.place(pool, &covered));
    let (v, w) = (needed(pool, &targets)?, floored(information(pool, &candidates)?));
    let known = Known::new(&space, &at_l, &floored(information(pool, &covered)?));
    let (seen_c, seen_t) = rayon::join(|| known.explain(&space, &at_c), || known.explain(&space, &at_t));
    let mut covariance = space.covariance(&at_c, &at_t);
    subtract(&mut covariance, &gemm::abt_shared(&seen_c, &seen_t));
    let variance = (0..candidates.len()).map(|u| (space.variance(&at_c, u) - square(seen_c.row(u))).max(0.0)).collect();
    let mut search = Search::new(covariance, variance, v, w);
    let mut used = vec![false; candidates.len()];
    let mut picks = Vec::new();
    while picks.len() < take.min(candidates.len()) {
        let gains = search.gains();
        let Some(next) = best(&gains, &used, |i| pool.ids[candidates[i]], pool.seed) else { break };
        used[next] = true;
        picks.push(Pick { index: candidates[next], score: gains[next] / targets.len().max(1) as f32 });
        let mut with_next = space.covariance(&at_c, &at_c.only(next)).into_vec();
        let seen = gemm::abt_shared(&seen_c, &seen_c.gather(&[next]));
        with_next.iter_mut().zip(seen.as_slice()).for_each(|(c, s)| *c -= s);
        search.choose(next, with_next);
    }
    Ok(picks)
}

/// What is left to gain while a batch is being chosen.
///
/// The covariance is never written to: with the effects `a_j` (on candidates), `t_j` (on targets) and `σ_j` of the picks so far,
/// c(u, t) = c₀(u, t) − `Σ_j` `σ_j` `a_j(u)` `t_j(t)`, so a pick costs one product of c₀ with a vector.
struct Search {
    /// C × T: c₀.
    covariance: Matrix,
    variance: Vec<f32>,
    /// T: v.
    targets: Vec<f32>,
    /// C: w.
    information: Vec<f32>,
    /// C: Σₜ vₜ c(t, u)².
    reducible: Vec<f64>,
    effects: Vec<Effect>,
}

struct Effect {
    on_candidates: Vec<f32>,
    on_targets: Vec<f32>,
    scale: f32,
}

impl Search {
    fn new(covariance: Matrix, variance: Vec<f32>, targets: Vec<f32>, information: Vec<f32>) -> Self {
        let width = targets.len().max(1);
        let square = |row: &[f32]| -> f64 {
            let runs = row.chunks(64).zip(targets.chunks(64));
            runs.map(|(c, v)| f64::from(c.iter().zip(v).map(|(c, v)| v * c * c).sum::<f32>())).sum()
        };
        let reducible = covariance.as_slice().par_chunks(width).with_min_len(16).map(square).collect();
        Self { covariance, variance, targets, information, reducible, effects: Vec::new() }
    }

    /// The gain of each candidate.
    fn gains(&self) -> Vec<f32> {
        let each = self.reducible.iter().zip(&self.information).zip(&self.variance);
        each.map(|((reducible, w), variance)| (*reducible as f32) / (1.0 / w + variance)).collect()
    }

    /// Record a pick, whose covariance with all candidates was `with_next` before any pick.
    fn choose(&mut self, next: usize, with_next: Vec<f32>) {
        let (mut a, mut t) = (with_next, self.covariance.row(next).to_vec());
        for earlier in &self.effects {
            let factor = earlier.on_candidates[next] * earlier.scale;
            a.iter_mut().zip(&earlier.on_candidates).for_each(|(a, e)| *a -= factor * e);
            t.iter_mut().zip(&earlier.on_targets).for_each(|(t, e)| *t -= factor * e);
        }
        let scale = 1.0 / (1.0 / self.information[next] + self.variance[next]);
        let weighted: Vec<f32> = t.iter().zip(&self.targets).map(|(t, v)| t * v).collect();
        let mut shared = products(&self.covariance, &weighted);
        for earlier in &self.effects {
            let factor = dot(&weighted, &earlier.on_targets) * earlier.scale;
            shared.iter_mut().zip(&earlier.on_candidates).for_each(|(s, e)| *s -= factor * e);
        }
        let whole: f64 = weighted.iter().zip(&t).map(|(w, t)| f64::from(w * t)).sum();
        let sigma = f64::from(scale);
        for (u, reducible) in self.reducible.iter_mut().enumerate() {
            let own = f64::from(a[u]) * sigma;
            *reducible = (*reducible - 2.0 * own * f64::from(shared[u]) + own * own * whole).max(0.0);
            self.variance[u] = (self.variance[u] - a[u] * a[u] * scale).max(0.0);
        }
        self.effects.push(Effect { on_candidates: a, on_targets: t, scale });
    }
}

/// The mean over members of p₁ (1 − p₁): what an answer tells a head. The mean's own would add what members disagree
/// about, which the covariance already counts.
fn information(pool: &Pool<'_>, at: &[usize]) -> Result<Vec<f32>, OpinionError> {
    pool.judge(at, |votes, scratch| mean_information(votes, scratch.len()))
}

/// The doubt about each target, times how few labels its predicted classes have: `Σ_c` `p_c` (n̄ + 1) / (`n_c` + 1), with `n_c`
/// labels of class c and n̄ per class. Without that, the doubts about a rare class drown among those about common ones.
///
/// Doubt is (p₁ (1 − p₁))¹⁻ᵃ (√H)ᵃ of the mean, a = min(1, 2 h) and h the mean of H / ln K. Where the pool is easy, what lies
/// at a border between two classes counts. Where nearly everything is in doubt, p₁ (1 − p₁) falls again as more classes
/// compete and would judge the pool by its easier half; the root keeps the hardest samples from dominating. By
/// experiment, see `docs/label-efficiency.md`.
fn needed(pool: &Pool<'_>, at: &[usize]) -> Result<Vec<f32>, OpinionError> {
    let p = pool.mean(at)?;
    let each = || p.chunks_exact(pool.n_classes.max(1));
    let labels = pool.labeled.len() as f32 / pool.n_classes.max(1) as f32;
    let rarity: Vec<f32> = pool.counts().iter().map(|&n| (labels + 1.0) / (n as f32 + 1.0)).collect();
    let rare = each().map(|p| p.iter().zip(&rarity).map(|(p, r)| p * r).sum::<f32>());
    let border = each().map(|p| top_two(p).0).map(|first| first * (1.0 - first));
    let entropies: Vec<f32> = each().map(entropy).collect();
    let most = (pool.n_classes.max(2) as f32).ln() * at.len().max(1) as f32;
    let share = (2.0 * entropies.iter().sum::<f32>() / most).min(1.0);
    let doubts = border.zip(&entropies).map(|(b, h)| b.max(0.0).powf(1.0 - share) * h.powf(0.5 * share));
    Ok(doubts.zip(rare).map(|(doubt, rare)| doubt * rare).collect())
}

fn mean_information(votes: &[f32], classes: usize) -> f32 {
    let each = votes.chunks_exact(classes).map(|p| top_two(p).0).map(|first| first * (1.0 - first));
    each.sum::<f32>() * classes as f32 / votes.len() as f32
}

fn floored(mut information: Vec<f32>) -> Vec<f32> {
    for w in &mut information {
        *w = w.max(LEAST);
    }
    information
}

fn square(row: &[f32]) -> f32 {
    dot(row, row)
}

fn subtract(from: &mut Matrix, other: &Matrix) {
    from.as_mut_slice().par_iter_mut().zip(other.as_slice()).with_min_len(4096).for_each(|(x, y)| *x -= y);
}

/// The prior covariance of logits.
struct Space {
    standardiser: Option<Standardiser>,
    /// σ².
    width: f32,
}

/// Samples as the prior sees them.
struct Placed {
    /// Unit rows, and standardised features.
    unit: Matrix,
    features: Matrix,
}

impl Placed {
    fn only(&self, at: usize) -> Self {
        Self { unit: self.unit.gather(&[at]), features: self.features.gather(&[at]) }
    }
}

impl Space {
    /// With statistics of a part of the pool, which changes them little.
    fn new(pool: &Pool<'_>, part: &[usize]) -> Self {
        let median = typical_distance(pool).unwrap_or(1.0);
        Self { standardiser: Standardiser::of_columns(&pool.rows.gather(part), pool.axes).ok(), width: REACH * median }
    }

    fn place(&self, pool: &Pool<'_>, at: &[usize]) -> Placed {
        let unit = pool.unit(at);
        let mut features = unit.clone();
        if let Some(standardiser) = &self.standardiser {
            for i in 0..features.rows() {
                let each = features.row_mut(i).iter_mut().zip(&standardiser.mean).zip(&standardiser.scale);
                each.for_each(|((x, m), s)| *x = (*x - m) * s);
            }
        }
        Placed { unit, features }
    }

    /// k(a, b): rows of `a` × rows of `b`.
    fn covariance(&self, a: &Placed, b: &Placed) -> Matrix {
        let mut k = coverage::kernel(&a.unit, &b.unit, self.width);
        let linear = gemm::abt_shared(&a.features, &b.features);
        k.as_mut_slice()
            .par_iter_mut()
            .zip(linear.as_slice())
            .with_min_len(4096)
            .for_each(|(k, l)| *k = AMPLITUDE * *k + l / LAMBDA);
        k
    }

    /// k(x, x) of one row.
    fn variance(&self, placed: &Placed, at: usize) -> f32 {
        // A row of zeros is as far from itself as from others: its unit vector does not exist.
        let unit = if square(placed.unit.row(at)) > 0.5 { 1.0 } else { (-2.0 / self.width).exp() };
        AMPLITUDE * unit + square(placed.features.row(at)) / LAMBDA
    }
}

/// What the covered samples tell: the factor of K + W⁻¹.
struct Known<'a> {
    factor: Vec<f64>,
    at: &'a Placed,
}

impl<'a> Known<'a> {
    fn new(space: &Space, at: &'a Placed, information: &[f32]) -> Self {
        let n = information.len();
        let mut factor: Vec<f64> = space.covariance(at, at).as_slice().iter().map(|&x| f64::from(x)).collect();
        for (i, w) in information.iter().enumerate() {
            factor[i * n + i] += 1.0 / f64::from(*w);
        }
        cholesky::factor(&mut factor, n);
        Self { factor, at }
    }

    /// Rows whose products are the covariance that the covered samples explain: rows of `of` × n.
    fn explain(&self, space: &Space, of: &Placed) -> Matrix {
        let (n, m) = (self.at.unit.rows(), of.unit.rows());
        let mut v: Vec<f64> = space.covariance(self.at, of).as_slice().iter().map(|&x| f64::from(x)).collect();
        cholesky::solve_lower(&self.factor, n, &mut v, m);
        gemm::transposed(&Matrix::new(n, m, v.into_iter().map(|x| x as f32).collect()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::learn::{Link, Targets, Votes};
    use crate::math::random;

    struct Made {
        rows: Matrix,
        ids: Vec<u64>,
        votes: Votes,
    }

    fn made(n: usize) -> Made {
        let number = |i: usize| random::unit(random::hash(8, i as u64)) as f32;
        let rows = Matrix::new(n, 4, (0..n * 4).map(|i| number(i) - 0.4).collect());
        let p: Vec<f32> = (0..n).flat_map(|i| [number(n * 4 + i), 1.0 - number(n * 4 + i)]).collect();
        Made { rows, ids: (0..n as u64).collect(), votes: Votes::new(Link::Softmax, 1, 2, p).unwrap() }
    }

    fn pool<'a>(made: &'a Made, open: &'a [usize], labeled: &'a [usize], labels: &'a [usize]) -> Pool<'a> {
        let (rows, ids) = (&made.rows, &*made.ids);
        Pool {
            rows,
            ids,
            open,
            labeled,
            targets: Targets::One(labels),
            pending: &[],
            n_classes: 2,
            opinion: Some(&made.votes),
            margins: None,
            axes: 0,
            seed: 3,
        }
    }

    /// Σ v · posterior variance over the targets after observing `seen`, by a plain inverse in double precision.
    fn left(made: &Made, seen: &[usize], labeled: &[usize], labels: &[usize]) -> f64 {
        let all: Vec<usize> = (0..made.rows.rows()).collect();
        let pool = pool(made, &all, labeled, labels);
        let space = Space::new(&pool, &all);
        let placed = space.place(&pool, &all);
        let k = space.covariance(&placed, &placed);
        let (v, w) = (needed(&pool, &all).unwrap(), information(&pool, &all).unwrap());
        let n = seen.len();
        let mut a: Vec<f64> =
            seen.iter().flat_map(|&i| seen.iter().map(move |&j| (i, j))).map(|(i, j)| f64::from(k.row(i)[j])).collect();
        for (at, &i) in seen.iter().enumerate() {
            a[at * n + at] += 1.0 / f64::from(w[i].max(LEAST));
        }
        let inverse = if n == 0 { Vec::new() } else { cholesky::inverse(a, n) };
        let mut total = 0.0;
        for (t, &weight) in v.iter().enumerate() {
            let mut explained = 0.0;
            for (a, &i) in seen.iter().enumerate() {
                for (b, &j) in seen.iter().enumerate() {
                    explained += f64::from(k.row(t)[i]) * inverse[a * n + b] * f64::from(k.row(t)[j]);
                }
            }
            total += f64::from(weight) * (f64::from(k.row(t)[t]) - explained);
        }
        total
    }

    #[test]
    fn each_pick_is_the_one_that_leaves_least_variance() {
        let made = made(40);
        let (labeled, labels) = ([3, 17, 30], [0, 1, 1]);
        let open: Vec<usize> = (0..40).filter(|i| !labeled.contains(i)).collect();
        let picks = variance_reduction(&pool(&made, &open, &labeled, &labels), 6).unwrap();
        let mut seen = labeled.to_vec();
        for pick in picks {
            let before = left(&made, &seen, &labeled, &labels);
            let after = |u: usize| left(&made, &[seen.clone(), vec![u]].concat(), &labeled, &labels);
            let rest = open.iter().copied().filter(|u| !seen.contains(u));
            let least = rest.map(after).fold(f64::INFINITY, f64::min);
            let own = after(pick.index);
            assert!(own - least < 1e-4 * before, "{own} {least}");
            assert!((before - own - f64::from(pick.score) * 40.0).abs() < 1e-3 * before);
            seen.push(pick.index);
        }
    }
}
