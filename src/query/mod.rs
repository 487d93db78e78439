//! Acquisition strategies: which samples to ask about next. One file each; [`choose()`] is the door to all of them.
//!
//! **Invariant:** pure functions of a pool, a committee's votes and a seed; ties never follow the order of rows.

pub mod auto;
pub mod badge;
pub mod bait;
pub mod bald;
pub mod choose;
pub mod class_balanced;
pub mod cluster_margin;
pub mod consensus_entropy;
pub mod coverage;
pub mod density_weighted;
pub mod drop_query;
pub mod entropy;
pub mod epsilon_random;
pub mod error_reduction;
pub mod expected_gradient_length;
pub mod falcun;
pub mod groups;
pub mod k_center;
pub mod least_confidence;
pub mod margin;
pub mod max_disagreement;
pub mod max_herding;
pub mod multi_label;
pub mod pool;
pub mod prob_cover;
pub mod ranked_batch;
pub mod ratio;
pub mod refine;
pub mod seals;
pub mod similar;
pub mod stochastic;
pub mod strategy;
pub mod tcm;
pub mod typi_clust;
pub mod u_herding;
pub mod variance_reduction;
pub mod vote_entropy;

#[cfg(test)]
mod oracle;
#[cfg(test)]
mod properties;

pub use choose::{choose, queue, scores};
pub use pool::{Judged, Opinion, OpinionError, Pick, Pool};
pub use strategy::{Strategy, UnknownStrategy};
