//! One shape for the answers of both tasks.

use super::rounds::AuditedRound;
use super::{Store, StoreError};
use crate::domain::{ClassId, ClassSet, Project, SampleId, Task};

pub struct LabelCount {
    pub classes: ClassSet,
    pub audit: bool,
    pub n: i64,
}

fn one(labels: Vec<(SampleId, ClassId)>) -> Vec<(SampleId, ClassSet)> {
    labels.into_iter().map(|(sample, class)| (sample, [class].into_iter().collect())).collect()
}

fn round(round: AuditedRound<ClassId>) -> AuditedRound<ClassSet> {
    AuditedRound {
        number: round.number,
        n_labels: round.n_labels,
        strategy: round.strategy,
        finished_us: round.finished_us,
        predictions: one(round.predictions),
    }
}

impl Store {
    pub async fn known_labels(&self, project: &Project) -> Result<Vec<(SampleId, ClassSet)>, StoreError> {
        Ok(match project.task() {
            Task::Single => one(self.training_labels(project.id).await?),
            Task::Multi => self.training_sets(project.id).await?,
        })
    }

    pub async fn known_audit(&self, project: &Project) -> Result<Vec<(SampleId, ClassSet)>, StoreError> {
        Ok(match project.task() {
            Task::Single => one(self.audit_labels(project.id).await?),
            Task::Multi => self.audit_sets(project.id).await?,
        })
    }

    pub async fn newest_known(&self, project: &Project, n: i64) -> Result<Vec<(SampleId, ClassSet)>, StoreError> {
        Ok(match project.task() {
            Task::Single => one(self.newest_training_labels(project.id, n).await?),
            Task::Multi => self.training_sets(project.id).await?.into_iter().rev().take(n as usize).collect(),
        })
    }

    pub async fn known_counts(&self, project: &Project) -> Result<Vec<LabelCount>, StoreError> {
        Ok(match project.task() {
            Task::Single => self
                .class_counts(project.id)
                .await?
                .into_iter()
                .map(|c| LabelCount { classes: [c.class_id].into_iter().collect(), audit: c.audit, n: c.n })
                .collect(),
            Task::Multi => self
                .set_counts(project.id)
                .await?
                .into_iter()
                .map(|c| LabelCount { classes: c.classes, audit: c.audit, n: c.n })
                .collect(),
        })
    }

    pub async fn known_rounds(&self, project: &Project) -> Result<Vec<AuditedRound<ClassSet>>, StoreError> {
        Ok(match project.task() {
            Task::Single => self.audited_rounds(project.id).await?.into_iter().map(round).collect(),
            Task::Multi => self.rounds_of_sets(project.id).await?,
        })
    }

    pub async fn known_round(
        &self,
        project: &Project,
        number: i64,
    ) -> Result<Option<AuditedRound<ClassSet>>, StoreError> {
        Ok(match project.task() {
            Task::Single => self.audited_round(project.id, number).await?.map(round),
            Task::Multi => self.round_of_sets(project.id, number).await?,
        })
    }
}
