//! Encoders: what one expects and gives, read off its files; run, tried before it is trusted, or learned from the pool.

pub mod catalogue;
pub mod describe;
pub mod local;
pub mod look_alikes;
mod output;
pub mod probe;
mod processor;
mod repeat;
pub mod selftaught;

pub use local::LocalEncoder;
