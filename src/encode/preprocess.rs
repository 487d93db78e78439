//! From a picture to the numbers an encoder takes.

use fast_image_resize::FilterType;

use super::EncoderSpec;
use super::picture::{self, Picture};
use super::spec::{Channels, Filter, Layout, Resize};

/// Write the tensor of `picture` into `out`, which holds [`EncoderSpec::tensor_len`] numbers.
///
/// The resized pixels are within one level of Pillow's, whose antialiased filters are what encoders are trained with.
///
/// # Panics
/// When `out` has another length.
pub fn prepare(picture: &Picture, spec: &EncoderSpec, out: &mut [f32]) {
    assert_eq!(out.len(), spec.tensor_len(), "an image of {} x {} needs 3 numbers per pixel", spec.width, spec.height);
    let part = part(picture, spec);
    let pixels = picture::resize(picture, part, spec.width, spec.height, filter(spec.filter));
    let tables = tables(spec);
    let n = pixels.len() / 3;
    for (i, pixel) in pixels.chunks_exact(3).enumerate() {
        for (channel, table) in tables.iter().enumerate() {
            let value = match spec.channels {
                Channels::Rgb => pixel[channel],
                Channels::Bgr => pixel[2 - channel],
            };
            let at = match spec.layout {
                Layout::Nchw => channel * n + i,
                Layout::Nhwc => i * 3 + channel,
            };
            out[at] = table[usize::from(value)];
        }
    }
}

/// `(v · scale − mean) / std` for each of the 256 values, per channel in the encoder's order.
fn tables(spec: &EncoderSpec) -> [[f32; 256]; 3] {
    std::array::from_fn(|channel| {
        std::array::from_fn(|value| (value as f32 * spec.scale - spec.mean[channel]) / spec.std[channel])
    })
}

/// The part of the picture that is used: all of it, or the largest middle part of the encoder's proportions, reduced as
/// cutting `width` x `height` out of a picture resized to the short side would.
fn part(picture: &Picture, spec: &EncoderSpec) -> [f64; 4] {
    let (width, height) = (f64::from(picture.width), f64::from(picture.height));
    match spec.resize {
        Resize::Squash => [0.0, 0.0, width, height],
        Resize::ShortSideThenCrop(side) => {
            let scale = width.min(height) / f64::from(side.max(spec.width).max(spec.height));
            let (part_width, part_height) = (f64::from(spec.width) * scale, f64::from(spec.height) * scale);
            [(width - part_width) / 2.0, (height - part_height) / 2.0, part_width, part_height]
        }
    }
}

fn filter(filter: Filter) -> FilterType {
    match filter {
        Filter::Bilinear => FilterType::Bilinear,
        Filter::Bicubic => FilterType::CatmullRom,
        Filter::Lanczos => FilterType::Lanczos3,
        Filter::Box => FilterType::Box,
    }
}
