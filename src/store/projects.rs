//! Projects, their classes and their counts.

use super::{Store, StoreError, on_read, on_write};
use crate::domain::{
    AccountId, Asking, Class, ClassId, EncoderId, Goal, Lots, Modality, Project, ProjectId, SampleId, Task, Timestamp,
};

macro_rules! project {
    ($rest:literal) => {
        concat!(
            "
  select p.id, p.slug, p.name, p.task, p.modality, p.seed, p.secret, p.strategy, p.encoder_id, p.next_encoder_id, p.audit_share,
    p.retrain_labels, p.retrain_minutes, p.show_opinion, p.guidelines, p.augmentations, p.cures, p.goal, p.asking, p.created_us, p.archived_us,
    p.second_share, p.second_people, p.second_disputed, p.second_doubted, p.second_audit, p.label_rule
  from project p ",
            $rest
        )
    };
}
const BY_SLUG: &str = project!("where p.slug = $1");
const BY_ID: &str = project!("where p.id = $1");
const ALL: &str = project!("where p.archived_us is null order by p.slug");
const OF_ACCOUNT: &str = project!(
    "join membership m on m.project_id = p.id where m.account_id = $1 and p.archived_us is null order by p.slug"
);
const INSERT: &str = "
  insert into project (slug, name, task, modality, seed, strategy, audit_share, retrain_minutes, show_opinion, augmentations,
    created_us, secret)
  values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
  on conflict (slug) do nothing returning id";
const INSERT_TALLY: &str = "insert into tally (project_id) values ($1)";
const INSERT_CLASS: &str = "
  insert into class (project_id, position, name, created_us)
  select $1, coalesce(max(position), 0) + 1, $2, $3 from class where project_id = $1
  on conflict (project_id, name) do nothing";
const REVIVE_CLASS: &str = "
  update class set retired_us = null, merged_into = null, version = version + 1
  where project_id = $1 and name = $2 and retired_us is not null";
pub(super) const CLASSES: &str = "
  select id, name, retired_us is not null as retired, colour, description, version, merged_into from class
  where project_id = $1 order by position, id";
const CLASS: &str = "
  select id, name, retired_us is not null as retired, colour, description, version, merged_into from class where id = $1";
const CLASS_TIMES: &str = "
  select name, created_us, retired_us from class where project_id = $1 order by position";
const RETIRE_CLASS: &str = "
  update class set retired_us = $3, version = version + 1 where project_id = $1 and id = $2 and retired_us is null";
const RENAME_CLASS: &str = "update class set name = $3, version = version + 1 where project_id = $1 and id = $2";
const TALLY: &str = "
  select samples, audit_samples, labeled, audit_labeled, skipped, answers, asked, round_answers, round_labels, round_us
  from tally where project_id = $1";
const SET_SETTINGS: &str = "
  update project set name = $2, strategy = $3, retrain_labels = $4, retrain_minutes = $5, show_opinion = $6, guidelines = $7
  where id = $1";
const SET_AUGMENTATIONS: &str = "update project set augmentations = $2 where id = $1";
const SET_CURES: &str = "update project set cures = $2 where id = $1";
const SET_GOAL: &str = "update project set goal = $2 where id = $1";
const SET_ASKING: &str = "update project set asking = $2 where id = $1";
const SET_AUDIT_SHARE: &str = "
  update project set audit_share = $2 where id = $1 and not exists (select 1 from sample s where s.project_id = $1)";
const MEDIA: &str = "select hash from sample where project_id = $1 and id = $2";
// Each sets the new value in one statement, so that concurrent changes do not undo each other.
const FIRST_ENCODER: &str = "update project set encoder_id = $2 where id = $1 and encoder_id is null";
const CHOOSE_ENCODER: &str = "
  update project set next_encoder_id = case when coalesce(encoder_id, $2) = $2 then null else $2 end,
    encoder_id = coalesce(encoder_id, $2)
  where id = $1 and exists (select 1 from encoder e where e.id = $2)";
const PROPOSE_ENCODER: &str = "
  update project set next_encoder_id = $2
  where id = $1 and encoder_id = $3 and next_encoder_id is not distinct from $4";
const SWITCH_ENCODER: &str = "
  update project set encoder_id = $2, next_encoder_id = null where id = $1 and next_encoder_id = $2";

pub(super) const STATEMENTS: &[&str] = &[
    BY_SLUG,
    BY_ID,
    ALL,
    OF_ACCOUNT,
    INSERT,
    INSERT_TALLY,
    INSERT_CLASS,
    REVIVE_CLASS,
    CLASSES,
    CLASS,
    CLASS_TIMES,
    RETIRE_CLASS,
    RENAME_CLASS,
    TALLY,
    SET_SETTINGS,
    SET_AUGMENTATIONS,
    SET_CURES,
    SET_GOAL,
    SET_ASKING,
    SET_AUDIT_SHARE,
    MEDIA,
    FIRST_ENCODER,
    CHOOSE_ENCODER,
    PROPOSE_ENCODER,
    SWITCH_ENCODER,
];

/// A project as it is first stored.
#[derive(Debug, Clone)]
pub struct NewProject {
    pub slug: String,
    pub name: String,
    pub task: Task,
    pub modality: Modality,
    pub seed: i64,
    pub secret: Lots,
    pub strategy: String,
    pub audit_share: f64,
    pub retrain_minutes: i64,
    /// See [`Project::augmentations`].
    pub augmentations: String,
    pub classes: Vec<String>,
}

/// What a lead may change.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ProjectSettings {
    /// Its name on pages.
    #[schema(min_length = 1, max_length = 100, pattern = r"\S")]
    pub name: String,
    /// What chooses the samples to ask.
    pub strategy: String,
    /// Answers that bring the next round; null: as many as the default rule wants.
    #[serde(default)]
    #[schema(minimum = 1, maximum = 100_000)]
    pub retrain_labels: Option<i64>,
    /// Minutes after which anything new is trained on.
    #[schema(minimum = 1, maximum = 10_080)]
    pub retrain_minutes: i64,
    /// Whether people who label see the committee's opinion.
    pub show_opinion: bool,
    /// The guide for people who label, as Markdown.
    #[schema(max_length = 100_000)]
    pub guidelines: String,
}

/// A project's counts, kept by the transactions that change them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, sqlx::FromRow, serde::Serialize, utoipa::ToSchema)]
pub struct Tally {
    pub samples: i64,
    /// Samples of the audit set; the pool is the rest.
    pub audit_samples: i64,
    /// Samples with a class, the audit set included.
    pub labeled: i64,
    pub audit_labeled: i64,
    pub skipped: i64,
    /// Annotations ever made, undo included.
    pub answers: i64,
    /// Leases ever granted.
    pub asked: i64,
    /// `answers` as the last finished round saw it.
    pub round_answers: i64,
    /// Training labels of the last finished round.
    pub round_labels: i64,
    pub round_us: Option<Timestamp>,
}

impl Tally {
    /// Answers that no finished round has seen.
    pub fn answers_since_round(&self) -> i64 {
        self.answers - self.round_answers
    }

    pub fn unlabeled(&self) -> i64 {
        self.samples - self.labeled - self.skipped
    }
}

impl Store {
    pub async fn project_by_slug(&self, slug: &str) -> Result<Option<Project>, StoreError> {
        Ok(on_read!(self, conn => sqlx::query_as(BY_SLUG).bind(slug).fetch_optional(conn).await?))
    }

    pub async fn project(&self, id: ProjectId) -> Result<Option<Project>, StoreError> {
        Ok(on_read!(self, conn => sqlx::query_as(BY_ID).bind(id).fetch_optional(conn).await?))
    }

    pub async fn projects(&self) -> Result<Vec<Project>, StoreError> {
        Ok(on_read!(self, conn => sqlx::query_as(ALL).fetch_all(conn).await?))
    }

    /// The projects `account` is a member of.
    pub async fn projects_of(&self, account: AccountId) -> Result<Vec<Project>, StoreError> {
        Ok(on_read!(self, conn => sqlx::query_as(OF_ACCOUNT).bind(account).fetch_all(conn).await?))
    }

    /// Add a project with its classes and an empty tally; `None` when the slug is taken.
    pub async fn add_project(&self, new: &NewProject, now: Timestamp) -> Result<Option<ProjectId>, StoreError> {
        Ok(on_write!(self, tx => {
            let id: Option<ProjectId> = sqlx::query_scalar(INSERT)
                .bind(&new.slug)
                .bind(&new.name)
                .bind(new.task)
                .bind(new.modality)
                .bind(new.seed)
                .bind(&new.strategy)
                .bind(new.audit_share)
                .bind(new.retrain_minutes)
                .bind(false)
                .bind(&new.augmentations)
                .bind(now)
                .bind(&new.secret)
                .fetch_optional(&mut *tx)
                .await?;
            if let Some(id) = id {
                sqlx::query(INSERT_TALLY).bind(id).execute(&mut *tx).await?;
                for class in &new.classes {
                    sqlx::query(INSERT_CLASS).bind(id).bind(class).bind(now).execute(&mut *tx).await?;
                }
            }
            id
        }))
    }

    /// Every class with when it came and when it was retired.
    pub async fn class_times(
        &self,
        project: ProjectId,
    ) -> Result<Vec<(String, Timestamp, Option<Timestamp>)>, StoreError> {
        Ok(on_read!(self, conn => sqlx::query_as(CLASS_TIMES).bind(project).fetch_all(conn).await?))
    }

    /// Classes in the order of their keys, retired ones included.
    pub async fn classes(&self, project: ProjectId) -> Result<Vec<Class>, StoreError> {
        Ok(on_read!(self, conn => sqlx::query_as(CLASSES).bind(project).fetch_all(conn).await?))
    }

    pub async fn class(&self, id: ClassId) -> Result<Option<Class>, StoreError> {
        Ok(on_read!(self, conn => sqlx::query_as(CLASS).bind(id).fetch_optional(conn).await?))
    }

    /// Add classes behind the existing ones; an existing name stays unchanged, a retired one comes back.
    pub async fn add_classes(&self, project: ProjectId, names: &[String], now: Timestamp) -> Result<(), StoreError> {
        on_write!(self, tx => {
            for name in names {
                sqlx::query(INSERT_CLASS).bind(project).bind(name).bind(now).execute(&mut *tx).await?;
                sqlx::query(REVIVE_CLASS).bind(project).bind(name).execute(&mut *tx).await?;
            }
        });
        Ok(())
    }

    /// Take no new labels for a class; `false` when there is no such class or it is retired already.
    pub async fn retire_class(&self, project: ProjectId, class: ClassId, now: Timestamp) -> Result<bool, StoreError> {
        let done = on_write!(self, tx => sqlx::query(RETIRE_CLASS).bind(project).bind(class).bind(now).execute(&mut *tx).await?.rows_affected());
        Ok(done == 1)
    }

    /// Give a class another name; `false` when there is no such class.
    pub async fn rename_class(&self, project: ProjectId, class: ClassId, name: &str) -> Result<bool, StoreError> {
        let done = on_write!(self, tx => sqlx::query(RENAME_CLASS).bind(project).bind(class).bind(name).execute(&mut *tx).await?.rows_affected());
        Ok(done == 1)
    }

    pub async fn tally(&self, project: ProjectId) -> Result<Tally, StoreError> {
        let row: Option<Tally> =
            on_read!(self, conn => sqlx::query_as(TALLY).bind(project).fetch_optional(conn).await?);
        row.ok_or_else(|| StoreError::Inconsistent(format!("project {project} has no tally")))
    }

    pub async fn save_settings(&self, project: ProjectId, settings: &ProjectSettings) -> Result<(), StoreError> {
        on_write!(self, tx => {
            sqlx::query(SET_SETTINGS)
                .bind(project)
                .bind(&settings.name)
                .bind(&settings.strategy)
                .bind(settings.retrain_labels)
                .bind(settings.retrain_minutes)
                .bind(settings.show_opinion)
                .bind(&settings.guidelines)
                .execute(&mut *tx)
                .await?;
        });
        Ok(())
    }

    pub async fn save_goal(&self, project: ProjectId, goal: &Goal) -> Result<(), StoreError> {
        on_write!(self, tx => {
            sqlx::query(SET_GOAL).bind(project).bind(goal.stored()).execute(&mut *tx).await?;
        });
        Ok(())
    }

    pub async fn save_asking(&self, project: ProjectId, asking: &Asking) -> Result<(), StoreError> {
        on_write!(self, tx => {
            sqlx::query(SET_ASKING).bind(project).bind(asking.stored()).execute(&mut *tx).await?;
        });
        Ok(())
    }

    /// Draw the audit set with this share, in a project without samples; `false` where it has some.
    pub async fn save_audit_share(&self, project: ProjectId, share: f64) -> Result<bool, StoreError> {
        let done = on_write!(self, tx => sqlx::query(SET_AUDIT_SHARE).bind(project).bind(share).execute(&mut *tx).await?.rows_affected());
        Ok(done == 1)
    }

    /// Name the changes of a picture that keep its label, as `modality::image::augment` reads them.
    pub async fn save_augmentations(&self, project: ProjectId, names: &str) -> Result<(), StoreError> {
        on_write!(self, tx => {
            sqlx::query(SET_AUGMENTATIONS).bind(project).bind(names).execute(&mut *tx).await?;
        });
        Ok(())
    }

    /// Name what helps the committee to learn, as `learn::cures` reads it.
    pub async fn save_cures(&self, project: ProjectId, names: &str) -> Result<(), StoreError> {
        on_write!(self, tx => {
            sqlx::query(SET_CURES).bind(project).bind(names).execute(&mut *tx).await?;
        });
        Ok(())
    }

    /// Change to an encoder: at once where the project has none, else when all samples are encoded with it. Choosing
    /// the current one cancels a change. Returns whether the encoder exists.
    pub async fn choose_encoder(&self, project: ProjectId, encoder: EncoderId) -> Result<bool, StoreError> {
        let done = on_write!(self, tx => sqlx::query(CHOOSE_ENCODER).bind(project).bind(encoder).execute(&mut *tx).await?.rows_affected());
        Ok(done == 1)
    }

    /// Name the encoder that takes over when all samples are encoded with it, unless somebody has chosen one since
    /// `present` was in use and `before` was to be next; returns whether it will.
    pub async fn propose_encoder(
        &self,
        project: ProjectId,
        next: EncoderId,
        present: EncoderId,
        before: Option<EncoderId>,
    ) -> Result<bool, StoreError> {
        let done = on_write!(self, tx => {
            sqlx::query(PROPOSE_ENCODER)
                .bind(project)
                .bind(next)
                .bind(present)
                .bind(before)
                .execute(&mut *tx)
                .await?
                .rows_affected()
        });
        Ok(done == 1)
    }

    /// Let the named next encoder take over; returns whether it was still the next.
    pub async fn switch_encoder(&self, project: ProjectId, next: EncoderId) -> Result<bool, StoreError> {
        let done = on_write!(self, tx => sqlx::query(SWITCH_ENCODER).bind(project).bind(next).execute(&mut *tx).await?.rows_affected());
        Ok(done == 1)
    }

    /// Use an encoder from now on, unless one was chosen in the meantime; returns whether it is used.
    pub async fn save_first_encoder(&self, project: ProjectId, encoder: EncoderId) -> Result<bool, StoreError> {
        let done = on_write!(self, tx => sqlx::query(FIRST_ENCODER).bind(project).bind(encoder).execute(&mut *tx).await?.rows_affected());
        Ok(done == 1)
    }

    /// A sample's content hash, to find its file.
    pub async fn media(&self, project: ProjectId, sample: SampleId) -> Result<Option<String>, StoreError> {
        Ok(on_read!(self, conn => sqlx::query_scalar(MEDIA).bind(project).bind(sample).fetch_optional(conn).await?))
    }
}
