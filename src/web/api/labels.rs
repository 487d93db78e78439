//! Labels in bulk for programs: for samples by number, by content or by name, from a named source.

use axum::extract::State;

use super::imports::ImportRun;
use crate::domain::{ClassId, ImportId, Role, SampleId};
use crate::service::App;
use crate::service::exchange::sent_labels::{self, SentLabel, SentLabels, WhichClass, WhichSample};
use crate::web::frame::error::{OrNotFound as _, WebError};
use crate::web::frame::extract::{Json, Member};

/// Labels to store.
#[derive(Debug, serde::Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewLabels {
    /// Where they come from, for people: a file, a model, a colleague.
    #[schema(min_length = 1, max_length = 100, pattern = r"\S")]
    pub source: String,
    /// Whether labels that earlier imports gave are replaced. Answers of people never are.
    #[serde(default)]
    pub relabel: bool,
    /// 1 to 5000 labels.
    #[schema(min_items = 1, max_items = 5000)]
    pub labels: Vec<NewLabel>,
}

/// One label. Name the sample by one of `sample`, `sha256` and `name`, and what it shows by `class` or `classes`.
#[derive(Debug, serde::Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewLabel {
    #[serde(default)]
    pub sample: Option<SampleId>,
    /// SHA-256 of its file, as 64 hexadecimal digits.
    #[serde(default)]
    pub sha256: Option<String>,
    /// The name it was imported under, with its folders.
    #[serde(default)]
    pub name: Option<String>,
    #[serde(default)]
    pub class: Option<ClassOrName>,
    /// Instead of `class` in projects with any number of classes per sample; an empty list: none of these.
    #[serde(default)]
    pub classes: Option<Vec<ClassOrName>>,
}

/// A class by its number, or by its name.
#[derive(Debug, serde::Deserialize, utoipa::ToSchema)]
#[serde(untagged)]
pub enum ClassOrName {
    Number(ClassId),
    Name(String),
}

impl From<ClassOrName> for WhichClass {
    fn from(class: ClassOrName) -> Self {
        match class {
            ClassOrName::Number(id) => Self::Number(id),
            ClassOrName::Name(name) => Self::Name(name),
        }
    }
}

impl NewLabel {
    fn read(self) -> Result<SentLabel, WebError> {
        let refuse = |message| WebError::unprocessable("bad_label", message);
        let sample = match (self.sample, self.sha256, self.name) {
            (Some(id), None, None) => WhichSample::Number(id),
            (None, Some(hash), None) => WhichSample::Sha256(hash.to_ascii_lowercase()),
            (None, None, Some(name)) => WhichSample::Name(name),
            _ => return Err(refuse("a label names its sample by one of `sample`, `sha256` and `name`")),
        };
        let classes = match (self.class, self.classes) {
            (Some(class), None) => vec![class.into()],
            (None, Some(classes)) => classes.into_iter().map(WhichClass::from).collect(),
            _ => return Err(refuse("a label says what its sample shows by one of `class` and `classes`")),
        };
        Ok(SentLabel { sample, classes })
    }
}

/// Store labels for samples that are there, as an import without files: it stays in the list of imports, and says what became of
/// each label. Sent again, the same labels change nothing.
#[utoipa::path(post, path = "/api/v1/projects/{slug}/labels", tag = "samples", params(("slug" = String, Path)), request_body = NewLabels,
    responses((status = 200, body = ImportRun, description = "stored; labels of unknown samples are among the refused"),
        (status = 403, description = "needs the role lead"),
        (status = 422, description = "no label or too many, an unknown or retired class; nothing is stored")))]
pub async fn create(
    State(app): State<App>,
    member: Member,
    Json(new): Json<NewLabels>,
) -> Result<Json<ImportRun>, WebError> {
    member.require(Role::Lead)?;
    let labels = new.labels.into_iter().map(NewLabel::read).collect::<Result<_, _>>()?;
    let sent = SentLabels { source: new.source, relabel: new.relabel, labels };
    let import = sent_labels::take(&app, &member.project, member.account.id, sent).await?;
    reported(&app, &member, import).await
}

async fn reported(app: &App, member: &Member, import: ImportId) -> Result<Json<ImportRun>, WebError> {
    let row = app.store.import(member.project.id, import).await?;
    let row = row.or_not_found(|| format!("there is no import {import} in this project"))?;
    Ok(Json(ImportRun::new(&member.project.slug, row)))
}
