//! Cutting a model: find the last layer of a classifier, make any value the only output, drop what nothing needs any more.
//!
//! **Invariant:** every node and constant that stays, stays byte for byte.

use std::collections::HashSet;

use super::messages::{Attribute, Graph, Model, Node, ValueInfo, data_type};
use super::wiring::{Wiring, sizes};

/// How many nodes may be between a model's output and its last layer: activations, reshapes, pools.
const TAIL: usize = 24;

/// The layer that turns an embedding into scores of classes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LastLayer {
    /// The value that goes into it: the embedding.
    pub input: String,
    /// Numbers that go in, per image or per place of a feature map.
    pub width: usize,
    /// Numbers that come out.
    pub classes: usize,
    /// The input is a feature map `[batch, width, h, w]`: the layer is a convolution with a window of one.
    pub map: bool,
    /// A softmax or a logistic function turns its output into probabilities.
    pub probabilities: bool,
    /// The kind of number of its weight (see [`data_type`]), where it is a floating-point one.
    pub kind: i32,
}

/// The last layer before `output`: `Gemm`, `MatMul` with or without `Add`, or `Conv` with a window of one, also in their
/// dynamically quantised forms. `None` when anything but activations, reshapes and pools is in between.
pub fn last_layer(graph: &Graph, output: &str) -> Option<LastLayer> {
    let wiring = Wiring::of(graph);
    let mut name = output.to_owned();
    let mut probabilities = false;
    for _ in 0..TAIL {
        let node = wiring.producer(&name)?;
        let input = |at: usize| node.input.get(at).filter(|name| !name.is_empty());
        let constant = |at: usize| input(at).is_some_and(|name| wiring.constant(name).is_some());
        name = match node.op_type() {
            "Softmax" | "LogSoftmax" | "Sigmoid" => {
                probabilities = true;
                input(0)?.clone()
            }
            "Identity" | "Cast" | "Dropout" | "Flatten" | "Reshape" | "Squeeze" | "Transpose" | "Relu" | "Clip"
            | "GlobalAveragePool" | "AveragePool" | "ReduceMean" | "QuantizeLinear" | "DequantizeLinear" => {
                input(0)?.clone()
            }
            // A bias, a temperature; or the scale of a quantised product, which follows its cast to floats.
            "Add" | "Mul" | "Div" if constant(1) => input(0)?.clone(),
            "Add" | "Mul" if constant(0) => input(1)?.clone(),
            "Mul" => {
                let cast = |name: &&String| wiring.producer(name).is_some_and(|node| node.op_type() == "Cast");
                node.input.iter().find(cast)?.clone()
            }
            _ => return linear(&wiring, node, probabilities),
        };
    }
    None
}

fn linear(wiring: &Wiring, node: &Node, probabilities: bool) -> Option<LastLayer> {
    let weight = node.input.get(1)?;
    let (tensor, _) = wiring.constant(weight)?;
    let (width, classes, map) = match node.op_type() {
        "Gemm" if node.int("transA") == 0 => {
            let [rows, columns] = wiring.matrix(weight)?;
            if node.int("transB") == 1 { (columns, rows, false) } else { (rows, columns, false) }
        }
        "MatMul" | "MatMulInteger" => {
            let [rows, columns] = wiring.matrix(weight)?;
            (rows, columns, false)
        }
        "Conv" | "ConvInteger" if node.int_or("group", 1) == 1 => {
            let [classes, width, 1, 1] = sizes(tensor)?[..] else { return None };
            (width, classes, true)
        }
        _ => return None,
    };
    let mut input = node.input.first()?;
    // A dynamically quantised layer gets its numbers from a node that quantises the floats before it.
    if node.op_type().ends_with("Integer") {
        let quantise = wiring.producer(input).filter(|node| node.op_type() == "DynamicQuantizeLinear")?;
        input = quantise.input.first()?;
    }
    let halves = [data_type::FLOAT16, data_type::BFLOAT16, data_type::DOUBLE];
    let kind = if halves.contains(&tensor.data_type()) { tensor.data_type() } else { data_type::FLOAT };
    Some(LastLayer { input: input.clone(), width, classes, map, probabilities, kind })
}

/// Make `value` the model's only output, and drop nodes, constants and inputs that it does not need.
pub fn keep_only(model: &mut Model, value: ValueInfo) {
    let Some(graph) = &mut model.graph else { return };
    let mut needed: HashSet<String> = HashSet::from([value.name().to_owned()]);
    let mut keep = vec![false; graph.node.len()];
    // Nodes are in topological order, so one pass from the end suffices; a file in another order takes more passes.
    loop {
        let before = keep.iter().filter(|kept| **kept).count();
        for (node, kept) in graph.node.iter().zip(&mut keep).rev() {
            if !*kept && node.output.iter().any(|name| needed.contains(name)) {
                *kept = true;
                let mut used = Vec::new();
                uses(node, &mut used);
                needed.extend(used.into_iter().filter(|name| !name.is_empty()).cloned());
            }
        }
        if keep.iter().filter(|kept| **kept).count() == before {
            break;
        }
    }
    let mut kept = keep.into_iter();
    graph.node.retain(|_| kept.next().unwrap_or(true));
    let mut known = needed;
    known.extend(graph.node.iter().flat_map(|node| node.output.iter().cloned()));
    graph.initializer.retain(|tensor| known.contains(tensor.name()));
    graph.sparse_initializer.retain(|tensor| tensor.values.as_ref().is_none_or(|values| known.contains(values.name())));
    graph.input.retain(|input| known.contains(input.name()));
    graph.value_info.retain(|info| known.contains(info.name()) && info.name() != value.name());
    graph.quantization_annotation.retain(|entry| entry.tensor_name.as_ref().is_none_or(|name| known.contains(name)));
    graph.output = vec![value];
}

/// Every name that a node, or a graph inside it, may take from outside.
fn uses<'a>(node: &'a Node, names: &mut Vec<&'a String>) {
    names.extend(&node.input);
    let inner = |attribute: &'a Attribute| attribute.g.iter().chain(&attribute.graphs);
    for graph in node.attribute.iter().flat_map(inner) {
        graph.node.iter().for_each(|node| uses(node, names));
        names.extend(graph.output.iter().filter_map(|output| output.name.as_ref()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::onnx::{Tensor, build};

    fn chain() -> Model {
        let branch = Graph {
            node: vec![build::node("Add", &["a", "outside"], &["z"], Vec::new())],
            output: vec![build::batch_of("z", &[1])],
            ..Graph::default()
        };
        let inside = Attribute { name: Some("then_branch".to_owned()), g: Some(branch), ..Attribute::default() };
        let nodes = vec![
            build::node("Resize", &["x", "", "scales"], &["a"], vec![build::float("cubic_coeff_a", -0.5)]),
            build::node("Abs", &["w0"], &["outside"], Vec::new()),
            build::node("If", &["yes"], &["b"], vec![inside]),
            build::node("MatMul", &["b", "w1"], &["y"], Vec::new()),
        ];
        let constant = |name: &str| build::floats(name, &[2, 2], &[1.0, 2.0, 3.0, 4.0]);
        let graph = Graph {
            node: nodes,
            initializer: ["scales", "w0", "yes", "w1", "unused"].map(constant).to_vec(),
            input: vec![build::batch_of("x", &[2]), build::batch_of("text", &[2])],
            output: vec![build::batch_of("y", &[2])],
            value_info: vec![build::batch_of("b", &[2]), build::batch_of("y0", &[2])],
            ..Graph::default()
        };
        Model { graph: Some(graph), ..Model::default() }
    }

    #[test]
    fn what_stays_stays_byte_for_byte_and_in_its_order() {
        use prost::Message as _;
        let whole = chain();
        let mut cut = whole.clone();
        keep_only(&mut cut, build::batch_of("b", &[2]));
        let (before, after) = (whole.graph.unwrap(), cut.graph.unwrap());
        let bytes = |nodes: &[Node]| nodes.iter().map(Node::encode_to_vec).collect::<Vec<_>>();
        assert_eq!(bytes(&after.node), bytes(&before.node[..3]));
        let tensors = |tensors: &[Tensor]| tensors.iter().map(Tensor::encode_to_vec).collect::<Vec<_>>();
        assert_eq!(tensors(&after.initializer), tensors(&before.initializer[..3]));
        assert_eq!(after.input.iter().map(ValueInfo::name).collect::<Vec<_>>(), ["x"]);
        assert!(after.value_info.is_empty(), "an output is described once");
        assert_eq!(after.output[0].name(), "b");
    }

    #[test]
    fn nodes_in_another_order_are_found_too() {
        let mut cut = chain();
        cut.graph.as_mut().unwrap().node.reverse();
        keep_only(&mut cut, build::batch_of("b", &[2]));
        assert_eq!(cut.graph.unwrap().node.len(), 3);
    }

    #[test]
    fn a_weight_may_be_transposed_cast_or_dequantised_on_its_way() {
        let nodes = vec![
            build::node("Cast", &["w"], &["w32"], Vec::new()),
            build::node("Transpose", &["w32"], &["wt"], Vec::new()),
            build::node("MatMul", &["x", "wt"], &["p"], Vec::new()),
            build::node("Add", &["bias", "p"], &["y"], Vec::new()),
        ];
        let weights = vec![build::floats("w", &[5, 3], &[0.0; 15]), build::floats("bias", &[5], &[0.0; 5])];
        let graph = Graph { node: nodes, initializer: weights, ..Graph::default() };
        let layer = last_layer(&graph, "y").unwrap();
        assert_eq!((layer.input.as_str(), layer.width, layer.classes, layer.map), ("x", 3, 5, false));
    }

    #[test]
    fn a_product_of_two_values_or_a_real_window_is_no_last_layer() {
        let attention =
            Graph { node: vec![build::node("MatMul", &["a", "b"], &["y"], Vec::new())], ..Graph::default() };
        assert_eq!(last_layer(&attention, "y"), None);
        let window = Graph {
            node: vec![build::node("Conv", &["x", "w"], &["y"], Vec::new())],
            initializer: vec![build::floats("w", &[1, 1, 3, 3], &[0.0; 9])],
            ..Graph::default()
        };
        assert_eq!(last_layer(&window, "y"), None);
        assert_eq!(last_layer(&window, "not there"), None);
    }
}
