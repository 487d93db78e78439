//! Changed copies of a picture that show the same thing.
//!
//! A view is made by several kinds of change with drawn strengths (after Cubuk et al. 2020, "`RandAugment`", whose
//! kinds are fixed; here a project says which ones keep its labels): crops and colours always; changes that are either
//! made or not, with probability one half.

use std::fmt;
use std::str::FromStr;

use image::RgbImage;
use image::imageops::{self, flip_horizontal, flip_vertical, rotate90, rotate180, rotate270};
use rand_chacha::rand_core::Rng;

use crate::math::random;
use crate::modality::image::Picture;

/// Views of each labeled picture. More than four added nothing measurable.
pub const VIEWS: usize = 4;
/// The shorter side of a crop, as a share of the whole: from, to.
const CROP: (f64, f64) = (0.75, 0.95);
/// Factors of brightness and contrast, and of saturation.
const LIGHT: (f64, f64) = (0.7, 1.3);
const SATURATION: (f64, f64) = (0.6, 1.4);

/// A kind of change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Augmentation {
    /// Left and right exchanged.
    Mirror,
    /// Top and bottom exchanged.
    Flip,
    /// Turned by one, two or three quarters.
    Turn,
    /// A window of 75 to 95 % of each side.
    Crop,
    /// Brightness, contrast and saturation shifted, as Pillow's `ImageEnhance` does.
    Colour,
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not an augmentation; choose from mirror, flip, turn, crop and colour")]
pub struct UnknownAugmentation(String);

impl Augmentation {
    pub const ALL: [Self; 5] = [Self::Mirror, Self::Flip, Self::Turn, Self::Crop, Self::Colour];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Mirror => "mirror",
            Self::Flip => "flip",
            Self::Turn => "turn",
            Self::Crop => "crop",
            Self::Colour => "colour",
        }
    }

    pub fn title(self) -> &'static str {
        match self {
            Self::Mirror => "Mirrored",
            Self::Flip => "Upside down",
            Self::Turn => "Turned",
            Self::Crop => "Cropped",
            Self::Colour => "Other light and colours",
        }
    }

    /// What it does, and where it changes the answer.
    pub fn about(self) -> &'static str {
        match self {
            Self::Mirror => "Left and right exchanged. Not for letters, digits, or left and right hands.",
            Self::Flip => "Top and bottom exchanged. For pictures from above or under a microscope.",
            Self::Turn => "Turned by quarters. For pictures without an upper side.",
            Self::Crop => "A part of 75 to 95 % of each side. Not where what counts lies at the rim.",
            Self::Colour => "Brightness, contrast and colours shifted. Not where the shade is the answer.",
        }
    }
}

impl fmt::Display for Augmentation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Augmentation {
    type Err = UnknownAugmentation;

    fn from_str(name: &str) -> Result<Self, UnknownAugmentation> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == name).ok_or_else(|| UnknownAugmentation(name.to_owned()))
    }
}

/// The kinds a project's setting names, in their own order, each once.
///
/// # Errors
/// The first unknown name.
pub fn parse(names: &str) -> Result<Vec<Augmentation>, UnknownAugmentation> {
    let mut kinds: Vec<Augmentation> = names.split_whitespace().map(str::parse).collect::<Result<_, _>>()?;
    kinds.sort_unstable();
    kinds.dedup();
    Ok(kinds)
}

/// As [`parse`] reads them.
pub fn names(kinds: &[Augmentation]) -> String {
    kinds.iter().map(|kind| kind.as_str()).collect::<Vec<_>>().join(" ")
}

/// One changed copy of `picture`, decided by `seed`.
pub fn view(picture: &Picture, kinds: &[Augmentation], seed: u64) -> Picture {
    let mut rng = random::stream(seed, 0xa6);
    let by_degrees = |kind: Augmentation| matches!(kind, Augmentation::Crop | Augmentation::Colour);
    let drawn = kinds.iter().copied().filter(|&kind| by_degrees(kind) || rng.next_u64() & 1 == 1).collect::<Vec<_>>();
    with_all(picture, &drawn, &mut rng)
}

/// A copy that shows what `kind` does.
pub fn example(picture: &Picture, kind: Augmentation, seed: u64) -> Picture {
    with_all(picture, &[kind], &mut random::stream(seed, 0xe8))
}

fn with_all(picture: &Picture, kinds: &[Augmentation], rng: &mut impl Rng) -> Picture {
    let Some(mut image) = RgbImage::from_raw(picture.width, picture.height, picture.pixels.clone()) else {
        return picture.clone();
    };
    for &kind in kinds {
        image = changed(image, kind, rng);
    }
    Picture { width: image.width(), height: image.height(), pixels: image.into_raw() }
}

fn changed(image: RgbImage, kind: Augmentation, rng: &mut impl Rng) -> RgbImage {
    let mut between = |(low, high): (f64, f64)| low + (high - low) * random::unit(rng.next_u64());
    match kind {
        Augmentation::Mirror => flip_horizontal(&image),
        Augmentation::Flip => flip_vertical(&image),
        Augmentation::Turn => match between((0.0, 3.0)) as u32 {
            0 => rotate90(&image),
            1 => rotate180(&image),
            _ => rotate270(&image),
        },
        Augmentation::Crop => {
            let share = between(CROP);
            let side = |whole: u32| ((f64::from(whole) * share).round() as u32).clamp(1, whole);
            let (width, height) = (side(image.width()), side(image.height()));
            let mut place = |room: u32| (between((0.0, f64::from(room) + 1.0)) as u32).min(room);
            let (x, y) = (place(image.width() - width), place(image.height() - height));
            imageops::crop_imm(&image, x, y, width, height).to_image()
        }
        Augmentation::Colour => {
            let (brightness, contrast, saturation) = (between(LIGHT), between(LIGHT), between(SATURATION));
            enhanced(image, brightness as f32, contrast as f32, saturation as f32)
        }
    }
}

/// The luma of ITU-R 601-2, by which Pillow makes grey.
fn grey(pixel: [f32; 3]) -> f32 {
    0.299 * pixel[0] + 0.587 * pixel[1] + 0.114 * pixel[2]
}

/// Brightness, then contrast about the mean grey, then saturation about each pixel's grey; 1 changes nothing.
fn enhanced(mut image: RgbImage, brightness: f32, contrast: f32, saturation: f32) -> RgbImage {
    let bright = |value: u8| (f32::from(value) * brightness).min(255.0);
    let count = f64::from(image.width()) * f64::from(image.height());
    let total: f64 = image.pixels().map(|pixel| f64::from(grey(pixel.0.map(bright)))).sum();
    let mean = (total / count.max(1.0)).round() as f32;
    for pixel in image.pixels_mut() {
        let shown = pixel.0.map(|value| (mean + contrast * (bright(value) - mean)).clamp(0.0, 255.0));
        let grey = grey(shown);
        pixel.0 = shown.map(|value| (grey + saturation * (value - grey)).round().clamp(0.0, 255.0) as u8);
    }
    image
}

#[cfg(test)]
mod tests {
    use super::*;

    fn picture(width: u32, height: u32) -> Picture {
        let pixels = (0..3 * width * height).map(|i| random::hash(9, u64::from(i)) as u8).collect();
        Picture { pixels, width, height }
    }

    #[derive(serde::Deserialize)]
    struct File {
        width: u32,
        height: u32,
        pixels: Vec<u8>,
        cases: Vec<Case>,
    }

    #[derive(serde::Deserialize)]
    struct Case {
        brightness: f32,
        contrast: f32,
        saturation: f32,
        expected: Vec<u8>,
    }

    #[test]
    fn colours_are_shifted_as_pillow_shifts_them() {
        let file: File = serde_json::from_str(include_str!("../../../tests/data/enhance.json")).unwrap();
        assert!(file.cases.len() >= 6);
        for case in &file.cases {
            let image = RgbImage::from_raw(file.width, file.height, file.pixels.clone()).unwrap();
            let got = enhanced(image, case.brightness, case.contrast, case.saturation).into_raw();
            let apart = got.iter().zip(&case.expected).map(|(a, b)| a.abs_diff(*b)).max();
            // Pillow rounds after each of the three steps.
            assert!(apart <= Some(3), "{} {} {}: {apart:?}", case.brightness, case.contrast, case.saturation);
        }
    }

    #[test]
    fn a_seed_decides_a_view_and_each_kind_alone_does_what_it_says() {
        let whole = picture(12, 8);
        assert_eq!(view(&whole, &Augmentation::ALL, 5), view(&whole, &Augmentation::ALL, 5));
        let unlike = (0..20).filter(|&seed| view(&whole, &Augmentation::ALL, seed) != whole).count();
        assert!(unlike >= 19, "{unlike}");
        let at = |picture: &Picture, x: u32, y: u32| {
            let from = 3 * (y * picture.width + x) as usize;
            picture.pixels[from..from + 3].to_vec()
        };
        let mirrored = example(&whole, Augmentation::Mirror, 1);
        let flipped = example(&whole, Augmentation::Flip, 1);
        let views: Vec<Picture> = (0..60).map(|seed| view(&whole, &[Augmentation::Mirror], seed)).collect();
        let done = views.iter().filter(|view| **view == mirrored).count();
        assert!((18..=42).contains(&done) && views.iter().all(|view| *view == mirrored || *view == whole), "{done}");
        for (x, y) in [(0, 0), (3, 5), (11, 7)] {
            assert_eq!(at(&mirrored, 11 - x, y), at(&whole, x, y));
            assert_eq!(at(&flipped, x, 7 - y), at(&whole, x, y));
        }
        let sides: std::collections::HashSet<(u32, u32)> = (0..20)
            .map(|seed| example(&whole, Augmentation::Turn, seed))
            .inspect(|turned| assert_ne!(turned, &whole))
            .map(|turned| (turned.width, turned.height))
            .collect();
        assert_eq!(sides, [(12, 8), (8, 12)].into());
        for seed in 0..20 {
            let cropped = view(&whole, &[Augmentation::Crop], seed);
            assert!((9..=11).contains(&cropped.width) && (6..=8).contains(&cropped.height));
            let inside = (0..=12 - cropped.width).flat_map(|x| (0..=8 - cropped.height).map(move |y| (x, y)));
            assert!(inside.into_iter().any(|(x, y)| {
                at(&cropped, 0, 0) == at(&whole, x, y)
                    && at(&cropped, cropped.width - 1, cropped.height - 1)
                        == at(&whole, x + cropped.width - 1, y + cropped.height - 1)
            }));
        }
    }

    #[test]
    fn the_smallest_picture_and_no_kind_at_all_are_borne() {
        let dot = picture(1, 1);
        for seed in 0..40 {
            let seen = view(&dot, &Augmentation::ALL, seed);
            assert_eq!((seen.width, seen.height, seen.pixels.len()), (1, 1, 3));
        }
        assert_eq!(view(&dot, &[], 3), dot);
    }

    #[test]
    fn names_are_read_back_in_one_order_and_others_are_refused() {
        let kinds = parse("crop  mirror crop").unwrap();
        assert_eq!(kinds, [Augmentation::Mirror, Augmentation::Crop]);
        assert_eq!(parse(&names(&kinds)), Ok(kinds));
        assert_eq!(parse(""), Ok(Vec::new()));
        assert_eq!(parse("mirror shear").unwrap_err().to_string(), UnknownAugmentation("shear".to_owned()).to_string());
    }
}
