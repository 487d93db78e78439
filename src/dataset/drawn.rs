//! The example pool, drawn by the program itself: surfaces of rolled and brushed metal under inspection.
//!
//! **Invariant:** a picture follows from (seed, index) alone, so it is the same on any machine with any number of threads.
//! These are drawings, and every one says so in its metadata (`drawn: yes`).

mod defects;
mod surface;

use image::ImageEncoder as _;

use crate::math::random;

/// Pixels along each side.
pub const SIDE: usize = 160;

/// Classes of the example, the rare one last.
pub const CLASSES: [&str; 6] = ["clean", "scratch", "pit", "stain", "crack", "weld spatter"];

/// Share of each class; the rare one is what an inspector must not miss.
const SHARES: [f64; 6] = [0.36, 0.20, 0.16, 0.15, 0.11, 0.02];

/// A drawn picture.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Drawn {
    /// `SIDE` × `SIDE` × 3, row-major, 8-bit RGB.
    pub pixels: Vec<u8>,
    /// Index into [`CLASSES`].
    pub class: usize,
}

impl Drawn {
    /// The picture as a JPEG, as a camera on a line would store it.
    pub fn to_jpeg(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        let side = SIDE as u32;
        image::codecs::jpeg::JpegEncoder::new_with_quality(&mut bytes, 90)
            .write_image(&self.pixels, side, side, image::ExtendedColorType::Rgb8)
            .expect("memory takes every byte, and the size is fixed");
        bytes
    }
}

/// A stream of numbers for one sample.
pub(crate) struct Dice {
    seed: u64,
    thrown: u64,
}

impl Dice {
    pub(super) fn new(seed: u64, index: u64) -> Self {
        Self { seed: random::hash(seed, index), thrown: 0 }
    }

    /// Uniform in [0, 1).
    pub(super) fn unit(&mut self) -> f32 {
        self.thrown += 1;
        random::unit(random::hash(self.seed, self.thrown)) as f32
    }

    pub(super) fn between(&mut self, low: f32, high: f32) -> f32 {
        low + (high - low) * self.unit()
    }

    pub(super) fn chance(&mut self, p: f32) -> bool {
        self.unit() < p
    }

    /// Which of things that come in these shares, which sum to at most 1; the last where they leave something over.
    pub(super) fn among(&mut self, shares: &[f64]) -> usize {
        let unit = f64::from(self.unit());
        let mut upto = 0.0;
        let found = shares.iter().position(|share| {
            upto += share;
            unit < upto
        });
        found.unwrap_or(shares.len().saturating_sub(1))
    }

    /// A key for a noise field.
    fn key(&mut self) -> u64 {
        self.thrown += 1;
        random::hash(self.seed, self.thrown)
    }
}

/// Draw picture `index` of the pool of `seed`.
pub fn draw(seed: u64, index: u64) -> Drawn {
    let mut dice = Dice::new(seed, index);
    let class = dice.among(&SHARES);
    let (mut light, finish) = surface::metal(&mut dice);
    match class {
        1 => defects::scratch(&mut light, &mut dice),
        2 => defects::pits(&mut light, &mut dice),
        3 => defects::stain(&mut light, &mut dice),
        4 => defects::crack(&mut light, &mut dice),
        5 => defects::spatter(&mut light, &mut dice),
        _ => {}
    }
    let pixels = surface::photograph(&light, &finish, &mut dice);
    Drawn { pixels, class }
}

/// Brightness of a surface, and what tints it; 1 is a mid grey.
pub(crate) struct Light {
    /// `SIDE` × `SIDE`, row-major.
    pub grey: Vec<f32>,
    /// Towards brown where positive, as stains and heat are.
    pub warm: Vec<f32>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_and_index_draw_the_same_picture() {
        assert_eq!(draw(7, 11), draw(7, 11));
        assert_ne!(draw(7, 11).pixels, draw(7, 12).pixels);
        assert_ne!(draw(7, 11).pixels, draw(8, 11).pixels);
    }

    #[test]
    fn classes_come_in_their_shares() {
        let mut counts = [0u32; CLASSES.len()];
        for index in 0..20_000 {
            counts[Dice::new(1, index).among(&SHARES)] += 1;
        }
        for (count, share) in counts.iter().zip(SHARES) {
            let expected = share * 20_000.0;
            assert!((f64::from(*count) - expected).abs() < 5.0 * expected.sqrt(), "{count} of {expected}");
        }
    }

    #[test]
    fn pictures_are_neither_black_nor_white_and_store_as_jpeg() {
        for index in 0..40 {
            let drawn = draw(3, index);
            assert_eq!(drawn.pixels.len(), SIDE * SIDE * 3);
            let mean = drawn.pixels.iter().map(|p| u64::from(*p)).sum::<u64>() / drawn.pixels.len() as u64;
            assert!((50..220).contains(&mean), "picture {index} has mean {mean}");
            assert!(drawn.to_jpeg().starts_with(&[0xff, 0xd8]));
        }
    }
}
