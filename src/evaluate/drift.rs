//! How far two groups of samples differ: the area under the curve of a classifier that tells them apart, and the energy distance.

use super::interval::{Interval, normal_quantile, wilson};
use crate::math::Matrix;
use crate::math::distance::squared_distances;

/// How often a number of the second group is larger than one of the first, ties counting half: the area under the curve, with the
/// interval of `DeLong`, `DeLong` and Clarke-Pearson (1988) at a two-sided `level`. `None` with fewer than two numbers in a group.
///
/// Where all pairs agree that error is zero; the open end is then Wilson's for as many trials as the smaller group has numbers.
/// O((m + n) log (m + n)).
pub fn area_under_curve(first: &[f64], second: &[f64], level: f64) -> Option<Interval> {
    if first.len() < 2 || second.len() < 2 {
        return None;
    }
    let sorted = |numbers: &[f64]| {
        let mut numbers = numbers.to_vec();
        numbers.sort_unstable_by(f64::total_cmp);
        numbers
    };
    let (a, b) = (sorted(first), sorted(second));
    // The share of the others below each number.
    let placements = |of: &[f64], among: &[f64]| -> Vec<f64> {
        let share = |&x: &f64| {
            let below = among.partition_point(|&other| other < x);
            let upto = among.partition_point(|&other| other <= x);
            (below + upto) as f64 / 2.0 / among.len() as f64
        };
        of.iter().map(share).collect()
    };
    let (over, under) = (placements(&b, &a), placements(&a, &b));
    let value = over.iter().sum::<f64>() / over.len() as f64;
    let variance = |x: &[f64]| {
        let mean = x.iter().sum::<f64>() / x.len() as f64;
        x.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / (x.len() - 1) as f64 / x.len() as f64
    };
    let error = (variance(&over) + variance(&under)).sqrt();
    let half = normal_quantile(0.5 + level.clamp(0.0, 1.0 - 1e-12) / 2.0) * error;
    let mut found = Interval { value, low: (value - half).max(0.0), high: (value + half).min(1.0) };
    if error == 0.0 {
        let n = a.len().min(b.len()) as u64;
        let open = wilson((value * n as f64).round() as u64, n, level);
        found = Interval { value, low: open.low.min(value), high: open.high.max(value) };
    }
    Some(found)
}

/// 2 E‖X − Y‖ − E‖X − X′‖ − E‖Y − Y′‖ over all pairs of rows (Székely and Rizzo 2013): 0 for equal groups, never negative but for
/// rounding. O((m + n)² d). 0 without rows.
pub fn energy_distance(first: &Matrix, second: &Matrix) -> f64 {
    let mean = |a: &Matrix, b: &Matrix, same: bool| {
        let squares = squared_distances(a, b);
        let mut sum = 0.0;
        for i in 0..a.rows() {
            for (j, &square) in squares.row(i).iter().enumerate() {
                // A row is at no distance from itself, whatever rounding says.
                if !(same && i == j) {
                    sum += f64::from(square).sqrt();
                }
            }
        }
        sum / (a.rows() * b.rows()).max(1) as f64
    };
    if first.rows() == 0 || second.rows() == 0 {
        return 0.0;
    }
    2.0 * mean(first, second, false) - mean(first, first, true) - mean(second, second, true)
}

/// Half the sum of the differences of two distributions over the same classes: the share of the second that would have to change to
/// make it the first. 0 where one of them is empty.
pub fn total_variation(first: &[usize], second: &[usize]) -> f64 {
    let (m, n): (usize, usize) = (first.iter().sum(), second.iter().sum());
    if m == 0 || n == 0 {
        return 0.0;
    }
    let differences = first.iter().zip(second).map(|(&a, &b)| (a as f64 / m as f64 - b as f64 / n as f64).abs());
    differences.sum::<f64>() / 2.0
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Data: `tests/oracles/maps.py`.
    #[derive(serde::Deserialize)]
    struct File {
        areas: Vec<Case>,
        energies: Vec<Energy>,
    }

    #[derive(serde::Deserialize)]
    struct Case {
        old: Vec<f64>,
        new: Vec<f64>,
        area: f64,
        error: f64,
    }

    #[derive(serde::Deserialize)]
    struct Energy {
        d: usize,
        old: Vec<f32>,
        new: Vec<f32>,
        value: f64,
    }

    fn file() -> File {
        serde_json::from_str(include_str!("../../tests/data/maps.json")).unwrap()
    }

    #[test]
    fn areas_equal_scikit_learn_and_their_errors_the_definition() {
        let z = normal_quantile(0.975);
        for case in file().areas {
            let got = area_under_curve(&case.old, &case.new, 0.95).unwrap();
            assert!((got.value - case.area).abs() < 1e-12, "{got:?} for {}", case.area);
            if case.error > 0.0 {
                let (low, high) = ((case.area - z * case.error).max(0.0), (case.area + z * case.error).min(1.0));
                assert!((got.low - low).abs() < 1e-8 && (got.high - high).abs() < 1e-8, "{got:?} {low} {high}");
            }
        }
    }

    #[test]
    fn groups_apart_leave_the_far_end_open() {
        let got = area_under_curve(&[1.0, 2.0, 3.0, 4.0], &[5.0, 6.0, 7.0], 0.95).unwrap();
        assert!(got.value == 1.0 && got.high == 1.0 && got.low < 0.6, "{got:?}");
        assert_eq!(area_under_curve(&[1.0], &[5.0, 6.0], 0.95), None);
    }

    #[test]
    fn energy_distances_equal_scipy() {
        for case in file().energies {
            let matrix = |numbers: Vec<f32>| Matrix::new(numbers.len() / case.d, case.d, numbers);
            let got = energy_distance(&matrix(case.old), &matrix(case.new));
            assert!((got - case.value).abs() < 1e-4, "{got} for {}", case.value);
        }
    }

    #[test]
    fn the_variation_is_the_share_that_moved() {
        assert_eq!(total_variation(&[50, 50], &[25, 75]), 0.25);
        assert_eq!(total_variation(&[3, 0], &[0, 9]), 1.0);
        assert_eq!(total_variation(&[0, 0], &[1, 2]), 0.0);
    }
}
