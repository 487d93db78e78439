//! Encoders as rows, and the list of samples to encode.

use super::{Store, StoreError, on_read, on_write};
use crate::domain::word::words;
use crate::domain::{EncoderId, ProjectId, SampleId, Timestamp};

const INSERT: &str = "
  insert into encoder (name, project_id, kind, spec, dim, sha256, learned_from, created_us)
  values ($1, $2, $3, $4, $5, $6, $7, $8)
  on conflict (name) do nothing
  returning id";
macro_rules! encoder {
    ($rest:literal) => {
        concat!("select id, name, project_id, kind, spec, dim, sha256, learned_from, created_us from encoder ", $rest)
    };
}
const ALL: &str = encoder!("order by id");
const BY_ID: &str = encoder!("where id = $1");
const BY_NAME: &str = encoder!("where name = $1");
const REMOVE: &str = "
  delete from encoder
  where id = $1
    and not exists (select 1 from project p where p.encoder_id = encoder.id or p.next_encoder_id = encoder.id)
    and not exists (select 1 from round r where r.encoder_id = encoder.id)";
const SAMPLES: &str = "select id, hash from sample where project_id = $1 order by draw, id";

pub(super) const STATEMENTS: &[&str] = &[INSERT, ALL, BY_ID, BY_NAME, REMOVE, SAMPLES];

/// Where an encoder comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum EncoderKind {
    /// It was learned here, from a pool.
    Builtin,
    /// It was added from a file.
    Onnx,
}

words!(EncoderKind, "kind of encoder", { Builtin = "builtin", Onnx = "onnx" });

/// An encoder to be added.
#[derive(Debug, Clone)]
pub struct NewEncoder {
    pub name: String,
    /// The project whose pool it was learned from, if any.
    pub project: Option<ProjectId>,
    pub kind: EncoderKind,
    /// The description as JSON.
    pub spec: String,
    pub dim: usize,
    pub sha256: String,
    /// Pictures that it was learned from, where that was here.
    pub learned_from: Option<usize>,
}

/// An encoder as stored.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct EncoderRow {
    pub id: EncoderId,
    pub name: String,
    pub project_id: Option<ProjectId>,
    pub kind: EncoderKind,
    pub spec: String,
    pub dim: i64,
    pub sha256: String,
    /// Pictures that it was learned from; `None` for files, and for large pools of versions that did not record it.
    pub learned_from: Option<i64>,
    pub created_us: Timestamp,
}

/// What encoding needs to know about a sample.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct SampleFile {
    pub id: SampleId,
    pub hash: String,
}

impl Store {
    /// Add an encoder; `None` when its name is taken.
    pub async fn add_encoder(&self, new: &NewEncoder, now: Timestamp) -> Result<Option<EncoderId>, StoreError> {
        Ok(on_write!(self, tx => {
            sqlx::query_scalar(INSERT)
                .bind(&new.name)
                .bind(new.project)
                .bind(new.kind)
                .bind(&new.spec)
                .bind(new.dim as i64)
                .bind(&new.sha256)
                .bind(new.learned_from.map(|n| n as i64))
                .bind(now)
                .fetch_optional(&mut *tx)
                .await?
        }))
    }

    /// All encoders, oldest first.
    pub async fn encoders(&self) -> Result<Vec<EncoderRow>, StoreError> {
        on_read!(self, conn => Ok(sqlx::query_as(ALL).fetch_all(conn).await?))
    }

    pub async fn encoder(&self, id: EncoderId) -> Result<Option<EncoderRow>, StoreError> {
        on_read!(self, conn => Ok(sqlx::query_as(BY_ID).bind(id).fetch_optional(conn).await?))
    }

    pub async fn encoder_named(&self, name: &str) -> Result<Option<EncoderRow>, StoreError> {
        on_read!(self, conn => Ok(sqlx::query_as(BY_NAME).bind(name).fetch_optional(conn).await?))
    }

    /// Remove an encoder that no project and no round uses; returns whether it was removed.
    pub async fn remove_encoder(&self, id: EncoderId) -> Result<bool, StoreError> {
        let done = on_write!(self, tx => sqlx::query(REMOVE).bind(id).execute(&mut *tx).await?.rows_affected());
        Ok(done == 1)
    }

    /// Every sample of a project in the order of its draw, which no encoder influences.
    pub async fn sample_files(&self, project: ProjectId) -> Result<Vec<SampleFile>, StoreError> {
        on_read!(self, conn => Ok(sqlx::query_as(SAMPLES).bind(project).fetch_all(conn).await?))
    }
}
