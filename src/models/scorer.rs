//! The committee at work: embeddings in, the members' probabilities out.

use rayon::prelude::*;

use crate::learn::Votes;
use crate::math::Matrix;
use crate::onnx::{Dim, Model};
use crate::runtime::sessions::Sessions;
use crate::runtime::{EncodeError, ProviderReport, Runtime};

/// Rows scored at once: large enough for the matrix product, small enough to stay in cache.
const BLOCK: usize = 1024;

/// An open committee. Shared by threads: each takes a session of its own.
pub struct Scorer {
    sessions: Sessions,
    dim: usize,
    members: usize,
    classes: usize,
}

impl Scorer {
    /// Open the bytes of `committee.onnx` on the CPU.
    ///
    /// # Errors
    /// When the bytes are not a committee, or ONNX Runtime refuses them.
    pub fn from_bytes(runtime: &Runtime, committee: &[u8]) -> Result<Self, EncodeError> {
        let model = Model::read(bytes::Bytes::copy_from_slice(committee))?;
        let input = model.inputs().first().and_then(|input| input.dims());
        let votes =
            model.outputs().iter().find(|output| output.name() == "votes").and_then(crate::onnx::ValueInfo::dims);
        let (Some([_, Dim::Fixed(dim)]), Some([_, Dim::Fixed(members), Dim::Fixed(classes)])) =
            (input.as_deref(), votes.as_deref())
        else {
            return Err(EncodeError::Spec("this file is not a committee; train a round again".to_owned()));
        };
        let sessions = Sessions::open(&runtime.on_cpu(), committee, runtime.threads())?;
        Ok(Self { sessions, dim: *dim, members: *members, classes: *classes })
    }

    /// D, M and K.
    pub fn shape(&self) -> (usize, usize, usize) {
        (self.dim, self.members, self.classes)
    }

    pub fn provider(&self) -> &ProviderReport {
        self.sessions.report()
    }

    /// Probabilities of `n` embeddings (n × D, row-major): n × M × K.
    ///
    /// # Errors
    /// When `rows` is not n × D, or ONNX Runtime fails.
    pub fn votes(&self, rows: &[f32], n: usize) -> Result<Vec<f32>, EncodeError> {
        if rows.len() != n * self.dim {
            let found = rows.len().checked_div(n).unwrap_or(0);
            return Err(EncodeError::Spec(format!(
                "embeddings of {found} numbers do not fit a committee for {}; encode the project again",
                self.dim
            )));
        }
        if n == 0 {
            return Ok(Vec::new());
        }
        Ok(self.sessions.run("embedding", &[n, self.dim], rows, "votes")?.values)
    }

    /// Probabilities of a whole pool, in blocks over the threads of the current rayon pool. The result does not depend
    /// on their number: each block is computed alone and lands in its own place.
    ///
    /// # Errors
    /// As [`Scorer::votes`].
    pub fn votes_all(&self, embeddings: &Matrix) -> Result<Votes, EncodeError> {
        self.votes_at(embeddings, &(0..embeddings.rows()).collect::<Vec<_>>())
    }

    /// [`Scorer::votes_all`] of the rows at these positions. Blocks of neighbouring rows are not copied.
    ///
    /// # Errors
    /// As [`Scorer::votes`].
    pub fn votes_at(&self, embeddings: &Matrix, at: &[usize]) -> Result<Votes, EncodeError> {
        let (width, d) = (self.members * self.classes, embeddings.cols());
        let mut probabilities = vec![0.0; at.len() * width];
        probabilities.par_chunks_mut(BLOCK * width).zip(at.par_chunks(BLOCK)).try_for_each(|(out, at)| {
            let gathered;
            let rows = if at.windows(2).all(|pair| pair[1] == pair[0] + 1) {
                &embeddings.as_slice()[at[0] * d..(at[0] + at.len()) * d]
            } else {
                gathered = embeddings.gather(at);
                gathered.as_slice()
            };
            out.copy_from_slice(&self.votes(rows, at.len())?);
            Ok::<(), EncodeError>(())
        })?;
        Ok(Votes { n: at.len(), members: self.members, classes: self.classes, probabilities })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::learn::graph::committee_model;
    use crate::learn::{Committee, Head, Link};
    use crate::math::random;
    use crate::runtime::testing::runtime;

    fn committee(members: usize, classes: usize, dim: usize) -> Committee {
        let number = |i: usize, stream: u64| (random::unit(random::hash(stream, i as u64)) - 0.5) as f32 * 4.0;
        let head = |m: usize| Head {
            weights: Matrix::new(classes, dim, (0..classes * dim).map(|i| number(i, m as u64)).collect()),
            bias: (0..classes).map(|i| number(i, 100 + m as u64)).collect(),
        };
        Committee::of_heads((0..members).map(head).collect(), Link::Softmax)
    }

    /// `softmax(W · x/‖x‖ + b)` by its definition, in f64.
    fn by_definition(head: &Head, x: &[f32]) -> Vec<f64> {
        let norm = x.iter().map(|&v| f64::from(v).powi(2)).sum::<f64>().sqrt().max(1e-12);
        let logit = |k: usize| {
            let dot: f64 = head.weights.row(k).iter().zip(x).map(|(&w, &v)| f64::from(w) * f64::from(v) / norm).sum();
            (dot + f64::from(head.bias[k])).exp()
        };
        let terms: Vec<f64> = (0..head.bias.len()).map(logit).collect();
        let total: f64 = terms.iter().sum();
        terms.into_iter().map(|term| term / total).collect()
    }

    #[test]
    fn votes_follow_the_definition_and_zero_vectors_are_safe() {
        let Some(runtime) = runtime() else { return };
        let (m, k, d, n) = (3, 4, 7, 9_000);
        let committee = committee(m, k, d);
        let mut rows: Vec<f32> = (0..n * d).map(|i| (random::unit(random::hash(9, i as u64)) - 0.3) as f32).collect();
        rows[..d].fill(0.0);
        let scorer = Scorer::from_bytes(&runtime, &committee_model(&committee).unwrap().to_bytes()).unwrap();
        assert_eq!(scorer.shape(), (d, m, k));
        let pool = Matrix::new(n, d, rows);
        let votes = scorer.votes_all(&pool).unwrap();
        let scattered: Vec<usize> = (0..n).rev().step_by(7).collect();
        let some = scorer.votes_at(&pool, &scattered).unwrap();
        assert!(scattered.iter().enumerate().all(|(place, &i)| {
            some.of(place).iter().zip(votes.of(i)).all(|(one, other)| (one - other).abs() < 1e-6)
        }));
        for i in [0, 1, 1023, 1024, n - 1] {
            for (j, head) in committee.heads.iter().enumerate() {
                for (found, expected) in votes.of(i)[j * k..].iter().zip(by_definition(head, pool.row(i))) {
                    assert!(
                        (f64::from(*found) - expected).abs() < 1e-5,
                        "sample {i}, member {j}: {found} for {expected}"
                    );
                }
            }
        }
        assert_eq!(scorer.votes(pool.row(5), 1).unwrap().len(), m * k);
        assert!(matches!(scorer.votes(&[0.0; 5], 1), Err(EncodeError::Spec(_))));
        assert_eq!(scorer.votes_all(&Matrix::zeros(0, d)).unwrap().n, 0);
    }

    #[test]
    fn a_committee_for_any_number_of_classes_says_in_its_graph_what_it_says_in_process() {
        let Some(runtime) = runtime() else { return };
        let (m, l, d, n) = (4, 5, 6, 3_000);
        let heads = committee(m, l, d).heads;
        let committee = Committee::of_heads(heads, Link::Sigmoid);
        let scorer = Scorer::from_bytes(&runtime, &committee_model(&committee).unwrap().to_bytes()).unwrap();
        assert_eq!(scorer.shape(), (d, m, l));
        let mut rows: Vec<f32> = (0..n * d).map(|i| (random::unit(random::hash(4, i as u64)) - 0.4) as f32).collect();
        rows[..d].fill(0.0);
        let pool = Matrix::new(n, d, rows);
        let (graph, process) = (scorer.votes_all(&pool).unwrap().mean(), committee.probabilities(&pool));
        let worst = graph.iter().zip(&process).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
        assert!(worst < 1e-5, "{worst}");
        // Each stands by itself: those of a sample do not add up to 1.
        assert!(process.chunks(l).any(|p| (p.iter().sum::<f32>() - 1.0).abs() > 0.5));
    }
}
