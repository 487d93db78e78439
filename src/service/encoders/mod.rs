//! What turns samples into numbers: added, tried, learned, put to work.

pub mod adding;
pub mod encoding;
pub mod hub;
pub mod trials;
