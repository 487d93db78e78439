//! Labels spread over a graph of neighbours, and the unlabeled rows that are surest then join (Zhou et al. 2004, "Learning with
//! local and global consistency"; certainty as in Iscen et al. 2019, "Label propagation for deep semi-supervised learning").
//!
//! Nodes are labeled rows and a sample of unlabeled ones, standardised and of unit length; edges lead to the 15 nearest rows,
//! in both directions, and weigh the cube of the cosine, see [`graph`](super::graph). What a row gets is F = (I − α S)⁻¹ Y, Y
//! with the same mass for every class, so that common classes do not flood rare ones; its class is the largest share of F,
//! its certainty 1 − H / ln K. Each class gets at most five times as many rows as the smallest has labels, all together weigh
//! at most half of the labels. Unlike `pseudo-labels` it believes in clusters, not in a committee.
//!
//! Where clusters are not classes it would do harm, more so with many labels. So the graph first predicts the labels that it
//! was not given, in five folds; unless it is within a standard error as often right as heads that were not given them
//! either, the lesson stays as it is.
//!
//! Cost: O(m² · D) for neighbours and O(6 · 30 · 15 · m · K) for the rest, m at most [`MOST`] labeled and [`MOST`] unlabeled
//! rows; and that of [`out_of_sample()`].

use rayon::prelude::*;

use super::adding::{SurestGuess, drawn};
use super::graph::NeighbourGraph;
use super::{Cure, CureLesson, Surroundings};
use crate::learn::{LearnError, Link, out_of_sample};
use crate::math::{Matrix, distance, random};

/// α: how much a row believes its neighbours.
const ALPHA: f64 = 0.9;
/// Labeled rows and unlabeled rows in the graph.
const MOST: usize = 4_000;
const NEIGHBOURS: usize = 15;
/// Rows that join a class, times the labels of the smallest class.
const ROOM: usize = 5;
/// Parts of the labels that are held back in turn.
const FOLDS: usize = 5;
/// Purposes of the seed.
const LABELED: u64 = 0x5b1;
const UNLABELED: u64 = 0x5b2;
const PARTS: u64 = 0x5b3;

pub(super) static CURE: Cure = Cure {
    name: "label-spreading",
    source: "Zhou et al. 2004",
    suits: |link| matches!(link, Link::Softmax),
    teach: join_sure,
    ..Cure::PLAIN
};

fn join_sure(mut lesson: CureLesson, around: &Surroundings<'_>) -> Result<CureLesson, LearnError> {
    let counts = lesson.truth.targets().counts(lesson.n_classes);
    let seen = lesson.truth.targets().varying(lesson.n_classes);
    if seen.len() < 2 || around.unlabeled.is_empty() {
        return Ok(lesson);
    }
    let seed = around.options.seed;
    let everyone: Vec<usize> = (0..lesson.rows.rows()).collect();
    let known = drawn(&everyone, MOST, seed ^ LABELED);
    let open = drawn(around.unlabeled, MOST, seed ^ UNLABELED);
    let spreading = Spreading::new(&lesson, around, &known, &open);
    if !spreading.holds(&lesson, around, &seen)? {
        return Ok(lesson);
    }
    let spread = spreading.columns(&seen, |_| true);
    let guess = |(at, &row): (usize, &usize)| {
        let (place, certainty) = surest(spread.iter().map(|column| column[known.len() + at]))?;
        Some(SurestGuess { row, class: seen[place], certainty })
    };
    let guesses = open.iter().enumerate().filter_map(guess).collect();
    let smallest = seen.iter().map(|&class| counts[class]).min().unwrap_or_default();
    lesson.join(around.pool, guesses, &vec![ROOM * smallest; counts.len()], seed);
    Ok(lesson)
}

/// A graph whose first nodes are labeled.
struct Spreading<'a> {
    graph: NeighbourGraph,
    /// Rows of the lesson that are nodes.
    known: &'a [usize],
    /// Their classes and weights.
    labels: Vec<(Option<usize>, f64)>,
}

impl<'a> Spreading<'a> {
    fn new(lesson: &CureLesson, around: &Surroundings<'_>, known: &'a [usize], open: &[usize]) -> Self {
        let mut rows = lesson.rows.gather(known);
        rows.push_rows(around.pool.gather(open).as_slice());
        let features = around.standardiser.apply(&rows).into_iter().map(|x| x as f32).collect();
        let unit = distance::normalised(&Matrix::new(rows.rows(), rows.cols(), features));
        let label = |&i: &usize| (lesson.classes(i).first().copied(), f64::from(lesson.weights[i]));
        Self {
            graph: NeighbourGraph::of_neighbours(&unit, NEIGHBOURS),
            known,
            labels: known.iter().map(label).collect(),
        }
    }

    /// What nodes get of each class in `seen`, from those of its labeled nodes that are `given`.
    fn columns(&self, seen: &[usize], given: impl Fn(usize) -> bool + Sync) -> Vec<Vec<f64>> {
        let column = |&class: &usize| {
            let own = |(at, &(label, weight)): (usize, &(Option<usize>, f64))| {
                if label == Some(class) && given(at) { weight } else { 0.0 }
            };
            let mut mass: Vec<f64> = self.labels.iter().enumerate().map(own).collect();
            let total = mass.iter().sum::<f64>().max(f64::MIN_POSITIVE);
            for x in &mut mass {
                *x /= total;
            }
            mass.resize(self.graph.len(), 0.0);
            self.graph.spread(&mass, ALPHA)
        };
        seen.par_iter().map(column).collect()
    }

    /// Whether labels that are held back are found as often as by heads, within a standard error of the difference.
    fn holds(&self, lesson: &CureLesson, around: &Surroundings<'_>, seen: &[usize]) -> Result<bool, LearnError> {
        let Some(tuned) = around.options.tuned else { return Ok(true) };
        let seed = around.options.seed ^ PARTS;
        let part = |at: usize| random::hash(seed, self.known[at] as u64) as usize % FOLDS;
        let mut by_graph = vec![false; self.known.len()];
        for fold in 0..FOLDS {
            let columns = self.columns(seen, |at| part(at) != fold);
            for at in (0..by_graph.len()).filter(|&at| part(at) == fold) {
                let found = surest(columns.iter().map(|column| column[at])).map(|(place, _)| seen[place]);
                by_graph[at] = found.is_some() && found == self.labels[at].0;
            }
        }
        let p = out_of_sample(&lesson.training(), around.standardiser, &tuned, around.options.seed)?;
        let by_heads = |at: usize| Link::Softmax.decided(p.row(self.known[at])).first().copied() == self.labels[at].0;
        let gains = (0..by_graph.len()).map(|at| f64::from(by_graph[at]) - f64::from(by_heads(at)));
        Ok(no_worse(&gains.collect::<Vec<f64>>()))
    }
}

/// Whether the mean of `gains` is above minus one standard error.
fn no_worse(gains: &[f64]) -> bool {
    let n = gains.len().max(1) as f64;
    let mean = gains.iter().sum::<f64>() / n;
    let variance = gains.iter().map(|gain| (gain - mean).powi(2)).sum::<f64>() / (n - 1.0).max(1.0);
    mean >= -(variance / n).sqrt()
}

/// The place of the largest share, and 1 − H / ln K of all of them; `None` where nothing arrived.
fn surest(mass: impl Iterator<Item = f64>) -> Option<(usize, f32)> {
    let mass: Vec<f64> = mass.map(|x| x.max(0.0)).collect();
    let total: f64 = mass.iter().sum();
    if total <= 0.0 {
        return None;
    }
    let place = (0..mass.len()).reduce(|best, k| if mass[k] > mass[best] { k } else { best })?;
    let shares = mass.iter().map(|x| x / total).filter(|&share| share > 0.0);
    let entropy: f64 = shares.map(|share| -share * share.ln()).sum();
    Some((place, (1.0 - entropy / (mass.len().max(2) as f64).ln()).max(0.0) as f32))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::learn::{CommitteeOptions, Standardiser, Truth};
    use crate::math::random;

    #[test]
    fn certainty_is_one_for_one_class_and_nothing_for_none() {
        assert_eq!(surest([0.0, 3.0].into_iter()), Some((1, 1.0)));
        assert_eq!(surest([2.0, 2.0].into_iter()).map(|(place, certainty)| (place, certainty < 1e-6)), Some((0, true)));
        assert_eq!(surest([0.0, 0.0].into_iter()), None);
    }

    #[test]
    fn a_graph_may_be_worse_by_chance_alone() {
        assert!(no_worse(&[0.0; 9]) && no_worse(&[-1.0, 1.0, 0.0, 0.0]) && no_worse(&[]));
        assert!(!no_worse(&[-1.0, -1.0, 0.0, 0.0, 0.0]));
    }

    #[test]
    fn two_moons_are_filled_from_one_label_each() {
        // Interleaved half circles in the plane, lifted so that unit length keeps them apart.
        let numbers = (0..400).flat_map(|i| {
            let angle = std::f32::consts::PI * (i / 2) as f32 / 199.0;
            let jitter = 0.05 * (random::unit(random::hash(1, i)) as f32 - 0.5);
            let (x, y) = (angle.cos(), angle.sin() + jitter);
            if i % 2 == 0 { [x, y, 3.0] } else { [1.0 - x, 0.5 - y, 3.0] }
        });
        let pool = Matrix::new(400, 3, numbers.collect());
        let standardiser = Standardiser { mean: vec![0.0; 3], scale: vec![1.0; 3], axes: 0 };
        let known = [200, 201];
        let unlabeled: Vec<usize> = (0..400).filter(|i| !known.contains(i)).collect();
        let plain = CureLesson {
            rows: pool.gather(&known),
            truth: Truth::One(vec![0, 1]),
            weights: vec![1.0; 2],
            n_classes: 3,
        };
        let options = CommitteeOptions::default();
        let around = Surroundings { pool: &pool, unlabeled: &unlabeled, standardiser: &standardiser, options };
        let joined = join_sure(plain.clone(), &around).unwrap();
        assert_eq!(joined.truth.targets().counts(3), [6, 6, 0]);
        assert!(joined.total() <= 3.0 + 1e-6);
        for i in 2..12 {
            let row = (0..400).find(|&row| pool.row(row) == joined.rows.row(i)).unwrap();
            assert_eq!(joined.classes(i), [row % 2]);
        }
        let none = Surroundings { unlabeled: &[], ..around };
        assert_eq!(join_sure(plain.clone(), &none).unwrap(), plain);
    }

    #[test]
    fn the_number_of_threads_changes_no_bit() {
        let numbers = (0..3000).map(|at| random::unit(random::hash(2, at)) as f32 - 0.5).collect();
        let pool = Matrix::new(600, 5, numbers);
        let standardiser = Standardiser::from_pool(&pool).unwrap();
        let (known, unlabeled): (Vec<usize>, Vec<usize>) = ((0..30).collect(), (30..600).collect());
        let truth = Truth::One(known.iter().map(|i| i % 4).collect());
        let plain = CureLesson { rows: pool.gather(&known), truth, weights: vec![1.0; 30], n_classes: 4 };
        let options = CommitteeOptions::default();
        let around = Surroundings { pool: &pool, unlabeled: &unlabeled, standardiser: &standardiser, options };
        let on = |threads| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            pool.install(|| join_sure(plain.clone(), &around).unwrap())
        };
        assert_eq!(on(1), on(3));
        assert!(on(1).rows.rows() > 30);
    }
}
