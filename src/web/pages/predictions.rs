//! The page of models elsewhere: how good their predictions are, beside the committee, and where labels differ from them.

use askama::Template;
use axum::extract::State;
use axum::response::Response;

use crate::domain::{Classes, Role};
use crate::evaluate::Interval;
use crate::service::App;
use crate::service::insight::outside::{self, OutsideModel};
use crate::web::frame::answers;
use crate::web::frame::error::WebError;
use crate::web::frame::extract::{Member, Query};
use crate::web::frame::filters::{decimal, group, interval};
use crate::web::frame::language::Language;
use crate::web::frame::shell::{Shell, Tab};
use crate::web::page;
use crate::web::pages::media;

/// Pictures on the page.
const SHOWN: i64 = 96;

struct Row {
    name: String,
    href: String,
    current: bool,
    predictions: String,
    accuracy: String,
    audited: String,
    on_both: String,
    committee: String,
    both: String,
    agreeing: String,
}

struct Picture {
    href: String,
    thumb_url: String,
    name: String,
    given: String,
    given_colour: String,
    predicted: String,
    predicted_colour: String,
    sure: String,
}

#[derive(Template)]
#[template(path = "predictions.html")]
struct PredictionsPage {
    shell: Shell,
    slug: String,
    rows: Vec<Row>,
    /// The model whose differences are shown.
    model: Option<String>,
    total: i64,
    pictures: Vec<Picture>,
}

/// Whose differences to show.
#[derive(Debug, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ModelQuery {
    #[serde(default)]
    model: Option<String>,
}

/// `GET /p/{slug}/predictions`
pub async fn show(
    State(app): State<App>,
    member: Member,
    Query(wanted): Query<ModelQuery>,
) -> Result<Response, WebError> {
    member.require(Role::Lead)?;
    let (project, language) = (&member.project, member.language());
    let models = outside::models(&app, project).await?;
    let model = wanted.model.or_else(|| models.first().map(|model| model.model.clone()));
    let (differences, total) = match &model {
        Some(model) => outside::differences(&app, project, model, SHOWN, 0).await?,
        None => (Vec::new(), 0),
    };
    let classes = app.store.classes(project.id).await?;
    let class = |said: &Classes| {
        let answers::AnswerText { text, mut colours } = answers::named(language, &classes, said.ids());
        (text, colours.swap_remove(0))
    };
    // Whoever is to answer a sample too must not see here what others said.
    let blind = app.store.to_answer_blind(project.id, member.account.id, app.clock.now()).await?;
    let pictures = differences.into_iter().filter(|one| !blind.contains(&one.sample)).map(|one| {
        let ((given, given_colour), (predicted, predicted_colour)) = (class(&one.label), class(&one.predicted));
        Picture {
            href: format!("/p/{}/samples/{}", project.slug, one.sample),
            thumb_url: media::thumb_url(&project.slug, one.sample),
            name: one.name,
            given,
            given_colour,
            predicted,
            predicted_colour,
            sure: one.sure.map(|sure| format!("{}\u{a0}%", decimal(language, sure * 100.0, 0))).unwrap_or_default(),
        }
    });
    let pictures = pictures.collect();
    let rows = models.iter().map(|one| row(language, &project.slug, one, model.as_deref())).collect();
    page(&PredictionsPage {
        shell: Shell::page(&member, language.say("predictions-title"), Some(Tab::Samples)),
        slug: project.slug.clone(),
        rows,
        model,
        total,
        pictures,
    })
}

fn row(language: Language, slug: &str, one: &OutsideModel, current: Option<&str>) -> Row {
    let measured = |found: &Option<Interval>| match found {
        Some(found) => interval(language, found),
        None => language.say("predictions-unknown").into(),
    };
    let query = url::form_urlencoded::Serializer::new(String::new()).append_pair("model", &one.model).finish();
    Row {
        href: format!("/p/{slug}/predictions?{query}"),
        current: current == Some(one.model.as_str()),
        name: one.model.clone(),
        predictions: group(one.predictions),
        accuracy: measured(&one.accuracy),
        audited: group(one.audited as i64),
        on_both: measured(&one.accuracy_on_both),
        committee: measured(&one.committee_accuracy),
        both: group(one.both as i64),
        agreeing: language.say("predictions-agreeing").with("n", one.agreeing).with("all", one.labeled).into(),
    }
}
