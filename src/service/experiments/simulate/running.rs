//! Running an experiment: finished runs are kept in a journal, so that an interrupted experiment resumes where it
//! stopped.

use std::collections::HashSet;
use std::io::Write as _;
use std::path::Path;
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use super::SimulateError;
use crate::domain::Stage;
use crate::evaluate::Measure;
use crate::evaluate::experiment::{self, Data, Plan, RunPoint, Watcher};
use crate::evaluate::summary::{self, Summary};
use crate::learn::cures;
use crate::progress::Progress;

/// Every run that has ended in a folder, whatever it was asked for.
const JOURNAL: &str = "runs.csv";
/// What the runs of a folder have in common.
const PLAN: &str = "plan.json";

/// What must be equal for two runs to be comparable.
#[derive(Debug, PartialEq, serde::Serialize, serde::Deserialize)]
struct Shared {
    initial: usize,
    batch: usize,
    budget: usize,
    classes: usize,
    pool: [usize; 2],
    test: [usize; 2],
    #[serde(default)]
    cures: String,
    /// Of embeddings and labels.
    checksum: u32,
    version: String,
}

impl Shared {
    fn of(data: &Data, plan: &Plan) -> Self {
        let mut sum = crc32fast::Hasher::new();
        for rows in [&data.pool, &data.test] {
            rows.as_slice().iter().for_each(|x| sum.update(&x.to_le_bytes()));
        }
        for (truth, n) in [(&data.truth, data.pool.rows()), (&data.test_truth, data.test.rows())] {
            for y in (0..n).flat_map(|i| truth.targets().of(i, data.n_classes)) {
                sum.update(&(y as u64).to_le_bytes());
            }
        }
        Self {
            initial: plan.initial,
            batch: plan.batch,
            budget: plan.budget,
            classes: data.n_classes,
            pool: [data.pool.rows(), data.pool.cols()],
            test: [data.test.rows(), data.test.cols()],
            cures: cures::names(plan.cures.iter().copied()),
            checksum: sum.finalize(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
        }
    }
}

/// Run what `plan` asks for and `folder` does not hold yet, and summarise. Stopping through `progress` keeps the
/// finished runs, and the same command resumes from them; more seeds and strategies may be added to a finished
/// experiment.
///
/// # Errors
/// When the folder holds runs of another experiment, or cannot be written.
pub fn run(
    data: &Data,
    plan: &Plan,
    folder: &Path,
    progress: &Progress,
) -> Result<(Vec<RunPoint>, Summary), SimulateError> {
    let known = earlier(data, plan, folder)?;
    let mut done: Vec<(String, u64)> = known.iter().map(|p| (p.strategy.clone(), p.seed)).collect();
    done.dedup();
    let wanted = |p: &RunPoint| p.seed < plan.seeds && plan.strategies.iter().any(|s| s.as_str() == p.strategy);
    let path = folder.join(JOURNAL);
    let failed = |source| SimulateError::Write { path: path.clone(), source };
    let file = std::fs::OpenOptions::new().create(true).append(true).open(&path).map_err(failed)?;
    let full = experiment::full_accuracy(data, &plan.committee)?;
    let journal = Journal {
        start: Instant::now(),
        progress,
        total: plan.seeds * plan.strategies.len() as u64,
        state: Mutex::new(State { file, points: known.into_iter().filter(wanted).collect(), error: None }),
    };
    journal.tell();
    experiment::run(data, plan, &done, &journal)?;
    let State { mut points, error, .. } = journal.state.into_inner().unwrap_or_else(PoisonError::into_inner);
    if let Some(error) = error {
        return Err(failed(error));
    }
    let place = |p: &RunPoint| plan.strategies.iter().position(|s| s.as_str() == p.strategy);
    points.sort_by_key(|p| (p.seed, place(p), p.labels));
    let summary = summary::summarise(&points, Measure::from(data.truth.targets().link()), full, plan.committee.seed);
    Ok((points, summary))
}

/// Drop the runs that a folder holds.
pub fn forget(folder: &Path) -> Result<(), SimulateError> {
    for path in [folder.join(JOURNAL), folder.join(PLAN)] {
        match std::fs::remove_file(&path) {
            Err(source) if source.kind() != std::io::ErrorKind::NotFound => {
                return Err(SimulateError::Write { path, source });
            }
            _ => {}
        }
    }
    Ok(())
}

/// The whole runs that the folder's journal holds; a run cut off in the middle of its lines does not count.
fn earlier(data: &Data, plan: &Plan, folder: &Path) -> Result<Vec<RunPoint>, SimulateError> {
    let shared = Shared::of(data, plan);
    let (path, journal) = (folder.join(PLAN), folder.join(JOURNAL));
    let write = |path: &Path| {
        let path = path.to_owned();
        move |source| SimulateError::Write { path, source }
    };
    let before = std::fs::read(&path).ok().and_then(|bytes| serde_json::from_slice::<Shared>(&bytes).ok());
    if before.as_ref() != Some(&shared) {
        if std::fs::metadata(&journal).is_ok_and(|file| file.len() > 0) {
            return Err(SimulateError::Mismatch(format!(
                "`{}` holds runs of another experiment (other data, --initial, --batch, --budget or --cures); give another --out, or \
                 remove that folder",
                folder.display()
            )));
        }
        let text = serde_json::to_vec_pretty(&shared).map_err(std::io::Error::other).map_err(write(&path))?;
        std::fs::write(&path, text).map_err(write(&path))?;
        return Ok(Vec::new());
    }
    let text = match std::fs::read(&journal) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(write(&journal)(error)),
    };
    let mut lines = csv::ReaderBuilder::new().has_headers(false).from_reader(&*text);
    let mut runs: Vec<Vec<RunPoint>> = Vec::new();
    for point in lines.deserialize::<RunPoint>() {
        let Ok(point) = point else { continue };
        match runs.last_mut().filter(|run| run[0].strategy == point.strategy && run[0].seed == point.seed) {
            Some(run) => run.push(point),
            None => runs.push(vec![point]),
        }
    }
    let end = plan.budget.min(data.pool.rows());
    runs.retain(|run| {
        run[0].labels == plan.initial.clamp(1, end.max(1)) && run.last().is_some_and(|p| p.labels == end)
    });
    // Rewrite the journal without torn lines, so that appended text starts on its own line.
    let points = runs.concat();
    std::fs::write(&journal, lines_of(&points).map_err(write(&journal))?).map_err(write(&journal))?;
    Ok(points)
}

fn lines_of(points: &[RunPoint]) -> std::io::Result<Vec<u8>> {
    let mut table = csv::WriterBuilder::new().has_headers(false).from_writer(Vec::new());
    points.iter().try_for_each(|point| table.serialize(point)).map_err(std::io::Error::other)?;
    table.into_inner().map_err(|error| std::io::Error::other(error.to_string()))
}

/// Records each run as it ends.
struct Journal<'a> {
    start: Instant,
    progress: &'a Progress,
    total: u64,
    state: Mutex<State>,
}

struct State {
    file: std::fs::File,
    points: Vec<RunPoint>,
    error: Option<std::io::Error>,
}

impl Journal<'_> {
    fn tell(&self) {
        let state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let runs: HashSet<(&str, u64)> = state.points.iter().map(|p| (p.strategy.as_str(), p.seed)).collect();
        self.progress.report(runs.len() as u64, self.total, &Stage::Simulating);
    }
}

impl Watcher for Journal<'_> {
    fn clock(&self) -> f64 {
        self.start.elapsed().as_secs_f64() * 1e3
    }

    fn finished(&self, run: &[RunPoint]) -> bool {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.points.extend_from_slice(run);
        let written = lines_of(run).and_then(|lines| state.file.write_all(&lines));
        let going = written.is_ok();
        if let Err(error) = written {
            state.error = Some(error);
        }
        drop(state);
        self.tell();
        going && !self.progress.stopped()
    }
}
