//! Points in time as whole microseconds, the same number in memory, in both databases and in JSON.

/// Microseconds since 1970-01-01 00:00 UTC.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    sqlx::Type,
    serde::Serialize,
    serde::Deserialize,
    utoipa::ToSchema,
)]
#[sqlx(transparent)]
#[serde(transparent)]
pub struct Timestamp(pub i64);

impl Timestamp {
    /// The time `seconds` later (earlier when negative).
    pub fn plus_seconds(self, seconds: i64) -> Self {
        Self(self.0.saturating_add(seconds.saturating_mul(1_000_000)))
    }

    /// Seconds from `earlier` to `self`; negative when `earlier` is later.
    pub fn seconds_since(self, earlier: Self) -> f64 {
        (self.0 - earlier.0) as f64 / 1e6
    }

    /// The last midnight where clocks are so many minutes east of UTC.
    pub fn midnight(self, minutes_east: i64) -> Self {
        const DAY: i64 = 24 * 3600 * 1_000_000;
        let east = minutes_east * 60 * 1_000_000;
        Self((self.0 + east).div_euclid(DAY) * DAY - east)
    }

    /// The beginning of a day in UTC, written as `2026-11-20`. `None`: it is not written so.
    pub fn of_day(text: &str) -> Option<Self> {
        let mut parts = text.split('-');
        let mut number = |digits: usize| {
            parts.next().filter(|part| part.len() == digits && !part.starts_with('+'))?.parse::<u16>().ok()
        };
        let (year, month, day) = (number(4)?, number(2)?, number(2)?);
        if parts.next().is_some() {
            return None;
        }
        let month = time::Month::try_from(u8::try_from(month).ok()?).ok()?;
        let date = time::Date::from_calendar_date(i32::from(year), month, u8::try_from(day).ok()?).ok()?;
        Some(Self(date.midnight().assume_utc().unix_timestamp() * 1_000_000))
    }

    /// RFC 3339 in UTC with whole seconds, for example `2026-11-20T09:30:00Z`.
    pub fn rfc3339(self) -> String {
        time::OffsetDateTime::from_unix_timestamp_nanos(i128::from(self.0) * 1000)
            .ok()
            .and_then(|at| at.replace_nanosecond(0).ok())
            .and_then(|at| at.format(&time::format_description::well_known::Rfc3339).ok())
            .unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::Timestamp;

    #[test]
    fn midnight_is_where_the_clock_is() {
        let at = Timestamp(Timestamp::of_day("2026-11-20").unwrap().0 + 3 * 3_600_000_000);
        assert_eq!(at.midnight(0).rfc3339(), "2026-11-20T00:00:00Z");
        assert_eq!(at.midnight(120).rfc3339(), "2026-11-19T22:00:00Z");
        assert_eq!(at.midnight(-300).rfc3339(), "2026-11-19T05:00:00Z");
    }

    #[test]
    fn a_day_begins_at_midnight_and_what_is_no_day_is_none() {
        assert_eq!(Timestamp::of_day("2026-11-20").unwrap().rfc3339(), "2026-11-20T00:00:00Z");
        assert_eq!(Timestamp::of_day("1969-12-31"), Some(Timestamp(-86_400_000_000)));
        for bad in
            ["", "2026-11-31", "2026-11", "2026-11-20-1", "20-11-2026", "2026-1-2", "+026-11-20", "2026-11-20T00"]
        {
            assert_eq!(Timestamp::of_day(bad), None, "{bad}");
        }
    }
}
