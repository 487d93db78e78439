//! Drawn pictures that show several things, or none.

use image::{Rgb, RgbImage};
use querist::math::random;

/// Which of square, bar and dot the `i`-th picture shows; the dot is rare.
pub fn shown(i: u64) -> [bool; 3] {
    let draw = |k: u64| random::unit(random::hash(40 + k, i));
    [draw(0) < 0.5, draw(1) < 0.4, draw(2) < 0.15]
}

/// Grain, and on it a red square, a blue bar and a green dot at places that vary.
pub fn draw(i: u64) -> RgbImage {
    let noise = |at: u64| (random::unit(random::hash(i, at)) * 40.0) as u8;
    let mut picture = RgbImage::from_fn(48, 48, |x, y| {
        let grain = 100 + noise(u64::from(y * 48 + x));
        Rgb([grain, grain, grain])
    });
    let [square, bar, dot] = shown(i);
    let shift = |at: u64| (random::unit(random::hash(i, 90_000 + at)) * 6.0) as u32;
    let (sx, sy, by, dx) = (shift(1), shift(2), shift(3), shift(4));
    for (x, y, pixel) in picture.enumerate_pixels_mut() {
        if square && (2 + sx..18 + sx).contains(&x) && (2 + sy..18 + sy).contains(&y) {
            *pixel = Rgb([210, 40, 40]);
        }
        if bar && (34 + by..42 + by).contains(&y) {
            *pixel = Rgb([40, 60, 220]);
        }
        let (ox, oy) = (i64::from(x) - 36 + i64::from(dx), i64::from(y) - 14);
        if dot && ox * ox + oy * oy < 50 {
            *pixel = Rgb([40, 200, 60]);
        }
    }
    picture
}
