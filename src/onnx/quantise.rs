//! Weights in one byte each: a quarter of the size, computed with in float.
//!
//! A weight matrix becomes 8-bit integers and one scale per output channel, which a `Cast` and a `Mul` turn back into the
//! floats that the graph knows by the old name. Both are computed once, when a runtime opens the file and folds constants, so
//! the network runs as fast as before. `DequantizeLinear` instead is kept by ONNX Runtime, computed with every call, and hides
//! the weights from its faster kernels; `DynamicQuantizeLinear` with integer operators rounds the activations too. `docs/model.md`
//! has the numbers.
//!
//! **Invariant:** values keep their names and shapes, so whatever read a weight still does.

use std::collections::HashMap;

use bytes::Bytes;

use super::messages::{EXTERNAL, Graph, Model, Node, Tensor, data_type};
use super::{build, edit};

/// Constants of fewer numbers stay as they are. They are a small share of a file, and first layers are among them, which
/// lose most: the built-in encoder's whitening filters (11,664 numbers) bring a cosine of 0.9994 down to 0.78.
const LEAST: usize = 16_384;
/// The largest level; the range is symmetric, so that zero stays zero.
const LEVELS: f32 = 127.0;

/// What [`weights_to_int8`] did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Quantised {
    /// Constants that are kept in one byte each now.
    pub constants: usize,
    /// Numbers in them.
    pub numbers: usize,
}

/// Keep the large weights of convolutions and matrix products in one byte each.
///
/// Weights that are used along different axes, shared or not finite, or not 32-bit floats, stay as they are.
pub fn weights_to_int8(model: &mut Model) -> Quantised {
    let mut done = Quantised::default();
    let Some(graph) = &mut model.graph else { return done };
    let axes = axes(graph);
    let mut names = edit::names(graph);
    let mut nodes = Vec::new();
    let mut constants = Vec::with_capacity(graph.initializer.len());
    for tensor in std::mem::take(&mut graph.initializer) {
        let small = axes.get(tensor.name()).copied().flatten().and_then(|axis| shrink(&tensor, axis));
        let Some(small) = small else {
            constants.push(tensor);
            continue;
        };
        let mut fresh = |kind: &str| {
            let mut name = format!("{}/{kind}", tensor.name());
            while !names.insert(name.clone()) {
                name.push('_');
            }
            name
        };
        let (levels, scale, wide) = (fresh("int8"), fresh("scale"), fresh("float"));
        let to_float = vec![build::int("to", i64::from(data_type::FLOAT))];
        nodes.push(build::node("Cast", &[&levels], &[&wide], to_float));
        // Without a name: some node may have the weight's.
        let product = build::node("Mul", &[&wide, &scale], &[tensor.name()], Vec::new());
        nodes.push(Node { name: None, ..product });
        // An input that the constant filled by default is filled by a node now.
        graph.input.retain(|input| input.name() != tensor.name());
        done.constants += 1;
        done.numbers += small.levels.len();
        constants.push(build::bytes_signed(&levels, &tensor.dims, Bytes::from(small.levels)));
        constants.push(build::floats(&scale, &small.scale_dims, &small.scales));
    }
    graph.initializer = constants;
    // They read constants alone, so their place is before everything else.
    graph.node.splice(0..0, nodes);
    done
}

/// The axis of output channels of each constant that convolutions and products use as weights; `None` where they disagree.
fn axes(graph: &Graph) -> HashMap<String, Option<usize>> {
    let dims: HashMap<&str, usize> =
        graph.initializer.iter().map(|tensor| (tensor.name(), tensor.dims.len())).collect();
    let mut axes: HashMap<String, Option<usize>> = HashMap::new();
    for node in &graph.node {
        let Some(weight) = node.input.get(1) else { continue };
        let Some(axis) = dims.get(weight.as_str()).and_then(|&n| channel_axis(node, n)) else { continue };
        axes.entry(weight.clone())
            .and_modify(|known| *known = known.filter(|&known| known == axis))
            .or_insert(Some(axis));
    }
    axes
}

fn channel_axis(node: &Node, n_dims: usize) -> Option<usize> {
    if !matches!(node.domain(), "" | "ai.onnx") {
        return None;
    }
    match (node.op_type(), n_dims) {
        ("Conv", 3..) => Some(0),
        ("MatMul", 2) => Some(1),
        ("Gemm", 2) => {
            let turned = node.attribute.iter().any(|one| one.name() == "transB" && one.i() != 0);
            Some(usize::from(!turned))
        }
        _ => None,
    }
}

struct Small {
    /// Two's complement, in the order of the weights.
    levels: Vec<u8>,
    scales: Vec<f32>,
    /// As many dimensions as the weights have, all 1 but the channels'.
    scale_dims: Vec<usize>,
}

fn shrink(tensor: &Tensor, axis: usize) -> Option<Small> {
    if tensor.data_type() != data_type::FLOAT || tensor.data_location == Some(EXTERNAL) || tensor.segment.is_some() {
        return None;
    }
    let dims: Vec<usize> = tensor.dims.iter().map(|&n| usize::try_from(n).ok()).collect::<Option<_>>()?;
    let values = tensor.floats();
    let expected = dims.iter().try_fold(1usize, |product, &n| product.checked_mul(n))?;
    if values.len() < LEAST || values.len() != expected || values.iter().any(|value| !value.is_finite()) {
        return None;
    }
    let channels = *dims.get(axis)?;
    let inner: usize = dims[axis + 1..].iter().product();
    let channel = |at: usize| at / inner % channels;
    let mut scales = vec![0.0f32; channels];
    for (at, value) in values.iter().enumerate() {
        let scale = &mut scales[channel(at)];
        *scale = scale.max(value.abs());
    }
    for scale in &mut scales {
        // A channel without weights has no scale; any will do.
        *scale = if *scale > 0.0 { *scale / LEVELS } else { 1.0 };
    }
    // A weight so small that its scale underflows to 0 divides to NaN, which is cast to level 0.
    let level = |(at, value): (usize, &f32)| (value / scales[channel(at)]).round().clamp(-LEVELS, LEVELS) as i8 as u8;
    let levels = values.iter().enumerate().map(level).collect();
    let scale_dims = (0..dims.len()).map(|at| if at == axis { channels } else { 1 }).collect();
    Some(Small { levels, scales, scale_dims })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn weight(i: usize) -> f32 {
        ((i * 7919 % 2003) as f32 - 1001.0) / 500.0 * if i.is_multiple_of(3) { 1.0 } else { 0.01 }
    }

    fn model(dims: &[usize], nodes: Vec<Node>) -> Model {
        let values: Vec<f32> = (0..dims.iter().product()).map(weight).collect();
        let graph = Graph {
            node: nodes,
            initializer: vec![build::floats("w", dims, &values)],
            output: vec![build::batch_of("y", &[1])],
            ..Graph::default()
        };
        Model { graph: Some(graph), ..Model::default() }
    }

    fn node(op: &str) -> Node {
        build::node(op, &["x", "w"], &["y"], Vec::new())
    }

    /// The weights as a runtime would compute them from levels and scales along `axis`.
    fn restored(model: &Model, axis: usize) -> Vec<f32> {
        let graph = model.graph.as_ref().unwrap();
        let find = |name: &str| graph.initializer.iter().find(|tensor| tensor.name() == name).unwrap();
        let (levels, scales) = (find("w/int8"), find("w/scale").floats());
        let dims: Vec<usize> = levels.dims.iter().map(|&n| n as usize).collect();
        let inner: usize = dims[axis + 1..].iter().product();
        let raw = levels.raw_data.as_ref().unwrap();
        raw.iter().enumerate().map(|(at, &level)| f32::from(level as i8) * scales[at / inner % dims[axis]]).collect()
    }

    #[test]
    fn every_weight_stays_within_half_a_step_of_its_channel() {
        for (op, dims, axis) in
            [("Conv", vec![32, 64, 3, 3], 0), ("MatMul", vec![256, 80], 1), ("Gemm", vec![256, 80], 1)]
        {
            let mut small = model(&dims, vec![node(op)]);
            let done = weights_to_int8(&mut small);
            assert_eq!(done, Quantised { constants: 1, numbers: dims.iter().product() });
            let inner: usize = dims[axis + 1..].iter().product();
            let mut largest = vec![0.0f32; dims[axis]];
            (0..done.numbers).for_each(|at| {
                let channel = at / inner % dims[axis];
                largest[channel] = largest[channel].max(weight(at).abs());
            });
            for (at, value) in restored(&small, axis).into_iter().enumerate() {
                let step = largest[at / inner % dims[axis]] / 127.0;
                assert!((value - weight(at)).abs() <= step * 0.5001, "{op} {at}: {value} for {}", weight(at));
            }
            let graph = small.graph.as_ref().unwrap();
            let ops: Vec<_> = graph.node.iter().map(Node::op_type).collect();
            assert_eq!(ops, ["Cast", "Mul", op], "what makes the weights comes first");
            assert_eq!(graph.node[1].output, ["w"], "the weights keep their name");
        }
    }

    #[test]
    fn a_product_with_turned_weights_has_its_channels_in_rows() {
        let turned = build::node("Gemm", &["x", "w"], &["y"], vec![build::int("transB", 1)]);
        let mut small = model(&[80, 256], vec![turned]);
        weights_to_int8(&mut small);
        let scale = &small.graph.as_ref().unwrap().initializer[1];
        assert_eq!((scale.name(), scale.dims.as_slice()), ("w/scale", [80, 1].as_slice()));
    }

    #[test]
    fn what_is_small_or_used_otherwise_stays() {
        let foreign = Node { domain: Some("com.example".to_owned()), ..node("Conv") };
        let unlike = vec![node("Gemm"), build::node("Gemm", &["x", "w"], &["z"], vec![build::int("transB", 1)])];
        for kept in [
            model(&[10, 64, 5, 5], vec![node("Conv")]),
            model(&[32, 64, 3, 3], vec![node("Add")]),
            model(&[32, 64, 3, 3], vec![foreign]),
            model(&[256, 256], unlike),
        ] {
            let mut small = kept.clone();
            assert_eq!(weights_to_int8(&mut small), Quantised::default());
            assert!(small == kept);
        }
        let mut broken = model(&[256, 256], vec![node("MatMul")]);
        broken.graph.as_mut().unwrap().initializer[0].raw_data = Some(Bytes::from(vec![0xff; 4 * 256 * 256]));
        assert_eq!(weights_to_int8(&mut broken), Quantised::default(), "numbers that are not finite have no scale");
    }

    #[test]
    fn names_that_are_taken_are_gone_round() {
        let mut small =
            model(&[256, 256], vec![build::node("Identity", &["x"], &["w/int8"], Vec::new()), node("MatMul")]);
        small.graph.as_mut().unwrap().input = vec![build::batch_of("w", &[256])];
        weights_to_int8(&mut small);
        let graph = small.graph.unwrap();
        assert_eq!(graph.initializer[0].name(), "w/int8_");
        assert!(graph.input.is_empty(), "a default that a node fills is no longer an input");
    }
}
