//! Two classifiers on the same samples: who is right where, and whether the difference can be chance.

use super::interval::{Interval, wilson};

/// Samples by who is right on them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize, utoipa::ToSchema)]
pub struct Paired {
    pub both_right: u64,
    /// Only the first is right.
    pub only_first: u64,
    /// Only the second is right.
    pub only_second: u64,
    pub both_wrong: u64,
}

impl Paired {
    /// Count pairs of (the first is right, the second is right).
    pub fn count(pairs: impl IntoIterator<Item = (bool, bool)>) -> Self {
        let mut counts = Self::default();
        for pair in pairs {
            *match pair {
                (true, true) => &mut counts.both_right,
                (true, false) => &mut counts.only_first,
                (false, true) => &mut counts.only_second,
                (false, false) => &mut counts.both_wrong,
            } += 1;
        }
        counts
    }

    /// All samples.
    pub fn n(&self) -> u64 {
        self.both_right + self.only_first + self.only_second + self.both_wrong
    }

    /// The accuracies of both with Wilson's 95 % intervals.
    pub fn accuracies(&self) -> [Interval; 2] {
        [self.only_first, self.only_second].map(|alone| wilson(self.both_right + alone, self.n(), 0.95))
    }

    /// The exact two-sided p-value of `McNemar`'s test (1947): the chance of a split of the samples on which one alone is right
    /// that is at least as uneven, were each as likely to be that one. 1 if there are none. O(samples).
    pub fn p_value(&self) -> f64 {
        let n = self.only_first + self.only_second;
        let few = self.only_first.min(self.only_second);
        // ln of C(n, k) / 2^n, from one k to the next.
        let mut term = -(n as f64) * std::f64::consts::LN_2;
        let mut tail = term.exp();
        for k in 0..few {
            term += ((n - k) as f64 / (k + 1) as f64).ln();
            tail += term.exp();
        }
        (2.0 * tail).min(1.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(serde::Deserialize)]
    struct File {
        mcnemar: Vec<(u64, u64, f64)>,
    }

    #[test]
    fn p_values_equal_statsmodels() {
        let file: File = serde_json::from_str(include_str!("../../tests/data/paired.json")).unwrap();
        assert!(file.mcnemar.len() > 50);
        for (only_first, only_second, want) in file.mcnemar {
            let got = Paired { only_first, only_second, both_right: 7, both_wrong: 2 }.p_value();
            assert!((got - want).abs() <= 1e-9 * want.max(1e-3), "{only_first}, {only_second}: {got} for {want}");
        }
    }

    #[test]
    fn pairs_are_counted_by_who_is_right() {
        let counts = Paired::count([(true, true), (true, false), (true, false), (false, true), (false, false)]);
        assert_eq!(counts, Paired { both_right: 1, only_first: 2, only_second: 1, both_wrong: 1 });
        assert_eq!(counts.accuracies().map(|accuracy| accuracy.value), [0.6, 0.4]);
        assert_eq!((Paired::default().p_value(), Paired::default().n()), (1.0, 0));
    }
}
