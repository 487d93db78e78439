//! Which samples are compared: a seeded part of very many, and equal numbers of each class.
//!
//! Synthetic sets are often made for rare classes. Compared as they are, their other shares of classes would look like a fault.

use super::{GateSamples, MOST};
use crate::math::distance::normalised;
use crate::math::{Matrix, random};

/// The samples that are looked at, embeddings scaled to unit length.
pub(super) struct ComparedSamples {
    pub real: Matrix,
    pub real_classes: Vec<usize>,
    pub groups: Vec<u64>,
    pub synthetic: Matrix,
    pub synthetic_classes: Vec<usize>,
    pub n_classes: usize,
    /// Where they were among all.
    pub real_at: Vec<usize>,
    pub synthetic_at: Vec<usize>,
}

impl ComparedSamples {
    /// At most [`MOST`] of either kind; copies among real samples stay together as long as there is room.
    pub fn new(samples: &GateSamples<'_>, seed: u64) -> Self {
        let by_group = |i: usize| random::hash(seed, samples.groups[i]);
        let real_at = drawn(samples.real.rows(), MOST, by_group);
        let synthetic_at = drawn(samples.synthetic.rows(), MOST, |i| random::hash(seed ^ 0x5f, i as u64));
        let classes = |of: &[usize], at: &[usize]| at.iter().map(|&i| of[i]).collect();
        Self {
            real: normalised(&samples.real.gather(&real_at)),
            real_classes: classes(samples.real_classes, &real_at),
            groups: real_at.iter().map(|&i| samples.groups[i]).collect(),
            synthetic: normalised(&samples.synthetic.gather(&synthetic_at)),
            synthetic_classes: classes(samples.synthetic_classes, &synthetic_at),
            n_classes: samples.n_classes,
            real_at,
            synthetic_at,
        }
    }

    /// Real and synthetic samples of one class.
    pub fn of_class(&self, class: usize) -> (Vec<usize>, Vec<usize>) {
        let of = |classes: &[usize]| (0..classes.len()).filter(|&i| classes[i] == class).collect();
        (of(&self.real_classes), of(&self.synthetic_classes))
    }

    /// The synthetic samples that are not among these.
    pub fn without(&self, left_out: &[usize]) -> Vec<usize> {
        let mut kept = vec![true; self.synthetic.rows()];
        for &i in left_out {
            kept[i] = false;
        }
        (0..kept.len()).filter(|&i| kept[i]).collect()
    }

    /// As many real as synthetic samples of each class, at most about `most` of each kind: seeded.
    pub fn matched(&self, most: usize, seed: u64) -> (Vec<usize>, Vec<usize>) {
        let pairs: Vec<(Vec<usize>, Vec<usize>)> = (0..self.n_classes).map(|class| self.of_class(class)).collect();
        let all: usize = pairs.iter().map(|(real, synthetic)| real.len().min(synthetic.len())).sum();
        let (mut reals, mut synthetics) = (Vec::new(), Vec::new());
        for (real, synthetic) in pairs {
            let n = real.len().min(synthetic.len());
            let n = if all > most { (n * most).div_ceil(all) } else { n };
            let pick = |of: Vec<usize>, salt: u64| first(of, n, |i| random::hash(seed ^ salt, i as u64));
            reals.extend(pick(real, 0x4e));
            synthetics.extend(pick(synthetic, 0x53));
        }
        (reals, synthetics)
    }
}

/// `most` of n positions, ascending: those with the smallest `key`.
pub(super) fn drawn(n: usize, most: usize, key: impl Fn(usize) -> u64) -> Vec<usize> {
    if n <= most {
        return (0..n).collect();
    }
    let mut at = first((0..n).collect(), most, key);
    at.sort_unstable();
    at
}

/// The `most` of these with the smallest `key`, in its order.
pub(super) fn first(mut of: Vec<usize>, most: usize, key: impl Fn(usize) -> u64) -> Vec<usize> {
    of.sort_by_key(|&i| (key(i), i));
    of.truncate(most);
    of
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn matched_samples_have_the_same_classes_in_both_kinds() {
        let rows = |n: usize| Matrix::new(n, 1, vec![1.0; n]);
        let (real, synthetic) = (rows(9), rows(7));
        let samples = GateSamples {
            real: &real,
            real_classes: &[0, 0, 0, 0, 0, 1, 1, 2, 2],
            groups: &[0, 1, 2, 3, 4, 5, 6, 7, 8],
            synthetic: &synthetic,
            synthetic_classes: &[0, 0, 1, 1, 1, 1, 1],
            n_classes: 3,
        };
        let compared = ComparedSamples::new(&samples, 1);
        let classes = |most: usize| {
            let (real, synthetic) = compared.matched(most, 4);
            let of = |at: Vec<usize>, classes: &[usize]| at.into_iter().map(|i| classes[i]).collect::<Vec<_>>();
            (of(real, &compared.real_classes), of(synthetic, &compared.synthetic_classes))
        };
        assert_eq!(classes(99), (vec![0, 0, 1, 1], vec![0, 0, 1, 1]));
        assert_eq!(classes(2), (vec![0, 1], vec![0, 1]));
        assert_eq!(compared.without(&[0, 3]), [1, 2, 4, 5, 6]);
    }

    #[test]
    fn of_many_a_seeded_part_is_drawn_and_copies_stay_together() {
        let groups: Vec<u64> = (0..40).map(|i| i / 4).collect();
        let part = |seed: u64| drawn(40, 20, |i| random::hash(seed, groups[i]));
        assert_eq!(part(3), part(3));
        assert_ne!(part(3), part(4));
        assert!(part(3).chunks(4).all(|four| groups[four[0]] == groups[four[3]]));
    }
}
