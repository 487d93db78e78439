//! Searching in texts: the words of a text, and what somebody looks for, as both engines take them.
//!
//! A word is a run of letters and digits, without case and marks. Scripts that write no blanks between words are searched
//! letter by letter: each of their letters is a word, and what is looked for is a row of them.

use unicode_normalization::UnicodeNormalization as _;
use unicode_normalization::char::is_combining_mark;

use super::text::folded;

/// Words of one text that are searched, from its beginning.
const MOST_WORDS: usize = 20_000;
/// Letters of the longest word.
const LONGEST: usize = 100;
/// Terms of one search.
const MOST_TERMS: usize = 16;

/// The words of a text with single blanks between; empty where it has none.
pub fn searchable(text: &str) -> String {
    words(text).take(MOST_WORDS).collect::<Vec<_>>().join(" ")
}

/// The words of a text, in order.
fn words(text: &str) -> impl Iterator<Item = String> {
    let plain: String = folded(text).nfd().filter(|c| !is_combining_mark(*c)).nfc().collect();
    let mut found = Vec::new();
    let mut word = String::new();
    for c in plain.chars() {
        let alone = unspaced(c);
        if !word.is_empty() && (alone || !c.is_alphanumeric()) {
            found.push(std::mem::take(&mut word));
        }
        if alone {
            found.push(c.to_string());
        } else if c.is_alphanumeric() && word.chars().count() < LONGEST {
            word.push(c);
        }
    }
    found.extend((!word.is_empty()).then_some(word));
    found.into_iter()
}

/// Whether a letter's script writes no blanks between words: Chinese, Japanese, Thai, Lao, Khmer and Burmese letters.
fn unspaced(c: char) -> bool {
    matches!(u32::from(c),
        0xe00..=0xeff | 0x1000..=0x109f | 0x1780..=0x17ff | 0x3040..=0x30ff | 0x3400..=0x4dbf | 0x4e00..=0x9fff
        | 0xf900..=0xfaff | 0x2_0000..=0x3_134f)
        && c.is_alphanumeric()
}

/// What is looked for: all of several terms, each a row of words of which the last may go on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SearchTerms(Vec<Vec<String>>);

impl SearchTerms {
    /// Read what somebody typed: words that a text must have, and rows of words between `"`. `None` where there is no word.
    pub fn parse(text: &str) -> Option<Self> {
        let quoted = text.split('"').enumerate();
        let terms = quoted.flat_map(|(at, part)| {
            let parts: Vec<&str> = if at % 2 == 1 { vec![part] } else { part.split_whitespace().collect() };
            parts.into_iter().map(|part| words(part).collect::<Vec<_>>()).collect::<Vec<_>>()
        });
        let terms: Vec<Vec<String>> = terms.filter(|term| !term.is_empty()).take(MOST_TERMS).collect();
        (!terms.is_empty()).then_some(Self(terms))
    }

    /// As the full-text index of `SQLite` takes it (FTS5).
    pub fn fts5(&self) -> String {
        self.joined(" AND ", |term| format!("\"{}\" *", term.join(" ")))
    }

    /// As `PostgreSQL` takes it (`to_tsquery`).
    pub fn tsquery(&self) -> String {
        self.joined(" & ", |term| format!("({}:*)", term.join(" <-> ")))
    }

    fn joined(&self, between: &str, term: impl Fn(&[String]) -> String) -> String {
        self.0.iter().map(|own| term(own)).collect::<Vec<_>>().join(between)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn words_lose_case_marks_and_signs() {
        assert_eq!(searchable("Zwölf Boxkämpfer, e-mail: a.b@c.de!"), "zwolf boxkampfer e mail a b c de");
        assert_eq!(searchable("写真A と文"), "写 真 a と 文");
        assert_eq!(searchable("Кошка 12.5"), "кошка 12 5");
        assert_eq!(searchable("?!"), "");
        assert_eq!(searchable(&"x".repeat(300)).len(), LONGEST);
    }

    #[test]
    fn what_is_looked_for_is_written_for_each_engine() {
        let terms = SearchTerms::parse("Refund \"late  Delivery\"").unwrap();
        assert_eq!(terms.fts5(), "\"refund\" * AND \"late delivery\" *");
        assert_eq!(terms.tsquery(), "(refund:*) & (late <-> delivery:*)");
        assert_eq!(SearchTerms::parse("写真").unwrap().tsquery(), "(写 <-> 真:*)");
        assert_eq!(SearchTerms::parse(" \"! \" & | * "), None);
        // An open quotation ends with the text.
        assert_eq!(SearchTerms::parse("\"late del").unwrap().fts5(), "\"late del\" *");
    }

    proptest! {
        #[test]
        fn nothing_that_is_typed_gets_into_the_engines_language(text in "\\PC{0,40}") {
            if let Some(terms) = SearchTerms::parse(&text) {
                for word in terms.0.iter().flatten() {
                    prop_assert!(word.chars().all(char::is_alphanumeric), "{word}");
                }
            }
        }
    }
}
