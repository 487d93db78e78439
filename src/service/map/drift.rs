//! Drift: whether the samples of an import look like the pool before it.
//!
//! After an import is encoded, a head is fitted that tells its samples from those before, and judged on samples that it has not seen;
//! with it the energy distance, and how the committee's predictions have shifted. Both groups are drawn by their ids, so the same
//! data give the same numbers.

use std::collections::HashMap;

use crate::domain::import::ImportState;
use crate::domain::{ClassId, EncoderId, ImportId, JobNote, Project, SampleId, Timestamp, job};
use crate::evaluate::drift::{area_under_curve, energy_distance, total_variation};
use crate::evaluate::interval::Interval;
use crate::learn::told_apart;
use crate::query::groups::Space;
use crate::query::similar::subsample;
use crate::service::rounds::pool::EncodedPool;
use crate::service::{App, ServiceError};
use crate::store::imports::Import;

/// Samples of each group that are looked at, at most.
const LOOKED_AT: usize = 1_500;
/// Fewer before an import, or in it, say too little.
const LEAST: (usize, usize) = (50, 20);
/// Imports that are kept, the newest.
const KEPT: usize = 20;
/// Samples shown of an import: those that differ most.
const SHOWN: usize = 12;

/// How far the samples of an import differ from those before.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize, utoipa::ToSchema)]
pub struct Drift {
    pub import: ImportId,
    pub source: String,
    pub measured_us: Timestamp,
    /// Samples before the import, and of it, that were looked at.
    pub before: usize,
    pub new: usize,
    /// How often a new sample looks newer than an old one to a classifier that has seen neither: 0.5 is chance. 95 % interval.
    pub area: Interval,
    /// Between the embeddings' directions; 0 for equal groups.
    pub energy: f64,
    /// The share of predictions that would have to change to be as before; absent before the first round.
    pub shift: Option<f64>,
    /// The shares of the classes that the committee predicts, before and in the import; those that moved most.
    pub classes: Vec<ShiftedClass>,
    /// The samples that differ most, never of the audit set.
    pub most: Vec<SampleId>,
}

/// How often the committee predicts a class, before an import and in it.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize, utoipa::ToSchema)]
pub struct ShiftedClass {
    pub class: ClassId,
    pub before: f64,
    pub new: f64,
}

/// How strong drift is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum DriftLevel {
    /// Chance explains it.
    None,
    Slight,
    Clear,
}

impl Drift {
    /// By the low end of the area's interval: at most chance, below 0.7, above.
    pub fn level(&self) -> DriftLevel {
        match self.area.low {
            ..=0.5 => DriftLevel::None,
            ..0.7 => DriftLevel::Slight,
            _ => DriftLevel::Clear,
        }
    }
}

/// The drift of the project's imports, the newest first. Empty before any was measured.
///
/// # Errors
/// When the file cannot be read.
pub async fn known(app: &App, project: &Project) -> Result<Vec<Drift>, ServiceError> {
    let Some(encoder) = project.encoder_id else { return Ok(Vec::new()) };
    stored(app, project, encoder).await
}

async fn stored(app: &App, project: &Project, encoder: EncoderId) -> Result<Vec<Drift>, ServiceError> {
    let path = app.data.drift(encoder, &project.slug);
    let read = app.cpu.blocking(move || std::fs::read(path)).await?;
    match read {
        // What cannot be read is measured again.
        Ok(bytes) => Ok(serde_json::from_slice(&bytes).unwrap_or_default()),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Vec::new()),
        Err(error) => Err(error.into()),
    }
}

/// Ask for the drift of imports that were encoded since it was last measured.
pub async fn request_where_new(app: &App, project: &Project) -> Result<(), ServiceError> {
    if Waiting::find(app, project).await?.is_some_and(|waiting| !waiting.imports.is_empty()) {
        app.store.request_job(project.id, &job::DRIFT, "", app.clock.now()).await?;
        app.wake.notify_waiters();
    }
    Ok(())
}

/// Imports whose drift is not known, and the samples around them.
struct Waiting {
    pool: std::sync::Arc<EncodedPool>,
    known: Vec<Drift>,
    /// Each with the rows before it and its own.
    imports: Vec<(Import, Vec<usize>, Vec<usize>)>,
}

impl Waiting {
    /// `None` while nothing is encoded.
    async fn find(app: &App, project: &Project) -> Result<Option<Self>, ServiceError> {
        let Some(pool) = app.pools.get(app, project).await? else { return Ok(None) };
        let known = stored(app, project, pool.encoder).await?;
        let mut runs = app.store.imports(project.id, ImportId(i64::MAX), i64::MAX).await?;
        runs.sort_by_key(|import| (import.started_us, import.id));
        let audit: std::collections::HashSet<SampleId> =
            app.store.audit_samples(project.id, i64::MAX).await?.into_iter().collect();
        // The import that each sample came with: the last that had begun.
        let mut of: Vec<Vec<usize>> = vec![Vec::new(); runs.len() + 1];
        for (sample, arrived) in app.store.arrivals(project.id).await? {
            let Some(&row) = pool.row_of.get(&sample).filter(|_| !audit.contains(&sample)) else { continue };
            of[runs.partition_point(|import| import.started_us <= arrived)].push(row);
        }
        let first_kept = runs.len().saturating_sub(KEPT);
        let mut imports = Vec::new();
        let mut before: Vec<usize> = of[0].clone();
        for (at, import) in runs.into_iter().enumerate() {
            let own = &of[at + 1];
            let ended = matches!(import.state, ImportState::Done | ImportState::Look);
            let new = ended && at >= first_kept && known.iter().all(|drift| drift.import != import.id);
            if new && before.len() >= LEAST.0 && own.len() >= LEAST.1 {
                imports.push((import, before.clone(), own.clone()));
            }
            before.extend(own);
        }
        Ok(Some(Self { pool, known, imports }))
    }
}

/// Measure the drift of imports of which it is not known. An interrupted run keeps what it has measured.
///
/// # Errors
/// When the embeddings cannot be learned from, or the file cannot be written.
pub async fn run(app: &App, project: &Project) -> Result<JobNote, ServiceError> {
    let Some(Waiting { pool, mut known, imports }) = Waiting::find(app, project).await? else {
        return Ok(JobNote::NothingEncoded);
    };
    let opinion = app.opinions.of(app, project).await?;
    let classes: Vec<ClassId> = app.store.classes(project.id).await?.into_iter().map(|class| class.id).collect();
    let measured = imports.len();
    for (import, before, own) in imports {
        let (rows, seed) = (pool.clone(), project.seed as u64);
        let found = app.cpu.run(move || compare(&rows, &before, &own, seed)).await??;
        let Some(found) = found else { continue };
        let counts = |rows: &[usize]| -> Vec<usize> {
            let said: Vec<_> = rows.iter().filter_map(|&row| opinion.get(&pool.ids[row])).collect();
            classes.iter().map(|&class| said.iter().filter(|said| said.classes.contains(class)).count()).collect()
        };
        let (old, new) = (counts(&found.before), counts(&found.new));
        let shift =
            (old.iter().sum::<usize>() > 0 && new.iter().sum::<usize>() > 0).then(|| total_variation(&old, &new));
        known.insert(
            0,
            Drift {
                import: import.id,
                source: import.source,
                measured_us: app.clock.now(),
                before: found.before.len(),
                new: found.new.len(),
                area: found.area,
                energy: found.energy,
                shift,
                classes: shift.map_or_else(Vec::new, |_| moved(&classes, &old, &new)),
                most: found.most.iter().map(|&row| pool.ids[row]).collect(),
            },
        );
        known.truncate(KEPT);
        let (path, text) = (app.data.drift(pool.encoder, &project.slug), serde_json::to_vec(&known));
        let text = text.map_err(std::io::Error::other)?;
        app.cpu.blocking(move || crate::data::write_whole(&path, &text, true)).await??;
    }
    Ok(JobNote::Drift { imports: measured as i64 })
}

/// The classes whose shares moved most, at most five.
fn moved(classes: &[ClassId], old: &[usize], new: &[usize]) -> Vec<ShiftedClass> {
    let share = |counts: &[usize], at: usize| counts[at] as f64 / counts.iter().sum::<usize>().max(1) as f64;
    let one = |(at, &class): (usize, &ClassId)| ShiftedClass { class, before: share(old, at), new: share(new, at) };
    let mut all: Vec<ShiftedClass> = classes.iter().enumerate().map(one).collect();
    all.sort_by(|a, b| (b.new - b.before).abs().total_cmp(&(a.new - a.before).abs()));
    all.truncate(5);
    all.retain(|class| (class.new - class.before).abs() >= 0.01);
    all
}

/// Two groups of rows, compared.
struct TwoGroups {
    before: Vec<usize>,
    new: Vec<usize>,
    area: Interval,
    energy: f64,
    /// The new rows that look newest.
    most: Vec<usize>,
}

/// `None` where there is nothing to compare by.
fn compare(pool: &EncodedPool, before: &[usize], own: &[usize], seed: u64) -> Result<Option<TwoGroups>, ServiceError> {
    let Some(standardiser) = pool.standardiser() else { return Ok(None) };
    let ids = pool.numbers();
    let (before, new) = (subsample(before, &ids, LOOKED_AT, seed), subsample(own, &ids, LOOKED_AT, seed));
    let rows: Vec<usize> = before.iter().chain(&new).copied().collect();
    let second: Vec<bool> = (0..rows.len()).map(|at| at >= before.len()).collect();
    let p = told_apart(&pool.rows.gather(&rows), &second, &standardiser, seed)?;
    let wide = |p: &[f32]| p.iter().copied().map(f64::from).collect::<Vec<f64>>();
    let (old, recent) = p.split_at(before.len());
    let Some(area) = area_under_curve(&wide(old), &wide(recent), 0.95) else { return Ok(None) };
    let space = Space { rows: &pool.rows, mean: &standardiser.mean };
    let energy = energy_distance(&space.directions(&before), &space.directions(&new));
    let certain: HashMap<usize, f32> = new.iter().copied().zip(recent.iter().copied()).collect();
    let mut most = new.clone();
    most.sort_by(|a, b| certain[b].total_cmp(&certain[a]).then(ids[*a].cmp(&ids[*b])));
    most.truncate(SHOWN);
    Ok(Some(TwoGroups { before, new, area, energy, most }))
}
