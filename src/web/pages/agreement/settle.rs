//! The disagreement in front, what may be done about it, and those that follow.

use crate::domain::SampleId;
use crate::service::App;
use crate::service::desk::agreement::{Disagreement, Disagreements};
use crate::service::desk::review::SeenAnswer;
use crate::store::second_opinions::BlindAnswer;
use crate::web::frame::answers::{self, AnswerText};
use crate::web::frame::error::WebError;
use crate::web::frame::extract::Member;
use crate::web::frame::filters::{ago, decimal};
use crate::web::frame::guide;
use crate::web::pages::agreement::{AgreementQuery, address};
use crate::web::pages::label::{ClassButton, buttons_of};
use crate::web::pages::review::Item;
use crate::web::pages::{media, sample};

/// Those that follow, as far as they are shown.
const NEXT: usize = 4;
/// Samples that one address can put last.
const LATER: usize = 200;

pub(super) struct Settle {
    pub waiting: usize,
    pub settled: usize,
    pub current: Option<Current>,
    pub next: Vec<NextLine>,
    pub more: usize,
    /// The decision that was just stored.
    pub done: Option<String>,
    /// This page, with what is put last.
    pub back: String,
    pub classes: Vec<ClassButton>,
    pub none_key: Option<char>,
    /// HTML, see `guide::render`.
    pub guide: String,
}

pub(super) struct Current {
    pub sample: SampleId,
    pub name: String,
    pub href: String,
    pub media_url: String,
    /// For any other answer.
    pub item: String,
    pub choices: Vec<Choice>,
    /// People who skipped it, in words.
    pub skips: Vec<Giver>,
    pub later: String,
}

/// An answer that may be taken.
pub(super) struct Choice {
    pub item: String,
    pub said: AnswerText,
    /// The key, as scripts and as people know it.
    pub key: String,
    pub face: String,
    pub givers: Vec<Giver>,
}

/// Who gave an answer.
pub(super) struct Giver {
    pub by: String,
    /// When, and how long it took.
    pub about: String,
    pub said: String,
    pub note: Option<String>,
}

pub(super) struct NextLine {
    pub href: String,
    pub thumb_url: String,
    pub said: Vec<AnswerText>,
}

/// The disagreements as the page shows them.
pub(super) async fn settle(
    app: &App,
    member: &Member,
    found: Disagreements,
    wanted: &AgreementQuery,
) -> Result<Settle, WebError> {
    let (project, language) = (&member.project, member.language());
    let later: Vec<SampleId> =
        wanted.later.iter().flat_map(|text| text.split('.')).filter_map(|id| id.parse().ok()).take(LATER).collect();
    let Disagreements { mut waiting, settled } = found;
    // Both sorts keep the order of costs.
    waiting.sort_by_key(|one| later.iter().position(|id| *id == one.sample).map_or(0, |at| at + 1));
    waiting.sort_by_key(|one| wanted.sample != Some(one.sample));
    let here = |later: &[SampleId]| {
        let ids: Vec<String> = later.iter().map(ToString::to_string).collect();
        let query = if ids.is_empty() { String::new() } else { format!("?later={}", ids.join(".")) };
        format!("{}{query}", address(&project.slug))
    };
    let classes = app.store.classes(project.id).await?;
    let names: Vec<_> =
        app.store.workers(project.id).await?.into_iter().map(|worker| (worker.id, worker.name)).collect();
    let said = |answer: &BlindAnswer| Some(answers::said(language, &classes, answer.answer.as_ref()?));
    let giver = |answer: &BlindAnswer| {
        let name = names.iter().find(|(id, _)| *id == answer.account_id).map(|(_, name)| name.clone());
        let mut about = vec![ago(language, app.clock.now().seconds_since(answer.made_us))];
        about.extend(answer.seconds.map(|seconds| decimal(language, seconds, 1) + "\u{a0}s"));
        Giver {
            by: name.unwrap_or_default(),
            about: about.join(" · "),
            said: said(answer).map(|said| said.text).unwrap_or_default(),
            note: answer.answer.as_ref().and_then(|answer| answer.note()).map(str::to_owned),
        }
    };
    let seen = |one: &Disagreement| SeenAnswer { sample: one.sample, annotation: Some(one.annotation.clone()) };
    let current = waiting.first().map(|one| {
        let choice = |(at, set): (usize, &crate::domain::ClassSet)| {
            let gave = |answer: &&BlindAnswer| answer.answer.as_ref().and_then(|said| said.classes()) == Some(set);
            let (key, face) = match at {
                0 => ("ArrowLeft".to_owned(), "←".to_owned()),
                1 => ("ArrowRight".to_owned(), "→".to_owned()),
                _ => ((at + 1).to_string(), (at + 1).to_string()),
            };
            Choice {
                item: Item { seen: seen(one), suggested: Some(set.clone()) }.value(),
                said: answers::named(language, &classes, &set.to_vec()),
                key,
                face,
                givers: one.answers.iter().filter(gave).map(giver).collect(),
            }
        };
        let skipped = |answer: &&BlindAnswer| answer.answer.as_ref().is_some_and(|said| said.reason().is_some());
        let again: Vec<SampleId> = later.iter().copied().filter(|id| *id != one.sample).chain([one.sample]).collect();
        Current {
            sample: one.sample,
            name: one.name.clone(),
            href: sample::url(&project.slug, one.sample),
            media_url: media::url(&project.slug, one.sample),
            item: Item { seen: seen(one), suggested: None }.value(),
            choices: one.choices().into_iter().enumerate().map(choice).collect(),
            skips: one.answers.iter().filter(skipped).map(giver).collect(),
            later: here(&again),
        }
    });
    let line = |one: &Disagreement| NextLine {
        href: format!("{}?sample={}", address(&project.slug), one.sample),
        thumb_url: media::thumb_url(&project.slug, one.sample),
        said: one.choices().into_iter().map(|set| answers::named(language, &classes, &set.to_vec())).collect(),
    };
    let fresh = member.fresh(app).await?;
    Ok(Settle {
        waiting: waiting.len(),
        settled,
        current,
        next: waiting.iter().skip(1).take(NEXT).map(line).collect(),
        more: waiting.len().saturating_sub(NEXT + 1),
        done: wanted.done.clone(),
        back: here(&later),
        classes: buttons_of(app, member, &classes).await?,
        none_key: project.task.none_key(),
        guide: guide::render(&fresh.guidelines),
    })
}
