//! The encoder of table rows that needs no download, see [`columns`](super::columns).
//!
//! Its file is an ONNX graph from columns to embeddings, which goes into model files as it is. Here the same numbers are computed
//! without a runtime.

use rayon::prelude::*;

use super::AlreadyEmbedded;
use super::builtin::{Builtin, Learned, PoolSamples};
use super::columns::ColumnEncoder;
use super::family::{EncoderFamily, OpenedEncoder, StoredEncoder};
use super::parts::{SamplePart, SampleParts, WithoutEach};
use crate::domain::Modality;
use crate::modality::table::{TableRow, TableSpec};
use crate::modality::{Preparation, Signature, Unusable, table};
use crate::onnx::Model;
use crate::progress::Progress;
use crate::runtime::{EncodeError, LazyRuntime};

pub(super) const FAMILY: EncoderFamily =
    EncoderFamily { name: TableSpec::FAMILY, modality: Modality::Table, open, parts: Some(parts), axes };

pub(super) const BUILTIN: Builtin = Builtin { modality: Modality::Table, name: "columns", most: 30_000, learn };

fn read(stored: &StoredEncoder<'_>) -> Result<ColumnEncoder, EncodeError> {
    ColumnEncoder::from_model(&Model::read(stored.bytes()?)?)
}

fn parts(stored: &StoredEncoder<'_>) -> Result<Box<dyn SampleParts>, EncodeError> {
    Ok(Box::new(Columns(read(stored)?)))
}

fn axes(spec: &str) -> usize {
    TableSpec::from_json(spec).map_or(0, |spec| spec.axes)
}

fn open(_: &LazyRuntime, stored: &StoredEncoder<'_>) -> Result<OpenedEncoder, EncodeError> {
    let columns = read(stored)?;
    let dim = columns.dim();
    let output = columns.spec().output.clone();
    let signature = Signature { input: "row".to_owned(), shape: vec![dim], output, dim };
    let preparation = Box::new(PrepareRows { columns, signature });
    Ok(OpenedEncoder { preparation, encoder: Box::new(AlreadyEmbedded::new(dim)) })
}

fn learn(_: &LazyRuntime, pool: &PoolSamples<'_>, seed: u64, progress: &Progress) -> Result<Learned, EncodeError> {
    let read = |at: usize| table::read(&(pool.read)(at)?).ok();
    let rows: Vec<TableRow> = (0..pool.len).into_par_iter().filter_map(read).collect();
    let columns = ColumnEncoder::learn(&rows, seed, progress)?;
    Ok(Learned { model: columns.to_model(), spec: columns.spec().to_json(), dim: columns.dim() })
}

/// The columns of rows.
struct Columns(ColumnEncoder);

impl SampleParts for Columns {
    fn without_each(&self, bytes: &[u8], most: usize) -> Result<WithoutEach, Unusable> {
        let row = table::read(bytes)?;
        let mut whole = vec![0.0; self.0.dim()];
        self.0.embed(&row, &mut whole);
        let column = |(at, row)| (SamplePart { from: at, to: at + 1 }, row);
        Ok((whole, self.0.without_each(&row).into_iter().take(most).map(column).collect()))
    }
}

/// Rows as embeddings.
struct PrepareRows {
    columns: ColumnEncoder,
    signature: Signature,
}

impl Preparation for PrepareRows {
    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn prepare(&self, bytes: &[u8], _: u64, out: &mut [f32]) -> Result<(), Unusable> {
        self.columns.embed(&table::read(bytes)?, out);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::runtime::Settings;

    #[test]
    fn an_encoder_is_learned_from_files_and_those_that_cannot_be_read_are_left_out() {
        let file = |at: usize| {
            if at == 7 { b"no row".to_vec() } else { format!("{{\"a\":{at},\"b\":\"{}\"}}", at % 3).into_bytes() }
        };
        let pool = PoolSamples { len: 40, read: &|at| (at != 9).then(|| file(at)) };
        let runtime = LazyRuntime::new(Settings::default());
        let learned = learn(&runtime, &pool, 3, &Progress::silent()).unwrap();
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("encoder.onnx");
        std::fs::write(&path, learned.model.to_bytes()).unwrap();
        let opened = open(&runtime, &StoredEncoder { path: &path, spec: &learned.spec, changes: "" }).unwrap();
        let mut out = vec![0.0; learned.dim];
        opened.preparation.prepare(&file(4), 0, &mut out).unwrap();
        assert_eq!(opened.encoder.encode(&out, 1).unwrap().row(0), out);
        assert!(opened.preparation.prepare(b"no row", 0, &mut out).is_err());
        let stored = StoredEncoder { path: &path, spec: &learned.spec, changes: "" };
        // A number, and three categories.
        assert_eq!(crate::encoders::axes(&learned.spec), 4);
        let (whole, without) = parts(&stored).unwrap().without_each(&file(4), 10).unwrap();
        assert_eq!(whole, out);
        let places: Vec<(usize, usize)> = without.iter().map(|(part, _)| (part.from, part.to)).collect();
        assert!(places == [(0, 1), (1, 2)] && without.iter().all(|(_, row)| *row != whole));
        assert!(parts(&stored).unwrap().without_each(b"no row", 10).is_err());
    }
}
