//! One file into the data folder: checked as a picture, stored under its hash, with its small and its shown picture.
//!
//! **Invariant:** a file in `blobs/` is whole: it is written beside, synced, then renamed.

use super::stored::{is_blob, is_jpeg, is_png};
use crate::data::{DataDir, write_whole};
use crate::modality::image::fingerprint::{self, Fingerprint};
use crate::modality::image::picture::{self, Decoded, Limits, Note, PictureError};
use crate::service::viewing;

/// What is known about a file that was kept.
#[derive(Debug)]
pub(in crate::service) struct Kept {
    pub format: &'static str,
    pub width: u32,
    pub height: u32,
    pub size_bytes: usize,
    pub fingerprint: Fingerprint,
    /// What a person should know of the picture.
    pub notes: Vec<Note>,
}

/// Check `bytes` and keep them under `hash` (unless this is a dry run). What is stored of them and damaged is mended.
///
/// # Errors
/// Why they are no picture, or why they could not be stored.
pub(in crate::service) fn keep(data: &DataDir, hash: &str, bytes: &[u8], dry_run: bool) -> Result<Kept, String> {
    let work = |decoded: Decoded| keep_decoded(data, hash, bytes, decoded, dry_run);
    picture::with(bytes, &Limits::default(), work).unwrap_or_else(|error| Err(error.to_string()))
}

fn keep_decoded(data: &DataDir, hash: &str, bytes: &[u8], decoded: Decoded, dry_run: bool) -> Result<Kept, String> {
    let Decoded { picture, header, notes } = decoded;
    if !dry_run {
        let stored = |error: std::io::Error| format!("it could not be stored ({error})");
        let drawn = |error: PictureError| format!("its small picture could not be made ({error})");
        if !is_jpeg(&data.thumb(hash)) {
            write_whole(&data.thumb(hash), &viewing::small(&picture).map_err(drawn)?, false).map_err(stored)?;
        }
        if viewing::needs_rendition(&header) && !is_png(&data.shown(hash)) {
            write_whole(&data.shown(hash), &picture::to_png(&picture).map_err(drawn)?, false).map_err(stored)?;
        }
        // The blob comes last: where it is, the rest is.
        if !is_blob(&data.blob(hash), bytes) {
            write_whole(&data.blob(hash), bytes, true).map_err(stored)?;
        }
    }
    Ok(Kept {
        format: header.format.as_str(),
        width: picture.width,
        height: picture.height,
        size_bytes: bytes.len(),
        fingerprint: fingerprint::of(&picture),
        notes,
    })
}
