//! One batch from given arrays: no project, no database.

use std::path::PathBuf;
use std::time::Instant;

use super::simulate::{MOST_CLASSES, SimulateError, npy};
use crate::learn::{Committee, CommitteeOptions, LearnError, Standardiser, Training, Votes, fit_committee};
use crate::math::Matrix;
use crate::query::{Judged, Opinion, Pool, Strategy, choose};

/// What to choose from.
#[derive(Debug, Clone)]
pub struct Request<S> {
    /// A strategy for one class per sample, or for any number of labels.
    pub strategy: S,
    pub embeddings: PathBuf,
    /// Positions of labeled samples.
    pub labeled: PathBuf,
    /// Their classes.
    pub labels: PathBuf,
    pub classes: usize,
    pub batch: usize,
    pub seed: u64,
    /// n × k, or m × n × k; with it no head is fitted.
    pub probabilities: Option<PathBuf>,
}

/// The batch, best first.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct Selection {
    pub picked: Vec<usize>,
    pub scores: Vec<f32>,
    pub fit_ms: f64,
    pub select_ms: f64,
}

/// Choose a batch. Equal arrays and seed give an equal batch; labeled samples are never picked.
pub fn select(request: &Request<Strategy>) -> Result<Selection, SimulateError> {
    let mismatch = |why: String| Err(SimulateError::Mismatch(why));
    let rows = npy::matrix(&request.embeddings)?;
    let (labeled, labels) = (npy::indices(&request.labeled)?, npy::indices(&request.labels)?);
    let n = rows.rows();
    if labeled.len() != labels.len() {
        return mismatch(format!("{} positions but {} labels; give one label each", labeled.len(), labels.len()));
    }
    if request.classes == 0 || request.classes > MOST_CLASSES {
        return mismatch(format!("`{}` classes; give 1 to {MOST_CLASSES}", request.classes));
    }
    let left = open(n, &labeled)?;
    if let Some(label) = labels.iter().find(|&&y| y >= request.classes) {
        return mismatch(format!("label `{label}` is not below `{}`, the number of classes", request.classes));
    }
    let ids: Vec<u64> = (0..n as u64).collect();
    let given = request.probabilities.as_ref().map(|path| votes(path, n, request.classes)).transpose()?;
    if let Some(votes) = &given
        && request.strategy.needs_committee()
        && votes.members < 2
    {
        return mismatch(format!(
            "strategy `{}` compares members; give probabilities of m × {n} × k, m at least 2",
            request.strategy
        ));
    }
    // `auto` covers the pool until there is something to go by; who asks for another rule is told that it cannot work.
    if labels.is_empty() && given.is_none() && request.strategy != Strategy::Auto && !request.strategy.needs_no_model()
    {
        return Err(LearnError::NoLabels.into());
    }
    let several = labels.iter().any(|y| *y != labels[0]);
    let start = Instant::now();
    let millis = |start: Instant| start.elapsed().as_secs_f64() * 1e3;
    // Given votes are taken as they are; a head of our own needs two classes.
    let fit = given.is_none() && several && !request.strategy.needs_no_model();
    let committee = fit.then(|| committee(request, &rows, &labeled, &labels)).transpose()?;
    let (fit_ms, start) = (if fit { millis(start) } else { 0.0 }, Instant::now());
    let judged = committee.as_ref().map(|committee| Judged { committee, rows: &rows });
    let opinion = judged.as_ref().map(|judged| judged as &dyn Opinion);
    let pool = Pool {
        rows: &rows,
        ids: &ids,
        open: &left,
        labeled: &labeled,
        labels: &labels,
        pending: &[],
        n_classes: request.classes,
        opinion: given.as_ref().map_or(opinion, |votes| Some(votes as &dyn Opinion)),
        margins: None,
        seed: request.seed,
    };
    let picks = choose(request.strategy, &pool, request.batch)?;
    let (picked, scores) = picks.into_iter().map(|pick| (pick.index, pick.score)).unzip();
    Ok(Selection { picked, scores, fit_ms, select_ms: millis(start) })
}

/// The positions below `n` that are not among `labeled`.
pub(super) fn open(n: usize, labeled: &[usize]) -> Result<Vec<usize>, SimulateError> {
    let mut open = vec![true; n];
    for &i in labeled {
        let wrong = match open.get_mut(i) {
            Some(free) if *free => {
                *free = false;
                continue;
            }
            Some(_) => format!("position `{i}` is labeled twice; give each once"),
            None => format!("position `{i}` is not below `{n}`, the number of embeddings"),
        };
        return Err(SimulateError::Mismatch(wrong));
    }
    Ok((0..n).filter(|&i| open[i]).collect())
}

fn committee(
    request: &Request<Strategy>,
    rows: &Matrix,
    labeled: &[usize],
    labels: &[usize],
) -> Result<Committee, SimulateError> {
    let standardiser = Standardiser::from_pool(rows)?;
    let known = rows.gather(labeled);
    let training = Training { rows: &known, labels, weights: None, n_classes: request.classes };
    let options = CommitteeOptions { seed: request.seed, ..CommitteeOptions::default() };
    Ok(fit_committee(&training, &standardiser, None, &options)?.committee)
}

/// Votes from n × k probabilities, or m × n × k of a committee, over `classes` classes.
fn votes(path: &std::path::Path, n: usize, classes: usize) -> Result<Votes, SimulateError> {
    let array = npy::read::<f32>(path)?;
    let (m, rows, k) = match array.shape[..] {
        [rows, k] => (1, rows, k),
        [m, rows, k] => (m, rows, k),
        _ => (0, 0, 0),
    };
    if rows != n || m == 0 || k != classes {
        let why = format!("its shape is {:?}; use {n} × {classes}, or m × {n} × {classes}", array.shape);
        return Err(SimulateError::File { path: path.to_owned(), why });
    }
    // From members outermost to samples outermost.
    let mut numbers = Vec::with_capacity(array.numbers.len());
    for i in 0..n {
        for member in 0..m {
            numbers.extend_from_slice(&array.numbers[(member * n + i) * k..][..k]);
        }
    }
    Ok(Votes::new(m, k, numbers)?)
}
