//! The learned graph against its definition in `NumPy` (data: `tests/oracles/pictures.py`), and learning with any number of threads.

use super::dictionary::Dictionary;
use super::spectrum::Projection;
use super::{Images, PATCH_LEN, Settings, graph, learn};
use crate::math::{Matrix, random};
use crate::progress::Progress;
use crate::runtime::sessions::Sessions;
use crate::runtime::testing::runtime;

#[derive(serde::Deserialize)]
struct File {
    expected: Vec<Vec<f32>>,
}

fn wave(n: usize, salt: usize, height: f64) -> Vec<f32> {
    (0..n).map(|i| (height * (i as f64 * 1.7 + salt as f64).sin()) as f32).collect()
}

fn level(i: usize) -> u8 {
    ((i * 37 + i / 11 * 53) % 256) as u8
}

fn settings(side: usize) -> Settings {
    Settings { side, strides: [2, 1], iterations: 3, ..Settings::for_side(32) }
}

#[test]
fn the_graph_computes_what_numpy_computes_by_definition() {
    let Some(runtime) = runtime() else { return };
    let File { expected } = serde_json::from_str(include_str!("../../../tests/data/selftaught.json")).unwrap();
    let (side, dim, counts) = (24, 4, [5, 3]);
    let dictionaries: Vec<Dictionary> = (0..2)
        .map(|scale| Dictionary {
            whitening: Matrix::new(PATCH_LEN, PATCH_LEN, wave(PATCH_LEN * PATCH_LEN, 1 + scale, 0.3)),
            shift: wave(PATCH_LEN, 3 + scale, 0.5),
            centroids: Matrix::new(counts[scale], PATCH_LEN, wave(counts[scale] * PATCH_LEN, 5 + scale, 1.0)),
        })
        .collect();
    let width = 4 * (counts[0] + counts[1]);
    let projection = Projection { rows: Matrix::new(dim, width, wave(dim * width, 7, 1.0)), mean: wave(width, 8, 0.2) };
    let model = graph::model(&settings(side), &dictionaries, Some(&projection));
    let sessions = Sessions::open(&runtime.on_cpu(), &model.to_bytes(), 1).unwrap();
    let len = 3 * side * side;
    let levels: Vec<f32> =
        (0..2).flat_map(|picture| (0..len).map(move |i| f32::from(level(i + 1000 * picture)))).collect();
    let found = sessions.run(graph::INPUT, &[2, 3, side, side], &levels, graph::OUTPUT).unwrap();
    assert_eq!(found.shape, [2, dim]);
    for (found, expected) in found.values.iter().zip(expected.concat()) {
        assert!((found - expected).abs() < 1e-3 * expected.abs().max(1.0), "{found} for {expected}");
    }
}

#[test]
fn an_encoder_learned_with_any_number_of_threads_is_the_same_to_the_bit() {
    let Some(runtime) = runtime() else { return };
    let mut images = Images::new(24);
    for picture in 0..40 {
        let planes: Vec<u8> = (0..3 * 24 * 24)
            .map(|i| level(i + 77 * picture) / 2 + (random::hash(picture as u64, i as u64 / 5) % 128) as u8)
            .collect();
        images.push(&planes);
    }
    let settings = settings(24).for_pool(images.len());
    let on = |threads: usize, seed: u64| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| learn(&runtime, &images, &settings, seed, &Progress::silent())).unwrap().model.to_bytes()
    };
    let one = on(1, 5);
    assert!(one == on(3, 5), "the bytes of the models differ");
    assert!(one != on(1, 6), "another seed learns another encoder");
}
