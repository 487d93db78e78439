//! The column of times: which one it is, and what its cells mean.
//!
//! Dates are read by our own few lines: what loggers write (`2026-03-01 06:00`, with or without seconds, fractions and
//! zone) is more than any one of the forms that the library `time` reads.

use super::time_series::{StampKind, Stamps};

/// What a column of times is called, in lower case.
const NAMES: [&str; 14] = [
    "time",
    "times",
    "timestamp",
    "datetime",
    "date_time",
    "date",
    "t",
    "ts",
    "step",
    "index",
    "epoch",
    "zeit",
    "时间",
    "unnamed: 0",
];
/// Names of columns that may count seconds or milliseconds since 1970.
const SINCE_1970: [&str; 5] = ["time", "timestamp", "ts", "epoch", "date"];
/// Numbers that are seconds since 1970 (2001 to 2286), and thousandths of them.
const SECONDS: std::ops::Range<f64> = 1e9..1e10;
const MILLISECONDS: std::ops::Range<f64> = 1e12..1e13;

/// The column of times: one that is called so, or a first one without a name or with dates in it (`first` is its first
/// cell).
pub(super) fn column(names: &[String], first: &str) -> Option<usize> {
    let called = names.iter().position(|name| NAMES.contains(&name.to_lowercase().as_str()));
    let nameless = names.len() > 1 && names[0].is_empty();
    called.or_else(|| (nameless || (names.len() > 1 && date(first).is_some())).then_some(0))
}

/// What the cells say, each `(line, text)`.
///
/// # Errors
/// The line of a cell that says no time, and why.
pub(super) fn read(name: &str, unit: &str, cells: &[(u64, String)]) -> Result<Stamps, (u64, String)> {
    let numbers: Option<Vec<f64>> = cells.iter().map(|(_, cell)| number(cell)).collect();
    if let Some(mut at) = numbers {
        let all_in = |range: std::ops::Range<f64>| at.iter().all(|value| range.contains(value));
        let scale = match SINCE_1970.contains(&name.to_lowercase().as_str()) {
            true if all_in(SECONDS) => Some(1.0),
            true if all_in(MILLISECONDS) => Some(1e-3),
            _ => None,
        };
        for value in &mut at {
            *value *= scale.unwrap_or(1.0);
        }
        let kind = if scale.is_some() { StampKind::Date } else { StampKind::Number };
        let unit = if scale.is_some() { String::new() } else { unit.to_owned() };
        return Ok(Stamps { name: name.to_owned(), unit, kind, at });
    }
    // The first cell says what the others should be.
    let numeric = cells.first().is_some_and(|(_, cell)| number(cell).is_some());
    let at = cells.iter().map(|(line, cell)| {
        let read = if numeric { number(cell) } else { date(cell) };
        read.ok_or_else(|| {
            let reason = if cell.is_empty() {
                "the time is missing; give every row its time, or remove the column".to_owned()
            } else {
                let cell: String = cell.chars().take(40).collect();
                format!("`{cell}` is neither a number nor a date such as `2026-03-01 06:00:00`, as other cells are")
            };
            (*line, reason)
        })
    });
    let at = at.collect::<Result<_, _>>()?;
    Ok(Stamps { name: name.to_owned(), unit: String::new(), kind: StampKind::Date, at })
}

fn number(cell: &str) -> Option<f64> {
    cell.parse().ok().filter(|value: &f64| value.is_finite())
}

/// Seconds since 1970 of a date with or without a time of day and a zone; without one it is UTC.
pub(in crate::modality) fn date(cell: &str) -> Option<f64> {
    let (day, rest) = cell.split_at_checked(10)?;
    let days = days(day)?;
    let rest = rest.strip_prefix(['T', 't', ' ']).unwrap_or(rest).trim();
    if rest.is_empty() {
        return Some(days * 86_400.0);
    }
    let (clock, zone) = match rest.strip_suffix(['Z', 'z']) {
        Some(clock) => (clock, 0.0),
        None => match rest.rfind(['+', '-']) {
            Some(at) => (&rest[..at], of_zone(&rest[at..])?),
            None => (rest, 0.0),
        },
    };
    Some(days * 86_400.0 + of_day(clock.trim())? - zone)
}

/// Days since 1970 of `YYYY-MM-DD` or `YYYY/MM/DD`, in the Gregorian calendar (Hinnant 2021, `days_from_civil`).
fn days(day: &str) -> Option<f64> {
    let parts: Vec<&str> = day.split(['-', '/']).collect();
    let [year, month, date] = parts.as_slice() else { return None };
    let digits = |text: &str, n: usize| {
        (text.len() == n && text.bytes().all(|b| b.is_ascii_digit())).then(|| text.parse::<i64>().ok())?
    };
    let (year, month, date) = (digits(year, 4)?, digits(month, 2)?, digits(date, 2)?);
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let most = match month {
        2 => 28 + i64::from(leap),
        4 | 6 | 9 | 11 => 30,
        1..=12 => 31,
        _ => return None,
    };
    if !(1..=most).contains(&date) {
        return None;
    }
    let year = if month <= 2 { year - 1 } else { year };
    let of_era = year.rem_euclid(400);
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + date - 1;
    Some((year.div_euclid(400) * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468) as f64)
}

/// Seconds of `HH:MM`, `HH:MM:SS` or `HH:MM:SS.fff`.
fn of_day(clock: &str) -> Option<f64> {
    let parts: Vec<&str> = clock.split(':').collect();
    let (hours, minutes, seconds) = match parts.as_slice() {
        [hours, minutes] => (*hours, *minutes, "0"),
        [hours, minutes, seconds] => (*hours, *minutes, *seconds),
        _ => return None,
    };
    let plain = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    let whole = |text: &str, below: u32| text.parse::<u32>().ok().filter(|value| *value < below).map(f64::from);
    let seconds = seconds.replace(',', ".");
    let seconds = seconds.parse::<f64>().ok().filter(|value| plain(&seconds) && *value < 61.0)?;
    Some(whole(hours, 25)? * 3600.0 + whole(minutes, 60)? * 60.0 + seconds)
}

/// Seconds east of UTC of `+HH`, `+HHMM` or `+HH:MM`.
fn of_zone(zone: &str) -> Option<f64> {
    let sign = if zone.starts_with('-') { -1.0 } else { 1.0 };
    let digits = zone[1..].replace(':', "");
    let (hours, minutes) = match digits.len() {
        2 => (digits.as_str(), "0"),
        4 => digits.split_at(2),
        _ => return None,
    };
    let (hours, minutes) = (hours.parse::<u32>().ok()?, minutes.parse::<u32>().ok()?);
    (hours < 24 && minutes < 60).then(|| sign * f64::from(hours * 3600 + minutes * 60))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_read_in_the_forms_that_loggers_write() {
        // By `date -u -d … +%s`.
        for (text, expected) in [
            ("1970-01-01", 0.0),
            ("2026-03-01 06:00", 1_772_344_800.0),
            ("2026/03/01 06:00:30", 1_772_344_830.0),
            ("2026-03-01T06:00:00.250Z", 1_772_344_800.25),
            ("2026-03-01T06:00:00,5+01:00", 1_772_341_200.5),
            ("2026-03-01T06:00:00-0330", 1_772_357_400.0),
            ("2000-02-29", 951_782_400.0),
            ("1969-12-31 23:59:59", -1.0),
        ] {
            assert_eq!(date(text), Some(expected), "{text}");
        }
        for wrong in
            ["", "2026", "2026-13-01", "2026-02-30", "2026-03-01 25", "2026-03-01 06:70", "01.03.2026", "12:00"]
        {
            assert_eq!(date(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn a_column_is_all_numbers_or_all_dates() {
        let cells = |all: &[&str]| -> Vec<(u64, String)> {
            all.iter().enumerate().map(|(i, cell)| (i as u64 + 2, (*cell).to_owned())).collect()
        };
        let numbers = read("t", "ms", &cells(&["0", "1.5"])).unwrap();
        assert_eq!((numbers.kind, numbers.unit.as_str(), numbers.at), (StampKind::Number, "ms", vec![0.0, 1.5]));
        let epoch = read("Timestamp", "", &cells(&["1772344800000", "1772344801000"])).unwrap();
        assert_eq!((epoch.kind, epoch.at[1]), (StampKind::Date, 1_772_344_801.0));
        let (line, reason) = read("time", "", &cells(&["2026-03-01", "7"])).unwrap_err();
        assert!(line == 3 && reason.contains("`7` is neither"), "{line}: {reason}");
        assert_eq!(read("time", "", &cells(&["2026-03-01", ""])).unwrap_err().0, 3);
    }

    #[test]
    fn the_column_of_times_is_known_by_its_name_or_by_dates_in_front() {
        let names = |all: &[&str]| all.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
        assert_eq!(column(&names(&["x", "Time"]), "1"), Some(1));
        assert_eq!(column(&names(&["when", "x"]), "2026-03-01"), Some(0));
        assert_eq!(column(&names(&["", "x"]), "0"), Some(0));
        assert_eq!(column(&names(&["a", "b"]), "1"), None);
    }
}
