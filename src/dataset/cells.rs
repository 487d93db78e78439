//! Cells of a CSV that a spreadsheet may open: text that would run as a formula is written so that it does not.
//!
//! A cell that begins with `=`, `+`, `-`, `@`, a tab or a carriage return, after any number of apostrophes, is written with
//! one more apostrophe in front, and read with one fewer. Every text survives a round trip, and none runs.

use std::borrow::Cow;

fn would_run(cell: &str) -> bool {
    matches!(cell.trim_start_matches('\'').chars().next(), Some('=' | '+' | '-' | '@' | '\t' | '\r'))
}

/// The cell as it is written.
pub fn protect(cell: &str) -> Cow<'_, str> {
    if would_run(cell) { Cow::Owned(format!("'{cell}")) } else { Cow::Borrowed(cell) }
}

/// The text of a cell that [`protect`] wrote.
pub fn unprotect(cell: &str) -> &str {
    if would_run(cell) { cell.strip_prefix('\'').unwrap_or(cell) } else { cell }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn formulas_are_disarmed() {
        assert_eq!(protect("=1+1"), "'=1+1");
        assert_eq!(protect("'=1"), "''=1");
        assert_eq!(protect("a=1"), "a=1");
        assert_eq!(unprotect("-5"), "-5");
    }

    proptest! {
        #[test]
        fn every_text_comes_back(text in "['=+@\\-\t\ra\"\n,]{0,6}") {
            let written = protect(&text);
            prop_assert!(!matches!(written.chars().next(), Some('=' | '+' | '-' | '@' | '\t' | '\r')));
            prop_assert_eq!(unprotect(&written), text.as_str());
        }
    }
}
