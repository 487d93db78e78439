//! Static token embeddings: a table with a row of numbers per token; a text's embedding is the mean of its
//! tokens' rows.
//!
//! The files are those of model2vec (Tulkens and van Dongen, 2024): `model.safetensors` with `embeddings`
//! `[rows, D]` and, where
//! given, `weights` `[tokens]` and `mapping` `[tokens]` from tokens to rows; `tokenizer.json`; `config.json`.
//! With weights w and
//! mapping m a text of tokens t becomes `mean_i` `w(t_i)` · `E(m(t_i))`; tokens that the tokenizer does not know
//! take no part.
//!
//! What is stored is one file: the same tensors, with the tokenizer in the header's metadata. A sample is laid
//! out as for
//! sentence encoders, see [`super::sentence::tokens`]; windows only mean that of very long texts a part is taken.
//!
//! **Invariant:** a header from outside is checked before a number is read.

use std::collections::BTreeMap;
use std::path::Path;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::Encoder;
use super::sentence::spec::{TextFamily, WINDOWS, sizes};
use super::sentence::{Folder, TextTokens, ids};
use crate::math::Matrix;
use crate::modality::{Signature, SpecError};
use crate::runtime::{EncodeError, ProviderReport};

/// Bytes of the tensors' file, and of its header.
const LARGEST: u64 = 2 << 30;
const LARGEST_HEADER: usize = 256 << 20;
/// Tokens of a window: with [`WINDOWS`] of them, texts of up to 8,192 tokens are read whole.
const WINDOW: usize = 512;
/// Texts for one call.
const TEXTS: usize = 64;
/// The line of the header's metadata that holds the tokenizer.
const TOKENIZER: &str = "querist.tokenizer";

/// The description of a table, as it is stored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StaticTokens {
    /// Always [`TextFamily::Static`].
    pub family: TextFamily,
    /// Tokens of a window, and windows of a text.
    pub max_tokens: usize,
    pub windows: usize,
    /// The token for what the tokenizer does not know; it takes no part.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unknown: Option<u32>,
    /// Whether embeddings are scaled to length 1.
    pub normalise: bool,
    /// Numbers per embedding.
    pub dim: usize,
}

impl StaticTokens {
    pub fn signature(&self) -> Signature {
        let shape = vec![self.windows, self.max_tokens];
        Signature { input: "tokens".to_owned(), shape, output: "embedding".to_owned(), dim: self.dim }
    }

    /// The description as JSON, as it is stored.
    pub fn to_json(&self) -> String {
        serde_json::to_string(self).expect("a description holds only numbers and names")
    }

    /// # Errors
    /// When the text is not a description of a table of tokens that can be used.
    pub fn from_json(text: &str) -> Result<Self, SpecError> {
        let spec: Self = serde_json::from_str(text).map_err(|error| SpecError(error.to_string()))?;
        sizes(spec.windows, spec.max_tokens, spec.dim)?;
        if spec.family == TextFamily::Static {
            Ok(spec)
        } else {
            Err(SpecError("its family is not `static`".to_owned()))
        }
    }

    /// The preparation of texts with the tokenizer in `json`, the text of a `tokenizer.json`.
    ///
    /// # Errors
    /// When the tokenizer cannot be used.
    pub fn tokens(&self, json: &[u8]) -> Result<TextTokens, SpecError> {
        TextTokens::plain(self.signature(), json, self.unknown)
    }
}

/// A table as it is stored.
#[derive(Debug, Clone)]
pub struct FoundTable {
    /// Tensors, with the tokenizer in the header's metadata.
    pub bytes: Vec<u8>,
    pub spec: StaticTokens,
    /// What was taken for granted.
    pub warnings: Vec<String>,
}

impl FoundTable {
    /// Read a folder.
    ///
    /// # Errors
    /// When a file is missing or cannot be understood, or tokenizer and table do not belong together.
    pub fn read(path: &Path) -> Result<Self, EncodeError> {
        let folder = Folder::at(path);
        let mut warnings = Vec::new();
        let bytes = folder.bytes("model.safetensors", LARGEST)?;
        let none = || EncodeError::Spec(format!("`{}` holds no model.safetensors", path.display()));
        let (mut header, data) = header(bytes.as_deref().ok_or_else(none)?)?;
        let table = Table::of(&header, data)?;
        let tokenizer = String::from_utf8(folder.tokenizer()?);
        let tokenizer = tokenizer.map_err(|_| EncodeError::Spec("`tokenizer.json` is not text".to_owned()))?;
        let normalise = folder.json("config.json")?.and_then(|config| config.get("normalize")?.as_bool());
        let spec = StaticTokens {
            family: TextFamily::Static,
            max_tokens: WINDOW,
            windows: WINDOWS,
            unknown: unknown(&tokenizer),
            normalise: normalise.unwrap_or_else(|| {
                warnings.push("config.json does not say `normalize`; embeddings are scaled to length 1".to_owned());
                true
            }),
            dim: table.dim,
        };
        sizes(spec.windows, spec.max_tokens, spec.dim)?;
        let known = spec.tokens(tokenizer.as_bytes())?.vocabulary();
        if known > table.tokens() {
            let text = format!("the tokenizer knows {known} tokens, and the table has {}", table.tokens());
            return Err(EncodeError::Spec(text));
        }
        header.insert("__metadata__".to_owned(), json!({ TOKENIZER: tokenizer }));
        Ok(Self { bytes: file(&header, data), spec, warnings })
    }
}

/// The tokenizer in a stored table: the text of its `tokenizer.json`.
///
/// # Errors
/// When there is none.
pub fn tokenizer_of(bytes: &[u8]) -> Result<String, EncodeError> {
    let text = header(bytes)?.0.get("__metadata__").and_then(|lines| Some(lines.get(TOKENIZER)?.as_str()?.to_owned()));
    text.ok_or_else(|| EncodeError::Spec("the table holds no tokenizer".to_owned()))
}

/// An open table. Shared by threads.
pub struct StaticEncoder {
    table: Table,
    spec: StaticTokens,
    report: ProviderReport,
}

impl StaticEncoder {
    /// Open the table that was stored at `path`.
    ///
    /// # Errors
    /// When the file cannot be read or understood, or has another width than described.
    pub fn open(path: &Path, spec: &StaticTokens) -> Result<Self, EncodeError> {
        let bytes = std::fs::read(path).map_err(|source| EncodeError::Read { path: path.to_owned(), source })?;
        Self::of(&bytes, spec)
    }

    /// # Errors
    /// As [`StaticEncoder::open`].
    pub fn of(bytes: &[u8], spec: &StaticTokens) -> Result<Self, EncodeError> {
        let (header, data) = header(bytes)?;
        let table = Table::of(&header, data)?;
        if table.dim != spec.dim {
            return Err(EncodeError::Spec(format!("the table has {} numbers per token, not {}", table.dim, spec.dim)));
        }
        let [provider, device, precision] = ["cpu", "CPU", "f32"].map(str::to_owned);
        let report =
            ProviderReport { provider, device, precision, fallback_reason: None, nodes_by_provider: BTreeMap::new() };
        Ok(Self { table, spec: spec.clone(), report })
    }
}

impl Encoder for StaticEncoder {
    fn dim(&self) -> usize {
        self.spec.dim
    }

    fn batch(&self) -> usize {
        TEXTS
    }

    fn provider(&self) -> &ProviderReport {
        &self.report
    }

    fn encode(&self, tensors: &[f32], n: usize) -> Result<Matrix, EncodeError> {
        let mut rows = Matrix::zeros(n, self.spec.dim);
        let mut counts = vec![0usize; n];
        for (text, window) in ids(tensors, n, self.spec.windows, self.spec.max_tokens)? {
            for id in window {
                self.table.add(id as usize, rows.row_mut(text))?;
                counts[text] += 1;
            }
        }
        for (i, count) in counts.into_iter().enumerate() {
            let row = rows.row_mut(i);
            let length = || row.iter().map(|value| value * value).sum::<f32>().sqrt();
            let by = if self.spec.normalise { length() } else { count as f32 };
            if by > 0.0 {
                for value in row {
                    *value /= by;
                }
            }
        }
        if rows.as_slice().iter().any(|value| !value.is_finite()) {
            return Err(EncodeError::Output("numbers that are not finite; the table holds some".to_owned()));
        }
        Ok(rows)
    }
}

/// How a number is written in the file.
#[derive(Clone, Copy, PartialEq)]
enum Kind {
    F64,
    F32,
    F16,
    I8,
    I32,
    I64,
}

impl Kind {
    fn of(name: &str) -> Option<Self> {
        let known = [
            ("F64", Self::F64),
            ("F32", Self::F32),
            ("F16", Self::F16),
            ("I8", Self::I8),
            ("I32", Self::I32),
            ("I64", Self::I64),
        ];
        known.into_iter().find(|(known, _)| *known == name).map(|(_, kind)| kind)
    }

    fn bytes(self) -> usize {
        match self {
            Self::F64 | Self::I64 => 8,
            Self::F32 | Self::I32 => 4,
            Self::F16 => 2,
            Self::I8 => 1,
        }
    }

    /// The number in `at`, which has [`Kind::bytes`] bytes.
    fn number(self, at: &[u8]) -> f64 {
        fn first<const N: usize>(at: &[u8]) -> [u8; N] {
            at.first_chunk().copied().unwrap_or([0; N])
        }
        match self {
            Self::F64 => f64::from_le_bytes(first(at)),
            Self::F32 => f32::from_le_bytes(first(at)).into(),
            Self::F16 => half::f16::from_le_bytes(first(at)).into(),
            Self::I8 => i8::from_le_bytes(first(at)).into(),
            Self::I32 => i32::from_le_bytes(first(at)).into(),
            Self::I64 => i64::from_le_bytes(first(at)) as f64,
        }
    }
}

/// A tensor inside the file.
struct Tensor<'a> {
    kind: Kind,
    shape: Vec<usize>,
    data: &'a [u8],
}

impl Tensor<'_> {
    fn numbers(&self) -> impl Iterator<Item = f64> {
        self.data.chunks_exact(self.kind.bytes()).map(|at| self.kind.number(at))
    }
}

/// Rows of numbers in the precision of the file, and which token has which.
struct Table {
    kind: Kind,
    rows: Vec<u8>,
    n: usize,
    dim: usize,
    mapping: Option<Vec<u32>>,
    weights: Option<Vec<f32>>,
}

impl Table {
    fn of(header: &Map<String, Value>, data: &[u8]) -> Result<Self, EncodeError> {
        let embeddings = tensor(header, data, "embeddings")?.ok_or_else(|| wrong("it has no tensor `embeddings`"))?;
        let &[n, dim] = &embeddings.shape[..] else { return Err(wrong("`embeddings` is not a matrix")) };
        if !matches!(embeddings.kind, Kind::F32 | Kind::F16 | Kind::I8) {
            return Err(wrong("`embeddings` must hold F32, F16 or I8"));
        }
        let (mapping, weights) = (tensor(header, data, "mapping")?, tensor(header, data, "weights")?);
        let mapping = mapping.map(|rows| {
            let row = |row: f64| (row >= 0.0 && row < n as f64).then_some(row as u32);
            rows.numbers().map(row).collect::<Option<Vec<_>>>().ok_or_else(|| wrong("`mapping` leads out of the table"))
        });
        let mapping = mapping.transpose()?;
        let weights: Option<Vec<f32>> = weights.map(|weights| weights.numbers().map(|weight| weight as f32).collect());
        let tokens = mapping.as_ref().map_or(n, Vec::len);
        if weights.as_ref().is_some_and(|weights| weights.len() != tokens) {
            return Err(wrong("`weights` has another length than there are tokens"));
        }
        Ok(Self { kind: embeddings.kind, rows: embeddings.data.to_vec(), n, dim, mapping, weights })
    }

    fn tokens(&self) -> usize {
        self.mapping.as_ref().map_or(self.n, Vec::len)
    }

    /// Add the weighted row of a token.
    fn add(&self, token: usize, sum: &mut [f32]) -> Result<(), EncodeError> {
        if token >= self.tokens() {
            return Err(EncodeError::Spec(format!("token {token}; the table has {}", self.tokens())));
        }
        let weight = self.weights.as_ref().map_or(1.0, |weights| weights[token]);
        let (row, size) = (self.mapping.as_ref().map_or(token, |rows| rows[token] as usize), self.kind.bytes());
        let row = &self.rows[row * self.dim * size..][..self.dim * size];
        for (sum, at) in sum.iter_mut().zip(row.chunks_exact(size)) {
            *sum += weight * self.kind.number(at) as f32;
        }
        Ok(())
    }
}

/// The header of a safetensors file (8 bytes of length, then JSON), and the bytes after it.
fn header(bytes: &[u8]) -> Result<(Map<String, Value>, &[u8]), EncodeError> {
    let length = bytes.first_chunk().map(|length| u64::from_le_bytes(*length));
    let length = length.and_then(|length| usize::try_from(length).ok()).filter(|length| *length <= LARGEST_HEADER);
    let split = length.and_then(|length| bytes.get(8..)?.split_at_checked(length));
    let (header, data) = split.ok_or_else(|| wrong("its header is longer than the file"))?;
    Ok((serde_json::from_slice(header).map_err(|error| wrong(&format!("its header: {error}")))?, data))
}

/// The bytes of a file with this header; its length is filled up to whole words, as the format asks.
fn file(header: &Map<String, Value>, data: &[u8]) -> Vec<u8> {
    let mut text = Value::Object(header.clone()).to_string();
    text.push_str(&" ".repeat(text.len().next_multiple_of(8) - text.len()));
    [&(text.len() as u64).to_le_bytes()[..], text.as_bytes(), data].concat()
}

fn tensor<'a>(header: &Map<String, Value>, data: &'a [u8], name: &str) -> Result<Option<Tensor<'a>>, EncodeError> {
    #[derive(Deserialize)]
    struct Written {
        dtype: String,
        shape: Vec<usize>,
        data_offsets: [usize; 2],
    }
    let Some(value) = header.get(name) else { return Ok(None) };
    let written: Written =
        serde_json::from_value(value.clone()).map_err(|error| wrong(&format!("tensor `{name}`: {error}")))?;
    let kind = Kind::of(&written.dtype).ok_or_else(|| {
        wrong(&format!("tensor `{name}` holds `{}`, which is not known", written.dtype.escape_debug()))
    })?;
    let size = written.shape.iter().try_fold(kind.bytes(), |size, &n| size.checked_mul(n));
    let part = data.get(written.data_offsets[0]..written.data_offsets[1]).filter(|part| Some(part.len()) == size);
    let data = part.ok_or_else(|| wrong(&format!("tensor `{name}` has another size than its shape")))?;
    Ok(Some(Tensor { kind, shape: written.shape, data }))
}

/// The token of a tokenizer for what it does not know.
fn unknown(tokenizer: &str) -> Option<u32> {
    let value: Value = serde_json::from_str(tokenizer).ok()?;
    let model = value.get("model")?;
    if let Some(id) = model.get("unk_id").and_then(Value::as_u64) {
        return u32::try_from(id).ok();
    }
    let text = model.get("unk_token")?.as_str()?;
    let listed = || {
        let added = value.get("added_tokens")?.as_array()?;
        added.iter().find(|token| token.get("content").and_then(Value::as_str) == Some(text))?.get("id")?.as_u64()
    };
    let id = model.get("vocab").and_then(|vocab| vocab.get(text)).and_then(Value::as_u64).or_else(listed)?;
    u32::try_from(id).ok()
}

fn wrong(text: &str) -> EncodeError {
    EncodeError::Spec(format!("`model.safetensors` cannot be used: {text}"))
}

#[cfg(test)]
mod tests;
