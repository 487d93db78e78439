//! What an encoder expects and returns: the description beside its model.

use serde::{Deserialize, Serialize};

use crate::modality::{Signature, SpecError};

/// The position of the colour axis.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum TensorLayout {
    /// `[batch, 3, height, width]`.
    #[default]
    #[serde(rename = "NCHW")]
    Nchw,
    /// `[batch, height, width, 3]`.
    #[serde(rename = "NHWC")]
    Nhwc,
}

impl TensorLayout {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Nchw => "NCHW",
            Self::Nhwc => "NHWC",
        }
    }
}

/// The order of the colours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum Channels {
    #[default]
    #[serde(rename = "RGB")]
    Rgb,
    #[serde(rename = "BGR")]
    Bgr,
}

/// How a picture of any shape becomes the encoder's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Resize {
    /// The whole picture, without keeping its proportions.
    #[default]
    Squash,
    /// The shorter side to this many pixels, then the middle cut out.
    ShortSideThenCrop(u32),
}

/// The interpolation, always antialiased when a picture shrinks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Filter {
    #[default]
    Bilinear,
    Bicubic,
    Lanczos,
    Box,
}

/// The whole description. A number `v` in 0..=255 becomes `(v · scale − mean) / std`, per channel.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EncoderSpec {
    /// The model's input.
    pub input: String,
    pub width: u32,
    pub height: u32,
    pub layout: TensorLayout,
    pub channels: Channels,
    pub scale: f32,
    /// In the order of `channels`.
    pub mean: [f32; 3],
    pub std: [f32; 3],
    pub resize: Resize,
    pub filter: Filter,
    /// The model's output that holds the embedding.
    pub output: String,
    /// Numbers per embedding.
    pub dim: usize,
}

impl EncoderSpec {
    /// Numbers per image.
    pub fn tensor_len(&self) -> usize {
        3 * self.width as usize * self.height as usize
    }

    /// The input's shape for `n` images.
    pub fn shape(&self, n: usize) -> [usize; 4] {
        let (height, width) = (self.height as usize, self.width as usize);
        match self.layout {
            TensorLayout::Nchw => [n, 3, height, width],
            TensorLayout::Nhwc => [n, height, width, 3],
        }
    }

    /// The shapes and names of its input and output, without their meaning.
    pub fn signature(&self) -> Signature {
        let shape = self.shape(1)[1..].to_vec();
        Signature { input: self.input.clone(), shape, output: self.output.clone(), dim: self.dim }
    }

    /// The description as JSON, as it is stored and put into a deployable model.
    pub fn to_json(&self) -> String {
        serde_json::to_string(self).expect("a description holds only numbers and names")
    }

    /// # Errors
    /// When the text is not a description.
    pub fn from_json(text: &str) -> Result<Self, SpecError> {
        serde_json::from_str(text).map_err(|error| SpecError(error.to_string()))
    }

    /// Validate the description, so that no later step has to.
    pub(crate) fn check(self) -> Result<Self, SpecError> {
        let finite = self.mean.iter().chain(&self.std).chain([&self.scale]).all(|value| value.is_finite());
        let wrong = if !(1..=4096).contains(&self.width) || !(1..=4096).contains(&self.height) {
            Some(format!("{} x {} pixels; sides of 1 to 4096 can be used", self.width, self.height))
        } else if !finite || self.scale == 0.0 || self.std.contains(&0.0) {
            Some("scale, mean and std must be finite, scale and std not 0".to_owned())
        } else if self.dim == 0 || self.dim > 1 << 20 {
            Some(format!("an embedding of {} numbers; 1 to 1048576 can be used", self.dim))
        } else {
            None
        };
        wrong.map_or(Ok(self), |wrong| Err(SpecError(wrong)))
    }
}
