//! Which inputs of a network take what, and which output holds the embeddings.

use crate::onnx::edit::as_floats;
use crate::onnx::messages::data_type;
use crate::onnx::wiring::Wiring;
use crate::onnx::{Dim, Model, ValueInfo};
use crate::runtime::EncodeError;

/// Names of inputs, as exporters write them.
const IDS: [&str; 4] = ["input_ids", "ids", "input", "tokens"];
const MASK: [&str; 3] = ["attention_mask", "mask", "input_mask"];
const TYPES: [&str; 2] = ["token_type_ids", "segment_ids"];
const POSITIONS: [&str; 1] = ["position_ids"];
/// Outputs that are one row per text, and outputs that are rows of tokens, the best first.
const TEXTS: [&str; 4] = ["sentence_embedding", "sentence_embeddings", "text_embeds", "dense_embeddings"];
const TOKENS: [&str; 3] = ["last_hidden_state", "token_embeddings", "hidden_state"];

/// The inputs of a network, by what they take.
pub(super) struct Inputs {
    pub(super) ids: String,
    pub(super) mask: Option<String>,
    pub(super) types: Option<String>,
    pub(super) positions: Option<String>,
    /// The number of tokens, where it is fixed.
    pub(super) length: Option<usize>,
}

/// The output with the embeddings.
pub(super) struct SentenceOutput {
    pub(super) name: String,
    /// Whether it has a row for each token, not one for each text.
    pub(super) tokens: bool,
    pub(super) dim: Option<usize>,
}

/// # Errors
/// When an input takes something that is not known, or anything but 64-bit whole numbers.
pub(super) fn inputs(model: &Model) -> Result<Inputs, EncodeError> {
    let inputs = model.inputs();
    let names: Vec<&str> = inputs.iter().copied().map(ValueInfo::name).collect();
    let first = |known: &[&str]| known.iter().find(|name| names.contains(*name)).map(|name| (*name).to_owned());
    let all = || names.iter().take(8).map(|name| format!("`{}`", name.escape_debug())).collect::<Vec<_>>().join(", ");
    let ids = first(&IDS).ok_or_else(|| {
        EncodeError::Spec(format!(
            "the model has no input `input_ids`; it has {}",
            if names.is_empty() { "none".to_owned() } else { all() }
        ))
    })?;
    let found = Inputs { ids, mask: first(&MASK), types: first(&TYPES), positions: first(&POSITIONS), length: None };
    let known = [Some(&found.ids), found.mask.as_ref(), found.types.as_ref(), found.positions.as_ref()];
    if let Some(other) = names.iter().find(|name| !known.iter().flatten().any(|known| known == *name)) {
        return Err(EncodeError::Spec(format!(
            "input `{}` is not known; export the network alone, without a cache, so that it takes ids, mask and types",
            other.escape_debug()
        )));
    }
    let mut length = None;
    for input in &inputs {
        if input.elem_type().is_some_and(|kind| kind != data_type::INT64) {
            let name = input.name().escape_debug();
            return Err(EncodeError::Spec(format!("input `{name}` does not take 64-bit whole numbers; export it so")));
        }
        match input.dims().as_deref() {
            None | Some([_, Dim::Open]) => {}
            Some([_, Dim::Fixed(n)]) => length = Some(*n),
            Some(dims) => {
                let (name, n) = (input.name().escape_debug(), dims.len());
                return Err(EncodeError::Spec(format!("input `{name}` has {n} dimensions; texts have 2")));
            }
        }
        if matches!(input.dims().as_deref(), Some([Dim::Fixed(n), _]) if *n != 1) {
            return Err(EncodeError::Spec(
                "the batch size is fixed in the model; export it with an open batch".to_owned(),
            ));
        }
    }
    Ok(Inputs { length, ..found })
}

/// The output with the embeddings, made to give 32-bit floats. Where `whole`, only one with a row for each
/// text will do.
///
/// # Errors
/// When there is none, or none that can be used.
pub(super) fn embeddings(
    model: &mut Model,
    whole: bool,
    warnings: &mut Vec<String>,
) -> Result<SentenceOutput, EncodeError> {
    let graph = model.graph.as_ref().ok_or_else(|| EncodeError::Spec("the model has no graph".to_owned()))?;
    let wiring = Wiring::of(graph);
    let names: Vec<&str> = graph.output.iter().map(ValueInfo::name).collect();
    let dims = |name: &str| wiring.dims(name);
    let by_name = |known: &[&'static str]| known.iter().find(|name| names.contains(*name)).copied();
    let with = |n: usize| names.iter().copied().find(|name| dims(name).is_some_and(|dims| dims.len() == n));
    let (name, tokens) = if let Some(name) = by_name(&TEXTS).filter(|name| dims(name).is_none_or(|d| d.len() == 2)) {
        (name, false)
    } else if whole {
        let text = "the files have a step after pooling that the model does not make; export the whole of it as ONNX, \
                    with an output `sentence_embedding`";
        return Err(EncodeError::Spec(text.to_owned()));
    } else if let Some(name) = by_name(&TOKENS).filter(|name| dims(name).is_none_or(|d| d.len() == 3)) {
        (name, true)
    } else if let Some(name) = with(3) {
        warnings.push(format!(
            "no output has a usual name; `{}` taken, which has a row for each token",
            name.escape_debug()
        ));
        (name, true)
    } else if let (Some(name), [_]) = (with(2), &names[..]) {
        warnings
            .push(format!("the only output, `{}`, has a row for each text; nothing is pooled", name.escape_debug()));
        (name, false)
    } else {
        let text =
            "no output of the model holds a row for each token, `[batch, tokens, D]`, such as `last_hidden_state`";
        return Err(EncodeError::Spec(text.to_owned()));
    };
    let shape = dims(name).unwrap_or_else(|| vec![Dim::Open; if tokens { 3 } else { 2 }]);
    let dim = match shape.last() {
        Some(Dim::Fixed(n)) => Some(*n),
        _ => None,
    };
    let (name, kind) = (name.to_owned(), wiring.kind(name));
    match kind {
        None | Some(data_type::FLOAT) => {}
        Some(data_type::FLOAT16 | data_type::BFLOAT16 | data_type::DOUBLE) => as_floats(model, &name, &shape),
        Some(other) => {
            let text =
                format!("output `{}` has numbers of ONNX's kind {other}; floats are needed", name.escape_debug());
            return Err(EncodeError::Spec(text));
        }
    }
    Ok(SentenceOutput { name, tokens, dim })
}
