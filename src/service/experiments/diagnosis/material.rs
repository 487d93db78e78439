//! What a diagnosis works on: labels, their groups of copies, and the embeddings of each encoder.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use super::NotYet;
use crate::domain::{ClassId, ClassSet, EncoderId, Project, SampleId};
use crate::evaluate::Measure;
use crate::evaluate::treatments::{LabeledSamples, Treatment};
use crate::learn::cures::{self, Cure};
use crate::learn::{Link, Standardiser, Truth};
use crate::math::{Matrix, random};
use crate::progress::Progress;
use crate::service::encoders::adding as encoders;
use crate::service::encoders::encoding::{self, EncodingError};
use crate::service::rounds::augmenting;
use crate::service::rounds::pool::EncodedPool;
use crate::service::{App, ServiceError};
use crate::store::embeddings::EmbeddingFile;
use crate::store::encoders::EncoderRow;

/// Labels that are compared on, audit labels that confirm, and further samples that another encoder encodes, at most.
const MOST_LABELS: usize = 2_000;
const MOST_AUDIT: usize = 1_000;
const FURTHER_SAMPLES: usize = 512;
/// Other encoders that are tried, the newest ones.
const MOST_ENCODERS: usize = 4;

/// Labels and embeddings.
pub(super) struct DiagnosisMaterial {
    /// Labels that are there.
    pub(super) labels: usize,
    /// Of those compared on: the samples, what they are, and their groups of copies.
    pub(super) samples: Vec<SampleId>,
    pub(super) truth: Truth,
    pub(super) groups: Vec<usize>,
    pub(super) audit_truth: Truth,
    pub(super) n_classes: usize,
    /// The present encoder first.
    pub(super) sources: Vec<EncodedSource>,
    /// Means of views by the present encoder, where there are any, and whether the last round used them.
    pub(super) copies: Option<Matrix>,
    pub(super) copies_in_use: bool,
    pub(super) cures: Vec<&'static Cure>,
    pub(super) seed: u64,
}

/// Embeddings by one encoder.
pub(super) struct EncodedSource {
    pub(super) id: EncoderId,
    pub(super) name: String,
    pub(super) ms_per_sample: Option<f64>,
    /// n × D, in the order of the samples.
    rows: Matrix,
    pub(super) audit: Matrix,
    pool: Arc<EncodedPool>,
    unlabeled: Vec<usize>,
    standardiser: Arc<Standardiser>,
}

impl DiagnosisMaterial {
    pub(super) fn link(&self) -> Link {
        self.truth.targets().link()
    }

    pub(super) fn measure(&self) -> Measure {
        self.link().into()
    }

    pub(super) fn labeled(&self) -> LabeledSamples<'_> {
        LabeledSamples { targets: self.truth.targets(), n_classes: self.n_classes, groups: &self.groups }
    }

    pub(super) fn treatment<'a>(&'a self, source: usize, copies: bool, cures: &'a [&'static Cure]) -> Treatment<'a> {
        let source = &self.sources[source];
        Treatment {
            rows: &source.rows,
            taught: self.copies.as_ref().filter(|_| copies).unwrap_or(&source.rows),
            standardiser: &source.standardiser,
            cures,
            pool: &source.pool.rows,
            unlabeled: &source.unlabeled,
        }
    }

    /// What must be equal for measurements to be of the same material.
    pub(super) fn fingerprint(&self) -> String {
        let mut sum = crc32fast::Hasher::new();
        for (i, sample) in self.samples.iter().enumerate() {
            sum.update(&sample.0.to_le_bytes());
            for class in self.truth.targets().of(i, self.n_classes) {
                sum.update(&(class as u64).to_le_bytes());
            }
        }
        let encoders: Vec<String> = self.sources.iter().map(|source| source.id.to_string()).collect();
        let cures = cures::names(self.cures.iter().copied());
        let (version, copies) = (env!("CARGO_PKG_VERSION"), (self.copies.is_some(), self.copies_in_use));
        format!("{version} {:08x} {} {} {cures} {copies:?}", sum.finalize(), self.n_classes, encoders.join(","))
    }
}

/// Read labels and embeddings, and encode with other encoders what they lack. `None` when told to stop.
pub(super) async fn gather(
    app: &App,
    project: &Project,
    progress: &Progress,
) -> Result<Option<DiagnosisMaterial>, ServiceError> {
    let Some(pool) = app.pools.get(app, project).await? else { return Err(NotYet::NothingEncoded.into()) };
    let classes: Vec<ClassId> = app.store.classes(project.id).await?.iter().map(|class| class.id).collect();
    let (link, seed) = (Link::from(project.task), random::hash(project.seed as u64, 0xd1a6));
    let all = app.store.training_labels(project.id).await?;
    let labels = thinned(chosen(&pool, link, &all), MOST_LABELS, seed);
    if labels.len() < super::LEAST_LABELS {
        return Err(NotYet::FewLabels(labels.len()).into());
    }
    let audit = thinned(chosen(&pool, link, &app.store.audit_labels(project.id).await?), MOST_AUDIT, seed);
    let truth = truth(link, &classes, &labels);
    if truth.targets().varying(classes.len()).len() < link.least() {
        return Err(NotYet::OneClass.into());
    }
    let samples: Vec<SampleId> = labels.iter().map(|(sample, _)| *sample).collect();
    let known: HashSet<SampleId> = samples.iter().chain(audit.iter().map(|(sample, _)| sample)).copied().collect();
    let waiting: HashSet<SampleId> =
        app.store.waiting_samples(project.id, false, app.clock.now()).await?.into_iter().collect();
    let groups = grouped(&samples, &app.store.labeled_groups(project.id).await?);
    let audited: Vec<SampleId> = audit.iter().map(|(sample, _)| *sample).collect();
    let mut sources = Vec::new();
    let of = async |row: EncoderRow, pool: Arc<EncodedPool>| {
        let ms_per_sample = encoding::last_run(app, project, row.id).await.map(|run| run.ms_per_picture);
        EncodedSource::new(&row, pool, ms_per_sample, (&samples, &audited), &waiting)
    };
    sources.extend(of(encoders::by_id(app, pool.encoder).await?, pool.clone()).await);
    for row in others(app, project, pool.encoder).await? {
        match beside(app, project, &row, &known, progress).await? {
            Encoded::Stopped => return Ok(None),
            Encoded::Refused => {}
            Encoded::Pool(pool) => sources.extend(of(row, pool).await),
        }
    }
    let at: Vec<usize> = samples.iter().filter_map(|sample| pool.row_of.get(sample).copied()).collect();
    let copies = augmenting::averages(app, project, &pool, at).await?;
    let newest = app.store.latest_round(project.id).await?;
    Ok(Some(DiagnosisMaterial {
        labels: all.len(),
        truth,
        groups,
        audit_truth: self::truth(link, &classes, &audit),
        n_classes: classes.len(),
        samples,
        sources,
        copies_in_use: copies.is_some() && newest.and_then(|round| round.views_used).unwrap_or(false),
        copies: copies.map(|copies| copies.rows),
        cures: cures::parse(&project.cures, link).unwrap_or_default(),
        seed,
    }))
}

impl EncodedSource {
    /// `None` when a labeled sample has no embedding by it.
    fn new(
        row: &EncoderRow,
        pool: Arc<EncodedPool>,
        ms_per_sample: Option<f64>,
        (samples, audit): (&[SampleId], &[SampleId]),
        waiting: &HashSet<SampleId>,
    ) -> Option<Self> {
        let rows = |samples: &[SampleId]| -> Option<Matrix> {
            let at: Option<Vec<usize>> = samples.iter().map(|sample| pool.row_of.get(sample).copied()).collect();
            Some(pool.rows.gather(&at?))
        };
        let unlabeled = (0..pool.ids.len()).filter(|&at| waiting.contains(&pool.ids[at])).collect();
        Some(Self {
            id: row.id,
            name: row.name.clone(),
            ms_per_sample,
            rows: rows(samples)?,
            audit: rows(audit)?,
            standardiser: pool.standardiser()?,
            unlabeled,
            pool,
        })
    }
}

/// The newest encoders that the project could change to.
async fn others(app: &App, project: &Project, present: EncoderId) -> Result<Vec<EncoderRow>, ServiceError> {
    let mut rows = encoders::usable_by(app, project).await?;
    rows.retain(|row| row.id != present);
    rows.reverse();
    rows.truncate(MOST_ENCODERS);
    Ok(rows)
}

enum Encoded {
    Pool(Arc<EncodedPool>),
    Refused,
    Stopped,
}

/// The embeddings of the labeled samples and some others by an encoder that is not in use. They are kept: should the project
/// change to it, they need not be made again.
async fn beside(
    app: &App,
    project: &Project,
    row: &EncoderRow,
    known: &HashSet<SampleId>,
    progress: &Progress,
) -> Result<Encoded, ServiceError> {
    let mut further = 0;
    let mut samples = app.store.sample_files(project.id).await?;
    samples.retain(|sample| {
        let others = !known.contains(&sample.id);
        further += usize::from(others);
        !others || further <= FURTHER_SAMPLES
    });
    match encoding::encode_some(app, project, row.id, samples, progress).await {
        Ok(report) if report.stopped => return Ok(Encoded::Stopped),
        Ok(_) => {}
        Err(EncodingError::Store(error)) => return Err(error.into()),
        Err(error) => {
            // The others can still be compared.
            tracing::warn!(encoder = row.name, error = crate::causes::line(&error), "an encoder was left out");
            return Ok(Encoded::Refused);
        }
    }
    let path = app.data.embeddings(row.id, &project.slug);
    let Some(loaded) = app.cpu.blocking(move || EmbeddingFile::load(&path)).await?? else {
        return Ok(Encoded::Refused);
    };
    let (id, axes) = (row.id, crate::encoders::axes(&row.spec));
    let made = app.cpu.run(move || {
        let mut pool = EncodedPool::new(id, loaded.ids, loaded.rows).with_axes(axes);
        pool.with_statistics();
        Arc::new(pool)
    });
    Ok(Encoded::Pool(made.await?))
}

/// Labels of encoded samples that say something.
fn chosen(pool: &EncodedPool, link: Link, labels: &[(SampleId, ClassSet)]) -> Vec<(SampleId, ClassSet)> {
    let told = |set: &ClassSet| link == Link::Sigmoid || set.ids().next().is_some();
    labels.iter().filter(|(sample, set)| pool.row_of.contains_key(sample) && told(set)).cloned().collect()
}

/// A seeded part of them, in their order.
fn thinned(mut labels: Vec<(SampleId, ClassSet)>, most: usize, seed: u64) -> Vec<(SampleId, ClassSet)> {
    if labels.len() > most {
        labels.sort_by_key(|(sample, _)| random::hash(seed, sample.0 as u64));
        labels.truncate(most);
        labels.sort_by_key(|(sample, _)| *sample);
    }
    labels
}

fn truth(link: Link, classes: &[ClassId], labels: &[(SampleId, ClassSet)]) -> Truth {
    let place: HashMap<ClassId, usize> = classes.iter().enumerate().map(|(at, id)| (*id, at)).collect();
    let mut truth = Truth::empty(link);
    for (_, set) in labels {
        let at: Vec<usize> = set.ids().filter_map(|id| place.get(&id).copied()).collect();
        truth.push(&at, classes.len());
    }
    truth
}

/// The group of each sample by number; one without a known group is by itself.
fn grouped(samples: &[SampleId], known: &[(SampleId, String)]) -> Vec<usize> {
    let of: HashMap<SampleId, &str> = known.iter().map(|(sample, group)| (*sample, group.as_str())).collect();
    let mut numbers: HashMap<&str, usize> = HashMap::new();
    let number = |(at, sample): (usize, &SampleId)| match of.get(sample) {
        Some(group) => *numbers.entry(group).or_insert(at),
        None => at,
    };
    samples.iter().enumerate().map(number).collect()
}
