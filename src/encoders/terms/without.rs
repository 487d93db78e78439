//! The embeddings of a text without each of its words.

use std::ops::Range;

use super::grams::GAP;
use super::vocabulary::{counted, weight};
use super::{Terms, normalise, sparse};

/// See [`Terms::without_each_word`].
///
/// A word and the characters beside it are looked at twice, as they are and with a gap in the word's place; the columns whose
/// counts differ correct the sum of the whole text.
pub(super) fn each_word(terms: &Terms, text: &str) -> Vec<(Range<usize>, Vec<f32>)> {
    let vocabulary = &terms.vocabulary;
    let mut ranges = Vec::new();
    vocabulary.alphabet.words(text, |range| ranges.push(range));
    let words: Vec<u32> = ranges.iter().map(|range| vocabulary.word(&text[range.clone()])).collect();
    let letters = vocabulary.letters.of(text);
    let counts = vocabulary.counts(text);
    let mut whole = vec![0.0; terms.dim()];
    terms.sum(&counts, &mut whole);
    let reach = vocabulary.lengths[1].saturating_sub(1);
    // The place of a word's first character among `letters`, which begin with a gap.
    let (mut place, mut byte) = (1, 0);
    let mut out = Vec::with_capacity(ranges.len());
    for (at, range) in ranges.into_iter().enumerate() {
        place += text[byte..range.start].chars().count();
        let end = place + text[range.clone()].chars().count();
        byte = range.end;
        let (from, to) = (place.saturating_sub(reach), (end + reach).min(letters.len()));
        let mut before = Vec::new();
        vocabulary.add_letters(&letters[from..to], &mut before);
        let near = at.saturating_sub(1)..(at + 2).min(words.len());
        vocabulary.add_words(&words[near.clone()], &mut before);
        let mut after = Vec::new();
        vocabulary.add_letters(&[&letters[from..place], &[GAP], &letters[end..to]].concat(), &mut after);
        let rest: Vec<u32> = near.filter(|&i| i != at).map(|i| words[i]).collect();
        vocabulary.add_words(&rest, &mut after);
        let mut sum = whole.clone();
        for (column, less, more) in differences(&counted(before), &counted(after)) {
            let found = counts.binary_search_by_key(&column, |&(column, _)| column);
            let times = found.map_or(0, |i| counts[i].1);
            let change = weight((times + more).saturating_sub(less)) - weight(times);
            sparse::add(&mut sum, change, terms.projection.row(column as usize));
        }
        normalise(&mut sum);
        place = end;
        out.push((range, sum));
    }
    out
}

/// The columns whose counts differ: (column, before, after).
fn differences(before: &[(u32, u32)], after: &[(u32, u32)]) -> Vec<(u32, u32, u32)> {
    let (mut before, mut after) = (before.iter().peekable(), after.iter().peekable());
    let mut found = Vec::new();
    loop {
        let next = [before.peek(), after.peek()].into_iter().flatten().map(|(column, _)| *column).min();
        let Some(column) = next else { return found };
        let less = before.next_if(|(at, _)| *at == column).map_or(0, |(_, times)| *times);
        let more = after.next_if(|(at, _)| *at == column).map_or(0, |(_, times)| *times);
        if less != more {
            found.push((column, less, more));
        }
    }
}
