//! The deployable model as a file: encoder and committee in one graph, in the requested form, with metadata that says
//! how to use it.

use crate::domain::Task;
use crate::learn::{Committee, graph};
use crate::modality::image::EncoderSpec;
use crate::modality::image::spec::{Channels, TensorLayout};
use crate::models::{FileForm, Intake, Precision};
use crate::onnx::messages::data_type;
use crate::onnx::quantise::weights_to_int8;
use crate::onnx::{Dim, Model, Node, build};
use crate::runtime::EncodeError;

/// The input of a model that takes pixels as they are.
pub const PIXELS: &str = "pixels";

/// What a deployable model says about itself.
#[derive(Debug, Clone, Copy)]
pub struct About<'a> {
    /// Class names in the order of the probabilities.
    pub classes: &'a [String],
    pub round: i64,
    pub form: FileForm,
    /// Added to the embedding, D numbers, or nothing: what one-byte weights have moved it by on average.
    pub shift: &'a [f32],
}

/// `encoder`, which takes samples by `intake`, and `committee` in one model.
///
/// # Errors
/// When the encoder's operator set is too old or it has not the output described, the committee is empty, or one-byte weights
/// are asked for where there are none to shrink.
pub fn deployable(
    encoder: &Model,
    intake: &dyn Intake,
    committee: &Committee,
    about: &About<'_>,
) -> Result<Model, EncodeError> {
    let mut small;
    let encoder = match about.form.precision {
        Precision::F32 => encoder,
        Precision::Int8 => {
            small = encoder.clone();
            if weights_to_int8(&mut small).constants == 0 {
                return Err(EncodeError::NothingToShrink);
            }
            &small
        }
    };
    let mut model = graph::deployable(encoder, intake.output(), about.shift, committee)?;
    // Where the encoder's input bore one of the head's names, it has another now.
    let input = model.inputs().first().map_or_else(|| intake.input().to_owned(), |input| input.name().to_owned());
    let intake = intake.embedded(&mut model, input, about.form.input)?;
    model.metadata_props.retain(|entry| !entry.key().starts_with("querist."));
    model.metadata_props.extend([
        build::property("querist.task", Task::from(committee.link).as_str()),
        build::property("querist.classes", &serde_json::Value::from(about.classes).to_string()),
        build::property("querist.preprocessing", &intake.to_json()),
        build::property("querist.input", about.form.input.as_str()),
        build::property("querist.precision", about.form.precision.as_str()),
        build::property("querist.round", &about.round.to_string()),
    ]);
    Ok(model)
}

/// Move everything between pixels and the encoder's input into the graph; returns the description of what remains
/// outside.
///
/// The same operations in the same order as [`crate::modality::image::preprocess::prepare`]: `(v · scale − mean) / std`, so that both give
/// the same floats. Resizing stays outside, since ONNX has no operator that gives Pillow's pixels.
pub(super) fn take_pixels(model: &mut Model, spec: &EncoderSpec) -> Result<EncoderSpec, EncodeError> {
    let one_at_a_time = model.inputs().first().and_then(|input| input.dims()).and_then(|dims| match dims.first() {
        Some(Dim::Fixed(n)) => Some(*n),
        _ => None,
    });
    let graph = model.graph.as_mut();
    let graph = graph.ok_or_else(|| EncodeError::Spec("the model holds no graph".to_owned()))?;
    let Some(place) = graph.input.iter().position(|input| input.name() == spec.input) else {
        return Err(EncodeError::Spec(format!("the model has no input `{}`", spec.input)));
    };
    // A value of the encoder may happen to have this name.
    crate::onnx::edit::rename_values(graph, &|name| (name == PIXELS).then(|| format!("encoder/{name}")));
    let image = graph.input[place].name().to_owned();
    let (height, width) = (spec.height as usize, spec.width as usize);
    graph.input[place] = {
        let batch = one_at_a_time.map_or(Dim::Open, Dim::Fixed);
        build::value(PIXELS, data_type::UINT8, &[batch, Dim::Fixed(height), Dim::Fixed(width), Dim::Fixed(3)])
    };

    let mut nodes = Vec::new();
    let mut last = PIXELS;
    if spec.channels == Channels::Bgr {
        let along = vec![build::int("axis", 3)];
        nodes.push(build::node("Gather", &[last, "querist/bgr"], &["querist/turned"], along));
        graph.initializer.push(build::ints("querist/bgr", &[2, 1, 0]));
        last = "querist/turned";
    }
    let dims: &[usize] = match spec.layout {
        TensorLayout::Nhwc => &[1, 1, 1, 3],
        TensorLayout::Nchw => {
            let planes = vec![build::int_list("perm", &[0, 3, 1, 2])];
            nodes.push(build::node("Transpose", &[last], &["querist/planes"], planes));
            last = "querist/planes";
            &[1, 3, 1, 1]
        }
    };
    let to_float = vec![build::int("to", i64::from(data_type::FLOAT))];
    nodes.push(build::node("Cast", &[last], &["querist/levels"], to_float));
    nodes.push(build::node("Mul", &["querist/levels", "querist/scale"], &["querist/scaled"], Vec::new()));
    nodes.push(build::node("Sub", &["querist/scaled", "querist/mean"], &["querist/centred"], Vec::new()));
    let divided = build::node("Div", &["querist/centred", "querist/std"], &[&image], Vec::new());
    nodes.push(Node { name: Some("querist/image".to_owned()), ..divided });
    graph.initializer.push(build::floats("querist/scale", &[1, 1, 1, 1], &[spec.scale]));
    graph.initializer.push(build::floats("querist/mean", dims, &spec.mean));
    graph.initializer.push(build::floats("querist/std", dims, &spec.std));
    graph.node.splice(0..0, nodes);
    Ok(EncoderSpec {
        input: PIXELS.to_owned(),
        layout: TensorLayout::Nhwc,
        channels: Channels::Rgb,
        scale: 1.0,
        mean: [0.0; 3],
        std: [1.0; 3],
        ..spec.clone()
    })
}
