//! Texts: read as UTF-8, compared with their near copies, shown on cards, and as they are.
//!
//! **Invariant:** a sample's file is its text, byte for byte; nothing is changed at import.

pub mod augment;
pub(in crate::modality) mod card;
mod copies;
mod pieces;
pub mod rewording;

use std::fs::File;
use std::io::Write as _;

use super::{Comparer, Inspected, Medium, SeekRead, Unusable};
use crate::blobs::{BlobPart, ORIGINAL};
use crate::domain::Modality;
use crate::domain::facts::EXCERPT;

/// The first lines of a text as a small picture, an SVG.
const CARD: BlobPart = BlobPart::drawn(".card.svg");
const MEDIA_TYPE: &str = "text/plain; charset=utf-8";
/// Bytes of the longest text.
const MOST_BYTES: u64 = 1 << 20;
/// Letters of a text that lists show.
const EXCERPT_LETTERS: usize = 240;

/// Samples that are texts.
pub struct TextMedium;

impl Medium for TextMedium {
    fn modality(&self) -> Modality {
        Modality::Text
    }

    fn most_bytes(&self) -> u64 {
        MOST_BYTES
    }

    fn inspect(&self, bytes: &[u8], _: &dyn Fn(BlobPart) -> bool) -> Result<Inspected, Unusable> {
        let text = read(bytes)?;
        let mut facts = serde_json::json!({
            "format": "text",
            "letters": text.chars().count(),
            "words": text.split_whitespace().count(),
            "lines": text.lines().count(),
        });
        facts[EXCERPT] = excerpt(text).into();
        Ok(Inspected { facts, notes: Vec::new(), fingerprint: Some(copies::fingerprint(text)), drawn: Vec::new() })
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
        let text = read(bytes).map_err(std::io::Error::other)?;
        out.write_all(card::draw(&excerpt(text)).as_bytes())
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

    fn has_words(&self) -> bool {
        true
    }

    fn words(&self, bytes: &[u8]) -> Option<String> {
        read(bytes).ok().map(str::to_owned)
    }

    fn compared(&self) -> BlobPart {
        ORIGINAL
    }

    fn comparer(&self, own: &[u8]) -> Option<Comparer> {
        let own = copies::shingles(read(own).ok()?);
        Some(Box::new(move |other| read(other).is_ok_and(|other| copies::same(&own, &copies::shingles(other)))))
    }
}

/// The bytes as a text.
///
/// # Errors
/// Why they are none, with the line where that shows.
pub fn read(bytes: &[u8]) -> Result<&str, Unusable> {
    if bytes.len() as u64 > MOST_BYTES {
        return Err(Unusable(format!("it has more than {} MB; part it into several texts", MOST_BYTES >> 20)));
    }
    let line_at = |at: usize| bytes[..at].split(|byte| *byte == b'\n').count();
    if bytes.starts_with(&[0xff, 0xfe]) || bytes.starts_with(&[0xfe, 0xff]) {
        return Err(Unusable("the text is UTF-16; save it as UTF-8".to_owned()));
    }
    let text = std::str::from_utf8(bytes).map_err(|error| {
        let at = error.valid_up_to();
        Unusable(format!("line {}: byte {:#04x} is not UTF-8; save the text as UTF-8", line_at(at), bytes[at]))
    })?;
    if let Some(at) = text.find('\0') {
        return Err(Unusable(format!("line {}: there is a zero byte, so this is not a text", line_at(at))));
    }
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    if text.trim().is_empty() { Err(Unusable("the text is empty".to_owned())) } else { Ok(text) }
}

/// The beginning of a text on one line, with `…` behind where more follows.
fn excerpt(text: &str) -> String {
    let mut words = text.split_whitespace();
    let mut excerpt = String::new();
    let mut letters = 0;
    for word in words.by_ref() {
        let left = EXCERPT_LETTERS.saturating_sub(letters + usize::from(letters > 0));
        if left == 0 {
            excerpt.push('…');
            return excerpt;
        }
        if letters > 0 {
            excerpt.push(' ');
            letters += 1;
        }
        let length = word.chars().count();
        excerpt.extend(word.chars().take(left));
        letters += length.min(left);
        if length > left {
            excerpt.push('…');
            return excerpt;
        }
    }
    excerpt
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_a_text_is_refused_with_the_line_and_what_to_do() {
        let reason = |bytes: &[u8]| read(bytes).unwrap_err().0;
        assert_eq!(reason(b"a\nb\xe4"), "line 2: byte 0xe4 is not UTF-8; save the text as UTF-8");
        assert_eq!(reason(b"a\n\nb\0"), "line 3: there is a zero byte, so this is not a text");
        assert_eq!(reason(b"\xff\xfea\0"), "the text is UTF-16; save it as UTF-8");
        assert_eq!(reason(b" \n\t"), "the text is empty");
        assert!(reason(&vec![b'a'; (1 << 20) + 1]).contains("more than 1 MB"));
        assert_eq!(read("\u{feff}ä".as_bytes()).unwrap(), "ä");
    }

    #[test]
    fn an_excerpt_is_one_line_that_says_whether_more_follows() {
        assert_eq!(excerpt("  a\n\n b\t c "), "a b c");
        let long = excerpt(&"word ".repeat(100));
        assert!(long.ends_with('…') && long.chars().count() <= EXCERPT_LETTERS + 2, "{long}");
        let unbroken = excerpt(&"字".repeat(500));
        assert_eq!(unbroken.chars().count(), EXCERPT_LETTERS + 1);
        let exact = "x".repeat(EXCERPT_LETTERS);
        assert_eq!(excerpt(&exact), exact);
    }

    #[test]
    fn facts_count_and_quote_the_text() {
        let found = TextMedium.inspect("Zwölf Boxkämpfer\njagen".as_bytes(), &|_| false).unwrap();
        assert_eq!(
            found.facts,
            serde_json::json!({
                "format": "text", "letters": 22, "words": 3, "lines": 2, "excerpt": "Zwölf Boxkämpfer jagen"
            })
        );
        assert!(found.drawn.is_empty());
    }
}
