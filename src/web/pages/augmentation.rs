//! The augmentation page: which changes of a picture keep its label, with pictures of what each does.

use askama::Template;
use axum::extract::State;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::response::{IntoResponse as _, Response};

use crate::domain::{Role, SampleId};
use crate::modality::image::augment::{self, Augmentation, VIEWS};
use crate::service::App;
use crate::service::rounds::augmenting;
use crate::web::frame::error::{OrNotFound as _, WebError};
use crate::web::frame::extract::{Form, Member, Path, Query};
use crate::web::frame::filters::decimal;
use crate::web::frame::shell::{Shell, Tab};
use crate::web::frame::{going, names};
use crate::web::page;

struct Kind {
    name: &'static str,
    title: String,
    about: String,
    chosen: bool,
    /// Seeds of the copies that are shown: one where all are the same.
    examples: &'static [u64],
}

/// The result of the last round that compared.
struct Worth {
    verdict: String,
    own: String,
    views: String,
    round: i64,
}

#[derive(Template)]
#[template(path = "augmentation.html")]
struct AugmentationPage {
    shell: Shell,
    slug: String,
    kinds: Vec<Kind>,
    /// The sample shown, and the ones to choose from.
    sample: Option<SampleId>,
    other: Option<SampleId>,
    worth: Option<Worth>,
    none: bool,
    saved: bool,
    views: usize,
}

/// The page's query.
#[derive(Debug, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AugmentationQuery {
    #[serde(default)]
    saved: Option<String>,
    #[serde(default)]
    sample: Option<SampleId>,
}

/// `GET /p/{slug}/augmentation`
pub async fn show(
    State(app): State<App>,
    member: Member,
    Query(called): Query<AugmentationQuery>,
) -> Result<Response, WebError> {
    member.require(Role::Lead)?;
    let (project, language) = (member.fresh(&app).await?, member.language());
    let chosen = augmenting::kinds(&project)?;
    let samples = augmenting::examples(&app, &project).await?;
    let at = called.sample.and_then(|sample| samples.iter().position(|&id| id == sample)).unwrap_or_default();
    let kind = |kind: Augmentation| Kind {
        name: kind.as_str(),
        title: names::augmentation(language, kind),
        about: names::augmentation_about(language, kind),
        chosen: chosen.contains(&kind),
        examples: match kind {
            Augmentation::Mirror | Augmentation::Flip => &[1],
            Augmentation::Turn => &[1, 2, 6],
            Augmentation::Crop | Augmentation::Colour => &[1, 2, 3],
        },
    };
    let newest = app.store.latest_round(project.id).await?.filter(|_| !chosen.is_empty());
    let worth = newest.and_then(|round| {
        let (own, views, used) = (round.loss_own?, round.loss_views?, round.views_used?);
        let verdict = match (used, views < own) {
            (true, true) => "augmentation-helps",
            (true, false) => "augmentation-no-difference",
            (false, _) => "augmentation-no-help",
        };
        Some(Worth {
            verdict: language.say(verdict).into(),
            own: decimal(language, own, 3),
            views: decimal(language, views, 3),
            round: round.number,
        })
    });
    page(&AugmentationPage {
        shell: Shell::project(&member, Tab::Settings),
        slug: project.slug.clone(),
        kinds: Augmentation::ALL.into_iter().map(kind).collect(),
        sample: samples.get(at).copied(),
        other: samples.get((at + 1) % samples.len().max(1)).copied().filter(|_| samples.len() > 1),
        worth,
        none: chosen.is_empty(),
        saved: called.saved.is_some(),
        views: VIEWS,
    })
}

/// The form: a box for each kind.
#[derive(Debug, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AugmentationForm {
    mirror: Option<String>,
    flip: Option<String>,
    turn: Option<String>,
    crop: Option<String>,
    colour: Option<String>,
}

/// `POST /p/{slug}/augmentation`
pub async fn save(
    State(app): State<App>,
    member: Member,
    Form(chosen): Form<AugmentationForm>,
) -> Result<Response, WebError> {
    member.require(Role::Lead)?;
    let kinds: Vec<Augmentation> = [
        (Augmentation::Mirror, &chosen.mirror),
        (Augmentation::Flip, &chosen.flip),
        (Augmentation::Turn, &chosen.turn),
        (Augmentation::Crop, &chosen.crop),
        (Augmentation::Colour, &chosen.colour),
    ]
    .into_iter()
    .filter_map(|(kind, box_)| box_.is_some().then_some(kind))
    .collect();
    augmenting::choose(&app, &member.fresh(&app).await?, &augment::names(&kinds)).await?;
    Ok(going::to(&format!("/p/{}/augmentation?saved=yes", member.project.slug)).into_response())
}

/// `GET /p/{slug}/augmentation/{kind}/{sample}/{seed}`: one changed copy of a sample's picture, as a thumbnail.
pub async fn example(
    State(app): State<App>,
    member: Member,
    Path((_, kind, sample, seed)): Path<(String, String, SampleId, u64)>,
) -> Result<Response, WebError> {
    member.require(Role::Lead)?;
    let kind: Augmentation = kind.parse().ok().or_not_found(|| format!("there is no augmentation `{kind}`"))?;
    let media = app.store.media(member.project.id, sample).await?;
    let hash = media.or_not_found(|| format!("there is no sample {sample} in this project"))?;
    let bytes = augmenting::example(&app, &hash, kind, seed).await?;
    let keep = "private, max-age=86400";
    Ok(([(CONTENT_TYPE, "image/jpeg"), (CACHE_CONTROL, keep)], bytes).into_response())
}
