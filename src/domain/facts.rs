//! Facts of a sample: what is known of its content without opening it, one JSON object in its row.
//!
//! **Invariant:** each modality has facts of its own, and no row, statement or lease names one of them. A further modality is a
//! further variant, told from the others by its fields.

/// What is known of a sample's content.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(untagged)]
pub enum Facts {
    Image(ImageFacts),
}

/// Facts of a picture.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ImageFacts {
    /// The format of its file, see `encode::picture`.
    pub format: String,
    /// Pixels, as it is shown.
    pub width: i64,
    pub height: i64,
}

impl Facts {
    pub fn image(format: &str, width: i64, height: i64) -> Self {
        Self::Image(ImageFacts { format: format.to_owned(), width, height })
    }

    /// Width and height, where it is a picture.
    pub fn pixels(&self) -> (i64, i64) {
        match self {
            Self::Image(image) => (image.width, image.height),
        }
    }
}

impl Default for Facts {
    fn default() -> Self {
        Self::Image(ImageFacts::default())
    }
}

/// Facts are of no modality that this version knows.
#[derive(Debug, thiserror::Error)]
#[error("`{text}` are no facts of a sample")]
pub struct UnknownFacts {
    text: String,
    source: serde_json::Error,
}

impl std::fmt::Display for Facts {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&serde_json::to_string(self).map_err(|_| std::fmt::Error)?)
    }
}

impl std::str::FromStr for Facts {
    type Err = UnknownFacts;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        serde_json::from_str(text).map_err(|source| UnknownFacts { text: text.to_owned(), source })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn facts_come_back_from_their_text_and_others_are_refused() {
        let facts = Facts::image("png", 30, 20);
        assert_eq!(facts.to_string(), r#"{"format":"png","width":30,"height":20}"#);
        assert_eq!(facts.to_string().parse::<Facts>().unwrap(), facts);
        // As PostgreSQL writes it.
        assert_eq!(r#"{"format" : "png", "width" : 30, "height" : 20}"#.parse::<Facts>().unwrap(), facts);
        for other in ["", "{}", r#"{"letters":12}"#, r#"{"format":"png","width":30,"height":20,"letters":12}"#] {
            assert!(other.parse::<Facts>().is_err(), "{other}");
        }
    }
}
