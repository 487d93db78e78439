//! The desk: one sample at a time.
//!
//! With scripts, `static/desk/` leases, answers and shows the next sample through the JSON twin. Without them, the same
//! page is a plain form: a button leases the first sample, and each answer loads the next page.

use askama::Template;
use axum::extract::State;
use axum::response::Response;

use crate::domain::{Class, ClassId, Origin, Project, SampleId, SkipReason};
use crate::service::App;
use crate::service::desk::labeling::{self, Basis, Given};
use crate::service::desk::{flags, keys, viewing};
use crate::web::api::ProjectStanding;
use crate::web::api::flags::shown;
use crate::web::api::leases::{Leased, for_desk};
use crate::web::frame::answers::{self, Fields};
use crate::web::frame::error::WebError;
use crate::web::frame::extract::{Form, Member};
use crate::web::frame::filters::group;
use crate::web::frame::guide;
use crate::web::frame::language::Language;
use crate::web::frame::shell::{Shell, Tab};
use crate::web::frame::words;
use crate::web::page;
use crate::web::pages::media;
use crate::web::pages::media::View;
use crate::web::pages::plain_answer::PlainAnswer;

/// Answers shown as "just answered".
const STRIP: usize = 60;
/// Answers within reach of undo after a reload.
const HISTORY: i64 = 200;

/// A class as a button.
#[derive(Debug, Clone)]
pub struct ClassButton {
    pub id: ClassId,
    pub name: String,
    /// The key that answers it; empty when there are more classes than keys.
    pub key: String,
    pub colour: String,
}

/// The buttons of the classes that may be answered, with the person's keys.
fn buttons(classes: &[Class], own: &[(ClassId, String)], reserved: &str) -> Vec<ClassButton> {
    let keys = keys::assign(classes, own, reserved);
    let button = |(i, (class, key)): (usize, (&Class, String))| ClassButton {
        id: class.id,
        name: class.name.clone(),
        key,
        colour: colour(class.look(i)),
    };
    classes.iter().zip(keys).enumerate().filter(|(_, (class, _))| !class.retired).map(button).collect()
}

/// A page's state for its scripts, as JSON for a script element; see `static/desk/state.js`. `more` is the page's own
/// part.
pub(in crate::web) fn state_of(member: &Member, more: serde_json::Value) -> String {
    let project = &member.project;
    let mut state = serde_json::json!({
        "api": format!("/api/v1/projects/{}", project.slug),
        "project": project.slug,
        "account": member.account.id,
        "task": project.task,
        "modality": project.modality,
        "none": project.task.none_key(),
        "texts": member.language().scripts(),
    });
    if let (Some(state), serde_json::Value::Object(more)) = (state.as_object_mut(), more) {
        state.extend(more);
    }
    // Escaped so that nothing ends the element early.
    state.to_string().replace('<', "\\u003c")
}

/// As [`buttons`], with the keys that `member` has chosen.
pub(in crate::web) async fn buttons_of(
    app: &App,
    member: &Member,
    classes: &[Class],
) -> Result<Vec<ClassButton>, WebError> {
    let own = app.store.own_keys(member.project.id, member.account.id).await?;
    Ok(buttons(classes, &own, &keys::reserved(&member.project)))
}

/// The CSS classes of the `i`-th class's square: ten colours, repeated in four shapes.
pub fn colour(i: usize) -> String {
    let colour = i % 10 + 1;
    match i / 10 % 4 {
        0 => format!("c{colour}"),
        shape => format!("c{colour} s{shape}"),
    }
}

/// The CSS class of the buttons for this many classes, after a space: the more classes, the smaller.
pub fn crowding(classes: usize) -> &'static str {
    match classes {
        0..=12 => "",
        13..=24 => " many",
        _ => " crowd",
    }
}

struct Past {
    id: String,
    name: String,
    colours: Vec<String>,
    thumb_url: String,
}

/// Examples of one class, beside the guide.
struct Examples {
    name: String,
    colour: String,
    pictures: Vec<(String, String)>,
}

struct Progress {
    today: String,
    /// Answers that each person is to give a day, as text and as a number with those given.
    per_day: Option<(String, i64, i64)>,
    total: String,
    labeled: String,
    samples: String,
    skipped: String,
    next_round: String,
}

#[derive(Template)]
#[template(path = "label.html")]
struct LabelPage {
    shell: Shell,
    modules: Vec<String>,
    slug: String,
    project_name: String,
    /// The samples' modality: names the stage.
    modality: &'static str,
    classes: Vec<ClassButton>,
    /// The sample shown without scripts.
    first: Option<Leased>,
    /// Its text, where it is one.
    whole: String,
    /// The committee's opinion of the first sample, if shown.
    opinion: String,
    /// Whether a sample has any number of classes, and the key that says it has none of these.
    none_key: Option<char>,
    answer_id: String,
    /// The state for scripts, see [`state_of`].
    state: String,
    strip: Vec<Past>,
    progress: Progress,
    /// Whether some samples come again to the same person.
    repeats: bool,
    /// Reasons and how their buttons say them.
    skip_reasons: Vec<(&'static str, String)>,
    /// HTML, see [`guide::render`].
    guide: String,
    examples: Vec<Examples>,
    account_name: String,
    empty_reason: String,
}

/// `GET /p/{slug}/label`
pub async fn show(State(app): State<App>, member: Member) -> Result<Response, WebError> {
    desk(&app, &member, None).await
}

/// `POST /p/{slug}/label`
pub async fn answer(
    State(app): State<App>,
    member: Member,
    Form(fields): Form<Vec<(String, String)>>,
) -> Result<Response, WebError> {
    let given = PlainAnswer::read(fields)?;
    if let (Some(id), Some(sample), Some(lease)) = (given.id.clone(), given.sample, given.lease.clone()) {
        let answer = given.fields()?.read(member.project.task)?;
        let basis = Basis::Lease(lease);
        let given = Given { id, sample, basis, answer, seconds: None, next: 0, origin: Origin::Desk };
        labeling::answer(&app, &member.project, member.account.id, given).await?;
    }
    let lease = labeling::lease(&app, &member.project, member.account.id, 1, true).await?;
    let first = for_desk(&app, &member, lease).await?.into_iter().next();
    desk(&app, &member, first).await
}

async fn desk(app: &App, member: &Member, first: Option<Leased>) -> Result<Response, WebError> {
    let project = &member.project;
    let account = member.account.id;
    let classes = app.store.classes(project.id).await?;
    let tally = app.store.tally(project.id).await?;
    let language = member.language();
    let standing = ProjectStanding::new(app, language, project, &tally).await?;
    let since = app.clock.now().midnight(member.account.look.zone);
    let (total, today) = app.store.own_counts(project.id, account, since).await?;
    let history = app.store.own_history(project.id, account, HISTORY).await?;
    let strip = history
        .iter()
        .take(STRIP)
        .filter_map(|past| {
            let said = answers::said(language, &classes, past.answer.as_ref()?);
            Some(Past {
                id: past.id.clone(),
                name: said.text,
                colours: said.colours,
                thumb_url: media::thumb_url(&project.slug, past.sample_id),
            })
        })
        .collect();
    let past: Vec<_> = history
        .iter()
        .rev()
        .map(|past| {
            let Fields { class, classes, skip, .. } = Fields::of(project.task, past.answer.as_ref());
            serde_json::json!({
                "id": past.id,
                "sample": past.sample_id,
                "class": class,
                "classes": classes,
                "skip": skip,
                "changed": past.changed,
                "at": past.made_us.0 / 1000,
                "view": View::new(project, past.sample_id, &past.facts),
            })
        })
        .collect();
    let leases: Vec<&Leased> = first.iter().collect();
    let whole = match &first {
        Some(first) => viewing::text(app, project, first.sample.id).await?,
        None => String::new(),
    };
    let view = LabelPage {
        shell: Shell::project(member, Tab::Label),
        modules: crate::web::frame::assets::modules(),
        slug: project.slug.clone(),
        project_name: project.name.clone(),
        modality: project.modality.as_str(),
        classes: buttons_of(app, member, &classes).await?,
        answer_id: uuid::Uuid::new_v4().to_string(),
        opinion: first.as_ref().map(|first| opinion(language, &classes, first)).unwrap_or_default(),
        state: state_of(
            member,
            serde_json::json!({
                "leases": leases,
                "history": past,
                "flags": shown(project, flags::threads(app, project, Some(account)).await?),
                "reserved": keys::reserved(project),
            }),
        ),
        first,
        whole,
        none_key: project.task.none_key(),
        strip,
        progress: Progress {
            today: group(today),
            per_day: project.asking.per_day.map(|wanted| (group(wanted), wanted, today)),
            total: group(total),
            labeled: group(standing.labeled),
            samples: group(standing.samples),
            skipped: group(standing.skipped),
            next_round: standing.next_round,
        },
        repeats: project.asking.repeats > 0.0,
        skip_reasons: SkipReason::ALL.map(|reason| (reason.as_str(), words::skip_reason(language, reason))).to_vec(),
        guide: guide::render(&project.guidelines),
        examples: examples(app, project, &classes).await?,
        account_name: member.account.name.clone(),
        empty_reason: words::why_empty(language, labeling::why_empty(app, project).await?),
    };
    page(&view)
}

/// The committee's opinion of a sample, in words; empty if not shown.
fn opinion(language: Language, classes: &[Class], leased: &Leased) -> String {
    let Some(opinion) = &leased.opinion else { return String::new() };
    let ids =
        opinion.class.as_ref().map_or_else(|| opinion.classes.as_deref().unwrap_or_default(), std::slice::from_ref);
    let percent = f64::from(opinion.probability * 100.0).round();
    let named = answers::named(language, classes, ids).text;
    language.say("desk-opinion").with("class", named).with("percent", percent).into()
}

/// The examples of each class that has some, in the order of the classes.
async fn examples(app: &App, project: &Project, classes: &[Class]) -> Result<Vec<Examples>, WebError> {
    let all = app.store.examples(project.id).await?;
    let of = |(i, class): (usize, &Class)| {
        let address = |sample: &SampleId| media::url(&project.slug, *sample);
        let pictures: Vec<_> = all
            .iter()
            .filter(|(id, _)| *id == class.id)
            .map(|(_, sample)| (address(sample), format!("{}/thumb", address(sample))))
            .collect();
        (!pictures.is_empty()).then(|| Examples { name: class.name.clone(), colour: colour(class.look(i)), pictures })
    };
    Ok(classes.iter().enumerate().filter(|(_, class)| !class.retired).filter_map(of).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_squares_of_forty_classes_all_look_different() {
        let squares: std::collections::HashSet<_> = (0..40).map(colour).collect();
        assert_eq!(squares.len(), 40);
        assert_eq!([0, 9, 10, 39].map(colour), ["c1", "c10", "c1 s1", "c10 s3"]);
    }
}
