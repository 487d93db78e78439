//! The deployable model: encoder and committee in one file, checked against the committee before it is offered.

use std::path::{Path, PathBuf};

use crate::app::App;
use crate::domain::{Project, SampleId};
use crate::encode::picture::{self, Limits};
use crate::encode::{Deployed, EncoderSpec};
use crate::learn::Committee;
use crate::learn::graph::{Metadata, deployable};
use crate::learn::restore::committee_of;
use crate::onnx::Model;
use crate::service::ServiceError;
use crate::store::rounds::Round;

/// Samples on which a model must agree with its committee.
const CHECKED: usize = 100;
/// Largest difference of a probability that may be explained by rounding.
pub const TOLERANCE: f32 = 1e-4;

/// What is known about a finished model file.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize, utoipa::ToSchema)]
pub struct ModelCard {
    pub round: i64,
    pub classes: Vec<String>,
    pub size_bytes: u64,
    /// Samples of the pool on which it was compared with the committee.
    pub checked: usize,
    /// Largest difference of any class probability.
    pub max_difference: f32,
}

/// The newest model that was made. Rounds go on while people label, so it is seldom of the newest round.
pub async fn newest(app: &App, project: &Project) -> Result<Option<(PathBuf, ModelCard)>, ServiceError> {
    let rounds = app.data.rounds(&project.slug);
    let numbers = app.cpu.blocking(move || -> std::io::Result<Vec<i64>> {
        let entries = match std::fs::read_dir(rounds) {
            Ok(entries) => entries,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(error),
        };
        let mut numbers = Vec::new();
        for entry in entries {
            let entry = entry?;
            let number: Option<i64> = entry.file_name().to_str().and_then(|name| name.parse().ok());
            numbers.extend(number.filter(|_| entry.path().join("model.json").is_file()));
        }
        numbers.sort_unstable_by_key(|number: &i64| std::cmp::Reverse(*number));
        Ok(numbers)
    });
    for number in numbers.await?? {
        if let Some(made) = find(app, project, number).await? {
            return Ok(Some(made));
        }
    }
    Ok(None)
}

/// The folder's model, when one was made.
pub async fn find(app: &App, project: &Project, round: i64) -> Result<Option<(PathBuf, ModelCard)>, ServiceError> {
    let folder = app.data.round(&project.slug, round);
    let card = match tokio::fs::read(folder.join("model.json")).await {
        Ok(text) => serde_json::from_slice(&text).ok(),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => None,
        Err(error) => return Err(error.into()),
    };
    let path = folder.join("model.onnx");
    Ok(card.filter(|_| path.is_file()).map(|card| (path, card)))
}

/// Make the model of the newest round, or return it when it is made already.
pub async fn make(app: &App, project: &Project) -> Result<(PathBuf, ModelCard), ServiceError> {
    let round = app.store.latest_round(project.id).await?;
    let round = round.ok_or_else(|| {
        ServiceError::Invalid("no round has finished yet; label at least two classes first".to_owned())
    })?;
    if let Some(made) = find(app, project, round.number).await? {
        return Ok(made);
    }
    let pool =
        app.pools.get(app, project).await?.ok_or_else(|| ServiceError::Invalid("nothing is encoded yet".to_owned()))?;
    let sample: Vec<(SampleId, Vec<f32>)> =
        pool.ids.iter().enumerate().take(CHECKED).map(|(row, id)| (*id, pool.rows.row(row).to_vec())).collect();
    let mut blobs = Vec::with_capacity(sample.len());
    for (id, row) in sample {
        if let Some((hash, _)) = app.store.media(project.id, id).await? {
            blobs.push((app.data.blob(&hash), row));
        }
    }
    // The committee's columns are the classes of its time, and classes are only ever added behind.
    let names = app.store.classes(project.id).await?.into_iter().map(|class| class.name).collect();
    let job = Job { app: app.clone(), project: project.clone(), round, names, blobs };
    app.cpu.run(move || job.run()).await?
}

struct Job {
    app: App,
    project: Project,
    round: Round,
    names: Vec<String>,
    blobs: Vec<(PathBuf, Vec<f32>)>,
}

impl Job {
    fn run(self) -> Result<(PathBuf, ModelCard), ServiceError> {
        let folder = self.app.data.round(&self.project.slug, self.round.number);
        let encoder =
            self.round.encoder_id.ok_or_else(|| ServiceError::Invalid("the round names no encoder".to_owned()))?;
        let encoder = self.app.data.encoder(encoder);
        let spec = EncoderSpec::from_json(&std::fs::read_to_string(encoder.join("encoder.json"))?).map_err(invalid)?;
        let committee = committee_of(&read(&folder.join("committee.onnx"))?).map_err(invalid)?;
        let classes: Vec<String> = self.names.iter().take(committee.n_classes()).cloned().collect();
        let json = spec.to_json();
        let metadata = Metadata { classes: &classes, preprocessing: &json, round: self.round.number };
        let model =
            deployable(&read(&encoder.join("model.onnx"))?, &spec.output, &committee, &metadata).map_err(invalid)?;
        let bytes = model.to_bytes();
        let max_difference = self.compare(&bytes, &committee)?;
        if max_difference > TOLERANCE {
            return Err(ServiceError::Invalid(format!(
                "the model differs from the committee by {max_difference:e}, more than {TOLERANCE:e}; it is not offered"
            )));
        }
        let card = ModelCard {
            round: self.round.number,
            classes,
            size_bytes: bytes.len() as u64,
            checked: self.blobs.len(),
            max_difference,
        };
        let path = folder.join("model.onnx");
        write_whole(&path, &bytes)?;
        write_whole(&folder.join("model.json"), &serde_json::to_vec(&card).map_err(invalid)?)?;
        Ok((path, card))
    }

    /// Largest difference between the file, from pictures, and the committee, from the stored embeddings.
    fn compare(&self, bytes: &[u8], committee: &Committee) -> Result<f32, ServiceError> {
        let runtime = self.app.runtime.get().map_err(invalid)?;
        let deployed = Deployed::from_bytes(&runtime, bytes).map_err(invalid)?;
        let mut worst = 0.0f32;
        for (path, row) in &self.blobs {
            let picture = picture::decode(&std::fs::read(path)?, &Limits::default()).map_err(invalid)?;
            let said = deployed.probabilities(&[deployed.prepare(&picture)]).map_err(invalid)?;
            let meant = committee.votes(&crate::math::Matrix::new(1, row.len(), row.clone())).mean();
            let difference = said.iter().zip(&meant).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
            worst = worst.max(difference);
        }
        Ok(worst)
    }
}

fn read(path: &Path) -> Result<Model, ServiceError> {
    Model::read(std::fs::read(path)?).map_err(invalid)
}

/// A reader never sees half a file.
fn write_whole(path: &Path, bytes: &[u8]) -> Result<(), ServiceError> {
    let part = path.with_extension("part");
    std::fs::write(&part, bytes)?;
    std::fs::rename(&part, path)?;
    Ok(())
}

fn invalid(error: impl std::fmt::Display) -> ServiceError {
    ServiceError::Invalid(error.to_string())
}
