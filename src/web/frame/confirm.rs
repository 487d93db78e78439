//! A question before an act that touches the work of others: what will happen, and a way back. It works without scripts.
//!
//! **Invariant:** the page only asks; what it leads to is a `POST` to the same address.

use askama::Template;

use crate::web::frame::shell::Shell;

#[derive(Template)]
#[template(path = "confirm.html")]
pub(in crate::web) struct ConfirmPage {
    pub shell: Shell,
    /// The act as a question.
    pub question: String,
    /// What will happen, a sentence each.
    pub means: Vec<String>,
    /// Where the form goes.
    pub action: String,
    /// What it takes along, by name.
    pub fields: Vec<(&'static str, String)>,
    /// The act in a word or two.
    pub button: String,
    /// Where not doing it leads.
    pub back: String,
}
