//! The committee's eight members, from scratch and from the previous round: the first part of a round.

mod columns;
mod shape;

use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use querist::learn::trees::Boosting;
use querist::learn::{CommitteeOptions, Fitted, Standardiser, Targets, Training, Tuned, fit_committee, tune};
use querist::math::{Matrix, random};
use std::hint::black_box;

fn fit(c: &mut Criterion) {
    let pool = shape::rows_of(5_000, shape::D);
    let standardiser = Standardiser::from_pool(&pool).expect("finite");
    let mut group = c.benchmark_group("fit");
    group.sample_size(10);
    for labels in [50, 500, 2_000] {
        let known = shape::first(&pool, labels);
        group.bench_with_input(BenchmarkId::new("cold", labels), &known, |b, known| {
            b.iter(|| shape::fit(black_box(known), &standardiser, None));
        });
        let before = shape::fit(&shape::first(&pool, labels - labels / 50), &standardiser, None);
        group.bench_with_input(BenchmarkId::new("warm", labels), &known, |b, known| {
            b.iter(|| shape::fit(black_box(known), &standardiser, Some(&before)));
        });
    }
    group.finish();
}

/// One head against scikit-learn's (`peers/fit.py` prints its times for the same shapes and stop): one thread, fixed penalty.
fn head(c: &mut Criterion) {
    let one = rayon::ThreadPoolBuilder::new().num_threads(1).build().expect("a thread");
    let mut group = c.benchmark_group("head");
    group.sample_size(10);
    for (n, d, k) in [(1_000, 512, 10), (5_000, 1_280, 100)] {
        let rows = shape::rows_of(n, d);
        let labels: Vec<usize> = (0..n).map(|i| i % k).collect();
        let standardiser = Standardiser::from_pool(&rows).expect("finite");
        let options =
            CommitteeOptions { members: 1, tuned: Some(Tuned::fixed(1.0, 1.0)), ..CommitteeOptions::default() };
        let fit = |rows: &Matrix, labels: &[usize], before: Option<&Fitted>| {
            let training = Training { rows, targets: Targets::One(labels), weights: None, n_classes: k };
            one.install(|| fit_committee(&training, &standardiser, before, &options).expect("it fits"))
        };
        let shape = format!("{n} x {d}, {k} classes");
        group.bench_function(BenchmarkId::new("cold", &shape), |b| b.iter(|| fit(black_box(&rows), &labels, None)));
        // The previous round had one label in fifty less.
        let known = n - n / 50;
        let before = fit(&shape::first(&rows, known), &labels[..known], None);
        group.bench_function(BenchmarkId::new("warm", &shape), |b| {
            b.iter(|| fit(black_box(&rows), &labels, Some(&before)));
        });
    }
    group.finish();
}

/// A committee for label sets, from scratch: one logistic per class and member. A sample has the classes of its
/// cluster, and one in twenty differs.
fn sets(c: &mut Criterion) {
    let pool = shape::rows_of(5_000, shape::D);
    let standardiser = Standardiser::from_pool(&pool).expect("finite");
    let mut group = c.benchmark_group("sets");
    group.sample_size(10);
    for (labels, classes) in [(200, 10), (1_000, 10), (2_000, 20)] {
        let known = shape::first(&pool, labels);
        let has = |at: usize| {
            let (sample, class) = (at / classes, at % classes);
            (sample % shape::K == class % shape::K) != random::hash(1, at as u64).is_multiple_of(20)
        };
        let truth: Vec<bool> = (0..labels * classes).map(has).collect();
        let training = Training { rows: &known, targets: Targets::Sets(&truth), weights: None, n_classes: classes };
        let options = CommitteeOptions { tuned: Some(Tuned::fixed(1.0, 1.0)), ..CommitteeOptions::default() };
        group.bench_function(BenchmarkId::new("cold", format!("{labels} labels, {classes} classes")), |b| {
            b.iter(|| fit_committee(black_box(&training), &standardiser, None, &options).expect("it fits"));
        });
    }
    group.finish();
}

/// A committee of table rows with 50 columns: the choice of penalty, temperature and trees, and the fit with half of its members trees.
/// `tests/oracles/trees.py time` prints what scikit-learn's trees take.
fn trees(c: &mut Criterion) {
    let mut group = c.benchmark_group("trees");
    group.sample_size(10);
    for classes in [3, 10] {
        let (pool, labels) = columns::drawn(5_000, classes);
        let standardiser = Standardiser::of_columns(&pool, columns::AXES).expect("finite");
        let known = shape::first(&pool, 2_000);
        let targets = Targets::One(&labels[..2_000]);
        let training = Training { rows: &known, targets, weights: None, n_classes: classes };
        let shape = format!("2000 x 50, {classes} classes");
        group.bench_function(BenchmarkId::new("choice", &shape), |b| {
            b.iter(|| tune(black_box(&training), &standardiser, None, 1).expect("it chooses"));
        });
        let chosen = Boosting { of_eight: 4, rounds: 60, temperature: 1.0 };
        let tuned = Some(Tuned::fixed(3.16, 1.0).with_trees(Some(chosen)));
        let options = CommitteeOptions { tuned, ..CommitteeOptions::default() };
        group.bench_function(BenchmarkId::new("fit", &shape), |b| {
            b.iter(|| fit_committee(black_box(&training), &standardiser, None, &options).expect("it fits"));
        });
    }
    group.finish();
}

criterion_group!(benches, fit, head, sets, trees);
criterion_main!(benches);
