//! Samples from the database, page by page in the order of their ids, with what was asked for about them.

use std::collections::{BTreeMap, HashMap};

use super::options::Choosing;
use crate::domain::{Answer, ClassSet, Project, SampleId, Timestamp};
use crate::service::{App, ServiceError};
use crate::store::exports::{ExportRow, FlagRow, VoteRow};

/// Samples of one page.
const PAGE: i64 = 5000;

/// What is read beside the samples.
#[derive(Debug, Clone, Copy)]
pub(super) struct ReadBeside {
    pub(super) votes: bool,
    pub(super) flags: bool,
}

/// Pages of a project, from its first sample.
pub(super) struct Pages<'a> {
    app: &'a App,
    project: &'a Project,
    choosing: &'a Choosing,
    beside: ReadBeside,
    after: SampleId,
    over: bool,
}

pub(super) struct SamplePage {
    pub(super) rows: Vec<ExportRow>,
    pub(super) votes: HashMap<SampleId, Vec<VoteRow>>,
    pub(super) flags: HashMap<SampleId, Vec<FlagRow>>,
}

impl<'a> Pages<'a> {
    pub(super) fn new(app: &'a App, project: &'a Project, choosing: &'a Choosing, beside: ReadBeside) -> Self {
        Self { app, project, choosing, beside, after: SampleId(0), over: false }
    }

    /// The next page; `None` after the last.
    pub(super) async fn next(&mut self) -> Result<Option<SamplePage>, ServiceError> {
        if self.over {
            return Ok(None);
        }
        // A label that a round had may be gone since.
        let unanswered = self.choosing.trained.is_some();
        let rows = self.app.store.export_rows(self.project.id, unanswered, self.after, PAGE).await?;
        self.over = rows.len() < PAGE as usize;
        let Some(last) = rows.last().map(|row| row.id) else { return Ok(None) };
        let mut page = SamplePage { rows, votes: HashMap::new(), flags: HashMap::new() };
        if self.beside.votes || self.choosing.needs_votes() {
            for vote in self.app.store.export_votes(self.project.id, self.after, last).await? {
                page.votes.entry(vote.sample_id).or_default().push(vote);
            }
        }
        if self.beside.flags {
            for flag in self.app.store.export_flags(self.project.id, self.after, last).await? {
                page.flags.entry(flag.sample_id).or_default().push(flag);
            }
        }
        self.after = last;
        if let Some((began, trained)) = &self.choosing.trained {
            for row in &mut page.rows {
                let votes = page.votes.get(&row.id).map(Vec::as_slice).unwrap_or_default();
                as_then(row, trained.get(&row.id), votes, *began);
            }
        }
        Ok(Some(page))
    }
}

/// Give a row the answer that a round was trained on, and who had given it by then.
fn as_then(row: &mut ExportRow, classes: Option<&ClassSet>, votes: &[VoteRow], began: Timestamp) {
    let answer = classes.cloned().map(Answer::Classes);
    let source =
        votes.iter().rev().find(|vote| vote.made_us <= began && vote.answer.is_some() && vote.answer == answer);
    if answer.is_some() && row.annotation_id.as_ref() != source.map(|vote| &vote.id) {
        row.annotation_id = source.map(|vote| vote.id.clone());
        row.made_us = source.map(|vote| vote.made_us);
        row.account = source.map(|vote| vote.account.clone());
        row.origin = source.map(|vote| vote.origin);
        row.asked_by = source.map(|vote| vote.asked_by.clone());
        (row.round, row.propensity) = (None, None);
    }
    row.answer = answer;
}

/// The metadata of a row; what is no object of strings is none.
pub(super) fn metadata(row: &ExportRow) -> BTreeMap<String, String> {
    row.metadata.as_deref().and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default()
}
