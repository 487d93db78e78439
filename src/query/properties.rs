//! What must hold for every strategy, whatever the pool.

use std::collections::HashSet;

use super::{Judged, Pool, Strategy, choose, queue};
use crate::learn::{Committee, CommitteeOptions, Standardiser, Training, fit_committee};
use crate::math::{Matrix, random};

/// A pool of overlapping groups whose first few samples are labeled.
struct World {
    rows: Matrix,
    ids: Vec<u64>,
    labels: Vec<usize>,
    committee: Committee,
    n_classes: usize,
}

impl World {
    /// `n` samples of `seen` groups, `labeled` of them with a label, in a project of `n_classes`.
    fn new(n: usize, labeled: usize, seen: usize, n_classes: usize) -> Self {
        let noise = |i: usize| random::unit(random::hash(4, i as u64)) as f32 - 0.5;
        let value = |at: usize| noise(at) + if at % 8 == (at / 8) % seen { 0.7 } else { 0.0 };
        let rows = Matrix::new(n, 8, (0..n * 8).map(value).collect());
        Self::of(rows, (0..labeled).map(|i| i % seen).collect(), n_classes)
    }

    fn of(rows: Matrix, labels: Vec<usize>, n_classes: usize) -> Self {
        let standardiser = Standardiser::from_pool(&rows).unwrap();
        let known = rows.gather(&(0..labels.len()).collect::<Vec<_>>());
        let training = Training { rows: &known, labels: &labels, weights: None, n_classes };
        let fitted = fit_committee(&training, &standardiser, None, &CommitteeOptions::default()).unwrap();
        let ids = (0..rows.rows() as u64).map(|i| i * 7 + 3).collect();
        Self { rows, ids, labels, committee: fitted.committee, n_classes }
    }

    /// The ids that `strategy` picks, with rows stored in the order `order`.
    fn picks(&self, strategy: Strategy, take: usize, order: &[usize]) -> Vec<u64> {
        let rows = self.rows.gather(order);
        let ids: Vec<u64> = order.iter().map(|&i| self.ids[i]).collect();
        let place = |i: usize| order.iter().position(|&o| o == i).unwrap();
        let labeled: Vec<usize> = (0..self.labels.len()).map(place).collect();
        let pending = [place(self.labels.len())];
        let open: Vec<usize> = (0..order.len()).filter(|i| !labeled.contains(i) && !pending.contains(i)).collect();
        let judged = Judged { committee: &self.committee, rows: &rows };
        let pool = Pool {
            rows: &rows,
            ids: &ids,
            open: &open,
            labeled: &labeled,
            labels: &self.labels,
            pending: &pending,
            n_classes: self.n_classes,
            opinion: Some(&judged),
            margins: None,
            seed: 11,
        };
        let picks = choose(strategy, &pool, take).unwrap();
        assert!(picks.iter().all(|pick| !pick.score.is_nan() && open.contains(&pick.index)), "{strategy}");
        let unique: HashSet<usize> = picks.iter().map(|pick| pick.index).collect();
        assert_eq!((picks.len(), unique.len()), (take.min(open.len()), take.min(open.len())), "{strategy}");
        let queue = queue(strategy, &pool, take, order.len()).unwrap();
        assert_eq!(queue.iter().map(|pick| pick.index).collect::<HashSet<_>>().len(), open.len(), "{strategy}");
        picks.into_iter().map(|pick| ids[pick.index]).collect()
    }

    fn in_order(&self) -> Vec<usize> {
        (0..self.rows.rows()).collect()
    }
}

#[test]
fn the_order_of_rows_changes_no_pick() {
    let world = World::new(150, 24, 3, 3);
    let mut shuffled = world.in_order();
    shuffled.sort_by_key(|&i| random::hash(6, i as u64));
    for strategy in Strategy::all() {
        assert_eq!(
            world.picks(strategy, 10, &world.in_order()),
            world.picks(strategy, 10, &shuffled),
            "{strategy} follows the order of rows"
        );
    }
}

#[test]
fn the_number_of_threads_changes_no_pick() {
    let world = World::new(400, 30, 3, 3);
    let with = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| Strategy::all().map(|s| world.picks(s, 12, &world.in_order())).collect::<Vec<_>>())
    };
    assert_eq!(with(1), with(16));
}

#[test]
fn one_class_unseen_classes_and_a_new_class_in_the_middle_are_borne() {
    let mut new_class = World::new(60, 20, 3, 4);
    new_class.labels[7] = 3;
    let worlds = [
        World::new(60, 8, 1, 1),
        World::new(60, 8, 1, 3),
        World::new(60, 12, 2, 5),
        World::of(new_class.rows, new_class.labels, 4),
    ];
    for (i, world) in worlds.iter().enumerate() {
        for strategy in Strategy::all() {
            assert_eq!(world.picks(strategy, 9, &world.in_order()).len(), 9, "world {i}, {strategy}");
        }
    }
}

#[test]
fn a_pool_smaller_than_the_batch_is_asked_whole() {
    let world = World::new(14, 8, 2, 2);
    for strategy in Strategy::all() {
        assert_eq!(world.picks(strategy, 50, &world.in_order()).len(), 5, "{strategy}");
    }
}

#[test]
fn copies_come_after_everything_that_is_not_one() {
    // Twenty samples, each four times; the first two are labeled, and the copies of one of them still open.
    let base = World::new(20, 2, 2, 2);
    let repeated: Vec<usize> = (0..80).map(|i| if i < 2 { i } else { i % 20 }).collect();
    let world = World::of(base.rows.gather(&repeated), vec![0, 1, 0, 1, 1, 0], 2);
    for strategy in Strategy::all() {
        let picks = world.picks(strategy, 12, &world.in_order());
        // Ids are 7 i + 3, and row i copies row i % 20.
        let originals: HashSet<u64> = picks.iter().map(|id| (id - 3) / 7 % 20).collect();
        assert_eq!(originals.len(), 12, "{strategy} asked the same thing twice: {picks:?}");
        assert!(originals.iter().all(|&original| original > 6), "{strategy} asked what is known: {picks:?}");
    }
}

#[test]
fn without_a_model_every_strategy_still_chooses() {
    let world = World::new(50, 4, 2, 2);
    let open: Vec<usize> = (0..50).collect();
    let pool = Pool {
        rows: &world.rows,
        ids: &world.ids,
        open: &open,
        labeled: &[],
        labels: &[],
        pending: &[],
        n_classes: 2,
        opinion: None,
        margins: None,
        seed: 1,
    };
    for strategy in Strategy::all() {
        assert_eq!(choose(strategy, &pool, 8).unwrap().len(), 8, "{strategy}");
    }
}
