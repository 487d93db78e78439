//! The default: [`super::max_herding`] while there is no model, then half a batch by [`super::variance_reduction`] and half by
//! [`super::u_herding`], which is given the first half.
//!
//! Chosen by experiment, see `docs/label-efficiency.md`: neither rule is best on every set, and half and half was never far from
//! the better one and ahead of both on most.

use super::{max_herding, u_herding, variance_reduction};
use crate::query::pool::{OpinionError, Pick, Pool};
use crate::query::rule::{Answers, Needs, Rule, Run};

pub static RULE: Rule = Rule {
    name: "auto",
    also: &[],
    advice: "the default, ahead in our measurements; covers the pool, then asks where an answer leaves least doubt",
    source: "Querist, see docs/label-efficiency.md",
    answers: Answers::One,
    needs: Needs::Model,
    run: Run::Batch(auto),
    ties_by_margin: false,
};

/// Labels per class of the project below which a model's doubts say little and the pool is covered instead.
const COLD: usize = 1;
/// Most candidates and targets of the half that covers.
const CAP: usize = 2048;

/// Choose up to `take` open samples, by both rules in turn.
///
/// # Errors
/// As [`Pool::judge`].
pub fn auto(pool: &Pool<'_>, take: usize) -> Result<Vec<Pick>, OpinionError> {
    if pool.labeled.len() < COLD * pool.n_classes {
        return Ok(max_herding::max_herding(pool, take));
    }
    let first = variance_reduction::variance_reduction(pool, take.div_ceil(2))?;
    let mut chosen: Vec<usize> = first.iter().map(|pick| pick.index).collect();
    chosen.sort_unstable();
    let left = |at: &usize| chosen.binary_search(at).is_err();
    let open: Vec<usize> = pool.open.iter().copied().filter(left).collect();
    let margins: Option<Vec<f32>> = pool
        .margins
        .map(|margins| pool.open.iter().zip(margins).filter(|(at, _)| left(at)).map(|(_, margin)| *margin).collect());
    let pending = [pool.pending, &chosen].concat();
    let rest = Pool { open: &open, pending: &pending, margins: margins.as_deref(), ..*pool };
    let second = u_herding::herded(&rest, take - first.len(), CAP)?;
    Ok(in_turn(first, second))
}

/// One of each in turn; of the longer, the rest at the end. Both rules' gains are on scales of their own, so the score becomes the
/// share of its rule's best, and never more than that of the pick before.
fn in_turn(first: Vec<Pick>, second: Vec<Pick>) -> Vec<Pick> {
    let shares = |picks: Vec<Pick>| {
        let best = picks.first().map_or(1.0, |pick| pick.score.max(f32::MIN_POSITIVE));
        picks.into_iter().map(move |pick| Pick { score: pick.score / best, ..pick })
    };
    let (mut first, mut second) = (shares(first), shares(second));
    let (mut picks, mut least): (Vec<Pick>, f32) = (Vec::new(), 1.0);
    loop {
        let pair = [first.next(), second.next()];
        if pair.iter().all(Option::is_none) {
            return picks;
        }
        for pick in pair.into_iter().flatten() {
            least = least.min(pick.score);
            picks.push(Pick { score: least, ..pick });
        }
    }
}
