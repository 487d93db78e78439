//! Sending a signed message to an address on the web, and asking a sign-in provider.
//!
//! **Invariant:** by default a message reaches public addresses only: each address of a name is looked at when it is connected to,
//! so that a name cannot lead into the server's own network, and redirects are not followed.
//!
//! Messages are signed as [Standard Webhooks](https://github.com/standard-webhooks/standard-webhooks) asks.

use std::net::{IpAddr, Ipv6Addr};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;
use ureq::config::Config;
use ureq::http::Uri;
use ureq::unversioned::resolver::{DefaultResolver, ResolvedSocketAddrs, Resolver};
use ureq::unversioned::transport::{DefaultConnector, NextTimeout};

/// What every signing secret begins with.
pub const SECRET_PREFIX: &str = "whsec_";
/// Random bytes of a signing secret.
const SECRET_BYTES: usize = 24;
/// The longest answer that is read, in bytes.
const LONGEST: u64 = 1 << 20;
/// How long a receiver may take, all in all.
const PATIENCE: Duration = Duration::from_secs(15);

/// Which addresses may be reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Reach {
    /// Addresses of the public internet.
    #[default]
    Public,
    /// Also this machine and private networks.
    Anywhere,
}

/// Why a message did not arrive.
#[derive(Debug, thiserror::Error)]
pub enum PostError {
    #[error("its name leads to a private address, which this server does not send to; see --private-webhooks")]
    Private,
    #[error("it could not be reached: {0}")]
    Unreachable(String),
}

/// A message, the same however often it is sent.
#[derive(Debug, Clone, Copy)]
pub struct Message<'a> {
    pub id: &'a str,
    /// Seconds since 1970 of this attempt.
    pub at: i64,
    /// JSON.
    pub body: &'a str,
}

/// A new signing secret.
///
/// # Errors
/// When the operating system gives no random bytes.
pub fn new_secret() -> Result<String, getrandom::Error> {
    let mut bytes = [0; SECRET_BYTES];
    getrandom::fill(&mut bytes)?;
    Ok(format!("{SECRET_PREFIX}{}", STANDARD.encode(bytes)))
}

/// The value of `webhook-signature`: `v1,` and the HMAC-SHA256 of `id.time.body` in base64. A secret that is not in base64 is
/// used as it is.
pub fn signature(secret: &str, message: Message<'_>) -> String {
    let text = secret.strip_prefix(SECRET_PREFIX).unwrap_or(secret);
    let key = STANDARD.decode(text).unwrap_or_else(|_| text.as_bytes().to_vec());
    // A key of any length is good.
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(&key) else { return String::new() };
    mac.update(format!("{}.{}.{}", message.id, message.at, message.body).as_bytes());
    format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes()))
}

/// Whether an address is on the public internet.
pub fn is_public(address: IpAddr) -> bool {
    match address.to_canonical() {
        IpAddr::V4(v4) => {
            let [a, b, ..] = v4.octets();
            let shared = a == 100 && (64..128).contains(&b);
            let tests = a == 198 && (b == 18 || b == 19);
            !(v4.is_private()
                || v4.is_loopback()
                || v4.is_link_local()
                || v4.is_multicast()
                || v4.is_broadcast()
                || v4.is_documentation()
                || a == 0
                || a >= 240
                || (a == 192 && b == 0)
                || shared
                || tests)
        }
        IpAddr::V6(v6) => {
            // Only 2000::/3 is handed out; of that, 6to4 and NAT64 lead to addresses of version 4.
            let first = v6.segments()[0];
            (first & 0xe000) == 0x2000 && first != 0x2002 && !is_documentation(v6)
        }
    }
}

fn is_documentation(address: Ipv6Addr) -> bool {
    let [first, second, ..] = address.segments();
    first == 0x2001 && (second == 0xdb8 || second < 0x200)
}

/// Looks names up, and refuses addresses that are out of reach.
#[derive(Debug)]
struct Guarded {
    names: DefaultResolver,
    reach: Reach,
}

/// What the resolver says when it refuses; the transport has no error of its own for it.
const REFUSED: &str = "private address";

impl Resolver for Guarded {
    fn resolve(&self, uri: &Uri, config: &Config, timeout: NextTimeout) -> Result<ResolvedSocketAddrs, ureq::Error> {
        let found = self.names.resolve(uri, config, timeout)?;
        if self.reach == Reach::Public && !found.iter().all(|address| is_public(address.ip())) {
            return Err(ureq::Error::Io(std::io::Error::new(std::io::ErrorKind::PermissionDenied, REFUSED)));
        }
        Ok(found)
    }
}

/// Who sends messages.
#[derive(Debug, Clone)]
pub struct Post {
    agent: ureq::Agent,
}

impl Post {
    pub fn new(reach: Reach) -> Self {
        let config = ureq::Agent::config_builder()
            .user_agent(concat!("querist/", env!("CARGO_PKG_VERSION")))
            .http_status_as_error(false)
            .max_redirects(0)
            .max_redirects_will_error(false)
            // A proxy of the environment would look names up by itself.
            .proxy(None)
            .timeout_global(Some(PATIENCE));
        let guarded = Guarded { names: DefaultResolver::default(), reach };
        Self { agent: ureq::Agent::with_parts(config.build(), DefaultConnector::default(), guarded) }
    }

    /// Read an address; its status, and its text. Blocks for at most a quarter of a minute.
    ///
    /// # Errors
    /// When no answer came, or one of more than a megabyte.
    pub fn fetch(&self, url: &str) -> Result<(u16, String), PostError> {
        whole(self.agent.get(url).header("accept", "application/json").call())
    }

    /// Send a form, with a value for `Authorization` where there is one; the answer's status, and its text.
    ///
    /// # Errors
    /// As [`Post::fetch`].
    pub fn submit(&self, url: &str, proof: Option<&str>, form: &str) -> Result<(u16, String), PostError> {
        let mut request = self.agent.post(url).header("accept", "application/json");
        if let Some(proof) = proof {
            request = request.header("authorization", proof);
        }
        whole(request.header("content-type", "application/x-www-form-urlencoded").send(form))
    }

    /// Send a message and return the status of the answer. Blocks for at most a quarter of a minute.
    ///
    /// # Errors
    /// When no answer came.
    pub fn send(&self, url: &str, secret: &str, message: Message<'_>) -> Result<u16, PostError> {
        let sent = self
            .agent
            .post(url)
            .header("content-type", "application/json")
            .header("webhook-id", message.id)
            .header("webhook-timestamp", message.at.to_string())
            .header("webhook-signature", signature(secret, message))
            .send(message.body);
        match sent {
            Ok(answer) => Ok(answer.status().as_u16()),
            Err(ureq::Error::Io(error)) if error.to_string() == REFUSED => Err(PostError::Private),
            Err(error) => Err(PostError::Unreachable(error.to_string())),
        }
    }
}

/// An answer, read to its end.
fn whole(answer: Result<ureq::http::Response<ureq::Body>, ureq::Error>) -> Result<(u16, String), PostError> {
    let unreachable = |error: ureq::Error| PostError::Unreachable(error.to_string());
    let mut answer = answer.map_err(unreachable)?;
    let text = answer.body_mut().with_config().limit(LONGEST).read_to_string().map_err(unreachable)?;
    Ok((answer.status().as_u16(), text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_are_signed_as_the_standard_says() {
        // The example of the specification's reference libraries.
        let message =
            Message { id: "msg_p5jXN8AQM9LWM0D4loKWxJek", at: 1_614_265_330, body: r#"{"test": 2432232314}"# };
        let signed = signature("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", message);
        assert_eq!(signed, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    }

    #[test]
    fn addresses_of_this_machine_and_of_private_networks_are_not_public() {
        let private = [
            "127.0.0.1",
            "10.1.2.3",
            "172.16.0.1",
            "192.168.1.1",
            "169.254.169.254",
            "100.64.0.1",
            "0.0.0.0",
            "224.0.0.1",
            "255.255.255.255",
            "198.18.0.1",
            "::1",
            "::",
            "fe80::1",
            "fc00::1",
            "::ffff:10.0.0.1",
            "64:ff9b::a00:1",
            "2002:a00:1::",
            "ff02::1",
        ];
        for address in private {
            assert!(!is_public(address.parse().unwrap()), "{address}");
        }
        for address in ["1.1.1.1", "93.184.216.34", "2606:4700::1111"] {
            assert!(is_public(address.parse().unwrap()), "{address}");
        }
    }

    #[test]
    fn a_private_address_is_refused_before_anything_is_sent() {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/", listener.local_addr().unwrap());
        let message = Message { id: "m", at: 0, body: "{}" };
        let refused = Post::new(Reach::Public).send(&url, "s", message);
        assert!(matches!(refused, Err(PostError::Private)), "{refused:?}");
    }
}
