//! Class fit: whether heads that learned from real samples call synthetic ones by the class that they were made for.

use super::sampling::{ComparedSamples, drawn};
use super::utility::{RealCalls, TAUGHT, called, head};
use super::{Interval, LEVEL};
use crate::evaluate::interval::wilson;
use crate::learn::{LearnError, Standardiser, Targets, Training, tune};
use crate::math::random;

/// How the synthetic samples of one class are called.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize, serde::Deserialize, utoipa::ToSchema)]
pub struct ClassFit {
    pub class: usize,
    pub real: usize,
    pub synthetic: usize,
    /// The share of synthetic samples that are called by their class.
    pub share: Option<Interval>,
    /// The same of real samples, by heads that had not seen them.
    pub usual: Option<Interval>,
    /// What most of the others are called.
    pub called: Option<usize>,
}

/// One for each class. Shares are absent where no head can be fitted or no sample is there to judge.
///
/// # Errors
/// Whatever a fit refuses.
pub(super) fn measure(
    compared: &ComparedSamples,
    standardiser: &Standardiser,
    held_out: Option<&RealCalls>,
    seed: u64,
) -> Result<Vec<ClassFit>, LearnError> {
    let called = opinions(compared, standardiser, seed)?;
    let of_class = |class: usize| {
        let (real, synthetic) = compared.of_class(class);
        let mut counts = vec![0u64; compared.n_classes];
        for &said in synthetic.iter().filter_map(|&i| called.get(i)) {
            counts[said] += 1;
        }
        let n: u64 = counts.iter().sum();
        let others = (0..compared.n_classes).filter(|&other| other != class && counts[other] > 0);
        ClassFit {
            class,
            real: real.len(),
            synthetic: synthetic.len(),
            share: (n > 0).then(|| wilson(counts[class], n, LEVEL)),
            usual: held_out.and_then(|held_out| usual(compared, held_out, class)),
            called: others.max_by_key(|&other| (counts[other], std::cmp::Reverse(other))),
        }
    };
    Ok((0..compared.n_classes).map(of_class).collect())
}

/// What each synthetic sample is called; nothing where real samples teach nothing.
fn opinions(compared: &ComparedSamples, standardiser: &Standardiser, seed: u64) -> Result<Vec<usize>, LearnError> {
    let at = drawn(compared.real.rows(), TAUGHT, |i| random::hash(seed ^ 0xcf, compared.groups[i]));
    let labels: Vec<usize> = at.iter().map(|&i| compared.real_classes[i]).collect();
    if labels.iter().all(|label| Some(label) == labels.first()) {
        return Ok(Vec::new());
    }
    let rows = compared.real.gather(&at);
    let training =
        Training { rows: &rows, targets: Targets::One(&labels), weights: None, n_classes: compared.n_classes };
    let tuned = tune(&training, standardiser, None, seed)?;
    Ok(called(&head(compared, standardiser, tuned, (&at, &[], 0.0))?, &compared.synthetic))
}

fn usual(compared: &ComparedSamples, held_out: &RealCalls, class: usize) -> Option<Interval> {
    let own = held_out.at.iter().zip(&held_out.called).filter(|(at, _)| compared.real_classes[**at] == class);
    let said: Vec<bool> = own.map(|(_, &called)| called == class).collect();
    let right = said.iter().filter(|&&right| right).count();
    (!said.is_empty()).then(|| wilson(right as u64, said.len() as u64, LEVEL))
}
