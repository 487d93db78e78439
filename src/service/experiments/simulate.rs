//! Experiments on labeled data: read the arrays, run, write curves, summary and chart.
//!
//! **Invariant:** results are of whole runs only; files that cannot be used are refused with their path and what to do.

pub mod embed;
pub mod npy;
pub mod running;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use crate::evaluate::experiment::{Data, ExperimentError, RunPoint};
use crate::evaluate::summary::Summary;
use crate::evaluate::svg::{self, Series};
use crate::learn::{LearnError, Truth};
use crate::math::{Matrix, random, topk};
use crate::progress::Progress;
use crate::query::OpinionError;

/// More classes than this are treated as a mistake in the labels.
pub const MOST_CLASSES: usize = 10_000;

/// Why an experiment could not run.
#[derive(Debug, thiserror::Error)]
pub enum SimulateError {
    #[error("cannot use `{path}`: {why}")]
    File { path: PathBuf, why: String },
    #[error("{0}")]
    Mismatch(String),
    #[error(transparent)]
    Learn(#[from] LearnError),
    #[error(transparent)]
    Opinion(#[from] OpinionError),
    #[error("cannot write `{path}`; check that the folder exists and has room")]
    Write { path: PathBuf, source: std::io::Error },
}

impl From<ExperimentError> for SimulateError {
    fn from(error: ExperimentError) -> Self {
        match error {
            ExperimentError::Learn(error) => Self::Learn(error),
            ExperimentError::Opinion(error) => Self::Opinion(error),
        }
    }
}

/// Labeled embeddings as four files.
#[derive(Debug, Clone)]
pub struct Files {
    pub embeddings: PathBuf,
    pub labels: PathBuf,
    pub test_embeddings: PathBuf,
    pub test_labels: PathBuf,
}

/// Embeds the pictures of a labeled tree: paths in, one row each. Implemented by encoders.
pub type Embed<'a> = dyn Fn(&[PathBuf], &Progress) -> Result<Matrix, SimulateError> + 'a;

/// Read four arrays and check that they belong together.
pub fn from_files(files: &Files) -> Result<Data, SimulateError> {
    let (pool, labels) = pair(&files.embeddings, &files.labels)?;
    let (test, test_labels) = pair(&files.test_embeddings, &files.test_labels)?;
    if pool.cols() != test.cols() {
        let (a, b) = (pool.cols(), test.cols());
        return Err(SimulateError::Mismatch(format!(
            "pool embeddings have {a} dimensions, test embeddings {b}; encode both with one encoder"
        )));
    }
    let n_classes = labels.iter().chain(&test_labels).max().map_or(0, |top| top + 1);
    if n_classes > MOST_CLASSES {
        return Err(SimulateError::Mismatch(format!(
            "the largest label is `{}`; number the classes from 0 without gaps, at most {MOST_CLASSES}",
            n_classes - 1
        )));
    }
    Ok(Data { pool, truth: Truth::One(labels), test, test_truth: Truth::One(test_labels), n_classes, axes: 0 })
}

fn pair(embeddings: &Path, labels: &Path) -> Result<(Matrix, Vec<usize>), SimulateError> {
    let (rows, classes) = (npy::matrix(embeddings)?, npy::indices(labels)?);
    if rows.rows() != classes.len() || classes.is_empty() {
        let (a, b) = (rows.rows(), classes.len());
        return Err(SimulateError::Mismatch(format!(
            "`{}` has {a} rows and `{}` {b} labels; give one label per row and at least one",
            embeddings.display(),
            labels.display()
        )));
    }
    Ok((rows, classes))
}

/// Read a tree of pictures, `train/CLASS/*` and `test/CLASS/*`, or `CLASS/*` of which `test_share` becomes the test set.
///
/// Classes are the folder names in order; names that start with a dot are passed over.
pub fn from_tree(
    root: &Path,
    test_share: f64,
    seed: u64,
    embed: &Embed<'_>,
    progress: &Progress,
) -> Result<Data, SimulateError> {
    let (train, test) = (root.join("train"), root.join("test"));
    let split = train.is_dir() && test.is_dir();
    let mut names = BTreeSet::new();
    for base in if split { vec![&*train, &*test] } else { vec![root] } {
        names.extend(entries(base)?.into_iter().filter(|path| path.is_dir()).filter_map(|path| name_of(&path)));
    }
    if names.len() < 2 {
        let why = "it holds fewer than two class folders; arrange files as CLASS/file".to_owned();
        return Err(SimulateError::File { path: root.to_owned(), why });
    }
    let collect = |base: &Path| -> Result<(Vec<PathBuf>, Vec<usize>), SimulateError> {
        let (mut paths, mut labels) = (Vec::new(), Vec::new());
        for (class, name) in names.iter().enumerate() {
            let folder = base.join(name);
            for path in if folder.is_dir() { entries(&folder)? } else { Vec::new() } {
                if path.is_file() {
                    paths.push(path);
                    labels.push(class);
                }
            }
        }
        Ok((paths, labels))
    };
    let ((pool_paths, labels), (test_paths, test_labels)) = if split {
        (collect(&train)?, collect(&test)?)
    } else {
        let (paths, labels) = collect(root)?;
        let ids: Vec<u64> = (0..paths.len() as u64).collect();
        let take = (test_share.clamp(0.0, 1.0) * paths.len() as f64).round() as usize;
        let held: BTreeSet<usize> =
            topk::top_k(&vec![0.0; ids.len()], None, &ids, take, random::hash(seed, 0x7e57)).into_iter().collect();
        let part = |inside: bool| -> (Vec<PathBuf>, Vec<usize>) {
            (0..paths.len()).filter(|i| held.contains(i) == inside).map(|i| (paths[i].clone(), labels[i])).unzip()
        };
        (part(false), part(true))
    };
    if pool_paths.is_empty() || test_paths.is_empty() {
        let why = "the pool or the test set has no samples; add some or change the test share".to_owned();
        return Err(SimulateError::File { path: root.to_owned(), why });
    }
    let (pool, test) = (embed(&pool_paths, progress)?, embed(&test_paths, progress)?);
    let (truth, test_truth) = (Truth::One(labels), Truth::One(test_labels));
    Ok(Data { pool, truth, test, test_truth, n_classes: names.len(), axes: 0 })
}

/// Visible entries of a folder in order of name.
fn entries(folder: &Path) -> Result<Vec<PathBuf>, SimulateError> {
    let refuse = |error: std::io::Error| SimulateError::File { path: folder.to_owned(), why: error.to_string() };
    let mut paths = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(refuse)? {
        let path = entry.map_err(refuse)?.path();
        if name_of(&path).is_some_and(|name| !name.starts_with('.')) {
            paths.push(path);
        }
    }
    paths.sort();
    Ok(paths)
}

fn name_of(path: &Path) -> Option<String> {
    path.file_name().map(|name| name.to_string_lossy().into_owned())
}

/// Write the arrays of an experiment as `pool.npy`, `pool_y.npy`, `test.npy` and `test_y.npy` into `folder`, which is made
/// if absent: other programs can then be measured on exactly the same embeddings.
pub fn keep(folder: &Path, data: &Data) -> Result<(), SimulateError> {
    prepare(folder)?;
    for (name, rows, labels) in [("pool", &data.pool, &data.truth), ("test", &data.test, &data.test_truth)] {
        npy::write_matrix(&folder.join(format!("{name}.npy")), rows)?;
        npy::write_indices(&folder.join(format!("{name}_y.npy")), labels.targets().one()?)?;
    }
    Ok(())
}

/// Make the folder for the results, so that one that cannot be made is refused before the work.
pub fn prepare(folder: &Path) -> Result<(), SimulateError> {
    if folder.is_file() {
        let why = "it is a file, and several are written; name a folder".to_owned();
        return Err(SimulateError::File { path: folder.to_owned(), why });
    }
    std::fs::create_dir_all(folder).map_err(|source| SimulateError::Write { path: folder.to_owned(), source })
}

/// Write `curves.csv`, `summary.json` and `curves.svg` into `folder`, which is made if absent.
pub fn write(folder: &Path, points: &[RunPoint], summary: &Summary) -> Result<(), SimulateError> {
    let failed = |path: &Path| {
        let path = path.to_owned();
        move |source| SimulateError::Write { path, source }
    };
    prepare(folder)?;
    let mut table = csv::Writer::from_writer(Vec::new());
    let rows: Result<(), csv::Error> = points.iter().try_for_each(|point| table.serialize(point));
    let path = folder.join("curves.csv");
    rows.map_err(std::io::Error::other).map_err(failed(&path))?;
    let bytes = table.into_inner().map_err(|error| failed(&path)(std::io::Error::other(error.to_string())))?;
    let json = serde_json::to_vec_pretty(summary).map_err(std::io::Error::other).map_err(failed(&path))?;
    let chart = svg::chart("Accuracy by labels spent", "labels", "test accuracy", &series(points));
    for (name, bytes) in [("curves.csv", bytes), ("summary.json", json), ("curves.svg", chart.into_bytes())] {
        let path = folder.join(name);
        std::fs::write(&path, bytes).map_err(failed(&path))?;
    }
    Ok(())
}

/// Mean accuracy per strategy and number of labels, with a band of two standard errors over seeds.
pub(in crate::service) fn series(points: &[RunPoint]) -> Vec<Series> {
    let mut all: Vec<Series> = Vec::new();
    let mut values: Vec<Vec<(f64, Vec<f64>)>> = Vec::new();
    for point in points {
        let at = all.iter().position(|s| s.name == point.strategy).unwrap_or_else(|| {
            all.push(Series { name: point.strategy.clone(), points: Vec::new() });
            values.push(Vec::new());
            all.len() - 1
        });
        let labels = point.labels as f64;
        match values[at].iter_mut().find(|(x, _)| *x == labels) {
            Some((_, ys)) => ys.push(point.accuracy),
            None => values[at].push((labels, vec![point.accuracy])),
        }
    }
    for (series, values) in all.iter_mut().zip(values) {
        for (x, ys) in values {
            let n = ys.len() as f64;
            let mean = ys.iter().sum::<f64>() / n;
            let spread = ys.iter().map(|y| (y - mean).powi(2)).sum::<f64>() / (n - 1.0).max(1.0);
            let half = 2.0 * (spread / n).sqrt();
            series.points.push((x, mean, mean - half, mean + half));
        }
        series.points.sort_by(|a, b| a.0.total_cmp(&b.0));
    }
    all
}
