//! The files beside a model, as the training library for sentence encoders and the hub lay them out.
//!
//! **Invariant:** a name found in a file never leads out of the folder; nothing larger than a limit is read.

use std::path::{Component, Path, PathBuf};

use serde_json::Value;

use super::spec::Pooling;
use crate::runtime::EncodeError;

/// Bytes of a settings file, and of a tokenizer.
const LARGEST_SETTINGS: u64 = 16 << 20;
const LARGEST_TOKENIZER: u64 = 128 << 20;
/// Where a model may be, the best first.
const MODELS: [&str; 3] = ["model.onnx", "onnx/model.onnx", "onnx/model_quantized.onnx"];
/// More than any model takes: tokenizers write huge numbers for "any".
const ANY: f64 = 1e6;
/// Families whose positions begin after the number that fills up, so that two of them are never used.
const TWO_FEWER: [&str; 7] =
    ["roberta", "xlm-roberta", "xlm-roberta-xl", "camembert", "mpnet", "longformer", "mpnet-v2"];
/// Names of prompts for what Querist does with texts, the best first.
const PROMPTS: [&str; 3] = ["classification", "clustering", "Classification"];
const DOCUMENTS: [&str; 2] = ["document", "passage"];

/// A folder with a model's files.
pub(in crate::encoders) struct Folder {
    root: PathBuf,
}

/// What `modules.json` and the files it names say.
pub(super) struct Steps {
    pub(super) pooling: Option<Pooling>,
    pub(super) normalise: bool,
    /// Numbers per token before pooling.
    pub(super) dim: Option<usize>,
    /// A step after pooling that only the model itself can make.
    pub(super) more: Option<String>,
    /// Whether the prompt is left out when tokens are pooled.
    pub(super) without_prompt: bool,
}

impl Folder {
    /// The folder at `path`, and the model in it; or the folder of the model at `path`.
    ///
    /// # Errors
    /// When there is no model.
    pub(super) fn with_model(path: &Path) -> Result<(Self, PathBuf), EncodeError> {
        if path.is_dir() {
            let found = MODELS.iter().map(|name| path.join(name)).find(|model| model.is_file());
            let none = || {
                let text = format!("`{}` holds none of {}", path.display(), MODELS.join(", "));
                EncodeError::Spec(format!("{text}; export the model as ONNX"))
            };
            return Ok((Self::at(path), found.ok_or_else(none)?));
        }
        let folder = path.parent().unwrap_or(Path::new(""));
        let above = folder.parent().filter(|_| folder.ends_with("onnx"));
        let root = above.filter(|above| above.join("tokenizer.json").is_file()).unwrap_or(folder);
        Ok((Self::at(root), path.to_owned()))
    }

    pub(in crate::encoders) fn at(root: &Path) -> Self {
        Self { root: root.to_owned() }
    }

    /// A settings file; `None` when there is none.
    ///
    /// # Errors
    /// When it is there and cannot be read, or is not JSON.
    pub(in crate::encoders) fn json(&self, name: &str) -> Result<Option<Value>, EncodeError> {
        let Some(bytes) = self.bytes(name, LARGEST_SETTINGS)? else { return Ok(None) };
        let wrong = |error: serde_json::Error| EncodeError::Spec(format!("`{name}` cannot be understood: {error}"));
        serde_json::from_slice(&bytes).map(Some).map_err(wrong)
    }

    /// # Errors
    /// When there is no `tokenizer.json`, or it cannot be read.
    pub(in crate::encoders) fn tokenizer(&self) -> Result<Vec<u8>, EncodeError> {
        self.bytes("tokenizer.json", LARGEST_TOKENIZER)?.ok_or_else(|| {
            let text = format!("`{}` holds no tokenizer.json", self.root.display());
            EncodeError::Spec(format!("{text}; put the model's own one there, or save its fast tokenizer"))
        })
    }

    /// The whole of a file that may be missing.
    pub(in crate::encoders) fn bytes(&self, name: &str, most: u64) -> Result<Option<Vec<u8>>, EncodeError> {
        let path = self.root.join(name);
        let failed = |source| EncodeError::Read { path: path.clone(), source };
        if !path.is_file() {
            return Ok(None);
        }
        let length = std::fs::metadata(&path).map_err(failed)?.len();
        if length > most {
            return Err(EncodeError::Spec(format!("`{name}` has {length} bytes; {most} can be read")));
        }
        std::fs::read(&path).map(Some).map_err(failed)
    }

    /// What follows the network, by `modules.json`; `None` when there is no such file.
    ///
    /// # Errors
    /// When a file cannot be understood, names a way of pooling that is not known, or several.
    pub(super) fn steps(&self) -> Result<Option<Steps>, EncodeError> {
        let Some(modules) = self.json("modules.json")? else { return Ok(None) };
        let modules = modules.as_array().ok_or_else(|| wrong("`modules.json` is not a list"))?;
        let mut steps = Steps { pooling: None, normalise: false, dim: None, more: None, without_prompt: false };
        for module in modules {
            let text = |key: &str| module.get(key).and_then(Value::as_str).unwrap_or_default();
            match text("type").rsplit('.').next().unwrap_or_default() {
                "Transformer" => {}
                "Pooling" => self.pooling(text("path"), &mut steps)?,
                "Normalize" => steps.normalise = true,
                other => steps.more = Some(other.chars().filter(|c| !c.is_control()).take(80).collect()),
            }
        }
        Ok(Some(steps))
    }

    fn pooling(&self, path: &str, steps: &mut Steps) -> Result<(), EncodeError> {
        if !Path::new(path).components().all(|part| matches!(part, Component::Normal(_))) {
            return Err(wrong("`modules.json` names a path outside of the folder"));
        }
        let name = format!("{path}/config.json");
        let config = self.json(name.trim_start_matches('/'))?;
        let config = config.ok_or_else(|| EncodeError::Spec(format!("`{name}` is missing; modules.json names it")))?;
        steps.pooling = Some(pooling(&config, &name)?);
        steps.dim = ["word_embedding_dimension", "embedding_dimension"].iter().find_map(|key| count(&config, key));
        steps.without_prompt = config.get("include_prompt") == Some(&Value::Bool(false));
        Ok(())
    }

    /// Tokens of a window by the files, whether texts are put in small letters, and numbers per token by `config.json`.
    ///
    /// # Errors
    /// When a file cannot be understood.
    pub(super) fn limits(
        &self,
        warnings: &mut Vec<String>,
    ) -> Result<(Option<usize>, bool, Option<usize>), EncodeError> {
        let own = self.json("sentence_bert_config.json")?.unwrap_or_default();
        let config = self.json("config.json")?.unwrap_or_default();
        let of_tokenizer = self.json("tokenizer_config.json")?.unwrap_or_default();
        let kind = config.get("model_type").and_then(Value::as_str).unwrap_or_default();
        let places = count(&config, "max_position_embeddings")
            .map(|n| if TWO_FEWER.contains(&kind) { n.saturating_sub(2) } else { n });
        let stated = count(&own, "max_seq_length").or_else(|| count(&of_tokenizer, "model_max_length"));
        let most = match (stated, places) {
            (Some(stated), Some(places)) if stated > places => {
                warnings
                    .push(format!("the files say {stated} tokens, the model has places for {places}; {places} taken"));
                Some(places)
            }
            (stated, places) => stated.or(places),
        };
        let lowercase = own.get("do_lower_case") == Some(&Value::Bool(true));
        let dim = ["hidden_size", "dim", "d_model"].iter().find_map(|key| count(&config, key));
        Ok((most, lowercase, dim))
    }

    /// Entries of the model's vocabulary by `config.json`.
    pub(super) fn vocabulary(&self) -> Option<usize> {
        count(&self.json("config.json").ok()??, "vocab_size")
    }

    /// What is put before texts: the prompt that the files name as usual, or one for classifying or grouping
    /// texts, or a plain
    /// label such as `query: `, or the one for documents.
    ///
    /// # Errors
    /// When the file cannot be understood.
    pub(super) fn prompt(&self, warnings: &mut Vec<String>) -> Result<String, EncodeError> {
        let Some(config) = self.json("config_sentence_transformers.json")? else { return Ok(String::new()) };
        let prompts = config.get("prompts").and_then(Value::as_object);
        let named = |name: &str| {
            prompts.and_then(|all| all.get(name)).and_then(Value::as_str).map(|text| (name.to_owned(), text))
        };
        let usual = config.get("default_prompt_name").and_then(Value::as_str);
        if let Some(name) = usual {
            let found = named(name).ok_or_else(|| {
                EncodeError::Spec(format!(
                    "`config_sentence_transformers.json` has no prompt `{}`",
                    name.escape_debug()
                ))
            });
            return found.map(|(_, text)| text.to_owned());
        }
        let label = |(_, text): &(String, &str)| text.ends_with(": ") && !text.trim_end().contains(' ');
        let by_name = |names: &[&str]| names.iter().find_map(|name| named(name)).filter(|(_, text)| !text.is_empty());
        let chosen = by_name(&PROMPTS).or_else(|| named("query").filter(label)).or_else(|| by_name(&DOCUMENTS));
        if let Some((name, text)) = &chosen {
            warnings.push(format!(
                "the files have several prompts and no usual one; `{name}` taken: `{}`",
                text.escape_debug()
            ));
        }
        Ok(chosen.map(|(_, text)| text.to_owned()).unwrap_or_default())
    }
}

/// The one way of pooling that a pooling step's file names.
fn pooling(config: &Value, file: &str) -> Result<Pooling, EncodeError> {
    let known = |name: &str| match name {
        "cls" | "cls_token" => Some(Pooling::Cls),
        "mean" | "mean_tokens" => Some(Pooling::Mean),
        "max" | "max_tokens" => Some(Pooling::Max),
        "lasttoken" | "last" => Some(Pooling::Last),
        _ => None,
    };
    let mut names = Vec::new();
    if let Some(name) = config.get("pooling_mode").and_then(Value::as_str) {
        names.push(name.to_owned());
    } else if let Some(all) = config.as_object() {
        let chosen = all.iter().filter(|(_, value)| **value == Value::Bool(true));
        names.extend(chosen.filter_map(|(key, _)| Some(key.strip_prefix("pooling_mode_")?.to_owned())));
    }
    match &names[..] {
        [name] => known(name).ok_or_else(|| {
            EncodeError::Spec(format!(
                "`{file}` pools by `{}`; mean, cls, max and lasttoken are known",
                name.escape_debug()
            ))
        }),
        [] => Err(EncodeError::Spec(format!("`{file}` names no way of pooling"))),
        several => Err(EncodeError::Spec(format!("`{file}` pools in {} ways at once; one is known", several.len()))),
    }
}

/// A whole number from 1 to a million under `key`.
fn count(value: &Value, key: &str) -> Option<usize> {
    value.get(key)?.as_f64().filter(|n| (1.0..=ANY).contains(n)).map(|n| n as usize)
}

fn wrong(text: &str) -> EncodeError {
    EncodeError::Spec(text.to_owned())
}
