//! The encoder of time series that needs no download, see [`kernels`](super::kernels): run by ONNX Runtime on series at even times.

use rayon::prelude::*;

use super::builtin::{Builtin, Learned, PoolSamples};
use super::family::{EncoderFamily, OpenedEncoder, StoredEncoder, no_axes};
use super::kernels::Kernels;
use super::{Encoder, LocalEncoder};
use crate::domain::Modality;
use crate::modality::Preparation as _;
use crate::modality::series::{PrepareSeries, SeriesSpec, TimeSeries, reading};
use crate::onnx::Model;
use crate::progress::Progress;
use crate::runtime::{EncodeError, LazyRuntime};

pub(super) const FAMILY: EncoderFamily =
    EncoderFamily { name: SeriesSpec::FAMILY, modality: Modality::Series, open, parts: None, axes: no_axes };

pub(super) const BUILTIN: Builtin = Builtin { modality: Modality::Series, name: "kernels", most: 2_000, learn };

fn open(runtime: &LazyRuntime, stored: &StoredEncoder<'_>) -> Result<OpenedEncoder, EncodeError> {
    let preparation = PrepareSeries::new(stored.spec, stored.changes)?;
    let encoder = LocalEncoder::of(&runtime.get()?, &Model::read(stored.bytes()?)?, preparation.signature().clone())?;
    let encoder: Box<dyn Encoder> = Box::new(encoder);
    Ok(OpenedEncoder { preparation: Box::new(preparation), encoder })
}

fn learn(_: &LazyRuntime, pool: &PoolSamples<'_>, seed: u64, progress: &Progress) -> Result<Learned, EncodeError> {
    let read = |at: usize| reading::read(&(pool.read)(at)?).ok().map(|read| read.series);
    let series: Vec<TimeSeries> = (0..pool.len).into_par_iter().filter_map(read).collect();
    let kernels = Kernels::learn(&series, seed, progress)?;
    Ok(Learned { model: kernels.to_model(), spec: kernels.spec().to_json(), dim: kernels.dim() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::runtime::Settings;

    #[test]
    fn an_encoder_is_learned_from_files_and_those_that_cannot_be_read_are_left_out() {
        let file = |at: usize| {
            let wave = |step: usize| (step as f64 * if at.is_multiple_of(2) { 0.2 } else { 0.9 } + at as f64).sin();
            let rows: String = (0..50).map(|step| wave(step).to_string() + "\n").collect();
            if at == 7 { b"no table".to_vec() } else { format!("x\n{rows}").into_bytes() }
        };
        let pool = PoolSamples { len: 20, read: &|at| (at != 9).then(|| file(at)) };
        let learned = learn(&LazyRuntime::new(Settings::default()), &pool, 3, &Progress::silent()).unwrap();
        let spec = SeriesSpec::from_json(&learned.spec).unwrap();
        assert_eq!((spec.channels.as_slice(), spec.length, learned.dim), (&["x".to_owned()][..], 50, 17));
        assert!(Kernels::from_model(&learned.model).is_ok());
    }
}
