//! The words, the characters and the n-grams of them that count; what a text holds of them.

use std::collections::HashMap;

use super::alphabet::Alphabet;
use super::grams::{GAP, Grams, of_letters, of_words};

/// What parts a text into columns. Columns of words and their pairs come first, those of characters follow.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Vocabulary {
    pub alphabet: Alphabet,
    /// The number of every form of a word as it is written: `card`, `Card` and `CARD` share one. From 1.
    pub words: HashMap<String, u32>,
    pub letters: Letters,
    /// How many characters an n-gram has: least and most.
    pub lengths: [usize; 2],
    pub word_grams: Grams,
    pub letter_grams: Grams,
}

/// The number of every character: `a` and `A` share one; [`GAP`] where it has none.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Letters {
    numbers: HashMap<char, u32>,
    ascii: [u32; 128],
}

impl Letters {
    pub(super) fn new(numbers: HashMap<char, u32>) -> Self {
        let mut ascii = [GAP; 128];
        for (&c, &number) in &numbers {
            if let Some(place) = ascii.get_mut(c as usize) {
                *place = number;
            }
        }
        Self { numbers, ascii }
    }

    pub(super) fn numbers(&self) -> &HashMap<char, u32> {
        &self.numbers
    }

    fn number(&self, c: char) -> u32 {
        let found = self.ascii.get(c as usize).or_else(|| self.numbers.get(&c));
        found.copied().unwrap_or(GAP)
    }

    /// The numbers of a text's characters between a gap before and a gap after.
    pub(super) fn of(&self, text: &str) -> Vec<u32> {
        let mut found = Vec::with_capacity(text.len() + 2);
        found.push(GAP);
        found.extend(text.chars().map(|c| self.number(c)));
        found.push(GAP);
        found
    }
}

impl Vocabulary {
    pub(super) fn columns(&self) -> usize {
        self.word_grams.len() + self.letter_grams.len()
    }

    /// The number of the word `form`, 0 where it is unknown.
    pub(super) fn word(&self, form: &str) -> u32 {
        self.words.get(form).copied().unwrap_or(0)
    }

    /// Add the columns of numbered words to `out`, one for each time that an n-gram is there.
    pub(super) fn add_words(&self, words: &[u32], out: &mut Vec<u32>) {
        of_words(words, |gram| out.extend(self.word_grams.column(gram)));
    }

    /// The same for numbered characters.
    pub(super) fn add_letters(&self, letters: &[u32], out: &mut Vec<u32>) {
        let before = self.word_grams.len() as u32;
        let [shortest, longest] = self.lengths;
        of_letters(letters, shortest, longest, |gram| {
            out.extend(self.letter_grams.column(gram).map(|column| before + column));
        });
    }

    /// The columns of `text` in rising order, each with how often it is there.
    pub(super) fn counts(&self, text: &str) -> Vec<(u32, u32)> {
        let mut words = Vec::new();
        self.alphabet.words(text, |range| words.push(self.word(&text[range])));
        let mut columns = Vec::with_capacity(4 * text.len());
        self.add_words(&words, &mut columns);
        self.add_letters(&self.letters.of(text), &mut columns);
        counted(columns)
    }
}

/// Sort columns and count repeats.
pub(super) fn counted(mut columns: Vec<u32>) -> Vec<(u32, u32)> {
    columns.sort_unstable();
    columns.chunk_by(|a, b| a == b).map(|same| (same[0], same.len() as u32)).collect()
}

/// The weight of an n-gram that is there `times` times: 1 + ln(times), and 0 for none.
pub(super) fn weight(times: u32) -> f32 {
    if times < 2 { times as f32 } else { 1.0 + (times as f32).ln() }
}
