//! Which value of a model is its embedding, and how it becomes one row of numbers per picture.
//!
//! Models from collections output logits, rows of tokens, feature maps, or several of these. The choice is reported, so
//! that nobody labels with the scores of foreign classes unknowingly.

use crate::encoders::describe::{Cut, Description, Tokens};
use crate::onnx::cut::{LastLayer, keep_only, last_layer};
use crate::onnx::edit::{OfTokens, as_floats, pool_over_space, pool_tokens};
use crate::onnx::messages::data_type;
use crate::onnx::wiring::Wiring;
use crate::onnx::{Dim, Graph, Model, ValueInfo, build};
use crate::runtime::EncodeError;

/// Names of outputs that are embeddings, the best first.
const EMBEDDINGS: [&str; 9] = [
    "image_embeds",
    "image_embeddings",
    "pooler_output",
    "embeddings",
    "embedding",
    "features",
    "feature",
    "pooled",
    "last_hidden_state",
];
/// Names of outputs that are class scores.
const SCORES: [&str; 7] = ["logit", "prob", "softmax", "score", "class", "pred", "label"];
/// Names that exporters give to any output.
const SAYS_NOTHING: [&str; 4] = ["output", "out", "dense", "fc"];
/// Numbers of classes: `ImageNet` (with or without a background class), its larger sets, and Places.
const CLASS_COUNTS: [usize; 8] = [1000, 1001, 365, 10_450, 11_221, 11_821, 21_841, 21_843];
/// An unnamed output of a linear layer with fewer numbers than this is probably not an embedding.
const FEW: usize = 128;
/// Parts of names of weights that are class tokens.
const CLASS_TOKENS: [&str; 4] = ["cls_token", "class_token", "class_embedding", "cls_embedding"];

/// Make the embedding an output `[batch, D]` of 32-bit floats, and the only output. Its name and D.
///
/// # Errors
/// When the named output is not there, or no embedding can be made of its shape.
pub(super) fn settle(
    model: &mut Model,
    given: &Description,
    warnings: &mut Vec<String>,
) -> Result<(String, usize), EncodeError> {
    let graph = model.graph.as_ref().ok_or_else(|| EncodeError::Spec("the model has no graph".to_owned()))?;
    let named = named(graph, given.output.as_deref(), warnings)?;
    // A description that names an output means that one.
    let may_cut = given.cut.unwrap_or(if given.output.is_some() { Cut::None } else { Cut::Auto }) == Cut::Auto;
    let layer = if may_cut { last_layer_of_scores(graph, &named, warnings) } else { None };
    let name = layer.as_ref().map_or(named, |layer| layer.input.clone());
    let wiring = Wiring::of(graph);
    let kind = wiring.kind(&name).or(layer.as_ref().map(|layer| layer.kind)).unwrap_or(data_type::FLOAT);
    let mut dims = shape(&wiring, &name, layer.as_ref(), given.dim)?;
    let dim = width(&name, &dims, given.dim)?;
    let of_tokens = match dims[..] {
        [_, count, _] => Some(of_tokens(&name, count, given.tokens, || has_class_token(graph), warnings)),
        _ => None,
    };
    if let [_, channels, _, _] = &mut dims[..] {
        *channels = Dim::Fixed(dim);
    }
    // What follows reads the shape off the output; an output that is an embedding already stays as it is.
    let as_it_is =
        |output: &ValueInfo| output.name() == name && (dims.len() == 2 || output.dims().as_ref() == Some(&dims));
    if !matches!(&graph.output[..], [only] if as_it_is(only)) {
        keep_only(model, build::value(&name, kind, &dims));
    }
    if kind != data_type::FLOAT {
        as_floats(model, &name, &dims);
    }
    if let Some(how) = of_tokens {
        pool_tokens(model, &name, how, dim);
    }
    if pool_over_space(model, &name) && !layer.is_some_and(|layer| layer.map) {
        warnings.push(format!("output `{name}` is a feature map; its average over space is the embedding"));
    }
    Ok((name, dim))
}

/// The value that was named, or the output that is most likely an embedding.
fn named(graph: &Graph, given: Option<&str>, warnings: &mut Vec<String>) -> Result<String, EncodeError> {
    let outputs: Vec<&str> = graph.output.iter().map(ValueInfo::name).collect();
    if let Some(name) = given {
        let made = || graph.node.iter().any(|node| node.output.iter().any(|output| output == name));
        if !name.is_empty() && (outputs.contains(&name) || made()) {
            return Ok(name.to_owned());
        }
        let last = graph.node.iter().rev().flat_map(|node| &node.output).take(8).map(|name| format!("`{name}`"));
        let last = last.collect::<Vec<_>>().join(", ");
        return Err(EncodeError::Spec(format!("the model has no value `{name}`; the last ones inside it are {last}")));
    }
    let first = outputs.first().ok_or_else(|| EncodeError::Spec("the model has no output".to_owned()))?;
    if outputs.len() == 1 {
        return Ok((*first).to_owned());
    }
    let known = EMBEDDINGS.iter().find_map(|known| outputs.iter().find(|output| output.to_lowercase() == *known));
    let chosen = known.unwrap_or(first);
    let which = if known.is_some() { "by its name" } else { "the first" };
    warnings.push(format!("output is not given; of {} `{chosen}` taken, {which}", outputs.len()));
    Ok((*chosen).to_owned())
}

/// The layer before which the model is cut, where `output` looks like scores of classes.
fn last_layer_of_scores(graph: &Graph, output: &str, warnings: &mut Vec<String>) -> Option<LastLayer> {
    let lower = output.to_lowercase();
    if EMBEDDINGS.iter().any(|name| lower.contains(name)) {
        return None;
    }
    let by_name = SCORES.iter().any(|part| lower.contains(part));
    let Some(layer) = last_layer(graph, output) else {
        let counted = match Wiring::of(graph).dims(output).as_deref() {
            Some([_, Dim::Fixed(n)]) => CLASS_COUNTS.contains(n),
            _ => false,
        };
        if by_name || counted {
            warnings.push(format!(
                "output `{output}` looks like scores of classes, and no last layer was found to cut; name a value before it \
                 as `output`"
            ));
        }
        return None;
    };
    let nameless = lower.bytes().all(|byte| byte.is_ascii_digit())
        || SAYS_NOTHING.iter().any(|start| lower.starts_with(start))
        || lower.contains("gemm")
        || lower.contains("matmul");
    let scores = by_name
        || layer.probabilities
        || CLASS_COUNTS.contains(&layer.classes)
        || (nameless && !layer.map && layer.classes < FEW);
    scores.then(|| {
        let (classes, width) = (grouped(layer.classes), grouped(layer.width));
        warnings.push(format!(
            "output `{output}` classifies ({classes} classes); the {width} numbers before its last layer are taken"
        ));
        layer
    })
}

/// The shape of the value, which has at least a known number of dimensions.
fn shape(
    wiring: &Wiring,
    name: &str,
    layer: Option<&LastLayer>,
    given: Option<usize>,
) -> Result<Vec<Dim>, EncodeError> {
    let found = wiring.dims(name);
    let Some(layer) = layer else {
        // A given width implies a shape: two dimensions are the usual case.
        return found.or(given.map(|dim| vec![Dim::Open, Dim::Fixed(dim)])).ok_or_else(|| {
            let text = format!("the shape of `{name}` is not in the model; give the width as `dim`");
            EncodeError::Spec(text)
        });
    };
    // The weight knows the width; the rest is as stated, or as the layer takes it.
    let mut dims = found.unwrap_or_else(|| vec![Dim::Open; if layer.map { 4 } else { 2 }]);
    let axis = if layer.map { 1 } else { dims.len().saturating_sub(1) };
    if let Some(dim) = dims.get_mut(axis) {
        *dim = Dim::Fixed(layer.width);
    }
    Ok(dims)
}

/// Numbers per embedding. A feature map counts by its channels, since it is averaged over space, tokens by their last
/// dimension.
fn width(name: &str, dims: &[Dim], given: Option<usize>) -> Result<usize, EncodeError> {
    let width = match dims {
        [_, width] | [_, _, width] | [_, width, _, _] => *width,
        dims => {
            let text = format!(
                "output `{name}` has {} dimensions; an embedding has 2 (a row of tokens 3, a feature map 4)",
                dims.len()
            );
            return Err(EncodeError::Spec(text));
        }
    };
    match (given, width) {
        (Some(given), Dim::Fixed(n)) if given != n => {
            Err(EncodeError::Spec(format!("dim is {given}, but output `{name}` has {n}")))
        }
        (Some(given), _) => Ok(given),
        (None, Dim::Fixed(n)) => Ok(n),
        (None, Dim::Open) => Err(EncodeError::Spec(format!("the width of output `{name}` is open; give it as `dim`"))),
    }
}

/// How tokens become one row, and why. Patches of a picture form a square; one more is a class token.
fn of_tokens(
    name: &str,
    count: Dim,
    given: Option<Tokens>,
    has_class_token: impl Fn() -> bool,
    warnings: &mut Vec<String>,
) -> OfTokens {
    let square = |n: usize| n.isqrt() * n.isqrt() == n;
    let (tokens, why) = match (given, count) {
        (Some(tokens), _) => (tokens, "as described".to_owned()),
        (None, Dim::Fixed(n)) if square(n) => (Tokens::Mean, format!("{n} tokens are a square without a class token")),
        (None, Dim::Fixed(n)) if square(n - 1) => (Tokens::Class, format!("{n} tokens are a square and a class token")),
        (None, _) if has_class_token() => (Tokens::Class, "the model has the weight of one".to_owned()),
        (None, _) => (Tokens::Class, "a guess; `tokens` chooses between `class` and `mean`".to_owned()),
    };
    let (how, what) = match tokens {
        Tokens::Class => (OfTokens::First, "its class token"),
        Tokens::Mean => (OfTokens::Mean, "the mean of its tokens"),
    };
    warnings.push(format!("output `{name}` is a row of tokens; {what} is the embedding ({why})"));
    how
}

fn has_class_token(graph: &Graph) -> bool {
    graph.initializer.iter().any(|tensor| {
        let name = tensor.name().to_lowercase();
        CLASS_TOKENS.iter().any(|part| name.contains(part))
    })
}

/// A count as people read it: 2048 as `2,048`.
fn grouped(n: usize) -> String {
    let digits = n.to_string();
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests;
