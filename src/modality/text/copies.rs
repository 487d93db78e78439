//! Near copies among texts: the same words in other letters, a few words changed.
//!
//! Equal but for case, marks and blanks is found by a digest of the folded letters; close texts by a `SimHash` (Charikar 2002) of
//! overlapping runs of letters, whose few differing bits are then confirmed by the share of runs that both have.

use std::collections::HashSet;

use sha2::{Digest as _, Sha256};

use crate::data::hex;
use crate::domain::text::folded;
use crate::math::random;
use crate::modality::Fingerprint;

/// Letters of one run.
const RUN: usize = 5;
/// Of the runs that either has, the share that copies have in common (Jaccard).
const SHARED: f64 = 0.85;

/// One pass over the letters.
pub(super) fn fingerprint(text: &str) -> Fingerprint {
    let letters = letters(text);
    let digest = Sha256::digest(letters.iter().collect::<String>().as_bytes());
    Fingerprint { content: hex(&digest[..16]), hash: simhash(&letters) }
}

/// The runs of a text, hashed.
pub(super) fn shingles(text: &str) -> HashSet<u64> {
    runs(&letters(text)).collect()
}

/// Whether two texts with these runs are copies.
pub(super) fn same(one: &HashSet<u64>, other: &HashSet<u64>) -> bool {
    let both = one.intersection(other).count() as f64;
    both >= SHARED * (one.len() + other.len()) as f64 - SHARED * both
}

/// Folded letters and digits, with one blank where anything else is between them.
fn letters(text: &str) -> Vec<char> {
    let folded = folded(text);
    let mut letters = Vec::with_capacity(folded.len());
    for c in folded.chars() {
        if c.is_alphanumeric() {
            letters.push(c);
        } else if letters.last().is_some_and(|last| *last != ' ') {
            letters.push(' ');
        }
    }
    if letters.last() == Some(&' ') {
        letters.pop();
    }
    // A text of marks alone is its marks.
    if letters.is_empty() { folded.trim().chars().collect() } else { letters }
}

fn runs(letters: &[char]) -> impl Iterator<Item = u64> {
    let hash = |run: &[char]| run.iter().fold(RUN as u64, |hash, c| random::hash(hash, u64::from(*c)));
    letters.windows(RUN.min(letters.len()).max(1)).map(hash)
}

/// Each bit is what most runs have there.
fn simhash(letters: &[char]) -> u64 {
    let mut votes = [0i32; 64];
    for run in runs(letters) {
        for (bit, vote) in votes.iter_mut().enumerate() {
            *vote += if run >> bit & 1 == 1 { 1 } else { -1 };
        }
    }
    votes.iter().enumerate().fold(0, |hash, (bit, vote)| hash | u64::from(*vote > 0) << bit)
}

#[cfg(test)]
mod tests {
    use super::*;

    const LONG: &str = "The parcel that I ordered on the second of May has still not arrived, although the page says that it \
                        was handed over on the fourth. Please find out where it is, and tell me when I can expect it at last.";

    #[test]
    fn case_marks_and_blanks_make_no_other_text() {
        let print = |text: &str| fingerprint(text).content;
        assert_eq!(print("How do I pay?"), print("  how do I\npay "));
        assert_ne!(print("How do I pay?"), print("How do I play?"));
        assert_ne!(print("!?"), print("?!"), "a text of marks alone");
        assert_eq!(print("Stra\u{df}e"), print("STRASSE"));
    }

    #[test]
    fn a_word_changed_in_a_long_text_leaves_a_copy() {
        let changed = LONG.replace("fourth", "fifth");
        let apart = (fingerprint(LONG).hash ^ fingerprint(&changed).hash).count_ones();
        assert!(apart <= 8, "{apart} bits");
        assert!(same(&shingles(LONG), &shingles(&changed)));
    }

    #[test]
    fn other_texts_about_the_same_are_no_copies() {
        let other = "My parcel has not arrived. It was ordered on the second of May; the page says it was handed over.";
        assert!(!same(&shingles(LONG), &shingles(other)));
        assert!((fingerprint(LONG).hash ^ fingerprint(other).hash).count_ones() > 8);
    }

    #[test]
    fn short_texts_have_a_fingerprint_too() {
        for text in ["a", "ab", "字", "…"] {
            assert_eq!(shingles(text).len(), 1, "{text}");
            assert!(same(&shingles(text), &shingles(text)));
        }
    }
}
