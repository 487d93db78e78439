//! Closed sets of words: enums whose variants are stored, sent and typed by name.
//!
//! **Invariant:** a word that this version does not know is an error that lists the words it knows, wherever it comes from.

/// The word is not in the closed set.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("{what} `{word}` is unknown; use {}", listed(known))]
pub struct UnknownWord {
    pub what: &'static str,
    pub word: String,
    pub known: Vec<&'static str>,
}

fn listed(words: &[&str]) -> String {
    let quoted: Vec<_> = words.iter().map(|word| format!("`{word}`")).collect();
    match quoted.split_last() {
        Some((last, rest)) if !rest.is_empty() => format!("{} or {last}", rest.join(", ")),
        _ => quoted.join(""),
    }
}

/// Give an enum its words: `ALL`, `as_str`, `Display` and `FromStr`. `store/text.rs` lists those that are columns.
macro_rules! words {
    ($name:ident, $what:literal, { $($variant:ident = $word:literal),+ $(,)? }) => {
        impl $name {
            /// Every one, in their order.
            pub const ALL: [Self; [$($word),+].len()] = [$(Self::$variant),+];

            /// The word that is stored.
            pub fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $word),+
                }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl std::str::FromStr for $name {
            type Err = $crate::domain::word::UnknownWord;

            fn from_str(word: &str) -> Result<Self, Self::Err> {
                Self::ALL.into_iter().find(|one| one.as_str() == word).ok_or_else(|| $crate::domain::word::UnknownWord {
                    what: $what,
                    word: word.to_owned(),
                    known: Self::ALL.map(Self::as_str).to_vec(),
                })
            }
        }
    };
}

pub(crate) use words;

#[cfg(test)]
mod tests {
    use crate::domain::Task;

    #[test]
    fn an_unknown_word_is_told_with_those_that_are_known() {
        assert_eq!("multi".parse(), Ok(Task::Multi));
        let error = "many".parse::<Task>().unwrap_err();
        assert_eq!(error.to_string(), "task `many` is unknown; use `single` or `multi`");
    }
}
