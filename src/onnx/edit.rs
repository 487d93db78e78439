//! Changes to a model that was made elsewhere: rename values, list them, make one row of a feature map or of tokens.
//!
//! **Invariant:** everything a change does not touch stays the same, including empty optional inputs.

use std::collections::HashSet;

use super::messages::{Attribute, Graph, Model, Node, data_type};

use super::{Dim, build};

/// How a row of tokens `[batch, tokens, D]` becomes one embedding.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OfTokens {
    /// The first token, in which a model with a class token gathers what the picture is.
    First,
    /// The mean of all tokens.
    Mean,
}

/// Rename every value of `graph` and of the graphs inside its nodes for which `rename` gives a name.
///
/// Empty names stay empty: they stand for optional inputs that are not given.
pub fn rename_values(graph: &mut Graph, rename: &impl Fn(&str) -> Option<String>) {
    let change = |name: &mut String| {
        if !name.is_empty()
            && let Some(new) = rename(name)
        {
            *name = new;
        }
    };
    for node in &mut graph.node {
        node.input.iter_mut().chain(&mut node.output).for_each(change);
        for attribute in &mut node.attribute {
            attribute.g.iter_mut().chain(&mut attribute.graphs).for_each(|inner| rename_values(inner, rename));
        }
    }
    graph.initializer.iter_mut().filter_map(|tensor| tensor.name.as_mut()).for_each(change);
    let sparse = graph.sparse_initializer.iter_mut().filter_map(|tensor| tensor.values.as_mut());
    sparse.filter_map(|tensor| tensor.name.as_mut()).for_each(change);
    let infos = graph.input.iter_mut().chain(&mut graph.output).chain(&mut graph.value_info);
    infos.filter_map(|info| info.name.as_mut()).for_each(change);
    for annotation in &mut graph.quantization_annotation {
        annotation.tensor_name.iter_mut().for_each(change);
        let parameters = annotation.quant_parameter_tensor_names.iter_mut();
        parameters.filter_map(|entry| entry.value.as_mut()).for_each(change);
    }
}

/// A node without a name of its own: the model may have given the name of any value to one of its nodes, and ONNX Runtime
/// refuses two nodes of one name.
fn added(op: &str, inputs: &[&str], outputs: &[&str], attributes: Vec<Attribute>) -> Node {
    Node { name: None, ..build::node(op, inputs, outputs, attributes) }
}

/// Every name of a value in `graph` and in the graphs inside its nodes.
pub fn names(graph: &Graph) -> HashSet<String> {
    let mut names = HashSet::new();
    collect(graph, &mut names);
    names
}

fn collect(graph: &Graph, names: &mut HashSet<String>) {
    for node in &graph.node {
        names.extend(node.input.iter().chain(&node.output).cloned());
        let inner = node.attribute.iter().flat_map(|attribute| attribute.g.iter().chain(&attribute.graphs));
        inner.for_each(|graph| collect(graph, names));
    }
    let sparse = graph.sparse_initializer.iter().filter_map(|tensor| tensor.values.as_ref());
    names.extend(graph.initializer.iter().chain(sparse).map(|tensor| tensor.name().to_owned()));
    names.extend(graph.input.iter().chain(&graph.output).map(|info| info.name().to_owned()));
}

/// Average the output `name` over space where it is a feature map `[batch, D, h, w]`, so that it becomes `[batch, D]`.
///
/// Returns whether anything changed. The output keeps its name; the feature map takes another.
pub fn pool_over_space(model: &mut Model, name: &str) -> bool {
    let Some(graph) = &mut model.graph else { return false };
    let Some(output) = graph.output.iter().position(|output| output.name() == name) else { return false };
    let Some(dims) = graph.output[output].dims() else { return false };
    let [_, Dim::Fixed(channels), _, _] = dims[..] else { return false };
    let map = format!("{name}/feature_map");
    let pooled = format!("{name}/pooled");
    rename_values(graph, &|value| (value == name).then(|| map.clone()));
    graph.node.push(added("GlobalAveragePool", &[&map], &[&pooled], Vec::new()));
    graph.node.push(added("Flatten", &[&pooled], &[name], vec![build::int("axis", 1)]));
    graph.output[output] = build::batch_of(name, &[channels]);
    true
}

/// Make the output `name` `[batch, D]` out of its tokens `[batch, tokens, D]`. It keeps its name; the tokens take another.
pub fn pool_tokens(model: &mut Model, name: &str, how: OfTokens, dim: usize) {
    // From operator set 18 on, the axes of a mean are an input.
    let axes_are_input = model.opset().is_none_or(|version| version >= 18);
    let Some(graph) = &mut model.graph else { return };
    let tokens = format!("{name}/tokens");
    let at = format!("{name}/axis");
    let one = format!("{name}/one_token");
    rename_values(graph, &|value| (value == name).then(|| tokens.clone()));
    match how {
        OfTokens::First => {
            graph.initializer.push(build::ints(&at, &[0]));
            graph.node.push(added("Gather", &[&tokens, &at], &[&one], vec![build::int("axis", 1)]));
        }
        OfTokens::Mean if axes_are_input => {
            graph.initializer.push(build::ints(&at, &[1]));
            graph.node.push(added("ReduceMean", &[&tokens, &at], &[&one], vec![build::int("keepdims", 1)]));
        }
        OfTokens::Mean => {
            let over_tokens = vec![build::int_list("axes", &[1]), build::int("keepdims", 1)];
            graph.node.push(added("ReduceMean", &[&tokens], &[&one], over_tokens));
        }
    }
    graph.node.push(added("Flatten", &[&one], &[name], vec![build::int("axis", 1)]));
    graph.output.retain(|output| output.name() != tokens);
    graph.output.push(build::batch_of(name, &[dim]));
}

/// Turn the output `name`, of numbers of another kind, into 32-bit floats. It keeps its name.
pub fn as_floats(model: &mut Model, name: &str, dims: &[Dim]) {
    let Some(graph) = &mut model.graph else { return };
    let narrow = format!("{name}/as_made");
    rename_values(graph, &|value| (value == name).then(|| narrow.clone()));
    let to_float = vec![build::int("to", data_type::FLOAT.into())];
    graph.node.push(added("Cast", &[&narrow], &[name], to_float));
    graph.output.retain(|output| output.name() != narrow);
    graph.output.push(build::value(name, data_type::FLOAT, dims));
}

/// Let the input `name`, of numbers of another kind, take 32-bit floats, which are turned into that kind inside.
pub fn from_floats(model: &mut Model, name: &str, dims: &[Dim]) {
    let Some(graph) = &mut model.graph else { return };
    let taken = format!("{name}/as_taken");
    let Some(place) = graph.input.iter().position(|input| input.name() == name) else { return };
    let Some(kind) = graph.input[place].elem_type() else { return };
    rename_values(graph, &|value| (value == name).then(|| taken.clone()));
    graph.input[place] = build::value(name, data_type::FLOAT, dims);
    graph.node.insert(0, added("Cast", &[name], &[&taken], vec![build::int("to", kind.into())]));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn renaming_keeps_inputs_that_are_not_given() {
        let resize = build::node("Resize", &["x", "", "scales"], &["y"], Vec::new());
        let mut graph = Graph { node: vec![resize], ..Graph::default() };
        rename_values(&mut graph, &|name| Some(format!("a/{name}")));
        assert_eq!(graph.node[0].input, ["a/x", "", "a/scales"]);
    }

    #[test]
    fn renaming_reaches_the_graphs_inside_nodes() {
        let inner = Graph { node: vec![build::node("Abs", &["x"], &["z"], Vec::new())], ..Graph::default() };
        let branch = Attribute { g: Some(inner), ..Default::default() };
        let outer = Node { attribute: vec![branch], ..Node::default() };
        let mut graph = Graph { node: vec![outer], ..Graph::default() };
        rename_values(&mut graph, &|name| (name == "x").then(|| "b".to_owned()));
        assert_eq!(graph.node[0].attribute[0].g.as_ref().unwrap().node[0].input, ["b"]);
    }

    #[test]
    fn an_input_of_another_kind_takes_floats_by_its_old_name() {
        let graph = Graph {
            node: vec![build::node("Relu", &["x"], &["y"], Vec::new())],
            input: vec![build::value("x", data_type::FLOAT16, &[Dim::Open, Dim::Fixed(2)])],
            ..Graph::default()
        };
        let mut model = Model { graph: Some(graph), ..Model::default() };
        from_floats(&mut model, "x", &[Dim::Open, Dim::Fixed(2)]);
        let graph = model.graph.as_ref().unwrap();
        assert_eq!((graph.input[0].name(), graph.input[0].elem_type()), ("x", Some(data_type::FLOAT)));
        assert_eq!((graph.node[0].op_type(), graph.node[0].int("to")), ("Cast", data_type::FLOAT16.into()));
        assert_eq!((&graph.node[0].input[..], &graph.node[1].input), (&["x".to_owned()][..], &graph.node[0].output));
    }

    #[test]
    fn only_a_feature_map_is_averaged() {
        let flat = Graph { output: vec![build::batch_of("y", &[8])], ..Graph::default() };
        let map = Graph { output: vec![build::batch_of("y", &[8, 7, 7])], ..Graph::default() };
        let mut flat = Model { graph: Some(flat), ..Model::default() };
        let mut map = Model { graph: Some(map), ..Model::default() };
        assert!(!pool_over_space(&mut flat, "y"));
        assert!(pool_over_space(&mut map, "y"));
        assert_eq!(map.outputs()[0].dims(), Some(vec![Dim::Open, Dim::Fixed(8)]));
    }
}
