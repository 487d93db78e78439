//! Template filters: numbers and times as people read them.

#![expect(clippy::inline_always, reason = "askama's macro writes the attribute")]

use askama::{Result, Values};

/// A share as a percentage with as many digits as are true of it: `0.784` is `78.4 %`.
#[askama::filter_fn]
pub fn percent<T: std::borrow::Borrow<f64>>(share: T, _: &dyn Values) -> Result<String> {
    Ok(format!("{:.1} %", share.borrow() * 100.0))
}

/// A whole number with groups of three: `12345` is `12,345`.
#[askama::filter_fn]
pub fn grouped<T: std::borrow::Borrow<i64>>(number: T, _: &dyn Values) -> Result<String> {
    Ok(group(*number.borrow()))
}

/// A size in bytes with a unit: `1536` is `1.5 KB`.
#[askama::filter_fn]
pub fn bytes<T: std::borrow::Borrow<i64>>(size: T, _: &dyn Values) -> Result<String> {
    Ok(in_units(*size.borrow()))
}

/// A time as a date: `2026-11-20`.
#[askama::filter_fn]
pub fn date<T: std::borrow::Borrow<crate::domain::Timestamp>>(time: T, _: &dyn Values) -> Result<String> {
    Ok(time.borrow().rfc3339().chars().take(10).collect())
}

/// A number with groups of three.
pub fn group(number: i64) -> String {
    let digits = number.unsigned_abs().to_string();
    let mut text = if number < 0 { "-".to_owned() } else { String::new() };
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A share with where it may lie: `78.4 % (73.0 to 83.1)`, the number and its sign on one line.
pub fn interval(share: &crate::evaluate::Interval) -> String {
    format!("{:.1}\u{a0}% ({:.1} to {:.1})", share.value * 100.0, share.low * 100.0, share.high * 100.0)
}

/// A part of a whole in words: `all` or the number.
pub fn share(part: usize, whole: usize) -> String {
    if part == whole { "all".to_owned() } else { part.to_string() }
}

/// A size with a unit, in powers of 1024.
pub fn in_units(size: i64) -> String {
    let mut value = size as f64;
    for unit in ["bytes", "KB", "MB", "GB"] {
        if value.abs() < 1024.0 {
            return if unit == "bytes" { format!("{size} bytes") } else { format!("{value:.1} {unit}") };
        }
        value /= 1024.0;
    }
    format!("{value:.1} TB")
}

/// How long ago, in the coarsest unit that says something.
pub fn ago(seconds: f64) -> String {
    match seconds {
        s if s < 5.0 => "just now".to_owned(),
        s if s < 90.0 => format!("{s:.0} s ago"),
        s if s < 5_400.0 => format!("{:.0} min ago", s / 60.0),
        s if s < 129_600.0 => format!("{:.0} h ago", s / 3_600.0),
        s => format!("{:.0} days ago", s / 86_400.0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_numbers_come_in_groups_of_three() {
        let texts: Vec<_> = [0, 999, 1_000, 1_234_567, -12_345].map(group).into();
        assert_eq!(texts, ["0", "999", "1,000", "1,234,567", "-12,345"]);
    }

    #[test]
    fn sizes_and_ages_have_units() {
        assert_eq!((in_units(12).as_str(), in_units(1536).as_str()), ("12 bytes", "1.5 KB"));
        assert_eq!(
            (ago(2.0).as_str(), ago(300.0).as_str(), ago(200_000.0).as_str()),
            ("just now", "5 min ago", "2 days ago")
        );
    }
}
