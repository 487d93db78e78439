//! The glossary page: the terms of the other pages, one sentence each.

use askama::Template;
use axum::response::Response;

use crate::web::frame::error::WebError;
use crate::web::frame::extract::CurrentAccount;
use crate::web::frame::shell::Shell;
use crate::web::page;

/// Ids of a term and of its meaning, in the order in which a newcomer meets them.
const WORDS: [(&str, &str); 16] = [
    ("word-sample", "word-sample-is"),
    ("word-pool", "word-pool-is"),
    ("word-audit", "word-audit-is"),
    ("word-class", "word-class-is"),
    ("word-encoder", "word-encoder-is"),
    ("word-committee", "word-committee-is"),
    ("word-round", "word-round-is"),
    ("word-strategy", "word-strategy-is"),
    ("word-accuracy", "word-accuracy-is"),
    ("word-f1", "word-f1-is"),
    ("word-interval", "word-interval-is"),
    ("word-replay", "word-replay-is"),
    ("word-copies", "word-copies-is"),
    ("word-skip", "word-skip-is"),
    ("word-review", "word-review-is"),
    ("word-export", "word-export-is"),
];

#[derive(Template)]
#[template(path = "words.html")]
struct WordsPage {
    shell: Shell,
    words: Vec<(String, String)>,
}

/// `GET /words`
pub async fn show(account: CurrentAccount) -> Result<Response, WebError> {
    let language = account.language();
    let said = |(term, meaning): (&str, &str)| (language.say(term).into(), language.say(meaning).into());
    page(&WordsPage {
        shell: Shell::account(language.say("words-title"), &account),
        words: WORDS.into_iter().map(said).collect(),
    })
}
