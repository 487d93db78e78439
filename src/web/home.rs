//! The first page: the projects one may open.

use askama::Template;
use axum::extract::State;
use axum::response::Response;

use super::error::WebError;
use super::extract::CurrentAccount;
use super::page;
use super::shell::Shell;
use crate::app::App;

#[derive(Template)]
#[template(path = "home.html")]
struct HomePage {
    shell: Shell,
    projects: Vec<Entry>,
    admin: bool,
}

struct Entry {
    slug: String,
    name: String,
    role: String,
}

/// `GET /`
pub async fn show(State(app): State<App>, account: CurrentAccount) -> Result<Response, WebError> {
    let projects = if account.admin {
        let all = app.store.project_names().await?;
        all.into_iter().map(|(slug, name)| Entry { slug, name, role: "admin".to_owned() }).collect()
    } else {
        let own = account.memberships.iter();
        own.map(|m| Entry { slug: m.slug.clone(), name: m.project_name.clone(), role: m.role.clone() }).collect()
    };
    page(&HomePage { shell: Shell::account("Projects", &account), projects, admin: account.admin })
}
