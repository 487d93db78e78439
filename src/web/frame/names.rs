//! Names that are stored or that programs use, as pages say them: causes, states, kinds of work, strategies, roles.
//!
//! A name without a text, for example one stored by a later version, is shown as it is.

use crate::dataset::export::Format;
use crate::domain::{LabelRule, Modality};
use crate::modality::image::augment::Augmentation;
use crate::query::Strategy;
use crate::web::frame::language::Language;

/// The text whose id is a family's and a name's: `pool grew` is `cause-pool-grew`.
fn named(language: Language, family: &str, name: &str) -> String {
    let id = format!("{family}-{}", name.replace(' ', "-"));
    let text = language.say(&id).to_string();
    if text == id { name.to_owned() } else { text }
}

/// Why a round ran, or why the retrain rule was looked at.
pub fn cause(language: Language, cause: &str) -> String {
    named(language, "cause", cause)
}

/// The state of a job or a round.
pub fn state(language: Language, state: &str) -> String {
    named(language, "state", state)
}

/// What a job does.
pub fn work(language: Language, kind: &str) -> String {
    named(language, "work", kind)
}

/// The outcome of an import's items.
pub fn bucket(language: Language, bucket: &str) -> String {
    named(language, "bucket", bucket)
}

/// What somebody did, as the record names it.
pub fn act(language: Language, what: &str) -> String {
    named(language, "act", what)
}

/// What a webhook is told.
pub fn event(language: Language, event: &str) -> String {
    named(language, "event", &event.replace('.', " "))
}

/// What became of a message to a webhook.
pub fn delivery(language: Language, state: &str) -> String {
    named(language, "delivery", state)
}

/// What a token may do.
pub fn scope(language: Language, scope: &str) -> String {
    named(language, "scope", scope)
}

/// Why `n` samples stay when their import is taken back.
pub fn fate(language: Language, fate: &str, n: i64) -> String {
    let id = format!("{}-{fate}", "fate");
    language.say(&id).with("n", n).to_string()
}

/// What a person may do.
pub fn role(language: Language, role: &str) -> String {
    named(language, "role", role)
}

/// What samples are.
pub fn modality(language: Language, modality: Modality) -> String {
    named(language, "modality", modality.as_str())
}

/// Which of several answers is the label, as a choice.
pub fn label_rule(language: Language, rule: &str) -> String {
    named(language, "label-rule", rule)
}

/// The id of the same as a sentence.
pub fn label_rule_sentence(rule: LabelRule) -> &'static str {
    match rule {
        LabelRule::Newest => "agreement-rule-newest",
        LabelRule::Majority => "agreement-rule-majority",
        LabelRule::Weighted => "agreement-rule-weighted",
        LabelRule::Adjudicated => "agreement-rule-adjudicated",
    }
}

/// When to use a strategy.
pub fn strategy(language: Language, strategy: Strategy) -> String {
    named(language, "strategy", strategy.as_str())
}

/// What a format of exports is called, and what it holds.
pub fn format(language: Language, format: &Format) -> String {
    named(language, "format", format.name)
}

/// What a change of a picture is called.
pub fn augmentation(language: Language, kind: Augmentation) -> String {
    named(language, "change", kind.as_str())
}

/// What a change does, and where it changes the answer.
pub fn augmentation_about(language: Language, kind: Augmentation) -> String {
    named(language, "change-about", kind.as_str())
}

/// What a cure for few labels is called; an encoder's name stays.
pub fn cure(language: Language, name: &str) -> String {
    named(language, "cure", name)
}

/// What a cure does.
pub fn cure_about(language: Language, name: &str) -> String {
    named(language, "cure-about", name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strategies_and_changes_are_described_as_on_the_command_line() {
        let english = Language::default();
        for one in Strategy::all() {
            assert_eq!(strategy(english, one), one.advice);
        }
        for kind in Augmentation::ALL {
            assert_eq!(
                (augmentation(english, kind), augmentation_about(english, kind).replace('\u{a0}', " ")),
                (kind.title().into(), kind.about().into())
            );
        }
    }

    #[test]
    fn roles_causes_and_states_have_words_and_unknown_ones_stay() {
        let german = Language::by_tag("de").unwrap();
        assert_eq!(role(german, "lead"), "Leitung");
        assert_eq!(cause(german, "pool grew"), "Vorrat gewachsen");
        assert_eq!(state(german, "running"), "läuft");
        assert_eq!(work(german, "encode"), "Kodieren");
        assert_eq!(cause(german, "a full moon"), "a full moon");
    }
}
