//! A long table as Parquet.

use std::path::{Path, PathBuf};

use arrow_array::cast::AsArray as _;
use arrow_array::types::{
    Date32Type, TimestampMicrosecondType, TimestampMillisecondType, TimestampNanosecondType, TimestampSecondType,
};
use arrow_array::{Array as _, ArrayRef, new_empty_array};
use parquet::arrow::ProjectionMask;

use super::rows::{EachRow, LongRows};
use super::says_long;
use crate::dataset::parquet::{builder, calmly, holds_bytes, text_of};
use crate::dataset::{Contents, DatasetError, Head, file_name};

/// Rows decoded at a time.
const ROWS: usize = 4096;

pub(super) fn is_long(head: &Head) -> bool {
    head.contents == Contents::Series
        && head.first.starts_with(b"PAR1")
        && LongParquet::look(&head.path).is_ok_and(|table| table.long)
}

/// A file, and those of its columns that have texts.
pub(in crate::dataset) struct LongParquet {
    path: PathBuf,
    name: String,
    columns: Vec<usize>,
    header: Vec<String>,
    long: bool,
}

impl LongParquet {
    pub(in crate::dataset) fn look(path: &Path) -> Result<Self, DatasetError> {
        let name = file_name(path);
        let builder = builder(path, &name)?;
        let fields = builder.schema().fields();
        let kinds: Vec<ArrayRef> = fields.iter().map(|field| new_empty_array(field.data_type())).collect();
        let plain = |kind: &ArrayRef| text_of(kind).is_some() || seconds_of(kind).is_some();
        let columns: Vec<usize> = (0..kinds.len()).filter(|&at| plain(&kinds[at])).collect();
        let header: Vec<String> = columns.iter().map(|&at| fields[at].name().clone()).collect();
        let long = says_long(&header) && !kinds.iter().any(holds_bytes);
        Ok(Self { path: path.to_owned(), name, columns, header, long })
    }

    fn broken(&self, row: u64, reason: String) -> DatasetError {
        DatasetError::Broken { archive: self.name.clone(), entries: row, reason }
    }
}

impl LongRows for LongParquet {
    fn name(&self) -> &str {
        &self.name
    }

    fn header(&self) -> &[String] {
        &self.header
    }

    fn separator(&self) -> u8 {
        b','
    }

    fn each(&self, each: EachRow<'_>) -> Result<(), DatasetError> {
        let builder = builder(&self.path, &self.name)?;
        let mask = ProjectionMask::roots(builder.parquet_schema(), self.columns.iter().copied());
        let reader = calmly(|| builder.with_projection(mask).with_batch_size(ROWS).build());
        let mut reader = reader.map_err(|reason| self.broken(0, reason))?;
        let mut row = 0;
        while let Some(batch) = calmly(|| reader.next().transpose()).map_err(|reason| self.broken(row, reason))? {
            let columns: Vec<Vec<String>> = batch.columns().iter().map(texts).collect();
            for at in 0..batch.num_rows() {
                row += 1;
                each(row, &columns.iter().map(|column| column[at].as_str()).collect::<Vec<_>>())?;
            }
        }
        Ok(())
    }
}

/// The cells of a column; a null is empty.
fn texts(column: &ArrayRef) -> Vec<String> {
    let (plain, seconds) = (text_of(column), seconds_of(column));
    let text = |at: usize| match (plain, seconds) {
        _ if column.is_null(at) => String::new(),
        (Some(text), _) => text(column, at),
        (None, Some(seconds)) => moment(seconds(column, at)),
        (None, None) => String::new(),
    };
    (0..column.len()).map(text).collect()
}

type AsSeconds = fn(&ArrayRef, usize) -> (i64, u32);

/// Whole seconds since 1970 and nanoseconds of a column of dates, where it is one.
fn seconds_of(column: &ArrayRef) -> Option<AsSeconds> {
    macro_rules! of {
        ($($kind:ty: $parts:expr),+ $(,)?) => {
            $(if column.as_primitive_opt::<$kind>().is_some() {
                return Some(|column, at| {
                    let value = column.as_primitive::<$kind>().value(at);
                    (value.div_euclid($parts), (value.rem_euclid($parts) * (1_000_000_000 / $parts)) as u32)
                });
            })+
        };
    }
    of!(
        TimestampSecondType: 1,
        TimestampMillisecondType: 1_000,
        TimestampMicrosecondType: 1_000_000,
        TimestampNanosecondType: 1_000_000_000,
    );
    let days = column.as_primitive_opt::<Date32Type>().is_some();
    days.then_some(|column, at| (i64::from(column.as_primitive::<Date32Type>().value(at)) * 86_400, 0))
}

/// `2026-03-01T06:00:00.25Z`, in the Gregorian calendar (Hinnant 2021, `civil_from_days`).
fn moment((seconds, nanoseconds): (i64, u32)) -> String {
    let (days, of_day) = (seconds.div_euclid(86_400) + 719_468, seconds.rem_euclid(86_400));
    let (era, of_era) = (days.div_euclid(146_097), days.rem_euclid(146_097));
    let of_years = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * of_years + of_years / 4 - of_years / 100);
    let part = (5 * of_year + 2) / 153;
    let (day, month) = (of_year - (153 * part + 2) / 5 + 1, if part < 10 { part + 3 } else { part - 9 });
    let year = of_years + era * 400 + i64::from(month <= 2);
    let (hour, minute, second) = (of_day / 3600, of_day / 60 % 60, of_day % 60);
    let fraction = format!(".{nanoseconds:09}");
    let fraction = if nanoseconds == 0 { "" } else { fraction.trim_end_matches('0') };
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}{fraction}Z")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_written_as_dates() {
        // By `date -u -d @…`.
        for (seconds, nanoseconds, expected) in [
            (0, 0, "1970-01-01T00:00:00Z"),
            (1_772_344_830, 250_000_000, "2026-03-01T06:00:30.25Z"),
            (951_782_399, 0, "2000-02-28T23:59:59Z"),
            (951_782_400, 0, "2000-02-29T00:00:00Z"),
            (-1, 1, "1969-12-31T23:59:59.000000001Z"),
        ] {
            assert_eq!(moment((seconds, nanoseconds)), expected);
        }
    }
}
