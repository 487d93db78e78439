//! What each labeled sample would have been called without its own label: where a search for wrong labels begins.
//!
//! Approximate leave-one-out while its Hessians are cheap, five folds beyond. A model that has seen a wrong label half
//! believes it, so plain predictions on the training samples hide such labels. Trees have no closed form: where they are members, they
//! are fitted without each of five folds.

use rayon::prelude::*;

use super::alo::leave_one_out;
use super::fit::Prepared;
use super::folds::by_folds;
use super::training::Training;
use super::trees::choosing::{folds, mixed};
use super::trees::{Boosting, BoostingOptions, FOLDS, boost};
use super::tune::Tuned;
use super::{Committee, LearnError, Link, Standardiser};
use crate::math::{Matrix, random};

/// Multiplications beyond which folds take the place of leave-one-out: about a second of one core.
const WORK: f64 = 2e10;
/// As in tuning: residuals that have not settled are multiplied by the leverage.
const TOLERANCE: f64 = 1e-6;

/// n × K probabilities, each row predicted without the label of its sample, at the penalty and temperature of `tuned`: by a plain
/// head, and by trees as far as these are members.
///
/// A sample that is alone in its class has nothing to be predicted from; its row does not show that, so leave it out.
/// Costs what leave-one-out costs (see [`leave_one_out`]) or five fits.
///
/// # Errors
/// Whatever [`Training::check`] refuses.
pub fn out_of_sample(
    training: &Training<'_>,
    standardiser: &Standardiser,
    tuned: &Tuned,
    seed: u64,
) -> Result<Matrix, LearnError> {
    training.check(standardiser)?;
    let (n, d) = (training.len() as f64, training.len().min(standardiser.dim()) as f64);
    let work = training.n_classes as f64 * (n * d * d + d * d * d / 3.0);
    let heads = if work <= WORK {
        one_left_out(training, standardiser, tuned)?
    } else {
        in_folds(training, standardiser, tuned, seed)?
    };
    let Some(boosting) = tuned.boosting else { return Ok(heads) };
    let folds = folds(training, seed);
    let trees = (0..FOLDS)
        .into_par_iter()
        .map(|fold| {
            let (known, held): (Vec<usize>, Vec<usize>) = (0..training.len()).partition(|&i| folds[i] != fold);
            let p = by_trees(
                &training.gather(&known).training(),
                standardiser,
                &boosting,
                &training.rows.gather(&held),
                seed,
            );
            (held, p)
        })
        .collect::<Vec<_>>();
    let mut by_trees = Matrix::zeros(training.len(), training.n_classes);
    for (held, p) in trees {
        held.iter().enumerate().for_each(|(place, &i)| by_trees.row_mut(i).copy_from_slice(p.row(place)));
    }
    Ok(mixed(&heads, &by_trees, boosting.of_eight))
}

/// N × K probabilities of other samples (N × D), by what [`out_of_sample`] judges labels with, fitted on all of `training`.
///
/// # Errors
/// Whatever [`Training::check`] refuses.
pub fn of_others(
    training: &Training<'_>,
    standardiser: &Standardiser,
    tuned: &Tuned,
    others: &Matrix,
    seed: u64,
) -> Result<Matrix, LearnError> {
    let prepared = Prepared::new(training, standardiser)?;
    let head = prepared.fit(None, None, tuned.lambda, None, 1e-4).cooled(tuned.temperature);
    let said = Committee::of_heads(vec![head], prepared.link()).probabilities(others);
    let heads = Matrix::new(others.rows(), training.n_classes, said);
    let Some(boosting) = tuned.boosting else { return Ok(heads) };
    Ok(mixed(&heads, &by_trees(training, standardiser, &boosting, others, seed), boosting.of_eight))
}

/// N × K probabilities of `rows` by trees.
fn by_trees(
    training: &Training<'_>,
    standardiser: &Standardiser,
    &Boosting { rounds, temperature, .. }: &Boosting,
    rows: &Matrix,
    seed: u64,
) -> Matrix {
    let seed = random::hash(seed, 0x7ee);
    let options = BoostingOptions { axes: standardiser.axes, rounds, temperature, seed };
    let mut p = boost(training, None, &options).scores(rows);
    training.targets.link().apply(&mut p, training.n_classes);
    Matrix::new(rows.rows(), training.n_classes, p)
}

fn one_left_out(training: &Training<'_>, standardiser: &Standardiser, tuned: &Tuned) -> Result<Matrix, LearnError> {
    let prepared = Prepared::compact(training, standardiser)?;
    let weights = prepared.weights(None);
    let point = prepared.solve(None, &weights, tuned.lambda, prepared.start(None, None), TOLERANCE);
    let mut p = leave_one_out(&prepared, &point, &weights, tuned.lambda);
    for z in &mut p {
        *z /= tuned.temperature;
    }
    let (link, seen) = (prepared.link(), prepared.seen());
    link.apply(&mut p, seen.len());
    let mut out = Matrix::zeros(prepared.n(), training.n_classes);
    if link == Link::Sigmoid {
        let mut constants = prepared.constants().to_vec();
        link.apply(&mut constants, training.n_classes);
        let constants: Vec<f32> = constants.into_iter().map(|p| p as f32).collect();
        (0..prepared.n()).for_each(|i| out.row_mut(i).copy_from_slice(&constants));
    }
    for (i, row) in p.chunks_exact(seen.len().max(1)).enumerate() {
        for (&class, &p) in seen.iter().zip(row) {
            out.row_mut(i)[class] = p as f32;
        }
    }
    Ok(out)
}

fn in_folds(
    training: &Training<'_>,
    standardiser: &Standardiser,
    tuned: &Tuned,
    seed: u64,
) -> Result<Matrix, LearnError> {
    by_folds(training, seed, |part, _| {
        let head = Prepared::new(part, standardiser)?.fit(None, None, tuned.lambda, None, 1e-4);
        Ok(head.cooled(tuned.temperature))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::learn::Targets;
    use crate::math::random;

    /// Three clusters in four dimensions, and two samples with each other's labels.
    fn clusters(n: usize) -> (Matrix, Vec<usize>, [usize; 2]) {
        let mut rows = Matrix::zeros(n, 4);
        let mut labels: Vec<usize> = (0..n).map(|i| i % 3).collect();
        for (i, &label) in labels.iter().enumerate() {
            for (j, x) in rows.row_mut(i).iter_mut().enumerate() {
                let noise = random::unit(random::hash(j as u64, i as u64)) as f32 - 0.5;
                *x = noise + if j == label { 2.0 } else { 0.0 };
            }
        }
        labels.swap(7, 11);
        (rows, labels, [7, 11])
    }

    #[test]
    fn both_ways_find_the_labels_that_were_swapped() {
        let (rows, labels, wrong) = clusters(60);
        let standardiser = Standardiser::from_pool(&rows).unwrap();
        let training = Training { rows: &rows, targets: Targets::One(&labels), weights: None, n_classes: 5 };
        let tuned = Tuned::fixed(1.0, 1.0);
        let one = one_left_out(&training, &standardiser, &tuned).unwrap();
        let five = in_folds(&training, &standardiser, &tuned, 1).unwrap();
        for p in [&one, &five] {
            let mut order: Vec<usize> = (0..60).collect();
            order.sort_by(|&a, &b| p.row(a)[labels[a]].total_cmp(&p.row(b)[labels[b]]));
            order[..2].sort_unstable();
            assert_eq!(order[..2], wrong);
            assert!((0..60).all(|i| (p.row(i).iter().sum::<f32>() - 1.0).abs() < 1e-5));
            assert!((0..60).all(|i| p.row(i)[3] == 0.0), "a class without labels is never suggested");
        }
        let plain = super::super::fit_committee(
            &training,
            &standardiser,
            None,
            &super::super::CommitteeOptions { members: 1, tuned: Some(tuned), ..Default::default() },
        );
        let plain = plain.unwrap().committee.votes(&rows).probabilities;
        assert!(one.row(7)[labels[7]] < plain[7 * 5 + labels[7]], "what saw the label believes it more");
    }

    #[test]
    fn of_sets_too_both_ways_find_the_class_that_was_taken_away() {
        let (rows, labels, _) = clusters(60);
        let mut truth: Vec<bool> = labels.iter().flat_map(|&y| (0..4).map(move |k| k == y)).collect();
        truth[9 * 4 + labels[9]] = false;
        let standardiser = Standardiser::from_pool(&rows).unwrap();
        let training = Training { rows: &rows, targets: Targets::Sets(&truth), weights: None, n_classes: 4 };
        let tuned = Tuned::fixed(1.0, 1.0);
        let one = one_left_out(&training, &standardiser, &tuned).unwrap();
        let five = in_folds(&training, &standardiser, &tuned, 1).unwrap();
        for p in [&one, &five] {
            // The probability of the answer that was given, sample by sample and class by class.
            let own = |at: usize| if truth[at] { p.as_slice()[at] } else { 1.0 - p.as_slice()[at] };
            let mut order: Vec<usize> =
                (0..240).filter(|at| labels[at / 4] != 5 && ![7, 11].contains(&(at / 4))).collect();
            order.sort_by(|&a, &b| own(a).total_cmp(&own(b)));
            assert_eq!(order[0], 9 * 4 + labels[9]);
        }
        // Nobody has the last class: Laplace's rule.
        assert!((one.row(0)[3] - 1.0 / 62.0).abs() < 1e-6);
    }

    #[test]
    fn the_way_out_of_too_much_work_is_the_same_in_any_number_of_threads() {
        let (rows, labels, _) = clusters(50);
        let standardiser = Standardiser::from_pool(&rows).unwrap();
        let training = Training { rows: &rows, targets: Targets::One(&labels), weights: None, n_classes: 3 };
        let with = |threads| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            pool.install(|| in_folds(&training, &standardiser, &Tuned::fixed(1.0, 1.0), 1).unwrap())
        };
        assert_eq!(with(1), with(4));
    }
}
