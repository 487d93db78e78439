//! The metal without a defect: grain along the rolling direction, roll marks, uneven light, and the camera.

use super::{Dice, Light, SIDE};
use crate::math::random;

/// Colour and camera of one picture.
pub(super) struct Finish {
    tint: [f32; 3],
    noise: f32,
    exposure: f32,
}

/// Smooth noise in [-1, 1] over a lattice of spacing (`sx`, `sy`) pixels.
pub(super) fn noise(key: u64, x: f32, y: f32, sx: f32, sy: f32) -> f32 {
    let (u, v) = (x / sx + 1000.0, y / sy + 1000.0);
    let (i, j) = (u.floor(), v.floor());
    let fade = |t: f32| t * t * (3.0 - 2.0 * t);
    let (a, b) = (fade(u - i), fade(v - j));
    let at = |di: f32, dj: f32| {
        let cell = ((i + di) as i64 as u64).wrapping_mul(0x1_0000) ^ (j + dj) as i64 as u64;
        random::unit(random::hash(key, cell)) as f32 * 2.0 - 1.0
    };
    let top = at(0.0, 0.0) + a * (at(1.0, 0.0) - at(0.0, 0.0));
    let bottom = at(0.0, 1.0) + a * (at(1.0, 1.0) - at(0.0, 1.0));
    top + b * (bottom - top)
}

/// A clean surface. One of three finishes: brushed, rolled, or milled matt.
pub(super) fn metal(dice: &mut Dice) -> (Light, Finish) {
    let kind = dice.unit();
    let (along, across, depth) = match kind {
        k if k < 0.5 => (dice.between(40.0, 120.0), dice.between(0.9, 1.6), dice.between(0.07, 0.16)),
        k if k < 0.8 => (dice.between(14.0, 40.0), dice.between(1.2, 2.6), dice.between(0.05, 0.11)),
        _ => (dice.between(1.5, 3.5), dice.between(1.5, 3.5), dice.between(0.05, 0.10)),
    };
    // The strip is almost straight under the camera, now and then turned by a quarter.
    let tilt = dice.between(-0.10, 0.10) + if dice.chance(0.25) { std::f32::consts::FRAC_PI_2 } else { 0.0 };
    let (sin, cos) = tilt.sin_cos();
    let (fine, coarse, cloud, band) = (dice.key(), dice.key(), dice.key(), dice.key());
    let lamp = (dice.between(-40.0, 200.0), dice.between(-40.0, 200.0), dice.between(90.0, 260.0));
    let (lamp_power, slope) = (dice.between(0.0, 0.35), dice.between(-0.25, 0.25));
    let (band_depth, band_width) = (dice.between(0.0, 0.06), dice.between(5.0, 24.0));
    let base = dice.between(0.75, 1.15);
    let mut grey = vec![0.0; SIDE * SIDE];
    for (at, value) in grey.iter_mut().enumerate() {
        let (x, y) = ((at % SIDE) as f32, (at / SIDE) as f32);
        let (u, v) = (x * cos + y * sin, y * cos - x * sin);
        let grain = noise(fine, u, v, along, across) + 0.6 * noise(coarse, u, v, along * 2.0, across * 3.0);
        let uneven = 0.05 * noise(cloud, x, y, 45.0, 45.0);
        let rolled = band_depth * noise(band, 0.0, v, 1.0, band_width);
        let away = ((x - lamp.0).powi(2) + (y - lamp.1).powi(2)) / (lamp.2 * lamp.2);
        let lit = 1.0 + lamp_power * (-away).exp() + slope * (x - 80.0) / 160.0;
        *value = base * lit * (1.0 + depth * grain + uneven + rolled);
    }
    let mut light = Light { grey, warm: vec![0.0; SIDE * SIDE] };
    // Handling leaves faint marks on good parts too: they are what makes `clean` something to learn.
    for _ in 0..(dice.unit() * 4.0) as u32 {
        faint_mark(&mut light, dice);
    }
    let warm = dice.between(-0.03, 0.05);
    let finish = Finish {
        tint: [1.0 + warm, 1.0, 1.0 - warm * 0.9],
        noise: dice.between(0.010, 0.028),
        exposure: dice.between(0.85, 1.12),
    };
    (light, finish)
}

fn faint_mark(light: &mut Light, dice: &mut Dice) {
    let (x, y, r) = (dice.between(0.0, 160.0), dice.between(0.0, 160.0), dice.between(1.0, 3.0));
    let (stretch, depth) = (dice.between(1.0, 5.0), dice.between(-0.10, 0.08));
    super::defects::paint(light, (x, y), r * stretch + 3.0, |light, at, dx, dy| {
        let d = ((dx / stretch).powi(2) + dy * dy) / (r * r);
        light.grey[at] *= 1.0 + depth * (-d).exp();
    });
}

/// The camera's picture: a slight blur, sensor noise, the response curve.
pub(super) fn photograph(light: &Light, finish: &Finish, dice: &mut Dice) -> Vec<u8> {
    let key = dice.key();
    let at = |x: usize, y: usize| light.grey[y.min(SIDE - 1) * SIDE + x.min(SIDE - 1)];
    let mut pixels = Vec::with_capacity(SIDE * SIDE * 3);
    for y in 0..SIDE {
        for x in 0..SIDE {
            let (left, up) = (x.saturating_sub(1), y.saturating_sub(1));
            let blurred = 0.6 * at(x, y) + 0.1 * (at(left, y) + at(x + 1, y) + at(x, up) + at(x, y + 1));
            let grain = random::unit(random::hash(key, (y * SIDE + x) as u64)) as f32 - 0.5;
            let seen = (blurred * finish.exposure * 0.26 + finish.noise * grain * 1.8).clamp(0.0, 1.0);
            let warm = light.warm[y * SIDE + x];
            for (channel, tint) in finish.tint.iter().enumerate() {
                let stained = 1.0 + warm * [0.10, -0.06, -0.34][channel];
                let shown = (seen * tint * stained).clamp(0.0, 1.0).powf(1.0 / 2.2);
                pixels.push((shown * 255.0 + 0.5) as u8);
            }
        }
    }
    pixels
}
