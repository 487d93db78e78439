//! An error and its causes as text, each thing said once.

use std::error::Error;

/// What went wrong, outermost first. A cause already quoted by the text before it is left out.
pub fn of(error: &(dyn Error + 'static)) -> Vec<String> {
    let mut said: Vec<String> = Vec::new();
    for cause in std::iter::successors(Some(error), |&cause| cause.source()) {
        let text = cause.to_string();
        if !said.iter().any(|before| before.contains(&text)) {
            said.push(text);
        }
    }
    said
}

/// [`of`] as one line, with colons between.
pub fn line(error: &(dyn Error + 'static)) -> String {
    of(error).join(": ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, thiserror::Error)]
    #[error("the database refused")]
    struct Outer(#[source] Middle);

    #[derive(Debug, thiserror::Error)]
    #[error("error returned from database: {0}")]
    struct Middle(#[source] Inner);

    #[derive(Debug, thiserror::Error)]
    #[error("password authentication failed")]
    struct Inner;

    #[test]
    fn a_cause_that_is_quoted_already_is_not_told_again() {
        let error = Outer(Middle(Inner));
        assert_eq!(line(&error), "the database refused: error returned from database: password authentication failed");
        assert_eq!(of(&error).len(), 2);
    }
}
