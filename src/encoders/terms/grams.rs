//! N-grams of numbered words or characters, and the table of those that count.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

use crate::math::random;

/// The longest n-gram.
pub(super) const LONGEST: usize = 6;
/// Bits per number in a [`Gram`]; every number is above 0 and below 2²¹.
const BITS: u32 = 21;
/// A number that no word and no character has.
pub(super) const NEVER: u32 = (1 << BITS) - 1;

/// Up to [`LONGEST`] numbers in one, the last in the lowest bits. Numbers start at 1, so no two n-grams are alike.
pub(super) type Gram = u128;

/// `gram` with one more number.
pub(super) fn longer(gram: Gram, number: u32) -> Gram {
    (gram << BITS) | Gram::from(number)
}

/// The numbers of `gram`, first to last.
pub(super) fn numbers(gram: Gram) -> Vec<u32> {
    let all = (0..LONGEST as u32).rev().map(|place| (gram >> (place * BITS)) as u32 & NEVER);
    all.skip_while(|&number| number == 0).collect()
}

/// How many numbers `gram` has.
pub(super) fn length(gram: Gram) -> usize {
    (Gram::BITS - gram.leading_zeros()).div_ceil(BITS) as usize
}

/// A map by n-gram.
pub(super) type GramMap = HashMap<Gram, u32, BuildHasherDefault<Mixer>>;

/// The hash of an n-gram: quick, and not made for keys of strangers, whose worst is slow learning of their own project.
#[derive(Default)]
pub(super) struct Mixer(u64);

impl Hasher for Mixer {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for &byte in bytes {
            self.0 = random::hash(self.0, u64::from(byte));
        }
    }

    fn write_u128(&mut self, gram: u128) {
        self.0 = random::hash((gram >> 64) as u64, gram as u64);
    }
}

/// The n-grams that count, in the order of their columns: short ones first.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Grams {
    list: Vec<Gram>,
    columns: GramMap,
}

impl Grams {
    /// `None` where an n-gram is there twice, or not in order of length.
    pub(super) fn new(list: Vec<Gram>) -> Option<Self> {
        let columns: GramMap = list.iter().zip(0..).map(|(&gram, column)| (gram, column)).collect();
        let ordered = list.windows(2).all(|pair| length(pair[0]) <= length(pair[1]));
        (ordered && columns.len() == list.len()).then_some(Self { list, columns })
    }

    pub(super) fn len(&self) -> usize {
        self.list.len()
    }

    pub(super) fn list(&self) -> &[Gram] {
        &self.list
    }

    pub(super) fn column(&self, gram: Gram) -> Option<u32> {
        self.columns.get(&gram).copied()
    }
}

/// Hand every single word and every pair of neighbours to `each`. Word 0 is unknown and in no n-gram.
pub(super) fn of_words(words: &[u32], mut each: impl FnMut(Gram)) {
    let mut before = 0;
    for &word in words {
        if word != 0 {
            each(Gram::from(word));
            if before != 0 {
                each(longer(Gram::from(before), word));
            }
        }
        before = word;
    }
}

/// Hand every n-gram of `shortest` to `longest` characters to `each`. A gap may begin or end one, and is never inside.
pub(super) fn of_letters(letters: &[u32], shortest: usize, longest: usize, mut each: impl FnMut(Gram)) {
    for start in 0..letters.len() {
        let mut gram = Gram::from(letters[start]);
        if shortest == 1 && letters[start] != GAP {
            each(gram);
        }
        for (len, &letter) in (2..=longest).zip(&letters[start + 1..]) {
            if letter == GAP && len == 2 && letters[start] == GAP {
                break;
            }
            gram = longer(gram, letter);
            if len >= shortest {
                each(gram);
            }
            if letter == GAP {
                break;
            }
        }
    }
}

/// The number of every character that is not in a table of letters.
pub(super) const GAP: u32 = 1;

#[cfg(test)]
mod tests {
    use super::*;

    fn lists(collect: impl FnOnce(&mut dyn FnMut(Gram))) -> Vec<Vec<u32>> {
        let mut found = Vec::new();
        collect(&mut |gram| {
            assert_eq!(length(gram), numbers(gram).len());
            found.push(numbers(gram));
        });
        found
    }

    #[test]
    fn unknown_words_part_pairs() {
        let found = lists(|each| of_words(&[3, 4, 0, 5], each));
        assert_eq!(found, [vec![3], vec![4], vec![3, 4], vec![5]]);
    }

    #[test]
    fn gaps_end_characters_n_grams_and_stand_in_none() {
        let found = lists(|each| of_letters(&[1, 7, 8, 1, 1, 9], 2, 4, each));
        let expected: [&[u32]; 7] = [&[1, 7], &[1, 7, 8], &[1, 7, 8, 1], &[7, 8], &[7, 8, 1], &[8, 1], &[1, 9]];
        assert_eq!(found, expected);
        assert!(lists(|each| of_letters(&[], 2, 4, each)).is_empty());
        assert_eq!(lists(|each| of_letters(&[1, 7], 1, 4, each)), [vec![1, 7], vec![7]]);
    }

    #[test]
    fn the_largest_numbers_fit() {
        let most = (0..LONGEST).fold(0, |gram, _| longer(gram, NEVER));
        assert_eq!(numbers(most), [NEVER; LONGEST]);
        assert!(Grams::new(vec![most, most]).is_none() && Grams::new(vec![most, 1]).is_none());
    }
}
