//! Labeled samples from the database as records, page by page in the order of their ids.

use std::collections::HashMap;

use super::{Plan, ServiceError};
use crate::dataset::export::{COMMITTEE, HELD_OUT, Record, Vote};
use crate::domain::{AnnotationKind, Answer, ClassId, ClassSet, Project, SampleId};
use crate::service::App;
use crate::store::samples::ExportRow;

/// Records of one page.
pub(super) const PAGE: i64 = 5000;

pub(super) struct Reading<'a> {
    app: &'a App,
    project: &'a Project,
    plan: &'a Plan<'a>,
    votes: bool,
    after: SampleId,
}

impl<'a> Reading<'a> {
    pub(super) fn new(app: &'a App, project: &'a Project, plan: &'a Plan<'a>, votes: bool) -> Self {
        Self { app, project, plan, votes, after: SampleId(0) }
    }

    /// The next page; the last one is not full.
    pub(super) async fn page(&mut self) -> Result<Vec<Record>, ServiceError> {
        let rows = self.app.store.export_rows(self.project.id, self.after, PAGE).await?;
        let Some(last) = rows.last().map(|row| row.id) else { return Ok(Vec::new()) };
        let mut votes = if self.votes { self.votes_upto(last).await? } else { HashMap::new() };
        self.after = last;
        let record = |row: ExportRow| {
            let (class, classes) = self.in_field(&row.classes);
            Record {
                split: self.plan.parts.get(&row.id).copied(),
                votes: self.votes.then(|| votes.remove(&row.id).unwrap_or_default()),
                predictions: self.plan.predictions.and_then(|known| known.of.get(&row.id).cloned()),
                predicted_by: self.plan.predictions.and_then(|known| {
                    known.of.get(&row.id)?;
                    Some(if known.held_out.contains(&row.id) { HELD_OUT } else { COMMITTEE })
                }),
                sample_id: row.id.0,
                path: row.name,
                sha256: row.hash,
                class: class.unwrap_or_default(),
                classes,
                audit: row.audit,
                annotator: row.account,
                made_at: row.made_us.rfc3339(),
                asked_by: row.asked_by,
                round: row.round,
                propensity: row.propensity,
            }
        };
        Ok(rows.into_iter().map(record).collect())
    }

    /// An answer as files hold it: the name of its class, or of all its classes.
    fn in_field(&self, classes: &ClassSet) -> (Option<String>, Option<Vec<String>>) {
        let (class, several) = self.project.task.in_field(classes);
        (class.map(|class| self.name(class)), several.map(|_| self.names(classes)))
    }

    fn name(&self, class: ClassId) -> String {
        self.plan.names.get(&class).cloned().unwrap_or_else(|| class.to_string())
    }

    /// In the order of the project's classes.
    fn names(&self, classes: &ClassSet) -> Vec<String> {
        self.plan
            .expected
            .iter()
            .filter(|(class, _)| classes.contains(*class))
            .map(|(class, _)| self.name(*class))
            .collect()
    }

    async fn votes_upto(&self, last: SampleId) -> Result<HashMap<SampleId, Vec<Vote>>, ServiceError> {
        let mut votes: HashMap<SampleId, Vec<Vote>> = HashMap::new();
        for row in self.app.store.export_votes(self.project.id, self.after, last).await? {
            let (class, classes) =
                row.answer.as_ref().and_then(Answer::classes).map_or((None, None), |classes| self.in_field(classes));
            votes.entry(row.sample_id).or_default().push(Vote {
                id: row.id,
                kind: match row.kind {
                    AnnotationKind::Classes => self.project.task.field().to_owned(),
                    kind => kind.to_string(),
                },
                class,
                classes,
                reason: row.answer.as_ref().and_then(Answer::reason).map(|reason| reason.to_string()),
                note: row.answer.as_ref().and_then(Answer::note).map(str::to_owned),
                undoes: row.undoes,
                annotator: row.account,
                made_at: row.made_us.rfc3339(),
                asked_by: row.asked_by,
            });
        }
        Ok(votes)
    }
}
