//! A project's embeddings in memory, with what has to be computed once per pool.
//!
//! **Invariant:** a pool is an immutable snapshot while a round works on it; encoding appends for the next one.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use crate::app::App;
use crate::domain::{EncoderId, Project, ProjectId, SampleId};
use crate::learn::{Committee, Standardiser};
use crate::math::Matrix;
use crate::service::ServiceError;
use crate::store::embeddings::EmbeddingFile;

/// Rows in the order they were encoded.
#[derive(Debug, Clone)]
pub struct Pool {
    pub encoder: EncoderId,
    pub ids: Vec<SampleId>,
    pub rows: Matrix,
    pub row_of: HashMap<SampleId, usize>,
    /// Feature statistics of the rows it was last computed on; see [`Pool::standardiser`].
    standardiser: Option<(usize, Arc<Standardiser>)>,
}

impl Pool {
    fn new(encoder: EncoderId, ids: Vec<SampleId>, rows: Matrix) -> Self {
        let row_of = ids.iter().enumerate().map(|(row, id)| (*id, row)).collect();
        Self { encoder, ids, rows, row_of, standardiser: None }
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

    fn with_statistics(&mut self) {
        if self.standardiser.is_none() && !self.ids.is_empty() {
            // Rows that are no numbers never get into an embedding file, which is all that could go wrong here.
            self.standardiser = Standardiser::from_pool(&self.rows).ok().map(|made| (self.ids.len(), Arc::new(made)));
        }
    }

    /// Mean and scale of the features over the pool. `None` for an empty pool.
    pub fn standardiser(&self) -> Option<Arc<Standardiser>> {
        self.standardiser.as_ref().map(|(_, standardiser)| standardiser.clone())
    }
}

/// The pools of the projects that are being labeled.
#[derive(Default)]
pub struct Pools {
    pools: Mutex<HashMap<ProjectId, Held>>,
}

#[derive(Default)]
struct Held {
    pool: Option<Arc<Pool>>,
    /// Batches that arrived since the snapshot, appended when the next one is taken.
    arrived: Vec<(Vec<SampleId>, Vec<f32>)>,
    /// The last round's committee, where the next one starts from.
    committee: Option<Arc<Committee>>,
}

impl Pools {
    /// The pool as it stands now. `None` while nothing is encoded.
    pub async fn get(&self, app: &App, project: &Project) -> Result<Option<Arc<Pool>>, ServiceError> {
        let Some(encoder) = project.encoder_id else { return Ok(None) };
        let known =
            self.lock().get(&project.id).is_some_and(|held| held.pool.as_ref().is_some_and(|p| p.encoder == encoder));
        if !known {
            let path = app.data.embeddings(encoder, &project.slug);
            let loaded = app.cpu.blocking(move || EmbeddingFile::load(&path)).await?;
            let embeddings = loaded.map_err(|error| ServiceError::Invalid(error.to_string()))?;
            let Some(embeddings) = embeddings else { return Ok(None) };
            let mut lock = self.lock();
            let held = lock.entry(project.id).or_default();
            // The file holds every batch that was announced before it was read.
            held.arrived.clear();
            held.committee = None;
            held.pool = Some(Arc::new(Pool::new(encoder, embeddings.ids, embeddings.rows)));
        }
        let (mut pool, arrived) = {
            let mut lock = self.lock();
            let Some(held) = lock.get_mut(&project.id) else { return Ok(None) };
            let Some(pool) = held.pool.take() else { return Ok(None) };
            (pool, std::mem::take(&mut held.arrived))
        };
        let pool = app
            .cpu
            .run(move || {
                if !arrived.is_empty() || pool.standardiser.is_none() {
                    let own = Arc::make_mut(&mut pool);
                    for (ids, rows) in &arrived {
                        let fresh: Vec<usize> = (0..ids.len()).filter(|i| !own.row_of.contains_key(&ids[*i])).collect();
                        let dim = own.rows.cols();
                        let new_ids: Vec<_> = fresh.iter().map(|i| ids[*i]).collect();
                        let new_rows: Vec<f32> =
                            fresh.iter().flat_map(|i| rows[i * dim..(i + 1) * dim].iter().copied()).collect();
                        own.append(&new_ids, &new_rows);
                    }
                    own.with_statistics();
                }
                pool
            })
            .await?;
        self.lock().entry(project.id).or_default().pool = Some(pool.clone());
        Ok(Some(pool))
    }

    /// Take in a batch that was just encoded, where the pool is in memory already.
    pub fn append(&self, project: ProjectId, ids: &[SampleId], rows: &[f32]) {
        if let Some(held) = self.lock().get_mut(&project)
            && held.pool.is_some()
        {
            held.arrived.push((ids.to_vec(), rows.to_vec()));
        }
    }

    /// Drop a project's pool, after its encoder changed.
    pub fn forget(&self, project: ProjectId) {
        self.lock().remove(&project);
    }

    pub fn committee(&self, project: ProjectId) -> Option<Arc<Committee>> {
        self.lock().get(&project).and_then(|held| held.committee.clone())
    }

    pub fn set_committee(&self, project: ProjectId, committee: Arc<Committee>) {
        if let Some(held) = self.lock().get_mut(&project) {
            held.committee = Some(committee);
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<ProjectId, Held>> {
        self.pools.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
