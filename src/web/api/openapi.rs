//! The description of the API, made from the handlers themselves and finished by rules that hold for all of them.
//!
//! **Invariant:** an operation cannot forget what holds for all of them: its id is made from its address, each response
//! has a description, and errors have the one form that [`Problem`] describes. Constraints beyond a type's fields are
//! declared at the type; names known only at run time are filled in by [`names`].

use std::sync::LazyLock;

use axum::response::{IntoResponse as _, Response};
use serde_json::{Map, Value, json};
use utoipa::OpenApi as _;
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa_axum::router::OpenApiRouter;

use crate::modality::image::augment::Augmentation;
use crate::query::Strategy;
use crate::web::frame::extract::Json;

#[derive(utoipa::OpenApi)]
#[openapi(
    info(title = "Querist", description = "Active-learning labeling: lease a sample, answer it, follow what the labels buy."),
    components(schemas(Problem, crate::service::desk::listing::Order, crate::store::listing::SampleState)),
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

/// The form of every error.
#[derive(Debug, serde::Serialize, utoipa::ToSchema)]
#[schema(as = Error)]
pub struct Problem {
    pub error: What,
}

/// What went wrong, for programs and for people.
#[derive(Debug, serde::Serialize, utoipa::ToSchema)]
#[schema(as = ErrorDetail)]
pub struct What {
    /// For programs, for example `lease_over`.
    pub code: String,
    /// For people: what is wrong.
    pub message: String,
    /// For people: what to do now. May be empty.
    pub hint: String,
}

/// The meaning of a status where no specific description is given.
const MEANINGS: &[(&str, &str)] = &[
    ("200", "done"),
    ("201", "made"),
    ("202", "asked for; it is done in the background"),
    ("204", "done"),
    ("400", "the body cannot be read as what it is said to be"),
    ("401", "no token was sent, or one that does not count"),
    ("403", "the role in the project is not enough"),
    ("404", "not there, or not for the caller"),
    ("408", "it took too long"),
    ("409", "right in itself, but not in the present state"),
    ("413", "the body is too large"),
    ("415", "the body is of another content type"),
    ("422", "a field, a parameter or its value is refused; the message says which, and what to send"),
    ("500", "something went wrong on the server"),
    ("503", "busy; try again after the seconds that `Retry-After` says"),
];
/// Statuses that any operation may answer with.
const ALWAYS: &[&str] = &["401", "403", "408", "500", "503"];
/// ... and further ones for operations with a body.
const WITH_BODY: &[&str] = &["400", "413", "415", "422"];
const METHODS: &[&str] = &["get", "put", "post", "patch", "delete"];

static DESCRIBED: LazyLock<Value> = LazyLock::new(|| {
    let all = OpenApiRouter::with_openapi(Api::openapi());
    let all = all.merge(super::routes()).merge(super::slow_routes()).merge(super::large_routes());
    finish(json!(all.into_openapi()))
});

/// The description as JSON.
pub fn described() -> &'static Value {
    &DESCRIBED
}

/// `GET /api/v1/openapi.json`
pub async fn show() -> Response {
    Json(described()).into_response()
}

fn finish(mut api: Value) -> Value {
    for (path, item) in objects(&mut api["paths"]) {
        for (method, operation) in objects(item).filter(|(method, _)| METHODS.contains(&method.as_str())) {
            finish_operation(path, method, operation);
        }
    }
    tuples(&mut api);
    for (at, value) in names() {
        if let Some(place) = api.pointer_mut(at) {
            *place = value;
        }
    }
    api
}

fn objects(value: &mut Value) -> impl Iterator<Item = (&String, &mut Value)> {
    value.as_object_mut().into_iter().flat_map(Map::iter_mut)
}

fn finish_operation(path: &str, method: &str, operation: &mut Value) {
    let function = operation["operationId"].as_str().unwrap_or(method).to_owned();
    operation["operationId"] = json!(operation_id(path, &function));
    let has_body = operation.get("requestBody").is_some();
    let has_parameters =
        operation["parameters"].as_array().is_some_and(|all| all.iter().any(|one| one["in"] == "query"));
    let mut statuses = ALWAYS.to_vec();
    if has_body {
        statuses.extend(WITH_BODY);
    }
    if has_parameters {
        statuses.push("422");
    }
    if path.contains('{') {
        statuses.push("404");
    }
    if method != "get" {
        statuses.push("409");
    }
    for parameter in operation.get_mut("parameters").and_then(Value::as_array_mut).into_iter().flatten() {
        finish_parameter(parameter);
    }
    let Some(responses) = operation["responses"].as_object_mut() else { return };
    for status in statuses {
        responses.entry(status).or_insert_with(|| json!({}));
    }
    for (status, response) in responses.iter_mut() {
        if response["description"].as_str().is_none_or(str::is_empty) {
            let meaning = MEANINGS.iter().find(|(known, _)| known == status).map_or("", |(_, meaning)| meaning);
            response["description"] = json!(meaning);
        }
        if status.starts_with(['4', '5']) {
            response["content"] = json!({ "application/json": { "schema": { "$ref": "#/components/schemas/Error" } } });
        }
        if status == "503" {
            response["headers"] =
                json!({ "Retry-After": { "description": "seconds", "schema": { "type": "integer" } } });
        }
    }
}

/// The words of the address and the action: `POST …/rounds/{number}/pin` by `pin` is `rounds_pin`.
fn operation_id(path: &str, function: &str) -> String {
    let inside = path.trim_start_matches("/api/v1").trim_start_matches("/projects").trim_start_matches("/{slug}");
    let words = inside.split('/').filter(|word| !word.is_empty() && !word.starts_with('{'));
    let mut words: Vec<String> = words.map(|word| word.replace(['-', '.'], "_")).collect();
    if words.is_empty() {
        words.push(if path.contains('{') { "project" } else { "projects" }.to_owned());
    }
    if words.last().is_none_or(|last| last != function) {
        words.push(function.to_owned());
    }
    words.join("_")
}

fn finish_parameter(parameter: &mut Value) {
    let about = match (parameter["in"].as_str(), parameter["name"].as_str()) {
        (Some("path"), Some("slug")) => "the project",
        (Some("path"), Some("number")) => "the number of a round",
        (Some("path"), Some("lease")) => "a lease, as it was handed out",
        (Some("path"), Some("sample")) => "the number of a sample",
        (Some("path"), Some("job")) => "the number of a job",
        (Some("path"), Some("id")) => "the id of what the address names",
        _ => return,
    };
    if parameter["description"].as_str().is_none_or(str::is_empty) {
        parameter["description"] = json!(about);
    }
}

/// Fixed-length arrays as client generators understand them: this many items, each of one of these types.
fn tuples(value: &mut Value) {
    match value {
        Value::Object(object) => {
            if let Some(Value::Array(kinds)) = object.remove("prefixItems") {
                let n = kinds.len();
                let mut different: Vec<Value> = Vec::new();
                for kind in kinds {
                    if !different.contains(&kind) {
                        different.push(kind);
                    }
                }
                let items = if different.len() == 1 { different.remove(0) } else { json!({ "oneOf": different }) };
                object.insert("items".to_owned(), items);
                object.insert("minItems".to_owned(), json!(n));
                object.insert("maxItems".to_owned(), json!(n));
            }
            object.values_mut().for_each(tuples);
        }
        Value::Array(all) => all.iter_mut().for_each(tuples),
        _ => {}
    }
}

/// Names taken from lists in the program, and where they are used.
fn names() -> Vec<(&'static str, Value)> {
    let all: Vec<String> = Strategy::all().map(|strategy| strategy.to_string()).collect();
    let kinds: Vec<String> = Augmentation::ALL.iter().map(ToString::to_string).collect();
    vec![
        (
            "/components/schemas/NewReplay/properties/strategies/items",
            json!({ "type": "string", "enum": all, "description": "A strategy." }),
        ),
        (
            "/components/schemas/NewProject/properties/strategy",
            json!({ "type": ["string", "null"], "enum": all.iter().map(Some).chain([None]).collect::<Vec<_>>(),
                "description": "What chooses the samples to ask, see `querist strategies`; by default the one that suits the task." }),
        ),
        (
            "/components/schemas/AugmentationChoice/properties/kinds/items",
            json!({ "type": "string", "enum": kinds, "description": "A change of a picture that keeps its label." }),
        ),
        (
            "/components/schemas/NewProject/properties/augmentations/items",
            json!({ "type": "string", "enum": kinds, "description": "A change of a picture that keeps its label." }),
        ),
        (
            "/components/schemas/NewProject/properties/classes/items",
            json!({ "type": "string", "minLength": 1, "maxLength": 100, "pattern": r"\S" }),
        ),
        (
            "/components/schemas/NewClasses/properties/names/items",
            json!({ "type": "string", "minLength": 1, "maxLength": 100, "pattern": r"\S" }),
        ),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_says_where_and_what() {
        let project = "/api/v1/projects/{slug}";
        for (path, function, id) in [
            ("/api/v1/projects".to_owned(), "list", "projects_list"),
            (project.to_owned(), "show", "project_show"),
            ("/api/v1/people/{id}/role".to_owned(), "set_role", "people_role_set_role"),
            (format!("{project}/annotations/{{id}}"), "undo", "annotations_undo"),
            (format!("{project}/rounds/{{number}}/pin"), "pin", "rounds_pin"),
            (format!("{project}/rounds/{{number}}/pin"), "unpin", "rounds_pin_unpin"),
            (format!("{project}/rounds/{{number}}/model.onnx"), "download", "rounds_model_onnx_download"),
        ] {
            assert_eq!(operation_id(&path, function), id);
        }
    }

    #[test]
    fn a_tuple_is_an_array_of_so_many() {
        let mut pair =
            json!({ "type": "array", "items": false, "prefixItems": [{ "type": "string" }, { "type": "integer" }] });
        tuples(&mut pair);
        let meant = json!({ "type": "array", "minItems": 2, "maxItems": 2,
            "items": { "oneOf": [{ "type": "string" }, { "type": "integer" }] } });
        assert_eq!(pair, meant);
    }
}
