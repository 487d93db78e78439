//! The flags that name a sign-in provider.

use std::sync::Arc;

use clap::Args;
use url::Url;

use crate::domain::Role;
use crate::service::people::oidc::{GroupRole, Oidc, OidcSettings, group_role};
use crate::web::frame::origin;

/// An `OpenID` Connect provider where people may sign in.
#[derive(Debug, Clone, Default, Args)]
pub struct ProviderFlags {
    /// `OpenID` Connect provider where people may sign in, as it calls itself: `https://id.example.org/realms/lab`. It must know
    /// `URL/sign-in/provider/back` as an address to return to, and `URL/sign-in` for signing out.
    #[arg(long, env = "QUERIST_OIDC_ISSUER", value_name = "URL", value_parser = origin::address, requires_all = ["url", "oidc_client"])]
    pub oidc_issuer: Option<Url>,
    /// What the provider calls this server.
    #[arg(long, env = "QUERIST_OIDC_CLIENT", value_name = "ID", requires = "oidc_issuer")]
    pub oidc_client: Option<String>,
    /// The secret that the provider gave this server; without one, PKCE alone protects a sign-in. Better in the environment.
    #[arg(long, env = "QUERIST_OIDC_SECRET", value_name = "SECRET", hide_env_values = true, requires = "oidc_issuer")]
    pub oidc_secret: Option<String>,
    /// What the button to the provider says.
    #[arg(long, env = "QUERIST_OIDC_NAME", value_name = "NAME", default_value = "single sign-on")]
    pub oidc_name: String,
    /// What is asked of the provider, separated by spaces.
    #[arg(long, env = "QUERIST_OIDC_SCOPES", value_name = "SCOPES", default_value = "openid profile email")]
    pub oidc_scopes: String,
    /// The claim of the ID token that lists a person's groups.
    #[arg(long, env = "QUERIST_OIDC_GROUPS_CLAIM", value_name = "CLAIM", default_value = "groups")]
    pub oidc_groups_claim: String,
    /// Roles of groups, separated by semicolons: `labelers=annotator:birds;owners=admin`. At each sign-in people get them, and lose
    /// those that their groups no longer give in these projects.
    #[arg(
        long,
        env = "QUERIST_OIDC_GROUPS",
        value_name = "GROUP=ROLE:SLUG",
        value_delimiter = ';',
        value_parser = group_role,
        requires = "oidc_issuer"
    )]
    pub oidc_groups: Vec<GroupRole>,
    /// Role and project of people in none of these groups who come for the first time, such as `annotator:birds`. By default, they get no
    /// account.
    #[arg(
        long,
        env = "QUERIST_OIDC_CREATES",
        value_name = "ROLE:SLUG",
        value_parser = origin::role_in_project,
        requires = "oidc_issuer"
    )]
    pub oidc_creates: Option<(Role, String)>,
}

impl ProviderFlags {
    /// The provider, where one is named.
    pub fn provider(&self) -> Option<Arc<Oidc>> {
        let (issuer, client) = (self.oidc_issuer.clone()?, self.oidc_client.clone()?);
        Some(Arc::new(Oidc::new(OidcSettings {
            issuer,
            client,
            secret: self.oidc_secret.clone(),
            name: self.oidc_name.clone(),
            scopes: self.oidc_scopes.clone(),
            groups_claim: self.oidc_groups_claim.clone(),
            groups: self.oidc_groups.clone(),
            creates: self.oidc_creates.clone(),
        })))
    }
}
