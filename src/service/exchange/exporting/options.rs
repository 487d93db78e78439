//! What goes into an export, as it is asked for, and the same checked against the project.

use std::collections::{HashMap, HashSet};

use crate::dataset::export::Extra;
use crate::dataset::split::Shares;
use crate::domain::text::folded;
use crate::domain::{ClassId, ClassSet, Modality, Project, SampleId, Timestamp};
use crate::service::{App, ServiceError};
use crate::store::kept_labels::TrainedLabels;
use crate::store::listing::SampleFilter;

/// Samples of the audit set.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize, clap::ValueEnum, utoipa::ToSchema,
)]
#[serde(rename_all = "lowercase")]
pub enum AuditPart {
    /// They are there as well.
    #[default]
    With,
    /// They alone are there.
    Only,
    /// They are left out.
    Without,
}

/// What goes into an export.
#[expect(clippy::struct_excessive_bools, reason = "each is a choice of its own")]
#[derive(Debug, Clone, Default, PartialEq, serde::Serialize, serde::Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ExportOptions {
    /// Include every annotation beside the current label.
    pub votes: bool,
    /// Probabilities beside the label: the committee's, and for samples that train those of heads that did not see their label.
    pub with_predictions: bool,
    /// Include skipped samples, with the reason and what was said about it.
    pub skipped: bool,
    /// Include what was flagged about the samples.
    pub flags: bool,
    /// Include the samples' metadata.
    pub metadata: bool,
    pub audit: AuditPart,
    /// Which samples.
    pub only: ExportFilter,
    /// The labels that this round was trained on, as they were then.
    pub trained_in: Option<i64>,
    /// Shares of train, val and test among the samples outside the audit set, which is a part of its own: `audit`.
    #[schema(value_type = Option<String>)]
    #[serde(with = "shares_as_text")]
    pub split: Option<Shares>,
    /// A metadata column: samples with one value go into one part of the split.
    pub group_by: Option<String>,
    /// Draws the split.
    pub seed: u64,
}

/// Which labels an export takes: those for which all of these hold.
#[derive(Debug, Clone, Default, PartialEq, serde::Serialize, serde::Deserialize, clap::Args, utoipa::ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ExportFilter {
    /// Only labels of this class; more than once for several.
    #[arg(long = "class", value_name = "NAME")]
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub classes: Vec<String>,
    /// Only labels that this person gave.
    #[arg(long, value_name = "NAME")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub annotator: Option<String>,
    /// Only labels given on this day or later (UTC), such as `2026-11-20`.
    #[arg(long, value_name = "DAY")]
    #[schema(example = "2026-11-20")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub since: Option<String>,
    /// Only labels given on this day or earlier (UTC).
    #[arg(long, value_name = "DAY")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub until: Option<String>,
    /// Only labels of samples that this round asked for.
    #[arg(long, value_name = "N")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub round: Option<i64>,
    /// Only samples with this value in this metadata column: `site=north`.
    #[arg(id = "where", long = "where", value_name = "COLUMN=VALUE")]
    #[schema(example = "site=north")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub metadata: Option<String>,
    /// Only labels with which at least this share of those who answered the sample agree, from 0 to 1.
    #[arg(long, value_name = "SHARE")]
    #[schema(minimum = 0, maximum = 1)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub agreement: Option<f64>,
    /// Only samples that at least so many people answered.
    #[arg(long, value_name = "N")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub people: Option<u32>,
}

mod shares_as_text {
    use serde::{Deserialize as _, Deserializer, Serializer, de::Error as _};

    use crate::dataset::split::Shares;

    #[expect(clippy::ref_option, reason = "the signature that serde asks for")]
    pub(in crate::service) fn serialize<S: Serializer>(
        shares: &Option<Shares>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        match shares {
            Some(shares) => serializer.collect_str(shares),
            None => serializer.serialize_none(),
        }
    }

    pub(in crate::service) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Option<Shares>, D::Error> {
        let text = Option::<String>::deserialize(deserializer)?;
        text.map(|text| text.parse().map_err(D::Error::custom)).transpose()
    }
}

impl ExportOptions {
    /// What a format must be able to hold.
    pub(super) fn extras(&self, project: &Project) -> Vec<Extra> {
        let wanted = [
            (project.modality == Modality::Text, Extra::Texts),
            (project.modality == Modality::Table, Extra::Rows),
            (!project.task.fits_folders(), Extra::Sets),
            (self.skipped, Extra::Skips),
            (self.votes, Extra::Votes),
            (self.flags, Extra::Flags),
            (self.with_predictions, Extra::Predictions),
            (self.metadata, Extra::Metadata),
        ];
        wanted.into_iter().filter_map(|(wanted, extra)| wanted.then_some(extra)).collect()
    }
}

/// [`ExportOptions`] as they are applied: names looked up, days as times.
pub(super) struct Choosing {
    pub(super) audit: AuditPart,
    pub(super) skipped: bool,
    pub(super) classes: Option<HashSet<ClassId>>,
    pub(super) annotator: Option<String>,
    pub(super) since: Option<Timestamp>,
    /// The first moment that is too late.
    pub(super) until: Option<Timestamp>,
    pub(super) round: Option<i64>,
    pub(super) metadata: Option<(String, String)>,
    pub(super) agreement: Option<f64>,
    pub(super) people: Option<u32>,
    /// When the round began whose labels are asked for, and those labels.
    pub(super) trained: Option<(Timestamp, HashMap<SampleId, ClassSet>)>,
}

fn invalid<T>(message: String) -> Result<T, ServiceError> {
    Err(ServiceError::Invalid(message))
}

/// The beginning of a day.
fn day(what: &str, text: Option<&String>) -> Result<Option<Timestamp>, ServiceError> {
    let Some(text) = text else { return Ok(None) };
    match Timestamp::of_day(text.trim()) {
        Some(day) => Ok(Some(day)),
        None => invalid(format!("`{what}` is `{text}`, which is no day; write it as 2026-11-20")),
    }
}

impl Choosing {
    /// Check what was asked for.
    ///
    /// # Errors
    /// With the option that makes no sense here, and what would.
    pub(super) async fn read(app: &App, project: &Project, options: &ExportOptions) -> Result<Self, ServiceError> {
        let only = &options.only;
        let classes = classes(app, project, &only.classes).await?;
        if let Some(name) = &only.annotator
            && !app.store.annotators(project.id).await?.contains(name)
        {
            return invalid(format!("nobody called `{name}` gave a label that stands in this project"));
        }
        let since = day("since", only.since.as_ref())?;
        let until = day("until", only.until.as_ref())?.map(|day| day.plus_seconds(24 * 60 * 60));
        if since.zip(until).is_some_and(|(since, until)| since >= until) {
            return invalid("`since` is after `until`, so no label can be between them".to_owned());
        }
        if let Some(round) = only.round
            && app.store.round_by_number(project.id, round).await?.is_none()
        {
            return Err(ServiceError::not_found("round", round));
        }
        let metadata = match only.metadata.as_deref().map(|text| text.split_once('=')) {
            None => None,
            Some(Some((column, value))) if !column.trim().is_empty() => {
                Some((column.trim().to_owned(), folded(value.trim())))
            }
            Some(_) => {
                let text = only.metadata.as_deref().unwrap_or_default();
                return invalid(format!("`{text}` is no column and value; write it as `site=north`"));
            }
        };
        if let Some(share) = only.agreement.filter(|share| !(0.0..=1.0).contains(share)) {
            return invalid(format!("`agreement` is {share}; give a share from 0 to 1"));
        }
        if options.group_by.is_some() && options.split.is_none() {
            return invalid(
                "a column to keep together is for a split; ask for one, or leave the column out".to_owned(),
            );
        }
        if let Some(column) = &options.group_by {
            check_column(app, project, column).await?;
        }
        Ok(Self {
            audit: options.audit,
            skipped: options.skipped,
            classes,
            annotator: only.annotator.clone(),
            since,
            until,
            round: only.round,
            metadata,
            agreement: only.agreement,
            people: only.people,
            trained: match options.trained_in {
                Some(number) => Some(trained(app, project, number).await?),
                None => None,
            },
        })
    }

    /// Whether it looks at all answers of a sample.
    pub(super) fn needs_votes(&self) -> bool {
        self.trained.is_some() || self.agreement.is_some() || self.people.is_some()
    }
}

/// The classes with these names; `None`: all.
async fn classes(app: &App, project: &Project, names: &[String]) -> Result<Option<HashSet<ClassId>>, ServiceError> {
    if names.is_empty() {
        return Ok(None);
    }
    let known = app.store.classes(project.id).await?;
    let mut found = HashSet::new();
    for name in names {
        match known.iter().find(|class| class.name == *name) {
            Some(class) => found.insert(class.id),
            None => return Err(ServiceError::not_found("class", name)),
        };
    }
    Ok(Some(found))
}

async fn check_column(app: &App, project: &Project, column: &str) -> Result<(), ServiceError> {
    let having = SampleFilter { metadata: Some(format!("{column}=")), ..SampleFilter::default() };
    if !column.is_empty() && app.store.count_samples(project.id, &having).await? > 0 {
        return Ok(());
    }
    let columns = app.maps.columns(app, project).await?;
    let known: Vec<_> = columns.all().iter().map(|column| format!("`{}`", column.name)).collect();
    let known = if known.is_empty() { "there are none".to_owned() } else { format!("use {}", known.join(", ")) };
    invalid(format!("no sample has a metadata column `{column}`; {known}"))
}

/// When a round began, and what it was trained on.
async fn trained(
    app: &App,
    project: &Project,
    number: i64,
) -> Result<(Timestamp, HashMap<SampleId, ClassSet>), ServiceError> {
    let kept = trained_on(app, project, number).await?;
    Ok((Timestamp(kept.started_us), kept.labels.into_iter().collect()))
}

/// The labels that a round was trained on.
///
/// # Errors
/// When there is no such round, or it was trained by a version that did not keep them.
pub async fn trained_on(app: &App, project: &Project, number: i64) -> Result<TrainedLabels, ServiceError> {
    if let Some(kept) = app.store.trained_on(project.id, number).await? {
        return Ok(kept);
    }
    if app.store.round_by_number(project.id, number).await?.is_none() {
        return Err(ServiceError::not_found("round", number));
    }
    Err(ServiceError::Conflict(format!(
        "what round {number} was trained on was not kept: it failed, or an earlier version trained it; choose a later round"
    )))
}
