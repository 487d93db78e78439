//! Experiments with strategies: on arrays, on datasets, on a project's own labels.

pub mod diagnosis;
pub mod replay;
pub mod select;
pub mod simulate;
pub mod synthetic;
