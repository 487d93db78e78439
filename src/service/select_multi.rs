//! One batch from given arrays of samples that have any number of labels: no project, no database.

use std::path::Path;
use std::time::Instant;

use super::select::{self, Request, Selection};
use super::simulate::{MOST_CLASSES, SimulateError, npy};
use crate::learn::Standardiser;
use crate::learn::multi_label::{MultiLabelOptions, fit_multi_committee};
use crate::math::Matrix;
use crate::query::multi_label::{MultiPool, MultiStrategy, choose};
use crate::query::{Pool, Strategy};

/// Choose a batch; the request's `classes` are labels, its `labels` positions × labels of 0 and 1, and its `probabilities`
/// n × labels, each on its own. Equal arrays and seed give an equal batch; labeled samples are never picked.
///
/// Without probabilities, and while no label is known to be both present and absent, nothing can be in doubt, so the
/// batch covers the pool.
pub fn select_multi(request: &Request<MultiStrategy>) -> Result<Selection, SimulateError> {
    let mismatch = |why: String| Err(SimulateError::Mismatch(why));
    if request.classes == 0 || request.classes > MOST_CLASSES {
        return mismatch(format!("`{}` labels; give 1 to {MOST_CLASSES}", request.classes));
    }
    let (rows, labeled) = (npy::matrix(&request.embeddings)?, npy::indices(&request.labeled)?);
    let (n, l) = (rows.rows(), request.classes);
    let truth = truth(&request.labels, labeled.len(), l)?;
    let open = select::open(n, &labeled)?;
    let given = request.probabilities.as_ref().map(|path| table(path, n, l)).transpose()?;
    let ids: Vec<u64> = (0..n as u64).collect();
    let start = Instant::now();
    let millis = |start: Instant| start.elapsed().as_secs_f64() * 1e3;
    let varies = |label: usize| (0..labeled.len()).any(|i| truth[i * l + label] != truth[label]);
    let fit = given.is_none() && (0..l).any(varies);
    let probabilities = if fit { Some(judge(request, &rows, &labeled, &truth)?) } else { given };
    let (fit_ms, start) = (if fit { millis(start) } else { 0.0 }, Instant::now());
    let picks = if let Some(probabilities) = &probabilities {
        let pool = MultiPool { probabilities, n_labels: l, ids: &ids, open: &open, truth: &truth, seed: request.seed };
        choose(request.strategy, &pool, request.batch)?
    } else {
        let pool = Pool {
            rows: &rows,
            ids: &ids,
            open: &open,
            labeled: &labeled,
            labels: &vec![0; labeled.len()],
            pending: &[],
            n_classes: 1,
            opinion: None,
            margins: None,
            seed: request.seed,
        };
        crate::query::choose(Strategy::MaxHerding, &pool, request.batch)?
    };
    let (picked, scores) = picks.into_iter().map(|pick| (pick.index, pick.score)).unzip();
    Ok(Selection { picked, scores, fit_ms, select_ms: millis(start) })
}

/// A committee's probabilities for every row: n × labels.
fn judge(
    request: &Request<MultiStrategy>,
    rows: &Matrix,
    labeled: &[usize],
    truth: &[bool],
) -> Result<Vec<f32>, SimulateError> {
    let standardiser = Standardiser::from_pool(rows)?;
    let options = MultiLabelOptions { seed: request.seed, ..MultiLabelOptions::default() };
    let known = rows.gather(labeled);
    Ok(fit_multi_committee(&known, truth, request.classes, &standardiser, &options)?.probabilities(rows))
}

/// `samples` × `labels` of 0 and 1.
fn truth(path: &Path, samples: usize, labels: usize) -> Result<Vec<bool>, SimulateError> {
    let numbers = table(path, samples, labels)?;
    if let Some(at) = numbers.iter().position(|&y| y != 0.0 && y != 1.0) {
        let why =
            format!("row {} holds `{}`; use 1 for labels that a sample has and 0 for others", at / labels, numbers[at]);
        return Err(SimulateError::File { path: path.to_owned(), why });
    }
    Ok(numbers.into_iter().map(|y| y == 1.0).collect())
}

/// `rows` × `cols` numbers.
fn table(path: &Path, rows: usize, cols: usize) -> Result<Vec<f32>, SimulateError> {
    let array = npy::read(path)?;
    if array.shape != [rows, cols] {
        let why = format!("its shape is {:?}; use {rows} × {cols}", array.shape);
        return Err(SimulateError::File { path: path.to_owned(), why });
    }
    Ok(array.numbers)
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

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
    fn request(folder: &Path, labels: &[f32; 6]) -> Request<MultiStrategy> {
        let rows: Vec<f32> = (0..12).flat_map(|i| [(i as f32 * 0.5).cos(), (i as f32 * 0.5).sin()]).collect();
        Request {
            strategy: MultiStrategy::MeanMargin,
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
            let found = select_multi(&request(folder.path(), &labels)).unwrap();
            assert_eq!((found.picked.len(), found.scores.len(), found.fit_ms > 0.0), (4, 4, fits));
            assert!(found.picked.iter().all(|i| ![0, 4, 7].contains(i)));
        }
    }

    #[test]
    fn given_probabilities_are_ranked_as_they_are() {
        let folder = tempfile::tempdir().unwrap();
        let p: Vec<f32> = (0..24).map(|at| if at == 10 { 0.5 } else { 0.01 }).collect();
        let probabilities = Some(save(folder.path(), "p.npy", "(12, 2)", &p));
        let found = select_multi(&Request { batch: 1, probabilities, ..request(folder.path(), &[0.0; 6]) }).unwrap();
        assert_eq!((found.picked, found.fit_ms), (vec![5], 0.0));
    }

    #[test]
    fn what_cannot_be_used_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let why = |request: &Request<MultiStrategy>| select_multi(request).unwrap_err().to_string();
        assert!(why(&request(folder.path(), &[0.0, 2.0, 0.0, 0.0, 0.0, 0.0])).contains("row 0 holds `2`"));
        let good = request(folder.path(), &[0.0; 6]);
        assert!(why(&Request { classes: 3, ..good.clone() }).contains("use 3 × 3"));
        assert!(why(&Request { classes: 0, ..good.clone() }).contains("`0` labels"));
        let labeled = save(folder.path(), "twice.npy", "(3,)", &[0.0, 4.0, 4.0]);
        assert!(why(&Request { labeled, ..good.clone() }).contains("`4` is labeled twice"));
        let probabilities = Some(save(folder.path(), "p.npy", "(12, 2)", &[1.5; 24]));
        assert!(why(&Request { probabilities, ..good }).contains("not in 0 to 1"));
    }
}
