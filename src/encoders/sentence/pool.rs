//! From what a network gives for tokens to one row per window, and from windows to one row per text.

use super::spec::Pooling;

/// One row out of a window's tokens: `values` is `[tokens, D]`, of which the first `n` are the text's.
pub(super) fn pool(values: &[f32], n: usize, how: Pooling, row: &mut [f32]) {
    let dim = row.len();
    let tokens = || values.chunks_exact(dim).take(n);
    match how {
        Pooling::None | Pooling::Cls => row.copy_from_slice(&values[..dim]),
        Pooling::Last => row.copy_from_slice(&values[(n - 1) * dim..n * dim]),
        Pooling::Mean => {
            row.fill(0.0);
            for token in tokens() {
                row.iter_mut().zip(token).for_each(|(sum, value)| *sum += value);
            }
            for sum in row {
                *sum /= n as f32;
            }
        }
        Pooling::Max => {
            row.fill(f32::NEG_INFINITY);
            for token in tokens() {
                row.iter_mut().zip(token).for_each(|(most, value)| *most = most.max(*value));
            }
        }
    }
}

/// The mean of windows by their `tokens`, scaled to length 1 where wanted. Of nothing, it is zeros.
pub(super) fn join<'a>(windows: impl Iterator<Item = (usize, &'a [f32])>, normalise: bool, row: &mut [f32]) {
    let mut sums = vec![0.0f64; row.len()];
    let mut total = 0.0;
    for (tokens, window) in windows {
        total += tokens as f64;
        sums.iter_mut().zip(window).for_each(|(sum, &value)| *sum += tokens as f64 * f64::from(value));
    }
    let by = if normalise { sums.iter().map(|sum| sum * sum).sum::<f64>().sqrt() } else { total };
    if by > 0.0 {
        for sum in &mut sums {
            *sum /= by;
        }
    }
    row.iter_mut().zip(sums).for_each(|(value, sum)| *value = sum as f32);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pooled(how: Pooling) -> [f32; 2] {
        // Three tokens, and one that fills up.
        let mut row = [0.0; 2];
        pool(&[1.0, -2.0, 3.0, -4.0, 5.0, -9.0, 70.0, 70.0], 3, how, &mut row);
        row
    }

    #[test]
    fn what_fills_up_takes_no_part() {
        assert_eq!(pooled(Pooling::Mean), [3.0, -5.0]);
        assert_eq!(pooled(Pooling::Max), [5.0, -2.0]);
        assert_eq!(pooled(Pooling::Cls), [1.0, -2.0]);
        assert_eq!(pooled(Pooling::Last), [5.0, -9.0]);
        assert_eq!(pooled(Pooling::None), [1.0, -2.0]);
    }

    #[test]
    fn windows_count_by_their_tokens() {
        let (a, b) = ([1.0, 0.0], [0.0, 4.0]);
        let mut row = [0.0; 2];
        join([(3, &a[..]), (1, &b[..])].into_iter(), false, &mut row);
        assert_eq!(row, [0.75, 1.0]);
        join([(3, &a[..]), (1, &b[..])].into_iter(), true, &mut row);
        assert_eq!(row, [0.6, 0.8]);
        join(std::iter::empty(), true, &mut row);
        assert_eq!(row, [0.0; 2]);
    }
}
