//! The encoders page: the available ones, changing to another, and trying a file on the project's own pictures.

use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};

use crate::domain::{EncoderId, JobId, Role, job};
use crate::modality::image::EncoderSpec;
use crate::runtime::RuntimeState;
use crate::service::App;
use crate::service::encoders::trials::{self, Trial, TrialResult};
use crate::service::encoders::{adding as encoders, encoding};
use crate::store::encoders::EncoderKind;
use crate::store::jobs::Job;
use crate::web::frame::error::{OrNotFound as _, WebError};
use crate::web::frame::extract::{Form, Member, Path, UploadedParts};
use crate::web::frame::filters::{decimal, in_units};
use crate::web::frame::going;
use crate::web::frame::htmx::Hx;
use crate::web::frame::language::Language;
use crate::web::frame::names;
use crate::web::frame::notes;
use crate::web::frame::shell::{Shell, Tab};
use crate::web::page;
use crate::web::pages::settings::land;
use crate::web::pages::{media, sample};

struct Row {
    id: i64,
    name: String,
    /// Whether it was learned from this project's pool.
    learned: bool,
    /// From how many pictures, where that is known.
    learned_from: Option<i64>,
    dim: i64,
    sides: String,
    present: bool,
    next: bool,
}

struct TrialRow {
    job: i64,
    name: String,
    size: String,
    state: String,
    failed: bool,
    done: bool,
}

#[derive(Template)]
#[template(path = "encoders.html", blocks = ["encoders"])]
struct EncodersPage {
    shell: Shell,
    slug: String,
    rows: Vec<Row>,
    /// The name of the encoder that is being changed to.
    next: Option<String>,
    learned: bool,
    trials: Vec<TrialRow>,
    /// The encoding or trial in progress.
    working: Option<Job>,
    /// How the encoder in use last ran.
    run: String,
    provider: String,
}

/// `GET /p/{slug}/encoders`
pub async fn show(State(app): State<App>, member: Member, hx: Hx) -> Result<Response, WebError> {
    member.require(Role::Admin)?;
    let (project, language) = (member.fresh(&app).await?, member.language());
    let usable = encoders::usable_by(&app, &project).await?;
    let next = usable.iter().find(|row| Some(row.id) == project.next_encoder_id).map(|row| row.name.clone());
    let rows: Vec<Row> = usable
        .into_iter()
        .map(|row| Row {
            id: row.id.0,
            learned: row.kind == EncoderKind::Builtin,
            learned_from: row.learned_from,
            dim: row.dim,
            sides: EncoderSpec::from_json(&row.spec).map(|s| format!("{} × {}", s.width, s.height)).unwrap_or_default(),
            present: Some(row.id) == project.encoder_id,
            next: Some(row.id) == project.next_encoder_id,
            name: row.name,
        })
        .collect();
    let run = match project.encoder_id {
        Some(encoder) => encoding::last_run(&app, &project, encoder).await,
        None => None,
    };
    let mut working = None;
    for kind in [&job::ENCODE, &job::RELEARN] {
        working = working.or(app.store.latest_job(project.id, kind).await?.filter(Job::is_open));
    }
    let trials = trials::open(&app, &project).await?;
    let view = EncodersPage {
        shell: Shell::page(&member, language.say("encoders-title"), Some(Tab::Settings)),
        slug: project.slug.clone(),
        learned: rows.iter().any(|row| row.learned),
        rows,
        next,
        trials: trials
            .into_iter()
            .map(|trial| TrialRow {
                job: trial.job.id.0,
                size: in_units(language, trial.size_bytes as i64),
                failed: trial.job.failed(),
                done: trial.found.is_some(),
                state: names::state(language, trial.job.state.as_str()),
                name: trial.name,
            })
            .collect(),
        working,
        run: run.map(|run| last_time(language, &run)).unwrap_or_default(),
        provider: runtime(language, &app.runtime.found()),
    };
    if hx.wants("encoders") { page(&view.as_encoders()) } else { page(&view) }
}

/// How the encoder in use last ran.
fn last_time(language: Language, run: &encoding::EncodingRun) -> String {
    let text = language.say("encoders-last-time").with("ms", decimal(language, run.ms_per_picture, 1));
    text.with("batch", run.batch).with("provider", run.provider.to_string()).into()
}

/// What runs the networks.
fn runtime(language: Language, found: &RuntimeState) -> String {
    match found {
        RuntimeState::Unopened => language.say("encoders-runtime-later"),
        RuntimeState::Runs(report) => language.say("encoders-runtime-on").with("provider", report.to_string()),
        RuntimeState::Unusable(error) => language.say("encoders-runtime-unusable").with("reason", error.to_string()),
    }
    .into()
}

#[derive(Debug, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EncoderForm {
    encoder: i64,
}

fn back(member: &Member) -> Response {
    going::to(&format!("/p/{}/encoders", member.project.slug)).into_response()
}

/// `POST /p/{slug}/encoder`: change to another encoder; the pool is encoded with it in the background.
pub async fn choose(
    State(app): State<App>,
    member: Member,
    Form(chosen): Form<EncoderForm>,
) -> Result<Response, WebError> {
    member.require(Role::Admin)?;
    encoders::choose(&app, &member.fresh(&app).await?, EncoderId(chosen.encoder)).await?;
    Ok(back(&member))
}

/// `POST /p/{slug}/encoder/relearn`: relearn the built-in encoder from the current pool, and change to it.
pub async fn relearn(State(app): State<App>, member: Member) -> Result<Response, WebError> {
    member.require(Role::Admin)?;
    encoding::request_relearning(&app, member.project.id).await?;
    Ok(back(&member))
}

/// `POST /p/{slug}/encoders/{id}/remove`
pub async fn remove(
    State(app): State<App>,
    member: Member,
    Path((_, id)): Path<(String, EncoderId)>,
) -> Result<Response, WebError> {
    member.require(Role::Admin)?;
    let usable = encoders::usable_by(&app, &member.project).await?;
    let row = usable.into_iter().find(|row| row.id == id);
    let row = row.or_not_found(|| format!("this project has no encoder {id}"))?;
    // A file serves every project of the server; only who is admin of all may take it away.
    if row.project_id.is_none() {
        member.account.require_admin()?;
    }
    encoders::remove(&app, &row.name).await?;
    Ok(back(&member))
}

/// `POST /p/{slug}/encoders/trials`: take a model and try it in the background.
pub async fn try_out(
    State(app): State<App>,
    member: Member,
    UploadedParts(form): UploadedParts,
) -> Result<Response, WebError> {
    member.require(Role::Admin)?;
    let (landing, mut fields) = land(&app, form, &["name"]).await?;
    let name = fields.remove("name").unwrap_or_default();
    let job = trials::request(&app, &member.project, landing, name.trim()).await?;
    Ok(going::to(&format!("/p/{}/encoders/trials/{job}", member.project.slug)).into_response())
}

struct Picture {
    thumb_url: String,
    href: String,
    similarity: String,
}

struct Look {
    asked: Picture,
    nearest: Vec<Picture>,
}

struct Facts {
    dim: usize,
    ms: String,
    /// Seconds for the current pool, in words.
    pool: String,
    provider: String,
    sides: String,
    range: String,
    output: String,
    warnings: Vec<String>,
    pictures: usize,
    looks: Vec<Look>,
}

#[derive(Template)]
#[template(path = "trial.html", blocks = ["trial"])]
struct TrialPage {
    shell: Shell,
    slug: String,
    job: Job,
    name: String,
    size: String,
    found: Option<Facts>,
}

/// `GET /p/{slug}/encoders/trials/{job}`
pub async fn show_trial(
    State(app): State<App>,
    member: Member,
    hx: Hx,
    Path((_, job)): Path<(String, JobId)>,
) -> Result<Response, WebError> {
    member.require(Role::Admin)?;
    let (trial, language) = (one(&app, &member, job).await?, member.language());
    let tally = app.store.tally(member.project.id).await?;
    let view = TrialPage {
        shell: Shell::page(&member, language.say("trial-title"), Some(Tab::Settings)),
        slug: member.project.slug.clone(),
        size: in_units(language, trial.size_bytes as i64),
        found: trial.found.map(|found| facts(language, &member.project.slug, found, tally.samples, app.cpu.threads())),
        name: trial.name,
        job: trial.job,
    };
    if hx.wants("trial") { page(&view.as_trial()) } else { page(&view) }
}

fn facts(language: Language, slug: &str, found: TrialResult, samples: i64, threads: usize) -> Facts {
    let TrialResult { probe, samples: ids } = found;
    let picture = |at: usize, similarity: String| -> Option<Picture> {
        let sample = *ids.get(at)?;
        Some(Picture { href: sample::url(slug, sample), thumb_url: media::thumb_url(slug, sample), similarity })
    };
    let looks = probe.alike.iter().filter_map(|one| {
        let nearest = one
            .nearest
            .iter()
            .filter_map(|near| picture(near.picture, decimal(language, near.similarity.into(), 2)))
            .collect();
        Some(Look { asked: picture(one.picture, String::new())?, nearest })
    });
    let seconds = probe.ms_per_image / 1e3 * samples as f64 / threads.max(1) as f64;
    let (mut sides, mut range, mut output) = (String::new(), String::new(), String::new());
    if let Some(spec) = probe.spec.pictures() {
        let taken = language.say("trial-takes-pixels").with("width", spec.width.to_string());
        let taken = taken.with("height", spec.height.to_string()).with("layout", spec.layout.as_str());
        let formula = language.say("trial-formula").with("scale", decimal(language, spec.scale.into(), 5));
        let formula = formula.with("mean", format!("{:?}", spec.mean)).with("deviation", format!("{:?}", spec.std));
        (sides, range, output) = (taken.into(), formula.into(), spec.output.clone());
    }
    Facts {
        looks: looks.collect(),
        dim: probe.dim,
        ms: decimal(language, probe.ms_per_image, 1) + "\u{a0}ms",
        pool: if seconds < 90.0 { format!("{seconds:.0}\u{a0}s") } else { format!("{:.0}\u{a0}min", seconds / 60.0) },
        provider: probe.provider.provider.clone(),
        sides,
        range,
        output,
        warnings: probe.warnings,
        pictures: probe.pictures,
    }
}

async fn one(app: &App, member: &Member, job: JobId) -> Result<Trial, WebError> {
    let trial = trials::by_job(app, &member.project, job).await?;
    trial.or_not_found(|| format!("there is no trial {job}; it was decided on, or never asked for"))
}

#[derive(Debug, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Adopted {
    /// Whether the project changes to it at once.
    #[serde(default, rename = "use")]
    in_use: Option<String>,
}

/// `POST /p/{slug}/encoders/trials/{job}/adopt`
pub async fn adopt(
    State(app): State<App>,
    member: Member,
    Path((_, job)): Path<(String, JobId)>,
    Form(adopted): Form<Adopted>,
) -> Result<Response, WebError> {
    member.require(Role::Admin)?;
    let row = trials::adopt(&app, &one(&app, &member, job).await?).await?;
    if adopted.in_use.is_some() {
        encoders::choose(&app, &member.fresh(&app).await?, row.id).await?;
    }
    Ok(back(&member))
}

/// `POST /p/{slug}/encoders/trials/{job}/discard`
pub async fn discard(
    State(app): State<App>,
    member: Member,
    Path((_, job)): Path<(String, JobId)>,
) -> Result<Response, WebError> {
    member.require(Role::Admin)?;
    trials::discard(&one(&app, &member, job).await?).await?;
    Ok(back(&member))
}
