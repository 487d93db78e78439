//! The best few of many scores, with ties broken by a seeded hash and never by row order.

use std::cmp::Ordering;

use super::random;

/// Indices of the `take` highest scores, best first. O(N + take · ln take).
///
/// Equal scores are ordered by `second` (higher first) where given, then by [`random::hash`] of (`seed`, `ids[i]`), then
/// by id: the answer follows from scores, ids and seed, whatever order the rows come in. NaN ranks last.
///
/// # Panics
/// When `scores`, `second` and `ids` differ in length.
pub fn top_k(scores: &[f32], second: Option<&[f32]>, ids: &[u64], take: usize, seed: u64) -> Vec<usize> {
    assert_eq!(scores.len(), ids.len(), "one id per score");
    let descending = |a: f32, b: f32| match (a.is_nan(), b.is_nan()) {
        (true, true) => Ordering::Equal,
        (true, false) => Ordering::Greater,
        (false, true) => Ordering::Less,
        (false, false) => b.partial_cmp(&a).unwrap_or(Ordering::Equal),
    };
    let order = |&a: &usize, &b: &usize| {
        descending(scores[a], scores[b])
            .then_with(|| second.map_or(Ordering::Equal, |second| descending(second[a], second[b])))
            .then_with(|| random::hash(seed, ids[a]).cmp(&random::hash(seed, ids[b])))
            .then_with(|| ids[a].cmp(&ids[b]))
    };
    let mut index: Vec<usize> = (0..scores.len()).collect();
    if take == 0 {
        return Vec::new();
    }
    if take < index.len() {
        index.select_nth_unstable_by(take - 1, order);
        index.truncate(take);
    }
    index.sort_unstable_by(order);
    index
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_highest_scores_come_first_and_nan_last() {
        assert_eq!(top_k(&[0.1, f32::NAN, 0.9, 0.5], None, &[1, 2, 3, 4], 9, 0), [2, 3, 0, 1]);
        assert_eq!(top_k(&[0.1, f32::NAN, 0.9, 0.5], None, &[1, 2, 3, 4], 2, 0), [2, 3]);
    }

    #[test]
    fn ties_follow_the_id_and_the_seed_and_not_the_row() {
        let ids: Vec<u64> = (0..100).collect();
        let reversed: Vec<u64> = ids.iter().rev().copied().collect();
        let scores = [1.0; 100];
        let picked: Vec<u64> = top_k(&scores, None, &ids, 10, 7).iter().map(|&i| ids[i]).collect();
        let again: Vec<u64> = top_k(&scores, None, &reversed, 10, 7).iter().map(|&i| reversed[i]).collect();
        let other: Vec<u64> = top_k(&scores, None, &ids, 10, 8).iter().map(|&i| ids[i]).collect();
        assert_eq!(picked, again);
        assert_ne!(picked, other);
        assert_ne!(picked, (0..10).collect::<Vec<u64>>());
    }

    #[test]
    fn a_second_score_settles_ties_before_the_hash_does() {
        assert_eq!(top_k(&[1.0, 1.0, 2.0], Some(&[0.3, 0.8, 0.0]), &[1, 2, 3], 3, 0), [2, 1, 0]);
    }
}
