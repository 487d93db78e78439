//! Classes as they are changed: by number and version, and acts that say the labels of a class anew and are undone as one.
//!
//! **Invariant:** an annotation is never changed. What an act says anew is a further annotation by the same person that names
//! the one before as what it undoes; undone, it is said anew as it was. Whatever was answered since stays.

use super::{Store, StoreError, both_engines, on_read, on_write};
use crate::domain::class::ActKind;
use crate::domain::{AccountId, ActId, Class, ClassId, ClassSet, ProjectId, SampleId, Timestamp};

const CHANGE: &str = "
  update class set name = $4, colour = $5, description = $6, version = version + 1
  where project_id = $1 and id = $2 and version = $3";
const SET_RETIRED: &str = "
  update class set retired_us = $4, merged_into = null, version = version + 1
  where project_id = $1 and id = $2 and version = $3";
const PLACE: &str = "
  update class set position = $3, colour = coalesce(colour, $4), version = version + 1 where project_id = $1 and id = $2";
/// Any word about a class, even one that was taken back, keeps it.
const USED: &str = "
  select exists (select 1 from annotation a where a.project_id = $1
      and ' ' || a.classes || ' ' like '% ' || cast(cast($2 as bigint) as text) || ' %')
    or exists (select 1 from outside_prediction p where p.project_id = $1
      and ' ' || p.classes || ' ' like '% ' || cast(cast($2 as bigint) as text) || ' %')
    or exists (select 1 from class_act t where t.class_id = $2 or t.into_id = $2)
    or exists (select 1 from class c where c.merged_into = $2)";
const DELETE_KEYS: &str = "delete from desk_key where class_id = $1";
const DELETE_EXAMPLES: &str = "delete from class_example where class_id = $1";
const DELETE: &str = "delete from class where project_id = $1 and id = $2 and version = $3";
const NEW_ACT: &str = "
  insert into class_act (project_id, account_id, kind, class_id, into_id, made_us) values ($1, $2, $3, $4, $5, $6) returning id";
const ADD_SAMPLE: &str = "
  insert into class_act_sample (act_id, sample_id)
  select $1, s.id from sample s where s.id = $2 and s.project_id = $3 on conflict do nothing";
const MERGE_AWAY: &str = "
  update class set retired_us = coalesce(retired_us, $5), merged_into = $4, version = version + 1
  where project_id = $1 and id = $2 and version = $3";
const TOUCH: &str = "
  update class set version = version + 1, first_us = coalesce(first_us, $4)
  where project_id = $1 and id = $2 and version = $3 and retired_us is null";

/// As if it had not been touched.
const UNTOUCH: &str = "update class set version = version - 1 where project_id = $1 and id = $2";

/// An annotation `a` that its person has neither taken back nor followed by another: what is said anew comes last, and must not
/// overrule what they said since.
macro_rules! newest {
    () => {
        "not exists (select 1 from annotation u where u.sample_id = a.sample_id and u.undoes = a.id)
    and not exists (select 1 from annotation n where n.sample_id = a.sample_id and n.account_id = a.account_id and n.seq > a.seq
      and n.kind <> 'undo' and not exists (select 1 from annotation v where v.sample_id = n.sample_id and v.undoes = n.id))"
    };
}

/// An annotation `a` that names the class $2, stands, and belongs to the act's samples where those are chosen: `$3` is the act,
/// `$4` whether it is about all.
macro_rules! standing {
    () => {
        concat!(
            "a.project_id = $1 and ' ' || a.classes || ' ' like '% ' || cast(cast($2 as bigint) as text) || ' %' and ",
            newest!(),
            " and ($4 or a.sample_id in (select t.sample_id from class_act_sample t where t.act_id = $3))"
        )
    };
}
const SETS: &str = concat!("select distinct a.classes from annotation a where ", standing!());
const SAY_ANEW: &str = concat!(
    "insert into annotation (id, project_id, sample_id, account_id, kind, classes, undoes, round_id, asked_by, propensity, origin,
    made_us, import_id, act_id)
  select 'act-' || cast(cast($3 as bigint) as text) || '-' || cast(a.seq as text), a.project_id, a.sample_id, a.account_id, a.kind,
    cast($6 as text), a.id, a.round_id, a.asked_by, a.propensity, a.origin, cast($7 as bigint), a.import_id, $3
  from annotation a where a.classes = $5 and ",
    standing!()
);
/// The label follows the annotation that it came from.
const FOLLOW: &str = "
  update label set
    classes = (select r.classes from annotation r
      where r.sample_id = label.sample_id and r.act_id = $2 and r.undoes = label.annotation_id),
    annotation_id = (select r.id from annotation r
      where r.sample_id = label.sample_id and r.act_id = $2 and r.undoes = label.annotation_id)
  where label.project_id = $1 and exists (select 1 from annotation r
    where r.sample_id = label.sample_id and r.act_id = $2 and r.undoes = label.annotation_id)";
const SAID_ANEW: &str = "select count(*) from annotation where act_id = $1";
const MOVE_EXAMPLES: &str = "
  update class_example set class_id = $2 where class_id = $1
    and sample_id in (select a.sample_id from annotation a where a.act_id = $3)";
const ADD_ANSWERS: &str = "update tally set answers = answers + $2 where project_id = $1";
const COUNT_LABELS: &str = "update class_act set labels = $2 where id = $1";
const END_ACT: &str = "
  update class_act set undone_us = $3, undone_by = $4 where project_id = $1 and id = $2 and undone_us is null
  returning kind, class_id, into_id";
const SAY_AS_BEFORE: &str = concat!(
    "insert into annotation (id, project_id, sample_id, account_id, kind, classes, undoes, round_id, asked_by, propensity, origin,
    made_us, import_id)
  select 'act-' || cast(cast($2 as bigint) as text) || '-back-' || cast(a.seq as text), a.project_id, a.sample_id, a.account_id,
    o.kind, o.classes, a.id, a.round_id, a.asked_by, a.propensity, a.origin, cast($3 as bigint), a.import_id
  from annotation a join annotation o on o.id = a.undoes
  where a.project_id = $1 and a.act_id = $2 and ",
    newest!()
);
/// A row that is no undo and undoes the annotation behind a label says that label anew.
const FOLLOW_BACK: &str = "
  update label set
    classes = (select r.classes from annotation r
      where r.sample_id = label.sample_id and r.undoes = label.annotation_id and r.kind <> 'undo'),
    annotation_id = (select r.id from annotation r
      where r.sample_id = label.sample_id and r.undoes = label.annotation_id and r.kind <> 'undo')
  where label.project_id = $1 and label.annotation_id in (select a.id from annotation a where a.act_id = $2)
    and exists (select 1 from annotation r
      where r.sample_id = label.sample_id and r.undoes = label.annotation_id and r.kind <> 'undo')";
const REVIVE: &str = "
  update class set retired_us = null, merged_into = null, version = version + 1
  where project_id = $1 and id = $2 and merged_into = $3";
const ACTS: &str = "
  select t.id, t.kind, t.class_id, t.into_id, t.labels, c.name as account, t.made_us, t.undone_us, u.name as undone_by
  from class_act t join account c on c.id = t.account_id left join account u on u.id = t.undone_by
  where t.project_id = $1 order by t.id desc limit $2";
const MERGED: &str = "select id, merged_into from class where project_id = $1 and merged_into is not null";
/// Current labels that name a class, how many of them name another one too, and standing answers behind them.
const REACH: &str = "
  select count(*) as labels, count(case when s.audit then 1 end) as audit,
    count(case when ' ' || l.classes || ' ' like '% ' || cast(cast($3 as bigint) as text) || ' %' then 1 end) as both_named,
    (select count(*) from class_example e where e.project_id = $1 and e.class_id = $2) as examples
  from label l join sample s on s.id = l.sample_id
  where l.project_id = $1 and ' ' || l.classes || ' ' like '% ' || cast(cast($2 as bigint) as text) || ' %'";

pub(super) const STATEMENTS: &[&str] = &[
    CHANGE,
    SET_RETIRED,
    PLACE,
    USED,
    DELETE_KEYS,
    DELETE_EXAMPLES,
    DELETE,
    NEW_ACT,
    ADD_SAMPLE,
    MERGE_AWAY,
    TOUCH,
    UNTOUCH,
    SETS,
    SAY_ANEW,
    FOLLOW,
    SAID_ANEW,
    MOVE_EXAMPLES,
    ADD_ANSWERS,
    COUNT_LABELS,
    END_ACT,
    SAY_AS_BEFORE,
    FOLLOW_BACK,
    REVIVE,
    ACTS,
    MERGED,
    REACH,
];

/// What a class is to be called and look like.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClassFace {
    pub name: String,
    pub colour: Option<i64>,
    pub description: String,
}

/// Labels to be said anew.
#[derive(Debug, Clone)]
pub struct NewAct {
    pub project: ProjectId,
    pub account: AccountId,
    pub kind: ActKind,
    /// The class whose labels they are, as it was seen.
    pub from: (ClassId, i64),
    /// The class that they get instead, as it was seen.
    pub into: (ClassId, i64),
    /// Of a move: the samples.
    pub samples: Vec<SampleId>,
}

/// An act on the labels of a class.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow, serde::Serialize, utoipa::ToSchema)]
pub struct ClassAct {
    pub id: ActId,
    /// `merge` or `move`.
    #[schema(value_type = String)]
    pub kind: ActKind,
    /// The class whose labels they were, and the one that they got.
    #[sqlx(rename = "class_id")]
    pub from: ClassId,
    #[sqlx(rename = "into_id")]
    pub into: ClassId,
    /// Current labels that it changed.
    pub labels: i64,
    #[sqlx(rename = "account")]
    pub by: String,
    pub made_us: Timestamp,
    /// When it was undone, and by whom.
    pub undone_us: Option<Timestamp>,
    pub undone_by: Option<String>,
}

/// What changing the labels of a class would touch.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, sqlx::FromRow, serde::Serialize, utoipa::ToSchema)]
pub struct ClassReach {
    /// Current labels that name it.
    pub labels: i64,
    /// Those of the audit set among them.
    pub audit: i64,
    /// Those that name the other class too.
    pub both_named: i64,
    /// Samples that are shown as its examples.
    pub examples: i64,
}

both_engines! {
    in labeling::second as second;

    /// Say the labels of a class anew; `None` where one of the classes is not what was seen.
    pub(in crate::store) async fn act(conn: &mut Conn, new: &NewAct, now: Timestamp) -> Result<Option<(ActId, i64)>, StoreError> {
        let NewAct { project, account, kind, from, into, .. } = new;
        let merges = *kind == ActKind::Merge;
        let taken = sqlx::query(TOUCH).bind(project).bind(into.0).bind(into.1).bind(now).execute(&mut *conn).await?;
        if taken.rows_affected() != 1 {
            return Ok(None);
        }
        let seen = if merges {
            sqlx::query(MERGE_AWAY).bind(project).bind(from.0).bind(from.1).bind(into.0).bind(now).execute(&mut *conn).await?
        } else {
            sqlx::query(TOUCH).bind(project).bind(from.0).bind(from.1).bind(None::<Timestamp>).execute(&mut *conn).await?
        };
        if seen.rows_affected() != 1 {
            sqlx::query(UNTOUCH).bind(project).bind(into.0).execute(&mut *conn).await?;
            return Ok(None);
        }
        let id: ActId = sqlx::query_scalar(NEW_ACT)
            .bind(project)
            .bind(account)
            .bind(*kind)
            .bind(from.0)
            .bind(into.0)
            .bind(now)
            .fetch_one(&mut *conn)
            .await?;
        for sample in &new.samples {
            sqlx::query(ADD_SAMPLE).bind(id).bind(*sample).bind(project).execute(&mut *conn).await?;
        }
        let sets: Vec<ClassSet> =
            sqlx::query_scalar(SETS).bind(project).bind(from.0).bind(id).bind(merges).fetch_all(&mut *conn).await?;
        for old in sets {
            let instead: ClassSet = old.ids().map(|class| if class == from.0 { into.0 } else { class }).collect();
            sqlx::query(SAY_ANEW)
                .bind(project)
                .bind(from.0)
                .bind(id)
                .bind(merges)
                .bind(&old)
                .bind(&instead)
                .bind(now)
                .execute(&mut *conn)
                .await?;
        }
        let labels = sqlx::query(FOLLOW).bind(project).bind(id).execute(&mut *conn).await?.rows_affected() as i64;
        sqlx::query(MOVE_EXAMPLES).bind(from.0).bind(into.0).bind(id).execute(&mut *conn).await?;
        let said: i64 = sqlx::query_scalar(SAID_ANEW).bind(id).fetch_one(&mut *conn).await?;
        sqlx::query(ADD_ANSWERS).bind(project).bind(said).execute(&mut *conn).await?;
        sqlx::query(COUNT_LABELS).bind(id).bind(labels).execute(&mut *conn).await?;
        second::derive_all(conn, *project).await?;
        Ok(Some((id, labels)))
    }

    /// Say the labels of an act as before; `None` where there is no such act, or it was undone already.
    pub(in crate::store) async fn undo_act(
        conn: &mut Conn,
        project: ProjectId,
        account: AccountId,
        id: ActId,
        now: Timestamp,
    ) -> Result<Option<i64>, StoreError> {
        let ended: Option<(ActKind, ClassId, ClassId)> =
            sqlx::query_as(END_ACT).bind(project).bind(id).bind(now).bind(account).fetch_optional(&mut *conn).await?;
        let Some((kind, from, into)) = ended else { return Ok(None) };
        if kind == ActKind::Merge {
            sqlx::query(REVIVE).bind(project).bind(from).bind(into).execute(&mut *conn).await?;
        }
        sqlx::query(MOVE_EXAMPLES).bind(into).bind(from).bind(id).execute(&mut *conn).await?;
        let said = sqlx::query(SAY_AS_BEFORE).bind(project).bind(id).bind(now).execute(&mut *conn).await?.rows_affected();
        let labels = sqlx::query(FOLLOW_BACK).bind(project).bind(id).execute(&mut *conn).await?.rows_affected();
        sqlx::query(ADD_ANSWERS).bind(project).bind(said as i64).execute(&mut *conn).await?;
        second::derive_all(conn, project).await?;
        Ok(Some(labels as i64))
    }
}

impl Store {
    /// Give a class another face; `false` where it is not what was seen.
    pub async fn change_class(
        &self,
        project: ProjectId,
        class: ClassId,
        version: i64,
        face: &ClassFace,
    ) -> Result<bool, StoreError> {
        let done = on_write!(self, tx => {
            sqlx::query(CHANGE)
                .bind(project)
                .bind(class)
                .bind(version)
                .bind(&face.name)
                .bind(face.colour)
                .bind(&face.description)
                .execute(&mut *tx)
                .await?
                .rows_affected()
        });
        Ok(done == 1)
    }

    /// Take no new labels for a class from `retired` on, or take them again; `false` where it is not what was seen.
    pub async fn set_class_retired(
        &self,
        project: ProjectId,
        class: ClassId,
        version: i64,
        retired: Option<Timestamp>,
    ) -> Result<bool, StoreError> {
        let done = on_write!(self, tx => {
            sqlx::query(SET_RETIRED)
                .bind(project)
                .bind(class)
                .bind(version)
                .bind(retired)
                .execute(&mut *tx)
                .await?
                .rows_affected()
        });
        Ok(done == 1)
    }

    /// Put the classes in this order; the colours that they have by their places so far stay theirs. `false` where `seen` is not
    /// the present order.
    pub async fn order_classes(
        &self,
        project: ProjectId,
        seen: &[ClassId],
        order: &[ClassId],
    ) -> Result<bool, StoreError> {
        Ok(on_write!(self, tx => {
            let present: Vec<Class> =
                sqlx::query_as(super::projects::CLASSES).bind(project).fetch_all(&mut *tx).await?;
            let is_seen = present.iter().map(|class| class.id).eq(seen.iter().copied());
            if is_seen {
                for (position, class) in order.iter().enumerate() {
                    let look = seen.iter().position(|known| known == class).unwrap_or(position) as i64 % 40;
                    sqlx::query(PLACE)
                        .bind(project)
                        .bind(*class)
                        .bind(position as i64 + 1)
                        .bind(look)
                        .execute(&mut *tx)
                        .await?;
                }
            }
            is_seen
        }))
    }

    /// Whether anything ever named a class.
    pub async fn is_class_used(&self, project: ProjectId, class: ClassId) -> Result<bool, StoreError> {
        Ok(on_read!(self, conn => sqlx::query_scalar(USED).bind(project).bind(class).fetch_one(conn).await?))
    }

    /// Remove a class that nothing ever named; `None` where it is used, `false` where it is not what was seen.
    pub async fn delete_class(
        &self,
        project: ProjectId,
        class: ClassId,
        version: i64,
    ) -> Result<Option<bool>, StoreError> {
        Ok(on_write!(self, tx => {
            let used: bool = sqlx::query_scalar(USED).bind(project).bind(class).fetch_one(&mut *tx).await?;
            if used {
                None
            } else {
                sqlx::query(DELETE_KEYS).bind(class).execute(&mut *tx).await?;
                sqlx::query(DELETE_EXAMPLES).bind(class).execute(&mut *tx).await?;
                let gone = sqlx::query(DELETE).bind(project).bind(class).bind(version).execute(&mut *tx).await?;
                Some(gone.rows_affected() == 1)
            }
        }))
    }

    /// Say the labels of a class anew, in one transaction; returns the act and how many current labels it changed. `None` where
    /// one of the classes is not what was seen.
    pub async fn act_on_class(&self, new: &NewAct, now: Timestamp) -> Result<Option<(ActId, i64)>, StoreError> {
        Ok(on_write!(self, tx in engine => engine::act(tx, new, now).await?))
    }

    /// Say the labels of an act as before, in one transaction; returns how many current labels changed.
    pub async fn undo_class_act(
        &self,
        project: ProjectId,
        account: AccountId,
        act: ActId,
        now: Timestamp,
    ) -> Result<Option<i64>, StoreError> {
        Ok(on_write!(self, tx in engine => engine::undo_act(tx, project, account, act, now).await?))
    }

    /// The newest acts on the classes of a project.
    pub async fn class_acts(&self, project: ProjectId, limit: i64) -> Result<Vec<ClassAct>, StoreError> {
        Ok(on_read!(self, conn => sqlx::query_as(ACTS).bind(project).bind(limit).fetch_all(conn).await?))
    }

    /// Classes that were merged into others.
    pub async fn merged_classes(&self, project: ProjectId) -> Result<Vec<(ClassId, ClassId)>, StoreError> {
        Ok(on_read!(self, conn => sqlx::query_as(MERGED).bind(project).fetch_all(conn).await?))
    }

    /// What changing the labels of `class` would touch, where they would become `other`.
    pub async fn class_reach(
        &self,
        project: ProjectId,
        class: ClassId,
        other: ClassId,
    ) -> Result<ClassReach, StoreError> {
        Ok(on_read!(self, conn => sqlx::query_as(REACH).bind(project).bind(class).bind(other).fetch_one(conn).await?))
    }
}
