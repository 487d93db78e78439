//! What leaves a project to be used elsewhere: deployable models and their students.

pub mod deploying;
pub mod distilling;
pub mod model;
pub mod predict;
