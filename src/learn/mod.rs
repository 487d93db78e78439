//! Light heads on frozen embeddings: features, solver, committee, and the ONNX graph of a round.
//!
//! **Invariant:** no HTTP, no SQL, no files, no clocks: slices and a seed in, numbers out.

pub mod committee;
pub mod error;
pub mod features;
pub mod fit;
pub mod graph;
pub mod lbfgs;
pub mod objective;
pub mod restore;
pub mod rowspace;
pub mod votes;

#[cfg(test)]
mod oracle;

pub use committee::{Committee, CommitteeOptions, Head, fit_committee};
pub use error::LearnError;
pub use features::Standardiser;
pub use fit::Training;
pub use votes::Votes;
