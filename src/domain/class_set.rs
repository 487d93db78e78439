//! Sets of classes: what an answer names.
//!
//! **Invariant:** a set's text is its ids in ascending order, each once, one space between; equal sets have equal texts.

use std::fmt::Write as _;

use super::ClassId;

/// The classes that a sample has; empty: none of the project's classes. Stored as text, since one answer is one value.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, sqlx::Type, serde::Serialize, serde::Deserialize)]
#[sqlx(transparent)]
#[serde(transparent)]
pub struct ClassSet(String);

impl ClassSet {
    /// The set of these classes; their order does not matter.
    ///
    /// # Errors
    /// The class that is named twice: a client that repeats one has probably meant something else.
    pub fn new(ids: &[ClassId]) -> Result<Self, ClassId> {
        let mut sorted = ids.to_vec();
        sorted.sort_unstable();
        if let Some(pair) = sorted.windows(2).find(|pair| pair[0] == pair[1]) {
            return Err(pair[0]);
        }
        Ok(sorted.into_iter().collect())
    }

    /// Its classes, ascending.
    pub fn ids(&self) -> impl Iterator<Item = ClassId> + '_ {
        self.0.split_ascii_whitespace().filter_map(|id| id.parse().ok())
    }

    pub fn to_vec(&self) -> Vec<ClassId> {
        self.ids().collect()
    }

    /// Its class, where it is exactly one.
    pub fn one(&self) -> Option<ClassId> {
        // No blank: a text with one names several classes, and does not parse as a number.
        self.0.parse().ok()
    }

    pub fn contains(&self, class: ClassId) -> bool {
        self.ids().any(|id| id == class)
    }

    /// Whether it is the answer "none of these".
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl FromIterator<ClassId> for ClassSet {
    fn from_iter<I: IntoIterator<Item = ClassId>>(ids: I) -> Self {
        let mut ids: Vec<ClassId> = ids.into_iter().collect();
        ids.sort_unstable();
        ids.dedup();
        let mut text = String::new();
        for id in ids {
            let gap = if text.is_empty() { "" } else { " " };
            // Writing to a string cannot fail.
            let _ = write!(text, "{gap}{id}");
        }
        Self(text)
    }
}

impl From<ClassId> for ClassSet {
    fn from(class: ClassId) -> Self {
        Self(class.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(ids: &[i64]) -> Result<ClassSet, ClassId> {
        ClassSet::new(&ids.iter().copied().map(ClassId).collect::<Vec<_>>())
    }

    #[test]
    fn equal_sets_are_equal_whatever_their_order() {
        assert_eq!(set(&[10, 2, 7]), set(&[7, 10, 2]));
        assert_eq!(set(&[10, 2, 7]).unwrap(), ClassSet("2 7 10".to_owned()));
        assert_eq!(set(&[10, 2, 7]).unwrap().to_vec(), [2, 7, 10].map(ClassId));
    }

    #[test]
    fn the_empty_set_is_a_set_and_a_repeat_is_refused() {
        assert!(set(&[]).unwrap().is_empty() && set(&[]).unwrap().to_vec().is_empty());
        assert_eq!(set(&[3, 4, 3]), Err(ClassId(3)));
        assert_eq!(set(&[12]).unwrap(), ClassSet::from(ClassId(12)));
        assert_eq!([&[][..], &[12], &[1, 2]].map(|ids| set(ids).unwrap().one()), [None, Some(ClassId(12)), None]);
        assert!(set(&[12]).unwrap().contains(ClassId(12)) && !set(&[12]).unwrap().contains(ClassId(1)));
    }
}
