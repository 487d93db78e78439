//! Softmax over short rows, written so that the compiler can use vector instructions.

/// eˣ for x ≤ 0 with a relative error below 3e-7; 0 below −87.
///
/// Cody and Waite range reduction and a degree-6 polynomial (coefficients of the Cephes library's `expf`). The standard
/// library's `exp` is a call that stops vectorisation, and scoring a pool is one exponential per sample, member and class.
#[inline]
#[expect(clippy::excessive_precision, reason = "the split of ln 2 needs its exact digits")]
fn exp_nonpositive(x: f32) -> f32 {
    const ROUND: f32 = 12_582_912.0; // 1.5 * 2^23: adding it rounds to the nearest integer
    let x = x.max(-87.0);
    let rounded = x * std::f32::consts::LOG2_E + ROUND;
    let n = rounded - ROUND;
    let r = (x - n * 0.693_359_375) + n * 2.121_944_4e-4;
    let mut p = 1.987_569_2e-4;
    p = p * r + 1.398_199_95e-3;
    p = p * r + 8.333_451_9e-3;
    p = p * r + 4.166_579_6e-2;
    p = p * r + 1.666_666_55e-1;
    p = p * r + 5.000_000_1e-1;
    let value = p * r * r + r + 1.0;
    // The low bits of `rounded` are n, a whole number in [-126, 0]; a cast of n would be checked, and so not vectorise.
    let scale = f32::from_bits(rounded.to_bits().wrapping_sub(ROUND.to_bits()).wrapping_add(127) << 23);
    if x > -87.0 { value * scale } else { 0.0 }
}

/// A precision that logits come in.
pub trait Logit:
    faer::traits::RealField
    + Copy
    + PartialOrd
    + std::ops::Add<Output = Self>
    + std::ops::Sub<Output = Self>
    + std::ops::Mul<Output = Self>
    + std::ops::DivAssign
    + std::ops::AddAssign
    + std::ops::SubAssign
{
    const ZERO: Self;
    fn from_double(x: f64) -> Self;
    fn double(self) -> f64;
    /// eˣ for x ≤ 0.
    fn exp_nonpositive(self) -> Self;
}

impl Logit for f32 {
    const ZERO: Self = 0.0;
    fn from_double(x: f64) -> Self {
        x as Self
    }
    fn double(self) -> f64 {
        Self::into(self)
    }
    #[inline]
    fn exp_nonpositive(self) -> Self {
        exp_nonpositive(self)
    }
}

impl Logit for f64 {
    const ZERO: Self = 0.0;
    fn from_double(x: f64) -> Self {
        x
    }
    fn double(self) -> f64 {
        self
    }
    #[inline]
    fn exp_nonpositive(self) -> Self {
        self.exp()
    }
}

/// Replace each row of `width` logits by its softmax, in place.
///
/// Finite logits of any size give finite probabilities that sum to 1.
pub fn softmax_rows<T: Logit>(logits: &mut [T], width: usize) {
    if width == 0 {
        return;
    }
    for row in logits.chunks_exact_mut(width) {
        let top = row.iter().fold(row[0], |top, &z| if z > top { z } else { top });
        for z in row.iter_mut() {
            *z = (*z - top).exp_nonpositive();
        }
        let total = row.iter().fold(T::ZERO, |sum, &z| sum + z);
        for z in row.iter_mut() {
            *z /= total;
        }
    }
}

/// Replace each logit by 1/(1 + e⁻ᶻ), in place.
pub fn sigmoid<T: Logit>(logits: &mut [T]) {
    let one = T::from_double(1.0);
    for z in logits {
        let positive = *z > T::ZERO;
        let mut p = (if positive { T::ZERO - *z } else { *z }).exp_nonpositive();
        p /= one + p;
        *z = if positive { one - p } else { p };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_exponential_matches_the_standard_library() {
        for i in 0..87_000 {
            let x = -(i as f32) / 1000.0;
            let (got, want) = (f64::from(exp_nonpositive(x)), f64::from(x).exp());
            assert!((got - want).abs() <= 3e-7 * want, "exp({x}) = {got}, expected {want}");
        }
        assert_eq!((exp_nonpositive(0.0), exp_nonpositive(-1e9)), (1.0, 0.0));
    }

    #[test]
    fn the_sigmoid_is_symmetric_and_saturates() {
        let mut p: Vec<f32> = (-400..=400).map(|i| i as f32 / 10.0).collect();
        sigmoid(&mut p);
        for (i, (up, down)) in p.iter().zip(p.iter().rev()).enumerate() {
            let want = 1.0 / (1.0 + (-(i as f64 - 400.0) / 10.0).exp());
            assert!((f64::from(*up) - want).abs() < 1e-6 && (up + down - 1.0).abs() < 1e-6, "{i}");
        }
        let mut ends = [-1e30f32, 0.0, 1e30];
        sigmoid(&mut ends);
        assert_eq!(ends, [0.0, 0.5, 1.0]);
    }

    #[test]
    fn softmax_sums_to_one_and_ignores_a_shift_even_for_huge_logits() {
        let mut rows = [1.0, 2.0, 3.0, 1e4, 1e4 + 1.0, 1e4 + 2.0, 0.0, -1e4, -1e4];
        softmax_rows(&mut rows, 3);
        for row in rows.chunks(3) {
            assert!((row.iter().sum::<f32>() - 1.0).abs() < 1e-6);
        }
        for j in 0..3 {
            assert!((rows[j] - rows[3 + j]).abs() < 1e-6);
        }
        assert_eq!(&rows[6..], &[1.0, 0.0, 0.0]);
    }
}
