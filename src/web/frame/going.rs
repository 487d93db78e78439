//! Where a browser is sent next: always somewhere on this server, but for the sign-in provider.
//!
//! **Invariant:** the only place that makes a redirect; `tests/it/layers.rs` reads every source for another.

use axum::response::Redirect;
use url::Url;

/// Send the browser to a path of this server. Any other address goes to `/`.
pub fn to(path: &str) -> Redirect {
    Redirect::to(local_path(path))
}

/// Send the browser to the sign-in provider that an admin named: the only way off this server.
pub fn away(url: &Url) -> Redirect {
    Redirect::to(url.as_str())
}

/// `path` if it is on this server, else `/`: browsers read `//host`, `/\host` and the like as other servers.
pub fn local_path(path: &str) -> &str {
    let inside = path.starts_with('/')
        && !path.starts_with("//")
        && !path.contains('\\')
        && path.bytes().all(|byte| byte.is_ascii_graphic());
    if inside { path } else { "/" }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_leads_to_another_server() {
        for bad in [
            "https://evil.example",
            "//evil.example",
            "/\\evil.example",
            "/\\/evil.example",
            "/x\\..\\y",
            "\\\\evil.example",
            "",
            "x",
            "/a\nb",
            "/a b",
            "/\t/evil.example",
            "/\u{e4}",
            "javascript:alert(1)",
        ] {
            assert_eq!(local_path(bad), "/", "{bad:?}");
        }
        for good in ["/", "/p/birds/label?sample=3", "/p/birds/samples?class=1&name=a%20b#x"] {
            assert_eq!(local_path(good), good);
        }
    }
}
