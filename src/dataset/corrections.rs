//! What people say that columns are, where what is found in them is not what they mean: a post code is no number.

use std::collections::BTreeMap;

/// What a column is taken for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ColumnAs {
    Number,
    /// Categories, dates or free text: which, is found later.
    Text,
    /// Names the rows.
    Id,
    /// Left out.
    None,
}

impl ColumnAs {
    const ALL: [(&str, Self); 4] =
        [("number", Self::Number), ("text", Self::Text), ("id", Self::Id), ("none", Self::None)];
}

/// Columns by name, and what they are.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(transparent)]
pub struct ColumnCorrections(pub BTreeMap<String, ColumnAs>);

/// Why a correction cannot be read.
#[derive(Debug, thiserror::Error)]
#[error(
    "`{0}` does not say what a column is; write NAME=KIND with `number`, `text`, `id` or `none`, separated by commas"
)]
pub struct BadCorrection(String);

impl ColumnCorrections {
    /// From `NAME=KIND`, separated by commas or line ends; an empty text corrects nothing. A name may hold commas as long as no kind
    /// stands before them.
    ///
    /// # Errors
    /// [`BadCorrection`] with the first that cannot be read.
    pub fn read(text: &str) -> Result<Self, BadCorrection> {
        let mut columns = BTreeMap::new();
        // What stands before a comma without a kind belongs to the name that goes on behind it.
        let mut begun = String::new();
        for part in text.split_inclusive([',', '\n']) {
            begun.push_str(part);
            let own = begun.trim().trim_end_matches(',').trim();
            if own.is_empty() {
                begun.clear();
                continue;
            }
            let said = own.rsplit_once('=').map(|(name, kind)| (name.trim(), kind.trim()));
            let known = said.filter(|(name, _)| !name.is_empty()).and_then(|(name, kind)| {
                ColumnAs::ALL.iter().find(|(word, _)| word.eq_ignore_ascii_case(kind)).map(|(_, used)| (name, *used))
            });
            if let Some((name, used)) = known {
                columns.insert(name.to_owned(), used);
                begun.clear();
            } else if part.ends_with('\n') || said.is_some() {
                return Err(BadCorrection(own.to_owned()));
            }
        }
        let left = begun.trim();
        if left.is_empty() { Ok(Self(columns)) } else { Err(BadCorrection(left.to_owned())) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn corrections_are_read_and_what_is_none_is_named() {
        let read = |text: &str| ColumnCorrections::read(text).map_err(|error| error.to_string());
        let columns = read("zip = text, flow [m³/h]=Number,\n note=none\nname, first=id,").unwrap();
        let said: Vec<_> = columns.0.iter().map(|(name, used)| (name.as_str(), *used)).collect();
        assert_eq!(
            said,
            [
                ("flow [m³/h]", ColumnAs::Number),
                ("name, first", ColumnAs::Id),
                ("note", ColumnAs::None),
                ("zip", ColumnAs::Text)
            ]
        );
        assert_eq!(read(" \n, "), Ok(ColumnCorrections::default()));
        for bad in ["zip", "zip=", "=text", "zip=date", "a=text, b=words", "a=text, b"] {
            assert!(read(bad).unwrap_err().contains("does not say what a column is"), "{bad}");
        }
    }
}
