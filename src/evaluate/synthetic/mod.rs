//! The gate for synthetic samples: are they like real ones, as varied, of their class, no copies, and do they help?
//!
//! Each measure is a file; what they amount to is a list of [`SyntheticFinding`]. All distances are between embeddings of unit
//! length, which is all that heads see.
//!
//! Cost is bounded: at most [`MOST`] samples of either kind are looked at, drawn by the seed. With 10,000 real and 10,000 synthetic
//! samples of 1,280 numbers that is about six products of 10,000 × 1,280 × 10,000, and 32 fits of one head on at most 5,400 rows.

mod apart;
mod class_fit;
mod fidelity;
mod findings;
mod manifold;
mod privacy;
mod sampling;
mod utility;

pub use class_fit::ClassFit;
pub use fidelity::Fidelity;
pub use findings::SyntheticFinding;
pub use manifold::ManifoldScores;
pub use privacy::{NearCopy, PrivacyReport};
pub use utility::SyntheticUtility;

use super::interval::Interval;
use crate::learn::features::check_finite;
use crate::learn::{LearnError, Standardiser, Targets};
use crate::math::Matrix;
use sampling::ComparedSamples;

/// Samples of either kind that are looked at.
pub const MOST: usize = 10_000;
/// Two-sided level of all intervals.
const LEVEL: f64 = 0.95;

/// What the gate compares.
#[derive(Debug, Clone, Copy)]
pub struct GateSamples<'a> {
    /// n × D embeddings of real labeled samples.
    pub real: &'a Matrix,
    /// n classes below `n_classes`.
    pub real_classes: &'a [usize],
    /// n: real samples that are copies of each other have one number.
    pub groups: &'a [u64],
    /// m × D embeddings of synthetic samples.
    pub synthetic: &'a Matrix,
    /// m: the classes that they were made for.
    pub synthetic_classes: &'a [usize],
    pub n_classes: usize,
}

/// How to judge.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct GatePlan {
    /// The most that all synthetic samples together weigh in training, as a share of what the real ones weigh.
    pub share: f64,
    /// Whether a gain is one of macro F1, in which every class counts alike; otherwise of accuracy.
    pub every_class: bool,
    pub seed: u64,
}

impl Default for GatePlan {
    fn default() -> Self {
        Self { share: 0.5, every_class: false, seed: 0 }
    }
}

/// All that the gate measured. What cannot be measured, as with too few samples, is absent.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize, utoipa::ToSchema)]
pub struct SyntheticReport {
    pub real: usize,
    pub synthetic: usize,
    /// Those that were looked at: all, or [`MOST`] of them.
    pub real_looked_at: usize,
    pub synthetic_looked_at: usize,
    pub fidelity: Option<Fidelity>,
    /// Precision, recall, density and coverage over all classes.
    pub manifold: Option<ManifoldScores>,
    /// K: the same class by class.
    pub manifold_by_class: Vec<Option<ManifoldScores>>,
    /// How well a classifier tells synthetic from real samples that it has not seen: ½ is chance, 1 always.
    pub told_apart: Option<Interval>,
    pub privacy: Option<PrivacyReport>,
    /// K: whether heads that learned from real samples call synthetic ones by their class.
    pub class_fit: Vec<ClassFit>,
    pub utility: Option<SyntheticUtility>,
    pub findings: Vec<SyntheticFinding>,
}

impl SyntheticReport {
    /// Whether the samples may be recommended for training: no fault was found, and they help.
    pub fn recommended(&self) -> bool {
        let helps = |finding: &SyntheticFinding| matches!(finding, SyntheticFinding::HelpsBy { .. });
        self.findings.iter().any(helps) && !self.findings.iter().any(SyntheticFinding::is_fault)
    }
}

/// Judge synthetic samples by real ones. `standardiser` is the pool's, as heads are trained with. The same samples and seed give the
/// same report with any number of threads.
///
/// # Errors
/// Numbers of rows, groups and classes that do not fit, classes that are not below `n_classes`, widths that differ, numbers that are
/// not finite.
pub fn gate(
    samples: &GateSamples<'_>,
    standardiser: &Standardiser,
    plan: &GatePlan,
) -> Result<SyntheticReport, LearnError> {
    check(samples, standardiser)?;
    let compared = ComparedSamples::new(samples, plan.seed);
    let near = privacy::find(&compared);
    let copies: Vec<usize> = near.iter().flat_map(|found| &found.copies).map(|copy| copy.synthetic).collect();
    let taught = utility::measure(&compared, standardiser, &compared.without(&copies), plan)?;
    let (utility, held_out) = taught.unzip();
    let mut report = SyntheticReport {
        real: samples.real.rows(),
        synthetic: samples.synthetic.rows(),
        real_looked_at: compared.real.rows(),
        synthetic_looked_at: compared.synthetic.rows(),
        fidelity: fidelity::measure(&compared, plan.seed),
        manifold: manifold::overall(&compared, plan.seed),
        manifold_by_class: manifold::by_class(&compared),
        told_apart: apart::measure(&compared, standardiser, plan.seed)?,
        class_fit: class_fit::measure(&compared, standardiser, held_out.as_ref(), plan.seed)?,
        privacy: near.map(|found| found.of(&compared)),
        utility,
        findings: Vec::new(),
    };
    report.findings = findings::find(&report, plan);
    Ok(report)
}

fn check(samples: &GateSamples<'_>, standardiser: &Standardiser) -> Result<(), LearnError> {
    let length = |what, got, want| if got == want { Ok(()) } else { Err(LearnError::Length { what, got, want }) };
    Targets::One(samples.real_classes).check(samples.real.rows(), samples.n_classes)?;
    Targets::One(samples.synthetic_classes).check(samples.synthetic.rows(), samples.n_classes)?;
    length("groups", samples.groups.len(), samples.real.rows())?;
    for rows in [samples.real, samples.synthetic] {
        if rows.rows() > 0 {
            length("embedding", rows.cols(), standardiser.dim())?;
        }
        check_finite(rows)?;
    }
    Ok(())
}

#[cfg(test)]
mod oracle;
#[cfg(test)]
mod planted;
