//! What training libraries leave beside a model: `preprocessor_config.json` of transformers' image processors, and
//! `config.json` with timm's `pretrained_cfg`.
//!
//! Both describe steps; here they become one resize, one crop and one formula. What does not fit is reported as a note.

use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde_json::Value;

use crate::encoders::describe::{Description, Tokens, filter};
use crate::modality::image::spec::{Channels, Filter, Resize};
use crate::runtime::EncodeError;

/// Model types of transformers whose tokens hold no class token; their embedding is the mean.
const NO_CLASS_TOKEN: [&str; 10] = [
    "siglip",
    "siglip2",
    "siglip_vision_model",
    "siglip2_vision_model",
    "swin",
    "swinv2",
    "mobilevit",
    "focalnet",
    "poolformer",
    "pvt_v2",
];
/// The resize before the cut of a Levit processor: 256 for 224.
const LEVIT: f64 = 256.0 / 224.0;
/// From this size on a `ConvNeXt` processor takes the whole picture, squashed.
const CONVNEXT_WHOLE: f64 = 384.0;

/// The steps of an image processor. Unused fields are skipped: the format grows with every version.
#[derive(Deserialize)]
#[expect(clippy::struct_excessive_bools, reason = "the form is not ours")]
struct Processor {
    image_processor_type: Option<String>,
    feature_extractor_type: Option<String>,
    #[serde(default = "yes")]
    do_resize: bool,
    size: Option<Size>,
    do_center_crop: Option<bool>,
    crop_size: Option<Size>,
    crop_pct: Option<f64>,
    resample: Option<u8>,
    #[serde(default = "yes")]
    do_rescale: bool,
    rescale_factor: Option<f32>,
    #[serde(default)]
    rescale_offset: bool,
    #[serde(default = "yes")]
    do_normalize: bool,
    image_mean: Option<Level>,
    image_std: Option<Level>,
    #[serde(default)]
    include_top: bool,
    #[serde(default)]
    do_flip_channel_order: bool,
}

/// One number for a square or for the short side, or names of sides.
#[derive(Deserialize, Clone, Copy)]
#[serde(untagged)]
enum Size {
    One(u32),
    Sides { height: u32, width: u32 },
    Short { shortest_edge: u32 },
    Long { longest_edge: u32 },
}

/// A mean or deviation, per colour or one for all.
#[derive(Deserialize, Clone, Copy)]
#[serde(untagged)]
enum Level {
    Each([f32; 3]),
    All(f32),
}

impl Level {
    fn each(self) -> [f32; 3] {
        match self {
            Self::Each(values) => values,
            Self::All(value) => [value; 3],
        }
    }
}

/// timm's description of how a model was trained.
#[derive(Deserialize)]
struct Pretrained {
    /// Channels, height, width.
    input_size: Option<[u32; 3]>,
    crop_pct: Option<f64>,
    crop_mode: Option<String>,
    interpolation: Option<String>,
    mean: Option<[f32; 3]>,
    std: Option<[f32; 3]>,
}

fn yes() -> bool {
    true
}

/// The description in `value`, where it has one of the forms of this file; `None` where it has another.
///
/// # Errors
/// When it has one of these forms and a part of it cannot be understood.
pub(super) fn read(value: &Value) -> Result<Option<Description>, EncodeError> {
    let wrong = |what: &str, error: serde_json::Error| EncodeError::Spec(format!("{what}: {error}"));
    let has = |key: &str| value.get(key).is_some();
    if ["image_processor_type", "feature_extractor_type", "do_resize", "do_rescale", "do_normalize", "image_mean"]
        .into_iter()
        .any(has)
    {
        let processor: Processor =
            serde_json::from_value(value.clone()).map_err(|error| wrong("the image processor's description", error))?;
        return Ok(Some(processor.given()));
    }
    if let Some(trained) = value.get("pretrained_cfg").filter(|value| value.is_object()) {
        let trained: Pretrained =
            serde_json::from_value(trained.clone()).map_err(|error| wrong("`pretrained_cfg`", error))?;
        return Ok(Some(trained.given()));
    }
    let Some(kind) = value.get("model_type").and_then(Value::as_str) else { return Ok(None) };
    let vision = value.get("vision_config").unwrap_or(value);
    let side = vision.get("image_size").and_then(Value::as_u64).and_then(|side| u32::try_from(side).ok());
    let tokens = NO_CLASS_TOKEN.contains(&kind).then_some(Tokens::Mean);
    Ok(Some(Description { width: side, height: side, tokens, ..Description::default() }))
}

/// The files beside a model in the layout of a training library: the processor's file, completed from `config.json`.
pub(super) fn beside(model: &Path) -> Result<Option<(PathBuf, Description)>, EncodeError> {
    let folder = model.parent().unwrap_or(Path::new(""));
    let above = folder.parent().filter(|_| folder.ends_with("onnx"));
    let find = |name: &str| [Some(folder), above].into_iter().flatten().map(|at| at.join(name)).find(|at| at.is_file());
    let processor = match find("preprocessor_config.json") {
        Some(path) => Some((Description::read(&path)?, path)),
        None => None,
    };
    // Many programs write a `config.json`; one that says nothing about images is not an error.
    let config = find("config.json").and_then(|path| {
        let value = serde_json::from_str(&std::fs::read_to_string(&path).ok()?).ok()?;
        Some((read(&value).ok()??, path))
    });
    Ok(match (processor, config) {
        (Some((given, path)), Some((config, _))) => {
            // The processor's sizes are what is really done; the config's is only the usual one.
            let sides = if given.width.is_some() { None } else { config.width };
            let config = Description { width: sides, height: sides, notes: Vec::new(), ..config };
            Some((path, config.overlaid(given)))
        }
        (Some((given, path)), None) | (None, Some((given, path))) => Some((path, given)),
        (None, None) => None,
    })
}

impl Processor {
    fn given(self) -> Description {
        let mut notes = Vec::new();
        let (sides, resize) = self.shape(&mut notes);
        let scale = match (self.do_rescale, self.rescale_factor) {
            (true, factor) => factor.unwrap_or(1.0 / 255.0),
            (false, _) => 1.0,
        };
        let (mut mean, mut std) = if self.do_normalize {
            (self.image_mean.map(Level::each), self.image_std.map(Level::each))
        } else {
            (Some([0.0; 3]), Some([1.0; 3]))
        };
        // EfficientNet's processor may shift by one after scaling, and may divide by the deviation twice.
        if self.do_rescale && self.rescale_offset {
            mean = mean.map(|mean| mean.map(|value| value + 1.0));
        }
        if self.do_normalize && self.include_top {
            std = std.map(|std| std.map(|value| value * value));
        }
        let filter = self.resample.map(|code| match code {
            1 => Filter::Lanczos,
            2 => Filter::Bilinear,
            3 => Filter::Bicubic,
            4 => Filter::Box,
            code => {
                let name = if code == 0 { "nearest" } else { "hamming" };
                notes.push(format!("the processor resizes by `{name}`; bilinear taken, which shrinks more evenly"));
                Filter::Bilinear
            }
        });
        let [width, height] = sides.map_or([None; 2], |(width, height)| [Some(width), Some(height)]);
        let channels = self.do_flip_channel_order.then_some(Channels::Bgr);
        Description {
            width,
            height,
            channels,
            scale: Some(scale),
            mean,
            std,
            resize: Some(resize),
            filter,
            notes,
            ..Description::default()
        }
    }

    /// Width and height, and how a picture gets there.
    fn shape(&self, notes: &mut Vec<String>) -> (Option<(u32, u32)>, Resize) {
        // Old files keep the older name of the kind.
        let kind = self.image_processor_type.as_ref().or(self.feature_extractor_type.as_ref());
        let is = |name: &str| kind.is_some_and(|kind| kind.starts_with(name));
        let crops = self.do_center_crop.unwrap_or(false);
        let crop = match self.crop_size.filter(|_| crops) {
            Some(Size::Sides { height, width }) => Some((width, height)),
            Some(Size::One(side) | Size::Short { shortest_edge: side } | Size::Long { longest_edge: side }) => {
                Some((side, side))
            }
            None => None,
        };
        let size = match self.size.filter(|_| self.do_resize) {
            // One number is the short side where a cut follows, a square elsewhere.
            Some(Size::One(side)) if crops || is("ConvNe") || is("Levit") => Some(Size::Short { shortest_edge: side }),
            Some(Size::One(side)) => Some(Size::Sides { height: side, width: side }),
            size => size,
        };
        match size {
            Some(Size::Short { shortest_edge: side }) if is("ConvNe") => {
                let side_f = f64::from(side);
                let larger = (side_f / self.crop_pct.filter(|share| *share > 0.0).unwrap_or(224.0 / 256.0)).floor();
                let whole = side_f >= CONVNEXT_WHOLE;
                let resize = if whole { Resize::Squash } else { Resize::ShortSideThenCrop(larger as u32) };
                (Some((side, side)), resize)
            }
            Some(Size::Short { shortest_edge: side }) => {
                let short = if is("Levit") { (LEVIT * f64::from(side)) as u32 } else { side };
                if crop.is_none() {
                    notes.push(format!("the processor keeps the proportions; the middle {side} x {side} taken"));
                }
                (Some(crop.unwrap_or((side, side))), Resize::ShortSideThenCrop(short))
            }
            Some(Size::Sides { height, width }) => {
                let to = crop.unwrap_or((width, height));
                if to != (width, height) {
                    notes.push(format!(
                        "the processor squashes to {width} x {height} and cuts the middle; the whole picture taken"
                    ));
                }
                (Some(to), Resize::Squash)
            }
            Some(Size::Long { longest_edge }) => {
                notes.push(format!(
                    "the processor fits the long side into {longest_edge}; the whole picture is squashed"
                ));
                (crop, Resize::Squash)
            }
            Some(Size::One(_)) | None => {
                if !self.do_resize {
                    notes.push("the processor does not resize; the whole picture is squashed".to_owned());
                }
                (crop, Resize::Squash)
            }
        }
    }
}

impl Pretrained {
    fn given(self) -> Description {
        let mut notes = Vec::new();
        let sides = self.input_size.map(|[_, height, width]| (width, height));
        let share = self.crop_pct.filter(|share| *share > 0.0 && *share <= 1.0).unwrap_or(0.875);
        let resize = if matches!(self.crop_mode.as_deref(), Some("squash" | "border")) {
            if share < 1.0 {
                notes.push("the training cut the picture's border off; the whole picture taken".to_owned());
            }
            Resize::Squash
        } else {
            let side = sides.map_or(224, |(width, height)| width.min(height));
            Resize::ShortSideThenCrop((f64::from(side) / share).floor() as u32)
        };
        Description {
            width: sides.map(|(width, _)| width),
            height: sides.map(|(_, height)| height),
            mean: self.mean,
            std: self.std,
            resize: Some(resize),
            filter: self.interpolation.and_then(|text| filter(&text)),
            notes,
            ..Description::default()
        }
    }
}

#[cfg(test)]
mod tests;
