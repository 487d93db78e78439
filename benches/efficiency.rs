//! Whether the insight page's claims hold on labeled data: how often the random line's band covers what random labels really
//! reach, where each rule for stopping would have stopped, and how many of the labels that are called errors are.
//!
//! ```text
//! cargo bench --bench efficiency -- EMBEDDINGS.npy LABELS.npy [NAME]
//! ```
//! Embeddings are n × D, labels n classes from 0 on. Without files it says how to call it. See `docs/insight.md`.

#![expect(clippy::print_stdout, reason = "its numbers are its result")]

use std::collections::HashMap;
use std::path::Path;

use querist::domain::{ClassId, ClassSet, Goal, SampleId, StopRule};
use querist::evaluate::label_errors::judge;
use querist::evaluate::random_line::RandomSample;
use querist::evaluate::{RandomLine, classification::arg_max};
use querist::learn::{
    Committee, CommitteeOptions, Fitted, Standardiser, Training, Truth, fit_committee, out_of_sample, tune,
};
use querist::math::{Matrix, random};
use querist::query::{Judged, Pool, Strategy, choose};
use querist::service::experiments::simulate::npy;
use querist::service::insight::stopping;
use querist::store::audited::AuditedRound;

/// Audit labels of a line, and how many lines are made.
const AUDIT: usize = 120;
const LINES: u64 = 40;
/// Random training sets behind each true value, and behind those of many labels, which differ little.
const DRAWS: (u64, u64) = (100, 10);
/// What counts as many.
const MANY: f64 = 400.0;
/// Labels beyond the measured ones, as multiples of the last measured size.
const BEYOND: [f64; 5] = [2.0, 4.0, 8.0, 16.0, 32.0];
/// Labeling runs: seeds, labels at the start, per round and in all.
const RUNS: u64 = 5;
const START: usize = 20;
const BATCH: usize = 10;
const BUDGET: usize = 600;

/// Share of wrong labels, sizes of the sets that are judged, and how often each.
const WRONG: f64 = 0.05;
const JUDGED: [usize; 4] = [100, 300, 1_000, 3_000];
const SETS: u64 = 10;
/// Labels that somebody looks at first.
const FIRST: usize = 20;

struct Labeled {
    rows: Matrix,
    labels: Vec<usize>,
    classes: usize,
}

fn main() {
    let files: Vec<String> = std::env::args().skip(1).filter(|arg| !arg.starts_with("--")).collect();
    let [embeddings, labels, ..] = &files[..] else {
        println!("give embeddings and labels: cargo bench --bench efficiency -- X.npy y.npy");
        return;
    };
    let data = read(embeddings, labels);
    let name = files.get(2).map_or("the data", String::as_str);
    println!("{name}: {} samples, {} numbers each, {} classes", data.labels.len(), data.rows.cols(), data.classes);
    coverage(&data);
    stops(&data);
    errors(&data);
}

fn read(embeddings: &str, labels: &str) -> Labeled {
    let x = npy::read::<f32>(Path::new(embeddings)).expect("embeddings are read");
    let y = npy::read::<f64>(Path::new(labels)).expect("labels are read");
    let labels: Vec<usize> = y.numbers.iter().map(|label| *label as usize).collect();
    let classes = labels.iter().max().map_or(0, |most| most + 1);
    Labeled { rows: Matrix::new(x.shape[0], x.shape[1], x.numbers), labels, classes }
}

fn order(n: usize, seed: u64) -> Vec<usize> {
    let mut order: Vec<usize> = (0..n).collect();
    order.sort_by_key(|&i| (random::hash(seed, i as u64), i));
    order
}

impl Labeled {
    fn truth(&self, at: &[usize]) -> Truth {
        Truth::One(at.iter().map(|&i| self.labels[i]).collect())
    }

    fn fit(&self, at: &[usize], standardiser: &Standardiser, before: Option<&Fitted>) -> Fitted {
        let (rows, truth) = (self.rows.gather(at), self.truth(at));
        let training = Training { rows: &rows, targets: truth.targets(), weights: None, n_classes: self.classes };
        fit_committee(&training, standardiser, before, &CommitteeOptions::default()).expect("a committee is fitted")
    }

    fn said(&self, committee: &Committee, at: &[usize]) -> Vec<usize> {
        arg_max(&committee.probabilities(&self.rows.gather(at)), self.classes)
    }

    fn accuracy(&self, committee: &Committee, at: &[usize]) -> f64 {
        let said = self.said(committee, at);
        said.iter().zip(at).filter(|(said, i)| **said == self.labels[**i]).count() as f64 / at.len().max(1) as f64
    }
}

/// How often the band of the random line holds the mean accuracy of heads on random labels.
fn coverage(data: &Labeled) {
    let n = data.labels.len();
    let standardiser = Standardiser::from_pool(&data.rows).expect("the pool has rows");
    let lines: Vec<RandomLine> = (0..LINES)
        .map(|seed| {
            let audit: Vec<usize> = order(n, random::hash(1, seed)).into_iter().take(AUDIT).collect();
            let (rows, truth) = (data.rows.gather(&audit), data.truth(&audit));
            let groups: Vec<usize> = (0..audit.len()).collect();
            let sample =
                RandomSample { rows: &rows, targets: truth.targets(), n_classes: data.classes, groups: &groups };
            let options = CommitteeOptions { seed, ..CommitteeOptions::default() };
            RandomLine::cross_fit(&sample, &standardiser, &options, &|| false)
                .expect("heads are fitted")
                .expect("a line")
        })
        .collect();
    let measured: Vec<f64> = lines[0].sizes.iter().map(|size| *size as f64).collect();
    let last = measured[measured.len() - 1];
    let at: Vec<f64> = measured.iter().copied().chain(BEYOND.map(|times| times * last)).collect();
    println!("random line from {AUDIT} audit labels, {LINES} times; 95 % bands:");
    println!("  {:>7} {:>7} {:>9} {:>8} {:>7}", "labels", "truth", "mean line", "covered", "width");
    let points: Vec<_> = lines.iter().enumerate().map(|(seed, line)| line.at(&at, seed as u64)).collect();
    for (i, &labels) in at.iter().enumerate() {
        let truths: Vec<f64> = (0..if labels > MANY { DRAWS.1 } else { DRAWS.0 })
            .map(|draw| {
                let order = order(n, random::hash(2, draw));
                let (train, test) = order.split_at(labels.round() as usize);
                data.accuracy(&data.fit(train, &standardiser, None).committee, test)
            })
            .collect();
        let truth = truths.iter().sum::<f64>() / truths.len() as f64;
        let mean = points.iter().map(|line| line[i].accuracy).sum::<f64>() / points.len() as f64;
        let covered = points.iter().filter(|line| line[i].low <= truth && truth <= line[i].high).count();
        let width = points.iter().map(|line| line[i].high - line[i].low).sum::<f64>() / points.len() as f64;
        let kind = if labels > last { " extrapolated" } else { "" };
        println!("  {labels:>7.0} {truth:>7.3} {mean:>9.3} {:>8} {width:>7.3}{kind}", format!("{covered}/{LINES}"));
    }
}

/// Where each rule would have stopped, and what it left on the table.
fn stops(data: &Labeled) {
    let n = data.labels.len();
    let standardiser = Standardiser::from_pool(&data.rows).expect("the pool has rows");
    let both = |rules: &[StopRule]| Goal { rules: rules.to_vec(), target: Some(TARGET), ..Goal::default() };
    let named: [(&str, Goal); 5] = [
        ("stable", both(&[StopRule::Stable])),
        ("gain", both(&[StopRule::Gain])),
        ("stable and gain", both(&[StopRule::Stable, StopRule::Gain])),
        ("doubt", both(&[StopRule::Doubt])),
        ("target", both(&[StopRule::Target])),
    ];
    let mut stopped: HashMap<&str, Vec<(usize, f64)>> = HashMap::new();
    let mut ends = Vec::new();
    for seed in 0..RUNS {
        let drawn = order(n, random::hash(3, seed));
        let (audit, rest) = drawn.split_at(AUDIT);
        let (test, pool) = rest.split_at(rest.len() / 3);
        let truth: HashMap<SampleId, ClassSet> =
            audit.iter().map(|&i| (SampleId(i as i64), class(data.labels[i]))).collect();
        let mut rounds: Vec<AuditedRound> = Vec::new();
        let mut end = 0.0;
        label(data, pool, &standardiser, seed, |labels, committee, waiting| {
            let said = data.said(committee, audit);
            let predictions = audit.iter().zip(said).map(|(&i, said)| (SampleId(i as i64), class(said))).collect();
            let probe: Vec<usize> = waiting.iter().copied().take(2_000).collect();
            let opinion = committee.probabilities(&data.rows.gather(&probe));
            let doubts = opinion.chunks_exact(data.classes).map(|p| committee.link.doubt(p));
            let doubt = (!probe.is_empty()).then(|| doubts.sum::<f64>() / probe.len() as f64);
            let number = rounds.len() as i64 + 1;
            rounds.push(AuditedRound {
                number,
                n_labels: labels as i64,
                predictions,
                doubt,
                ..AuditedRound::default()
            });
            end = data.accuracy(committee, test);
            for (name, goal) in &named {
                let stops = stopped.entry(name).or_default();
                if stops.len() as u64 <= seed
                    && stopping::standing(goal, &rounds, &truth, labels as i64, seed).advice
                        == querist::evaluate::stopping::Advice::Stop
                {
                    stops.push((labels, end));
                }
            }
        });
        for stops in stopped.values_mut().filter(|stops| stops.len() as u64 <= seed) {
            stops.push((BUDGET, end));
        }
        ends.push(end);
    }
    let full = ends.iter().sum::<f64>() / ends.len() as f64;
    println!("stopping, {RUNS} runs of auto to {BUDGET} labels ({full:.3} there), target {TARGET}:");
    println!("  {:<16} {:>7} {:>9} {:>12} {:>12}", "rule", "labels", "accuracy", "points left", "labels saved");
    for (name, _) in &named {
        let stops = &stopped[name];
        let mean = |of: &dyn Fn(&(usize, f64)) -> f64| stops.iter().map(of).sum::<f64>() / stops.len() as f64;
        let (labels, accuracy) = (mean(&|stop| stop.0 as f64), mean(&|stop| stop.1));
        let (left, saved) = ((full - accuracy) * 100.0, 100.0 * (1.0 - labels / BUDGET as f64));
        println!("  {name:<16} {labels:>7.0} {accuracy:>9.3} {left:>12.1} {saved:>10.0} %");
    }
}

/// The target that the rule of that name is given.
const TARGET: f64 = 0.75;

/// How many planted errors the finder of doubtful labels finds, and how many of those it names are planted.
fn errors(data: &Labeled) {
    let standardiser = Standardiser::from_pool(&data.rows).expect("the pool has rows");
    println!("labels of which {:.0} % are wrong, {SETS} times:", WRONG * 100.0);
    println!("  {:>7} {:>7} {:>10} {:>7} {:>9}", "labels", "named", "precision", "recall", "first 20");
    for n in JUDGED.into_iter().filter(|n| *n <= data.labels.len()) {
        let (mut named, mut hits, mut planted, mut first) = (0usize, 0usize, 0usize, 0usize);
        for seed in 0..SETS {
            let at: Vec<usize> = order(data.labels.len(), random::hash(5, seed)).into_iter().take(n).collect();
            let wrong: Vec<bool> = (0..n).map(|i| (i as f64) < WRONG * n as f64).collect();
            let shift = |i: usize| 1 + random::hash(random::hash(6, seed), i as u64) as usize % (data.classes - 1);
            let given = at.iter().zip(&wrong).enumerate().map(|(i, (&at, wrong))| {
                if *wrong { (data.labels[at] + shift(i)) % data.classes } else { data.labels[at] }
            });
            let given: Vec<usize> = given.collect();
            let (rows, truth) = (data.rows.gather(&at), Truth::One(given.clone()));
            let training = Training { rows: &rows, targets: truth.targets(), weights: None, n_classes: data.classes };
            let tuned = tune(&training, &standardiser, None, seed).expect("a penalty is found");
            let p = out_of_sample(&training, &standardiser, &tuned, seed).expect("heads are fitted").into_vec();
            let judged = judge(&given, &p, data.classes);
            let mut doubtful: Vec<usize> = (0..n).filter(|&i| judged[i].suggested != vec![given[i]]).collect();
            doubtful.sort_by(|&a, &b| judged[a].own.total_cmp(&judged[b].own));
            named += judged.iter().filter(|one| one.error).count();
            hits += (0..n).filter(|&i| judged[i].error && wrong[i]).count();
            planted += wrong.iter().filter(|wrong| **wrong).count();
            first += doubtful.iter().take(FIRST).filter(|&&i| wrong[i]).count();
        }
        let share = |a: usize, b: usize| a as f64 / b.max(1) as f64;
        let (precision, recall) = (share(hits, named), share(hits, planted));
        let (named, first) = (named as f64 / SETS as f64, first as f64 / SETS as f64);
        println!("  {n:>7} {named:>7.1} {precision:>10.2} {recall:>7.2} {first:>9.1}");
    }
}

fn class(label: usize) -> ClassSet {
    ClassSet::from(ClassId(label as i64 + 1))
}

/// Label the pool by `auto`, and show each round's labels, committee and waiting samples.
fn label(
    data: &Labeled,
    pool: &[usize],
    standardiser: &Standardiser,
    seed: u64,
    mut see: impl FnMut(usize, &Committee, &[usize]),
) {
    let rows = data.rows.gather(pool);
    let ids: Vec<u64> = (0..pool.len() as u64).collect();
    let auto: Strategy = "auto".parse().expect("auto is a strategy");
    let mut asked: Vec<usize> = order(pool.len(), random::hash(4, seed)).into_iter().take(START).collect();
    let mut before: Option<Fitted> = None;
    while asked.len() <= BUDGET.min(pool.len()) {
        let known: Vec<usize> = asked.iter().map(|&at| pool[at]).collect();
        let fitted = data.fit(&known, standardiser, before.as_ref());
        let open: Vec<usize> = (0..pool.len()).filter(|at| !asked.contains(at)).collect();
        see(asked.len(), &fitted.committee, &open.iter().map(|&at| pool[at]).collect::<Vec<_>>());
        let truth = data.truth(&known);
        let judged = Judged { committee: &fitted.committee, rows: &rows };
        let ask = Pool {
            rows: &rows,
            ids: &ids,
            open: &open,
            labeled: &asked,
            targets: truth.targets(),
            pending: &[],
            n_classes: data.classes,
            opinion: Some(&judged),
            margins: None,
            axes: 0,
            seed: random::hash(seed, asked.len() as u64),
        };
        let picks = choose(auto, &ask, BATCH).expect("samples are chosen");
        asked.extend(picks.into_iter().map(|pick| pick.index));
        before = Some(fitted);
    }
}
