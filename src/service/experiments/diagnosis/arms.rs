//! The ways that are compared: the present one, and each with one thing more or less.

use super::material::DiagnosisMaterial;
use super::{Effect, Finding, FindingKind};
use crate::learn::cures::{CURES, Cure};

/// One way of learning.
#[derive(Debug, Clone)]
pub(super) struct Arm {
    pub(super) name: String,
    pub(super) kind: FindingKind,
    /// Place of its encoder among the material's sources; 0 is the present one.
    pub(super) source: usize,
    pub(super) cures: Vec<&'static Cure>,
    /// Whether it learns from means of views.
    pub(super) copies: bool,
    /// Whether it is the present way without what it is named after, which is in use.
    pub(super) without: bool,
}

/// The name of the present way, and of its parts that draw the learning curve.
pub(super) const PRESENT: &str = "";
/// Between the names of two ways together.
const AND: &str = " + ";

impl Arm {
    /// The present way first.
    pub(super) fn all(material: &DiagnosisMaterial) -> Vec<Self> {
        let present = Self {
            name: PRESENT.to_owned(),
            kind: FindingKind::Cure,
            source: 0,
            cures: material.cures.clone(),
            copies: material.copies_in_use,
            without: false,
        };
        let mut arms = vec![present.clone()];
        for &cure in CURES.iter().filter(|cure| (cure.suits)(material.link())) {
            let without = present.cures.contains(&cure);
            let with = |own: &&'static Cure| *own == cure || present.cures.contains(own);
            let cures = if without {
                present.cures.iter().copied().filter(|own| *own != cure).collect()
            } else {
                CURES.iter().copied().filter(|own| with(own)).collect()
            };
            arms.push(Self { name: cure.name.to_owned(), cures, without, ..present.clone() });
        }
        if material.copies.is_some() {
            let (copies, without) = (!present.copies, present.copies);
            arms.push(Self {
                name: "copies".to_owned(),
                kind: FindingKind::Copies,
                copies,
                without,
                ..present.clone()
            });
        }
        for (at, source) in material.sources.iter().enumerate().skip(1) {
            // Means of views are there for the present encoder alone.
            let name = source.name.clone();
            arms.push(Self { name, kind: FindingKind::Encoder, source: at, copies: false, ..present.clone() });
        }
        arms
    }

    /// The best two that seem to help and are not in use, together. `None` where there are no two.
    pub(super) fn pair(arms: &[Self], alone: &[Finding]) -> Option<Self> {
        let mut best = alone
            .iter()
            .filter(|found| !found.in_use && found.effect != Effect::Hurts && found.gain.value > 0.0)
            .filter_map(|found| arms.iter().find(|arm| arm.name == found.name && arm.kind == found.kind));
        let first = best.next()?;
        let second = best.find(|other| first.kind != FindingKind::Encoder || other.kind != FindingKind::Encoder)?;
        let source = first.source.max(second.source);
        Some(Self {
            name: [first.name.as_str(), second.name.as_str()].join(AND),
            kind: FindingKind::Together,
            source,
            cures: CURES
                .iter()
                .copied()
                .filter(|cure| first.cures.contains(cure) || second.cures.contains(cure))
                .collect(),
            copies: source == 0 && (first.copies || second.copies),
            without: false,
        })
    }
}
