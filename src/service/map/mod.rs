//! The pool as a whole: its map, what colours it and what is done with a part of it; how labels cover it; whether it drifts.
//!
//! **Invariant:** the audit set is never on the map, whoever looks; a part of the map is a polygon that is tested here, never a list
//! that a browser sends.

pub mod arranging;
pub mod colouring;
pub mod columns;
pub mod coverage;
pub mod drift;
pub mod selecting;

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::SystemTime;

use self::columns::MetadataColumns;
use crate::domain::{EncoderId, JobId, Project, ProjectId, SampleId, job};
use crate::service::{App, ServiceError};
use crate::store::maps::StoredMap;

/// Where the places come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, utoipa::ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum MapKind {
    /// The two directions in which the pool varies most: there at once, until a better one is arranged.
    Directions,
    /// Near neighbours near each other.
    Neighbours,
}

/// The samples of the pool and their places.
#[derive(Debug, Clone)]
pub struct PoolMap {
    /// Changes whenever a sample or a place does.
    pub version: String,
    pub kind: MapKind,
    /// How far near places are alike, 0 to 1, where it is known.
    pub trust: Option<f64>,
    /// Ascending.
    pub ids: Vec<SampleId>,
    /// x and y of each, in 65536ths of the map's width.
    pub at: Vec<[u16; 2]>,
    /// Whether it should be arranged: for the first time, or since the pool has grown by a tenth.
    pub due: bool,
}

impl PoolMap {
    /// From places in any order; those of `hidden` samples are left out.
    fn new(kind: MapKind, trust: Option<f64>, places: Places, hidden: &HashSet<SampleId>, due: bool) -> Self {
        let mut shown: Places = places.into_iter().filter(|(id, _)| !hidden.contains(id)).collect();
        shown.sort_unstable_by_key(|(id, _)| *id);
        let mut sum = crc32fast::Hasher::new();
        for (id, [x, y]) in &shown {
            sum.update(&id.0.to_le_bytes());
            sum.update(&x.to_le_bytes());
            sum.update(&y.to_le_bytes());
        }
        let version = format!("{:08x}", sum.finalize());
        let (ids, at) = shown.into_iter().unzip();
        Self { version, kind, trust, ids, at, due }
    }
}

/// Samples and their places.
type Places = Vec<(SampleId, [u16; 2])>;

/// What the map in memory was made from.
#[derive(Debug, Clone, PartialEq, Eq)]
struct MadeFrom {
    encoder: EncoderId,
    /// The time and length of its file.
    file: Option<(SystemTime, u64)>,
    encoded: usize,
    audit: i64,
}

/// The maps of the projects that somebody looks at, and the columns of their metadata.
#[derive(Default)]
pub struct Maps {
    known: Mutex<HashMap<ProjectId, (MadeFrom, Arc<PoolMap>)>>,
    columns: Mutex<HashMap<ProjectId, columns::HeldColumns>>,
    /// Maps are read one at a time, so that none is made twice.
    turn: tokio::sync::Mutex<()>,
}

impl Maps {
    /// The project's map: as it was arranged, or by the pool's two strongest directions until then. `None` while nothing is encoded.
    ///
    /// Cost: a look at the file where nothing has changed; else it is read, or the directions are computed, O(N·D) with N samples.
    pub async fn of(&self, app: &App, project: &Project) -> Result<Option<Arc<PoolMap>>, ServiceError> {
        let Some(pool) = app.pools.get(app, project).await? else { return Ok(None) };
        let _turn = self.turn.lock().await;
        let path = app.data.map(pool.encoder, &project.slug);
        let looked = path.clone();
        let file = app.cpu.blocking(move || std::fs::metadata(looked).ok()).await?;
        let from = MadeFrom {
            encoder: pool.encoder,
            file: file.and_then(|about| Some((about.modified().ok()?, about.len()))),
            encoded: pool.ids.len(),
            audit: app.store.tally(project.id).await?.audit_samples,
        };
        let known = lock(&self.known).get(&project.id).filter(|(known, _)| *known == from).map(|(_, map)| map.clone());
        if let Some(map) = known {
            return Ok(Some(map));
        }
        let audit: HashSet<SampleId> = app.store.audit_samples(project.id, i64::MAX).await?.into_iter().collect();
        let encoder = pool.encoder;
        let stored = app.cpu.blocking(move || StoredMap::load(&path, encoder)).await??;
        let seed = project.seed as u64;
        let map = app
            .cpu
            .run(move || {
                if let Some(map) = stored {
                    let due = arranging::outgrown(&map, pool.ids.len());
                    let places = map.ids.into_iter().zip(map.at).filter(|(id, _)| pool.row_of.contains_key(id));
                    PoolMap::new(MapKind::Neighbours, map.trust, places.collect(), &audit, due)
                } else {
                    let places = pool.ids.iter().copied().zip(arranging::by_directions(&pool, seed)).collect();
                    PoolMap::new(MapKind::Directions, None, places, &audit, true)
                }
            })
            .await?;
        let map = Arc::new(map);
        lock(&self.known).insert(project.id, (from, map.clone()));
        Ok(Some(map))
    }

    /// The columns of the samples' metadata, at most a minute old.
    pub async fn columns(&self, app: &App, project: &Project) -> Result<Arc<MetadataColumns>, ServiceError> {
        let (now, samples) = (app.clock.now(), app.store.tally(project.id).await?.samples);
        let known = lock(&self.columns).get(&project.id).and_then(|held| held.fresh(now, samples));
        if let Some(columns) = known {
            return Ok(columns);
        }
        let rows = app.store.metadata(project.id).await?;
        let columns = Arc::new(app.cpu.run(move || MetadataColumns::read(&rows)).await?);
        lock(&self.columns).insert(project.id, columns::HeldColumns::new(columns.clone(), now, samples));
        Ok(columns)
    }

    /// Read the columns again when they are next asked for.
    pub(in crate::service) fn forget_columns(&self, project: ProjectId) {
        lock(&self.columns).remove(&project);
    }
}

fn lock<T>(held: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    held.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Ask for the map to be arranged. A request that is already waiting is reused.
pub async fn request(app: &App, project: &Project) -> Result<JobId, ServiceError> {
    let id = app.store.request_job(project.id, &job::MAP, "", app.clock.now()).await?;
    app.wake.notify_waiters();
    Ok(id)
}

/// Ask for it where there is one and the pool has outgrown it.
pub async fn request_where_outgrown(app: &App, project: &Project) -> Result<(), ServiceError> {
    let Some(pool) = app.pools.get(app, project).await? else { return Ok(()) };
    let (path, encoder) = (app.data.map(pool.encoder, &project.slug), pool.encoder);
    let stored = app.cpu.blocking(move || StoredMap::load(&path, encoder)).await??;
    if stored.is_some_and(|map| arranging::outgrown(&map, pool.ids.len())) {
        request(app, project).await?;
    }
    Ok(())
}
