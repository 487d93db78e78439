//! A person's data as a file, and making an account anonymous: at once, or thirty days after it was deleted.

use axum::extract::State;
use axum::response::{IntoResponse as _, Redirect, Response};

use crate::domain::AccountId;
use crate::service::App;
use crate::service::people::personal::{self, KEPT_SECONDS};
use crate::store::accounts::AccountRow;
use crate::web::frame::confirm::ConfirmPage;
use crate::web::frame::error::WebError;
use crate::web::frame::extract::{CurrentAccount, Path};
use crate::web::frame::language::Text;
use crate::web::frame::shell::Shell;
use crate::web::frame::{files, going};
use crate::web::page;

/// `POST /account/data`: everything that names the caller.
pub async fn export_own(State(app): State<App>, account: CurrentAccount) -> Result<Response, WebError> {
    account.require_session()?;
    send(&app, &person(&app, account.id).await?).await
}

/// `POST /people/{id}/data`: everything that names somebody.
pub async fn export(
    State(app): State<App>,
    account: CurrentAccount,
    Path(id): Path<AccountId>,
) -> Result<Response, WebError> {
    admin(&account)?;
    send(&app, &person(&app, id).await?).await
}

/// The zip of somebody's data.
///
/// # Errors
/// When the database cannot be read.
pub(in crate::web) async fn send(app: &App, person: &AccountRow) -> Result<Response, WebError> {
    let zip = personal::export(app, person).await?;
    Ok(files::bytes("application/zip", &format!("querist-person-{}.zip", person.id), zip).into_response())
}

/// `GET /people/{id}/delete`: asks first.
pub async fn ask_delete(
    State(app): State<App>,
    account: CurrentAccount,
    Path(id): Path<AccountId>,
) -> Result<Response, WebError> {
    let language = account.language();
    let means = language.say("people-delete-means").with("days", KEPT_SECONDS / 86_400);
    ask(&app, &account, id, "delete", ("people-delete-ask", means, "people-delete")).await
}

/// `POST /people/{id}/delete`
pub async fn delete(
    State(app): State<App>,
    account: CurrentAccount,
    Path(id): Path<AccountId>,
) -> Result<Redirect, WebError> {
    admin(&account)?;
    personal::delete(&app, &person(&app, id).await?, Some(account.id)).await?;
    Ok(going::to("/people"))
}

/// `GET /people/{id}/anonymise`: asks first.
pub async fn ask_anonymise(
    State(app): State<App>,
    account: CurrentAccount,
    Path(id): Path<AccountId>,
) -> Result<Response, WebError> {
    let means = account.language().say("people-anonymise-means");
    ask(&app, &account, id, "anonymise", ("people-anonymise-ask", means, "people-anonymise")).await
}

/// `POST /people/{id}/anonymise`
pub async fn anonymise(
    State(app): State<App>,
    account: CurrentAccount,
    Path(id): Path<AccountId>,
) -> Result<Redirect, WebError> {
    admin(&account)?;
    personal::anonymise_now(&app, &person(&app, id).await?, Some(account.id)).await?;
    Ok(going::to("/people"))
}

/// A question about somebody: its id, what it means, and the id of its button.
async fn ask(
    app: &App,
    account: &CurrentAccount,
    id: AccountId,
    act: &str,
    (question, means, button): (&str, Text<'_>, &str),
) -> Result<Response, WebError> {
    admin(account)?;
    let (person, language) = (person(app, id).await?, account.language());
    let name = person.name.as_str();
    let question = language.say(question).with("name", name).to_string();
    page(&ConfirmPage {
        shell: Shell::account(&*question, account),
        question,
        means: vec![means.with("name", name).to_string()],
        action: format!("/people/{id}/{act}"),
        fields: Vec::new(),
        button: language.say(button).to_string(),
        back: "/people".to_owned(),
    })
}

fn admin(account: &CurrentAccount) -> Result<(), WebError> {
    account.require_session()?;
    account.require_admin()
}

async fn person(app: &App, id: AccountId) -> Result<AccountRow, WebError> {
    app.store.account(id).await?.ok_or_else(|| WebError::not_found(format!("there is no account `{id}`")))
}
