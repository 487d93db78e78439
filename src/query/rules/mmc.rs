//! MMC (Yang et al. 2009, "Effective Multi-Label Active Learning for Text Classification", maximum loss reduction with maximal
//! confidence): Σ (1 − y (2 p − 1)) / 2 where y is +1 for the round(Σ p) likeliest classes and −1 for the others. O(K ln K) a
//! sample.

use crate::query::rule::{Answers, Needs, Rule, Run};
use crate::query::sets;

pub static RULE: Rule = Rule {
    name: "mmc",
    also: &["maximumlossreductionwithmaximalconfidence", "maxlossreductionmaxconfidence"],
    advice: "like mean-margin, but measures doubt against the number of labels the model expects",
    source: "Yang et al. 2009",
    answers: Answers::Sets,
    needs: Needs::Model,
    run: Run::Scores(|pool| sets::each(pool, mmc)),
    ties_by_margin: false,
};

/// The score of K probabilities, from 0 to K.
fn mmc(p: &[f32]) -> f32 {
    let mut p = p.to_vec();
    p.sort_unstable_by(|a, b| b.total_cmp(a));
    let expected = (p.iter().sum::<f32>().round() as usize).min(p.len());
    let (present, absent) = p.split_at(expected);
    present.iter().map(|p| 1.0 - p).sum::<f32>() + absent.iter().sum::<f32>()
}
