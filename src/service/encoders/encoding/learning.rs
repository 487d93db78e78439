//! The built-in encoder, learned from a project's own pictures.

use rayon::prelude::*;

use super::EncodingError;
use crate::blobs::ORIGINAL;
use crate::domain::{EncoderId, Modality, Project};
use crate::encoders::selftaught::{self, Images, LearningSettings};
use crate::math::random;
use crate::modality::image::picture::{self, Decoded, Limits};
use crate::progress::Progress;
use crate::runtime::EncodeError;
use crate::service::App;
use crate::service::encoders::adding::{self as encoders, EncodersError, Origin};
use crate::store::encoders::{EncoderKind, EncoderRow, SampleFile};

/// Pictures that the built-in encoder is learned from, at most.
const LEARN_FROM: usize = 10_000;
/// Pictures that are decoded to learn how large they are.
const LOOK_AT: usize = 25;

/// An encoder learned from fewer pictures than this is learned anew when the pool has doubled, any other when it is four times
/// as large.
const FEW: usize = 100;

/// Whether an encoder learned from so many pictures should be learned anew from a pool of `now`.
fn outgrown(learned_from: usize, now: usize) -> bool {
    now.min(LEARN_FROM) >= learned_from * if learned_from < FEW { 2 } else { 4 }
}

/// Whether the project's built-in encoder was learned from far fewer pictures than there are now. One that somebody
/// switched back to is left alone.
pub(super) async fn is_outgrown(app: &App, project: &Project, pictures: usize) -> Result<bool, EncodingError> {
    let of_this_pool = |row: &EncoderRow| row.kind == EncoderKind::Builtin && row.project_id == Some(project.id);
    let learned: Vec<EncoderRow> = app.store.encoders().await?.into_iter().filter(of_this_pool).collect();
    let present = learned.iter().find(|row| Some(row.id) == project.encoder_id);
    let Some(from) = present.and_then(|row| row.learned_from) else { return Ok(false) };
    let newest = learned.iter().all(|row| row.learned_from.is_some_and(|other| other <= from));
    Ok(newest && outgrown(from as usize, pictures))
}

/// The project's first encoder, learned from its pool and put to use unless another was chosen meanwhile; whether it is used.
pub(super) async fn first(
    app: &App,
    project: &Project,
    samples: &[SampleFile],
    progress: Progress,
) -> Result<bool, EncodingError> {
    let name = format!("selftaught-{}", project.slug);
    let encoder = match app.store.encoder_named(&name).await? {
        // An earlier run ended between storing the encoder and updating the project.
        Some(row) => row.id,
        None => match learn(app, project, &name, samples, progress).await {
            // Another process was faster.
            Err(EncodingError::Encoders(EncodersError::Taken(_))) => encoders::by_name(app, &name).await?.id,
            learned => learned?,
        },
    };
    Ok(app.store.save_first_encoder(project.id, encoder).await?)
}

/// Another encoder learned from the current pool, in addition to the existing ones.
pub(super) async fn again(
    app: &App,
    project: &Project,
    samples: &[SampleFile],
    progress: Progress,
) -> Result<EncoderId, EncodingError> {
    let taken: Vec<String> = app.store.encoders().await?.into_iter().map(|row| row.name).collect();
    let mut number = 2;
    let mut name = format!("selftaught-{}-{number}", project.slug);
    while taken.contains(&name) {
        number += 1;
        name = format!("selftaught-{}-{number}", project.slug);
    }
    learn(app, project, &name, samples, progress).await
}

async fn learn(
    app: &App,
    project: &Project,
    name: &str,
    samples: &[SampleFile],
    progress: Progress,
) -> Result<EncoderId, EncodingError> {
    if project.modality != Modality::Image {
        return Err(EncodingError::NoBuiltIn(project.modality));
    }
    let seed = project.seed as u64;
    let mut chosen: Vec<(u64, String)> =
        samples.iter().map(|sample| (random::hash(seed, sample.id.0 as u64), sample.hash.clone())).collect();
    // A seeded choice that does not depend on the order in which samples came.
    chosen.sort_unstable();
    chosen.truncate(LEARN_FROM);
    let pictures = chosen.len();
    let inner = app.clone();
    let described = app
        .cpu
        .run(move || {
            let settings = LearningSettings::for_side(usual_side(&inner, &chosen)).for_pool(chosen.len());
            let shrunk: Vec<Vec<u8>> = chosen
                .par_iter()
                .filter_map(|(_, hash)| {
                    let bytes = inner.blobs.get(ORIGINAL, hash).ok()?;
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
            selftaught::learn(&inner.runtime.get()?, &images, &settings, seed, &progress)
        })
        .await??;
    let (origin, dim) = (Origin::Pool { project: project.id, pictures }, described.spec.dim);
    Ok(encoders::store(app, name, origin, described.model, described.spec.to_json(), dim).await?)
}

/// The middle of the first pictures' shorter sides.
fn usual_side(app: &App, chosen: &[(u64, String)]) -> u32 {
    let side = |(_, hash): &(u64, String)| {
        let bytes = app.blobs.get(ORIGINAL, hash).ok()?;
        let picture = picture::decode(&bytes, &Limits::default()).ok()?;
        Some(picture.width.min(picture.height))
    };
    let mut sides: Vec<u32> = chosen.iter().take(LOOK_AT).filter_map(side).collect();
    sides.sort_unstable();
    sides.get(sides.len() / 2).copied().unwrap_or(32)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pool_outgrows_its_encoder_soon_while_it_is_small_and_never_beyond_what_is_learned_from() {
        assert!(outgrown(12, 24) && !outgrown(12, 23));
        assert!(outgrown(12, 3_769));
        assert!(outgrown(500, 2_000) && !outgrown(500, 1_999));
        assert!(!outgrown(LEARN_FROM, 1_000_000));
        assert!(!outgrown(LEARN_FROM / 3, 1_000_000));
    }
}
