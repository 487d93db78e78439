//! One round as the server runs it: fit eight heads, write the committee's graph, score 100,000 samples with ONNX Runtime,
//! choose 50 by the default strategy, and by BALD. Needs ONNX Runtime (`make setup`); both use one thread per core.

mod shape;

use criterion::{Criterion, criterion_group, criterion_main};
use querist::encode::runtime::Settings;
use querist::encode::{Runtime, Scorer};
use querist::learn::graph::committee_model;
use querist::learn::{Committee, Fitted, Standardiser, Votes};
use querist::math::Matrix;
use querist::query::{Opinion, OpinionError, Pick, Pool, Strategy, choose};

/// Samples in the pool.
const N: usize = 100_000;
/// Labels known, and those the round before knew.
const LABELS: usize = 500;
const BEFORE: usize = 490;
const BATCH: usize = 50;

struct Round {
    pool: Matrix,
    standardiser: Standardiser,
    runtime: Runtime,
    before: Fitted,
}

impl Round {
    fn new() -> Self {
        let pool = shape::rows_of(N, shape::D);
        let standardiser = Standardiser::from_pool(&pool).expect("finite");
        let before = shape::fit(&shape::first(&pool, BEFORE), &standardiser, None);
        let runtime = Runtime::open(&Settings::default()).expect("ONNX Runtime is set up");
        Self { pool, standardiser, runtime, before }
    }

    fn scorer(&self, committee: &Committee) -> Scorer {
        let model = committee_model(committee).expect("members").to_bytes();
        Scorer::from_bytes(&self.runtime, &model).expect("ONNX Runtime takes it")
    }

    fn choose(&self, strategy: Strategy, fitted: &Fitted) -> Vec<Pick> {
        let judge = Judge { scorer: self.scorer(&fitted.committee), rows: &self.pool };
        let ids: Vec<u64> = (0..N as u64).collect();
        let (labeled, open): (Vec<usize>, Vec<usize>) = (0..N).partition(|&i| i < LABELS);
        let labels: Vec<usize> = labeled.iter().map(|i| i % shape::K).collect();
        let pool = Pool {
            rows: &self.pool,
            ids: &ids,
            open: &open,
            labeled: &labeled,
            labels: &labels,
            pending: &[],
            n_classes: shape::K,
            opinion: Some(&judge),
            seed: 1,
        };
        choose(strategy, &pool, BATCH).expect("it chooses")
    }

    fn whole(&self, strategy: Strategy, previous: Option<&Fitted>) -> Vec<Pick> {
        let fitted = shape::fit(&shape::first(&self.pool, LABELS), &self.standardiser, previous);
        self.choose(strategy, &fitted)
    }
}

/// The committee in ONNX Runtime, as in `service::training`.
struct Judge<'a> {
    scorer: Scorer,
    rows: &'a Matrix,
}

impl Opinion for Judge<'_> {
    fn votes(&self, at: &[usize]) -> Result<Votes, OpinionError> {
        self.scorer.votes_all(&self.rows.gather(at)).map_err(|error| OpinionError(error.to_string()))
    }
}

fn round(c: &mut Criterion) {
    let round = Round::new();
    let mut group = c.benchmark_group("round");
    group.sample_size(10);
    for strategy in [Strategy::Auto, Strategy::Bald] {
        group.bench_function(format!("{strategy}, warm"), |b| b.iter(|| round.whole(strategy, Some(&round.before))));
        group.bench_function(format!("{strategy}, cold"), |b| b.iter(|| round.whole(strategy, None)));
        group.bench_function(format!("{strategy}, without the fit"), |b| {
            b.iter(|| round.choose(strategy, &round.before));
        });
    }
    group.bench_function("open", |b| b.iter(|| round.scorer(&round.before.committee)));
    group.finish();
}

criterion_group!(benches, round);
criterion_main!(benches);
