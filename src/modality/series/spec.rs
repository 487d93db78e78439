//! What an encoder of series expects and returns: the description beside its model.

use serde::{Deserialize, Serialize};

use crate::modality::{Signature, SpecError};

/// Steps that an encoder may take.
const MOST_STEPS: usize = 1 << 16;
/// Numbers that an encoder may take for each sample.
const MOST_NUMBERS: usize = 1 << 24;

/// The whole description. A series is brought to `length` evenly spaced steps; what is missing is filled in linearly
/// from its neighbours.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SeriesSpec {
    /// [`SeriesSpec::FAMILY`].
    pub family: String,
    /// The model's input, `[batch, channels, length]`.
    pub input: String,
    /// The channels' names, in the model's order.
    pub channels: Vec<String>,
    /// What a channel is taken to be where a series has nothing of it, one number each.
    pub fill: Vec<f32>,
    pub length: usize,
    /// The model's output that holds the embedding.
    pub output: String,
    /// Numbers per embedding.
    pub dim: usize,
}

impl SeriesSpec {
    /// How descriptions of such encoders name their family.
    pub const FAMILY: &str = "series";

    /// Numbers per sample.
    pub fn tensor_len(&self) -> usize {
        self.channels.len() * self.length
    }

    /// The shapes and names of its input and output, without their meaning.
    pub fn signature(&self) -> Signature {
        let shape = vec![self.channels.len(), self.length];
        Signature { input: self.input.clone(), shape, output: self.output.clone(), dim: self.dim }
    }

    /// The description as JSON, as it is stored and put into a deployable model.
    pub fn to_json(&self) -> String {
        serde_json::to_string(self).expect("a description holds only finite numbers and names")
    }

    /// Read a description and check it, so that no later step has to.
    ///
    /// # Errors
    /// When the text is not a description, or one that cannot be used.
    pub fn from_json(text: &str) -> Result<Self, SpecError> {
        let spec: Self = serde_json::from_str(text).map_err(|error| SpecError(error.to_string()))?;
        let wrong = if spec.channels.is_empty() || spec.channels.len() != spec.fill.len() {
            Some(format!("{} channels and {} numbers to fill them with", spec.channels.len(), spec.fill.len()))
        } else if !(1..=MOST_STEPS).contains(&spec.length) || spec.tensor_len() > MOST_NUMBERS {
            Some(format!(
                "{} channels of {} steps; at most {MOST_STEPS} steps can be used",
                spec.channels.len(),
                spec.length
            ))
        } else if spec.fill.iter().any(|value| !value.is_finite()) {
            Some("what channels are filled with must be finite".to_owned())
        } else if spec.dim == 0 || spec.dim > 1 << 20 {
            Some(format!("an embedding of {} numbers; 1 to 1048576 can be used", spec.dim))
        } else {
            None
        };
        wrong.map_or(Ok(spec), |wrong| Err(SpecError(wrong)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_description_comes_back_and_one_that_cannot_be_used_is_refused() {
        let spec = SeriesSpec {
            family: SeriesSpec::FAMILY.to_owned(),
            input: "series".to_owned(),
            channels: vec!["x".to_owned(), "y".to_owned()],
            fill: vec![0.5, -1.0],
            length: 150,
            output: "embedding".to_owned(),
            dim: 256,
        };
        assert_eq!(SeriesSpec::from_json(&spec.to_json()).unwrap(), spec);
        assert_eq!(spec.signature().batch(3), [3, 2, 150]);
        for wrong in [
            SeriesSpec { fill: vec![0.0], ..spec.clone() },
            SeriesSpec { length: 0, ..spec.clone() },
            SeriesSpec { length: MOST_STEPS + 1, ..spec.clone() },
            SeriesSpec { dim: 0, ..spec.clone() },
        ] {
            assert!(SeriesSpec::from_json(&wrong.to_json()).is_err(), "{wrong:?}");
        }
        assert!(SeriesSpec::from_json("{}").is_err());
    }
}
