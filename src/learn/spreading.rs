//! Label spreading: labels flow along a graph of nearest neighbours (Zhou et al. 2004, "Learning with local and global
//! consistency").
//!
//! Nodes i and j are joined where one is among the other's k nearest by cosine, with weight max(cos, 0)^γ. With S =
//! D^-½ W D^-½, D the row sums of W, and Y one-hot at labeled nodes, F solves (I − α S) F = Y and rows of F become
//! probabilities. A conjugate gradient per class: the eigenvalues lie between 1 − α and 1 + α, so for α = .9 each step
//! halves what is left of the error.
//!
//! Identical rows are one node; otherwise a few copies would be each other's only neighbours. Of more nodes than `cap`
//! the labeled ones and a sample of the others make the graph, and any further row takes the weighted mean of its
//! neighbours' F D^-½, which is what it would have as a node that passes nothing on (Bengio et al. 2006, "Label
//! propagation and quadratic criterion").
//!
//! Cost: N·C·D for N rows and C nodes, then 60 steps of C·k·K.

use rayon::prelude::*;

use super::LearnError;
use super::features::check_finite;
use crate::math::{Matrix, distance, dot, gemm, random};

/// Rows compared with all nodes at once; fixed, so that no number depends on how work is spread.
const BLOCK: usize = 128;
/// A residual this small relative to the labels ends a solve, as does this many steps.
const TOLERANCE: f64 = 1e-12;
const STEPS: usize = 200;
/// Rows whose classes add up to less are out of any label's reach: what is left there is rounding.
const REACHED: f64 = 1e-9;

/// The graph, and how far labels flow on it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SpreadOptions {
    /// k.
    pub neighbours: usize,
    /// γ.
    pub power: f64,
    /// α, above 0 and below 1: the share of a node's opinion that comes from its neighbours.
    pub alpha: f64,
    /// The most nodes.
    pub cap: usize,
    /// Which rows become nodes when there are more.
    pub seed: u64,
}

impl Default for SpreadOptions {
    fn default() -> Self {
        Self { neighbours: 15, power: 3.0, alpha: 0.9, cap: 10_000, seed: 0 }
    }
}

/// Class probabilities of every one of the raw `rows` (N × D): N × `n_classes`, row-major. Rows that no label reaches
/// get equal probabilities.
///
/// `labels` are the classes of the rows at `labeled`; contradictions between copies count for both. The answer does not
/// depend on the order of rows nor on the number of threads.
///
/// # Errors
/// Rows that are not finite, labels at or above `n_classes`, more or fewer labels than positions, and options out of
/// range.
///
/// # Panics
/// When a position in `labeled` is not below N.
pub fn spread(
    rows: &Matrix,
    labeled: &[usize],
    labels: &[usize],
    n_classes: usize,
    options: &SpreadOptions,
) -> Result<Vec<f32>, LearnError> {
    check(rows, labeled, labels, n_classes, options)?;
    let nodes = Nodes::new(rows, labeled, options);
    let unit = distance::normalised(&rows.gather(&nodes.first[..nodes.kept]));
    let graph = Graph::new(&unit, options);
    let mut seen: Vec<usize> = labels.to_vec();
    seen.sort_unstable();
    seen.dedup();
    // Per class with labels, the solution at every node.
    let solved: Vec<Vec<f64>> = seen
        .par_iter()
        .map(|class| {
            let mut start = vec![0.0; nodes.kept];
            for (&i, _) in labeled.iter().zip(labels).filter(|(_, label)| *label == class) {
                // With more labeled nodes than the cap, some have no place.
                if let Some(label) = start.get_mut(nodes.of_row[i]) {
                    *label += 1.0;
                }
            }
            graph.solve(&start, options.alpha)
        })
        .collect();
    let mut of_node = vec![0.0; nodes.first.len() * n_classes];
    let (inside, outside) = of_node.split_at_mut(nodes.kept * n_classes);
    for (node, out) in inside.chunks_exact_mut(n_classes.max(1)).enumerate() {
        distribution(&seen, |c| solved[c][node], out);
    }
    let rest = &nodes.first[nodes.kept..];
    outside.par_chunks_mut((BLOCK * n_classes).max(1)).zip(rest.par_chunks(BLOCK)).for_each(|(out, at)| {
        let block = distance::normalised(&rows.gather(at));
        let near = nearest(&block, 0, &unit, options.neighbours, |_, _| true);
        for ((i, near), out) in near.iter().enumerate().zip(out.chunks_exact_mut(n_classes)) {
            let weighted: Vec<(usize, f64)> = near
                .iter()
                .map(|&j| (j, weight(block.row(i), unit.row(j), options.power) * graph.inverse_root[j]))
                .collect();
            distribution(&seen, |c| weighted.iter().map(|&(j, w)| w * solved[c][j]).sum(), out);
        }
    });
    Ok(nodes.of_row.iter().flat_map(|&node| &of_node[node * n_classes..(node + 1) * n_classes]).copied().collect())
}

fn check(
    rows: &Matrix,
    labeled: &[usize],
    labels: &[usize],
    n_classes: usize,
    options: &SpreadOptions,
) -> Result<(), LearnError> {
    if labels.len() != labeled.len() {
        return Err(LearnError::Length { what: "labels", got: labels.len(), want: labeled.len() });
    }
    if let Some(at) = labels.iter().position(|&y| y >= n_classes) {
        return Err(LearnError::Label { row: labeled[at], label: labels[at], classes: n_classes });
    }
    let counts = [("neighbours", options.neighbours), ("cap", options.cap)];
    if let Some((name, _)) = counts.into_iter().find(|(_, count)| *count == 0) {
        return Err(LearnError::Option(name));
    }
    if !(options.power.is_finite() && options.power > 0.0) {
        return Err(LearnError::Option("power"));
    }
    if !(options.alpha > 0.0 && options.alpha < 1.0) {
        return Err(LearnError::Option("alpha"));
    }
    check_finite(rows)
}

/// Scores of the `seen` classes as probabilities of all classes.
fn distribution(seen: &[usize], score: impl Fn(usize) -> f64, out: &mut [f32]) {
    // The solver may leave a rounding error below zero far from a label.
    let scores: Vec<f64> = (0..seen.len()).map(|c| score(c).max(0.0)).collect();
    let total: f64 = scores.iter().sum();
    if total < REACHED {
        out.fill(1.0 / out.len() as f32);
        return;
    }
    seen.iter().zip(&scores).for_each(|(&class, score)| out[class] = (score / total) as f32);
}

/// Rows by content: one node for all copies, and an order that the order of rows does not change.
struct Nodes {
    /// Of each node, one of its rows. The first `kept` make the graph.
    first: Vec<usize>,
    kept: usize,
    /// Of each row, its node.
    of_row: Vec<usize>,
}

impl Nodes {
    fn new(rows: &Matrix, labeled: &[usize], options: &SpreadOptions) -> Self {
        let n = rows.rows();
        let bits = |i: usize| rows.row(i).iter().map(|x| x.to_bits());
        let key = |i: usize| bits(i).fold(options.seed, |key, bits| random::hash(key, u64::from(bits)));
        let keys: Vec<u64> = (0..n).into_par_iter().map(key).collect();
        let mut order: Vec<usize> = (0..n).collect();
        order.sort_unstable_by(|&a, &b| keys[a].cmp(&keys[b]).then_with(|| bits(a).cmp(bits(b))));
        let mut groups: Vec<Vec<usize>> = Vec::new();
        for i in order {
            match groups.last_mut() {
                Some(group) if bits(group[0]).eq(bits(i)) => group.push(i),
                _ => groups.push(vec![i]),
            }
        }
        let mut known = vec![false; n];
        for &i in labeled {
            known[i] = true;
        }
        // Stable, so that each half stays in the order of the hashes.
        groups.sort_by_key(|group| !group.iter().any(|&i| known[i]));
        let mut of_row = vec![0; n];
        for (node, group) in groups.iter().enumerate() {
            for &i in group {
                of_row[i] = node;
            }
        }
        Self { kept: groups.len().min(options.cap), first: groups.iter().map(|group| group[0]).collect(), of_row }
    }
}

/// max(cos, 0)^γ of two unit rows.
fn weight(a: &[f32], b: &[f32], power: f64) -> f64 {
    let cosine: f64 = a.iter().zip(b).map(|(&a, &b)| f64::from(a) * f64::from(b)).sum();
    cosine.max(0.0).powf(power)
}

/// The `k` nodes of largest cosine with each row of `block`, largest first and equal ones in the order of nodes. Only
/// those that `may` join the row at `start` + its position.
fn nearest(
    block: &Matrix,
    start: usize,
    nodes: &Matrix,
    k: usize,
    may: impl Fn(usize, usize) -> bool,
) -> Vec<Vec<usize>> {
    let cosines = gemm::abt(block, nodes);
    let best = |(i, row): (usize, &[f32])| {
        let mut best: Vec<(f32, usize)> = Vec::with_capacity(k + 1);
        for (j, &cosine) in row.iter().enumerate() {
            if best.len() == k && cosine <= best[k - 1].0 || !may(start + i, j) {
                continue;
            }
            let at = best.partition_point(|(other, _)| *other >= cosine);
            best.insert(at, (cosine, j));
            best.truncate(k);
        }
        best.into_iter().map(|(_, j)| j).collect()
    };
    cosines.as_slice().chunks_exact(nodes.rows().max(1)).enumerate().map(best).collect()
}

/// S in rows: the entries of row i are those from `starts[i]` to `starts[i + 1]`.
struct Graph {
    starts: Vec<usize>,
    columns: Vec<usize>,
    values: Vec<f64>,
    /// D^-½, and 1 for a node without neighbours.
    inverse_root: Vec<f64>,
}

impl Graph {
    fn new(unit: &Matrix, options: &SpreadOptions) -> Self {
        let n = unit.rows();
        let starts: Vec<usize> = (0..n).step_by(BLOCK).collect();
        let directed: Vec<Vec<usize>> = starts
            .into_par_iter()
            .flat_map_iter(|start| {
                let block = unit.gather(&(start..(start + BLOCK).min(n)).collect::<Vec<_>>());
                nearest(&block, start, unit, options.neighbours, |i, j| i != j)
            })
            .collect();
        let mut joined: Vec<Vec<usize>> = vec![Vec::new(); n];
        for (i, near) in directed.iter().enumerate() {
            for &j in near {
                joined[i].push(j);
                joined[j].push(i);
            }
        }
        let weighted: Vec<Vec<(usize, f64)>> = joined
            .into_par_iter()
            .enumerate()
            .map(|(i, mut near)| {
                near.sort_unstable();
                near.dedup();
                let weighted = near.into_iter().map(|j| (j, weight(unit.row(i), unit.row(j), options.power)));
                weighted.filter(|(_, weight)| *weight > 0.0).collect()
            })
            .collect();
        let root = |near: &Vec<(usize, f64)>| {
            let degree: f64 = near.iter().map(|(_, weight)| weight).sum();
            if degree > 0.0 { 1.0 / degree.sqrt() } else { 1.0 }
        };
        let inverse_root: Vec<f64> = weighted.iter().map(root).collect();
        let mut graph = Self { starts: vec![0], columns: Vec::new(), values: Vec::new(), inverse_root };
        for (i, near) in weighted.iter().enumerate() {
            for &(j, weight) in near {
                graph.columns.push(j);
                graph.values.push(weight * graph.inverse_root[i] * graph.inverse_root[j]);
            }
            graph.starts.push(graph.columns.len());
        }
        graph
    }

    /// F of (I − α S) F = `start`, by conjugate gradients.
    fn solve(&self, start: &[f64], alpha: f64) -> Vec<f64> {
        let mut f = vec![0.0; start.len()];
        let mut rest = start.to_vec();
        let mut direction = start.to_vec();
        let mut square = dot(&rest, &rest);
        let enough = TOLERANCE * TOLERANCE * square;
        for _ in 0..STEPS {
            if square <= enough {
                break;
            }
            let image: Vec<f64> = (0..start.len()).map(|i| direction[i] - alpha * self.flow(i, &direction)).collect();
            let step = square / dot(&direction, &image);
            f.iter_mut().zip(&direction).for_each(|(f, d)| *f += step * d);
            rest.iter_mut().zip(&image).for_each(|(r, q)| *r -= step * q);
            let before = std::mem::replace(&mut square, dot(&rest, &rest));
            direction.iter_mut().zip(&rest).for_each(|(d, r)| *d = r + square / before * *d);
        }
        f
    }

    /// (S v)ᵢ.
    fn flow(&self, i: usize, v: &[f64]) -> f64 {
        let entries = self.starts[i]..self.starts[i + 1];
        self.columns[entries.clone()].iter().zip(&self.values[entries]).map(|(&j, value)| value * v[j]).sum()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[derive(serde::Deserialize)]
    struct File {
        label_spreading: Vec<Case>,
    }

    #[derive(serde::Deserialize)]
    struct Case {
        n: usize,
        d: usize,
        k: usize,
        neighbours: usize,
        gamma: f64,
        alpha: f64,
        rows: Vec<f32>,
        labeled: Vec<usize>,
        labels: Vec<usize>,
        expected: Vec<f32>,
    }

    #[test]
    fn probabilities_equal_scikit_learn() {
        let file: File = serde_json::from_str(include_str!("../../tests/data/heads.json")).unwrap();
        assert!(file.label_spreading.len() >= 20);
        let mut worst = 0.0f32;
        for case in file.label_spreading {
            let rows = Matrix::new(case.n, case.d, case.rows);
            let options = SpreadOptions {
                neighbours: case.neighbours,
                power: case.gamma,
                alpha: case.alpha,
                ..SpreadOptions::default()
            };
            let got = spread(&rows, &case.labeled, &case.labels, case.k, &options).unwrap();
            worst = got.iter().zip(&case.expected).map(|(a, b)| (a - b).abs()).fold(worst, f32::max);
        }
        assert!(worst < 1e-6, "{worst}");
    }

    /// `k` groups of directions.
    fn blobs(n: usize, d: usize, k: usize, seed: u64) -> Matrix {
        let number = |at: usize| random::unit(random::hash(seed, at as u64)) as f32 - 0.5;
        let row = |i: usize| (0..d).map(move |j| number(i % k * d + j) + 0.6 * number(5000 + i * d + j));
        Matrix::new(n, d, (0..n).flat_map(row).collect())
    }

    fn accuracy(p: &[f32], k: usize) -> f64 {
        let right = |(i, p): &(usize, &[f32])| p.iter().all(|&other| other <= p[i % k]);
        p.chunks(k).enumerate().filter(right).count() as f64 / (p.len() / k) as f64
    }

    #[test]
    fn one_label_per_group_finds_the_groups_inside_and_outside_the_graph() {
        let rows = blobs(600, 12, 4, 3);
        for cap in [10_000, 200] {
            let options = SpreadOptions { cap, ..SpreadOptions::default() };
            let p = spread(&rows, &[0, 1, 2, 3], &[0, 1, 2, 3], 4, &options).unwrap();
            assert!(accuracy(&p, 4) > 0.97, "{cap}: {}", accuracy(&p, 4));
            assert!(p.chunks(4).all(|p| (p.iter().sum::<f32>() - 1.0).abs() < 1e-5));
        }
    }

    #[test]
    fn out_of_reach_of_every_label_all_classes_are_equally_likely() {
        // Two pairs at right angles, and a row of zeros.
        let data = vec![1.0, 0.0, 0.9, 0.0, 0.0, 1.0, 0.0, 0.8, 0.0, 0.0];
        let rows = Matrix::new(5, 2, data);
        let p = spread(&rows, &[0], &[1], 3, &SpreadOptions::default()).unwrap();
        assert_eq!(p[..6], [0.0, 1.0, 0.0, 0.0, 1.0, 0.0]);
        assert!(p[6..].iter().all(|&p| p == 1.0 / 3.0));
        let none = spread(&rows, &[], &[], 2, &SpreadOptions::default()).unwrap();
        assert!(none.iter().all(|&p| p == 0.5));
    }

    #[test]
    fn copies_share_one_answer_and_do_not_cut_the_rest_off() {
        let plain = blobs(60, 8, 3, 5);
        let mut copied: Vec<usize> = (0..60).collect();
        copied.extend([4; 40]);
        let rows = plain.gather(&copied);
        let options = SpreadOptions { neighbours: 5, ..SpreadOptions::default() };
        let want = spread(&plain, &[0, 1, 2], &[0, 1, 2], 3, &options).unwrap();
        let got = spread(&rows, &[0, 1, 2], &[0, 1, 2], 3, &options).unwrap();
        assert_eq!(got[..180], want);
        assert!(got[180..].chunks(3).all(|p| p == &want[12..15]));
    }

    #[test]
    fn bad_input_is_refused() {
        let mut rows = blobs(6, 3, 2, 1);
        let options = SpreadOptions::default();
        assert_eq!(spread(&rows, &[4], &[2], 2, &options), Err(LearnError::Label { row: 4, label: 2, classes: 2 }));
        assert!(matches!(spread(&rows, &[4], &[], 2, &options), Err(LearnError::Length { .. })));
        for (name, options) in [
            ("alpha", SpreadOptions { alpha: 1.0, ..options }),
            ("power", SpreadOptions { power: f64::NAN, ..options }),
            ("neighbours", SpreadOptions { neighbours: 0, ..options }),
            ("cap", SpreadOptions { cap: 0, ..options }),
        ] {
            assert_eq!(spread(&rows, &[0], &[1], 2, &options), Err(LearnError::Option(name)));
        }
        rows.row_mut(5)[2] = f32::NAN;
        assert_eq!(spread(&rows, &[0], &[1], 2, &options), Err(LearnError::NotFinite { row: 5 }));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(48))]

        #[test]
        fn order_and_threads_change_no_bit(
            n in 1usize..300, d in 1usize..6, k in 1usize..4, cap in 1usize..300, seed in 0u64..1000
        ) {
            let rows = blobs(n, d, k, seed);
            let labeled: Vec<usize> = (0..n).filter(|i| random::hash(seed, *i as u64).is_multiple_of(5)).collect();
            let labels: Vec<usize> = labeled.iter().map(|i| i % k).collect();
            let options = SpreadOptions { cap, seed, ..SpreadOptions::default() };
            let with = |threads: usize, rows: &Matrix, labeled: &[usize], labels: &[usize]| {
                let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
                pool.install(|| spread(rows, labeled, labels, k + 1, &options).unwrap())
            };
            let one = with(1, &rows, &labeled, &labels);
            prop_assert!(one.iter().all(|p| (0.0..=1.0).contains(p)));
            prop_assert_eq!(&one, &with(3, &rows, &labeled, &labels));
            let back: Vec<usize> = (0..n).rev().collect();
            let moved: Vec<usize> = labeled.iter().map(|i| n - 1 - i).collect();
            let turned = with(2, &rows.gather(&back), &moved, &labels);
            for i in 0..n {
                prop_assert_eq!(&one[i * (k + 1)..(i + 1) * (k + 1)], &turned[(n - 1 - i) * (k + 1)..][..=k]);
            }
        }
    }
}
