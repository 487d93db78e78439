//! A pool of sessions of one model. ONNX Runtime's `run` needs a session to itself.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use ort::session::{RunOptions, Session, SessionInputValue};
use ort::value::{DynValue, PrimitiveTensorElementType, Tensor, TensorRef};

use crate::onnx::Model;
use crate::runtime::provider::ProviderReport;
use crate::runtime::{EncodeError, Runtime, deadline};

/// What an input may hold: floats, or pixels as they are.
pub(crate) trait Element: PrimitiveTensorElementType + std::fmt::Debug + Clone + 'static {}

impl Element for f32 {}
impl Element for u8 {}

/// Images per call on the CPU, where larger batches only evict each other from the cache.
pub(crate) const CPU_BATCH: usize = 4;
/// Images per call on a GPU.
const GPU_BATCH: usize = 64;
/// What a calibration tries.
const CPU_BATCHES: &[usize] = &[1, 2, 4, 8];
const GPU_BATCHES: &[usize] = &[16, 32, 64, 128, 256];

pub(crate) struct Sessions {
    idle: Mutex<Vec<Session>>,
    returned: Condvar,
    report: ProviderReport,
    /// What a call on a usual batch may take.
    limit: Duration,
}

/// An output as it came: its shape and numbers.
pub(crate) struct Output {
    pub shape: Vec<usize>,
    pub values: Vec<f32>,
}

/// What rows say in one column; texts hold no zero byte.
pub(crate) enum ColumnValues {
    Numbers(Vec<f32>),
    Texts(Vec<String>),
}

impl Sessions {
    pub(crate) fn open(runtime: &Runtime, model: &[u8], n: usize) -> Result<Self, EncodeError> {
        let (idle, report) = runtime.sessions(model, n)?;
        Ok(Self { idle: Mutex::new(idle), returned: Condvar::new(), report, limit: runtime.limit() })
    }

    pub(crate) fn report(&self) -> &ProviderReport {
        &self.report
    }

    /// The usual best number of images per call of `model`, on which these sessions were opened, and the alternatives.
    pub(crate) fn batches(&self, model: &Model) -> (usize, &'static [usize]) {
        match self.report.device.as_str() {
            _ if model.takes_one_at_a_time() => (1, &[1]),
            "GPU" => (GPU_BATCH, GPU_BATCHES),
            _ => (CPU_BATCH, CPU_BATCHES),
        }
    }

    /// Run the model on one input and copy one output, waiting for a free session.
    ///
    /// # Errors
    /// When ONNX Runtime fails, or exceeds the time limit of a batch.
    pub(crate) fn run<T: Element>(
        &self,
        input: &str,
        shape: &[usize],
        values: &[T],
        output: &str,
    ) -> Result<Output, EncodeError> {
        self.with_session(shape.first().copied().unwrap_or(1), |session, options| {
            let given = TensorRef::from_array_view((shape.to_vec(), values))?;
            let outputs = session.run_with_options(ort::inputs![input => given], options)?;
            numbers(outputs.get(output), output)
        })
    }

    /// [`Sessions::run`] on an input of N texts. A zero byte, where ONNX Runtime's texts end, counts as a space.
    ///
    /// # Errors
    /// When ONNX Runtime fails, or exceeds the time limit of a batch.
    pub(crate) fn run_texts(&self, input: &str, texts: &[&str], output: &str) -> Result<Output, EncodeError> {
        let texts: Vec<String> = texts.iter().map(|text| text.replace('\0', " ")).collect();
        self.with_session(texts.len(), |session, options| {
            let given = Tensor::from_string_array(([texts.len()], texts.as_slice()))?;
            let outputs = session.run_with_options(ort::inputs![input => given], options)?;
            numbers(outputs.get(output), output)
        })
    }

    /// Wait for a free session and call the model once on `n` samples.
    fn with_session(
        &self,
        n: usize,
        call: impl FnOnce(&mut Session, &RunOptions) -> ort::Result<Output>,
    ) -> Result<Output, EncodeError> {
        let mut session = self.take();
        let result = deadline::within(deadline::of_batch(self.limit, n), |options| call(&mut session, options));
        self.idle().push(session);
        self.returned.notify_one();
        result
    }

    /// Run the model on several inputs of whole numbers, all of the same shape `[batch, tokens]`, and copy one
    /// output, waiting
    /// for a free session.
    ///
    /// # Errors
    /// When ONNX Runtime fails, or exceeds the time limit of a batch.
    pub(crate) fn run_ids(
        &self,
        inputs: &[(&str, &[i64])],
        shape: [usize; 2],
        output: &str,
    ) -> Result<Output, EncodeError> {
        self.with_session(shape[0], |session, options| {
            let given = inputs.iter().map(|&(name, values)| {
                Ok((name, SessionInputValue::from(TensorRef::from_array_view((shape.to_vec(), values))?)))
            });
            let outputs = session.run_with_options(given.collect::<ort::Result<Vec<_>>>()?, options)?;
            numbers(outputs.get(output), output)
        })
    }

    /// Run the model on an input for each column of `n` rows, each [N, 1], and copy one output, waiting for a free session.
    ///
    /// # Errors
    /// When ONNX Runtime fails, or exceeds the time limit of a batch.
    pub(crate) fn run_columns(
        &self,
        inputs: &[(&str, ColumnValues)],
        n: usize,
        output: &str,
    ) -> Result<Output, EncodeError> {
        self.with_session(n, |session, options| {
            let given = inputs.iter().map(|(name, values)| {
                let value = match values {
                    ColumnValues::Numbers(values) => {
                        SessionInputValue::from(TensorRef::from_array_view(([n, 1], values.as_slice()))?)
                    }
                    ColumnValues::Texts(texts) => {
                        SessionInputValue::from(Tensor::from_string_array(([n, 1], texts.as_slice()))?)
                    }
                };
                Ok((*name, value))
            });
            let outputs = session.run_with_options(given.collect::<ort::Result<Vec<_>>>()?, options)?;
            numbers(outputs.get(output), output)
        })
    }

    fn take(&self) -> Session {
        let mut idle = self.idle();
        loop {
            if let Some(session) = idle.pop() {
                return session;
            }
            idle = self.returned.wait(idle).unwrap_or_else(PoisonError::into_inner);
        }
    }

    fn idle(&self) -> MutexGuard<'_, Vec<Session>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Copy the numbers of the output `name`.
fn numbers(value: Option<&DynValue>, name: &str) -> ort::Result<Output> {
    let Some(value) = value else {
        return Err(ort::Error::new(format!("the model has no output `{name}`")));
    };
    let (shape, values) = value.try_extract_tensor::<f32>()?;
    let shape = shape.iter().map(|&n| usize::try_from(n).unwrap_or(0)).collect();
    Ok(Output { shape, values: values.to_vec() })
}
