//! The learned encoder as an ONNX graph, and back.
//!
//! Every kernel is a row of a dilated convolution. Those of one dilation are two convolutions, one that sees zeros
//! beyond the ends and one that keeps off them; a feature is the mean over time of "the output is above a threshold".
//! Values and thresholds are whole numbers and halves below 2²⁴, so any order of additions in single precision gives
//! the same features.

use super::bank::{Bank, Dilated, KERNELS, TAPS, is_padded, places};
use super::reduce::Reduction;
use super::{FARTHEST, Kernels, UNIT};
use crate::math::Matrix;
use crate::onnx::messages::{OperatorSetId, data_type};
use crate::onnx::{Attribute, Graph, Model, Node, Tensor, build};
use crate::runtime::EncodeError;

pub(super) const INPUT: &str = "series";
pub(super) const OUTPUT: &str = "embedding";
/// The line of metadata that holds what tensors do not.
const SHAPE: &str = "querist.kernels";
const OPSET: i64 = 13;
const IR_VERSION: i64 = 7;

/// What tensors do not hold.
#[derive(serde::Serialize, serde::Deserialize)]
struct KernelShape {
    channels: Vec<String>,
    length: usize,
    dilations: Vec<usize>,
}

impl Kernels {
    /// `series` [batch, channels, length] in; `embedding` [batch, D] out. Whatever follows resampling is inside.
    pub fn to_model(&self) -> Model {
        let channels = self.channels.len();
        let mut parts = Parts::default();
        parts.floats("mean", &[1, channels, 1], &self.mean);
        parts.floats("scale", &[1, channels, 1], &self.scale);
        parts.floats("nearest", &[], &[-UNIT * FARTHEST]);
        parts.floats("farthest", &[], &[UNIT * FARTHEST]);
        parts.ints("third", &[2]);
        parts.node("Sub", &[INPUT, "mean"], "centred", Vec::new());
        parts.node("Mul", &["centred", "scale"], "scaled", Vec::new());
        parts.node("Clip", &["scaled", "nearest", "farthest"], "clipped", Vec::new());
        parts.node("Round", &["clipped"], "whole", Vec::new());
        let mut shares = Vec::new();
        for j in 0..self.bank.dilated.len() {
            for padded in [true, false] {
                shares.push(parts.shares(&self.bank, j, padded));
            }
        }
        let levels: Vec<f32> = self.levels.iter().map(|weight| weight / UNIT).collect();
        shares.push(parts.levels(&levels));
        let names: Vec<&str> = shares.iter().map(String::as_str).collect();
        parts.node("Concat", &names, "features", vec![build::int("axis", 1)]);
        let Reduction { rows, offset } = &self.reduction;
        let order = order(&self.bank);
        let turned: Vec<f32> = (0..rows.rows()).flat_map(|i| order.iter().map(move |&at| rows.row(i)[at])).collect();
        parts.floats("projection", &[rows.rows(), rows.cols()], &turned);
        parts.floats("offset", &[rows.rows()], &offset.iter().map(|value| -value).collect::<Vec<_>>());
        parts.node("Gemm", &["features", "projection", "offset"], OUTPUT, vec![build::int("transB", 1)]);
        let shape = KernelShape {
            channels: self.channels.clone(),
            length: self.length,
            dilations: self.bank.dilated.iter().map(|dilated| dilated.dilation).collect(),
        };
        let shape = serde_json::to_string(&shape).expect("a shape holds only numbers and names");
        let graph = Graph {
            name: Some("kernels".to_owned()),
            node: parts.nodes,
            initializer: parts.constants,
            input: vec![build::batch_of(INPUT, &[channels, self.length])],
            output: vec![build::batch_of(OUTPUT, &[self.dim()])],
            ..Graph::default()
        };
        Model {
            ir_version: Some(IR_VERSION),
            producer_name: Some("querist".to_owned()),
            producer_version: Some(env!("CARGO_PKG_VERSION").to_owned()),
            opset_import: vec![OperatorSetId { domain: Some(String::new()), version: Some(OPSET) }],
            metadata_props: vec![build::property(SHAPE, &shape)],
            graph: Some(graph),
            ..Model::default()
        }
    }

    /// The encoder that [`Kernels::to_model`] wrote.
    ///
    /// # Errors
    /// When the model is another one.
    pub fn from_model(model: &Model) -> Result<Self, EncodeError> {
        let foreign =
            || EncodeError::Spec("the model is no built-in encoder of series; learn the encoder again".to_owned());
        read(model).ok_or_else(foreign)
    }
}

/// The place in [`Bank::transform`]'s order of each feature in the graph's order, levels included.
fn order(bank: &Bank) -> Vec<usize> {
    let (mut order, mut from) = (Vec::new(), 0);
    for (j, dilated) in bank.dilated.iter().enumerate() {
        let count = dilated.thresholds[0].len();
        for padded in [true, false] {
            for k in (0..KERNELS).filter(|k| is_padded(j, *k) == padded) {
                order.extend(from + k * count..from + (k + 1) * count);
            }
        }
        from += KERNELS * count;
    }
    order.extend(from..from + 2 * bank.channels);
    order
}

fn weights_of(j: usize, padded: bool) -> String {
    format!("{j}/{}/kernels", if padded { "padded" } else { "inside" })
}

fn thresholds_of(j: usize, padded: bool) -> String {
    format!("{j}/{}/thresholds", if padded { "padded" } else { "inside" })
}

#[derive(Default)]
struct Parts {
    nodes: Vec<Node>,
    constants: Vec<Tensor>,
}

impl Parts {
    fn node(&mut self, op: &str, inputs: &[&str], output: &str, attributes: Vec<Attribute>) {
        self.nodes.push(build::node(op, inputs, &[output], attributes));
    }

    fn floats(&mut self, name: &str, dims: &[usize], values: &[f32]) {
        self.constants.push(build::floats(name, dims, values));
    }

    fn ints(&mut self, name: &str, values: &[i64]) {
        self.constants.push(build::ints(name, values));
    }

    /// The features of half of the kernels of one dilation: [batch, features]. Returns their name.
    fn shares(&mut self, bank: &Bank, j: usize, padded: bool) -> String {
        let dilated = &bank.dilated[j];
        let kernels: Vec<usize> = (0..KERNELS).filter(|k| is_padded(j, *k) == padded).collect();
        let (places, count) = (places(), dilated.thresholds[0].len());
        let mut weights = vec![0.0; kernels.len() * bank.channels * TAPS];
        for (&k, weights) in kernels.iter().zip(weights.chunks_exact_mut(bank.channels * TAPS)) {
            for &member in &dilated.members[k] {
                for tap in 0..TAPS {
                    weights[member * TAPS + tap] = if places[k].contains(&tap) { 2.0 } else { -1.0 };
                }
            }
        }
        // Between two whole numbers.
        let bounds = kernels.iter().flat_map(|&k| dilated.thresholds[k].iter().map(|&value| value as f32 - 0.5));
        let bounds: Vec<f32> = bounds.collect();
        let (named, bounded) = (weights_of(j, padded), thresholds_of(j, padded));
        let n = |name: &str| format!("{j}/{}/{name}", if padded { "padded" } else { "inside" });
        self.floats(&named, &[kernels.len(), bank.channels, TAPS], &weights);
        self.floats(&bounded, &[kernels.len(), count, 1], &bounds);
        let margin = if padded { (TAPS / 2 * dilated.dilation) as i64 } else { 0 };
        let window = vec![
            build::int_list("kernel_shape", &[TAPS as i64]),
            build::int_list("dilations", &[dilated.dilation as i64]),
            build::int_list("pads", &[margin, margin]),
        ];
        self.node("Conv", &["whole", &named], &n("outputs"), window);
        self.node("Unsqueeze", &[&n("outputs"), "third"], &n("each"), Vec::new());
        self.node("Greater", &[&n("each"), &bounded], &n("above"), Vec::new());
        self.node("Cast", &[&n("above")], &n("ones"), vec![build::int("to", data_type::FLOAT.into())]);
        self.node("ReduceMean", &[&n("ones")], &n("shares"), over(3, false));
        self.node("Flatten", &[&n("shares")], &n("features"), vec![build::int("axis", 1)]);
        n("features")
    }

    /// The weighted mean and spread of each channel: [batch, 2 C]. Returns their name.
    fn levels(&mut self, weights: &[f32]) -> String {
        self.floats("levels/weights", &[weights.len()], weights);
        self.node("ReduceMean", &["whole"], "levels/mean", over(2, true));
        self.node("Sub", &["whole", "levels/mean"], "levels/apart", Vec::new());
        self.node("Mul", &["levels/apart", "levels/apart"], "levels/square", Vec::new());
        self.node("ReduceMean", &["levels/square"], "levels/variance", over(2, true));
        self.node("Sqrt", &["levels/variance"], "levels/spread", Vec::new());
        self.node("Concat", &["levels/mean", "levels/spread"], "levels/both", vec![build::int("axis", 1)]);
        self.node("Flatten", &["levels/both"], "levels/flat", vec![build::int("axis", 1)]);
        self.node("Mul", &["levels/flat", "levels/weights"], "levels/features", Vec::new());
        "levels/features".to_owned()
    }
}

fn over(axis: i64, keep: bool) -> Vec<Attribute> {
    vec![build::int_list("axes", &[axis]), build::int("keepdims", keep.into())]
}

fn read(model: &Model) -> Option<Kernels> {
    let line = model.metadata_props.iter().find(|line| line.key() == SHAPE)?;
    let KernelShape { channels, length, dilations } = serde_json::from_str(line.value()).ok()?;
    let graph = model.graph.as_ref()?;
    let tensor = |name: &str| -> Option<Vec<f32>> {
        let found = graph.initializer.iter().find(|tensor| tensor.name() == name)?;
        let four = |bytes: &[u8]| Some(f32::from_le_bytes(bytes.try_into().ok()?));
        found.raw_data.as_ref()?.chunks_exact(4).map(four).collect()
    };
    let mut bank = Bank { channels: channels.len(), length, dilated: Vec::new() };
    for (j, dilation) in dilations.into_iter().enumerate() {
        let mut dilated =
            Dilated { dilation, members: vec![Vec::new(); KERNELS], thresholds: vec![Vec::new(); KERNELS] };
        for padded in [true, false] {
            let kernels: Vec<usize> = (0..KERNELS).filter(|k| is_padded(j, *k) == padded).collect();
            let (weights, bounds) = (tensor(&weights_of(j, padded))?, tensor(&thresholds_of(j, padded))?);
            if channels.is_empty() || weights.len() != kernels.len() * channels.len() * TAPS || bounds.is_empty() {
                return None;
            }
            let count = bounds.len() / kernels.len();
            for (at, &k) in kernels.iter().enumerate() {
                let own = &weights[at * channels.len() * TAPS..(at + 1) * channels.len() * TAPS];
                let seen = own.chunks_exact(TAPS).enumerate().filter(|(_, taps)| taps[0] != 0.0);
                dilated.members[k] = seen.map(|(member, _)| member).collect();
                dilated.thresholds[k] =
                    bounds.get(at * count..(at + 1) * count)?.iter().map(|value| (value + 0.5) as i32).collect();
            }
        }
        bank.dilated.push(dilated);
    }
    let (turned, offset) = (tensor("projection")?, tensor("offset")?);
    let order = order(&bank);
    if offset.is_empty() || turned.len() != offset.len() * order.len() {
        return None;
    }
    let mut rows = Matrix::zeros(offset.len(), order.len());
    for (i, turned) in turned.chunks_exact(order.len()).enumerate() {
        let row = rows.row_mut(i);
        order.iter().zip(turned).for_each(|(&at, &value)| row[at] = value);
    }
    let levels: Vec<f32> = tensor("levels/weights")?.into_iter().map(|weight| weight * UNIT).collect();
    let reduction = Reduction { rows, offset: offset.into_iter().map(|value| -value).collect() };
    Some(Kernels { channels, length, mean: tensor("mean")?, scale: tensor("scale")?, bank, levels, reduction })
}
