//! Finished rounds' predictions for the audit set.

use super::{Store, StoreError, on_read};
use crate::domain::{ClassId, ClassSet, EncoderId, ProjectId, SampleId, Timestamp};

const ALL: &str = "
  select number, n_labels, strategy, encoder_id, audit_predictions, finished_us, doubt, audit_sureness from round
  where project_id = $1 and state = 'finished' and audit_predictions is not null order by number";
const ONE: &str = "
  select number, n_labels, strategy, encoder_id, audit_predictions, finished_us, doubt, audit_sureness from round
  where project_id = $1 and number = $2 and state = 'finished' and audit_predictions is not null";

pub(super) const STATEMENTS: &[&str] = &[ALL, ONE];

/// A round's predictions for the audit set, to be compared with its current labels.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct AuditedRound {
    pub number: i64,
    pub n_labels: i64,
    pub strategy: String,
    pub encoder: Option<EncoderId>,
    pub finished_us: Option<Timestamp>,
    /// See [`Finished::doubt`](super::rounds::Finished::doubt).
    pub doubt: Option<f64>,
    pub predictions: Vec<(SampleId, ClassSet)>,
    /// How likely the committee found each prediction, 0 to 1; empty of rounds before this was kept.
    pub sureness: Vec<f32>,
}

/// A row of the query for predictions.
type Row = (i64, i64, String, Option<EncoderId>, Vec<u8>, Option<Timestamp>, Option<f64>, Option<Vec<u8>>);

fn audited((number, n_labels, strategy, encoder, predictions, finished_us, doubt, sureness): Row) -> AuditedRound {
    let predictions = unpack(&predictions);
    let sureness = sureness.map(|bytes| unpack_sureness(&bytes)).filter(|sure| sure.len() == predictions.len());
    let sureness = sureness.unwrap_or_default();
    AuditedRound { number, n_labels, strategy, encoder, finished_us, doubt, predictions, sureness }
}

impl Store {
    /// Every finished round with its predictions for the audit set, oldest first.
    pub async fn audited_rounds(&self, project: ProjectId) -> Result<Vec<AuditedRound>, StoreError> {
        let rows: Vec<Row> = on_read!(self, conn => sqlx::query_as(ALL).bind(project).fetch_all(conn).await?);
        let merged = self.merged_classes(project).await?;
        Ok(rows.into_iter().map(|row| followed(audited(row), &merged)).collect())
    }

    /// One finished round's predictions for the audit set.
    pub async fn audited_round(&self, project: ProjectId, number: i64) -> Result<Option<AuditedRound>, StoreError> {
        let row: Option<Row> =
            on_read!(self, conn => sqlx::query_as(ONE).bind(project).bind(number).fetch_optional(conn).await?);
        let merged = self.merged_classes(project).await?;
        Ok(row.map(|row| followed(audited(row), &merged)))
    }
}

/// The round as if classes that were merged since had been the ones that they became: their labels are those now.
fn followed(mut round: AuditedRound, merged: &[(ClassId, ClassId)]) -> AuditedRound {
    if merged.is_empty() {
        return round;
    }
    for (_, classes) in &mut round.predictions {
        *classes = classes.ids().map(|class| follow(class, merged)).collect();
    }
    round
}

/// The class that a class became; merges may follow on one another, and a circle of them ends.
pub fn follow(class: ClassId, merged: &[(ClassId, ClassId)]) -> ClassId {
    (0..merged.len())
        .fold(class, |class, _| merged.iter().find(|(from, _)| *from == class).map_or(class, |(_, into)| *into))
}

/// Per sample its id, the number of its classes, and their ids: 64-bit integers, little endian.
pub(super) fn pack(predictions: &[(SampleId, ClassSet)]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(predictions.len() * 24);
    for (sample, classes) in predictions {
        bytes.extend_from_slice(&sample.0.to_le_bytes());
        bytes.extend_from_slice(&(classes.ids().count() as i64).to_le_bytes());
        bytes.extend(classes.ids().flat_map(|class| class.0.to_le_bytes()));
    }
    bytes
}

/// 32-bit floats, little endian.
pub(super) fn pack_sureness(sureness: &[f32]) -> Vec<u8> {
    sureness.iter().flat_map(|sure| sure.to_le_bytes()).collect()
}

fn unpack_sureness(bytes: &[u8]) -> Vec<f32> {
    bytes.chunks_exact(4).map(|word| word.try_into().map_or(0.0, f32::from_le_bytes)).collect()
}

/// The inverse of [`pack`]; what is cut off at the end is left out.
pub(super) fn unpack(bytes: &[u8]) -> Vec<(SampleId, ClassSet)> {
    let mut words = bytes.chunks_exact(8).map(|word| word.try_into().map_or(0, i64::from_le_bytes));
    let mut predictions = Vec::new();
    while let (Some(sample), Some(n)) = (words.next(), words.next()) {
        let classes: Vec<ClassId> = words.by_ref().take(usize::try_from(n).unwrap_or(0)).map(ClassId).collect();
        if classes.len() as i64 == n {
            predictions.push((SampleId(sample), classes.into_iter().collect()));
        }
    }
    predictions
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn predictions_survive_packing_and_a_cut_end_costs_the_last_one() {
        let set = |ids: &[i64]| -> ClassSet { ids.iter().copied().map(ClassId).collect() };
        let predictions = vec![(SampleId(7), set(&[2, 9])), (SampleId(8), set(&[])), (SampleId(9), set(&[i64::MAX]))];
        let bytes = pack(&predictions);
        assert_eq!(unpack(&bytes), predictions);
        assert_eq!(unpack(&bytes[..bytes.len() - 1]), predictions[..2]);
        assert_eq!(unpack(&[0xff; 40]), [], "a count that cannot be is not a promise of memory");
    }
}
