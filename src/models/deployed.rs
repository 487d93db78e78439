//! A deployable model at work, as its users will run it: samples in, class probabilities out.

use crate::domain::Modality;
use crate::learn::Link;
use crate::modality::Unusable;
use crate::modality::table::{ColumnHolds, ColumnInput, RowValues};
use crate::models::Input;
use crate::models::intake::{self, Intake, PreparedInput};
use crate::onnx::Model;
use crate::runtime::sessions::{ColumnValues, Sessions};
use crate::runtime::{EncodeError, ProviderReport, Runtime};

/// An open `model.onnx`. Shared by threads: on the CPU each takes a session of its own.
pub struct Deployed {
    sessions: Sessions,
    intake: Box<dyn Intake>,
    input: Input,
    classes: Vec<String>,
    /// Whether samples may have any number of the classes.
    link: Link,
    batch: usize,
}

impl Deployed {
    /// Open the bytes of `model.onnx`; preprocessing and class names come from its own metadata.
    ///
    /// # Errors
    /// [`EncodeError::NotDeployable`] when it has none; otherwise when they are damaged, or ONNX Runtime refuses the model.
    pub fn from_bytes(runtime: &Runtime, bytes: &[u8]) -> Result<Self, EncodeError> {
        let model = Model::read(bytes::Bytes::copy_from_slice(bytes))?;
        let property = |key: &str| {
            let entry = model.metadata_props.iter().find(|entry| entry.key() == key);
            entry.map(|entry| entry.value().to_owned())
        };
        let needed = |key: &'static str| property(key).ok_or(EncodeError::NotDeployable(key));
        let wrong =
            |error: serde_json::Error| EncodeError::Spec(format!("the model's metadata cannot be read: {error}"));
        let classes: Vec<String> = serde_json::from_str(&needed("querist.classes")?).map_err(wrong)?;
        let intake = intake::of(&needed("querist.preprocessing")?)?;
        let input = match property("querist.input").as_deref() {
            None | Some("float") => Input::Float,
            Some("uint8") => Input::Uint8,
            Some(other) => {
                let text = format!("input `{other}` is unknown to this version; use a newer Querist");
                return Err(EncodeError::Spec(text));
            }
        };
        // Models from versions with a single task do not name it.
        let link = match property("querist.task").as_deref() {
            None | Some("single") => Link::Softmax,
            Some("multi") => Link::Sigmoid,
            Some(other) => {
                let text = format!("task `{other}` is unknown to this version; use a newer Querist");
                return Err(EncodeError::Spec(text));
            }
        };
        if classes.is_empty() {
            return Err(EncodeError::Spec("the model names no classes".to_owned()));
        }
        let sessions = Sessions::open(runtime, bytes, runtime.threads())?;
        let (batch, _) = sessions.batches(&model);
        Ok(Self { sessions, intake, input, classes, link, batch })
    }

    /// How it takes samples.
    pub fn intake(&self) -> &dyn Intake {
        &*self.intake
    }

    /// Class names in the order of the probabilities.
    pub fn classes(&self) -> &[String] {
        &self.classes
    }

    /// How its probabilities are computed, and so which classes they choose.
    pub fn link(&self) -> Link {
        self.link
    }

    pub fn provider(&self) -> &ProviderReport {
        self.sessions.report()
    }

    /// The best number of samples for one call of [`Deployed::probabilities`].
    pub fn batch(&self) -> usize {
        self.batch
    }

    /// A sample's file as the model takes it.
    ///
    /// # Errors
    /// When it is not such a sample.
    pub fn prepare(&self, bytes: &[u8]) -> Result<PreparedInput, Unusable> {
        self.intake.prepare(bytes, self.input)
    }

    /// Probabilities of `n` samples from [`Deployed::prepare`]: n × K; see [`Deployed::link`].
    ///
    /// # Errors
    /// When a sample was prepared for another model, ONNX Runtime fails, or the model gives no probabilities.
    pub fn probabilities(&self, samples: &[PreparedInput]) -> Result<Vec<f32>, EncodeError> {
        self.rows(samples, "probabilities", self.classes.len())
    }

    /// Embeddings of `n` samples from [`Deployed::prepare`]: n × D.
    ///
    /// # Errors
    /// As [`Deployed::probabilities`].
    pub fn embeddings(&self, samples: &[PreparedInput]) -> Result<Vec<f32>, EncodeError> {
        self.rows(samples, "embedding", self.intake.dim())
    }

    /// `n` × `width` numbers of one output, in as many calls as it takes.
    fn rows(&self, samples: &[PreparedInput], output: &str, width: usize) -> Result<Vec<f32>, EncodeError> {
        let mut rows = Vec::with_capacity(samples.len() * width);
        for part in samples.chunks(self.batch) {
            rows.extend(self.call(part, output, width)?);
        }
        Ok(rows)
    }

    /// `n` × `width` numbers of one output.
    fn call(&self, samples: &[PreparedInput], output: &str, width: usize) -> Result<Vec<f32>, EncodeError> {
        let n = samples.len();
        let (mut floats, mut pixels, mut texts, mut rows) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        for sample in samples {
            match sample {
                PreparedInput::Floats(values) => floats.extend_from_slice(values),
                PreparedInput::Pixels(values) => pixels.extend_from_slice(values),
                PreparedInput::Text(text) => texts.push(text.as_str()),
                PreparedInput::Row(values) => rows.push(values),
            }
        }
        let (input, shape) = (self.intake.input(), self.intake.shape(n));
        let numbers: usize = shape.iter().product();
        let made = if texts.len() == n && self.intake.modality() == Modality::Text {
            self.sessions.run_texts(input, &texts, output)?
        } else if rows.len() == n && self.intake.modality() == Modality::Table {
            self.sessions.run_columns(&by_column(self.intake.columns(), &rows), n, output)?
        } else if self.input == Input::Float && floats.len() == numbers {
            self.sessions.run(input, &shape, &floats, output)?
        } else if self.input == Input::Uint8 && pixels.len() == numbers {
            self.sessions.run(input, &shape, &pixels, output)?
        } else {
            return Err(EncodeError::Spec("the samples were prepared for another model".to_owned()));
        };
        if made.shape != [n, width] {
            let text = format!("`{output}` of shape {:?} for {n} samples; [{n}, {width}] was described", made.shape);
            return Err(EncodeError::Output(text));
        }
        if made.values.iter().any(|value| !value.is_finite()) {
            return Err(EncodeError::Output("numbers that are not finite; check mean, std and scale".to_owned()));
        }
        Ok(made.values)
    }
}

/// What rows say, by the input of each column.
fn by_column<'a>(columns: &'a [ColumnInput], rows: &[&RowValues]) -> Vec<(&'a str, ColumnValues)> {
    let numeric = columns.iter().filter(|column| column.holds != ColumnHolds::Category).count();
    let of_column = |(at, column): (usize, &'a ColumnInput)| {
        let values = if at < numeric {
            ColumnValues::Numbers(rows.iter().map(|row| row.numbers.get(at).copied().unwrap_or(f32::NAN)).collect())
        } else {
            let text = |row: &&RowValues| row.texts.get(at - numeric).cloned().unwrap_or_default();
            ColumnValues::Texts(rows.iter().map(text).collect())
        };
        (column.input.as_str(), values)
    };
    columns.iter().enumerate().map(of_column).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::learn::{Committee, Head};
    use crate::math::Matrix;
    use crate::modality::image::picture;
    use crate::modality::image::spec::{Channels, Filter, Resize, TensorLayout};
    use crate::modality::image::{EncoderSpec, Picture};
    use crate::models::deploy::{About, PIXELS, deployable};
    use crate::models::intake::PictureIntake;
    use crate::models::{FileForm, Precision};
    use crate::onnx::messages::{OperatorSetId, data_type};
    use crate::onnx::{Dim, Graph, ValueInfo, build};
    use crate::runtime::sessions::CPU_BATCH;
    use crate::runtime::testing::runtime;

    fn prepared(model: &Deployed, picture: &Picture) -> PreparedInput {
        model.prepare(&picture::to_png(picture).unwrap()).unwrap()
    }

    /// Two pixels, their six numbers the embedding.
    fn spec() -> EncoderSpec {
        EncoderSpec {
            input: "x".to_owned(),
            width: 2,
            height: 1,
            layout: TensorLayout::Nchw,
            channels: Channels::Bgr,
            scale: 1.0 / 255.0,
            mean: [0.5, 0.25, 0.125],
            std: [0.5, 1.0, 2.0],
            resize: Resize::Squash,
            filter: Filter::Bilinear,
            output: "flat".to_owned(),
            dim: 6,
        }
    }

    fn encoder(input: ValueInfo) -> Model {
        let graph = Graph {
            name: Some("flat".to_owned()),
            node: vec![build::node("Flatten", &["x"], &["flat"], vec![build::int("axis", 1)])],
            input: vec![input],
            output: vec![build::batch_of("flat", &[6])],
            ..Graph::default()
        };
        Model {
            ir_version: Some(7),
            opset_import: vec![OperatorSetId { domain: None, version: Some(13) }],
            graph: Some(graph),
            ..Model::default()
        }
    }

    fn one_at_a_time() -> ValueInfo {
        build::value("x", data_type::FLOAT, &[1, 3, 1, 2].map(Dim::Fixed))
    }

    fn model(input: ValueInfo) -> Model {
        in_form(input, &spec(), FileForm::default())
    }

    fn in_form(input: ValueInfo, spec: &EncoderSpec, form: FileForm) -> Model {
        let weights = (0..12).map(|i| (i as f32 - 5.0) / 3.0).collect();
        let head = Head { weights: Matrix::new(2, 6, weights), bias: vec![0.25, -0.5] };
        let classes = ["a".to_owned(), "b".to_owned()];
        let about = About { classes: &classes, round: 3, form, shift: &[] };
        deployable(
            &encoder(input),
            &PictureIntake(spec.clone()),
            &Committee::of_heads(vec![head], Link::Softmax),
            &about,
        )
        .unwrap()
    }

    fn pictures() -> Vec<Picture> {
        let picture = |i: u8| Picture {
            pixels: (0..6).map(|at| i.wrapping_mul(91).wrapping_add(at * 47)).collect(),
            width: 2,
            height: 1,
        };
        (0..9).map(picture).collect()
    }

    #[test]
    fn a_model_that_takes_one_picture_at_a_time_gives_what_one_with_an_open_batch_gives() {
        let Some(runtime) = runtime() else { return };
        let open = Deployed::from_bytes(&runtime, &model(build::batch_of("x", &[3, 1, 2])).to_bytes()).unwrap();
        let one = Deployed::from_bytes(&runtime, &model(one_at_a_time()).to_bytes()).unwrap();
        assert_eq!((open.batch(), one.batch()), (CPU_BATCH, 1));
        let prepared: Vec<_> = pictures().iter().map(|picture| prepared(&one, picture)).collect();
        let (a, b) = (open.probabilities(&prepared).unwrap(), one.probabilities(&prepared).unwrap());
        assert_eq!(a.len(), 18);
        assert!(a.iter().zip(&b).all(|(a, b)| (a - b).abs() < 1e-6), "{a:?} {b:?}");
        let pixels = [PreparedInput::Pixels(vec![0; 6])];
        assert!(matches!(open.probabilities(&pixels), Err(EncodeError::Spec(_))));
    }

    #[test]
    fn pixels_inside_the_graph_are_scaled_and_ordered_as_outside() {
        let Some(runtime) = runtime() else { return };
        for (layout, channels) in [
            (TensorLayout::Nchw, Channels::Bgr),
            (TensorLayout::Nchw, Channels::Rgb),
            (TensorLayout::Nhwc, Channels::Bgr),
        ] {
            let spec = EncoderSpec { layout, channels, ..spec() };
            let dims: &[usize] = if layout == TensorLayout::Nchw { &[3, 1, 2] } else { &[1, 2, 3] };
            for batch in [None, Some(1)] {
                let input = || {
                    let open = std::iter::once(batch.map_or(Dim::Open, Dim::Fixed));
                    let all: Vec<Dim> = open.chain(dims.iter().map(|&n| Dim::Fixed(n))).collect();
                    build::value("x", data_type::FLOAT, &all)
                };
                let pixels = FileForm { input: Input::Uint8, ..FileForm::default() };
                let inside = in_form(input(), &spec, pixels);
                let given = inside.inputs()[0];
                assert_eq!((inside.inputs().len(), given.name()), (1, PIXELS));
                let open = batch.map_or(Dim::Open, Dim::Fixed);
                assert_eq!(given.dims(), Some(vec![open, Dim::Fixed(1), Dim::Fixed(2), Dim::Fixed(3)]));
                let inside = Deployed::from_bytes(&runtime, &inside.to_bytes()).unwrap();
                let outside = in_form(input(), &spec, FileForm::default());
                let outside = Deployed::from_bytes(&runtime, &outside.to_bytes()).unwrap();
                let said = |model: &Deployed| {
                    let prepared: Vec<_> = pictures().iter().map(|picture| prepared(model, picture)).collect();
                    model.probabilities(&prepared).unwrap()
                };
                let apart = said(&inside).iter().zip(said(&outside)).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
                assert!(apart < 1e-6, "{layout:?} {channels:?} {batch:?}: {apart}");
                assert!(
                    matches!(prepared(&inside, &pictures()[1]), PreparedInput::Pixels(p) if p == pictures()[1].pixels)
                );
            }
        }
    }

    #[test]
    fn an_input_that_bears_one_of_the_heads_names_is_found_again() {
        let Some(runtime) = runtime() else { return };
        let mut renamed = encoder(build::batch_of("probabilities", &[3, 1, 2]));
        renamed.graph.as_mut().unwrap().node[0].input[0] = "probabilities".to_owned();
        let spec = EncoderSpec { input: "probabilities".to_owned(), ..spec() };
        let head = Head { weights: Matrix::zeros(2, 6), bias: vec![0.0; 2] };
        let classes = ["a".to_owned(), "b".to_owned()];
        for input in [Input::Float, Input::Uint8] {
            let about =
                About { classes: &classes, round: 1, form: FileForm { input, ..FileForm::default() }, shift: &[] };
            let made = deployable(
                &renamed,
                &PictureIntake(spec.clone()),
                &Committee::of_heads(vec![head.clone()], Link::Softmax),
                &about,
            )
            .unwrap();
            let open = Deployed::from_bytes(&runtime, &made.to_bytes()).unwrap();
            assert_eq!(open.probabilities(&[prepared(&open, &pictures()[0])]).unwrap(), [0.5, 0.5]);
        }
        let about = About {
            classes: &classes,
            round: 1,
            form: FileForm { precision: Precision::Int8, ..FileForm::default() },
            shift: &[],
        };
        let refused =
            deployable(&renamed, &PictureIntake(spec.clone()), &Committee::of_heads(vec![head], Link::Softmax), &about);
        assert!(matches!(refused, Err(EncodeError::NothingToShrink)));
    }

    #[test]
    fn other_models_and_damaged_metadata_are_refused_with_the_reason() {
        let Some(runtime) = runtime() else { return };
        let refused = |model: &Model| match Deployed::from_bytes(&runtime, &model.to_bytes()) {
            Ok(_) => panic!("it was taken"),
            Err(error) => error.to_string(),
        };
        assert!(refused(&encoder(one_at_a_time())).contains("not a model made by Querist"));
        let with = |key: &str, value: &str| {
            let mut model = model(one_at_a_time());
            model.metadata_props.retain(|entry| entry.key() != key);
            model.metadata_props.push(build::property(key, value));
            model
        };
        assert!(refused(&with("querist.classes", "[1")).contains("metadata cannot be read"));
        assert!(refused(&with("querist.classes", "[]")).contains("names no classes"));
        assert!(refused(&with("querist.task", "rank")).contains("task `rank` is unknown to this version"));
        assert!(refused(&with("querist.input", "text")).contains("`text` is unknown to this version"));
        let huge = EncoderSpec { width: u32::MAX, ..spec() };
        assert!(refused(&with("querist.preprocessing", &huge.to_json())).contains("sides of 1 to 4096"));
        // Three classes for a head of two.
        let three = Deployed::from_bytes(&runtime, &with("querist.classes", r#"["a","b","c"]"#).to_bytes()).unwrap();
        let said = three.probabilities(&[prepared(&three, &pictures()[0])]);
        assert!(matches!(said, Err(EncodeError::Output(_))), "{said:?}");
    }
}
