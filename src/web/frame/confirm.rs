//! A question before an act that touches the work of others: what will happen, and a way back. It works without scripts.
//!
//! **Invariant:** the page only asks; confirming sends a `POST` to the same address.

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
    /// Hidden fields, by name.
    pub fields: Vec<(&'static str, String)>,
    /// The button's text.
    pub button: String,
    /// Where cancelling leads.
    pub back: String,
}
