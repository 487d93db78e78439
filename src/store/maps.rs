//! Where samples lie on a project's map, one file per project and encoder; and the rows that colour it.
//!
//! ```text
//! "QMAP" | version: u32 | encoder: i64 | arranged: u64 | trust: f64 (NaN: not known) | count: u64
//! sample ids: count × i64 | places: count × (x: u16, y: u16) | crc32 of all before: u32
//! ```
//!
//! All numbers are little endian. The file is written whole; one that is damaged, or of another encoder, counts as missing, since
//! the map can be made again.

use std::io::ErrorKind;
use std::path::Path;

use super::{Store, StoreError, on_read};
use crate::data::write_whole;
use crate::domain::{ClassSet, EncoderId, ProjectId, SampleId, Timestamp};

const MAGIC: &[u8; 4] = b"QMAP";
const VERSION: u32 = 1;
const HEADER: usize = 40;

const ANSWERS: &str = "
  select l.sample_id, l.classes from label l join sample s on s.id = l.sample_id
  where l.project_id = $1 and not s.audit order by l.sample_id";
const ROUNDS: &str = "
  select l.sample_id, r.number from label l join annotation a on a.id = l.annotation_id join round r on r.id = a.round_id
  where l.project_id = $1 order by l.sample_id";
const ARRIVALS: &str = "select id, created_us from sample where project_id = $1 order by id";

pub(super) const STATEMENTS: &[&str] = &[ANSWERS, ROUNDS, ARRIVALS];

/// Samples and their places.
#[derive(Debug, Clone, PartialEq)]
pub struct StoredMap {
    pub encoder: EncoderId,
    /// How many samples there were when they were arranged; those after them were placed among them.
    pub arranged: u64,
    /// How far near places are alike, 0 to 1; `None` with too few samples to say.
    pub trust: Option<f64>,
    pub ids: Vec<SampleId>,
    /// x and y of each, in 65536ths of the map's width.
    pub at: Vec<[u16; 2]>,
}

impl StoredMap {
    /// The map at `path`; `None` where there is none by this encoder.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn load(path: &Path, encoder: EncoderId) -> std::io::Result<Option<Self>> {
        match std::fs::read(path) {
            Ok(bytes) => Ok(Self::unpack(&bytes).filter(|map| map.encoder == encoder)),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Write the map to `path`, whole or not at all.
    ///
    /// # Errors
    /// When the disk refuses.
    pub fn save(&self, path: &Path) -> std::io::Result<()> {
        write_whole(path, &self.pack(), true)
    }

    fn pack(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(HEADER + self.ids.len() * 12 + 4);
        out.extend_from_slice(MAGIC);
        out.extend_from_slice(&VERSION.to_le_bytes());
        out.extend_from_slice(&self.encoder.0.to_le_bytes());
        out.extend_from_slice(&self.arranged.to_le_bytes());
        out.extend_from_slice(&self.trust.unwrap_or(f64::NAN).to_le_bytes());
        out.extend_from_slice(&(self.ids.len() as u64).to_le_bytes());
        out.extend(self.ids.iter().flat_map(|id| id.0.to_le_bytes()));
        out.extend(self.at.iter().flatten().flat_map(|x| x.to_le_bytes()));
        out.extend_from_slice(&crc32fast::hash(&out).to_le_bytes());
        out
    }

    fn unpack(bytes: &[u8]) -> Option<Self> {
        let (body, sum) = bytes.split_last_chunk::<4>()?;
        let (head, rest) = body.split_first_chunk::<HEADER>()?;
        let word = |at: usize| -> [u8; 8] { std::array::from_fn(|i| head[at + i]) };
        let whole = head[..4] == *MAGIC && head[4..8] == VERSION.to_le_bytes();
        let count = usize::try_from(u64::from_le_bytes(word(32))).ok()?;
        if !whole || u32::from_le_bytes(*sum) != crc32fast::hash(body) || rest.len() != count.checked_mul(12)? {
            return None;
        }
        let (ids, at) = rest.split_at(count * 8);
        let trust = f64::from_le_bytes(word(24));
        let place = |four: &[u8; 4]| [u16::from_le_bytes([four[0], four[1]]), u16::from_le_bytes([four[2], four[3]])];
        Some(Self {
            encoder: EncoderId(i64::from_le_bytes(word(8))),
            arranged: u64::from_le_bytes(word(16)),
            trust: Some(trust).filter(|trust| trust.is_finite()),
            ids: ids.as_chunks::<8>().0.iter().map(|&id| SampleId(i64::from_le_bytes(id))).collect(),
            at: at.as_chunks::<4>().0.iter().map(place).collect(),
        })
    }
}

impl Store {
    /// The current answers of the pool, in the order of the samples' ids; `None`: skipped.
    pub async fn pool_answers(&self, project: ProjectId) -> Result<Vec<(SampleId, Option<ClassSet>)>, StoreError> {
        Ok(on_read!(self, conn => sqlx::query_as(ANSWERS).bind(project).fetch_all(conn).await?))
    }

    /// The samples that a round asked for, each with the number of that round.
    pub async fn asking_rounds(&self, project: ProjectId) -> Result<Vec<(SampleId, i64)>, StoreError> {
        Ok(on_read!(self, conn => sqlx::query_as(ROUNDS).bind(project).fetch_all(conn).await?))
    }

    /// When each sample came in, in the order of their ids.
    pub async fn arrivals(&self, project: ProjectId) -> Result<Vec<(SampleId, Timestamp)>, StoreError> {
        Ok(on_read!(self, conn => sqlx::query_as(ARRIVALS).bind(project).fetch_all(conn).await?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_map_is_read_as_it_was_written_and_a_damaged_one_is_none() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("deep/birds.map");
        let map = StoredMap {
            encoder: EncoderId(3),
            arranged: 2,
            trust: Some(0.93),
            ids: vec![SampleId(4), SampleId(i64::MAX)],
            at: vec![[0, 65535], [7, 8]],
        };
        map.save(&path).unwrap();
        assert_eq!(StoredMap::load(&path, EncoderId(3)).unwrap(), Some(map.clone()));
        assert_eq!(StoredMap::load(&path, EncoderId(4)).unwrap(), None);
        assert_eq!(StoredMap::load(&path.with_extension("none"), EncoderId(3)).unwrap(), None);
        let unknown = StoredMap { trust: None, ..map };
        assert_eq!(StoredMap::unpack(&unknown.pack()), Some(unknown.clone()));
        let bytes = unknown.pack();
        for cut in 0..bytes.len() {
            assert_eq!(StoredMap::unpack(&bytes[..cut]), None, "cut at {cut}");
        }
        let mut damaged = bytes;
        damaged[50] ^= 1;
        assert_eq!(StoredMap::unpack(&damaged), None);
    }
}
