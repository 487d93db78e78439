//! Pictures: bytes of any supported format in, upright RGB pixels out.
//!
//! **Invariant:** the pixel limit is checked from the header, before anything is decoded; what cannot be decoded
//! completely is refused, never shown in part.

mod blend;
mod exif;
mod format;
mod gif;
mod header;
mod jpeg;
mod notes;
mod png;
mod room;
mod tiff;

use std::io::Cursor;

use fast_image_resize as fir;
use image::{DynamicImage, ImageReader};

pub use self::exif::Turn;
pub use self::format::PictureFormat;
use self::header::of_library;
pub use self::header::{Header, browser_shows_the_same, read_header};
pub use self::notes::PictureNote;
use self::room::Room;

/// What a picture may cost.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    pub max_pixels: u64,
    pub max_bytes: u64,
}

impl Default for Limits {
    /// 100 megapixels in 100 MB: beyond any camera, and still decoded in well under a gigabyte.
    fn default() -> Self {
        Self { max_pixels: 100_000_000, max_bytes: 100_000_000 }
    }
}

/// Why bytes are not a usable picture.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum PictureError {
    #[error("the file is empty")]
    Empty,
    #[error("this is not a picture; JPEG, PNG, WebP, BMP, TIFF and GIF can be read")]
    NotAPicture,
    #[error("the file has {bytes} bytes, and {limit} are allowed")]
    TooManyBytes { bytes: u64, limit: u64 },
    #[error("the picture has {width} x {height} pixels, and {limit} in all are allowed")]
    TooManyPixels { width: u32, height: u32, limit: u64 },
    #[error("the file is cut short")]
    CutShort,
    #[error("the {} file is damaged: {reason}", format.name())]
    Damaged { format: PictureFormat, reason: String },
    #[error("this kind of {} is not supported: {what}; save it as a PNG or a plain 8-bit {}", format.name(), format.name())]
    NotSupported { format: PictureFormat, what: String },
    #[error("the file could not be read ({0})")]
    NotRead(String),
}

/// An upright picture in 8-bit RGB.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Picture {
    /// height × width × 3, row-major.
    pub pixels: Vec<u8>,
    pub width: u32,
    pub height: u32,
}

/// A picture with its file's metadata.
#[derive(Debug, Clone, PartialEq)]
pub struct Decoded {
    pub picture: Picture,
    pub header: Header,
    /// What people should know about it.
    pub notes: Vec<PictureNote>,
}

/// Decode a file: the format by content, the orientation of its metadata applied, grey and 16-bit turned into 8-bit RGB,
/// transparency laid over white, an animation reduced to its first picture. Colours are the numbers of the file, as Pillow
/// takes them; colour profiles are not applied.
///
/// # Errors
/// When the bytes are not a picture, are beyond `limits`, or are damaged, truncated or of an unsupported kind.
pub fn decode(bytes: &[u8], limits: &Limits) -> Result<Picture, PictureError> {
    with(bytes, limits, |decoded| decoded.picture)
}

/// [`decode`] a file and hand it to `work`. While `work` has it, other threads decode only as much as there is memory for; so
/// it must not decode another picture itself.
///
/// # Errors
/// As [`decode`].
pub fn with<T>(bytes: &[u8], limits: &Limits, work: impl FnOnce(Decoded) -> T) -> Result<T, PictureError> {
    if bytes.len() as u64 > limits.max_bytes {
        return Err(PictureError::TooManyBytes { bytes: bytes.len() as u64, limit: limits.max_bytes });
    }
    let header = sound(bytes, || read_header(Cursor::new(bytes)))?;
    if header.pixels() > limits.max_pixels {
        let Header { width, height, .. } = header;
        return Err(PictureError::TooManyPixels { width, height, limit: limits.max_pixels });
    }
    let _room = Room::take(header.pixels());
    Ok(work(sound(bytes, || read(bytes, header, limits))?))
}

/// A panic in a library takes nothing else down.
fn sound<T>(bytes: &[u8], work: impl FnOnce() -> Result<T, PictureError>) -> Result<T, PictureError> {
    let caught = std::panic::catch_unwind(std::panic::AssertUnwindSafe(work));
    caught.unwrap_or_else(|_| {
        let reason = "its parts contradict each other".to_owned();
        Err(PictureFormat::of(bytes)
            .map_or(PictureError::NotAPicture, |format| PictureError::Damaged { format, reason }))
    })
}

fn read(bytes: &[u8], header: Header, limits: &Limits) -> Result<Decoded, PictureError> {
    let mut notes = Vec::new();
    if header.several {
        notes.push(if header.format == PictureFormat::Tiff { PictureNote::Pages } else { PictureNote::Animation });
    }
    let pixels = match header.format {
        PictureFormat::Jpeg => jpeg::pixels(bytes, &header)?,
        PictureFormat::Tiff => tiff::pixels(bytes, limits, &mut notes)?,
        format => by_library(bytes, format, limits, &mut notes)?,
    };
    let whole = image::RgbImage::from_raw(header.width, header.height, pixels);
    let whole = whole.ok_or_else(|| PictureError::Damaged {
        format: header.format,
        reason: "it holds fewer pixels than it says".to_owned(),
    })?;
    let mut turned = DynamicImage::from(whole);
    turned.apply_orientation(header.turn.orientation);
    let (width, height) = (turned.width(), turned.height());
    Ok(Decoded { picture: Picture { pixels: turned.into_rgb8().into_raw(), width, height }, header, notes })
}

/// The first picture as RGB, as stored.
fn by_library(
    bytes: &[u8],
    format: PictureFormat,
    limits: &Limits,
    notes: &mut Vec<PictureNote>,
) -> Result<Vec<u8>, PictureError> {
    let mut reader = ImageReader::with_format(Cursor::new(bytes), format.decoder());
    let mut bounds = image::Limits::no_limits();
    // The largest pixel, four 32-bit floats, and room for the decoder itself.
    bounds.max_alloc = Some(limits.max_pixels.saturating_mul(16).saturating_add(64 << 20));
    reader.limits(bounds);
    let decoder = reader.into_decoder().map_err(|error| of_library(format, error))?;
    let picture = DynamicImage::from_decoder(decoder).map_err(|error| of_library(format, error))?;
    notes.extend(largest(&picture).and_then(PictureNote::of_depth));
    Ok(blend::flat(picture))
}

/// The largest level of a picture with 16 bits per colour, transparency left out.
fn largest(picture: &DynamicImage) -> Option<u16> {
    match picture {
        DynamicImage::ImageLuma16(all) => all.iter().copied().max(),
        DynamicImage::ImageRgb16(all) => all.iter().copied().max(),
        DynamicImage::ImageLumaA16(all) => all.pixels().map(|pixel| pixel.0[0]).max(),
        DynamicImage::ImageRgba16(all) => all.pixels().flat_map(|pixel| [pixel.0[0], pixel.0[1], pixel.0[2]]).max(),
        _ => None,
    }
}

/// A JPEG whose longer side has at most `side` pixels; small pictures are not enlarged.
pub fn thumbnail(picture: &Picture, side: u32) -> Result<Vec<u8>, PictureError> {
    let longer = picture.width.max(picture.height);
    let scaled = |n: u32| ((u64::from(n) * u64::from(side) + u64::from(longer) / 2) / u64::from(longer)).max(1) as u32;
    let (width, height) =
        if longer <= side { (picture.width, picture.height) } else { (scaled(picture.width), scaled(picture.height)) };
    to_jpeg(&Picture { pixels: resize(picture, width, height), width, height }, 82)
}

/// The picture as a JPEG of this quality, its colours at their full resolution.
pub(super) fn to_jpeg(picture: &Picture, quality: u8) -> Result<Vec<u8>, PictureError> {
    let mut out = Vec::new();
    written(picture, PictureFormat::Jpeg, image::codecs::jpeg::JpegEncoder::new_with_quality(&mut out, quality))?;
    Ok(out)
}

/// The picture as an 8-bit PNG, upright.
pub fn to_png(picture: &Picture) -> Result<Vec<u8>, PictureError> {
    let mut out = Vec::new();
    written(picture, PictureFormat::Png, image::codecs::png::PngEncoder::new(&mut out))?;
    Ok(out)
}

fn written(picture: &Picture, format: PictureFormat, encoder: impl image::ImageEncoder) -> Result<(), PictureError> {
    encoder
        .write_image(&picture.pixels, picture.width, picture.height, image::ExtendedColorType::Rgb8)
        .map_err(|error| PictureError::Damaged { format, reason: error.to_string() })
}

/// A picture at another size, RGB8, optimised for speed; network input goes through [`super::resample`].
fn resize(picture: &Picture, width: u32, height: u32) -> Vec<u8> {
    if [picture.width, picture.height] == [width, height] {
        return picture.pixels.clone();
    }
    let source = fir::images::ImageRef::new(picture.width, picture.height, &picture.pixels, fir::PixelType::U8x3)
        .expect("a picture holds width x height x 3 bytes");
    let mut target = fir::images::Image::new(width, height, fir::PixelType::U8x3);
    let options =
        fir::ResizeOptions::new().resize_alg(fir::ResizeAlg::Convolution(fir::FilterType::Bilinear)).use_alpha(false);
    fir::Resizer::new().resize(&source, &mut target, &options).expect("both have the same kind of pixels");
    target.into_vec()
}

#[cfg(test)]
mod tests;
