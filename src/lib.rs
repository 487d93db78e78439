//! Querist: the model asks, the expert answers, every answer makes the next question better.
//!
//! The direction of imports, checked by `tests/it/layers.rs`:
//!
//! ```text
//! main ─> cli ─> web, jobs ─> service ─> store, encoders, learn, query, evaluate, dataset, hub
//! encoders ─> models ─> runtime ─> modality, learn ─> onnx, math, domain
//! dataset ─> modality
//! ```
//!
//! `ARCHITECTURE.md` walks through one label, one import and one round.

pub mod blobs;
pub mod causes;
pub mod cli;
pub mod clock;
pub mod config;
pub mod cpu;
pub mod data;
pub mod dataset;
pub mod domain;
pub mod encoders;
pub mod evaluate;
pub mod hub;
pub mod jobs;
pub mod learn;
pub mod math;
pub mod meter;
pub mod modality;
pub mod models;
pub mod onnx;
pub mod post;
pub mod progress;
pub mod query;
pub mod runtime;
pub mod service;
pub mod store;
#[cfg(test)]
mod testing;
pub mod web;
