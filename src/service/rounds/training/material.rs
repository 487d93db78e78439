//! What a round computes on, as plain rows and indices.

use std::collections::{HashMap, HashSet};

use super::AUDIT_PREDICTED;
use super::floors::Shortage;
use crate::domain::{Class, ClassId, ClassSet, Project, SampleId};
use crate::learn::{Link, Targets, Truth};
use crate::query;
use crate::service::rounds::augmenting::{self, Averages};
use crate::service::rounds::pool::EncodedPool;
use crate::service::{App, ServiceError};

/// Everything a round computes on.
pub(super) struct Material {
    /// Class ids in column order. Retired classes stay, since their labels do.
    pub(super) columns: Vec<ClassId>,
    /// Rows of the pool that train.
    pub(super) labeled: Vec<usize>,
    /// Their known classes.
    truth: Truth,
    /// The same by sample, to be kept with the round.
    pub(super) trained_on: Vec<(SampleId, ClassSet)>,
    /// Rows that may be asked.
    pub(super) waiting: Vec<usize>,
    /// Rows handed out and not answered yet.
    pending: Vec<usize>,
    /// Rows of the audit set.
    pub(super) audit: Vec<usize>,
    /// What may train in place of the rows in `labeled`.
    pub(super) averages: Option<Averages>,
    /// What has too few labels.
    pub(super) shortage: Shortage,
}

impl Material {
    /// Read what a round needs. Classes are read after the labels, so that no label has an unknown class.
    pub(super) async fn read(
        app: &App,
        project: &Project,
        pool: &std::sync::Arc<EncodedPool>,
    ) -> Result<Self, ServiceError> {
        let labels = app.store.training_labels(project.id).await?;
        let classes = app.store.classes(project.id).await?;
        let audit = app.store.audit_samples(project.id, AUDIT_PREDICTED).await?;
        let waiting = app.store.waiting_samples(project.id, false, app.clock.now()).await?;
        let pending = app.store.pending_samples(project.id, app.clock.now()).await?;
        let rows = |samples: &[SampleId]| samples.iter().filter_map(|id| pool.row_of.get(id).copied()).collect();
        let columns: Vec<ClassId> = classes.iter().map(|class: &Class| class.id).collect();
        let (labeled, truth) = known(pool, project.task.into(), &columns, &labels);
        let waiting: Vec<usize> = rows(&waiting);
        let shortage = Shortage::find(app, project, &classes, &labels, (&waiting, pool)).await?;
        let trains: HashSet<SampleId> = labeled.iter().map(|&row| pool.ids[row]).collect();
        let trained_on = labels.into_iter().filter(|(sample, _)| trains.contains(sample)).collect();
        let averages = augmenting::averages(app, project, pool, labeled.clone()).await?;
        Ok(Self {
            labeled,
            truth,
            trained_on,
            waiting,
            pending: rows(&pending),
            audit: rows(&audit),
            columns,
            averages,
            shortage,
        })
    }

    pub(super) fn targets(&self) -> Targets<'_> {
        self.truth.targets()
    }

    pub(super) fn link(&self) -> Link {
        self.targets().link()
    }

    /// Whether there is enough to fit a model: two classes, or where each is a question of its own, one that some samples have
    /// and others have not.
    pub(super) fn teaches(&self) -> bool {
        self.targets().varying(self.columns.len()).len() >= self.link().least()
    }

    /// What strategies choose from.
    pub(super) fn ask<'a>(&'a self, pool: &'a EncodedPool, ids: &'a [u64], seed: u64) -> query::Pool<'a> {
        query::Pool {
            rows: &pool.rows,
            ids,
            open: &self.waiting,
            labeled: &self.labeled,
            targets: self.targets(),
            pending: &self.pending,
            n_classes: self.columns.len(),
            opinion: None,
            margins: None,
            axes: pool.axes(),
            seed,
        }
    }

    pub(super) fn lacks_views(&self) -> bool {
        self.averages.as_ref().is_none_or(|averages| averages.averaged < self.labeled.len())
    }
}

/// Labels as rows of the pool and places among `columns`. A sample that is not encoded yet trains in a later round.
pub(in crate::service) fn known(
    pool: &EncodedPool,
    link: Link,
    columns: &[ClassId],
    labels: &[(SampleId, ClassSet)],
) -> (Vec<usize>, Truth) {
    let place: HashMap<ClassId, usize> = columns.iter().enumerate().map(|(at, id)| (*id, at)).collect();
    let (mut rows, mut truth) = (Vec::with_capacity(labels.len()), Truth::empty(link));
    for (sample, set) in labels {
        let Some(&row) = pool.row_of.get(sample) else { continue };
        let classes: Vec<usize> = set.ids().filter_map(|id| place.get(&id).copied()).collect();
        if link == Link::Softmax && classes.is_empty() {
            continue;
        }
        rows.push(row);
        truth.push(&classes, columns.len());
    }
    (rows, truth)
}
