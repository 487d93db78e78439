//! A batch of an import in one transaction: samples, labels, counts, and the outcome of each item.
//!
//! **Invariant:** an item's report and its rows commit together; whether a content is new, and its current label, are
//! looked up in that transaction.

use std::collections::{BTreeSet, HashSet};

use super::labeling::{AnswerColumns, MARK_CLASS, UPSERT_LABEL};
use super::samples::{Inserted, LateLabel, NewSample};
use super::{Store, StoreError, both_engines, on_read, on_write};
use crate::domain::import::{Bucket, Counts, ImportItem, ItemOutcome, ItemVerdict, StandingLabel, judge};
use crate::domain::text::folded;
use crate::domain::{
    AccountId, AnnotationKind, Answer, ClassId, ClassSet, ImportId, Origin, ProjectId, SampleId, SkipReason, Timestamp,
};

const INSERT: &str = "
  insert into sample (id, project_id, hash, name, facts, size_bytes, audit, draw, created_us, folded, pixels, look, first_copy,
    import_id)
  values ($13, $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $14)
  on conflict (project_id, hash) do nothing returning id";
/// Changes nothing, and holds the row until the end of the transaction: a number is given once, even if its sample leaves.
const LAST_NUMBER: &str = "update sample_number set last = last returning last";
const SET_LAST_NUMBER: &str = "update sample_number set last = $1";
const INSERT_METADATA: &str = "insert into sample_metadata (sample_id, data, folded) values ($1, $2, $3)";
const STANDING: &str = "
  select s.id, s.name, s.audit, l.classes, l.reason, a.note, a.origin
  from sample s left join label l on l.sample_id = s.id left join annotation a on a.id = l.annotation_id
  where s.project_id = $1 and s.hash = $2";
/// Without an index: used only for table rows that name no file.
const CALLED: &str = "select hash from sample where project_id = $1 and name = $2 limit 2";
const INSERT_ANNOTATION: &str = "
  insert into annotation (id, project_id, sample_id, account_id, kind, classes, asked_by, origin, made_us, import_id)
  values ($1, $2, $3, $4, $5, $6, 'import', $7, $8, $9)";
const PREDICT: &str = "
  insert into outside_prediction (project_id, named, sample_id, classes, sure, import_id, made_us)
  values ($1, $2, $3, $4, $5, $6, $7)
  on conflict (project_id, named, sample_id) do update set classes = excluded.classes, sure = excluded.sure,
    import_id = excluded.import_id, made_us = excluded.made_us";
const ADD_TO_TALLY: &str = "
  update tally set samples = samples + $2, audit_samples = audit_samples + $3, labeled = labeled + $4,
    audit_labeled = audit_labeled + $5, answers = answers + $6
  where project_id = $1";
const INSERT_ITEM: &str = "
  insert into import_item (import_id, seq, bucket, name, sample_id, same_as, standing, label, reason)
  values ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
const ADD_COUNTS: &str = "
  update import set added = added + $2, same = same + $3, labels_taken = labels_taken + $4,
    contradictions = contradictions + $5, passed_over = passed_over + $6, refused = refused + $7, labeled = labeled + $8
  where id = $1 returning cancelled_us is not null";

pub(super) const STATEMENTS: &[&str] = &[
    INSERT,
    LAST_NUMBER,
    SET_LAST_NUMBER,
    INSERT_METADATA,
    STANDING,
    CALLED,
    INSERT_ANNOTATION,
    PREDICT,
    ADD_TO_TALLY,
    INSERT_ITEM,
    ADD_COUNTS,
];

/// An item that arrives.
#[derive(Debug, Clone)]
pub enum Arrival {
    /// A content, and perhaps a label for it.
    Content {
        /// Its name in the source.
        name: String,
        /// SHA-256 of the file, 64 hexadecimal digits.
        hash: String,
        /// What is added where the content is new; `None` where its picture is there already.
        sample: Option<Box<NewSample>>,
        label: Option<ClassSet>,
        /// What models elsewhere say of it.
        predicted: Vec<NewPrediction>,
    },
    /// Not content; its outcome is already known.
    Settled { name: String, outcome: ItemOutcome },
}

/// What a model elsewhere says of a content.
#[derive(Debug, Clone, PartialEq)]
pub struct NewPrediction {
    /// The model's name.
    pub named: String,
    pub classes: ClassSet,
    /// How sure it is, 0 to 1.
    pub sure: Option<f64>,
}

/// What applies to all items of a batch.
pub struct Batch<'a> {
    pub project: ProjectId,
    /// Whose report the items go into.
    pub import: Option<ImportId>,
    pub account: AccountId,
    /// Whether labels from earlier imports are replaced.
    pub relabel: bool,
    /// A label in words.
    pub words: &'a (dyn Fn(&ClassSet) -> String + Send + Sync),
    /// Place of the first item in its source.
    pub first: u64,
    pub now: Timestamp,
}

/// What is known of a content that is a sample.
#[derive(Debug, Clone, sqlx::FromRow)]
struct StandingRow {
    id: SampleId,
    name: String,
    audit: bool,
    #[sqlx(flatten, try_from = "AnswerColumns")]
    answer: Option<Answer>,
    origin: Option<Origin>,
}

impl StandingRow {
    fn standing(&self, fresh: bool) -> StandingLabel {
        StandingLabel { answer: self.answer.clone(), imported: self.origin == Some(Origin::Import), fresh }
    }
}

/// Changes of the counts that a project keeps.
#[derive(Debug, Default)]
struct Change {
    samples: i64,
    audit: i64,
    labeled: i64,
    audit_labeled: i64,
    answers: i64,
    /// Classes that labels name.
    named: BTreeSet<ClassId>,
    /// The number of the last sample, once one was added.
    last: Option<i64>,
}

/// What became of a batch.
#[derive(Debug, Default)]
pub struct TakenIn {
    pub items: Vec<ImportItem>,
    /// Whether somebody asked the import to stop.
    pub cancelled: bool,
}

both_engines! {
    /// Add a content, or label the sample that has it.
    async fn settle(
        conn: &mut Conn,
        batch: &Batch<'_>,
        arrival: &Arrival,
        fresh: &mut HashSet<SampleId>,
        change: &mut Change,
    ) -> Result<ImportItem, StoreError> {
        let (name, hash, sample, label, predicted) = match arrival {
            Arrival::Settled { name, outcome } => return Ok(ImportItem::new(name.clone(), None, outcome.clone())),
            Arrival::Content { name, hash, sample, label, predicted } => (name, hash, sample, label.as_ref(), predicted),
        };
        if let Some(sample) = sample
            && let Some(id) = insert(conn, batch, sample, change).await?
        {
            change.samples += 1;
            change.audit += i64::from(sample.audit);
            predict(conn, batch, id, predicted).await?;
            if let Some(label) = label {
                give(conn, batch, id, label, sample.audit, false, change).await?;
                fresh.insert(id);
            }
            return Ok(ImportItem::new(name.clone(), Some(id), ItemOutcome::Added));
        }
        let found: Option<StandingRow> =
            sqlx::query_as(STANDING).bind(batch.project).bind(hash).fetch_optional(&mut *conn).await?;
        let Some(found) = found else {
            let reason = "its sample is gone; import it again".to_owned();
            return Ok(ImportItem::new(name.clone(), None, ItemOutcome::Refused { reason }));
        };
        predict(conn, batch, found.id, predicted).await?;
        let standing = found.standing(fresh.contains(&found.id));
        let before = standing.answer.as_ref().and_then(Answer::classes).map(batch.words);
        let said = label.map(batch.words).unwrap_or_default();
        let outcome = match judge(&standing, label, batch.relabel) {
            ItemVerdict::Nothing => ItemOutcome::Same { of: found.name },
            ItemVerdict::Contradiction => {
                let standing = before.unwrap_or_else(|| "skipped".to_owned());
                ItemOutcome::Contradiction { of: found.name, standing, label: said }
            }
            verdict @ (ItemVerdict::Take | ItemVerdict::Replace) => {
                if let Some(label) = label {
                    give(conn, batch, found.id, label, found.audit, verdict == ItemVerdict::Replace, change).await?;
                    fresh.insert(found.id);
                }
                ItemOutcome::Label { of: found.name, label: said, before }
            }
        };
        Ok(ImportItem::new(name.clone(), Some(found.id), outcome))
    }

    /// Keep what models elsewhere say; the newest word of each counts.
    async fn predict(
        conn: &mut Conn,
        batch: &Batch<'_>,
        id: SampleId,
        predicted: &[NewPrediction],
    ) -> Result<(), StoreError> {
        for one in predicted {
            sqlx::query(PREDICT)
                .bind(batch.project)
                .bind(&one.named)
                .bind(id)
                .bind(&one.classes)
                .bind(one.sure)
                .bind(batch.import)
                .bind(batch.now)
                .execute(&mut *conn)
                .await?;
        }
        Ok(())
    }

    async fn insert(
        conn: &mut Conn,
        batch: &Batch<'_>,
        sample: &NewSample,
        change: &mut Change,
    ) -> Result<Option<SampleId>, StoreError> {
        let last = match change.last {
            Some(last) => last,
            None => sqlx::query_scalar(LAST_NUMBER).fetch_one(&mut *conn).await?,
        };
        let id: Option<SampleId> = sqlx::query_scalar(INSERT)
            .bind(batch.project)
            .bind(&sample.hash)
            .bind(&sample.name)
            .bind(&sample.facts)
            .bind(sample.size_bytes)
            .bind(sample.audit)
            .bind(sample.draw)
            .bind(batch.now)
            .bind(folded(&sample.name))
            .bind(&sample.pixels)
            .bind(sample.look)
            .bind(&sample.first_copy)
            .bind(last + 1)
            .bind(batch.import)
            .fetch_optional(&mut *conn)
            .await?;
        change.last = Some(id.map_or(last, |id| id.0));
        if let (Some(id), Some(metadata)) = (id, &sample.metadata) {
            sqlx::query(INSERT_METADATA).bind(id).bind(metadata).bind(folded(metadata)).execute(&mut *conn).await?;
        }
        Ok(id)
    }

    /// Append an annotation and make it the current answer; `again` if it replaces another one.
    async fn give(
        conn: &mut Conn,
        batch: &Batch<'_>,
        id: SampleId,
        label: &ClassSet,
        audit: bool,
        again: bool,
        change: &mut Change,
    ) -> Result<(), StoreError> {
        let annotation = uuid::Uuid::new_v4().to_string();
        sqlx::query(INSERT_ANNOTATION)
            .bind(&annotation)
            .bind(batch.project)
            .bind(id)
            .bind(batch.account)
            .bind(AnnotationKind::Classes)
            .bind(label)
            .bind(Origin::Import)
            .bind(batch.now)
            .bind(batch.import)
            .execute(&mut *conn)
            .await?;
        sqlx::query(UPSERT_LABEL)
            .bind(id)
            .bind(batch.project)
            .bind(label)
            .bind(None::<SkipReason>)
            .bind(&annotation)
            .bind(batch.account)
            .bind(batch.now)
            .execute(&mut *conn)
            .await?;
        change.answers += 1;
        change.labeled += i64::from(!again);
        change.audit_labeled += i64::from(!again && audit);
        change.named.extend(label.ids());
        Ok(())
    }

    /// Everything of a batch, and its counts.
    pub(in crate::store) async fn take_all(
        conn: &mut Conn,
        batch: &Batch<'_>,
        arrivals: &[Arrival],
        fresh: &mut HashSet<SampleId>,
    ) -> Result<TakenIn, StoreError> {
        let mut change = Change::default();
        let mut counts = Counts::default();
        let mut items = Vec::with_capacity(arrivals.len());
        for (arrival, seq) in arrivals.iter().zip(batch.first..) {
            let item = settle(conn, batch, arrival, fresh, &mut change).await?;
            let labeled = matches!(arrival, Arrival::Content { label: Some(_), .. });
            counts.add(item.bucket, labeled);
            if let Some(import) = batch.import {
                keep(conn, import, seq, &item).await?;
            }
            items.push(item);
        }
        for class in &change.named {
            sqlx::query(MARK_CLASS).bind(batch.project).bind(class).bind(batch.now).execute(&mut *conn).await?;
        }
        sqlx::query(ADD_TO_TALLY)
            .bind(batch.project)
            .bind(change.samples)
            .bind(change.audit)
            .bind(change.labeled)
            .bind(change.audit_labeled)
            .bind(change.answers)
            .execute(&mut *conn)
            .await?;
        if let Some(last) = change.last {
            sqlx::query(SET_LAST_NUMBER).bind(last).execute(&mut *conn).await?;
        }
        let cancelled = match batch.import {
            Some(import) => add_counts(conn, import, &counts).await?,
            None => false,
        };
        Ok(TakenIn { items, cancelled })
    }

    /// Returns whether somebody asked the import to stop.
    async fn add_counts(conn: &mut Conn, import: ImportId, counts: &Counts) -> Result<bool, StoreError> {
        let sums = [
            counts.added,
            counts.same,
            counts.labels,
            counts.contradictions,
            counts.passed_over,
            counts.refused,
            counts.labeled,
        ];
        let query = sqlx::query_scalar(ADD_COUNTS).bind(import);
        let query = sums.into_iter().fold(query, |query, sum| query.bind(sum as i64));
        Ok(query.fetch_optional(&mut *conn).await?.unwrap_or(false))
    }

    /// Keep what would become of items that are only looked at; returns whether somebody asked the import to stop.
    pub(in crate::store) async fn note_all(
        conn: &mut Conn,
        import: ImportId,
        first: u64,
        items: &[ImportItem],
        counts: &Counts,
    ) -> Result<bool, StoreError> {
        for (item, seq) in items.iter().zip(first..) {
            keep(conn, import, seq, item).await?;
        }
        add_counts(conn, import, counts).await
    }

    /// Store an item's outcome; plainly added items are samples and need no row.
    async fn keep(conn: &mut Conn, import: ImportId, seq: u64, item: &ImportItem) -> Result<(), StoreError> {
        if item.bucket == Bucket::Added {
            return Ok(());
        }
        sqlx::query(INSERT_ITEM)
            .bind(import)
            .bind(seq as i64)
            .bind(item.bucket)
            .bind(&item.name)
            .bind(item.sample)
            .bind(item.same_as.as_deref())
            .bind(item.standing.as_deref())
            .bind(item.label.as_deref())
            .bind(item.reason.as_deref())
            .execute(&mut *conn)
            .await?;
        Ok(())
    }
}

/// What is known of a content that is a sample.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KnownSample {
    pub name: String,
    pub standing: StandingLabel,
}

impl Store {
    /// Take a batch in, in one transaction. `fresh` holds the samples that this import labeled so far.
    pub async fn take_in(
        &self,
        batch: &Batch<'_>,
        arrivals: &[Arrival],
        fresh: &mut HashSet<SampleId>,
    ) -> Result<TakenIn, StoreError> {
        Ok(on_write!(self, tx in engine => engine::take_all(tx, batch, arrivals, fresh).await?))
    }

    /// Keep what would become of a batch that is only looked at; returns whether somebody asked the import to stop.
    pub async fn note_items(
        &self,
        import: ImportId,
        first: u64,
        items: &[ImportItem],
        counts: &Counts,
    ) -> Result<bool, StoreError> {
        Ok(on_write!(self, tx in engine => engine::note_all(tx, import, first, items, counts).await?))
    }

    /// What is known about each of `hashes`; `None` for contents that are not samples of the project.
    pub async fn known_contents(
        &self,
        project: ProjectId,
        hashes: &[String],
    ) -> Result<Vec<Option<KnownSample>>, StoreError> {
        Ok(on_read!(self, conn => {
            let mut known = Vec::with_capacity(hashes.len());
            for hash in hashes {
                let row: Option<StandingRow> =
                    sqlx::query_as(STANDING).bind(project).bind(hash).fetch_optional(&mut *conn).await?;
                known.push(row.map(|row| KnownSample { standing: row.standing(false), name: row.name }));
            }
            known
        }))
    }

    /// The contents of the samples called `name`; two at most, since two already make the name ambiguous.
    pub async fn contents_called(&self, project: ProjectId, name: &str) -> Result<Vec<String>, StoreError> {
        Ok(on_read!(self, conn => sqlx::query_scalar(CALLED).bind(project).bind(name).fetch_all(conn).await?))
    }

    /// Add samples with their metadata and labels, and `late` labels to samples without an answer: what no report speaks of.
    pub async fn insert_samples(
        &self,
        project: ProjectId,
        samples: &[NewSample],
        late: &[LateLabel],
        account: AccountId,
        now: Timestamp,
    ) -> Result<Inserted, StoreError> {
        let new = samples.iter().map(|sample| Arrival::Content {
            name: sample.name.clone(),
            hash: sample.hash.clone(),
            label: sample.label.clone(),
            predicted: Vec::new(),
            sample: Some(Box::new(sample.clone())),
        });
        let late = late.iter().map(|late| Arrival::Content {
            name: String::new(),
            hash: late.hash.clone(),
            label: Some(late.label.clone()),
            predicted: Vec::new(),
            sample: None,
        });
        let arrivals: Vec<Arrival> = new.chain(late).collect();
        let words = |_: &ClassSet| String::new();
        let batch = Batch { project, import: None, account, relabel: false, words: &words, first: 0, now };
        let TakenIn { items, .. } = self.take_in(&batch, &arrivals, &mut HashSet::new()).await?;
        let mut inserted = Inserted::default();
        for (item, arrival) in items.iter().zip(&arrivals) {
            let labeled = matches!(arrival, Arrival::Content { label: Some(_), .. });
            match item.bucket {
                Bucket::Added => {
                    inserted.added += 1;
                    inserted.labeled += u64::from(labeled);
                }
                Bucket::Label => inserted.labeled += 1,
                _ => inserted.duplicates += 1,
            }
        }
        Ok(inserted)
    }
}
