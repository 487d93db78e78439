//! Max margin: the largest 1 − |2 p − 1| of a class. O(K) a sample.

use crate::query::rule::{Answers, Needs, Rule, Run};
use crate::query::sets;

pub static RULE: Rule = Rule {
    name: "max-margin",
    also: &[],
    advice: "asks where a single label is in doubt, however clear the others are",
    source: "Scheffer, Decomain and Wrobel 2001, per class",
    answers: Answers::Sets,
    needs: Needs::Model,
    run: Run::Scores(|pool| sets::each(pool, max_margin)),
    ties_by_margin: false,
};

/// The score of K probabilities, from 0 to 1.
fn max_margin(p: &[f32]) -> f32 {
    p.iter().map(|&p| sets::doubt(p)).fold(0.0, f32::max)
}
