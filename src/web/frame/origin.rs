//! Where a request comes from and where it was sent: address, host, http or https, as one value.
//!
//! A proxy names its client in `X-Forwarded-For`, `-Host` and `-Proto`. Anybody can send such headers, so they are read
//! only if the connection comes from a trusted proxy, and from their end, where that proxy wrote.
//!
//! **Invariant:** this is the only place that reads them; everything else takes a [`RequestOrigin`].

use std::convert::Infallible;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use axum::extract::{ConnectInfo, FromRequestParts, Request, State};
pub use axum::http::header::HeaderName;
use axum::http::header::{AUTHORIZATION, COOKIE, FORWARDED, HOST, VIA};
use axum::http::request::Parts;
use axum::http::uri::Authority;
use axum::http::{HeaderMap, HeaderValue};
use axum::middleware::Next;
use axum::response::Response;
use ipnet::IpNet;
use url::Url;

use crate::domain::Role;
use crate::domain::project::check_slug;
use crate::service::people::oidc::Oidc;

const FOR: HeaderName = HeaderName::from_static("x-forwarded-for");
const FOR_HOST: HeaderName = HeaderName::from_static("x-forwarded-host");
const PROTO: HeaderName = HeaderName::from_static("x-forwarded-proto");
const REAL_IP: HeaderName = HeaderName::from_static("x-real-ip");

/// Which proxies to trust, and the server's address.
#[derive(Debug, Clone, Default)]
pub struct Doors {
    /// Trusted proxies other than those on this machine.
    pub proxies: Vec<IpNet>,
    /// What people type to reach the server; without it, what the request says.
    pub url: Option<Url>,
    /// The header by which a named proxy says who asks.
    pub header: Option<TrustedHeader>,
    /// Where people may sign in instead of here.
    pub provider: Option<Arc<Oidc>>,
}

/// A header by which a proxy that has signed somebody in says who it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrustedHeader {
    pub name: HeaderName,
    /// The role, and the slug of the project, that somebody without an account gets with one; without it, they get none.
    pub creates: Option<(Role, String)>,
}

/// The name of a header: `X-Remote-User`.
///
/// # Errors
/// What is wrong with the text.
pub fn header(text: &str) -> Result<HeaderName, String> {
    let taken = [HOST, FORWARDED, VIA, COOKIE, AUTHORIZATION, FOR, FOR_HOST, PROTO, REAL_IP];
    let name = text.parse::<HeaderName>().ok().filter(|name| !taken.contains(name));
    name.ok_or_else(|| {
        format!("`{text}` cannot name who asks; give the header that your proxy sets, such as X-Remote-User")
    })
}

/// A role in a project for those who come for the first time: `annotator:birds`.
///
/// # Errors
/// What is wrong with the text.
pub fn role_in_project(text: &str) -> Result<(Role, String), String> {
    let parts = text.split_once(':').and_then(|(role, slug)| Some((role.parse().ok()?, slug)));
    let parts = parts.filter(|(_, slug)| check_slug(slug).is_ok());
    let (role, slug) =
        parts.ok_or_else(|| format!("`{text}` is not a role in a project; write it as annotator:birds"))?;
    Ok((role, slug.to_owned()))
}

impl Doors {
    fn trusts(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        address.is_loopback() || self.names(address)
    }

    /// Whether this is one of the proxies that were named. This machine is not, unless it was: every program on it can send headers.
    fn names(&self, address: IpAddr) -> bool {
        self.proxies.iter().any(|proxies| proxies.contains(&address.to_canonical()))
    }
}

/// A network of proxies: `10.0.0.0/8`, or one address.
///
/// # Errors
/// What is wrong with the text.
pub fn proxies(text: &str) -> Result<IpNet, String> {
    let one = text.parse::<IpAddr>().map(IpNet::from);
    one.or_else(|_| text.parse()).map_err(|_| {
        format!("`{text}` is not an address; give one such as 10.0.0.7, or a network such as 172.16.0.0/12")
    })
}

/// What people type to reach the server: `https://label.example.org`.
///
/// # Errors
/// What is wrong with the text.
pub fn address(text: &str) -> Result<Url, String> {
    let url = Url::parse(text).ok().filter(|url| matches!(url.scheme(), "http" | "https") && url.has_host());
    url.ok_or_else(|| format!("`{text}` is not a server's address; give one such as https://label.example.org"))
}

/// Where a request comes from and where it was sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequestOrigin {
    /// Who asked, as far as trusted proxies say; `local` where there is no connection, as in tests.
    pub address: String,
    pub https: bool,
    /// Name and port that the asker used, where they are well formed.
    pub host: Option<String>,
    /// A program on this machine asked, without a proxy in between.
    pub direct: bool,
    /// It asked for a name of this machine that no name server hands out, or for none, as no browser does: a page
    /// elsewhere whose name resolves here has another.
    pub by_local_name: bool,
    /// Who asks, as a named proxy says by the trusted header.
    pub said: Option<SaidUser>,
    /// The server's own address, where it is set.
    url: Option<Url>,
}

/// Somebody whom a proxy has signed in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SaidUser {
    pub name: String,
    /// What they get where they have no account yet.
    pub creates: Option<(Role, String)>,
}

impl RequestOrigin {
    fn of(peer: Option<IpAddr>, headers: &HeaderMap, doors: &Doors) -> Self {
        let trusted = peer.is_none_or(|peer| doors.trusts(peer));
        let forwarded = |name: &HeaderName| if trusted { last(headers, name) } else { None };
        let said = if trusted { client(headers, doors) } else { None };
        let set = doors.url.as_ref().is_some_and(|url| url.scheme() == "https");
        let passed_on = [&FORWARDED, &FOR, &FOR_HOST, &PROTO, &REAL_IP, &VIA];
        Self {
            address: said.or(peer.map(|peer| peer.to_canonical())).map_or("local".to_owned(), |ip| ip.to_string()),
            https: set || forwarded(&PROTO).is_some_and(|proto| proto.eq_ignore_ascii_case("https")),
            host: forwarded(&FOR_HOST).or_else(|| last(headers, &HOST)).filter(|host| is_host(host)).map(str::to_owned),
            // An unknown address is not trusted.
            direct: peer.is_some_and(|peer| peer.to_canonical().is_loopback())
                && !passed_on.into_iter().any(|name| headers.contains_key(name)),
            by_local_name: headers.get_all(HOST).iter().all(|host| host.to_str().is_ok_and(is_local)),
            said: peer.and_then(|peer| said_user(peer, headers, doors)),
            url: doors.url.clone(),
        }
    }

    /// The whole address of a path on this server, as the one who asked can open it.
    pub fn link(&self, path: &str) -> String {
        if let Some(url) = &self.url {
            return format!("{}{path}", url.as_str().trim_end_matches('/'));
        }
        let scheme = if self.https { "https" } else { "http" };
        format!("{scheme}://{}{path}", self.host.as_deref().unwrap_or("localhost"))
    }
}

impl<S: Send + Sync> FromRequestParts<S> for RequestOrigin {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        // Without the layer, as in tests of one route, nothing but the request itself is known.
        Ok(parts.extensions.get::<Self>().cloned().unwrap_or_else(|| Self::of(None, &parts.headers, &Doors::default())))
    }
}

/// Layer: compute it once per request. The host that a trusted proxy names becomes the request's, so that the
/// protection against forms from other sites compares with what the browser used.
pub async fn find(State(doors): State<Arc<Doors>>, mut request: Request, next: Next) -> Response {
    let peer = request.extensions().get::<ConnectInfo<SocketAddr>>().map(|peer| peer.0.ip());
    let origin = RequestOrigin::of(peer, request.headers(), &doors);
    if request.headers().contains_key(FOR_HOST)
        && let Some(host) = origin.host.as_deref().and_then(|host| HeaderValue::from_str(host).ok())
    {
        request.headers_mut().insert(HOST, host);
    }
    request.extensions_mut().insert(origin);
    next.run(request).await
}

/// The last entry of the last line of a header.
fn last<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a str> {
    let line = headers.get_all(name).iter().next_back()?.to_str().ok()?;
    line.rsplit(',').next().map(str::trim).filter(|entry| !entry.is_empty())
}

/// Who a named proxy says that asks. Two lines are nobody: one of them may be a stranger's, which the proxy passed on.
fn said_user(peer: IpAddr, headers: &HeaderMap, doors: &Doors) -> Option<SaidUser> {
    let trusted = doors.header.as_ref().filter(|_| doors.names(peer))?;
    let mut lines = headers.get_all(&trusted.name).iter();
    let (line, none) = (lines.next()?, lines.next());
    let name = std::str::from_utf8(line.as_bytes()).ok()?.trim();
    (none.is_none() && !name.is_empty()).then(|| SaidUser { name: name.to_owned(), creates: trusted.creates.clone() })
}

/// The last entry of all lines that is not itself a trusted proxy. An unreadable entry ends the search: everything
/// before it was written by a stranger.
fn client(headers: &HeaderMap, doors: &Doors) -> Option<IpAddr> {
    let mut nearest = None;
    for line in headers.get_all(FOR).iter().rev() {
        for entry in line.to_str().ok()?.rsplit(',') {
            let Some(address) = address_in(entry.trim()) else { return nearest };
            nearest = Some(address);
            if !doors.trusts(address) {
                return nearest;
            }
        }
    }
    nearest
}

/// An address, also with a port, as some proxies write it.
fn address_in(entry: &str) -> Option<IpAddr> {
    let bare = entry.trim_start_matches('[').trim_end_matches(']');
    let address = bare.parse().ok().or_else(|| entry.parse::<SocketAddr>().ok().map(|address| address.ip()));
    address.map(|address: IpAddr| address.to_canonical())
}

/// A name that means this machine everywhere.
fn is_local(host: &str) -> bool {
    host.parse::<Authority>().is_ok_and(|name| {
        let name = name.host().trim_start_matches('[').trim_end_matches(']');
        name.eq_ignore_ascii_case("localhost") || name.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
    })
}

/// A name or address with or without a port, and nothing else.
fn is_host(text: &str) -> bool {
    text.parse::<Authority>().is_ok_and(|authority| authority.as_str() == text && !text.contains('@'))
}

#[cfg(test)]
mod tests {
    use super::*;

    type Lines = [(&'static str, &'static str)];

    fn headers(lines: &Lines) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for (name, value) in lines {
            headers.append(*name, HeaderValue::from_static(value));
        }
        headers
    }

    fn from(peer: &str, doors: &Doors, lines: &Lines) -> RequestOrigin {
        RequestOrigin::of(Some(peer.parse().unwrap()), &headers(lines), doors)
    }

    #[test]
    fn the_address_is_what_the_nearest_proxy_wrote() {
        let doors = Doors::default();
        let cases: [(&str, &Lines, &str); 9] = [
            ("203.0.113.9", &[("x-forwarded-for", "198.51.100.1")], "203.0.113.9"),
            ("127.0.0.1", &[("x-forwarded-for", "6.6.6.6, 198.51.100.1")], "198.51.100.1"),
            ("127.0.0.1", &[("x-forwarded-for", "6.6.6.6"), ("x-forwarded-for", "198.51.100.1")], "198.51.100.1"),
            ("127.0.0.1", &[("x-forwarded-for", "198.51.100.1, 127.0.0.1")], "198.51.100.1"),
            ("127.0.0.1", &[("x-forwarded-for", "6.6.6.6, nonsense")], "127.0.0.1"),
            ("127.0.0.1", &[("x-forwarded-for", "6.6.6.6, nonsense, 198.51.100.1")], "198.51.100.1"),
            ("127.0.0.1", &[("x-forwarded-for", "198.51.100.1:4711")], "198.51.100.1"),
            ("::1", &[("x-forwarded-for", "[2001:db8::7]:4711")], "2001:db8::7"),
            ("::ffff:127.0.0.1", &[("x-forwarded-for", "::ffff:198.51.100.1")], "198.51.100.1"),
        ];
        for (peer, lines, address) in cases {
            assert_eq!(from(peer, &doors, lines).address, address, "{peer} {lines:?}");
        }
        assert_eq!(RequestOrigin::of(None, &HeaderMap::new(), &doors).address, "local");
    }

    #[test]
    fn proxies_elsewhere_are_believed_where_they_are_named() {
        let proxies_named = vec![proxies("10.1.0.0/16").unwrap(), proxies("192.0.2.4").unwrap()];
        let doors = Doors { proxies: proxies_named, ..Doors::default() };
        let lines = [("x-forwarded-for", "6.6.6.6, 198.51.100.1, 10.1.2.3"), ("x-forwarded-proto", "http, https")];
        let origin = from("192.0.2.4", &doors, &lines);
        assert_eq!((origin.address.as_str(), origin.https), ("198.51.100.1", true));
        let origin = from("192.0.2.5", &doors, &lines);
        assert_eq!((origin.address.as_str(), origin.https), ("192.0.2.5", false));
        assert!(proxies("nonsense").is_err());
    }

    #[test]
    fn links_are_made_from_what_is_set_and_else_from_a_host_that_can_be_one() {
        let doors = Doors::default();
        let link = |lines: &Lines| from("127.0.0.1", &doors, lines).link("/link/x");
        assert_eq!(
            link(&[("host", "label.example:8443"), ("x-forwarded-proto", "https")]),
            "https://label.example:8443/link/x"
        );
        assert_eq!(link(&[("host", "a"), ("x-forwarded-host", "b, c")]), "http://c/link/x");
        for bad in ["user@evil.example", "evil.example/path", "a b", ""] {
            let headers = [("host", bad)];
            assert_eq!(link(&headers), "http://localhost/link/x", "{bad:?}");
        }
        let doors = Doors { url: Some(address("https://label.example.org/").unwrap()), ..Doors::default() };
        let set = from("203.0.113.9", &doors, &[("host", "evil.example")]);
        assert_eq!(set.link("/link/x"), "https://label.example.org/link/x");
        assert!(set.https && address("label.example.org").is_err() && address("ftp://x").is_err());
    }

    #[test]
    fn only_a_named_proxy_says_who_asks_and_in_one_line() {
        let trusted = TrustedHeader { name: header("X-Remote-User").unwrap(), creates: None };
        let named = vec![proxies("192.0.2.4").unwrap()];
        let doors = Doors { proxies: named.clone(), header: Some(trusted.clone()), ..Doors::default() };
        let said = |peer: &str, doors: &Doors, lines: &Lines| from(peer, doors, lines).said.map(|said| said.name);
        let line: &Lines = &[("x-remote-user", " mira ")];
        assert_eq!(said("192.0.2.4", &doors, line), Some("mira".to_owned()));
        assert_eq!(said("::ffff:192.0.2.4", &doors, line), Some("mira".to_owned()));
        for stranger in ["192.0.2.5", "127.0.0.1", "::1"] {
            assert_eq!(said(stranger, &doors, line), None, "{stranger}");
        }
        assert_eq!(said("192.0.2.4", &doors, &[("x-remote-user", "mira"), ("x-remote-user", "boss")]), None);
        assert_eq!(said("192.0.2.4", &doors, &[("x-remote-user", "")]), None);
        assert_eq!(said("192.0.2.4", &doors, &[("x-forwarded-user", "mira")]), None);
        let forwarded: &Lines = &[("x-remote-user", "mira"), ("x-forwarded-for", "192.0.2.4")];
        assert_eq!(said("203.0.113.9", &doors, forwarded), None, "what a stranger writes is not where it comes from");
        let without = Doors { proxies: named, ..Doors::default() };
        assert_eq!(said("192.0.2.4", &without, line), None, "unless it was set");
        let here = Doors { proxies: vec![proxies("127.0.0.1").unwrap()], header: Some(trusted), ..Doors::default() };
        assert_eq!(said("127.0.0.1", &here, line), Some("mira".to_owned()));
        assert_eq!(RequestOrigin::of(None, &headers(line), &here).said, None);
        assert!(header("Cookie").is_err() && header("a b").is_err());
        assert_eq!(role_in_project("lead:birds").unwrap(), (Role::Lead, "birds".to_owned()));
        assert!(role_in_project("boss:birds").is_err() && role_in_project("lead").is_err());
    }

    #[test]
    fn a_name_that_a_name_server_gave_is_not_local() {
        let doors = Doors::default();
        for (host, local) in [
            ("localhost:8080", true),
            ("127.0.0.1:8080", true),
            ("127.1.2.3", true),
            ("[::1]:8080", true),
            ("LOCALHOST", true),
            ("evil.example:8080", false),
            ("localhost.evil.example", false),
            ("192.0.2.1", false),
        ] {
            let origin = from("127.0.0.1", &doors, &[("host", host)]);
            assert_eq!((origin.by_local_name, origin.direct), (local, true), "{host}");
        }
        assert!(from("127.0.0.1", &doors, &[]).by_local_name, "no browser leaves it out");
        for passed_on in ["forwarded", "x-forwarded-for", "x-forwarded-proto", "x-forwarded-host", "x-real-ip", "via"] {
            assert!(!from("127.0.0.1", &doors, &[("host", "localhost"), (passed_on, "x")]).direct, "{passed_on}");
        }
        assert!(!from("192.0.2.1", &doors, &[("host", "localhost")]).direct);
    }
}
