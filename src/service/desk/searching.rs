//! Making samples searchable by their words. It follows each import, and looks now and then for what it missed.
//!
//! **Invariant:** what is indexed follows from a sample's file alone, so it can be made again at any time.

use crate::blobs::ORIGINAL;
use crate::domain::search::searchable;
use crate::domain::{Project, SampleId};
use crate::modality::{Medium, medium};
use crate::service::{App, ServiceError};

/// Samples of one transaction.
const PART: i64 = 512;

/// Whether samples of this project can be searched by their words.
pub fn has_words(project: &Project) -> bool {
    medium(project.modality).is_ok_and(Medium::has_words)
}

/// Index the samples that are not indexed yet; returns how many. A file that cannot be read is passed over: encoding tells of it.
pub async fn index(app: &App, project: &Project) -> Result<usize, ServiceError> {
    if !has_words(project) {
        return Ok(0);
    }
    let (mut after, mut indexed) = (SampleId(0), 0);
    loop {
        let part = app.store.without_words(project.id, after, PART).await?;
        let Some((last, _)) = part.last() else { return Ok(indexed) };
        after = *last;
        let (blobs, modality) = (app.blobs.clone(), project.modality);
        let read = app.cpu.blocking(move || {
            let words = |(id, hash): (SampleId, String)| {
                let bytes = blobs.get(ORIGINAL, &hash).ok()?;
                let text = medium(modality).ok()?.words(&bytes)?;
                Some((id, searchable(&text)))
            };
            part.into_iter().filter_map(words).collect::<Vec<_>>()
        });
        let words = read.await?;
        indexed += words.len();
        app.store.save_words(&words).await?;
    }
}

/// As [`index`], of every project.
pub async fn index_all(app: &App) -> Result<usize, ServiceError> {
    let mut indexed = 0;
    for project in app.store.projects().await? {
        indexed += index(app, &project).await?;
    }
    Ok(indexed)
}
