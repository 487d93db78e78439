//! Samples as people see them. This is the one place that decides what a browser is sent: the original where every
//! browser shows what the encoder sees of it, else a rendition; of large pictures one that fits the screen, and tiles
//! for looking closely; and what cards show. What is missing is made when it is first asked for.
//!
//! **Invariant:** what people see is what the encoder sees. Renditions are made one at a time, and the work continues
//! when the client has left, so memory holds one decode at a time. Renditions of large pictures are kept up to a bound.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use tokio::sync::Semaphore;
use tokio::time::{Instant, timeout_at};

use crate::blobs::{BlobPart, Blobs, ORIGINAL};
use crate::cpu::CutShort;
use crate::domain::{Modality, Project, SampleId};
use crate::modality::image::pyramid::{self, Pyramid};
use crate::modality::image::{FIT, TILES};
use crate::modality::{medium, text};
use crate::service::{App, ServiceError};
use crate::store::samples::SampleRow;

/// Bytes of renditions of large pictures that are kept.
pub const KEEP_BYTES: u64 = 4 << 30;

/// How long a request waits for a view that is being made. Browsers open few connections to a server, and answers need
/// one.
const PATIENCE: Duration = Duration::from_secs(2);

/// Kept for display by earlier versions; not always what the encoder sees.
const BEFORE: BlobPart = BlobPart::drawn(".view.png");

/// The maker of views, and the bytes they take.
pub struct Renditions {
    turn: Arc<Semaphore>,
    /// Bytes of what is bounded; `None` until they were counted.
    held: Arc<Mutex<Option<u64>>>,
}

impl Default for Renditions {
    fn default() -> Self {
        Self { turn: Arc::new(Semaphore::new(1)), held: Arc::default() }
    }
}

/// The geometry of a sample's picture.
pub fn pyramid(width: i64, height: i64) -> Pyramid {
    let side = |n: i64| u32::try_from(n).unwrap_or(0);
    Pyramid { width: side(width), height: side(height) }
}

/// What is sent of a sample.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sent {
    pub part: BlobPart,
    pub media_type: &'static str,
}

/// What is sent for a whole sample.
///
/// # Errors
/// When the original is gone or damaged, or the rendition is still being made.
pub async fn whole(app: &App, project: &Project, sample: SampleId, hash: &str) -> Result<Sent, ServiceError> {
    let medium = medium(project.modality)?;
    let (part, media_type) = medium.stage();
    let (blobs, name) = (app.blobs.clone(), hash.to_owned());
    let look = move || {
        if blobs.exists(part, &name) {
            return Ok(None);
        }
        medium.shown_as_it_is(&mut blobs.stream(ORIGINAL, &name)?)
    };
    if let Some(media_type) = app.cpu.blocking(look).await?? {
        return Ok(Sent { part: ORIGINAL, media_type });
    }
    make(app, project, sample, hash, part).await?;
    Ok(Sent { part, media_type })
}

/// What is sent for a sample's card.
///
/// # Errors
/// As [`whole`].
pub async fn card(app: &App, project: &Project, sample: SampleId, hash: &str) -> Result<Sent, ServiceError> {
    let (part, media_type) = medium(project.modality)?.card();
    make(app, project, sample, hash, part).await?;
    Ok(Sent { part, media_type })
}

/// A sample's text, as a page shows it without scripts; empty where samples are not texts, or its file is gone.
///
/// # Errors
/// When the database refuses.
pub async fn text(app: &App, project: &Project, sample: SampleId) -> Result<String, ServiceError> {
    if project.modality != Modality::Text {
        return Ok(String::new());
    }
    let Some(hash) = app.store.media(project.id, sample).await? else { return Ok(String::new()) };
    let blobs = app.blobs.clone();
    let read = move || blobs.get(ORIGINAL, &hash).ok().and_then(|bytes| text::read(&bytes).ok().map(str::to_owned));
    Ok(app.cpu.blocking(read).await?.unwrap_or_default())
}

/// The picture that fits a screen.
pub async fn fit(app: &App, project: &Project, sample: &SampleRow) -> Result<Sent, ServiceError> {
    make(app, project, sample.id, &sample.hash, FIT).await?;
    Ok(Sent { part: FIT, media_type: "image/jpeg" })
}

/// One tile as a JPEG; `None` outside the picture.
pub async fn tile(
    app: &App,
    project: &Project,
    sample: &SampleRow,
    (level, column, row): (u32, u32, u32),
) -> Result<Option<Vec<u8>>, ServiceError> {
    let (width, height) = sample.facts.pixels().unwrap_or_default();
    let pyramid = pyramid(width, height);
    if !pyramid.has(level, column, row) {
        return Ok(None);
    }
    make(app, project, sample.id, &sample.hash, TILES).await?;
    let (blobs, hash) = (app.blobs.clone(), sample.hash.clone());
    let read = move || pyramid::read_tile(&mut blobs.stream(TILES, &hash)?, pyramid, level, column, row);
    Ok(app.cpu.blocking(read).await??)
}

/// Make a rendition of a sample, unless it is there.
async fn make(app: &App, project: &Project, sample: SampleId, hash: &str, part: BlobPart) -> Result<(), ServiceError> {
    let medium = medium(project.modality)?;
    let now = SystemTime::UNIX_EPOCH + Duration::from_micros(app.clock.now().0.unsigned_abs());
    let is_there = if part.is_bounded() { app.blobs.touch(part, hash, now) } else { app.blobs.exists(part, hash) };
    if is_there {
        return Ok(());
    }
    let late = |_| ServiceError::Busy(format!("the view of sample {sample} is being made"));
    let patience = Instant::now() + PATIENCE;
    let turn = timeout_at(patience, app.renditions.turn.clone().acquire_owned()).await.map_err(late)?;
    let (blobs, held) = (app.blobs.clone(), app.renditions.held.clone());
    let hash = hash.to_owned();
    let cpu = app.cpu.clone();
    let work = move || {
        // Held by the work, not by the request: an abandoned request must not let a second decode start beside it.
        let _turn = turn;
        if blobs.exists(part, &hash) {
            return Ok(());
        }
        let bytes = blobs.get(ORIGINAL, &hash)?;
        blobs.put_with(part, &hash, |out| medium.draw(part, &bytes, out))?;
        if part == medium.stage().0 {
            let _ = blobs.delete(BEFORE, &hash);
        }
        if part.is_bounded() { account_for(&blobs, &held, blobs.size(part, &hash)?) } else { Ok(()) }
    };
    let made = async move { cpu.blocking(work).await };
    // The work continues even if nobody waits for it.
    Ok(timeout_at(patience, tokio::spawn(made)).await.map_err(late)?.map_err(|_| CutShort)???)
}

/// Count a new rendition, and remove the least recently viewed ones if there are too many bytes.
fn account_for(blobs: &Blobs, held: &Mutex<Option<u64>>, new: u64) -> std::io::Result<()> {
    let mut held = held.lock().unwrap_or_else(PoisonError::into_inner);
    let bytes = match *held {
        Some(bytes) => bytes + new,
        None => blobs.bounded_bytes()?,
    };
    *held = Some(if bytes > KEEP_BYTES { blobs.trim(KEEP_BYTES / 10 * 9)? } else { bytes });
    Ok(())
}
