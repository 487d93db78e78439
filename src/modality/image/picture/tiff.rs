//! TIFF: more kinds of numbers and colours than any other format, all turned into 8-bit RGB over white.

mod levels;
mod palette;

use std::io::{Cursor, Read, Seek};

use ::tiff::decoder::{Decoder, DecodingResult, Limits as TiffLimits};
use ::tiff::tags::Tag;
use ::tiff::{ColorType, TiffError};
use image::metadata::Orientation;

use self::levels::levels;
use super::exif::Turn;
use super::header::{Header, of_io};
use super::{Limits, PictureError, PictureFormat, PictureNote, blend};

/// Kinds of extra samples, by number.
const ASSOCIATED: u16 = 1;
const UNASSOCIATED: u16 = 2;

/// What the first page says.
pub(super) fn header(file: impl Read + Seek) -> Result<Header, PictureError> {
    let mut decoder = Decoder::new(file).map_err(of_tiff)?;
    let (width, height) = decoder.dimensions().map_err(of_tiff)?;
    let turn = decoder.find_tag_unsigned::<u8>(Tag::Orientation).ok().flatten();
    let orientation = turn.and_then(Orientation::from_exif).unwrap_or(Orientation::NoTransforms);
    Ok(Header {
        format: PictureFormat::Tiff,
        width,
        height,
        turn: Turn { orientation, standard: true },
        alpha: extra(&mut decoder).is_some(),
        deep: false,
        several: decoder.more_images(),
        other_colours: false,
    })
}

/// The first page as RGB, as stored: height × width × 3.
///
/// # Errors
/// When it is damaged or of an unsupported kind.
pub(super) fn pixels(bytes: &[u8], limits: &Limits, notes: &mut Vec<PictureNote>) -> Result<Vec<u8>, PictureError> {
    // Palette colours are read as grey values, and looked up here.
    if let Some((grey, bits)) = palette::as_grey(bytes) {
        return palette::pixels(&mut open(&grey, limits)?, bits);
    }
    let mut decoder = open(bytes, limits)?;
    let alpha = extra(&mut decoder);
    let colours = decoder.colortype().map_err(of_tiff)?;
    let (samples, each) = read(&mut decoder)?;
    let levels = levels(samples, colours.bit_depth(), decoder.dimensions().map_err(of_tiff)?.0, each, notes)?;
    let over = |level: u8, rest: Option<&u8>| match (alpha, rest) {
        (Some(ASSOCIATED), Some(&alpha)) => blend::multiplied_over_white(level, alpha),
        (Some(UNASSOCIATED), Some(&alpha)) => blend::over_white(level, alpha),
        _ => level,
    };
    let each = usize::from(each).max(1);
    let mut pixels = Vec::with_capacity(levels.len() / each * 3);
    for pixel in levels.chunks_exact(each) {
        pixels.extend(match (colours, pixel) {
            (ColorType::Gray(_) | ColorType::GrayA(_) | ColorType::Multiband { .. }, [grey, rest @ ..]) => {
                [over(*grey, rest.first()); 3]
            }
            (ColorType::RGB(_) | ColorType::RGBA(_), [r, g, b, rest @ ..]) => {
                [*r, *g, *b].map(|level| over(level, rest.first()))
            }
            (ColorType::YCbCr(_), &[y, blue, red, ..]) => blend::from_luma([y, blue, red]),
            (ColorType::CMYK(_) | ColorType::CMYKA(_), &[c, m, y, k, ..]) => blend::from_inks([c, m, y, k]),
            _ => return Err(not_supported(format!("colours of the kind {colours:?}"))),
        });
    }
    Ok(pixels)
}

fn open<'a>(bytes: &'a [u8], limits: &Limits) -> Result<Decoder<Cursor<&'a [u8]>>, PictureError> {
    // Four numbers of 8 bytes are the largest pixel that is read.
    let most = usize::try_from(limits.max_pixels.saturating_mul(32)).unwrap_or(usize::MAX);
    let mut bounds = TiffLimits::default();
    bounds.decoding_buffer_size = most;
    bounds.intermediate_buffer_size = most;
    Ok(Decoder::new(Cursor::new(bytes)).map_err(of_tiff)?.with_limits(bounds))
}

/// The kind of the first extra sample, if it is alpha.
fn extra(decoder: &mut Decoder<impl Read + Seek>) -> Option<u16> {
    let kinds = decoder.find_tag_unsigned_vec::<u16>(Tag::ExtraSamples).ok().flatten()?;
    kinds.first().copied().filter(|kind| [ASSOCIATED, UNASSOCIATED].contains(kind))
}

/// All samples of the page, interleaved by pixel, and the number per pixel.
fn read(decoder: &mut Decoder<impl Read + Seek>) -> Result<(DecodingResult, u16), PictureError> {
    let mut samples = DecodingResult::U8(Vec::new());
    let layout = decoder.read_image_to_buffer(&mut samples).map_err(of_tiff)?;
    let colours = decoder.colortype().map_err(of_tiff)?;
    if samples.as_buffer(0).byte_len() < layout.complete_len {
        return Err(not_supported("a page of this size".to_owned()));
    }
    if layout.planes < 2 {
        return Ok((samples, colours.num_samples()));
    }
    let planes = u16::try_from(layout.planes).map_err(|_| not_supported(format!("{} planes", layout.planes)))?;
    Ok((levels::woven(samples, usize::from(planes))?, planes))
}

pub(super) fn of_tiff(error: TiffError) -> PictureError {
    match error {
        TiffError::IoError(error) => of_io(PictureFormat::Tiff, &error),
        TiffError::UnsupportedError(error) => not_supported(error.to_string()),
        TiffError::LimitsExceeded => not_supported("a page that takes so much memory".to_owned()),
        error => PictureError::Damaged { format: PictureFormat::Tiff, reason: error.to_string() },
    }
}

fn not_supported(what: String) -> PictureError {
    PictureError::NotSupported { format: PictureFormat::Tiff, what }
}
