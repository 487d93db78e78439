//! Matrices, products, spectra, neighbours, places in the plane, top-k and seeded randomness.
//!
//! **Invariant:** knows no domain words, no HTTP, no SQL, no files, no clocks: slices and a seed in, numbers out.

pub mod cholesky;
pub mod distance;
pub mod dot;
pub mod gemm;
pub mod kmeans;
pub mod layout;
pub mod matrix;
pub mod neighbours;
pub mod normal;
pub mod polygon;
pub mod random;
pub mod softmax;
pub mod spectrum;
pub mod topk;
pub mod trust;
pub mod wide;

pub use dot::dot;
pub use matrix::Matrix;
