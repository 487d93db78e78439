//! Places in the plane at which near neighbours stay near: a neighbour embedding.
//!
//! The objective is that of `LargeVis` (Tang et al. 2016): pairs of neighbours attract by log 1/(1 + d²), pairs drawn at random repel by
//! log (1 − 1/(1 + d²)). Weights are the fuzzy sets of UMAP (`McInnes`, Healy and Melville 2018, section 3.1), and so is the schedule:
//! an edge takes part in as many epochs as its weight says, and steps shrink to nothing.
//!
//! We wrote our own because the crates that do it are either not reproducible or bring a framework. Steps are taken one after
//! another, on one thread and in a fixed order, so the same neighbours, start and seed give the same places whatever the number of
//! threads. Cost: O(n·k) per epoch; 30,000 rows of 384 numbers take 7 s of processor time in all: directions, 15 neighbours, 200
//! epochs and trustworthiness.

use super::neighbours::Neighbours;
use super::random;

/// Pairs drawn at random for each pair of neighbours.
const REPELLED: usize = 5;
/// The longest step along an axis before it shrinks.
const LONGEST: f32 = 4.0;
/// Keeps the push between rows at one place finite.
const APART: f32 = 1e-3;
/// Halvings in the search for a row's scale.
const HALVINGS: usize = 48;

/// The places of n rows: x and y.
pub type Places = Vec<[f32; 2]>;

/// An edge, and when it takes part next.
struct Edge {
    head: u32,
    tail: u32,
    /// Epochs between two turns.
    every: f32,
    due: f32,
}

/// The places of n rows after `epochs` from `start`, which should reach about ten units in each direction. `goes_on` hears the number
/// of each epoch before it begins; `None` when it answered `false`.
pub fn arranged(
    neighbours: &Neighbours,
    start: Places,
    epochs: usize,
    seed: u64,
    goes_on: &dyn Fn(usize) -> bool,
) -> Option<Places> {
    let (mut places, n) = (start, neighbours.len());
    let mut edges = edges(neighbours, epochs);
    let mut drawn = 0_u64;
    for epoch in 0..epochs {
        if !goes_on(epoch) {
            return None;
        }
        let (now, step) = (epoch as f32, 1.0 - epoch as f32 / epochs as f32);
        for edge in &mut edges {
            if edge.due > now {
                continue;
            }
            edge.due += edge.every;
            let (head, tail) = (edge.head as usize, edge.tail as usize);
            let (mut at, other) = (places[head], places[tail]);
            let (x, y) = (at[0] - other[0], at[1] - other[1]);
            let pull = -2.0 / (1.0 + x * x + y * y);
            let (x, y) = (short(pull * x) * step, short(pull * y) * step);
            at = [at[0] + x, at[1] + y];
            places[tail] = [other[0] - x, other[1] - y];
            for _ in 0..REPELLED {
                drawn += 1;
                let from = (((random::hash(seed, drawn) >> 32) * n as u64) >> 32) as usize;
                if from == head {
                    continue;
                }
                let (x, y) = (at[0] - places[from][0], at[1] - places[from][1]);
                let square = x * x + y * y;
                let push = 2.0 / ((APART + square) * (1.0 + square));
                at = [at[0] + short(push * x) * step, at[1] + short(push * y) * step];
            }
            places[head] = at;
        }
    }
    Some(places)
}

fn short(step: f32) -> f32 {
    step.clamp(-LONGEST, LONGEST)
}

/// Both directions of every pair of neighbours, in the order of their heads; pairs too weak for one turn in `epochs` are left out.
fn edges(neighbours: &Neighbours, epochs: usize) -> Vec<Edge> {
    let (n, k) = (neighbours.len(), neighbours.k);
    let memberships: Vec<f32> = (0..n).flat_map(|i| memberships(neighbours.of(i).map(|(_, d)| d).collect())).collect();
    let of = |i: usize, j: usize| {
        let place = neighbours.of(i).position(|(other, _)| other == j);
        place.map(|place| memberships[i * k + place])
    };
    let mut pairs: Vec<(u32, u32, f32)> = Vec::with_capacity(2 * n * k);
    for i in 0..n {
        for (place, (j, _)) in neighbours.of(i).enumerate() {
            let back = of(j, i);
            // Pairs that know each other are met twice; the first time counts.
            if i == j || (back.is_some() && j < i) {
                continue;
            }
            let (a, b) = (memberships[i * k + place], back.unwrap_or_default());
            let weight = a + b - a * b;
            pairs.push((i as u32, j as u32, weight));
            pairs.push((j as u32, i as u32, weight));
        }
    }
    let most = pairs.iter().map(|pair| pair.2).fold(f32::MIN_POSITIVE, f32::max);
    pairs.retain(|pair| pair.2 * epochs as f32 >= most);
    pairs.sort_unstable_by_key(|pair| (pair.0, pair.1));
    let edge = |(head, tail, weight)| Edge { head, tail, every: most / weight, due: most / weight - 1.0 };
    pairs.into_iter().map(edge).collect()
}

/// How much each neighbour belongs to a row: 1 for the nearest, and e^−(d − nearest)/scale, with the scale at which they sum to log₂ k.
fn memberships(distances: Vec<f32>) -> Vec<f32> {
    let nearest = distances.iter().copied().find(|&d| d > 0.0).unwrap_or_default();
    let target = (distances.len().max(2) as f32).log2();
    let of = |d: f32, scale: f32| if d <= nearest { 1.0 } else { (-(d - nearest) / scale).exp() };
    let (mut low, mut high, mut scale) = (0.0_f32, f32::INFINITY, 1.0_f32);
    for _ in 0..HALVINGS {
        let sum: f32 = distances.iter().map(|&d| of(d, scale)).sum();
        if sum > target {
            high = scale;
            scale = f32::midpoint(low, high);
        } else {
            low = scale;
            scale = if high.is_finite() { f32::midpoint(low, high) } else { scale * 2.0 };
        }
    }
    // Where all are equally far, no scale is too small; a thousandth of their mean keeps it a number.
    let mean = distances.iter().sum::<f32>() / distances.len().max(1) as f32;
    let scale = scale.max(1e-3 * mean).max(f32::MIN_POSITIVE);
    distances.into_iter().map(|d| of(d, scale)).collect()
}

/// The places of new rows among known ones: the mean of their neighbours' places, near ones counting by the inverse square of their
/// distance. The map of what is known does not change.
pub fn placed(neighbours: &Neighbours, known: &[[f32; 2]]) -> Places {
    let place = |i: usize| {
        let near: Vec<(usize, f32)> = neighbours.of(i).collect();
        let scale = near.iter().map(|(_, d)| d * d).sum::<f32>() / near.len().max(1) as f32;
        let (mut sum, mut total) = ([0.0_f64; 2], 0.0_f64);
        for (j, d) in near {
            let weight = f64::from(1.0 / (d * d + 1e-4 * scale + f32::MIN_POSITIVE));
            total += weight;
            sum = [sum[0] + weight * f64::from(known[j][0]), sum[1] + weight * f64::from(known[j][1])];
        }
        [(sum[0] / total) as f32, (sum[1] / total) as f32]
    };
    (0..neighbours.len()).map(place).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::math::Matrix;
    use crate::math::neighbours::nearest;
    use crate::math::trust::trustworthiness;

    /// Three groups of `n` rows each in six dimensions.
    fn groups(n: usize) -> Matrix {
        let number = |i: usize, j: usize| random::unit(random::hash(11, (i * 6 + j) as u64)) as f32 - 0.5;
        let numbers = (0..3 * n).flat_map(|i| (0..6).map(move |j| number(i, j) + if j == i % 3 { 4.0 } else { 0.0 }));
        Matrix::new(3 * n, 6, numbers.collect())
    }

    fn start(n: usize) -> Places {
        let number = |i: usize| random::unit(random::hash(5, i as u64)) as f32 * 20.0 - 10.0;
        (0..n).map(|i| [number(2 * i), number(2 * i + 1)]).collect()
    }

    #[test]
    fn groups_come_apart_and_neighbours_stay_together() {
        let rows = groups(60);
        let places = arranged(&nearest(&rows, &rows, 10, true), start(180), 200, 1, &|_| true).unwrap();
        let all: Vec<usize> = (0..180).collect();
        let (before, after) =
            (trustworthiness(&rows, &start(180), 10, &all), trustworthiness(&rows, &places, 10, &all));
        assert!(before.unwrap() < 0.7 && after.unwrap() > 0.9, "{before:?} {after:?}");
        let distance = |a: usize, b: usize| (places[a][0] - places[b][0]).hypot(places[a][1] - places[b][1]);
        let mean =
            |pairs: Vec<(usize, usize)>| pairs.iter().map(|&(a, b)| distance(a, b)).sum::<f32>() / pairs.len() as f32;
        let within = mean((3..180).map(|i| (i, i % 3)).collect());
        let between = mean((0..180).map(|i| (i, (i + 1) % 180)).collect());
        assert!(between > 1.5 * within, "{between} {within}");
    }

    #[test]
    fn the_same_seed_gives_the_same_places_and_a_stop_gives_none() {
        let rows = groups(20);
        let near = nearest(&rows, &rows, 8, true);
        let run = |seed| arranged(&near, start(60), 30, seed, &|_| true).unwrap();
        assert_eq!(run(1), run(1));
        assert_ne!(run(1), run(2));
        assert_eq!(arranged(&near, start(60), 30, 1, &|epoch| epoch < 3), None);
        assert!(run(1).iter().flatten().all(|x| x.is_finite()));
    }

    #[test]
    fn equal_rows_have_finite_places() {
        let rows = Matrix::new(40, 2, vec![1.0; 80]);
        let places = arranged(&nearest(&rows, &rows, 5, true), vec![[0.0; 2]; 40], 50, 1, &|_| true).unwrap();
        assert!(places.iter().flatten().all(|x| x.is_finite()));
    }

    #[test]
    fn a_new_row_lies_where_its_neighbours_do() {
        let known = [[0.0, 0.0], [10.0, 0.0], [0.0, 10.0]];
        let rows = Matrix::new(3, 2, vec![0.0, 0.0, 1.0, 0.0, 0.0, 1.0]);
        let new = Matrix::new(3, 2, vec![0.001, 0.0, 0.5, 0.0, 0.0, 0.999]);
        let places = placed(&nearest(&new, &rows, 2, false), &known);
        assert!(places[0][0] < 0.2 && places[0][1] < 0.2, "{places:?}");
        assert!((places[1][0] - 5.0).abs() < 0.1, "{places:?}");
        assert!(places[2][1] > 9.0, "{places:?}");
    }
}
