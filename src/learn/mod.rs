//! Light heads and trees on frozen embeddings: features, solver, committee, and the ONNX graph of a round.
//!
//! **Invariant:** no HTTP, no SQL, no files, no clocks: slices and a seed in, numbers out.

pub mod alo;
pub mod committee;
pub mod cures;
pub mod distill;
pub mod error;
pub mod features;
pub mod fit;
pub mod folds;
pub mod graph;
pub mod grow;
pub mod lbfgs;
pub mod lda;
pub mod link;
pub mod objective;
pub mod offset;
pub mod out_of_sample;
pub mod prototype;
pub mod restore;
pub mod rowspace;
pub mod targets;
pub mod told_apart;
pub mod training;
pub mod trees;
pub mod tune;
pub mod views;
pub mod votes;

#[cfg(test)]
mod oracle;

pub use committee::{Committee, CommitteeOptions, Fitted, Head, fit_committee};
pub use error::LearnError;
pub use features::Standardiser;
pub use grow::fit_grown;
pub use link::Link;
pub use out_of_sample::{of_others, out_of_sample};
pub use targets::{Targets, Truth};
pub use told_apart::told_apart;
pub use training::Training;
pub use tune::{Tuned, tune};
pub use votes::Votes;
