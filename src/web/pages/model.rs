//! Deployable models on the export page: the finished ones with their checks, making one, fetching one.

use axum::body::Body;
use axum::extract::State;
use axum::http::Response as HttpResponse;
use axum::response::{IntoResponse as _, Response};

use crate::domain::{Project, Role, job};
use crate::evaluate::Measure;
use crate::models::{self, Input, Precision};
use crate::service::App;
use crate::service::models::model::{self, ModelCard, WantedModel};
use crate::service::rounds::shelf;
use crate::store::jobs::Job;
use crate::web::frame::error::{OrNotFound as _, WebError};
use crate::web::frame::extract::{Form, Member, Query};
use crate::web::frame::files::{self, PartRequest};
use crate::web::frame::filters::{decimal, in_units, interval, share};
use crate::web::frame::going;
use crate::web::frame::language::Language;

/// Models on the page; older ones are linked from their round.
const SHOWN: usize = 12;

/// The part of the page that is about models.
pub(in crate::web) struct Models {
    pub made: Vec<ModelRow>,
    /// Rounds to choose from, the chosen one first.
    pub rounds: Vec<Choice>,
    /// The round that is used instead of the newest.
    pub rolled_back_to: Option<i64>,
    pub making: Option<Job>,
}

pub(in crate::web) struct ModelRow {
    pub round: i64,
    /// What it takes, and how its weights are kept.
    pub form: String,
    pub size: String,
    pub opset: i64,
    pub check: String,
    pub cost: Vec<String>,
    pub href: String,
}

pub(in crate::web) struct Choice {
    pub number: i64,
    pub text: String,
}

impl Models {
    /// Whether one is being made or is waiting.
    pub fn is_making(&self) -> bool {
        self.making.as_ref().is_some_and(Job::is_open)
    }

    /// `asked` is the round that the page was asked to offer.
    pub(in crate::web) async fn load(
        app: &App,
        language: Language,
        project: &Project,
        asked: Option<i64>,
    ) -> Result<Self, WebError> {
        let cards = model::made(app, project).await?;
        let shelf = shelf::shelf(app, project, &[]).await?;
        let mut numbers: Vec<i64> = asked.into_iter().chain(shelf.in_use).chain(shelf.chosen()).collect();
        numbers.retain(|number| shelf.kept.contains(number));
        let mut rounds: Vec<Choice> = Vec::new();
        for number in numbers {
            if rounds.iter().all(|choice| choice.number != number) {
                rounds.push(Choice { number, text: choice(language, &shelf, number) });
            }
        }
        let rolled_back_to = shelf.in_use.filter(|_| shelf.rolled_back);
        // Models of the requested round, or of the one in use, come before newer ones.
        let first = asked.or(rolled_back_to);
        let (chosen, others): (Vec<_>, Vec<_>) = cards.into_iter().partition(|card| Some(card.round) == first);
        Ok(Self {
            made: chosen.iter().chain(&others).take(SHOWN).map(|card| row(language, &project.slug, card)).collect(),
            rounds,
            rolled_back_to,
            making: app.store.latest_job(project.id, &job::MODEL).await?.filter(|job| job.is_open() || job.failed()),
        })
    }
}

fn choice(language: Language, shelf: &shelf::Shelf, number: i64) -> String {
    let place = shelf.place(number);
    let marks = [(place.in_use, "model-in-use"), (place.best, "model-best"), (place.pinned, "model-pinned")];
    let marks = marks.into_iter().filter(|(is, _)| *is).map(|(_, mark)| language.say(mark).to_string());
    let marks: Vec<_> = marks.collect();
    if marks.is_empty() {
        return number.to_string();
    }
    let marks = marks.join(&language.say("list-comma").to_string());
    language.say("model-round-marks").with("round", number.to_string()).with("marks", marks).into()
}

/// What it takes, and how its weights are kept.
fn form(language: Language, card: &ModelCard) -> String {
    let id = match (card.input, card.precision) {
        (Input::Float, Precision::F32) => "model-form-float-f32",
        (Input::Float, Precision::Int8) => "model-form-float-int8",
        (Input::Uint8, Precision::F32) => "model-form-uint8-f32",
        (Input::Uint8, Precision::Int8) => "model-form-uint8-int8",
    };
    language.say(id).into()
}

/// What eight bits cost, on the audit set.
fn cost(language: Language, cost: &model::Cost, measure: Measure) -> Vec<String> {
    if cost.n == 0 {
        return vec![language.say("model-cost-unknown").into()];
    }
    let right = language.say("model-cost").with("n", cost.n).with("share", interval(language, &cost.this));
    let agrees = language.say("model-agrees").with("measure", measure);
    let agrees = agrees.with("share", interval(language, &cost.agreement));
    let agrees = agrees.with("full", cost.counts.only_first).with("this", cost.counts.only_second);
    vec![
        right.with("full", interval(language, &cost.full)).into(),
        agrees.with("p", decimal(language, cost.p_value, 2)).into(),
    ]
}

fn row(language: Language, slug: &str, card: &ModelCard) -> ModelRow {
    let checked = language.say("model-checked").with("measure", card.measure()).with("n", card.checked);
    let checked = checked.with("same", share(language, card.same_class, card.checked));
    ModelRow {
        round: card.round,
        form: form(language, card),
        size: in_units(language, card.size_bytes as i64),
        opset: card.opset,
        check: checked.with("difference", format!("{:.0e}", card.max_difference)).into(),
        cost: card.cost.as_ref().map(|found| cost(language, found, card.measure())).unwrap_or_default(),
        href: format!(
            "/p/{slug}/model.onnx?round={}&input={}&precision={}",
            card.round,
            card.input.as_str(),
            card.precision.as_str()
        ),
    }
}

/// What to make; an empty round is the one in use.
#[derive(Debug, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ModelForm {
    #[serde(default)]
    round: Option<i64>,
    #[serde(default)]
    input: Input,
    #[serde(default)]
    precision: Precision,
}

/// `POST /p/{slug}/model`: make a model in the background.
pub async fn make(State(app): State<App>, member: Member, Form(order): Form<ModelForm>) -> Result<Response, WebError> {
    member.require(Role::Lead)?;
    let form = models::FileForm { input: order.input, precision: order.precision };
    model::request(&app, &member.project, order.round, form).await?;
    let round = order.round.map(|round| format!("?round={round}")).unwrap_or_default();
    Ok(going::to(&format!("/p/{}/export{round}#model", member.project.slug)).into_response())
}

/// `GET /p/{slug}/model.onnx`: a finished model; without a round, the newest of that form, or that of the round rolled
/// back to.
pub async fn download(
    State(app): State<App>,
    member: Member,
    asked: PartRequest,
    Query(order): Query<ModelForm>,
) -> Result<HttpResponse<Body>, WebError> {
    member.require(Role::Lead)?;
    let form = models::FileForm { input: order.input, precision: order.precision };
    fetch(&app, &asked, &member.project, order.round, form).await
}

/// The file of a finished model.
pub(in crate::web) async fn fetch(
    app: &App,
    asked: &PartRequest,
    project: &Project,
    round: Option<i64>,
    form: models::FileForm,
) -> Result<HttpResponse<Body>, WebError> {
    let made = match round {
        Some(round) => model::find(app, project, WantedModel { round, form }).await?,
        None => model::current(app, project, form).await?,
    };
    let (path, card) = made.or_not_found(|| {
        let of = round.map(|round| format!(" of round {round}")).unwrap_or_default();
        let (input, precision) = (form.input.as_str(), form.precision.as_str());
        format!("no model{of} with input {input} and precision {precision} is made yet; make one on the export page")
    })?;
    let name = format!("{}-round-{}{}.onnx", project.slug, card.round, ending(form));
    // A rebuilt model has the same weights; the size distinguishes forms.
    let tag = format!("{name}-{}", card.size_bytes);
    files::download(asked, &path, &name, &tag).await
}

fn ending(form: models::FileForm) -> &'static str {
    form.stem().strip_prefix("model").unwrap_or_default()
}
