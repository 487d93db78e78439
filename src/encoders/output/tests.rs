//! Cut and pooled models, compared with ONNX Runtime's outputs for models that `onnx` cut (`tests/oracles/cut.py`).

use std::collections::BTreeMap;

use super::*;
use crate::encoders::describe::Described;
use crate::encoders::{Encoder as _, LocalEncoder};
use crate::onnx::messages::OperatorSetId;
use crate::onnx::{Attribute, Node, Tensor};
use crate::runtime::testing::runtime;

const SIDE: usize = 4;

#[derive(serde::Deserialize)]
struct Reference {
    cases: BTreeMap<String, Vec<f32>>,
}

fn reference() -> BTreeMap<String, Vec<f32>> {
    let file: Reference = serde_json::from_str(include_str!("../../../tests/data/cut.json")).unwrap();
    file.cases
}

/// As in the oracle.
fn wave(n: usize, salt: f64) -> Vec<f32> {
    (0..n).map(|i| (i as f64 * 1.7 + salt).sin() as f32).collect()
}

fn weight(name: &str, dims: &[usize], salt: f64) -> Tensor {
    build::floats(name, dims, &wave(dims.iter().product(), salt))
}

fn plain(op: &str, inputs: &[&str], output: &str) -> Node {
    build::node(op, inputs, &[output], Vec::new())
}

fn with(op: &str, inputs: &[&str], output: &str, attribute: Attribute) -> Node {
    build::node(op, inputs, &[output], vec![attribute])
}

/// A model of images with outputs whose shapes it does not say.
fn model(nodes: Vec<Node>, weights: Vec<Tensor>, outputs: &[&str]) -> Model {
    let unsaid =
        |name: &&str| ValueInfo { name: Some((*name).to_owned()), ..build::value(name, data_type::FLOAT, &[]) };
    let output = outputs.iter().map(unsaid).map(|info| ValueInfo { r#type: Some(float()), ..info }).collect();
    let graph = Graph {
        name: Some("model".to_owned()),
        node: nodes,
        initializer: weights,
        input: vec![build::batch_of("image", &[3, SIDE, SIDE])],
        output,
        ..Graph::default()
    };
    Model {
        ir_version: Some(8),
        opset_import: vec![OperatorSetId { domain: Some(String::new()), version: Some(13) }],
        graph: Some(graph),
        ..Model::default()
    }
}

/// The type of a value of floats of any shape.
fn float() -> crate::onnx::types::Type {
    use crate::onnx::types::{TensorType, Type, Value};
    let tensor = TensorType { elem_type: Some(data_type::FLOAT), shape: None };
    Type { value: Some(Value::Tensor(tensor)), denotation: None }
}

fn stem(width: usize) -> (Vec<Node>, Vec<Tensor>) {
    let nodes = vec![
        plain("Conv", &["image", "w0"], "map"),
        plain("Relu", &["map"], "active"),
        plain("GlobalAveragePool", &["active"], "average"),
        with("Flatten", &["average"], "pooled", build::int("axis", 1)),
    ];
    (nodes, vec![weight("w0", &[width, 3, 1, 1], 1.0)])
}

fn gemm() -> Model {
    let (mut nodes, mut weights) = stem(6);
    nodes.push(with("Gemm", &["pooled", "w1", "b1"], "logits", build::int("transB", 1)));
    weights.extend([weight("w1", &[1000, 6], 2.0), weight("b1", &[1000], 3.0)]);
    model(nodes, weights, &["logits"])
}

fn matmul(output: &str, softmax: bool) -> Model {
    let (mut nodes, mut weights) = stem(6);
    nodes.push(plain("MatMul", &["pooled", "w1"], "product"));
    nodes.push(plain("Add", &["product", "b1"], if softmax { "sum" } else { output }));
    if softmax {
        nodes.push(with("Softmax", &["sum"], output, build::int("axis", 1)));
    }
    weights.extend([weight("w1", &[6, 5], 2.0), weight("b1", &[5], 3.0)]);
    model(nodes, weights, &[output])
}

fn convolution_then_pool() -> Model {
    let nodes = vec![
        plain("Conv", &["image", "w0"], "map"),
        plain("Relu", &["map"], "active"),
        plain("Conv", &["active", "w1", "b1"], "scores"),
        plain("Relu", &["scores"], "positive"),
        plain("GlobalAveragePool", &["positive"], "average"),
        // As converters from another layout leave it.
        with("Transpose", &["average"], "turned", build::int_list("perm", &[0, 2, 3, 1])),
        with("Flatten", &["turned"], "prob", build::int("axis", 1)),
    ];
    let weights = vec![weight("w0", &[6, 3, 1, 1], 1.0), weight("w1", &[9, 6, 1, 1], 2.0), weight("b1", &[9], 3.0)];
    model(nodes, weights, &["prob"])
}

fn quantised() -> Model {
    let (mut nodes, mut weights) = stem(6);
    nodes.extend([
        build::node("DynamicQuantizeLinear", &["pooled"], &["q", "q_scale", "q_zero"], Vec::new()),
        plain("MatMulInteger", &["q", "w1", "q_zero", "w1_zero"], "product"),
        with("Cast", &["product"], "floats", build::int("to", data_type::FLOAT.into())),
        plain("Mul", &["q_scale", "w1_scale"], "scale"),
        plain("Mul", &["floats", "scale"], "scaled"),
        plain("Add", &["scaled", "b1"], "logits"),
    ]);
    let whole = |name: &str, dims: &[usize], values: Vec<u8>| Tensor {
        data_type: Some(3),
        raw_data: Some(values.into()),
        ..build::floats(name, dims, &vec![0.0; dims.iter().product()])
    };
    let w1 = wave(30, 2.0).iter().map(|value| (value * 100.0).round() as i8 as u8).collect();
    weights.extend([
        whole("w1", &[6, 5], w1),
        whole("w1_zero", &[], vec![0]),
        build::floats("w1_scale", &[], &[0.01]),
        weight("b1", &[5], 3.0),
    ]);
    model(nodes, weights, &["logits"])
}

fn tokens() -> Model {
    let nodes = vec![
        plain("Conv", &["image", "w0"], "map"),
        plain("Reshape", &["map", "shape"], "rows"),
        with("Transpose", &["rows"], "last_hidden_state", build::int_list("perm", &[0, 2, 1])),
    ];
    let weights = vec![weight("w0", &[5, 3, 1, 1], 1.0), build::ints("shape", &[0, 5, -1])];
    model(nodes, weights, &["last_hidden_state"])
}

fn described(mut model: Model, given: Description) -> Described {
    let (spec, warnings) = given.complete(&mut model).unwrap();
    Described { model, spec, warnings }
}

fn about(model: &Described) -> String {
    model.warnings.join("\n")
}

fn ops(described: &Described) -> Vec<&str> {
    described.model.graph.as_ref().unwrap().node.iter().map(Node::op_type).collect()
}

#[test]
fn every_kind_of_last_layer_is_cut_off_and_leaves_the_numbers_before_it() {
    let expected = reference();
    let cases = [
        ("gemm", gemm(), "`logits` classifies (1,000 classes); the 6 numbers"),
        ("matmul_add_softmax", matmul("y", true), "`y` classifies (5 classes); the 6 numbers"),
        ("convolution_then_pool", convolution_then_pool(), "`prob` classifies (9 classes); the 6 numbers"),
        ("quantised", quantised(), "`logits` classifies (5 classes); the 6 numbers"),
    ];
    for (name, model, says) in cases {
        let cut = described(model, Description::default());
        assert!(about(&cut).contains(says), "{name}: {}", about(&cut));
        assert_eq!(cut.spec.dim, 6, "{name}");
        let left = cut.model.graph.as_ref().unwrap();
        assert!(left.initializer.iter().all(|tensor| tensor.name() == "w0"), "{name} keeps weights of the last layer");
        compare(&cut, &expected[name], name);
    }
}

#[test]
#[cfg_attr(not(developers_data), ignore = "needs the developers' encoders")]
fn a_classifier_on_top_of_a_real_encoder_is_taken_off_again() {
    let shared = crate::onnx::testing::shared();
    for (stem, dim) in [("mobilenet_v2_1.0_224", 1280), ("squeezenet_v1.1", 512), ("squeezenet_v1.1.int8", 512)] {
        let path = shared.join("encoders").join(format!("{stem}.onnx"));
        let encoder = Model::read(std::fs::read(path).unwrap()).unwrap();
        let mut classifier = encoder.clone();
        let graph = classifier.graph.as_mut().unwrap();
        graph.node.push(with("Gemm", &["embedding", "head"], "logits", build::int("transB", 1)));
        graph.initializer.push(weight("head", &[1000, dim], 1.0));
        graph.output = vec![build::batch_of("logits", &[1000])];
        let cut = described(classifier, Description::default());
        assert_eq!((cut.spec.output.as_str(), cut.spec.dim), ("embedding", dim), "{stem}");
        let (left, before) = (cut.model.graph.unwrap(), encoder.graph.unwrap());
        assert!(left.node == before.node && left.initializer == before.initializer, "{stem} is not what it was");
    }
}

#[test]
fn tokens_become_their_first_or_their_mean() {
    let expected = reference();
    let class = described(tokens(), Description { tokens: Some(Tokens::Class), ..Description::default() });
    compare(&class, &expected["tokens/class"], "class token");
    let mean = described(tokens(), Description { tokens: Some(Tokens::Mean), ..Description::default() });
    compare(&mean, &expected["tokens"], "mean of the tokens");
    let mut newer = tokens();
    newer.opset_import[0].version = Some(18);
    let newer = described(newer, Description { tokens: Some(Tokens::Mean), ..Description::default() });
    compare(&newer, &expected["tokens"], "mean of the tokens, operator set 18");
}

fn compare(described: &Described, expected: &[f32], name: &str) {
    let Some(runtime) = runtime() else { return };
    let encoder = LocalEncoder::of(&runtime, &described.model, described.spec.signature()).unwrap();
    let found = encoder.encode(&wave(2 * 3 * SIDE * SIDE, 7.0), 2).unwrap().into_vec();
    assert_eq!(found.len(), expected.len(), "{name}");
    for (found, expected) in found.iter().zip(expected) {
        assert!((found - expected).abs() < 1e-5, "{name}: {found} for {expected}");
    }
}

#[test]
fn what_was_read_once_reads_the_same_from_its_own_description() {
    for model in [gemm(), convolution_then_pool(), tokens()] {
        let first = described(model, Description::default());
        let again = described(first.model.clone(), Description::parse(&first.spec.to_json()).unwrap());
        assert_eq!(again.spec, first.spec);
        assert!(again.model == first.model, "the stored model changed when it was opened");
        assert_eq!(again.warnings, [""; 0]);
    }
}

#[test]
fn scores_without_a_layer_to_cut_are_told() {
    let (mut nodes, mut weights) = stem(6);
    nodes.push(plain("MatMul", &["pooled", "w1"], "product"));
    nodes.push(plain("Sin", &["product"], "y"));
    weights.push(weight("w1", &[6, 1000], 2.0));
    let mut odd = model(nodes, weights, &["y"]);
    odd.graph.as_mut().unwrap().output = vec![build::batch_of("y", &[1000])];
    let kept = described(odd, Description::default());
    assert_eq!(kept.spec.dim, 1000);
    assert!(about(&kept).contains("`y` looks like scores of classes"), "{}", about(&kept));
}

#[test]
fn a_person_can_keep_the_scores_or_name_any_value() {
    let kept = described(gemm(), Description { cut: Some(Cut::None), ..Description::default() });
    assert_eq!((kept.spec.output.as_str(), kept.spec.dim), ("logits", 1000));
    assert!(kept.model == gemm());
    let named = described(gemm(), Description { output: Some("logits".to_owned()), ..Description::default() });
    assert_eq!(named.spec.dim, 1000, "an output that was named is meant");
    let inside = described(gemm(), Description { output: Some("active".to_owned()), ..Description::default() });
    assert_eq!((inside.spec.output.as_str(), inside.spec.dim), ("active", 6));
    assert_eq!(ops(&inside), ["Conv", "Relu", "GlobalAveragePool", "Flatten"]);
    assert!(about(&inside).contains("`active` is a feature map"));
    let asked = Description { output: Some("logits".to_owned()), cut: Some(Cut::Auto), ..Description::default() };
    assert_eq!(described(gemm(), asked).spec.dim, 6);
    let unknown = Description { output: Some("nothing".to_owned()), ..Description::default() }.complete(&mut gemm());
    let text = unknown.unwrap_err().to_string();
    assert!(text.contains("`nothing`") && text.contains("`pooled`"), "{text}");
}

#[test]
fn an_embedding_is_not_taken_for_scores() {
    // A linear layer at the end does not make a classifier: its name, or the number of numbers, says what it is.
    for output in ["image_embeds", "embedding", "my_features"] {
        assert_eq!(described(matmul(output, false), Description::default()).spec.output, output);
    }
    assert_eq!(
        described(matmul("output", false), Description::default()).spec.output,
        "pooled",
        "5 numbers without a name"
    );
    let (mut nodes, mut weights) = stem(6);
    nodes.push(with("Gemm", &["pooled", "w1"], "output", build::int("transB", 1)));
    weights.push(weight("w1", &[512, 6], 2.0));
    assert_eq!(described(model(nodes, weights, &["output"]), Description::default()).spec.dim, 512);
}

#[test]
fn of_several_outputs_the_one_that_is_an_embedding_is_taken_and_the_rest_is_dropped() {
    let (mut nodes, mut weights) = stem(6);
    nodes.push(with("Gemm", &["pooled", "w1"], "logits", build::int("transB", 1)));
    nodes.push(plain("Relu", &["pooled"], "pooler_output"));
    weights.push(weight("w1", &[10, 6], 2.0));
    let chosen = described(model(nodes, weights, &["logits", "pooler_output"]), Description::default());
    assert_eq!(chosen.spec.output, "pooler_output");
    assert!(about(&chosen).contains("of 2 `pooler_output` taken, by its name"), "{}", about(&chosen));
    assert!(!ops(&chosen).contains(&"Gemm"));
}

#[test]
fn a_text_tower_beside_the_pictures_is_dropped_with_its_inputs() {
    let (mut nodes, mut weights) = stem(6);
    nodes.push(plain("Relu", &["pooled"], "image_embeds"));
    nodes.push(plain("MatMul", &["input_ids", "w1"], "text_embeds"));
    weights.push(weight("w1", &[6, 6], 2.0));
    let mut both = model(nodes, weights, &["text_embeds", "image_embeds"]);
    both.graph.as_mut().unwrap().input.push(build::batch_of("input_ids", &[6]));
    let chosen = described(both, Description::default());
    assert_eq!((chosen.spec.input.as_str(), chosen.spec.output.as_str()), ("image", "image_embeds"));
}

#[test]
fn the_number_of_tokens_tells_whether_one_is_a_class_token() {
    let mut warnings = Vec::new();
    let mut of = |count| of_tokens("x", count, None, || false, &mut warnings);
    assert_eq!(of(Dim::Fixed(197)), OfTokens::First);
    assert_eq!(of(Dim::Fixed(50)), OfTokens::First);
    assert_eq!(of(Dim::Fixed(196)), OfTokens::Mean);
    // A class token and four registers: not a square, and neither is one less.
    assert_eq!(of(Dim::Fixed(261)), OfTokens::First);
    assert_eq!(of(Dim::Open), OfTokens::First);
    assert!(warnings[4].contains("a guess"), "{warnings:?}");
}

#[test]
fn half_precision_comes_out_as_floats() {
    let mut half = gemm();
    let graph = half.graph.as_mut().unwrap();
    let to_half = with("Cast", &["pooled"], "pooled16", build::int("to", data_type::FLOAT16.into()));
    graph.node.insert(4, to_half);
    graph.node[5].input[0] = "pooled16".to_owned();
    for tensor in graph.initializer.iter_mut().skip(1) {
        let n = tensor.dims.iter().product::<i64>() as usize;
        tensor.data_type = Some(data_type::FLOAT16);
        tensor.raw_data = Some(vec![0; 2 * n].into());
    }
    let cut = described(half, Description::default());
    assert_eq!(cut.spec.output, "pooled16");
    let Some(runtime) = runtime() else { return };
    let encoder = LocalEncoder::of(&runtime, &cut.model, cut.spec.signature()).unwrap();
    let found = encoder.encode(&wave(3 * SIDE * SIDE, 7.0), 1).unwrap().into_vec();
    assert!((found[0] - reference()["gemm"][0]).abs() < 1e-3);
}

#[test]
fn a_graph_in_circles_ends() {
    let around = vec![plain("Relu", &["b"], "a"), plain("Relu", &["a"], "b")];
    let mut circle = model(around, Vec::new(), &["b"]);
    assert!(Description::default().complete(&mut circle).is_err());
}
