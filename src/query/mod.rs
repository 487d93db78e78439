//! Acquisition strategies: which samples to ask about next. [`rules`] holds them, one file each; [`choose()`] is the door to all.
//!
//! **Invariant:** pure functions of a pool, a committee's votes and a seed; ties never follow the order of rows.

pub mod choose;
pub mod coverage;
pub mod floors;
pub mod groups;
pub mod pool;
pub mod rule;
pub mod rules;
pub mod sets;
pub mod similar;

#[cfg(test)]
mod oracle;
#[cfg(test)]
mod properties;

pub use choose::{choose, queue, scores};
pub use pool::{Judged, Opinion, OpinionError, Pick, Pool};
pub use rule::{Answers, Needs, Rule, Run, Strategy, UnknownStrategy};
