//! Error messages in languages other than English: a sentence by code, and what to do now.
//!
//! In English the specific sentence is shown, which names the thing. If no text fits a code, for example one that names
//! a field, the English sentence stays, since it is better than none.

use crate::web::frame::language::Language;

/// Message and hint by code; the hint may be empty.
const TEXTS: &[(&str, &str, &str)] = &[
    ("not_signed_in", "error-not-signed-in", "error-not-signed-in-hint"),
    ("forbidden", "error-forbidden", "error-forbidden-hint"),
    ("cross_site", "error-cross-site", "error-cross-site-hint"),
    ("not_found", "error-not-found", "error-not-found-hint"),
    ("no_project", "error-no-project", "error-no-project-hint"),
    ("method", "error-method", ""),
    ("timeout", "error-timeout", "error-timeout-hint"),
    ("too_large", "error-too-large", "error-too-large-hint"),
    ("internal", "error-internal", "error-internal-hint"),
    ("busy", "error-busy", "error-busy-hint"),
    ("file_gone", "error-file-gone", "error-file-gone-hint"),
    ("disk_full", "error-disk-full", "error-disk-full-hint"),
    ("database_away", "error-database-away", "error-busy-hint"),
    ("read_only", "error-read-only", "error-nothing-stored-hint"),
    ("no_runtime", "error-no-runtime", "error-no-runtime-hint"),
    ("lease_over", "error-lease-over", "error-lease-over-hint"),
    ("foreign_lease", "error-foreign-lease", ""),
    ("foreign_annotation", "error-foreign-annotation", ""),
    ("unknown_class", "error-unknown-class", "error-reload-hint"),
    ("retired_class", "error-retired-class", "error-reload-hint"),
    ("id_taken", "error-id-taken", ""),
    ("superseded", "error-superseded", ""),
    ("provider_failed", "error-provider-failed", ""),
    ("provider_refused", "error-provider-refused", ""),
    ("sign_in_stale", "error-sign-in-stale", ""),
    ("no_account_here", "error-no-account-here", ""),
    ("connect_first", "error-connect-first", ""),
    ("connected_elsewhere", "error-connected-elsewhere", ""),
    ("archived", "error-archived", "error-archived-hint"),
    ("anonymous", "error-anonymous", ""),
    ("last_admin", "error-last-admin", ""),
    ("name_taken", "error-name-taken", ""),
    ("wrong_password", "account-wrong-password", ""),
    ("too_many_attempts", "too-many-passwords", ""),
    ("account_disabled", "account-disabled", ""),
    ("link_unknown", "account-link-unknown", "link-hint"),
    ("link_over", "error-link-over", "link-hint"),
    ("not_finished", "error-not-finished", "error-timeout-hint"),
    ("no_files", "error-no-files", ""),
    ("no_parts", "error-no-files", ""),
];

/// Message and hint of an error with this code. `None` in English, and where no text fits.
pub fn by_code(language: Language, code: &str) -> Option<(String, String)> {
    if language == Language::default() {
        return None;
    }
    let (_, message, hint) = TEXTS.iter().find(|(known, ..)| *known == code)?;
    let hint = if hint.is_empty() { String::new() } else { language.say(hint).into() };
    Some((language.say(message).into(), hint))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn english_keeps_its_sentences_and_others_have_one_for_every_code() {
        let german = Language::by_tag("de").unwrap();
        for &(code, message, hint) in TEXTS {
            assert_eq!(by_code(Language::default(), code), None);
            let (said, to_do) = by_code(german, code).unwrap();
            assert!(said != message && said.ends_with(['.', '?']), "{code}: {said}");
            assert!(hint.is_empty() || (to_do != hint && to_do.ends_with('.')), "{code}: {to_do}");
        }
        assert_eq!(by_code(german, "bad_field"), None);
    }
}
