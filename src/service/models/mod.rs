//! Models for use outside Querist: deployable models and their students.

pub mod deploying;
pub mod distilling;
pub mod model;
pub mod predict;
