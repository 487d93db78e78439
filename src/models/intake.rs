//! How a model file takes samples: what is done outside its graph, and what moves into it.
//!
//! A description names its family; pictures, the first one, go without. A new intake is a type and a line in [`of`].

use super::Input;
use super::deploy::take_pixels;
use crate::domain::Modality;
use crate::modality::image::picture::{self, Limits};
use crate::modality::image::{EncoderSpec, preprocess};
use crate::modality::series::{PrepareSeries, SeriesSpec};
use crate::modality::table::{ColumnInput, RowValues, TableSpec};
use crate::modality::{Medium as _, Preparation as _, Unusable, image, series, table, text};
use crate::onnx::Model;
use crate::runtime::EncodeError;

const NO_PIXELS: &str = "only models for pictures take pixels; leave the input as it is";

/// How a model file takes samples. Shared by threads.
pub trait Intake: Send + Sync {
    fn modality(&self) -> Modality;

    /// The graph's input.
    fn input(&self) -> &str;

    /// The encoder's output that is the embedding.
    fn output(&self) -> &str;

    /// Numbers per embedding.
    fn dim(&self) -> usize;

    /// Bytes that a sample's file may have.
    fn most_bytes(&self) -> u64;

    /// The inputs that take a column each, where samples are rows: those of numbers first.
    fn columns(&self) -> &[ColumnInput] {
        &[]
    }

    /// The input's shape for `n` samples.
    fn shape(&self, n: usize) -> Vec<usize>;

    /// Move into the graph, whose input is called `input`, what `form` asks for; what is left outside comes back.
    ///
    /// # Errors
    /// When the graph has no such input, or this kind of sample has no such form.
    fn embedded(&self, model: &mut Model, input: String, form: Input) -> Result<Box<dyn Intake>, EncodeError>;

    /// The description, as JSON.
    fn to_json(&self) -> String;

    /// A sample's file as the graph takes it.
    ///
    /// # Errors
    /// When it is not such a sample.
    fn prepare(&self, bytes: &[u8], form: Input) -> Result<PreparedInput, Unusable>;
}

/// A sample as a model takes it.
#[derive(Debug, Clone, PartialEq)]
pub enum PreparedInput {
    /// As many numbers as [`Intake::shape`] of one sample.
    Floats(Vec<f32>),
    /// height × width × 3, RGB.
    Pixels(Vec<u8>),
    Text(String),
    /// What a row says in the columns of [`Intake::columns`].
    Row(RowValues),
}

/// The intake that a model's or an encoder's description states.
///
/// # Errors
/// When it is wrong, or of a later version.
pub fn of(spec: &str) -> Result<Box<dyn Intake>, EncodeError> {
    let wrong = |error: serde_json::Error| EncodeError::Spec(format!("the description cannot be read: {error}"));
    let parsed: serde_json::Value = serde_json::from_str(spec).map_err(wrong)?;
    match parsed.get("family").map(|family| family.as_str().unwrap_or_default()) {
        None => Ok(Box::new(PictureIntake(serde_json::from_value::<EncoderSpec>(parsed).map_err(wrong)?.check()?))),
        Some(TextIntake::FAMILY) => Ok(Box::new(TextIntake::read(parsed)?)),
        Some(TableSpec::FAMILY) => Ok(Box::new(TableIntake(TableSpec::from_json(spec)?))),
        Some(SeriesSpec::FAMILY) => Ok(Box::new(SeriesIntake::read(spec)?)),
        Some("sentence" | "static") => {
            let text = "a model file with a pretrained encoder of texts cannot be made yet; use the built-in encoder, or \
                        export predictions";
            Err(EncodeError::Spec(text.to_owned()))
        }
        Some(other) => {
            Err(EncodeError::Spec(format!("family `{other}` is unknown to this version; use a newer Querist")))
        }
    }
}

/// Pictures: resized outside, and scaled there too unless the graph takes pixels.
#[derive(Debug, Clone)]
pub struct PictureIntake(pub EncoderSpec);

impl Intake for PictureIntake {
    fn modality(&self) -> Modality {
        Modality::Image
    }

    fn input(&self) -> &str {
        &self.0.input
    }

    fn output(&self) -> &str {
        &self.0.output
    }

    fn dim(&self) -> usize {
        self.0.dim
    }

    fn most_bytes(&self) -> u64 {
        image::Image.most_bytes()
    }

    fn shape(&self, n: usize) -> Vec<usize> {
        self.0.shape(n).to_vec()
    }

    fn embedded(&self, model: &mut Model, input: String, form: Input) -> Result<Box<dyn Intake>, EncodeError> {
        let spec = EncoderSpec { input, ..self.0.clone() };
        let spec = if form == Input::Uint8 { take_pixels(model, &spec)? } else { spec };
        Ok(Box::new(Self(spec)))
    }

    fn to_json(&self) -> String {
        self.0.to_json()
    }

    fn prepare(&self, bytes: &[u8], form: Input) -> Result<PreparedInput, Unusable> {
        let prepared = picture::with(bytes, &Limits::default(), |decoded| match form {
            Input::Uint8 => PreparedInput::Pixels(preprocess::pixels(&decoded.picture, &self.0)),
            Input::Float => {
                let mut tensor = vec![0.0; self.0.tensor_len()];
                preprocess::prepare(&decoded.picture, &self.0, &mut tensor);
                PreparedInput::Floats(tensor)
            }
        });
        Ok(prepared?)
    }
}

/// Texts: the graph takes them as they are.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TextIntake {
    family: String,
    pub input: String,
    pub output: String,
    pub dim: usize,
}

impl TextIntake {
    /// As descriptions name graphs that take texts.
    pub const FAMILY: &'static str = "terms";

    /// A graph with these names.
    pub fn new(input: &str, output: &str, dim: usize) -> Self {
        Self { family: Self::FAMILY.to_owned(), input: input.to_owned(), output: output.to_owned(), dim }
    }

    fn read(parsed: serde_json::Value) -> Result<Self, EncodeError> {
        let read: Self = serde_json::from_value(parsed)
            .map_err(|error| EncodeError::Spec(format!("the description cannot be read: {error}")))?;
        if read.dim == 0 || read.dim > 1 << 20 {
            return Err(EncodeError::Spec(format!("an embedding of {} numbers; 1 to 1048576 can be used", read.dim)));
        }
        Ok(read)
    }
}

impl Intake for TextIntake {
    fn modality(&self) -> Modality {
        Modality::Text
    }

    fn input(&self) -> &str {
        &self.input
    }

    fn output(&self) -> &str {
        &self.output
    }

    fn dim(&self) -> usize {
        self.dim
    }

    fn most_bytes(&self) -> u64 {
        text::TextMedium.most_bytes()
    }

    fn shape(&self, n: usize) -> Vec<usize> {
        vec![n]
    }

    fn embedded(&self, _: &mut Model, input: String, form: Input) -> Result<Box<dyn Intake>, EncodeError> {
        if form == Input::Uint8 {
            return Err(EncodeError::Spec(NO_PIXELS.to_owned()));
        }
        Ok(Box::new(Self { input, ..self.clone() }))
    }

    fn to_json(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }

    fn prepare(&self, bytes: &[u8], _: Input) -> Result<PreparedInput, Unusable> {
        Ok(PreparedInput::Text(text::read(bytes)?.to_owned()))
    }
}

/// Time series: brought to the model's channels and steps outside.
pub struct SeriesIntake {
    spec: SeriesSpec,
    preparation: PrepareSeries,
}

impl SeriesIntake {
    /// # Errors
    /// When the description cannot be used.
    fn read(spec: &str) -> Result<Self, EncodeError> {
        Ok(Self { spec: SeriesSpec::from_json(spec)?, preparation: PrepareSeries::new(spec, "")? })
    }
}

impl Intake for SeriesIntake {
    fn modality(&self) -> Modality {
        Modality::Series
    }

    fn input(&self) -> &str {
        &self.spec.input
    }

    fn output(&self) -> &str {
        &self.spec.output
    }

    fn dim(&self) -> usize {
        self.spec.dim
    }

    fn most_bytes(&self) -> u64 {
        series::SeriesMedium.most_bytes()
    }

    fn shape(&self, n: usize) -> Vec<usize> {
        self.spec.signature().batch(n)
    }

    fn embedded(&self, _: &mut Model, input: String, form: Input) -> Result<Box<dyn Intake>, EncodeError> {
        if form == Input::Uint8 {
            return Err(EncodeError::Spec(NO_PIXELS.to_owned()));
        }
        Ok(Box::new(Self::read(&SeriesSpec { input, ..self.spec.clone() }.to_json())?))
    }

    fn to_json(&self) -> String {
        self.spec.to_json()
    }

    fn prepare(&self, bytes: &[u8], _: Input) -> Result<PreparedInput, Unusable> {
        let mut numbers = vec![0.0; self.spec.tensor_len()];
        self.preparation.prepare(bytes, 0, &mut numbers)?;
        Ok(PreparedInput::Floats(numbers))
    }
}

/// Rows of tables: the graph takes their values by column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TableIntake(pub TableSpec);

impl Intake for TableIntake {
    fn modality(&self) -> Modality {
        Modality::Table
    }

    fn input(&self) -> &str {
        self.0.columns.first().map_or("", |column| column.input.as_str())
    }

    fn output(&self) -> &str {
        &self.0.output
    }

    fn dim(&self) -> usize {
        self.0.dim
    }

    fn most_bytes(&self) -> u64 {
        table::TableMedium.most_bytes()
    }

    fn columns(&self) -> &[ColumnInput] {
        &self.0.columns
    }

    fn shape(&self, n: usize) -> Vec<usize> {
        vec![n, self.0.columns.len()]
    }

    fn embedded(&self, _: &mut Model, _: String, form: Input) -> Result<Box<dyn Intake>, EncodeError> {
        if form == Input::Uint8 {
            return Err(EncodeError::Spec(NO_PIXELS.to_owned()));
        }
        Ok(Box::new(self.clone()))
    }

    fn to_json(&self) -> String {
        self.0.to_json()
    }

    fn prepare(&self, bytes: &[u8], _: Input) -> Result<PreparedInput, Unusable> {
        Ok(PreparedInput::Row(self.0.values(&table::read(bytes)?)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_description_says_how_samples_go_in() {
        let text = TextIntake::new("text", "embedding", 8);
        let read = of(&text.to_json()).unwrap();
        assert_eq!((read.modality(), read.input(), read.dim(), read.shape(3)), (Modality::Text, "text", 8, vec![3]));
        assert_eq!(read.prepare("ä b".as_bytes(), Input::Float).unwrap(), PreparedInput::Text("ä b".to_owned()));
        assert!(read.prepare(b"\xff", Input::Float).is_err());
        assert!(read.embedded(&mut Model::default(), "text".to_owned(), Input::Uint8).is_err());
        for wrong in ["", "{}", r#"{"family":"dreams"}"#, r#"{"family":"terms"}"#] {
            assert!(of(wrong).is_err(), "{wrong}");
        }
        let rows = r#"{"family":"columns","columns":[{"name":"a","input":"a","holds":"number"},
            {"name":"b","input":"b","holds":"category"}],"output":"embedding","dim":4}"#;
        let read = of(rows).unwrap();
        assert_eq!((read.modality(), read.columns().len(), read.shape(3)), (Modality::Table, 2, vec![3, 2]));
        let row = RowValues { numbers: vec![1.5], texts: vec![String::new()] };
        assert_eq!(read.prepare(br#"{"c":1,"a":1.5}"#, Input::Float).unwrap(), PreparedInput::Row(row));
        assert!(read.prepare(b"[]", Input::Float).is_err());
        let huge = TextIntake::new("text", "embedding", usize::MAX >> 1);
        assert!(of(&huge.to_json()).is_err());
    }
}
