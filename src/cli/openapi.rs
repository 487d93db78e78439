//! `querist openapi`: the description of the API, for programs that make clients of it.

use clap::Args;

use crate::web::api::openapi;

/// Print the `OpenAPI` description of the API, as `/api/v1/openapi.json` of a server says it.
#[derive(Debug, Args)]
pub struct OpenApi {}

impl OpenApi {
    pub fn run() {
        super::print_json(openapi::described());
    }
}
