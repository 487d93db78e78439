//! Passwords that many people choose, and so are tried first: common words, rows of keys, and the same again and again.
//!
//! A list of our own in place of a library: `zxcvbn` weighs several hundred kilobytes and five further libraries, and scores what
//! needs only a yes or no. What is refused follows NIST SP 800-63B, 3.1.1.2: common, repetitive, sequential, and the account's or the
//! service's name. The words are those that published rankings of leaked passwords agree on, in the languages of the pages.
//!
//! **Invariant:** in a password of three or more unrelated words nothing is found.

/// Common words, in small letters, separated by spaces.
const WORDS: &str = "\
    password passwort passwd pass kennwort welcome willkommen admin administrator root user guest test testing \
    tester demo login letmein access changeme change default secret geheim private system server service querist \
    label labels labeling labelling annotator reviewer lead iloveyou ilove love lovely you me my the ichliebedich \
    liebe schatz hallo hello monkey dragon tiger master shadow sunshine princess prinzessin football fussball \
    baseball basketball soccer hockey superman batman spiderman pokemon starwars matrix trustno trust whatever \
    freedom killer flower cheese cookie chocolate computer internet samsung google facebook linkedin microsoft \
    windows android apple michael daniel thomas jordan jessica jennifer ashley michelle charlie andrew matthew \
    robert alexander summer winter spring autumn sommer herbst january february march april june july august \
    september october november december januar februar oktober dezember monday friday sunday montag freitag sonntag \
    company office work arbeit temp temporary new neu old super happy qwerty qwertz azerty asdf abc xyz woaini aini \
    mima nihao wode guanliyuan";

/// Rows of neighbours: keys, letters, digits.
const ROWS: &[&str] = &[
    "qwertyuiop",
    "qwertzuiop",
    "azertyuiop",
    "asdfghjkl",
    "zxcvbnm",
    "yxcvbnm",
    "qazwsxedcrfvtgbyhnujmikolp",
    "1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik9ol0p",
    "1q2w3e4r5t6y7u8i9o0p",
    "q1w2e3r4t5y6u7i8o9p0",
    "abcdefghijklmnopqrstuvwxyz",
    "01234567890",
    "!@#$%^&*()",
    "a1b2c3d4e5f6g7h8i9j0",
];

/// The longest part that makes a password by being repeated.
const UNIT: usize = 5;
/// How many words in a row are still guessed together.
const TOGETHER: usize = 2;
/// Digits and signs around a common word that add too little.
const ADDED: usize = 6;

/// Whether `password` is among what is guessed first, where the account is called `name`.
pub(super) fn is_common(name: &str, password: &str) -> bool {
    let text: Vec<char> = password.to_lowercase().chars().filter(|c| !c.is_whitespace()).collect();
    let name: String = letters(&name.to_lowercase().chars().collect::<Vec<_>>());
    is_patterned(&text) || is_wordy(&text, &name)
}

/// The same few characters again and again, or neighbours of a row.
fn is_patterned(text: &[char]) -> bool {
    let repeats = (1..=UNIT).any(|unit| text.len() >= 2 * unit && text.iter().zip(&text[unit..]).all(|(a, b)| a == b));
    repeats || outside_rows(text) <= 1
}

/// Characters that belong to no stretch of three or more neighbours.
fn outside_rows(text: &[char]) -> usize {
    let (mut at, mut outside) = (0, 0);
    while at < text.len() {
        if let run @ 3.. = longest_run(&text[at..]) {
            at += run;
        } else {
            at += 1;
            outside += 1;
        }
    }
    outside
}

/// How far `text` begins with neighbours of one row, in either direction, or with one character repeated.
fn longest_run(text: &[char]) -> usize {
    let same = text.iter().take_while(|c| **c == text[0]).count();
    let along = |row: &[char]| {
        let from = (0..row.len()).map(|start| row[start..].iter().zip(text).take_while(|(a, b)| a == b).count());
        from.max().unwrap_or_default()
    };
    let rows = ROWS.iter().map(|row| {
        let row: Vec<char> = row.chars().collect();
        let back: Vec<char> = row.iter().rev().copied().collect();
        along(&row).max(along(&back))
    });
    rows.max().unwrap_or_default().max(same)
}

/// One or two common words or the account's name, also with digits in place of letters, and little around them.
fn is_wordy(text: &[char], name: &str) -> bool {
    let Some(start) = text.iter().position(|c| c.is_alphabetic()) else { return false };
    let end = text.iter().rposition(|c| c.is_alphabetic()).map_or(start, |at| at + 1);
    let around = [&text[..start], &text[end..]];
    let adds_little = around.iter().map(|part| part.len()).sum::<usize>() <= ADDED
        || around.iter().all(|part| part.is_empty() || is_patterned(part));
    // Signs at an end may also stand for a letter: `p@$$w0rd`, `pa$$`.
    let whole: Vec<char> = text.iter().map(|c| meant(*c)).collect();
    let inner: Vec<char> = text[start..end].iter().map(|c| meant(*c)).collect();
    adds_little && [inner, whole].iter().any(|text| is_words(&letters(text), name, TOGETHER))
}

/// Whether `text` is at most `most` common words or names one after the other.
fn is_words(text: &str, name: &str, most: usize) -> bool {
    if text.is_empty() {
        return true;
    }
    let named = Some(name).filter(|name| name.chars().count() >= 3);
    let mut words = WORDS.split(' ').chain(named);
    most > 0 && words.any(|word| text.strip_prefix(word).is_some_and(|rest| is_words(rest, name, most - 1)))
}

/// The letter that a digit or sign is written for.
fn meant(c: char) -> char {
    match c {
        '0' => 'o',
        '1' | '!' => 'i',
        '3' => 'e',
        '4' | '@' => 'a',
        '5' | '$' => 's',
        '7' => 't',
        other => other,
    }
}

fn letters(text: &[char]) -> String {
    text.iter().filter(|c| c.is_alphabetic()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_leaked_lists_begin_with_is_found() {
        for password in [
            "1234567890",
            "0987654321",
            "qwertyuiop",
            "qwertzuiop",
            "aaaaaaaaaa",
            "abcabcabcabc",
            "1212121212",
            "password123",
            "Password1!",
            "p@ssw0rd12",
            "P@$$w0rd2026",
            "passw0rd!!",
            "123password",
            "passwordpassword",
            "adminadmin",
            "administrator1",
            "iloveyou123",
            "welcome2026",
            "Willkommen1",
            "letmein1234",
            "qwerty12345",
            "1q2w3e4r5t",
            "1qaz2wsx3edc",
            "Summer2026!",
            "changeme!!",
            "querist2026",
            "abcdefghij",
            "football99",
            "woaini1314",
            "testtest12",
            "my password",
            "password1234567890",
            "asdfghjkl1",
            "!@#$%^&*()",
            "superman123",
            "secretpassword",
        ] {
            assert!(is_common("ana", password), "{password}");
        }
    }

    #[test]
    fn the_account_and_a_year_are_found() {
        assert!(is_common("anastasia", "Anastasia2026"));
        assert!(is_common("ana b", "password-anab"));
        assert!(is_common("mira", "mira123456"));
        assert!(!is_common("otto", "Anastasia2026"));
    }

    #[test]
    fn unrelated_words_and_random_characters_are_not() {
        for password in [
            "correct horse battery staple",
            "a long enough password",
            "another good one",
            "the next password",
            "long enough",
            "a third password",
            "vK7#qLw92x",
            "tulip-kettle-orbit",
            "Zaunkönig am Fluss",
            "password of my late uncle",
            "8391047265",
            "Xq4Zt9mB2c",
            "秋天的第一片叶子落了",
        ] {
            assert!(!is_common("ana", password), "{password}");
        }
    }
}
