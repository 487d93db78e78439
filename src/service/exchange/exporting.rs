//! Taking labels out: one file, its data card, and a manifest that accounts for every sample.
//!
//! **Invariant:** a file is offered only after its counts were checked against the database class by class, and it appears
//! under its name in one step; the same labels and options give the same bytes.

mod card;
mod differences;
mod manifest;
mod options;
mod plan;
mod reading;
mod snapshots;
mod writing;

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};

use sha2::{Digest as _, Sha256};

pub use self::card::DataCard;
pub use self::differences::{Differences, differences};
pub use self::manifest::{ClassTotal, Excluded, Manifest, WrittenFile};
use self::options::Choosing;
pub use self::options::{AuditPart, ExportFilter, ExportOptions, trained_on};
use self::plan::ExportPlan;
pub use self::snapshots::{cards, request_snapshot, run_snapshot};
use self::writing::{Writing, Written};
use crate::data::{Beside, hex, write_whole};
use crate::dataset::export::Format;
use crate::domain::{ClassId, ClassSet, Project, SampleId};
use crate::progress::Progress;
use crate::service::rounds::shelf;
use crate::service::{App, ServiceError};

/// How often an export starts over because labels changed while they were read.
const TRIES: usize = 3;
/// Behind the file's name: its manifest, and its data card.
const MANIFEST: &str = ".manifest.json";
const CARD_MARKDOWN: &str = ".card.md";
const CARD_JSON: &str = ".card.json";

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
    /// What was written beside it: the manifest, and the data card as Markdown and as JSON.
    pub beside: [PathBuf; 3],
    /// The labels in it, in the order of the samples' ids.
    pub labels: Vec<(SampleId, ClassSet)>,
}

/// What to write.
#[derive(Clone, Copy)]
pub struct ExportOrder<'a> {
    /// What the export is called.
    pub name: Option<&'a str>,
    pub format: &'static Format,
    pub options: &'a ExportOptions,
    pub predictions: Option<&'a Predictions>,
}

/// Write the labels of `project` to `out`, and its manifest to `out` with `.manifest.json` behind.
///
/// # Errors
/// As [`export`].
pub async fn export_to(
    app: &App,
    project: &Project,
    format: &'static Format,
    options: &ExportOptions,
    predictions: Option<&Predictions>,
    out: &Path,
    progress: &Progress,
) -> Result<Exported, ServiceError> {
    export(app, project, &ExportOrder { name: None, format, options, predictions }, out, progress).await
}

/// Write what was ordered to `out`, with its manifest and its data card beside it.
///
/// # Errors
/// [`ServiceError::Invalid`] for what makes no sense, and [`ServiceError::Conflict`] when labels keep changing while they are
/// read; nothing appears under `out` then.
pub async fn export(
    app: &App,
    project: &Project,
    order: &ExportOrder<'_>,
    out: &Path,
    progress: &Progress,
) -> Result<Exported, ServiceError> {
    check_format(project, order.format, order.options)?;
    if order.options.with_predictions && order.predictions.is_none() {
        let reason = "there are no predictions yet; train a round first, or export without them";
        return Err(ServiceError::Invalid(reason.to_owned()));
    }
    let folder = match out.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent.to_owned(),
        _ => PathBuf::from("."),
    };
    let choosing = Choosing::read(app, project, order.options).await?;
    for _ in 0..TRIES {
        let plan = ExportPlan::make(app, project, order.options, &choosing).await?;
        let unwritable = |error| ServiceError::Invalid(format!("`{}` cannot be written ({error})", folder.display()));
        let whole = Beside::new(out).map_err(unwritable)?;
        let Some(exported) = attempt(app, project, order, (&choosing, &plan), (&whole, out), progress).await? else {
            continue;
        };
        // What describes it first: where the file is, its manifest is.
        app.cpu.blocking(move || whole.put(true)).await??;
        return Ok(exported);
    }
    Err(ServiceError::Conflict("labels changed while they were exported; try again in a moment".to_owned()))
}

/// Write everything but the file's name; `None` when a label changed meanwhile.
async fn attempt(
    app: &App,
    project: &Project,
    order: &ExportOrder<'_>,
    (choosing, plan): (&Choosing, &ExportPlan),
    (whole, out): (&Beside, &Path),
    progress: &Progress,
) -> Result<Option<Exported>, ServiceError> {
    let options = order.options;
    let classes = app.store.classes(project.id).await?;
    let round = shelf::in_use(app, project).await?;
    let card = card::make(app, project, (&classes, round.as_ref()), options, plan).await?;
    let predictions = order.predictions.filter(|_| options.with_predictions);
    let format = order.format;
    let writing = Writing { app, project, classes: &classes, format, options, choosing, predictions, plan };
    let name = crate::dataset::file_name(out);
    let markdown = card.markdown();
    let written = writing.run(markdown.clone(), (whole.file(), name.clone()), progress).await?;
    let Some(Written { classes: totals, splits, labels, file }) = written else { return Ok(None) };
    let json = serde_json::to_string_pretty(&card).map_err(std::io::Error::other)? + "\n";
    let beside = |ending: &str| PathBuf::from(format!("{}{ending}", out.display()));
    let of_text = |ending: &str, text: &str| WrittenFile {
        name: format!("{name}{ending}"),
        sha256: hex(&Sha256::digest(text)),
        size_bytes: text.len() as u64,
    };
    let chosen = plan.chosen.len() as u64;
    let excluded = plan.left_out();
    let manifest = Manifest {
        name: order.name.map(str::to_owned),
        made_by: concat!("querist ", env!("CARGO_PKG_VERSION")).to_owned(),
        project: project.slug.clone(),
        made_at: app.clock.now().rfc3339(),
        round: round.map(|round| round.number),
        format: format.name.to_owned(),
        options: options.clone(),
        samples: chosen + excluded.iter().map(|excluded| excluded.count).sum::<u64>(),
        written: chosen,
        skipped: plan.skips,
        classes: totals,
        none: project.task.none_key().map(|_| plan.none),
        excluded,
        splits,
        shared_groups: plan.shared_groups,
        files: vec![file, of_text(CARD_MARKDOWN, &markdown), of_text(CARD_JSON, &json)],
    };
    let text = serde_json::to_string_pretty(&manifest).map_err(std::io::Error::other)? + "\n";
    let paths = [beside(MANIFEST), beside(CARD_MARKDOWN), beside(CARD_JSON)];
    let files: Vec<_> = paths.clone().into_iter().zip([text, markdown, json]).collect();
    let kept =
        app.cpu.blocking(move || files.iter().try_for_each(|(path, text)| write_whole(path, text.as_bytes(), true)));
    kept.await??;
    Ok(Some(Exported { manifest, file: out.to_owned(), beside: paths, labels }))
}

/// Formats that hold a project's answers.
pub fn formats(project: &Project) -> Vec<&'static Format> {
    Format::holding(&ExportOptions::default().extras(project)).collect()
}

fn check_format(project: &Project, format: &Format, options: &ExportOptions) -> Result<(), ServiceError> {
    let extras = options.extras(project);
    let Some(extra) = format.cannot(&extras) else { return Ok(()) };
    let others: Vec<_> = Format::holding(&extras).map(|format| format.name).collect();
    Err(ServiceError::Invalid(format!(
        "format `{}` {} and cannot hold {}; use {}",
        format.name,
        format.shape,
        extra.what(),
        others.join(", ")
    )))
}
