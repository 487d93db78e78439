//! Pretrained encoders as people bring them: a network for pictures with its description, or a folder for texts as the usual
//! libraries write it.

use std::path::{Path, PathBuf};

use super::describe::{Described, Description};
use super::family::{EncoderFamily, OpenedEncoder, StoredEncoder, no_axes};
use super::sentence::{self, FoundSentence, Sentence, SentenceEncoder, TextTokens};
use super::static_tokens::{self, FoundTable, StaticEncoder, StaticTokens};
use crate::domain::Modality;
use crate::onnx::Model;
use crate::runtime::{EncodeError, LazyRuntime};

pub(super) const SENTENCES: EncoderFamily =
    EncoderFamily { name: "sentence", modality: Modality::Text, open: open_sentences, parts: None, axes: no_axes };
pub(super) const TABLES: EncoderFamily =
    EncoderFamily { name: "static", modality: Modality::Text, open: open_table, parts: None, axes: no_axes };

/// An encoder that was read and not yet tried.
pub struct Pretrained {
    /// The one file that is stored.
    pub bytes: Vec<u8>,
    /// Its description, as JSON.
    pub spec: String,
    /// Numbers per embedding.
    pub dim: usize,
    /// What was taken for granted.
    pub warnings: Vec<String>,
}

impl Pretrained {
    /// Read what lies at `path`: a folder with a tokenizer, or a file in one, is an encoder of texts; any other file a network for
    /// pictures, with `given` or the description beside it.
    ///
    /// # Errors
    /// When files are missing, or cannot be understood.
    pub fn read(path: &Path, given: Option<Description>) -> Result<Self, EncodeError> {
        match of_texts(path) {
            Some(folder) => Self::texts(path, &folder),
            None if path.is_dir() => Err(EncodeError::Spec(format!(
                "`{}` holds no tokenizer.json; name the ONNX file in it",
                path.display()
            ))),
            None => {
                let Described { model, spec, warnings } = Described::read(path, given)?;
                Ok(Self { bytes: model.to_bytes(), spec: spec.to_json(), dim: spec.dim, warnings })
            }
        }
    }

    fn texts(path: &Path, folder: &Path) -> Result<Self, EncodeError> {
        let tensors = folder.join("model.safetensors").is_file();
        let network = ["model.onnx", "onnx/model.onnx", "model_quantized.onnx", "onnx/model_quantized.onnx"];
        let is_network = path.is_file() || network.iter().any(|name| folder.join(name).is_file());
        if tensors && !is_network {
            let FoundTable { bytes, spec, warnings } = FoundTable::read(folder)?;
            return Ok(Self { bytes, spec: spec.to_json(), dim: spec.dim, warnings });
        }
        let FoundSentence { model, spec, warnings } = FoundSentence::read(if path.is_file() { path } else { folder })?;
        Ok(Self { bytes: model.to_bytes(), spec: spec.to_json(), dim: spec.dim, warnings })
    }
}

/// The folder of an encoder of texts that `path` names, or lies in.
pub(super) fn of_texts(path: &Path) -> Option<PathBuf> {
    let holds = |folder: &Path| folder.join("tokenizer.json").is_file();
    if path.is_dir() {
        return holds(path).then(|| path.to_owned());
    }
    // The hub keeps networks one folder deeper than the tokenizer.
    path.ancestors().skip(1).take(2).find(|folder| holds(folder)).map(Path::to_owned)
}

fn open_sentences(runtime: &LazyRuntime, stored: &StoredEncoder<'_>) -> Result<OpenedEncoder, EncodeError> {
    let spec = Sentence::from_json(stored.spec)?;
    let model = Model::read(stored.bytes()?)?;
    let preparation = Box::new(TextTokens::new(&spec, sentence::tokenizer_of(&model)?.as_bytes())?);
    Ok(OpenedEncoder { preparation, encoder: Box::new(SentenceEncoder::of(&runtime.get()?, &model, spec)?) })
}

fn open_table(_: &LazyRuntime, stored: &StoredEncoder<'_>) -> Result<OpenedEncoder, EncodeError> {
    let spec = StaticTokens::from_json(stored.spec)?;
    let tokenizer = static_tokens::tokenizer_of(&stored.bytes()?)?;
    let preparation = Box::new(spec.tokens(tokenizer.as_bytes())?);
    Ok(OpenedEncoder { preparation, encoder: Box::new(StaticEncoder::open(stored.path, &spec)?) })
}
