//! LCI (Li and Guo 2013, "Active Learning with Multi-Label SVM Classification", label cardinality inconsistency): how far the
//! number of classes with p ≥ ½ is from the usual one. O(K) a sample.

use crate::query::pool::{OpinionError, Pool};
use crate::query::rule::{Answers, Needs, Rule, Run};
use crate::query::sets::{self, cardinality, inconsistency};

pub static RULE: Rule = Rule {
    name: "lci",
    also: &["labelcardinalityinconsistency"],
    advice: "samples with unusually many or few labels; a building block, rarely the best alone",
    source: "Li and Guo 2013",
    answers: Answers::Sets,
    needs: Needs::Model,
    run: Run::Scores(lci),
    ties_by_margin: true,
};

fn lci(pool: &Pool<'_>) -> Result<Vec<f32>, OpinionError> {
    let usual = cardinality(pool)?;
    sets::each(pool, |p| inconsistency(p, usual))
}
