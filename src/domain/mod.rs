//! The field's words as plain types, and the rules they carry.
//!
//! **Invariant:** no I/O, no clocks, no randomness.

pub mod act;
pub mod answer;
pub mod asking;
pub mod class;
pub mod class_set;
pub mod classes;
pub mod event;
pub mod facts;
pub mod fault;
pub mod goal;
pub mod id;
pub mod import;
pub mod job;
pub mod job_note;
pub mod lot;
pub mod project;
pub mod role;
pub mod scope;
pub mod search;
pub mod second_opinion;
pub mod stage;
pub mod task;
pub mod text;
pub mod time;
pub mod word;

pub use act::{ActVia, RecordedAct};
pub use answer::{AnnotationKind, Answer, Origin, SkipReason};
pub use asking::Asking;
pub use class::Class;
pub use class_set::ClassSet;
pub use classes::Classes;
pub use event::{DeliveryState, EventKind};
pub use facts::Facts;
pub use fault::Fault;
pub use goal::{Goal, StopRule};
pub use id::{
    AccountId, ActId, ClassId, DecisionId, DeliveryId, EncoderId, EntryId, ImportId, JobId, ProjectId, RoundId,
    SampleId, SnapshotId, WebhookId,
};
pub use job::{JobKind, JobStatus, Lane};
pub use job_note::{EncodedNote, ImportedNote, JobNote};
pub use lot::Lots;
pub use project::{Modality, Project, RetrainRule};
pub use role::Role;
pub use scope::TokenScope;
pub use search::SearchTerms;
pub use second_opinion::{LabelRule, Reliability, SecondCause, SecondOpinions};
pub use stage::Stage;
pub use task::Task;
pub use time::Timestamp;
