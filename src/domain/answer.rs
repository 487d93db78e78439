//! Answers: what is said about a sample, in one shape from the browser to the database and back.

use super::ClassSet;
use super::word::words;

/// What is said about a sample.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// It has these classes; the project's [`Task`](super::Task) says how many there may be.
    Classes(ClassSet),
    /// The person could not or would not say. Skipping is an answer, and never punished.
    Skip {
        reason: SkipReason,
        /// What the person wants to say about it.
        note: Option<String>,
    },
}

impl Answer {
    /// Its classes, where it is not a skip.
    pub fn classes(&self) -> Option<&ClassSet> {
        match self {
            Self::Classes(classes) => Some(classes),
            Self::Skip { .. } => None,
        }
    }

    /// Why it was skipped.
    pub fn reason(&self) -> Option<SkipReason> {
        match self {
            Self::Classes(_) => None,
            Self::Skip { reason, .. } => Some(*reason),
        }
    }

    /// What was said about a skip.
    pub fn note(&self) -> Option<&str> {
        match self {
            Self::Classes(_) => None,
            Self::Skip { note, .. } => note.as_deref(),
        }
    }

    pub fn kind(&self) -> AnnotationKind {
        match self {
            Self::Classes(_) => AnnotationKind::Classes,
            Self::Skip { .. } => AnnotationKind::Skip,
        }
    }

    /// Whether it is the same answer; notes do not matter.
    pub fn agrees(&self, other: &Self) -> bool {
        self.classes() == other.classes() && self.reason() == other.reason()
    }
}

impl From<ClassSet> for Answer {
    fn from(classes: ClassSet) -> Self {
        Self::Classes(classes)
    }
}

/// Why a sample may be skipped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SkipReason {
    Unsure,
    BadData,
    NotInList,
    Other,
}

words!(SkipReason, "skip reason", { Unsure = "unsure", BadData = "bad data", NotInList = "not in list", Other = "other" });

/// What an annotation is: an answer, or an earlier one taken back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AnnotationKind {
    Classes,
    Skip,
    Undo,
}

words!(AnnotationKind, "kind of annotation", { Classes = "classes", Skip = "skip", Undo = "undo" });

/// Where an annotation comes from, and with it the label that it makes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// A person, about one sample.
    Desk,
    /// A person, about many that look alike.
    Grid,
    /// A person, about the original of a copy.
    Propagated,
    /// A reviewer or lead, about what others answered or skipped.
    Review,
    /// A source of data.
    Import,
}

words!(Origin, "origin", { Desk = "desk", Grid = "grid", Propagated = "propagated", Review = "review", Import = "import" });

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::ClassId;

    #[test]
    fn answers_agree_by_what_they_say_and_not_by_their_notes() {
        let skip = |reason, note: Option<&str>| Answer::Skip { reason, note: note.map(str::to_owned) };
        let classes = |id| Answer::from(ClassSet::from(ClassId(id)));
        assert!(skip(SkipReason::Unsure, None).agrees(&skip(SkipReason::Unsure, Some("blurred"))));
        assert!(!skip(SkipReason::Unsure, None).agrees(&skip(SkipReason::Other, None)));
        assert!(classes(3).agrees(&classes(3)) && !classes(3).agrees(&classes(4)));
        assert!(!classes(3).agrees(&skip(SkipReason::Other, None)));
        assert!(
            !Answer::from(ClassSet::default()).agrees(&skip(SkipReason::Other, None)),
            "none of these is not a skip"
        );
    }
}
