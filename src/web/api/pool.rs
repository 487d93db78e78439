//! The whole pool for programs, streamed: what the committee says of each sample, and the embeddings.

use axum::body::Body;
use axum::extract::State;
use axum::http::Response;
use tokio::io::{AsyncWriteExt as _, DuplexStream};
use tokio::runtime::Handle;

use crate::domain::{ClassId, ClassSet, ProjectId, Role, SampleId, Task};
use crate::learn::Link;
use crate::service::App;
use crate::service::exchange::exporting::Predictions;
use crate::service::rounds::{predictions, taking_out};
use crate::store::history::SampleKey;
use crate::web::frame::error::WebError;
use crate::web::frame::extract::Member;
use crate::web::frame::files::{self, Blocking, CutOff};

/// Samples read at a time.
const PAGE: i64 = 2000;

/// What the committee in use says of a sample: a line of the predictions.
#[derive(Debug, serde::Serialize, utoipa::ToSchema)]
pub struct PoolPrediction {
    pub sample: SampleId,
    /// The name it was imported under.
    pub name: String,
    /// SHA-256 of its file.
    pub sha256: String,
    /// The likeliest class.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub class: Option<ClassId>,
    /// Instead of `class` in projects with any number of classes per sample: those that are likelier than not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub classes: Option<Vec<ClassId>>,
    /// How likely it is; of several classes, the least likely part.
    pub probability: f32,
    /// Of each class, in the order of the project's classes. Classes that are newer than the round have none.
    pub probabilities: Vec<f32>,
    /// Whether its label trains: then these are by heads that did not see it.
    pub held_out: bool,
}

impl PoolPrediction {
    fn of(task: Task, known: &Predictions, key: SampleKey) -> Option<Self> {
        let p = known.of.get(&key.id)?;
        let link = Link::from(task);
        let decided: ClassSet = link.decided(p).into_iter().filter_map(|k| known.classes.get(k).copied()).collect();
        let (class, classes) = task.in_field(&decided);
        Some(Self {
            sample: key.id,
            name: key.name,
            sha256: key.hash,
            class,
            classes,
            probability: link.probability(p),
            probabilities: p.clone(),
            held_out: known.held_out.contains(&key.id),
        })
    }
}

/// What the committee in use says of every sample that is encoded, labeled or not: one JSON object a line, by sample.
#[utoipa::path(get, path = "/api/v1/projects/{slug}/predictions", tag = "rounds", params(("slug" = String, Path)),
    responses((status = 200, body = PoolPrediction, content_type = "application/x-ndjson", description = "one object a line"),
        (status = 403, description = "needs the role lead"),
        (status = 409, description = "no round has finished with the encoder in use")))]
pub async fn predicted(State(app): State<App>, member: Member) -> Result<Response<Body>, WebError> {
    member.require(Role::Lead)?;
    let known = predictions::honest(&app, &member.project).await?.ok_or_else(|| {
        WebError::conflict("no_round", "there are no predictions yet: no round has finished with the encoder in use")
            .hint("Label samples of two classes, ask for a round, and wait for it.")
    })?;
    let (project, task) = (member.project.id, member.project.task);
    let name = format!("{}-predictions.ndjson", member.project.slug);
    Ok(files::streamed("application/x-ndjson", &name, move |out| lines(app, project, task, known, out)))
}

/// Write page by page.
async fn lines(
    app: App,
    project: ProjectId,
    task: Task,
    known: Predictions,
    mut out: DuplexStream,
) -> Result<DuplexStream, CutOff> {
    let mut after = SampleId(0);
    loop {
        let page = app.store.sample_keys(project, after, PAGE).await?;
        let Some(last) = page.last() else { return Ok(out) };
        after = last.id;
        let mut text = Vec::new();
        for line in page.into_iter().filter_map(|key| PoolPrediction::of(task, &known, key)) {
            serde_json::to_writer(&mut text, &line)?;
            text.push(b'\n');
        }
        out.write_all(&text).await?;
    }
}

/// The embeddings by the encoder in use, as an `.npz` for `NumPy`: `ids`, the numbers of the samples, and `embeddings`, a row for each.
#[utoipa::path(get, path = "/api/v1/projects/{slug}/embeddings.npz", tag = "encoders", params(("slug" = String, Path)),
    responses((status = 200, description = "the file", content_type = "application/octet-stream"),
        (status = 403, description = "needs the role lead"), (status = 409, description = "nothing is encoded yet")))]
pub async fn embeddings(State(app): State<App>, member: Member) -> Result<Response<Body>, WebError> {
    member.require(Role::Lead)?;
    let project = member.fresh(&app).await?;
    let pool = app.pools.get(&app, &project).await?.ok_or_else(|| {
        WebError::conflict("nothing_encoded", "there are no embeddings yet")
            .hint("Import samples, and wait until they are encoded.")
    })?;
    let name = format!("{}-embeddings-{}.npz", project.slug, pool.encoder);
    Ok(files::streamed("application/octet-stream", &name, move |out| async move {
        let mut writer = Blocking { out, runtime: Handle::current() };
        let writing = move || taking_out::write_npz(&pool, &mut writer).map(|()| writer.out);
        Ok::<_, CutOff>(app.cpu.blocking(writing).await??)
    }))
}
