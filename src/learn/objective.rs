//! The loss of a head: Σᵢ sᵢ · CE(qᵢ, link(W x̃ᵢ + b + oᵢ)) + λ/2 ‖W‖², with the bias free and given offsets o.
//!
//! CE is −ln of the softmax at the sample's class, or the sum over classes of −ln of the sigmoid at their presence or absence,
//! where each class may have sample weights of its own. A sum over samples, not a mean: λ is the inverse of scikit-learn's `C`.
//! Convex, and strictly so in W for λ > 0.

use super::Link;
use super::link::log_loss;
use crate::math::gemm;
use crate::math::softmax::Logit;

/// Data of one fit, whose products run in the precision T: with `f32` they take half the time and the gradient is right to
/// about six digits. Parameters, loss and all sums over samples are in double precision.
///
/// Parameters are one vector: W (K × d, row-major), then b (K).
pub struct Objective<'a, T> {
    /// n × d.
    rows: &'a [T],
    link: Link,
    /// n × K: what probabilities should be, zeros and ones or soft labels.
    targets: &'a [f64],
    /// n sample weights, or where classes stand by themselves n × K.
    weights: &'a [f64],
    /// n × K: logits added to those of W and b; empty where there are none.
    offsets: Vec<T>,
    lambda: f64,
    dim: usize,
    classes: usize,
    /// W, n × K logits and then residuals, and the gradient of W, in the precision of the products.
    point: Vec<T>,
    residuals: Vec<T>,
    slope: Vec<T>,
}

impl<'a, T: Logit> Objective<'a, T> {
    /// # Panics
    /// When the slices disagree about n.
    pub fn new(
        link: Link,
        rows: &'a [T],
        dim: usize,
        targets: &'a [f64],
        classes: usize,
        weights: &'a [f64],
        lambda: f64,
    ) -> Self {
        let n = targets.len() / classes.max(1);
        let fit = rows.len() == n * dim && weights.len() == link.weights(n, classes);
        assert!(fit && targets.len() == n * classes, "rows, targets and weights agree on n");
        let [point, slope] = [(); 2].map(|()| vec![T::ZERO; classes * dim]);
        let (offsets, residuals) = (Vec::new(), vec![T::ZERO; n * classes]);
        Self { rows, link, targets, weights, offsets, lambda, dim, classes, point, residuals, slope }
    }

    /// With `offsets` (n × K) added to the logits.
    pub fn offset(mut self, offsets: &[f64]) -> Self {
        debug_assert_eq!(offsets.len(), self.targets.len(), "one offset per sample and class");
        self.offsets = offsets.iter().map(|&o| T::from_double(o)).collect();
        self
    }

    /// The sum of the sample weights, of one class where they are apart.
    pub fn total_weight(&self) -> f64 {
        self.weights.iter().sum::<f64>() * self.n() as f64 / self.weights.len().max(1) as f64
    }

    const fn n(&self) -> usize {
        self.targets.len() / if self.classes == 0 { 1 } else { self.classes }
    }

    /// The loss at `at`, and its gradient into `gradient`. Two products: 4 · n · d · K operations.
    pub fn evaluate(&mut self, at: &[f64], gradient: &mut [f64]) -> f64 {
        let (n, d, k) = (self.n(), self.dim, self.classes);
        let (w, b) = at.split_at(k * d);
        self.point.iter_mut().zip(w).for_each(|(to, &from)| *to = T::from_double(from));
        gemm::abt_slices(n, d, k, self.rows, &self.point, &mut self.residuals);
        self.residuals.iter_mut().zip(&self.offsets).for_each(|(z, &o)| *z += o);
        let bias: Vec<T> = b.iter().map(|&b| T::from_double(b)).collect();
        let (gw, gb) = gradient.split_at_mut(k * d);
        gb.fill(0.0);
        let loss = match self.link {
            Link::Softmax => self.together(&bias, gb),
            Link::Sigmoid => self.apart(&bias, gb),
        };
        gemm::atb_slices(k, n, d, &self.residuals, self.rows, &mut self.slope);
        let mut square = 0.0;
        for ((g, slope), &w) in gw.iter_mut().zip(&self.slope).zip(w) {
            *g = slope.double() + self.lambda * w;
            square += w * w;
        }
        loss + 0.5 * self.lambda * square
    }

    /// Turn logits into residuals where the classes of a sample compete; the loss.
    fn together(&mut self, bias: &[T], gb: &mut [f64]) -> f64 {
        let k = self.classes;
        let mut loss = 0.0;
        let rows = self.residuals.chunks_exact_mut(k).zip(self.targets.chunks_exact(k)).zip(self.weights);
        for ((z, q), &s) in rows {
            loss -= s * centre(z, q, bias);
        }
        // All at once and not row by row, since rows are shorter than what vectorises well.
        for z in &mut self.residuals {
            *z = z.exp_nonpositive();
        }
        let rows = self.residuals.chunks_exact_mut(k).zip(self.targets.chunks_exact(k)).zip(self.weights);
        for ((e, q), &s) in rows {
            loss += s * residual(e, q, s, gb);
        }
        loss
    }

    /// The same where each class is a question of its own.
    fn apart(&mut self, bias: &[T], gb: &mut [f64]) -> f64 {
        let mut loss = 0.0;
        let each = self.residuals.iter_mut().zip(self.targets).zip(self.weights).enumerate();
        for (at, ((z, &q), &s)) in each {
            let k = at % bias.len();
            *z += bias[k];
            let logit = z.double();
            loss += s * log_loss(logit, q);
            let r = s * (1.0 / (1.0 + (-logit).exp()) - q);
            gb[k] += r;
            *z = T::from_double(r);
        }
        loss
    }
}

/// Add the bias to the logits of a sample and take off the largest; the sum of `q` times what comes out.
fn centre<T: Logit>(z: &mut [T], q: &[f64], bias: &[T]) -> f64 {
    let mut top = T::from_double(f64::NEG_INFINITY);
    for (z, &b) in z.iter_mut().zip(bias) {
        *z += b;
        top = if *z > top { *z } else { top };
    }
    let mut hit = 0.0;
    for (z, q) in z.iter_mut().zip(q) {
        *z -= top;
        hit += q * z.double();
    }
    hit
}

/// Turn the exponentials of a sample into s (p − q), add that to the gradient of the bias, and return the log of their sum.
fn residual<T: Logit>(e: &mut [T], q: &[f64], s: f64, gradient: &mut [f64]) -> f64 {
    let total = e.iter().fold(T::ZERO, |sum, &e| sum + e).double();
    let share = s / total;
    for ((e, q), g) in e.iter_mut().zip(q).zip(gradient) {
        let r = share * e.double() - s * q;
        *g += r;
        *e = T::from_double(r);
    }
    total.ln()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_gradient_equals_finite_differences() {
        let rows = [0.5, -1.0, 2.0, 0.3, -0.7, 1.1];
        let targets = [1.0, 0.0, 0.0, 0.2, 0.5, 0.3, 0.0, 0.0, 1.0];
        let (shared, apart) = ([1.0, 0.4, 2.0], [1.0, 0.4, 2.0, 0.3, 1.5, 0.0, 0.7, 1.0, 3.0]);
        for (link, weights) in [(Link::Softmax, &shared[..]), (Link::Sigmoid, &apart)] {
            let mut objective = Objective::<f64>::new(link, &rows, 2, &targets, 3, weights, 0.3);
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

    #[test]
    fn single_precision_agrees_to_six_digits() {
        let rows: Vec<f64> =
            (0..600).map(|i| crate::math::random::unit(crate::math::random::hash(1, i)) - 0.5).collect();
        let single: Vec<f32> = rows.iter().map(|&x| x as f32).collect();
        let targets: Vec<f64> = (0..60).map(|i| f64::from(u8::from(i % 3 == i / 3 % 3))).collect();
        for link in Link::ALL {
            let weights = vec![1.0; link.weights(20, 3)];
            let at: Vec<f64> = (0..93).map(|i| f64::from(i) * 0.02 - 0.9).collect();
            let (mut exact, mut near) = (vec![0.0; 93], vec![0.0; 93]);
            let loss = Objective::new(link, &rows, 30, &targets, 3, &weights, 0.1).evaluate(&at, &mut exact);
            let other = Objective::new(link, &single, 30, &targets, 3, &weights, 0.1).evaluate(&at, &mut near);
            assert!((loss / other - 1.0).abs() < 1e-6 && loss != other, "{loss} {other}");
            assert!(exact.iter().zip(&near).all(|(a, b)| (a - b).abs() < 2e-6), "{exact:?} {near:?}");
        }
    }
}
