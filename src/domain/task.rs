//! Tasks: what an answer must name, and all that follows from it.
//!
//! **Invariant:** an answer is a set of classes in every project; a task decides which sets are answers. Nothing but
//! this file and the two edges that it serves, files and the HTTP API, tells one class from a set of one.

use super::word::words;
use super::{ClassId, ClassSet};

/// How many classes an answer names.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize, clap::ValueEnum, utoipa::ToSchema,
)]
#[serde(rename_all = "lowercase")]
pub enum Task {
    /// Exactly one class.
    Single,
    /// Any number of classes.
    Multi,
}

words!(Task, "task", { Single = "single", Multi = "multi" });

/// These classes are not an answer to the project's question.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{0} classes are named, and a sample of this project has one")]
pub struct NotOne(pub usize);

/// A class's name would be read as several.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "class name `{0}` holds `{SEPARATOR}`, which stands between the classes of a sample in files; choose another name"
)]
pub struct HoldsSeparator(pub String);

/// Separates the classes of a sample in one cell of a table: `scratch|stain`. Alone it says "none of the classes"; an
/// empty cell says nothing at all.
pub const SEPARATOR: char = '|';

impl Task {
    /// Whether these classes are an answer.
    ///
    /// # Errors
    /// With how many there are.
    pub fn check(self, classes: &ClassSet) -> Result<(), NotOne> {
        self.takes(classes.ids().count())
    }

    /// Whether this number of classes is an answer.
    ///
    /// # Errors
    /// With how many there are.
    pub fn takes(self, n: usize) -> Result<(), NotOne> {
        match self {
            Self::Single if n != 1 => Err(NotOne(n)),
            Self::Single | Self::Multi => Ok(()),
        }
    }

    /// Whether a class may have this name.
    ///
    /// # Errors
    /// Where cells could not tell it from several.
    pub fn check_name(self, name: &str) -> Result<(), HoldsSeparator> {
        match self {
            Self::Multi if name.contains(SEPARATOR) => Err(HoldsSeparator(name.to_owned())),
            Self::Single | Self::Multi => Ok(()),
        }
    }

    /// What files and programs call an answer: the column of a table, the field of an object, the kind of an annotation.
    pub fn field(self) -> &'static str {
        match self {
            Self::Single => "class",
            Self::Multi => "classes",
        }
    }

    /// An answer in that field: as one class, or as all of them.
    pub fn in_field(self, classes: &ClassSet) -> (Option<ClassId>, Option<Vec<ClassId>>) {
        match self {
            Self::Single => (classes.one(), None),
            Self::Multi => (None, Some(classes.to_vec())),
        }
    }

    /// Whether a folder can hold the samples of an answer: it has one name.
    pub fn fits_folders(self) -> bool {
        self == Self::Single
    }

    /// Whether a part of a sample mostly shows what the answer says. Of several classes a part may lack one, so that crops are
    /// nothing to begin with there.
    pub fn shows_in_part(self) -> bool {
        self == Self::Single
    }

    /// The desk's control: a button per class where this is `None`; otherwise boxes to tick, and the key that says "none of
    /// these", which no class has.
    pub fn none_key(self) -> Option<char> {
        match self {
            Self::Single => None,
            Self::Multi => Some('n'),
        }
    }

    /// The cell of an answer.
    pub fn cell<S: AsRef<str>>(self, names: &[S]) -> String {
        match self {
            Self::Single => names.first().map(|name| name.as_ref().to_owned()).unwrap_or_default(),
            Self::Multi => join(names),
        }
    }

    /// The names in a cell, without the blanks around them.
    pub fn names(self, cell: &str) -> Vec<String> {
        match self {
            Self::Single => vec![cell.trim().to_owned()],
            Self::Multi => {
                cell.split(SEPARATOR).map(str::trim).filter(|name| !name.is_empty()).map(str::to_owned).collect()
            }
        }
    }
}

/// The cell of any number of classes.
pub fn join<S: AsRef<str>>(names: &[S]) -> String {
    if names.is_empty() {
        return SEPARATOR.to_string();
    }
    names.iter().map(AsRef::as_ref).collect::<Vec<_>>().join("|")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_single_answer_is_exactly_one_class_and_any_set_is_a_multi_one() {
        let set = |ids: &[i64]| -> ClassSet { ids.iter().copied().map(ClassId).collect() };
        for (ids, single) in [(&[][..], Err(NotOne(0))), (&[7], Ok(())), (&[3, 7], Err(NotOne(2)))] {
            assert_eq!(Task::Single.check(&set(ids)), single);
            assert_eq!(Task::Multi.check(&set(ids)), Ok(()));
        }
        assert_eq!(Task::Single.in_field(&set(&[7])), (Some(ClassId(7)), None));
        assert_eq!(Task::Multi.in_field(&set(&[7])), (None, Some(vec![ClassId(7)])));
    }

    #[test]
    fn sets_come_back_from_their_cell_and_none_is_not_nothing() {
        for set in [vec![], vec!["a"], vec!["a b", "ü", "c"]] {
            let cell = Task::Multi.cell(&set);
            assert!(!cell.is_empty());
            assert_eq!(Task::Multi.names(&cell), set);
        }
        assert_eq!(Task::Multi.names(" a | b|"), ["a", "b"]);
        assert_eq!(Task::Single.names(" a | b"), ["a | b"]);
        assert!(Task::Single.check_name("a|b").is_ok() && Task::Multi.check_name("a|b").is_err());
    }
}
