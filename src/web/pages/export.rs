//! The export page: labeled datasets and the model, each with its receipt.

use std::str::FromStr;

use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};

use crate::dataset::export::Format;
use crate::domain::{Class, Project, Role, SampleId, SnapshotId};
use crate::service::App;
use crate::service::exchange::exporting::{self, AuditPart, Differences, ExportOptions, Manifest};
use crate::service::map::columns::Column;
use crate::store::jobs::Job;
use crate::store::rounds::RoundStatus;
use crate::web::api::snapshots;
use crate::web::frame::error::WebError;
use crate::web::frame::extract::{Form, Member, Query};
use crate::web::frame::filters::{ago, group, in_units};
use crate::web::frame::going;
use crate::web::frame::htmx::Hx;
use crate::web::frame::names;
use crate::web::frame::notes;
use crate::web::frame::shell::{Shell, Tab};
use crate::web::page;
use crate::web::pages::model::Models;

const SHOWN: i64 = 30;
/// Values of a column, and rounds, that the filters offer; programs may ask for any.
const MOST_VALUES: usize = 50;
const MOST_ROUNDS: i64 = 100;

/// Splits that the page offers: as the API spells them, and the percentages of the training part and of each of the others.
const SPLITS: [(&str, i64, i64); 3] = [("0.8,0.1,0.1", 80, 10), ("0.7,0.15,0.15", 70, 15), ("0.6,0.2,0.2", 60, 20)];

struct Row {
    id: SnapshotId,
    name: String,
    format: String,
    age: String,
    labels: String,
    size: String,
    sha256: String,
    href: Option<String>,
    /// Where its manifest is.
    manifest: String,
    /// Where its data card is.
    card: String,
    /// Samples that are not in it.
    excluded: String,
    /// Where it is compared with the one before.
    differences: Option<String>,
    /// Of the work that writes it.
    percent: Option<i64>,
    /// Why there is nothing to fetch yet, or ever.
    state: String,
    failed: bool,
}

#[derive(Template)]
#[template(path = "export.html")]
struct ExportPage {
    shell: Shell,
    slug: String,
    labeled: i64,
    /// Name and title of each format that can hold the labels.
    formats: Vec<(&'static str, String)>,
    splits: [(&'static str, i64, i64); 3],
    choices: Choices,
    rows: Vec<Row>,
    models: Models,
}

/// What the filters offer.
struct Choices {
    classes: Vec<Class>,
    annotators: Vec<String>,
    /// Numbers of finished rounds, newest first.
    rounds: Vec<i64>,
    /// Metadata columns with their most frequent values.
    columns: Vec<(String, Vec<String>)>,
}

impl Choices {
    async fn load(app: &App, project: &Project) -> Result<Self, WebError> {
        let columns = app.maps.columns(app, project).await?;
        let of = |column: &Column| {
            let values = column.values.iter().take(MOST_VALUES).map(|(value, _)| value.clone());
            (column.name.clone(), values.collect())
        };
        let rounds = app.store.rounds(project.id, i64::MAX, MOST_ROUNDS).await?;
        let finished = rounds.into_iter().filter(|round| round.state == RoundStatus::Finished);
        Ok(Self {
            classes: app.store.classes(project.id).await?,
            annotators: app.store.annotators(project.id).await?,
            rounds: finished.map(|round| round.number).collect(),
            columns: columns.all().iter().map(of).collect(),
        })
    }
}

/// The models alone.
#[derive(Template)]
#[template(path = "export.html", block = "model")]
struct ModelPart {
    shell: Shell,
    slug: String,
    models: Models,
}

/// The snapshots alone.
#[derive(Template)]
#[template(path = "export.html", block = "snapshots")]
struct SnapshotsPart {
    shell: Shell,
    rows: Vec<Row>,
}

/// The page's query.
#[derive(Debug, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExportQuery {
    /// A round whose model is wanted.
    #[serde(default)]
    round: Option<i64>,
}

/// `GET /p/{slug}/export`
pub async fn show(
    State(app): State<App>,
    member: Member,
    hx: Hx,
    Query(shown): Query<ExportQuery>,
) -> Result<Response, WebError> {
    member.require(Role::Lead)?;
    let (project, language) = (&member.project, member.language());
    let (shell, slug) = (Shell::project(&member, Tab::Export), project.slug.clone());
    if hx.wants("snapshots") {
        return page(&SnapshotsPart { shell, rows: rows(&app, &member).await? });
    }
    let models = Models::load(&app, language, project, shown.round).await?;
    if hx.wants("model") {
        return page(&ModelPart { shell, slug, models });
    }
    page(&ExportPage {
        shell,
        slug,
        labeled: app.store.tally(project.id).await?.labeled,
        formats: exporting::formats(project).iter().map(|one| (one.name, names::format(language, one))).collect(),
        splits: SPLITS,
        choices: Choices::load(&app, project).await?,
        rows: rows(&app, &member).await?,
        models,
    })
}

/// The newest snapshots.
async fn rows(app: &App, member: &Member) -> Result<Vec<Row>, WebError> {
    let (project, language, now) = (&member.project, member.language(), app.clock.now());
    let mut rows: Vec<Row> = Vec::new();
    for snapshot in app.store.snapshots(project.id, SHOWN).await? {
        let job = app.store.job(snapshot.job_id).await?;
        let manifest: Option<Manifest> = snapshot.manifest.as_deref().and_then(|text| serde_json::from_str(text).ok());
        let excluded = manifest.as_ref().map(|manifest| manifest.excluded.iter().map(|of| of.count).sum::<u64>());
        let address = format!("/api/v1/projects/{}/snapshots/{}", project.slug, snapshot.id);
        // Rows come newest first: the one above is compared with this one.
        if let Some(later) = rows.last_mut().filter(|later| later.href.is_some() && snapshot.file.is_some()) {
            let query = format!("from={}&to={}", snapshot.id, later.id);
            later.differences = Some(format!("/p/{}/export/differences?{query}", project.slug));
        }
        rows.push(Row {
            id: snapshot.id,
            name: snapshot.name,
            format: snapshot.format,
            age: ago(language, now.seconds_since(snapshot.created_us)),
            labels: manifest.map(|manifest| group(manifest.written as i64)).unwrap_or_default(),
            excluded: excluded.map(|n| group(n as i64)).unwrap_or_default(),
            size: snapshot.size_bytes.map(|size| in_units(language, size)).unwrap_or_default(),
            sha256: snapshot.sha256.unwrap_or_default(),
            href: snapshot.file.map(|_| format!("{address}/download")),
            card: format!("{address}/card.md"),
            manifest: address,
            differences: None,
            failed: job.as_ref().is_some_and(Job::failed),
            percent: job.as_ref().filter(|job| job.is_open()).and_then(Job::percent),
            state: job
                .map(|job| {
                    if job.failed() {
                        notes::note(language, &job.note)
                    } else {
                        names::state(language, job.state.as_str())
                    }
                })
                .unwrap_or_default(),
        });
    }
    Ok(rows)
}

/// `GET /p/{slug}/export/differences`
pub async fn differences(
    State(app): State<App>,
    member: Member,
    Query(two): Query<TwoSnapshots>,
) -> Result<Response, WebError> {
    member.require(Role::Lead)?;
    let found = exporting::differences(&app, &member.project, two.from, two.to).await?;
    let task = member.project.task;
    let shown = |ids: &[SampleId]| ids.iter().take(SHOWN_SAMPLES).copied().collect();
    let lists = [
        ("export-added", found.added, shown(&found.samples.added)),
        ("export-removed", found.removed, shown(&found.samples.removed)),
        ("export-relabeled", found.relabeled, shown(&found.samples.relabeled)),
    ];
    page(&DifferencesPage {
        shell: Shell::page(&member, member.language().say("export-differences"), Some(Tab::Export)),
        slug: member.project.slug.clone(),
        json: format!(
            "/api/v1/projects/{}/snapshots/{}/differences?from={}",
            member.project.slug, found.to, found.from
        ),
        none: if task.none_key().is_some() {
            member.language().say("export-none-of-them").into()
        } else {
            String::new()
        },
        lists,
        found,
    })
}

/// Samples that each list of differences shows.
const SHOWN_SAMPLES: usize = 60;

#[derive(Template)]
#[template(path = "export_differences.html")]
struct DifferencesPage {
    shell: Shell,
    slug: String,
    json: String,
    /// What an empty set of classes is called.
    none: String,
    /// Title, number of samples, and the first of them.
    lists: [(&'static str, usize, Vec<SampleId>); 3],
    found: Differences,
}

/// Which exports to compare.
#[derive(Debug, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TwoSnapshots {
    from: SnapshotId,
    to: SnapshotId,
}

/// The fields of the form.
#[derive(Default)]
struct SnapshotForm {
    name: Option<String>,
    format: Option<&'static Format>,
    options: ExportOptions,
    split: Option<String>,
}

impl SnapshotForm {
    /// From the form's fields, of which a class may be there several times. Empty ones are choices that were not made.
    fn read(fields: Vec<(String, String)>) -> Result<Self, WebError> {
        fn parsed<T: FromStr>(name: &str, value: &str) -> Result<T, WebError> {
            let refuse =
                || WebError::unprocessable("bad_field", format!("`{name}` is `{value}`, which cannot be read"));
            value.parse().map_err(|_| refuse())
        }
        let mut form = Self::default();
        for (name, value) in fields {
            let value = value.trim();
            if value.is_empty() && name != "format" {
                continue;
            }
            let text = || Some(value.to_owned());
            let options = &mut form.options;
            match name.as_str() {
                "name" => form.name = text(),
                "format" => {
                    let format = Format::named(value);
                    let message = || format!("there is no format `{value}`");
                    form.format = Some(format.ok_or_else(|| WebError::unprocessable("bad_field", message()))?);
                }
                "votes" => options.votes = true,
                "with_predictions" => options.with_predictions = true,
                "skipped" => options.skipped = true,
                "flags" => options.flags = true,
                "metadata" => options.metadata = true,
                "audit" => {
                    options.audit = match value {
                        "with" => AuditPart::With,
                        "only" => AuditPart::Only,
                        "without" => AuditPart::Without,
                        _ => return Err(WebError::unprocessable("bad_field", format!("`audit` is `{value}`"))),
                    }
                }
                "class" => options.only.classes.push(value.to_owned()),
                "annotator" => options.only.annotator = text(),
                "since" => options.only.since = text(),
                "until" => options.only.until = text(),
                "round" => options.only.round = Some(parsed(&name, value)?),
                "where" => options.only.metadata = text(),
                "agreement" => options.only.agreement = Some(parsed(&name, value)?),
                "people" => options.only.people = Some(parsed(&name, value)?),
                "trained_in" => options.trained_in = Some(parsed(&name, value)?),
                "split" => form.split = text(),
                "group_by" => options.group_by = text(),
                "seed" => options.seed = parsed(&name, value)?,
                _ => return Err(WebError::unprocessable("bad_field", format!("there is no field `{name}`"))),
            }
        }
        Ok(form)
    }
}

/// `POST /p/{slug}/export`
pub async fn create(
    State(app): State<App>,
    member: Member,
    Form(fields): Form<Vec<(String, String)>>,
) -> Result<Response, WebError> {
    member.require(Role::Lead)?;
    let SnapshotForm { name, format, options, split } = SnapshotForm::read(fields)?;
    let format = format.ok_or_else(|| WebError::unprocessable("bad_field", "`format` is missing"))?;
    let options = ExportOptions { split: snapshots::shares(split.as_deref())?, ..options };
    snapshots::request(&app, &member, name.as_deref(), format, &options).await?;
    Ok(going::to(&format!("/p/{}/export", member.project.slug)).into_response())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::service::exchange::exporting::ExportFilter;

    fn read(fields: &[(&str, &str)]) -> Result<SnapshotForm, WebError> {
        SnapshotForm::read(fields.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect())
    }

    #[test]
    fn a_form_names_classes_more_than_once_and_leaves_out_what_was_not_chosen() {
        let form = read(&[
            ("format", "tsv"),
            ("name", ""),
            ("class", "cat"),
            ("class", "dog"),
            ("since", ""),
            ("agreement", "0.75"),
            ("audit", "only"),
            ("skipped", "yes"),
        ]);
        let form = form.unwrap();
        assert_eq!((form.format.unwrap().name, form.name), ("tsv", None));
        let only = ExportFilter {
            classes: vec!["cat".to_owned(), "dog".to_owned()],
            agreement: Some(0.75),
            ..ExportFilter::default()
        };
        assert_eq!(form.options, ExportOptions { audit: AuditPart::Only, skipped: true, only, ..Default::default() });
        for bad in [[("format", "xml")], [("round", "first")], [("audit", "half")], [("colour", "red")]] {
            assert!(read(&bad).is_err(), "{bad:?}");
        }
    }
}
