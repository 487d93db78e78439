//! Cluster-margin (Citovsky et al. 2021, "Batch Active Learning at Scale"): of the 10 · B smallest margins, take one per
//! cluster in turn, smallest clusters first.
//!
//! Made for large batches. Cost: one k-means over a capped part of the pool, and O(N · K) for the margins.

use crate::math::{kmeans, topk};
use crate::query::pool::{OpinionError, Pick, Pool};
use crate::query::rule::{Answers, Needs, Rule, Run};
use crate::query::similar::{open_margins, subsample};

pub static RULE: Rule = Rule {
    name: "cluster-margin",
    also: &[],
    advice: "batches of hundreds: small margins, shared out over groups",
    source: "Citovsky et al. 2021",
    answers: Answers::Any,
    needs: Needs::Model,
    run: Run::Batch(cluster_margin),
    ties_by_margin: false,
};

/// Margins considered per pick.
const WIDER: usize = 10;
/// Most samples that the clusters are learned from.
const CAP: usize = 8192;
const ITERATIONS: usize = 12;

/// Choose up to `take` open samples; the score is the margin score.
///
/// # Errors
/// As [`Pool::judge`].
pub fn cluster_margin(pool: &Pool<'_>, take: usize) -> Result<Vec<Pick>, OpinionError> {
    let scores = open_margins(pool)?;
    let ids: Vec<u64> = pool.open.iter().map(|&i| pool.ids[i]).collect();
    let doubtful = topk::top_k(&scores, None, &ids, take * WIDER, pool.seed);
    if doubtful.is_empty() {
        return Ok(Vec::new());
    }
    let learned = pool.unit(&subsample(pool.open, pool.ids, CAP, pool.seed));
    let k = (2 * pool.n_classes).max(take).min(learned.rows()).max(1);
    let chosen: Vec<Pick> = doubtful.iter().map(|&at| Pick { index: pool.open[at], score: scores[at] }).collect();
    let Some(centroids) = kmeans::centroids(&learned, k, ITERATIONS, pool.seed, &|_| true) else { return Ok(chosen) };
    let rows = pool.unit(&chosen.iter().map(|pick| pick.index).collect::<Vec<_>>());
    Ok(in_turn(&chosen, &kmeans::nearest(&rows, &centroids), take))
}

/// One of each cluster in turn, the clusters in ascending order of (size, number), each in the order of `ranked`.
pub fn in_turn(ranked: &[Pick], clusters: &[usize], take: usize) -> Vec<Pick> {
    let mut groups: Vec<Vec<Pick>> = vec![Vec::new(); clusters.iter().map(|c| c + 1).max().unwrap_or(0)];
    for (pick, &cluster) in ranked.iter().zip(clusters) {
        groups[cluster].push(*pick);
    }
    // A stable sort, so that equal sizes stay in order of number.
    groups.sort_by_key(Vec::len);
    let deepest = groups.last().map_or(0, Vec::len);
    let rounds = (0..deepest).flat_map(|turn| groups.iter().filter_map(move |group| group.get(turn).copied()));
    rounds.take(take).collect()
}
