//! Encoders: adding, trying, learning and running them.

pub mod adding;
pub mod encoding;
pub mod hub;
pub mod trials;
