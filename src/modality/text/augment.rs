//! Changed copies of a text that mean the same thing.
//!
//! The kinds and their strengths follow Wei and Zou 2019, "EDA: easy data augmentation techniques for boosting performance on text
//! classification tasks"; alternatives are whole texts that a lead brings. Code, addresses and line breaks stay as they are, and
//! scripts without blanks between words are changed by characters. A project says which kinds keep its labels.

use std::fmt;
use std::str::FromStr;

use rand_chacha::rand_core::Rng;

use super::pieces::{Piece, pieces};
use super::rewording::{Alternatives, Synonyms};
use crate::math::random;

/// Views of each labeled text.
pub const VIEWS: usize = 4;
/// The share of the words that are left out, and of those that change places.
const CHANGED: f64 = 0.1;
/// The share of the words that may be replaced by synonyms.
const REPLACED: f64 = 0.2;
/// Words below which none is left out.
const FEWEST: usize = 3;

/// A kind of change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum TextChange {
    /// Another whole text in its place.
    Alternative,
    /// Words replaced by synonyms.
    Synonym,
    /// Neighbouring words exchanged.
    Swap,
    /// Words left out.
    Drop,
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not an augmentation of texts; choose from alternative, synonym, swap and drop")]
pub struct UnknownTextChange(String);

/// What a lead brought for the kinds that need it.
#[derive(Debug, Clone, Copy)]
pub struct Rewordings<'a> {
    pub synonyms: &'a Synonyms,
    pub alternatives: &'a Alternatives,
}

impl TextChange {
    pub const ALL: [Self; 4] = [Self::Alternative, Self::Synonym, Self::Swap, Self::Drop];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Alternative => "alternative",
            Self::Synonym => "synonym",
            Self::Swap => "swap",
            Self::Drop => "drop",
        }
    }

    pub fn title(self) -> &'static str {
        match self {
            Self::Alternative => "Said otherwise",
            Self::Synonym => "Synonyms",
            Self::Swap => "Words exchanged",
            Self::Drop => "Words left out",
        }
    }

    /// What it does, and where it changes the answer.
    pub fn about(self) -> &'static str {
        match self {
            Self::Alternative => "Another text from a file of yours, such as a translation to and fro.",
            Self::Synonym => {
                "Up to a fifth of the words replaced from a file of yours. Not where the choice of words is the answer."
            }
            Self::Swap => {
                "A tenth of the words change places with the next. Not where the order of words is the answer."
            }
            Self::Drop => {
                "A tenth of the words left out, never numbers. Not where a single word, such as “not”, is the answer."
            }
        }
    }
}

impl fmt::Display for TextChange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for TextChange {
    type Err = UnknownTextChange;

    fn from_str(name: &str) -> Result<Self, UnknownTextChange> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == name).ok_or_else(|| UnknownTextChange(name.to_owned()))
    }
}

/// The kinds a project's setting names, in their own order, each once.
///
/// # Errors
/// The first unknown name.
pub fn parse(names: &str) -> Result<Vec<TextChange>, UnknownTextChange> {
    let mut kinds: Vec<TextChange> = names.split_whitespace().map(str::parse).collect::<Result<_, _>>()?;
    kinds.sort_unstable();
    kinds.dedup();
    Ok(kinds)
}

/// As [`parse`] reads them.
pub fn names(kinds: &[TextChange]) -> String {
    kinds.iter().map(|kind| kind.as_str()).collect::<Vec<_>>().join(" ")
}

/// One changed copy of the text of sample `id` by all `kinds`, decided by `seed`. Never empty.
pub fn view(id: &str, text: &str, kinds: &[TextChange], rewordings: Rewordings<'_>, seed: u64) -> String {
    let mut rng = random::stream(seed, 0x7e7);
    let change = |text: String, kind: &TextChange| match kind {
        TextChange::Alternative => alternative(id, text, rewordings.alternatives, &mut rng),
        TextChange::Synonym => replaced(&text, rewordings.synonyms, &mut rng),
        TextChange::Swap => swapped(&text, &mut rng),
        TextChange::Drop => shortened(&text, &mut rng),
    };
    kinds.iter().fold(text.to_owned(), change)
}

/// The text itself or one of its alternatives, each as likely.
fn alternative(id: &str, text: String, alternatives: &Alternatives, rng: &mut impl Rng) -> String {
    let others = alternatives.of(id, &text);
    let at = below(rng, others.len() + 1);
    others.get(at).cloned().unwrap_or(text)
}

/// Words that have synonyms, and characters that are such words together, with one in their place.
fn replaced(text: &str, synonyms: &Synonyms, rng: &mut impl Rng) -> String {
    let all = pieces(text);
    let known = known(&all, synonyms);
    let words = all.iter().filter(|piece| matches!(piece, Piece::Word(_))).count();
    let most = 1 + below(rng, share(words, REPLACED));
    let chosen = chosen(known.len(), most, rng);
    let mut out: Vec<String> = all.iter().map(|piece| piece.text().to_owned()).collect();
    for at in chosen {
        let (from, to) = known[at];
        let word: String = all[from..to].iter().map(|piece| piece.text()).collect();
        let others = synonyms.of(&word);
        if let Some(other) = others.get(below(rng, others.len())) {
            out[from] = in_case_of(&word, other);
            for rest in &mut out[from + 1..to] {
                rest.clear();
            }
        }
    }
    out.concat()
}

/// Where words with synonyms begin and end among the pieces: the longest at each place, none inside another.
fn known(all: &[Piece<'_>], synonyms: &Synonyms) -> Vec<(usize, usize)> {
    let mut found = Vec::new();
    let mut at = 0;
    while at < all.len() {
        let run = all[at..].iter().take(synonyms.longest()).take_while(|piece| matches!(piece, Piece::Word(_))).count();
        let is_known = |length: &usize| {
            let word: String = all[at..at + length].iter().map(|piece| piece.text()).collect();
            !synonyms.of(&word).is_empty()
        };
        let longest = (1..=run).rev().find(is_known);
        found.extend(longest.map(|length| (at, at + length)));
        at += longest.unwrap_or(1);
    }
    found
}

/// `other` in capitals or with a capital, where `word` is.
fn in_case_of(word: &str, other: &str) -> String {
    let capital = |c: char| c.is_uppercase();
    let mut letters = other.chars();
    match letters.next() {
        Some(_) if word.chars().count() > 1 && word.chars().all(capital) => other.to_uppercase(),
        Some(first) if word.starts_with(capital) => first.to_uppercase().chain(letters).collect(),
        _ => other.to_owned(),
    }
}

/// Words that stand side by side on a line, exchanged.
fn swapped(text: &str, rng: &mut impl Rng) -> String {
    let mut all = pieces(text);
    let words: Vec<usize> = (0..all.len()).filter(|&at| matches!(all[at], Piece::Word(_))).collect();
    let beside = |two: &&[usize]| {
        let (left, right) = (two[0], two[1]);
        let near = right - left == 1 || (right - left == 2 && all[left + 1].is_blank());
        near && all[left] != all[right]
    };
    let pairs: Vec<(usize, usize)> = words.windows(2).filter(beside).map(|two| (two[0], two[1])).collect();
    let mut moved = vec![false; all.len()];
    for at in chosen(pairs.len(), share(words.len(), CHANGED), rng) {
        let (left, right) = pairs[at];
        // A word moves once, so that it stays near its place.
        if !moved[left] && !moved[right] {
            all.swap(left, right);
            (moved[left], moved[right]) = (true, true);
        }
    }
    all.into_iter().map(Piece::text).collect()
}

/// Words left out, with the blank in front of them.
fn shortened(text: &str, rng: &mut impl Rng) -> String {
    let all = pieces(text);
    let words: Vec<usize> = (0..all.len()).filter(|&at| matches!(all[at], Piece::Word(_))).collect();
    if words.len() < FEWEST {
        return text.to_owned();
    }
    let may_go = |at: &&usize| !all[**at].text().chars().any(char::is_numeric);
    let may: Vec<usize> = words.iter().filter(may_go).copied().collect();
    let mut kept = vec![true; all.len()];
    for at in chosen(may.len(), share(words.len(), CHANGED), rng) {
        let at = may[at];
        kept[at] = false;
        let blank = |at: usize| all.get(at).is_some_and(|piece| piece.is_blank());
        let line_ends = |at: usize| all.get(at).is_none_or(|piece| piece.text().ends_with('\n'));
        let marks = |at: usize| matches!(all.get(at), Some(Piece::Between(_)));
        if at > 0 && blank(at - 1) && (marks(at + 1) || line_ends(at + 1)) {
            kept[at - 1] = false;
        } else if blank(at + 1) && (at == 0 || line_ends(at - 1)) {
            kept[at + 1] = false;
        }
    }
    all.iter().zip(kept).filter(|(_, kept)| *kept).map(|(piece, _)| piece.text()).collect()
}

/// A share of `n` words, at least one.
fn share(n: usize, share: f64) -> usize {
    ((n as f64 * share).round() as usize).max(1)
}

/// At most `most` of `n` places, in a random order.
fn chosen(n: usize, most: usize, rng: &mut impl Rng) -> Vec<usize> {
    let mut keyed: Vec<(u64, usize)> = (0..n).map(|at| (rng.next_u64(), at)).collect();
    keyed.sort_unstable();
    keyed.truncate(most);
    keyed.into_iter().map(|(_, at)| at).collect()
}

/// A place below `n`; 0 for none.
fn below(rng: &mut impl Rng, n: usize) -> usize {
    ((random::unit(rng.next_u64()) * n as f64) as usize).min(n.saturating_sub(1))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const MAIL: &str = "Where is my parcel? I ordered it 12 days ago, and it has not arrived.\n\nRegards\n```\ncode stays = here\n```\n";

    fn books() -> (Synonyms, Alternatives) {
        let synonyms =
            Synonyms::read("parcel\tpackage\nordered\tbought\narrived\tcome\n包裹\t快递\n".as_bytes()).unwrap();
        (synonyms, Alternatives::read(b"t-1\tMy parcel is late.\n").unwrap())
    }

    fn changed(text: &str, kinds: &[TextChange], seed: u64) -> String {
        let (synonyms, alternatives) = books();
        view("t-1", text, kinds, Rewordings { synonyms: &synonyms, alternatives: &alternatives }, seed)
    }

    fn sorted_words(text: &str) -> Vec<String> {
        let mut words: Vec<String> =
            text.split_whitespace().map(|word| word.trim_matches([',', '.', '?']).to_owned()).collect();
        words.sort();
        words
    }

    #[test]
    fn a_seed_decides_a_view_and_others_differ() {
        for kind in TextChange::ALL {
            assert_eq!(changed(MAIL, &[kind], 5), changed(MAIL, &[kind], 5));
            let all: std::collections::HashSet<String> = (0..20).map(|seed| changed(MAIL, &[kind], seed)).collect();
            assert!(all.len() > 1, "{kind}: {all:?}");
        }
        assert_eq!(changed(MAIL, &[], 1), MAIL);
    }

    #[test]
    fn code_lines_and_numbers_stay_whatever_changes() {
        let kinds = [TextChange::Synonym, TextChange::Swap, TextChange::Drop];
        for seed in 0..50 {
            let view = changed(MAIL, &kinds, seed);
            assert!(view.ends_with("\n```\ncode stays = here\n```\n") && view.contains("12"), "{view}");
            assert_eq!(view.lines().count(), MAIL.lines().count());
            assert!(!view.contains("  ") && !view.starts_with(' '), "{view}");
        }
    }

    #[test]
    fn swaps_keep_all_words_and_drops_leave_nine_tenths() {
        for seed in 0..50 {
            let swapped = changed(MAIL, &[TextChange::Swap], seed);
            assert_ne!(swapped, MAIL);
            assert_eq!(sorted_words(&swapped), sorted_words(MAIL));
            let less = sorted_words(&changed(MAIL, &[TextChange::Drop], seed)).len();
            assert_eq!(less, sorted_words(MAIL).len() - 2);
        }
        assert_eq!(changed("two words", &[TextChange::Drop], 1), "two words");
    }

    #[test]
    fn synonyms_take_the_case_of_the_word_and_come_from_the_file_alone() {
        let all: Vec<String> =
            (0..30).map(|seed| changed("PARCEL, Parcel or parcel", &[TextChange::Synonym], seed)).collect();
        assert!(all.iter().any(|view| view.contains("PACKAGE")));
        assert!(all.iter().any(|view| view.contains("Package")) && all.iter().any(|view| view.ends_with("package")));
        assert_eq!(changed("nothing known here", &[TextChange::Synonym], 3), "nothing known here");
        assert_eq!(changed("我的包裹没到", &[TextChange::Synonym], 3), "我的快递没到");
    }

    #[test]
    fn scripts_without_blanks_are_changed_by_characters() {
        let text = "我的包裹还没有到，请问现在在哪里";
        for seed in 0..20 {
            let less = changed(text, &[TextChange::Drop], seed);
            assert_eq!(less.chars().count(), text.chars().count() - 2, "{less}");
            let (mut a, mut b): (Vec<char>, Vec<char>) =
                (changed(text, &[TextChange::Swap], seed).chars().collect(), text.chars().collect());
            assert_ne!(a, b);
            a.sort_unstable();
            b.sort_unstable();
            assert_eq!(a, b);
        }
    }

    #[test]
    fn names_are_read_back_in_one_order_and_others_are_refused() {
        let kinds = parse("drop  synonym drop").unwrap();
        assert_eq!(kinds, [TextChange::Synonym, TextChange::Drop]);
        assert_eq!(parse(&names(&kinds)), Ok(kinds));
        assert!(parse("mirror").unwrap_err().to_string().contains("`mirror`"));
    }

    proptest! {
        #[test]
        fn no_text_is_too_strange(text in "(\\PC|[ \n\t`a字ก]){1,60}", seed in 0u64..9) {
            let view = changed(&text, &TextChange::ALL, seed);
            prop_assert!(text.trim().is_empty() || !view.trim().is_empty(), "{:?} became {:?}", text, view);
        }
    }
}
