//! What samples are in a source: files, or the cells of tables; and which files are none.

use super::name;
use crate::domain::Modality;

/// What samples are in a source.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Contents {
    /// Files of pictures, which rows of tables name.
    #[default]
    Pictures,
    /// Files of text, which rows of tables name, or texts in cells.
    Texts,
    /// Tables, each a time series, or rows of one table told apart by an id.
    Series,
    /// Rows of tables, or files of one row each.
    Rows,
}

impl Contents {
    pub fn of(modality: Modality) -> Self {
        match modality {
            Modality::Text => Self::Texts,
            Modality::Series => Self::Series,
            Modality::Table => Self::Rows,
            Modality::Image => Self::Pictures,
        }
    }

    /// Why a file of this name is passed over, if it is not data.
    pub(super) fn passed_over(self, own: &str) -> Option<&'static str> {
        match self {
            Self::Pictures => name::passed_over(own),
            Self::Texts => name::passed_over_among_texts(own),
            Self::Series => name::passed_over_among_series(own),
            Self::Rows => name::passed_over_among_rows(own),
        }
    }

    /// Whether a file of this name is a table about samples, rather than one.
    pub fn is_table(self, own: &str) -> bool {
        match self {
            Self::Pictures | Self::Texts => name::is_table(own),
            Self::Series => name::is_table(own) && !name::is_series(own),
            Self::Rows => name::is_table(own) && !name::is_json(own),
        }
    }

    /// Columns whose cells are samples, likeliest first.
    pub(super) fn columns(self) -> &'static [&'static str] {
        match self {
            Self::Pictures | Self::Series | Self::Rows => &[],
            Self::Texts => &[
                "text",
                "content",
                "body",
                "document",
                "abstract",
                "message",
                "sentence",
                "review",
                "comment",
                "tweet",
                "post",
                "article",
                "description",
                "question",
                "query",
                "utterance",
                "headline",
                "title",
            ],
        }
    }

    /// How messages name the samples.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Pictures => "pictures",
            Self::Texts => "texts",
            Self::Series => "series",
            Self::Rows => "rows",
        }
    }
}
