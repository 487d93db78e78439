//! The use cases: labeling, training, queueing, importing, exporting, accounts.
//!
//! **Invariant:** no HTTP and no SQL text. A use case checks its rules, computes off the async threads, and writes through
//! one method of the store.

mod app;
pub mod archive;
pub mod background;
pub mod classes;
pub mod demo;
pub mod desk;
pub mod encoders;
pub mod exchange;
pub mod experiments;
pub mod insight;
pub mod live;
pub mod map;
pub mod models;
pub mod people;
pub mod projects;
pub mod rounds;
pub mod upkeep;
pub mod webhooks;

pub use app::App;

use self::encoders::adding::EncodersError;
use self::people::accounts::AccountError;
use self::webhooks::BadWebhook;
use crate::causes;
use crate::cpu::CutShort;
use crate::dataset::BadCorrection;
use crate::dataset::export::ExportError;
use crate::domain::Fault;
use crate::domain::asking::BadAsking;
use crate::domain::class::ClassNameError;
use crate::domain::goal::BadGoal;
use crate::domain::project::BadSlug;
use crate::domain::task::{HoldsSeparator, NotOne};
use crate::domain::word::UnknownWord;
use crate::learn::LearnError;
use crate::learn::cures::BadCure;
use crate::learn::graph::GraphError;
use crate::learn::restore::NoCommittee;
use crate::modality::NoMedium;
use crate::modality::image::PictureError;
use crate::modality::image::augment::UnknownAugmentation;
use crate::modality::table::generate::RowGeneratorError;
use crate::onnx::OnnxError;
use crate::query::{OpinionError, UnknownStrategy};
use crate::runtime::EncodeError;
use crate::store::StoreError;
use crate::store::embeddings::EmbeddingError;
use crate::store::labeling::Refused;

/// Why a use case refused or failed.
#[derive(Debug, thiserror::Error)]
pub enum ServiceError {
    /// It does not exist, or not for this person.
    #[error("{what} `{name}` was not found")]
    NotFound { what: &'static str, name: String },
    /// What was given breaks a rule; the message says which and what to do.
    #[error("{0}")]
    Invalid(String),
    /// It conflicts with existing data.
    #[error("{0}")]
    Conflict(String),
    /// It is being made, and takes longer than a request should.
    #[error("{0}")]
    Busy(String),
    #[error(transparent)]
    Refused(#[from] Refused),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    CutShort(#[from] CutShort),
    #[error("a file in the data folder could not be used")]
    Io(#[from] std::io::Error),
    #[error(transparent)]
    Embeddings(#[from] EmbeddingError),
    #[error(transparent)]
    Encode(#[from] EncodeError),
    #[error(transparent)]
    Onnx(#[from] OnnxError),
    #[error(transparent)]
    Graph(#[from] GraphError),
    #[error(transparent)]
    Committee(#[from] NoCommittee),
    #[error(transparent)]
    Learn(#[from] LearnError),
    #[error(transparent)]
    Opinion(#[from] OpinionError),
    #[error(transparent)]
    Picture(#[from] PictureError),
    #[error(transparent)]
    Account(Box<AccountError>),
    #[error(transparent)]
    Export(ExportError),
}

impl ServiceError {
    #[expect(clippy::needless_pass_by_value, reason = "callers hand over ids and texts alike")]
    pub fn not_found(what: &'static str, name: impl ToString) -> Self {
        Self::NotFound { what, name: name.to_string() }
    }

    /// The kind of the underlying failure; also [`Fault::Internal`] if the request was invalid.
    pub fn fault(&self) -> Fault {
        match self {
            Self::Store(error) => error.fault(),
            Self::Io(error)
            | Self::Embeddings(EmbeddingError::File { source: error, .. })
            | Self::Export(ExportError::Io(error)) => Fault::of_io(error),
            _ => Fault::Internal,
        }
    }

    /// Whether retrying cannot help: the request is wrong, or conflicts with what exists.
    pub fn is_final(&self) -> bool {
        match self {
            Self::NotFound { .. } | Self::Invalid(_) | Self::Conflict(_) | Self::Refused(_) | Self::Account(_) => true,
            Self::Encode(error) => error.is_final(),
            Self::Busy(_)
            | Self::Store(_)
            | Self::CutShort(_)
            | Self::Io(_)
            | Self::Embeddings(_)
            | Self::Onnx(_)
            | Self::Graph(_)
            | Self::Committee(_)
            | Self::Learn(_)
            | Self::Opinion(_)
            | Self::Picture(_)
            | Self::Export(_) => false,
        }
    }
}

impl From<AccountError> for ServiceError {
    fn from(error: AccountError) -> Self {
        match error {
            AccountError::Store(error) => Self::Store(error),
            error => Self::Account(Box::new(error)),
        }
    }
}

impl From<ExportError> for ServiceError {
    fn from(error: ExportError) -> Self {
        match error {
            ExportError::Io(error) => Self::Io(error),
            // Only a backup brings it back.
            ExportError::Missing { .. } => Self::Invalid(causes::line(&error)),
            error => Self::Export(error),
        }
    }
}

/// Refusals of the encoders' use cases, as errors of the use cases built on them.
impl From<EncodersError> for ServiceError {
    fn from(error: EncodersError) -> Self {
        match error {
            EncodersError::Store(error) => Self::Store(error),
            EncodersError::CutShort(error) => Self::CutShort(error),
            EncodersError::File(error) => Self::Io(error),
            EncodersError::Encode(error) if error.lacks_runtime() => Self::Encode(error),
            error => Self::Invalid(causes::line(&error)),
        }
    }
}

/// Invalid input: the message says which rule it breaks.
macro_rules! typed_wrong {
    ($($error:ty),+) => {
        $(impl From<$error> for ServiceError {
            fn from(error: $error) -> Self {
                Self::Invalid(error.to_string())
            }
        })+
    };
}

typed_wrong!(
    BadAsking,
    BadCorrection,
    BadCure,
    BadGoal,
    BadSlug,
    BadWebhook,
    ClassNameError,
    HoldsSeparator,
    NotOne,
    NoMedium,
    RowGeneratorError,
    UnknownAugmentation,
    UnknownStrategy,
    UnknownWord
);
