//! A client of model hubs: addresses, what a repository holds, and transfers that resume where they stopped.
//!
//! **Invariant:** the only place that names `hf_hub`; knows nothing of encoders. File names come from
//! strangers and never become paths on this machine.

pub mod address;
pub mod error;
pub mod licence;
pub mod repository;
mod transfer;

use std::path::PathBuf;
use std::time::Duration;

use hf_hub::api::sync::{Api, ApiBuilder};
use hf_hub::{Cache, Repo, RepoType};

pub use address::Address;
pub use error::HubError;
pub use repository::{RemoteFile, Repository};
pub use transfer::ModelFile;

/// Models that are larger are refused.
pub const LARGEST_BYTES: u64 = 5_000_000_000;
/// Answers about a repository that are longer than this are refused.
const LONGEST_ANSWER: u64 = 16 << 20;
/// How long a connection may take, an answer to begin, and a pause within it.
const CONNECT: Duration = Duration::from_secs(15);
const PATIENCE: Duration = Duration::from_mins(1);

/// A hub, and who asks.
pub struct Hub {
    api: Api,
    agent: ureq::Agent,
    endpoint: url::Url,
    token: Option<String>,
}

impl Hub {
    /// The hub at `HF_ENDPOINT`, or the usual one; with the token in `HF_TOKEN`, or the one left by the hub's own tools.
    /// Proxies are taken from the environment.
    ///
    /// # Errors
    /// [`HubError::Endpoint`] when `HF_ENDPOINT` is not a web address, or the client cannot be set up.
    pub fn from_env() -> Result<Self, HubError> {
        let given =
            |name: &str| std::env::var(name).ok().map(|value| value.trim().to_owned()).filter(|v| !v.is_empty());
        // Without a home there is no token file, and the client library would stop the program while looking for it.
        let has_home = std::env::var_os("HF_HOME").is_some() || std::env::home_dir().is_some();
        let left = || has_home.then(|| Cache::from_env().token()).flatten();
        Self::at(given("HF_ENDPOINT").as_deref(), given("HF_TOKEN").or_else(left))
    }

    /// The hub at `endpoint`, or the usual one.
    ///
    /// # Errors
    /// [`HubError::Endpoint`] when that is not a web address, or the client cannot be set up.
    pub fn at(endpoint: Option<&str>, token: Option<String>) -> Result<Self, HubError> {
        // Nothing is kept in the client library's cache: a download goes into the data folder.
        let mut builder = ApiBuilder::from_cache(Cache::new(PathBuf::new())).with_progress(false);
        if let Some(endpoint) = endpoint {
            builder = builder.with_endpoint(endpoint.trim_end_matches('/').to_owned());
        }
        let setup = |error: &dyn std::fmt::Display| HubError::Setup(error.to_string());
        let api = builder.with_token(token.clone()).build().map_err(|error| setup(&error))?;
        // The library knows the usual address; it tells it as the beginning of a file's address.
        let address = api.model("owner/name".to_owned()).url("file");
        let base = address.split("/owner/name/").next().unwrap_or_default();
        let endpoint = url::Url::parse(base).ok().filter(|url| matches!(url.scheme(), "http" | "https"));
        let endpoint = endpoint.ok_or_else(|| HubError::Endpoint(base.to_owned()))?;
        let config = ureq::Agent::config_builder()
            .user_agent(concat!("querist/", env!("CARGO_PKG_VERSION")))
            .http_status_as_error(false)
            // Redirects are followed manually: the first response carries the checksum, and a token goes to the hub
            // only.
            .max_redirects(0)
            .max_redirects_will_error(false)
            .timeout_connect(Some(CONNECT))
            .timeout_recv_response(Some(PATIENCE))
            .timeout_per_read(Some(PATIENCE))
            .accept_encoding("identity");
        Ok(Self { api, agent: config.build().new_agent(), endpoint, token })
    }

    /// Where this hub is, for people.
    pub fn endpoint(&self) -> &str {
        self.endpoint.as_str().trim_end_matches('/')
    }

    /// What the repository at `address` holds, and under what licence.
    ///
    /// # Errors
    /// When the hub cannot be reached, refuses, or gives an answer that cannot be used.
    pub fn repository(&self, address: &Address) -> Result<Repository, HubError> {
        let revision = address.revision.clone().unwrap_or_else(|| "main".to_owned());
        let repo = Repo::with_revision(address.repository.clone(), RepoType::Model, revision);
        let request = self.api.repo(repo).info_request().query("blobs", "true");
        let request = request
            .config()
            .http_status_as_error(false)
            .timeout_connect(Some(CONNECT))
            .timeout_recv_response(Some(PATIENCE))
            .timeout_per_read(Some(PATIENCE))
            .build();
        let what = address.repository.as_str();
        let mut answer = request.call().map_err(|error| self.unreachable(&error))?;
        check(answer.status().as_u16(), what)?;
        let body = answer.body_mut().with_config().limit(LONGEST_ANSWER).read_to_vec();
        let body = body.map_err(|error| HubError::Answer { what: what.to_owned(), reason: error.to_string() })?;
        Repository::parse(address, &body)
    }

    /// Where `file` of `repository` is, at the commit that was asked about.
    fn address_of(&self, repository: &Repository, file: &str) -> String {
        let repo = Repo::with_revision(repository.name.clone(), RepoType::Model, repository.commit.clone());
        self.api.repo(repo).url(file)
    }

    fn unreachable(&self, error: &ureq::Error) -> HubError {
        HubError::Unreachable { endpoint: self.endpoint().to_owned(), reason: error.to_string() }
    }
}

/// What an answer's status means.
fn check(status: u16, what: &str) -> Result<(), HubError> {
    let what = what.to_owned();
    match status {
        200 | 206 => Ok(()),
        401 | 403 => Err(HubError::Refused { what, status }),
        404 | 410 => Err(HubError::Missing { what }),
        408 | 425 | 429 | 500.. => Err(HubError::Busy { what, status }),
        _ => Err(HubError::Answer { what, reason: format!("status {status}") }),
    }
}
