//! The map for programs and for its page's scripts: its state, its points, and what is done with a part of it.

use axum::extract::State;
use axum::http::StatusCode;

use super::rounds::Accepted;
use crate::domain::{ClassId, JobStatus, Role, SampleId, job};
use crate::service::App;
use crate::service::map::colouring::{self, ColourBy};
use crate::service::map::selecting::{self, AskedNext, MapPart};
use crate::service::map::{self, MapKind};
use crate::web::frame::answers;
use crate::web::frame::error::{OrNotFound as _, WebError};
use crate::web::frame::extract::{Json, Member, Query};
use crate::web::frame::filters::group;
use crate::web::frame::maps::{self, LegendEntry};
use crate::web::frame::notes;
use crate::web::pages::media;

/// The work on a map.
#[derive(Debug, serde::Serialize, utoipa::ToSchema)]
pub struct MapWork {
    /// `queued`, `running` or `failed`.
    #[schema(value_type = String)]
    pub state: JobStatus,
    pub percent: Option<i64>,
    /// What it is at, or why it failed.
    pub about: String,
}

/// A map, without its points.
#[derive(Debug, serde::Serialize, utoipa::ToSchema)]
pub struct MapState {
    /// Changes whenever a sample or its place does; absent while nothing is encoded.
    pub version: Option<String>,
    pub kind: Option<MapKind>,
    /// How far samples that are near each other on the map are alike, 0 to 1.
    pub trust: Option<f64>,
    /// Samples on the map; the audit set is left out.
    pub samples: usize,
    /// Whether it should be arranged: never done, or the pool has grown by a tenth since.
    pub due: bool,
    /// Absent when there is none under way.
    pub work: Option<MapWork>,
}

impl MapState {
    pub(in crate::web) async fn of(app: &App, member: &Member) -> Result<Self, WebError> {
        let map = app.maps.of(app, &member.project).await?;
        let job = app.store.latest_job(member.project.id, &job::MAP).await?;
        let job = job.filter(|job| job.is_open() || job.failed());
        let failed = job.as_ref().is_some_and(crate::store::jobs::Job::failed);
        Ok(Self {
            version: map.as_ref().map(|map| map.version.clone()),
            kind: map.as_ref().map(|map| map.kind),
            trust: map.as_ref().and_then(|map| map.trust),
            samples: map.as_ref().map_or(0, |map| map.ids.len()),
            // What has failed is not asked for again by itself.
            due: map.is_some_and(|map| map.due) && !failed,
            work: job.map(|job| MapWork {
                state: job.state,
                percent: job.percent(),
                about: notes::note(member.language(), &job.note),
            }),
        })
    }
}

/// A project's map, without its points.
#[utoipa::path(get, path = "/api/v1/projects/{slug}/map", tag = "map", params(("slug" = String, Path)),
    responses((status = 200, body = MapState), (status = 403, description = "needs the role lead")))]
pub async fn show(State(app): State<App>, member: Member) -> Result<Json<MapState>, WebError> {
    member.require(Role::Lead)?;
    Ok(Json(MapState::of(&app, &member).await?))
}

/// Arrange the map now. A request that is already waiting is reused.
#[utoipa::path(post, path = "/api/v1/projects/{slug}/map", tag = "map", params(("slug" = String, Path)),
    responses((status = 202, body = Accepted), (status = 403, description = "needs the role lead")))]
pub async fn arrange(State(app): State<App>, member: Member) -> Result<(StatusCode, Json<Accepted>), WebError> {
    member.require(Role::Lead)?;
    let job = map::request(&app, &member.project).await?;
    Ok((StatusCode::ACCEPTED, Json(Accepted { job })))
}

/// What the points are coloured by, and which are shown.
#[derive(Debug, Clone, Default, serde::Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct MapQuery {
    /// `label`, `prediction`, `doubt`, `state`, `import`, `round` or `metadata`.
    #[serde(default)]
    #[param(inline)]
    pub by: ColourBy,
    /// The column, with `by=metadata`.
    #[serde(default)]
    pub column: Option<String>,
    /// Only samples with this value: `column=value`.
    #[serde(default)]
    pub only: Option<String>,
}

/// A map with its points: the lists have an item for each.
#[derive(Debug, serde::Serialize, utoipa::ToSchema)]
pub struct MapPoints {
    pub version: String,
    pub samples: Vec<SampleId>,
    /// In 65536ths of the map's width.
    pub x: Vec<u16>,
    pub y: Vec<u16>,
    /// The place in `legend`; 255: not shown.
    pub values: Vec<u8>,
    pub legend: Vec<LegendEntry>,
}

/// The points of a map; the audit set is left out.
#[utoipa::path(get, path = "/api/v1/projects/{slug}/map/points", tag = "map", params(("slug" = String, Path), MapQuery),
    responses((status = 200, body = MapPoints), (status = 403, description = "needs the role lead"),
        (status = 404, description = "nothing is encoded, or there is no such column")))]
pub async fn points(
    State(app): State<App>,
    member: Member,
    Query(wanted): Query<MapQuery>,
) -> Result<Json<MapPoints>, WebError> {
    member.require(Role::Lead)?;
    let project = &member.project;
    let map = app.maps.of(&app, project).await?.or_not_found(|| "nothing is encoded yet".to_owned())?;
    let only = selecting::parse_only(wanted.only.as_deref())?;
    let coloured = colouring::coloured(&app, project, &map, wanted.by, wanted.column.as_deref(), &only).await?;
    let classes = app.store.classes(project.id).await?;
    Ok(Json(MapPoints {
        version: map.version.clone(),
        samples: map.ids.clone(),
        x: map.at.iter().map(|at| at[0]).collect(),
        y: map.at.iter().map(|at| at[1]).collect(),
        legend: maps::legend(member.language(), &classes, wanted.by, &coloured),
        values: coloured.values,
    }))
}

/// A part of the map.
#[derive(Debug, serde::Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AreaOfMap {
    /// The corners of a polygon, `x,y x,y …`, 3 to 1000 of them, in 65536ths of the map's width.
    pub area: String,
    /// The map's version that it was drawn on.
    pub version: String,
    /// Only samples with this value: `column=value`.
    #[serde(default)]
    pub only: Option<String>,
}

impl AreaOfMap {
    fn part(&self) -> Result<MapPart, WebError> {
        Ok(MapPart::new(&self.area, &self.version, self.only.as_deref())?)
    }
}

/// What the committee takes samples for.
#[derive(Debug, serde::Serialize, utoipa::ToSchema)]
pub struct Guess {
    pub classes: Vec<ClassId>,
    pub name: String,
    /// The CSS class of its colour.
    pub colour: String,
    pub n: usize,
    /// `n` as a page shows it.
    pub count: String,
}

/// A sample of a selection.
#[derive(Debug, serde::Serialize, utoipa::ToSchema)]
pub struct SelectedSample {
    pub id: SampleId,
    pub href: String,
    pub thumb_url: String,
    /// Its label, or that it has none.
    pub about: String,
    /// The CSS class of its label's colour.
    pub colour: Option<String>,
}

/// What is in a part of the map.
#[derive(Debug, serde::Serialize, utoipa::ToSchema)]
pub struct MapSelection {
    pub samples: usize,
    pub labeled: usize,
    pub skipped: usize,
    pub unlabeled: usize,
    /// The same in words.
    pub title: String,
    pub about: String,
    /// What asking them next is called; absent when none of them waits.
    pub ask: Option<String>,
    /// What the committee takes the unlabeled ones for, the most frequent first.
    pub guesses: Vec<Guess>,
    pub guesses_title: String,
    /// A few of them, the most doubtful first.
    pub first: Vec<SelectedSample>,
    /// How many others there are, in words.
    pub more: Option<String>,
}

/// Look at a part of the map.
#[utoipa::path(post, path = "/api/v1/projects/{slug}/map/selections", tag = "map", request_body = AreaOfMap,
    params(("slug" = String, Path)),
    responses((status = 200, body = MapSelection), (status = 403, description = "needs the role lead"), (status = 404),
        (status = 409, description = "the map has changed since the area was drawn"),
        (status = 422, description = "the area is no polygon")))]
pub async fn select(
    State(app): State<App>,
    member: Member,
    Json(wanted): Json<AreaOfMap>,
) -> Result<Json<MapSelection>, WebError> {
    member.require(Role::Lead)?;
    let (project, language) = (&member.project, member.language());
    let classes = app.store.classes(project.id).await?;
    let found = selecting::look(&app, project, &wanted.part()?).await?;
    let n = found.samples();
    let guess = |(set, n): &(crate::domain::ClassSet, usize)| {
        let said = answers::named(language, &classes, &set.to_vec());
        let colour = said.colours.into_iter().next().unwrap_or_default();
        Guess { classes: set.to_vec(), name: said.text, colour, n: *n, count: group(*n as i64) }
    };
    let first = |sample: &selecting::FirstSample| {
        let said = sample.classes.as_ref().map(|set| answers::named(language, &classes, &set.to_vec()));
        SelectedSample {
            id: sample.id,
            href: format!("/p/{}/samples/{}", project.slug, sample.id),
            thumb_url: media::thumb_url(&project.slug, sample.id),
            about: said.as_ref().map_or_else(|| language.say("samples-unlabeled").into(), |said| said.text.clone()),
            colour: said.and_then(|said| said.colours.into_iter().next()),
        }
    };
    let left = n - found.first.len();
    Ok(Json(MapSelection {
        samples: n,
        labeled: found.labeled,
        skipped: found.skipped,
        unlabeled: found.unlabeled,
        title: language.say("map-selected").with("n", n).into(),
        about: maps::selected(language, &found),
        ask: maps::ask(language, found.unlabeled),
        guesses: found.guesses.iter().map(guess).collect(),
        guesses_title: language.say("map-guesses").with("n", found.unlabeled).into(),
        first: found.first.iter().map(first).collect(),
        more: (left > 0).then(|| language.say("map-more-samples").with("n", group(left as i64)).into()),
    }))
}

/// What came of a wish, in numbers and in words.
#[derive(Debug, serde::Serialize, utoipa::ToSchema)]
pub struct AskedAnswer {
    #[serde(flatten)]
    pub done: AskedNext,
    pub about: String,
}

/// Ask the unlabeled samples of a part before all others: the most doubtful first, near-duplicates once, 500 at a time.
#[utoipa::path(post, path = "/api/v1/projects/{slug}/map/chosen", tag = "map", request_body = AreaOfMap,
    params(("slug" = String, Path)),
    responses((status = 200, body = AskedAnswer), (status = 403, description = "needs the role lead"), (status = 404),
        (status = 409, description = "the map has changed since the area was drawn"),
        (status = 422, description = "the area is no polygon, or nothing in it waits for an answer")))]
pub async fn ask(
    State(app): State<App>,
    member: Member,
    Json(wanted): Json<AreaOfMap>,
) -> Result<Json<AskedAnswer>, WebError> {
    member.require(Role::Lead)?;
    let done = selecting::ask_next(&app, &member.project, member.account.id, &wanted.part()?).await?;
    Ok(Json(AskedAnswer { done, about: maps::asked(member.language(), done) }))
}

/// A tag for a part of the map.
#[derive(Debug, serde::Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TagRequest {
    /// As for a selection.
    pub area: String,
    pub version: String,
    #[serde(default)]
    pub only: Option<String>,
    /// The column of the metadata, at most 64 characters.
    pub column: String,
    /// At most 200 characters.
    pub value: String,
}

/// How many samples have a tag now.
#[derive(Debug, serde::Serialize, utoipa::ToSchema)]
pub struct Tagged {
    pub tagged: usize,
    pub about: String,
}

/// Give the samples of a part a value in a column of their metadata, at most 10,000 at a time.
#[utoipa::path(post, path = "/api/v1/projects/{slug}/map/tags", tag = "map", request_body = TagRequest,
    params(("slug" = String, Path)),
    responses((status = 200, body = Tagged), (status = 403, description = "needs the role lead"), (status = 404),
        (status = 409, description = "the map has changed since the area was drawn"),
        (status = 422, description = "the area is no polygon, the tag is no name, or there are too many samples")))]
pub async fn tag(
    State(app): State<App>,
    member: Member,
    Json(wanted): Json<TagRequest>,
) -> Result<Json<Tagged>, WebError> {
    member.require(Role::Lead)?;
    let part = MapPart::new(&wanted.area, &wanted.version, wanted.only.as_deref())?;
    let tagged = selecting::tag(&app, &member.project, &part, &wanted.column, &wanted.value).await?;
    let text = member.language().say("map-tagged").with("n", tagged);
    let about = text.with("column", wanted.column.trim()).with("value", wanted.value.trim()).into();
    Ok(Json(Tagged { tagged, about }))
}
