//! What a picture looks like, in a few bytes: enough to find its copies in any file format.
//!
//! Two files of one picture may differ in their metadata, their compression or their size. Equal pixels are found by a digest of
//! what the encoder sees; other copies by a difference hash (N. Krawetz, "Kind of Like That", 2013), which re-encoding and
//! resizing hardly change, and are then compared pixel by pixel at thumbnail size.

use sha2::{Digest as _, Sha256};

use crate::data::hex;
use crate::modality::Fingerprint;
use crate::modality::image::picture::Picture;
use crate::modality::image::resample::resample;
use crate::modality::image::spec::Filter;

/// Side of the squares on which thumbnails are compared.
const SIDE: u32 = 32;
/// Mean and largest difference of a level, 0 to 255, between copies at that size. Photographs compressed at quality 30 differ by at
/// most 3.2 and 23, at half their size by 4.5 and 42; of 1.1 million pairs of different clothes none came below 8 in the mean.
const MEAN: f64 = 5.0;
const LARGEST: f64 = 45.0;
/// The same as shares of the picture's own standard deviation, where that is less: pictures with little in them differ by little.
const MEAN_SHARE: f64 = 0.2;
const LARGEST_SHARE: f64 = 2.0;

/// The fingerprint of a decoded picture. One pass over its pixels.
pub fn of(picture: &Picture) -> Fingerprint {
    let mut digest = Sha256::new();
    digest.update(picture.width.to_le_bytes());
    digest.update(picture.height.to_le_bytes());
    digest.update(&picture.pixels);
    Fingerprint { content: hex(&digest.finalize()[..16]), hash: difference_hash(picture) }
}

fn difference_hash(picture: &Picture) -> u64 {
    let grey: Vec<u32> = squeezed(picture, [9, 8]).chunks_exact(3).map(luma).collect();
    let mut hash = 0;
    for row in grey.chunks_exact(9) {
        for pair in row.windows(2) {
            hash = hash << 1 | u64::from(pair[1] > pair[0]);
        }
    }
    hash
}

/// Rec. 601 luma, times 1000.
fn luma(rgb: &[u8]) -> u32 {
    299 * u32::from(rgb[0]) + 587 * u32::from(rgb[1]) + 114 * u32::from(rgb[2])
}

fn squeezed(picture: &Picture, to: [u32; 2]) -> Vec<u8> {
    let whole = [0.0, 0.0, f64::from(picture.width), f64::from(picture.height)];
    resample(&picture.pixels, [picture.width, picture.height], whole, to, Filter::Box)
}

/// Whether two pictures whose hashes are near are copies: of the same proportions, and alike at every place.
pub fn same(one: &Picture, other: &Picture) -> bool {
    let ratio = |picture: &Picture| f64::from(picture.width) / f64::from(picture.height);
    // A thumbnail's sides are whole pixels, so its proportions are a little off.
    let slack = 1.0 + 1.5 / f64::from(one.width.min(one.height).min(other.width).min(other.height));
    let turned = ratio(one) / ratio(other);
    if turned > slack || turned < 1.0 / slack {
        return false;
    }
    let (one, other) = (squeezed(one, [SIDE, SIDE]), squeezed(other, [SIDE, SIDE]));
    let deviation = deviation(&one);
    let apart = || one.iter().zip(&other).map(|(a, b)| a.abs_diff(*b));
    let mean = apart().map(f64::from).sum::<f64>() / one.len() as f64;
    let largest = apart().max().map_or(0.0, f64::from);
    mean <= MEAN.min(MEAN_SHARE * deviation) && largest <= LARGEST.min(LARGEST_SHARE * deviation)
}

/// Standard deviation of the levels about the mean of their channel.
fn deviation(rgb: &[u8]) -> f64 {
    let n = (rgb.len() / 3) as f64;
    let mut squares = 0.0;
    for channel in 0..3 {
        let levels = || rgb.iter().skip(channel).step_by(3).map(|&level| f64::from(level));
        let mean = levels().sum::<f64>() / n;
        squares += levels().map(|level| (level - mean).powi(2)).sum::<f64>();
    }
    (squares / (3.0 * n)).sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::math::random;
    use crate::modality::image::picture::{Limits, decode, to_png};

    /// Soft shapes, unlike for each seed, as photographs are: no two neighbouring pixels differ much.
    fn photograph(seed: u64, width: u32, height: u32) -> Picture {
        let wave = |n: u64| random::unit(random::hash(seed, n));
        let level = |x: u32, y: u32, channel: u64| {
            let (x, y) = (f64::from(x) / f64::from(width), f64::from(y) / f64::from(height));
            let value: f64 = (0..5)
                .map(|k| {
                    let at = 100 * channel + 10 * k;
                    let (fx, fy, shift) = (6.0 * wave(at), 6.0 * wave(at + 1), 6.3 * wave(at + 2));
                    (fx * x * 3.0 + fy * y * 3.0 + shift).sin()
                })
                .sum();
            (127.5 + 25.0 * value).clamp(0.0, 255.0) as u8
        };
        let pixels = (0..height).flat_map(|y| (0..width).flat_map(move |x| (0..3).map(move |c| (x, y, c))));
        Picture {
            pixels: pixels.map(|(x, y, c)| level(x, y, c)).collect(),
            ..decode(&to_png(&blank(width, height)).unwrap(), &Limits::default()).unwrap()
        }
    }

    fn blank(width: u32, height: u32) -> Picture {
        let pixels = vec![255; (width * height * 3) as usize];
        let mut png = Vec::new();
        image::ImageEncoder::write_image(
            image::codecs::png::PngEncoder::new(&mut png),
            &pixels,
            width,
            height,
            image::ExtendedColorType::Rgb8,
        )
        .unwrap();
        decode(&png, &Limits::default()).unwrap()
    }

    fn as_jpeg(picture: &Picture, quality: u8) -> Picture {
        let mut out = Vec::new();
        let encoder = image::codecs::jpeg::JpegEncoder::new_with_quality(&mut out, quality);
        let (width, height) = (picture.width, picture.height);
        image::ImageEncoder::write_image(encoder, &picture.pixels, width, height, image::ExtendedColorType::Rgb8)
            .unwrap();
        decode(&out, &Limits::default()).unwrap()
    }

    fn resized(picture: &Picture, width: u32, height: u32) -> Picture {
        Picture { pixels: squeezed(picture, [width, height]), width, height }
    }

    #[test]
    fn one_picture_in_two_formats_has_the_same_pixels() {
        let picture = photograph(1, 40, 30);
        let again = decode(&to_png(&picture).unwrap(), &Limits::default()).unwrap();
        assert_eq!(of(&picture), of(&again));
        assert_ne!(of(&picture).content, of(&photograph(2, 40, 30)).content);
        // The same bytes with other dimensions are another picture.
        let tall = Picture { width: 30, height: 40, pixels: picture.pixels.clone() };
        assert_ne!(of(&picture).content, of(&tall).content);
    }

    #[test]
    fn copies_at_another_quality_or_size_are_near_and_the_same() {
        for seed in 0..20 {
            let picture = photograph(seed, 160, 120);
            let copies = [as_jpeg(&picture, 50), resized(&picture, 80, 60), as_jpeg(&resized(&picture, 112, 84), 75)];
            for copy in &copies {
                let apart = (of(&picture).hash ^ of(copy).hash).count_ones();
                assert!(apart <= 8, "seed {seed}: {apart} bits");
                assert!(same(&picture, copy), "seed {seed}");
            }
        }
    }

    #[test]
    fn different_pictures_are_not_the_same() {
        for seed in 0..40 {
            assert!(!same(&photograph(seed, 96, 96), &photograph(seed + 1, 96, 96)), "seed {seed}");
        }
        let flat = |level| Picture { pixels: vec![level; 96 * 96 * 3], ..photograph(0, 96, 96) };
        assert!(!same(&flat(100), &flat(102)), "what has nothing in it is the same only pixel for pixel");
        let picture = photograph(3, 96, 96);
        assert!(!same(&picture, &resized(&picture, 96, 64)), "other proportions are another picture");
        // A mark that covers a sixteenth of each side.
        let mut marked = picture.clone();
        for y in 40..46 {
            for x in 40..46 {
                let at = (y * 96 + x) * 3;
                let dark = if picture.pixels[at] > 127 { 0 } else { 255 };
                marked.pixels[at..at + 3].fill(dark);
            }
        }
        assert!(!same(&picture, &marked));
    }
}
