//! Text as people see it: one form for letters that look the same, no invisible characters, and a form for searching.
//!
//! **Invariant:** two texts that look alike because of composition or invisible letters have one [`plain`] form.

use unicode_normalization::UnicodeNormalization as _;

/// The composed form (NFC): `é` is one letter, whichever way a system wrote it.
pub fn composed(text: &str) -> String {
    text.nfc().collect()
}

/// As [`composed`], without invisible characters, with plain blanks, trimmed.
pub fn plain(text: &str) -> String {
    let letters: Vec<char> = text.nfc().collect();
    let seen = letters.iter().enumerate().filter(|(at, c)| !invisible(**c) || joins(&letters, *at));
    // A blank of any width looks like a blank; control characters stay, since name checks refuse them.
    let blank = |c: char| if c.is_whitespace() && !c.is_control() { ' ' } else { c };
    let text: String = seen.map(|(_, c)| blank(*c)).collect();
    // Letters may have become adjacent.
    text.trim().nfc().collect()
}

/// The form used for searching: composed, and ignoring case in every script.
pub fn folded(text: &str) -> String {
    // By way of capitals, so that `ß` is `ss` and both small sigmas are one.
    text.nfc().flat_map(char::to_uppercase).flat_map(char::to_lowercase).nfc().collect()
}

/// Whether nothing is drawn for a character: format characters, fillers, variation selectors, marks of direction.
fn invisible(c: char) -> bool {
    matches!(u32::from(c),
        0xad | 0x34f | 0x61c | 0x70f | 0x115f..=0x1160 | 0x17b4..=0x17b5 | 0x180b..=0x180f | 0x200b..=0x200f | 0x202a..=0x202e
        | 0x2060..=0x206f | 0x2800 | 0x3164 | 0xfe00..=0xfe0f | 0xfeff | 0xffa0 | 0xfff0..=0xfffb | 0x1_bca0..=0x1_bca3
        | 0x1_d173..=0x1_d17a | 0xe_0000..=0xe_0fff)
}

/// Whether the joiner at `at` stands between letters of a script that needs it (Arabic, Indic scripts), or between emoji.
fn joins(letters: &[char], at: usize) -> bool {
    let needs = |c: Option<&char>| c.is_some_and(|c| u32::from(*c) >= 0x600 && !invisible(*c) && !c.is_whitespace());
    // A variation selector may come between an emoji and its joiner.
    let before = letters[..at].iter().rev().find(|c| !matches!(u32::from(**c), 0xfe00..=0xfe0f));
    matches!(letters[at], '\u{200c}' | '\u{200d}') && needs(before) && needs(letters.get(at + 1))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_looks_alike_is_alike() {
        for text in
            ["cat", " cat\u{a0}", "cat\u{200b}", "\u{feff}cat", "c\u{ad}at", "\u{202e}cat\u{202c}", "ca\u{200d}t"]
        {
            assert_eq!(plain(text), "cat", "{text:?}");
        }
        assert_eq!(plain("cafe\u{301}"), "caf\u{e9}");
        assert_eq!(plain("cafe\u{200b}\u{301}"), "caf\u{e9}");
        assert_eq!(plain("ко\u{200d}шка\u{feff}"), "кошка");
        assert_eq!(plain("two\u{2003}words"), "two words");
        assert_eq!(plain("\u{200b}\u{ad}"), "");
    }

    #[test]
    fn joiners_that_carry_meaning_stay() {
        for text in ["می\u{200c}خواهم", "👩\u{200d}🔬", "क्\u{200d}ष"] {
            assert_eq!(plain(text), text.nfc().collect::<String>());
        }
    }

    #[test]
    fn either_case_is_found_in_every_script() {
        for (written, wanted) in
            [("Кошка", "кОШКА"), ("U\u{308}bung", "übung"), ("ΣΊΣ", "σίς"), ("Straße", "STRASSE"), ("写真A", "写真a")]
        {
            assert_eq!(folded(written), folded(wanted));
        }
    }

    proptest! {
        #[test]
        fn doing_it_twice_changes_nothing(text in "\\PC{0,12}") {
            let once = plain(&text);
            prop_assert_eq!(&plain(&once), &once);
            let folded_once = folded(&text);
            prop_assert_eq!(&folded(&folded_once), &folded_once);
        }
    }
}
