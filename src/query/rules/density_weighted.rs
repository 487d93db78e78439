//! Density-weighted uncertainty, also information density (Settles and Craven 2008, "An Analysis of Active Learning
//! Strategies for Sequence Labeling Tasks"): margin(u) · max(0, mean cosine of `x_u` to the open pool)^β with β = 1.
//!
//! The mean of the cosines is the cosine with the mean of the unit vectors, so N · D in place of N² · D.

use crate::math::distance;
use crate::math::dot;
use crate::query::pool::{OpinionError, Pool};
use crate::query::rule::{Answers, Needs, Rule, Run};
use crate::query::similar::open_margins;

pub static RULE: Rule = Rule {
    name: "density-weighted",
    also: &["informationdensity", "density"],
    advice: "margin where the pool is dense: avoids outliers, at the price of rare classes",
    source: "Settles and Craven 2008",
    answers: Answers::Any,
    needs: Needs::Model,
    run: Run::Scores(density_weighted),
    ties_by_margin: false,
};

/// The score of every open sample, in their order.
///
/// # Errors
/// As [`Pool::judge`].
pub fn density_weighted(pool: &Pool<'_>) -> Result<Vec<f32>, OpinionError> {
    let mut mean = vec![0.0f64; pool.rows.cols()];
    for &i in pool.open {
        let row = pool.rows.row(i);
        let scale = f64::from(distance::inverse_norm(row)) / pool.open.len() as f64;
        mean.iter_mut().zip(row).for_each(|(m, &x)| *m += f64::from(x) * scale);
    }
    let mean: Vec<f32> = mean.into_iter().map(|m| m as f32).collect();
    let density = |&i: &usize| (dot(pool.rows.row(i), &mean) * distance::inverse_norm(pool.rows.row(i))).max(0.0);
    Ok(open_margins(pool)?.iter().zip(pool.open).map(|(u, i)| u * density(i)).collect())
}
