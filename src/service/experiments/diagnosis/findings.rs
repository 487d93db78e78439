//! From measurements to findings: gains with intervals, what they say, and what to do first.

use std::collections::HashMap;

use super::arms::{Arm, PRESENT};
use super::material::DiagnosisMaterial;
use super::measuring::{FoldEntry, Journal, REPEATS, SHARES, share_name};
use super::{Diagnosis, Effect, FURTHER, Finding, FindingKind, Recommendation};
use crate::domain::Timestamp;
use crate::evaluate::gains::{corrected, paired_mean};
use crate::evaluate::interval::percentile;
use crate::evaluate::treatments::FOLDS;
use crate::evaluate::{Interval, PowerLaw};
use crate::learn::cures::names;
use crate::math::random;

const LEVEL: f64 = 0.95;
/// Samples judged by samples that train, in folds.
const TEST_BY_TRAIN: f64 = 1.0 / (FOLDS as f64 - 1.0);
/// Bootstrap replicates of the learning curve.
const REPLICATES: usize = 400;
/// A forecast gain below this share is not worth a recommendation.
const WORTH: f64 = 0.002;

/// The gains of all ways but the present one, best first.
pub(super) fn of(material: &DiagnosisMaterial, arms: &[Arm], journal: &Journal) -> Vec<Finding> {
    let mut found: Vec<Finding> = arms
        .iter()
        .filter(|arm| arm.name != PRESENT && arm.kind != FindingKind::Together)
        .map(|arm| finding(material, arm, journal, arms.len() - 1))
        // What changes nothing at all could not act here.
        .filter(|found| found.gain.low < found.gain.high || found.gain.value != 0.0)
        .collect();
    found.sort_by(|a, b| b.gain.value.total_cmp(&a.gain.value));
    found
}

/// All that was measured.
pub(super) fn diagnosis(
    material: &DiagnosisMaterial,
    arms: &[Arm],
    journal: &Journal,
    audited: &HashMap<String, Vec<bool>>,
) -> Diagnosis {
    let confirm = |mut finding: Finding| {
        finding.audit = confirmed(&finding, audited);
        finding
    };
    let mut findings: Vec<Finding> = of(material, arms, journal).into_iter().map(confirm).collect();
    let pair = arms.iter().find(|arm| arm.kind == FindingKind::Together);
    let together = pair.map(|arm| confirm(finding(material, arm, journal, arms.len() - 1)));
    findings.extend(forecast(material, journal));
    findings.sort_by(|a, b| b.gain.value.total_cmp(&a.gain.value));
    let present = journal.of(PRESENT);
    Diagnosis {
        finished_us: Timestamp(0),
        seconds: 0.0,
        labels: material.labels,
        compared: material.samples.len(),
        repeats: REPEATS,
        folds: FOLDS,
        measure: material.measure(),
        encoder: material.sources.first().map(|source| source.name.clone()).unwrap_or_default(),
        cures: names(material.cures.iter().copied())
            .split(' ')
            .filter(|name| !name.is_empty())
            .map(str::to_owned)
            .collect(),
        accuracy: mean(&present, |entry| entry.accuracy),
        macro_f1: mean(&present, |entry| entry.macro_f1),
        advice: recommendation(&findings),
        findings,
        together,
        audit_labels: audited.get(PRESENT).map_or(0, Vec::len),
    }
}

fn finding(material: &DiagnosisMaterial, arm: &Arm, journal: &Journal, ways: usize) -> Finding {
    let (present, other) = (journal.of(PRESENT), journal.of(&arm.name));
    // What is in use is measured by leaving it out.
    let sign = if arm.without { -1.0 } else { 1.0 };
    let gain = |of: fn(&FoldEntry) -> f64| {
        let apart: Vec<f64> = present.iter().zip(&other).map(|(a, b)| sign * (of(b) - of(a))).collect();
        corrected(&apart, TEST_BY_TRAIN, LEVEL, ways)
    };
    let gain_of_accuracy = gain(|entry| entry.accuracy);
    let slower = sign * (mean(&other, |entry| entry.seconds) - mean(&present, |entry| entry.seconds));
    let source = material.sources.get(arm.source).filter(|_| arm.source > 0);
    Finding {
        name: arm.name.clone(),
        kind: arm.kind,
        in_use: arm.without,
        effect: effect(&gain_of_accuracy),
        gain: gain_of_accuracy,
        macro_f1: gain(|entry| entry.macro_f1),
        audit: None,
        seconds: slower.max(0.0),
        encoder: source.map(|source| source.id),
        ms_per_sample: source.and_then(|source| source.ms_per_sample),
    }
}

/// The gain on the audit set, paired by sample.
fn confirmed(finding: &Finding, audited: &HashMap<String, Vec<bool>>) -> Option<Interval> {
    let (present, other) = (audited.get(PRESENT)?, audited.get(&finding.name)?);
    let sign = if finding.in_use { -1.0 } else { 1.0 };
    let apart: Vec<f64> =
        present.iter().zip(other).map(|(&a, &b)| sign * (f64::from(u8::from(b)) - f64::from(u8::from(a)))).collect();
    Some(paired_mean(&apart, LEVEL))
}

/// What further labels promise: a power law through the present way on growing parts of the labels, its interval by drawing
/// folds anew.
fn forecast(material: &DiagnosisMaterial, journal: &Journal) -> Option<Finding> {
    let mut curve: Vec<Vec<&FoldEntry>> = SHARES.iter().map(|&percent| journal.of(&share_name(percent))).collect();
    curve.push(journal.of(PRESENT));
    let n = material.samples.len() as f64;
    let grown = |of: fn(&FoldEntry) -> f64, units: &[usize]| -> Option<f64> {
        let at = |entries: &Vec<&FoldEntry>, of: &dyn Fn(&FoldEntry) -> f64| {
            units.iter().filter_map(|&unit| entries.get(unit)).map(|entry| of(entry)).sum::<f64>() / units.len() as f64
        };
        let labels: Vec<f64> = curve.iter().map(|entries| at(entries, &|entry| entry.known as f64)).collect();
        let reached: Vec<f64> = curve.iter().map(|entries| at(entries, &of)).collect();
        let law = PowerLaw::fit(&labels, &reached, &vec![1.0; labels.len()])?;
        Some(law.at(n + FURTHER as f64) - law.at(n))
    };
    let units: Vec<usize> = (0..REPEATS * FOLDS).collect();
    let interval = |of: fn(&FoldEntry) -> f64| -> Option<Interval> {
        let again = (0..REPLICATES).filter_map(|replicate| {
            let drawn = |at: usize| random::hash(material.seed ^ 0xb007, (replicate * units.len() + at) as u64);
            let drawn: Vec<usize> = (0..units.len()).map(|at| (drawn(at) % units.len() as u64) as usize).collect();
            grown(of, &drawn)
        });
        Some(percentile(grown(of, &units)?, again.collect(), LEVEL))
    };
    let gain = interval(|entry| entry.accuracy)?;
    Some(Finding {
        name: FURTHER.to_string(),
        kind: FindingKind::Labels,
        in_use: false,
        effect: effect(&gain),
        gain,
        macro_f1: interval(|entry| entry.macro_f1)?,
        audit: None,
        seconds: 0.0,
        encoder: None,
        ms_per_sample: None,
    })
}

fn effect(gain: &Interval) -> Effect {
    match (gain.low > 0.0, gain.high < 0.0) {
        (true, _) => Effect::Helps,
        (_, true) => Effect::Hurts,
        _ => Effect::Open,
    }
}

/// First what is in use and hurts more than anything else helps, then what helps most, then labels.
fn recommendation(findings: &[Finding]) -> Recommendation {
    let measured = || findings.iter().filter(|found| found.kind != FindingKind::Labels);
    let helps = measured().find(|found| !found.in_use && found.effect == Effect::Helps);
    let hurts = measured().rfind(|found| found.in_use && found.effect == Effect::Hurts);
    let gain = helps.map_or(0.0, |found| found.gain.value);
    let further = findings.iter().find(|found| found.kind == FindingKind::Labels && found.gain.low > WORTH);
    match (hurts, helps, further) {
        (Some(hurts), _, _) if -hurts.gain.value > gain => Recommendation::Drop { name: hurts.name.clone() },
        (_, helps, Some(further)) if further.gain.value > gain || helps.is_none() => {
            let perhaps = measured()
                .find(|found| !found.in_use && found.effect == Effect::Open && found.gain.value > further.gain.value);
            Recommendation::Label { perhaps: perhaps.map(|found| found.name.clone()) }
        }
        (_, Some(helps), _) => Recommendation::Adopt { name: helps.name.clone() },
        _ => Recommendation::Nothing,
    }
}

fn mean(entries: &[&FoldEntry], of: fn(&FoldEntry) -> f64) -> f64 {
    entries.iter().map(|entry| of(entry)).sum::<f64>() / entries.len().max(1) as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(name: &str, kind: FindingKind, in_use: bool, value: f64, half: f64) -> Finding {
        let gain = Interval { value, low: value - half, high: value + half };
        Finding {
            name: name.to_owned(),
            kind,
            in_use,
            effect: effect(&gain),
            gain,
            macro_f1: gain,
            audit: None,
            seconds: 0.0,
            encoder: None,
            ms_per_sample: None,
        }
    }

    #[test]
    fn what_to_do_first_follows_from_what_is_certain() {
        use FindingKind::{Cure, Encoder, Labels};
        let say = |findings: &[Finding]| recommendation(findings);
        let adopt = |name: &str| Recommendation::Adopt { name: name.to_owned() };
        let encoder = found("large", Encoder, false, 0.034, 0.02);
        let guess = found("mixup", Cure, false, 0.05, 0.06);
        let labels = found("50", Labels, false, 0.012, 0.005);
        assert_eq!(say(&[guess.clone(), encoder.clone(), labels.clone()]), adopt("large"));
        let label = |perhaps: Option<&str>| Recommendation::Label { perhaps: perhaps.map(str::to_owned) };
        assert_eq!(say(&[guess.clone(), labels.clone()]), label(Some("mixup")));
        assert_eq!(say(std::slice::from_ref(&labels)), label(None));
        assert_eq!(say(&[guess.clone(), found("50", Labels, false, 0.001, 0.0005)]), Recommendation::Nothing);
        assert_eq!(say(&[found("50", Labels, false, 0.05, 0.01), encoder.clone()]), label(None));
        let bad = found("smote", Cure, true, -0.04, 0.01);
        assert_eq!(say(&[encoder.clone(), bad]), Recommendation::Drop { name: "smote".to_owned() });
        let mild = found("smote", Cure, true, -0.02, 0.01);
        assert_eq!(say(&[encoder, mild]), adopt("large"));
        // What is in use and helps is no advice.
        assert_eq!(say(&[found("smote", Cure, true, 0.04, 0.01)]), Recommendation::Nothing);
    }
}
