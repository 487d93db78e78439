//! The classes of a label or a prediction as programs read them.

use super::{ClassId, ClassSet, Task};

/// One class's id; where samples have any number of classes, a list of them, which may be empty.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, utoipa::ToSchema)]
#[serde(untagged)]
pub enum Classes {
    One(ClassId),
    Any(Vec<ClassId>),
}

impl Classes {
    /// These classes as a label of this task; `None` of an empty set where a sample has exactly one class.
    pub fn new(task: Task, set: &ClassSet) -> Option<Self> {
        match task.in_field(set) {
            (_, Some(classes)) => Some(Self::Any(classes)),
            (class, None) => class.map(Self::One),
        }
    }

    pub fn ids(&self) -> &[ClassId] {
        match self {
            Self::One(class) => std::slice::from_ref(class),
            Self::Any(classes) => classes,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_class_is_a_number_and_a_set_is_a_list() {
        let set = |ids: &[i64]| ids.iter().copied().map(ClassId).collect::<ClassSet>();
        let text = |task, ids| serde_json::to_string(&Classes::new(task, &set(ids))).unwrap();
        assert_eq!((text(Task::Single, &[7]), text(Task::Single, &[])), ("7".to_owned(), "null".to_owned()));
        assert_eq!((text(Task::Multi, &[9, 7]), text(Task::Multi, &[])), ("[7,9]".to_owned(), "[]".to_owned()));
        assert_eq!(Classes::new(Task::Single, &set(&[7])).unwrap().ids(), [ClassId(7)]);
    }
}
