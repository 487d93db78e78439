//! Random: every open sample with the same chance. The control that every other rule must beat. O(N).

use crate::query::rule::{Answers, Needs, Rule, Run};

pub static RULE: Rule = Rule {
    name: "random",
    also: &[],
    advice: "the control that every other strategy must beat, and a safe choice when nothing is known",
    source: "the control",
    answers: Answers::Any,
    needs: Needs::Nothing,
    run: Run::Scores(|pool| Ok(vec![0.0; pool.open.len()])),
    ties_by_margin: false,
};
