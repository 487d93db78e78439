//! Features against aeon's `MiniRocket` (data: `tests/oracles/kernels.py`), the graph against our own code, and
//! learning with any number of threads.

use super::bank::{Bank, Dilated, KERNELS, dilations};
use super::{Kernels, graph};
use crate::math::random;
use crate::modality::series::TimeSeries;
use crate::modality::series::resample::resample;
use crate::modality::series::time_series::Channel;
use crate::progress::Progress;
use crate::runtime::sessions::Sessions;
use crate::runtime::testing::runtime;

#[derive(serde::Deserialize)]
struct File {
    plans: Vec<(usize, usize, Vec<usize>, Vec<usize>)>,
    cases: Vec<Case>,
}

#[derive(serde::Deserialize)]
struct Case {
    channels: usize,
    length: usize,
    together: Vec<usize>,
    members: Vec<usize>,
    dilations: Vec<usize>,
    counts: Vec<usize>,
    thresholds: Vec<i32>,
    features: Vec<Vec<f32>>,
}

fn file() -> File {
    serde_json::from_str(include_str!("../../../tests/data/kernels.json")).unwrap()
}

/// The whole numbers that the script draws too.
fn drawn(from: usize, n: usize) -> Vec<i32> {
    (from as i64..(from + n) as i64)
        .map(|at| ((at * 7919 + at / 13 * 104_729 + at * at % 8191) % 4001 - 2000) as i32)
        .collect()
}

#[test]
fn features_are_those_of_aeon_under_the_same_dilations_channels_and_biases() {
    let File { cases, .. } = file();
    assert_eq!(cases.len(), 2);
    for case in cases {
        let (mut members, mut thresholds) = (case.members.into_iter(), case.thresholds.into_iter());
        let mut together = case.together.into_iter();
        let dilated = case.dilations.iter().zip(&case.counts).map(|(&dilation, &count)| Dilated {
            dilation,
            members: (0..KERNELS).map(|_| members.by_ref().take(together.next().unwrap()).collect()).collect(),
            thresholds: (0..KERNELS).map(|_| thresholds.by_ref().take(count).collect()).collect(),
        });
        let bank = Bank { channels: case.channels, length: case.length, dilated: dilated.collect() };
        assert_eq!(bank.features(), case.features[0].len());
        let size = case.channels * case.length;
        for (i, expected) in case.features.iter().enumerate() {
            let mut found = vec![0.0; bank.features()];
            bank.transform(&drawn(i * size, size), &mut found);
            let apart = found.iter().zip(expected).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
            assert!(apart < 1e-6, "{} channels, series {i}: {apart}", case.channels);
        }
    }
}

#[test]
fn dilations_are_those_of_aeon() {
    let File { plans, .. } = file();
    assert!(plans.len() >= 30);
    for (length, per_kernel, expected, counts) in plans {
        let (found, n): (Vec<usize>, Vec<usize>) = dilations(length, per_kernel).into_iter().unzip();
        assert_eq!((found, n), (expected, counts), "{length} steps, {per_kernel} features per kernel");
    }
}

/// Series of unlike lengths with gaps: slow and fast waves in two channels, a third one is the same everywhere.
fn pool(n: usize) -> Vec<TimeSeries> {
    let channel = |name: &str| Channel { name: name.to_owned(), unit: String::new() };
    (0..n as u64)
        .map(|i| {
            let length = 40 + (random::hash(3, i) % 30) as usize;
            let noise = |step: usize| random::unit(random::hash(i, step as u64)) as f32;
            let speed = if i % 2 == 0 { 0.2 } else { 0.9 };
            let wave = |step: usize, salt: f32| (step as f32 * speed + salt + i as f32).sin() + 0.3 * noise(step);
            let gap = |step: usize, value: f32| {
                if random::hash(i ^ 9, step as u64).is_multiple_of(10) { f32::NAN } else { value }
            };
            let mut values: Vec<f32> = (0..length).map(|step| gap(step, 40.0 + 5.0 * wave(step, 0.0))).collect();
            values.extend((0..length).map(|step| 1e-3 * wave(step, 1.0)));
            values.extend(std::iter::repeat_n(7.0, length));
            TimeSeries::new(vec![channel("temperature"), channel("flow"), channel("phase")], None, length, values)
        })
        .collect()
}

#[test]
fn the_graph_gives_what_our_own_code_gives_and_comes_back_whole() {
    let pool = pool(60);
    let kernels = Kernels::learn(&pool, 5, &Progress::silent()).unwrap();
    assert_eq!((kernels.dim(), kernels.channels.len()), (59, 3));
    let model = kernels.to_model();
    assert!(Kernels::from_model(&model).unwrap() == kernels, "the encoder changed on its way through the file");
    let Some(runtime) = runtime() else { return };
    let spec = kernels.spec();
    let mut tensors = vec![0.0; pool.len() * spec.tensor_len()];
    for (series, out) in pool.iter().zip(tensors.chunks_exact_mut(spec.tensor_len())) {
        resample(series, &spec.channels, &spec.fill, spec.length, out);
    }
    let sessions = Sessions::open(&runtime.on_cpu(), &model.to_bytes(), 1).unwrap();
    let found = sessions.run(graph::INPUT, &spec.signature().batch(pool.len()), &tensors, graph::OUTPUT).unwrap();
    let expected = kernels.embed(&pool, &Progress::silent()).unwrap();
    assert_eq!(found.shape, [60, 59]);
    let largest = expected.as_slice().iter().map(|value| value.abs()).fold(0.0, f32::max);
    let apart = found.values.iter().zip(expected.as_slice()).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
    assert!(apart < 1e-4 && largest > 0.1, "{apart} apart where the largest number is {largest}");
}

#[test]
fn an_encoder_learned_with_any_number_of_threads_is_the_same_to_the_bit() {
    let pool = pool(40);
    let on = |threads: usize, seed: u64| {
        let workers = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        workers.install(|| Kernels::learn(&pool, seed, &Progress::silent())).unwrap().to_model().to_bytes()
    };
    let one = on(1, 5);
    assert!(one == on(3, 5), "the bytes of the models differ");
    assert!(one != on(1, 6), "another seed learns another encoder");
}

#[test]
fn slow_and_fast_series_lie_apart_and_so_do_levels() {
    let mut all = pool(40);
    let level = |i: usize| if i < 20 { 10.0 } else { 90.0 };
    let named = |name: &str| Channel { name: name.to_owned(), unit: String::new() };
    // The shortest series there are, which differ in nothing but their level.
    all.extend((0..40).map(|i| TimeSeries::new(vec![named("temperature")], None, 1, vec![level(i) + 0.01 * i as f32])));
    let rows = Kernels::learn(&all, 1, &Progress::silent()).unwrap().embed(&all, &Progress::silent()).unwrap();
    let distance =
        |a: usize, b: usize| rows.row(a).iter().zip(rows.row(b)).map(|(x, y)| (x - y).powi(2)).sum::<f32>().sqrt();
    for (same, others) in [(0..40).step_by(2).collect::<Vec<usize>>(), (40..60).collect()]
        .into_iter()
        .zip([(1..40).step_by(2).collect::<Vec<usize>>(), (60..80).collect()])
    {
        for &i in &same {
            let nearest =
                |all: &[usize]| all.iter().filter(|&&j| j != i).map(|&j| distance(i, j)).fold(f32::MAX, f32::min);
            assert!(nearest(&same) < nearest(&others), "series {i}");
        }
    }
}

#[test]
fn too_few_series_unlike_channels_and_a_stop_are_told() {
    let pool = pool(6);
    let learn = |series: &[TimeSeries]| Kernels::learn(series, 1, &Progress::silent()).unwrap_err().to_string();
    assert!(learn(&pool[..1]).contains("too few"));
    let unlike: Vec<TimeSeries> = pool
        .iter()
        .enumerate()
        .map(|(i, one)| {
            let mut one = one.clone();
            one.channels.iter_mut().for_each(|channel| channel.name.push_str(&i.to_string()));
            one
        })
        .collect();
    assert!(learn(&unlike).contains("no channel is in at least half"));
    assert!(learn(&[pool[0].clone(), pool[0].clone(), pool[0].clone()]).contains("all series look the same"));
    let progress = Progress::silent();
    progress.stop();
    assert!(Kernels::learn(&pool, 1, &progress).is_err());
}
