//! What a committee promises: what it learns, that members differ, and that order, threads and warm starts change nothing.

use super::*;
use crate::learn::Targets;

/// Two classes apart along the first dimension, with a third dimension of noise.
fn blobs(n: usize) -> (Matrix, Vec<usize>) {
    let mut rows = Matrix::zeros(n, 3);
    let labels: Vec<usize> = (0..n).map(|i| i % 2).collect();
    for (i, &label) in labels.iter().enumerate() {
        let noise = |j: u64| random::unit(random::hash(j, i as u64)) as f32 - 0.5;
        let side = if label == 0 { -1.0 } else { 1.0 };
        rows.row_mut(i).copy_from_slice(&[side + noise(0), 1.0 + noise(1), noise(2)]);
    }
    (rows, labels)
}

fn fitted(rows: &Matrix, labels: &[usize], n_classes: usize, previous: Option<&Fitted>) -> Fitted {
    let standardiser = Standardiser::from_pool(rows).unwrap();
    let training = Training { rows, targets: Targets::One(labels), weights: None, n_classes };
    let options = CommitteeOptions { tolerance: 1e-9, ..CommitteeOptions::default() };
    fit_committee(&training, &standardiser, previous, &options).unwrap()
}

fn fit(rows: &Matrix, labels: &[usize], n_classes: usize) -> Committee {
    fitted(rows, labels, n_classes, None).committee
}

#[test]
fn separable_blobs_are_learnt_and_members_differ() {
    let (rows, labels) = blobs(60);
    let committee = fit(&rows, &labels, 2);
    let votes = committee.votes(&rows);
    let mean = votes.mean();
    let right = (0..60).filter(|&i| (mean[i * 2 + 1] > 0.5) == (labels[i] == 1)).count();
    assert_eq!(right, 60);
    assert_ne!(committee.heads[0], committee.heads[1]);
}

#[test]
fn a_class_without_labels_gets_probability_zero_and_learns_when_one_comes() {
    let (rows, mut labels) = blobs(20);
    let before = fitted(&rows, &labels, 4, None);
    let mean = before.committee.votes(&rows).mean();
    assert!(mean.iter().all(|p| p.is_finite()) && mean[2] == 0.0 && mean[3] == 0.0);
    labels[7] = 3;
    let warm = fitted(&rows, &labels, 5, Some(&before)).committee.votes(&rows);
    let cold = fit(&rows, &labels, 5).votes(&rows);
    assert!(warm.mean()[7 * 5 + 3] > 0.1);
    let apart = warm.probabilities.iter().zip(&cold.probabilities).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
    assert!(apart < 1e-5, "warm and cold starts differ by {apart}");
}

#[test]
fn one_class_alone_is_certain() {
    let (rows, _) = blobs(6);
    let mean = fit(&rows, &[1; 6], 3).votes(&rows).mean();
    assert!(mean.chunks(3).all(|p| p == [0.0, 1.0, 0.0]));
}

#[test]
fn the_number_of_threads_changes_no_bit() {
    let (rows, labels) = blobs(50);
    let with = |threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| fit(&rows, &labels, 2).votes(&rows))
    };
    assert_eq!(with(1), with(3));
}

#[test]
fn bad_input_is_refused() {
    let (rows, labels) = blobs(4);
    let standardiser = Standardiser::from_pool(&rows).unwrap();
    let refused = |rows: &Matrix, labels: &[usize], weights: Option<&[f32]>, n_classes| {
        let training = Training { rows, targets: Targets::One(labels), weights, n_classes };
        fit_committee(&training, &standardiser, None, &CommitteeOptions::default()).unwrap_err()
    };
    assert_eq!(refused(&Matrix::zeros(0, 3), &[], None, 2), LearnError::NoLabels);
    assert_eq!(refused(&rows, &[0, 1, 2, 0], None, 2), LearnError::Label { row: 2, label: 2, classes: 2 });
    assert_eq!(refused(&rows, &labels, Some(&[1.0, -1.0, 1.0, 1.0]), 2), LearnError::Weight { row: 1 });
    let mut broken = rows.clone();
    broken.row_mut(3)[1] = f32::INFINITY;
    assert_eq!(refused(&broken, &labels, None, 2), LearnError::NotFinite { row: 3 });
    assert!(matches!(refused(&rows, &labels[..2], None, 2), LearnError::Length { .. }));
    let of = |truth: &[bool], n_classes| {
        let training = Training { rows: &rows, targets: Targets::Sets(truth), weights: None, n_classes };
        fit_committee(&training, &standardiser, None, &CommitteeOptions::default()).unwrap_err()
    };
    assert_eq!(of(&[], 2), LearnError::NoLabels);
    assert_eq!(of(&[], 0), LearnError::Option("classes"));
    assert_eq!(of(&[true; 7], 2), LearnError::Length { what: "truth", got: 7, want: 8 });
    for (name, options) in [
        ("members", CommitteeOptions { members: 0, ..CommitteeOptions::default() }),
        ("lambda", CommitteeOptions { tuned: Some(Tuned::fixed(-1.0, 1.0)), ..CommitteeOptions::default() }),
        ("tolerance", CommitteeOptions { tolerance: f64::NAN, ..CommitteeOptions::default() }),
    ] {
        let training =
            Training { rows: &rows, targets: Targets::Sets(&[true, false].repeat(4)), weights: None, n_classes: 2 };
        assert_eq!(fit_committee(&training, &standardiser, None, &options), Err(LearnError::Option(name)));
    }
}

#[test]
fn blocks_reduce_to_the_same_votes() {
    let (rows, labels) = blobs(BLOCK + 100);
    let committee = fit(&rows, &labels, 2);
    let streamed = committee.map_blocks(&rows, |votes| votes.probabilities.clone());
    assert_eq!(streamed, committee.votes(&rows).probabilities);
}

/// Class k is the sign of dimension k, blurred.
fn sets(n: usize, d: usize, k: usize, seed: u64) -> (Matrix, Vec<bool>) {
    let number = |at: usize| random::unit(random::hash(seed, at as u64)) as f32 - 0.5;
    let rows = Matrix::new(n, d, (0..n * d).map(number).collect());
    let truth = (0..n * k).map(|at| rows.row(at / k)[at % k % d] + 0.2 * number(90_000 + at) > 0.0).collect();
    (rows, truth)
}

fn of_sets(rows: &Matrix, truth: &[bool], k: usize, members: usize, lambda: f64) -> Committee {
    let standardiser = Standardiser::from_pool(rows).unwrap();
    let training = Training { rows, targets: Targets::Sets(truth), weights: None, n_classes: k };
    let tuned = Some(Tuned::fixed(lambda, 1.0));
    let options = CommitteeOptions { members, tuned, tolerance: 1e-9, seed: 0 };
    fit_committee(&training, &standardiser, None, &options).unwrap().committee
}

#[test]
fn sets_are_learnt_and_members_agree_on_what_is_clear() {
    let (rows, truth) = sets(200, 6, 4, 3);
    let committee = of_sets(&rows, &truth, 4, 8, 1.0);
    assert_eq!(committee.link, Link::Sigmoid);
    assert_eq!(committee.heads[0], of_sets(&rows, &truth, 4, 1, 1.0).heads[0], "the first is the plain head");
    assert_ne!(committee.heads[1], committee.heads[2]);
    let third = Committee::of_heads(vec![committee.heads[3].clone()], Link::Sigmoid);
    for p in [committee.probabilities(&rows), third.probabilities(&rows)] {
        let right = p.iter().zip(&truth).filter(|(p, y)| (**p > 0.5) == **y).count();
        assert!(right > 720, "{right} of 800");
    }
}

#[test]
fn a_class_that_no_set_or_every_set_has_gets_a_constant_in_every_member() {
    let (rows, mut truth) = sets(18, 40, 3, 4);
    for sample in truth.chunks_mut(3) {
        (sample[0], sample[2]) = (false, true);
    }
    let votes = of_sets(&rows, &truth, 3, 8, 1.0).votes(&rows);
    for p in votes.probabilities.chunks(3) {
        assert!((p[0] - 0.05).abs() < 1e-6 && (p[2] - 0.95).abs() < 1e-6 && p[1] > 0.0 && p[1] < 1.0);
    }
    // One sample, one class.
    let one = of_sets(&rows.gather(&[0]), &[true], 1, 1, 1.0);
    assert!((one.probabilities(&rows)[5] - 2.0 / 3.0).abs() < 1e-6);
}

#[test]
fn tuning_helps_sets_where_features_are_noise() {
    let (rows, truth) = sets(120, 60, 4, 9);
    let standardiser = Standardiser::from_pool(&rows).unwrap();
    let part =
        |from: usize, to: usize| (rows.gather(&(from..to).collect::<Vec<_>>()), truth[from * 4..to * 4].to_vec());
    let ((known, said), (fresh, want)) = (part(0, 60), part(60, 120));
    let training = Training { rows: &known, targets: Targets::Sets(&said), weights: None, n_classes: 4 };
    let loss = |tuned: Option<Tuned>| -> f64 {
        let options = CommitteeOptions { tuned, ..CommitteeOptions::default() };
        let committee = fit_committee(&training, &standardiser, None, &options).unwrap().committee;
        let p = committee.probabilities(&fresh);
        p.iter().zip(&want).map(|(&p, &y)| -f64::from(if y { p } else { 1.0 - p }).ln()).sum()
    };
    assert!(loss(None) < loss(Some(Tuned::fixed(0.316, 1.0))));
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig::with_cases(32))]

    #[test]
    fn of_sets_order_and_copies_do_no_harm_and_threads_change_no_bit(
        n in 1usize..30, d in 1usize..40, k in 1usize..4, seed in 0u64..1000
    ) {
        let (rows, truth) = sets(n, d, k, seed);
        let with = |threads: usize| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            pool.install(|| of_sets(&rows, &truth, k, 8, 1.0))
        };
        proptest::prop_assert_eq!(&with(1), &with(3));
        let plain = of_sets(&rows, &truth, k, 1, 1.0).probabilities(&rows);
        // Every sample twice, in turned order, at twice the penalty, is the same problem but for constants.
        let back: Vec<usize> = (0..n).rev().chain((0..n).rev()).collect();
        let turned: Vec<bool> = back.iter().flat_map(|&i| truth[i * k..(i + 1) * k].to_vec()).collect();
        let again = of_sets(&rows.gather(&back), &turned, k, 1, 2.0).probabilities(&rows);
        for (at, (a, b)) in plain.iter().zip(again).enumerate() {
            let column = (0..n).filter(|i| truth[i * k + at % k]).count();
            if column > 0 && column < n {
                proptest::prop_assert!((a - b).abs() < 1e-4, "{} {}", a, b);
            } else {
                proptest::prop_assert!(b > 0.0 && b < 1.0);
            }
        }
    }
}
