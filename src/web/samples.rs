//! The samples page: the pool as pictures, by class and state.

use std::collections::HashSet;
use std::fmt::Write as _;

use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse as _, Redirect, Response};

use super::answers;
use super::error::WebError;
use super::extract::{Form, Member, Path, Query};
use super::media;
use super::page;
use super::shell::{Shell, Tab};
use crate::app::App;
use crate::domain::{ClassId, Role, SampleId};
use crate::service::{examples, flags};
use crate::store::samples::{SampleFilter, SampleState};

const PER_PAGE: i64 = 96;

/// What to show.
#[derive(Debug, Clone, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Wanted {
    #[serde(default)]
    class: Option<ClassId>,
    #[serde(default)]
    state: Option<SampleState>,
    #[serde(default)]
    name: Option<String>,
    #[serde(default)]
    after: Option<SampleId>,
}

struct Link {
    text: String,
    href: String,
    current: bool,
}

struct Picture {
    id: SampleId,
    /// Shown beside the guide.
    example: bool,
    /// Has a class, so that it may be.
    may_be_example: bool,
    media_url: String,
    thumb_url: String,
    name: String,
    answer: String,
    /// CSS classes of the answer's colours.
    colours: Vec<String>,
    audit: bool,
}

#[derive(Template)]
#[template(path = "samples.html")]
struct SamplesPage {
    shell: Shell,
    slug: String,
    name: String,
    filters: Vec<Link>,
    lead: bool,
    /// Whether each has one class, so that those that are alike can be labeled together and doubts can be told.
    groups: bool,
    /// Flags that wait for an answer.
    open_flags: usize,
    pictures: Vec<Picture>,
    next: Option<String>,
}

/// `GET /p/{slug}/samples`
pub async fn show(State(app): State<App>, member: Member, Query(wanted): Query<Wanted>) -> Result<Response, WebError> {
    member.require(Role::Reviewer)?;
    let project = &member.project;
    let classes = app.store.classes(project.id).await?;
    let name = wanted.name.clone().filter(|name| !name.is_empty());
    let filter = SampleFilter { class: wanted.class, state: wanted.state, audit: None, name: name.clone() };
    let after = wanted.after.unwrap_or(SampleId(0));
    let rows = app.store.samples(project.id, &filter, after, PER_PAGE).await?;
    let base = format!("/p/{}/samples", project.slug);
    let link =
        |text: &str, query: String, current| Link { text: text.to_owned(), href: format!("{base}{query}"), current };
    let language = member.language();
    // As in addresses, and the id of what the page says.
    let states = [
        (SampleState::Labeled, "labeled", "samples-labeled"),
        (SampleState::Unlabeled, "unlabeled", "samples-unlabeled"),
        (SampleState::Skipped, "skipped", "samples-skipped"),
    ];
    let all = language.say("samples-all").to_string();
    let mut filters = vec![link(&all, String::new(), wanted.class.is_none() && wanted.state.is_none())];
    filters.extend(states.map(|(state, value, text)| {
        link(&language.say(text).to_string(), format!("?state={value}"), wanted.state == Some(state))
    }));
    filters.extend(classes.iter().map(|c| link(&c.name, format!("?class={}", c.id), wanted.class == Some(c.id))));
    let next = rows.last().filter(|_| rows.len() as i64 == PER_PAGE).map(|last| {
        let mut query = format!("?after={}", last.id);
        if let Some(class) = wanted.class {
            let _ = write!(query, "&class={class}");
        }
        if let Some((_, value, _)) = states.iter().find(|(state, ..)| wanted.state == Some(*state)) {
            let _ = write!(query, "&state={value}");
        }
        if let Some(name) = &name {
            let _ = write!(query, "&name={}", super::error::percent_encode(name));
        }
        format!("{base}{query}")
    });
    let lead = member.role >= Role::Lead;
    let shown: HashSet<SampleId> =
        app.store.examples(project.id).await?.into_iter().map(|(_, sample)| sample).collect();
    let open_flags =
        if lead { flags::threads(&app, project, None).await?.iter().filter(|thread| !thread.done).count() } else { 0 };
    let pictures = rows
        .into_iter()
        .map(|row| {
            let reason = row.reason.as_deref();
            let said = answers::said(language, &classes, row.class_id, row.classes.as_ref(), reason);
            let answered = row.annotation_id.is_some();
            Picture {
                id: row.id,
                example: shown.contains(&row.id),
                may_be_example: lead && row.class_id.is_some(),
                media_url: media::url(&project.slug, row.id),
                thumb_url: media::thumb_url(&project.slug, row.id),
                answer: if answered { said.text } else { language.say("samples-unlabeled").into() },
                colours: if answered { said.colours } else { vec![String::new()] },
                name: row.name,
                // Whoever may label must not learn which samples audit.
                audit: row.audit && member.role >= Role::Lead && row.annotation_id.is_some(),
            }
        })
        .collect();
    page(&SamplesPage {
        shell: Shell::project(&member, Tab::Samples),
        slug: project.slug.clone(),
        name: name.unwrap_or_default(),
        filters,
        lead,
        groups: !project.is_multi(),
        open_flags,
        pictures,
        next,
    })
}

/// Whether a sample is shown beside the guide.
#[derive(Debug, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Shown {
    shown: bool,
    /// The list to go back to.
    class: Option<ClassId>,
}

/// `POST /p/{slug}/samples/{sample}/example`
pub async fn set_example(
    State(app): State<App>,
    member: Member,
    Path((_, sample)): Path<(String, SampleId)>,
    Form(form): Form<Shown>,
) -> Result<Response, WebError> {
    member.require(Role::Lead)?;
    if form.shown {
        examples::add(&app, &member.project, member.account.id, sample).await?;
    } else {
        examples::remove(&app, &member.project, sample).await?;
    }
    let query = form.class.map(|class| format!("?class={class}")).unwrap_or_default();
    Ok(Redirect::to(&format!("/p/{}/samples{query}", member.project.slug)).into_response())
}
