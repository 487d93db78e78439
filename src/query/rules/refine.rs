//! REFINE in a light form (Huseljic et al. 2026): several strategies propose batches from random parts of the pool, level
//! after level the union of the proposals becomes the pool, and `UHerding` makes the final choice.
//!
//! Two levels, four parts of at most 2,000 samples each, with margin, BADGE, `DropQuery`, `TypiClust`, `MaxHerding`,
//! `UHerding`, and random. Cost: some fifty calls on small pools, so seconds where one strategy takes tenths.

use std::collections::BTreeSet;

use super::{badge, drop_query, margin, max_herding, random as chance, typi_clust, u_herding};
use crate::math::random;
use crate::query::choose::choose;
use crate::query::pool::{Opinion, OpinionError, Pick, Pool};
use crate::query::rule::Strategy;
use crate::query::rule::{Answers, Needs, Rule, Run};
use crate::query::similar::subsample;

pub static RULE: Rule = Rule {
    name: "refine",
    also: &[],
    advice: "an ensemble: several strategies propose, and the best covering proposals are asked",
    source: "Huseljic et al. 2026",
    answers: Answers::One,
    needs: Needs::Model,
    run: Run::Batch(refine),
    ties_by_margin: false,
};

const LEVELS: u64 = 2;
const PARTS: u64 = 4;
const PART: usize = 2000;
/// Share of the pool that a part of a later level holds.
const SHRINK: f64 = 0.4;
static PROPOSERS: [Strategy; 7] = [
    Strategy::of(&margin::RULE),
    Strategy::of(&badge::RULE),
    Strategy::of(&drop_query::RULE),
    Strategy::of(&typi_clust::RULE),
    Strategy::of(&max_herding::RULE),
    Strategy::of(&u_herding::RULE),
    Strategy::of(&chance::RULE),
];

/// Choose up to `take` open samples; the score is the gain of coverage.
///
/// # Errors
/// As [`Pool::judge`].
pub fn refine(pool: &Pool<'_>, take: usize) -> Result<Vec<Pick>, OpinionError> {
    let mut open: Vec<usize> = pool.open.to_vec();
    for level in 0..LEVELS {
        let size = ((open.len() as f64 * SHRINK) as usize).clamp(take, PART.max(take));
        let mut proposed = BTreeSet::new();
        for part in 0..PARTS {
            let seed = random::hash(pool.seed, level * PARTS + part);
            let part = subsample(&open, pool.ids, size, seed);
            for strategy in PROPOSERS {
                // Without a head, features cannot be dropped; the others propose.
                if strategy == Strategy::of(&drop_query::RULE) && pool.opinion.and_then(Opinion::head).is_none() {
                    continue;
                }
                let within = Pool { open: &part, seed, ..*pool };
                proposed.extend(choose(strategy, &within, take)?.into_iter().map(|pick| pick.index));
            }
        }
        open = proposed.into_iter().collect();
    }
    u_herding::u_herding(&Pool { open: &open, ..*pool }, take)
}
