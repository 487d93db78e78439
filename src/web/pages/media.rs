//! Pictures: the sample as the encoder sees it, its thumbnail, and large ones in parts. `service::viewing` says which file.

use axum::body::Body;
use axum::extract::State;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::http::{HeaderValue, Response};

use crate::blobs::ORIGINAL;
use crate::domain::{Facts, Project, SampleId};
use crate::modality::image::pyramid;
use crate::service::App;
use crate::service::desk::viewing::{self, Sent};
use crate::web::frame::error::{OrNotFound as _, WebError};
use crate::web::frame::extract::{Member, Path};
use crate::web::frame::files::{self, PartRequest};

/// The address of a sample's picture.
pub fn url(slug: &str, sample: SampleId) -> String {
    format!("/media/{slug}/{sample}")
}

/// The address of a sample's small picture.
pub fn thumb_url(slug: &str, sample: SampleId) -> String {
    format!("/media/{slug}/{sample}/thumb")
}

/// A sample's bytes never change, so a browser may keep them; private, since not everybody may see them.
const KEEP: HeaderValue = HeaderValue::from_static("private, max-age=31536000, immutable");

/// `GET /media/{slug}/{sample}`
pub async fn show(
    State(app): State<App>,
    member: Member,
    asked: PartRequest,
    Path((_, sample)): Path<(String, SampleId)>,
) -> Result<Response<Body>, WebError> {
    let media = app.store.media(member.project.id, sample).await?;
    let hash = media.or_not_found(|| absent(sample))?;
    let sent = viewing::whole(&app, &member.project, sample, &hash).await?;
    // A rendition for browsers has other content than the file.
    let tag = if sent.part == ORIGINAL { hash.clone() } else { format!("{hash}-seen") };
    kept(&app, &asked, sent, &hash, &tag).await
}

/// `GET /media/{slug}/{sample}/thumb`
pub async fn thumb(
    State(app): State<App>,
    member: Member,
    asked: PartRequest,
    Path((_, sample)): Path<(String, SampleId)>,
) -> Result<Response<Body>, WebError> {
    let media = app.store.media(member.project.id, sample).await?;
    let hash = media.or_not_found(|| absent(sample))?;
    let sent = viewing::card(&app, &member.project, sample, &hash).await?;
    kept(&app, &asked, sent, &hash, &format!("{hash}-thumb")).await
}

/// How a page shows a picture.
#[derive(Debug, Clone, PartialEq, serde::Serialize, utoipa::ToSchema)]
pub struct View {
    /// The picture itself; above 8 megapixels a smaller one that fits a screen.
    pub url: String,
    /// Pixels of the picture itself.
    pub width: i64,
    pub height: i64,
    /// The tiles of a large picture.
    pub tiles: Option<Tiles>,
    /// The beginning of a text, on one line.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub excerpt: Option<String>,
}

/// A large picture in tiles. On level `l` it is halved `l` times.
#[derive(Debug, Clone, PartialEq, serde::Serialize, utoipa::ToSchema)]
pub struct Tiles {
    /// A tile is at this address followed by `/{level}/{column}/{row}`.
    pub url: String,
    /// Side of a tile in pixels.
    pub size: u32,
    /// Levels from 0, the picture itself, to the one before what fits a screen.
    pub levels: u32,
}

impl View {
    pub fn new(project: &Project, sample: SampleId, facts: &Facts) -> Self {
        let (width, height) = facts.pixels().unwrap_or_default();
        let base = url(&project.slug, sample);
        let pyramid = viewing::pyramid(width, height);
        let large = pyramid.is_large() && pyramid.levels() > 0;
        let tiles =
            large.then(|| Tiles { url: format!("{base}/tiles"), size: pyramid::TILE, levels: pyramid.levels() });
        Self {
            url: if large { format!("{base}/fit") } else { base },
            width,
            height,
            tiles,
            excerpt: facts.excerpt().map(str::to_owned),
        }
    }
}

/// `GET /media/{slug}/{sample}/fit`
pub async fn fit(
    State(app): State<App>,
    member: Member,
    asked: PartRequest,
    Path((_, sample)): Path<(String, SampleId)>,
) -> Result<Response<Body>, WebError> {
    let sample = app.store.sample(member.project.id, sample).await?.or_not_found(|| absent(sample))?;
    let sent = viewing::fit(&app, &member.project, &sample).await?;
    kept(&app, &asked, sent, &sample.hash, &format!("{}-fit", sample.hash)).await
}

/// `GET /media/{slug}/{sample}/tiles/{level}/{column}/{row}`
pub async fn tile(
    State(app): State<App>,
    member: Member,
    Path((_, sample, level, column, row)): Path<(String, SampleId, u32, u32, u32)>,
) -> Result<Response<Body>, WebError> {
    let found = app.store.sample(member.project.id, sample).await?.or_not_found(|| absent(sample))?;
    let tile = viewing::tile(&app, &member.project, &found, (level, column, row)).await?;
    let tile = tile.or_not_found(|| format!("sample {sample} has no tile {level}/{column}/{row}"))?;
    let mut response = Response::new(Body::from(tile));
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("image/jpeg"));
    response.headers_mut().insert(CACHE_CONTROL, KEEP);
    Ok(response)
}

fn absent(sample: SampleId) -> String {
    format!("there is no sample {sample} in this project")
}

/// A response that browsers may cache.
async fn kept(app: &App, asked: &PartRequest, sent: Sent, hash: &str, tag: &str) -> Result<Response<Body>, WebError> {
    let mut response = files::send(asked, &app.blobs.as_file(sent.part, hash), sent.media_type, tag).await?;
    response.headers_mut().insert(CACHE_CONTROL, KEEP);
    Ok(response)
}
