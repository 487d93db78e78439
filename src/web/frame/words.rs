//! Data reported by use cases, worded in a given language.

use fluent_bundle::FluentValue;

use crate::domain::SkipReason;
use crate::evaluate::Measure;
use crate::service::desk::groups::{GroupKind, WhyNone};
use crate::service::people::accounts::{AccountError, MOST_DAYS};
use crate::web::frame::language::Language;

use crate::service::desk::labeling::{Why, WhyEmpty};
use crate::service::desk::outlook::Outlook;
use crate::service::people::secrets::{MAX_PASSWORD, MIN_PASSWORD, WeakPassword};

/// Texts choose their words by it.
impl From<Measure> for FluentValue<'_> {
    fn from(measure: Measure) -> Self {
        measure.as_str().into()
    }
}

/// Why samples are asked at present.
pub fn why(language: Language, why: &Why) -> String {
    let (id, ranked) = match why {
        Why::Random => return language.say("desk-why-random").into(),
        Why::Chosen => return language.say("desk-why-chosen").into(),
        Why::Coverage => return language.say("desk-why-coverage").into(),
        Why::Ranked { strategy, round: None } if strategy == "auto" => return language.say("desk-why-auto").into(),
        Why::Ranked { strategy, round: Some(round) } if strategy == "auto" => {
            ("desk-why-auto-round", (strategy, *round))
        }
        Why::Ranked { strategy, round: None } => {
            return language.say("desk-why-ranked").with("strategy", strategy.as_str()).into();
        }
        Why::Ranked { strategy, round: Some(round) } => ("desk-why-ranked-round", (strategy, *round)),
    };
    // As text: a round's number is a name, and names have no separators.
    language.say(id).with("strategy", ranked.0.as_str()).with("round", ranked.1.to_string()).into()
}

/// Why there is nothing to lease, and what happens next.
pub fn why_empty(language: Language, why: WhyEmpty) -> String {
    match why {
        WhyEmpty::NoSamples => language.say("desk-empty-no-samples"),
        WhyEmpty::Done { samples, skipped: 0 } => language.say("desk-empty-done").with("n", samples),
        WhyEmpty::Done { samples, skipped } if skipped == samples => {
            language.say("desk-empty-all-skipped").with("n", samples)
        }
        WhyEmpty::Done { samples, skipped } => {
            language.say("desk-empty-done-but").with("n", samples).with("skipped", skipped)
        }
        WhyEmpty::WithOthers(left) => language.say("desk-empty-with-others").with("n", left),
    }
    .into()
}

/// What a group of samples has in common; `class` is the answer that is proposed.
pub fn group(language: Language, kind: GroupKind, class: Option<&str>) -> String {
    let id = match (kind, class) {
        (_, None) => return language.say("grid-alike").into(),
        (GroupKind::Copies, Some(_)) => "grid-copies",
        (GroupKind::Confident, Some(_)) => "grid-confident",
        (GroupKind::Alike, Some(_)) => "grid-alike-mostly",
    };
    language.say(id).with("class", class.unwrap_or_default()).into()
}

/// Why there is no group to look at, and what happens next.
pub fn why_none(language: Language, why: WhyNone) -> String {
    let id = match why {
        WhyNone::NoSamples => "desk-empty-no-samples",
        WhyNone::NothingEncoded => "grid-none-encoded",
        WhyNone::NoneWaits => "grid-none-waits",
    };
    language.say(id).into()
}

/// What brings the next round.
pub fn next_round(language: Language, outlook: Outlook) -> String {
    match outlook {
        Outlook::NoRuntime => language.say("desk-no-round"),
        Outlook::NoSamples => language.say("desk-no-samples"),
        Outlook::NoAnswers => language.say("desk-first-answers"),
        Outlook::Encoding => language.say("desk-encoding"),
        Outlook::EncodingFailed => language.say("desk-encoding-failed"),
        Outlook::RoundFailed => language.say("desk-round-failed"),
        Outlook::NothingLabeled => language.say("desk-nothing-labeled"),
        Outlook::OneAnswer => language.say("desk-one-answer"),
        Outlook::First => language.say("desk-first-round"),
        Outlook::Due => language.say("desk-round-due"),
        Outlook::After(n) => language.say("desk-next-round").with("n", n),
        Outlook::FinishedUntrained => language.say("desk-finished-untrained"),
        Outlook::LastAnswers { answers, minutes } => {
            language.say("desk-last-answers").with("n", answers).with("minutes", minutes)
        }
        Outlook::Finished => language.say("desk-finished"),
    }
    .into()
}

/// A reason to skip, as its button says it.
pub fn skip_reason(language: Language, reason: SkipReason) -> String {
    let id = match reason {
        SkipReason::Unsure => "skip-unsure",
        SkipReason::BadData => "skip-bad-data",
        SkipReason::NotInList => "skip-not-in-list",
        SkipReason::Other => "skip-other",
    };
    language.say(id).into()
}

/// The answer of a sample that was skipped.
pub fn skipped(language: Language, reason: SkipReason) -> String {
    let id = match reason {
        SkipReason::Unsure => "reason-unsure",
        SkipReason::BadData => "reason-bad-data",
        SkipReason::NotInList => "reason-not-in-list",
        SkipReason::Other => "reason-other",
    };
    language.say("skipped-because").with("reason", language.say(id).to_string()).into()
}

/// An account error, as a sentence on a page.
pub fn account(language: Language, error: &AccountError) -> String {
    match error {
        AccountError::Name(name) => language.say("account-bad-name").with("name", name),
        AccountError::Taken(name) => language.say("account-name-taken").with("name", name),
        AccountError::NoAccount(name) => language.say("account-none").with("name", name),
        AccountError::NoProject(slug) => language.say("account-no-project").with("slug", slug),
        AccountError::RoleNeedsProject(role) => language
            .say("account-role-needs-project")
            .with("role", crate::web::frame::names::role(language, role.as_str())),
        AccountError::Password(WeakPassword::Short) => language.say("account-password-short").with("n", MIN_PASSWORD),
        AccountError::Password(WeakPassword::Long) => language.say("account-password-long").with("n", MAX_PASSWORD),
        AccountError::Password(WeakPassword::Name) => language.say("account-password-name"),
        AccountError::Password(WeakPassword::Common) => language.say("account-password-common"),
        AccountError::WrongPassword => language.say("account-wrong-password"),
        AccountError::TooMany(seconds) => language.say("account-too-many").with("n", (seconds + 59) / 60),
        AccountError::LinkUnknown => language.say("account-link-unknown"),
        AccountError::LinkUsed => language.say("account-link-used"),
        AccountError::LinkExpired => language.say("account-link-expired"),
        AccountError::Disabled => language.say("account-disabled"),
        AccountError::HasRole { name, role, slug } => language
            .say("account-has-role")
            .with("name", name)
            .with("role", crate::web::frame::names::role(language, role.as_str()))
            .with("project", slug),
        AccountError::Busy => language.say("account-busy"),
        AccountError::TokenDays => language.say("account-token-days").with("n", MOST_DAYS),
        AccountError::Anonymous => language.say("error-anonymous"),
        AccountError::NoToken => language.say("account-no-token"),
        AccountError::NoSession => language.say("account-no-session"),
        AccountError::Yourself => language.say("account-yourself"),
        AccountError::LastAdmin(name) => language.say("account-last-admin").with("name", name),
        AccountError::Store(_) | AccountError::Randomness(_) | AccountError::CutShort(_) => {
            language.say("error-internal")
        }
    }
    .into()
}
