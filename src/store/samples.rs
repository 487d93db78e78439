//! Samples of a project's pool: the rows an import adds, and the lists people and programs read.
//!
//! **Invariant:** a sample, its metadata, its imported label and the counts commit together; one content is one sample.

use std::collections::BTreeSet;

use super::labeling::MARK_CLASS;
use super::{Store, StoreError, on_read, on_write};
use crate::domain::{AccountId, ClassId, ClassSet, Named, ProjectId, SampleId, Timestamp};

const INSERT: &str = "
  insert into sample (project_id, hash, name, format, width, height, size_bytes, audit, draw, created_us, pixels, look, first_copy)
  values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
  on conflict (project_id, hash) do nothing returning id";
const INSERT_METADATA: &str = "insert into sample_metadata (sample_id, data) values ($1, $2)";
const BY_HASH: &str = "select id, audit from sample where project_id = $1 and hash = $2";
const KNOWN: &str = "
  select exists (select 1 from label l where l.sample_id = s.id) as answered from sample s
  where s.project_id = $1 and s.hash = $2";
const INSERT_LABEL: &str = "
  insert into label (sample_id, project_id, class_id, annotation_id, account_id, made_us, classes)
  values ($1, $2, $3, $4, $5, $6, $7)
  on conflict (sample_id) do nothing";
const INSERT_ANNOTATION: &str = "
  insert into annotation (id, project_id, sample_id, account_id, kind, class_id, asked_by, origin, made_us, classes)
  values ($1, $2, $3, $4, $5, $6, 'import', 'import', $7, $8)";
const ADD_TO_TALLY: &str = "
  update tally set samples = samples + $2, audit_samples = audit_samples + $3, labeled = labeled + $4,
    audit_labeled = audit_labeled + $5, answers = answers + $4
  where project_id = $1";
const BY_ID: &str = "
  select s.id, s.name, s.hash, s.format, s.width, s.height, s.size_bytes, s.audit, s.created_us, l.class_id, l.classes,
         l.reason, (select a.note from annotation a where a.id = l.annotation_id) as note,
         l.annotation_id, l.account_id, l.made_us
  from sample s left join label l on l.sample_id = s.id where s.project_id = $1 and s.id = $2";
const BLOBS_AFTER: &str = "select id, hash from sample where project_id = $1 and id > $2 order by id limit $3";
const FIRST_DRAWN: &str = "select id from sample where project_id = $1 and not audit order by draw, id limit $2";
const METADATA: &str = "
  select m.data from sample_metadata m join sample s on s.id = m.sample_id where s.project_id = $1 and s.id = $2";
const IMPORTER: &str = "
  select id from account where disabled_us is null and role = 'admin' order by id limit 1";
const EXPORT: &str = "
  select s.id, s.name, s.hash, s.audit, l.class_id, l.classes, l.made_us, c.name as account, a.asked_by, r.number as round, a.propensity
  from sample s join label l on l.sample_id = s.id join annotation a on a.id = l.annotation_id
    join account c on c.id = l.account_id left join round r on r.id = a.round_id
  where s.project_id = $1 and s.id > $2 and (l.class_id is not null or l.classes is not null) order by s.id limit $3";
const EXPORT_KEYS: &str = "
  select s.id, l.class_id, l.classes, coalesce(s.first_copy, s.hash) as first_copy, s.audit from sample s join label l on l.sample_id = s.id
  where s.project_id = $1 and (l.class_id is not null or l.classes is not null) order by s.id";
const EXPORT_VOTES: &str = "
  select a.sample_id, a.id, a.kind, a.class_id, a.classes, a.reason, a.note, a.undoes, c.name as account, a.made_us, a.asked_by
  from annotation a join account c on c.id = a.account_id
  where a.project_id = $1 and a.sample_id > $2 and a.sample_id <= $3 order by a.sample_id, a.seq";

pub(super) const STATEMENTS: &[&str] = &[
    INSERT,
    INSERT_METADATA,
    BY_HASH,
    KNOWN,
    INSERT_LABEL,
    INSERT_ANNOTATION,
    ADD_TO_TALLY,
    BY_ID,
    BLOBS_AFTER,
    FIRST_DRAWN,
    METADATA,
    IMPORTER,
    EXPORT,
    EXPORT_KEYS,
    EXPORT_VOTES,
];

/// A sample as an import adds it.
#[derive(Debug, Clone, Default)]
pub struct NewSample {
    /// SHA-256 of the file, 64 hexadecimal digits.
    pub hash: String,
    pub name: String,
    pub format: String,
    pub width: i64,
    pub height: i64,
    pub size_bytes: i64,
    pub audit: bool,
    /// Its place in the order of questions, not negative.
    pub draw: i64,
    /// What it looks like, see `encode::look`.
    pub pixels: Option<String>,
    pub look: Option<i64>,
    /// The hash of the first of its copies, where it is not that itself.
    pub first_copy: Option<String>,
    /// A JSON object of strings.
    pub metadata: Option<String>,
    pub class: Option<Named>,
}

/// A label for a sample that is there already.
#[derive(Debug, Clone)]
pub struct LateLabel {
    pub hash: String,
    pub class: Named,
}

/// What a batch came to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Inserted {
    pub added: u64,
    pub duplicates: u64,
    pub labeled: u64,
}

/// What is known about a content.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Known {
    No,
    /// It is a sample, without an answer so far.
    Unanswered,
    Answered,
}

/// A sample with its current answer.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct SampleRow {
    pub id: SampleId,
    pub name: String,
    pub hash: String,
    pub format: String,
    pub width: i64,
    pub height: i64,
    pub size_bytes: i64,
    pub audit: bool,
    pub created_us: Timestamp,
    pub class_id: Option<ClassId>,
    pub classes: Option<ClassSet>,
    /// Why it was skipped.
    pub reason: Option<String>,
    /// What was said about a skip.
    pub note: Option<String>,
    /// The annotation behind the answer; `None`: unlabeled.
    pub annotation_id: Option<String>,
    pub account_id: Option<AccountId>,
    pub made_us: Option<Timestamp>,
}

/// A labeled sample as an export reads it.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct ExportRow {
    pub id: SampleId,
    pub name: String,
    pub hash: String,
    pub audit: bool,
    pub class_id: Option<ClassId>,
    pub classes: Option<ClassSet>,
    pub made_us: Timestamp,
    pub account: String,
    pub asked_by: String,
    pub round: Option<i64>,
    pub propensity: Option<f64>,
}

/// What a label names, as an export counts it before its first row.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct ExportKey {
    pub id: SampleId,
    pub class_id: Option<ClassId>,
    pub classes: Option<ClassSet>,
    /// The hash of the first of its copies; its own where it has none.
    pub first_copy: String,
    pub audit: bool,
}

/// An annotation as an export reads it.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct VoteRow {
    pub sample_id: SampleId,
    pub id: String,
    pub kind: String,
    pub class_id: Option<ClassId>,
    pub classes: Option<ClassSet>,
    pub reason: Option<String>,
    pub note: Option<String>,
    pub undoes: Option<String>,
    pub account: String,
    pub made_us: Timestamp,
    pub asked_by: String,
}

impl Store {
    /// The first `limit` samples of the pool in the order of their draw.
    pub async fn first_drawn(&self, project: ProjectId, limit: i64) -> Result<Vec<SampleId>, StoreError> {
        Ok(on_read!(self, conn => sqlx::query_scalar(FIRST_DRAWN).bind(project).bind(limit).fetch_all(conn).await?))
    }

    /// Add samples with their metadata and imported labels, and `late` labels to samples without an answer.
    ///
    /// A content that is there already is counted as a duplicate and left as it is.
    pub async fn insert_samples(
        &self,
        project: ProjectId,
        samples: &[NewSample],
        late: &[LateLabel],
        account: AccountId,
        now: Timestamp,
    ) -> Result<Inserted, StoreError> {
        let (inserted, audit) = on_write!(self, tx => {
            let mut inserted = Inserted::default();
            let (mut audit, mut audit_labeled) = (0i64, 0i64);
            let mut labels: Vec<(SampleId, bool, &Named)> = Vec::new();
            for sample in samples {
                let id: Option<SampleId> = sqlx::query_scalar(INSERT)
                    .bind(project)
                    .bind(&sample.hash)
                    .bind(&sample.name)
                    .bind(&sample.format)
                    .bind(sample.width)
                    .bind(sample.height)
                    .bind(sample.size_bytes)
                    .bind(sample.audit)
                    .bind(sample.draw)
                    .bind(now)
                    .bind(&sample.pixels)
                    .bind(sample.look)
                    .bind(&sample.first_copy)
                    .fetch_optional(&mut *tx)
                    .await?;
                let Some(id) = id else {
                    inserted.duplicates += 1;
                    continue;
                };
                inserted.added += 1;
                audit += i64::from(sample.audit);
                if let Some(metadata) = &sample.metadata {
                    sqlx::query(INSERT_METADATA).bind(id).bind(metadata).execute(&mut *tx).await?;
                }
                labels.extend(sample.class.as_ref().map(|class| (id, sample.audit, class)));
            }
            for label in late {
                let found: Option<(SampleId, bool)> =
                    sqlx::query_as(BY_HASH).bind(project).bind(&label.hash).fetch_optional(&mut *tx).await?;
                labels.extend(found.map(|(id, audit)| (id, audit, &label.class)));
            }
            let mut first = BTreeSet::new();
            for (id, audit, class) in labels {
                let annotation = uuid::Uuid::new_v4().to_string();
                let new = sqlx::query(INSERT_LABEL)
                    .bind(id)
                    .bind(project)
                    .bind(class.class())
                    .bind(&annotation)
                    .bind(account)
                    .bind(now)
                    .bind(class.classes())
                    .execute(&mut *tx)
                    .await?
                    .rows_affected();
                // Somebody answered it meanwhile: a person's answer is not overruled by a file.
                if new == 0 {
                    continue;
                }
                sqlx::query(INSERT_ANNOTATION)
                    .bind(&annotation)
                    .bind(project)
                    .bind(id)
                    .bind(account)
                    .bind(class.kind())
                    .bind(class.class())
                    .bind(now)
                    .bind(class.classes())
                    .execute(&mut *tx)
                    .await?;
                inserted.labeled += 1;
                first.extend(class.classes().into_iter().flat_map(ClassSet::ids));
                audit_labeled += i64::from(audit);
            }
            for class in first {
                sqlx::query(MARK_CLASS).bind(project).bind(class).bind(now).execute(&mut *tx).await?;
            }
            sqlx::query(ADD_TO_TALLY)
                .bind(project)
                .bind(inserted.added as i64)
                .bind(audit)
                .bind(inserted.labeled as i64)
                .bind(audit_labeled)
                .execute(&mut *tx)
                .await?;
            (inserted, audit)
        });
        tracing::debug!(added = inserted.added, audit, "samples added");
        Ok(inserted)
    }

    /// Which of `hashes` are samples of the project already.
    pub async fn known_hashes(&self, project: ProjectId, hashes: &[String]) -> Result<Vec<Known>, StoreError> {
        Ok(on_read!(self, conn => {
            let mut known = Vec::with_capacity(hashes.len());
            for hash in hashes {
                let answered: Option<bool> =
                    sqlx::query_scalar(KNOWN).bind(project).bind(hash).fetch_optional(&mut *conn).await?;
                known.push(match answered {
                    None => Known::No,
                    Some(false) => Known::Unanswered,
                    Some(true) => Known::Answered,
                });
            }
            known
        }))
    }

    pub async fn sample(&self, project: ProjectId, id: SampleId) -> Result<Option<SampleRow>, StoreError> {
        Ok(on_read!(self, conn => sqlx::query_as(BY_ID).bind(project).bind(id).fetch_optional(conn).await?))
    }

    /// Up to `limit` samples with an id above `after`, each with the name of its blob.
    pub async fn blobs_after(
        &self,
        project: ProjectId,
        after: SampleId,
        limit: i64,
    ) -> Result<Vec<(SampleId, String)>, StoreError> {
        Ok(
            on_read!(self, conn => sqlx::query_as(BLOBS_AFTER).bind(project).bind(after).bind(limit).fetch_all(conn).await?),
        )
    }

    /// The metadata of a sample, a JSON object of strings; `None` where it has none.
    pub async fn sample_metadata(&self, project: ProjectId, id: SampleId) -> Result<Option<String>, StoreError> {
        Ok(on_read!(self, conn => sqlx::query_scalar(METADATA).bind(project).bind(id).fetch_optional(conn).await?))
    }

    /// The account that imports from the command line answer for: the first admin.
    pub async fn importing_account(&self) -> Result<Option<AccountId>, StoreError> {
        Ok(on_read!(self, conn => sqlx::query_scalar(IMPORTER).fetch_optional(conn).await?))
    }

    /// Up to `limit` labeled samples with an id above `after`.
    pub async fn export_rows(
        &self,
        project: ProjectId,
        after: SampleId,
        limit: i64,
    ) -> Result<Vec<ExportRow>, StoreError> {
        Ok(on_read!(self, conn => sqlx::query_as(EXPORT).bind(project).bind(after).bind(limit).fetch_all(conn).await?))
    }

    /// What every label names, and its sample's content hash.
    pub async fn export_keys(&self, project: ProjectId) -> Result<Vec<ExportKey>, StoreError> {
        Ok(on_read!(self, conn => sqlx::query_as(EXPORT_KEYS).bind(project).fetch_all(conn).await?))
    }

    /// Every annotation of the samples above `after` up to `last`, oldest first within a sample.
    pub async fn export_votes(
        &self,
        project: ProjectId,
        after: SampleId,
        last: SampleId,
    ) -> Result<Vec<VoteRow>, StoreError> {
        Ok(
            on_read!(self, conn => sqlx::query_as(EXPORT_VOTES).bind(project).bind(after).bind(last).fetch_all(conn).await?),
        )
    }
}
