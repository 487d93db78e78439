//! The text of a table before its cells are parted: letters, quotes, separator.
//!
//! **Invariant:** a quote that is opened is closed, and its cell ends there, or the line where it was opened is an error; so
//! no row is swallowed by another one's cell.

use std::borrow::Cow;
use std::ops::Range;

use super::{TableFault, columns};

const SEPARATORS: [u8; 3] = *b",;\t";
/// Lines that the separator is found from.
const LOOKED_AT: usize = 20;

/// A table's text, and how its cells are parted.
pub(super) struct Layout<'a> {
    pub text: Cow<'a, str>,
    pub separator: u8,
    /// Lines before `text` begins.
    pub skipped: u64,
}

/// The bytes as text without a byte-order mark, with line feeds where there were only carriage returns.
pub(super) fn text_of(bytes: &[u8]) -> Result<Cow<'_, str>, TableFault> {
    let line_at = |at: usize| bytes[..at].split(|byte| *byte == b'\n').count() as u64;
    if bytes.starts_with(&[0xff, 0xfe]) || bytes.starts_with(&[0xfe, 0xff]) {
        return Err(TableFault::at(1, "the text is UTF-16; save it as UTF-8"));
    }
    if let Some(at) = bytes.iter().position(|byte| *byte == 0) {
        return Err(TableFault::at(line_at(at), "there is a zero byte, so this is not a text file; save it as CSV"));
    }
    let text = std::str::from_utf8(bytes)
        .map_err(|error| TableFault::at(line_at(error.valid_up_to()), "the text is not UTF-8; save it as UTF-8"))?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let old_mac = text.contains('\r') && !text.contains('\n');
    Ok(if old_mac { Cow::Owned(text.replace('\r', "\n")) } else { Cow::Borrowed(text) })
}

/// Where the table begins and what separates its cells; its quotes are balanced.
pub(super) fn layout(whole: &str) -> Result<Layout<'_>, TableFault> {
    let (mut text, mut skipped, mut said) = (whole, 0, None);
    while let Some((line, rest)) = first_line(text) {
        let nothing = line.chars().all(|c| c.is_whitespace() || ",;\t".contains(c));
        match (nothing, announced(line)) {
            (true, _) => {}
            // Excel's way of declaring the separator.
            (false, Some(separator)) if said.is_none() => said = Some(separator),
            _ => break,
        }
        (text, skipped) = (rest, skipped + 1);
    }
    if text.is_empty() {
        return Err(TableFault::at(1, "the file is empty; give it a header line such as `path,label`"));
    }
    let separator = said.unwrap_or_else(|| separator(text));
    let text = sound(text, separator).map_err(|fault| fault.moved(skipped))?;
    Ok(Layout { text, separator, skipped })
}

fn first_line(text: &str) -> Option<(&str, &str)> {
    if text.is_empty() { None } else { Some(text.split_once('\n').unwrap_or((text, ""))) }
}

/// The separator of a line such as `sep=;`.
fn announced(line: &str) -> Option<u8> {
    let line = line.trim_matches(['\r', ' ', '"']);
    match line.as_bytes() {
        [s, e, p, b'=', separator] if [s, e, p].map(u8::to_ascii_lowercase) == *b"sep" => Some(*separator),
        _ => None,
    }
}

/// The separator with which the first line has a column of paths; else the one that makes most columns of the first lines.
fn separator(text: &str) -> u8 {
    let quality = |separator: u8| {
        let mut rows = super::reader(text, separator).into_records().take(LOOKED_AT).filter_map(Result::ok);
        let header = rows.next().unwrap_or_default();
        let same = rows.filter(|row| row.len() == header.len()).count();
        (header.iter().any(columns::is_path), header.len().min(2), same, header.len())
    };
    // On a tie the last one: the comma.
    SEPARATORS.into_iter().rev().max_by_key(|separator| quality(*separator)).unwrap_or(b',')
}

/// The text without the blanks around quoted cells.
///
/// # Errors
/// The line where a quote is opened that is never closed, or whose cell continues after it.
fn sound(text: &str, separator: u8) -> Result<Cow<'_, str>, TableFault> {
    let bytes = text.as_bytes();
    let blank = |byte: u8| byte == b' ' || (byte == b'\t' && separator != b'\t');
    let blanks_from = |at: usize| at + bytes[at..].iter().take_while(|byte| blank(**byte)).count();
    let ends = |at: usize| bytes.get(at).is_none_or(|byte| *byte == separator || matches!(byte, b'\r' | b'\n'));
    let mut without: Vec<Range<usize>> = Vec::new();
    let (mut at, mut line) = (0, 1);
    while at < bytes.len() {
        let start = blanks_from(at);
        if bytes.get(start) == Some(&b'"') {
            without.push(at..start);
            let opened = line;
            let behind = closing(bytes, start + 1, &mut line).ok_or_else(|| {
                TableFault::at(opened, "a quote is opened here and never closed; close it, or remove it")
            })?;
            let next = blanks_from(behind);
            if !ends(next) {
                let reason =
                    "the quote that is opened here ends amid its cell; is one missing before, or not doubled inside?";
                return Err(TableFault::at(opened, reason));
            }
            without.push(behind..next);
            at = next;
        } else {
            at += bytes[at..].iter().take_while(|byte| **byte != separator && !matches!(byte, b'\r' | b'\n')).count();
        }
        line += u64::from(bytes.get(at) == Some(&b'\n'));
        at += 1;
    }
    without.retain(|range| !range.is_empty());
    if without.is_empty() {
        return Ok(Cow::Borrowed(text));
    }
    let (mut kept, mut from) = (String::with_capacity(text.len()), 0);
    for range in without {
        kept.push_str(&text[from..range.start]);
        from = range.end;
    }
    kept.push_str(&text[from..]);
    Ok(Cow::Owned(kept))
}

/// The position after the quote that ends a cell begun before `at`. Two quotes are one inside it.
fn closing(bytes: &[u8], mut at: usize, line: &mut u64) -> Option<usize> {
    loop {
        match (bytes.get(at)?, bytes.get(at + 1)) {
            (b'"', Some(b'"')) => at += 2,
            (b'"', _) => return Some(at + 1),
            (byte, _) => {
                *line += u64::from(*byte == b'\n');
                at += 1;
            }
        }
    }
}
