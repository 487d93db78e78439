//! Sentence encoders: pretrained networks from texts to embeddings, read from folders as the usual training library and
//! hub lay them out.
//!
//! [`FoundSentence::read`] makes a folder a description ([`Sentence`]) and one ONNX file that holds the tokenizer too;
//! [`TextTokens`] prepares texts; [`SentenceEncoder`] runs them.

mod encode;
mod files;
mod graph;
mod pool;
mod read;
pub mod spec;
pub mod tokens;

pub use encode::SentenceEncoder;
pub(in crate::encoders) use encode::ids;
pub(in crate::encoders) use files::Folder;
pub use read::{FoundSentence, tokenizer_of};
pub use spec::{Pooling, Sentence, TextFamily};
pub use tokens::TextTokens;

#[cfg(test)]
mod tests;
