//! The encoding of names in a zip that does not declare one: bytes in, text out, or nothing where it is uncertain.
//!
//! A zip says of each name that it is UTF-8, or nothing; then the standard means code page 437, and programs wrote whatever
//! their system used. Bytes that are UTF-8 are taken for it. Others are code page 437 only where they read as words in it,
//! and not as Japanese as well. Everything else is uncertain: half a letter of Shift-JIS may look like a backslash, and a
//! wrong guess would invent folders and classes.

use encoding_rs::SHIFT_JIS;

/// Letters of the bytes from 0x80 on which code pages 437 and 850 agree; blank: none.
const LETTERS: [&str; 8] = [
    "ÇüéâäàåçêëèïîìÄÅ",
    "ÉæÆôöòûùÿÖÜ     ",
    "áíóúñÑ          ",
    "                ",
    "                ",
    "                ",
    " ß              ",
    "                ",
];

/// Why names are not read.
pub(super) const UNKNOWN: &str = "the archive's names are in an unknown character set; pack it again with a program that \
                                  writes UTF-8 names, or unpack it and import the folder";

/// The encoding of an archive's names that are not UTF-8; one for all of them, since one program packed it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Charset {
    CodePage437,
    Unknown,
}

impl Charset {
    /// What all of `names` can be.
    pub(super) fn of<'a>(names: impl Iterator<Item = &'a [u8]>) -> Self {
        let mut foreign = names.filter(|name| std::str::from_utf8(name).is_err());
        if foreign.all(|name| code_page(name).is_some_and(|text| reads_well(&text)) && !may_be_japanese(name)) {
            Self::CodePage437
        } else {
            Self::Unknown
        }
    }

    /// The name; `None` where its letters are unknown.
    pub(super) fn decode(self, name: &[u8]) -> Option<String> {
        match (std::str::from_utf8(name), self) {
            (Ok(name), _) => Some(name.to_owned()),
            (Err(_), Self::CodePage437) => code_page(name),
            (Err(_), Self::Unknown) => None,
        }
    }
}

/// The text in code page 437; `None` where a byte is not a letter that is the same in its sister.
fn code_page(name: &[u8]) -> Option<String> {
    let letter = |byte: u8| match byte {
        0..0x80 => Some(char::from(byte)),
        _ => LETTERS[usize::from(byte - 0x80) / 16].chars().nth(usize::from(byte) % 16).filter(|c| *c != ' '),
    };
    name.iter().map(|byte| letter(*byte)).collect()
}

/// Whether these look like real words: accented letters among plain ones, and no capital after a small letter.
fn reads_well(text: &str) -> bool {
    text.split(|c: char| !c.is_alphabetic()).all(|word| {
        let foreign = word.chars().filter(|c| !c.is_ascii()).count();
        let mut pairs =
            word.chars().zip(word.chars().skip(1)).filter(|(left, right)| !left.is_ascii() || !right.is_ascii());
        3 * foreign <= 2 * word.chars().count()
            && pairs.all(|(left, right)| left.is_uppercase() || !right.is_uppercase())
    })
}

/// Whether the bytes are Shift-JIS with a word that no plain letter touches.
fn may_be_japanese(name: &[u8]) -> bool {
    let Some(text) = SHIFT_JIS.decode_without_bom_handling_and_without_replacement(name) else { return false };
    let foreign = |c: char| !c.is_ascii();
    let letters: Vec<char> = text.chars().collect();
    let mut runs =
        letters.split(|c| !foreign(*c) && !c.is_ascii_alphabetic()).filter(|run| run.iter().any(|c| foreign(*c)));
    runs.any(|run| run.iter().all(|c| foreign(*c)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(name: &[u8]) -> Option<String> {
        Charset::of([name].into_iter()).decode(name)
    }

    #[test]
    fn western_words_are_read() {
        for (bytes, text) in [
            (&b"K\x84fer/gr\x94\xe1e.jpg"[..], "Käfer/größe.jpg"),
            (b"\x9abung \x82t\x82.jpg", "Übung été.jpg"),
            (b"cr\x82\x82e/\x80a.jpg", "créée/Ça.jpg"),
            (b"ni\xa4o\\V\x94gel.JPG", "niño\\Vögel.JPG"),
            ("Käfer/größe.jpg".as_bytes(), "Käfer/größe.jpg"),
            ("猫/a.jpg".as_bytes(), "猫/a.jpg"),
        ] {
            assert_eq!(read(bytes).as_deref(), Some(text));
        }
    }

    #[test]
    fn what_may_be_something_else_is_not() {
        for bytes in [
            // Shift-JIS, one of which reads as `ön`; GBK, Big5, EUC-KR, Windows-1252, code page 866.
            &b"\x94L/\x95\\1.jpg"[..],
            b"\x94L/\x83\\.jpg",
            b"\x94n/1.jpg",
            b"\x83l\x83R/1.jpg",
            b"\xc3\xa8/\xb1\xed.jpg",
            b"\xbf\xdf/1.jpg",
            b"\xb0\xed\xbe\xe7/1.jpg",
            b"K\xe4fer/1.jpg",
            b"\x8a\xae\xe8\xaa\xa0.jpg",
        ] {
            assert_eq!(read(bytes), None, "{bytes:x?}");
        }
        let two: [&[u8]; 2] = [b"K\x84fer.jpg", b"\x94n/1.jpg"];
        assert_eq!(Charset::of(two.into_iter()), Charset::Unknown, "one archive has one character set");
    }
}
