//! Replays: what other strategies would have achieved with the labels that a project already has.
//!
//! A replay is the experiment of `querist simulate` on a project's own training labels. It runs as a job, on its own
//! thread pool, and resumes after a restart from the finished runs.
//!
//! **Invariant:** audit samples are measured on and never asked about; a result covers complete seeds only.

use std::collections::{BTreeSet, HashSet};
use std::io::ErrorKind;
use std::path::Path;
use std::time::Duration;

use crate::data::write_whole;
use crate::domain::{ClassId, ClassSet, JobId, JobNote, Project, ProjectId, SampleId, Timestamp, job};
use crate::evaluate::experiment::{Data, Plan};
use crate::evaluate::summary::{self, Summary};
use crate::learn::{CommitteeOptions, Link, cures};
use crate::math::{random, topk};
use crate::progress::Progress;
use crate::query::Strategy;
use crate::service::experiments::simulate::{self, SimulateError};
use crate::service::rounds::pool::EncodedPool;
use crate::service::rounds::training::material::known;
use crate::service::{App, ServiceError};
use crate::store::jobs::Job;

/// The fewest labeled samples outside the audit set that are worth replaying.
pub const LEAST_LABELS: usize = 100;
/// With fewer audit labels, part of the training labels is held out instead.
pub const LEAST_AUDIT: usize = 50;
/// Share of the training labels that is held out then.
pub const HELD_OUT: f64 = 0.3;
/// Strategies side by side.
pub const STRATEGIES: std::ops::RangeInclusive<usize> = 2..=4;
const MOST_SEEDS: u64 = 50;
const MOST_BATCH: usize = 500;
/// Labels before the first round, the same for every strategy.
const INITIAL: usize = 20;
/// A replay spends half of its pool, since spending all of it leaves nothing to choose; within these limits.
const BUDGET: (usize, usize) = (60, 500);
/// Training labels from which a replay runs by itself; it runs again when they have doubled.
const BY_ITSELF: i64 = 200;
/// How often to check for a request to stop.
const LOOK: Duration = Duration::from_millis(500);

const RESULT: &str = "latest.json";
const STOP: &str = "stop";

/// What to replay.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct WantedReplay {
    pub strategies: Vec<String>,
    pub seeds: u64,
    pub batch: usize,
}

impl WantedReplay {
    /// The default replay.
    pub fn usual(link: Link) -> Self {
        let strategies = match link {
            Link::Softmax => ["auto", "random", "margin"],
            Link::Sigmoid => ["mean-margin", "random", "cvirs"],
        };
        Self { strategies: strategies.map(str::to_owned).to_vec(), seeds: 10, batch: 10 }
    }

    /// The strategies, in the order given.
    ///
    /// # Errors
    /// A sentence saying what cannot be replayed, and what can.
    fn checked(&self, link: Link) -> Result<Vec<Strategy>, ServiceError> {
        let invalid = |why: String| Err(ServiceError::Invalid(why));
        let mut strategies = Vec::new();
        for name in &self.strategies {
            let strategy = Strategy::named(name, link)?;
            if strategies.contains(&strategy) {
                return invalid(format!("`{strategy}` is named twice; name each strategy once"));
            }
            strategies.push(strategy);
        }
        if !STRATEGIES.contains(&strategies.len()) {
            return invalid(format!(
                "a replay compares two to four strategies, and {} came; name two to four",
                strategies.len()
            ));
        }
        if !(1..=MOST_SEEDS).contains(&self.seeds) {
            return invalid(format!("{} seeds were asked for; give 1 to {MOST_SEEDS}", self.seeds));
        }
        if !(1..=MOST_BATCH).contains(&self.batch) {
            return invalid(format!("{} labels per round were asked for; give 1 to {MOST_BATCH}", self.batch));
        }
        Ok(strategies)
    }
}

/// A finished replay.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize, utoipa::ToSchema)]
pub struct Replay {
    pub job: JobId,
    pub finished_us: Timestamp,
    pub strategies: Vec<String>,
    /// Labels asked per round.
    pub batch: usize,
    /// Labels drawn at random before the first round, the same for every strategy.
    pub initial: usize,
    /// Labels in all.
    pub budget: usize,
    /// Seeds that were asked for; `summary.seeds` says how many are whole.
    pub seeds: u64,
    /// Labeled samples that questions were chosen from.
    pub pool: usize,
    /// Labeled samples that accuracy was measured on.
    pub test: usize,
    /// Whether those are the audit set; otherwise they were held out of the training labels.
    pub audited: bool,
    pub summary: Summary,
    pub curves: Vec<ReplayCurve>,
}

/// The mean curve of one strategy.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize, utoipa::ToSchema)]
pub struct ReplayCurve {
    pub strategy: String,
    pub points: Vec<ReplayPoint>,
}

/// Mean accuracy over seeds, with two standard errors around it.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize, serde::Deserialize, utoipa::ToSchema)]
pub struct ReplayPoint {
    pub labels: f64,
    pub accuracy: f64,
    pub low: f64,
    pub high: f64,
}

/// How a replay's job came to its end.
#[derive(Debug, Clone, PartialEq)]
pub enum ReplayOutcome {
    Ended(JobNote),
    /// The work was told to stop by the server, not by a person: it goes on from the runs that finished.
    Interrupted,
}

/// Labeled embeddings that a replay works on.
#[derive(Debug)]
pub struct ReplayMaterial {
    data: Data,
    audited: bool,
}

/// Ask for a replay.
///
/// # Errors
/// When nothing can be replayed yet, `wanted` is impossible, or a replay is running.
pub async fn request(app: &App, project: &Project, wanted: &WantedReplay) -> Result<JobId, ServiceError> {
    wanted.checked(project.task.into())?;
    material(app, project).await??;
    if app.store.latest_job(project.id, &job::REPLAY).await?.is_some_and(|job| job.is_open()) {
        return Err(ServiceError::Conflict("a replay is under way; wait for its end, or stop it first".to_owned()));
    }
    let payload = serde_json::to_string(wanted).map_err(std::io::Error::other)?;
    let job = app.store.request_job(project.id, &job::REPLAY, &payload, app.clock.now()).await?;
    app.wake.notify_waiters();
    Ok(job)
}

/// Ask for the usual replay where there are enough labels for the first one, or twice as many as the last one had.
///
/// After one that failed or that somebody stopped before its first seed, none runs by itself.
pub async fn request_if_due(app: &App, project: ProjectId) -> Result<(), ServiceError> {
    let Some(project) = app.store.project(project).await? else { return Ok(()) };
    let tally = app.store.tally(project.id).await?;
    let labels = tally.labeled - tally.audit_labeled;
    if labels < BY_ITSELF {
        return Ok(());
    }
    let due = match (app.store.latest_job(project.id, &job::REPLAY).await?, latest(app, &project).await?) {
        (None, _) => true,
        (Some(job), Some(replay)) if job.id == replay.job => {
            let before = replay.pool + if replay.audited { 0 } else { replay.test };
            labels >= 2 * before as i64
        }
        _ => false,
    };
    if due && material(app, &project).await?.is_ok() {
        request(app, &project, &WantedReplay::usual(project.task.into())).await?;
    }
    Ok(())
}

/// Ask the running replay to stop; the seeds that every strategy finished become its result.
///
/// # Errors
/// When none is running.
pub async fn stop(app: &App, project: &Project) -> Result<(), ServiceError> {
    let job = app.store.latest_job(project.id, &job::REPLAY).await?.filter(Job::is_open);
    let job = job.ok_or_else(|| ServiceError::Conflict("no replay is under way".to_owned()))?;
    // A file, since the job may run in another process.
    let folder = app.data.replay(&project.slug, job.id);
    app.cpu
        .blocking(move || std::fs::create_dir_all(&folder).and_then(|()| std::fs::write(folder.join(STOP), "")))
        .await??;
    Ok(())
}

/// The newest result. `None` before the first, or if it was written by a version with another format.
pub async fn latest(app: &App, project: &Project) -> Result<Option<Replay>, ServiceError> {
    let path = app.data.replays(&project.slug).join(RESULT);
    match app.cpu.blocking(move || std::fs::read(path)).await? {
        Ok(text) => Ok(serde_json::from_slice(&text).ok()),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// What can be replayed now, or what is missing.
pub async fn material(app: &App, project: &Project) -> Result<Result<ReplayMaterial, Unready>, ServiceError> {
    let labels = app.store.training_labels(project.id).await?;
    let kinds = labels.iter().map(|(_, set)| set).collect::<HashSet<_>>().len();
    if kinds < 2 {
        return Ok(Err(if kinds == 0 { Unready::NoLabels } else { Unready::OneClass }));
    }
    if labels.len() < LEAST_LABELS {
        return Ok(Err(Unready::FewLabels(labels.len())));
    }
    let Some(pool) = app.pools.get(app, project).await? else { return Ok(Err(Unready::NothingEncoded)) };
    let encoded = labels.iter().filter(|(sample, _)| pool.row_of.contains_key(sample)).count();
    if encoded == 0 {
        return Ok(Err(Unready::NothingEncoded));
    }
    if encoded < LEAST_LABELS {
        return Ok(Err(Unready::FewEncoded { encoded, labels: labels.len() }));
    }
    let audit = app.store.audit_labels(project.id).await?;
    let classes: Vec<ClassId> = app.store.classes(project.id).await?.into_iter().map(|class| class.id).collect();
    let (link, seed) = (project.task.into(), project.seed as u64);
    Ok(Ok(app.cpu.run(move || gather(&pool, link, &classes, &labels, &audit, seed)).await?))
}

/// Why a project has nothing to replay yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Unready {
    #[error("a replay needs labels of at least two classes, and this project has no labels; label some more first")]
    NoLabels,
    #[error(
        "a replay needs labels of at least two classes, and this project has labels of one class only; label some more first"
    )]
    OneClass,
    #[error(
        "a replay needs at least {LEAST_LABELS} labeled samples outside the audit set, and this project has {0}; label some more \
         first"
    )]
    FewLabels(usize),
    #[error("nothing is encoded yet, and a replay works on embeddings; wait for the encoding to end")]
    NothingEncoded,
    #[error(
        "{encoded} of {labels} labeled samples are encoded so far, and a replay needs {LEAST_LABELS}; wait for the encoding to end"
    )]
    FewEncoded { encoded: usize, labels: usize },
}

impl From<Unready> for ServiceError {
    fn from(why: Unready) -> Self {
        Self::Invalid(why.to_string())
    }
}

/// The pool to ask about, and the audit set to measure on; where that is too small, a seeded part of the labels.
fn gather(
    pool: &EncodedPool,
    link: Link,
    classes: &[ClassId],
    labels: &[(SampleId, ClassSet)],
    audit: &[(SampleId, ClassSet)],
    seed: u64,
) -> ReplayMaterial {
    let k = classes.len();
    let ((mut rows, mut truth), (mut test_rows, mut test_truth)) =
        (known(pool, link, classes, labels), known(pool, link, classes, audit));
    let audited = test_rows.len() >= LEAST_AUDIT;
    if !audited {
        let ids: Vec<u64> = rows.iter().map(|row| pool.ids[*row].0 as u64).collect();
        let take = (HELD_OUT * rows.len() as f64).round() as usize;
        let held: BTreeSet<usize> =
            topk::top_k(&vec![0.0; ids.len()], None, &ids, take, random::hash(seed, 0x7e57)).into_iter().collect();
        let (test, asked): (Vec<usize>, Vec<usize>) = (0..rows.len()).partition(|i| held.contains(i));
        let rows_at = |at: &[usize]| at.iter().map(|&i| rows[i]).collect::<Vec<_>>();
        (test_rows, test_truth) = (rows_at(&test), truth.targets().gather(&test, k));
        (rows, truth) = (rows_at(&asked), truth.targets().gather(&asked, k));
    }
    let axes = pool.axes();
    let (pool, test) = (pool.rows.gather(&rows), pool.rows.gather(&test_rows));
    ReplayMaterial { data: Data { pool, truth, test, test_truth, n_classes: k, axes }, audited }
}

/// Run a replay to its end. After an interruption it resumes, unless the labels have changed since.
pub async fn run(
    app: &App,
    project: &Project,
    job: JobId,
    payload: &str,
    progress: &Progress,
) -> Result<ReplayOutcome, ServiceError> {
    let wanted: WantedReplay = serde_json::from_str(payload)
        .map_err(|error| ServiceError::Invalid(format!("the replay's settings cannot be read: {error}")))?;
    let strategies = wanted.checked(project.task.into())?;
    let ReplayMaterial { data, audited } = material(app, project).await??;
    let (pool, test) = (data.pool.rows(), data.test.rows());
    let budget = (pool / 2).clamp(BUDGET.0, BUDGET.1).min(pool);
    let plan = Plan {
        strategies,
        initial: INITIAL.min(budget),
        batch: wanted.batch,
        budget,
        seeds: wanted.seeds,
        committee: CommitteeOptions::default(),
        cures: cures::parse(&project.cures, project.task.into()).unwrap_or_default(),
    };
    let folder = app.data.replay(&project.slug, job);
    let marker = folder.join(STOP);
    let cpu = app.cpu.beside().map_err(std::io::Error::other)?;
    let work = {
        let (plan, folder, progress) = (plan.clone(), folder.clone(), progress.clone());
        cpu.run(move || work(&data, &plan, &folder, &progress))
    };
    tokio::pin!(work);
    let done = loop {
        if tokio::fs::try_exists(&marker).await? {
            progress.stop();
        }
        tokio::select! {
            done = &mut work => break done?,
            () = tokio::time::sleep(LOOK) => {}
        }
    };
    let (summary, curves) = done.map_err(refused)?;
    let by_hand = tokio::fs::try_exists(&marker).await?;
    if progress.stopped() && !by_hand && (summary.seeds as u64) < wanted.seeds {
        return Ok(ReplayOutcome::Interrupted);
    }
    let names = wanted.strategies.join(", ");
    let note = match summary.seeds as i64 {
        0 => JobNote::ReplayWithoutSeed,
        seeds => {
            let wanted = if by_hand { wanted.seeds as i64 } else { seeds };
            JobNote::Replayed { seeds, wanted, strategies: names, samples: pool as i64 }
        }
    };
    let replay = (summary.seeds > 0).then(|| Replay {
        job,
        finished_us: app.clock.now(),
        strategies: plan.strategies.iter().map(ToString::to_string).collect(),
        batch: plan.batch,
        initial: plan.initial,
        budget: plan.budget,
        seeds: plan.seeds,
        pool,
        test,
        audited,
        summary,
        curves,
    });
    let home = app.data.replays(&project.slug);
    app.cpu.blocking(move || keep(&home, &folder, replay.as_ref())).await??;
    Ok(ReplayOutcome::Ended(note))
}

/// The experiment in its folder; an interrupted one with other labels starts over.
fn work(
    data: &Data,
    plan: &Plan,
    folder: &Path,
    progress: &Progress,
) -> Result<(Summary, Vec<ReplayCurve>), SimulateError> {
    simulate::prepare(folder)?;
    let ran = match simulate::running::run(data, plan, folder, progress) {
        Err(SimulateError::Mismatch(_)) => {
            simulate::running::forget(folder)?;
            simulate::running::run(data, plan, folder, progress)
        }
        other => other,
    };
    let (points, mut summary) = ran?;
    // Stopped so early that a strategy has not run at all, no seed is whole, whatever those that ran have in common.
    if !plan.strategies.iter().all(|strategy| points.iter().any(|point| point.strategy == strategy.as_str())) {
        summary.seeds = 0;
    }
    let whole = summary::whole_seeds(&points);
    let points: Vec<_> = points.into_iter().filter(|point| whole.contains(&point.seed)).collect();
    let point = |&(labels, accuracy, low, high): &_| ReplayPoint { labels, accuracy, low, high };
    let curves = simulate::series(&points)
        .into_iter()
        .map(|series| ReplayCurve { strategy: series.name, points: series.points.iter().map(point).collect() });
    Ok((summary, curves.collect()))
}

/// Replace the previous result, and remove the working files.
fn keep(home: &Path, folder: &Path, replay: Option<&Replay>) -> std::io::Result<()> {
    if let Some(replay) = replay {
        let bytes = serde_json::to_vec_pretty(replay).map_err(std::io::Error::other)?;
        write_whole(&home.join(RESULT), &bytes, true)?;
    }
    match std::fs::remove_dir_all(folder) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

fn refused(error: SimulateError) -> ServiceError {
    match error {
        SimulateError::Write { source, .. } => ServiceError::Io(source),
        SimulateError::Learn(error) => ServiceError::Learn(error),
        SimulateError::Opinion(error) => ServiceError::Opinion(error),
        SimulateError::File { .. } | SimulateError::Mismatch(_) => ServiceError::Invalid(crate::causes::line(&error)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::EncoderId;
    use crate::math::Matrix;

    /// Two hundred rows whose only feature is the sample's id, and labels of two classes.
    fn labeled() -> (EncodedPool, Vec<ClassId>, Vec<(SampleId, ClassSet)>) {
        let ids: Vec<_> = (0..200).map(SampleId).collect();
        let labels = ids.iter().map(|id| (*id, [ClassId(7 + id.0 % 2)].into_iter().collect())).collect();
        let rows = Matrix::new(200, 1, (0..200_u16).map(f32::from).collect());
        (EncodedPool::new(EncoderId(1), ids, rows), vec![ClassId(7), ClassId(8)], labels)
    }

    fn samples(rows: &Matrix) -> BTreeSet<i64> {
        rows.as_slice().iter().map(|x| *x as i64).collect()
    }

    #[test]
    fn audit_labels_are_the_test_set_where_there_are_enough() {
        let (pool, classes, labels) = labeled();
        let made = gather(&pool, Link::Softmax, &classes, &labels[..150], &labels[150..], 1);
        assert!(made.audited);
        assert_eq!(samples(&made.data.pool), (0..150).collect());
        assert_eq!(samples(&made.data.test), (150..200).collect());
        assert_eq!((0..3).flat_map(|i| made.data.test_truth.targets().of(i, 2)).collect::<Vec<_>>(), [0, 1, 0]);
    }

    #[test]
    fn too_few_audit_labels_are_left_alone_and_a_part_of_the_others_is_held_out() {
        let (pool, classes, labels) = labeled();
        let made = gather(&pool, Link::Softmax, &classes, &labels[..151], &labels[151..], 1);
        assert!(!made.audited);
        let (asked, held) = (samples(&made.data.pool), samples(&made.data.test));
        assert_eq!((asked.len(), held.len()), (106, 45));
        assert!(asked.is_disjoint(&held));
        assert_eq!(
            asked.union(&held).copied().collect::<BTreeSet<_>>(),
            (0..151).collect(),
            "no audit sample is in it"
        );
        let again = |seed| samples(&gather(&pool, Link::Softmax, &classes, &labels[..151], &[], seed).data.test);
        assert_eq!(again(1), held, "the same seed holds out the same samples");
        assert_ne!(again(2), held);
    }

    #[test]
    fn what_cannot_be_replayed_is_refused_with_a_sentence() {
        let refusal = |wanted: WantedReplay| wanted.checked(Link::Softmax).unwrap_err().to_string();
        let of = |names: &[&str]| WantedReplay {
            strategies: names.iter().map(ToString::to_string).collect(),
            ..WantedReplay::usual(Link::Softmax)
        };
        assert_eq!(WantedReplay::usual(Link::Softmax).checked(Link::Softmax).unwrap().len(), 3);
        assert!(refusal(of(&["auto"])).contains("name two to four"));
        assert!(refusal(of(&["auto", "random", "margin", "bald", "badge"])).contains("two to four"));
        assert!(refusal(of(&["auto", "Auto"])).contains("`auto` is named twice"));
        assert!(refusal(of(&["auto", "guess"])).contains("strategy `guess` is unknown"));
        assert!(refusal(WantedReplay { seeds: 0, ..WantedReplay::usual(Link::Softmax) }).contains("give 1 to 50"));
        assert_eq!(WantedReplay::usual(Link::Sigmoid).checked(Link::Sigmoid).unwrap().len(), 3);
        assert!(refusal(WantedReplay { batch: 0, ..WantedReplay::usual(Link::Softmax) }).contains("give 1 to 500"));
    }
}
