//! A text in pieces: words, what is between them, and code, which is never changed.
//!
//! Scripts without blanks between words are taken character by character. The pieces of a text, joined, are the text.

use unicode_normalization::char::is_combining_mark;

/// What code looks like inside a line, where letters alone would be words.
const CODE: [&str; 12] = ["://", "::", "->", "()", "_", "@", "\\", "{", "}", "=", "<", "www."];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Piece<'a> {
    /// A word, or a character of a script without blanks.
    Word(&'a str),
    /// Blanks and marks.
    Between(&'a str),
    /// Code, an address, a line break.
    Fixed(&'a str),
}

impl<'a> Piece<'a> {
    pub const fn text(self) -> &'a str {
        match self {
            Self::Word(text) | Self::Between(text) | Self::Fixed(text) => text,
        }
    }

    /// Whether it is nothing but blanks inside a line.
    pub fn is_blank(self) -> bool {
        matches!(self, Self::Between(text) if text.chars().all(char::is_whitespace))
    }
}

/// The pieces of a text, in order.
pub(super) fn pieces(text: &str) -> Vec<Piece<'_>> {
    let mut found = Vec::new();
    // The marks that began a block of code.
    let mut fence: Option<&str> = None;
    for line in text.split_inclusive('\n') {
        let bare = line.trim();
        let marks = ["```", "~~~"].into_iter().find(|marks| bare.starts_with(marks));
        let indented = (line.starts_with("    ") || line.starts_with('\t')) && !bare.is_empty();
        match (fence, marks) {
            (Some(open), Some(close)) if open == close => fence = None,
            (None, Some(open)) => fence = Some(open),
            (None, None) if !indented => {
                let end = line.trim_end_matches(['\n', '\r']).len();
                inside(&line[..end], &mut found);
                found.extend((end < line.len()).then(|| Piece::Fixed(&line[end..])));
                continue;
            }
            _ => {}
        }
        found.push(Piece::Fixed(line));
    }
    found
}

/// The pieces of one line, whose code stands between backticks.
fn inside<'a>(line: &'a str, found: &mut Vec<Piece<'a>>) {
    let mut rest = line;
    while let Some(open) = rest.find('`') {
        let Some(length) = rest[open + 1..].find('`') else { break };
        let close = open + length + 2;
        prose(&rest[..open], found);
        found.push(Piece::Fixed(&rest[open..close]));
        rest = &rest[close..];
    }
    prose(rest, found);
}

fn prose<'a>(text: &'a str, found: &mut Vec<Piece<'a>>) {
    let mut rest = text;
    while !rest.is_empty() {
        let blank = rest.len() - rest.trim_start().len();
        let (between, more) = rest.split_at(blank);
        found.extend((!between.is_empty()).then_some(Piece::Between(between)));
        let end = more.find(char::is_whitespace).unwrap_or(more.len());
        let (chunk, more) = more.split_at(end);
        if CODE.iter().any(|mark| chunk.contains(mark)) {
            found.push(Piece::Fixed(chunk));
        } else {
            words(chunk, found);
        }
        rest = more;
    }
}

/// The words of a chunk without blanks, and the marks around them.
fn words<'a>(chunk: &'a str, found: &mut Vec<Piece<'a>>) {
    let mut rest = chunk;
    while let Some(first) = rest.chars().next() {
        let (length, word) = if is_unspaced(first) {
            let marks = rest[first.len_utf8()..].find(|c: char| !is_combining_mark(c));
            (first.len_utf8() + marks.unwrap_or(rest.len() - first.len_utf8()), true)
        } else {
            let word = is_of_word(first);
            let other = |c: char| is_unspaced(c) || is_of_word(c) != word;
            (rest.find(other).unwrap_or(rest.len()), word)
        };
        let (own, more) = rest.split_at(length);
        found.push(if word { Piece::Word(own) } else { Piece::Between(own) });
        rest = more;
    }
}

/// Letters, digits, what is set above and below them, and what joins them: `don't`, `well-known`, and the joiners of Persian.
fn is_of_word(c: char) -> bool {
    c.is_alphanumeric() || is_combining_mark(c) || matches!(c, '\'' | '’' | '-' | '\u{200c}' | '\u{200d}')
}

/// Letters of scripts that write words without blanks between them: Thai, Lao, Myanmar, Khmer, Tibetan, Han, kana.
fn is_unspaced(c: char) -> bool {
    matches!(u32::from(c),
        0x0e01..=0x0e4e | 0x0e80..=0x0ecd | 0x0f40..=0x0fbc | 0x1000..=0x109f | 0x1780..=0x17d3 | 0x3005..=0x3007
        | 0x3041..=0x30ff | 0x3400..=0x4dbf | 0x4e00..=0x9fff | 0xf900..=0xfaff | 0x2_0000..=0x3_ffff)
        && c.is_alphanumeric()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn words_of(text: &str) -> Vec<&str> {
        let word = |piece| if let Piece::Word(word) = piece { Some(word) } else { None };
        pieces(text).into_iter().filter_map(word).collect()
    }

    #[test]
    fn words_end_at_blanks_and_marks_and_characters_stand_alone_where_there_are_no_blanks() {
        assert_eq!(words_of("Don't panic, (please)!"), ["Don't", "panic", "please"]);
        assert_eq!(words_of("包裹 3 天还没到。"), ["包", "裹", "3", "天", "还", "没", "到"]);
        assert_eq!(words_of("มานี"), ["ม", "า", "นี"]);
        assert_eq!(words_of("e\u{301}te\u{301} 배송 دیر"), ["e\u{301}te\u{301}", "배송", "دیر"]);
    }

    #[test]
    fn code_and_addresses_are_no_words() {
        let text = "See `a b` at https://x.org/a or mail me@x.org\n```\nlet it = 1;\n\nhi\n```\n    indented code\nend foo_bar() x";
        assert_eq!(words_of(text), ["See", "at", "or", "mail", "end", "x"]);
        assert_eq!(words_of("```\nnever closed"), [""; 0]);
        assert_eq!(words_of("one ` alone"), ["one", "alone"]);
    }

    proptest! {
        #[test]
        fn pieces_joined_are_the_text(text in "(\\PC|[ \n\r\t`~a字ก]){0,80}") {
            let joined: String = pieces(&text).into_iter().map(Piece::text).collect();
            prop_assert_eq!(joined, text);
        }
    }
}
