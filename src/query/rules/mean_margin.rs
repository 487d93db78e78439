//! Mean margin: the mean over classes of 1 − |2 p − 1|, the margin of the question whether a sample has the class. O(K) a sample.

use crate::query::rule::{Answers, Needs, Rule, Run};
use crate::query::similar::open_margins;

pub static RULE: Rule = Rule {
    name: "mean-margin",
    also: &["auto", "margin", "avgmargin"],
    advice: "the default: asks where most labels are in doubt; steady and cheap",
    source: "Scheffer, Decomain and Wrobel 2001, per class",
    answers: Answers::Sets,
    needs: Needs::Model,
    run: Run::Scores(|pool| Ok(open_margins(pool)?.into_owned())),
    ties_by_margin: false,
};
