//! Groups of similar samples, so that one look answers many.
//!
//! Likeness is the cosine of two L2-normalised embeddings less the pool's mean one: without that, many encoders point all
//! samples the same way.
//!
//! Costs O(W·D) for W waiting samples and a group around one sample; O(R·W·D) for copies of R labeled ones.

use rayon::prelude::*;

use crate::math::{Matrix, distance, dot};

/// Likeness from which two pictures are taken for copies of each other.
pub const COPY: f32 = 0.97;
/// Confidence from which a sample may be proposed with a class.
const SURE: f32 = 0.5;
/// How many times as many confident samples a group is chosen from.
const CHOICE: usize = 8;

/// Embeddings, and the mean of the normalised ones.
#[derive(Debug, Clone, Copy)]
pub struct Space<'a> {
    /// N × D.
    pub rows: &'a Matrix,
    /// D.
    pub mean: &'a [f32],
}

impl Space<'_> {
    /// A row as a unit vector from the mean; zeros for a row that is the mean.
    fn direction(&self, row: usize) -> Vec<f32> {
        let raw = self.rows.row(row);
        let scale = distance::inverse_norm(raw);
        let mut unit: Vec<f32> = raw.iter().zip(self.mean).map(|(x, m)| x * scale - m).collect();
        let scale = distance::inverse_norm(&unit);
        for x in &mut unit {
            *x *= scale;
        }
        unit
    }

    /// These rows as unit vectors from the mean: as many × D.
    pub fn directions(&self, of: &[usize]) -> Matrix {
        let d = self.rows.cols();
        let mut out = Matrix::zeros(of.len(), d);
        if d > 0 {
            let each = out.as_mut_slice().par_chunks_mut(d).zip(of);
            each.for_each(|(out, &row)| out.copy_from_slice(&self.direction(row)));
        }
        out
    }

    /// The first `most` of `among`, in their order, of which none is a copy of one before it. O(n·most·D) at worst.
    pub fn apart(&self, among: &[usize], most: usize) -> Vec<usize> {
        let directions = self.directions(among);
        let mut kept: Vec<usize> = Vec::new();
        for at in 0..among.len() {
            if kept.len() == most {
                break;
            }
            let own = directions.row(at);
            if !kept.par_iter().any(|&other| dot(own, directions.row(other)) >= COPY) {
                kept.push(at);
            }
        }
        kept.into_iter().map(|at| among[at]).collect()
    }

    /// How like `seed` each of `among` is, −1 to 1.
    pub fn likeness(&self, seed: usize, among: &[usize]) -> Vec<f32> {
        let seed = self.direction(seed);
        among.par_iter().map(|&row| dot(&seed, &self.direction(row))).collect()
    }

    /// The `take` of `among` most like `seed`, most similar first; ties go to the earlier one.
    pub fn nearest(&self, seed: usize, among: &[usize], take: usize) -> Vec<(usize, f32)> {
        let mut near: Vec<(usize, f32)> = among.iter().copied().zip(self.likeness(seed, among)).collect();
        near.sort_by(|a, b| b.1.total_cmp(&a.1));
        near.truncate(take);
        near
    }

    /// The sample in `known` with most copies among `waiting`, and those copies, most similar first; at least two.
    pub fn copies(&self, known: &[usize], waiting: &[usize], take: usize) -> Option<(usize, Vec<usize>)> {
        let mut best: Option<(usize, Vec<(usize, f32)>)> = None;
        for &seed in known {
            let likeness = self.likeness(seed, waiting);
            let found: Vec<(usize, f32)> =
                waiting.iter().copied().zip(likeness).filter(|(_, likeness)| *likeness >= COPY).collect();
            if found.len() >= 2 && best.as_ref().is_none_or(|(_, most)| found.len() > most.len()) {
                best = Some((seed, found));
            }
        }
        let (seed, mut found) = best?;
        found.sort_by(|a, b| b.1.total_cmp(&a.1));
        Some((seed, found.into_iter().take(take).map(|(row, _)| row).collect()))
    }

    /// A class and samples that are confidently of it and like each other: around the most confident one, the nearest of
    /// the most confident others. `opinion` says of each of `waiting` which class it is most likely of, and how likely;
    /// `wanted` asks for one class. `None` when fewer than `least` are taken for any class with even odds.
    pub fn confident(
        &self,
        waiting: &[usize],
        opinion: &[(usize, f32)],
        wanted: Option<usize>,
        least: usize,
        take: usize,
    ) -> Option<(usize, Vec<usize>)> {
        let classes = opinion.iter().map(|(class, _)| class + 1).max()?;
        let mut of: Vec<Vec<(usize, f32)>> = vec![Vec::new(); classes];
        for (&row, &(class, confidence)) in waiting.iter().zip(opinion) {
            if confidence >= SURE && wanted.is_none_or(|wanted| wanted == class) {
                of[class].push((row, confidence));
            }
        }
        let worth = |found: &[(usize, f32)]| {
            found.iter().take(take).map(|(_, confidence)| confidence).sum::<f32>() / take.max(1) as f32
        };
        for found in &mut of {
            found.sort_by(|a, b| b.1.total_cmp(&a.1));
            found.truncate(CHOICE * take);
        }
        let (class, found) = of
            .iter()
            .enumerate()
            .filter(|(_, found)| found.len() >= least)
            .reduce(|best, next| if worth(next.1) > worth(best.1) { next } else { best })?;
        let rows: Vec<usize> = found.iter().map(|(row, _)| *row).collect();
        let near = self.nearest(*rows.first()?, &rows, take);
        Some((class, near.into_iter().map(|(row, _)| row).collect()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::learn::Standardiser;
    use crate::math::random;

    /// Three clusters of ten, row i in cluster i % 3, and an exact copy of row 4 with another length at the end.
    fn pool() -> Matrix {
        let d = 8;
        let number = |seed: u64, at: usize| random::unit(random::hash(seed, at as u64)) as f32 - 0.5;
        let mut data: Vec<f32> =
            (0..30 * d).map(|at| 5.0 + 4.0 * number(1, at / d % 3 * d + at % d) + 0.6 * number(2, at)).collect();
        let copy: Vec<f32> = data[4 * d..5 * d].iter().map(|x| 2.0 * x).collect();
        data.extend(copy);
        Matrix::new(31, d, data)
    }

    #[test]
    fn the_nearest_are_of_the_same_cluster_and_a_longer_copy_is_the_same_sample() {
        let rows = pool();
        let mean = Standardiser::from_pool(&rows).unwrap().mean;
        let space = Space { rows: &rows, mean: &mean };
        let among: Vec<usize> = (0..31).filter(|&i| i != 4).collect();
        let near = space.nearest(4, &among, 9);
        assert!(near[0].0 == 30 && near[0].1 > 0.9999, "{near:?}");
        assert!(near.iter().take(9).all(|(row, _)| row % 3 == 1 || *row == 30), "{near:?}");
        assert!(near.windows(2).all(|pair| pair[0].1 >= pair[1].1));
        assert_eq!(space.nearest(4, &among, 100).len(), 30);
        assert_eq!(space.nearest(4, &[], 5), []);
    }

    #[test]
    fn copies_belong_to_the_known_sample_that_has_most_and_one_alone_is_no_group() {
        let mut rows = pool();
        for _ in 0..2 {
            let row: Vec<f32> = rows.row(7).iter().map(|x| 0.5 * x).collect();
            rows.push_rows(&row);
        }
        let mean = Standardiser::from_pool(&rows).unwrap().mean;
        let space = Space { rows: &rows, mean: &mean };
        let waiting: Vec<usize> = (30..33).collect();
        assert_eq!(space.copies(&[4, 7], &waiting, 10), Some((7, vec![31, 32])));
        assert_eq!(space.copies(&[4, 7], &waiting, 1), Some((7, vec![31])));
        assert_eq!(space.copies(&[4], &waiting, 10), None);
        assert_eq!(space.copies(&[], &waiting, 10), None);
    }

    #[test]
    fn a_confident_group_is_of_one_class_that_many_are_taken_for() {
        let rows = pool();
        let mean = Standardiser::from_pool(&rows).unwrap().mean;
        let space = Space { rows: &rows, mean: &mean };
        let waiting: Vec<usize> = (0..30).collect();
        // Class 2 is the surest; class 0 has one that is surer still, but alone.
        let opinion: Vec<(usize, f32)> = waiting
            .iter()
            .map(|&row| match (row % 3, row) {
                (0, 0) => (0, 0.99),
                (0, _) => (0, 0.4),
                (1, _) => (1, 0.6),
                _ => (2, 0.8),
            })
            .collect();
        let (class, group) = space.confident(&waiting, &opinion, None, 3, 6).unwrap();
        assert_eq!((class, group.len()), (2, 6));
        assert!(group.iter().all(|row| row % 3 == 2), "{group:?}");
        assert_eq!(space.confident(&waiting, &opinion, Some(1), 3, 6).unwrap().0, 1);
        assert_eq!(space.confident(&waiting, &opinion, Some(0), 3, 6), None);
        assert_eq!(space.confident(&[], &[], None, 3, 6), None);
    }
}
