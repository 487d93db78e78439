//! The loss of a head: Σᵢ sᵢ · CE(qᵢ, softmax(W x̃ᵢ + b)) + λ/2 ‖W‖², with the bias free.
//!
//! A sum over samples, not a mean: λ is the inverse of scikit-learn's `C`. Convex, and strictly so in W for λ > 0.

use crate::math::gemm;

/// Data of one fit. Parameters are one vector: W (K × d, row-major), then b (K).
pub struct Objective<'a> {
    /// n × d.
    pub rows: &'a [f64],
    /// n × K: one-hot, or soft labels that sum to 1.
    pub targets: &'a [f64],
    /// n: sample weights.
    pub weights: &'a [f64],
    pub lambda: f64,
    pub dim: usize,
    pub classes: usize,
    scratch: Vec<f64>,
}

impl<'a> Objective<'a> {
    /// # Panics
    /// When the slices disagree about n.
    pub fn new(
        rows: &'a [f64],
        dim: usize,
        targets: &'a [f64],
        classes: usize,
        weights: &'a [f64],
        lambda: f64,
    ) -> Self {
        let n = weights.len();
        assert!(rows.len() == n * dim && targets.len() == n * classes, "rows, targets and weights agree on n");
        Self { rows, targets, weights, lambda, dim, classes, scratch: vec![0.0; n * classes] }
    }

    pub fn parameters(&self) -> usize {
        self.classes * (self.dim + 1)
    }

    /// The loss at `at`, and its gradient into `gradient`. Two products: 4 · n · d · K operations.
    pub fn evaluate(&mut self, at: &[f64], gradient: &mut [f64]) -> f64 {
        let (n, d, k) = (self.weights.len(), self.dim, self.classes);
        let (w, b) = at.split_at(k * d);
        gemm::abt_f64(n, d, k, self.rows, w, &mut self.scratch);
        let mut loss = 0.0;
        let rows = self.scratch.chunks_exact_mut(k).zip(self.targets.chunks_exact(k)).zip(self.weights);
        let (gw, gb) = gradient.split_at_mut(k * d);
        gb.fill(0.0);
        for ((z, q), &s) in rows {
            let mut top = f64::NEG_INFINITY;
            for (z, b) in z.iter_mut().zip(b) {
                *z += b;
                top = top.max(*z);
            }
            let (mut total, mut hit) = (0.0, 0.0);
            for (z, q) in z.iter_mut().zip(q) {
                *z -= top;
                hit += q * *z;
                *z = z.exp();
                total += *z;
            }
            loss += s * (total.ln() - hit);
            for ((z, q), g) in z.iter_mut().zip(q).zip(gb.iter_mut()) {
                *z = s * (*z / total - q);
                *g += *z;
            }
        }
        gemm::atb_f64(k, n, d, &self.scratch, self.rows, gw);
        let mut square = 0.0;
        for (g, &w) in gw.iter_mut().zip(w) {
            *g += self.lambda * w;
            square += w * w;
        }
        loss + 0.5 * self.lambda * square
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_gradient_equals_finite_differences() {
        let rows = [0.5, -1.0, 2.0, 0.3, -0.7, 1.1];
        let targets = [1.0, 0.0, 0.0, 0.2, 0.5, 0.3, 0.0, 0.0, 1.0];
        let weights = [1.0, 0.4, 2.0];
        let mut objective = Objective::new(&rows, 2, &targets, 3, &weights, 0.3);
        let at: Vec<f64> = (0..9).map(|i| f64::from(i) * 0.17 - 0.6).collect();
        let mut gradient = vec![0.0; 9];
        objective.evaluate(&at, &mut gradient);
        for j in 0..9 {
            let mut side = |h: f64| {
                let mut moved = at.clone();
                moved[j] += h;
                objective.evaluate(&moved, &mut [0.0; 9])
            };
            let slope = (side(1e-5) - side(-1e-5)) / 2e-5;
            assert!((slope - gradient[j]).abs() < 1e-8, "{j}: {slope} {}", gradient[j]);
        }
    }
}
