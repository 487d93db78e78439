//! One batch from given arrays: no project, no database.

use std::path::PathBuf;
use std::time::Instant;

use super::simulate::{MOST_CLASSES, SimulateError, npy};
use crate::learn::{CommitteeOptions, Standardiser, Training, Votes, fit_committee};
use crate::math::topk;
use crate::query::coverage::{CoverageOptions, max_herding};
use crate::query::{Strategy, score, score_pool};

/// What to choose from.
#[derive(Debug, Clone)]
pub struct Request {
    /// `None` is `auto`: coverage while fewer than two classes or max(2 K, 20) labels are known, then margin.
    pub strategy: Option<Strategy>,
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
pub fn select(request: &Request) -> Result<Selection, SimulateError> {
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
    let mut open = vec![true; n];
    for &i in &labeled {
        match open.get_mut(i) {
            Some(free) if *free => *free = false,
            Some(_) => return mismatch(format!("position `{i}` is labeled twice; give each once")),
            None => return mismatch(format!("position `{i}` is not below `{n}`, the number of embeddings")),
        }
    }
    if let Some(label) = labels.iter().find(|&&y| y >= request.classes) {
        return mismatch(format!("label `{label}` is not below `{}`, the number of classes", request.classes));
    }
    let ids: Vec<u64> = (0..n as u64).collect();
    let left: Vec<usize> = (0..n).filter(|&i| open[i]).collect();
    let given = request.probabilities.as_ref().map(|path| votes(path, n, request.classes)).transpose()?;
    if let (Some(strategy), Some(votes)) = (request.strategy, &given)
        && strategy.needs_committee()
        && votes.members < 2
    {
        return mismatch(format!(
            "strategy `{strategy}` compares members; give probabilities of m × {n} × k, m at least 2"
        ));
    }
    let several = labels.iter().any(|y| *y != labels[0]);
    let early = given.is_none() && (!several || labeled.len() < (2 * request.classes).max(20));
    let start = Instant::now();
    let millis = |start: Instant| start.elapsed().as_secs_f64() * 1e3;
    let strategy = match request.strategy {
        None if early => {
            let options = CoverageOptions { seed: request.seed, ..CoverageOptions::default() };
            let picks = max_herding(&rows, &ids, &left, &labeled, request.batch, &options);
            let (picked, scores) = picks.into_iter().map(|pick| (pick.index, pick.gain)).unzip();
            return Ok(Selection { picked, scores, fit_ms: 0.0, select_ms: millis(start) });
        }
        None => Strategy::Margin,
        Some(strategy) => strategy,
    };
    // Scores, and a second score for ties.
    let (scores, second, fit_ms, start) = match given {
        Some(votes) => (score(strategy, &votes), strategy.tie_break().map(|second| score(second, &votes)), 0.0, start),
        None if strategy == Strategy::Random => (vec![0.0; n], None, 0.0, start),
        None => {
            let standardiser = Standardiser::from_pool(&rows)?;
            let known = rows.gather(&labeled);
            let training = Training { rows: &known, labels: &labels, weights: None, n_classes: request.classes };
            let options = CommitteeOptions { seed: request.seed, ..CommitteeOptions::default() };
            let committee = fit_committee(&training, &standardiser, None, &options)?;
            let (fit_ms, start) = (millis(start), Instant::now());
            let second = strategy.tie_break().map(|second| score_pool(second, &committee, &rows));
            (score_pool(strategy, &committee, &rows), second, fit_ms, start)
        }
    };
    let of_left = |scores: &[f32]| left.iter().map(|&i| scores[i]).collect::<Vec<f32>>();
    let (left_scores, left_second) = (of_left(&scores), second.as_deref().map(of_left));
    let left_ids: Vec<u64> = left.iter().map(|&i| ids[i]).collect();
    let order = topk::top_k(&left_scores, left_second.as_deref(), &left_ids, request.batch, request.seed);
    Ok(Selection {
        picked: order.iter().map(|&at| left[at]).collect(),
        scores: order.iter().map(|&at| left_scores[at]).collect(),
        fit_ms,
        select_ms: millis(start),
    })
}

/// Votes from n × k probabilities, or m × n × k of a committee, over `classes` classes.
fn votes(path: &std::path::Path, n: usize, classes: usize) -> Result<Votes, SimulateError> {
    let array = npy::read(path)?;
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
            numbers.extend(array.numbers[(member * n + i) * k..][..k].iter().map(|&p| p as f32));
        }
    }
    Ok(Votes::new(m, k, numbers)?)
}
