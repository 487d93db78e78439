//! Adaptive (Li and Guo 2013, "Active Learning with Multi-Label SVM Classification"): mean margin^½ · LCI^½. O(K) a sample.

use crate::query::pool::{OpinionError, Pool};
use crate::query::rule::{Answers, Needs, Rule, Run};
use crate::query::sets::{self, cardinality, inconsistency, mean_margin};

pub static RULE: Rule = Rule {
    name: "adaptive",
    also: &[],
    advice: "doubt and an unusual number of labels together: for sparse label sets",
    source: "Li and Guo 2013",
    answers: Answers::Sets,
    needs: Needs::Model,
    run: Run::Scores(adaptive),
    ties_by_margin: true,
};

fn adaptive(pool: &Pool<'_>) -> Result<Vec<f32>, OpinionError> {
    let usual = cardinality(pool)?;
    sets::each(pool, |p| (mean_margin(p) * inconsistency(p, usual)).sqrt())
}
