//! The record: what people and programs did to projects, settings, classes, models, data and accounts.
//!
//! Labels are not in it: `annotation` keeps every answer with its author already.

use super::word::words;
use super::{AccountId, ProjectId};

/// How somebody acted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum ActVia {
    Page,
    Api,
    /// On the server's own command line, where nobody signs in.
    Command,
    /// The server itself, when a time was over.
    Itself,
}

words!(ActVia, "way of acting", { Page = "page", Api = "api", Command = "command", Itself = "itself" });

/// One act.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordedAct {
    /// `None` on the command line.
    pub account: Option<AccountId>,
    /// `None`: it concerns the whole server.
    pub project: Option<ProjectId>,
    pub via: ActVia,
    /// Its name: `role-changed`.
    pub what: String,
    /// What it was done to: a class, a person, a file.
    pub subject: String,
    /// The fields that were sent, by name, without secrets.
    pub details: Vec<(String, String)>,
    /// Where the request came from.
    pub address: String,
}

/// The longest text of a field or subject that is kept, in characters.
pub const KEPT_CHARACTERS: usize = 300;
/// The most fields that are kept of one act.
pub const KEPT_FIELDS: usize = 40;

/// A text, shortened to what is kept, without line breaks and other control characters.
pub fn kept(text: &str) -> String {
    let mut plain: String = text.chars().take(KEPT_CHARACTERS).map(|c| if c.is_control() { ' ' } else { c }).collect();
    if text.chars().nth(KEPT_CHARACTERS).is_some() {
        plain.push('…');
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_kept_is_short_and_on_one_line() {
        assert_eq!(kept("a\nb"), "a b");
        let long = kept(&"ü".repeat(1000));
        assert_eq!((long.chars().count(), long.ends_with('…')), (KEPT_CHARACTERS + 1, true));
    }
}
