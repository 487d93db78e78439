//! Matrices, products, top-k and seeded randomness.
//!
//! **Invariant:** knows no domain words, no HTTP, no SQL, no files, no clocks: slices and a seed in, numbers out.

pub mod matrix;
pub mod random;

pub use matrix::Matrix;
