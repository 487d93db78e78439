//! One file into the data folder: checked as a picture, stored under its hash, with its small and its shown picture.
//!
//! **Invariant:** a file in `blobs/` is whole: it is written beside, synced, then renamed.

use crate::data::{DataDir, write_whole};
use crate::encode::picture::{self, Limits};

/// Longer side of a small picture, in pixels.
const THUMBNAIL: u32 = 256;

/// What is known about a file that was kept.
#[derive(Debug)]
pub(in crate::service) struct Kept {
    pub format: &'static str,
    pub width: u32,
    pub height: u32,
    pub size_bytes: usize,
}

/// Check `bytes` and keep them under `hash` (unless this is a dry run).
///
/// # Errors
/// Why they are no picture, or why they could not be stored.
pub(in crate::service) fn keep(data: &DataDir, hash: &str, bytes: &[u8], dry_run: bool) -> Result<Kept, String> {
    let picture = picture::decode(bytes, &Limits::default()).map_err(|error| error.to_string())?;
    if !dry_run {
        let stored = |error: std::io::Error| format!("it could not be stored ({error})");
        let drawn = |error: picture::PictureError| format!("its small picture could not be made ({error})");
        if !data.thumb(hash).exists() {
            write_whole(&data.thumb(hash), &picture::thumbnail(&picture, THUMBNAIL).map_err(drawn)?, false)
                .map_err(stored)?;
        }
        if !picture::browser_can_show(&picture) && !data.view(hash).exists() {
            write_whole(&data.view(hash), &picture::to_png(&picture).map_err(drawn)?, false).map_err(stored)?;
        }
        // The blob comes last: where it is, the rest is.
        if !data.blob(hash).exists() {
            write_whole(&data.blob(hash), bytes, true).map_err(stored)?;
        }
    }
    Ok(Kept { format: picture.format.as_str(), width: picture.width, height: picture.height, size_bytes: bytes.len() })
}
