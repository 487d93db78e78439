//! What strategies would have bought: on arrays, on data sets, on a project's own labels.

pub mod replay;
pub mod select;
pub mod simulate;
