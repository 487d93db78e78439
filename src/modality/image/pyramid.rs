//! Large pictures for the screen: one that fits it, and tiles of finer levels for looking closely.
//!
//! Level 0 is the picture itself, each next level half of it, up to the first whose longer side fits a screen. That last one is
//! kept whole; the finer ones are cut into tiles, packed into one file with their places in front, so that a picture is one
//! file to write, to read from and to remove.
//!
//! **Invariant:** the geometry follows from width and height alone, so that a page can compute it as well.

use std::io::{Read, Seek, SeekFrom, Write};

use fast_image_resize as fir;

use crate::modality::image::picture::{self, Picture, PictureError};

/// Pictures of more pixels are shown smaller than they are; browsers handle the others well as they are.
pub const LARGE_PIXELS: u64 = 8_000_000;
/// The longer side of what fits a screen is at most this.
pub const FIT_SIDE: u32 = 2048;
/// Side of a tile in pixels; those at the right and lower edge may be smaller.
pub const TILE: u32 = 512;

const QUALITY: u8 = 90;
const MAGIC: &[u8; 8] = b"querist1";
const ENTRY_BYTES: u64 = 12;

/// Width, height and cut of one picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pyramid {
    pub width: u32,
    pub height: u32,
}

impl Pyramid {
    /// Whether a picture of this size is shown through a pyramid.
    pub fn is_large(self) -> bool {
        u64::from(self.width) * u64::from(self.height) > LARGE_PIXELS
    }

    /// Levels that are cut into tiles; the level after them fits a screen.
    pub fn levels(self) -> u32 {
        let longer = self.width.max(self.height);
        (0..32).find(|level| longer >> level <= FIT_SIDE).unwrap_or(32)
    }

    /// Width and height of a level: halved exactly, so that an odd last column is in the finer levels only.
    pub fn size(self, level: u32) -> (u32, u32) {
        ((self.width >> level).max(1), (self.height >> level).max(1))
    }

    /// Columns and rows of tiles on a level.
    pub fn tiles(self, level: u32) -> (u32, u32) {
        let (width, height) = self.size(level);
        (width.div_ceil(TILE), height.div_ceil(TILE))
    }

    /// Whether there is such a tile.
    pub fn has(self, level: u32, column: u32, row: u32) -> bool {
        self.index(level, column, row).is_some()
    }

    /// The place of a tile among all; `None` outside the picture.
    fn index(self, level: u32, column: u32, row: u32) -> Option<u64> {
        if level >= self.levels() {
            return None;
        }
        let (columns, rows) = self.tiles(level);
        if column >= columns || row >= rows {
            return None;
        }
        let before: u64 = (0..level).map(|finer| self.count(finer)).sum();
        Some(before + u64::from(row) * u64::from(columns) + u64::from(column))
    }

    fn count(self, level: u32) -> u64 {
        let (columns, rows) = self.tiles(level);
        u64::from(columns) * u64::from(rows)
    }
}

/// The picture as a JPEG that fits a screen.
///
/// # Errors
/// When it cannot be drawn, which happens only without pixels.
pub fn fit(picture: Picture) -> Result<Vec<u8>, PictureError> {
    let levels = Pyramid { width: picture.width, height: picture.height }.levels();
    let mut picture = picture;
    for _ in 0..levels {
        picture = halve(&picture);
    }
    let (width, height) = (picture.width, picture.height);
    cut(&picture, 0, 0, width, height)
}

/// Write all tiles of a picture, finest level first. Beside the picture this needs a quarter of its memory, for the next level.
///
/// # Errors
/// When `out` cannot be written.
pub fn write_tiles(picture: Picture, out: &mut (impl Write + Seek)) -> std::io::Result<()> {
    let pyramid = Pyramid { width: picture.width, height: picture.height };
    let total: u64 = (0..pyramid.levels()).map(|level| pyramid.count(level)).sum();
    out.write_all(MAGIC)?;
    out.write_all(&vec![0; (total * ENTRY_BYTES) as usize])?;
    let mut places = Vec::with_capacity((total * ENTRY_BYTES) as usize);
    let mut at = MAGIC.len() as u64 + total * ENTRY_BYTES;
    let mut picture = picture;
    for level in 0..pyramid.levels() {
        let (columns, rows) = pyramid.tiles(level);
        for (row, column) in (0..rows).flat_map(|row| (0..columns).map(move |column| (row, column))) {
            let (x, y) = (column * TILE, row * TILE);
            let (width, height) = (TILE.min(picture.width - x), TILE.min(picture.height - y));
            let tile = cut(&picture, x, y, width, height).map_err(std::io::Error::other)?;
            out.write_all(&tile)?;
            places.extend_from_slice(&at.to_le_bytes());
            places.extend_from_slice(&(tile.len() as u32).to_le_bytes());
            at += tile.len() as u64;
        }
        picture = halve(&picture);
    }
    out.seek(SeekFrom::Start(MAGIC.len() as u64))?;
    out.write_all(&places)
}

/// One tile out of what [`write_tiles`] wrote, as a JPEG; `None` where there is none.
///
/// # Errors
/// When `file` cannot be read or is something else.
pub fn read_tile(
    file: &mut (impl Read + Seek),
    pyramid: Pyramid,
    level: u32,
    column: u32,
    row: u32,
) -> std::io::Result<Option<Vec<u8>>> {
    let Some(index) = pyramid.index(level, column, row) else { return Ok(None) };
    let mut magic = [0; MAGIC.len()];
    file.read_exact(&mut magic)?;
    if &magic != MAGIC {
        return Err(std::io::Error::new(std::io::ErrorKind::InvalidData, "this is not a file of tiles"));
    }
    file.seek(SeekFrom::Start(MAGIC.len() as u64 + index * ENTRY_BYTES))?;
    let (mut at, mut length) = ([0; 8], [0; 4]);
    file.read_exact(&mut at)?;
    file.read_exact(&mut length)?;
    file.seek(SeekFrom::Start(u64::from_le_bytes(at)))?;
    let mut tile = Vec::new();
    // The file's stated length is not trusted for allocation.
    file.take(u64::from(u32::from_le_bytes(length))).read_to_end(&mut tile)?;
    Ok(Some(tile))
}

/// Half of a picture: each pixel the mean of four.
fn halve(picture: &Picture) -> Picture {
    let (width, height) = ((picture.width / 2).max(1), (picture.height / 2).max(1));
    let source = fir::images::ImageRef::new(picture.width, picture.height, &picture.pixels, fir::PixelType::U8x3)
        .expect("a picture holds width x height x 3 bytes");
    let mut target = fir::images::Image::new(width, height, fir::PixelType::U8x3);
    let even = |side: u32| f64::from((side / 2 * 2).max(1));
    let options = fir::ResizeOptions::new()
        .resize_alg(fir::ResizeAlg::Convolution(fir::FilterType::Box))
        .use_alpha(false)
        .crop(0.0, 0.0, even(picture.width), even(picture.height));
    fir::Resizer::new().resize(&source, &mut target, &options).expect("both have the same kind of pixels");
    Picture { pixels: target.into_vec(), width, height }
}

/// A part of a picture as a JPEG. Colours keep their full resolution: what an expert looks for may be one pixel wide.
fn cut(picture: &Picture, x: u32, y: u32, width: u32, height: u32) -> Result<Vec<u8>, PictureError> {
    let stride = picture.width as usize * 3;
    let (from, bytes) = (x as usize * 3, width as usize * 3);
    let rows = picture.pixels.chunks_exact(stride).skip(y as usize).take(height as usize);
    let mut pixels = Vec::with_capacity(bytes * height as usize);
    rows.for_each(|row| pixels.extend_from_slice(&row[from..from + bytes]));
    picture::to_jpeg(&Picture { pixels, width, height }, QUALITY)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::modality::image::picture::{Limits, decode};

    /// Each pixel says where it is, in steps that survive JPEG.
    fn gradient(width: u32, height: u32) -> Picture {
        let pixel = |x: u32, y: u32| [(x * 255 / width) as u8, (y * 255 / height) as u8, 128];
        let pixels = (0..height).flat_map(|y| (0..width).flat_map(move |x| pixel(x, y))).collect();
        Picture { pixels, width, height }
    }

    #[test]
    fn levels_are_halved_until_they_fit_a_screen() {
        let pyramid = Pyramid { width: 10_001, height: 7_000 };
        assert!(pyramid.is_large());
        assert_eq!(pyramid.levels(), 3);
        assert_eq!((pyramid.size(1), pyramid.size(3)), ((5_000, 3_500), (1_250, 875)));
        assert_eq!(pyramid.tiles(0), (20, 14));
        let small = Pyramid { width: 2_048, height: 2_048 };
        assert!(!small.is_large());
        assert_eq!(small.levels(), 0);
        assert_eq!(Pyramid { width: 100_000_000, height: 1 }.size(20), (95, 1), "a line has a pixel on every level");
    }

    #[test]
    fn every_tile_shows_its_own_part_of_the_picture() {
        let picture = gradient(4_099, 1_100);
        let pyramid = Pyramid { width: picture.width, height: picture.height };
        assert_eq!(pyramid.levels(), 2);
        let mut file = std::io::Cursor::new(Vec::new());
        write_tiles(picture.clone(), &mut file).unwrap();
        for level in 0..2 {
            let (columns, rows) = pyramid.tiles(level);
            let (width, height) = pyramid.size(level);
            for (column, row) in [(0, 0), (1, 0), (columns - 1, rows - 1)] {
                file.set_position(0);
                let bytes = read_tile(&mut file, pyramid, level, column, row).unwrap().unwrap();
                let tile = decode(&bytes, &Limits::default()).unwrap();
                assert_eq!(tile.width, TILE.min(width - column * TILE), "level {level}, column {column}");
                assert_eq!(tile.height, TILE.min(height - row * TILE), "level {level}, row {row}");
                let first = [((column * TILE) << level) * 255 / 4_099, ((row * TILE) << level) * 255 / 1_100];
                for (shown, meant) in tile.pixels.iter().zip(first) {
                    assert!(
                        u32::from(*shown).abs_diff(meant) <= 3,
                        "level {level}, {column}, {row}: {shown} for {meant}"
                    );
                }
            }
        }
        for (level, column, row) in [(2, 0, 0), (0, 9, 0), (0, 0, 3), (u32::MAX, 0, 0)] {
            file.set_position(0);
            assert_eq!(read_tile(&mut file, pyramid, level, column, row).unwrap(), None);
        }
        let whole = decode(&fit(picture).unwrap(), &Limits::default()).unwrap();
        assert_eq!((whole.width, whole.height), (1_024, 275));
    }

    #[test]
    fn a_file_that_holds_no_tiles_is_refused() {
        let pyramid = Pyramid { width: 5_000, height: 5_000 };
        for bytes in [&b""[..], b"short", b"something else altogether", b"querist1"] {
            assert!(read_tile(&mut std::io::Cursor::new(bytes), pyramid, 0, 0, 0).is_err());
        }
    }
}
