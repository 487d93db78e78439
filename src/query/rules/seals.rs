//! SEALS (Coleman et al. 2022, "Similarity Search for Efficient Active Learning and Search of Rare Concepts"): margin among
//! the nearest neighbours of labeled samples, those of the rarest classes first.
//!
//! For classes that are a percent of the pool or less: their next examples lie near the few that are known, and
//! questions elsewhere are wasted. Cost: N · r · D for the similarities to r labeled samples, r capped.

use crate::math::{gemm, random, topk};
use crate::query::pool::{OpinionError, Pick, Pool};
use crate::query::rule::{Answers, Needs, Rule, Run};
use crate::query::similar::{margins, subsample};

pub static RULE: Rule = Rule {
    name: "seals",
    also: &[],
    advice: "classes of a percent or less: looks near their few known examples",
    source: "Coleman et al. 2022",
    answers: Answers::Any,
    needs: Needs::Model,
    run: Run::Batch(seals),
    ties_by_margin: false,
};

/// Neighbours of each labeled sample that become candidates.
const NEIGHBOURS: usize = 50;
/// Most labeled samples whose neighbours are looked up: those of the rarest classes.
const LOOKED_UP: usize = 256;
/// Most open samples searched for neighbours.
const CAP: usize = 50_000;

/// Choose up to `take` open samples; the score is the margin score.
///
/// # Errors
/// As [`Pool::judge`].
pub fn seals(pool: &Pool<'_>, take: usize) -> Result<Vec<Pick>, OpinionError> {
    let open = subsample(pool.open, pool.ids, CAP.max(take), pool.seed);
    let counts = pool.counts();
    // The samples of the rarest class that each has; of none, last.
    let rarest = |i: usize| pool.targets.of(i, pool.n_classes).into_iter().map(|y| counts[y]).min();
    let mut seeds: Vec<(usize, usize)> =
        pool.labeled.iter().enumerate().map(|(i, &at)| (rarest(i).unwrap_or(usize::MAX), at)).collect();
    seeds.sort_unstable_by_key(|&(count, i)| (count, random::hash(pool.seed, pool.ids[i]), pool.ids[i]));
    seeds.truncate(LOOKED_UP);
    let seeds: Vec<usize> = seeds.into_iter().map(|(_, i)| i).collect();
    let near = gemm::abt_shared(&pool.unit(&seeds), &pool.unit(&open));
    let ids: Vec<u64> = open.iter().map(|&i| pool.ids[i]).collect();
    let mut candidate = vec![false; open.len()];
    for i in 0..near.rows() {
        for at in topk::top_k(near.row(i), None, &ids, NEIGHBOURS.max(take), pool.seed) {
            candidate[at] = true;
        }
    }
    let candidates: Vec<usize> = (0..open.len()).filter(|&at| candidate[at]).map(|at| open[at]).collect();
    let scores = margins(pool, &candidates)?;
    Ok(pool.highest(&candidates, &scores, take))
}
