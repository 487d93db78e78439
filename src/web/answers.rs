//! An answer as lists and strips show it: in words, and in the colours of its classes.

use super::label::colour;
use super::language::Language;
use super::words;
use crate::domain::{Class, ClassId, ClassSet};

/// What an answer says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct AnswerText {
    pub text: String,
    /// CSS classes of its classes' colours; an empty one where it names none.
    pub colours: Vec<String>,
}

/// The answer of one class, of a set of them (an empty one is "none of these"), or a skip with its reason.
pub(super) fn said(
    language: Language,
    classes: &[Class],
    class: Option<ClassId>,
    set: Option<&ClassSet>,
    reason: Option<&str>,
) -> AnswerText {
    let named = |wanted: &dyn Fn(ClassId) -> bool| -> Vec<(usize, &Class)> {
        classes.iter().enumerate().filter(|(_, class)| wanted(class.id)).collect()
    };
    let found = match (class, set) {
        (Some(id), _) => named(&|class| class == id),
        (None, Some(set)) => named(&|class| set.contains(class)),
        (None, None) => Vec::new(),
    };
    let text = match (found.is_empty(), set, reason) {
        (false, ..) => {
            let names: Vec<&str> = found.iter().map(|(_, class)| class.name.as_str()).collect();
            names.join(&language.say("list-comma").to_string())
        }
        (true, Some(_), _) => language.say("none-of-these").into(),
        (true, None, Some(reason)) => words::skipped(language, reason),
        (true, None, None) => language.say("skipped").into(),
    };
    let colours = if found.is_empty() { vec![String::new()] } else { found.iter().map(|(i, _)| colour(*i)).collect() };
    AnswerText { text, colours }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sets_are_named_in_the_order_of_the_classes_and_the_empty_one_is_no_skip() {
        let class = |id, name: &str| Class { id: ClassId(id), name: name.to_owned(), retired: false };
        let classes = [class(7, "scratch"), class(3, "stain")];
        let english = Language::by_tag("en").unwrap();
        let set = |ids: &[i64]| -> ClassSet { ids.iter().copied().map(ClassId).collect() };
        let of = |set: &ClassSet| said(english, &classes, None, Some(set), None);
        assert_eq!(
            of(&set(&[3, 7])),
            AnswerText { text: "scratch, stain".to_owned(), colours: vec!["c1".into(), "c2".into()] }
        );
        assert_eq!(of(&set(&[])).text, "none of these");
        assert_eq!(said(english, &classes, Some(ClassId(3)), None, None).colours, ["c2"]);
        assert!(said(english, &classes, None, None, Some("unsure")).text.starts_with("skipped: "));
    }
}
