//! What the share of right predictions is called.

use crate::domain::Task;
use crate::learn::Link;

/// What a share of right predictions measures.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Measure {
    /// The share of samples whose class was predicted.
    #[default]
    Accuracy,
    /// The share of samples whose whole set of classes was predicted.
    ExactMatch,
}

impl Measure {
    /// As programs spell it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Accuracy => "accuracy",
            Self::ExactMatch => "exact-match",
        }
    }

    /// As people say it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Accuracy => "accuracy",
            Self::ExactMatch => "exact match",
        }
    }

    /// What two models agree on where they predict alike.
    pub const fn prediction(self) -> &'static str {
        match self {
            Self::Accuracy => "class",
            Self::ExactMatch => "set",
        }
    }

    /// A figure that says more than the measure itself only where samples have any number of classes.
    pub fn of_sets<T>(self, figure: T) -> Option<T> {
        (self == Self::ExactMatch).then_some(figure)
    }
}

impl From<Link> for Measure {
    fn from(link: Link) -> Self {
        Task::from(link).into()
    }
}

impl From<Task> for Measure {
    fn from(task: Task) -> Self {
        match task {
            Task::Single => Self::Accuracy,
            Task::Multi => Self::ExactMatch,
        }
    }
}
