//! One batch by every strategy, at two shapes: the pool of the other benches, and the shape at which
//! `peers/strategies.py` times the libraries' implementations of the same rules.
//!
//!     cargo bench --bench strategies [-- NAME]

mod shape;

use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use querist::learn::{Link, Standardiser, Targets};
use querist::math::Matrix;
use querist::query::{Judged, Pool, Strategy, choose};
use std::hint::black_box;

/// Samples and dimensions; classes are [`shape::K`].
const SHAPES: [(usize, usize); 2] = [(100_000, shape::D), (10_000, 1280)];
const LABELS: usize = 400;
const BATCH: usize = 50;

fn strategies(c: &mut Criterion) {
    for (n, d) in SHAPES {
        let rows: Matrix = shape::rows_of(n, d);
        let standardiser = Standardiser::from_pool(&rows).expect("finite");
        let fitted = shape::fit(&shape::first(&rows, LABELS), &standardiser, None);
        let ids: Vec<u64> = (0..n as u64).collect();
        let (labeled, open): (Vec<usize>, Vec<usize>) = (0..n).partition(|&i| i < LABELS);
        let labels: Vec<usize> = labeled.iter().map(|i| i % shape::K).collect();
        let judged = Judged { committee: &fitted.committee, rows: &rows };
        let pool = Pool {
            rows: &rows,
            ids: &ids,
            open: &open,
            labeled: &labeled,
            targets: Targets::One(&labels),
            pending: &[],
            n_classes: shape::K,
            opinion: Some(&judged),
            margins: None,
            axes: 0,
            seed: 1,
        };
        let mut group = c.benchmark_group(format!("pick {BATCH} of {n} x {d}"));
        group.sample_size(10);
        for strategy in Strategy::suiting(Link::Softmax) {
            group.bench_function(BenchmarkId::from_parameter(strategy), |b| {
                b.iter(|| choose(black_box(strategy), &pool, BATCH).expect("it chooses"));
            });
        }
        group.finish();
    }
}

criterion_group!(benches, strategies);
criterion_main!(benches);
