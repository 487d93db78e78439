//! The known classes of samples: one each, or any number.

use super::{LearnError, Link};

/// The known classes of n samples, indices below K.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Targets<'a> {
    /// n: exactly one class each.
    One(&'a [usize]),
    /// n × K, row-major: whether the sample has the class.
    Sets(&'a [bool]),
}

/// [`Targets`] that are owned.
#[derive(Debug, Clone, PartialEq)]
pub enum Truth {
    One(Vec<usize>),
    Sets(Vec<bool>),
}

impl Truth {
    pub fn targets(&self) -> Targets<'_> {
        match self {
            Self::One(labels) => Targets::One(labels),
            Self::Sets(truth) => Targets::Sets(truth),
        }
    }

    /// Nothing known yet of samples whose committee has this link.
    pub const fn empty(link: Link) -> Self {
        match link {
            Link::Softmax => Self::One(Vec::new()),
            Link::Sigmoid => Self::Sets(Vec::new()),
        }
    }

    /// These samples, and then others of the same kind.
    #[must_use]
    pub fn followed_by(self, others: Self) -> Self {
        match (self, others) {
            (Self::One(one), Self::One(more)) => Self::One([one, more].concat()),
            (Self::Sets(one), Self::Sets(more)) => Self::Sets([one, more].concat()),
            (one, _) => one,
        }
    }

    /// Add a sample with these of K classes. Where a sample has exactly one, the first of them.
    pub fn push(&mut self, classes: &[usize], n_classes: usize) {
        match self {
            Self::One(labels) => labels.extend(classes.first()),
            Self::Sets(truth) => truth.extend((0..n_classes).map(|k| classes.contains(&k))),
        }
    }
}

impl<'a> Targets<'a> {
    /// The link of the heads that learn them.
    pub const fn link(self) -> Link {
        match self {
            Self::One(_) => Link::Softmax,
            Self::Sets(_) => Link::Sigmoid,
        }
    }

    /// n.
    pub fn len(self, n_classes: usize) -> usize {
        match self {
            Self::One(labels) => labels.len(),
            Self::Sets(truth) => truth.len() / n_classes.max(1),
        }
    }

    /// Whether nothing is known yet.
    pub const fn is_empty(self) -> bool {
        match self {
            Self::One(labels) => labels.is_empty(),
            Self::Sets(truth) => truth.is_empty(),
        }
    }

    /// The classes of sample `i`.
    pub fn of(self, i: usize, n_classes: usize) -> Vec<usize> {
        match self {
            Self::One(labels) => vec![labels[i]],
            Self::Sets(truth) => (0..n_classes).filter(|k| truth[i * n_classes + k]).collect(),
        }
    }

    /// Whether sample `i` has class `k`.
    pub fn has(self, i: usize, k: usize, n_classes: usize) -> bool {
        match self {
            Self::One(labels) => labels[i] == k,
            Self::Sets(truth) => truth[i * n_classes + k],
        }
    }

    /// One class per sample, for heads that know nothing else.
    ///
    /// # Errors
    /// [`LearnError::Sets`] where samples have any number of classes.
    pub const fn one(self) -> Result<&'a [usize], LearnError> {
        match self {
            Self::One(labels) => Ok(labels),
            Self::Sets(_) => Err(LearnError::Sets),
        }
    }

    /// Those of the samples at these positions.
    pub fn gather(self, at: &[usize], n_classes: usize) -> Truth {
        match self {
            Self::One(labels) => Truth::One(at.iter().map(|&i| labels[i]).collect()),
            Self::Sets(truth) => {
                Truth::Sets(at.iter().flat_map(|&i| &truth[i * n_classes..(i + 1) * n_classes]).copied().collect())
            }
        }
    }

    /// K: the samples of each class.
    pub fn counts(self, n_classes: usize) -> Vec<usize> {
        let mut counts = vec![0; n_classes];
        match self {
            Self::One(labels) => labels.iter().filter(|&&y| y < n_classes).for_each(|&y| counts[y] += 1),
            Self::Sets(truth) => {
                for sample in truth.chunks_exact(n_classes.max(1)) {
                    counts.iter_mut().zip(sample).for_each(|(count, &has)| *count += usize::from(has));
                }
            }
        }
        counts
    }

    /// Classes of which something can be learned, ascending: that have a sample; or where each is a question of its own,
    /// that some samples have and others have not.
    pub fn varying(self, n_classes: usize) -> Vec<usize> {
        let n = self.len(n_classes);
        let all = if self.link() == Link::Softmax { usize::MAX } else { n };
        let counts = self.counts(n_classes);
        (0..n_classes).filter(|&k| counts[k] > 0 && counts[k] < all).collect()
    }

    /// Refuse what does not fit `n` samples of K classes.
    ///
    /// # Errors
    /// Another number of samples, or a class that is not below K.
    pub fn check(self, n: usize, n_classes: usize) -> Result<(), LearnError> {
        match self {
            Self::One(labels) => {
                length("rows", n, labels.len())?;
                match labels.iter().position(|&y| y >= n_classes) {
                    Some(row) => Err(LearnError::Label { row, label: labels[row], classes: n_classes }),
                    None => Ok(()),
                }
            }
            Self::Sets(_) if n_classes == 0 => Err(LearnError::Option("classes")),
            Self::Sets(truth) => length("truth", truth.len(), n * n_classes),
        }
    }
}

pub(super) const fn length(what: &'static str, got: usize, want: usize) -> Result<(), LearnError> {
    if got == want { Ok(()) } else { Err(LearnError::Length { what, got, want }) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_class_and_a_set_of_one_say_the_same() {
        let (labels, truth) = ([2usize, 0, 2], [false, false, true, true, false, false, false, false, true]);
        for targets in [Targets::One(&labels), Targets::Sets(&truth)] {
            assert_eq!((targets.len(3), targets.is_empty()), (3, false));
            assert_eq!(targets.counts(3), [1, 0, 2]);
            assert_eq!(targets.varying(3), [0, 2]);
            assert_eq!((0..3).map(|i| targets.of(i, 3)).collect::<Vec<_>>(), [[2], [0], [2]]);
            assert_eq!(targets.gather(&[1, 2], 3).targets().counts(3), [1, 0, 1]);
            assert!(targets.has(0, 2, 3) && !targets.has(0, 0, 3));
            assert_eq!(targets.check(3, 3), Ok(()));
            assert!(targets.check(2, 3).is_err());
            let mut made = Truth::empty(targets.link());
            (0..3).for_each(|i| made.push(&targets.of(i, 3), 3));
            assert_eq!(made.targets(), targets);
        }
        assert!(Targets::One(&labels).check(3, 2).is_err() && Targets::Sets(&truth).one().is_err());
    }

    #[test]
    fn a_class_that_every_set_has_cannot_be_learned() {
        assert_eq!(Targets::Sets(&[true, false, true, true]).varying(2), [1]);
        assert_eq!(Targets::One(&[0, 0]).varying(2), [0]);
    }
}
