//! The doubts page: labels that deserve a second look.

use askama::Template;
use axum::extract::State;
use axum::response::Response;

use crate::domain::{Classes, Role};
use crate::service::App;
use crate::service::rounds::doubts::{self, Doubt};
use crate::web::frame::answers;
use crate::web::frame::error::WebError;
use crate::web::frame::extract::Member;
use crate::web::frame::filters::{group, part_of};
use crate::web::frame::shell::{Shell, Tab};
use crate::web::page;
use crate::web::pages::media;

/// Pictures on the page: enough work for one sitting.
const SHOWN: usize = 96;

struct Group {
    title: String,
    count: String,
    pictures: Vec<Picture>,
}

struct Picture {
    media_url: String,
    thumb_url: String,
    name: String,
    given: String,
    given_colour: String,
    suggested: String,
    suggested_colour: String,
    sure: String,
    audit: bool,
}

#[derive(Template)]
#[template(path = "doubts.html")]
struct DoubtsPage {
    shell: Shell,
    slug: String,
    judged: usize,
    errors: usize,
    groups: [Group; 2],
}

/// `GET /p/{slug}/doubts`
pub async fn show(State(app): State<App>, member: Member) -> Result<Response, WebError> {
    member.require(Role::Reviewer)?;
    let (project, language) = (&member.project, member.language());
    let classes = app.store.classes(project.id).await?;
    let found = doubts::doubts(&app, project, SHOWN).await?;
    let class = |said: &Classes| {
        let answers::AnswerText { text, mut colours } = answers::named(language, &classes, said.ids());
        (text, colours.swap_remove(0))
    };
    let picture = |doubt: Doubt| {
        let ((given, given_colour), (suggested, suggested_colour)) = (class(&doubt.class), class(&doubt.suggested));
        Picture {
            media_url: media::url(&project.slug, doubt.sample),
            thumb_url: media::thumb_url(&project.slug, doubt.sample),
            name: doubt.name,
            given,
            given_colour,
            suggested,
            suggested_colour,
            sure: format!("{:.0} %", f64::from(doubt.confidence) * 100.0),
            // People who label must not learn which samples are in the audit set.
            audit: doubt.audit && member.role >= Role::Lead,
        }
    };
    // A label that the model agrees with is not in doubt, however unsure the model is.
    let doubts = found.labels.into_iter().filter(|doubt| doubt.suggested != doubt.class);
    let (wrong, unsure): (Vec<Doubt>, Vec<Doubt>) = doubts.partition(|doubt| doubt.error);
    let count = |shown: usize, all: usize| {
        if shown < all { part_of(language, shown as i64, all as i64) } else { group(all as i64) }
    };
    let groups = [
        Group {
            title: language.say("doubts-sure").into(),
            count: count(wrong.len(), found.errors),
            pictures: wrong.into_iter().map(picture).collect(),
        },
        Group {
            title: language.say("doubts-leans").into(),
            count: group(unsure.len() as i64),
            pictures: unsure.into_iter().map(picture).collect(),
        },
    ];
    page(&DoubtsPage {
        shell: Shell::project(&member, Tab::Samples),
        slug: project.slug.clone(),
        judged: found.judged,
        errors: found.errors,
        groups,
    })
}
