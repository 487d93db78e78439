//! Votes: what each member of a committee believes about a block of samples.

use super::{LearnError, Link};

/// Member probabilities of a block of samples: n × M × K, row-major.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Votes {
    pub n: usize,
    pub members: usize,
    pub classes: usize,
    pub probabilities: Vec<f32>,
}

impl Votes {
    /// Votes from outside, checked: `probabilities` is n × `members` × `classes`, each row as `link` gives them to within 1e-3.
    ///
    /// # Errors
    /// [`LearnError::Length`] when the numbers do not fit, [`LearnError::Probabilities`] for the first bad sample.
    pub fn new(link: Link, members: usize, classes: usize, probabilities: Vec<f32>) -> Result<Self, LearnError> {
        let width = members * classes;
        let n = probabilities.len().checked_div(width).unwrap_or(0);
        if width == 0 || n * width != probabilities.len() {
            return Err(LearnError::Length { what: "probabilities", got: probabilities.len(), want: n * width });
        }
        for (i, row) in probabilities.chunks_exact(classes).enumerate() {
            if !link.accepts(row, 1e-3) {
                return Err(LearnError::Probabilities { sample: i / members });
            }
        }
        Ok(Self { n, members, classes, probabilities })
    }

    /// The members' probabilities for sample `i`: M × K, row-major.
    pub fn of(&self, i: usize) -> &[f32] {
        let width = self.members * self.classes;
        &self.probabilities[i * width..(i + 1) * width]
    }

    /// The committee's opinion, the mean over members: n × K, row-major.
    pub fn mean(&self) -> Vec<f32> {
        let mut mean = vec![0.0; self.n * self.classes];
        for (i, out) in mean.chunks_exact_mut(self.classes.max(1)).enumerate() {
            mean_of(self.of(i), out);
        }
        mean
    }
}

/// Write the mean of `votes` (M × K) to `mean` (K).
pub fn mean_of(votes: &[f32], mean: &mut [f32]) {
    mean.fill(0.0);
    for member in votes.chunks_exact(mean.len()) {
        for (m, &p) in mean.iter_mut().zip(member) {
            *m += p;
        }
    }
    let share = mean.len() as f32 / votes.len() as f32;
    for m in mean {
        *m *= share;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_opinion_is_the_mean_of_the_members() {
        let votes = Votes::new(Link::Softmax, 2, 2, vec![1.0, 0.0, 0.5, 0.5]).unwrap();
        assert_eq!((votes.n, votes.mean()), (1, vec![0.75, 0.25]));
    }

    #[test]
    fn numbers_that_are_no_distribution_are_refused() {
        assert_eq!(
            Votes::new(Link::Softmax, 1, 2, vec![0.5, 0.5, 2.0, -1.0]),
            Err(LearnError::Probabilities { sample: 1 })
        );
        assert_eq!(Votes::new(Link::Softmax, 1, 2, vec![f32::NAN, 0.5]), Err(LearnError::Probabilities { sample: 0 }));
        assert!(matches!(Votes::new(Link::Softmax, 2, 2, vec![0.5; 6]), Err(LearnError::Length { .. })));
        assert!(matches!(Votes::new(Link::Softmax, 0, 0, Vec::new()), Err(LearnError::Length { .. })));
    }
}
