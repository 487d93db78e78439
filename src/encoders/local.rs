//! An encoder in ONNX Runtime, on this machine.

use std::path::Path;
use std::time::Instant;

use rayon::prelude::*;

use super::Encoder;
use crate::encoders::describe::{Described, Description};
use crate::math::Matrix;
use crate::modality::Signature;
use crate::modality::image::EncoderSpec;
use crate::onnx::Model;
use crate::runtime::sessions::Sessions;
use crate::runtime::{EncodeError, ProviderReport, Runtime};

/// Calls of each size that a calibration times.
const TRIALS: usize = 2;
/// Times that count as the same.
const ALIKE: f64 = 1.03;

/// An open network. Shared by threads: on the CPU each takes a session of its own.
pub struct LocalEncoder {
    sessions: Sessions,
    signature: Signature,
    batch: usize,
    /// What a calibration tries.
    batches: &'static [usize],
}

impl LocalEncoder {
    /// Open a model file with `spec`, or with the description beside it.
    ///
    /// # Errors
    /// When the file is not an encoder for images, or ONNX Runtime refuses it.
    pub fn open(runtime: &Runtime, path: &Path, spec: Option<&EncoderSpec>) -> Result<Self, EncodeError> {
        let given = spec.map(|spec| Description::parse(&spec.to_json())).transpose()?;
        let Described { model, spec, .. } = Described::read(path, given)?;
        Self::of(runtime, &model, spec.signature())
    }

    /// Open a model that is ready to run: what it gives as `signature.output` is the embedding.
    ///
    /// # Errors
    /// When ONNX Runtime refuses it.
    pub fn of(runtime: &Runtime, model: &Model, signature: Signature) -> Result<Self, EncodeError> {
        let sessions = Sessions::open(runtime, &model.to_bytes(), runtime.threads())?;
        let (batch, batches) = sessions.batches(model);
        Ok(Self { sessions, signature, batch, batches })
    }

    pub fn signature(&self) -> &Signature {
        &self.signature
    }
}

impl Encoder for LocalEncoder {
    fn dim(&self) -> usize {
        self.signature.dim
    }

    fn batch(&self) -> usize {
        self.batch
    }

    fn provider(&self) -> &ProviderReport {
        self.sessions.report()
    }

    fn calibrating(&self, threads: usize) -> usize {
        if self.batches.len() < 2 { 0 } else { (1 + TRIALS) * threads * self.batches.iter().sum::<usize>() }
    }

    /// Of equally fast sizes the smallest is taken, since it needs the least memory; sizes that do not fit in memory
    /// are skipped.
    fn calibrate(&mut self, threads: usize) {
        let usual = self.batch;
        let mut tried = Vec::with_capacity(self.batches.len());
        for &size in self.batches {
            self.batch = size;
            let tensors: Vec<f32> =
                (0..size * self.signature.numbers()).map(|i| (i * 37 % 255) as f32 / 127.0 - 1.0).collect();
            let turn = || (0..threads).into_par_iter().try_for_each(|_| self.encode(&tensors, size).map(drop));
            let timed = || {
                // The first call with a new shape plans its memory.
                turn()?;
                let started = Instant::now();
                (0..TRIALS).try_for_each(|_| turn())?;
                Ok::<f64, EncodeError>(started.elapsed().as_secs_f64() / size as f64)
            };
            match timed() {
                Ok(time) => tried.push((size, time)),
                Err(_) => break,
            }
        }
        self.batch = fastest(&tried).unwrap_or(usual);
    }

    fn encode(&self, tensors: &[f32], n: usize) -> Result<Matrix, EncodeError> {
        let Signature { input, output, dim, .. } = &self.signature;
        let len = self.signature.numbers();
        if tensors.len() != n * len {
            return Err(EncodeError::Spec(format!("{} numbers are not {n} samples of {len}", tensors.len())));
        }
        let mut rows = Vec::with_capacity(n * dim);
        for part in tensors.chunks(self.batch * len) {
            let m = part.len() / len;
            let given = self.sessions.run(input, &self.signature.batch(m), part, output)?;
            if given.shape != [m, *dim] {
                let text = format!("shape {:?} for {m} samples; [{m}, {dim}] was described", given.shape);
                return Err(EncodeError::Output(text));
            }
            rows.extend_from_slice(&given.values);
        }
        if rows.iter().any(|value| !value.is_finite()) {
            return Err(EncodeError::Output("numbers that are not finite; check mean, std and scale".to_owned()));
        }
        Ok(Matrix::new(n, *dim, rows))
    }
}

/// The smallest of the sizes with about the least time per image.
fn fastest(tried: &[(usize, f64)]) -> Option<usize> {
    let least = tried.iter().map(|(_, time)| *time).reduce(f64::min)?;
    tried.iter().find(|(_, time)| *time <= ALIKE * least).map(|(size, _)| *size)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::learn::graph::committee_model;
    use crate::learn::{Committee, Head, Link};
    use crate::math::random;
    use crate::models::deploy::{About, deployable};
    use crate::models::intake::{PictureIntake, PreparedInput};
    use crate::models::{Deployed, FileForm, Scorer};
    use crate::onnx::testing::shared;
    use crate::runtime::testing::runtime;

    #[test]
    fn of_sizes_that_are_about_as_fast_the_smallest_is_taken() {
        assert_eq!(fastest(&[(1, 2.0), (2, 1.02), (4, 1.0), (8, 1.5)]), Some(2));
        assert_eq!(fastest(&[(1, 1.0), (2, 1.1)]), Some(1));
        assert_eq!(fastest(&[]), None);
    }

    #[test]
    #[cfg_attr(not(developers_data), ignore = "needs the developers' encoders")]
    fn a_calibrated_encoder_keeps_to_a_size_it_tried_and_to_its_numbers() {
        let (shared, Some(runtime)) = (shared(), runtime()) else { return };
        let path = shared.join("encoders/squeezenet_v1.1.onnx");
        let mut encoder = LocalEncoder::open(&runtime, &path, None).unwrap();
        let x: Vec<f32> = (0..5 * encoder.signature().numbers()).map(|i| (i % 19) as f32 / 9.0 - 1.0).collect();
        let before = encoder.encode(&x, 5).unwrap();
        assert!(encoder.calibrating(2) > 0);
        encoder.calibrate(2);
        assert!([1, 2, 4, 8].contains(&encoder.batch()));
        let after = encoder.encode(&x, 5).unwrap();
        assert!(before.as_slice().iter().zip(after.as_slice()).all(|(a, b)| (a - b).abs() < 1e-3 * a.abs().max(1.0)));
    }

    #[test]
    #[cfg_attr(not(developers_data), ignore = "needs the developers' encoders")]
    fn real_encoders_give_the_numbers_their_descriptions_promise() {
        let (shared, Some(runtime)) = (shared(), runtime()) else { return };
        for stem in ["mobilenet_v1_1.0_224", "mobilenet_v2_1.0_224", "squeezenet_v1.1"] {
            let path = shared.join("encoders").join(format!("{stem}.onnx"));
            let encoder = LocalEncoder::open(&runtime, &path, None).unwrap();
            assert_eq!(Described::read(&path, None).unwrap().warnings, [""; 0], "{stem}");
            assert_eq!(encoder.provider().provider, "cpu");
            assert!(encoder.provider().nodes_by_provider["CPUExecutionProvider"] > 0);
            let x: Vec<f32> = (0..3)
                .flat_map(|c| (0..224).flat_map(move |h| (0..224).map(move |w| (c, h, w))))
                .map(|(c, h, w)| ((7 * c + 3 * h + w) % 17) as f32 / 8.0 - 1.0)
                .collect();
            let rows = encoder.encode(&[x.clone(), x].concat(), 2).unwrap();
            let text = std::fs::read_to_string(path.with_extension("json")).unwrap();
            let golden = &serde_json::from_str::<serde_json::Value>(&text).unwrap()["golden"];
            let sum: f64 = rows.row(0).iter().map(|&value| f64::from(value)).sum();
            let expected = golden["embedding_sum"].as_f64().unwrap();
            assert!((sum - expected).abs() < 1e-3 * expected, "{stem}: {sum} for {expected}");
            for pair in golden["largest_8"].as_array().unwrap() {
                let (at, expected) = (pair[0].as_u64().unwrap() as usize, pair[1].as_f64().unwrap());
                let found = f64::from(rows.row(1)[at]);
                assert!((found - expected).abs() < 2e-3 * expected, "{stem}[{at}]: {found} for {expected}");
            }
        }
    }

    #[test]
    #[cfg_attr(not(developers_data), ignore = "needs the developers' encoders")]
    fn a_batch_of_the_wrong_size_is_refused() {
        let (shared, Some(runtime)) = (shared(), runtime()) else { return };
        let path = shared.join("encoders/squeezenet_v1.1.onnx");
        let encoder = LocalEncoder::open(&runtime, &path, None).unwrap();
        assert!(matches!(encoder.encode(&[0.0; 7], 1), Err(EncodeError::Spec(_))));
        let not_finite = vec![f32::NAN; encoder.signature().numbers()];
        assert!(matches!(encoder.encode(&not_finite, 1), Err(EncodeError::Output(_))));
    }

    #[test]
    #[cfg_attr(not(developers_data), ignore = "needs the developers' encoders")]
    fn a_deployable_model_agrees_with_committee_and_encoder() {
        let (shared, Some(runtime)) = (shared(), runtime()) else { return };
        let path = shared.join("encoders/squeezenet_v1.1.onnx");
        let Described { model, spec, .. } = Described::read(&path, None).unwrap();
        let encoder = LocalEncoder::of(&runtime, &model, spec.signature()).unwrap();
        let number = |i: usize, stream: u64| (random::unit(random::hash(stream, i as u64)) - 0.5) as f32 * 4.0;
        let head = |m: usize| Head {
            weights: Matrix::new(3, spec.dim, (0..3 * spec.dim).map(|i| number(i, m as u64)).collect()),
            bias: (0..3).map(|i| number(i, 100 + m as u64)).collect(),
        };
        let committee = Committee::of_heads((0..8).map(head).collect(), Link::Softmax);
        let scorer = Scorer::from_bytes(&runtime, &committee_model(&committee).unwrap().to_bytes()).unwrap();
        let classes = ["a".to_owned(), "b \"quoted\"".to_owned(), "ü".to_owned()];
        let about = About { classes: &classes, round: 7, form: FileForm::default(), shift: &[] };
        let bytes = deployable(&model, &PictureIntake(spec.clone()), &committee, &about).unwrap().to_bytes();
        let deployed = Deployed::from_bytes(&runtime, &bytes).unwrap();
        assert_eq!(deployed.classes(), classes);
        let images: Vec<f32> = (0..3 * spec.tensor_len())
            .map(|i| (random::unit(random::hash(1, i as u64)) * 200.0 - 100.0) as f32)
            .collect();
        let each = images.chunks(spec.tensor_len()).map(|image| PreparedInput::Floats(image.to_vec()));
        let found = deployed.probabilities(&each.collect::<Vec<_>>()).unwrap();
        let votes = scorer.votes(encoder.encode(&images, 3).unwrap().as_slice(), 3).unwrap();
        for i in 0..3 {
            for k in 0..3 {
                let mean = (0..8).map(|m| votes[(i * 8 + m) * 3 + k]).sum::<f32>() / 8.0;
                assert!(
                    (found[i * 3 + k] - mean).abs() < 1e-5,
                    "image {i}, class {k}: {} for {mean}",
                    found[i * 3 + k]
                );
            }
        }
    }
}
