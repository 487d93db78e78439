//! Embeddings on disk, one file per project and encoder.
//!
//! A header, then blocks that are only ever appended:
//!
//! ```text
//! header  "QEMB" | version: u32 | encoder: i64 | dim: u32 | crc32 of these: u32
//! block   count: u32 | crc32 of the rest: u32 | sample ids: count × i64 | rows: count × (scale: f32, dim × f16)
//! ```
//!
//! All numbers are little endian. Rows are in half precision (`packed`): what [`EmbeddingFile::append`] leaves in the
//! caller's rows is what every later reader gets, so that a pool in memory and one read from disk are identical.
//!
//! **Invariant:** a block is durable before [`EmbeddingFile::append`] returns. A block truncated by a crash, or
//! damaged, is dropped with all that follow it when the file is opened for writing, so that its samples are encoded
//! again.

mod packed;

use std::collections::HashSet;
use std::fs::File;
use std::io::{self, BufReader, Read, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};

use crate::domain::{EncoderId, SampleId};
use crate::math::Matrix;

const MAGIC: &[u8; 4] = b"QEMB";
const VERSION: u32 = 2;
const HEADER: usize = 24;
/// Samples in one block at most, so that a damaged count cannot ask for all memory.
const MOST: usize = 1 << 16;

#[derive(Debug, thiserror::Error)]
pub enum EmbeddingError {
    #[error("the embeddings at `{}` cannot be read or written", path.display())]
    File { path: PathBuf, source: io::Error },
    #[error("`{}` holds no embeddings; move it away and encode again", .0.display())]
    Foreign(PathBuf),
    #[error("`{}` holds embeddings of another encoder; move it away and encode again", .0.display())]
    OtherEncoder(PathBuf),
    #[error("`{}` is being written by another program; wait until it has finished encoding", .0.display())]
    Busy(PathBuf),
    #[error("{values} numbers are not {count} embeddings of {dim}")]
    Shape { count: usize, dim: usize, values: usize },
}

/// Embeddings in memory: row `i` belongs to `ids[i]`.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Embeddings {
    pub ids: Vec<SampleId>,
    /// n × D.
    pub rows: Matrix,
}

/// A file open for appending, locked against other programs.
#[derive(Debug)]
pub struct EmbeddingFile {
    file: File,
    path: PathBuf,
    dim: usize,
    ids: HashSet<SampleId>,
}

impl EmbeddingFile {
    /// Open the file at `path` for embeddings of `dim` numbers by `encoder`, making it where it is missing, and drop a
    /// damaged end.
    ///
    /// # Errors
    /// When the file is something else, belongs to another encoder, or is open for writing elsewhere.
    pub fn open(path: &Path, encoder: EncoderId, dim: usize) -> Result<Self, EmbeddingError> {
        let failed = |source| EmbeddingError::File { path: path.to_owned(), source };
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder).map_err(failed)?;
        }
        let mut file =
            File::options().read(true).write(true).create(true).truncate(false).open(path).map_err(failed)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(std::fs::TryLockError::WouldBlock) => return Err(EmbeddingError::Busy(path.to_owned())),
            Err(std::fs::TryLockError::Error(error)) => return Err(failed(error)),
        }
        let length = file.metadata().map_err(failed)?.len();
        let mut ids = HashSet::new();
        if length < HEADER as u64 || Reader::open(path).is_ok_and(|reader| reader.version != VERSION) {
            // A crash between creating the file and writing its header, or an older format: encode again.
            file.set_len(0).map_err(failed)?;
            file.write_all(&header(encoder, dim)).map_err(failed)?;
            file.sync_all().map_err(failed)?;
        } else {
            let mut reader = Reader::open(path)?;
            if reader.encoder != encoder || reader.dim != dim {
                return Err(EmbeddingError::OtherEncoder(path.to_owned()));
            }
            while let Some((block, _)) = reader.next().map_err(failed)? {
                ids.extend(block);
            }
            if reader.good < length {
                tracing::warn!(dropped_bytes = length - reader.good, "a damaged end of the embeddings was dropped");
                file.set_len(reader.good).map_err(failed)?;
                file.sync_all().map_err(failed)?;
            }
            file.seek(SeekFrom::End(0)).map_err(failed)?;
        }
        Ok(Self { file, path: path.to_owned(), dim, ids })
    }

    /// Whether the file holds the sample's embedding.
    pub fn holds(&self, id: SampleId) -> bool {
        self.ids.contains(&id)
    }

    /// Forget all embeddings, so that every sample is encoded again.
    ///
    /// # Errors
    /// When the disk refuses.
    pub fn clear(&mut self) -> Result<(), EmbeddingError> {
        let failed = |source| EmbeddingError::File { path: self.path.clone(), source };
        self.file.set_len(HEADER as u64).map_err(failed)?;
        self.file.seek(SeekFrom::End(0)).map_err(failed)?;
        self.file.sync_all().map_err(failed)?;
        self.ids.clear();
        Ok(())
    }

    /// Remove the embeddings of `gone` from the file at `path`, where there is one; returns how many it had. The file is
    /// written anew beside it and then renamed.
    ///
    /// # Errors
    /// When the file is being written, or the disk refuses; then it is as before.
    pub fn forget(path: &Path, gone: &HashSet<SampleId>) -> Result<usize, EmbeddingError> {
        let failed = |source| EmbeddingError::File { path: path.to_owned(), source };
        match std::fs::metadata(path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(0),
            Err(error) => return Err(failed(error)),
            Ok(found) if found.len() < HEADER as u64 => return Ok(0),
            Ok(_) => {}
        }
        let reader = Reader::open(path)?;
        if reader.version != VERSION {
            return Ok(0);
        }
        let (encoder, dim) = (reader.encoder, reader.dim);
        drop(reader);
        // Held until the end, so that nobody appends to the file that is replaced.
        let held = Self::open(path, encoder, dim)?;
        let n = held.ids.iter().filter(|id| gone.contains(id)).count();
        if n == 0 {
            return Ok(0);
        }
        crate::data::write_with(path, true, |file| {
            file.write_all(&header(encoder, dim))?;
            let mut reader = Reader::open(path).map_err(io::Error::other)?;
            while let Some((ids, rows)) = reader.next()? {
                let kept = ids.iter().zip(rows.chunks_exact(dim)).filter(|(id, _)| !gone.contains(id));
                let (ids, mut rows): (Vec<SampleId>, Vec<f32>) =
                    kept.fold((Vec::new(), Vec::new()), |mut all, (id, row)| {
                        all.0.push(*id);
                        all.1.extend_from_slice(row);
                        all
                    });
                if !ids.is_empty() {
                    file.write_all(&block(&ids, &mut rows, dim))?;
                }
            }
            Ok(())
        })
        .map_err(failed)?;
        Ok(n)
    }

    pub fn len(&self) -> usize {
        self.ids.len()
    }

    pub fn is_empty(&self) -> bool {
        self.ids.is_empty()
    }

    /// Append the embeddings of `ids` (rows: n × D), wait until they are on disk, and leave in `rows` what was stored.
    ///
    /// # Errors
    /// When the numbers do not fit the ids, or the disk refuses; then nothing was added.
    pub fn append(&mut self, ids: &[SampleId], rows: &mut [f32]) -> Result<(), EmbeddingError> {
        if rows.len() != ids.len() * self.dim {
            return Err(EmbeddingError::Shape { count: ids.len(), dim: self.dim, values: rows.len() });
        }
        let failed = |source| EmbeddingError::File { path: self.path.clone(), source };
        let before = self.file.stream_position().map_err(failed)?;
        let dim = self.dim;
        let mut write = |file: &mut File| -> io::Result<()> {
            for (ids, rows) in ids.chunks(MOST).zip(rows.chunks_mut((MOST * dim).max(1))) {
                file.write_all(&block(ids, rows, dim))?;
            }
            file.sync_data()
        };
        if let Err(error) = write(&mut self.file) {
            // Half a block would hide all later ones.
            let _ = self.file.set_len(before);
            let _ = self.file.seek(SeekFrom::Start(before));
            return Err(failed(error));
        }
        self.ids.extend(ids);
        Ok(())
    }

    /// Read the embeddings at `path` that are whole, also while another program appends. `None` when there is no file.
    ///
    /// A sample that was appended twice counts once, with its first embedding.
    ///
    /// # Errors
    /// When the file cannot be read or holds something else.
    pub fn load(path: &Path) -> Result<Option<Embeddings>, EmbeddingError> {
        let failed = |source| EmbeddingError::File { path: path.to_owned(), source };
        match std::fs::metadata(path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(failed(error)),
            // The header is being written.
            Ok(found) if found.len() < HEADER as u64 => return Ok(None),
            Ok(_) => {}
        }
        let mut reader = Reader::open(path)?;
        if reader.version != VERSION {
            return Ok(None);
        }
        let mut seen = HashSet::new();
        let mut all = Embeddings { ids: Vec::new(), rows: Matrix::zeros(0, reader.dim) };
        while let Some((ids, rows)) = reader.next().map_err(failed)? {
            for (id, row) in ids.into_iter().zip(rows.chunks_exact(reader.dim)) {
                if seen.insert(id) {
                    all.ids.push(id);
                    all.rows.push_rows(row);
                }
            }
        }
        Ok(Some(all))
    }
}

fn header(encoder: EncoderId, dim: usize) -> Vec<u8> {
    let mut out = Vec::with_capacity(HEADER);
    out.extend_from_slice(MAGIC);
    out.extend_from_slice(&VERSION.to_le_bytes());
    out.extend_from_slice(&encoder.0.to_le_bytes());
    out.extend_from_slice(&(dim as u32).to_le_bytes());
    out.extend_from_slice(&crc32fast::hash(&out).to_le_bytes());
    out
}

fn block(ids: &[SampleId], rows: &mut [f32], dim: usize) -> Vec<u8> {
    let mut body = Vec::with_capacity(8 + ids.len() * (8 + packed::stride(dim)));
    body.extend_from_slice(&(ids.len() as u32).to_le_bytes());
    body.extend_from_slice(&[0; 4]);
    body.extend(ids.iter().flat_map(|id| id.0.to_le_bytes()));
    packed::pack(rows, dim, &mut body);
    let sum = crc32fast::hash(&body[8..]);
    body[4..8].copy_from_slice(&sum.to_le_bytes());
    body
}

/// Block after block, until the first that is not whole.
struct Reader {
    file: BufReader<File>,
    version: u32,
    encoder: EncoderId,
    dim: usize,
    length: u64,
    /// Bytes that are known to be whole.
    good: u64,
}

impl Reader {
    fn open(path: &Path) -> Result<Self, EmbeddingError> {
        let failed = |source| EmbeddingError::File { path: path.to_owned(), source };
        let file = File::open(path).map_err(failed)?;
        let length = file.metadata().map_err(failed)?.len();
        let mut file = BufReader::with_capacity(1 << 20, file);
        let mut head = [0; HEADER];
        file.read_exact(&mut head).map_err(failed)?;
        let word = |at: usize| u32::from_le_bytes([head[at], head[at + 1], head[at + 2], head[at + 3]]);
        let whole = &head[..4] == MAGIC && word(4) <= VERSION && crc32fast::hash(&head[..20]) == word(20);
        if !whole || word(16) == 0 {
            return Err(EmbeddingError::Foreign(path.to_owned()));
        }
        let encoder = EncoderId((i64::from(word(12)) << 32) | i64::from(word(8)));
        Ok(Self { file, version: word(4), encoder, dim: word(16) as usize, length, good: HEADER as u64 })
    }

    fn next(&mut self) -> io::Result<Option<(Vec<SampleId>, Vec<f32>)>> {
        let left = self.length - self.good;
        let mut head = [0; 8];
        if left < 8 {
            return Ok(None);
        }
        self.file.read_exact(&mut head)?;
        let count = u32::from_le_bytes([head[0], head[1], head[2], head[3]]) as usize;
        let sum = u32::from_le_bytes([head[4], head[5], head[6], head[7]]);
        let size = count as u64 * (8 + packed::stride(self.dim) as u64);
        if count == 0 || count > MOST || left < 8 + size {
            return Ok(None);
        }
        let mut body = vec![0; size as usize];
        self.file.read_exact(&mut body)?;
        if crc32fast::hash(&body) != sum {
            return Ok(None);
        }
        self.good += 8 + size;
        let (ids, rows) = body.split_at(count * 8);
        let ids = ids.as_chunks::<8>().0.iter().map(|&bytes| SampleId(i64::from_le_bytes(bytes))).collect();
        Ok(Some((ids, packed::unpack(rows, self.dim))))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ENCODER: EncoderId = EncoderId(-3);

    fn ids(range: std::ops::Range<i64>) -> Vec<SampleId> {
        range.map(SampleId).collect()
    }

    fn written() -> (tempfile::TempDir, PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("deep/pool.emb");
        let mut file = EmbeddingFile::open(&path, ENCODER, 2).unwrap();
        file.append(&ids(1..3), &mut [1.0, 2.0, 3.0, 4.0]).unwrap();
        file.append(&ids(3..4), &mut [5.0, 10.0]).unwrap();
        (folder, path)
    }

    #[test]
    fn what_was_appended_is_read_back_and_appending_goes_on() {
        let (_folder, path) = written();
        let mut file = EmbeddingFile::open(&path, ENCODER, 2).unwrap();
        assert!(file.holds(SampleId(3)) && !file.holds(SampleId(4)));
        file.append(&ids(3..5), &mut [9.0, 9.0, 7.0, 8.0]).unwrap();
        let all = EmbeddingFile::load(&path).unwrap().unwrap();
        assert_eq!(all.ids, ids(1..5));
        assert_eq!(all.rows.as_slice(), [1.0, 2.0, 3.0, 4.0, 5.0, 10.0, 7.0, 8.0]);
        assert_eq!(EmbeddingFile::load(&path.with_extension("none")).unwrap(), None);
    }

    #[test]
    fn a_file_cut_anywhere_keeps_its_whole_blocks_and_grows_again() {
        let (_folder, path) = written();
        let bytes = std::fs::read(&path).unwrap();
        for cut in 0..bytes.len() {
            std::fs::write(&path, &bytes[..cut]).unwrap();
            let n_whole = match cut {
                0..64 => 0,
                _ => 2,
            };
            let loaded = EmbeddingFile::load(&path).unwrap().map_or(0, |all| all.ids.len());
            assert_eq!(loaded, n_whole, "read after a cut at {cut}");
            let mut file = EmbeddingFile::open(&path, ENCODER, 2).unwrap();
            assert_eq!(file.len(), n_whole, "opened after a cut at {cut}");
            file.append(&ids(9..10), &mut [0.5, 0.5]).unwrap();
            drop(file);
            assert_eq!(EmbeddingFile::load(&path).unwrap().unwrap().ids.len(), n_whole + 1);
        }
    }

    #[test]
    fn a_damaged_block_and_all_after_it_are_dropped() {
        let (_folder, path) = written();
        let mut bytes = std::fs::read(&path).unwrap();
        bytes[50] ^= 1;
        std::fs::write(&path, &bytes).unwrap();
        assert!(EmbeddingFile::open(&path, ENCODER, 2).unwrap().is_empty());
        assert_eq!(std::fs::metadata(&path).unwrap().len(), HEADER as u64);
    }

    #[test]
    fn a_cleared_file_holds_nothing_and_grows_again() {
        let (_folder, path) = written();
        let mut file = EmbeddingFile::open(&path, ENCODER, 2).unwrap();
        file.clear().unwrap();
        assert!(file.is_empty() && EmbeddingFile::load(&path).unwrap().unwrap().ids.is_empty());
        file.append(&ids(8..9), &mut [1.0, 0.5]).unwrap();
        drop(file);
        assert_eq!(EmbeddingFile::load(&path).unwrap().unwrap().ids, ids(8..9));
    }

    #[test]
    fn a_file_of_something_else_is_left_alone() {
        let (_folder, path) = written();
        assert!(matches!(EmbeddingFile::open(&path, EncoderId(4), 2), Err(EmbeddingError::OtherEncoder(_))));
        assert!(matches!(EmbeddingFile::open(&path, ENCODER, 3), Err(EmbeddingError::OtherEncoder(_))));
        let text = [b'x'; 100];
        std::fs::write(&path, text).unwrap();
        assert!(matches!(EmbeddingFile::open(&path, ENCODER, 2), Err(EmbeddingError::Foreign(_))));
        assert_eq!(std::fs::read(&path).unwrap(), text);
    }

    #[test]
    fn a_file_of_an_earlier_form_is_passed_over_and_begun_anew() {
        let (_folder, path) = written();
        let mut bytes = std::fs::read(&path).unwrap();
        bytes[4] = 1;
        let sum = crc32fast::hash(&bytes[..20]).to_le_bytes();
        bytes[20..24].copy_from_slice(&sum);
        std::fs::write(&path, &bytes).unwrap();
        assert_eq!(EmbeddingFile::load(&path).unwrap(), None);
        assert!(EmbeddingFile::open(&path, ENCODER, 2).unwrap().is_empty());
        assert_eq!(EmbeddingFile::load(&path).unwrap().unwrap().ids, []);
    }

    #[test]
    fn two_writers_and_numbers_that_do_not_fit_are_refused() {
        let (_folder, path) = written();
        let mut file = EmbeddingFile::open(&path, ENCODER, 2).unwrap();
        assert!(matches!(EmbeddingFile::open(&path, ENCODER, 2), Err(EmbeddingError::Busy(_))));
        assert!(matches!(file.append(&ids(9..10), &mut [1.0]), Err(EmbeddingError::Shape { .. })));
        assert_eq!(file.len(), 3);
    }

    #[test]
    fn what_is_forgotten_is_gone_and_the_rest_is_as_it_was() {
        let (_folder, path) = written();
        let before = EmbeddingFile::load(&path).unwrap().unwrap();
        let gone = HashSet::from([SampleId(1), SampleId(99)]);
        assert_eq!(EmbeddingFile::forget(&path, &gone).unwrap(), 1);
        let after = EmbeddingFile::load(&path).unwrap().unwrap();
        assert_eq!(after.ids, before.ids[1..]);
        assert_eq!(after.rows.row(0), before.rows.row(1));
        assert_eq!(EmbeddingFile::forget(&path, &gone).unwrap(), 0, "again changes nothing");
        let mut file = EmbeddingFile::open(&path, ENCODER, 2).unwrap();
        assert!(matches!(EmbeddingFile::forget(&path, &gone), Err(EmbeddingError::Busy(_))));
        file.append(&ids(1..2), &mut [1.0, 1.0]).unwrap();
        drop(file);
        assert_eq!(EmbeddingFile::load(&path).unwrap().unwrap().ids.len(), 3);
        assert_eq!(EmbeddingFile::forget(&path.with_extension("none"), &gone).unwrap(), 0);
    }
}
