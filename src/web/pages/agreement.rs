//! How well people agree, the disagreements that wait for a decision, who did what, and who holds which sample.

mod settle;
mod view;

use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};

use self::settle::Settle;
use self::view::{AlphaView, ClassBar, LeaseLine, PairTable, PersonLine};
use crate::domain::{Role, SampleId};
use crate::service::App;
use crate::service::desk::{agreement, labeling, second_opinions};
use crate::web::frame::error::WebError;
use crate::web::frame::extract::{Form, Member, Query};
use crate::web::frame::going;
use crate::web::frame::htmx::Hx;
use crate::web::frame::language::Language;
use crate::web::frame::shell::{Shell, Tab};
use crate::web::page;
use crate::web::pages::review;

/// What is shown of the disagreements.
#[derive(Debug, Clone, Default, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AgreementQuery {
    /// This one first.
    #[serde(default)]
    sample: Option<SampleId>,
    /// These last: ids with points between them.
    #[serde(default)]
    later: Option<String>,
    /// The decision that was just stored.
    #[serde(default)]
    done: Option<String>,
}

#[derive(Template)]
#[template(path = "agreement.html")]
struct AgreementPage {
    shell: Shell,
    slug: String,
    module: String,
    /// Whether the reader may see who did what, and change settings.
    lead: bool,
    headline: String,
    explanation: String,
    alpha: Option<AlphaView>,
    classes: Vec<ClassBar>,
    /// The class bars' scale: where it begins, and where on it 0.80 is, in percent.
    scale_from: String,
    mark: String,
    weak: Option<String>,
    pairs: Option<PairTable>,
    /// What goes to several people, in sentences.
    second: Vec<String>,
    settle: Settle,
    people: Vec<PersonLine>,
    people_from: String,
    /// How consistent people are with themselves, once samples came again.
    consistency: Option<String>,
    leases: Vec<LeaseLine>,
    leases_more: usize,
}

/// The disagreements alone.
#[derive(Template)]
#[template(path = "agreement.html", block = "settling")]
struct SettlePart {
    shell: Shell,
    slug: String,
    settle: Settle,
}

/// The leases alone.
#[derive(Template)]
#[template(path = "agreement.html", block = "lent")]
struct LeasesPart {
    shell: Shell,
    slug: String,
    lead: bool,
    leases: Vec<LeaseLine>,
    leases_more: usize,
}

fn address(slug: &str) -> String {
    format!("/p/{slug}/agreement")
}

/// `GET /p/{slug}/agreement`
pub async fn show(
    State(app): State<App>,
    member: Member,
    hx: Hx,
    Query(wanted): Query<AgreementQuery>,
) -> Result<Response, WebError> {
    member.require(Role::Reviewer)?;
    let (project, language) = (&member.project, member.language());
    let lead = member.role >= Role::Lead;
    // Reviewers come here from the samples.
    let tab = if lead { Tab::Insight } else { Tab::Samples };
    let shell = Shell::page(&member, language.say("agreement-title"), Some(tab));
    let slug = project.slug.clone();
    if hx.wants("settle") {
        let found = agreement::disagreements(&app, project).await?;
        let settle = settle::settle(&app, &member, found, &wanted).await?;
        return page(&SettlePart { shell, slug, settle });
    }
    let now = app.clock.now();
    let (leases, leases_more) =
        if lead { view::leases(language, agreement::leases(&app, project, now).await?, now) } else { (Vec::new(), 0) };
    if lead && hx.wants("leases") {
        return page(&LeasesPart { shell, slug, lead, leases, leases_more });
    }
    let found = agreement::report(&app, project).await?;
    let (headline, explanation) = view::headline(language, &found);
    let (classes, scale_from, mark) = view::classes(language, &found);
    let consistency = if lead { view::consistency(language, &found) } else { None };
    let (people, people_from) = if lead { view::people(language, &found) } else { (Vec::new(), String::new()) };
    page(&AgreementPage {
        shell,
        slug,
        module: crate::web::frame::assets::module("agreement.js"),
        lead,
        headline,
        explanation,
        alpha: AlphaView::new(language, &found),
        classes,
        scale_from,
        mark,
        weak: view::weak(language, &found),
        pairs: if lead { PairTable::new(language, &found) } else { None },
        second: view::second(language, &found),
        settle: settle::settle(&app, &member, found.disagreements, &wanted).await?,
        people,
        people_from,
        consistency,
        leases,
        leases_more,
    })
}

/// `POST /p/{slug}/agreement/settle`: as a review, and back with the way to undo it.
pub async fn decide(
    State(app): State<App>,
    member: Member,
    Form(fields): Form<Vec<(String, String)>>,
) -> Result<Response, WebError> {
    let (back, done) = review::settle_fields(&app, &member, fields).await?;
    let stored = done.settled.into_iter().find_map(|one| one.annotation);
    let sign = if back.contains('?') { '&' } else { '?' };
    let back = stored.map_or(back.clone(), |id| format!("{back}{sign}done={id}"));
    Ok(going::to(&back).into_response())
}

/// A sample, and the address to return to.
#[derive(Debug, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OneMoreForm {
    sample: SampleId,
    back: String,
}

/// `POST /p/{slug}/agreement/ask`: one more person is to answer.
pub async fn ask(State(app): State<App>, member: Member, Form(form): Form<OneMoreForm>) -> Result<Response, WebError> {
    member.require(Role::Reviewer)?;
    second_opinions::ask_another(&app, &member.project, member.account.id, form.sample).await?;
    Ok(going::to(&form.back).into_response())
}

/// A decision that is taken back, and the address to return to.
#[derive(Debug, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TakeBackForm {
    annotation: String,
    back: String,
}

/// `POST /p/{slug}/agreement/undo`
pub async fn undo(
    State(app): State<App>,
    member: Member,
    Form(form): Form<TakeBackForm>,
) -> Result<Response, WebError> {
    member.require(Role::Reviewer)?;
    labeling::undo(&app, &member.project, member.account.id, &form.annotation, false).await?;
    Ok(going::to(&form.back).into_response())
}

/// A lease that ends.
#[derive(Debug, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FreeForm {
    lease: String,
}

/// `POST /p/{slug}/agreement/free`
pub async fn free(State(app): State<App>, member: Member, Form(form): Form<FreeForm>) -> Result<Response, WebError> {
    member.require(Role::Lead)?;
    labeling::free(&app, &member.project, &form.lease).await?;
    Ok(going::to(&address(&member.project.slug)).into_response())
}

/// A coefficient with two decimals.
fn short(language: Language, value: f64) -> String {
    crate::web::frame::filters::decimal(language, value, 2)
}
