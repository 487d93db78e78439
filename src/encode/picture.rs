//! Pictures: bytes of any supported format in, upright RGB pixels out.
//!
//! **Invariant:** the pixel limit is checked from the header, before anything is decoded; what cannot be decoded whole is
//! refused, never half shown.

use std::io::Cursor;

use fast_image_resize as fir;
use image::{DynamicImage, ImageDecoder as _, ImageFormat, ImageReader};

use super::jpeg;

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

/// The format of a picture's bytes, whatever its name says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Format {
    Jpeg,
    Png,
    Webp,
    Bmp,
    Tiff,
    Gif,
}

impl Format {
    pub const ALL: [Self; 6] = [Self::Jpeg, Self::Png, Self::Webp, Self::Bmp, Self::Tiff, Self::Gif];

    /// The format that the first bytes show.
    pub fn of(bytes: &[u8]) -> Option<Self> {
        Some(match image::guess_format(bytes).ok()? {
            ImageFormat::Jpeg => Self::Jpeg,
            ImageFormat::Png => Self::Png,
            ImageFormat::WebP => Self::Webp,
            ImageFormat::Bmp => Self::Bmp,
            ImageFormat::Tiff => Self::Tiff,
            ImageFormat::Gif => Self::Gif,
            _ => return None,
        })
    }

    /// The name in the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Jpeg => "jpeg",
            Self::Png => "png",
            Self::Webp => "webp",
            Self::Bmp => "bmp",
            Self::Tiff => "tiff",
            Self::Gif => "gif",
        }
    }

    pub fn media_type(self) -> &'static str {
        match self {
            Self::Jpeg => "image/jpeg",
            Self::Png => "image/png",
            Self::Webp => "image/webp",
            Self::Bmp => "image/bmp",
            Self::Tiff => "image/tiff",
            Self::Gif => "image/gif",
        }
    }

    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|format| format.as_str() == name)
    }

    fn decoder(self) -> ImageFormat {
        match self {
            Self::Jpeg => ImageFormat::Jpeg,
            Self::Png => ImageFormat::Png,
            Self::Webp => ImageFormat::WebP,
            Self::Bmp => ImageFormat::Bmp,
            Self::Tiff => ImageFormat::Tiff,
            Self::Gif => ImageFormat::Gif,
        }
    }
}

/// Why bytes are not a picture that can be used.
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
    #[error("the {} file is damaged: {reason}", format.as_str())]
    Damaged { format: Format, reason: String },
}

/// An upright picture in 8-bit RGB.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Picture {
    /// height × width × 3, row-major.
    pub pixels: Vec<u8>,
    pub width: u32,
    pub height: u32,
    pub format: Format,
    /// Whether the file holds more than 8 bits per colour.
    pub deep: bool,
}

/// Decode a file: the format by content, the orientation of its metadata applied, grey and 16-bit turned into 8-bit RGB,
/// transparency laid over white, an animation reduced to its first picture.
///
/// # Errors
/// When the bytes are no picture, are beyond `limits`, or are damaged or cut short.
pub fn decode(bytes: &[u8], limits: &Limits) -> Result<Picture, PictureError> {
    if bytes.is_empty() {
        return Err(PictureError::Empty);
    }
    if bytes.len() as u64 > limits.max_bytes {
        return Err(PictureError::TooManyBytes { bytes: bytes.len() as u64, limit: limits.max_bytes });
    }
    let format = Format::of(bytes).ok_or(PictureError::NotAPicture)?;
    if format == Format::Jpeg && !jpeg::is_whole(bytes) {
        return Err(PictureError::CutShort);
    }
    let damaged = |error: image::ImageError| match &error {
        image::ImageError::IoError(io) if io.kind() == std::io::ErrorKind::UnexpectedEof => PictureError::CutShort,
        _ => PictureError::Damaged { format, reason: error.to_string() },
    };
    let mut reader = ImageReader::with_format(Cursor::new(bytes), format.decoder());
    let mut bounds = image::Limits::no_limits();
    // The largest pixel, four 32-bit floats, and room for the decoder itself.
    bounds.max_alloc = Some(limits.max_pixels.saturating_mul(16).saturating_add(64 << 20));
    reader.limits(bounds);
    let mut decoder = reader.into_decoder().map_err(damaged)?;
    let (width, height) = decoder.dimensions();
    if u64::from(width) * u64::from(height) > limits.max_pixels {
        return Err(PictureError::TooManyPixels { width, height, limit: limits.max_pixels });
    }
    if width == 0 || height == 0 {
        return Err(PictureError::Damaged { format, reason: "it has no pixels".to_owned() });
    }
    let color = decoder.color_type();
    let deep = u16::from(color.bytes_per_pixel()) > u16::from(color.channel_count());
    // Damaged metadata is no reason to lose a picture.
    let orientation = decoder.orientation().unwrap_or(image::metadata::Orientation::NoTransforms);
    let mut picture = DynamicImage::from_decoder(decoder).map_err(damaged)?;
    picture.apply_orientation(orientation);
    let (width, height) = (picture.width(), picture.height());
    Ok(Picture { pixels: over_white(picture), width, height, format, deep })
}

fn over_white(picture: DynamicImage) -> Vec<u8> {
    if !picture.color().has_alpha() {
        return picture.into_rgb8().into_raw();
    }
    let blend = |value: u8, alpha: u8| {
        let (value, alpha) = (u32::from(value), u32::from(alpha));
        ((value * alpha + 255 * (255 - alpha) + 127) / 255) as u8
    };
    let rgba = picture.into_rgba8().into_raw();
    rgba.chunks_exact(4).flat_map(|p| [blend(p[0], p[3]), blend(p[1], p[3]), blend(p[2], p[3])]).collect()
}

/// Whether browsers show the file itself; what they cannot show is offered as [`to_png`].
pub fn browser_can_show(picture: &Picture) -> bool {
    picture.format != Format::Tiff && !picture.deep
}

/// A JPEG whose longer side has at most `side` pixels; small pictures are not blown up.
pub fn thumbnail(picture: &Picture, side: u32) -> Result<Vec<u8>, PictureError> {
    let longer = picture.width.max(picture.height);
    let scaled = |n: u32| ((u64::from(n) * u64::from(side) + u64::from(longer) / 2) / u64::from(longer)).max(1) as u32;
    let (width, height) =
        if longer <= side { (picture.width, picture.height) } else { (scaled(picture.width), scaled(picture.height)) };
    let pixels = resize(picture, width, height);
    let mut out = Vec::new();
    let encoder = image::codecs::jpeg::JpegEncoder::new_with_quality(&mut out, 82);
    image::ImageEncoder::write_image(encoder, &pixels, width, height, image::ExtendedColorType::Rgb8)
        .map_err(|error| PictureError::Damaged { format: picture.format, reason: error.to_string() })?;
    Ok(out)
}

/// The picture as an 8-bit PNG, upright.
pub fn to_png(picture: &Picture) -> Result<Vec<u8>, PictureError> {
    let mut out = Vec::new();
    let encoder = image::codecs::png::PngEncoder::new(&mut out);
    image::ImageEncoder::write_image(
        encoder,
        &picture.pixels,
        picture.width,
        picture.height,
        image::ExtendedColorType::Rgb8,
    )
    .map_err(|error| PictureError::Damaged { format: picture.format, reason: error.to_string() })?;
    Ok(out)
}

/// A picture at another size, RGB8, as fast as can be; what a network sees goes through [`super::resample`].
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
