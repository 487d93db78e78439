//! What a strategy may know, and what it answers.

use rayon::prelude::*;

use crate::learn::{Committee, Head, Link, Targets, Votes};
use crate::math::{Matrix, distance, topk};

/// Samples whose votes are held at once while a whole pool is judged.
const BLOCK: usize = 16_384;

/// A committee's votes could not be computed.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("the committee could not judge the pool: {0}")]
pub struct OpinionError(pub String);

/// What a committee believes about the samples of a pool.
pub trait Opinion: Sync {
    /// The votes on the samples at these positions, in this order.
    ///
    /// # Errors
    /// When computing them fails.
    fn votes(&self, at: &[usize]) -> Result<Votes, OpinionError>;

    /// A head behind the votes, for rules that look at samples which are not in the pool. `None` when only votes
    /// are known.
    fn head(&self) -> Option<&Head> {
        None
    }
}

/// A committee looking at a pool's raw embeddings (N × D).
#[derive(Debug, Clone, Copy)]
pub struct Judged<'a> {
    pub committee: &'a Committee,
    pub rows: &'a Matrix,
}

impl Opinion for Judged<'_> {
    fn votes(&self, at: &[usize]) -> Result<Votes, OpinionError> {
        Ok(self.committee.votes(&self.rows.gather(at)))
    }

    fn head(&self) -> Option<&Head> {
        self.committee.heads.first()
    }
}

/// Votes on the whole pool, given from outside.
impl Opinion for Votes {
    fn votes(&self, at: &[usize]) -> Result<Votes, OpinionError> {
        let probabilities = at.iter().flat_map(|&i| self.of(i).iter().copied()).collect();
        Ok(Self { n: at.len(), members: self.members, classes: self.classes, probabilities })
    }
}

/// The state in which questions are chosen.
#[derive(Clone, Copy)]
pub struct Pool<'a> {
    /// N × D raw embeddings.
    pub rows: &'a Matrix,
    /// N stable ids, which break ties.
    pub ids: &'a [u64],
    /// Positions that may be asked, without repeats.
    pub open: &'a [usize],
    /// Positions with a label, and their classes.
    pub labeled: &'a [usize],
    pub targets: Targets<'a>,
    /// Positions handed out and not answered yet: covered, but of unknown class.
    pub pending: &'a [usize],
    pub n_classes: usize,
    /// `None` while there is no model.
    pub opinion: Option<&'a dyn Opinion>,
    /// The margin scores of `open`, if already computed, which saves a pass over the whole pool.
    pub margins: Option<&'a [f32]>,
    /// The first places of a row that are axes; see [`Standardiser::axes`](crate::learn::Standardiser).
    pub axes: usize,
    pub seed: u64,
}

/// One choice: a position in the pool, and the score it was chosen by.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Pick {
    pub index: usize,
    pub score: f32,
}

impl Pool<'_> {
    /// Labeled and pending positions, in the order of their ids: nothing near them needs to be asked again.
    pub fn covered(&self) -> Vec<usize> {
        let mut covered = [self.labeled, self.pending].concat();
        covered.sort_unstable_by_key(|&i| self.ids[i]);
        covered
    }

    /// The rows at these positions, divided by their L2 norms.
    pub fn unit(&self, at: &[usize]) -> Matrix {
        distance::normalised(&self.rows.gather(at))
    }

    /// How the committee's probabilities are computed.
    pub const fn link(&self) -> Link {
        self.targets.link()
    }

    /// Labels per class.
    pub fn counts(&self) -> Vec<usize> {
        self.targets.counts(self.n_classes)
    }

    /// The up to `take` of the positions `at` with the highest of their `scores`, best first; ties by the seeded hash.
    pub fn highest(&self, at: &[usize], scores: &[f32], take: usize) -> Vec<Pick> {
        let ids: Vec<u64> = at.iter().map(|&i| self.ids[i]).collect();
        let order = topk::top_k(scores, None, &ids, take, self.seed);
        order.into_iter().map(|place| Pick { index: at[place], score: scores[place] }).collect()
    }

    /// One number per sample at `at`, from its votes (M × K) and K numbers of scratch space. Of sets of classes, the mean of that
    /// number over the questions whether the sample has each class, so K is 2 there. Streams over blocks, so the votes of a pool
    /// of any size are never held at once.
    ///
    /// # Errors
    /// When there is no opinion, or it fails.
    pub fn judge(
        &self,
        at: &[usize],
        rule: impl Fn(&[f32], &mut [f32]) -> f32 + Sync,
    ) -> Result<Vec<f32>, OpinionError> {
        let mut scores = Vec::with_capacity(at.len());
        for block in at.chunks(BLOCK) {
            let votes = self.votes(block)?;
            let (link, k) = (self.link(), votes.classes);
            let scratch = || (vec![0.0; link.width(k)], Vec::new());
            let judge = |(scratch, buffer): &mut (Vec<f32>, Vec<f32>), votes: &[f32]| {
                let (mut total, mut questions) = (0.0, 0);
                link.questions(votes, k, buffer, |votes| {
                    total += rule(votes, scratch);
                    questions += 1;
                });
                total / questions.max(1) as f32
            };
            let each = votes.probabilities.par_chunks_exact((votes.members * k).max(1)).with_min_len(512);
            scores.par_extend(each.map_init(scratch, judge));
        }
        Ok(scores)
    }

    /// The votes on these positions.
    ///
    /// # Errors
    /// As [`Pool::judge`].
    pub fn votes(&self, at: &[usize]) -> Result<Votes, OpinionError> {
        match self.opinion {
            Some(opinion) => opinion.votes(at),
            None => Err(OpinionError("there is no model yet".to_owned())),
        }
    }

    /// The mean of the members' probabilities at these positions: n × K, row-major.
    ///
    /// # Errors
    /// As [`Pool::judge`].
    pub fn mean(&self, at: &[usize]) -> Result<Vec<f32>, OpinionError> {
        let mut mean = Vec::with_capacity(at.len() * self.n_classes);
        for block in at.chunks(BLOCK) {
            mean.extend(self.votes(block)?.mean());
        }
        Ok(mean)
    }
}
