//! Encoders so small that a test can make them.

use querist::onnx::messages::OperatorSetId;
use querist::onnx::{Graph, Model, Node, Tensor, build};

const SIDE: usize = 4;

/// A model with this graph, from pictures of 4 x 4 pixels to five numbers each.
pub fn model(node: Vec<Node>, initializer: Vec<Tensor>) -> Model {
    let graph = Graph {
        name: Some("drawn".to_owned()),
        node,
        initializer,
        input: vec![build::batch_of("image", &[3, SIDE, SIDE])],
        output: vec![build::batch_of("embedding", &[5])],
        ..Graph::default()
    };
    Model {
        ir_version: Some(8),
        opset_import: vec![OperatorSetId { domain: Some(String::new()), version: Some(13) }],
        graph: Some(graph),
        ..Model::default()
    }
}

/// Five numbers of each image: a product with fixed weights, after `before` and before `after`.
pub fn product(name: &str) -> (Node, Node, Tensor) {
    let weights: Vec<f32> = (0..48 * 5).map(|i| ((i * 7 % 11) as f32 - 5.0) / 10.0).collect();
    let flat = build::node("Flatten", &["image"], &["flat"], vec![build::int("axis", 1)]);
    (
        flat,
        build::node("MatMul", &["flat", "weights"], &[name], Vec::new()),
        build::floats("weights", &[48, 5], &weights),
    )
}

/// Five numbers of each image, 4 x 4 pixels.
pub fn small_model() -> Model {
    let (flat, product, weights) = product("embedding");
    model(vec![flat, product], vec![weights])
}
