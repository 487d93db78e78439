//! Signing in at an `OpenID` Connect provider: the code flow with PKCE, state and nonce.
//!
//! The browser is sent to the provider with a state, a nonce and the hash of a verifier, which it keeps in a cookie. It comes back with
//! a code, which the server exchanges for an ID token. The token's issuer and subject name an account; its groups give roles.
//!
//! **Invariant:** an account belongs to an issuer and a subject, never to a name or a mail address, which people can choose. An
//! account that is there already is linked by somebody who is signed in to it, and in no other way.

pub mod admitting;
pub mod token;

use std::sync::{Arc, Mutex, PoisonError};

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use sha2::{Digest as _, Sha256};
use url::{Url, form_urlencoded};

use self::token::{BadToken, IdClaims, ProviderKeys, TokenTerms};
use crate::cpu::CutShort;
use crate::domain::{Role, Timestamp};
use crate::post::{Post, PostError, Reach};
use crate::service::App;
use crate::service::people::accounts::AccountError;
use crate::service::people::secrets::{NoRandomness, Secret};
use crate::store::StoreError;

/// What a provider says of itself is read again after this many seconds.
const KEPT_SECONDS: f64 = 3600.0;
/// Unknown keys make it be read again at most this often, in seconds.
const AGAIN_SECONDS: f64 = 30.0;

/// A role that members of a group have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GroupRole {
    pub group: String,
    pub role: Role,
    /// `None`: the whole server, where the role is admin.
    pub project: Option<String>,
}

/// Which provider to trust, and what its people may do here.
#[derive(Clone)]
pub struct OidcSettings {
    /// As the provider writes it; its description is at `/.well-known/openid-configuration` under it.
    pub issuer: Url,
    pub client: String,
    /// `None`: a public client, which PKCE alone protects.
    pub secret: Option<String>,
    /// On the button.
    pub name: String,
    pub scopes: String,
    /// The claim that lists groups.
    pub groups_claim: String,
    pub groups: Vec<GroupRole>,
    /// The role and project of people in none of the groups who come for the first time; without it they get no account.
    pub creates: Option<(Role, String)>,
}

/// Why signing in at the provider failed.
#[derive(Debug, thiserror::Error)]
pub enum OidcError {
    #[error("the sign-in provider could not be reached")]
    Unreachable(#[from] PostError),
    #[error("the sign-in provider did not answer as it should: {0}")]
    Provider(String),
    #[error("the sign-in provider sent a token that does not count: {0}")]
    Token(#[from] BadToken),
    #[error("this sign-in was begun in another browser, or too long ago; begin again")]
    Stale,
    #[error("there is no account here for `{0}`; ask an admin to give you a role")]
    NoAccount(String),
    #[error("there is an account `{0}` already; sign in to it, and connect it on the account page")]
    Taken(String),
    #[error("this person is connected to another account here")]
    Elsewhere,
    #[error(transparent)]
    Account(#[from] AccountError),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    CutShort(#[from] CutShort),
    #[error(transparent)]
    Randomness(#[from] NoRandomness),
}

/// What the provider says of itself, with its keys.
#[derive(Debug, Clone, serde::Deserialize)]
struct Described {
    issuer: String,
    authorization_endpoint: String,
    token_endpoint: String,
    jwks_uri: String,
    #[serde(default)]
    end_session_endpoint: Option<String>,
    #[serde(default)]
    token_endpoint_auth_methods_supported: Vec<String>,
    #[serde(skip)]
    keys: ProviderKeys,
}

/// What the provider's answer to a code holds.
#[derive(serde::Deserialize)]
struct TokenAnswer {
    id_token: String,
}

/// A browser that is sent to the provider: where, and what it must bring back.
#[derive(Debug, Clone)]
pub struct SentAway {
    pub url: Url,
    pub ticket: Ticket,
}

/// What a browser keeps while it is at the provider.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ticket {
    pub state: String,
    nonce: String,
    verifier: String,
}

impl Ticket {
    fn new() -> Result<Self, NoRandomness> {
        let secret = || Secret::random("").map(|secret| secret.reveal().to_owned());
        Ok(Self { state: secret()?, nonce: secret()?, verifier: secret()? })
    }

    /// As a cookie keeps it.
    pub fn text(&self) -> String {
        format!("{}.{}.{}", self.state, self.nonce, self.verifier)
    }

    /// From how a cookie kept it.
    pub fn read(text: &str) -> Option<Self> {
        let mut parts = text.split('.').filter(|part| part.len() == 64).map(str::to_owned);
        Some(Self { state: parts.next()?, nonce: parts.next()?, verifier: parts.next()? })
    }

    /// The hash of the verifier, RFC 7636.
    fn challenge(&self) -> String {
        URL_SAFE_NO_PAD.encode(Sha256::digest(self.verifier.as_bytes()))
    }
}

/// A provider, and what it said of itself lately.
pub struct Oidc {
    pub settings: OidcSettings,
    post: Post,
    known: Mutex<Option<(Timestamp, Arc<Described>)>>,
}

impl std::fmt::Debug for Oidc {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Oidc({})", self.settings.issuer)
    }
}

impl Oidc {
    /// The provider may be in a private network: an admin named it.
    pub fn new(settings: OidcSettings) -> Self {
        Self { settings, post: Post::new(Reach::Anywhere), known: Mutex::new(None) }
    }

    /// Where to send a browser that is to come back to `back`.
    ///
    /// # Errors
    /// When the provider does not say where.
    pub async fn depart(&self, app: &App, back: &str) -> Result<SentAway, OidcError> {
        let described = self.described(app, KEPT_SECONDS).await?;
        let ticket = Ticket::new()?;
        let mut url = place(&described.authorization_endpoint)?;
        url.query_pairs_mut()
            .append_pair("response_type", "code")
            .append_pair("client_id", &self.settings.client)
            .append_pair("redirect_uri", back)
            .append_pair("scope", &self.settings.scopes)
            .append_pair("state", &ticket.state)
            .append_pair("nonce", &ticket.nonce)
            .append_pair("code_challenge", &ticket.challenge())
            .append_pair("code_challenge_method", "S256");
        Ok(SentAway { url, ticket })
    }

    /// Who came back to `back` with this code and state.
    ///
    /// # Errors
    /// [`OidcError::Stale`] unless the state is the ticket's; what the provider refuses, and tokens that do not count.
    pub async fn arrive(
        &self,
        app: &App,
        ticket: &Ticket,
        (code, state): (&str, &str),
        back: &str,
    ) -> Result<IdClaims, OidcError> {
        if state != ticket.state {
            return Err(OidcError::Stale);
        }
        let described = self.described(app, KEPT_SECONDS).await?;
        let token = self.exchange(app, &described, ticket, code, back).await?;
        let check = |described: &Described| {
            token::verify(
                &token,
                &described.keys,
                TokenTerms {
                    issuer: &described.issuer,
                    client: &self.settings.client,
                    nonce: &ticket.nonce,
                    now: app.clock.now().0.div_euclid(1_000_000),
                },
            )
        };
        match check(&described) {
            // The provider may have changed its keys.
            Err(BadToken::UnknownKey) => Ok(check(&*self.described(app, AGAIN_SECONDS).await?)?),
            checked => Ok(checked?),
        }
    }

    /// Where a browser signs out at the provider, and where it comes back to; `None` where the provider has no such place.
    ///
    /// # Errors
    /// When the provider does not say.
    pub async fn leave(&self, app: &App, back: &str) -> Result<Option<Url>, OidcError> {
        let described = self.described(app, KEPT_SECONDS).await?;
        let Some(text) = &described.end_session_endpoint else { return Ok(None) };
        let mut url = place(text)?;
        url.query_pairs_mut()
            .append_pair("client_id", &self.settings.client)
            .append_pair("post_logout_redirect_uri", back);
        Ok(Some(url))
    }

    /// The token for a code.
    async fn exchange(
        &self,
        app: &App,
        described: &Described,
        ticket: &Ticket,
        code: &str,
        back: &str,
    ) -> Result<String, OidcError> {
        let (proof, body) = self.request(described, ticket, code, back);
        let (post, url) = (self.post.clone(), described.token_endpoint.clone());
        let (status, text) = app.cpu.blocking(move || post.submit(&url, proof.as_deref(), &body)).await??;
        if status != 200 {
            // The answer's `error` is one of a few words; the rest may hold what nobody should read.
            let word = serde_json::from_str::<serde_json::Value>(&text)
                .ok()
                .and_then(|said| said["error"].as_str().map(str::to_owned));
            return Err(OidcError::Provider(format!("{} ({status}) to the code", word.unwrap_or_default())));
        }
        let answer: TokenAnswer = serde_json::from_str(&text)
            .map_err(|_| OidcError::Provider("its answer to the code holds no ID token".to_owned()))?;
        Ok(answer.id_token)
    }

    /// What is sent for a code: a value for `Authorization`, where the secret goes there, and a form.
    fn request(&self, described: &Described, ticket: &Ticket, code: &str, back: &str) -> (Option<String>, String) {
        let mut form = form_urlencoded::Serializer::new(String::new());
        form.append_pair("grant_type", "authorization_code")
            .append_pair("code", code)
            .append_pair("redirect_uri", back)
            .append_pair("code_verifier", &ticket.verifier);
        let mut proof = None;
        let ways = &described.token_endpoint_auth_methods_supported;
        match &self.settings.secret {
            // What every provider takes, unless it says otherwise.
            Some(secret) if ways.is_empty() || ways.iter().any(|way| way == "client_secret_basic") => {
                let part = |text: &str| form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
                proof = Some(format!(
                    "Basic {}",
                    STANDARD.encode(format!("{}:{}", part(&self.settings.client), part(secret)))
                ));
            }
            Some(secret) => {
                form.append_pair("client_id", &self.settings.client).append_pair("client_secret", secret);
            }
            None => {
                form.append_pair("client_id", &self.settings.client);
            }
        }
        (proof, form.finish())
    }

    /// What the provider says of itself, at most `age` seconds old.
    async fn described(&self, app: &App, age: f64) -> Result<Arc<Described>, OidcError> {
        let now = app.clock.now();
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if let Some((read, described)) = known
            && (0.0..age).contains(&now.seconds_since(read))
        {
            return Ok(described);
        }
        let (post, issuer) = (self.post.clone(), self.settings.issuer.clone());
        let described = app.cpu.blocking(move || describe(&post, &issuer)).await??;
        let described = Arc::new(described);
        *self.known.lock().unwrap_or_else(PoisonError::into_inner) = Some((now, Arc::clone(&described)));
        Ok(described)
    }
}

/// Ask a provider what it says of itself. Blocks.
fn describe(post: &Post, issuer: &Url) -> Result<Described, OidcError> {
    let base = issuer.as_str().trim_end_matches('/');
    let mut described: Described = read(post, &format!("{base}/.well-known/openid-configuration"))?;
    // Otherwise it would be another provider's word.
    if described.issuer.trim_end_matches('/') != base {
        return Err(OidcError::Provider(format!("it calls itself `{}`", described.issuer)));
    }
    described.keys = read(post, &described.jwks_uri)?;
    Ok(described)
}

/// An address of the provider where a browser may be sent.
fn place(text: &str) -> Result<Url, OidcError> {
    let url = Url::parse(text).ok().filter(|url| matches!(url.scheme(), "http" | "https"));
    url.ok_or_else(|| OidcError::Provider(format!("`{text}` is no address")))
}

fn read<T: serde::de::DeserializeOwned>(post: &Post, url: &str) -> Result<T, OidcError> {
    let (status, text) = post.fetch(url)?;
    if status != 200 {
        return Err(OidcError::Provider(format!("{status} at {url}")));
    }
    serde_json::from_str(&text)
        .map_err(|error| OidcError::Provider(format!("{url} is not what it should be ({error})")))
}

/// Roles of groups: `labelers=annotator:birds`, or `owners=admin` for the whole server.
///
/// # Errors
/// What is wrong with the text.
pub fn group_role(text: &str) -> Result<GroupRole, String> {
    let wrong = || format!("`{text}` gives no role to a group; write it as labelers=annotator:birds, or owners=admin");
    let (group, place) = text.rsplit_once('=').filter(|(group, _)| !group.is_empty()).ok_or_else(wrong)?;
    let (role, project) = match place.split_once(':') {
        Some((role, slug)) => (role, Some(slug.to_owned())),
        None => (place, None),
    };
    let role: Role = role.parse().map_err(|_| wrong())?;
    let good = match &project {
        Some(slug) => crate::domain::project::check_slug(slug).is_ok(),
        None => role == Role::Admin,
    };
    if good { Ok(GroupRole { group: group.to_owned(), role, project }) } else { Err(wrong()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_verifier_is_hashed_as_the_standard_says() {
        // RFC 7636, appendix B.
        let ticket = Ticket {
            state: String::new(),
            nonce: String::new(),
            verifier: "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk".to_owned(),
        };
        assert_eq!(ticket.challenge(), "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM");
    }

    #[test]
    fn a_ticket_is_read_as_it_was_kept() {
        let ticket = Ticket::new().unwrap();
        assert_eq!(Ticket::read(&ticket.text()), Some(ticket.clone()));
        assert_ne!(ticket.state, ticket.nonce);
        assert_eq!(Ticket::read("a.b.c"), None);
    }

    #[test]
    fn groups_give_roles_as_they_are_written() {
        let role = |text: &str| group_role(text).map(|one| (one.group, one.role, one.project));
        assert_eq!(role("labelers=annotator:birds"), Ok(("labelers".into(), Role::Annotator, Some("birds".into()))));
        assert_eq!(role("cn=x,dc=y=admin"), Ok(("cn=x,dc=y".into(), Role::Admin, None)));
        for wrong in ["labelers", "=admin", "a=lead", "a=boss:birds", "a=lead:Not A Slug"] {
            assert!(role(wrong).is_err(), "{wrong}");
        }
    }
}
