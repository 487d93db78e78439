//! L-BFGS with a strong Wolfe line search (Nocedal and Wright, "Numerical Optimization", 2nd edition, algorithms 7.4,
//! 7.5, 3.5 and 3.6, with the cubic step of equation 3.59).
//!
//! **Invariant:** one thread, one order of additions: the same function and start give the same bits.

use std::collections::VecDeque;

use crate::math::dot;

/// When to stop.
#[derive(Debug, Clone, Copy)]
pub struct Stop {
    /// Done when no entry of the gradient is larger than this.
    pub gradient: f64,
    pub iterations: usize,
    /// Rounding of the value, as a share of it: smaller changes mean nothing.
    pub rounding: f64,
}

/// Where the search ended.
#[derive(Debug, Clone)]
pub struct Minimum {
    pub point: Vec<f64>,
    pub value: f64,
    pub iterations: usize,
    pub evaluations: usize,
    /// Whether the gradient became as small as asked.
    pub converged: bool,
}

/// Steps remembered.
const MEMORY: usize = 10;
/// Sufficient decrease and curvature of the Wolfe conditions.
const C1: f64 = 1e-4;
const C2: f64 = 0.9;

struct Point {
    at: Vec<f64>,
    value: f64,
    gradient: Vec<f64>,
}

/// A step that moved: x difference, gradient difference, 1 / (their product).
type Step = (Vec<f64>, Vec<f64>, f64);

/// Minimise a smooth function from `start`; `f` returns the value and fills the gradient.
pub fn minimise(mut f: impl FnMut(&[f64], &mut [f64]) -> f64, start: Vec<f64>, stop: Stop) -> Minimum {
    let mut evaluations = 0;
    let mut evaluate = |at: Vec<f64>| {
        evaluations += 1;
        let mut gradient = vec![0.0; at.len()];
        let value = f(&at, &mut gradient);
        Point { at, value, gradient }
    };
    let mut here = evaluate(start);
    let mut memory: VecDeque<Step> = VecDeque::new();
    let mut iterations = 0;
    let mut converged = largest(&here.gradient) <= stop.gradient;
    while !converged && iterations < stop.iterations {
        let mut direction = two_loop(&here.gradient, &memory);
        let mut slope = dot(&direction, &here.gradient);
        if slope.is_nan() || slope >= 0.0 {
            memory.clear();
            direction = here.gradient.iter().map(|g| -g).collect();
            slope = dot(&direction, &here.gradient);
        }
        // Without curvature known, the first step moves a distance of at most one.
        let first = if memory.is_empty() { (1.0 / (-slope).sqrt()).min(1.0) } else { 1.0 };
        let Some(next) = line_search(&mut evaluate, &here, &direction, slope, first, stop.rounding) else {
            if memory.is_empty() {
                break;
            }
            memory.clear();
            iterations += 1;
            continue;
        };
        let moved: Vec<f64> = next.at.iter().zip(&here.at).map(|(a, b)| a - b).collect();
        let turned: Vec<f64> = next.gradient.iter().zip(&here.gradient).map(|(a, b)| a - b).collect();
        let product = dot(&moved, &turned);
        if product > 1e-12 * dot(&turned, &turned).max(f64::MIN_POSITIVE) {
            if memory.len() == MEMORY {
                memory.pop_front();
            }
            memory.push_back((moved, turned, 1.0 / product));
        }
        here = next;
        iterations += 1;
        converged = largest(&here.gradient) <= stop.gradient;
    }
    Minimum { point: here.at, value: here.value, iterations, evaluations, converged }
}

/// −H · g by the two-loop recursion (algorithm 7.4).
fn two_loop(gradient: &[f64], memory: &VecDeque<Step>) -> Vec<f64> {
    let mut q: Vec<f64> = gradient.iter().map(|g| -g).collect();
    let mut alphas = Vec::with_capacity(memory.len());
    for (s, y, rho) in memory.iter().rev() {
        let alpha = rho * dot(s, &q);
        add(&mut q, -alpha, y);
        alphas.push(alpha);
    }
    if let Some((_, y, rho)) = memory.back() {
        let scale = 1.0 / (rho * dot(y, y));
        for q in &mut q {
            *q *= scale;
        }
    }
    for ((s, y, rho), alpha) in memory.iter().zip(alphas.into_iter().rev()) {
        let beta = rho * dot(y, &q);
        add(&mut q, alpha - beta, s);
    }
    q
}

/// A trial on the line: step length, value, slope.
#[derive(Clone, Copy)]
struct Trial {
    step: f64,
    value: f64,
    slope: f64,
}

/// A point that satisfies the strong Wolfe conditions (algorithms 3.5 and 3.6); `None` when rounding hides any decrease.
fn line_search(
    evaluate: &mut impl FnMut(Vec<f64>) -> Point,
    from: &Point,
    direction: &[f64],
    slope: f64,
    first: f64,
    rounding: f64,
) -> Option<Point> {
    // Near the minimum a decrease can be smaller than the rounding of the value.
    let slack = rounding * from.value.abs();
    let mut probe = |step: f64| {
        let at = from.at.iter().zip(direction).map(|(x, d)| x + step * d).collect();
        let point = evaluate(at);
        let trial = Trial { step, value: point.value, slope: dot(&point.gradient, direction) };
        (point, trial)
    };
    let fails = |t: Trial| t.value.is_nan() || t.value > from.value + C1 * t.step * slope + slack;
    let flat = |t: Trial| t.slope.abs() <= -C2 * slope;
    let mut low = Trial { step: 0.0, value: from.value, slope };
    let mut high: Option<Trial> = None;
    let mut step = first;
    for _ in 0..40 {
        let (point, trial) = probe(step);
        if fails(trial) || (trial.value > low.value + slack && low.step > 0.0) {
            high = Some(trial);
        } else if flat(trial) {
            return Some(point);
        } else {
            // The minimum lies between the new low end and the end its slope points to.
            match high {
                Some(h) if trial.slope * (h.step - trial.step) < 0.0 => {}
                None if trial.slope < 0.0 => {}
                _ => high = Some(low),
            }
            low = trial;
        }
        step = match high {
            None => low.step * 4.0,
            Some(high) => {
                let width = (high.step - low.step).abs();
                if width <= 1e-16 * low.step.max(1e-300) {
                    return None;
                }
                let (left, right) = (low.step.min(high.step) + 0.1 * width, low.step.max(high.step) - 0.1 * width);
                let cubic = cubic_minimum(low, high);
                if cubic.is_finite() { cubic.clamp(left, right) } else { 0.5 * (low.step + high.step) }
            }
        };
    }
    None
}

/// The minimum of the cubic through two trials' values and slopes (equation 3.59).
fn cubic_minimum(a: Trial, b: Trial) -> f64 {
    let d1 = a.slope + b.slope - 3.0 * (a.value - b.value) / (a.step - b.step);
    let d2 = (b.step - a.step).signum() * (d1 * d1 - a.slope * b.slope).sqrt();
    b.step - (b.step - a.step) * (b.slope + d2 - d1) / (b.slope - a.slope + 2.0 * d2)
}

fn add(to: &mut [f64], factor: f64, other: &[f64]) {
    for (t, o) in to.iter_mut().zip(other) {
        *t += factor * o;
    }
}

fn largest(gradient: &[f64]) -> f64 {
    gradient.iter().fold(0.0, |top, g| if g.is_nan() { f64::INFINITY } else { g.abs().max(top) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rosenbrock_valley_is_followed_to_its_end() {
        let f = |x: &[f64], g: &mut [f64]| {
            g[0] = -400.0 * x[0] * (x[1] - x[0] * x[0]) - 2.0 * (1.0 - x[0]);
            g[1] = 200.0 * (x[1] - x[0] * x[0]);
            100.0 * (x[1] - x[0] * x[0]).powi(2) + (1.0 - x[0]).powi(2)
        };
        let end = minimise(f, vec![-1.2, 1.0], Stop { gradient: 1e-9, iterations: 200, rounding: 1e-14 });
        assert!(end.converged && end.iterations < 60, "{end:?}");
        assert!((end.point[0] - 1.0).abs() < 1e-8 && (end.point[1] - 1.0).abs() < 1e-8);
    }

    #[test]
    fn an_ill_conditioned_bowl_of_many_dimensions_is_solved() {
        let f = |x: &[f64], g: &mut [f64]| {
            let mut value = 0.0;
            for (j, (x, g)) in x.iter().zip(g).enumerate() {
                let c = 10f64.powf(j as f64 / 10.0);
                *g = c * (x - 1.0);
                value += 0.5 * c * (x - 1.0).powi(2);
            }
            value
        };
        let end = minimise(f, vec![0.0; 40], Stop { gradient: 1e-7, iterations: 2000, rounding: 1e-14 });
        assert!(end.converged, "{} iterations", end.iterations);
        assert!(end.point.iter().all(|x| (x - 1.0).abs() < 1e-6));
    }

    #[test]
    fn a_function_that_returns_nan_ends_without_a_loop() {
        let end = minimise(
            |_, g| {
                g.fill(f64::NAN);
                f64::NAN
            },
            vec![0.0; 2],
            Stop { gradient: 1e-6, iterations: 50, rounding: 1e-14 },
        );
        assert!(!end.converged);
    }
}
