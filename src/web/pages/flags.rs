//! The page of flags: what annotators ask, for leads to answer.

use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};

use crate::domain::Role;
use crate::service::App;
use crate::service::desk::flags::{self, Thread};
use crate::store::flags::NoteKind;
use crate::web::frame::error::WebError;
use crate::web::frame::extract::{Form, Member, Path, Query};
use crate::web::frame::filters::ago;
use crate::web::frame::going;
use crate::web::frame::htmx::Hx;
use crate::web::frame::shell::{Shell, Tab};
use crate::web::page;
use crate::web::pages::{media, sample};

/// Which flags to show.
#[derive(Debug, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FlagQuery {
    /// Include those that are done.
    #[serde(default)]
    done: bool,
}

struct Row {
    id: String,
    reply_id: String,
    name: String,
    href: String,
    thumb_url: String,
    done: bool,
    notes: Vec<Said>,
}

struct Said {
    by: String,
    when: String,
    text: String,
    done: bool,
}

#[derive(Template)]
#[template(path = "flags.html", blocks = ["flags"])]
struct FlagsPage {
    shell: Shell,
    slug: String,
    with_done: bool,
    open: usize,
    rows: Vec<Row>,
}

/// `GET /p/{slug}/flags`
pub async fn show(
    State(app): State<App>,
    member: Member,
    hx: Hx,
    Query(wanted): Query<FlagQuery>,
) -> Result<Response, WebError> {
    member.require(Role::Lead)?;
    let project = &member.project;
    let threads = flags::threads(&app, project, None).await?;
    let open = threads.iter().filter(|thread| !thread.done).count();
    let (now, language) = (app.clock.now(), member.language());
    let row = |thread: Thread| Row {
        reply_id: uuid::Uuid::new_v4().to_string(),
        href: sample::url(&project.slug, thread.sample),
        thumb_url: media::thumb_url(&project.slug, thread.sample),
        id: thread.id,
        name: thread.name,
        done: thread.done,
        notes: thread
            .notes
            .into_iter()
            .map(|note| Said {
                by: note.account,
                when: ago(language, (now.0 - note.made_us.0) as f64 / 1e6),
                text: note.text,
                done: note.kind == NoteKind::Done,
            })
            .collect(),
    };
    let rows = threads.into_iter().filter(|thread| wanted.done || !thread.done).map(row).collect();
    let view = FlagsPage {
        shell: Shell::page(&member, language.say("flags-title"), Some(Tab::Samples)),
        slug: project.slug.clone(),
        with_done: wanted.done,
        open,
        rows,
    };
    if hx.wants("flags") { page(&view.as_flags()) } else { page(&view) }
}

/// An answer, and whether that settles it.
#[derive(Debug, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Answered {
    id: String,
    #[serde(default)]
    text: String,
    #[serde(default)]
    done: Option<String>,
    /// `all`: the list to return to includes those that are done.
    #[serde(default)]
    back: Option<String>,
}

/// `POST /p/{slug}/flags/{id}`
pub async fn answer(
    State(app): State<App>,
    member: Member,
    Path((_, thread)): Path<(String, String)>,
    Form(answered): Form<Answered>,
) -> Result<Response, WebError> {
    member.require(Role::Lead)?;
    let (project, account) = (&member.project, member.account.id);
    if !answered.text.trim().is_empty() {
        flags::reply(&app, project, account, &thread, &answered.id, &answered.text, true).await?;
    }
    if answered.done.is_some() {
        flags::settle(&app, project, account, &thread, true).await?;
    }
    let query = if answered.back.is_some() { "?done=true" } else { "" };
    Ok(going::to(&format!("/p/{}/flags{query}", project.slug)).into_response())
}
