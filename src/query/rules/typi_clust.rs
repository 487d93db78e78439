//! `TypiClust` (Hacohen, Dekel and Weinshall 2022, "Active Learning on a Budget: Opposite Strategies Suit High and Low
//! Budgets"): the most typical sample of each of the largest clusters without a label.
//!
//! k-means with min(n + B, 500) clusters, those below 5 samples left out, in order of (labeled samples, −size); typicality
//! is the inverse of the mean squared distance to the min(20, size / 2) nearest neighbours inside the cluster. Needs no
//! model. Cost: clusters · T · D per iteration of k-means, T capped, and the distances inside the clusters used.

use std::cmp::Reverse;

use crate::math::{distance, kmeans};
use crate::query::pool::{Pick, Pool};
use crate::query::rule::{Answers, Needs, Rule, Run};
use crate::query::similar::{best, subsample};

pub static RULE: Rule = Rule {
    name: "typi-clust",
    also: &[],
    advice: "the very first labels: one typical sample of each large group",
    source: "Hacohen et al. 2022",
    answers: Answers::Any,
    needs: Needs::Nothing,
    run: Run::Batch(|pool, take| Ok(typi_clust(pool, take))),
    ties_by_margin: false,
};

/// Most samples clustered: covered ones, and a seeded part of the open ones.
const CAP: usize = 10_000;
/// Most samples of one cluster that are compared with each other.
const COMPARED: usize = 1024;
const CLUSTERS: usize = 500;
const SMALLEST: usize = 5;
const NEIGHBOURS: usize = 20;
const ITERATIONS: usize = 12;

/// Choose up to `take` open samples; the score is the typicality.
pub fn typi_clust(pool: &Pool<'_>, take: usize) -> Vec<Pick> {
    let covered = pool.covered();
    let mut at = subsample(pool.open, pool.ids, CAP.max(take), pool.seed);
    let open = at.len();
    at.extend(&covered);
    if open == 0 {
        return Vec::new();
    }
    let rows = pool.unit(&at);
    let k = (covered.len() + take).min(CLUSTERS).min(open);
    // It cannot be stopped, so there are always centroids.
    let Some(centroids) = kmeans::centroids(&rows, k, ITERATIONS, pool.seed, &|_| true) else { return Vec::new() };
    let clusters = kmeans::nearest(&rows, &centroids);
    let in_pool: Vec<(usize, usize)> = at.iter().copied().zip(clusters).collect();
    typical(pool, &in_pool, open, SMALLEST, take)
}

/// The choice among clustered samples: (position, cluster), the first `open` of them open and the others covered.
pub fn typical(pool: &Pool<'_>, clustered: &[(usize, usize)], open: usize, smallest: usize, take: usize) -> Vec<Pick> {
    let n_clusters = clustered.iter().map(|(_, cluster)| cluster + 1).max().unwrap_or(0);
    let mut members: Vec<Vec<usize>> = vec![Vec::new(); n_clusters];
    let mut covered = vec![0usize; n_clusters];
    for (at, &(_, cluster)) in clustered.iter().enumerate() {
        members[cluster].push(at);
        covered[cluster] += usize::from(at >= open);
    }
    let mut used: Vec<bool> = (0..clustered.len()).map(|at| at >= open).collect();
    let mut known: Vec<Option<(Vec<usize>, Vec<f32>)>> = vec![None; n_clusters];
    let mut picks = Vec::new();
    while picks.len() < take.min(open) {
        let has_open = |c: &usize| members[*c].iter().any(|&at| !used[at]);
        let order = |&c: &usize| (covered[c], Reverse(members[c].len()), c);
        let large = (0..n_clusters).filter(|&c| members[c].len() >= smallest).filter(has_open).min_by_key(order);
        let Some(cluster) = large.or_else(|| (0..n_clusters).filter(has_open).min_by_key(order)) else { break };
        let (compared, typicality) = known[cluster].get_or_insert_with(|| {
            let compared = compared(pool, clustered, &members[cluster], &used);
            let rows = pool.unit(&compared.iter().map(|&at| clustered[at].0).collect::<Vec<_>>());
            let typicality = typicality(&rows, NEIGHBOURS.min(members[cluster].len() / 2).max(1));
            (compared, typicality)
        });
        let taken: Vec<bool> = compared.iter().map(|&at| used[at]).collect();
        let id = |i: usize| pool.ids[clustered[compared[i]].0];
        let Some(next) = best(typicality, &taken, id, pool.seed) else {
            // All compared ones are taken: compare the others.
            known[cluster] = None;
            continue;
        };
        let at = compared[next];
        picks.push(Pick { index: clustered[at].0, score: typicality[next] });
        used[at] = true;
        covered[cluster] += 1;
    }
    picks
}

/// The members of a cluster that are compared with each other: all, or a seeded part that holds open ones.
fn compared(pool: &Pool<'_>, clustered: &[(usize, usize)], members: &[usize], used: &[bool]) -> Vec<usize> {
    if members.len() <= COMPARED {
        return members.to_vec();
    }
    let ids: Vec<u64> = clustered.iter().map(|&(position, _)| pool.ids[position]).collect();
    let open: Vec<usize> = members.iter().copied().filter(|&at| !used[at]).collect();
    subsample(&open, &ids, COMPARED, pool.seed)
}

/// 1 / mean squared distance to the `k` nearest other rows.
fn typicality(rows: &crate::math::Matrix, k: usize) -> Vec<f32> {
    let squared = distance::squared_distances(rows, rows);
    let one = |i: usize| {
        let mut others: Vec<f32> =
            squared.row(i).iter().enumerate().filter(|(j, _)| *j != i).map(|(_, &d)| d).collect();
        if others.is_empty() {
            return 0.0;
        }
        let k = k.min(others.len());
        others.select_nth_unstable_by(k - 1, f32::total_cmp);
        1.0 / (others[..k].iter().sum::<f32>() / k as f32).max(1e-12)
    };
    (0..rows.rows()).map(one).collect()
}
