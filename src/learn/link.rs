//! What turns logits into probabilities: the one thing in which committees for one class and for sets of classes differ.

use super::training::UNSEEN_BIAS;
use super::votes::mean_of;
use crate::domain::Task;
use crate::math::softmax::{self, Logit};

/// How the K logits of a head become K probabilities.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Link {
    /// They add up to 1: a sample has exactly one class.
    #[default]
    Softmax,
    /// Each stands by itself: a sample has any number of classes.
    Sigmoid,
}

impl From<Task> for Link {
    fn from(task: Task) -> Self {
        match task {
            Task::Single => Self::Softmax,
            Task::Multi => Self::Sigmoid,
        }
    }
}

impl From<Link> for Task {
    fn from(link: Link) -> Self {
        match link {
            Link::Softmax => Self::Single,
            Link::Sigmoid => Self::Multi,
        }
    }
}

impl Link {
    pub const ALL: [Self; 2] = [Self::Softmax, Self::Sigmoid];

    /// The ONNX operator that does this.
    pub const fn operator(self) -> &'static str {
        match self {
            Self::Softmax => "Softmax",
            Self::Sigmoid => "Sigmoid",
        }
    }

    /// Replace logits (n × `classes`) by probabilities.
    pub fn apply<T: Logit>(self, logits: &mut [T], classes: usize) {
        match self {
            Self::Softmax => softmax::softmax_rows(logits, classes),
            Self::Sigmoid => softmax::sigmoid(logits),
        }
    }

    /// The classes that K probabilities speak for: the likeliest one, or those that are likelier than not.
    pub fn decided(self, p: &[f32]) -> Vec<usize> {
        match self {
            Self::Softmax => {
                let likeliest = |best: usize, k: usize| if p[k] > p[best] { k } else { best };
                (0..p.len()).reduce(likeliest).into_iter().collect()
            }
            Self::Sigmoid => (0..p.len()).filter(|&k| p[k] >= 0.5).collect(),
        }
    }

    /// How sure K probabilities are, 0 to 1: the largest, or the mean of |2 p − 1|.
    pub fn certainty(self, p: &[f32]) -> f32 {
        match self {
            Self::Softmax => p.iter().copied().fold(0.0, f32::max),
            Self::Sigmoid => p.iter().map(|p| (2.0 * p - 1.0).abs()).sum::<f32>() / p.len().max(1) as f32,
        }
    }

    /// How likely is what K probabilities decide for; of a set, its least likely part.
    pub fn probability(self, p: &[f32]) -> f32 {
        match self {
            Self::Softmax => p.iter().copied().fold(0.0, f32::max),
            Self::Sigmoid => p.iter().map(|p| p.max(1.0 - p)).fold(1.0, f32::min),
        }
    }

    /// Whether K numbers are probabilities of this kind, to within `rounding`.
    pub fn accepts(self, p: &[f32], rounding: f32) -> bool {
        match self {
            Self::Softmax => (p.iter().sum::<f32>() - 1.0).abs() <= rounding && p.iter().all(|&p| p >= 0.0),
            Self::Sigmoid => p.iter().all(|p| (-rounding..=1.0 + rounding).contains(p)),
        }
    }

    /// The least number of classes that vary for there to be anything to learn.
    pub const fn least(self) -> usize {
        match self {
            Self::Softmax => 2,
            Self::Sigmoid => 1,
        }
    }

    /// How many sample weights `n` samples have: one each, or one for each class.
    pub const fn weights(self, n: usize, classes: usize) -> usize {
        match self {
            Self::Softmax => n,
            Self::Sigmoid => n * classes,
        }
    }

    /// −ln of the probability that K logits, divided by `temperature`, give to `target` (K, zeros and ones).
    pub fn loss(self, logits: &[f64], target: &[f64], temperature: f64) -> f64 {
        match self {
            Self::Softmax => {
                let top = logits.iter().copied().fold(f64::NEG_INFINITY, f64::max);
                let total: f64 = logits.iter().map(|z| ((z - top) / temperature).exp()).sum();
                let own: f64 = logits.iter().zip(target).map(|(z, q)| q * (z - top)).sum();
                total.ln() - own / temperature
            }
            Self::Sigmoid => logits.iter().zip(target).map(|(z, q)| log_loss(z / temperature, *q)).sum(),
        }
    }

    /// −ln of the probability that K probabilities give to a sample having just these classes, with those below 1e-12 counted as
    /// 1e-12.
    pub fn surprise(self, p: &[f32], classes: &[usize]) -> f64 {
        let ln = |p: f32| f64::from(p).max(1e-12).ln();
        match self {
            Self::Softmax => -classes.iter().map(|&k| ln(p[k])).sum::<f64>(),
            Self::Sigmoid => {
                -p.iter().enumerate().map(|(k, &p)| ln(if classes.contains(&k) { p } else { 1.0 - p })).sum::<f64>()
            }
        }
    }

    /// Logits that would give these probabilities; one that was never seen stays out of reach.
    pub fn logits(self, p: &[f32]) -> Vec<f64> {
        let ln = |p: f32| f64::from(p.max(f32::MIN_POSITIVE)).ln();
        match self {
            Self::Softmax => p.iter().map(|&p| ln(p)).collect(),
            Self::Sigmoid => p.iter().map(|&p| ln(p) - ln(1.0 - p)).collect(),
        }
    }

    /// The bias of a class of which nothing can be learned, given to `n_with` of `n` samples: none of them, or all.
    ///
    /// Beside other classes, one without a label has probability 0. By itself it follows Laplace's rule of succession.
    pub fn constant(self, n_with: usize, n: usize) -> f64 {
        match self {
            Self::Softmax => f64::from(UNSEEN_BIAS),
            Self::Sigmoid => ((n_with as f64 + 1.0) / ((n - n_with) as f64 + 1.0)).ln(),
        }
    }

    /// Show `see` what M votes (M × K) say, as distributions: the votes themselves, or for each class in turn those on its
    /// absence and presence (M × 2). A rule for distributions serves sets of classes as its mean over these.
    ///
    /// `buffer` is scratch space.
    pub fn questions(self, votes: &[f32], classes: usize, buffer: &mut Vec<f32>, mut see: impl FnMut(&[f32])) {
        match self {
            Self::Softmax => see(votes),
            Self::Sigmoid => {
                for k in 0..classes {
                    buffer.clear();
                    buffer.extend(votes.iter().skip(k).step_by(classes).flat_map(|&p| [1.0 - p, p]));
                    see(buffer);
                }
            }
        }
    }

    /// Entropy of the probabilities of K classes as a share of the greatest possible: of one distribution over all classes, or
    /// the mean over classes of that between absence and presence. 0 for fewer than two outcomes.
    pub fn doubt(self, p: &[f32]) -> f64 {
        let (mut sum, mut n) = (0.0, 0);
        self.questions(p, p.len(), &mut Vec::new(), |outcomes| {
            if outcomes.len() > 1 {
                let entropy: f64 =
                    outcomes.iter().map(|&p| f64::from(p)).filter(|p| *p > 0.0).map(|p| -p * p.ln()).sum();
                sum += entropy / (outcomes.len() as f64).ln();
            }
            n += 1;
        });
        sum / f64::from(n.max(1))
    }

    /// The classes of one of [`Link::questions`].
    pub const fn width(self, classes: usize) -> usize {
        match self {
            Self::Softmax => classes,
            Self::Sigmoid => 2,
        }
    }

    /// The mean of KL(pₘ ‖ p̄) over members, of M × K votes.
    pub fn disagreement(self, votes: &[f32], classes: usize) -> f64 {
        let mut mean = vec![0.0; self.width(classes)];
        let mut total = 0.0;
        self.questions(votes, classes, &mut Vec::new(), |votes| total += divergence(votes, &mut mean));
        total
    }
}

/// The mean of KL(pₘ ‖ p̄) of distributions (M × K).
fn divergence(votes: &[f32], mean: &mut [f32]) -> f64 {
    mean_of(votes, mean);
    let members = votes.len() / mean.len().max(1);
    let each = votes.chunks_exact(mean.len().max(1)).flat_map(|member| member.iter().zip(&*mean));
    let total: f64 = each.map(|(&p, &q)| if p > 0.0 { f64::from(p) * f64::from(p / q).ln() } else { 0.0 }).sum();
    total / members.max(1) as f64
}

/// −q ln σ(z) − (1 − q) ln σ(−z), without overflow.
pub(super) fn log_loss(z: f64, q: f64) -> f64 {
    z.max(0.0) - z * q + (-z.abs()).exp().ln_1p()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_class_is_always_decided_for_and_of_several_those_likelier_than_not() {
        assert_eq!(Link::Softmax.decided(&[0.2, 0.4, 0.4]), [1]);
        assert_eq!(Link::Sigmoid.decided(&[0.9, 0.4, 0.5]), [0, 2]);
        assert_eq!(Link::Sigmoid.decided(&[0.1, 0.4]), [0usize; 0]);
        assert_eq!(Link::Softmax.decided(&[]), [0usize; 0]);
    }

    #[test]
    fn losses_are_those_of_the_probabilities_and_survive_the_way_back_to_logits() {
        let (logits, target) = ([-0.3f64, -1.2, 2.0], [0.0, 0.0, 1.0]);
        for (link, classes) in [(Link::Softmax, vec![2usize]), (Link::Sigmoid, vec![2])] {
            let mut p = logits;
            link.apply(&mut p, 3);
            let want: f64 = match link {
                Link::Softmax => -p[2].ln(),
                Link::Sigmoid => -(1.0 - p[0]).ln() - (1.0 - p[1]).ln() - p[2].ln(),
            };
            assert!((link.loss(&logits, &target, 1.0) - want).abs() < 1e-12);
            let p = p.map(|p| p as f32);
            assert_eq!(link.decided(&p), classes);
            assert!((link.loss(&link.logits(&p), &target, 1.0) - want).abs() < 1e-5);
            assert!(link.accepts(&p, 1e-3));
        }
        assert!(!Link::Softmax.accepts(&[0.5, 0.2], 1e-3) && !Link::Sigmoid.accepts(&[0.5, 1.2], 1e-3));
        assert!(!Link::Softmax.accepts(&[f32::NAN, 1.0], 1e-3) && !Link::Sigmoid.accepts(&[f32::NAN], 1e-3));
    }

    #[test]
    fn doubt_is_a_share_of_the_greatest() {
        let near = |link: Link, p: &[f32], want: f64| assert!((link.doubt(p) - want).abs() < 1e-6, "{p:?}");
        near(Link::Softmax, &[0.25; 4], 1.0);
        near(Link::Softmax, &[1.0, 0.0, 0.0], 0.0);
        near(Link::Softmax, &[0.5, 0.5, 0.0, 0.0], 0.5);
        near(Link::Sigmoid, &[0.5, 1.0], 0.5);
        near(Link::Softmax, &[1.0], 0.0);
        near(Link::Sigmoid, &[], 0.0);
    }

    #[test]
    fn a_set_is_asked_about_class_by_class() {
        let votes = [0.9, 0.2, 0.7, 0.4];
        let asked = |link: Link| {
            let mut asked = Vec::new();
            link.questions(&votes, 2, &mut Vec::new(), |p| asked.push(p.to_vec()));
            asked
        };
        let near = |a: &[f32], b: &[f32]| a.iter().zip(b).all(|(a, b)| (a - b).abs() < 1e-6);
        let sets = asked(Link::Sigmoid);
        assert!(near(&sets[0], &[0.1, 0.9, 0.3, 0.7]) && near(&sets[1], &[0.8, 0.2, 0.6, 0.4]));
        assert_eq!(asked(Link::Softmax), [votes]);
        assert!(Link::Sigmoid.disagreement(&votes, 2) > 0.0);
    }
}
