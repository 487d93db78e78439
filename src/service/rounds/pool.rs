//! A project's embeddings in memory, with values computed once per pool.
//!
//! **Invariant:** a pool is an immutable snapshot while a round works on it; encoding appends for the next one.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use crate::domain::{EncoderId, Project, ProjectId, SampleId};
use crate::encoders;
use crate::learn::{Fitted, Standardiser};
use crate::math::Matrix;
use crate::service::rounds::augmenting::Compared;
use crate::service::{App, ServiceError};
use crate::store::embeddings::EmbeddingFile;

/// Rows in the order they were encoded.
#[derive(Debug, Clone)]
pub struct EncodedPool {
    pub encoder: EncoderId,
    pub ids: Vec<SampleId>,
    pub rows: Matrix,
    pub row_of: HashMap<SampleId, usize>,
    /// The first places of a row that are axes; see [`Standardiser::axes`].
    axes: usize,
    /// Feature statistics of the rows it was last computed on; see [`EncodedPool::standardiser`].
    standardiser: Option<(usize, Arc<Standardiser>)>,
}

impl EncodedPool {
    pub(in crate::service) fn new(encoder: EncoderId, ids: Vec<SampleId>, rows: Matrix) -> Self {
        let row_of = ids.iter().enumerate().map(|(row, id)| (*id, row)).collect();
        Self { encoder, ids, rows, row_of, axes: 0, standardiser: None }
    }

    /// The same rows by an encoder with axes.
    #[must_use]
    pub(in crate::service) fn with_axes(self, axes: usize) -> Self {
        Self { axes, standardiser: None, ..self }
    }

    /// The first places of a row that are axes; see [`Standardiser::axes`].
    pub const fn axes(&self) -> usize {
        self.axes
    }

    /// The ids as plain numbers, which break ties.
    pub fn numbers(&self) -> Vec<u64> {
        self.ids.iter().map(|id| id.0 as u64).collect()
    }

    fn append(&mut self, ids: &[SampleId], rows: &[f32]) {
        for id in ids {
            self.row_of.insert(*id, self.ids.len());
            self.ids.push(*id);
        }
        self.rows.push_rows(rows);
        // Statistics of a pool that has grown by a tenth are stale; before that they hardly differ, and keeping them
        // keeps the last committee a good start for the next.
        if self.standardiser.as_ref().is_some_and(|(n, _)| self.ids.len() * 10 > n * 11) {
            self.standardiser = None;
        }
    }

    pub(in crate::service) fn with_statistics(&mut self) {
        if self.standardiser.is_none() && !self.ids.is_empty() {
            // Rows that are not numbers never get into an embedding file, which is all that could go wrong here.
            let made = Standardiser::of_columns(&self.rows, self.axes).ok();
            self.standardiser = made.map(|made| (self.ids.len(), Arc::new(made)));
        }
    }

    /// Mean and scale of the features over the pool. `None` for an empty pool.
    pub fn standardiser(&self) -> Option<Arc<Standardiser>> {
        self.standardiser.as_ref().map(|(_, standardiser)| standardiser.clone())
    }
}

/// Samples encoded together, and their rows one after the other.
type Batch = (Vec<SampleId>, Vec<f32>);

/// The pools of the projects that are being labeled.
#[derive(Default)]
pub struct Pools {
    pools: Mutex<HashMap<ProjectId, Held>>,
    /// Snapshots are taken one at a time, so that none is loaded twice.
    turn: tokio::sync::Mutex<()>,
}

struct Held {
    encoder: EncoderId,
    pool: Option<Arc<EncodedPool>>,
    /// Batches that arrived since the snapshot, appended when the next one is taken.
    arrived: Vec<Batch>,
    /// The last round's committee, where the next one starts from.
    committee: Option<Arc<Fitted>>,
    /// The gain from views at the last comparison.
    views: Option<Compared>,
}

impl Pools {
    /// The current pool. `None` while nothing is encoded.
    pub async fn get(&self, app: &App, project: &Project) -> Result<Option<Arc<EncodedPool>>, ServiceError> {
        let Some(encoder) = project.encoder_id else { return Ok(None) };
        let _turn = self.turn.lock().await;
        let (pool, arrived) = self.take(project.id, encoder);
        let pool = if let Some(pool) = pool {
            pool
        } else {
            let path = app.data.embeddings(encoder, &project.slug);
            let loaded = app.cpu.blocking(move || EmbeddingFile::load(&path)).await??;
            let Some(embeddings) = loaded else { return Ok(None) };
            let axes = app.store.encoder(encoder).await?.map_or(0, |row| encoders::axes(&row.spec));
            Arc::new(EncodedPool::new(encoder, embeddings.ids, embeddings.rows).with_axes(axes))
        };
        let pool = app.cpu.run(move || grown(pool, &arrived)).await?;
        if let Some(held) = self.lock().get_mut(&project.id).filter(|held| held.encoder == encoder) {
            held.pool = Some(pool.clone());
        }
        Ok(Some(pool))
    }

    /// Take the held pool out. From here on arriving batches are kept for the next snapshot, so that none is lost
    /// between reading the file and putting the pool back.
    fn take(&self, project: ProjectId, encoder: EncoderId) -> (Option<Arc<EncodedPool>>, Vec<Batch>) {
        let fresh = || Held { encoder, pool: None, arrived: Vec::new(), committee: None, views: None };
        let mut lock = self.lock();
        let held = lock.entry(project).or_insert_with(fresh);
        if held.encoder != encoder {
            *held = fresh();
        }
        (held.pool.take(), std::mem::take(&mut held.arrived))
    }

    /// Add a batch just encoded by `encoder`, if the pool by it is already in memory.
    pub fn append(&self, project: ProjectId, encoder: EncoderId, ids: &[SampleId], rows: &[f32]) {
        if let Some(held) = self.lock().get_mut(&project).filter(|held| held.encoder == encoder) {
            held.arrived.push((ids.to_vec(), rows.to_vec()));
        }
    }

    /// Drop a project's pool, after its encoder changed.
    pub(in crate::service) fn forget(&self, project: ProjectId) {
        self.lock().remove(&project);
    }

    pub fn committee(&self, project: ProjectId) -> Option<Arc<Fitted>> {
        self.lock().get(&project).and_then(|held| held.committee.clone())
    }

    /// Keep a committee for the next round to start from, unless the project changed to another encoder meanwhile.
    pub fn set_committee(&self, project: ProjectId, encoder: EncoderId, committee: Arc<Fitted>) {
        if let Some(held) = self.lock().get_mut(&project).filter(|held| held.encoder == encoder) {
            held.committee = Some(committee);
        }
    }

    pub fn views(&self, project: ProjectId) -> Option<Compared> {
        self.lock().get(&project).and_then(|held| held.views.clone())
    }

    /// As [`Pools::set_committee`], for the gain from views.
    pub fn set_views(&self, project: ProjectId, encoder: EncoderId, views: Option<Compared>) {
        if let Some(held) = self.lock().get_mut(&project).filter(|held| held.encoder == encoder) {
            held.views = views;
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<ProjectId, Held>> {
        self.pools.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The pool with the batches that are new to it, and its statistics.
fn grown(mut pool: Arc<EncodedPool>, arrived: &[Batch]) -> Arc<EncodedPool> {
    if arrived.is_empty() && pool.standardiser.is_some() {
        return pool;
    }
    let own = Arc::make_mut(&mut pool);
    let dim = own.rows.cols();
    for (ids, rows) in arrived {
        // The file may already have contained a batch when it was read.
        for (id, row) in ids.iter().zip(rows.chunks(dim.max(1))) {
            if !own.row_of.contains_key(id) {
                own.append(std::slice::from_ref(id), row);
            }
        }
    }
    own.with_statistics();
    pool
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pool(n: i64) -> EncodedPool {
        let ids: Vec<_> = (0..n).map(SampleId).collect();
        let rows = (0..n * 2).map(|i| (i % 7) as f32).collect();
        EncodedPool::new(EncoderId(1), ids, Matrix::new(n as usize, 2, rows))
    }

    #[test]
    fn a_batch_that_the_file_held_already_counts_once() {
        let batch = (vec![SampleId(4), SampleId(5)], vec![1.0, 2.0, 3.0, 4.0]);
        let grown = grown(Arc::new(pool(5)), &[batch]);
        assert_eq!(grown.ids, (0..6).map(SampleId).collect::<Vec<_>>());
        assert_eq!(grown.rows.row(grown.row_of[&SampleId(5)]), [3.0, 4.0]);
    }

    #[test]
    fn statistics_are_kept_until_the_pool_has_grown_by_a_tenth() {
        let first = grown(Arc::new(pool(20)), &[]);
        let kept = first.standardiser().unwrap();
        let little = grown(first, &[(vec![SampleId(20)], vec![9.0, 9.0])]);
        assert!(Arc::ptr_eq(&kept, &little.standardiser().unwrap()));
        let more: Vec<_> = (21..30).map(SampleId).collect();
        let much = grown(little, &[(more, vec![5.0; 18])]);
        assert!(!Arc::ptr_eq(&kept, &much.standardiser().unwrap()));
    }
}
