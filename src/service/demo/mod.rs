//! A project to look at, and someone who labels it.

pub mod autopilot;
pub mod example;
