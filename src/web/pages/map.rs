//! The map page: every sample as a point, and what is done with a part of them.
//!
//! The points come in two parts: where they lie, which browsers keep, and what colours them, which changes with every answer.

use askama::Template;
use axum::extract::State;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE, ETAG, IF_NONE_MATCH};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse as _, Response};

use crate::domain::Role;
use crate::service::App;
use crate::service::map::colouring::{self, ClassOnMap};
use crate::service::map::selecting::{self, MOST_CHOSEN};
use crate::service::map::{self, MapKind};
use crate::web::api::map::{MapQuery, MapState};
use crate::web::frame::error::{OrNotFound as _, WebError};
use crate::web::frame::extract::{Member, Query};
use crate::web::frame::filters::{decimal, group};
use crate::web::frame::going;
use crate::web::frame::maps;
use crate::web::frame::shell::{Shell, Tab};
use crate::web::page;
use crate::web::pages::label::{colour, state_of};

/// Doubtful samples below which the headline does not speak of them.
const LEAST_DOUBTFUL: usize = 10;
/// Classes in the headline, and the share of the doubtful samples that each must hold.
const NAMED: (usize, f64) = (3, 0.12);
/// Values of a column among which the page lets people choose.
const VALUES: usize = 50;

struct ColumnChoice {
    name: String,
    /// What is sent, and what is shown.
    values: Vec<(String, String)>,
}

struct ClassRow {
    name: String,
    colour: String,
    href: String,
    labeled: String,
    predicted: String,
    doubtful: String,
}

#[derive(Template)]
#[template(path = "map.html")]
struct MapPage {
    shell: Shell,
    slug: String,
    lead: bool,
    module: String,
    state: String,
    headline: String,
    image: String,
    kind: Option<MapKind>,
    trust: Option<String>,
    due: bool,
    columns: Vec<ColumnChoice>,
    rows: Vec<ClassRow>,
    most: String,
}

/// `GET /p/{slug}/map`
pub async fn show(State(app): State<App>, member: Member) -> Result<Response, WebError> {
    member.require(Role::Lead)?;
    let (project, language) = (&member.project, member.language());
    let map = app.maps.of(&app, project).await?;
    let state = MapState::of(&app, &member).await?;
    let classes = app.store.classes(project.id).await?;
    let numbers = match &map {
        Some(map) => colouring::in_numbers(&app, project, map).await?,
        None => Vec::new(),
    };
    let name = |class: &ClassOnMap| {
        classes.iter().find(|known| known.id == class.class).map_or("", |known| known.name.as_str())
    };
    let doubted = doubted(&numbers).into_iter().map(name).collect::<Vec<_>>();
    let headline = if doubted.is_empty() {
        language.say("map-headline").with("n", state.samples).to_string()
    } else {
        let names = doubted.join(&language.say("list-comma").to_string());
        language.say("map-headline-doubt").with("classes", names).into()
    };
    let columns = app.maps.columns(&app, project).await?;
    let choice = |column: &map::columns::Column| ColumnChoice {
        name: column.name.clone(),
        values: column
            .values
            .iter()
            .take(VALUES)
            .map(|(value, n)| (format!("{}={value}", column.name), format!("{value} ({})", group(*n as i64))))
            .collect(),
    };
    let row = |(place, class): (usize, &ClassOnMap)| ClassRow {
        name: name(class).to_owned(),
        colour: colour(place),
        href: format!("/p/{}/samples?class={}", project.slug, class.class),
        labeled: group(class.labeled as i64),
        predicted: group(class.predicted as i64),
        doubtful: group(class.doubtful as i64),
    };
    let script = state_of(&member, serde_json::json!({ "map": state, "slug": project.slug }));
    page(&MapPage {
        shell: Shell::page(&member, language.say("map-title"), Some(Tab::Samples)),
        slug: project.slug.clone(),
        lead: member.role >= Role::Lead,
        module: crate::web::frame::assets::module("map/main.js"),
        state: script,
        headline,
        image: language.say("map-image").with("n", state.samples).into(),
        kind: state.kind,
        trust: state.trust.map(|trust| decimal(language, trust, 2)),
        due: state.due,
        columns: columns.all().iter().map(choice).collect(),
        rows: numbers.iter().enumerate().map(row).collect(),
        most: group(MOST_CHOSEN as i64),
    })
}

/// The classes that most doubtful samples are taken for, the most frequent first; none while there are few.
fn doubted(classes: &[ClassOnMap]) -> Vec<&ClassOnMap> {
    let all: usize = classes.iter().map(|class| class.doubtful).sum();
    let mut most: Vec<&ClassOnMap> = classes.iter().collect();
    most.sort_by_key(|class| std::cmp::Reverse(class.doubtful));
    most.retain(|class| all >= LEAST_DOUBTFUL && class.doubtful as f64 >= NAMED.1 * all as f64);
    most.truncate(NAMED.0);
    most
}

/// `POST /p/{slug}/map`: arrange the map, without scripts.
pub async fn arrange(State(app): State<App>, member: Member) -> Result<Response, WebError> {
    member.require(Role::Lead)?;
    map::request(&app, &member.project).await?;
    Ok(going::to(&format!("/p/{}/map", member.project.slug)).into_response())
}

/// The version in an address that browsers may keep.
#[derive(Debug, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Version {
    v: String,
}

/// `GET /p/{slug}/map/points?v=VERSION`: n as u32, then n ids, each as the difference from the one before (u32), n times x (u16) and n
/// times y (u16), little endian.
pub async fn points(
    State(app): State<App>,
    member: Member,
    Query(wanted): Query<Version>,
) -> Result<Response, WebError> {
    member.require(Role::Lead)?;
    let map = app.maps.of(&app, &member.project).await?.or_not_found(|| "nothing is encoded yet".to_owned())?;
    if wanted.v != map.version {
        return Err(WebError::conflict("map_changed", "the map has changed since").hint("Load the page again."));
    }
    let mut body = Vec::with_capacity(4 + map.ids.len() * 8);
    body.extend_from_slice(&(map.ids.len() as u32).to_le_bytes());
    let mut before = 0;
    for id in &map.ids {
        // Ids are given out one after another, for all projects; so many between two of them there never are.
        body.extend_from_slice(&u32::try_from(id.0 - before).unwrap_or(u32::MAX).to_le_bytes());
        before = id.0;
    }
    for axis in 0..2 {
        body.extend(map.at.iter().flat_map(|at| at[axis].to_le_bytes()));
    }
    let headers = [(CONTENT_TYPE, "application/octet-stream"), (CACHE_CONTROL, "private, max-age=31536000, immutable")];
    Ok((headers, body).into_response())
}

/// `GET /p/{slug}/map/values`: the length of a JSON text as u32, little endian, that text (what the values mean), and a byte for each
/// point: its place in the legend, or 255 where it is not shown.
pub async fn values(
    State(app): State<App>,
    member: Member,
    headers: HeaderMap,
    Query(wanted): Query<MapQuery>,
) -> Result<Response, WebError> {
    member.require(Role::Lead)?;
    let (project, language) = (&member.project, member.language());
    let map = app.maps.of(&app, project).await?.or_not_found(|| "nothing is encoded yet".to_owned())?;
    let only = selecting::parse_only(wanted.only.as_deref())?;
    let coloured = colouring::coloured(&app, project, &map, wanted.by, wanted.column.as_deref(), &only).await?;
    let classes = app.store.classes(project.id).await?;
    let meaning = serde_json::json!({
        "version": map.version,
        "legend": maps::legend(language, &classes, wanted.by, &coloured),
        "about": maps::shown(language, &coloured),
    })
    .to_string();
    let mut body = Vec::with_capacity(4 + meaning.len() + coloured.values.len());
    body.extend_from_slice(&(meaning.len() as u32).to_le_bytes());
    body.extend_from_slice(meaning.as_bytes());
    body.extend_from_slice(&coloured.values);
    let tag = format!("\"{:08x}-{}\"", crc32fast::hash(&body), body.len());
    let had =
        headers.get_all(IF_NONE_MATCH).iter().any(|had| had.as_bytes().windows(tag.len()).any(|w| w == tag.as_bytes()));
    let about = [(ETAG, tag.as_str()), (CACHE_CONTROL, "private, no-cache")];
    if had {
        return Ok((StatusCode::NOT_MODIFIED, about).into_response());
    }
    Ok((about, [(CONTENT_TYPE, "application/octet-stream")], body).into_response())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::ClassId;

    #[test]
    fn the_headline_names_the_classes_that_hold_the_doubt() {
        let class = |id, doubtful| ClassOnMap { class: ClassId(id), labeled: 0, predicted: 90, doubtful };
        let all = [class(1, 2), class(2, 30), class(3, 0), class(4, 25), class(5, 20), class(6, 20)];
        assert_eq!(doubted(&all).iter().map(|class| class.class.0).collect::<Vec<_>>(), [2, 4, 5]);
        assert!(doubted(&[class(1, 9)]).is_empty() && doubted(&[]).is_empty());
    }
}
