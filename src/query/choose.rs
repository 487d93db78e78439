//! From a pool to the questions asked next: the one door to all strategies.

use std::borrow::Cow;

use rayon::prelude::*;

use super::pool::{OpinionError, Pick, Pool};
use super::rule::{Run, Strategy};
use super::rules::max_herding;
use super::similar;
use crate::learn::votes::mean_of;
use crate::math::{dot, topk};

/// Picks that are searched for copies: far more than are asked before the next round.
const COLLAPSED: usize = 256;
/// Two samples are copies when the squared distance of their unit vectors is below this share of the pool's median.
const COPY: f32 = 1e-3;

/// Choose up to `take` of the pool's open samples, best first. Copies of covered samples and of earlier picks come last.
///
/// Without a model, rules that need one give way to [`max_herding`]. Same pool, same seed: same picks, with any number of
/// threads and any order of rows.
///
/// # Errors
/// When the committee's votes cannot be computed.
pub fn choose(strategy: Strategy, pool: &Pool<'_>, take: usize) -> Result<Vec<Pick>, OpinionError> {
    let take = take.min(pool.open.len());
    if take == 0 {
        return Ok(Vec::new());
    }
    // More than asked for, since copies move back.
    let mut wider = take;
    loop {
        let (mut picks, copies) = collapse(pool, ranked(strategy, pool, wider)?);
        let short = take.saturating_sub(wider - copies);
        if short == 0 || wider == pool.open.len() || wider > COLLAPSED {
            picks.truncate(take);
            return Ok(picks);
        }
        wider = (2 * wider + short).min(pool.open.len());
    }
}

/// A queue of up to `length` samples: the first `soon` as [`choose`] picks them, the others by their margins.
///
/// Rules that weigh samples against each other look at one batch; a queue is longer, so that nobody waits while the next
/// one is made.
///
/// # Errors
/// As [`choose`].
pub fn queue(strategy: Strategy, pool: &Pool<'_>, soon: usize, length: usize) -> Result<Vec<Pick>, OpinionError> {
    if strategy.judges_alone() || pool.opinion.is_none() {
        return choose(strategy, pool, length);
    }
    let scores = similar::open_margins(pool)?;
    let mut picks = choose(strategy, &Pool { margins: Some(&scores), ..*pool }, soon.min(length))?;
    let taken: std::collections::HashSet<usize> = picks.iter().map(|pick| pick.index).collect();
    let rest = pool.highest(pool.open, &scores, length);
    picks.extend(rest.into_iter().filter(|pick| !taken.contains(&pick.index)));
    picks.truncate(length);
    Ok(picks)
}

/// The rule's own order, copies included.
pub(super) fn ranked(strategy: Strategy, pool: &Pool<'_>, take: usize) -> Result<Vec<Pick>, OpinionError> {
    if pool.opinion.is_none() && !strategy.needs_no_model() {
        return Ok(max_herding::max_herding(pool, take));
    }
    if let Run::Batch(run) = strategy.run {
        return run(pool, take);
    }
    let scores = scores(strategy, pool)?;
    let second = if strategy.ties_by_margin { Some(similar::open_margins(pool)?) } else { None };
    let ids: Vec<u64> = pool.open.iter().map(|&i| pool.ids[i]).collect();
    let keys = match strategy.run {
        Run::Drawn(draw) => Cow::Owned(draw(&scores, &ids, pool.seed)),
        _ => Cow::Borrowed(&scores),
    };
    let order = topk::top_k(&keys, second.as_deref(), &ids, take, pool.seed);
    Ok(order.into_iter().map(|at| Pick { index: pool.open[at], score: scores[at] }).collect())
}

/// The score of every open sample, for rules that judge each sample by itself; the margin score for all others.
///
/// # Errors
/// As [`Pool::judge`].
pub fn scores(strategy: Strategy, pool: &Pool<'_>) -> Result<Vec<f32>, OpinionError> {
    match strategy.run {
        Run::Mean(rule) => pool.judge(pool.open, move |votes, scratch| {
            mean_of(votes, scratch);
            rule(scratch)
        }),
        Run::Votes(rule) => pool.judge(pool.open, rule),
        Run::Scores(rule) => rule(pool),
        Run::Drawn(_) | Run::Batch(_) => Ok(similar::open_margins(pool)?.into_owned()),
    }
}

/// Move copies behind all others, and return their number: two samples that hardly differ need only one answer.
fn collapse(pool: &Pool<'_>, picks: Vec<Pick>) -> (Vec<Pick>, usize) {
    let Some(median) = max_herding::typical_distance(pool) else { return (picks, 0) };
    let at: Vec<usize> = picks.iter().take(COLLAPSED).map(|pick| pick.index).collect();
    let (rows, covered) = (pool.unit(&at), pool.unit(&pool.covered()));
    let near = |a: &[f32], b: &[f32]| 2.0 - 2.0 * dot(a, b) < COPY * median;
    let mut copy: Vec<bool> =
        (0..at.len()).into_par_iter().map(|i| (0..covered.rows()).any(|j| near(rows.row(i), covered.row(j)))).collect();
    for i in 0..at.len() {
        copy[i] |= (0..i).any(|j| !copy[j] && near(rows.row(i), rows.row(j)));
    }
    let copies = copy.iter().filter(|copy| **copy).count();
    let is_copy = |at: usize| copy.get(at).copied().unwrap_or(false);
    let (last, mut first): (Vec<_>, Vec<_>) = picks.into_iter().enumerate().partition(|(at, _)| is_copy(*at));
    first.extend(last);
    (first.into_iter().map(|(_, pick)| pick).collect(), copies)
}
