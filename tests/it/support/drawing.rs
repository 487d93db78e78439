//! Odd pictures, drawn byte by byte: four quadrants in red, green, blue and yellow, in every kind of file.

use std::io::Cursor;

use image::codecs::gif::GifEncoder;
use image::{DynamicImage, Frame, ImageBuffer, ImageFormat, Luma, Rgb, RgbImage, Rgba, RgbaImage};

pub const SIZE: (u32, u32) = (64, 32);
/// Upper left, upper right, lower left, lower right.
pub const COLOURS: [[u8; 3]; 4] = [[220, 30, 40], [30, 180, 60], [40, 60, 210], [240, 210, 40]];

/// Which quadrant a pixel is in.
pub fn quadrant(x: u32, y: u32) -> usize {
    usize::from(x >= SIZE.0 / 2) + 2 * usize::from(y >= SIZE.1 / 2)
}

pub fn quadrants() -> RgbImage {
    RgbImage::from_fn(SIZE.0, SIZE.1, |x, y| Rgb(COLOURS[quadrant(x, y)]))
}

pub fn written(picture: &DynamicImage, format: ImageFormat) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    picture.write_to(&mut bytes, format).unwrap();
    bytes.into_inner()
}

/// Stands in for black letters on a transparent background.
pub fn black_on_nothing(format: ImageFormat) -> Vec<u8> {
    let line = |x: u32, y: u32| if (8..24).contains(&y) && x % 8 < 3 { [0, 0, 0, 255] } else { [0, 0, 0, 0] };
    written(&RgbaImage::from_fn(SIZE.0, SIZE.1, |x, y| Rgba(line(x, y))).into(), format)
}

/// Yellow at half strength in the lower right corner, nothing in the upper left.
pub fn half_transparent() -> RgbaImage {
    RgbaImage::from_fn(SIZE.0, SIZE.1, |x, y| {
        let at = quadrant(x, y);
        let [r, g, b] = COLOURS[at];
        Rgba([r, g, b, [0, 255, 255, 128][at]])
    })
}

/// A picture of 16-bit numbers of which 12 bits are used.
pub fn twelve_bits(format: ImageFormat) -> Vec<u8> {
    let levels = [320u16, 1200, 2600, 4000];
    let picture = ImageBuffer::<Luma<u16>, _>::from_fn(SIZE.0, SIZE.1, |x, y| Luma([levels[quadrant(x, y)]]));
    written(&picture.into(), format)
}

pub fn deep_colours(format: ImageFormat) -> Vec<u8> {
    let picture = ImageBuffer::<Rgb<u16>, _>::from_fn(SIZE.0, SIZE.1, |x, y| {
        Rgb(COLOURS[quadrant(x, y)].map(|level| u16::from(level) * 257))
    });
    written(&picture.into(), format)
}

/// White, then the colours.
pub fn animated_gif() -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut encoder = GifEncoder::new(&mut bytes);
    let white = RgbaImage::from_pixel(SIZE.0, SIZE.1, Rgba([255; 4]));
    for picture in [white, DynamicImage::from(quadrants()).into_rgba8()] {
        encoder.encode_frame(Frame::new(picture)).unwrap();
    }
    drop(encoder);
    bytes
}

/// An Exif block that holds an orientation, as a 16-bit or a 32-bit number.
pub fn exif(orientation: u16, long: bool) -> Vec<u8> {
    let kind = if long { 4u16 } else { 3 };
    let value = u32::from(orientation).to_le_bytes();
    [b"II*\0\x08\0\0\0\x01\0\x12\x01", &kind.to_le_bytes()[..], &1u32.to_le_bytes(), &value, &[0; 4]].concat()
}

/// A JPEG of high quality, so that its colours are known to a few levels.
pub fn jpeg() -> Vec<u8> {
    let mut bytes = Vec::new();
    let encoder = image::codecs::jpeg::JpegEncoder::new_with_quality(&mut bytes, 95);
    quadrants().write_with_encoder(encoder).unwrap();
    bytes
}

pub fn turned_jpeg(orientation: u16, long: bool) -> Vec<u8> {
    let block = [b"Exif\0\0", &exif(orientation, long)[..]].concat();
    let length = (block.len() as u16 + 2).to_be_bytes();
    let plain = jpeg();
    [&plain[..2], &[0xff, 0xe1], &length, &block, &plain[2..]].concat()
}

fn riff(kind: [u8; 4], data: &[u8]) -> Vec<u8> {
    let mut chunk = [&kind[..], &(data.len() as u32).to_le_bytes(), data].concat();
    chunk.resize(chunk.len().next_multiple_of(2), 0);
    chunk
}

/// An extended `WebP` with these parts behind its header; `flags` say which.
fn extended_webp(flags: u8, parts: &[Vec<u8>]) -> Vec<u8> {
    let side = |n: u32| (n - 1).to_le_bytes()[..3].to_vec();
    let header = riff(*b"VP8X", &[&[flags, 0, 0, 0][..], &side(SIZE.0), &side(SIZE.1)].concat());
    let body = [b"WEBP".to_vec(), header, parts.concat()].concat();
    [b"RIFF".to_vec(), (body.len() as u32).to_le_bytes().to_vec(), body].concat()
}

/// The part of a plain `WebP` that holds its pixels.
fn webp_pixels(picture: &RgbImage) -> Vec<u8> {
    written(&picture.clone().into(), ImageFormat::WebP)[12..].to_vec()
}

pub fn turned_webp(orientation: u16) -> Vec<u8> {
    extended_webp(0x08, &[webp_pixels(&quadrants()), riff(*b"EXIF", &exif(orientation, false))])
}

/// A frame that replaces what is below it: blending would round.
const NOT_BLENDED: u8 = 2;

/// White, then the colours.
pub fn animated_webp() -> Vec<u8> {
    let white = RgbImage::from_pixel(SIZE.0, SIZE.1, Rgb([255; 3]));
    let frame = |picture: &RgbImage| {
        let number = |n: u32| n.to_le_bytes()[..3].to_vec();
        let places =
            [number(0), number(0), number(SIZE.0 - 1), number(SIZE.1 - 1), number(100), vec![NOT_BLENDED]].concat();
        riff(*b"ANMF", &[places, webp_pixels(picture)].concat())
    };
    let animation = riff(*b"ANIM", &[255, 255, 255, 255, 0, 0]);
    extended_webp(0x02, &[animation, frame(&white), frame(&quadrants())])
}

/// A tag of a TIFF directory: number, kind (1 byte, 3 short, 4 long) and values.
pub type Field = (u16, u16, Vec<u32>);

/// A TIFF of one page in one strip, in either byte order and size of offsets.
pub fn tiff(fields: &[Field], data: &[u8], big: bool, little: bool) -> Vec<u8> {
    let number = |n: u64, length: usize| {
        if little { n.to_le_bytes()[..length].to_vec() } else { n.to_be_bytes()[8 - length..].to_vec() }
    };
    let size = |kind: u16| [0, 1, 1, 2, 4][usize::from(kind)];
    let mut fields = fields.to_vec();
    let header = if big { 16 } else { 8 };
    fields.extend([(273, 4, vec![header as u32]), (278, 4, vec![SIZE.1]), (279, 4, vec![data.len() as u32])]);
    fields.extend([(256, 4, vec![SIZE.0]), (257, 4, vec![SIZE.1])]);
    fields.sort_by_key(|field| field.0);
    let start = header + data.len();
    let (count, entry, inline) = if big { (8, 20, 8) } else { (2, 12, 4) };
    let mut outside = start + count + entry * fields.len() + inline;
    let (mut directory, mut rest) = (number(fields.len() as u64, count), Vec::new());
    for (tag, kind, values) in &fields {
        let bytes: Vec<u8> = values.iter().flat_map(|value| number(u64::from(*value), size(*kind))).collect();
        directory.extend(
            [number(u64::from(*tag), 2), number(u64::from(*kind), 2), number(values.len() as u64, inline)].concat(),
        );
        let place = if bytes.len() <= inline {
            let mut place = bytes;
            place.resize(inline, 0);
            place
        } else {
            let place = number(outside as u64, inline);
            outside += bytes.len();
            rest.extend(bytes);
            place
        };
        directory.extend(place);
    }
    directory.extend(number(0, inline));
    let mark = if little { b"II" } else { b"MM" };
    let head = if big {
        [mark.to_vec(), number(43, 2), number(8, 2), number(0, 2), number(start as u64, 8)].concat()
    } else {
        [mark.to_vec(), number(42, 2), number(start as u64, 4)].concat()
    };
    [head, data.to_vec(), directory, rest].concat()
}

/// The usual fields: bits of each sample, how colours are meant, samples of a pixel.
pub fn fields(bits: &[u32], meant: u32) -> Vec<Field> {
    vec![(258, 3, bits.to_vec()), (259, 3, vec![1]), (262, 3, vec![meant]), (277, 3, vec![bits.len() as u32])]
}

/// Bytes of each pixel in turn.
pub fn each<const N: usize>(pixel: impl Fn(usize) -> [u8; N]) -> Vec<u8> {
    (0..SIZE.1).flat_map(|y| (0..SIZE.0).map(move |x| quadrant(x, y))).flat_map(pixel).collect()
}

pub fn with(mut fields: Vec<Field>, more: &[Field]) -> Vec<Field> {
    fields.extend_from_slice(more);
    fields
}

/// Every odd picture that browsers show otherwise than the encoder sees it, by name.
pub fn shown_otherwise() -> Vec<(&'static str, Vec<u8>)> {
    let premultiplied = |at: usize| {
        let [r, g, b] = COLOURS[at];
        match at {
            0 => [0; 4],
            3 => [r / 2, g / 2, b / 2, 128],
            _ => [r, g, b, 255],
        }
    };
    let rgba = fields(&[8; 4], 2);
    vec![
        ("black-on-nothing.png", black_on_nothing(ImageFormat::Png)),
        ("black-on-nothing.webp", black_on_nothing(ImageFormat::WebP)),
        ("half-transparent.png", written(&half_transparent().into(), ImageFormat::Png)),
        ("turned-3.webp", turned_webp(3)),
        ("turned-6.webp", turned_webp(6)),
        ("white-then-colours.gif", animated_gif()),
        ("white-then-colours.webp", animated_webp()),
        ("twelve-bits.png", twelve_bits(ImageFormat::Png)),
        ("sixteen-bits.png", deep_colours(ImageFormat::Png)),
        ("sixteen-bits.tif", deep_colours(ImageFormat::Tiff)),
        ("premultiplied.tif", tiff(&with(rgba, &[(338, 3, vec![1])]), &each(premultiplied), false, true)),
        ("turned-long.jpg", turned_jpeg(6, true)),
    ]
}
