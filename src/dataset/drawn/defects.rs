//! The defects, each varied in place, size, direction and contrast, some barely visible.

use super::surface::noise;
use super::{Dice, Light, SIDE};

/// Call `touch(light, index, dx, dy)` for every pixel within `reach` of `centre`.
pub(super) fn paint(
    light: &mut Light,
    centre: (f32, f32),
    reach: f32,
    mut touch: impl FnMut(&mut Light, usize, f32, f32),
) {
    let range = |c: f32| {
        let last = SIDE as f32 - 1.0;
        (c - reach).clamp(0.0, last) as usize..=(c + reach).clamp(0.0, last) as usize
    };
    for y in range(centre.1) {
        for x in range(centre.0) {
            touch(light, y * SIDE + x, x as f32 - centre.0, y as f32 - centre.1);
        }
    }
}

fn place(dice: &mut Dice) -> (f32, f32) {
    (dice.between(22.0, 138.0), dice.between(22.0, 138.0))
}

/// Distance from a point to a segment, and how far along it the nearest point lies (0 to 1).
fn to_segment(p: (f32, f32), a: (f32, f32), b: (f32, f32)) -> (f32, f32) {
    let (dx, dy) = (b.0 - a.0, b.1 - a.1);
    let along = (((p.0 - a.0) * dx + (p.1 - a.1) * dy) / (dx * dx + dy * dy).max(1e-6)).clamp(0.0, 1.0);
    ((p.0 - a.0 - along * dx).hypot(p.1 - a.1 - along * dy), along)
}

/// One to three long, nearly straight grooves: a bright edge beside a dark one, fading at the ends.
pub(super) fn scratch(light: &mut Light, dice: &mut Dice) {
    let angle = dice.between(0.0, std::f32::consts::PI);
    let strokes = 1 + (dice.unit() * dice.unit() * 3.0) as u32;
    let contrast = dice.between(0.40, 0.90);
    let centre = place(dice);
    for _ in 0..strokes {
        let turn = angle + dice.between(-0.12, 0.12);
        let half = dice.between(34.0, 80.0);
        let middle = (centre.0 + dice.between(-14.0, 14.0), centre.1 + dice.between(-14.0, 14.0));
        let bend = dice.between(-6.0, 6.0);
        let (width, key) = (dice.between(1.3, 2.8), dice.key());
        let (cos, sin) = (turn.cos(), turn.sin());
        paint(light, middle, half + 6.0, |light, at, dx, dy| {
            let (along, across) = (dx * cos + dy * sin, dy * cos - dx * sin);
            let t = along / half;
            if t.abs() > 1.0 {
                return;
            }
            let off = across - bend * (1.0 - t * t);
            let strength = contrast * (1.0 - t.powi(4)) * (0.75 + 0.35 * noise(key, along, 0.0, 9.0, 1.0));
            let ridge = (-(off / width).powi(2)).exp();
            let shade = (-((off - 1.8 * width) / (1.2 * width)).powi(2)).exp();
            light.grey[at] *= 1.0 + strength * (ridge - 0.7 * shade);
        });
    }
}

/// One to a dozen small round holes: dark, with a lit rim on the far side.
pub(super) fn pits(light: &mut Light, dice: &mut Dice) {
    let n = 3 + (dice.unit().powi(2) * 12.0) as u32;
    let (centre, spread) = (place(dice), dice.between(14.0, 46.0));
    let (contrast, lit_from) = (dice.between(0.45, 0.85), dice.between(0.0, std::f32::consts::TAU));
    for _ in 0..n {
        let at_x = (centre.0 + dice.between(-spread, spread)).clamp(4.0, 155.0);
        let at_y = (centre.1 + dice.between(-spread, spread)).clamp(4.0, 155.0);
        let (r, oval) = (dice.between(3.0, 6.5), dice.between(0.7, 1.3));
        paint(light, (at_x, at_y), 2.5 * r + 3.0, |light, at, dx, dy| {
            let d = (dx * oval).hypot(dy / oval) / r;
            let hole = 1.0 / (1.0 + (6.0 * (d - 1.0)).exp());
            let facing = (dx * lit_from.cos() + dy * lit_from.sin()) / (d * r).max(0.5);
            let rim = (-((d - 1.15) / 0.3).powi(2)).exp() * facing.max(0.0);
            light.grey[at] *= (1.0 - contrast * hole) * (1.0 + 0.45 * contrast * rim);
        });
    }
}

/// A dried liquid: a blot with a ragged edge, darker where it dried last, with a brown cast.
pub(super) fn stain(light: &mut Light, dice: &mut Dice) {
    let centre = place(dice);
    let (r, oval) = (dice.between(20.0, 48.0), dice.between(0.65, 1.5));
    let (depth, ring, cast) = (dice.between(0.12, 0.36), dice.between(0.0, 0.22), dice.between(0.3, 1.0));
    let (edge, mottle) = (dice.key(), dice.key());
    paint(light, centre, r * 2.2, |light, at, dx, dy| {
        let (px, py) = (centre.0 + dx, centre.1 + dy);
        let ragged = 0.28 * noise(edge, px, py, r * 0.6, r * 0.6) + 0.12 * noise(edge ^ 1, px, py, r * 0.2, r * 0.2);
        let d = (dx * oval).hypot(dy / oval) / r + ragged;
        let inside = 1.0 / (1.0 + (9.0 * (d - 1.0)).exp());
        let dried = (-((d - 0.95) / 0.10).powi(2)).exp();
        let uneven = 0.8 + 0.4 * noise(mottle, px, py, 7.0, 7.0);
        let dark = depth * inside * uneven + ring * dried;
        light.grey[at] *= 1.0 - dark;
        light.warm[at] += cast * (inside * 0.7 + dried * 0.3);
    });
}

/// A fracture: a thin dark line that wanders, forks and tapers.
pub(super) fn crack(light: &mut Light, dice: &mut Dice) {
    let contrast = dice.between(0.55, 0.90);
    let mut tips = vec![(
        place(dice),
        dice.between(0.0, std::f32::consts::TAU),
        dice.between(1.8, 3.0),
        12 + (dice.unit() * 9.0) as u32,
    )];
    // In both directions from its origin.
    let (start, heading, width, steps) = tips[0];
    tips.push((start, heading + std::f32::consts::PI + dice.between(-0.4, 0.4), width, steps / 2));
    while let Some((mut from, mut heading, mut width, steps)) = tips.pop() {
        for step in 0..steps {
            heading += dice.between(-0.65, 0.65);
            let length = dice.between(3.0, 7.5);
            let to = (from.0 + length * heading.cos(), from.1 + length * heading.sin());
            let thin = width;
            paint(
                light,
                (f32::midpoint(from.0, to.0), f32::midpoint(from.1, to.1)),
                length / 2.0 + 4.0,
                |light, at, _, _| {
                    let p = ((at % SIDE) as f32, (at / SIDE) as f32);
                    let (d, along) = to_segment(p, from, to);
                    // Each joint is painted by one of its two segments only.
                    if along > 0.0 || step == 0 {
                        light.grey[at] *= 1.0 - contrast * (-(d / thin).powi(2)).exp();
                    }
                },
            );
            if tips.len() < 4 && width > 0.7 && dice.chance(0.14) {
                let side = if dice.chance(0.5) { 0.8 } else { -0.8 };
                tips.push((to, heading + side, width * 0.75, (steps - step) / 2));
            }
            from = to;
            width = (width * 0.96).max(0.9);
        }
    }
}

/// Beads thrown by a weld: bright domes with a hard shadow and a heat-tinted ring.
pub(super) fn spatter(light: &mut Light, dice: &mut Dice) {
    let n = 3 + (dice.unit() * 6.0) as u32;
    let (centre, spread) = (place(dice), dice.between(6.0, 32.0));
    let lit_from = dice.between(0.0, std::f32::consts::TAU);
    let (lx, ly) = (lit_from.cos(), lit_from.sin());
    for _ in 0..n {
        let at_x = (centre.0 + dice.between(-spread, spread)).clamp(6.0, 153.0);
        let at_y = (centre.1 + dice.between(-spread, spread)).clamp(6.0, 153.0);
        let (r, heat) = (dice.between(4.0, 8.0), dice.between(0.4, 0.9));
        paint(light, (at_x, at_y), 3.4 * r + 3.0, |light, at, dx, dy| {
            let d = dx.hypot(dy) / r;
            let facing = (dx * lx + dy * ly) / r;
            let ball = 1.0 / (1.0 + (8.0 * (d - 1.0)).exp());
            let shadow = (-((dx + 1.1 * r * lx).hypot(dy + 1.1 * r * ly) / (1.1 * r)).powi(2)).exp() * (1.0 - ball);
            let shine = (-((dx - 0.4 * r * lx).hypot(dy - 0.4 * r * ly) / (0.35 * r)).powi(2)).exp();
            light.grey[at] *= (1.0 - 0.40 * shadow) * (1.0 - ball * (0.28 - 0.42 * facing)) + ball * shine * 0.9;
            light.warm[at] += heat * (-((d - 1.7) / 0.7).powi(2)).exp();
        });
    }
}
