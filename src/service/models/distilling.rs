//! A small model that imitates the committee: a smaller encoder's head, taught on the whole pool.
//!
//! **Invariant:** the audit set never teaches; it measures teacher and student side by side.

use std::collections::{HashMap, HashSet};

use crate::domain::{ClassId, ClassSet, Project, SampleId};
use crate::encoders::probe::ms_per_image;
use crate::encoders::{OpenedEncoder, StoredEncoder};
use crate::evaluate::Measure;
use crate::learn::distill::{Lesson, distill};
use crate::learn::{Committee, LearnError, Link, Standardiser};
use crate::math::{Matrix, random};
use crate::modality::image::EncoderSpec;
use crate::models::deploy::{About, deployable};
use crate::models::{FileForm, Input, Precision, intake};
use crate::onnx::Model;
use crate::progress::Progress;
use crate::runtime::EncodeError;
use crate::service::encoders::adding::{self as encoders, EncodersError};
use crate::service::encoders::encoding::{self, EncodingError};
use crate::service::models::model::Cost;
use crate::service::rounds::{predictions, shelf};
use crate::service::{App, ServiceError};
use crate::store::StoreError;
use crate::store::embeddings::{EmbeddingError, EmbeddingFile, Embeddings};
use crate::store::encoders::EncoderRow;

/// The most samples that teach: beyond this, a linear head learns nothing more.
const MOST: usize = 20_000;

#[derive(Debug, thiserror::Error)]
pub enum DistillingError {
    #[error("no round has finished yet, or the round in use is of an encoder before; train a round first")]
    NoTeacher,
    #[error("stopped before every sample was encoded; run it again to go on")]
    Stopped,
    #[error(transparent)]
    Service(#[from] ServiceError),
    #[error(transparent)]
    Encoding(#[from] EncodingError),
    #[error(transparent)]
    Encoders(#[from] EncodersError),
    #[error(transparent)]
    Encode(#[from] EncodeError),
    #[error(transparent)]
    Embeddings(#[from] EmbeddingError),
    #[error(transparent)]
    Learn(#[from] LearnError),
    #[error(transparent)]
    Onnx(#[from] crate::onnx::OnnxError),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    CutShort(#[from] crate::cpu::CutShort),
    #[error("a file in the data folder could not be used")]
    File(#[from] std::io::Error),
}

/// How to teach.
#[derive(Debug, Clone, Copy)]
pub struct WantedStudent {
    /// See [`Lesson::temperature`].
    pub temperature: f64,
    /// See [`Lesson::label_share`].
    pub label_share: f64,
    pub input: Input,
}

/// Teacher and student side by side.
#[derive(Debug, Clone, serde::Serialize)]
pub struct Card {
    /// What the accuracies measure.
    pub measure: Measure,
    /// The teacher's round.
    pub round: i64,
    pub teacher: Side,
    pub student: Side,
    /// Samples that taught.
    pub taught: usize,
    /// Share of held-out samples on which both predict the same.
    pub agreement: f64,
    /// Both on the audit-labeled samples; `None` while none has a label.
    pub audit: Option<Cost>,
}

/// One of the two.
#[derive(Debug, Clone, serde::Serialize)]
pub struct Side {
    pub encoder: String,
    /// Bytes of the encoder's file for the teacher, of the whole model for the student.
    pub size_bytes: u64,
    pub ms_per_image: f64,
}

/// Teach `student`'s head what the round in use says, and put both into one model: its bytes, and what is known about it.
///
/// Samples that the student's encoder has not seen are encoded first; if stopped, that resumes where it was.
///
/// # Errors
/// [`DistillingError::NoTeacher`], and whatever encoding, fitting or building the model refuses.
pub async fn distilled(
    app: &App,
    project: &Project,
    student: &EncoderRow,
    wanted: WantedStudent,
    progress: &Progress,
) -> Result<(Vec<u8>, Card), DistillingError> {
    let round = shelf::in_use(app, project).await?.ok_or(DistillingError::NoTeacher)?;
    let teacher = predictions::in_use(app, project).await?.ok_or(DistillingError::NoTeacher)?;
    let teacher_encoder = encoders::by_id(app, round.encoder_id.ok_or(DistillingError::NoTeacher)?).await?;
    if encoding::encode_beside(app, project, student.id, progress).await?.stopped {
        return Err(DistillingError::Stopped);
    }
    let names = app.store.classes(project.id).await?.into_iter().map(|class| class.name).take(teacher.classes.len());
    let work = Work {
        app: app.clone(),
        slug: project.slug.clone(),
        seed: project.seed as u64,
        round: round.number,
        names: names.collect(),
        columns: teacher.classes,
        said: teacher.of,
        labels: app.store.training_labels(project.id).await?,
        audited: app.store.audit_labels(project.id).await?,
        link: project.task.into(),
        audit: app.store.audit_samples(project.id, i64::MAX).await?.into_iter().collect(),
        teacher: teacher_encoder,
        student: student.clone(),
        wanted,
    };
    app.cpu.run(move || work.run()).await?
}

struct Work {
    app: App,
    slug: String,
    seed: u64,
    round: i64,
    names: Vec<String>,
    /// The teacher's classes, in the order of its probabilities.
    columns: Vec<ClassId>,
    /// The teacher's probabilities.
    said: HashMap<SampleId, Vec<f32>>,
    labels: Vec<(SampleId, ClassSet)>,
    audited: Vec<(SampleId, ClassSet)>,
    link: Link,
    audit: HashSet<SampleId>,
    teacher: EncoderRow,
    student: EncoderRow,
    wanted: WantedStudent,
}

impl Work {
    fn run(self) -> Result<(Vec<u8>, Card), DistillingError> {
        let path = self.app.data.embeddings(self.student.id, &self.slug);
        let seen = EmbeddingFile::load(&path)?.ok_or(DistillingError::Stopped)?;
        let standardiser = Standardiser::from_pool(&seen.rows)?;
        let (rows, teacher, labels) = self.lesson(&seen);
        let lesson = Lesson {
            rows: &rows,
            teacher: &teacher,
            labels: &labels,
            link: self.link,
            n_classes: self.columns.len(),
            temperature: self.wanted.temperature,
            label_share: self.wanted.label_share,
            seed: self.seed,
        };
        let taught = distill(&lesson, &standardiser)?;
        let committee = Committee::of_heads(vec![taught.head], self.link);

        let folder = self.app.data.encoder(self.student.id);
        let intake = intake::of(&self.student.spec)?;
        let encoder = Model::read(std::fs::read(folder.join("model.onnx"))?)?;
        let form = FileForm { input: self.wanted.input, precision: Precision::F32 };
        let about = About { classes: &self.names, round: self.round, form, shift: &[] };
        let bytes = deployable(&encoder, &*intake, &committee, &about)?.to_bytes();
        let card = Card {
            measure: committee.link.into(),
            round: self.round,
            taught: rows.rows(),
            agreement: taught.agreement,
            audit: self.audit(&seen, &committee),
            teacher: self.side(&self.teacher, None)?,
            student: self.side(&self.student, Some(bytes.len() as u64))?,
        };
        Ok((bytes, card))
    }

    /// Rows, the teacher's probabilities and labels of the samples that teach: those that both encoders have seen, but for
    /// the audit set.
    fn lesson(&self, seen: &Embeddings) -> (Matrix, Vec<f32>, Vec<Option<Vec<usize>>>) {
        let mut chosen: Vec<usize> = (0..seen.ids.len())
            .filter(|&i| !self.audit.contains(&seen.ids[i]) && self.said.contains_key(&seen.ids[i]))
            .collect();
        if chosen.len() > MOST {
            chosen.sort_by_key(|&i| random::hash(self.seed ^ 0xd157, seen.ids[i].0 as u64));
            chosen.truncate(MOST);
            chosen.sort_unstable();
        }
        let labels: HashMap<SampleId, Vec<usize>> =
            self.labels.iter().map(|(sample, set)| (*sample, self.places(set))).collect();
        let teacher = chosen.iter().flat_map(|&i| self.said[&seen.ids[i]].iter().copied()).collect();
        let labels = chosen.iter().map(|&i| labels.get(&seen.ids[i]).cloned()).collect();
        (seen.rows.gather(&chosen), teacher, labels)
    }

    /// Places of these classes among the teacher's.
    fn places(&self, set: &ClassSet) -> Vec<usize> {
        let column = |class: ClassId| self.columns.iter().position(|column| *column == class);
        set.ids().filter_map(column).collect()
    }

    /// Both on the samples of the audit set that have a label.
    fn audit(&self, seen: &Embeddings, student: &Committee) -> Option<Cost> {
        let row_of: HashMap<SampleId, usize> = seen.ids.iter().enumerate().map(|(row, id)| (*id, row)).collect();
        let known: Vec<(usize, SampleId, Vec<usize>)> = self
            .audited
            .iter()
            .filter(|(sample, _)| self.said.contains_key(sample))
            .filter_map(|(sample, set)| Some((*row_of.get(sample)?, *sample, self.places(set))))
            .collect();
        let rows: Vec<usize> = known.iter().map(|(row, ..)| *row).collect();
        let said = student.votes(&seen.rows.gather(&rows)).mean();
        let samples: Vec<(bool, bool, bool)> = known
            .iter()
            .zip(said.chunks_exact(self.columns.len().max(1)))
            .map(|((_, sample, truth), own)| {
                let (full, own) = (self.link.decided(&self.said[sample]), self.link.decided(own));
                (full == *truth, own == *truth, full == own)
            })
            .collect();
        (!samples.is_empty()).then(|| Cost::of(&samples))
    }

    fn side(&self, row: &EncoderRow, size: Option<u64>) -> Result<Side, DistillingError> {
        let path = encoders::model_path(&self.app, row.id);
        let size_bytes = match size {
            Some(size) => size,
            None => std::fs::metadata(&path)?.len(),
        };
        let spec = EncoderSpec::from_json(&row.spec).map_err(EncodeError::from)?;
        let stored = StoredEncoder { path: &path, spec: &row.spec, changes: "" };
        let OpenedEncoder { encoder, .. } = crate::encoders::open(&self.app.runtime, &stored)?;
        Ok(Side { encoder: row.name.clone(), size_bytes, ms_per_image: ms_per_image(&*encoder, &spec)? })
    }
}
