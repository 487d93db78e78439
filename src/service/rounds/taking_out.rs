//! A pool's embeddings as a file that `NumPy` reads: `ids` and `embeddings`, row by row the same samples.

use std::io::{self, Write};

use npyz::WriterBuilder as _;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

use crate::service::rounds::pool::EncodedPool;

/// Write an `.npz`: an uncompressed zip of two arrays. `out` need not be able to seek, and memory stays flat.
///
/// # Errors
/// When `out` cannot be written.
pub fn write_npz(pool: &EncodedPool, out: impl Write) -> io::Result<()> {
    let (n, dim) = (pool.ids.len() as u64, pool.rows.cols() as u64);
    let plain = SimpleFileOptions::default().compression_method(CompressionMethod::Stored);
    let mut zip = ZipWriter::new_stream(out);
    zip.start_file("ids.npy", plain)?;
    array(&mut zip, &[n], pool.ids.iter().map(|id| id.0))?;
    // A zip's entry of four gigabytes and more is written in another way.
    zip.start_file("embeddings.npy", plain.large_file(n * dim * 4 + 4096 > u64::from(u32::MAX)))?;
    array(&mut zip, &[n, dim], pool.rows.as_slice().iter().copied())?;
    zip.finish()?;
    Ok(())
}

fn array<T: npyz::AutoSerialize>(
    out: &mut impl Write,
    shape: &[u64],
    numbers: impl Iterator<Item = T>,
) -> io::Result<()> {
    let mut writer = npyz::WriteOptions::new()
        .default_dtype()
        .shape(shape)
        .writer(io::BufWriter::with_capacity(1 << 16, out))
        .begin_nd()?;
    writer.extend(numbers)?;
    writer.finish()
}

#[cfg(test)]
mod tests {
    use std::io::{Cursor, Read as _};

    use super::*;
    use crate::domain::{EncoderId, SampleId};
    use crate::math::Matrix;

    #[test]
    fn rows_and_their_samples_come_back() {
        let rows = Matrix::new(3, 2, vec![0.5, 1.0, -2.0, 3.25, 0.0, 9.0]);
        let pool = EncodedPool::new(EncoderId(1), vec![SampleId(7), SampleId(9), SampleId(4)], rows);
        let mut bytes = Vec::new();
        write_npz(&pool, &mut bytes).unwrap();
        let mut zip = zip::ZipArchive::new(Cursor::new(bytes)).unwrap();
        let mut read = |name: &str| {
            let mut bytes = Vec::new();
            zip.by_name(name).unwrap().read_to_end(&mut bytes).unwrap();
            bytes
        };
        let ids = read("ids.npy");
        let ids: Vec<i64> = npyz::NpyFile::new(&ids[..]).unwrap().into_vec().unwrap();
        assert_eq!(ids, [7, 9, 4]);
        let rows = read("embeddings.npy");
        let rows = npyz::NpyFile::new(&rows[..]).unwrap();
        assert_eq!(rows.shape(), [3, 2]);
        assert_eq!(rows.into_vec::<f32>().unwrap(), [0.5, 1.0, -2.0, 3.25, 0.0, 9.0]);
    }
}
