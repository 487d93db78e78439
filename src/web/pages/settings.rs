//! The settings page: strategy and rule, classes, guide, data.

use std::collections::BTreeMap;

use askama::Template;
use axum::extract::{Multipart, State};
use axum::response::{IntoResponse as _, Response};
use tokio::io::AsyncWriteExt as _;

use crate::domain::{Class, ClassId, Project, Role};
use crate::modality::image::augment::Augmentation;
use crate::query::{Strategy, rules};
use crate::service::App;
use crate::service::exchange::uploads::{self, Landing, UploadWishes};
use crate::service::projects;
use crate::service::rounds::augmenting;
use crate::store::jobs::Job;
use crate::store::projects::ProjectSettings;
use crate::web::frame::confirm::ConfirmPage;
use crate::web::frame::error::{OrNotFound as _, WebError};
use crate::web::frame::extract::{Form, Member, Path, Query, UploadedParts};
use crate::web::frame::going;
use crate::web::frame::htmx::Hx;
use crate::web::frame::language::Language;
use crate::web::frame::names;
use crate::web::frame::notes;
use crate::web::frame::shell::{Shell, Tab};
use crate::web::page;
use crate::web::pages::label::colour;
use crate::web::pages::second_opinions::SecondFields;

struct ClassRow {
    id: ClassId,
    name: String,
    colour: String,
    retired: bool,
}

/// A group of related strategies.
struct StrategyGroup {
    about: String,
    strategies: Vec<StrategyRow>,
}

struct StrategyRow {
    name: String,
    about: String,
    chosen: bool,
}

/// A piece of background work, and the report that it led to.
struct Work {
    job: Job,
    import: Option<ImportLink>,
}

/// Where a report is, and how its import ended.
struct ImportLink {
    href: String,
    state: String,
}

#[derive(Template)]
#[template(path = "settings.html")]
#[expect(clippy::struct_excessive_bools, reason = "independent facts that the page is made of")]
struct SettingsPage {
    shell: Shell,
    slug: String,
    name: String,
    retrain_labels: String,
    retrain_minutes: i64,
    guidelines: String,
    show_opinion: bool,
    second: SecondFields,
    strategies: Vec<StrategyGroup>,
    classes: Vec<ClassRow>,
    /// The one in use.
    encoder: Option<String>,
    /// Whether samples have any number of classes.
    sets: bool,
    /// What samples are.
    modality: &'static str,
    /// Changes that keep labels, in words.
    augmentations: String,
    jobs: Vec<Work>,
    admin: bool,
    /// The notice about what was just done.
    told: String,
    /// Whether only the classes are sent, after one of them was changed.
    changed: bool,
}

/// The classes alone.
#[derive(Template)]
#[template(path = "settings.html", block = "classes")]
struct ClassesPart {
    shell: Shell,
    slug: String,
    classes: Vec<ClassRow>,
    changed: bool,
}

/// The background work alone.
#[derive(Template)]
#[template(path = "settings.html", block = "work")]
struct WorkPart {
    shell: Shell,
    slug: String,
    jobs: Vec<Work>,
}

/// The page's query.
#[derive(Debug, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SettingsQuery {
    #[serde(default)]
    saved: Option<String>,
    /// The class that was just retired.
    #[serde(default)]
    retired: Option<ClassId>,
}

/// `GET /p/{slug}/settings`
pub async fn show(
    State(app): State<App>,
    member: Member,
    hx: Hx,
    Query(called): Query<SettingsQuery>,
) -> Result<Response, WebError> {
    member.require(Role::Lead)?;
    let project = member.fresh(&app).await?;
    let (shell, slug) = (Shell::project(&member, Tab::Settings), project.slug.clone());
    if hx.wants("work") {
        return page(&WorkPart { shell, slug, jobs: work(&app, &project).await? });
    }
    let classes = app.store.classes(project.id).await?;
    if hx.wants("classes") {
        return page(&ClassesPart { shell, slug, classes: class_rows(classes), changed: called.saved.is_some() });
    }
    let language = member.language();
    let first = Strategy::first(project.task.into());
    let plain = |strategy: Strategy| strategy == first || strategy == Strategy::of(&rules::random::RULE);
    let group = |about, wanted: &dyn Fn(Strategy) -> bool| {
        let row = |strategy: Strategy| StrategyRow {
            name: strategy.to_string(),
            about: names::strategy(language, strategy),
            chosen: strategy.as_str() == project.strategy,
        };
        let suiting = Strategy::suiting(project.task.into());
        let strategies = suiting.filter(|strategy| wanted(*strategy)).map(row).collect();
        StrategyGroup { about: language.say(about).into(), strategies }
    };
    let strategies = vec![
        group("settings-strategies-first", &plain),
        group("settings-strategies-batch", &|strategy| !plain(strategy) && !strategy.judges_alone()),
        group("settings-strategies-alone", &|strategy| !plain(strategy) && strategy.judges_alone()),
    ];
    let encoder = match project.encoder_id {
        Some(id) => app.store.encoder(id).await?.map(|row| row.name),
        None => None,
    };
    let retired = called.retired.and_then(|id| classes.iter().find(|class| class.id == id && class.retired));
    let retired = retired.map(|class| language.say("settings-retired-now").with("class", class.name.as_str()).into());
    let saved = called.saved.map(|_| language.say("settings-saved").into());
    page(&SettingsPage {
        shell,
        slug,
        name: project.name.clone(),
        retrain_labels: project.retrain_labels.map(|n| n.to_string()).unwrap_or_default(),
        retrain_minutes: project.retrain_minutes,
        guidelines: project.guidelines.clone(),
        show_opinion: project.show_opinion,
        second: SecondFields::new(language, &project.second),
        strategies,
        classes: class_rows(classes),
        encoder,
        sets: !project.task.fits_folders(),
        modality: project.modality.as_str(),
        augmentations: in_words(language, &augmenting::kinds(&project)?),
        jobs: work(&app, &project).await?,
        admin: member.role >= Role::Admin,
        told: retired.or(saved).unwrap_or_default(),
        changed: false,
    })
}

fn class_rows(classes: Vec<Class>) -> Vec<ClassRow> {
    let row = |(i, class): (usize, Class)| ClassRow {
        id: class.id,
        colour: colour(class.look(i)),
        name: class.name,
        retired: class.retired,
    };
    classes.into_iter().enumerate().map(row).collect()
}

/// The newest work, imports with their reports.
async fn work(app: &App, project: &Project) -> Result<Vec<Work>, WebError> {
    let mut all = Vec::new();
    for job in app.store.recent_jobs(project.id, 8).await? {
        let import = if job.kind == "import" { app.store.import_of_job(job.id).await? } else { None };
        let import = import.map(|import| ImportLink {
            href: format!("/p/{}/imports/{}", project.slug, import.id),
            state: import.state.to_string(),
        });
        all.push(Work { job, import });
    }
    Ok(all)
}

fn in_words(language: Language, kinds: &[Augmentation]) -> String {
    let titles = kinds.iter().map(|kind| names::augmentation(language, *kind).to_lowercase());
    titles.collect::<Vec<_>>().join(&language.say("list-comma").to_string())
}

/// The fields of the first form.
#[derive(Debug, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SettingsForm {
    name: String,
    strategy: String,
    retrain_labels: String,
    retrain_minutes: i64,
    guidelines: String,
    /// Present if ticked.
    show_opinion: Option<String>,
}

/// `POST /p/{slug}/settings`
pub async fn save(
    State(app): State<App>,
    member: Member,
    Form(changed): Form<SettingsForm>,
) -> Result<Response, WebError> {
    member.require(Role::Lead)?;
    let retrain_labels = match changed.retrain_labels.trim() {
        "" => None,
        text => Some(text.parse().map_err(|_| {
            WebError::unprocessable(
                "bad_rule",
                format!("`{text}` is not a number of answers; give one, or leave it empty for the default rule"),
            )
        })?),
    };
    let settings = ProjectSettings {
        name: changed.name.trim().to_owned(),
        strategy: changed.strategy,
        retrain_labels,
        retrain_minutes: changed.retrain_minutes,
        show_opinion: changed.show_opinion.is_some(),
        guidelines: changed.guidelines.replace("\r\n", "\n"),
    };
    projects::configure(&app, &member.project, settings).await?;
    Ok(back(&member))
}

fn back(member: &Member) -> Response {
    going::to(&format!("/p/{}/settings?saved=yes", member.project.slug)).into_response()
}

#[derive(Debug, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewClass {
    name: String,
    /// `classes`: the page to go back to, instead of the settings.
    #[serde(default)]
    back: String,
}

/// `POST /p/{slug}/classes`
pub async fn add_class(
    State(app): State<App>,
    member: Member,
    Form(new): Form<NewClass>,
) -> Result<Response, WebError> {
    member.require(Role::Lead)?;
    projects::add_classes(&app, &member.project, &[new.name]).await?;
    if new.back == "classes" {
        return Ok(going::to(&format!("/p/{}/classes?saved=yes", member.project.slug)).into_response());
    }
    Ok(back(&member))
}

/// `POST /p/{slug}/classes/{id}/rename`
pub async fn rename_class(
    State(app): State<App>,
    member: Member,
    Path((_, class)): Path<(String, ClassId)>,
    Form(new): Form<NewClass>,
) -> Result<Response, WebError> {
    member.require(Role::Lead)?;
    projects::rename_class(&app, &member.project, class, &new.name).await?;
    Ok(back(&member))
}

/// `GET /p/{slug}/classes/{id}/retire`: asks first.
pub async fn ask_retire(
    State(app): State<App>,
    member: Member,
    Path((_, class)): Path<(String, ClassId)>,
) -> Result<Response, WebError> {
    member.require(Role::Lead)?;
    let (slug, language) = (&member.project.slug, member.language());
    let classes = app.store.classes(member.project.id).await?;
    let found = classes.into_iter().find(|known| known.id == class);
    let found = found.or_not_found(|| format!("there is no class {class} in this project"))?;
    let question = language.say("settings-retire-ask").with("class", found.name.as_str()).to_string();
    page(&ConfirmPage {
        shell: Shell::page(&member, &*question, Some(Tab::Settings)),
        question,
        means: vec![language.say("settings-retire-means").to_string()],
        action: format!("/p/{slug}/classes/{class}/retire"),
        fields: Vec::new(),
        button: language.say("settings-retire").to_string(),
        back: format!("/p/{slug}/settings"),
    })
}

/// `POST /p/{slug}/classes/{id}/retire`
pub async fn retire_class(
    State(app): State<App>,
    member: Member,
    Path((_, class)): Path<(String, ClassId)>,
) -> Result<Response, WebError> {
    member.require(Role::Lead)?;
    projects::retire_class(&app, &member.project, class).await?;
    Ok(going::to(&format!("/p/{}/settings?retired={class}", member.project.slug)).into_response())
}

/// `POST /p/{slug}/import`: take pictures, archives or a table, and import them in the background.
pub async fn import(
    State(app): State<App>,
    member: Member,
    UploadedParts(form): UploadedParts,
) -> Result<Response, WebError> {
    member.require(Role::Admin)?;
    receive(&app, &member, form).await?;
    Ok(going::to(&format!("/p/{}/imports", member.project.slug)).into_response())
}

/// Write the parts of a multipart body into a folder of their own, and ask for its import.
pub(in crate::web) async fn receive(
    app: &App,
    member: &Member,
    form: Multipart,
) -> Result<crate::domain::JobId, WebError> {
    let (landing, fields) =
        land(app, form, &["labels", "relabel", "source", "predictions", "content", "columns", "dry_run"]).await?;
    if landing.is_empty() {
        return Err(WebError::unprocessable("no_files", "no file was sent; choose files, a zip or tar, or a CSV"));
    }
    let field = |name: &str| fields.get(name).map_or("", String::as_str);
    let ticked = |name: &str| match field(name) {
        "" | "no" | "false" => Ok(false),
        "yes" | "true" => Ok(true),
        other => {
            let message = format!("{name} is `{other}`; give `yes`, or leave it out");
            Err(WebError::unprocessable("bad_field", message))
        }
    };
    let wishes = UploadWishes {
        labels: field("labels").to_owned(),
        relabel: ticked("relabel")?,
        named: field("source").to_owned(),
        predicts: ticked("predictions")?,
        content: field("content").to_owned(),
        columns: field("columns").to_owned(),
        dry_run: ticked("dry_run")?,
    };
    Ok(uploads::request(app, &member.project, member.account.id, landing, wishes).await?)
}

/// The files of a multipart body in a folder of their own, and its fields, limited to `texts`.
pub(in crate::web) async fn land(
    app: &App,
    mut form: Multipart,
    texts: &[&str],
) -> Result<(Landing, BTreeMap<String, String>), WebError> {
    let mut landing = Landing::new(app)?;
    let mut fields = BTreeMap::new();
    let bad = |error: axum::extract::multipart::MultipartError| WebError::bad_request(error.body_text());
    while let Some(mut field) = form.next_field().await.map_err(bad)? {
        match field.name().unwrap_or_default().to_owned() {
            name if texts.contains(&name.as_str()) => {
                fields.insert(name, field.text().await.map_err(bad)?);
            }
            name if name == "files" => {
                let name = field.file_name().unwrap_or_default().to_owned();
                if name.is_empty() {
                    continue;
                }
                let path = landing.place(&name)?;
                let mut file = tokio::fs::File::create(&path).await.map_err(WebError::internal)?;
                while let Some(bytes) = field.chunk().await.map_err(bad)? {
                    file.write_all(&bytes).await.map_err(WebError::internal)?;
                }
                file.flush().await.map_err(WebError::internal)?;
            }
            other => {
                let known = std::iter::once(&"files").chain(texts).map(|name| format!("`{name}`"));
                let known = known.collect::<Vec<_>>().join(" or ");
                return Err(WebError::unprocessable("bad_field", format!("unknown field `{other}`, expected {known}")));
            }
        }
    }
    Ok((landing, fields))
}
