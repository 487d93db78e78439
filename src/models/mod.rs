//! Models at work: the committee that scores the pool, and deployable models, encoder and committee in one file, made
//! here and opened as their users will open them.

pub mod deploy;
pub mod deployed;
pub mod form;
pub mod intake;
pub mod scorer;

pub use deployed::Deployed;
pub use form::{FileForm, Input, Precision};
pub use intake::Intake;
pub use scorer::Scorer;
