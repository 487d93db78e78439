//! The power law of learning curves, acc(n) = a − b·n⁻ᶜ, for what lies beyond the measured labels.
//!
//! For a given exponent the rest is linear least squares, so the fit is a search over one number: a grid, then golden sections
//! around its best.

/// Exponents searched, and how many of them before the golden sections.
const EXPONENTS: (f64, f64) = (0.05, 2.0);
const GRID: usize = 24;
const SECTIONS: usize = 30;

/// acc(n) = `top` − `drop`·n^−`exponent`, with `top` at most 1 and `drop` at least 0: it never falls, and stays a share.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PowerLaw {
    pub top: f64,
    pub drop: f64,
    pub exponent: f64,
}

impl PowerLaw {
    /// The best fit in weighted least squares to `accuracy` at `labels` (all of one length). `None` below three points, since
    /// three numbers are fitted. O(54 points).
    pub fn fit(labels: &[f64], accuracy: &[f64], weights: &[f64]) -> Option<Self> {
        if labels.len() < 3 {
            return None;
        }
        let logs: Vec<f64> = labels.iter().map(|n| n.max(1.0).ln()).collect();
        let at = |ln_c: f64| linear(&logs, accuracy, weights, ln_c.exp());
        let (low, high) = (EXPONENTS.0.ln(), EXPONENTS.1.ln());
        let step = (high - low) / (GRID - 1) as f64;
        let best = (0..GRID).map(|i| low + step * i as f64).min_by(|a, b| at(*a).1.total_cmp(&at(*b).1))?;
        let (mut from, mut to) = ((best - step).max(low), (best + step).min(high));
        let golden = (5f64.sqrt() - 1.0) / 2.0;
        for _ in 0..SECTIONS {
            let (x, y) = (to - golden * (to - from), from + golden * (to - from));
            if at(x).1 <= at(y).1 { to = y } else { from = x }
        }
        Some(at(f64::midpoint(from, to)).0)
    }

    /// Accuracy with `labels` labels.
    pub fn at(self, labels: f64) -> f64 {
        self.top - self.drop * labels.max(1.0).powf(-self.exponent)
    }

    /// Labels at which it reaches `accuracy`; infinite when it never does.
    pub fn labels_for(self, accuracy: f64) -> f64 {
        let below = self.top - accuracy;
        if below <= 0.0 {
            // A flat law is there from the start, or never.
            return if self.drop <= 0.0 && below >= 0.0 { 1.0 } else { f64::INFINITY };
        }
        (self.drop / below).powf(1.0 / self.exponent).max(1.0)
    }
}

/// Top and drop of the best law with this exponent, and its weighted sum of squares.
fn linear(logs: &[f64], accuracy: &[f64], weights: &[f64], exponent: f64) -> (PowerLaw, f64) {
    let rows = || logs.iter().map(|ln| (-exponent * ln).exp()).zip(accuracy).zip(weights);
    let (mut w, mut x1, mut y1, mut xx, mut xy) = (0.0, 0.0, 0.0, 0.0, 0.0);
    for ((x, &y), &weight) in rows() {
        w += weight;
        x1 += weight * x;
        y1 += weight * y;
        xx += weight * x * x;
        xy += weight * x * y;
    }
    let spread = w * xx - x1 * x1;
    let slope = if spread > 0.0 { (w * xy - x1 * y1) / spread } else { 0.0 };
    let (mut top, mut drop) = (if w > 0.0 { (y1 - slope * x1) / w } else { 0.0 }, -slope);
    if top > 1.0 {
        (top, drop) = (1.0, if xx > 0.0 { (x1 - xy) / xx } else { 0.0 });
    }
    if drop < 0.0 {
        (top, drop) = ((y1 / w.max(f64::MIN_POSITIVE)).min(1.0), 0.0);
    }
    let law = PowerLaw { top, drop, exponent };
    let rest = rows().map(|((x, &y), &weight)| weight * (y - top + drop * x).powi(2)).sum();
    (law, rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(serde::Deserialize)]
    struct Case {
        labels: Vec<f64>,
        accuracy: Vec<f64>,
        weights: Vec<f64>,
        law: [f64; 3],
        loss: f64,
    }

    #[derive(serde::Deserialize)]
    struct File {
        power_laws: Vec<Case>,
    }

    #[test]
    fn fits_are_as_good_as_scipys() {
        let file: File = serde_json::from_str(include_str!("../../tests/data/efficiency.json")).unwrap();
        assert!(file.power_laws.len() >= 40);
        for case in file.power_laws {
            let law = PowerLaw::fit(&case.labels, &case.accuracy, &case.weights).unwrap();
            let loss = |law: PowerLaw| -> f64 {
                let points = case.labels.iter().zip(&case.accuracy).zip(&case.weights);
                points.map(|((n, y), w)| w * (law.at(*n) - y).powi(2)).sum()
            };
            let [top, drop, exponent] = case.law;
            assert!(loss(law) <= case.loss * (1.0 + 1e-4) + 1e-9, "{law:?} loses {} for {}", loss(law), case.loss);
            // Where the search was unbounded for both, they are the same law.
            if exponent > 0.06 && exponent < 1.9 && loss(law) > case.loss * (1.0 - 1e-6) {
                let theirs = PowerLaw { top, drop, exponent };
                assert!((law.at(1_000.0) - theirs.at(1_000.0)).abs() < 2e-3, "{law:?} {theirs:?}");
            }
        }
    }

    #[test]
    fn an_exact_law_is_found_and_turned_around() {
        let law = PowerLaw { top: 0.93, drop: 1.2, exponent: 0.5 };
        let labels = [10.0, 20.0, 40.0, 80.0, 160.0];
        let found = PowerLaw::fit(&labels, &labels.map(|n| law.at(n)), &[1.0; 5]).unwrap();
        assert!((found.at(640.0) - law.at(640.0)).abs() < 1e-6, "{found:?}");
        assert!((law.labels_for(law.at(320.0)) - 320.0).abs() < 1e-6);
        assert_eq!(law.labels_for(0.95), f64::INFINITY);
        assert_eq!(PowerLaw::fit(&labels[..2], &[0.5, 0.6], &[1.0; 2]), None);
    }

    #[test]
    fn a_curve_that_falls_is_flat() {
        let law = PowerLaw::fit(&[10.0, 20.0, 40.0], &[0.9, 0.8, 0.7], &[1.0; 3]).unwrap();
        assert!(law.drop == 0.0 && (law.top - 0.8).abs() < 1e-9, "{law:?}");
    }
}
