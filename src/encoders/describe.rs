//! From a description file and a model to a whole [`EncoderSpec`]: what is not given is read off the graph or guessed,
//! and every guess is reported.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::encoders::{output, processor};
use crate::modality::image::spec::{Channels, EncoderSpec, Filter, Resize, TensorLayout};
use crate::onnx::edit::from_floats;
use crate::onnx::messages::data_type;
use crate::onnx::{Dim, Model};
use crate::runtime::EncodeError;

/// The mean and standard deviation of `ImageNet`'s training images, which most pretrained encoders were trained with.
const IMAGENET_MEAN: [f32; 3] = [0.485, 0.456, 0.406];
const IMAGENET_STD: [f32; 3] = [0.229, 0.224, 0.225];
const DEFAULT_SIDE: u32 = 224;
/// Bytes of a model file: its format (protocol buffers) holds no more.
const LARGEST: u64 = 2 << 30;

/// A model as it is run and stored, with a two-dimensional embedding and a complete description.
#[derive(Debug, Clone)]
pub struct Described {
    pub model: Model,
    pub spec: EncoderSpec,
    /// What had to be guessed.
    pub warnings: Vec<String>,
}

impl Described {
    /// Read a model file and its description: `given`, or the file beside it, or nothing but the graph.
    ///
    /// # Errors
    /// When either cannot be read, or they do not describe an encoder for images.
    pub fn read(path: &Path, given: Option<Description>) -> Result<Self, EncodeError> {
        let failed = |source| EncodeError::Read { path: path.to_owned(), source };
        let length = std::fs::metadata(path).map_err(failed)?.len();
        if length > LARGEST {
            return Err(EncodeError::TooLarge { path: path.to_owned(), gib: length as f64 / f64::from(1 << 30) });
        }
        let bytes = std::fs::read(path).map_err(failed)?;
        let mut model = Model::read(bytes)?;
        let given = match given {
            Some(given) => given,
            None => Description::beside(path)?.map(|(_, given)| given).unwrap_or_default(),
        };
        let (spec, warnings) = given.complete(&mut model)?;
        Ok(Self { model, spec, warnings })
    }
}

/// Which of a row of tokens is the embedding.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum Tokens {
    /// The first, the class token.
    Class,
    /// The mean of all.
    Mean,
}

/// Whether a model that classifies is cut before its last layer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum Cut {
    /// Where its output looks like scores of classes.
    Auto,
    /// Never.
    None,
}

/// What a description file gives; every part may be missing.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Description {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub input: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub width: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub height: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub layout: Option<TensorLayout>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub channels: Option<Channels>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scale: Option<f32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mean: Option<[f32; 3]>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub std: Option<[f32; 3]>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub resize: Option<Resize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub filter: Option<Filter>,
    /// An output of the model, or any value inside it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub output: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dim: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tokens: Option<Tokens>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cut: Option<Cut>,
    /// What had to be guessed or left out while another form was read.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
}

/// The form that converted model collections use: `input` and `output` as objects. Unused fields are skipped.
#[derive(Deserialize)]
struct Nested {
    input: NestedInput,
    #[serde(default)]
    preprocessing: NestedPreprocessing,
    output: Option<NestedOutput>,
}

#[derive(Deserialize)]
struct NestedInput {
    name: Option<String>,
    layout: Option<TensorLayout>,
    channels: Option<Channels>,
    scale: Option<f32>,
    mean: Option<[f32; 3]>,
    std: Option<[f32; 3]>,
}

#[derive(Deserialize, Default)]
struct NestedPreprocessing {
    /// Width and height.
    resize: Option<[u32; 2]>,
    interpolation: Option<String>,
}

#[derive(Deserialize)]
struct NestedOutput {
    name: Option<String>,
}

impl Description {
    /// Read a description in any form: Querist's own, `input` and `output` as objects, an image processor's
    /// `preprocessor_config.json`, a `config.json` (see [`processor`]).
    ///
    /// # Errors
    /// When the text is not JSON of these forms; in Querist's own, unknown fields are refused, since they are mostly
    /// misspelled ones.
    pub fn parse(text: &str) -> Result<Self, EncodeError> {
        let wrong = |error: serde_json::Error| EncodeError::Spec(error.to_string());
        let value: serde_json::Value = serde_json::from_str(text).map_err(wrong)?;
        if let Some(given) = processor::read(&value)? {
            return Ok(given);
        }
        if !value.get("input").is_some_and(serde_json::Value::is_object) {
            return serde_json::from_value(value).map_err(wrong);
        }
        let nested: Nested = serde_json::from_value(value).map_err(wrong)?;
        let [width, height] = nested.preprocessing.resize.map_or([None; 2], |size| size.map(Some));
        Ok(Self {
            input: nested.input.name,
            width,
            height,
            layout: nested.input.layout,
            channels: nested.input.channels,
            scale: nested.input.scale,
            mean: nested.input.mean,
            std: nested.input.std,
            filter: nested.preprocessing.interpolation.and_then(|text| filter(&text)),
            output: nested.output.and_then(|output| output.name),
            ..Self::default()
        })
    }

    /// Read a description file.
    ///
    /// # Errors
    /// When it cannot be read or understood.
    pub fn read(path: &Path) -> Result<Self, EncodeError> {
        let text =
            std::fs::read_to_string(path).map_err(|source| EncodeError::Read { path: path.to_owned(), source })?;
        Self::parse(&text)
    }

    /// The description beside a model: `stem.json`, also for names such as `stem.int8.onnx`, or
    /// `encoder.json`. Otherwise the training library's files: `preprocessor_config.json` and `config.json` beside the
    /// model or, if it is in a folder `onnx`, beside that folder. `None` if there is none.
    ///
    /// # Errors
    /// When the file is there and cannot be read or understood.
    pub fn beside(model: &Path) -> Result<Option<(PathBuf, Self)>, EncodeError> {
        let same = model.with_extension("json");
        let shorter = same.with_extension("").with_extension("json");
        let folder = model.with_file_name("encoder.json");
        if let Some(path) = [same, shorter, folder].into_iter().find(|path| path.is_file()) {
            let given = Self::read(&path)?;
            return Ok(Some((path, given)));
        }
        processor::beside(model)
    }

    /// The description of `model` in the file `description`, or else beside it; `wishes` take precedence.
    ///
    /// # Errors
    /// When a file is there and cannot be read or understood.
    pub fn wished(model: &Path, description: Option<&Path>, wishes: Self) -> Result<Self, EncodeError> {
        let described = match description {
            Some(path) => Some(Self::read(path)?),
            None => Self::beside(model)?.map(|(_, given)| given),
        };
        Ok(described.unwrap_or_default().overlaid(wishes))
    }

    /// Values in `other` take precedence over these.
    pub fn overlaid(self, other: Self) -> Self {
        Self {
            input: other.input.or(self.input),
            width: other.width.or(self.width),
            height: other.height.or(self.height),
            layout: other.layout.or(self.layout),
            channels: other.channels.or(self.channels),
            scale: other.scale.or(self.scale),
            mean: other.mean.or(self.mean),
            std: other.std.or(self.std),
            resize: other.resize.or(self.resize),
            filter: other.filter.or(self.filter),
            // The width of one output says nothing about another.
            dim: if other.output.is_some() { other.dim } else { other.dim.or(self.dim) },
            output: other.output.or(self.output),
            tokens: other.tokens.or(self.tokens),
            cut: other.cut.or(self.cut),
            notes: [self.notes, other.notes].concat(),
        }
    }

    /// The description as JSON, which [`Description::parse`] reads again.
    pub fn to_json(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }

    /// Fill what is missing from `model`, and say what had to be guessed. The embedding becomes an output `[batch, D]` of
    /// the model, and the only one.
    ///
    /// # Errors
    /// When model and description contradict each other, or the model does not take images of three colours.
    pub fn complete(self, model: &mut Model) -> Result<(EncoderSpec, Vec<String>), EncodeError> {
        let mut warnings = self.notes.clone();
        let (output, dim) = output::settle(model, &self, &mut warnings)?;
        let (input, dims) = input(model, self.input.as_deref())?;
        let levels = take_floats(model, &input, &dims, &mut warnings)?;
        let (layout, sides) = layout(&dims, self.layout, &mut warnings)?;
        let side = |given: Option<u32>, dim: Dim, name: &str, warnings: &mut Vec<String>| match (given, dim) {
            (Some(given), Dim::Fixed(n)) if given as usize != n => {
                Err(EncodeError::Spec(format!("{name} is {given}, but the model takes {n}")))
            }
            (Some(given), _) => Ok(given),
            (None, Dim::Fixed(n)) => Ok(u32::try_from(n).unwrap_or(u32::MAX)),
            (None, Dim::Open) => {
                warnings.push(format!("{name} is not given and open in the model; {DEFAULT_SIDE} taken"));
                Ok(DEFAULT_SIDE)
            }
        };
        let height = side(self.height, sides[0], "height", &mut warnings)?;
        let width = side(self.width, sides[1], "width", &mut warnings)?;
        if self.mean.is_none() && !levels {
            warnings.push(format!("mean is not given; ImageNet's {IMAGENET_MEAN:?} taken"));
        }
        if self.std.is_none() && !levels {
            warnings.push(format!("std is not given; ImageNet's {IMAGENET_STD:?} taken"));
        }
        let spec = EncoderSpec {
            input,
            width,
            height,
            layout,
            channels: self.channels.unwrap_or_default(),
            scale: self.scale.unwrap_or(if levels { 1.0 } else { 1.0 / 255.0 }),
            mean: self.mean.unwrap_or(if levels { [0.0; 3] } else { IMAGENET_MEAN }),
            std: self.std.unwrap_or(if levels { [1.0; 3] } else { IMAGENET_STD }),
            resize: self.resize.unwrap_or_default(),
            filter: self.filter.unwrap_or_default(),
            output,
            dim,
        };
        Ok((spec.check()?, warnings))
    }
}

pub(super) fn filter(text: &str) -> Option<Filter> {
    let text = text.to_lowercase();
    let named = [
        ("bilinear", Filter::Bilinear),
        ("bicubic", Filter::Bicubic),
        ("lanczos", Filter::Lanczos),
        ("box", Filter::Box),
    ];
    named.into_iter().find(|(name, _)| text.contains(name)).map(|(_, filter)| filter)
}

fn input(model: &Model, given: Option<&str>) -> Result<(String, Vec<Dim>), EncodeError> {
    let inputs = model.inputs();
    let names = || inputs.iter().map(|input| format!("`{}`", input.name())).collect::<Vec<_>>().join(", ");
    let found = match (given, inputs.as_slice()) {
        (Some(name), all) => all
            .iter()
            .find(|input| input.name() == name)
            .ok_or_else(|| EncodeError::Spec(format!("the model has no input `{name}`; it has {}", names())))?,
        (None, [only]) => only,
        (None, _) => return Err(EncodeError::Spec(format!("the model has the inputs {}; name one", names()))),
    };
    if inputs.len() > 1 {
        return Err(EncodeError::Spec(format!("the model needs {}; one image input can be served", names())));
    }
    let dims = found.dims().ok_or_else(|| EncodeError::Spec(format!("input `{}` has no shape", found.name())))?;
    Ok((found.name().to_owned(), dims))
}

/// Make the input take 32-bit floats if it takes another type; returns whether it takes a picture's levels as they are.
fn take_floats(model: &mut Model, name: &str, dims: &[Dim], warnings: &mut Vec<String>) -> Result<bool, EncodeError> {
    let kind = model.inputs().iter().find(|input| input.name() == name).and_then(|input| input.elem_type());
    let (what, levels) = match kind {
        None | Some(data_type::FLOAT) => return Ok(false),
        Some(data_type::FLOAT16) => ("16-bit floats", false),
        Some(data_type::BFLOAT16) => ("bfloat16", false),
        Some(data_type::DOUBLE) => ("64-bit floats", false),
        Some(data_type::UINT8) => ("bytes", true),
        Some(other) => {
            return Err(EncodeError::Spec(format!(
                "input `{name}` takes numbers of ONNX's kind {other}; export the model with an input of floats, or of bytes"
            )));
        }
    };
    from_floats(model, name, dims);
    let so = if levels {
        "; a picture's levels from 0 to 255 are given, unless scale, mean and std say otherwise"
    } else {
        ""
    };
    warnings.push(format!("input `{name}` takes {what}; Querist turns its floats into them inside the model{so}"));
    Ok(levels)
}

/// The layout and the dimensions of height and width.
fn layout(
    dims: &[Dim],
    given: Option<TensorLayout>,
    warnings: &mut Vec<String>,
) -> Result<(TensorLayout, [Dim; 2]), EncodeError> {
    let &[batch, a, b, c] = dims else {
        return Err(EncodeError::Spec(format!("the input has {} dimensions; images have 4", dims.len())));
    };
    if matches!(batch, Dim::Fixed(n) if n != 1) {
        return Err(EncodeError::Spec("the batch size is fixed in the model; export it with an open batch".to_owned()));
    }
    let fits = |layout: TensorLayout| match layout {
        TensorLayout::Nchw => matches!(a, Dim::Fixed(3) | Dim::Open),
        TensorLayout::Nhwc => matches!(c, Dim::Fixed(3) | Dim::Open),
    };
    let layout = match given {
        Some(layout) if fits(layout) => layout,
        Some(layout) => return Err(EncodeError::Spec(format!("layout {layout:?} does not fit the input's shape"))),
        None if a == Dim::Fixed(3) => {
            warnings.push("layout is not given; NCHW read off the input's shape".to_owned());
            TensorLayout::Nchw
        }
        None if c == Dim::Fixed(3) => {
            warnings.push("layout is not given; NHWC read off the input's shape".to_owned());
            TensorLayout::Nhwc
        }
        None if a == Dim::Open => {
            warnings.push("layout is not given and the shape leaves it open; NCHW taken".to_owned());
            TensorLayout::Nchw
        }
        None => {
            return Err(EncodeError::Spec(
                "the input does not take three colours; images have red, green and blue".to_owned(),
            ));
        }
    };
    Ok(match layout {
        TensorLayout::Nchw => (layout, [b, c]),
        TensorLayout::Nhwc => (layout, [a, b]),
    })
}
