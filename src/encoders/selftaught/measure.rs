//! How good a learned encoder is, for `docs/encoder.md`: not part of the tests, since it takes minutes.

use std::io::Read as _;
use std::time::Instant;

use rayon::prelude::*;

use super::{Images, Settings, learn};
use crate::encoders::{Encoder as _, LocalEncoder};
use crate::modality::image::{picture, preprocess};
use crate::progress::Progress;
use crate::runtime::testing::runtime;

/// Learns from the training part of `QUERIST_MEASURE_TAR` (NAME/SPLIT/CLASS/FILE.jpg) and writes `x.f32` (n × D), `y.txt` (split and class per line) and `facts.txt` to `QUERIST_MEASURE_OUT`.
#[test]
#[ignore = "takes minutes; see docs/encoder.md"]
fn embeddings_of_a_labeled_archive() {
    let tar = std::env::var("QUERIST_MEASURE_TAR").unwrap();
    let out = std::path::PathBuf::from(std::env::var("QUERIST_MEASURE_OUT").unwrap());
    let number = |name: &str| std::env::var(name).ok().and_then(|text| text.parse::<usize>().ok());
    std::fs::create_dir_all(&out).unwrap();
    let runtime = runtime().unwrap();
    let mut archive = tar::Archive::new(std::fs::File::open(tar).unwrap());
    let mut files = Vec::new();
    for entry in archive.entries().unwrap() {
        let mut entry = entry.unwrap();
        let path = entry.path().unwrap().into_owned();
        let parts: Vec<String> = path.iter().map(|part| part.to_string_lossy().into_owned()).collect();
        if parts.len() == 4 {
            let mut bytes = Vec::new();
            entry.read_to_end(&mut bytes).unwrap();
            files.push((parts[1].clone(), parts[2].clone(), bytes));
        }
    }
    let start = Instant::now();
    let pictures: Vec<_> =
        files.par_iter().map(|(_, _, bytes)| picture::decode(bytes, &picture::Limits::default()).unwrap()).collect();
    println!("decoded {} in {:?}", pictures.len(), start.elapsed());
    let mut settings = Settings::for_side(pictures[0].width.min(pictures[0].height))
        .for_pool(files.iter().filter(|file| file.0 != "test").count());
    let set = |field: &mut usize, name: &str| *field = number(name).unwrap_or(*field);
    set(&mut settings.side, "SIDE");
    set(&mut settings.centroids[0], "K0");
    set(&mut settings.centroids[1], "K1");
    set(&mut settings.strides[0], "STRIDE0");
    set(&mut settings.strides[1], "STRIDE1");
    set(&mut settings.dim, "DIM");
    set(&mut settings.pictures, "PICTURES");
    let whitening = std::env::var("WHITENING").ok().and_then(|text| text.parse().ok());
    settings.whitening = whitening.unwrap_or(settings.whitening);
    set(&mut settings.patches, "PATCHES");
    let mut images = Images::new(settings.side);
    for (picture, file) in pictures.iter().zip(&files) {
        if file.0 != "test" {
            images.push(&Images::shrink(picture, settings.side));
        }
    }
    let start = Instant::now();
    let described = learn(&runtime, &images, &settings, 1, &Progress::silent()).unwrap();
    let learned = start.elapsed();
    let size = described.model.to_bytes().len();
    let spec = described.spec;
    let encoder = LocalEncoder::of(&runtime, &described.model, spec.signature()).unwrap();
    let start = Instant::now();
    let rows: Vec<f32> = pictures
        .par_chunks(encoder.batch())
        .flat_map_iter(|pictures| {
            let len = spec.tensor_len();
            let mut tensors = vec![0.0; len * pictures.len()];
            for (picture, tensor) in pictures.iter().zip(tensors.chunks_mut(len)) {
                preprocess::prepare(picture, &spec, tensor);
            }
            encoder.encode(&tensors, pictures.len()).unwrap().into_vec()
        })
        .collect();
    let per_second = pictures.len() as f64 / start.elapsed().as_secs_f64();
    let facts = format!(
        "{settings:?}\nlearned from {} in {learned:?}; {per_second:.0} images/s; model {size} bytes; dim {}\n",
        images.len(),
        encoder.dim()
    );
    println!("{facts}");
    std::fs::write(out.join("facts.txt"), facts).unwrap();
    std::fs::write(out.join("x.f32"), rows.iter().flat_map(|value| value.to_le_bytes()).collect::<Vec<_>>()).unwrap();
    let lines: String = files.iter().flat_map(|(split, class, _)| [split, " ", class, "\n"]).collect();
    std::fs::write(out.join("y.txt"), lines).unwrap();
}
