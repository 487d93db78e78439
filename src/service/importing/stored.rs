//! Whether what is stored of a picture is whole: asked where its file is offered again, so that importing mends.

use std::path::Path;

use crate::data::DataDir;
use crate::modality::image::picture::Format;

/// Whether blob, small picture and shown picture of `bytes` are there and whole.
pub(super) fn is_whole(data: &DataDir, hash: &str, bytes: &[u8]) -> bool {
    let shown = Format::of(bytes) != Some(Format::Tiff) || is_png(&data.shown(hash));
    is_blob(&data.blob(hash), bytes) && is_jpeg(&data.thumb(hash)) && shown
}

/// Whether the file at `path` holds just `bytes`.
pub(super) fn is_blob(path: &Path, bytes: &[u8]) -> bool {
    let same_size = std::fs::metadata(path).is_ok_and(|about| about.len() == bytes.len() as u64);
    same_size && std::fs::read(path).is_ok_and(|stored| stored == bytes)
}

/// Whether the file at `path` is a JPEG from its beginning to its end.
pub(super) fn is_jpeg(path: &Path) -> bool {
    begins_and_ends(path, &[0xff, 0xd8], &[0xff, 0xd9])
}

/// Whether the file at `path` is a PNG from its beginning to its end.
pub(super) fn is_png(path: &Path) -> bool {
    begins_and_ends(path, b"\x89PNG", b"IEND\xaeB`\x82")
}

fn begins_and_ends(path: &Path, first: &[u8], last: &[u8]) -> bool {
    std::fs::read(path).is_ok_and(|stored| stored.starts_with(first) && stored.ends_with(last))
}
