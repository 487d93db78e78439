//! Answers at the edge: as programs and forms send them and read them, and as lists and strips show them.
//!
//! **Invariant:** what a client calls `class` or `classes` is told apart here, by the project's task, and nowhere else.

use crate::domain::{Answer, Class, ClassId, ClassSet, Task};
use crate::service::ServiceError;
use crate::web::frame::error::WebError;
use crate::web::frame::language::Language;
use crate::web::frame::words;
use crate::web::pages::label::colour;

/// An answer in the fields of a request or a reply.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(in crate::web) struct Fields {
    pub class: Option<ClassId>,
    pub classes: Option<Vec<ClassId>>,
    pub skip: Option<String>,
    pub note: Option<String>,
}

impl Fields {
    /// An answer for programs; without one, and after an undo, all fields are empty.
    pub(in crate::web) fn of(task: Task, answer: Option<&Answer>) -> Self {
        let Some(answer) = answer else { return Self::default() };
        let (class, classes) = answer.classes().map_or((None, None), |classes| task.in_field(classes));
        let (skip, note) = (answer.reason().map(|reason| reason.to_string()), answer.note().map(str::to_owned));
        Self { class, classes, skip, note }
    }

    /// The answer that a client gives.
    ///
    /// # Errors
    /// If it is empty, ambiguous, or not an answer to the project's question.
    pub(in crate::web) fn read(self, task: Task) -> Result<Answer, WebError> {
        let refuse = |message: &str| {
            WebError::unprocessable("bad_answer", message).hint("Send one of `class`, `classes` and `skip`.")
        };
        let invalid = |message: String| WebError::from(ServiceError::Invalid(message));
        let set = match (self.class, self.classes, self.skip) {
            (None, None, Some(reason)) => {
                let reason = reason.parse().map_err(ServiceError::from)?;
                return Ok(Answer::Skip { reason, note: self.note });
            }
            (None, None, None) => return Err(refuse("the answer names neither classes nor a reason to skip")),
            (Some(class), None, None) if task == Task::Single => ClassSet::from(class),
            (Some(_), None, None) => {
                let message = "samples of this project have any number of classes; send `classes`, a list of them, in place of `class`";
                return Err(invalid(message.to_owned()));
            }
            (None, Some(_), None) if task == Task::Single => {
                let message = "samples of this project have exactly one class; send `class` in place of `classes`";
                return Err(invalid(message.to_owned()));
            }
            (None, Some(classes), None) => ClassSet::new(&classes)
                .map_err(|twice| invalid(format!("class {twice} is named twice; name each class once")))?,
            _ => return Err(refuse("the answer says several things at once")),
        };
        Ok(Answer::Classes(set))
    }
}

/// What an answer says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::web) struct AnswerText {
    pub text: String,
    /// CSS classes of its classes' colours; an empty one where it names none.
    pub colours: Vec<String>,
}

/// An answer in words: its classes, "none of these", or a skip with its reason.
pub(in crate::web) fn said(language: Language, classes: &[Class], answer: &Answer) -> AnswerText {
    let set = match answer {
        Answer::Classes(set) => set,
        Answer::Skip { reason, .. } => {
            return AnswerText { text: words::skipped(language, *reason), colours: vec![String::new()] };
        }
    };
    let found: Vec<_> = classes.iter().enumerate().filter(|(_, class)| set.contains(class.id)).collect();
    if found.is_empty() {
        return AnswerText { text: language.say("none-of-these").into(), colours: vec![String::new()] };
    }
    let names: Vec<&str> = found.iter().map(|(_, class)| class.name.as_str()).collect();
    AnswerText {
        text: names.join(&language.say("list-comma").to_string()),
        colours: found.iter().map(|(i, class)| colour(class.look(*i))).collect(),
    }
}

/// These classes; none of them is "none of these".
pub(in crate::web) fn named(language: Language, classes: &[Class], ids: &[ClassId]) -> AnswerText {
    said(language, classes, &Answer::Classes(ids.iter().copied().collect()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::SkipReason;

    #[test]
    fn sets_are_named_in_the_order_of_the_classes_and_the_empty_one_is_no_skip() {
        let class = |id, name: &str| Class::plain(ClassId(id), name);
        let classes = [class(7, "scratch"), class(3, "stain")];
        let english = Language::by_tag("en").unwrap();
        let set = |ids: &[i64]| -> ClassSet { ids.iter().copied().map(ClassId).collect() };
        let of = |set: &ClassSet| said(english, &classes, &Answer::Classes(set.clone()));
        assert_eq!(
            of(&set(&[3, 7])),
            AnswerText { text: "scratch, stain".to_owned(), colours: vec!["c1".into(), "c2".into()] }
        );
        assert_eq!(of(&set(&[])).text, "none of these");
        assert_eq!(of(&set(&[3])).colours, ["c2"]);
        let skip = Answer::Skip { reason: SkipReason::Unsure, note: None };
        assert!(said(english, &classes, &skip).text.starts_with("skipped: "));
    }

    #[test]
    fn clients_name_one_class_or_a_list_as_the_task_asks_and_read_it_back_so() {
        let class = || Fields { class: Some(ClassId(3)), ..Fields::default() };
        let list =
            |ids: &[i64]| Fields { classes: Some(ids.iter().copied().map(ClassId).collect()), ..Fields::default() };
        for (task, fields) in [(Task::Single, class()), (Task::Multi, list(&[3])), (Task::Multi, list(&[]))] {
            let answer = fields.clone().read(task).unwrap();
            assert_eq!(Fields::of(task, Some(&answer)), fields);
        }
        let skip = Fields { skip: Some("bad data".to_owned()), note: Some("torn".to_owned()), ..Fields::default() };
        for task in Task::ALL {
            assert_eq!(Fields::of(task, Some(&skip.clone().read(task).unwrap())), skip);
            let said = Fields { skip: Some("bad mood".to_owned()), ..Fields::default() }.read(task);
            assert!(said.is_err() && Fields::default().read(task).is_err());
            assert!(Fields { skip: Some("other".to_owned()), ..class() }.read(task).is_err());
        }
        assert!(class().read(Task::Multi).is_err() && list(&[3]).read(Task::Single).is_err());
        assert!(list(&[3, 4, 3]).read(Task::Multi).is_err());
    }
}
