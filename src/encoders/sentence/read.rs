//! From a folder to a description and one file: the network, with the tokenizer in its metadata.
//!
//! What a file does not say is taken from another one or from a stated default, and the choice is reported; files that
//! contradict each other are refused where a wrong number would follow.

use std::path::Path;

use super::files::Folder;
use super::graph;
use super::spec::{MOST_TOKENS, Pooling, Sentence, TextFamily, WINDOWS};
use super::tokens::TextTokens;
use crate::onnx::{Model, build};
use crate::runtime::EncodeError;

/// The line of a model's metadata that holds its tokenizer.
const TOKENIZER: &str = "querist.tokenizer";
/// Bytes of a model file: its format (protocol buffers) holds no more.
const LARGEST: u64 = 2 << 30;
/// Tokens of a window where no file says it.
const USUAL_TOKENS: usize = 512;

/// A sentence encoder as it is stored.
#[derive(Debug, Clone)]
pub struct FoundSentence {
    /// The network, with the tokenizer in its metadata.
    pub model: Model,
    pub spec: Sentence,
    /// What was taken for granted.
    pub warnings: Vec<String>,
}

impl FoundSentence {
    /// Read a folder, or the model file in one.
    ///
    /// # Errors
    /// When a file is missing that nothing can stand for, cannot be understood, or contradicts another; when
    /// the model keeps
    /// weights in other files.
    pub fn read(path: &Path) -> Result<Self, EncodeError> {
        let (folder, file) = Folder::with_model(path)?;
        let failed = |source| EncodeError::Read { path: file.clone(), source };
        let length = std::fs::metadata(&file).map_err(failed)?.len();
        if length > LARGEST {
            return Err(EncodeError::TooLarge { path: file.clone(), gib: length as f64 / f64::from(1 << 30) });
        }
        let mut model = Model::read(std::fs::read(&file).map_err(failed)?)?;
        let tokenizer = folder.tokenizer()?;
        let mut warnings = Vec::new();
        let spec = spec(&folder, &mut model, &mut warnings)?;
        let known = TextTokens::new(&spec, &tokenizer)?.vocabulary();
        if let Some(rows) = folder.vocabulary().filter(|rows| *rows < known) {
            warnings.push(format!("the tokenizer knows {known} tokens and the model {rows}; are they of one kind?"));
        }
        let text =
            String::from_utf8(tokenizer).map_err(|_| EncodeError::Spec("`tokenizer.json` is not text".to_owned()))?;
        model.metadata_props.retain(|line| line.key.as_deref() != Some(TOKENIZER));
        model.metadata_props.push(build::property(TOKENIZER, &text));
        Ok(Self { model, spec, warnings })
    }
}

/// The tokenizer in a stored model: the text of its `tokenizer.json`.
///
/// # Errors
/// When there is none.
pub fn tokenizer_of(model: &Model) -> Result<&str, EncodeError> {
    let line = model.metadata_props.iter().find(|line| line.key.as_deref() == Some(TOKENIZER));
    line.and_then(|line| line.value.as_deref())
        .ok_or_else(|| EncodeError::Spec("the model holds no tokenizer".to_owned()))
}

fn spec(folder: &Folder, model: &mut Model, warnings: &mut Vec<String>) -> Result<Sentence, EncodeError> {
    let steps = folder.steps()?;
    let inputs = graph::inputs(model)?;
    let more = steps.as_ref().and_then(|steps| steps.more.clone());
    let output = graph::embeddings(model, more.is_some(), warnings).map_err(|error| match (&more, error) {
        (Some(more), EncodeError::Spec(text)) => EncodeError::Spec(format!("{text} (the step is `{more}`)")),
        (_, error) => error,
    })?;
    let (most, lowercase, of_config) = folder.limits(warnings)?;
    let pooling = match (&steps, output.tokens) {
        (_, false) => Pooling::None,
        (Some(steps), true) => steps.pooling.ok_or_else(|| {
            EncodeError::Spec(
                "`modules.json` has no step `Pooling`, and the model gives a row for each token".to_owned(),
            )
        })?,
        (None, true) => {
            warnings
                .push("there is no modules.json; the mean of the tokens is taken, and scaled to length 1".to_owned());
            Pooling::Mean
        }
    };
    // What one row per text has as its width, only the model knows.
    let described = steps.as_ref().and_then(|steps| steps.dim).or(of_config).filter(|_| output.tokens);
    let dim = match (output.dim, described) {
        (Some(dim), Some(other)) if dim != other => {
            let text = format!("the files say {other} numbers per token, output `{}` has {dim}", output.name);
            return Err(EncodeError::Spec(text));
        }
        (dim, described) => dim.or(described),
    };
    let dim =
        dim.ok_or_else(|| EncodeError::Spec(format!("no file says how many numbers output `{}` has", output.name)))?;
    let prefix = folder.prompt(warnings)?;
    if steps.as_ref().is_some_and(|steps| steps.without_prompt) && !prefix.is_empty() && pooling == Pooling::Mean {
        warnings.push("the files leave the prompt out of the mean; here its tokens count".to_owned());
    }
    if more.is_some() {
        warnings.push(format!("the model's `{}` is taken to hold every step of modules.json", output.name));
    }
    let normalise = steps.as_ref().is_none_or(|steps| steps.normalise);
    let spec = Sentence {
        family: TextFamily::Sentence,
        max_tokens: max_tokens(most, inputs.length, warnings),
        ids: inputs.ids,
        mask: inputs.mask,
        types: inputs.types,
        positions: inputs.positions,
        output: output.name,
        pooling,
        normalise,
        windows: WINDOWS,
        length: inputs.length,
        prefix,
        lowercase,
        dim,
    };
    Ok(spec.check()?)
}

/// Tokens of a window: as the files say, within what the model takes and what memory allows.
fn max_tokens(most: Option<usize>, fixed: Option<usize>, warnings: &mut Vec<String>) -> usize {
    let stated = most.or(fixed).unwrap_or_else(|| {
        warnings.push(format!("no file says how many tokens the model takes; {USUAL_TOKENS} taken"));
        USUAL_TOKENS
    });
    let taken = stated.min(fixed.unwrap_or(stated)).min(MOST_TOKENS);
    if taken < stated {
        warnings.push(format!("the files say {stated} tokens; windows of {taken} are taken"));
    }
    taken
}
