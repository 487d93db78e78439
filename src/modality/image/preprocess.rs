//! From a picture to the numbers an encoder takes.

use crate::modality::image::EncoderSpec;
use crate::modality::image::picture::Picture;
use crate::modality::image::resample::resample;
use crate::modality::image::spec::{Channels, Resize, TensorLayout};

/// Write the tensor of `picture` into `out`, which holds [`EncoderSpec::tensor_len`] numbers.
///
/// The resized pixels are Pillow's, whose antialiased filters are what encoders are trained with.
///
/// # Panics
/// When `out` has another length.
pub fn prepare(picture: &Picture, spec: &EncoderSpec, out: &mut [f32]) {
    assert_eq!(out.len(), spec.tensor_len(), "an image of {} x {} needs 3 numbers per pixel", spec.width, spec.height);
    let pixels = pixels(picture, spec);
    let tables = tables(spec);
    // Which of a pixel's colours comes first, second and third.
    let order = match spec.channels {
        Channels::Rgb => [0, 1, 2],
        Channels::Bgr => [2, 1, 0],
    };
    match spec.layout {
        TensorLayout::Nchw => {
            let n = pixels.len() / 3;
            for ((plane, table), from) in out.chunks_exact_mut(n).zip(&tables).zip(order) {
                for (value, pixel) in plane.iter_mut().zip(pixels.as_chunks::<3>().0) {
                    *value = table[usize::from(pixel[from])];
                }
            }
        }
        TensorLayout::Nhwc => {
            for (values, pixel) in out.as_chunks_mut::<3>().0.iter_mut().zip(pixels.as_chunks::<3>().0) {
                for ((value, table), from) in values.iter_mut().zip(&tables).zip(order) {
                    *value = table[usize::from(pixel[from])];
                }
            }
        }
    }
}

/// The pixels of `picture` at the encoder's size: height × width × 3 in RGB, before any scaling.
pub fn pixels(picture: &Picture, spec: &EncoderSpec) -> Vec<u8> {
    let (size, to) = ([picture.width, picture.height], [spec.width, spec.height]);
    resample(&picture.pixels, size, part(picture, spec), to, spec.filter)
}

/// `(v · scale − mean) / std` for each of the 256 values, per channel in the encoder's order.
fn tables(spec: &EncoderSpec) -> [[f32; 256]; 3] {
    std::array::from_fn(|channel| {
        std::array::from_fn(|value| (value as f32 * spec.scale - spec.mean[channel]) / spec.std[channel])
    })
}

/// The part of the picture that is used: all of it, or the largest centre part of the encoder's proportions, reduced as
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::modality::image::spec::Filter;

    #[derive(serde::Deserialize)]
    struct File {
        cases: Vec<Case>,
    }

    #[derive(serde::Deserialize)]
    struct Case {
        width: u32,
        height: u32,
        to: [u32; 2],
        crop: Option<u32>,
        filter: String,
        pixels: Vec<f32>,
    }

    /// A channel's level by its position, as in `tests/oracles/pictures.py`.
    fn level(i: usize) -> u8 {
        ((i * 37 + i / 11 * 53) % 256) as u8
    }

    fn spec(to: [u32; 2], resize: Resize, filter: Filter) -> EncoderSpec {
        EncoderSpec {
            input: "image".to_owned(),
            width: to[0],
            height: to[1],
            layout: TensorLayout::Nhwc,
            channels: Channels::Rgb,
            scale: 1.0,
            mean: [0.0; 3],
            std: [1.0; 3],
            resize,
            filter,
            output: "embedding".to_owned(),
            dim: 1,
        }
    }

    fn prepared(picture: &Picture, spec: &EncoderSpec) -> Vec<f32> {
        let mut out = vec![f32::NAN; spec.tensor_len()];
        prepare(picture, spec, &mut out);
        out
    }

    fn drawn(width: u32, height: u32) -> Picture {
        let pixels = (0..(width * height * 3) as usize).map(level).collect();
        Picture { pixels, width, height }
    }

    #[test]
    fn every_resize_gives_the_pixels_of_pillow() {
        let file: File = serde_json::from_str(include_str!("../../../tests/data/resize.json")).unwrap();
        assert_eq!(file.cases.len(), 48);
        for case in file.cases {
            let filter = serde_json::from_value(serde_json::Value::String(case.filter.clone())).unwrap();
            let resize = case.crop.map_or(Resize::Squash, Resize::ShortSideThenCrop);
            let found = prepared(&drawn(case.width, case.height), &spec(case.to, resize, filter));
            let (w, h) = (case.width, case.height);
            assert!(found == case.pixels, "{w} x {h} to {:?} by {}, {resize:?}", case.to, case.filter);
        }
    }

    #[test]
    fn layout_channels_and_scale_put_each_number_in_its_place() {
        let picture = drawn(2, 1);
        let base = EncoderSpec {
            scale: 0.5,
            mean: [1.0, 2.0, 3.0],
            std: [2.0, 4.0, 8.0],
            ..spec([2, 1], Resize::Squash, Filter::Box)
        };
        let p: Vec<f32> = picture.pixels.iter().map(|&v| f32::from(v) * 0.5).collect();
        let rgb = [
            (p[0] - 1.0) / 2.0,
            (p[1] - 2.0) / 4.0,
            (p[2] - 3.0) / 8.0,
            (p[3] - 1.0) / 2.0,
            (p[4] - 2.0) / 4.0,
            (p[5] - 3.0) / 8.0,
        ];
        assert_eq!(prepared(&picture, &base), rgb);
        let planes = EncoderSpec { layout: TensorLayout::Nchw, ..base.clone() };
        assert_eq!(prepared(&picture, &planes), [rgb[0], rgb[3], rgb[1], rgb[4], rgb[2], rgb[5]]);
        let bgr = EncoderSpec { channels: Channels::Bgr, ..base };
        let first = [(p[2] - 1.0) / 2.0, (p[1] - 2.0) / 4.0, (p[0] - 3.0) / 8.0];
        assert_eq!(prepared(&picture, &bgr)[..3], first);
    }
}
