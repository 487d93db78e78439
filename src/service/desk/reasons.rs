//! Which parts of a sample speak for what the committee takes it for: the embedding is computed without each part, exactly, and a
//! part speaks for a class as far as the class becomes less likely without it.
//!
//! **Invariant:** shown where the opinion is shown and nowhere else, so never of audit samples.

use std::sync::{Arc, Mutex, PoisonError};

use crate::blobs::ORIGINAL;
use crate::domain::{ClassId, EncoderId, Project, SampleId};
use crate::encoders::{SamplePart, SampleParts, StoredEncoder};
use crate::learn::Committee;
use crate::learn::restore::committee_of;
use crate::math::Matrix;
use crate::onnx::Model;
use crate::runtime::EncodeError;
use crate::service::encoders::adding as encoders;
use crate::service::rounds::shelf;
use crate::service::{App, ServiceError};
use crate::store::rounds::Round;

/// Classes whose reasons are shown: the likeliest ones.
const CLASSES: usize = 2;
/// Parts of a sample that are looked at: the first ones.
const LOOKED_AT: usize = 2_000;
/// Parts that are shown of a class.
const SHOWN: usize = 12;
/// A part speaks for a class from this change of its probability on, and from this share of the strongest part's.
const LEAST: (f32, f32) = (0.004, 0.15);

/// A part that speaks for a class.
#[derive(Debug, Clone, PartialEq)]
pub struct Reason {
    pub part: SamplePart,
    pub class: ClassId,
    /// By how much less likely the class would be without it, 0 to 1.
    pub gain: f32,
}

/// The last encoder whose parts were asked for.
#[derive(Default)]
pub struct Reasons {
    held: Mutex<Option<(EncoderId, Arc<dyn SampleParts>)>>,
}

/// The parts of a sample that speak for the committee's guess and for the class that comes second, in the order of the sample.
/// Empty where no opinion is shown, and where the encoder cannot tell.
///
/// # Errors
/// When the sample, the round's committee or the encoder cannot be read.
pub async fn of(app: &App, project: &Project, sample: SampleId) -> Result<Vec<Reason>, ServiceError> {
    let shown = app.opinions.shown(app, project, &[sample]).await?;
    if shown.first().is_none_or(Option::is_none) {
        return Ok(Vec::new());
    }
    let Some(round) = shelf::in_use(app, project).await? else { return Ok(Vec::new()) };
    let Some(parts) = parts(app, &round).await? else { return Ok(Vec::new()) };
    let Some(hash) = app.store.media(project.id, sample).await? else { return Ok(Vec::new()) };
    let classes: Vec<ClassId> = app.store.classes(project.id).await?.into_iter().map(|class| class.id).collect();
    let path = app.data.round(&project.slug, round.number).join(shelf::COMMITTEE);
    let blobs = app.blobs.clone();
    let work = move || -> Result<Vec<Reason>, ServiceError> {
        let committee = committee_of(&Model::read(std::fs::read(path)?).map_err(EncodeError::from)?)?;
        let bytes = blobs.get(ORIGINAL, &hash)?;
        let (whole, without) = parts.without_each(&bytes, LOOKED_AT).map_err(|error| ServiceError::Invalid(error.0))?;
        Ok(reasons(&committee, whole, &without, &classes))
    };
    app.cpu.run(work).await?
}

/// What tells the parts of samples of the round's encoder; `None` where it cannot.
async fn parts(app: &App, round: &Round) -> Result<Option<Arc<dyn SampleParts>>, ServiceError> {
    let Some(encoder) = round.encoder_id else { return Ok(None) };
    let held = app.reasons.held.lock().unwrap_or_else(PoisonError::into_inner).clone();
    if let Some((_, parts)) = held.filter(|(id, _)| *id == encoder) {
        return Ok(Some(parts));
    }
    let row = encoders::by_id(app, encoder).await?;
    let path = encoders::model_path(app, encoder);
    let open = move || crate::encoders::parts(&StoredEncoder { path: &path, spec: &row.spec, changes: "" });
    let Some(parts) = app.cpu.blocking(open).await?? else { return Ok(None) };
    let parts: Arc<dyn SampleParts> = Arc::from(parts);
    *app.reasons.held.lock().unwrap_or_else(PoisonError::into_inner) = Some((encoder, parts.clone()));
    Ok(Some(parts))
}

fn reasons(
    committee: &Committee,
    whole: Vec<f32>,
    without: &[(SamplePart, Vec<f32>)],
    classes: &[ClassId],
) -> Vec<Reason> {
    let (k, dim) = (committee.n_classes(), committee.dim());
    if without.is_empty() || whole.len() != dim || k == 0 {
        return Vec::new();
    }
    let said = committee.probabilities(&Matrix::new(1, dim, whole));
    let mut likeliest: Vec<usize> = (0..k.min(classes.len())).collect();
    likeliest.sort_by(|a, b| said[*b].total_cmp(&said[*a]));
    likeliest.truncate(CLASSES);
    let n = without.len();
    let rows: Vec<f32> = without.iter().flat_map(|(_, row)| row.iter().copied()).collect();
    let changed = committee.probabilities(&Matrix::new(n, dim, rows));
    let gain = |at: usize, class: usize| said[class] - changed[at * k + class];
    let strongest = |class: usize| (0..n).map(|at| gain(at, class)).fold(0.0, f32::max);
    let mut found: Vec<(usize, Reason)> = Vec::new();
    for &class in &likeliest {
        let least = LEAST.0.max(LEAST.1 * strongest(class));
        let mut of_class: Vec<(usize, Reason)> = (0..n)
            // A part speaks for the class that loses most without it.
            .filter(|&at| gain(at, class) >= least && likeliest.iter().all(|&other| gain(at, other) <= gain(at, class)))
            .map(|at| (at, Reason { part: without[at].0.clone(), class: classes[class], gain: gain(at, class) }))
            .collect();
        of_class.sort_by(|a, b| b.1.gain.total_cmp(&a.1.gain));
        of_class.truncate(SHOWN);
        found.extend(of_class);
    }
    found.sort_by_key(|(at, _)| *at);
    found.into_iter().map(|(_, reason)| reason).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::learn::{Head, Link};

    #[test]
    fn a_part_speaks_for_the_class_that_loses_most_without_it() {
        // The first number speaks for the first class, the second for the second.
        let head = Head { weights: Matrix::new(3, 2, vec![4.0, 0.0, 0.0, 4.0, 0.0, 0.0]), bias: vec![0.0; 3] };
        let committee = Committee::of_heads(vec![head], Link::Softmax);
        let part = |from| SamplePart { from, to: from + 1 };
        let without = vec![(part(0), vec![0.1, 0.6]), (part(2), vec![0.9, 0.0]), (part(4), vec![0.9, 0.6])];
        let found = reasons(&committee, vec![0.9, 0.6], &without, &[ClassId(7), ClassId(8), ClassId(9)]);
        let told: Vec<_> = found.iter().map(|reason| (reason.part.from, reason.class)).collect();
        assert_eq!(told, [(0, ClassId(7)), (2, ClassId(8))]);
        assert!(found.iter().all(|reason| reason.gain > 0.1 && reason.gain < 1.0), "{found:?}");
    }
}
