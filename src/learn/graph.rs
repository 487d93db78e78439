//! The ONNX graphs of a round: the committee that scores embeddings, and the deployable model that takes images.
//!
//! **Invariant:** both hold the same head nodes, so that what ranks the pool is what is deployed. They are operators
//! whose form has not changed since operator set 13, and before that only in how their settings are written; so the
//! head fits every encoder from set 7 on, which is the oldest that ONNX Runtime promises to run.

use super::trees::graph as trees;
use super::{Committee, Link};
use crate::onnx::messages::OperatorSetId;
use crate::onnx::{Graph, Model, Node, Tensor, build, edit};

/// The operator set of a committee by itself.
const OPSET: i64 = 13;
/// The operator set that the head's nodes need at least.
pub const OLDEST: i64 = 7;
/// The file format that came with it.
const IR_VERSION: i64 = 7;
/// Below this length a vector counts as zero and stays zero.
const SHORTEST: f32 = 1e-12;

/// Why a deployable model cannot be made.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum GraphError {
    #[error(
        "the encoder uses operator set {0}, and a deployable model needs {OLDEST} or later; export the encoder again with a \
         later one (13 and later are best known)"
    )]
    OldOpset(i64),
    #[error("the encoder has no output `{0}`; name one of its outputs in its description")]
    NoOutput(String),
    #[error("the committee has no members; train a round first")]
    NoMembers,
}

/// The committee as a model: `embedding` [batch, D] in; `votes` [batch, M, K] and their mean `probabilities` [batch, K] out.
///
/// # Errors
/// [`GraphError::NoMembers`] when the committee is empty.
pub fn committee_model(committee: &Committee) -> Result<Model, GraphError> {
    let head = Head::new(committee, "embedding", "votes", OPSET)?;
    let graph = Graph {
        name: Some("committee".to_owned()),
        node: head.nodes,
        initializer: head.constants,
        input: vec![build::batch_of("embedding", &[committee.dim()])],
        output: vec![
            build::batch_of("votes", &[committee.members(), committee.n_classes()]),
            build::batch_of("probabilities", &[committee.n_classes()]),
        ],
        ..Graph::default()
    };
    let mut model = Model {
        ir_version: Some(IR_VERSION),
        producer_name: Some("querist".to_owned()),
        producer_version: Some(env!("CARGO_PKG_VERSION").to_owned()),
        opset_import: vec![OperatorSetId { domain: Some(String::new()), version: Some(OPSET) }],
        graph: Some(graph),
        ..Model::default()
    };
    if !committee.trees.is_empty() {
        trees::import_set(&mut model);
    }
    Ok(model)
}

/// Encoder and committee in one model: the encoder's image input in; `probabilities` [batch, K] and `embedding` [batch, D] out.
///
/// `output` names the encoder's embedding; `shift`, where it is not empty, is added to it (D numbers). Values of the encoder
/// whose names the head needs are renamed.
///
/// # Errors
/// When the encoder's operator set is too old, `output` is not one of its outputs, or the committee is empty.
pub fn deployable(encoder: &Model, output: &str, shift: &[f32], committee: &Committee) -> Result<Model, GraphError> {
    let opset = encoder.opset().unwrap_or(1);
    if opset < OLDEST {
        return Err(GraphError::OldOpset(opset));
    }
    if !encoder.outputs().iter().any(|value| value.name() == output) {
        return Err(GraphError::NoOutput(output.to_owned()));
    }
    let mut model = encoder.clone();
    let graph = model.graph.as_mut().ok_or_else(|| GraphError::NoOutput(output.to_owned()))?;
    let keeps_embedding = output == "embedding" && shift.is_empty();
    let taken = |name: &str| {
        name.starts_with("querist/") || name == "probabilities" || (name == "embedding" && !keeps_embedding)
    };
    edit::rename_values(graph, &|name| taken(name).then(|| format!("encoder/{name}")));
    // Names of nodes are apart from those of values, and must be unique too.
    for name in graph.node.iter_mut().filter_map(|node| node.name.as_mut()) {
        if taken(name) || name == "embedding" {
            *name = format!("encoder/{name}");
        }
    }
    let output = if taken(output) { format!("encoder/{output}") } else { output.to_owned() };
    if !shift.is_empty() {
        graph.initializer.push(build::floats("querist/shift", &[shift.len()], shift));
        graph.node.push(build::node("Add", &[&output, "querist/shift"], &["embedding"], Vec::new()));
    } else if output != "embedding" {
        graph.node.push(build::node("Identity", &[&output], &["embedding"], Vec::new()));
    }
    let head = Head::new(committee, "embedding", "querist/votes", opset)?;
    graph.node.extend(head.nodes);
    graph.initializer.extend(head.constants);
    graph.output = vec![
        build::batch_of("probabilities", &[committee.n_classes()]),
        build::batch_of("embedding", &[committee.dim()]),
    ];
    model.ir_version = Some(model.ir_version().max(IR_VERSION));
    if !committee.trees.is_empty() {
        trees::import_set(&mut model);
    }
    Ok(model)
}

/// The nodes from an embedding to the members' votes and their mean.
struct Head {
    nodes: Vec<Node>,
    constants: Vec<Tensor>,
}

impl Head {
    /// L2 normalisation, one product for all heads, softmax or sigmoid per head; the same of the trees' scores, behind them; the
    /// mean over members.
    fn new(committee: &Committee, embedding: &str, votes: &str, opset: i64) -> Result<Self, GraphError> {
        let (m, k, d) = (committee.heads.len(), committee.n_classes(), committee.dim());
        if m == 0 {
            return Err(GraphError::NoMembers);
        }
        let mut weights = Vec::with_capacity(m * k * d);
        let mut bias = Vec::with_capacity(m * k);
        for member in &committee.heads {
            weights.extend_from_slice(member.weights.as_slice());
            bias.extend_from_slice(&member.bias);
        }
        // The last axis: before set 13, everything from it on, which is the same.
        let settings = match committee.link {
            Link::Softmax => vec![build::int("axis", 2)],
            Link::Sigmoid => Vec::new(),
        };
        // Without trees, the votes of the heads are those of the committee.
        let of_heads = if committee.trees.is_empty() { votes } else { "querist/heads" };
        let mut nodes = vec![
            build::node("Mul", &[embedding, embedding], &["querist/square"], Vec::new()),
            sum("querist/square", "querist/energy", 1, opset),
            build::node("Sqrt", &["querist/energy"], &["querist/length"], Vec::new()),
            at_least_shortest("querist/length", "querist/divisor", opset),
            build::node("Div", &[embedding, "querist/divisor"], &["querist/direction"], Vec::new()),
            build::node(
                "Gemm",
                &["querist/direction", "querist/weights", "querist/bias"],
                &["querist/flat"],
                vec![build::int("transB", 1)],
            ),
            build::node("Reshape", &["querist/flat", "querist/shape"], &["querist/logits"], Vec::new()),
            build::node(committee.link.operator(), &["querist/logits"], &[of_heads], settings.clone()),
        ];
        let mut constants = vec![
            build::ints("querist/one", &[1]),
            build::floats("querist/shortest", &[1], &[SHORTEST]),
            build::floats("querist/weights", &[m * k, d], &weights),
            build::floats("querist/bias", &[m * k], &bias),
            build::ints("querist/shape", &[-1, m as i64, k as i64]),
            build::floats("querist/share", &[1], &[1.0 / committee.members() as f32]),
        ];
        if !committee.trees.is_empty() {
            let made = trees::add(&committee.trees, embedding, &mut nodes, &mut constants);
            nodes.push(build::node(committee.link.operator(), &[made], &["querist/trees"], settings));
            let both = ["querist/heads", "querist/trees"];
            nodes.push(build::node("Concat", &both, &[votes], vec![build::int("axis", 1)]));
        }
        nodes.push(sum(votes, "querist/total", 0, opset));
        nodes.push(build::node("Mul", &["querist/total", "querist/share"], &["probabilities"], Vec::new()));
        Ok(Self { nodes, constants })
    }
}

/// The sum over axis 1, which is kept with `keep` 1. From operator set 13 on, the axes are an input.
fn sum(of: &str, name: &str, keep: i64, opset: i64) -> Node {
    let keep = build::int("keepdims", keep);
    if opset < 13 {
        return build::node("ReduceSum", &[of], &[name], vec![build::int_list("axes", &[1]), keep]);
    }
    build::node("ReduceSum", &[of, "querist/one"], &[name], vec![keep])
}

/// The larger of a length and [`SHORTEST`]. Before operator set 8, both inputs of `Max` have to have one shape.
fn at_least_shortest(of: &str, name: &str, opset: i64) -> Node {
    if opset < 8 {
        return build::node("Clip", &[of], &[name], vec![build::float("min", SHORTEST)]);
    }
    build::node("Max", &[of, "querist/shortest"], &[name], Vec::new())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::learn::Head as Member;
    use crate::math::Matrix;

    fn committee() -> Committee {
        Committee::of_heads(vec![Member { weights: Matrix::zeros(2, 3), bias: vec![0.0; 2] }], Link::Softmax)
    }

    fn encoder(opset: i64) -> Model {
        let node = build::node("Relu", &["x"], &["probabilities"], Vec::new());
        let graph = Graph {
            node: vec![node],
            input: vec![build::batch_of("x", &[3])],
            output: vec![build::batch_of("probabilities", &[3])],
            ..Graph::default()
        };
        Model {
            ir_version: Some(4),
            opset_import: vec![OperatorSetId { domain: None, version: Some(opset) }],
            graph: Some(graph),
            ..Model::default()
        }
    }

    #[test]
    fn the_head_is_written_as_the_encoder_s_operator_set_wants_it_and_the_oldest_are_refused() {
        let made = |opset| deployable(&encoder(opset), "probabilities", &[], &committee());
        assert_eq!(made(6).unwrap_err(), GraphError::OldOpset(6));
        let inputs_of_sums = |opset| {
            let graph = made(opset).unwrap().graph.unwrap();
            let sums = graph.node.into_iter().filter(|node| node.op_type() == "ReduceSum");
            sums.map(|node| (node.input.len(), node.ints("axes").to_vec())).collect::<Vec<_>>()
        };
        assert_eq!(inputs_of_sums(7), [(1, vec![1]), (1, vec![1])]);
        assert_eq!(inputs_of_sums(12), inputs_of_sums(7));
        assert_eq!(inputs_of_sums(13), [(2, vec![]), (2, vec![])]);
    }

    #[test]
    fn values_of_the_encoder_that_bear_the_heads_names_are_renamed() {
        let model = deployable(&encoder(13), "probabilities", &[], &committee()).unwrap();
        let graph = model.graph.as_ref().unwrap();
        assert_eq!(graph.node[0].output, ["encoder/probabilities"]);
        let made = graph.node.iter().flat_map(|node| &node.output);
        let mut seen = std::collections::HashSet::new();
        assert!(made.into_iter().all(|name| seen.insert(name)), "every value is made once");
        assert_eq!(model.outputs()[0].name(), "probabilities");
        assert_eq!(model.ir_version(), 7);
    }

    #[test]
    fn a_shift_is_added_to_the_embedding_whatever_the_encoder_calls_it() {
        let mut named = encoder(13);
        edit::rename_values(named.graph.as_mut().unwrap(), &|name| {
            (name == "probabilities").then(|| "embedding".to_owned())
        });
        let model = deployable(&named, "embedding", &[0.5, 1.0, -2.0], &committee()).unwrap();
        let nodes = &model.graph.as_ref().unwrap().node;
        assert_eq!(nodes[0].output, ["encoder/embedding"]);
        assert_eq!((nodes[1].op_type(), nodes[1].input[0].as_str()), ("Add", "encoder/embedding"));
        assert_eq!(nodes[1].output, ["embedding"]);
        let names: std::collections::HashSet<_> = nodes.iter().map(Node::name).collect();
        assert_eq!(names.len(), nodes.len(), "no node bears another's name");
    }

    #[test]
    fn an_unknown_output_and_an_empty_committee_are_refused() {
        let refused = deployable(&encoder(13), "y", &[], &committee());
        assert_eq!(refused.unwrap_err(), GraphError::NoOutput("y".to_owned()));
        assert_eq!(
            committee_model(&Committee::of_heads(Vec::new(), Link::Softmax)).unwrap_err(),
            GraphError::NoMembers
        );
    }
}
