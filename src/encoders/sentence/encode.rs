//! Running a sentence encoder: windows of like length together, pooled, and joined again by text.

use std::path::Path;

use super::pool;
use super::spec::{Pooling, Sentence};
use crate::encoders::Encoder;
use crate::math::Matrix;
use crate::onnx::Model;
use crate::runtime::sessions::{Output, Sessions};
use crate::runtime::{EncodeError, ProviderReport, Runtime};

/// Texts for one call of [`Encoder::encode`]: enough that windows of like length meet.
const CPU_TEXTS: usize = 128;
const GPU_TEXTS: usize = 256;
/// Tokens of one run of the network, those that fill up included, and windows.
const CPU_TOKENS: usize = 512;
const CPU_WINDOWS: usize = 16;
const GPU_TOKENS: usize = 32_768;
const GPU_WINDOWS: usize = 256;
/// Operators that choose the scale of their 8-bit numbers from all that is in a run.
const DYNAMIC: [&str; 3] = ["DynamicQuantizeLinear", "DynamicQuantizeMatMul", "DynamicQuantizeLSTM"];

/// An open sentence encoder. Shared by threads: on the CPU each takes a session of its own.
pub struct SentenceEncoder {
    sessions: Sessions,
    spec: Sentence,
    texts: usize,
    /// Tokens and windows of one run.
    most: (usize, usize),
}

/// A window of one of the texts in a call.
struct Window {
    text: usize,
    ids: Vec<i64>,
}

impl SentenceEncoder {
    /// Open the encoder that was stored at `path`.
    ///
    /// # Errors
    /// When the file cannot be read, or ONNX Runtime refuses it.
    pub fn open(runtime: &Runtime, path: &Path, spec: &Sentence) -> Result<Self, EncodeError> {
        let bytes = std::fs::read(path).map_err(|source| EncodeError::Read { path: path.to_owned(), source })?;
        Self::of(runtime, &Model::read(bytes)?, spec.clone())
    }

    /// Open a model that is described by `spec`.
    ///
    /// # Errors
    /// When ONNX Runtime refuses it, or the description cannot be used.
    pub fn of(runtime: &Runtime, model: &Model, spec: Sentence) -> Result<Self, EncodeError> {
        let spec = spec.check()?;
        let sessions = Sessions::open(runtime, &model.to_bytes(), runtime.threads())?;
        let on_gpu = sessions.report().device == "GPU";
        let (texts, most) =
            if on_gpu { (GPU_TEXTS, (GPU_TOKENS, GPU_WINDOWS)) } else { (CPU_TEXTS, (CPU_TOKENS, CPU_WINDOWS)) };
        // With scales from a whole run, a text's numbers would depend on which others are in it.
        let most = if model.takes_one_at_a_time() || scales_by_run(model) { (most.0, 1) } else { most };
        Ok(Self { sessions, spec, texts, most })
    }

    pub fn spec(&self) -> &Sentence {
        &self.spec
    }

    /// Run windows together, which are not longer than the last of them; their pooled rows: `[windows, D]`.
    fn run(&self, windows: &[Window]) -> Result<Vec<f32>, EncodeError> {
        let longest = windows.iter().map(|window| window.ids.len()).max().unwrap_or(0);
        let shape = [windows.len(), self.spec.length.unwrap_or(longest)];
        let numbers = |of: &dyn Fn(&Window, usize) -> i64| -> Vec<i64> {
            windows.iter().flat_map(|window| (0..shape[1]).map(move |at| of(window, at))).collect()
        };
        // 0 stands where there is no token; the mask says so.
        let ids = numbers(&|window, at| window.ids.get(at).copied().unwrap_or(0));
        let mut inputs = vec![(self.spec.ids.as_str(), ids)];
        if let Some(mask) = &self.spec.mask {
            inputs.push((mask, numbers(&|window, at| i64::from(at < window.ids.len()))));
        }
        if let Some(types) = &self.spec.types {
            inputs.push((types, numbers(&|_, _| 0)));
        }
        if let Some(positions) = &self.spec.positions {
            inputs.push((positions, numbers(&|_, at| at as i64)));
        }
        let inputs: Vec<_> = inputs.iter().map(|(name, values)| (*name, &values[..])).collect();
        let given = self.sessions.run_ids(&inputs, shape, &self.spec.output)?;
        self.pooled(windows, &given, shape)
    }

    fn pooled(&self, windows: &[Window], given: &Output, shape: [usize; 2]) -> Result<Vec<f32>, EncodeError> {
        let dim = self.spec.dim;
        let per_window = if self.spec.pooling == Pooling::None { 1 } else { shape[1] };
        let described =
            if self.spec.pooling == Pooling::None { vec![shape[0], dim] } else { vec![shape[0], shape[1], dim] };
        if given.shape != described {
            return Err(EncodeError::Output(format!("shape {:?}; {described:?} was described", given.shape)));
        }
        let mut rows = vec![0.0; windows.len() * dim];
        let each = given.values.chunks_exact(per_window * dim).zip(rows.chunks_exact_mut(dim)).zip(windows);
        each.for_each(|((values, row), window)| pool::pool(values, window.ids.len(), self.spec.pooling, row));
        Ok(rows)
    }

    /// How many of `windows`, the shortest first, run together.
    fn together(&self, windows: &[Window]) -> usize {
        let (tokens, most) = self.most;
        // Without a mask there is nothing to fill up with.
        let alike = |window: &Window| self.spec.mask.is_some() || window.ids.len() == windows[0].ids.len();
        let fits = |n: usize| (n + 1) * self.spec.length.unwrap_or(windows[n].ids.len()) <= tokens;
        let count = (1..windows.len().min(most)).take_while(|&n| fits(n) && alike(&windows[n])).count();
        count + 1
    }
}

impl Encoder for SentenceEncoder {
    fn dim(&self) -> usize {
        self.spec.dim
    }

    fn batch(&self) -> usize {
        self.texts
    }

    fn provider(&self) -> &ProviderReport {
        self.sessions.report()
    }

    fn encode(&self, tensors: &[f32], n: usize) -> Result<Matrix, EncodeError> {
        let (dim, width) = (self.spec.dim, self.spec.max_tokens);
        let mut windows = windows(tensors, n, self.spec.windows, width)?;
        // Stable, so that one text's windows have the same order in any company.
        windows.sort_by_key(|window| window.ids.len());
        let mut pooled = Vec::with_capacity(windows.len() * dim);
        let mut rest = &windows[..];
        while !rest.is_empty() {
            let (now, later) = rest.split_at(self.together(rest));
            pooled.extend(self.run(now)?);
            rest = later;
        }
        if pooled.iter().any(|value| !value.is_finite()) {
            return Err(EncodeError::Output("numbers that are not finite".to_owned()));
        }
        let mut of_text = vec![Vec::new(); n];
        for (window, row) in windows.iter().zip(pooled.chunks_exact(dim)) {
            of_text[window.text].push((window.ids.len(), row));
        }
        let mut rows = Matrix::zeros(n, dim);
        for (i, parts) in of_text.into_iter().enumerate() {
            pool::join(parts.into_iter(), self.spec.normalise, rows.row_mut(i));
        }
        Ok(rows)
    }
}

/// The windows of `n` prepared texts, see [`super::TextTokens`] for their layout.
fn windows(tensors: &[f32], n: usize, per_text: usize, width: usize) -> Result<Vec<Window>, EncodeError> {
    let each = ids(tensors, n, per_text, width)?;
    Ok(each.map(|(text, ids)| Window { text, ids: ids.map(i64::from).collect() }).collect())
}

/// Each window that holds tokens: its text, and its token numbers.
///
/// # Errors
/// When `tensors` does not hold `n` samples of `per_text` windows, or numbers that are no tokens.
pub(in crate::encoders) fn ids(
    tensors: &[f32],
    n: usize,
    per_text: usize,
    width: usize,
) -> Result<impl Iterator<Item = (usize, impl Iterator<Item = u32>)>, EncodeError> {
    if tensors.len() != n * per_text * width {
        let text = format!("{} numbers are not {n} samples of {per_text} windows of {width}", tensors.len());
        return Err(EncodeError::Spec(text));
    }
    let known = |value: &f32| (-1.0..16_777_216.0).contains(value) && value.fract() == 0.0;
    if let Some(value) = tensors.iter().find(|value| !known(value)) {
        return Err(EncodeError::Spec(format!("{value} is not the number of a token")));
    }
    let rows = tensors.chunks_exact(width).enumerate();
    Ok(rows.filter(|(_, row)| row[0] >= 0.0).map(move |(at, row)| {
        (at / per_text, row.iter().take_while(|&&value| value >= 0.0).map(|&value| value as u32))
    }))
}

fn scales_by_run(model: &Model) -> bool {
    let nodes = model.graph.as_ref().map_or(&[][..], |graph| &graph.node);
    nodes.iter().any(|node| DYNAMIC.contains(&node.op_type()))
}
