//! Training: rounds, their inputs, and their quality.

pub mod augmenting;
pub mod doubted;
pub mod doubts;
pub(in crate::service) mod held_out;
pub mod pool;
pub mod predictions;
pub mod shelf;
pub mod taking_out;
pub mod training;
