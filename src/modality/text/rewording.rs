//! Other words for the same: synonyms and whole alternatives, from files that a lead brings.
//!
//! Both files are tables with tabs. Of synonyms a line is a word and what may stand in its place, one in each further column. Of
//! alternatives a line is a sample's id or its text, and another text that means the same, as from a translation to and fro (Sennrich
//! et al. 2016, "back-translation"); a cell with line breaks stands in quotation marks.

use std::collections::HashMap;

use crate::domain::text::folded;

/// Bytes of the largest file, and of the largest alternative.
const MOST_BYTES: usize = 64 << 20;
const MOST_OF_TEXT: usize = 1 << 20;
/// Lines of a file.
const MOST_LINES: u64 = 1_000_000;
/// Letters of a word or of what stands in its place.
const MOST_LETTERS: usize = 64;
/// What may stand in the place of one word or text.
const MOST_OTHERS: usize = 32;

/// Why a file of other words cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {reason}")]
pub struct RewordingError {
    pub line: u64,
    pub reason: String,
}

/// Words and their synonyms.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Synonyms {
    of: HashMap<String, Vec<String>>,
    /// Letters of the longest word.
    longest: usize,
}

/// Texts and their alternatives.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Alternatives {
    of: Vec<Vec<String>>,
    by_name: HashMap<String, usize>,
    by_text: HashMap<String, usize>,
}

impl Synonyms {
    /// Read a file.
    ///
    /// # Errors
    /// The first line that cannot be used, and what to do.
    pub fn read(bytes: &[u8]) -> Result<Self, RewordingError> {
        let mut book = Self::default();
        for line in lines(bytes, false)? {
            let (line, cells) = line?;
            let refuse = |reason: String| Err(RewordingError { line, reason });
            let mut cells = cells.iter().map(|cell| cell.trim()).filter(|cell| !cell.is_empty());
            let Some(word) = cells.next() else { continue };
            let others: Vec<&str> = cells.filter(|other| folded(other) != folded(word)).collect();
            let longest = others.iter().chain([&word]).map(|cell| cell.chars().count()).max().unwrap_or_default();
            if others.is_empty() {
                return refuse(format!("`{}` has no synonym; give one behind a tab", shown(word)));
            }
            if longest > MOST_LETTERS {
                return refuse(format!("a word has more than {MOST_LETTERS} letters; give words, not texts"));
            }
            book.longest = book.longest.max(word.chars().count());
            let known = book.of.entry(folded(word)).or_default();
            let new: Vec<&str> = others.into_iter().filter(|other| !known.iter().any(|old| old == other)).collect();
            known.extend(new.into_iter().map(str::to_owned));
            if known.len() > MOST_OTHERS {
                return refuse(format!("`{}` has more than {MOST_OTHERS} synonyms; keep the best", shown(word)));
            }
        }
        Ok(book)
    }

    pub fn is_empty(&self) -> bool {
        self.of.is_empty()
    }

    /// What may stand in the place of `word`, whatever its case.
    pub fn of(&self, word: &str) -> &[String] {
        self.of.get(&folded(word)).map_or(&[], Vec::as_slice)
    }

    /// Letters of the longest word that has synonyms.
    pub const fn longest(&self) -> usize {
        self.longest
    }
}

impl Alternatives {
    /// Read a file.
    ///
    /// # Errors
    /// The first line that cannot be used, and what to do.
    pub fn read(bytes: &[u8]) -> Result<Self, RewordingError> {
        let mut book = Self::default();
        for line in lines(bytes, true)? {
            let (line, cells) = line?;
            let refuse = |reason: String| Err(RewordingError { line, reason });
            let (name, other) = match cells.as_slice() {
                [] => continue,
                [name] if name.trim().is_empty() => continue,
                [name, other] if !name.trim().is_empty() && !other.trim().is_empty() => (name.trim(), other.trim()),
                cells => {
                    let n = cells.len();
                    return refuse(format!("there are {n} columns; give an id or a text, a tab, and one other text"));
                }
            };
            if other.len() > MOST_OF_TEXT {
                return refuse(format!("the text has more than {} MB; shorten it", MOST_OF_TEXT >> 20));
            }
            let next = book.of.len();
            let at = *book.by_name.entry(name.to_owned()).or_insert(next);
            if at == next {
                book.of.push(Vec::new());
                book.by_text.entry(folded(name)).or_insert(at);
            }
            let known = &mut book.of[at];
            if other != name && !known.iter().any(|old| old == other) {
                known.push(other.to_owned());
            }
            if known.len() > MOST_OTHERS {
                return refuse(format!("`{}` has more than {MOST_OTHERS} alternatives; keep the best", shown(name)));
            }
        }
        Ok(book)
    }

    pub fn is_empty(&self) -> bool {
        self.of.iter().all(Vec::is_empty)
    }

    /// What may stand in the place of a text: by the sample's id, otherwise by the text, whatever its case.
    pub fn of(&self, id: &str, text: &str) -> &[String] {
        let found = self.by_name.get(id).or_else(|| self.by_text.get(&folded(text.trim())));
        found.map_or(&[], |&at| self.of[at].as_slice())
    }
}

type Line = Result<(u64, Vec<String>), RewordingError>;

/// The lines of a table with tabs, each with its number.
fn lines(bytes: &[u8], quoted: bool) -> Result<impl Iterator<Item = Line>, RewordingError> {
    let refuse = |line: usize, reason: String| Err(RewordingError { line: line as u64, reason });
    if bytes.len() > MOST_BYTES {
        return refuse(1, format!("the file has more than {} MB; part it or leave out rare words", MOST_BYTES >> 20));
    }
    let line_at = |at: usize| bytes[..at].split(|byte| *byte == b'\n').count();
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    if let Err(error) = std::str::from_utf8(bytes) {
        let at = error.valid_up_to();
        return refuse(line_at(at), format!("byte {:#04x} is not UTF-8; save the file as UTF-8", bytes[at]));
    }
    if let Some(at) = bytes.iter().position(|byte| *byte == 0) {
        return refuse(line_at(at), "there is a zero byte, so this is not a text".to_owned());
    }
    let mut table = csv::ReaderBuilder::new();
    let table = table.delimiter(b'\t').has_headers(false).flexible(true).quoting(quoted).from_reader(bytes);
    let read = |line: Result<csv::StringRecord, csv::Error>| {
        let line = line.map_err(|error| {
            let line = error.position().map_or(1, csv::Position::line);
            RewordingError { line, reason: "the line cannot be read as a table; check its tabs".to_owned() }
        })?;
        let at = line.position().map_or(1, csv::Position::line);
        if at > MOST_LINES {
            return Err(RewordingError { line: at, reason: format!("more than {MOST_LINES} lines; part the file") });
        }
        Ok((at, line.iter().map(str::to_owned).collect()))
    };
    Ok(table.into_records().map(read).collect::<Vec<Line>>().into_iter())
}

/// The beginning of a cell, for messages.
fn shown(cell: &str) -> String {
    cell.chars().take(40).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn synonyms_are_found_whatever_the_case() {
        let book = Synonyms::read("\u{feff}Parcel\tpackage\tdelivery\n\nparcel\tbox\tpackage\n包裹\t快递\n".as_bytes())
            .unwrap();
        assert_eq!(book.of("PARCEL"), ["package", "delivery", "box"]);
        assert_eq!((book.of("包裹"), book.longest()), (&["快递".to_owned()][..], 6));
        assert_eq!((book.of("none"), Synonyms::read(b"").unwrap().is_empty()), (&[][..], true));
    }

    #[test]
    fn alternatives_are_found_by_id_or_by_text() {
        let book =
            Alternatives::read(b"t-1\tWhere is it?\nHow do I pay?\t\"How can\nI pay?\"\nt-1\tWhere's it?\n").unwrap();
        assert_eq!(book.of("t-1", "anything"), ["Where is it?", "Where's it?"]);
        assert_eq!(book.of("t-9", " how do i PAY? "), ["How can\nI pay?"]);
        assert_eq!(book.of("t-9", "other"), [""; 0]);
        assert!(Alternatives::read(b"a\ta\n").unwrap().is_empty());
    }

    #[test]
    fn what_cannot_be_used_is_refused_by_its_line() {
        let synonyms = |bytes: &[u8]| Synonyms::read(bytes).unwrap_err().to_string();
        assert_eq!(synonyms(b"a\tb\nalone\n"), "line 2: `alone` has no synonym; give one behind a tab");
        assert_eq!(synonyms(b"a\tA\n"), "line 1: `a` has no synonym; give one behind a tab");
        assert_eq!(synonyms(b"a\tb\n\xff"), "line 2: byte 0xff is not UTF-8; save the file as UTF-8");
        assert_eq!(synonyms(b"a\tb\0"), "line 1: there is a zero byte, so this is not a text");
        assert!(synonyms(format!("a\t{}", "b".repeat(65)).as_bytes()).contains("more than 64 letters"));
        let many = (0..40).map(|i| format!("a\tb{i}")).collect::<Vec<_>>().join("\n");
        assert!(synonyms(many.as_bytes()).contains("more than 32 synonyms"));
        let alternatives = |bytes: &[u8]| Alternatives::read(bytes).unwrap_err().to_string();
        assert!(alternatives(b"a\tb\tc\n").starts_with("line 1: there are 3 columns"));
        assert!(alternatives(b"x\ty\nid\t \n").starts_with("line 2: there are 2 columns"));
    }

    proptest! {
        #[test]
        fn no_bytes_are_too_strange(bytes in prop::collection::vec(prop_oneof![Just(b'\t'), Just(b'\n'), Just(b'"'), Just(b'a'), any::<u8>()], 0..60)) {
            let _ = (Synonyms::read(&bytes), Alternatives::read(&bytes));
        }
    }
}
