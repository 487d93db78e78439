//! Networks for pictures, pretrained or learned from a pool: run by ONNX Runtime on prepared pixels.

use rayon::prelude::*;

use super::builtin::{Builtin, Learned, PoolSamples};
use super::family::{EncoderFamily, OpenedEncoder, StoredEncoder, no_axes};
use super::selftaught::{self, Images, LearningSettings};
use super::{Encoder, LocalEncoder};
use crate::domain::Modality;
use crate::modality::Preparation as _;
use crate::modality::image::PreparePictures;
use crate::modality::image::picture::{self, Decoded, Limits};
use crate::onnx::Model;
use crate::progress::Progress;
use crate::runtime::{EncodeError, LazyRuntime};

pub(super) const FAMILY: EncoderFamily =
    EncoderFamily { name: "pictures", modality: Modality::Image, open, parts: None, axes: no_axes };

pub(super) const BUILTIN: Builtin = Builtin { modality: Modality::Image, name: "selftaught", most: 10_000, learn };

/// Pictures that are decoded to learn how large they are.
const LOOK_AT: usize = 25;

fn open(runtime: &LazyRuntime, stored: &StoredEncoder<'_>) -> Result<OpenedEncoder, EncodeError> {
    let preparation = PreparePictures::new(stored.spec, stored.changes)?;
    let encoder = LocalEncoder::of(&runtime.get()?, &Model::read(stored.bytes()?)?, preparation.signature().clone())?;
    let encoder: Box<dyn Encoder> = Box::new(encoder);
    Ok(OpenedEncoder { preparation: Box::new(preparation), encoder })
}

fn learn(
    runtime: &LazyRuntime,
    pool: &PoolSamples<'_>,
    seed: u64,
    progress: &Progress,
) -> Result<Learned, EncodeError> {
    let settings = LearningSettings::for_side(usual_side(pool)).for_pool(pool.len);
    let shrunk: Vec<Vec<u8>> = (0..pool.len)
        .into_par_iter()
        .filter_map(|at| {
            let bytes = (pool.read)(at)?;
            let stopped = progress.stopped();
            let shrink = |decoded: Decoded| Images::shrink(&decoded.picture, settings.side);
            picture::with(&bytes, &Limits::default(), |decoded| (!stopped).then(|| shrink(decoded))).ok()?
        })
        .collect();
    if progress.stopped() {
        return Err(EncodeError::Stopped);
    }
    let mut images = Images::new(settings.side);
    for planes in &shrunk {
        images.push(planes);
    }
    let described = selftaught::learn(&runtime.get()?, &images, &settings, seed, progress)?;
    Ok(Learned { dim: described.spec.dim, spec: described.spec.to_json(), model: described.model })
}

/// The middle of the first pictures' shorter sides.
fn usual_side(pool: &PoolSamples<'_>) -> u32 {
    let side = |at: usize| {
        let picture = picture::decode(&(pool.read)(at)?, &Limits::default()).ok()?;
        Some(picture.width.min(picture.height))
    };
    let mut sides: Vec<u32> = (0..pool.len.min(LOOK_AT)).filter_map(side).collect();
    sides.sort_unstable();
    sides.get(sides.len() / 2).copied().unwrap_or(32)
}
