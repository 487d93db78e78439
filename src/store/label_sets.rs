//! Labels that are sets of classes: what trains, what audits, how often each set is given, and what rounds said about them.
//!
//! **Invariant:** projects with one class per sample have no such labels, and no others have labels of one class.

use super::rounds::AuditedRound;
use super::{Store, StoreError, on_read};
use crate::domain::{ClassId, ClassSet, ProjectId, SampleId, Timestamp};

const TRAINING_SETS: &str = "
  select l.sample_id, l.classes from label l join sample s on s.id = l.sample_id
  where l.project_id = $1 and l.classes is not null and not s.audit order by l.sample_id";
const AUDIT_SETS: &str = "
  select l.sample_id, l.classes from label l join sample s on s.id = l.sample_id
  where l.project_id = $1 and l.classes is not null and s.audit order by s.draw, l.sample_id";
const SET_COUNTS: &str = "
  select l.classes, s.audit, count(*) as n from label l join sample s on s.id = l.sample_id
  where l.project_id = $1 and l.classes is not null group by l.classes, s.audit";
const PREDICTED_SETS: &str = "
  select number, n_labels, strategy, audit_sets, finished_us from round
  where project_id = $1 and state = 'finished' and audit_sets is not null order by number";
const PREDICTED_SETS_OF: &str = "
  select number, n_labels, strategy, audit_sets, finished_us from round
  where project_id = $1 and number = $2 and state = 'finished' and audit_sets is not null";

pub(super) const STATEMENTS: &[&str] = &[TRAINING_SETS, AUDIT_SETS, SET_COUNTS, PREDICTED_SETS, PREDICTED_SETS_OF];

/// How often one set is a label, in the training part or in the audit set.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct SetCount {
    pub classes: ClassSet,
    pub audit: bool,
    pub n: i64,
}

/// What a query over predicted sets gives.
type Predicted = (i64, i64, String, Vec<u8>, Option<Timestamp>);

fn audited((number, n_labels, strategy, sets, finished_us): Predicted) -> AuditedRound<ClassSet> {
    AuditedRound { number, n_labels, strategy, finished_us, predictions: unpack_sets(&sets) }
}

impl Store {
    /// Current sets that may train: the audit set is left out here, for every caller.
    pub async fn training_sets(&self, project: ProjectId) -> Result<Vec<(SampleId, ClassSet)>, StoreError> {
        Ok(on_read!(self, conn => sqlx::query_as(TRAINING_SETS).bind(project).fetch_all(conn).await?))
    }

    /// Current sets of the audit set, in the order in which it is asked.
    pub async fn audit_sets(&self, project: ProjectId) -> Result<Vec<(SampleId, ClassSet)>, StoreError> {
        Ok(on_read!(self, conn => sqlx::query_as(AUDIT_SETS).bind(project).fetch_all(conn).await?))
    }

    /// How often each set is a label.
    pub async fn set_counts(&self, project: ProjectId) -> Result<Vec<SetCount>, StoreError> {
        Ok(on_read!(self, conn => sqlx::query_as(SET_COUNTS).bind(project).fetch_all(conn).await?))
    }

    /// Every finished round with the sets it predicted for the audit set, oldest first.
    pub async fn rounds_of_sets(&self, project: ProjectId) -> Result<Vec<AuditedRound<ClassSet>>, StoreError> {
        let rows: Vec<Predicted> =
            on_read!(self, conn => sqlx::query_as(PREDICTED_SETS).bind(project).fetch_all(conn).await?);
        Ok(rows.into_iter().map(audited).collect())
    }

    /// One finished round with the sets it predicted for the audit set.
    pub async fn round_of_sets(
        &self,
        project: ProjectId,
        number: i64,
    ) -> Result<Option<AuditedRound<ClassSet>>, StoreError> {
        let row: Option<Predicted> = on_read!(
            self,
            conn => sqlx::query_as(PREDICTED_SETS_OF).bind(project).bind(number).fetch_optional(conn).await?
        );
        Ok(row.map(audited))
    }
}

/// Per sample its id, the number of its classes, and their ids: 64-bit integers, little endian.
pub(super) fn pack_sets(sets: &[(SampleId, ClassSet)]) -> Vec<u8> {
    let mut words = Vec::new();
    for (sample, classes) in sets {
        let classes = classes.to_vec();
        words.extend([sample.0, classes.len() as i64]);
        words.extend(classes.iter().map(|class| class.0));
    }
    words.into_iter().flat_map(i64::to_le_bytes).collect()
}

/// The inverse of [`pack_sets`]; what is cut off at the end is left out.
fn unpack_sets(bytes: &[u8]) -> Vec<(SampleId, ClassSet)> {
    let mut words = bytes.chunks_exact(8).map(|word| word.try_into().map_or(0, i64::from_le_bytes));
    let mut sets = Vec::new();
    while let (Some(sample), Some(n)) = (words.next(), words.next()) {
        let classes: Vec<ClassId> = words.by_ref().take(usize::try_from(n).unwrap_or(0)).map(ClassId).collect();
        if classes.len() as i64 == n {
            sets.push((SampleId(sample), classes.into_iter().collect()));
        }
    }
    sets
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn predicted_sets_survive_packing_and_a_cut_end_costs_the_last_one() {
        let set = |ids: &[i64]| -> ClassSet { ids.iter().copied().map(ClassId).collect() };
        let sets = vec![(SampleId(7), set(&[2, 9])), (SampleId(8), set(&[])), (SampleId(9), set(&[4]))];
        let bytes = pack_sets(&sets);
        assert_eq!(unpack_sets(&bytes), sets);
        assert_eq!(unpack_sets(&bytes[..bytes.len() - 1]), sets[..2]);
        assert_eq!(unpack_sets(&[0xff; 40]), [], "a count that cannot be is no promise of memory");
    }
}
