//! From a text to the numbers of its tokens.
//!
//! **Layout of a sample:** `[windows, max_tokens]` numbers. Each row is one window: its token numbers from the
//! left, the
//! tokenizer's own tokens (such as `[CLS]`) included, then −1 to the end. Windows follow each other from the
//! first row on;
//! rows that are not needed hold only −1. Token numbers are below 2²⁴, so 32-bit floats hold them exactly.
//!
//! A text that fits is one window. A longer one is cut into windows without overlap; where there would be more than the
//! description allows, that many are taken, spread evenly from the beginning to the end. What is put before a
//! text is put
//! before each window.
//!
//! **Invariant:** names nothing but the modality's own types; no files.

use tokenizers::Tokenizer;

use super::spec::{MOST_IDS, Sentence};
use crate::modality::{Preparation, Signature, SpecError, Unusable};

/// What fills a row after its tokens.
pub const NOTHING: f32 = -1.0;
/// A text of which every tokenizer makes at least one token.
const PROBE: &str = "a";

/// Prepares texts for one encoder.
pub struct TextTokens {
    signature: Signature,
    tokenizer: Tokenizer,
    /// Tokens that the tokenizer puts before and after each text by itself.
    before: Vec<u32>,
    after: Vec<u32>,
    prefix: String,
    /// The tokens of the prefix alone.
    prefix_ids: Vec<u32>,
    lowercase: bool,
    /// A token that is left out.
    skip: Option<u32>,
}

impl TextTokens {
    /// The preparation for `spec` with the tokenizer in `json`, the text of a `tokenizer.json`.
    ///
    /// # Errors
    /// When the tokenizer cannot be read or used, or its own tokens and the prefix leave no room in a window.
    pub fn new(spec: &Sentence, json: &[u8]) -> Result<Self, SpecError> {
        let mut tokens = Self::bare(spec.signature(), json)?;
        let plain = tokens.ids(PROBE, false)?;
        let framed = tokens.ids(PROBE, true)?;
        let at = framed.windows(plain.len().max(1)).position(|part| part == plain);
        let at =
            at.ok_or_else(|| SpecError("the tokenizer changes a text's tokens when it adds its own".to_owned()))?;
        tokens.before = framed[..at].to_vec();
        tokens.after = framed[at + plain.len()..].to_vec();
        tokens.lowercase = spec.lowercase;
        tokens.prefix.clone_from(&spec.prefix);
        tokens.prefix_ids = tokens.ids(&tokens.cased(&spec.prefix), false)?;
        let taken = tokens.before.len() + tokens.prefix_ids.len() + tokens.after.len();
        if taken >= spec.max_tokens {
            let text = format!("{taken} tokens surround each text, and a window has {}", spec.max_tokens);
            return Err(SpecError(text));
        }
        Ok(tokens)
    }

    /// The preparation for a table of tokens: no tokens of the tokenizer's own, and none of number `skip`.
    ///
    /// # Errors
    /// When the tokenizer cannot be read or used.
    pub(crate) fn plain(signature: Signature, json: &[u8], skip: Option<u32>) -> Result<Self, SpecError> {
        Ok(Self { skip, ..Self::bare(signature, json)? })
    }

    fn bare(signature: Signature, json: &[u8]) -> Result<Self, SpecError> {
        let wrong = |error: tokenizers::Error| SpecError(format!("`tokenizer.json` cannot be used: {error}"));
        let mut tokenizer = Tokenizer::from_bytes(json).map_err(wrong)?;
        tokenizer.with_padding(None);
        tokenizer.with_truncation(None).map_err(wrong)?;
        let most = tokenizer.get_vocab_size(true);
        if most > MOST_IDS {
            return Err(SpecError(format!("the tokenizer has {most} tokens; {MOST_IDS} can be used")));
        }
        let (before, after, prefix_ids) = (Vec::new(), Vec::new(), Vec::new());
        let prefix = String::new();
        Ok(Self { signature, tokenizer, before, after, prefix, prefix_ids, lowercase: false, skip: None })
    }

    /// Tokens that the tokenizer knows.
    pub fn vocabulary(&self) -> usize {
        self.tokenizer.get_vocab_size(true)
    }

    /// The windows of a text, at most as many as the description allows; none where a text has no token at all.
    ///
    /// # Errors
    /// When the tokenizer fails on it.
    pub fn windows(&self, text: &str) -> Result<Vec<Vec<u32>>, Unusable> {
        let &[most, max_tokens] = &self.signature.shape[..] else { return Ok(Vec::new()) };
        let text = self.cased(text.trim_start_matches('\u{feff}'));
        let whole = if self.prefix.is_empty() { text } else { self.cased(&self.prefix) + &text };
        let ids = self.ids(whole.trim(), false).map_err(|error| Unusable(error.0))?;
        let same = ids.iter().zip(&self.prefix_ids).take_while(|(a, b)| a == b).count();
        let (prefix, body) = ids.split_at(same);
        let room = (max_tokens - self.before.len() - self.after.len()).saturating_sub(same).max(1);
        let framed = |part: &[u32]| [&self.before[..], prefix, part, &self.after[..]].concat();
        let mut windows: Vec<_> = spread(body.len(), room, most).map(|(from, to)| framed(&body[from..to])).collect();
        windows.retain(|window| !window.is_empty());
        Ok(windows)
    }

    fn cased(&self, text: &str) -> String {
        if self.lowercase { text.to_lowercase() } else { text.to_owned() }
    }

    fn ids(&self, text: &str, framed: bool) -> Result<Vec<u32>, SpecError> {
        let wrong = |error: tokenizers::Error| SpecError(format!("the tokenizer fails: {error}"));
        let encoding = self.tokenizer.encode_fast(text, framed).map_err(wrong)?;
        if encoding.get_type_ids().iter().any(|&kind| kind != 0) {
            return Err(SpecError("the tokenizer gives token types other than 0 to a single text".to_owned()));
        }
        let ids = encoding.get_ids().iter().copied().filter(|&id| Some(id) != self.skip).collect::<Vec<_>>();
        match ids.iter().find(|&&id| id as usize >= MOST_IDS) {
            Some(id) => Err(SpecError(format!("token {id}; numbers below {MOST_IDS} can be used"))),
            None => Ok(ids),
        }
    }
}

impl Preparation for TextTokens {
    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn prepare(&self, bytes: &[u8], _: u64, out: &mut [f32]) -> Result<(), Unusable> {
        let text = std::str::from_utf8(bytes).map_err(|_| Unusable("the text is not in UTF-8".to_owned()))?;
        out.fill(NOTHING);
        let width = self.signature.shape.last().copied().unwrap_or(1).max(1);
        for (row, window) in out.chunks_mut(width).zip(self.windows(text)?) {
            row.iter_mut().zip(window).for_each(|(place, id)| *place = id as f32);
        }
        Ok(())
    }
}

/// From and to of windows of `room` tokens in a text of `n`: side by side, or `most` of them spread evenly.
fn spread(n: usize, room: usize, most: usize) -> impl Iterator<Item = (usize, usize)> {
    let needed = n.div_ceil(room).max(1);
    let count = needed.min(most.max(1));
    (0..count).map(move |i| {
        let from = match count {
            _ if needed <= most => i * room,
            1 => 0,
            // The last one ends where the text does; halves are rounded up.
            _ => (2 * i * (n - room) + count - 1) / (2 * (count - 1)),
        };
        (from, (from + room).min(n))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_that_fits_is_one_window_and_a_longer_one_is_cut_without_overlap() {
        assert_eq!(spread(0, 4, 3).collect::<Vec<_>>(), [(0, 0)]);
        assert_eq!(spread(4, 4, 3).collect::<Vec<_>>(), [(0, 4)]);
        assert_eq!(spread(9, 4, 3).collect::<Vec<_>>(), [(0, 4), (4, 8), (8, 9)]);
    }

    #[test]
    fn of_a_very_long_text_windows_are_spread_from_its_beginning_to_its_end() {
        assert_eq!(spread(104, 4, 3).collect::<Vec<_>>(), [(0, 4), (50, 54), (100, 104)]);
        assert_eq!(spread(104, 4, 1).collect::<Vec<_>>(), [(0, 4)]);
        let all: Vec<_> = spread(1_000_003, 254, 16).collect();
        assert_eq!((all.len(), all[0], all[15]), (16, (0, 254), (999_749, 1_000_003)));
        assert!(all.windows(2).all(|pair| pair[0].1 <= pair[1].0));
    }
}
