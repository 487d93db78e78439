//! Numbers and times as people read them, in the language of the page.
//!
//! Whole numbers come in groups of three with a narrow space between them, which no language takes for a decimal mark. The
//! decimal mark is the language's own on pages, and a point in the files that are exported.

#![expect(clippy::inline_always, reason = "askama's macro writes the attribute")]

use askama::{Result, Values};

use crate::web::frame::language::Language;

/// Between groups of three digits: a narrow no-break space.
const BETWEEN_GROUPS: char = '\u{202f}';

/// A time as a date: `2026-11-20`.
#[askama::filter_fn]
pub fn date<T: std::borrow::Borrow<crate::domain::Timestamp>>(time: T, _: &dyn Values) -> Result<String> {
    Ok(time.borrow().rfc3339().chars().take(10).collect())
}

/// A number with groups of three.
pub fn group(number: i64) -> String {
    group_digits(&number.to_string())
}

/// The same for a formatted number; the part after its point stays unchanged.
pub(in crate::web) fn group_digits(number: &str) -> String {
    let (sign, rest) = number.strip_prefix('-').map_or(("", number), |rest| ("-", rest));
    let (whole, fraction) = rest.split_at(rest.find('.').unwrap_or(rest.len()));
    let mut text = sign.to_owned();
    for (i, digit) in whole.chars().enumerate() {
        if i > 0 && (whole.len() - i).is_multiple_of(3) {
            text.push(BETWEEN_GROUPS);
        }
        text.push(digit);
    }
    text + fraction
}

/// A number with `places` decimals and the decimal mark of the language: `0.784` with two is `0.78`, in German `0,78`.
pub fn decimal(language: Language, value: f64, places: usize) -> String {
    let text = group_digits(&format!("{value:.places$}"));
    match language.decimal_mark() {
        "." => text,
        mark => text.replace('.', mark),
    }
}

/// A share as a percentage, on one line with its sign: `0.784` is `78.4 %`.
pub fn percent(language: Language, share: f64) -> String {
    decimal(language, share * 100.0, 1) + "\u{a0}%"
}

/// A share with its interval: `78.4 % (73.0 to 83.1)`, the number and its sign on one line.
pub fn interval(language: Language, share: &crate::evaluate::Interval) -> String {
    let percent = |share: f64| decimal(language, share * 100.0, 1);
    let text = language.say("share-interval").with("value", percent(share.value));
    text.with("low", percent(share.low)).with("high", percent(share.high)).into()
}

/// An interval: `73.0 % to 83.1 %`.
pub fn range(language: Language, low: impl Into<String>, high: impl Into<String>) -> String {
    language.say("range").with("low", low.into()).with("high", high.into()).into()
}

/// A value with its interval: `1.7 (1.5 to 1.9)`.
pub fn between(
    language: Language,
    value: impl Into<String>,
    low: impl Into<String>,
    high: impl Into<String>,
) -> String {
    let text = language.say("value-interval").with("value", value.into());
    text.with("low", low.into()).with("high", high.into()).into()
}

/// A part of a whole: `96 of 340`.
pub fn part_of(language: Language, part: i64, whole: i64) -> String {
    language.say("part-of").with("n", part).with("all", whole).into()
}

/// A part of a whole in words: `all` or the number.
pub fn share(language: Language, part: usize, whole: usize) -> String {
    if part == whole { language.say("share-all").into() } else { group(part as i64) }
}

/// A size with a unit, in powers of 1024: `1536` is `1.5 KB`.
pub fn in_units(language: Language, size: i64) -> String {
    let mut value = size as f64;
    if value.abs() < 1024.0 {
        return language.say("size-bytes").with("n", size).into();
    }
    for id in ["size-kb", "size-mb", "size-gb"] {
        value /= 1024.0;
        if value.abs() < 1024.0 {
            return language.say(id).with("size", decimal(language, value, 1)).into();
        }
    }
    language.say("size-tb").with("size", decimal(language, value / 1024.0, 1)).into()
}

/// How long ago, in the coarsest unit that makes sense.
pub fn ago(language: Language, seconds: f64) -> String {
    let (id, n) = match seconds {
        s if s < 5.0 => return language.say("age-now").into(),
        s if s < 90.0 => ("age-seconds", s),
        s if s < 5_400.0 => ("age-minutes", s / 60.0),
        s if s < 129_600.0 => ("age-hours", s / 3_600.0),
        s => ("age-days", s / 86_400.0),
    };
    language.say(id).with("n", n.round() as i64).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn german() -> Language {
        Language::by_tag("de").unwrap()
    }

    #[test]
    fn whole_numbers_come_in_groups_of_three() {
        let texts: Vec<_> = [0, 999, 1_000, 1_234_567, -12_345].map(group).into();
        assert_eq!(texts, ["0", "999", "1\u{202f}000", "1\u{202f}234\u{202f}567", "-12\u{202f}345"]);
        assert_eq!(group_digits("12345.6789"), "12\u{202f}345.6789");
    }

    #[test]
    fn sizes_and_ages_have_units() {
        let english = Language::default();
        let sizes = [12, 1536, 1024 * 1024 * 9 / 2, 1 << 41].map(|size| in_units(english, size));
        assert_eq!(sizes, ["12 bytes", "1.5\u{a0}KB", "4.5\u{a0}MB", "2.0\u{a0}TB"]);
        let ages = [2.0, 300.0, 200_000.0].map(|seconds| ago(english, seconds));
        assert_eq!(ages, ["just now", "5\u{a0}min ago", "2 days ago"]);
    }

    #[test]
    fn numbers_speak_the_language_of_the_page() {
        let share = crate::evaluate::Interval { value: 0.784, low: 0.73, high: 0.831 };
        assert_eq!(interval(Language::default(), &share), "78.4\u{a0}% (73.0 to 83.1)");
        assert_eq!(interval(german(), &share), "78,4\u{a0}% (73,0 bis 83,1)");
        assert_eq!(decimal(german(), 1234.5, 2), "1\u{202f}234,50");
        assert_eq!(ago(german(), 300.0), "vor 5\u{a0}min");
        assert_eq!(part_of(german(), 96, 12_000), "96 von 12\u{202f}000");
        assert_eq!((super::share(german(), 3, 3), super::share(german(), 2, 3)), ("alle".into(), "2".into()));
    }
}
