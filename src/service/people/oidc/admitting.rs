//! Whom a provider's token lets in: the account that it is linked to, or a new one, with the roles of its groups.

use crate::domain::{AccountId, ActVia, RecordedAct, Role};
use crate::service::App;
use crate::service::people::accounts::{self, AccountError, NewAccount};
use crate::service::people::oidc::token::IdClaims;
use crate::service::people::oidc::{Oidc, OidcError};
use crate::service::people::record;
use crate::store::accounts::AccountRow;

/// Claims that may name a new account, the best first.
const NAMES: [&str; 3] = ["preferred_username", "email", "name"];

/// Roles that groups give: for the whole server, and the highest in each project that the settings name.
struct Given {
    /// `None`: the settings give no such role to any group.
    admin: Option<bool>,
    projects: Vec<(String, Option<Role>)>,
}

fn given(oidc: &Oidc, groups: &[String]) -> Given {
    let mut given = Given { admin: None, projects: Vec::new() };
    for one in &oidc.settings.groups {
        let has = groups.contains(&one.group);
        match &one.project {
            None => given.admin = Some(given.admin == Some(true) || has),
            Some(slug) => {
                let role = has.then_some(one.role);
                match given.projects.iter_mut().find(|(known, _)| known == slug) {
                    Some((_, best)) => *best = (*best).max(role),
                    None => given.projects.push((slug.clone(), role)),
                }
            }
        }
    }
    given
}

/// The account of the person whom these claims name. `signed_in` is the account of the browser that asks, where it is to be linked.
///
/// # Errors
/// [`OidcError::NoAccount`], [`OidcError::Taken`], [`OidcError::Elsewhere`], and [`AccountError::Disabled`].
pub async fn admit(
    app: &App,
    oidc: &Oidc,
    claims: &IdClaims,
    signed_in: Option<AccountId>,
) -> Result<AccountId, OidcError> {
    let (issuer, subject) = (oidc.settings.issuer.as_str(), claims.subject());
    let given = given(oidc, &claims.list(&oidc.settings.groups_claim));
    let known = app.store.account_of_identity(issuer, subject).await?;
    let account = match (known, signed_in) {
        (Some(known), Some(me)) if known.id != me => return Err(OidcError::Elsewhere),
        (Some(known), _) => known,
        (None, Some(me)) => {
            let me = app.store.account(me).await?.ok_or(OidcError::Stale)?;
            link(app, issuer, subject, &me, "provider-linked").await?;
            me
        }
        (None, None) => {
            let new = create(app, oidc, claims, &given).await?;
            link(app, issuer, subject, &new, "joined").await?;
            new
        }
    };
    if account.disabled_us.is_some() {
        return Err(AccountError::Disabled.into());
    }
    give(app, &account, &given).await?;
    Ok(account.id)
}

async fn link(app: &App, issuer: &str, subject: &str, account: &AccountRow, what: &str) -> Result<(), OidcError> {
    if !app.store.add_identity(issuer, subject, account.id, app.clock.now()).await? {
        return Err(OidcError::Elsewhere);
    }
    enter(app, account, what, vec![("issuer".to_owned(), issuer.to_owned())]).await;
    Ok(())
}

/// An account for somebody new, where a group or the settings give a role.
async fn create(app: &App, oidc: &Oidc, claims: &IdClaims, given: &Given) -> Result<AccountRow, OidcError> {
    let name = NAMES.iter().find_map(|claim| claims.text(claim)).unwrap_or(claims.subject()).trim().to_owned();
    let first = given.projects.iter().find_map(|(slug, role)| Some(((*role)?, Some(slug.as_str()))));
    let first = match first {
        _ if given.admin == Some(true) => Some((Role::Admin, None)),
        None => oidc.settings.creates.as_ref().map(|(role, slug)| (*role, Some(slug.as_str()))),
        first => first,
    };
    let (role, project) = first.ok_or_else(|| OidcError::NoAccount(name.clone()))?;
    if app.store.account_by_name(&name).await?.is_some() {
        return Err(OidcError::Taken(name));
    }
    Ok(accounts::add(app, NewAccount { name: &name, role, project, password: None }).await?)
}

/// Give the roles that the groups say, and take those away that they no longer say. Roles that no group is about stay.
async fn give(app: &App, account: &AccountRow, given: &Given) -> Result<(), OidcError> {
    let held = app.store.memberships_of(account.id).await?;
    for (slug, role) in &given.projects {
        let has = held.iter().find(|held| held.slug == *slug).map(|held| held.role);
        if has == *role {
            continue;
        }
        match accounts::set_role(app, account.id, slug, *role).await {
            Ok(()) => {
                let role = role.map_or("none", Role::as_str).to_owned();
                enter(
                    app,
                    account,
                    "role-changed",
                    vec![("project".to_owned(), slug.clone()), ("role".to_owned(), role)],
                )
                .await;
            }
            Err(AccountError::NoProject(slug)) => {
                tracing::warn!(slug, "a group has a role in a project that is not there");
            }
            Err(error) => return Err(error.into()),
        }
    }
    if let Some(admin) = given.admin
        && admin != (account.role == Some(Role::Admin))
    {
        match accounts::set_server_admin(app, account, admin, None).await {
            Ok(()) => {
                let role = if admin { "admin" } else { "none" };
                enter(app, account, "role-changed", vec![("role".to_owned(), role.to_owned())]).await;
            }
            // Somebody must be able to let others in.
            Err(AccountError::LastAdmin(_)) => tracing::warn!("the last admin stays one, whatever the groups say"),
            Err(error) => return Err(error.into()),
        }
    }
    Ok(())
}

/// Say in the record what the provider's word did to an account.
async fn enter(app: &App, account: &AccountRow, what: &str, details: Vec<(String, String)>) {
    let act = RecordedAct {
        account: Some(account.id),
        project: None,
        via: ActVia::Itself,
        what: what.to_owned(),
        subject: account.name.clone(),
        details,
        address: String::new(),
    };
    record::add(app, act).await;
}
