//! Classes: what an annotator may answer.

use super::word::words;
use super::{ClassId, text};

/// A class of a project, in the order of its keys.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow, serde::Serialize, utoipa::ToSchema)]
pub struct Class {
    pub id: ClassId,
    pub name: String,
    /// Retired classes keep their labels and take no new ones.
    pub retired: bool,
    /// One of 40 looks, from 0; absent: that of its place.
    pub colour: Option<i64>,
    /// What belongs to it, for those who label.
    pub description: String,
    /// Counts its changes.
    pub version: i64,
    /// The class that it was merged into.
    pub merged_into: Option<ClassId>,
}

/// Looks that a class may have: ten colours in four shapes.
pub const LOOKS: i64 = 40;

impl Class {
    /// A class with nothing but a name.
    pub fn plain(id: ClassId, name: &str) -> Self {
        Self {
            id,
            name: name.to_owned(),
            retired: false,
            colour: None,
            description: String::new(),
            version: 1,
            merged_into: None,
        }
    }

    /// The look of this class at `place` among the others.
    pub fn look(&self, place: usize) -> usize {
        self.colour.and_then(|colour| usize::try_from(colour).ok()).unwrap_or(place)
    }
}

/// What says the labels of a class anew.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum ActKind {
    /// All of them become another class's, and the class is retired.
    Merge,
    /// Those of some samples become another class's.
    Move,
}

words!(ActKind, "act on a class", { Merge = "merge", Move = "move" });

/// Why a class name was refused.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum ClassNameError {
    #[error("a class name is empty; give every class a name")]
    Empty,
    #[error("class name `{0}` is longer than 100 characters; shorten it")]
    TooLong(String),
    #[error("class name `{0}` holds a control character; remove it")]
    Control(String),
    #[error("class name `{0}` is given twice; names must differ")]
    Twice(String),
}

/// A class's name as it is stored and compared: composed, without invisible characters or surrounding blanks.
///
/// Every entry point for names (command line, pages, API, import) uses this.
pub fn class_name(name: &str) -> String {
    text::plain(name)
}

/// The names as they will be stored, see [`class_name`]: none empty, no duplicates.
pub fn check_class_names<S: AsRef<str>>(names: &[S]) -> Result<Vec<String>, ClassNameError> {
    let mut checked: Vec<String> = Vec::with_capacity(names.len());
    for name in names {
        let name = class_name(name.as_ref());
        if name.is_empty() {
            return Err(ClassNameError::Empty);
        }
        if name.chars().count() > 100 {
            return Err(ClassNameError::TooLong(name));
        }
        if name.chars().any(char::is_control) {
            return Err(ClassNameError::Control(name));
        }
        if checked.contains(&name) {
            return Err(ClassNameError::Twice(name));
        }
        checked.push(name);
    }
    Ok(checked)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_trimmed_and_kept_in_order() {
        assert_eq!(check_class_names(&[" cat ", "dog"]), Ok(vec!["cat".to_owned(), "dog".to_owned()]));
    }

    #[test]
    fn names_that_look_alike_are_one() {
        assert_eq!(check_class_names(&["caf\u{e9}\u{200b}"]), Ok(vec!["caf\u{e9}".to_owned()]));
        assert_eq!(
            check_class_names(&["cafe\u{301}", "caf\u{e9}"]),
            Err(ClassNameError::Twice("caf\u{e9}".to_owned()))
        );
        assert_eq!(check_class_names(&["\u{feff}\u{ad}"]), Err(ClassNameError::Empty));
    }

    #[test]
    fn empty_and_repeated_names_are_refused() {
        assert_eq!(check_class_names(&["cat", "  "]), Err(ClassNameError::Empty));
        assert_eq!(check_class_names(&["cat", "cat "]), Err(ClassNameError::Twice("cat".to_owned())));
    }
}
