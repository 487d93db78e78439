//! Honest numbers: intervals, audit estimates, learning curves, experiments on labeled data, agreement of people.
//!
//! **Invariant:** pure functions of arrays and seeds; a time, where one is measured, comes from a function passed in.

pub mod agreement;
pub mod classification;
pub mod consensus;
pub mod crowdlab;
pub mod curve;
pub mod drift;
pub mod experiment;
pub mod gains;
pub mod interval;
pub mod label_errors;
pub mod label_sets;
pub mod lure;
pub mod measure;
pub mod paired;
pub mod power_law;
pub mod powered;
pub mod quality;
pub mod random_line;
pub mod sequence;
pub mod stopping;
pub mod summary;
pub mod svg;
pub mod synthetic;
pub mod treatments;
pub mod verdict;

#[cfg(test)]
mod oracle;

pub use classification::{ClassScore, Confusion};
pub use interval::{Interval, wilson};
pub use measure::Measure;
pub use paired::Paired;
pub use power_law::PowerLaw;
pub use random_line::RandomLine;
pub use sequence::sequence;
