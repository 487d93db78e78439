//! Encoders for programs: the available ones, and the one a project uses.

use axum::extract::State;
use axum::http::StatusCode;

use crate::domain::{EncoderId, Role};
use crate::service::App;
use crate::service::encoders::{adding as encoders, encoding};
use crate::web::frame::error::WebError;
use crate::web::frame::extract::{Json, Member};

/// An encoder that the project may use.
#[derive(Debug, serde::Serialize, utoipa::ToSchema)]
#[schema(as = Encoder)]
pub struct ListedEncoder {
    pub id: EncoderId,
    pub name: String,
    /// `builtin`: learned from this project's pool; `onnx`: a file.
    pub kind: String,
    /// Numbers per embedding.
    pub dim: i64,
    /// Pictures of the pool that the built-in encoder was learned from, where that is known.
    pub learned_from: Option<i64>,
    /// SHA-256 of the model file.
    pub sha256: String,
    /// How it last ran over this project's pictures: provider, device, precision, batch, milliseconds per picture.
    #[schema(value_type = Option<Object>)]
    pub last_run: Option<encoding::EncodingRun>,
}

/// The encoders a project may use.
#[derive(Debug, serde::Serialize, utoipa::ToSchema)]
pub struct Encoders {
    pub encoders: Vec<ListedEncoder>,
    /// The one in use.
    pub present: Option<EncoderId>,
    /// The one that takes over once every sample has its embedding by it.
    pub next: Option<EncoderId>,
}

/// The encoders available to this project, and the one in use.
#[utoipa::path(get, path = "/api/v1/projects/{slug}/encoders", tag = "encoders", params(("slug" = String, Path)),
    responses((status = 200, body = Encoders), (status = 403, description = "needs the role lead")))]
pub async fn list(State(app): State<App>, member: Member) -> Result<Json<Encoders>, WebError> {
    member.require(Role::Lead)?;
    let project = member.fresh(&app).await?;
    let mut known = Vec::new();
    for row in encoders::usable_by(&app, &project).await? {
        let last_run = encoding::last_run(&app, &project, row.id).await;
        let (id, name, kind, dim, sha256) = (row.id, row.name, row.kind.to_string(), row.dim, row.sha256);
        known.push(ListedEncoder { id, name, kind, dim, learned_from: row.learned_from, sha256, last_run });
    }
    Ok(Json(Encoders { encoders: known, present: project.encoder_id, next: project.next_encoder_id }))
}

/// The encoder to change to.
#[derive(Debug, serde::Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct EncoderChoice {
    /// Its name, or its number as text.
    pub encoder: String,
}

/// Change to another encoder. The current one stays in use until every sample is encoded; naming the current one
/// cancels a change.
#[utoipa::path(post, path = "/api/v1/projects/{slug}/encoder", tag = "encoders", params(("slug" = String, Path)),
    request_body = EncoderChoice,
    responses((status = 202, description = "the pool is being encoded"), (status = 403), (status = 404)))]
pub async fn choose(
    State(app): State<App>,
    member: Member,
    Json(choice): Json<EncoderChoice>,
) -> Result<StatusCode, WebError> {
    member.require(Role::Admin)?;
    let project = member.fresh(&app).await?;
    let row = encoders::by_name(&app, &choice.encoder).await?;
    encoders::choose(&app, &project, row.id).await?;
    Ok(StatusCode::ACCEPTED)
}
