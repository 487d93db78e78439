//! The form of a deployable model: its input, and how its weights are stored.

use serde::{Deserialize, Serialize};

/// What the model takes.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize, clap::ValueEnum, utoipa::ToSchema,
)]
#[serde(rename_all = "lowercase")]
pub enum Input {
    /// Floats that the caller has scaled, normalised and ordered as the model's metadata says.
    #[default]
    Float,
    /// Pixels as they are, `[batch, height, width, 3]` in RGB; the rest is inside the graph.
    Uint8,
}

/// How the encoder's weights are kept in the file.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize, clap::ValueEnum, utoipa::ToSchema,
)]
#[serde(rename_all = "lowercase")]
pub enum Precision {
    #[default]
    F32,
    /// One byte per weight and one scale per output channel; computed with in float.
    Int8,
}

/// Both choices together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct FileForm {
    /// `float` (by default) or `uint8`.
    pub input: Input,
    /// `f32` (by default) or `int8`.
    pub precision: Precision,
}

impl FileForm {
    /// Every form, the plain one first.
    pub const ALL: [Self; 4] = [
        Self { input: Input::Float, precision: Precision::F32 },
        Self { input: Input::Uint8, precision: Precision::F32 },
        Self { input: Input::Float, precision: Precision::Int8 },
        Self { input: Input::Uint8, precision: Precision::Int8 },
    ];

    /// The file's name without its ending: `model`, `model-uint8`, `model-int8`, `model-uint8-int8`.
    pub fn stem(self) -> &'static str {
        match (self.input, self.precision) {
            (Input::Float, Precision::F32) => "model",
            (Input::Uint8, Precision::F32) => "model-uint8",
            (Input::Float, Precision::Int8) => "model-int8",
            (Input::Uint8, Precision::Int8) => "model-uint8-int8",
        }
    }
}

impl Input {
    /// The name in metadata and addresses.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Float => "float",
            Self::Uint8 => "uint8",
        }
    }
}

impl Precision {
    /// The name in metadata and addresses.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::F32 => "f32",
            Self::Int8 => "int8",
        }
    }
}
