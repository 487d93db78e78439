//! Where samples lie: by the pool's two strongest directions at once, or arranged so that neighbours stay together.
//!
//! Up to [`MOST`] samples are arranged; others, and those that come later, are placed among their neighbours, so that a map stays as
//! people know it while the pool grows. When the pool has doubled it is arranged again, from where it was.

use std::collections::HashMap;
use std::sync::Arc;

use crate::domain::{JobNote, Project, SampleId, Stage};
use crate::math::layout::{self, Places};
use crate::math::neighbours::nearest;
use crate::math::spectrum;
use crate::math::trust::trustworthiness;
use crate::math::{Matrix, gemm, random};
use crate::progress::Progress;
use crate::query::groups::Space;
use crate::query::similar::subsample;
use crate::service::rounds::pool::EncodedPool;
use crate::service::{App, ServiceError};
use crate::store::maps::StoredMap;

/// Samples that are arranged, at most.
const MOST: usize = 100_000;
/// ... and where there are more, this many, since all others are placed among them.
const SOME: usize = 50_000;
/// Samples whose directions are looked for.
const SEEN: usize = 16_384;
/// Directions in which neighbours are looked for: the others are mostly noise.
const DIRECTIONS: usize = 50;
/// Neighbours that stay together.
const NEIGHBOURS: usize = 15;
/// Neighbours that a new sample is placed among.
const AMONG: usize = 4;
/// Epochs for small pools and for large ones.
const EPOCHS: [(usize, usize); 2] = [(10_000, 500), (usize::MAX, 200)];
/// Samples on which trustworthiness is measured.
const ASKED: usize = 1_000;
/// Rows placed together.
const BLOCK: usize = 8_192;
/// How far from the middle the arrangement begins.
const REACH: f32 = 10.0;
/// Share of the width that stays free at each edge.
const MARGIN: f32 = 0.03;

/// Whether a map should be made again for a pool of `encoded` samples: it has grown by a tenth.
pub(super) fn outgrown(map: &StoredMap, encoded: usize) -> bool {
    encoded * 10 >= map.ids.len() * 11
}

/// Arrange the project's map and store it. If it was interrupted, it begins again.
///
/// # Errors
/// When the embeddings cannot be read or the map cannot be written.
pub async fn run(app: &App, project: &Project, progress: &Progress) -> Result<Option<JobNote>, ServiceError> {
    let Some(pool) = app.pools.get(app, project).await? else { return Ok(Some(JobNote::NothingEncoded)) };
    let (path, encoder) = (app.data.map(pool.encoder, &project.slug), pool.encoder);
    let before = {
        let path = path.clone();
        app.cpu.blocking(move || StoredMap::load(&path, encoder)).await??
    };
    let (seed, progress) = (project.seed as u64, progress.clone());
    // Minutes for a large pool, on threads of its own, so that nobody waits behind it.
    let cpu = app.cpu.beside().map_err(std::io::Error::other)?;
    let made = cpu.run(move || Arranger::new(&pool, seed, &progress).map(before.as_ref())).await?;
    let Some(map) = made else { return Ok(None) };
    let note = JobNote::Mapped { samples: map.ids.len() as i64, trust: map.trust };
    app.cpu.blocking(move || map.save(&path)).await??;
    Ok(Some(note))
}

/// The place of every row by the two directions in which the pool varies most. O(N·D).
pub(super) fn by_directions(pool: &Arc<EncodedPool>, seed: u64) -> Vec<[u16; 2]> {
    let silent = Progress::silent();
    let arranger = Arranger::new(pool, seed, &silent);
    let axes = arranger.axes(2);
    let rows: Vec<usize> = (0..pool.ids.len()).collect();
    let places = rows.chunks(BLOCK).flat_map(|rows| flat(&arranger.reduced(rows, &axes))).collect();
    fitted(&places)
}

struct Arranger<'a> {
    pool: Arc<EncodedPool>,
    /// D: the mean of the rows' directions.
    mean: Vec<f32>,
    seed: u64,
    progress: &'a Progress,
}

impl<'a> Arranger<'a> {
    fn new(pool: &Arc<EncodedPool>, seed: u64, progress: &'a Progress) -> Self {
        let mean = pool.standardiser().map_or_else(|| vec![0.0; pool.rows.cols()], |known| known.mean.clone());
        Self { pool: pool.clone(), mean, seed, progress }
    }

    fn space(&self) -> Space<'_> {
        Space { rows: &self.pool.rows, mean: &self.mean }
    }

    /// Up to `most` rows, by a draw that follows from their ids.
    fn some(&self, rows: &[usize], most: usize) -> Vec<usize> {
        subsample(rows, &self.pool.numbers(), most, self.seed)
    }

    /// The strongest directions: at most `count` × D.
    fn axes(&self, count: usize) -> Matrix {
        let all: Vec<usize> = (0..self.pool.ids.len()).collect();
        let seen = self.space().directions(&self.some(&all, SEEN));
        let mean = spectrum::mean(&seen);
        spectrum::directions(&seen, &mean, count, self.seed).unwrap_or_else(|| Matrix::zeros(0, seen.cols()))
    }

    fn reduced(&self, rows: &[usize], axes: &Matrix) -> Matrix {
        gemm::abt_shared(&self.space().directions(rows), axes)
    }

    /// `None` when it was told to stop.
    fn map(&self, before: Option<&StoredMap>) -> Option<StoredMap> {
        let n = self.pool.ids.len();
        let axes = self.axes(DIRECTIONS);
        let kept = before.filter(|before| n < 2 * before.arranged as usize && !before.ids.is_empty());
        let known: HashMap<SampleId, [u16; 2]> =
            before.into_iter().flat_map(|map| map.ids.iter().copied().zip(map.at.iter().copied())).collect();
        let place = |row: &usize| known.get(&self.pool.ids[*row]).copied();
        if let Some(before) = kept {
            let (there, new): (Vec<usize>, Vec<usize>) = (0..n).partition(|row| place(row).is_some());
            let mut at: Vec<[u16; 2]> = (0..n).map(|row| place(&row).unwrap_or_default()).collect();
            let among = self.some(&there, MOST);
            let places: Places = among.iter().filter_map(place).map(|at| at.map(f32::from)).collect();
            for (row, place) in self.placed(&new, &among, &places, &axes)? {
                at[row] = place.map(|x| x.clamp(0.0, 65_535.0) as u16);
            }
            return Some(self.stored(before.arranged, before.trust, at));
        }
        let all: Vec<usize> = (0..n).collect();
        let chosen = if n > MOST { self.some(&all, SOME) } else { all };
        let (places, trust) = self.arranged(&chosen, &axes, &|row| place(row))?;
        let mut whole: Places = vec![[0.0; 2]; n];
        let rest: Vec<usize> = {
            let mut is_chosen = vec![false; n];
            for &row in &chosen {
                is_chosen[row] = true;
            }
            (0..n).filter(|&row| !is_chosen[row]).collect()
        };
        for (row, at) in self.placed(&rest, &chosen, &places, &axes)? {
            whole[row] = at;
        }
        chosen.iter().zip(&places).for_each(|(&row, &at)| whole[row] = at);
        Some(self.stored(n as u64, trust, fitted(&whole)))
    }

    fn stored(&self, arranged: u64, trust: Option<f64>, at: Vec<[u16; 2]>) -> StoredMap {
        StoredMap { encoder: self.pool.encoder, arranged, trust, ids: self.pool.ids.clone(), at }
    }

    /// The places of `rows` such that neighbours stay together, beginning from where they were, and how trustworthy that is.
    fn arranged(
        &self,
        rows: &[usize],
        axes: &Matrix,
        before: &dyn Fn(&usize) -> Option<[u16; 2]>,
    ) -> Option<(Places, Option<f64>)> {
        let unit = self.space().directions(rows);
        let reduced = gemm::abt_shared(&unit, axes);
        let known: Vec<usize> = (0..rows.len()).filter(|&at| before(&rows[at]).is_some()).collect();
        let start = if known.is_empty() {
            spread(&flat(&reduced), self.seed)
        } else {
            let there =
                known.iter().filter_map(|&at| before(&rows[at])).map(|at| at.map(f32::from)).collect::<Places>();
            let near = nearest(&reduced, &reduced.gather(&known), AMONG, false);
            spread(&layout::placed(&near, &there), self.seed)
        };
        let near = nearest(&reduced, &reduced, NEIGHBOURS, true);
        if near.is_empty() {
            return Some((start, None));
        }
        let epochs = EPOCHS.iter().find(|(most, _)| rows.len() <= *most).map_or(200, |(_, epochs)| *epochs);
        let goes_on = |epoch: usize| {
            self.progress.report(epoch as u64, epochs as u64, &Stage::Map);
            !self.progress.stopped()
        };
        let places = layout::arranged(&near, start, epochs, self.seed, &goes_on)?;
        let all: Vec<usize> = (0..rows.len()).collect();
        let ids: Vec<u64> = rows.iter().map(|&row| self.pool.ids[row].0 as u64).collect();
        let trust = trustworthiness(&unit, &places, NEIGHBOURS, &subsample(&all, &ids, ASKED, self.seed));
        Some((places, trust))
    }

    /// The places of `rows` among those of `among`.
    fn placed(
        &self,
        rows: &[usize],
        among: &[usize],
        places: &Places,
        axes: &Matrix,
    ) -> Option<Vec<(usize, [f32; 2])>> {
        let mut found = Vec::with_capacity(rows.len());
        if rows.is_empty() {
            return Some(found);
        }
        let among = self.reduced(among, axes);
        for rows in rows.chunks(BLOCK) {
            if self.progress.stopped() {
                return None;
            }
            let near = nearest(&self.reduced(rows, axes), &among, AMONG, false);
            found.extend(rows.iter().copied().zip(layout::placed(&near, places)));
        }
        Some(found)
    }
}

/// The first two numbers of each row.
fn flat(reduced: &Matrix) -> Places {
    let number = |row: &[f32], at: usize| row.get(at).copied().unwrap_or_default();
    (0..reduced.rows()).map(|i| [number(reduced.row(i), 0), number(reduced.row(i), 1)]).collect()
}

/// The middle of places and how far they reach from it.
fn extent(places: &Places) -> ([f32; 2], f32) {
    let bound = |axis: usize, pick: fn(f32, f32) -> f32, start: f32| {
        places.iter().map(|at| at[axis]).filter(|x| x.is_finite()).fold(start, pick)
    };
    let ends = |axis| (bound(axis, f32::min, f32::INFINITY), bound(axis, f32::max, f32::NEG_INFINITY));
    let (x, y) = (ends(0), ends(1));
    let reach = (x.1 - x.0).max(y.1 - y.0) / 2.0;
    let middle = [f32::midpoint(x.0, x.1), f32::midpoint(y.0, y.1)];
    if reach.is_finite() && reach > 0.0 {
        (middle, reach)
    } else {
        (middle.map(|x| if x.is_finite() { x } else { 0.0 }), 1.0)
    }
}

/// As where an arrangement begins: ten units around the middle, none exactly at the place of another.
fn spread(places: &Places, seed: u64) -> Places {
    let (middle, reach) = extent(places);
    let jitter = |i: usize| (random::unit(random::hash(seed ^ 0x6d61, i as u64)) - 0.5) as f32 * 1e-3;
    let number = |i: usize, axis: usize, x: f32| (x - middle[axis]) / reach * REACH + jitter(2 * i + axis);
    places.iter().enumerate().map(|(i, at)| [number(i, 0, at[0]), number(i, 1, at[1])]).collect()
}

/// In 65536ths of the map's width, the same scale both ways.
fn fitted(places: &Places) -> Vec<[u16; 2]> {
    let (middle, reach) = extent(places);
    let scale = (0.5 - MARGIN) * 65_535.0 / reach;
    let whole = |x: f32| if x.is_finite() { x.clamp(0.0, 65_535.0).round() as u16 } else { 32_768 };
    let fit = |axis: usize, x: f32| whole(32_767.5 + (x - middle[axis]) * scale);
    places.iter().map(|at| [fit(0, at[0]), fit(1, at[1])]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::EncoderId;

    /// Samples in three groups.
    fn pool(n: i64) -> Arc<EncodedPool> {
        let number = |i: i64, j: i64| random::unit(random::hash(3, (i * 8 + j) as u64)) as f32 - 0.5;
        let rows = (0..n).flat_map(|i| (0..8).map(move |j| number(i, j) + if j == i % 3 { 3.0 } else { 0.0 }));
        let mut pool =
            EncodedPool::new(EncoderId(1), (0..n).map(SampleId).collect(), Matrix::new(n as usize, 8, rows.collect()));
        pool.with_statistics();
        Arc::new(pool)
    }

    fn map(pool: &Arc<EncodedPool>, before: Option<&StoredMap>) -> StoredMap {
        Arranger::new(pool, 7, &Progress::silent()).map(before).unwrap()
    }

    #[test]
    fn a_map_is_trustworthy_and_the_same_with_any_number_of_threads() {
        let pool = pool(150);
        let on = |threads| {
            let cpu = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            cpu.install(|| map(&pool, None))
        };
        let made = on(1);
        assert_eq!(made, on(3));
        assert!(made.trust.is_some_and(|trust| trust > 0.85), "{:?}", made.trust);
        assert_eq!((made.arranged, made.ids.len(), made.at.len()), (150, 150, 150));
    }

    #[test]
    fn new_samples_are_placed_and_no_other_moves_until_the_pool_has_doubled() {
        let first = map(&pool(150), None);
        assert!(!outgrown(&first, 164) && outgrown(&first, 165));
        let grown = map(&pool(180), Some(&first));
        assert_eq!(grown.at[..150], first.at);
        assert_eq!((grown.arranged, grown.ids.len()), (150, 180));
        // A new sample lies with its group.
        let mean = |group: usize| {
            let of: Vec<_> = first.at.iter().skip(group).step_by(3).collect();
            [0, 1].map(|axis| of.iter().map(|at| f32::from(at[axis])).sum::<f32>() / of.len() as f32)
        };
        let nearest = |at: [u16; 2]| {
            let far = |group: usize| (0..2).map(|axis| (f32::from(at[axis]) - mean(group)[axis]).powi(2)).sum::<f32>();
            (0..3).min_by(|&a, &b| far(a).total_cmp(&far(b))).unwrap()
        };
        let right = (150..180).filter(|&i| nearest(grown.at[i]) == i % 3).count();
        assert!(right >= 27, "{right} of 30");
        let doubled = map(&pool(300), Some(&grown));
        assert_eq!(doubled.arranged, 300);
    }

    #[test]
    fn pools_of_one_or_of_equal_samples_have_a_map() {
        for n in [1, 2, 3] {
            assert_eq!(map(&pool(n), None).at.len() as i64, n);
            assert_eq!(by_directions(&pool(n), 1).len() as i64, n);
        }
        let ids = (0..40).map(SampleId).collect();
        let mut equal = EncodedPool::new(EncoderId(1), ids, Matrix::new(40, 2, vec![1.0; 80]));
        equal.with_statistics();
        assert_eq!(map(&Arc::new(equal), None).at.len(), 40);
    }
}
