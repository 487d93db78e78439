//! Facts of a sample: what is known of its content without opening it, one JSON object in its row.
//!
//! **Invariant:** each modality has facts of its own, and no row, statement or lease names one of them. Code for one
//! kind of sample reads its facts here.

use serde_json::{Map, Value};

/// The fact that quotes a sample in a line: the beginning of a text.
pub const EXCERPT: &str = "excerpt";

/// What is known of a sample's content.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(transparent)]
pub struct Facts(Map<String, Value>);

impl Facts {
    /// A picture's: the format of its file, and its pixels as it is shown.
    pub fn image(format: &str, width: i64, height: i64) -> Self {
        let fact = |name: &str, value: Value| (name.to_owned(), value);
        Self(Map::from_iter([
            fact("format", format.into()),
            fact("width", width.into()),
            fact("height", height.into()),
        ]))
    }

    /// What lists quote of it, where it can be quoted.
    pub fn excerpt(&self) -> Option<&str> {
        self.0.get(EXCERPT)?.as_str()
    }

    /// How many of something it has, where that is known: `words` of a text, `channels` of a series.
    pub fn count(&self, what: &str) -> Option<i64> {
        self.0.get(what)?.as_i64()
    }

    /// Width and height, where it is a picture.
    pub fn pixels(&self) -> Option<(i64, i64)> {
        Some((self.0.get("width")?.as_i64()?, self.0.get("height")?.as_i64()?))
    }
}

impl From<Value> for Facts {
    /// An object's members; empty for anything else.
    fn from(value: Value) -> Self {
        match value {
            Value::Object(facts) => Self(facts),
            _ => Self::default(),
        }
    }
}

/// The row does not hold a JSON object.
#[derive(Debug, thiserror::Error)]
#[error("`{text}` is not the facts of a sample")]
pub struct UnknownFacts {
    text: String,
    source: serde_json::Error,
}

impl std::fmt::Display for Facts {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&serde_json::to_string(&self.0).map_err(|_| std::fmt::Error)?)
    }
}

impl std::str::FromStr for Facts {
    type Err = UnknownFacts;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        serde_json::from_str(text).map(Self).map_err(|source| UnknownFacts { text: text.to_owned(), source })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn facts_of_any_kind_of_sample_come_back_from_their_text() {
        let facts = Facts::image("png", 30, 20);
        assert_eq!(facts.to_string().parse::<Facts>().unwrap(), facts);
        // As PostgreSQL writes it.
        assert_eq!(r#"{"format" : "png", "width" : 30, "height" : 20}"#.parse::<Facts>().unwrap(), facts);
        assert_eq!(facts.pixels(), Some((30, 20)));
        let text: Facts = r#"{"letters":12}"#.parse().unwrap();
        assert_eq!((text.pixels(), text.to_string().as_str()), (None, r#"{"letters":12}"#));
        assert_eq!(Facts::from(serde_json::json!({ "letters": 12 })), text);
        for other in ["", "12", "[1]", "{\"a\""] {
            assert!(other.parse::<Facts>().is_err(), "{other}");
        }
    }
}
