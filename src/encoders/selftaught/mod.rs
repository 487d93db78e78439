//! The encoder that needs no download: learned from the pool's own pictures, without labels.
//!
//! Coates, Lee and Ng 2011, "An analysis of single-layer networks in unsupervised feature learning": small patches are
//! contrast-normalised and whitened, k-means gives a dictionary of them, each patch answers with how much nearer than
//! average it is to each entry (the triangle activation), answers are averaged over the quadrants of the picture. Two
//! scales are taken, the picture and its half, and the answers are projected by PCA with damped whitening. All of it
//! becomes one ONNX graph, so that a learned encoder is run, stored and deployed like any other.
//!
//! **Invariant:** the same pictures in the same order and the same seed give the same encoder, with any number of threads.

mod dictionary;
mod graph;
mod images;
#[cfg(test)]
mod measure;
#[cfg(test)]
mod oracle;
mod spectrum;

pub use images::Images;

use rayon::prelude::*;

use crate::domain::Stage;
use crate::encoders::describe::Described;
use crate::math::Matrix;
use crate::modality::image::spec::{Channels, EncoderSpec, Filter, Resize, TensorLayout};
use crate::progress::Progress;
use crate::runtime::sessions::Sessions;
use crate::runtime::{EncodeError, Runtime};
use dictionary::Dictionary;

/// Pixels on the side of a patch.
const PATCH: usize = 6;
/// Numbers in a patch.
const PATCH_LEN: usize = 3 * PATCH * PATCH;
/// Numbers per embedding that even the smallest pool gets.
const LEAST_DIM: usize = 16;
/// Images per call while the projection is learned.
const BATCH: usize = 4;

/// How an encoder is learned. `docs/encoder.md` has the measured effect of each value.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LearningSettings {
    /// Pixels on the side of the square that every picture is resized to; even.
    pub side: usize,
    /// Dictionary entries for the picture and for its half.
    pub centroids: [usize; 2],
    /// Pixels between patches, for the picture and for its half.
    pub strides: [usize; 2],
    /// Patches that each dictionary is learned from.
    pub patches: usize,
    /// Rounds of k-means.
    pub iterations: usize,
    /// Pictures that the projection is learned from, at most.
    pub pictures: usize,
    /// Numbers per embedding, at most.
    pub dim: usize,
    /// How far the variances of an embedding's numbers are made equal: from 0, not at all, to ½, wholly.
    pub whitening: f64,
}

impl LearningSettings {
    /// The measured defaults for pictures whose shorter sides are `side` pixels in the middle of the pool.
    pub fn for_side(side: u32) -> Self {
        let small = Self {
            side: 32,
            centroids: [512, 256],
            strides: [1, 1],
            patches: 60_000,
            iterations: 12,
            pictures: 5_000,
            dim: 384,
            whitening: 0.25,
        };
        // Larger pictures carry more; a stride of two keeps the work the same.
        if side <= 40 { small } else { Self { side: 64, strides: [2, 1], ..small } }
    }

    /// The same for a pool of `n` pictures: a small pool holds too little for a large dictionary, and its weaker directions
    /// are noise that a head would fit.
    pub fn for_pool(self, n: usize) -> Self {
        let entries = self.centroids.map(|entries| entries.min(n.max(16)));
        let dim = self.dim.min((n / 2).max(LEAST_DIM));
        Self { centroids: entries, patches: self.patches.min(n.max(16) * 100), dim, ..self }
    }
}

/// Learn an encoder from `images`.
///
/// Cost: dominated by running the dictionary over `settings.pictures` images; seconds to a minute on two cores.
///
/// # Errors
/// When there are fewer than two images, ONNX Runtime fails, or `progress` was stopped.
pub fn learn(
    runtime: &Runtime,
    images: &Images,
    settings: &LearningSettings,
    seed: u64,
    progress: &Progress,
) -> Result<Described, EncodeError> {
    if images.len() < 2 {
        return Err(EncodeError::Learn(format!("{} pictures are too few; import at least 2", images.len())));
    }
    if images.side() != settings.side || !settings.side.is_multiple_of(2) || settings.side < 4 * PATCH {
        return Err(EncodeError::Learn(format!(
            "pictures of side {} do not fit side {}",
            images.side(),
            settings.side
        )));
    }
    let half = images.halved();
    let mut dictionaries = Vec::with_capacity(2);
    for (scale, images) in [images, &half].into_iter().enumerate() {
        let entries = settings.centroids[scale];
        dictionaries.push(Dictionary::learn(images, entries, settings, seed.wrapping_add(scale as u64), progress)?);
    }
    let features = features(runtime, images, &dictionaries, settings, progress)?;
    let projection = spectrum::projection(&features, settings.dim, settings.whitening, seed)?;
    let model = graph::model(settings, &dictionaries, Some(&projection));
    let side = settings.side as u32;
    let spec = EncoderSpec {
        input: graph::INPUT.to_owned(),
        width: side,
        height: side,
        layout: TensorLayout::Nchw,
        channels: Channels::Rgb,
        scale: 1.0,
        mean: [0.0; 3],
        std: [1.0; 3],
        resize: Resize::Squash,
        filter: Filter::Bilinear,
        output: graph::OUTPUT.to_owned(),
        dim: projection.dim(),
    };
    Ok(Described { model, spec, warnings: Vec::new() })
}

/// The pooled answers of the dictionaries over the first pictures: n × F.
fn features(
    runtime: &Runtime,
    images: &Images,
    dictionaries: &[Dictionary],
    settings: &LearningSettings,
    progress: &Progress,
) -> Result<Matrix, EncodeError> {
    let model = graph::model(settings, dictionaries, None);
    let sessions = Sessions::open(&runtime.on_cpu(), &model.to_bytes(), runtime.threads())?;
    let n = images.len().min(settings.pictures);
    let width = 4 * dictionaries.iter().map(Dictionary::entries).sum::<usize>();
    let mut all = Matrix::zeros(n, width);
    let done = std::sync::atomic::AtomicUsize::new(0);
    all.as_mut_slice().par_chunks_mut(BATCH * width).enumerate().try_for_each(|(i, out)| {
        if progress.stopped() {
            return Err(EncodeError::Stopped);
        }
        let m = out.len() / width;
        let tensors: Vec<f32> = (0..m).flat_map(|j| images.planes(i * BATCH + j)).collect();
        let shape = [m, 3, settings.side, settings.side];
        let output = sessions.run(graph::INPUT, &shape, &tensors, graph::OUTPUT)?;
        out.copy_from_slice(&output.values);
        let done = done.fetch_add(m, std::sync::atomic::Ordering::Relaxed) + m;
        progress.report(done as u64, n as u64, &Stage::Projection);
        Ok(())
    })?;
    Ok(all)
}
