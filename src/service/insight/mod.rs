//! The lead's desk: what the labels bought, against what random labeling would have bought, and whether to go on.

pub mod audit;
pub mod changes;
pub mod confusion;
pub mod curve;
pub mod effort;
pub mod goal;
pub mod outside;
pub mod random_line;
pub mod stopping;

pub use self::curve::{ClassPoint, Curve, Point, curve};
