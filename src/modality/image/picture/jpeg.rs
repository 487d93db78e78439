//! JPEG, decoded as libjpeg-turbo does to the last bit: the same inverse transform, the same smoothing between the coarser
//! colours, the same rounding. Pillow, and so training in Python, decodes with it.

use std::io::{Read, Seek, SeekFrom};

use libjpeg_turbo_rs::{DecodeLimits, DecodeWarning, Decoder, JpegError, PixelFormat};

use super::exif::{self, Turn};
use super::header::{Header, is_srgb, of_io};
use super::{PictureError, PictureFormat, blend};

/// The most scans a picture may be sent in. Programs write a dozen; each costs a walk over the whole picture.
const SCANS: usize = 100;
/// The largest side that the format allows.
const SIDE: usize = 65_535;

/// What the segments in front of the pixels say.
pub(super) fn header(mut file: impl Read + Seek) -> Result<Header, PictureError> {
    Ok(segments(&mut file).map_err(|error| of_io(PictureFormat::Jpeg, &error))?.header)
}

struct Segments {
    header: Header,
    /// Inks: with Adobe's marker their levels are inverted.
    adobe: bool,
}

fn segments(file: &mut (impl Read + Seek)) -> std::io::Result<Segments> {
    file.seek(SeekFrom::Start(2))?;
    let mut turn = None;
    let mut other_colours = false;
    let mut adobe = false;
    loop {
        let marker = marker(file)?;
        // A marker without a body.
        if matches!(marker, 0x01 | 0xd0..=0xd8) {
            continue;
        }
        if matches!(marker, 0xd9 | 0xda) {
            return Err(std::io::Error::other("its size is missing"));
        }
        let mut length = [0; 2];
        file.read_exact(&mut length)?;
        let length = u64::from(u16::from_be_bytes(length)).saturating_sub(2);
        let mut body = Vec::new();
        file.by_ref().take(length).read_to_end(&mut body)?;
        match marker {
            // Beginnings of a frame; those between are tables.
            0xc0..=0xcf if !matches!(marker, 0xc4 | 0xc8 | 0xcc) => {
                let &[depth, h0, h1, w0, w1, colours, ..] = &body[..] else {
                    return Err(std::io::ErrorKind::UnexpectedEof.into());
                };
                let (width, height) = (u16::from_be_bytes([w0, w1]).into(), u16::from_be_bytes([h0, h1]).into());
                let header = Header {
                    format: PictureFormat::Jpeg,
                    width,
                    height,
                    turn: turn.unwrap_or(Turn::NONE),
                    alpha: false,
                    deep: depth > 8,
                    several: false,
                    // Browsers know the three common kinds of coding, and up to three colours.
                    other_colours: other_colours || colours > 3 || marker > 0xc2,
                };
                return Ok(Segments { header, adobe });
            }
            0xe1 if body.starts_with(b"Exif\0\0") => turn = turn.or(Some(exif::turn(&body))),
            0xe2 if body.starts_with(b"ICC_PROFILE\0\x01") => other_colours |= !is_srgb(&body),
            0xee => adobe |= body.starts_with(b"Adobe"),
            _ => {}
        }
    }
}

/// The next marker; bytes before it and fill bytes are skipped.
fn marker(file: &mut impl Read) -> std::io::Result<u8> {
    let mut byte = [0];
    while byte[0] != 0xff {
        file.read_exact(&mut byte)?;
    }
    while byte[0] == 0xff {
        file.read_exact(&mut byte)?;
    }
    Ok(byte[0])
}

/// The picture as RGB, as stored: height × width × 3.
///
/// # Errors
/// When part of it is missing or damaged, or it is of an unsupported kind.
pub(super) fn pixels(bytes: &[u8], header: &Header) -> Result<Vec<u8>, PictureError> {
    if header.deep {
        return Err(not_supported("more than 8 bits per colour".to_owned()));
    }
    let limits = DecodeLimits { max_width: SIDE, max_height: SIDE, max_scans: SCANS, ..DecodeLimits::default() };
    let mut decoder = Decoder::new_with_limits(bytes, limits).map_err(of_library)?;
    let inks = decoder.header().components.len() == 4;
    decoder.set_output_format(if inks { PixelFormat::Cmyk } else { PixelFormat::Rgb });
    // Lenient, as all programs are, with faults that change no pixel. Faults that do raise a warning, and the file is
    // refused.
    decoder.set_lenient(true);
    let image = decoder.decode_image().map_err(of_library)?;
    for warning in &image.warnings {
        match warning {
            DecodeWarning::ExtraneousData { .. } => {}
            DecodeWarning::TruncatedData { .. } => return Err(PictureError::CutShort),
            DecodeWarning::UnsupportedRecovered { detail } => return Err(not_supported(detail.clone())),
            warning => return Err(PictureError::Damaged { format: PictureFormat::Jpeg, reason: warning.to_string() }),
        }
    }
    if !inks {
        return Ok(image.data);
    }
    let adobe = segments(&mut std::io::Cursor::new(bytes)).is_ok_and(|segments| segments.adobe);
    let turned = |inks: [u8; 4]| if adobe { inks.map(|ink| 255 - ink) } else { inks };
    Ok(image.data.as_chunks::<4>().0.iter().flat_map(|inks| blend::from_inks(turned(*inks))).collect())
}

fn of_library(error: JpegError) -> PictureError {
    match error {
        JpegError::UnexpectedEof => PictureError::CutShort,
        JpegError::Unsupported(what) => not_supported(what),
        error @ JpegError::LimitExceeded { .. } => not_supported(error.to_string()),
        error => PictureError::Damaged { format: PictureFormat::Jpeg, reason: error.to_string() },
    }
}

fn not_supported(what: String) -> PictureError {
    PictureError::NotSupported { format: PictureFormat::Jpeg, what }
}
