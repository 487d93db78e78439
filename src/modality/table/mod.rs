//! Rows of tables: one JSON object each, compared by their values, shown on cards, and as they are.
//!
//! **Invariant:** a row is read by [`read`] alone, so that card, desk, encoder and model file see the same values.

mod card;
pub mod generate;
pub mod kinds;
pub mod row;
pub mod spec;

use std::fs::File;
use std::io::{Error, Write as _};

use sha2::{Digest as _, Sha256};

pub use self::kinds::{ColumnKind, ColumnSurvey};
pub use self::row::{MOST_COLUMNS, TableCell, TableRow};
pub use self::spec::{ColumnHolds, ColumnInput, RowValues, TableSpec};

use super::{Fingerprint, Inspected, Medium, SeekRead, Unusable};
use crate::blobs::{BlobPart, ORIGINAL};
use crate::data::hex;
use crate::domain::Modality;
use crate::domain::facts::EXCERPT;

/// The first values of a row as a small picture, an SVG.
const CARD: BlobPart = BlobPart::drawn(".row.svg");
const MEDIA_TYPE: &str = "application/json";
/// Bytes of the longest row.
const MOST_BYTES: u64 = 1 << 20;
/// Letters of a row that lists show.
const EXCERPT_LETTERS: usize = 240;

/// Samples that are rows of a table.
pub struct TableMedium;

impl Medium for TableMedium {
    fn modality(&self) -> Modality {
        Modality::Table
    }

    fn most_bytes(&self) -> u64 {
        MOST_BYTES
    }

    fn inspect(&self, bytes: &[u8], _: &dyn Fn(BlobPart) -> bool) -> Result<Inspected, Unusable> {
        let row = read(bytes)?;
        let mut facts = serde_json::json!({
            "format": "row",
            "columns": row.cells.len(),
            "missing": row.missing(),
        });
        facts[EXCERPT] = excerpt(&row).into();
        Ok(Inspected { facts, notes: Vec::new(), fingerprint: Some(fingerprint(&row)), drawn: Vec::new() })
    }

    fn renditions(&self, _: &[u8]) -> Vec<BlobPart> {
        // Cards are drawn when somebody looks.
        Vec::new()
    }

    fn is_whole(&self, _: BlobPart, stored: &[u8]) -> bool {
        stored.ends_with(card::END.as_bytes())
    }

    fn draw(&self, part: BlobPart, bytes: &[u8], out: &mut File) -> std::io::Result<()> {
        debug_assert_eq!(part, CARD);
        out.write_all(card::draw(&read(bytes).map_err(Error::other)?).as_bytes())
    }

    fn shown_as_it_is(&self, _: &mut dyn SeekRead) -> std::io::Result<Option<&'static str>> {
        Ok(Some(MEDIA_TYPE))
    }

    fn stage(&self) -> (BlobPart, &'static str) {
        (ORIGINAL, MEDIA_TYPE)
    }

    fn card(&self) -> (BlobPart, &'static str) {
        (CARD, "image/svg+xml")
    }
}

/// The bytes as a row.
///
/// # Errors
/// Why they are none.
pub fn read(bytes: &[u8]) -> Result<TableRow, Unusable> {
    if bytes.len() as u64 > MOST_BYTES {
        return Err(Unusable(format!("the row has more than {} MB; leave out its longest column", MOST_BYTES >> 20)));
    }
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let row: TableRow = serde_json::from_slice(bytes)
        .map_err(|error| Unusable(format!("it is not a row, which is one JSON object ({error})")))?;
    if row.missing() == row.cells.len() {
        return Err(Unusable("every value of the row is missing".to_owned()));
    }
    Ok(row)
}

/// The first values on one line: `flow 41.8, site north`, with `…` behind where more follow.
fn excerpt(row: &TableRow) -> String {
    let mut excerpt = String::new();
    let mut letters = 0;
    for (name, cell) in row.cells.iter().filter(|(_, cell)| *cell != TableCell::Missing) {
        let said = format!("{} {cell}", kinds::with_unit(name).0);
        let said = said.split_whitespace().collect::<Vec<_>>().join(" ");
        if !excerpt.is_empty() {
            excerpt.push_str(", ");
            letters += 2;
        }
        let left = EXCERPT_LETTERS.saturating_sub(letters);
        let length = said.chars().count();
        excerpt.extend(said.chars().take(left));
        letters += length;
        if length > left {
            excerpt.push('…');
            break;
        }
    }
    excerpt
}

/// The same for rows that have the same values in the same columns, in whatever order. Rows that are only near are no copies.
fn fingerprint(row: &TableRow) -> Fingerprint {
    let mut cells: Vec<(&str, Vec<u8>)> =
        row.cells.iter().map(|(name, cell)| (name.as_str(), serde_json::to_vec(cell).unwrap_or_default())).collect();
    cells.sort();
    let mut hasher = Sha256::new();
    for part in cells.iter().flat_map(|(name, value)| [name.as_bytes(), value]) {
        hasher.update((part.len() as u64).to_le_bytes());
        hasher.update(part);
    }
    let digest = hasher.finalize();
    let hash = digest.iter().skip(16).take(8).fold(0, |hash, &byte| hash << 8 | u64::from(byte));
    Fingerprint { content: hex(&digest[..16]), hash }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PUMP: &[u8] = r#"{"flow [m³/h]":41.80,"site":"north","oil level":null,"on":true}"#.as_bytes();

    #[test]
    fn facts_count_and_quote_the_row() {
        let found = TableMedium.inspect(PUMP, &|_| false).unwrap();
        assert_eq!(
            found.facts,
            serde_json::json!({
                "format": "row", "columns": 4, "missing": 1, "excerpt": "flow 41.8, site north, on true"
            })
        );
        let long = format!(r#"{{"note":"{}","b":1}}"#, "word ".repeat(100));
        let excerpt = excerpt(&read(long.as_bytes()).unwrap());
        assert!(excerpt.ends_with('…') && excerpt.chars().count() == EXCERPT_LETTERS + 1, "{excerpt}");
    }

    #[test]
    fn the_same_values_are_copies_however_they_are_written() {
        let print = |json: &str| TableMedium.inspect(json.as_bytes(), &|_| false).unwrap().fingerprint.unwrap();
        let one = print(r#"{"a":1.0,"b":null,"c":"x"}"#);
        assert_eq!(one, print("{ \"c\": \"x\", \"a\": 1, \"b\": null }"));
        for other in [r#"{"a":1.1,"b":null,"c":"x"}"#, r#"{"a":"1","b":null,"c":"x"}"#, r#"{"a":1,"c":"x"}"#] {
            assert_ne!(one, print(other), "{other}");
        }
    }

    #[test]
    fn what_is_no_row_is_refused_with_a_reason() {
        let reason = |bytes: &[u8]| read(bytes).unwrap_err().0;
        assert!(reason(b"").contains("it is not a row"));
        assert!(reason(b"{\"a\":1").contains("it is not a row"));
        assert!(reason(b"\xff").contains("it is not a row"));
        assert_eq!(reason(b"{}"), "every value of the row is missing");
        assert_eq!(reason(b"{\"a\":null}"), "every value of the row is missing");
        assert!(reason(&vec![b' '; (1 << 20) + 1]).contains("more than 1 MB"));
        let deep = format!("{{\"a\":{}1{}}}", "[".repeat(5000), "]".repeat(5000));
        assert!(reason(deep.as_bytes()).contains("it is not a row"));
    }
}
