//! Pictures as people look at them. This is the one place that decides which file a browser is sent: the original where every
//! browser shows the encoder's picture of it, else a rendition of that; of large ones a picture that fits the screen, and tiles
//! for looking closely; and the small picture. What is missing is made when it is first asked for.
//!
//! **Invariant:** what people see is what the encoder sees. One picture is decoded at a time, whoever asks, and the work goes on
//! when its asker has left: the memory of a decode (`encode::picture::Limits`) is used once. What is made for large pictures
//! is kept in `views/`, whose size is bounded.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use tokio::sync::Semaphore;
use tokio::time::{Instant, timeout_at};

use crate::app::App;
use crate::cpu::CutShort;
use crate::data::{DataDir, write_whole, write_with};
use crate::domain::SampleId;
use crate::encode::picture::{self, Format, Header, Limits, Picture, PictureError};
use crate::encode::pyramid::{self, Pyramid};
use crate::service::ServiceError;
use crate::store::samples::SampleRow;

/// What `views/` may hold, in bytes.
pub const KEEP_BYTES: u64 = 4 << 30;

/// A request waits so long for a view that is being made. Browsers open few connections to a server, and answers need one.
const PATIENCE: Duration = Duration::from_secs(2);

/// Who makes views, and how much there is of them.
pub struct Views {
    turn: Arc<Semaphore>,
    /// Bytes in `views/`; `None` until they were counted.
    held: Arc<Mutex<Option<u64>>>,
}

impl Default for Views {
    fn default() -> Self {
        Self { turn: Arc::new(Semaphore::new(1)), held: Arc::default() }
    }
}

/// The geometry of a sample's picture.
pub fn pyramid(width: i64, height: i64) -> Pyramid {
    let side = |n: i64| u32::try_from(n).unwrap_or(0);
    Pyramid { width: side(width), height: side(height) }
}

/// Longer side of a small picture, in pixels.
const SMALL: u32 = 256;

/// The small picture that lists and grids show, a JPEG.
///
/// # Errors
/// When it cannot be drawn.
pub fn small(picture: &Picture) -> Result<Vec<u8>, PictureError> {
    picture::thumbnail(picture, SMALL)
}

/// Whether pages will need a rendition of the picture: browsers show the file otherwise, and it is not so large that pages
/// show a smaller one anyway.
pub fn needs_rendition(header: &Header) -> bool {
    let large = Pyramid { width: header.width, height: header.height }.is_large();
    !large && !picture::browser_shows_the_same(header)
}

/// A file as it is sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sent {
    pub path: PathBuf,
    pub media_type: &'static str,
}

/// What is sent for a sample's whole picture.
///
/// # Errors
/// When the original is gone or damaged, or the rendition is still being made.
pub async fn whole(app: &App, sample: SampleId, hash: &str) -> Result<Sent, ServiceError> {
    let (blob, made) = (app.data.blob(hash), app.data.shown(hash));
    let rendition = Sent { path: made.clone(), media_type: Format::Png.media_type() };
    let look = move || -> Result<Option<Sent>, ServiceError> {
        if made.exists() {
            return Ok(None);
        }
        let file = std::io::BufReader::new(std::fs::File::open(&blob)?);
        let header = picture::look(file).map_err(std::io::Error::other)?;
        let same = picture::browser_shows_the_same(&header);
        Ok(same.then(|| Sent { path: blob, media_type: header.format.media_type() }))
    };
    if let Some(original) = app.cpu.blocking(look).await?? {
        return Ok(original);
    }
    make(app, sample, hash, rendition.path.clone(), |picture, path| {
        write_whole(path, &picture::to_png(&picture).map_err(std::io::Error::other)?, false)?;
        // Versions before 0.2 kept another, which was not always the encoder's.
        let _ = std::fs::remove_file(path.with_extension("").with_extension("view.png"));
        Ok(())
    })
    .await?;
    Ok(rendition)
}

/// The file of a sample's small picture.
///
/// # Errors
/// As [`whole`].
pub async fn thumb(app: &App, sample: SampleId, hash: &str) -> Result<Sent, ServiceError> {
    let path = app.data.thumb(hash);
    make(app, sample, hash, path.clone(), |picture, path| {
        write_whole(path, &small(&picture).map_err(std::io::Error::other)?, false)
    })
    .await?;
    Ok(Sent { path, media_type: Format::Jpeg.media_type() })
}

/// The picture that fits a screen.
pub async fn fit(app: &App, sample: &SampleRow) -> Result<Sent, ServiceError> {
    let path = app.data.fit(&sample.hash);
    make(app, sample.id, &sample.hash, path.clone(), |picture, path| {
        let bytes = pyramid::fit(picture).map_err(std::io::Error::other)?;
        write_whole(path, &bytes, false)
    })
    .await?;
    Ok(Sent { path, media_type: Format::Jpeg.media_type() })
}

/// One tile as a JPEG; `None` outside the picture.
pub async fn tile(
    app: &App,
    sample: &SampleRow,
    (level, column, row): (u32, u32, u32),
) -> Result<Option<Vec<u8>>, ServiceError> {
    let (width, height) = sample.facts.pixels();
    let pyramid = pyramid(width, height);
    if !pyramid.has(level, column, row) {
        return Ok(None);
    }
    let path = app.data.tiles(&sample.hash);
    make(app, sample.id, &sample.hash, path.clone(), |picture, path| {
        write_with(path, false, |file| pyramid::write_tiles(picture, &mut std::io::BufWriter::new(file)))
    })
    .await?;
    let read = move || pyramid::read_tile(&mut std::fs::File::open(path)?, pyramid, level, column, row);
    Ok(app.cpu.blocking(read).await??)
}

/// Make a file from a sample's picture, unless it is there.
async fn make(
    app: &App,
    sample: SampleId,
    hash: &str,
    path: PathBuf,
    write: impl FnOnce(Picture, &Path) -> std::io::Result<()> + Send + 'static,
) -> Result<(), ServiceError> {
    let now = SystemTime::UNIX_EPOCH + Duration::from_micros(app.clock.now().0.unsigned_abs());
    let counted = path.starts_with(app.data.views());
    let is_there = if counted { touch(&path, now) } else { path.exists() };
    if is_there {
        return Ok(());
    }
    let late = |_| ServiceError::Busy(format!("the view of sample {sample} is being made"));
    let patience = Instant::now() + PATIENCE;
    let turn = timeout_at(patience, app.views.turn.clone().acquire_owned()).await.map_err(late)?;
    let (data, held) = (app.data.clone(), app.views.held.clone());
    let hash = hash.to_owned();
    let cpu = app.cpu.clone();
    let work = move || {
        // Held by the work, not by the request: one that is given up must not let a second decode begin beside it.
        let _turn = turn;
        if path.exists() {
            return Ok(());
        }
        let bytes = std::fs::read(data.blob(&hash))?;
        let picture = picture::decode(&bytes, &Limits::default()).map_err(std::io::Error::other)?;
        drop(bytes);
        write(picture, &path)?;
        if counted { account_for(&data, &held, &path) } else { Ok(()) }
    };
    let made = async move { cpu.blocking(work).await };
    // What was begun goes on when nobody waits for it any more.
    Ok(timeout_at(patience, tokio::spawn(made)).await.map_err(late)?.map_err(|_| CutShort)???)
}

/// Whether the file is there; if so, it was used just now.
fn touch(path: &Path, now: SystemTime) -> bool {
    let Ok(file) = std::fs::File::open(path) else { return false };
    // The age only decides what is removed first.
    let _ = file.set_modified(now);
    true
}

/// Count a new file, and remove what was not looked at for longest where there is too much.
fn account_for(data: &DataDir, held: &Mutex<Option<u64>>, path: &Path) -> std::io::Result<()> {
    let mut held = held.lock().unwrap_or_else(PoisonError::into_inner);
    let bytes = match *held {
        Some(bytes) => bytes + std::fs::metadata(path)?.len(),
        None => files(&data.views())?.iter().map(|file| file.bytes).sum(),
    };
    *held = Some(if bytes > KEEP_BYTES { trim(&data.views(), KEEP_BYTES / 10 * 9)? } else { bytes });
    Ok(())
}

struct File {
    path: PathBuf,
    bytes: u64,
    used: SystemTime,
}

fn files(folder: &Path) -> std::io::Result<Vec<File>> {
    let mut found = Vec::new();
    for part in std::fs::read_dir(folder)? {
        for file in std::fs::read_dir(part?.path())? {
            let file = file?;
            let data = file.metadata()?;
            found.push(File { path: file.path(), bytes: data.len(), used: data.modified()? });
        }
    }
    Ok(found)
}

/// Remove files, those used longest ago first, until at most `keep` bytes are left; how many are.
fn trim(folder: &Path, keep: u64) -> std::io::Result<u64> {
    let mut files = files(folder)?;
    files.sort_by_key(|file| file.used);
    let mut left: u64 = files.iter().map(|file| file.bytes).sum();
    for file in files {
        if left <= keep {
            break;
        }
        std::fs::remove_file(&file.path)?;
        left -= file.bytes;
    }
    Ok(left)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_not_looked_at_for_longest_goes_first() {
        let folder = tempfile::tempdir().unwrap();
        let now = SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000);
        for (i, name) in ["aa/old", "bb/older", "aa/new"].iter().enumerate() {
            let path = folder.path().join(name);
            write_whole(&path, &[0; 100], false).unwrap();
            let age = Duration::from_secs([50, 90, 1][i]);
            std::fs::File::options().write(true).open(path).unwrap().set_modified(now - age).unwrap();
        }
        assert_eq!(trim(folder.path(), 300).unwrap(), 300);
        assert!(touch(&folder.path().join("bb/older"), now), "looked at again");
        assert_eq!(trim(folder.path(), 250).unwrap(), 200);
        let left = |name: &str| folder.path().join(name).exists();
        assert_eq!((left("aa/old"), left("bb/older"), left("aa/new")), (false, true, true));
        assert!(!touch(&folder.path().join("aa/none"), now));
    }
}
