//! The committee at work: embeddings in, the members' probabilities out.

use rayon::prelude::*;

use super::sessions::Sessions;
use super::{EncodeError, ProviderReport, Runtime};
use crate::learn::Votes;
use crate::math::Matrix;
use crate::onnx::{Dim, Model};

/// Rows scored at once: large enough for the matrix product, small enough to stay in cache.
const BLOCK: usize = 4096;

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
    /// When the bytes are no committee, or ONNX Runtime refuses them.
    pub fn from_bytes(runtime: &Runtime, committee: &[u8]) -> Result<Self, EncodeError> {
        let model = Model::read(bytes::Bytes::copy_from_slice(committee))?;
        let input = model.inputs().first().and_then(|input| input.dims());
        let votes = model.outputs().iter().find(|output| output.name() == "votes").and_then(|output| output.dims());
        let (Some([_, Dim::Fixed(dim)]), Some([_, Dim::Fixed(members), Dim::Fixed(classes)])) =
            (input.as_deref(), votes.as_deref())
        else {
            return Err(EncodeError::Spec("this file is no committee; train a round again".to_owned()));
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
        let width = self.members * self.classes;
        let mut probabilities = vec![0.0; embeddings.rows() * width];
        if embeddings.rows() > 0 {
            probabilities
                .par_chunks_mut(BLOCK * width)
                .zip(embeddings.as_slice().par_chunks(BLOCK * embeddings.cols()))
                .try_for_each(|(out, rows)| {
                    out.copy_from_slice(&self.votes(rows, rows.len() / embeddings.cols())?);
                    Ok::<(), EncodeError>(())
                })?;
        }
        Ok(Votes { n: embeddings.rows(), members: self.members, classes: self.classes, probabilities })
    }
}
