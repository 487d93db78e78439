//! One round as the server runs it: fit eight heads, write the committee's graph, score 100,000 samples with ONNX Runtime,
//! rank. Needs ONNX Runtime (`make setup`); both use one thread per core.

mod shape;

use criterion::{Criterion, criterion_group, criterion_main};
use querist::encode::runtime::Settings;
use querist::encode::{Runtime, Scorer};
use querist::learn::graph::committee_model;
use querist::learn::{Committee, Standardiser};
use querist::math::Matrix;
use querist::math::topk::top_k;
use querist::query::{self, Strategy};

/// Samples in the pool.
const N: usize = 100_000;
/// Labels known, and those the round before knew.
const LABELS: usize = 500;
const BEFORE: usize = 490;
/// Rows voted on at a time, as in `service::training`.
const BLOCK: usize = 32_768;
const BATCH: usize = 50;

struct Round {
    pool: Matrix,
    standardiser: Standardiser,
    runtime: Runtime,
    before: Committee,
}

impl Round {
    fn new() -> Self {
        let pool = shape::rows(N);
        let standardiser = Standardiser::from_pool(&pool).expect("finite");
        let before = shape::fit(&shape::first(&pool, BEFORE), &standardiser, None);
        let runtime = Runtime::open(&Settings::default()).expect("ONNX Runtime is set up");
        Self { pool, standardiser, runtime, before }
    }

    fn scorer(&self, committee: &Committee) -> Scorer {
        let model = committee_model(committee).expect("members").to_bytes();
        Scorer::from_bytes(&self.runtime, &model).expect("ONNX Runtime takes it")
    }

    fn score(&self, scorer: &Scorer) -> Vec<f32> {
        let mut scores = Vec::with_capacity(self.pool.rows());
        for rows in self.pool.as_slice().chunks(BLOCK * shape::D) {
            let block = Matrix::new(rows.len() / shape::D, shape::D, rows.to_vec());
            let votes = scorer.votes_all(&block).expect("it scores");
            scores.extend(query::score(Strategy::Bald, &votes));
        }
        scores
    }

    fn whole(&self, previous: Option<&Committee>) -> Vec<usize> {
        let known = shape::first(&self.pool, LABELS);
        let committee = shape::fit(&known, &self.standardiser, previous);
        let scores = self.score(&self.scorer(&committee));
        let ids: Vec<u64> = (0..self.pool.rows() as u64).collect();
        top_k(&scores, None, &ids, BATCH, 1)
    }
}

fn round(c: &mut Criterion) {
    let round = Round::new();
    let mut group = c.benchmark_group("round");
    group.sample_size(10);
    group.bench_function("whole, warm", |b| b.iter(|| round.whole(Some(&round.before))));
    group.bench_function("whole, cold", |b| b.iter(|| round.whole(None)));
    let scorer = round.scorer(&round.before);
    group.bench_function("score", |b| b.iter(|| round.score(&scorer)));
    group.bench_function("open", |b| b.iter(|| round.scorer(&round.before)));
    group.finish();
}

criterion_group!(benches, round);
criterion_main!(benches);
