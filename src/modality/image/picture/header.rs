//! What a file's header says about its picture before a pixel is decoded: enough to refuse a bomb, and to know whether
//! browsers show the picture that the encoder sees.

use std::io::{BufRead, Read, Seek, SeekFrom};

use image::codecs::{bmp, webp};
use image::{ImageDecoder, ImageError};

use super::exif::{self, Turn};
use super::{PictureError, PictureFormat, gif, jpeg, png, tiff};

/// A picture as its file describes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "independent facts, each of which a file may have")]
pub struct Header {
    pub format: PictureFormat,
    /// As stored, before it is turned.
    pub width: u32,
    pub height: u32,
    pub turn: Turn,
    /// Whether parts of it may be transparent.
    pub alpha: bool,
    /// Whether it has more than 8 bits per colour.
    pub deep: bool,
    /// Whether the file holds several pictures.
    pub several: bool,
    /// Whether its colours are not plain sRGB: inks, a colour profile, a gamma. Browsers
    /// translate them; training libraries, and so the encoder, take the numbers as they are.
    pub other_colours: bool,
}

impl Header {
    /// Pixels in all.
    pub fn pixels(&self) -> u64 {
        u64::from(self.width) * u64::from(self.height)
    }
}

/// Whether every browser shows the file as the encoder sees it, on any page background. Other files are sent as a PNG
/// of the encoder's pixels.
pub fn browser_shows_the_same(header: &Header) -> bool {
    let turned = header.turn.is_none() || (header.format == PictureFormat::Jpeg && header.turn.standard);
    header.format != PictureFormat::Tiff
        && turned
        && !header.alpha
        && !header.deep
        && !header.several
        && !header.other_colours
}

/// Read what the file says.
///
/// # Errors
/// When it is not a picture, or its beginning is truncated or damaged.
pub fn read_header(mut file: impl BufRead + Seek) -> Result<Header, PictureError> {
    let mut first = Vec::new();
    file.by_ref().take(32).read_to_end(&mut first).map_err(|error| PictureError::NotRead(error.to_string()))?;
    if first.is_empty() {
        return Err(PictureError::Empty);
    }
    let format = PictureFormat::of(&first).ok_or(PictureError::NotAPicture)?;
    file.seek(SeekFrom::Start(0)).map_err(|error| PictureError::NotRead(error.to_string()))?;
    let header = match format {
        PictureFormat::Jpeg => jpeg::header(file)?,
        PictureFormat::Png => png::header(file).map_err(|error| of_io(format, &error))?,
        PictureFormat::Gif => gif::header(file).map_err(|error| of_io(format, &error))?,
        PictureFormat::Tiff => tiff::header(file)?,
        PictureFormat::Webp => {
            let mut decoder = webp::WebPDecoder::new(file).map_err(|error| of_library(format, error))?;
            let profile = decoder.icc_profile().ok().flatten();
            // Damaged metadata is not a reason to lose a picture.
            let turn = decoder.exif_metadata().ok().flatten().map_or(Turn::NONE, |block| exif::turn(&block));
            let several = decoder.has_animation();
            Header { turn, several, other_colours: profile.is_some_and(|it| !is_srgb(&it)), ..plain(format, &decoder) }
        }
        PictureFormat::Bmp => plain(format, &bmp::BmpDecoder::new(file).map_err(|error| of_library(format, error))?),
    };
    if header.pixels() == 0 {
        return Err(PictureError::Damaged { format, reason: "it has no pixels".to_owned() });
    }
    Ok(header)
}

fn plain(format: PictureFormat, decoder: &impl ImageDecoder) -> Header {
    let ((width, height), alpha) = (decoder.dimensions(), decoder.color_type().has_alpha());
    Header { format, width, height, turn: Turn::NONE, alpha, deep: false, several: false, other_colours: false }
}

/// Whether a colour profile is one of the many sRGB ones.
pub(super) fn is_srgb(profile: &[u8]) -> bool {
    // Its description names it, in ASCII or in UTF-16.
    let start = &profile[..profile.len().min(4096)];
    [&b"sRGB"[..], b"s\0R\0G\0B"].iter().any(|name| start.windows(name.len()).any(|part| part == *name))
}

pub(super) fn of_io(format: PictureFormat, error: &std::io::Error) -> PictureError {
    match error.kind() {
        std::io::ErrorKind::UnexpectedEof => PictureError::CutShort,
        _ => PictureError::Damaged { format, reason: error.to_string() },
    }
}

pub(super) fn of_library(format: PictureFormat, error: ImageError) -> PictureError {
    match error {
        ImageError::IoError(error) => of_io(format, &error),
        ImageError::Unsupported(error) => PictureError::NotSupported { format, what: error.to_string() },
        error => PictureError::Damaged { format, reason: error.to_string() },
    }
}
