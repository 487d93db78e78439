//! One batch from given arrays: no project, no database.

use std::path::{Path, PathBuf};
use std::time::Instant;

use crate::learn::fit_committee;
use crate::learn::{Committee, CommitteeOptions, LearnError, Link, Standardiser, Targets, Training, Truth, Votes};
use crate::math::Matrix;
use crate::query::{Judged, Opinion, Pool, Strategy, choose};
use crate::service::experiments::simulate::{MOST_CLASSES, SimulateError, npy};

/// What to choose from.
#[derive(Debug, Clone)]
pub struct Request {
    pub strategy: Strategy,
    pub link: Link,
    pub embeddings: PathBuf,
    /// Positions of labeled samples.
    pub labeled: PathBuf,
    /// Their classes, or positions × classes of 0 and 1.
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
///
/// Without probabilities, and while there is nothing to learn from, the batch covers the pool.
///
/// # Errors
/// Arrays that cannot be read or do not fit each other; a strategy that needs labels or members where there are none.
pub fn select(request: &Request) -> Result<Selection, SimulateError> {
    let mismatch = |why: String| Err(SimulateError::Mismatch(why));
    let (strategy, link, k) = (request.strategy, request.link, request.classes);
    if k == 0 || k > MOST_CLASSES {
        return mismatch(format!("`{k}` classes; give 1 to {MOST_CLASSES}"));
    }
    let rows = npy::matrix(&request.embeddings)?;
    let labeled = npy::indices(&request.labeled)?;
    let n = rows.rows();
    let truth = truth(request, labeled.len())?;
    let targets = truth.targets();
    let open = open(n, &labeled)?;
    let ids: Vec<u64> = (0..n as u64).collect();
    let given = request.probabilities.as_ref().map(|path| votes(path, link, n, k)).transpose()?;
    if let Some(votes) = &given
        && strategy.needs_committee()
        && votes.members < 2
    {
        return mismatch(format!(
            "strategy `{strategy}` compares members; give probabilities of m × {n} × k, m at least 2"
        ));
    }
    // The first strategy covers the pool until there is something to go by; asking for another rule is an error.
    let covers = strategy == Strategy::first(link) || strategy.needs_no_model();
    if targets.is_empty() && given.is_none() && !covers {
        return Err(LearnError::NoLabels.into());
    }
    let start = Instant::now();
    let millis = |start: Instant| start.elapsed().as_secs_f64() * 1e3;
    // Given votes are taken as they are; a fitted head needs something to learn.
    let teaches = targets.varying(k).len() >= link.least();
    let fit = given.is_none() && teaches && !strategy.needs_no_model();
    let committee = fit.then(|| committee(request, &rows, &labeled, targets)).transpose()?;
    let (fit_ms, start) = (if fit { millis(start) } else { 0.0 }, Instant::now());
    let judged = committee.as_ref().map(|committee| Judged { committee, rows: &rows });
    let opinion = judged.as_ref().map(|judged| judged as &dyn Opinion);
    let pool = Pool {
        rows: &rows,
        ids: &ids,
        open: &open,
        labeled: &labeled,
        targets,
        pending: &[],
        n_classes: k,
        opinion: given.as_ref().map_or(opinion, |votes| Some(votes as &dyn Opinion)),
        margins: None,
        axes: 0,
        seed: request.seed,
    };
    let picks = choose(strategy, &pool, request.batch)?;
    let (picked, scores) = picks.into_iter().map(|pick| (pick.index, pick.score)).unzip();
    Ok(Selection { picked, scores, fit_ms, select_ms: millis(start) })
}

/// What is known about the labeled samples.
fn truth(request: &Request, samples: usize) -> Result<Truth, SimulateError> {
    let mismatch = |why: String| Err(SimulateError::Mismatch(why));
    let (path, k) = (&request.labels, request.classes);
    match request.link {
        Link::Softmax => {
            let labels = npy::indices(path)?;
            if labels.len() != samples {
                return mismatch(format!("{samples} positions but {} labels; give one label each", labels.len()));
            }
            if let Some(label) = labels.iter().find(|&&y| y >= k) {
                return mismatch(format!("label `{label}` is not below `{k}`, the number of classes"));
            }
            Ok(Truth::One(labels))
        }
        Link::Sigmoid => {
            let array = npy::read::<f32>(path)?;
            let wrong = |why: String| Err(SimulateError::File { path: path.clone(), why });
            if array.shape != [samples, k] {
                return wrong(format!("its shape is {:?}; use {samples} × {k}", array.shape));
            }
            if let Some(at) = array.numbers.iter().position(|&y| y != 0.0 && y != 1.0) {
                let (row, number) = (at / k, array.numbers[at]);
                return wrong(format!(
                    "row {row} holds `{number}`; use 1 for classes that a sample has and 0 for others"
                ));
            }
            Ok(Truth::Sets(array.numbers.into_iter().map(|y| y == 1.0).collect()))
        }
    }
}

/// The positions below `n` that are not among `labeled`.
fn open(n: usize, labeled: &[usize]) -> Result<Vec<usize>, SimulateError> {
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
    request: &Request,
    rows: &Matrix,
    labeled: &[usize],
    targets: Targets<'_>,
) -> Result<Committee, SimulateError> {
    let standardiser = Standardiser::from_pool(rows)?;
    let known = rows.gather(labeled);
    let training = Training { rows: &known, targets, weights: None, n_classes: request.classes };
    let options = CommitteeOptions { seed: request.seed, ..CommitteeOptions::default() };
    Ok(fit_committee(&training, &standardiser, None, &options)?.committee)
}

/// Votes from n × k probabilities, or m × n × k of a committee, over `classes` classes.
fn votes(path: &Path, link: Link, n: usize, classes: usize) -> Result<Votes, SimulateError> {
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
    Ok(Votes::new(link, m, k, numbers)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn save(folder: &Path, name: &str, shape: &str, numbers: &[f32]) -> PathBuf {
        let header = format!("{{'descr': '<f4', 'fortran_order': False, 'shape': {shape}, }}");
        let mut bytes = b"\x93NUMPY\x01\x00\x76\x00".to_vec();
        bytes.extend(format!("{header:<117}\n").as_bytes());
        bytes.extend(numbers.iter().flat_map(|x| x.to_le_bytes()));
        let path = folder.join(name);
        std::fs::write(&path, bytes).unwrap();
        path
    }

    /// Twelve samples on a circle, three of them labeled with two labels.
    fn request(folder: &Path, labels: &[f32; 6]) -> Request {
        let rows: Vec<f32> = (0..12).flat_map(|i| [(i as f32 * 0.5).cos(), (i as f32 * 0.5).sin()]).collect();
        Request {
            link: Link::Sigmoid,
            strategy: Strategy::first(Link::Sigmoid),
            embeddings: save(folder, "x.npy", "(12, 2)", &rows),
            labeled: save(folder, "idx.npy", "(3,)", &[0.0, 4.0, 7.0]),
            labels: save(folder, "y.npy", "(3, 2)", labels),
            classes: 2,
            batch: 4,
            seed: 1,
            probabilities: None,
        }
    }

    #[test]
    fn a_head_is_fitted_where_labels_differ_and_coverage_serves_where_they_do_not() {
        let folder = tempfile::tempdir().unwrap();
        for (labels, fits) in [([1.0, 0.0, 0.0, 0.0, 0.0, 1.0], true), ([1.0, 0.0, 1.0, 0.0, 1.0, 0.0], false)] {
            let found = select(&request(folder.path(), &labels)).unwrap();
            assert_eq!((found.picked.len(), found.scores.len(), found.fit_ms > 0.0), (4, 4, fits));
            assert!(found.picked.iter().all(|i| ![0, 4, 7].contains(i)));
        }
    }

    #[test]
    fn given_probabilities_are_ranked_as_they_are() {
        let folder = tempfile::tempdir().unwrap();
        let p: Vec<f32> = (0..24).map(|at| if at == 10 { 0.5 } else { 0.01 }).collect();
        let probabilities = Some(save(folder.path(), "p.npy", "(12, 2)", &p));
        let found = select(&Request { batch: 1, probabilities, ..request(folder.path(), &[0.0; 6]) }).unwrap();
        assert_eq!((found.picked, found.fit_ms), (vec![5], 0.0));
    }

    #[test]
    fn what_cannot_be_used_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let why = |request: &Request| select(request).unwrap_err().to_string();
        assert!(why(&request(folder.path(), &[0.0, 2.0, 0.0, 0.0, 0.0, 0.0])).contains("row 0 holds `2`"));
        let good = request(folder.path(), &[0.0; 6]);
        assert!(why(&Request { classes: 3, ..good.clone() }).contains("use 3 × 3"));
        assert!(why(&Request { classes: 0, ..good.clone() }).contains("`0` classes"));
        let labeled = save(folder.path(), "twice.npy", "(3,)", &[0.0, 4.0, 4.0]);
        assert!(why(&Request { labeled, ..good.clone() }).contains("`4` is labeled twice"));
        let probabilities = Some(save(folder.path(), "p.npy", "(12, 2)", &[1.5; 24]));
        assert!(why(&Request { probabilities, ..good }).contains("probabilities of sample 0"));
    }
}
