//! Properties that must hold for every strategy, on any pool.

use std::collections::HashSet;

use super::{Judged, Pool, Strategy, choose, queue};
use crate::learn::{Committee, CommitteeOptions, Link, Standardiser, Training, Truth, fit_committee};
use crate::math::{Matrix, random};

/// A pool of overlapping groups whose first few samples are labeled.
struct World {
    rows: Matrix,
    ids: Vec<u64>,
    truth: Truth,
    labeled: usize,
    committee: Committee,
    n_classes: usize,
}

impl World {
    /// `n` samples of `seen` groups, `labeled` of them with a label, in a project of `n_classes`.
    fn new(link: Link, n: usize, labeled: usize, seen: usize, n_classes: usize) -> Self {
        let noise = |i: usize| random::unit(random::hash(4, i as u64)) as f32 - 0.5;
        let value = |at: usize| noise(at) + if at % 8 == (at / 8) % seen { 0.7 } else { 0.0 };
        let rows = Matrix::new(n, 8, (0..n * 8).map(value).collect());
        Self::of(link, rows, &(0..labeled).map(|i| i % seen).collect::<Vec<_>>(), n_classes)
    }

    /// Of sets, each third sample has a second class and each fourth has none.
    fn of(link: Link, rows: Matrix, labels: &[usize], n_classes: usize) -> Self {
        let standardiser = Standardiser::from_pool(&rows).unwrap();
        let labeled = labels.len();
        let known = rows.gather(&(0..labeled).collect::<Vec<_>>());
        let mut truth = Truth::empty(link);
        for (i, &label) in labels.iter().enumerate() {
            match (link, i) {
                (Link::Sigmoid, i) if i % 4 == 3 => truth.push(&[], n_classes),
                (Link::Sigmoid, i) if i % 3 == 2 => truth.push(&[label, 0], n_classes),
                _ => truth.push(&[label], n_classes),
            }
        }
        let training = Training { rows: &known, targets: truth.targets(), weights: None, n_classes };
        let fitted = fit_committee(&training, &standardiser, None, &CommitteeOptions::default()).unwrap();
        let ids = (0..rows.rows() as u64).map(|i| i * 7 + 3).collect();
        Self { rows, ids, truth, labeled, committee: fitted.committee, n_classes }
    }

    /// The ids that `strategy` picks, with rows stored in the order `order`.
    fn picks(&self, strategy: Strategy, take: usize, order: &[usize]) -> Vec<u64> {
        let rows = self.rows.gather(order);
        let ids: Vec<u64> = order.iter().map(|&i| self.ids[i]).collect();
        let place = |i: usize| order.iter().position(|&o| o == i).unwrap();
        let labeled: Vec<usize> = (0..self.labeled).map(place).collect();
        let pending = [place(self.labeled)];
        let open: Vec<usize> = (0..order.len()).filter(|i| !labeled.contains(i) && !pending.contains(i)).collect();
        let judged = Judged { committee: &self.committee, rows: &rows };
        let pool = Pool {
            rows: &rows,
            ids: &ids,
            open: &open,
            labeled: &labeled,
            targets: self.truth.targets(),
            pending: &pending,
            n_classes: self.n_classes,
            opinion: Some(&judged),
            margins: None,
            axes: 0,
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
    for link in Link::ALL {
        let world = World::new(link, 150, 24, 3, 3);
        let mut shuffled = world.in_order();
        shuffled.sort_by_key(|&i| random::hash(6, i as u64));
        for strategy in Strategy::suiting(link) {
            assert_eq!(
                world.picks(strategy, 10, &world.in_order()),
                world.picks(strategy, 10, &shuffled),
                "{strategy} follows the order of rows"
            );
        }
    }
}

#[test]
fn the_number_of_threads_changes_no_pick() {
    for link in Link::ALL {
        let world = World::new(link, 400, 30, 3, 3);
        let with = |threads: usize| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            pool.install(|| Strategy::suiting(link).map(|s| world.picks(s, 12, &world.in_order())).collect::<Vec<_>>())
        };
        assert_eq!(with(1), with(16));
    }
}

#[test]
fn one_class_unseen_classes_and_a_new_class_in_the_middle_are_borne() {
    for link in Link::ALL {
        let rows = World::new(link, 60, 20, 3, 4).rows;
        let mut new_class: Vec<usize> = (0..20).map(|i| i % 3).collect();
        new_class[6] = 3;
        let worlds = [
            World::new(link, 60, 8, 1, 1),
            World::new(link, 60, 8, 1, 3),
            World::new(link, 60, 12, 2, 5),
            World::of(link, rows, &new_class, 4),
        ];
        for (i, world) in worlds.iter().enumerate() {
            for strategy in Strategy::suiting(link) {
                assert_eq!(world.picks(strategy, 9, &world.in_order()).len(), 9, "world {i}, {strategy}");
            }
        }
    }
}

#[test]
fn a_pool_smaller_than_the_batch_is_asked_whole() {
    for link in Link::ALL {
        let world = World::new(link, 14, 8, 2, 2);
        for strategy in Strategy::suiting(link) {
            assert_eq!(world.picks(strategy, 50, &world.in_order()).len(), 5, "{strategy}");
        }
    }
}

#[test]
fn copies_come_after_everything_that_is_not_one() {
    // Twenty samples, each four times; the first two are labeled, and the copies of one of them still open.
    let base = World::new(Link::Softmax, 20, 2, 2, 2);
    let repeated: Vec<usize> = (0..80).map(|i| if i < 2 { i } else { i % 20 }).collect();
    for (link, strategy) in Link::ALL.into_iter().flat_map(|link| Strategy::suiting(link).map(move |s| (link, s))) {
        let world = World::of(link, base.rows.gather(&repeated), &[0, 1, 0, 1, 1, 0], 2);
        let picks = world.picks(strategy, 12, &world.in_order());
        // Ids are 7 i + 3, and row i copies row i % 20.
        let originals: HashSet<u64> = picks.iter().map(|id| (id - 3) / 7 % 20).collect();
        assert_eq!(originals.len(), 12, "{strategy} asked the same thing twice: {picks:?}");
        assert!(originals.iter().all(|&original| original > 6), "{strategy} asked what is known: {picks:?}");
    }
}

#[test]
fn without_a_model_every_strategy_still_chooses() {
    for link in Link::ALL {
        let world = World::new(link, 50, 4, 2, 2);
        let open: Vec<usize> = (0..50).collect();
        let nothing = Truth::empty(link);
        let pool = Pool {
            rows: &world.rows,
            ids: &world.ids,
            open: &open,
            labeled: &[],
            targets: nothing.targets(),
            pending: &[],
            n_classes: 2,
            opinion: None,
            margins: None,
            axes: 0,
            seed: 1,
        };
        for strategy in Strategy::suiting(link) {
            assert_eq!(choose(strategy, &pool, 8).unwrap().len(), 8, "{strategy}");
        }
    }
}
