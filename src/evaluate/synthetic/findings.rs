//! What the measures amount to. A finding is data; pages put it in words.
//!
//! A fault is named only where its interval is beyond the limit, so that few samples raise no false alarm.

use super::{GatePlan, Interval, SyntheticReport};

/// The share of near copies that is borne where real samples have fewer.
const COPIES: f64 = 0.005;
/// Coverage under this share of what is expected is one mode, where the samples are among real ones or hardly differ …
const COVERED: f64 = 0.5;
const AMONG_REAL: f64 = 0.5;
/// … which is a variance under this share of the real one.
const ALIKE: f64 = 0.5;
/// The least by which a class must be called wrongly more often than real samples of it are.
const WORSE: f64 = 0.1;
/// The area under the curve beyond which samples are told apart well.
const APART: f64 = 0.65;

/// One thing that the gate found.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize, serde::Deserialize, utoipa::ToSchema)]
#[serde(tag = "finding", rename_all = "kebab-case")]
pub enum SyntheticFinding {
    /// Synthetic samples repeat real ones: more of them are near copies than among real samples.
    Copies { copies: usize, share: Interval, usual: f64 },
    /// The samples of a class show a small part of what the class is.
    OneMode { class: usize, coverage: f64, expected: f64, spread: f64 },
    /// The samples of a class look less like their class than real ones do; most of the others look like `called`.
    WrongClass { class: usize, share: f64, usual: f64, called: Option<usize> },
    /// Synthetic samples are easily told from real ones, and further from them than real halves are from each other.
    Shifted { told_apart: Interval, distance: Option<f64>, halves: Option<f64> },
    /// Heads that learn from both kinds are better.
    HelpsBy { gain: Interval },
    /// They are worse.
    HurtsBy { gain: Interval },
    /// No difference was shown.
    NoGain { gain: Interval },
    /// A class with too few samples of one kind to tell its diversity.
    TooFew { class: usize, real: usize, synthetic: usize },
    /// Too few real samples to measure whether synthetic ones help.
    NotMeasured { real: usize },
}

impl SyntheticFinding {
    /// Whether it speaks against the samples.
    pub const fn is_fault(&self) -> bool {
        match self {
            Self::Copies { .. }
            | Self::OneMode { .. }
            | Self::WrongClass { .. }
            | Self::Shifted { .. }
            | Self::HurtsBy { .. } => true,
            Self::HelpsBy { .. } | Self::NoGain { .. } | Self::TooFew { .. } | Self::NotMeasured { .. } => false,
        }
    }
}

/// All findings: faults of the whole, those of classes in their order, whether the samples help, what could not be told.
pub(super) fn find(report: &SyntheticReport, plan: &GatePlan) -> Vec<SyntheticFinding> {
    let wrong = wrong_classes(report);
    let is_wrong = |class: usize| {
        wrong.iter().any(|found| matches!(found, SyntheticFinding::WrongClass { class: of, .. } if *of == class))
    };
    let modes = one_modes(report, is_wrong);
    let mut found: Vec<SyntheticFinding> = copies(report).into_iter().chain(shifted(report)).collect();
    found.extend(modes);
    found.extend(wrong);
    found.push(usefulness(report, plan));
    for fit in &report.class_fit {
        let judged = report.manifold_by_class.get(fit.class).is_some_and(Option::is_some);
        if fit.synthetic > 0 && !judged {
            found.push(SyntheticFinding::TooFew { class: fit.class, real: fit.real, synthetic: fit.synthetic });
        }
    }
    found
}

fn copies(report: &SyntheticReport) -> Option<SyntheticFinding> {
    let privacy = report.privacy.as_ref()?;
    let many = privacy.share.low > privacy.usual.high.max(COPIES);
    let usual = privacy.usual.value;
    many.then_some(SyntheticFinding::Copies { copies: privacy.copies.len(), share: privacy.share, usual })
}

fn shifted(report: &SyntheticReport) -> Option<SyntheticFinding> {
    let told_apart = report.told_apart.filter(|area| area.low > APART)?;
    let far = report.fidelity.is_none_or(|fidelity| fidelity.distance.low > fidelity.halves.high);
    far.then_some(SyntheticFinding::Shifted {
        told_apart,
        distance: report.fidelity.map(|fidelity| fidelity.distance.value),
        halves: report.fidelity.map(|fidelity| fidelity.halves.value),
    })
}

fn one_modes(report: &SyntheticReport, is_wrong: impl Fn(usize) -> bool) -> Vec<SyntheticFinding> {
    let of_class = |(class, scores): (usize, &Option<super::ManifoldScores>)| {
        let scores = scores.filter(|scores| scores.coverage.high < COVERED * scores.coverage_expected)?;
        let narrow = scores.precision.value >= AMONG_REAL || scores.spread < ALIKE;
        (narrow && !is_wrong(class)).then_some(SyntheticFinding::OneMode {
            class,
            coverage: scores.coverage.value,
            expected: scores.coverage_expected,
            spread: scores.spread,
        })
    };
    report.manifold_by_class.iter().enumerate().filter_map(of_class).collect()
}

fn wrong_classes(report: &SyntheticReport) -> Vec<SyntheticFinding> {
    let of_class = |fit: &super::ClassFit| {
        let (share, usual) = (fit.share?, fit.usual?);
        let worse = share.high < usual.low && share.value < usual.value - WORSE;
        worse.then_some(SyntheticFinding::WrongClass {
            class: fit.class,
            share: share.value,
            usual: usual.value,
            called: fit.called,
        })
    };
    report.class_fit.iter().filter_map(of_class).collect()
}

fn usefulness(report: &SyntheticReport, plan: &GatePlan) -> SyntheticFinding {
    let Some(utility) = &report.utility else {
        return SyntheticFinding::NotMeasured { real: report.real_looked_at };
    };
    let gain = if plan.every_class { utility.macro_f1_gain } else { utility.accuracy_gain };
    if gain.low > 0.0 {
        SyntheticFinding::HelpsBy { gain }
    } else if gain.high < 0.0 {
        SyntheticFinding::HurtsBy { gain }
    } else {
        SyntheticFinding::NoGain { gain }
    }
}
