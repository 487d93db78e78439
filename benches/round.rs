//! One round as the server runs it: fit eight heads, write the committee's graph, score 100,000 samples with ONNX Runtime,
//! choose 50 by the default strategy, and by BALD. Needs ONNX Runtime (`make setup`); both use one thread per core.

mod columns;
mod shape;

use criterion::{Criterion, criterion_group, criterion_main};
use querist::learn::graph::committee_model;
use querist::learn::trees::Boosting;
use querist::learn::{
    Committee, CommitteeOptions, Fitted, Standardiser, Targets, Training, Tuned, Votes, fit_committee,
};
use querist::math::{Matrix, gemm};
use querist::models::Scorer;
use querist::query::{Opinion, OpinionError, Pick, Pool, Strategy, choose, queue, rules};
use querist::runtime::Runtime;
use querist::runtime::Settings;

/// Samples in the pool.
const N: usize = 100_000;
/// Labels known now, and in the previous round.
const LABELS: usize = 500;
const BEFORE: usize = 490;
const BATCH: usize = 50;
/// Samples put in order, as a server does, so that nobody waits while the next round runs.
const QUEUE: usize = 4096;

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
            targets: Targets::One(&labels),
            pending: &[],
            n_classes: shape::K,
            opinion: Some(&judge),
            margins: None,
            axes: 0,
            seed: 1,
        };
        queue(strategy, &pool, BATCH, QUEUE).expect("it chooses")
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
        self.scorer.votes_at(self.rows, at).map_err(|error| OpinionError(error.to_string()))
    }
}

fn round(c: &mut Criterion) {
    let round = Round::new();
    let mut group = c.benchmark_group("round");
    group.sample_size(10);
    for strategy in [Strategy::of(&rules::auto::RULE), Strategy::of(&rules::bald::RULE)] {
        group.bench_function(format!("{strategy}, warm"), |b| b.iter(|| round.whole(strategy, Some(&round.before))));
        group.bench_function(format!("{strategy}, cold"), |b| b.iter(|| round.whole(strategy, None)));
        group.bench_function(format!("{strategy}, without the fit"), |b| {
            b.iter(|| round.choose(strategy, &round.before));
        });
    }
    group.bench_function("open", |b| b.iter(|| round.scorer(&round.before.committee)));
    group.finish();
}

/// Entropy of a million samples by five heads of ten classes, the best hundred kept, beside the lower bound of any
/// implementation: the product of the pool with the heads, by the fastest kernels at hand and over all threads, and
/// nothing else.
fn million(c: &mut Criterion) {
    const MANY: usize = 1_000_000;
    const HEADS: usize = 5;
    const BEST: usize = 100;
    let pool = shape::rows_of(MANY, shape::D);
    let standardiser = Standardiser::from_pool(&pool).expect("finite");
    let known = shape::first(&pool, LABELS);
    let labels: Vec<usize> = (0..LABELS).map(|i| i % shape::K).collect();
    let training = Training { rows: &known, targets: Targets::One(&labels), weights: None, n_classes: shape::K };
    let options = CommitteeOptions { members: HEADS, ..CommitteeOptions::default() };
    let committee = fit_committee(&training, &standardiser, None, &options).expect("clusters can be learnt").committee;
    let heads: Vec<f32> = committee.heads.iter().flat_map(|head| head.weights.as_slice().to_vec()).collect();
    let heads = Matrix::new(HEADS * shape::K, shape::D, heads);
    let runtime = Runtime::open(&Settings::default()).expect("ONNX Runtime is set up");
    let model = committee_model(&committee).expect("members").to_bytes();
    let judge = Judge { scorer: Scorer::from_bytes(&runtime, &model).expect("ONNX Runtime takes it"), rows: &pool };
    let (ids, open): (Vec<u64>, Vec<usize>) = (0..MANY).map(|i| (i as u64, i)).unzip();
    let ask = Pool {
        rows: &pool,
        ids: &ids,
        open: &open,
        labeled: &[],
        targets: Targets::One(&[]),
        pending: &[],
        n_classes: shape::K,
        opinion: Some(&judge),
        margins: None,
        axes: 0,
        seed: 1,
    };
    let mut group = c.benchmark_group("million");
    group.sample_size(10);
    group.bench_function("the product alone", |b| b.iter(|| gemm::abt_shared(&pool, &heads)));
    group.bench_function("entropy, best 100", |b| {
        b.iter(|| choose(Strategy::of(&rules::entropy::RULE), &ask, BEST).expect("it chooses"));
    });
    group.finish();
}

/// A round of 100,000 table rows with 50 columns and 500 labels, half of its members trees.
fn tables(c: &mut Criterion) {
    const CLASSES: usize = 3;
    let (pool, labels) = columns::drawn(N, CLASSES);
    let standardiser = Standardiser::of_columns(&pool, columns::AXES).expect("finite");
    let known = shape::first(&pool, LABELS);
    let targets = Targets::One(&labels[..LABELS]);
    let training = Training { rows: &known, targets, weights: None, n_classes: CLASSES };
    let chosen = Boosting { of_eight: 4, rounds: 60, temperature: 1.0 };
    let tuned = Some(Tuned::fixed(3.16, 1.0).with_trees(Some(chosen)));
    let options = CommitteeOptions { tuned, ..CommitteeOptions::default() };
    let runtime = Runtime::open(&Settings::default()).expect("ONNX Runtime is set up");
    let ids: Vec<u64> = (0..N as u64).collect();
    let (labeled, open): (Vec<usize>, Vec<usize>) = (0..N).partition(|&i| i < LABELS);
    let mut group = c.benchmark_group("tables");
    group.sample_size(10);
    group.bench_function("auto, 100000 x 50 with trees", |b| {
        b.iter(|| {
            let fitted = fit_committee(&training, &standardiser, None, &options).expect("it fits");
            let model = committee_model(&fitted.committee).expect("members").to_bytes();
            let scorer = Scorer::from_bytes(&runtime, &model).expect("ONNX Runtime takes it");
            let judge = Judge { scorer, rows: &pool };
            let ask = Pool {
                rows: &pool,
                ids: &ids,
                open: &open,
                labeled: &labeled,
                targets,
                pending: &[],
                n_classes: CLASSES,
                opinion: Some(&judge),
                margins: None,
                axes: columns::AXES,
                seed: 1,
            };
            queue(Strategy::of(&rules::auto::RULE), &ask, BATCH, QUEUE).expect("it chooses")
        });
    });
    group.finish();
}

criterion_group!(benches, round, tables, million);
criterion_main!(benches);
