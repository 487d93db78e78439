//! Views of labeled pictures, so that few labels teach more: which changes keep a label is the project's choice; their
//! embeddings are made in the background, and each round measures whether they help.
//!
//! **Invariant:** a round never waits for views: it uses those that exist, and a job makes the others for the next one.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use crate::domain::{Project, SampleId, job};
use crate::learn::views::{Gain, gain};
use crate::learn::{Standardiser, Training};
use crate::math::Matrix;
use crate::modality::image::SMALL;
use crate::modality::image::augment::{self, Augmentation};
use crate::modality::image::picture::{self, Limits};
use crate::progress::Progress;
use crate::runtime::EncodeError;
use crate::service::encoders::encoding::{self, EncodingError};
use crate::service::live::Changed;
use crate::service::rounds::pool::EncodedPool;
use crate::service::rounds::training;
use crate::service::{App, ServiceError};
use crate::store::StoreError;
use crate::store::embeddings::EmbeddingFile;

/// Samples that changes can be shown on.
const EXAMPLES: i64 = 12;
/// New views that justify a separate round: this many, and this share of the labels.
const WORTH: (usize, f64) = (20, 0.2);

/// The changes that keep this project's labels.
///
/// # Errors
/// When the database was written by a version with other changes.
pub fn kinds(project: &Project) -> Result<Vec<Augmentation>, ServiceError> {
    Ok(augment::parse(&project.augmentations).map_err(|error| StoreError::Inconsistent(error.to_string()))?)
}

/// Choose the changes that keep this project's labels; views are made in the background.
///
/// # Errors
/// When a name is unknown.
pub async fn choose(app: &App, project: &Project, names: &str) -> Result<(), ServiceError> {
    let kinds = augment::parse(names)?;
    let names = augment::names(&kinds);
    if names == project.augmentations {
        return Ok(());
    }
    app.store.save_augmentations(project.id, &names).await?;
    app.changed(project.id, Changed::Settings);
    if kinds.is_empty() {
        training::request(app, project.id, "views switched off").await?;
    } else {
        request(app, project).await?;
    }
    Ok(())
}

/// Ask for the views that labeled samples lack. A request that is already waiting is reused.
pub async fn request(app: &App, project: &Project) -> Result<(), ServiceError> {
    app.store.request_job(project.id, &job::VIEWS, "", app.clock.now()).await?;
    app.wake.notify_waiters();
    Ok(())
}

/// A few of the project's samples to show changes on: the pool's first in the order of the draw.
pub async fn examples(app: &App, project: &Project) -> Result<Vec<SampleId>, ServiceError> {
    Ok(app.store.first_drawn(project.id, EXAMPLES).await?)
}

/// One changed copy of the picture with this content hash, as a JPEG of thumbnail size.
///
/// # Errors
/// When the thumbnail cannot be read.
pub async fn example(app: &App, hash: &str, kind: Augmentation, seed: u64) -> Result<Vec<u8>, ServiceError> {
    let (blobs, hash) = (app.blobs.clone(), hash.to_owned());
    let made = app.cpu.run(move || {
        let bytes = blobs.get(SMALL, &hash)?;
        let picture = picture::decode(&bytes, &Limits::default())?;
        let view = augment::example(&picture, kind, seed);
        Ok(picture::thumbnail(&view, picture.width.max(picture.height))?)
    });
    made.await?
}

/// What [`run`] made.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Made {
    pub new: usize,
    pub total: usize,
    /// Whether enough is new for a round before the next answers.
    pub deserves_a_round: bool,
}

/// Make the views that training labels lack. If interrupted, it resumes.
///
/// # Errors
/// As [`encoding::encode_project`].
pub async fn run(app: &App, project: &Project, progress: &Progress) -> Result<Made, EncodingError> {
    // A round reports names from another version.
    let kinds = kinds(project).unwrap_or_default();
    let Some(encoder) = project.encoder_id.filter(|_| !kinds.is_empty()) else { return Ok(Made::default()) };
    let labels = app.store.training_labels(project.id).await?;
    let labeled: HashSet<SampleId> = labels.into_iter().map(|(sample, _)| sample).collect();
    let mut samples = app.store.sample_files(project.id).await?;
    samples.retain(|sample| labeled.contains(&sample.id));
    let report = encoding::encode_views(app, project, encoder, &augment::names(&kinds), samples, progress).await?;
    if report.stopped {
        return Err(EncodeError::Stopped.into());
    }
    let deserves_a_round = report.encoded >= WORTH.0 && report.encoded as f64 >= WORTH.1 * labeled.len() as f64;
    Ok(Made { new: report.encoded, total: report.total, deserves_a_round })
}

/// The gain from views at the last comparison; kept until the samples that have them grow by a fifth.
#[derive(Debug, Clone, PartialEq)]
pub struct Compared {
    kinds: String,
    averaged: usize,
    pub gain: Gain,
}

impl Compared {
    fn holds_for(&self, averages: &Averages) -> bool {
        self.kinds == averages.kinds
            && averages.averaged >= self.averaged
            && averages.averaged as f64 <= (1.0 + WORTH.1) * self.averaged as f64
    }
}

/// Compare training on `averages` with training on the samples' own embeddings, or reuse the previous result.
///
/// # Errors
/// When the samples cannot be learned from.
pub fn compare(
    training: &Training<'_>,
    averages: &Averages,
    standardiser: &Standardiser,
    before: Option<&Compared>,
    seed: u64,
) -> Result<Compared, ServiceError> {
    if let Some(before) = before.filter(|before| before.holds_for(averages)) {
        return Ok(before.clone());
    }
    let gain = gain(training, &averages.rows, standardiser, seed)?;
    Ok(Compared { kinds: averages.kinds.clone(), averaged: averages.averaged, gain })
}

/// Rows of the pool with means of views in place of embeddings, where they exist.
#[derive(Debug, Clone)]
pub struct Averages {
    /// n × D, in the order asked for.
    pub rows: Matrix,
    /// How many of them are means.
    pub averaged: usize,
    /// The changes that the views show.
    kinds: String,
}

/// The means of views of the pool's rows `at`. `None` where the project has no augmentations or nothing is made yet.
pub async fn averages(
    app: &App,
    project: &Project,
    pool: &Arc<EncodedPool>,
    at: Vec<usize>,
) -> Result<Option<Averages>, ServiceError> {
    let kinds = kinds(project)?;
    if kinds.is_empty() {
        return Ok(None);
    }
    let kinds = augment::names(&kinds);
    let path = app.data.augmented(pool.encoder, &project.slug, &kinds);
    let made = app.cpu.blocking(move || EmbeddingFile::load(&path)).await?;
    let Some(made) = made? else { return Ok(None) };
    let place: HashMap<SampleId, usize> = made.ids.iter().enumerate().map(|(row, id)| (*id, row)).collect();
    let mut rows = pool.rows.gather(&at);
    let mut averaged = 0;
    for (i, row) in at.iter().enumerate() {
        if let Some(&from) = pool.ids.get(*row).and_then(|id| place.get(id)) {
            rows.row_mut(i).copy_from_slice(made.rows.row(from));
            averaged += 1;
        }
    }
    Ok((averaged > 0).then_some(Averages { rows, averaged, kinds }))
}
