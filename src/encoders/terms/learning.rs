//! Learning from a pool: which n-grams count, how much, and the directions that they span.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use rayon::prelude::*;

use super::alphabet::{Alphabet, fold, folded, is_letter};
use super::grams::{GAP, Gram, GramMap, Grams, NEVER, length, numbers, of_letters, of_words};
use super::sparse::{self, Directions, Sparse};
use super::vocabulary::{Letters, Vocabulary, weight};
use super::{TermSettings, Terms, TermsError};
use crate::math::spectrum::orthonormal;
use crate::math::{Matrix, random};

/// Texts per part of the work. Fixed, though all that is summed over texts is whole numbers.
const PART: usize = 256;
/// Below so many texts, an n-gram of one text counts too.
const FEW: usize = 50;
/// Numbers per embedding that even the smallest pool gets, where it has as many directions.
const LEAST_DIM: usize = 16;
/// The largest number of a projection: half precision has its best steps in the middle of its range.
const LARGEST: f32 = 256.0;
/// How far strong directions, which many texts share, are made stronger: a direction of strength s is multiplied by s to this.
const EMPHASIS: f64 = 0.25;
/// What `progress` counts to.
const STEPS: u64 = 8;

/// See [`Terms::learn`].
pub(super) fn learn(
    texts: &[&str],
    settings: &TermSettings,
    seed: u64,
    progress: &(dyn Fn(u64, u64) -> bool + Sync),
) -> Result<Terms, TermsError> {
    if texts.len() < 2 {
        return Err(TermsError::TooFew(texts.len()));
    }
    let done = std::sync::atomic::AtomicU64::new(0);
    let go_on = || progress(done.fetch_add(1, std::sync::atomic::Ordering::Relaxed).min(STEPS), STEPS);
    let step = || if go_on() { Ok(()) } else { Err(TermsError::Stopped) };
    step()?;
    let texts = sample(texts, settings, seed);
    let least = if texts.len() < FEW { 1 } else { settings.least };
    let alphabet = Alphabet::unicode();
    let forms = Forms::of(&texts, &alphabet);
    step()?;
    let (vocabulary, idf) = vocabulary(&texts, alphabet, &forms, settings, least);
    step()?;
    let rows = rows(&texts, &vocabulary, &idf);
    let dim = settings.dim.min((texts.len() / 2).max(LEAST_DIM));
    step()?;
    let stopped = std::sync::atomic::AtomicBool::new(false);
    let watched = || {
        let on = go_on();
        stopped.store(!on, std::sync::atomic::Ordering::Relaxed);
        on
    };
    let Some(found) = sparse::directions(&rows, dim, seed, &watched) else {
        return Err(if stopped.into_inner() { TermsError::Stopped } else { TermsError::NoWords });
    };
    let projection = projection(&found, &idf, seed);
    step()?;
    Ok(Terms::new(vocabulary, projection))
}

/// Texts drawn by `seed` up to the limits, in their order; at least two.
fn sample<'a>(texts: &[&'a str], settings: &TermSettings, seed: u64) -> Vec<&'a str> {
    let mut order: Vec<usize> = (0..texts.len()).collect();
    order.sort_by_key(|&i| (random::hash(seed ^ 0x5a3b, i as u64), i));
    let mut bytes = 0;
    let within = |i: usize, at: usize| at < 2 || (at < settings.texts && i <= settings.bytes);
    let n = order.iter().enumerate().take_while(|&(at, &i)| {
        bytes += texts[i].len();
        within(bytes, at)
    });
    let n = n.count();
    order.truncate(n);
    order.sort_unstable();
    order.into_iter().map(|i| texts[i]).collect()
}

/// Every folded word and character of some texts: in how many it is, and how it is written.
#[derive(Default)]
struct Forms<'a> {
    words: HashMap<String, (u32, BTreeSet<&'a str>)>,
    letters: HashMap<char, (u32, BTreeSet<char>)>,
}

impl<'a> Forms<'a> {
    fn of(texts: &[&'a str], alphabet: &Alphabet) -> Self {
        let part = |texts: &[&'a str]| {
            let mut forms = Self::default();
            for text in texts {
                forms.add(text, alphabet);
            }
            forms
        };
        texts.par_chunks(PART).map(part).reduce(Self::default, Self::merged)
    }

    fn add(&mut self, text: &'a str, alphabet: &Alphabet) {
        let mut words: BTreeMap<String, BTreeSet<&str>> = BTreeMap::new();
        alphabet.words(text, |range| {
            words.entry(folded(&text[range.clone()])).or_default().insert(&text[range]);
        });
        for (word, forms) in words {
            let (texts, all) = self.words.entry(word).or_default();
            *texts += 1;
            all.extend(forms);
        }
        let letters: BTreeSet<char> = text.chars().filter(|&c| is_letter(c)).collect();
        let mut seen = BTreeSet::new();
        for c in letters {
            let (texts, all) = self.letters.entry(fold(c)).or_default();
            *texts += u32::from(seen.insert(fold(c)));
            all.insert(c);
        }
    }

    fn merged(self, other: Self) -> Self {
        let (mut large, small) = if self.words.len() < other.words.len() { (other, self) } else { (self, other) };
        for (word, (texts, forms)) in small.words {
            let (sum, all) = large.words.entry(word).or_default();
            *sum += texts;
            all.extend(forms);
        }
        for (letter, (texts, forms)) in small.letters {
            let (sum, all) = large.letters.entry(letter).or_default();
            *sum += texts;
            all.extend(forms);
        }
        large
    }

    /// A number for every form of the words that are in `least` texts: as seen, in small and in large letters, and with a
    /// capital.
    fn words(&self, least: u32, alphabet: &Alphabet) -> HashMap<String, u32> {
        let kept: BTreeSet<&String> =
            self.words.iter().filter(|(_, (n, _))| *n >= least).map(|(word, _)| word).collect();
        let mut numbers = HashMap::new();
        for (word, number) in kept.into_iter().zip(1..NEVER) {
            let mut capital = word.chars();
            let capital = capital.next().map(|first| first.to_uppercase().chain(capital).collect::<String>());
            let made = [Some(word.clone()), Some(word.to_uppercase()), capital].into_iter().flatten();
            let seen = self.words[word].1.iter().map(|&form| form.to_owned());
            let forms = made.chain(seen).filter(|form| folded(form) == *word && alphabet.is_word(form));
            numbers.extend(forms.map(|form| (form, number)));
        }
        numbers
    }

    /// The same for characters.
    fn letters(&self, least: u32) -> HashMap<char, u32> {
        let kept: BTreeSet<char> = self.letters.iter().filter(|(_, (n, _))| *n >= least).map(|(&c, _)| c).collect();
        let mut numbers = HashMap::new();
        for (letter, number) in kept.into_iter().zip(GAP + 1..NEVER) {
            let large = letter.to_uppercase().take(1).filter(|&large| fold(large) == letter);
            let forms = large.chain([letter]).chain(self.letters[&letter].1.iter().copied());
            numbers.extend(forms.map(|form| (form, number)));
        }
        numbers
    }
}

/// The n-grams that are in at least `least` texts, the most frequent up to the limits, and the weight of each:
/// ln((1 + n) / (1 + texts)) + 1.
fn vocabulary(
    texts: &[&str],
    alphabet: Alphabet,
    forms: &Forms<'_>,
    settings: &TermSettings,
    least: u32,
) -> (Vocabulary, Vec<f32>) {
    let lengths = [settings.shortest, settings.longest];
    let words = forms.words(least, &alphabet);
    let letters = Letters::new(forms.letters(least));
    let of_word = |text: &str, out: &mut Vec<Gram>| {
        let mut found = Vec::new();
        alphabet.words(text, |range| found.push(words.get(&text[range]).copied().unwrap_or(0)));
        of_words(&found, |gram| out.push(gram));
    };
    let of_letter = |text: &str, out: &mut Vec<Gram>| {
        of_letters(&letters.of(text), lengths[0], lengths[1], |gram| out.push(gram));
    };
    let mut idf = Vec::new();
    let mut chosen = |counts: GramMap, most: usize| {
        let mut kept: Vec<(Gram, u32)> = counts.into_iter().filter(|&(_, count)| count >= least).collect();
        kept.sort_unstable_by_key(|&(gram, count)| (std::cmp::Reverse(count), gram));
        kept.truncate(most);
        kept.sort_unstable_by_key(|&(gram, _)| (length(gram), gram));
        if kept.is_empty() {
            // An operator's list may not be empty.
            kept.push((Gram::from(NEVER), 0));
        }
        let n = texts.len() as f32;
        idf.extend(kept.iter().map(|&(_, count)| ((1.0 + n) / (1.0 + count as f32)).ln() + 1.0));
        Grams::new(kept.into_iter().map(|(gram, _)| gram).collect()).unwrap_or_default()
    };
    let word_grams = chosen(counts(texts, of_word), settings.word_grams);
    let letter_grams = chosen(counts(texts, of_letter), settings.letter_grams);
    let used = |grams: &Grams| grams.list().iter().flat_map(|&gram| numbers(gram)).collect::<BTreeSet<u32>>();
    let (used_words, used_letters) = (used(&word_grams), used(&letter_grams));
    let words = words.into_iter().filter(|(_, number)| used_words.contains(number)).collect();
    let kept = letters.numbers().iter().filter(|(_, number)| used_letters.contains(number));
    let letters = Letters::new(kept.map(|(&c, &number)| (c, number)).collect());
    (Vocabulary { alphabet, words, letters, lengths, word_grams, letter_grams }, idf)
}

/// In how many texts every n-gram is.
fn counts(texts: &[&str], of: impl Fn(&str, &mut Vec<Gram>) + Sync) -> GramMap {
    let part = |mut counts: GramMap, text: &&str| {
        let mut grams = Vec::new();
        of(text, &mut grams);
        grams.sort_unstable();
        grams.dedup();
        for gram in grams {
            *counts.entry(gram).or_default() += 1;
        }
        counts
    };
    let merged = |one: GramMap, other: GramMap| {
        let (mut large, small) = if one.len() < other.len() { (other, one) } else { (one, other) };
        for (gram, count) in small {
            *large.entry(gram).or_default() += count;
        }
        large
    };
    texts.par_iter().with_min_len(texts.len() / 16).fold(GramMap::default, part).reduce(GramMap::default, merged)
}

/// A row per text: (1 + ln(times)) · idf, of unit length.
pub(super) fn rows(texts: &[&str], vocabulary: &Vocabulary, idf: &[f32]) -> Sparse {
    let row = |text: &&str| {
        let counts = vocabulary.counts(text).into_iter();
        let mut row: Vec<(u32, f32)> =
            counts.map(|(column, times)| (column, weight(times) * idf[column as usize])).collect();
        let length = row.iter().map(|(_, value)| value * value).sum::<f32>().sqrt();
        for (_, value) in &mut row {
            *value /= length;
        }
        row
    };
    Sparse::new(texts.par_iter().map(row).collect(), vocabulary.columns())
}

/// What an n-gram of weight 1 adds to an embedding: its idf times its part in the directions, turned, as half precision has it.
///
/// A seeded rotation spreads the directions over all numbers. Heads standardise each number, which would otherwise bring the
/// weak directions, mostly noise, to the strength of the first. The scale of a projection is free, since embeddings have unit
/// length.
fn projection(found: &Directions, idf: &[f32], seed: u64) -> Matrix {
    let kept = found.strengths.len();
    let drawn: Vec<f64> = (0..kept * kept).map(|i| random::unit(random::hash(seed ^ 0x7042, i as u64)) - 0.5).collect();
    let rotation = orthonormal(&drawn, kept, kept).into_iter().map(|value| value as f32).collect();
    let mut rotation = Matrix::new(kept, kept, rotation);
    for (i, strength) in found.strengths.iter().enumerate() {
        let factor = strength.powf(EMPHASIS) as f32;
        rotation.row_mut(i).iter_mut().for_each(|value| *value *= factor);
    }
    let mut rows = sparse::turned(&found.vectors, &rotation);
    for (i, idf) in idf.iter().enumerate() {
        rows.row_mut(i).iter_mut().for_each(|value| *value *= idf);
    }
    let largest = rows.as_slice().iter().fold(f32::MIN_POSITIVE, |largest, value| largest.max(value.abs()));
    for value in rows.as_mut_slice() {
        *value = half::f16::from_f32(*value / largest * LARGEST).to_f32();
    }
    rows
}
