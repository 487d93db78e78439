//! The languages of the pages: their texts are in `locales/`, one folder per language, and nowhere else.
//!
//! A folder is all that a language needs; English decides which texts exist. `tests/it/texts.rs` checks the others
//! against it, and templates and scripts against all of them.

use std::fmt;
use std::str::FromStr as _;
use std::sync::LazyLock;

use axum::http::HeaderMap;
use axum::http::header::ACCEPT_LANGUAGE;
use axum_extra::extract::cookie::{Cookie, CookieJar, SameSite};
use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::{FluentArgs, FluentResource, FluentValue};
use fluent_langneg::{NegotiationStrategy, accepted_languages, negotiate_languages};
use rust_embed::RustEmbed;
use unic_langid::LanguageIdentifier;

use crate::web::frame::filters::group_digits;

/// Holds a language's tag; scripts may read and write it.
pub const LANGUAGE_COOKIE: &str = "querist_language";
/// The language that has every text.
const FIRST: &str = "en";
/// The file of the texts that scripts need too; they get it unchanged.
const SCRIPTS: &str = "scripts.ftl";

#[derive(RustEmbed)]
#[folder = "locales/"]
struct Files;

struct Catalogue {
    tag: LanguageIdentifier,
    /// As in addresses and cookies.
    text: String,
    bundle: FluentBundle<FluentResource>,
    scripts: String,
    decimal_mark: String,
}

/// English first, the others by tag.
static CATALOGUES: LazyLock<Vec<Catalogue>> = LazyLock::new(|| {
    let mut files: Vec<_> = Files::iter().collect();
    files.sort();
    let mut tags: Vec<&str> = files.iter().filter_map(|file| Some(file.split_once('/')?.0)).collect();
    tags.dedup();
    tags.sort_by_key(|tag| (*tag != FIRST, *tag));
    tags.into_iter().filter_map(|tag| Catalogue::read(tag, &files)).collect()
});

impl Catalogue {
    fn read(tag: &str, files: &[std::borrow::Cow<'static, str>]) -> Option<Self> {
        let identifier = LanguageIdentifier::from_str(tag).ok()?;
        let mut bundle = FluentBundle::new_concurrent(vec![identifier.clone()]);
        // Isolation marks around placeables serve right-to-left texts only, and end up in copied text.
        bundle.set_use_isolating(false);
        bundle.set_formatter(Some(|value, _| match value {
            FluentValue::Number(number) => Some(group_digits(&number.as_string())),
            _ => None,
        }));
        let mut scripts = String::new();
        for file in files.iter().filter(|file| file.split_once('/').is_some_and(|(folder, _)| folder == tag)) {
            let text = Files::get(file).map(|file| String::from_utf8_lossy(&file.data).into_owned())?;
            if file.ends_with(SCRIPTS) {
                scripts.clone_from(&text);
            }
            let resource = FluentResource::try_new(text).unwrap_or_else(|(resource, errors)| {
                tracing::error!(%file, ?errors, "texts cannot be read");
                resource
            });
            bundle.add_resource_overriding(resource);
        }
        let mark = bundle.get_message("decimal-mark").and_then(|message| message.value());
        let decimal_mark = mark.map(|mark| bundle.format_pattern(mark, None, &mut Vec::new()).into_owned());
        let decimal_mark = decimal_mark.unwrap_or_else(|| ".".to_owned());
        Some(Self { text: identifier.to_string(), tag: identifier, bundle, scripts, decimal_mark })
    }
}

/// One of the available languages.
#[derive(Clone, Copy)]
pub struct Language(&'static Catalogue);

impl Language {
    /// Every language, English first.
    pub fn all() -> impl Iterator<Item = Self> {
        CATALOGUES.iter().map(Self)
    }

    /// The language by its tag, for example `de`.
    pub fn by_tag(tag: &str) -> Option<Self> {
        Self::all().find(|language| language.0.text == tag)
    }

    /// The language of a response: the chosen one, else the browser's preference, else English.
    pub fn of(headers: &HeaderMap) -> Self {
        let jar = CookieJar::from_headers(headers);
        if let Some(chosen) = jar.get(LANGUAGE_COOKIE).and_then(|cookie| Self::by_tag(cookie.value())) {
            return chosen;
        }
        let wanted = headers.get(ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok()).unwrap_or_default();
        let there: Vec<_> = Self::all().map(|language| language.0.tag.clone()).collect();
        let wanted = accepted_languages::parse(wanted);
        let best = negotiate_languages(&wanted, &there, None, NegotiationStrategy::Lookup);
        best.first().and_then(|best| Self::all().find(|language| language.0.tag == **best)).unwrap_or_default()
    }

    /// Its tag, as in `<html lang>`.
    pub fn tag(self) -> &'static str {
        &self.0.text
    }

    /// Its name in the language itself.
    pub fn name(self) -> String {
        self.say("language-name").to_string()
    }

    /// Between whole and fraction.
    pub fn decimal_mark(self) -> &'static str {
        &self.0.decimal_mark
    }

    /// A text by its id.
    pub fn say(self, id: &str) -> Text<'_> {
        Text { language: self, id, values: FluentArgs::new() }
    }

    /// The texts that scripts need, as Fluent source.
    pub fn scripts(self) -> &'static str {
        &self.0.scripts
    }

    /// The cookie that keeps the choice for a year.
    pub fn cookie(self) -> Cookie<'static> {
        Cookie::build((LANGUAGE_COOKIE, self.tag()))
            .path("/")
            .same_site(SameSite::Lax)
            .max_age(time::Duration::days(365))
            .build()
    }
}

impl Default for Language {
    fn default() -> Self {
        Self(&CATALOGUES[0])
    }
}

impl fmt::Debug for Language {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Language").field(&self.0.text).finish()
    }
}

impl PartialEq for Language {
    fn eq(&self, other: &Self) -> bool {
        self.0.tag == other.0.tag
    }
}

/// A text in one language, with its arguments.
pub struct Text<'a> {
    language: Language,
    id: &'a str,
    values: FluentArgs<'a>,
}

impl<'a> Text<'a> {
    /// Set an argument: a word, or a number that selects plural forms.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: impl Into<FluentValue<'a>>) -> Self {
        self.values.set(name, value);
        self
    }

    /// The text before and after one argument, for a page that marks it up: a key, a name, a program's word.
    pub fn around(self, name: &'static str) -> (String, String) {
        // The object replacement character, which no text contains.
        const PLACE: &str = "\u{fffc}";
        let text = self.with(name, PLACE).to_string();
        let (before, after) = text.split_once(PLACE).unwrap_or((text.as_str(), ""));
        (before.to_owned(), after.to_owned())
    }

    fn in_bundle(&self, bundle: &FluentBundle<FluentResource>) -> Option<String> {
        let pattern = bundle.get_message(self.id)?.value()?;
        let mut errors = Vec::new();
        let text = bundle.format_pattern(pattern, Some(&self.values), &mut errors).into_owned();
        if !errors.is_empty() {
            tracing::error!(id = self.id, language = self.language.tag(), ?errors, "a text has gaps");
        }
        Some(text)
    }
}

impl fmt::Display for Text<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = self.in_bundle(&self.language.0.bundle).or_else(|| self.in_bundle(&Language::default().0.bundle));
        f.write_str(text.as_deref().unwrap_or(self.id))
    }
}

impl From<Text<'_>> for String {
    fn from(text: Text<'_>) -> Self {
        text.to_string()
    }
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;
    use axum::http::header::COOKIE;

    use super::*;

    fn headers(accept: &str, cookie: &str) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.insert(ACCEPT_LANGUAGE, HeaderValue::from_str(accept).unwrap());
        headers.insert(COOKIE, HeaderValue::from_str(cookie).unwrap());
        headers
    }

    #[test]
    fn english_is_first_and_every_language_names_itself() {
        let tags: Vec<_> = Language::all().map(Language::tag).collect();
        assert_eq!(tags[0], "en");
        assert!(tags.contains(&"de") && tags.contains(&"zh"), "{tags:?}");
        let names: Vec<_> = Language::all().map(Language::name).collect();
        assert!(names.contains(&"Deutsch".to_owned()) && names.contains(&"中文".to_owned()), "{names:?}");
    }

    #[test]
    fn what_was_chosen_goes_before_what_the_browser_prefers() {
        for (accept, cookie, expected) in [
            ("de-AT,de;q=0.9,en;q=0.8", "", "de"),
            ("zh-CN,zh;q=0.9", "", "zh"),
            ("fr,it;q=0.5", "", "en"),
            ("fr,zh;q=0.5", "", "zh"),
            ("de", "querist_language=zh", "zh"),
            ("de", "querist_language=klingon", "de"),
            (";;q=,,", "querist_language=", "en"),
        ] {
            assert_eq!(Language::of(&headers(accept, cookie)).tag(), expected, "{accept} {cookie}");
        }
    }

    #[test]
    fn numbers_are_counted_as_the_language_counts() {
        let counted = |tag, n: i64| Language::by_tag(tag).unwrap().say("desk-next-round").with("n", n).to_string();
        assert_eq!(counted("en", 1), "The next answer starts a round");
        assert_eq!(counted("en", 3), "Next round in 3 answers");
        assert_eq!(counted("de", 3), "Nächste Runde in 3 Antworten");
    }

    #[test]
    fn large_numbers_are_grouped_and_names_are_not() {
        let text = Language::default().say("part-of").with("n", 12_345).with("all", "2026");
        assert_eq!(text.to_string(), "12\u{202f}345 of 2026");
    }

    #[test]
    fn a_text_opens_around_what_a_page_marks_up() {
        let (before, after) = Language::default().say("sign-in-other-page").around("key");
        assert_eq!((before.as_str(), after.as_str()), ("Sign in on another page", ""));
        let (before, after) = Language::default().say("link-welcome").around("name");
        assert_eq!((before.as_str(), after.as_str()), ("Welcome, ", ""));
    }

    #[test]
    fn what_is_nowhere_shows_its_name_rather_than_nothing() {
        let nowhere = format!("no-{}", "such-text");
        assert_eq!(Language::default().say(&nowhere).to_string(), nowhere);
    }
}
