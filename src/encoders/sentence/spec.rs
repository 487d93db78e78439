//! What a text encoder expects and gives: the description that is stored with it.
//!
//! **Invariant:** names nothing but the modality's own types, so that preparing texts needs no ONNX file.

use serde::{Deserialize, Serialize};

use crate::modality::{Signature, SpecError};

/// Windows that are taken of a long text, at most.
pub const WINDOWS: usize = 16;
/// Tokens of a window, at most: what attention needs grows with their square.
pub const MOST_TOKENS: usize = 2048;
/// Token numbers travel as 32-bit floats, which hold whole numbers exactly below this.
pub const MOST_IDS: usize = 1 << 24;

/// Which kind of text encoder a description is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum TextFamily {
    /// A network that reads tokens.
    Sentence,
    /// A table with one row of numbers per token.
    Static,
}

impl TextFamily {
    /// The family that a stored description names; `None` for descriptions of other encoders.
    pub fn of(spec: &str) -> Option<Self> {
        #[derive(Deserialize)]
        struct Named {
            family: TextFamily,
        }
        serde_json::from_str::<Named>(spec).ok().map(|named| named.family)
    }
}

/// How the numbers of a window's tokens become one row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Pooling {
    /// The mean of all tokens.
    Mean,
    /// The first token.
    Cls,
    /// The largest value of each number.
    Max,
    /// The last token.
    Last,
    /// The model gives one row per window itself.
    None,
}

/// A sentence encoder: a network from tokens to one row of numbers per text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sentence {
    /// Always [`TextFamily::Sentence`].
    pub family: TextFamily,
    /// The input for token numbers, `[batch, tokens]`.
    pub ids: String,
    /// The input that is 1 where a token is, and 0 where a shorter text is filled up.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mask: Option<String>,
    /// The input for token types, which are all 0.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub types: Option<String>,
    /// The input for positions 0, 1, 2 …
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub positions: Option<String>,
    /// The output: `[batch, tokens, D]`, or `[batch, D]` where nothing is to be pooled.
    pub output: String,
    pub pooling: Pooling,
    /// Whether embeddings are scaled to length 1.
    pub normalise: bool,
    /// Tokens of a window, those that the tokenizer adds by itself included.
    pub max_tokens: usize,
    /// Windows of a text, at most.
    pub windows: usize,
    /// The number of tokens that the model takes, where that is fixed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub length: Option<usize>,
    /// What is put before every text.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub prefix: String,
    /// Whether texts are put in small letters before the tokenizer sees them.
    #[serde(default)]
    pub lowercase: bool,
    /// Numbers per embedding.
    pub dim: usize,
}

impl Sentence {
    /// Names and shapes without their meaning: a sample is `[windows, max_tokens]` numbers, see [`super::TextTokens`].
    pub fn signature(&self) -> Signature {
        let shape = vec![self.windows, self.max_tokens];
        Signature { input: self.ids.clone(), shape, output: self.output.clone(), dim: self.dim }
    }

    /// The description as JSON, as it is stored.
    pub fn to_json(&self) -> String {
        serde_json::to_string(self).expect("a description holds only numbers and names")
    }

    /// # Errors
    /// When the text is not a description of a sentence encoder that can be used.
    pub fn from_json(text: &str) -> Result<Self, SpecError> {
        serde_json::from_str::<Self>(text).map_err(|error| SpecError(error.to_string()))?.check()
    }

    /// Validate the description, so that no later step has to.
    pub(crate) fn check(self) -> Result<Self, SpecError> {
        sizes(self.windows, self.max_tokens, self.dim)?;
        let wrong = if self.family != TextFamily::Sentence {
            Some("its family is not `sentence`".to_owned())
        } else if self.length.is_some_and(|length| length < self.max_tokens) {
            Some(format!("windows of {} tokens, but the model takes fewer", self.max_tokens))
        } else if self.length.is_some() && self.mask.is_none() {
            Some("the model takes a fixed number of tokens and has no mask for shorter texts".to_owned())
        } else {
            None
        };
        wrong.map_or(Ok(self), |wrong| Err(SpecError(wrong)))
    }
}

/// # Errors
/// When a sample or an embedding would be too large, or be nothing.
pub(crate) fn sizes(windows: usize, max_tokens: usize, dim: usize) -> Result<(), SpecError> {
    let wrong = if !(1..=WINDOWS).contains(&windows) {
        format!("{windows} windows of a text; 1 to {WINDOWS} can be used")
    } else if !(1..=MOST_TOKENS).contains(&max_tokens) {
        format!("windows of {max_tokens} tokens; 1 to {MOST_TOKENS} can be used")
    } else if !(1..=1 << 20).contains(&dim) {
        format!("an embedding of {dim} numbers; 1 to 1048576 can be used")
    } else {
        return Ok(());
    };
    Err(SpecError(wrong))
}
