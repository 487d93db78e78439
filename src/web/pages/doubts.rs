//! The doubts page: labels that deserve a second look.

use askama::Template;
use axum::extract::State;
use axum::response::Response;

use crate::domain::{Class, Classes, Role};
use crate::service::App;
use crate::service::desk::review::SeenAnswer;
use crate::service::rounds::doubts::{self, Doubt, STRONG};
use crate::web::frame::answers;
use crate::web::frame::error::WebError;
use crate::web::frame::extract::{Member, Query};
use crate::web::frame::filters::group;
use crate::web::frame::shell::{Shell, Tab};
use crate::web::page;
use crate::web::pages::label::state_of;
use crate::web::pages::review::Item;
use crate::web::pages::{media, sample};

/// Samples on the page at first: of those, most are worth a look. And with all of them: enough work for one sitting.
const SHOWN: (usize, usize) = (24, 240);

struct Group {
    title: String,
    count: String,
    pictures: Vec<Picture>,
}

struct Picture {
    href: String,
    item: String,
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
    lead: bool,
    module: String,
    state: String,
    judged: usize,
    settled: usize,
    changed: usize,
    /// Those that are not shown, where there is a way to them.
    more: usize,
    /// The classes that may be given.
    classes: Vec<Class>,
    groups: Vec<Group>,
}

/// How much of the list to show.
#[derive(Debug, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DoubtsPageQuery {
    #[serde(default)]
    all: bool,
}

/// `GET /p/{slug}/doubts`
pub async fn show(
    State(app): State<App>,
    member: Member,
    Query(wanted): Query<DoubtsPageQuery>,
) -> Result<Response, WebError> {
    member.require(Role::Reviewer)?;
    let (project, language) = (&member.project, member.language());
    let classes = app.store.classes(project.id).await?;
    let found = doubts::doubts(&app, project, if wanted.all { SHOWN.1 } else { SHOWN.0 }).await?;
    let class = |said: &Classes| {
        let answers::AnswerText { text, mut colours } = answers::named(language, &classes, said.ids());
        (text, colours.swap_remove(0))
    };
    // Whoever is to answer a sample too must not see here what others said.
    let blind = app.store.to_answer_blind(project.id, member.account.id, app.clock.now()).await?;
    let picture = |doubt: Doubt| {
        let ((given, given_colour), (suggested, suggested_colour)) = (class(&doubt.class), class(&doubt.suggested));
        Picture {
            href: sample::url_in_doubts(&project.slug, doubt.sample),
            item: Item {
                seen: SeenAnswer { sample: doubt.sample, annotation: Some(doubt.annotation) },
                suggested: Some(doubt.suggested.ids().iter().copied().collect()),
            }
            .value(),
            thumb_url: media::thumb_url(&project.slug, doubt.sample),
            name: doubt.name,
            given,
            given_colour,
            suggested,
            suggested_colour,
            sure: format!("{:.0}\u{a0}%", doubt.confidence * 100.0),
            // People who label must not learn which samples are in the audit set.
            audit: doubt.audit && member.role >= Role::Lead,
        }
    };
    let (strong, slight): (Vec<Doubt>, Vec<Doubt>) = found
        .labels
        .into_iter()
        .filter(|doubt| !blind.contains(&doubt.sample))
        .partition(|doubt| doubt.confidence >= STRONG);
    // How many there are, and not only on this page.
    let all = [("doubts-strong", found.strong, strong), ("doubts-slight", found.waiting - found.strong, slight)];
    let groups = all.into_iter().filter(|(_, _, doubts)| !doubts.is_empty()).map(|(title, n, doubts)| Group {
        title: language.say(title).into(),
        count: group(n as i64),
        pictures: doubts.into_iter().map(picture).collect(),
    });
    page(&DoubtsPage {
        shell: Shell::project(&member, Tab::Samples),
        slug: project.slug.clone(),
        lead: member.role >= Role::Lead,
        module: crate::web::frame::assets::module("desk/review.js"),
        state: state_of(&member, serde_json::json!({})),
        judged: found.judged,
        settled: found.settled,
        changed: found.changed,
        more: if wanted.all { 0 } else { found.waiting.saturating_sub(SHOWN.0) },
        groups: groups.collect(),
        classes: classes.iter().filter(|class| !class.retired).cloned().collect(),
    })
}
