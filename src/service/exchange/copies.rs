//! Copies of one picture among a project's samples: found before the audit draw, so that a copy of what trains never audits.
//!
//! A group of copies is named after the hash of its first sample, and drawn and split together. At import a new sample
//! joins the group of a sample with the same pixels, whatever the files are, or of one that looks the same at thumbnail
//! size. After encoding, samples that only look similar are compared by their embeddings; copies found then come after
//! the draw, so their audit samples leave the audit set, on the record.
//!
//! **Invariant:** no audit sample has a known copy in the pool.

use std::collections::HashMap;

use rayon::prelude::*;

use crate::blobs::{Blobs, ORIGINAL};
use crate::domain::{Lots, Project, SampleId};
use crate::modality::{Medium, medium};
use crate::query::groups::{COPY, Space};
use crate::service::live::Changed;
use crate::service::rounds::pool::EncodedPool;
use crate::service::{App, ServiceError};
use crate::store::copies::{Changes, LookRow};
use crate::store::samples::NewSample;

/// Bits in which the fingerprints of two copies may differ.
const NEAR: u32 = 8;
/// How many most similar samples are compared with a new one.
const TRIED: usize = 8;
/// Bits in which hashes may differ if the embeddings decide.
const LOOSE: u32 = 10;
/// A sample with so many look-alikes is one of a series (a fixed camera, one part after the other), not a copy of any.
const SERIES: usize = 8;
/// Samples whose look is computed between two transactions.
const PAGE: i64 = 256;

/// The samples of a project by what they look like, growing as an import adds more.
pub struct Copies {
    lots: Lots,
    share: f64,
    blobs: Blobs,
    medium: &'static dyn Medium,
    known: Vec<Known>,
    by_pixels: HashMap<String, usize>,
}

struct Known {
    look: u64,
    hash: String,
    /// The hash of the first of its copies.
    first: String,
    audit: bool,
}

impl Copies {
    pub async fn load(app: &App, project: &Project) -> Result<Self, ServiceError> {
        let mut copies = Self {
            lots: project.secret.clone(),
            share: project.audit_share,
            blobs: app.blobs.clone(),
            medium: medium(project.modality)?,
            known: Vec::new(),
            by_pixels: HashMap::new(),
        };
        for row in app.store.looks(project.id).await? {
            if let (Some(pixels), Some(look)) = (row.pixels, row.look) {
                copies
                    .know(pixels, Known { look: look as u64, hash: row.hash, first: row.first_copy, audit: row.audit });
            }
        }
        Ok(copies)
    }

    /// Draw the audit set with this share from now on.
    pub fn draw(&mut self, share: f64) {
        self.share = share;
    }

    fn know(&mut self, pixels: String, known: Known) {
        self.by_pixels.entry(pixels).or_insert(self.known.len());
        self.known.push(known);
    }

    /// Put a new sample, whose thumbnail is on disk, into the group of its copies and draw it with them; it is known from now on. Reads at
    /// most nine thumbnails.
    pub fn place(&mut self, sample: &mut NewSample) {
        let print = sample.pixels.clone().zip(sample.look.map(|look| look as u64));
        let copy = print
            .as_ref()
            .and_then(|(pixels, look)| self.by_pixels.get(pixels).copied().or_else(|| self.near(&sample.hash, *look)));
        let (first, audit) = match copy {
            Some(copy) => (self.known[copy].first.clone(), self.known[copy].audit),
            // Drawn from the content alone: neither the order of files nor any model matters.
            None => (sample.hash.clone(), self.lots.audits(&sample.hash, self.share)),
        };
        sample.first_copy = (first != sample.hash).then(|| first.clone());
        sample.audit = audit;
        sample.draw = self.lots.order(&sample.hash);
        if let Some((pixels, look)) = print {
            self.know(pixels, Known { look, hash: sample.hash.clone(), first, audit });
        }
    }

    /// The nearest known sample that is a copy at another quality or size.
    fn near(&self, hash: &str, look: u64) -> Option<usize> {
        let near = nearest(look, NEAR, TRIED, self.known.iter().map(|known| known.look).enumerate());
        if near.is_empty() {
            return None;
        }
        // What cannot be read proves nothing.
        let part = self.medium.compared();
        let is_same = self.medium.comparer(&self.blobs.get(part, hash).ok()?)?;
        let same = |other: &Known| self.blobs.get(part, &other.hash).is_ok_and(|other| is_same(&other));
        let mut copies = near.into_iter().filter(|&at| same(&self.known[at]));
        let first = copies.next()?;
        (1 + copies.count() < SERIES).then_some(first)
    }
}

/// The `most` of `looks` that differ from `look` in at most `bits`, nearest first.
fn nearest(look: u64, bits: u32, most: usize, looks: impl Iterator<Item = (usize, u64)>) -> Vec<usize> {
    let mut near: Vec<(u32, usize)> = looks
        .filter_map(|(at, other)| Some(((look ^ other).count_ones(), at)).filter(|(apart, _)| *apart <= bits))
        .collect();
    near.sort_unstable();
    near.into_iter().take(most).map(|(_, at)| at).collect()
}

/// The result of a search after encoding.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Settled {
    /// Samples that joined the group of another one.
    pub joined: usize,
    /// Audit samples that moved to the pool because a copy of theirs is in it.
    pub left: u64,
}

/// Compare the samples encoded since the last time with all others, and take audit samples with a copy in the pool out
/// of the audit set. Looks that an older version did not compute are computed now.
pub async fn settle(app: &App, project: &Project) -> Result<Settled, ServiceError> {
    look_again(app, project).await?;
    let rows = app.store.looks(project.id).await?;
    if rows.iter().all(|row| row.compared) {
        return Ok(Settled::default());
    }
    let Some(pool) = app.pools.get(app, project).await? else { return Ok(Settled::default()) };
    // Rows come by rising id, and are settled up to the first that still waits for its embedding.
    let ready = rows.iter().position(|row| !pool.row_of.contains_key(&row.id)).unwrap_or(rows.len());
    let Some(last) = ready.checked_sub(1).map(|at| rows[at].id) else { return Ok(Settled::default()) };
    let changes = app.cpu.run(move || changes(&rows[..ready], &pool)).await?;
    let joined = changes.joined.len();
    let left = app.store.save_copies(project.id, &changes, last, app.clock.now()).await?;
    if left > 0 {
        tracing::info!(project = project.slug, joined, left, "copies were found; audit samples left the audit set");
        app.changed(project.id, Changed::Samples);
        crate::service::rounds::training::request(app, project.id, "copies found").await?;
    }
    Ok(Settled { joined, left })
}

/// Compute the looks that are missing, from the files themselves.
async fn look_again(app: &App, project: &Project) -> Result<(), ServiceError> {
    let medium = medium(project.modality)?;
    let mut after = SampleId(0);
    loop {
        let page = app.store.without_look(project.id, after, PAGE).await?;
        let Some((last, _)) = page.last() else { return Ok(()) };
        after = *last;
        let blobs = app.blobs.clone();
        let looks = app
            .cpu
            .run(move || {
                let look = |(id, hash): (SampleId, String)| {
                    let bytes = blobs.get(ORIGINAL, &hash).ok()?;
                    let print = medium.inspect(&bytes, &|_| false).ok()?.fingerprint?;
                    Some((id, print.content, print.hash as i64))
                };
                page.into_par_iter().filter_map(look).collect::<Vec<_>>()
            })
            .await?;
        app.store.save_looks(&looks).await?;
    }
}

/// The changes that follow from the copies among `rows` (by rising id), all of which have a row in `pool`.
fn changes(rows: &[LookRow], pool: &EncodedPool) -> Changes {
    let mut groups = Groups::new(rows);
    let mut first_with: HashMap<&str, usize> = HashMap::new();
    for (at, row) in rows.iter().enumerate() {
        if let Some(pixels) = &row.pixels {
            let first = *first_with.entry(pixels).or_insert(at);
            groups.join(first, at);
        }
    }
    for (one, other) in confirmed(rows, pool) {
        groups.join(one, other);
    }
    groups.changes(rows)
}

/// Pairs of a sample that was not compared so far and another one that looks similar and has nearly the same embedding.
fn confirmed(rows: &[LookRow], pool: &EncodedPool) -> Vec<(usize, usize)> {
    let Some(standardiser) = pool.standardiser() else { return Vec::new() };
    let space = Space { rows: &pool.rows, mean: &standardiser.mean };
    let pairs = |at: usize| -> Vec<(usize, usize)> {
        let row = &rows[at];
        let Some(look) = row.look else { return Vec::new() };
        let others = rows.iter().enumerate().filter(|(other, _)| *other != at);
        let looks = others.filter_map(|(other, row)| Some((other, row.look? as u64)));
        let near = nearest(look as u64, LOOSE, 2 * TRIED, looks);
        let embedded: Vec<usize> = near.iter().map(|&other| pool.row_of[&rows[other].id]).collect();
        let likeness = space.likeness(pool.row_of[&row.id], &embedded);
        let alike: Vec<usize> =
            near.into_iter().zip(likeness).filter(|(_, likeness)| *likeness >= COPY).map(|(other, _)| other).collect();
        if alike.len() >= SERIES { Vec::new() } else { alike.into_iter().map(|other| (at, other)).collect() }
    };
    (0..rows.len()).into_par_iter().filter(|&at| !rows[at].compared).flat_map_iter(pairs).collect()
}

/// Groups of rows that are copies of each other; each is named by the row that comes first.
struct Groups {
    /// The parent of each row; a row that is its own parent is the first of its group.
    on: Vec<usize>,
}

impl Groups {
    /// As they are stored.
    fn new(rows: &[LookRow]) -> Self {
        let mut groups = Self { on: (0..rows.len()).collect() };
        let mut first_of: HashMap<&str, usize> = HashMap::new();
        for (at, row) in rows.iter().enumerate() {
            let first = *first_of.entry(&row.first_copy).or_insert(at);
            groups.join(first, at);
        }
        groups
    }

    fn first(&self, mut at: usize) -> usize {
        while self.on[at] != at {
            at = self.on[at];
        }
        at
    }

    fn join(&mut self, one: usize, other: usize) {
        let (one, other) = (self.first(one), self.first(other));
        self.on[one.max(other)] = one.min(other);
    }

    fn changes(&self, rows: &[LookRow]) -> Changes {
        let mut changes = Changes::default();
        let mut pooled: HashMap<usize, SampleId> = HashMap::new();
        for (at, row) in rows.iter().enumerate() {
            let first = self.first(at);
            // A group keeps the name under which its first sample was drawn.
            if rows[first].first_copy != row.first_copy {
                changes.joined.push((row.id, rows[first].first_copy.clone()));
            }
            if !row.audit {
                pooled.entry(first).or_insert(row.id);
            }
        }
        let audited = rows.iter().enumerate().filter(|(_, row)| row.audit);
        changes.left = audited.filter_map(|(at, row)| Some((row.id, *pooled.get(&self.first(at))?))).collect();
        changes
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::EncoderId;
    use crate::math::Matrix;

    fn row(id: i64, look: u64, audit: bool) -> LookRow {
        LookRow {
            id: SampleId(id),
            hash: format!("h{id}"),
            pixels: Some(format!("p{id}")),
            look: Some(look as i64),
            first_copy: format!("h{id}"),
            audit,
            compared: false,
        }
    }

    /// A pool of rows whose embeddings are given as angles about the mean.
    fn pool(angles: &[f32]) -> EncodedPool {
        let ids = (0..angles.len() as i64).map(SampleId).collect();
        let data = angles.iter().flat_map(|a| [a.cos(), a.sin()]).collect();
        let mut pool = EncodedPool::new(EncoderId(1), ids, Matrix::new(angles.len(), 2, data));
        pool.with_statistics();
        pool
    }

    #[test]
    fn an_audit_sample_leaves_when_a_copy_of_it_is_in_the_pool() {
        let spread = [0.0, 0.01, 1.5, 3.0, 4.5, 4.51];
        // 0 and 1 look alike and have the same embedding; 2 looks like them and has another; 4 and 5 only share the embedding.
        let looks = [0b1, 0b11, 0b111, u64::MAX, 0xff00, 0xff_0000_0000];
        let rows: Vec<_> = (0..6).map(|i| row(i, looks[i as usize], i == 1 || i == 2 || i == 5)).collect();
        let found = changes(&rows, &pool(&spread));
        assert_eq!(found.joined, [(SampleId(1), "h0".to_owned())]);
        assert_eq!(found.left, [(SampleId(1), SampleId(0))]);
    }

    #[test]
    fn copies_on_the_same_side_of_the_draw_stay_there() {
        let rows: Vec<_> = (0..4).map(|i| row(i, u64::from(i == 1), i < 2)).collect();
        let found = changes(&rows[..], &pool(&[0.0, 0.01, 2.0, 4.0]));
        assert_eq!((found.joined.len(), found.left.len()), (1, 0));
    }

    #[test]
    fn equal_pixels_are_copies_whatever_the_embedding_says_and_chains_are_one_group() {
        let mut rows: Vec<_> = (0..4).map(|i| row(i, u64::MAX << (16 * i), i == 3)).collect();
        rows[3].pixels = rows[1].pixels.clone();
        rows[1].first_copy = "h0".to_owned();
        let found = changes(&rows, &pool(&[0.0, 1.5, 3.0, 4.5]));
        assert_eq!(found.joined, [(SampleId(3), "h0".to_owned())]);
        assert_eq!(found.left, [(SampleId(3), SampleId(0))]);
    }

    #[test]
    fn a_series_from_a_fixed_camera_is_no_group_of_copies() {
        let n = 20;
        let rows: Vec<_> = (0..n).map(|i| row(i, 0, i % 3 == 0)).collect();
        let mut angles = vec![0.0; n as usize];
        angles[0] = 3.0;
        assert_eq!(changes(&rows, &pool(&angles)), Changes::default());
    }

    #[test]
    fn what_was_compared_before_is_not_compared_again() {
        let rows: Vec<_> = (0..3).map(|i| LookRow { compared: true, ..row(i, 0, i == 1) }).collect();
        assert_eq!(changes(&rows, &pool(&[0.0, 0.0, 3.0])), Changes::default());
    }
}
