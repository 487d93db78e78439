//! Pages and their JSON twins.
//!
//! **Invariant:** the only place that names `axum`; no SQL, no mathematics.
