//! The desk: one sample at a time.
//!
//! With scripts, `static/desk/` leases, answers and shows the next sample through the JSON twin. Without, the same page is
//! a plain form: a button leases the first sample, and each answer brings the next page.

use askama::Template;
use axum::extract::State;
use axum::response::Response;

use super::api::Standing;
use super::api::leases::{Leased, leased};
use super::error::WebError;
use super::extract::{Form, Member};
use super::media::View;
use super::page;
use super::shell::{Shell, Tab};
use crate::app::App;
use crate::domain::{Class, ClassId, SampleId};
use crate::service::labeling::{self, Given, SKIP_REASONS, Saying};

/// Keys of the classes, in order: nine digits, then the letters that mean nothing else on the desk.
const KEYS: &str = "123456789qwertyuopadghjklxvn";
/// Answers shown as "just answered".
const STRIP: usize = 8;
/// Answers that undo can reach after a reload.
const HISTORY: i64 = 200;
const DAY_SECONDS: i64 = 24 * 3600;

/// A class as a button.
#[derive(Debug, Clone)]
pub struct ClassButton {
    pub id: ClassId,
    pub name: String,
    /// The key that answers it; empty when there are more classes than keys.
    pub key: String,
    pub colour: String,
}

/// The buttons of the classes that may be answered. Keys follow the position, so that they never move.
pub fn buttons(classes: &[Class]) -> Vec<ClassButton> {
    let key = |i: usize| KEYS.chars().nth(i).map(String::from).unwrap_or_default();
    classes
        .iter()
        .enumerate()
        .filter(|(_, class)| !class.retired)
        .map(|(i, class)| ClassButton { id: class.id, name: class.name.clone(), key: key(i), colour: colour(i) })
        .collect()
}

/// The CSS class of the `i`-th class's colour; ten colours come round again.
pub fn colour(i: usize) -> String {
    format!("c{}", i % 10 + 1)
}

struct Past {
    name: String,
    colour: String,
    thumb_url: String,
}

struct Progress {
    today: i64,
    total: i64,
    labeled: i64,
    samples: i64,
    skipped: i64,
    next_round: String,
}

#[derive(Template)]
#[template(path = "label.html")]
struct LabelPage {
    shell: Shell,
    modules: Vec<String>,
    slug: String,
    project_name: String,
    account_id: i64,
    classes: Vec<ClassButton>,
    /// The sample shown without scripts.
    first: Option<Leased>,
    answer_id: String,
    leases_json: String,
    history_json: String,
    strip: Vec<Past>,
    progress: Progress,
    skip_reasons: &'static [(&'static str, &'static str)],
    guidelines: String,
    empty_reason: String,
}

/// `GET /p/{slug}/label`
pub async fn show(State(app): State<App>, member: Member) -> Result<Response, WebError> {
    desk(&app, &member, None).await
}

/// An answer given without scripts, or just the wish for a first sample.
#[derive(Debug, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PlainAnswer {
    id: Option<String>,
    sample: Option<SampleId>,
    lease: Option<String>,
    class: Option<ClassId>,
    skip: Option<String>,
}

/// `POST /p/{slug}/label`
pub async fn answer(
    State(app): State<App>,
    member: Member,
    Form(given): Form<PlainAnswer>,
) -> Result<Response, WebError> {
    if let (Some(id), Some(sample), Some(lease)) = (given.id, given.sample, given.lease) {
        let said = match (given.class, given.skip) {
            (Some(class), None) => Saying::Class(class),
            (None, Some(reason)) => Saying::Skip { reason, note: None },
            _ => {
                return Err(WebError::unprocessable(
                    "bad_answer",
                    "the answer names neither a class nor a reason to skip",
                ));
            }
        };
        let given = Given { id, sample, lease, said, seconds: None, next: 0, origin: "desk" };
        labeling::answer(&app, &member.project, member.account.id, given).await?;
    }
    let lease = labeling::lease(&app, &member.project, member.account.id, 1, true).await?.into_iter().next();
    let why = labeling::why(&app, &member.project).await?;
    let first = lease.map(|lease| leased(&member.project, lease, &why));
    desk(&app, &member, first).await
}

async fn desk(app: &App, member: &Member, first: Option<Leased>) -> Result<Response, WebError> {
    let project = &member.project;
    let account = member.account.id;
    let classes = app.store.classes(project.id).await?;
    let tally = app.store.tally(project.id).await?;
    let standing = Standing::new(project, &tally);
    let since = app.clock.now().plus_seconds(-DAY_SECONDS);
    let (total, today) = app.store.own_counts(project.id, account, since).await?;
    let history = app.store.own_history(project.id, account, HISTORY).await?;
    let place = |class: Option<ClassId>| class.and_then(|id| classes.iter().position(|class| class.id == id));
    let strip = history
        .iter()
        .take(STRIP)
        .map(|past| Past {
            name: place(past.class_id).map_or_else(|| "skipped".to_owned(), |i| classes[i].name.clone()),
            colour: place(past.class_id).map(colour).unwrap_or_default(),
            thumb_url: format!("/media/{}/{}/thumb", project.slug, past.sample_id),
        })
        .collect();
    let past: Vec<_> = history
        .iter()
        .rev()
        .map(|past| {
            serde_json::json!({
                "id": past.id,
                "sample": past.sample_id,
                "class": past.class_id,
                "view": View::new(project, past.sample_id, past.width, past.height),
            })
        })
        .collect();
    let leases: Vec<&Leased> = first.iter().collect();
    let view = LabelPage {
        shell: Shell::project(member, Tab::Label),
        modules: super::assets::modules("desk"),
        slug: project.slug.clone(),
        project_name: project.name.clone(),
        account_id: account.0,
        classes: buttons(&classes),
        answer_id: uuid::Uuid::new_v4().to_string(),
        leases_json: serde_json::to_string(&leases).map_err(WebError::internal)?,
        history_json: serde_json::to_string(&past).map_err(WebError::internal)?,
        first,
        strip,
        progress: Progress {
            today,
            total,
            labeled: standing.labeled,
            samples: standing.samples,
            skipped: standing.skipped,
            next_round: standing.next_round,
        },
        skip_reasons: SKIP_REASONS,
        guidelines: project.guidelines.clone(),
        empty_reason: labeling::why_empty(app, project).await?,
    };
    page(&view)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn class(id: i64, retired: bool) -> Class {
        Class { id: ClassId(id), name: format!("class {id}"), retired }
    }

    #[test]
    fn keys_stay_where_they_are_when_a_class_retires() {
        let keys = |retired| -> Vec<(i64, String)> {
            let classes: Vec<_> = (1..=11).map(|id| class(id, id == retired)).collect();
            buttons(&classes).into_iter().map(|button| (button.id.0, button.key)).collect()
        };
        assert_eq!(keys(0)[8], (9, "9".to_owned()));
        assert_eq!(keys(0)[9], (10, "q".to_owned()));
        assert_eq!(keys(2)[8], (10, "q".to_owned()), "class 10 keeps its key after class 2 retired");
    }

    #[test]
    fn no_class_takes_a_key_that_does_something_else() {
        assert!(!KEYS.contains(['s', 'z', 'f', '0', 'b', 'c', 'i', 'm', '?', '/']));
    }
}
