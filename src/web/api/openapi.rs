//! The description of the API, made from the handlers themselves.

use axum::response::{IntoResponse as _, Response};
use utoipa::OpenApi as _;
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};

use super::{
    annotations, augmentation, doubts, encoders, flags, groups, imports, keys, leases, models, project, replays,
    rounds, samples, snapshots,
};
use crate::web::extract::Json;

#[derive(utoipa::OpenApi)]
#[openapi(
    info(title = "Querist", description = "Active-learning labeling: lease a sample, answer it, follow what the labels buy."),
    paths(
        leases::create, leases::give_back, annotations::create, annotations::undo,
        groups::create, groups::answer, groups::undo, flags::list, flags::create, flags::reply, flags::seen, flags::done,
        keys::show, keys::choose, keys::restore, project::show, project::create,
        project::add_classes, project::curve, rounds::create, rounds::list, rounds::job, rounds::compare, rounds::pin,
        rounds::unpin, rounds::roll_back, rounds::lift, models::create, models::list, models::download, samples::list,
        samples::import, imports::list, imports::show, imports::report, doubts::list, encoders::list, encoders::choose, augmentation::show, augmentation::choose,
        snapshots::create, snapshots::show, snapshots::list, snapshots::download, replays::create, replays::latest,
        replays::stop,
    ),
    modifiers(&Token),
    security(("token" = [])),
)]
struct Api;

struct Token;

impl utoipa::Modify for Token {
    fn modify(&self, api: &mut utoipa::openapi::OpenApi) {
        let scheme = HttpBuilder::new()
            .scheme(HttpAuthScheme::Bearer)
            .description(Some("An API token: `querist token new`, or the account page."))
            .build();
        api.components.get_or_insert_default().add_security_scheme("token", SecurityScheme::Http(scheme));
    }
}

/// `GET /api/v1/openapi.json`
pub async fn show() -> Response {
    Json(Api::openapi()).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_address_of_the_contract_is_described() {
        let api = Api::openapi();
        for path in [
            "leases",
            "annotations",
            "annotations/{id}",
            "rounds",
            "curve",
            "samples",
            "doubts",
            "encoders",
            "encoder",
            "snapshots",
            "replays",
        ] {
            let path = format!("/api/v1/projects/{{slug}}/{path}");
            assert!(api.paths.paths.contains_key(&path), "{path} is missing");
        }
    }
}
