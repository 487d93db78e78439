//! The page of classes: names, looks, descriptions and order; merging, parting, retiring, deleting, and undoing that.

use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};

use crate::domain::class::LOOKS;
use crate::domain::{ActId, Class, ClassId, Role};
use crate::service::App;
use crate::service::classes::{self, ClassChange, Destination, Whose};
use crate::store::classes::ClassAct;
use crate::store::listing::{SampleFilter, SampleState};
use crate::web::frame::confirm::ConfirmPage;
use crate::web::frame::error::WebError;
use crate::web::frame::extract::{Form, Member, Path, Query};
use crate::web::frame::filters::{ago, group};
use crate::web::frame::going;
use crate::web::frame::language::Language;
use crate::web::frame::shell::{Shell, Tab};
use crate::web::page;
use crate::web::pages::label::colour;

/// Acts on the page.
const ACTS: i64 = 20;

struct Look {
    value: i64,
    name: String,
    chosen: bool,
}

#[expect(clippy::struct_excessive_bools, reason = "independent facts that a row is made of")]
struct Row {
    id: ClassId,
    name: String,
    colour: String,
    looks: Vec<Look>,
    description: String,
    version: i64,
    retired: bool,
    merged: Option<String>,
    labels: String,
    unused: bool,
    first: bool,
    last: bool,
    /// Those that its labels may become.
    others: Vec<Class>,
}

struct ActRow {
    about: String,
    undo: Option<String>,
}

#[derive(Template)]
#[template(path = "classes.html")]
struct ClassesPage {
    shell: Shell,
    slug: String,
    rows: Vec<Row>,
    acts: Vec<ActRow>,
    told: String,
}

/// What was just done.
#[derive(Debug, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DoneQuery {
    #[serde(default)]
    saved: Option<String>,
}

fn looks(language: Language, class: &Class) -> Vec<Look> {
    let own = Look { value: -1, name: language.say("classes-look-own").into(), chosen: class.colour.is_none() };
    let look = |value: i64| Look {
        value,
        name: language.say("classes-look").with("colour", value % 10 + 1).with("shape", value / 10 + 1).to_string(),
        chosen: class.colour == Some(value),
    };
    std::iter::once(own).chain((0..LOOKS).map(look)).collect()
}

/// `GET /p/{slug}/classes`
pub async fn show(State(app): State<App>, member: Member, Query(done): Query<DoneQuery>) -> Result<Response, WebError> {
    member.require(Role::Lead)?;
    let (project, language) = (&member.project, member.language());
    let all = classes::list(&app, project).await?;
    let plain: Vec<Class> = all.iter().map(|one| one.class.clone()).collect();
    let name_of = |id: ClassId| {
        plain.iter().find(|class| class.id == id).map_or_else(|| id.to_string(), |class| class.name.clone())
    };
    let n = all.len();
    let rows = all.into_iter().enumerate().map(|(at, one)| Row {
        id: one.class.id,
        colour: colour(one.class.look(at)),
        looks: looks(language, &one.class),
        version: one.class.version,
        retired: one.class.retired,
        merged: one.class.merged_into.map(name_of),
        labels: group(one.labels),
        unused: one.unused,
        first: at == 0,
        last: at + 1 == n,
        others: plain.iter().filter(|other| !other.retired && other.id != one.class.id).cloned().collect(),
        name: one.class.name,
        description: one.class.description,
    });
    let rows = rows.collect();
    let now = app.clock.now();
    let act = |act: ClassAct| {
        let id = match (act.kind, act.undone_us.is_some()) {
            (crate::domain::class::ActKind::Merge, false) => "classes-act-merge",
            (crate::domain::class::ActKind::Move, false) => "classes-act-move",
            (_, true) => "classes-act-undone",
        };
        let text =
            language.say(id).with("from", name_of(act.from)).with("into", name_of(act.into)).with("n", act.labels);
        let text = text.with("age", ago(language, now.seconds_since(act.made_us))).with("name", act.by.as_str());
        ActRow {
            about: text.into(),
            undo: act.undone_us.is_none().then(|| format!("/p/{}/classes/acts/{}/undo", project.slug, act.id)),
        }
    };
    page(&ClassesPage {
        shell: Shell::page(&member, language.say("settings-classes"), Some(Tab::Settings)),
        slug: project.slug.clone(),
        acts: app.store.class_acts(project.id, ACTS).await?.into_iter().map(act).collect(),
        told: done.saved.map(|_| language.say("settings-saved").into()).unwrap_or_default(),
        rows,
    })
}

fn back(member: &Member) -> Response {
    going::to(&format!("/p/{}/classes?saved=yes", member.project.slug)).into_response()
}

/// What a class is to be called and look like.
#[derive(Debug, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClassForm {
    version: i64,
    name: String,
    colour: i64,
    description: String,
}

/// `POST /p/{slug}/classes/{id}`
pub async fn save(
    State(app): State<App>,
    member: Member,
    Path((_, class)): Path<(String, ClassId)>,
    Form(form): Form<ClassForm>,
) -> Result<Response, WebError> {
    member.require(Role::Lead)?;
    let colour = Some(Some(form.colour).filter(|colour| *colour != -1));
    let change = ClassChange { name: Some(form.name), colour, description: Some(form.description) };
    classes::change(&app, &member.project, class, form.version, change).await?;
    Ok(back(&member))
}

/// One step up or down.
#[derive(Debug, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StepForm {
    /// The order as the page shows it, numbers with a blank between.
    seen: String,
    up: bool,
}

/// `POST /p/{slug}/classes/{id}/step`
pub async fn step(
    State(app): State<App>,
    member: Member,
    Path((_, class)): Path<(String, ClassId)>,
    Form(form): Form<StepForm>,
) -> Result<Response, WebError> {
    member.require(Role::Lead)?;
    let seen: Vec<ClassId> = form.seen.split_ascii_whitespace().filter_map(|id| id.parse().ok()).collect();
    let mut order = seen.clone();
    let at = order.iter().position(|id| *id == class);
    let other =
        at.and_then(|at| if form.up { at.checked_sub(1) } else { Some(at + 1).filter(|next| *next < order.len()) });
    if let (Some(at), Some(other)) = (at, other) {
        order.swap(at, other);
        classes::order(&app, &member.project, &seen, &order).await?;
    }
    Ok(back(&member))
}

/// A version that was seen.
#[derive(Debug, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct VersionForm {
    version: i64,
}

/// `POST /p/{slug}/classes/{id}/delete`
pub async fn delete(
    State(app): State<App>,
    member: Member,
    Path((_, class)): Path<(String, ClassId)>,
    Form(form): Form<VersionForm>,
) -> Result<Response, WebError> {
    member.require(Role::Lead)?;
    classes::delete(&app, &member.project, class, form.version).await?;
    Ok(back(&member))
}

/// `POST /p/{slug}/classes/{id}/restore`
pub async fn restore(
    State(app): State<App>,
    member: Member,
    Path((_, class)): Path<(String, ClassId)>,
    Form(form): Form<VersionForm>,
) -> Result<Response, WebError> {
    member.require(Role::Lead)?;
    classes::set_retired(&app, &member.project, class, form.version, false).await?;
    Ok(back(&member))
}

/// Which class the labels become.
#[derive(Debug, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MergeQuery {
    into: ClassId,
}

/// `GET /p/{slug}/classes/{id}/merge?into=…`: says what would be touched, and asks.
pub async fn ask_merge(
    State(app): State<App>,
    member: Member,
    Path((_, class)): Path<(String, ClassId)>,
    Query(wanted): Query<MergeQuery>,
) -> Result<Response, WebError> {
    member.require(Role::Lead)?;
    let (project, language) = (&member.project, member.language());
    let from = classes::one(&app, project, class).await?;
    let into = classes::one(&app, project, wanted.into).await?;
    let reach = classes::reach(&app, project, from.id, into.id).await?;
    let question = language.say("classes-merge-ask").with("from", from.name.as_str()).with("into", into.name.as_str());
    let question = question.to_string();
    let mut means = vec![
        language
            .say("classes-merge-labels")
            .with("n", reach.labels)
            .with("audit", reach.audit)
            .with("into", into.name.as_str())
            .to_string(),
    ];
    if reach.both_named > 0 {
        means.push(language.say("classes-merge-both").with("n", reach.both_named).into());
    }
    if reach.examples > 0 {
        means.push(language.say("classes-merge-examples").with("n", reach.examples).into());
    }
    means.push(language.say("classes-merge-retires").with("from", from.name.as_str()).into());
    page(&ConfirmPage {
        shell: Shell::page(&member, &*question, Some(Tab::Settings)),
        question,
        means,
        action: format!("/p/{}/classes/{class}/merge", project.slug),
        fields: vec![
            ("version", from.version.to_string()),
            ("into", into.id.to_string()),
            ("into_version", into.version.to_string()),
        ],
        button: language.say("classes-merge").to_string(),
        back: format!("/p/{}/classes", project.slug),
    })
}

/// What the question about a merge sends.
#[derive(Debug, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MergeForm {
    version: i64,
    into: ClassId,
    into_version: i64,
}

/// `POST /p/{slug}/classes/{id}/merge`
pub async fn merge(
    State(app): State<App>,
    member: Member,
    Path((_, class)): Path<(String, ClassId)>,
    Form(form): Form<MergeForm>,
) -> Result<Response, WebError> {
    member.require(Role::Lead)?;
    let (from, into) = ((class, form.version), (form.into, form.into_version));
    classes::merge(&app, &member.project, member.account.id, from, into).await?;
    Ok(back(&member))
}

/// Which labels become a class's.
#[derive(Debug, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PartQuery {
    /// The name of the other class, which may be new.
    into: String,
    #[serde(default)]
    name: String,
    #[serde(default)]
    annotator: String,
    #[serde(default)]
    metadata: String,
}

fn filter(class: ClassId, name: &str, annotator: &str, metadata: &str) -> SampleFilter {
    let given = |text: &str| Some(text.trim().to_owned()).filter(|text| !text.is_empty());
    SampleFilter {
        class: Some(class),
        state: Some(SampleState::Labeled),
        name: given(name),
        annotator: given(annotator),
        metadata: given(metadata),
        words: None,
    }
}

/// `GET /p/{slug}/classes/{id}/part?…`: says how many labels would change, and asks.
pub async fn ask_part(
    State(app): State<App>,
    member: Member,
    Path((_, class)): Path<(String, ClassId)>,
    Query(wanted): Query<PartQuery>,
) -> Result<Response, WebError> {
    member.require(Role::Lead)?;
    let (project, language) = (&member.project, member.language());
    let from = classes::one(&app, project, class).await?;
    let whose = Whose::Matching(filter(class, &wanted.name, &wanted.annotator, &wanted.metadata));
    let n = classes::movable(&app, project, class, whose).await?.len();
    let question = language
        .say("classes-part-ask")
        .with("n", n)
        .with("from", from.name.as_str())
        .with("into", wanted.into.as_str())
        .to_string();
    let known = app.store.classes(project.id).await?;
    let is_new = !known.iter().any(|other| other.name == wanted.into.trim());
    let mut means = vec![language.say("classes-part-means").into()];
    if is_new {
        means.insert(0, language.say("classes-part-new").with("into", wanted.into.as_str()).into());
    }
    page(&ConfirmPage {
        shell: Shell::page(&member, &*question, Some(Tab::Settings)),
        question,
        means,
        action: format!("/p/{}/classes/{class}/part", project.slug),
        fields: vec![
            ("version", from.version.to_string()),
            ("into", wanted.into),
            ("name", wanted.name),
            ("annotator", wanted.annotator),
            ("metadata", wanted.metadata),
        ],
        button: language.say("classes-part").to_string(),
        back: format!("/p/{}/classes", project.slug),
    })
}

/// What the question about a move sends.
#[derive(Debug, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PartForm {
    version: i64,
    into: String,
    name: String,
    annotator: String,
    metadata: String,
}

/// `POST /p/{slug}/classes/{id}/part`
pub async fn part(
    State(app): State<App>,
    member: Member,
    Path((_, class)): Path<(String, ClassId)>,
    Form(form): Form<PartForm>,
) -> Result<Response, WebError> {
    member.require(Role::Lead)?;
    let project = &member.project;
    let into = match classes::named(&app, project, &form.into).await {
        Ok(known) => Destination::Known(known.id, known.version),
        Err(_) => Destination::New(form.into.clone()),
    };
    let whose = Whose::Matching(filter(class, &form.name, &form.annotator, &form.metadata));
    classes::part(&app, project, member.account.id, (class, form.version), into, whose).await?;
    Ok(back(&member))
}

/// `POST /p/{slug}/classes/acts/{id}/undo`
pub async fn undo(
    State(app): State<App>,
    member: Member,
    Path((_, act)): Path<(String, ActId)>,
) -> Result<Response, WebError> {
    member.require(Role::Lead)?;
    classes::undo(&app, &member.project, member.account.id, act).await?;
    Ok(back(&member))
}
