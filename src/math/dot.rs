//! The dot product.

use super::softmax::Logit;

/// a · b with eight running sums: a fixed order, and independent of each other so that they vectorise.
pub fn dot<T: Logit>(a: &[T], b: &[T]) -> T {
    let mut sums = [T::ZERO; 8];
    let ((a8, a), (b8, b)) = (a.as_chunks::<8>(), b.as_chunks::<8>());
    for (a, b) in a8.iter().zip(b8) {
        for (sum, (&a, &b)) in sums.iter_mut().zip(a.iter().zip(b)) {
            *sum += a * b;
        }
    }
    let mut total = T::ZERO;
    for sum in sums {
        total += sum;
    }
    for (&a, &b) in a.iter().zip(b) {
        total += a * b;
    }
    total
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_products_count_whatever_the_length() {
        for n in [0, 1, 7, 8, 9, 16, 23] {
            let a: Vec<f64> = (0..n).map(f64::from).collect();
            assert!((dot(&a, &a) - (0..n).map(|i| f64::from(i * i)).sum::<f64>()).abs() < 1e-12);
        }
    }
}
