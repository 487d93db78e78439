//! The built-in encoder, learned from a project's own samples.

use super::EncodingError;
use crate::blobs::ORIGINAL;
use crate::domain::{EncoderId, Project};
use crate::encoders::builtin::{PoolSamples, builtin};
use crate::math::random;
use crate::progress::Progress;
use crate::service::App;
use crate::service::encoders::adding::{self as encoders, EncodersError, Origin};
use crate::store::encoders::{EncoderKind, EncoderRow, SampleFile};

/// An encoder learned from fewer samples than this is learned anew when the pool has doubled, any other when it is four times
/// as large.
const FEW: usize = 100;

/// Whether an encoder learned from so many samples, of at most `most`, should be learned anew from a pool of `now`.
fn outgrown(learned_from: usize, now: usize, most: usize) -> bool {
    now.min(most) >= learned_from * if learned_from < FEW { 2 } else { 4 }
}

/// Whether the project's built-in encoder was learned from far fewer samples than there are now. One that somebody
/// switched back to is left alone.
pub(super) async fn is_outgrown(app: &App, project: &Project, samples: usize) -> Result<bool, EncodingError> {
    let of_this_pool = |row: &EncoderRow| row.kind == EncoderKind::Builtin && row.project_id == Some(project.id);
    let learned: Vec<EncoderRow> = app.store.encoders().await?.into_iter().filter(of_this_pool).collect();
    let present = learned.iter().find(|row| Some(row.id) == project.encoder_id);
    let Some(from) = present.and_then(|row| row.learned_from) else { return Ok(false) };
    let newest = learned.iter().all(|row| row.learned_from.is_some_and(|other| other <= from));
    let most = builtin(project.modality).map_or(0, |builtin| builtin.most);
    Ok(newest && outgrown(from as usize, samples, most))
}

/// The project's first encoder, learned from its pool and put to use unless another was chosen meanwhile; whether it is used.
pub(super) async fn first(
    app: &App,
    project: &Project,
    samples: &[SampleFile],
    progress: Progress,
) -> Result<bool, EncodingError> {
    let name = format!("{}-{}", prefix(project)?, project.slug);
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
    let (prefix, mut number) = (prefix(project)?, 2);
    let mut name = format!("{prefix}-{}-{number}", project.slug);
    while taken.contains(&name) {
        number += 1;
        name = format!("{prefix}-{}-{number}", project.slug);
    }
    learn(app, project, &name, samples, progress).await
}

fn prefix(project: &Project) -> Result<&'static str, EncodingError> {
    builtin(project.modality).map(|builtin| builtin.name).ok_or(EncodingError::NoBuiltIn(project.modality))
}

async fn learn(
    app: &App,
    project: &Project,
    name: &str,
    samples: &[SampleFile],
    progress: Progress,
) -> Result<EncoderId, EncodingError> {
    let builtin = builtin(project.modality).ok_or(EncodingError::NoBuiltIn(project.modality))?;
    let seed = project.seed as u64;
    let mut chosen: Vec<(u64, String)> =
        samples.iter().map(|sample| (random::hash(seed, sample.id.0 as u64), sample.hash.clone())).collect();
    // A seeded choice that does not depend on the order in which samples came.
    chosen.sort_unstable();
    chosen.truncate(builtin.most);
    let from = chosen.len();
    let inner = app.clone();
    let learned = app
        .cpu
        .run(move || {
            let read = |at: usize| inner.blobs.get(ORIGINAL, &chosen.get(at)?.1).ok();
            (builtin.learn)(&inner.runtime, &PoolSamples { len: chosen.len(), read: &read }, seed, &progress)
        })
        .await??;
    let origin = Origin::Pool { project: project.id, samples: from };
    Ok(encoders::store(app, name, origin, learned.model.to_bytes(), learned.spec, learned.dim).await?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pool_outgrows_its_encoder_soon_while_it_is_small_and_never_beyond_what_is_learned_from() {
        const MOST: usize = 10_000;
        assert!(outgrown(12, 24, MOST) && !outgrown(12, 23, MOST));
        assert!(outgrown(12, 3_769, MOST));
        assert!(outgrown(500, 2_000, MOST) && !outgrown(500, 1_999, MOST));
        assert!(!outgrown(MOST, 1_000_000, MOST));
        assert!(!outgrown(MOST / 3, 1_000_000, MOST));
    }
}
