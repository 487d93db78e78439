//! One file into the data folder: checked as a sample, stored under its hash, with the renditions that pages need.
//!
//! **Invariant:** the original is stored last: if it exists, so does the rest.

use crate::blobs::{BlobBatch, Blobs, ORIGINAL};
use crate::modality::{Inspected, Medium};

/// What is known about a file that was kept.
#[derive(Debug)]
pub(in crate::service) struct Kept {
    pub size_bytes: usize,
    pub inspected: Inspected,
}

/// Check `bytes` and keep them under `hash` (unless this is a dry run), to be on disk once the batch is flushed. Damaged stored
/// files are repaired.
///
/// # Errors
/// Why they are not a sample, or could not be stored.
pub(in crate::service) fn keep(
    batch: &BlobBatch<'_>,
    medium: &dyn Medium,
    hash: &str,
    bytes: &[u8],
    dry_run: bool,
) -> Result<Kept, String> {
    let blobs = batch.blobs();
    let lacks = |part| !dry_run && !blobs.get(part, hash).is_ok_and(|stored| medium.is_whole(part, &stored));
    let mut inspected = medium.inspect(bytes, &lacks).map_err(|unusable| unusable.to_string())?;
    let stored = |error: std::io::Error| format!("it could not be stored ({error})");
    for (part, drawn) in std::mem::take(&mut inspected.drawn) {
        blobs.put(part, hash, &drawn).map_err(stored)?;
    }
    if !dry_run && !blobs.holds(ORIGINAL, hash, bytes) {
        batch.put(hash, bytes).map_err(stored)?;
    }
    Ok(Kept { size_bytes: bytes.len(), inspected })
}

/// Whether `bytes` and their renditions are stored and whole.
pub(super) fn is_whole(blobs: &Blobs, medium: &dyn Medium, hash: &str, bytes: &[u8]) -> bool {
    let drawn = |part| blobs.get(part, hash).is_ok_and(|stored| medium.is_whole(part, &stored));
    blobs.holds(ORIGINAL, hash, bytes) && medium.renditions(bytes).into_iter().all(drawn)
}
