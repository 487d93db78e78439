//! Small files of every kind, good and bad, made here byte by byte.

use image::codecs::gif::GifEncoder;
use image::{DynamicImage, Frame, GrayImage, ImageBuffer, ImageFormat, Luma, LumaA, Rgb, RgbImage, Rgba, RgbaImage};

use super::*;

fn written(picture: &DynamicImage, format: ImageFormat) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    picture.write_to(&mut bytes, format).unwrap();
    bytes.into_inner()
}

fn read(bytes: &[u8]) -> Result<Picture, PictureError> {
    decode(bytes, &Limits::default())
}

/// The same with the file's metadata.
fn known(bytes: &[u8]) -> Decoded {
    with(bytes, &Limits::default(), |decoded| decoded).unwrap()
}

/// Whether a browser may be sent the file itself.
fn same(bytes: &[u8]) -> bool {
    browser_shows_the_same(&known(bytes).header)
}

/// Six pixels, all different: three wide, two high.
fn six() -> RgbImage {
    RgbImage::from_fn(3, 2, |x, y| Rgb([x as u8 * 80, y as u8 * 200, 10]))
}

fn png_chunk(kind: [u8; 4], data: &[u8]) -> Vec<u8> {
    let mut body = kind.to_vec();
    body.extend_from_slice(data);
    let crc = crc32fast::hash(&body);
    [&(data.len() as u32).to_be_bytes()[..], &body, &crc.to_be_bytes()].concat()
}

/// A PNG that claims to be this large and holds next to nothing.
fn png_of(width: u32, height: u32) -> Vec<u8> {
    let mut header = [width.to_be_bytes(), height.to_be_bytes()].concat();
    header.extend([8, 2, 0, 0, 0]);
    let parts =
        [b"\x89PNG\r\n\x1a\n".to_vec(), png_chunk(*b"IHDR", &header), png_chunk(*b"IDAT", &[0x78, 0x9c, 0x03, 0])];
    [parts.concat(), png_chunk(*b"IEND", &[])].concat()
}

/// A JPEG with the orientation of its camera in an Exif segment.
fn jpeg_held(orientation: u16) -> Vec<u8> {
    let upright = RgbImage::from_fn(48, 32, |x, _| if x < 24 { Rgb([250, 0, 0]) } else { Rgb([0, 0, 250]) });
    let plain = written(&upright.into(), ImageFormat::Jpeg);
    let mut exif = b"Exif\0\0II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0".to_vec();
    exif.extend(orientation.to_le_bytes());
    exif.extend([0; 6]);
    let length = (exif.len() as u16 + 2).to_be_bytes();
    [&plain[..2], &[0xff, 0xe1], &length, &exif, &plain[2..]].concat()
}

fn pixel(picture: &Picture, x: u32, y: u32) -> [u8; 3] {
    let at = ((y * picture.width + x) * 3) as usize;
    picture.pixels[at..at + 3].try_into().unwrap()
}

#[test]
fn lossless_formats_give_every_pixel_back() {
    let formats = [
        (ImageFormat::Png, PictureFormat::Png),
        (ImageFormat::Bmp, PictureFormat::Bmp),
        (ImageFormat::Tiff, PictureFormat::Tiff),
        (ImageFormat::WebP, PictureFormat::Webp),
    ];
    for (write, format) in formats {
        let bytes = written(&six().into(), write);
        let Decoded { picture, header, notes } = known(&bytes);
        assert_eq!((picture.width, picture.height, header.format), (3, 2, format));
        assert_eq!(picture.pixels, six().into_raw(), "{format:?}");
        assert_eq!(notes, [], "{format:?}");
        assert_eq!(same(&bytes), format != PictureFormat::Tiff);
    }
}

#[test]
fn sixteen_bits_become_eight_by_value_and_not_by_cutting() {
    let deep = ImageBuffer::<Rgb<u16>, _>::from_fn(4, 1, |x, _| Rgb([x as u16 * 21845, 257, 65535]));
    for format in [ImageFormat::Png, ImageFormat::Tiff] {
        let bytes = written(&DynamicImage::from(deep.clone()), format);
        let picture = read(&bytes).unwrap();
        assert!(!same(&bytes), "{format:?}");
        let red: Vec<u8> = picture.pixels.chunks(3).map(|p| p[0]).collect();
        assert_eq!(red, [0, 85, 170, 255]);
        assert_eq!(picture.pixels[1..3], [1, 255]);
    }
    let grey = ImageBuffer::<Luma<u16>, _>::from_pixel(2, 2, Luma([32896]));
    let picture = read(&written(&DynamicImage::from(grey), ImageFormat::Png)).unwrap();
    assert_eq!(picture.pixels, [128; 12]);
}

#[test]
fn grey_becomes_three_equal_colours() {
    let grey = GrayImage::from_fn(2, 1, |x, _| Luma([x as u8 * 200]));
    for format in [ImageFormat::Png, ImageFormat::Bmp, ImageFormat::Tiff] {
        let picture = read(&written(&grey.clone().into(), format)).unwrap();
        assert_eq!(picture.pixels, [0, 0, 0, 200, 200, 200], "{format:?}");
    }
}

#[test]
fn transparency_lies_over_white() {
    let alpha = RgbaImage::from_fn(3, 1, |x, _| Rgba([200, 0, 0, [0, 255, 51][x as usize]]));
    for format in [ImageFormat::Png, ImageFormat::WebP] {
        let picture = read(&written(&alpha.clone().into(), format)).unwrap();
        assert_eq!(pixel(&picture, 0, 0), [255, 255, 255], "{format:?}");
        assert_eq!(pixel(&picture, 1, 0), [200, 0, 0]);
        assert_eq!(pixel(&picture, 2, 0), [244, 204, 204]);
    }
    let grey = ImageBuffer::<LumaA<u8>, _>::from_pixel(1, 1, LumaA([0, 0]));
    assert_eq!(read(&written(&grey.into(), ImageFormat::Png)).unwrap().pixels, [255, 255, 255]);
}

#[test]
fn the_camera_s_orientation_is_applied() {
    let red = |p: [u8; 3]| p[0] > 150 && p[2] < 100;
    // Stored, the left half is red. Where red lies, held like this:
    let cases = [(1, (2, 2)), (2, (45, 2)), (3, (45, 2)), (6, (2, 2)), (8, (2, 45))];
    for (orientation, (x, y)) in cases {
        let picture = read(&jpeg_held(orientation)).unwrap();
        let turned = orientation >= 5;
        assert_eq!((picture.width, picture.height), if turned { (32, 48) } else { (48, 32) }, "{orientation}");
        assert!(red(pixel(&picture, x, y)), "{orientation}: {:?}", pixel(&picture, x, y));
        let (far_x, far_y) = (picture.width - 1 - x, picture.height - 1 - y);
        assert!(!red(pixel(&picture, far_x, far_y)), "{orientation}");
    }
    // Nonsense in the metadata is not a reason to lose the picture.
    assert_eq!(read(&jpeg_held(77)).unwrap().width, 48);
}

#[test]
fn an_animation_is_its_first_picture() {
    let mut bytes = Vec::new();
    let mut encoder = GifEncoder::new(&mut bytes);
    for colour in [[250, 0, 0, 255], [0, 250, 0, 255], [0, 0, 250, 255]] {
        encoder.encode_frame(Frame::new(RgbaImage::from_pixel(5, 4, Rgba(colour)))).unwrap();
    }
    drop(encoder);
    let Decoded { picture, header, notes } = known(&bytes);
    assert_eq!((picture.width, picture.height, header.format), (5, 4, PictureFormat::Gif));
    assert_eq!(pixel(&picture, 4, 3), [250, 0, 0]);
    assert_eq!(notes, [PictureNote::Animation]);
    assert!(!same(&bytes), "a browser plays it");
    // A single picture that covers all is shown as it is.
    let mut one = Vec::new();
    GifEncoder::new(&mut one).encode_frame(Frame::new(RgbaImage::from_pixel(5, 4, Rgba([9, 9, 9, 255])))).unwrap();
    assert!(same(&one));
}

#[test]
fn a_picture_cut_short_is_refused_wherever_it_is_cut() {
    let noisy: DynamicImage =
        RgbImage::from_fn(40, 40, |x, y| Rgb([(x * 97 + y * 57) as u8, (x * y) as u8, (x ^ y) as u8])).into();
    for format in [ImageFormat::Jpeg, ImageFormat::Png, ImageFormat::Bmp, ImageFormat::Tiff, ImageFormat::WebP] {
        let whole = written(&noisy, format);
        read(&whole).unwrap();
        for share in [1, 10, 50, 90] {
            let cut = &whole[..whole.len() * share / 100];
            assert!(read(cut).is_err(), "{format:?} at {share} %");
        }
    }
    let jpeg = written(&noisy, ImageFormat::Jpeg);
    // What some cameras append, or leave out behind the last pixel, does no harm; an end that was put behind half a picture is.
    read(&[&jpeg[..], b"trailing bytes"].concat()).unwrap();
    read(&[&jpeg[..jpeg.len() - 2], &[0; 40]].concat()).unwrap();
    let half = [&jpeg[..jpeg.len() / 2], &[0xff, 0xd9]].concat();
    assert_eq!(read(&half), Err(PictureError::CutShort));
}

#[test]
fn an_embedded_preview_does_not_make_a_cut_photograph_whole() {
    let preview = written(&six().into(), ImageFormat::Jpeg);
    let photo = written(&RgbImage::from_pixel(200, 200, Rgb([1, 2, 3])).into(), ImageFormat::Jpeg);
    let length = (preview.len() as u16 + 2).to_be_bytes();
    let with_preview = [&photo[..2], &[0xff, 0xe2], &length, &preview, &photo[2..]].concat();
    assert_eq!(read(&with_preview).unwrap().width, 200);
    assert_eq!(read(&with_preview[..with_preview.len() - 40]), Err(PictureError::CutShort));
}

#[test]
fn a_bomb_is_refused_by_its_header() {
    let side = 60_000;
    let error = read(&png_of(side, side)).unwrap_err();
    assert_eq!(error, PictureError::TooManyPixels { width: side, height: side, limit: 100_000_000 });
    let mut bmp = written(&six().into(), ImageFormat::Bmp);
    bmp[18..22].copy_from_slice(&side.to_le_bytes());
    bmp[22..26].copy_from_slice(&side.to_le_bytes());
    assert_eq!(read(&bmp).unwrap_err(), error);
    let mut gif = Vec::new();
    GifEncoder::new(&mut gif).encode_frame(Frame::new(RgbaImage::new(1, 1))).unwrap();
    gif[6..10].copy_from_slice(&[0xff; 4]);
    assert!(matches!(read(&gif).unwrap_err(), PictureError::TooManyPixels { .. }), "{:?}", read(&gif));
    let mut jpeg = written(&six().into(), ImageFormat::Jpeg);
    let frame = jpeg.windows(2).position(|two| two[0] == 0xff && (0xc0..=0xc2).contains(&two[1])).unwrap();
    jpeg[frame + 5..frame + 9].copy_from_slice(&[0xff; 4]);
    assert!(matches!(read(&jpeg).unwrap_err(), PictureError::TooManyPixels { .. }), "{:?}", read(&jpeg));
    // Absurd or zero sizes are refused too; the message does not matter.
    for (width, height) in [(u32::MAX, u32::MAX), (0x7fff_ffff, 2), (0, 10), (10, 0)] {
        assert!(read(&png_of(width, height)).is_err(), "{width} x {height}");
    }
}

#[test]
fn the_limits_hold_exactly() {
    let bytes = written(&six().into(), ImageFormat::Png);
    let limits = |max_pixels, max_bytes| Limits { max_pixels, max_bytes };
    let length = bytes.len() as u64;
    assert!(decode(&bytes, &limits(6, length)).is_ok());
    let pixels = decode(&bytes, &limits(5, length)).unwrap_err();
    assert_eq!(pixels, PictureError::TooManyPixels { width: 3, height: 2, limit: 5 });
    let long = decode(&bytes, &limits(6, length - 1)).unwrap_err();
    assert_eq!(long, PictureError::TooManyBytes { bytes: length, limit: length - 1 });
}

#[test]
fn the_content_names_the_format_and_anything_else_is_no_picture() {
    let named = [
        (ImageFormat::Jpeg, PictureFormat::Jpeg),
        (ImageFormat::Png, PictureFormat::Png),
        (ImageFormat::Gif, PictureFormat::Gif),
        (ImageFormat::WebP, PictureFormat::Webp),
    ];
    for (write, format) in named {
        assert_eq!(PictureFormat::of(&written(&six().into(), write)), Some(format));
        assert_eq!(PictureFormat::from_name(format.as_str()), Some(format));
    }
    assert_eq!(read(b"").unwrap_err(), PictureError::Empty);
    let others: [&[u8]; 5] =
        [b"<svg xmlns='http://www.w3.org/2000/svg'/>", b"%PDF-1.7", b"hello", b"\0", b"PK\x03\x04"];
    for other in others {
        assert_eq!(read(other).unwrap_err(), PictureError::NotAPicture);
    }
}

#[test]
fn thumbnails_keep_the_shape_and_never_grow() {
    let wide = read(&written(&RgbImage::new(400, 100).into(), ImageFormat::Png)).unwrap();
    let size = |bytes: &[u8]| {
        assert_eq!(PictureFormat::of(bytes), Some(PictureFormat::Jpeg));
        read(bytes).map(|small| (small.width, small.height)).unwrap()
    };
    assert_eq!(size(&thumbnail(&wide, 64).unwrap()), (64, 16));
    assert_eq!(size(&thumbnail(&wide, 1000).unwrap()), (400, 100));
    let line = read(&written(&RgbImage::new(900, 1).into(), ImageFormat::Png)).unwrap();
    assert_eq!(size(&thumbnail(&line, 64).unwrap()), (64, 1));
    assert_eq!(read(&to_png(&wide).unwrap()).unwrap().pixels, wide.pixels);
}

#[derive(serde::Deserialize)]
struct Oracle {
    cases: Vec<Case>,
}

#[derive(serde::Deserialize)]
struct Case {
    name: String,
    /// In base64.
    file: String,
    width: u32,
    height: u32,
    /// Of the pixels.
    sha256: String,
}

fn from_base64(text: &str) -> Vec<u8> {
    const DIGITS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let digit = |byte: u8| DIGITS.iter().position(|digit| *digit == byte).map(|value| value as u32);
    let digits: Vec<u32> = text.bytes().filter_map(digit).collect();
    let three = |four: &[u32]| {
        let bits = four.iter().enumerate().fold(0, |bits, (at, value)| bits | value << (18 - 6 * at));
        bits.to_be_bytes()[1..four.len()].to_vec()
    };
    digits.chunks(4).flat_map(three).collect()
}

#[test]
fn a_jpeg_gives_the_very_pixels_of_pillow() {
    use sha2::Digest as _;
    let oracle: Oracle = serde_json::from_str(include_str!("../../../../tests/data/jpeg.json")).unwrap();
    assert_eq!(oracle.cases.len(), 54);
    for case in oracle.cases {
        let picture = read(&from_base64(&case.file)).unwrap();
        assert_eq!((picture.width, picture.height), (case.width, case.height), "{}", case.name);
        assert_eq!(crate::data::hex(&sha2::Sha256::digest(&picture.pixels)), case.sha256, "{}", case.name);
    }
}

#[test]
fn what_a_browser_shows_otherwise_is_known_from_the_header() {
    let png = |chunks: &[(&[u8; 4], Vec<u8>)]| {
        let whole = written(&six().into(), ImageFormat::Png);
        let added: Vec<u8> = chunks.iter().flat_map(|(kind, data)| png_chunk(**kind, data)).collect();
        // Behind the signature and the header.
        [&whole[..33], &added, &whole[33..]].concat()
    };
    assert!(same(&png(&[])));
    assert!(same(&png(&[(b"gAMA", 45_455u32.to_be_bytes().to_vec())])));
    assert!(!same(&png(&[(b"gAMA", 100_000u32.to_be_bytes().to_vec())])));
    assert!(same(&png(&[(b"gAMA", 100_000u32.to_be_bytes().to_vec()), (b"sRGB", vec![0])])));
    assert!(!same(&png(&[(b"acTL", [2u32.to_be_bytes(), [0; 4]].concat())])));
    assert!(same(&jpeg_held(6)));
    let clear = RgbaImage::from_pixel(2, 2, Rgba([0, 0, 0, 0]));
    for format in [ImageFormat::Png, ImageFormat::WebP] {
        assert!(!same(&written(&clear.clone().into(), format)), "{format:?}");
    }
}

#[test]
fn big_tiff_is_known_by_its_first_bytes() {
    assert_eq!(PictureFormat::of(b"II+\0\x08\0\0\0"), Some(PictureFormat::Tiff));
    assert_eq!(PictureFormat::of(b"MM\0+\0\x08\0\0"), Some(PictureFormat::Tiff));
}
