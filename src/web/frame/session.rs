//! The cookie that carries a session, and what pages look like for a request: theme and language.

use axum::http::HeaderMap;
use axum_extra::extract::cookie::{Cookie, CookieJar, SameSite};

use crate::service::people::accounts::SESSION_SECONDS;
use crate::service::people::secrets::Secret;
use crate::web::frame::language::Language;
use crate::web::frame::origin::RequestOrigin;

/// Holds the session's secret; scripts cannot read it.
pub const SESSION_COOKIE: &str = "querist_session";
/// Holds `light`, `dark`, `contrast` or `system`; scripts may read and write it.
pub const THEME_COOKIE: &str = "querist_theme";

/// The session's secret in a request, if it has one.
pub fn session_secret(headers: &HeaderMap) -> Option<String> {
    CookieJar::from_headers(headers).get(SESSION_COOKIE).map(|cookie| cookie.value().to_owned())
}

/// The cookie of a new session. `Secure` when the browser speaks https.
pub fn open(origin: &RequestOrigin, secret: &Secret) -> Cookie<'static> {
    Cookie::build((SESSION_COOKIE, secret.reveal().to_owned()))
        .path("/")
        .http_only(true)
        .same_site(SameSite::Lax)
        .secure(origin.https)
        .max_age(time::Duration::seconds(SESSION_SECONDS))
        .build()
}

/// The cookie that ends a session in the browser.
pub fn close(origin: &RequestOrigin) -> Cookie<'static> {
    Cookie::build((SESSION_COOKIE, ""))
        .path("/")
        .http_only(true)
        .same_site(SameSite::Lax)
        .secure(origin.https)
        .max_age(time::Duration::ZERO)
        .build()
}

/// Holds how many minutes east of UTC the browser's clock is; scripts write it.
pub const ZONE_COOKIE: &str = "querist_zone";
/// No place is further east or west.
const FARTHEST: i64 = 14 * 60;

/// The theme for the person who asks.
#[derive(Debug, Clone, Copy)]
pub struct Appearance {
    pub theme: Theme,
    pub language: Language,
    /// Minutes east of UTC; 0 where the browser has not said it.
    pub zone: i64,
}

impl Appearance {
    pub fn of(headers: &HeaderMap) -> Self {
        let zone = CookieJar::from_headers(headers).get(ZONE_COOKIE).and_then(|cookie| cookie.value().parse().ok());
        let zone = zone.filter(|minutes| (-FARTHEST..=FARTHEST).contains(minutes)).unwrap_or(0);
        Self { theme: Theme::of(headers), language: Language::of(headers), zone }
    }
}

/// Light, dark, or the system's setting; or with the strongest contrast.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Theme {
    Light,
    Dark,
    /// Black and white, with lines around everything.
    Contrast,
    #[default]
    System,
}

impl Theme {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Light => "light",
            Self::Dark => "dark",
            Self::Contrast => "contrast",
            Self::System => "system",
        }
    }

    pub fn of(headers: &HeaderMap) -> Self {
        match CookieJar::from_headers(headers).get(THEME_COOKIE).map(Cookie::value) {
            Some("light") => Self::Light,
            Some("dark") => Self::Dark,
            Some("contrast") => Self::Contrast,
            _ => Self::System,
        }
    }

    /// The cookie that keeps the choice for a year.
    pub fn cookie(self) -> Cookie<'static> {
        Cookie::build((THEME_COOKIE, self.as_str()))
            .path("/")
            .same_site(SameSite::Lax)
            .max_age(time::Duration::days(365))
            .build()
    }
}
