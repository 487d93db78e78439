//! What every page and API route shares: who asks, errors, files, texts, and wording.

pub mod acts;
pub mod agent;
pub(in crate::web) mod answers;
pub mod assets;
pub mod chart;
pub(in crate::web) mod confirm;
pub mod efficiency;
pub mod error;
pub mod extract;
pub mod files;
pub mod filters;
pub mod findings;
pub mod going;
pub mod guide;
pub mod htmx;
pub mod language;
pub mod listening;
pub mod maps;
pub mod names;
pub mod notes;
pub mod origin;
pub mod refusals;
pub mod session;
pub mod shell;
pub mod typed;
pub mod words;
