//! Light heads on frozen embeddings: features, solver, committee, and the ONNX graph of a round.
//!
//! **Invariant:** no HTTP, no SQL, no files, no clocks: slices and a seed in, numbers out.

pub mod committee;
pub mod graph;

pub use committee::{Committee, Head, Votes};
