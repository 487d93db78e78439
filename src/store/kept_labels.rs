//! Labels kept as they were at a time: what a round was trained on, and what a snapshot holds.

use std::io::{Read as _, Write as _};

use flate2::Compression;
use flate2::read::ZlibDecoder;
use flate2::write::ZlibEncoder;

use super::audited;
use super::{Store, StoreError, on_read};
use crate::domain::{ClassSet, ProjectId, SampleId, SnapshotId, Timestamp};

const OF_ROUND: &str = "select started_us, trained_on from round where project_id = $1 and number = $2";
const OF_SNAPSHOT: &str = "select labels from snapshot where project_id = $1 and id = $2";

pub(super) const STATEMENTS: &[&str] = &[OF_ROUND, OF_SNAPSHOT];

/// The labels that a round was trained on.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TrainedLabels {
    pub started_us: i64,
    /// In the order of the samples' ids.
    pub labels: Vec<(SampleId, ClassSet)>,
}

/// Samples and their classes as few bytes.
pub(super) fn pack(labels: &[(SampleId, ClassSet)]) -> Result<Vec<u8>, StoreError> {
    let mut out = ZlibEncoder::new(Vec::new(), Compression::fast());
    let packed = out.write_all(&audited::pack(labels)).and_then(|()| out.finish());
    packed.map_err(|error| StoreError::Inconsistent(format!("labels cannot be packed: {error}")))
}

/// The inverse of [`pack`].
fn unpack(bytes: &[u8]) -> Result<Vec<(SampleId, ClassSet)>, StoreError> {
    let mut plain = Vec::new();
    let read = ZlibDecoder::new(bytes).read_to_end(&mut plain);
    read.map_err(|error| StoreError::Inconsistent(format!("kept labels cannot be read: {error}")))?;
    Ok(audited::unpack(&plain))
}

impl Store {
    /// What a round was trained on. `None` without such a round, and where it was trained before this was kept.
    pub async fn trained_on(&self, project: ProjectId, number: i64) -> Result<Option<TrainedLabels>, StoreError> {
        let row: Option<(Timestamp, Option<Vec<u8>>)> =
            on_read!(self, conn => sqlx::query_as(OF_ROUND).bind(project).bind(number).fetch_optional(conn).await?);
        let Some((started, Some(bytes))) = row else { return Ok(None) };
        Ok(Some(TrainedLabels { started_us: started.0, labels: unpack(&bytes)? }))
    }

    /// The labels in a snapshot, in the order of the samples' ids. `None` until it is finished, and where it was made before this
    /// was kept.
    pub async fn snapshot_labels(
        &self,
        project: ProjectId,
        id: SnapshotId,
    ) -> Result<Option<Vec<(SampleId, ClassSet)>>, StoreError> {
        let row: Option<Option<Vec<u8>>> =
            on_read!(self, conn => sqlx::query_scalar(OF_SNAPSHOT).bind(project).bind(id).fetch_optional(conn).await?);
        row.flatten().map(|bytes| unpack(&bytes)).transpose()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::ClassId;

    #[test]
    fn labels_come_back_and_many_are_few_bytes() {
        let labels: Vec<_> = (0..10_000).map(|i| (SampleId(i), ClassSet::from(ClassId(i * i % 10)))).collect();
        let bytes = pack(&labels).unwrap();
        assert_eq!(unpack(&bytes).unwrap(), labels);
        assert!(bytes.len() < 100_000, "{}", bytes.len());
        assert!(unpack(&bytes[..40]).is_err());
    }
}
