//! ONNX Runtime: environment, providers, sessions, preprocessing, encoders.
//!
//! **Invariant:** the only place that names `ort`; no SQL, no HTTP.
