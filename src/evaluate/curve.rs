//! Label-efficiency curves: quality as a function of labels spent.

/// Mean height of the curve by the trapezoid rule; the only height when there is one point, 0 when there is none.
pub fn area(labels: &[f64], quality: &[f64]) -> f64 {
    let (Some(&first), Some(&last)) = (labels.first(), labels.last()) else { return 0.0 };
    if last <= first {
        return quality[0];
    }
    let pairs = labels.windows(2).zip(quality.windows(2));
    pairs.map(|(x, y)| (x[1] - x[0]) * (y[0] + y[1]) / 2.0).sum::<f64>() / (last - first)
}

/// The closest non-decreasing curve in least squares (pool adjacent violators).
pub fn isotonic(quality: &[f64]) -> Vec<f64> {
    let mut blocks: Vec<(f64, usize)> = Vec::new();
    for &q in quality {
        blocks.push((q, 1));
        while let [.., (a, n), (b, m)] = blocks[..]
            && a > b
        {
            blocks.truncate(blocks.len() - 2);
            blocks.push(((a * n as f64 + b * m as f64) / (n + m) as f64, n + m));
        }
    }
    blocks.into_iter().flat_map(|(q, n)| std::iter::repeat_n(q, n)).collect()
}

/// Labels at which the isotonic curve first reaches `target`, interpolated between points; `None` when it never does.
pub fn labels_needed(labels: &[f64], quality: &[f64], target: f64) -> Option<f64> {
    let smooth = isotonic(quality);
    let at = smooth.iter().position(|&q| q >= target)?;
    if at == 0 {
        return Some(labels[0]);
    }
    let (q0, q1) = (smooth[at - 1], smooth[at]);
    Some(labels[at - 1] + (target - q0) / (q1 - q0) * (labels[at] - labels[at - 1]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_area_weighs_each_stretch_by_its_labels() {
        assert!((area(&[0.0, 10.0, 40.0], &[0.0, 1.0, 1.0]) - 0.875).abs() < 1e-12);
        assert_eq!((area(&[5.0], &[0.3]), area(&[], &[])), (0.3, 0.0));
    }

    #[test]
    fn violators_are_pooled() {
        assert_eq!(isotonic(&[1.0, 3.0, 2.0, 4.0]), [1.0, 2.5, 2.5, 4.0]);
        assert_eq!(isotonic(&[3.0, 2.0, 1.0]), [2.0, 2.0, 2.0]);
    }

    #[test]
    fn labels_needed_interpolates_and_may_be_unknown() {
        let (x, y) = ([10.0, 20.0, 30.0], [0.5, 0.7, 0.8]);
        assert_eq!(labels_needed(&x, &y, 0.6), Some(15.0));
        assert_eq!(labels_needed(&x, &y, 0.4), Some(10.0));
        assert_eq!(labels_needed(&x, &y, 0.9), None);
    }
}
