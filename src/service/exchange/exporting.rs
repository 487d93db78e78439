//! Taking labels out: one file and a manifest that accounts for every sample.
//!
//! **Invariant:** a file is offered only after its counts were checked against the database class by class, and it appears
//! under its name in one step; the same labels and options give the same bytes.

mod manifest;
mod reading;

use std::collections::{BTreeMap, HashMap, HashSet};
use std::fs::File;
use std::io::{Read as _, Seek as _};
use std::path::{Path, PathBuf};

use sha2::{Digest as _, Sha256};

pub use self::manifest::{ClassTotal, Excluded, Manifest, WrittenFile};
use self::reading::{PAGE, Reading};
use crate::blobs::ORIGINAL;
use crate::data::{Beside, hex, write_whole};
use crate::dataset::export::{self, ExportColumns, ExportError, Format, Record};
use crate::dataset::split::{AUDIT, Shares};
use crate::domain::{AccountId, ClassId, JobId, JobNote, Project, SampleId, SnapshotId, Stage, Task};
use crate::progress::Progress;
use crate::service::rounds::predictions;
use crate::service::{App, ServiceError};
use crate::store::samples::ExportKey;
use crate::store::snapshots::FinishedSnapshot;

/// How often an export starts over because labels changed while they were read.
const TRIES: usize = 3;

/// What goes into an export.
#[derive(Debug, Clone, Default, PartialEq, serde::Serialize, serde::Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ExportOptions {
    /// Include every annotation beside the current label.
    pub votes: bool,
    /// Probabilities beside the label: the committee's, and for samples that train those of heads that did not see their label.
    pub with_predictions: bool,
    /// Shares of train, val and test among the samples outside the audit set, which is a part of its own: `audit`.
    #[schema(value_type = Option<String>)]
    #[serde(with = "shares_as_text")]
    pub split: Option<Shares>,
    /// Draws the split.
    pub seed: u64,
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

/// Probabilities of each class, in the order of `classes`.
#[derive(Debug, Clone, Default)]
pub struct Predictions {
    pub classes: Vec<ClassId>,
    pub of: HashMap<SampleId, Vec<f32>>,
    /// Samples whose label trains: their probabilities are by heads that did not see it.
    pub held_out: HashSet<SampleId>,
}

/// A written export.
#[derive(Debug, Clone)]
pub struct Exported {
    pub manifest: Manifest,
    pub file: PathBuf,
    pub manifest_file: PathBuf,
}

/// Write the labels of `project` to `out`, and its manifest to `out` with `.manifest.json` behind.
///
/// # Errors
/// [`ServiceError::Conflict`] when labels keep changing while they are read; nothing appears under `out` then.
pub async fn export_to(
    app: &App,
    project: &Project,
    format: &'static Format,
    options: &ExportOptions,
    predictions: Option<&Predictions>,
    out: &Path,
    progress: &Progress,
) -> Result<Exported, ServiceError> {
    check_format(project, format)?;
    if options.with_predictions && predictions.is_none() {
        let reason = "there are no predictions yet; train a round first, or export without them";
        return Err(ServiceError::Invalid(reason.to_owned()));
    }
    let folder = match out.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent.to_owned(),
        _ => PathBuf::from("."),
    };
    for _ in 0..TRIES {
        let plan = Plan::make(app, project, options, predictions).await?;
        let beside = Beside::new(out)
            .map_err(|error| ServiceError::Invalid(format!("`{}` cannot be written ({error})", folder.display())))?;
        let Some(manifest) = plan.write(app, project, format, options, beside.file(), out, progress).await? else {
            continue;
        };
        let manifest_file = PathBuf::from(format!("{}.manifest.json", out.display()));
        let text = serde_json::to_string_pretty(&manifest).map_err(std::io::Error::other)?;
        let at = manifest_file.clone();
        // The manifest first: where the file is, its manifest is.
        let kept = app.cpu.blocking(move || {
            write_whole(&at, format!("{text}\n").as_bytes(), true)?;
            beside.put(true)
        });
        kept.await??;
        return Ok(Exported { manifest, file: out.to_owned(), manifest_file });
    }
    Err(ServiceError::Conflict("labels changed while they were exported; try again in a moment".to_owned()))
}

/// Formats that hold a project's answers.
pub fn formats(project: &Project) -> Vec<&'static Format> {
    Format::of(project.task).collect()
}

fn check_format(project: &Project, format: &Format) -> Result<(), ServiceError> {
    let Some(instead) = (format.refuses)(project.task) else { return Ok(()) };
    let others: Vec<_> = formats(project).iter().map(|format| format.name).collect();
    Err(ServiceError::Invalid(format!(
        "format `{}` {instead}, and samples of this project have any number of classes; use {}",
        format.name,
        others.join(" or ")
    )))
}

/// What an export will hold, read before the first row.
struct Plan<'a> {
    names: HashMap<ClassId, String>,
    /// Labels of each class, in the order of the classes.
    expected: Vec<(ClassId, u64)>,
    /// Labeled samples.
    total: u64,
    task: Task,
    /// Those that have none of the classes.
    none: u64,
    parts: HashMap<SampleId, &'static str>,
    predictions: Option<&'a Predictions>,
    excluded: Vec<Excluded>,
}

impl<'a> Plan<'a> {
    async fn make(
        app: &App,
        project: &Project,
        options: &ExportOptions,
        predictions: Option<&'a Predictions>,
    ) -> Result<Self, ServiceError> {
        let classes = app.store.classes(project.id).await?;
        let tally = app.store.tally(project.id).await?;
        let keys = app.store.export_keys(project.id).await?;
        let mut counts: HashMap<ClassId, u64> = HashMap::new();
        for key in &keys {
            for class in key.classes.ids() {
                *counts.entry(class).or_default() += 1;
            }
        }
        let expected =
            classes.iter().map(|class| (class.id, counts.get(&class.id).copied().unwrap_or_default())).collect();
        let mut parts = HashMap::new();
        if let Some(shares) = &options.split {
            // Where samples have any number of classes, all are split as one stratum: most sets are too rare to be
            // split separately.
            let stratum = |key: &ExportKey| project.task.in_field(&key.classes).0.map_or(0, |class| class.0);
            let (audit, others): (Vec<_>, Vec<_>) = keys.iter().partition(|key| key.audit);
            let samples: Vec<_> = others.iter().map(|key| (stratum(key), key.first_copy.as_str())).collect();
            let assigned = shares.assign(&samples, |first| project.secret.split(first, options.seed));
            parts = others.iter().zip(assigned).map(|(key, part)| (key.id, part)).collect();
            parts.extend(audit.iter().map(|key| (key.id, AUDIT)));
        }
        let excluded = [("unlabeled", tally.unlabeled()), ("skipped", tally.skipped)]
            .map(|(reason, count)| Excluded { reason: reason.to_owned(), count: count.max(0) as u64 });
        Ok(Self {
            names: classes.into_iter().map(|class| (class.id, class.name)).collect(),
            expected,
            total: keys.len() as u64,
            task: project.task,
            none: keys.iter().filter(|key| key.classes.is_empty()).count() as u64,
            parts,
            predictions: predictions.filter(|_| options.with_predictions),
            excluded: excluded.into_iter().filter(|excluded| excluded.count > 0).collect(),
        })
    }

    fn columns(&self, options: &ExportOptions) -> ExportColumns {
        let name = |class: &ClassId| self.names.get(class).cloned().unwrap_or_else(|| class.to_string());
        let classes = self.predictions.map(|known| known.classes.iter().map(name).collect()).unwrap_or_default();
        ExportColumns { sets: !self.task.fits_folders(), split: options.split.is_some(), votes: options.votes, classes }
    }

    /// Write every record; `None` when the output does not match the plan because a label changed.
    #[expect(clippy::too_many_arguments, reason = "one private step of one use case")]
    async fn write(
        &self,
        app: &App,
        project: &Project,
        format: &'static Format,
        options: &ExportOptions,
        file: &File,
        out: &Path,
        progress: &Progress,
    ) -> Result<Option<Manifest>, ServiceError> {
        let total = self.total;
        let blobs = app.blobs.clone();
        let fetch: export::Fetch = Box::new(move |hash| Ok(Box::new(blobs.stream(ORIGINAL, hash)?)));
        let mut writer = (format.open)(file.try_clone()?, self.columns(options), fetch)?;
        let mut reading = Reading::new(app, project, self, options.votes);
        let mut written: BTreeMap<String, u64> = BTreeMap::new();
        let mut by_part: BTreeMap<String, BTreeMap<String, u64>> = BTreeMap::new();
        let (mut done, mut none) = (0, 0);
        loop {
            let page = reading.page().await?;
            let (n, last) = (page.len() as u64, page.len() < PAGE as usize);
            for record in &page {
                let classes = record.classes.as_deref().unwrap_or(std::slice::from_ref(&record.class));
                none += u64::from(classes.is_empty());
                for class in classes {
                    *written.entry(class.clone()).or_default() += 1;
                    if let Some(part) = record.split {
                        *by_part.entry(part.to_owned()).or_default().entry(class.clone()).or_default() += 1;
                    }
                }
            }
            let (back, outcome) = app.cpu.blocking(move || write_page(writer, &page)).await?;
            outcome?;
            writer = back;
            done += n;
            progress.report(done, total.max(done), &Stage::Exporting);
            if progress.stopped() {
                return Err(ServiceError::Conflict("the export was stopped".to_owned()));
            }
            if last {
                break;
            }
        }
        let finished = app.cpu.blocking(move || Ok::<_, ServiceError>(digest(writer.finish()?)?)).await?;
        let (sha256, size_bytes) = finished?;
        let classes: Vec<ClassTotal> = (self.expected.iter())
            .map(|(class, expected)| {
                let name = self.names.get(class).cloned().unwrap_or_default();
                ClassTotal { labels: *expected, written: written.get(&name).copied().unwrap_or_default(), name }
            })
            .collect();
        if done != total || none != self.none || classes.iter().any(|class| class.labels != class.written) {
            return Ok(None);
        }
        Ok(Some(Manifest {
            made_by: concat!("querist ", env!("CARGO_PKG_VERSION")).to_owned(),
            project: project.slug.clone(),
            made_at: app.clock.now().rfc3339(),
            format: format.name.to_owned(),
            options: options.clone(),
            samples: total + self.excluded.iter().map(|excluded| excluded.count).sum::<u64>(),
            written: done,
            classes,
            none: self.task.none_key().map(|_| self.none),
            excluded: self.excluded.clone(),
            splits: by_part,
            files: vec![WrittenFile { name: crate::dataset::file_name(out), sha256, size_bytes }],
        }))
    }
}

type Back = (Box<dyn export::Writer>, Result<(), ExportError>);

/// Hands the writer back whether or not it succeeded, since it owns the file.
fn write_page(mut writer: Box<dyn export::Writer>, page: &[Record]) -> Back {
    let outcome = page.iter().try_for_each(|record| writer.write(record));
    (writer, outcome)
}

/// SHA-256 and size of a file.
fn digest(mut file: File) -> std::io::Result<(String, u64)> {
    file.rewind()?;
    let mut hasher = Sha256::new();
    let mut buffer = vec![0; 1 << 18];
    let mut size = 0;
    loop {
        let n = file.read(&mut buffer)?;
        if n == 0 {
            return Ok((hex(&hasher.finalize()), size));
        }
        hasher.update(&buffer[..n]);
        size += n as u64;
    }
}

/// Ask for a snapshot; a job writes it.
pub async fn request_snapshot(
    app: &App,
    project: &Project,
    account: AccountId,
    format: &'static Format,
    options: &ExportOptions,
) -> Result<(SnapshotId, JobId), ServiceError> {
    check_format(project, format)?;
    let options = serde_json::to_string(options).map_err(std::io::Error::other)?;
    Ok(app.store.request_snapshot(project.id, account, format.name, &options, app.clock.now()).await?)
}

/// Write a snapshot that was asked for, and offer it once its counts are checked.
///
/// A finished snapshot stays unchanged.
pub async fn make_snapshot(
    app: &App,
    project: &Project,
    id: SnapshotId,
    predictions: Option<&Predictions>,
    progress: &Progress,
) -> Result<JobNote, ServiceError> {
    let row = app.store.snapshot(project.id, id).await?;
    let row = row.ok_or_else(|| ServiceError::not_found("snapshot", id))?;
    if let Some(file) = row.file {
        return Ok(JobNote::ExportedBefore { file });
    }
    let format = Format::named(&row.format)
        .ok_or_else(|| ServiceError::Invalid(format!("format `{}` is unknown to this version", row.format)))?;
    let options: ExportOptions = serde_json::from_str(&row.options)
        .map_err(|error| ServiceError::Invalid(format!("the snapshot's options cannot be read: {error}")))?;
    let folder = app.data.snapshots(&project.slug);
    std::fs::create_dir_all(&folder)?;
    let file = format!("{}-{id}-{}.{}", project.slug, format.name, format.ending);
    let exported = export_to(app, project, format, &options, predictions, &folder.join(&file), progress).await?;
    let manifest = serde_json::to_string(&exported.manifest).map_err(std::io::Error::other)?;
    let written = &exported.manifest.files[0];
    let done = FinishedSnapshot {
        file: file.clone(),
        sha256: written.sha256.clone(),
        size_bytes: written.size_bytes as i64,
        manifest,
    };
    app.store.finish_snapshot(id, &done, app.clock.now()).await?;
    Ok(JobNote::Exported { labels: exported.manifest.written as i64, file })
}

/// Run a job of kind `snapshot`, whose payload is the snapshot's id.
pub async fn run_snapshot(
    app: &App,
    project: &Project,
    payload: &str,
    progress: &Progress,
) -> Result<JobNote, ServiceError> {
    let id: SnapshotId = payload
        .parse()
        .map_err(|_| ServiceError::Invalid(format!("the snapshot's job names `{payload}`, which is not a snapshot")))?;
    let row = app.store.snapshot(project.id, id).await?.ok_or_else(|| ServiceError::not_found("snapshot", id))?;
    let options: ExportOptions = serde_json::from_str(&row.options).map_err(std::io::Error::other)?;
    let known = if options.with_predictions { predictions::honest(app, project).await? } else { None };
    make_snapshot(app, project, id, known.as_ref(), progress).await
}
