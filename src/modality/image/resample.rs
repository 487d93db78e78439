//! Resizing that matches Pillow pixel for pixel, so that a model sees in Querist what it sees in Python.
//!
//! Pillow resizes 8-bit pictures by a separable filter whose weights are rounded to 22 binary digits: rows first, cut to
//! 0..=255, then columns. Libraries with shorter weights differ from it by one level here and there, and networks turn that into
//! differences of up to 0.03 in a probability. Here weights, order and rounding are the same, and so is every pixel.

use crate::modality::image::spec::Filter;

/// Binary digits of a weight behind the point: a sum of weighted 8-bit levels, with room for overshoot, fits 32 bits.
const DIGITS: u32 = 32 - 8 - 2;
const CHANNELS: usize = 3;

/// Which source positions make one target position, and with what weights.
struct Window {
    first: usize,
    weights: Vec<i32>,
}

/// The part `[left, top, width, height]` of RGB `pixels` of `size` (width, height) at the size `to`, as Pillow's
/// `Image.resize(to, filter, box=…)`.
///
/// # Panics
/// When `pixels` does not hold width × height × 3 levels.
pub(crate) fn resample(pixels: &[u8], size: [u32; 2], part: [f64; 4], to: [u32; 2], filter: Filter) -> Vec<u8> {
    let [width, height] = size.map(|n| n as usize);
    let [new_width, new_height] = to.map(|n| n as usize);
    assert_eq!(pixels.len(), width * height * CHANNELS, "a picture holds width x height x 3 levels");
    // Pillow takes the corners of the box as 32-bit floats.
    let [left, top, right, bottom] = [part[0], part[1], part[0] + part[2], part[1] + part[3]].map(|edge| edge as f32);
    let whole = |from: f32, to: f32, n: usize, new: usize| n == new && from == 0.0 && to == new as f32;
    let (keep_columns, keep_rows) = (whole(left, right, width, new_width), whole(top, bottom, height, new_height));
    if keep_columns && keep_rows {
        return pixels.to_vec();
    }
    let mut rows = windows(height, top, bottom, new_height, filter);
    // Only rows that the second pass reads are worth the first.
    let first = rows.first().map_or(0, |window| window.first);
    let last = rows.last().map_or(0, |window| window.first + window.weights.len());
    let used = &pixels[first * width * CHANNELS..last * width * CHANNELS];
    if !keep_rows {
        for window in &mut rows {
            window.first -= first;
        }
    }
    let narrow;
    let narrow = if keep_columns {
        used
    } else {
        let columns = windows(width, left, right, new_width, filter);
        narrow = along_rows(used, width, &columns);
        narrow.as_slice()
    };
    if keep_rows { narrow.to_vec() } else { along_columns(narrow, new_width, &rows) }
}

/// The windows of `new` target positions over the span `from..to` of `n` source positions.
fn windows(n: usize, from: f32, to: f32, new: usize, filter: Filter) -> Vec<Window> {
    let scale = f64::from(to - from) / new as f64;
    // Where a picture grows the filter keeps its width.
    let stretch = scale.max(1.0);
    let reach = reach(filter) * stretch;
    (0..new)
        .map(|at| {
            let centre = f64::from(from) + (at as f64 + 0.5) * scale;
            let first = (centre - reach + 0.5).max(0.0) as usize;
            let end = ((centre + reach + 0.5) as usize).min(n);
            let weight = |x: usize| weight(filter, (x as f64 - centre + 0.5) / stretch);
            let mut weights: Vec<f64> = (first..end).map(weight).collect();
            let total: f64 = weights.iter().sum();
            if total != 0.0 {
                for weight in &mut weights {
                    *weight /= total;
                }
            }
            let digits = f64::from(1 << DIGITS);
            // Half away from zero, as the cast after adding a half does.
            let weights =
                weights.into_iter().map(|weight| (weight * digits + 0.5f64.copysign(weight)) as i32).collect();
            Window { first, weights }
        })
        .collect()
}

/// How far a filter reaches to either side, in source positions of a picture that does not shrink.
fn reach(filter: Filter) -> f64 {
    match filter {
        Filter::Box => 0.5,
        Filter::Bilinear => 1.0,
        Filter::Bicubic => 2.0,
        Filter::Lanczos => 3.0,
    }
}

/// The filter's value at distance `x`.
fn weight(filter: Filter, x: f64) -> f64 {
    let sinc = |x: f64| {
        let x = x * std::f64::consts::PI;
        if x == 0.0 { 1.0 } else { x.sin() / x }
    };
    let far = x.abs();
    match filter {
        Filter::Box => f64::from(u8::from(x > -0.5 && x <= 0.5)),
        Filter::Bilinear => (1.0 - far).max(0.0),
        // Keys's cubic with a = −½.
        Filter::Bicubic if far < 1.0 => ((1.5 * far) - 2.5) * far * far + 1.0,
        Filter::Bicubic if far < 2.0 => (((far - 5.0) * far + 8.0) * far - 4.0) * -0.5,
        Filter::Lanczos if (-3.0..3.0).contains(&x) => sinc(x) * sinc(x / 3.0),
        _ => 0.0,
    }
}

/// A weighted sum as a level: rounded half up, and cut.
fn level(sum: i32) -> u8 {
    (sum >> DIGITS).clamp(0, 255) as u8
}

const HALF: i32 = 1 << (DIGITS - 1);

fn along_rows(pixels: &[u8], width: usize, columns: &[Window]) -> Vec<u8> {
    let mut out = Vec::with_capacity(pixels.len() / width.max(1) * columns.len());
    for row in pixels.chunks_exact(width * CHANNELS) {
        let (row, _) = row.as_chunks::<CHANNELS>();
        for window in columns {
            let mut sums = [HALF; CHANNELS];
            for (pixel, &weight) in row[window.first..].iter().zip(&window.weights) {
                sums[0] += i32::from(pixel[0]) * weight;
                sums[1] += i32::from(pixel[1]) * weight;
                sums[2] += i32::from(pixel[2]) * weight;
            }
            out.extend(sums.map(level));
        }
    }
    out
}

fn along_columns(pixels: &[u8], width: usize, rows: &[Window]) -> Vec<u8> {
    let stride = width * CHANNELS;
    let mut out = Vec::with_capacity(stride * rows.len());
    let mut sums = vec![HALF; stride];
    for window in rows {
        sums.fill(HALF);
        for (row, &weight) in pixels[window.first * stride..].chunks_exact(stride).zip(&window.weights) {
            for (sum, &level) in sums.iter_mut().zip(row) {
                *sum += i32::from(level) * weight;
            }
        }
        out.extend(sums.iter().map(|&sum| level(sum)));
    }
    out
}
