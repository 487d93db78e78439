//! Acquisition strategies: which samples to ask about next. Higher scores are asked first.
//!
//! **Invariant:** pure functions of votes or embeddings, ids and a seed; ties never follow the order of rows.

pub mod coverage;
pub mod disagreement;
pub mod rank;
pub mod strategy;
pub mod uncertainty;

#[cfg(test)]
mod oracle;

pub use rank::{rank, rank_scores, score, score_pool};
pub use strategy::{Strategy, UnknownStrategy};
