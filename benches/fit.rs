//! The committee's eight heads, from nothing and from the round before: what an answer waits for first.

mod shape;

use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use querist::learn::Standardiser;
use std::hint::black_box;

fn fit(c: &mut Criterion) {
    let pool = shape::rows(5_000);
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

criterion_group!(benches, fit);
criterion_main!(benches);
