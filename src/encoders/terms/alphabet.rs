//! What a word is: the characters that words are made of, and how their case is folded.
//!
//! The graph's tokeniser gets the characters as plain ranges rather than as classes of Unicode, so that its tables, ours and
//! those of a later version cannot disagree: what the file says is what both do.

use std::fmt::Write as _;
use std::ops::{Range, RangeInclusive};

use unicode_normalization::char::is_combining_mark;

/// Characters that are words by themselves: scripts without spaces between words, and pictographs.
const SINGLE: [RangeInclusive<u32>; 8] = [
    0x2600..=0x27BF,
    0x3040..=0x30FF,
    0x31F0..=0x31FF,
    0x3400..=0x4DBF,
    0x4E00..=0x9FFF,
    0xF900..=0xFAFF,
    0x1_F300..=0x1_FAFF,
    0x2_0000..=0x3_FFFF,
];

/// How a text is parted into words.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Alphabet {
    /// Characters of which a run is one word; sorted.
    joined: Vec<(u32, u32)>,
    /// Characters that are words by themselves; sorted.
    single: Vec<(u32, u32)>,
    /// What the first 128 characters are.
    ascii: [Kind; 128],
}

/// What a character is to a word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Joined,
    Single,
    Gap,
}

impl Alphabet {
    /// Letters, digits and combining marks of this version's Unicode; what is in neither list parts words.
    pub(super) fn unicode() -> Self {
        let is_single = |c: u32| SINGLE.iter().any(|range| range.contains(&c));
        let joined = ranges(|c| is_letter(c) && !is_single(u32::from(c)));
        Self::new(joined, SINGLE.iter().map(|range| (*range.start(), *range.end())).collect())
    }

    fn new(joined: Vec<(u32, u32)>, single: Vec<(u32, u32)>) -> Self {
        let mut alphabet = Self { joined, single, ascii: [Kind::Gap; 128] };
        for c in 0..128 {
            alphabet.ascii[c as usize] = alphabet.look_up(c);
        }
        alphabet
    }

    /// The regular expression (RE2's syntax) whose matches are the words. Its two classes have no character in common, so first
    /// and longest matches are the same.
    pub(super) fn expression(&self) -> String {
        format!("{}+|{}", class(&self.joined), class(&self.single))
    }

    /// What [`Alphabet::expression`] wrote; `None` for another expression.
    pub(super) fn from_expression(expression: &str) -> Option<Self> {
        let (joined, single) = expression.split_once("+|")?;
        let found = Self::new(parse(joined)?, parse(single)?);
        let in_order = |ranges: &[(u32, u32)]| {
            ranges.iter().all(|(from, to)| from <= to) && ranges.windows(2).all(|pair| pair[0].1 < pair[1].0)
        };
        let apart = found.single.iter().all(|&(from, to)| !found.joined.iter().any(|&(a, b)| a <= to && from <= b));
        (in_order(&found.joined) && in_order(&found.single) && apart).then_some(found)
    }

    fn look_up(&self, c: u32) -> Kind {
        let within = |ranges: &[(u32, u32)]| {
            let after = ranges.partition_point(|&(from, _)| from <= c);
            after > 0 && c <= ranges[after - 1].1
        };
        if within(&self.joined) {
            Kind::Joined
        } else if within(&self.single) {
            Kind::Single
        } else {
            Kind::Gap
        }
    }

    fn kind(&self, c: char) -> Kind {
        self.ascii.get(c as usize).copied().unwrap_or_else(|| self.look_up(u32::from(c)))
    }

    /// Hand the bytes of each word of `text` to `each`, in order.
    pub(super) fn words(&self, text: &str, mut each: impl FnMut(Range<usize>)) {
        let mut start = None;
        for (at, c) in text.char_indices() {
            match self.kind(c) {
                Kind::Joined => {
                    start.get_or_insert(at);
                }
                Kind::Single => {
                    if let Some(start) = start.take() {
                        each(start..at);
                    }
                    each(at..at + c.len_utf8());
                }
                Kind::Gap => {
                    if let Some(start) = start.take() {
                        each(start..at);
                    }
                }
            }
        }
        if let Some(start) = start {
            each(start..text.len());
        }
    }

    /// Whether `text` is one word and nothing else.
    pub(super) fn is_word(&self, text: &str) -> bool {
        let mut found = Vec::new();
        self.words(text, |range| found.push(range));
        matches!(found.as_slice(), [one] if *one == (0..text.len()))
    }
}

/// Whether n-grams of characters hold `c`; all others are gaps between them.
pub(super) fn is_letter(c: char) -> bool {
    c.is_alphanumeric() || is_combining_mark(c)
}

/// The lower case of `c`: one character, the first where Unicode has several.
pub(super) fn fold(c: char) -> char {
    if c.is_ascii() { c.to_ascii_lowercase() } else { c.to_lowercase().next().unwrap_or(c) }
}

/// [`fold`] of every character.
pub(super) fn folded(word: &str) -> String {
    word.chars().map(fold).collect()
}

/// The ranges of code points for which `holds`.
fn ranges(holds: impl Fn(char) -> bool) -> Vec<(u32, u32)> {
    let mut found: Vec<(u32, u32)> = Vec::new();
    for c in ('\0'..=char::MAX).filter(|&c| holds(c)).map(u32::from) {
        match found.last_mut() {
            Some((_, to)) if *to + 1 == c => *to = c,
            _ => found.push((c, c)),
        }
    }
    found
}

/// `[\x{30}-\x{39}…]`.
fn class(ranges: &[(u32, u32)]) -> String {
    let mut out = String::from("[");
    for (from, to) in ranges {
        // Writing to a string cannot fail.
        let _ = write!(out, "\\x{{{from:X}}}-\\x{{{to:X}}}");
    }
    out + "]"
}

/// The ranges that [`class`] wrote.
fn parse(class: &str) -> Option<Vec<(u32, u32)>> {
    let body = class.strip_prefix("[\\x{")?.strip_suffix("}]")?;
    let ends = body.split("}\\x{").map(|range| {
        let (from, to) = range.split_once("}-\\x{")?;
        Some((u32::from_str_radix(from, 16).ok()?, u32::from_str_radix(to, 16).ok()?))
    });
    ends.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<&str> {
        let mut found = Vec::new();
        Alphabet::unicode().words(text, |range| found.push(&text[range]));
        found
    }

    #[test]
    fn words_are_runs_of_letters_and_single_ideographs_and_pictographs() {
        assert_eq!(words("Don't pay 1.5€, nai\u{308}ve_x!"), ["Don", "t", "pay", "1", "5", "nai\u{308}ve", "x"]);
        assert_eq!(words("カードが来ない😀ok"), ["カ", "ー", "ド", "が", "来", "な", "い", "😀", "ok"]);
        assert_eq!(words("שלום عالَم"), ["שלום", "عالَم"]);
        assert!(words("").is_empty() && words(" \n\0—?").is_empty());
    }

    #[test]
    fn the_expression_says_all_and_others_are_refused() {
        let alphabet = Alphabet::unicode();
        assert_eq!(Alphabet::from_expression(&alphabet.expression()), Some(alphabet));
        for other in ["", r"\w+", "[a-z]+|[b]", r"[\x{61}-\x{7A}]+|[\x{62}-\x{62}]", r"[\x{7A}-\x{61}]+|[\x{1}-\x{1}]"]
        {
            assert_eq!(Alphabet::from_expression(other), None, "{other}");
        }
    }

    #[test]
    fn case_is_folded_to_one_character() {
        assert_eq!(folded("ÄÉß İΣ"), "äéß iσ");
    }
}
