//! Making a deployable model: built, opened as its users will open it, compared with the committee, and only then
//! offered.
//!
//! **Invariant:** the file appears complete, after its checks and before its card.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use rayon::prelude::*;

use crate::blobs::ORIGINAL;
use crate::data::write_whole;
use crate::domain::{EncoderId, Stage};
use crate::learn::restore::committee_of;
use crate::learn::{Committee, Link};
use crate::math::Matrix;
use crate::models::deploy::{About, deployable};
use crate::models::intake::{self, PreparedInput};
use crate::models::{Deployed, FileForm, Precision};
use crate::onnx::Model;
use crate::progress::Progress;
use crate::runtime::EncodeError;
use crate::service::models::model::{Cost, ModelCard, card_name, file_name};
use crate::service::rounds::shelf::COMMITTEE;
use crate::service::{App, ServiceError};

/// Largest difference of a probability that may be explained by rounding: embeddings are stored in half precision, which
/// moves probabilities by up to 0.002 on the data sets measured (`docs/encoder.md`).
pub const TOLERANCE: f32 = 5e-3;

/// A sample that a model is checked on.
pub(in crate::service) struct Checked {
    /// The hash of its content.
    pub hash: String,
    /// What the encoder said when the pool was encoded.
    pub embedding: Vec<f32>,
    /// The places of its label's classes among the project's, where it audits.
    pub truth: Option<Vec<usize>>,
}

/// Everything that is needed to make one model.
pub(in crate::service) struct Work {
    pub app: App,
    pub slug: String,
    pub round: i64,
    pub encoder: EncoderId,
    pub form: FileForm,
    /// All classes of the project; the committee knows the first of them.
    pub names: Vec<String>,
    pub pool: Vec<Checked>,
    pub audited: Vec<Checked>,
    /// Samples, none of them above, on which the shift of one-byte weights is measured.
    pub others: Vec<Checked>,
    pub progress: Progress,
}

/// The outputs of model and committee for a sample.
struct Said {
    model: Vec<f32>,
    committee: Vec<f32>,
}

impl Said {
    fn difference(&self) -> f32 {
        self.model.iter().zip(&self.committee).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max)
    }

    /// The classes that both choose.
    fn classes(&self, link: Link) -> (Vec<usize>, Vec<usize>) {
        (link.decided(&self.committee), link.decided(&self.model))
    }
}

impl Work {
    /// Build it, on the threads of the current rayon pool.
    pub(in crate::service) fn run(self) -> Result<(PathBuf, ModelCard), ServiceError> {
        let folder = self.app.data.round(&self.slug, self.round);
        let home = self.app.data.encoder(self.encoder);
        let intake = intake::of(&std::fs::read_to_string(home.join("encoder.json"))?)?;
        let committee = committee_of(&read(&folder.join(COMMITTEE))?)?;
        let classes: Vec<String> = self.names.iter().take(committee.n_classes()).cloned().collect();
        let encoder = read(&home.join("model.onnx"))?;
        let runtime = self.app.runtime.get()?;
        let about = About { classes: &classes, round: self.round, form: self.form, shift: &[] };
        let mut model = deployable(&encoder, &*intake, &committee, &about)?;
        if self.form.precision == Precision::Int8 {
            let moved = Deployed::from_bytes(&runtime, &model.to_bytes())?;
            let shift = self.shift(&moved)?;
            model = deployable(&encoder, &*intake, &committee, &About { shift: &shift, ..about })?;
        }
        drop(encoder);
        let opset = model.opset().unwrap_or_default();
        let bytes = model.to_bytes();
        drop(model);
        let deployed = Deployed::from_bytes(&runtime, &bytes)?;

        let done = AtomicU64::new(self.others.len() as u64);
        let pool = self.said(&deployed, &committee, &self.pool, &done)?;
        let max_difference = pool.iter().map(Said::difference).fold(0.0, f32::max);
        // One-byte weights differ for another reason than rounding: the cost is measured below, and shown.
        if self.form.precision == Precision::F32 && max_difference > TOLERANCE {
            return Err(ServiceError::Invalid(format!(
                "the model differs from the committee by {max_difference:e}, more than {TOLERANCE:e}; it is not offered. If an \
                 earlier version of this program encoded the pool, run `querist encode {} --again`",
                self.slug
            )));
        }
        let same_class =
            pool.iter().map(|said| said.classes(committee.link)).filter(|(full, this)| full == this).count();
        let cost = match self.form.precision {
            Precision::F32 => None,
            Precision::Int8 => {
                Some(self.cost(&self.said(&deployed, &committee, &self.audited, &done)?, committee.link))
            }
        };
        let card = ModelCard {
            round: self.round,
            input: self.form.input,
            precision: self.form.precision,
            classes,
            multi: committee.link == Link::Sigmoid,
            size_bytes: bytes.len() as u64,
            opset,
            checked: pool.len(),
            same_class,
            max_difference,
            cost,
        };
        let path = folder.join(file_name(self.form));
        write_whole(&path, &bytes, false)?;
        write_whole(
            &folder.join(card_name(self.form)),
            &serde_json::to_vec(&card).map_err(std::io::Error::other)?,
            false,
        )?;
        Ok((path, card))
    }

    /// What the file says from samples, and the committee from the stored embeddings.
    fn said(
        &self,
        deployed: &Deployed,
        committee: &Committee,
        samples: &[Checked],
        done: &AtomicU64,
    ) -> Result<Vec<Said>, ServiceError> {
        let k = deployed.classes().len();
        let parts = self.each(deployed, samples, done, |part, prepared| {
            let model = deployed.probabilities(prepared)?;
            let each = part.iter().zip(model.chunks(k)).map(|(sample, model)| {
                let row = Matrix::new(1, sample.embedding.len(), sample.embedding.clone());
                Said { model: model.to_vec(), committee: committee.probabilities(&row) }
            });
            Ok(each.collect::<Vec<_>>())
        })?;
        Ok(parts.into_iter().flatten().collect())
    }

    /// How far one-byte weights move the embedding on average, the other way round: what to add to it. Rounded weights of
    /// one channel rarely cancel where the values they meet are all positive, so most of what they do is such a shift
    /// (Nagel et al. 2019, "Data-free quantization through weight equalization and bias correction").
    fn shift(&self, moved: &Deployed) -> Result<Vec<f32>, ServiceError> {
        if self.others.is_empty() {
            return Ok(Vec::new());
        }
        let dim = moved.intake().dim();
        let parts = self.each(moved, &self.others, &AtomicU64::new(0), |part, prepared| {
            let rows = moved.embeddings(prepared)?;
            let mut sum = vec![0.0f64; dim];
            for (sample, row) in part.iter().zip(rows.chunks(dim)) {
                for ((sum, meant), found) in sum.iter_mut().zip(&sample.embedding).zip(row) {
                    *sum += f64::from(*meant) - f64::from(*found);
                }
            }
            Ok(sum)
        })?;
        // Added in the order of the samples, so that the number of threads changes nothing.
        let total = parts.iter().fold(vec![0.0; dim], |mut total, part| {
            total.iter_mut().zip(part).for_each(|(total, sum)| *total += sum);
            total
        });
        let n = self.others.len() as f64;
        Ok(total.into_iter().map(|sum| (sum / n) as f32).collect())
    }

    /// `work` on each prepared batch of `samples`, over the threads of the current pool.
    fn each<T: Send>(
        &self,
        deployed: &Deployed,
        samples: &[Checked],
        done: &AtomicU64,
        work: impl Fn(&[Checked], &[PreparedInput]) -> Result<T, EncodeError> + Sync,
    ) -> Result<Vec<T>, ServiceError> {
        let total = (self.others.len() + self.pool.len() + self.audited.len()) as u64;
        samples
            .par_chunks(deployed.batch())
            .map(|part| {
                if self.progress.stopped() {
                    return Err(ServiceError::Conflict("stopped before the model was checked".to_owned()));
                }
                let prepare = |sample: &Checked| -> Result<_, ServiceError> {
                    let bytes = self.app.blobs.get(ORIGINAL, &sample.hash)?;
                    deployed.prepare(&bytes).map_err(|error| ServiceError::Invalid(error.0))
                };
                let prepared: Vec<_> = part.iter().map(prepare).collect::<Result<_, _>>()?;
                let made = work(part, &prepared)?;
                let done = done.fetch_add(part.len() as u64, Ordering::Relaxed) + part.len() as u64;
                self.progress.report(done, total, &Stage::Checking);
                Ok(made)
            })
            .collect()
    }

    /// What this model's class decisions cost against the committee's, on the audit samples.
    fn cost(&self, said: &[Said], link: Link) -> Cost {
        let pairs: Vec<_> = said
            .iter()
            .zip(&self.audited)
            .map(|(said, sample)| {
                let (full, this) = said.classes(link);
                let right = |said: &Vec<usize>| sample.truth.as_ref() == Some(said);
                (right(&full), right(&this), full == this)
            })
            .collect();
        Cost::of(&pairs)
    }
}

fn read(path: &Path) -> Result<Model, ServiceError> {
    Ok(Model::read(std::fs::read(path)?)?)
}
