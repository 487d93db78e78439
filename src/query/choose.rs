//! From a pool to the questions asked next: the one door to all strategies.

use rayon::prelude::*;

use super::pool::{OpinionError, Pick, Pool};
use super::similar;
use super::{
    Strategy, auto, badge, bait, class_balanced, cluster_margin, density_weighted, drop_query, epsilon_random,
    error_reduction, falcun, k_center, max_herding, prob_cover, ranked_batch, refine, seals, stochastic, tcm,
    typi_clust, u_herding, variance_reduction,
};
use super::{bald, consensus_entropy, entropy, expected_gradient_length, least_confidence, margin, max_disagreement};
use super::{ratio, vote_entropy};
use crate::learn::votes::mean_of;
use crate::math::{dot, topk};

/// Picks among which copies are looked for: far more than are asked before the next round.
const COLLAPSED: usize = 256;
/// Two samples are copies when the squared distance of their unit vectors is below this share of the pool's median.
const COPY: f32 = 1e-3;

/// Choose up to `take` of the pool's open samples, best first. Copies of covered samples and of earlier picks come last.
///
/// Without a model, rules that need one give way to [`max_herding`]. Same pool, same seed: same picks, with any number of
/// threads and any order of rows.
///
/// # Errors
/// When the committee's votes cannot be had.
pub fn choose(strategy: Strategy, pool: &Pool<'_>, take: usize) -> Result<Vec<Pick>, OpinionError> {
    let take = take.min(pool.open.len());
    if take == 0 {
        return Ok(Vec::new());
    }
    // More than asked for, where copies have to give way.
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
    Ok(match strategy {
        Strategy::Auto => auto::auto(pool, take)?,
        Strategy::KCenter => k_center::k_center(pool, take),
        Strategy::RankedBatch => ranked_batch::ranked_batch(pool, take)?,
        Strategy::Badge => badge::badge(pool, take)?,
        Strategy::Bait => bait::bait(pool, take)?,
        Strategy::DropQuery => drop_query::drop_query(pool, take)?,
        Strategy::TypiClust => typi_clust::typi_clust(pool, take),
        Strategy::ProbCover => prob_cover::prob_cover(pool, take),
        Strategy::MaxHerding => max_herding::max_herding(pool, take),
        Strategy::UHerding => u_herding::u_herding(pool, take)?,
        Strategy::VarianceReduction => variance_reduction::variance_reduction(pool, take)?,
        Strategy::Tcm => tcm::tcm(pool, take)?,
        Strategy::ClusterMargin => cluster_margin::cluster_margin(pool, take)?,
        Strategy::Falcun => falcun::falcun(pool, take)?,
        Strategy::ClassBalanced => class_balanced::class_balanced(pool, take)?,
        Strategy::EpsilonRandom => epsilon_random::epsilon_random(pool, take)?,
        Strategy::ErrorReduction => error_reduction::error_reduction(pool, take)?,
        Strategy::Seals => seals::seals(pool, take)?,
        Strategy::Refine => refine::refine(pool, take)?,
        pointwise => {
            let scores = scores(pointwise, pool)?;
            let second = pointwise.tie_break().map(|second| self::scores(second, pool)).transpose()?;
            let ids: Vec<u64> = pool.open.iter().map(|&i| pool.ids[i]).collect();
            let keys = match pointwise {
                Strategy::Power => stochastic::power(&scores, &ids, pool.seed),
                Strategy::Softmax => stochastic::softmax(&scores, &ids, pool.seed),
                _ => scores.clone(),
            };
            let order = topk::top_k(&keys, second.as_deref(), &ids, take, pool.seed);
            order.into_iter().map(|at| Pick { index: pool.open[at], score: scores[at] }).collect()
        }
    })
}

/// The score of every open sample, for rules that judge each sample by itself; the margin score for all others.
///
/// # Errors
/// As [`Pool::judge`].
pub fn scores(strategy: Strategy, pool: &Pool<'_>) -> Result<Vec<f32>, OpinionError> {
    let of_mean = |rule: fn(&[f32]) -> f32| {
        pool.judge(pool.open, move |votes, scratch| {
            mean_of(votes, scratch);
            rule(scratch)
        })
    };
    match strategy {
        Strategy::Random => Ok(vec![0.0; pool.open.len()]),
        Strategy::LeastConfidence => of_mean(least_confidence::least_confidence),
        Strategy::Entropy => of_mean(entropy::entropy),
        Strategy::Ratio => of_mean(ratio::ratio),
        Strategy::ExpectedGradientLength => of_mean(expected_gradient_length::expected_gradient_length),
        Strategy::VoteEntropy => pool.judge(pool.open, vote_entropy::vote_entropy),
        Strategy::ConsensusEntropy => pool.judge(pool.open, consensus_entropy::consensus_entropy),
        Strategy::Bald => pool.judge(pool.open, bald::bald),
        Strategy::MaxDisagreement => pool.judge(pool.open, max_disagreement::max_disagreement),
        Strategy::DensityWeighted => density_weighted::density_weighted(pool),
        _ => of_mean(margin::margin),
    }
}

/// Move copies behind all others, and say how many they are: of two samples that hardly differ, one answer serves.
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
