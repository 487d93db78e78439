//! The random line of a project: made in the background from its audit labels, kept as a file, read with the newest round.
//!
//! **Invariant:** nothing here trains the committee; audit samples stay outside every round.

use std::collections::HashMap;
use std::io::ErrorKind;

use crate::data::write_whole;
use crate::domain::{ClassId, ClassSet, EncoderId, JobNote, Project, ProjectId, SampleId, Stage, Timestamp, job};
use crate::evaluate::RandomLine;
use crate::evaluate::random_line::{LEAST, LinePoint, RandomSample};
use crate::learn::CommitteeOptions;
use crate::math::random;
use crate::progress::Progress;
use crate::service::rounds::training::material::known;
use crate::service::{App, ServiceError};
use crate::store::audited::AuditedRound;

const FILE: &str = "random-line.json";
/// The line is made anew when the audit labels have grown by this share.
const GROWTH: f64 = 1.25;
/// Points drawn beyond the measured labels.
const BEYOND: usize = 12;
/// How far the line is drawn, in labels of the newest round.
const FURTHEST: f64 = 4.0;
/// How far beyond the measured labels the power law is believed, as a multiple of them. Its band was measured to hold up to 4 times
/// (`docs/insight.md`); much beyond, a law says what its form says.
const BELIEVED: f64 = 16.0;
/// A gain is at least so large a share of the labels spent.
const LEAST_GAIN: f64 = 0.01;

/// The line as it is kept, with the labels that it was made from.
#[derive(Debug, Clone, serde::Serialize, serde::Deserialize)]
pub(in crate::service) struct KeptLine {
    made_us: Timestamp,
    encoder: EncoderId,
    samples: Vec<SampleId>,
    labels: Vec<ClassSet>,
    line: RandomLine,
}

/// What random labeling would have reached, measured on the audit set.
#[derive(Debug, Clone, PartialEq, serde::Serialize, utoipa::ToSchema)]
pub struct RandomStanding {
    pub made_us: Timestamp,
    /// Audit labels it was made from.
    pub audit_labels: usize,
    /// Labels up to which it is measured; beyond, a power law goes on from there.
    pub measured_to: usize,
    pub points: Vec<LinePoint>,
    /// The newest round against it.
    pub against: Option<AgainstRandom>,
}

/// Labels that random labeling would need for the newest round's accuracy.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize, utoipa::ToSchema)]
pub struct AgainstRandom {
    pub round: i64,
    /// Training labels of the round.
    pub labels: i64,
    /// Labels up to which anything is said: no more than the pool has samples, and not far beyond the measured ones.
    pub within: f64,
    /// `null` where random labeling is not expected to get there within these.
    pub needed: Option<f64>,
    /// 95 % interval; an upper end that lies beyond is `null`.
    pub low: f64,
    pub high: Option<f64>,
    /// Whether any of it lies beyond the measured labels.
    pub extrapolated: bool,
    /// Whether the whole interval lies above the labels spent.
    pub gain: bool,
}

/// Ask for the line where there are enough audit labels and those have grown since it was made, or the encoder has changed.
pub async fn request_if_due(app: &App, project: ProjectId) -> Result<(), ServiceError> {
    let Some(project) = app.store.project(project).await? else { return Ok(()) };
    let labels = app.store.tally(project.id).await?.audit_labeled as usize;
    if labels < LEAST {
        return Ok(());
    }
    let due = match load(app, &project).await? {
        Some(kept) => project.encoder_id != Some(kept.encoder) || labels as f64 >= GROWTH * kept.samples.len() as f64,
        None => true,
    };
    if due {
        app.store.request_job(project.id, &job::RANDOM_LINE, "", app.clock.now()).await?;
        app.wake.notify_waiters();
    }
    Ok(())
}

/// Make the line from the audit labels there are now, and keep it.
pub async fn run(app: &App, project: &Project, progress: &Progress) -> Result<JobNote, ServiceError> {
    let classes: Vec<ClassId> = app.store.classes(project.id).await?.iter().map(|class| class.id).collect();
    let Some(pool) = app.pools.get(app, project).await? else { return Ok(JobNote::NothingEncoded) };
    let labels = app.store.audit_labels(project.id).await?;
    let (rows, truth) = known(&pool, project.task.into(), &classes, &labels);
    let k = classes.len();
    let standardiser = pool.standardiser();
    let Some(standardiser) = standardiser.filter(|_| rows.len() >= LEAST) else {
        return Ok(JobNote::FewAuditLabels { least: LEAST as i64 });
    };
    let groups = copies(&app.store.audit_groups(project.id).await?, rows.iter().map(|&row| pool.ids[row]));
    let seed = random::hash(project.seed as u64, 0x11e);
    progress.report(0, 0, &Stage::RandomLine);
    let (work_pool, watch) = (pool.clone(), progress.clone());
    let at = rows.clone();
    let cpu = app.cpu.beside().map_err(std::io::Error::other)?;
    let made = cpu.run(move || {
        let known = work_pool.rows.gather(&at);
        let sample = RandomSample { rows: &known, targets: truth.targets(), n_classes: k, groups: &groups };
        let options = CommitteeOptions { seed, ..CommitteeOptions::default() };
        RandomLine::cross_fit(&sample, &standardiser, &options, &|| watch.stopped())
    });
    let Some(line) = made.await?? else { return Ok(JobNote::Interrupted) };
    let by_sample: HashMap<SampleId, &ClassSet> = labels.iter().map(|(id, set)| (*id, set)).collect();
    let samples: Vec<SampleId> = rows.iter().map(|&row| pool.ids[row]).collect();
    let labels =
        samples.iter().map(|id| by_sample.get(id).map_or_else(ClassSet::default, |set| (*set).clone())).collect();
    let kept = KeptLine { made_us: app.clock.now(), encoder: pool.encoder, samples, labels, line };
    let n = kept.samples.len() as i64;
    let folder = app.data.insight(&project.slug);
    let text = serde_json::to_vec(&kept).map_err(std::io::Error::other)?;
    let keep = move || std::fs::create_dir_all(&folder).and_then(|()| write_whole(&folder.join(FILE), &text, false));
    app.cpu.blocking(keep).await??;
    Ok(JobNote::RandomLine { labels: n })
}

/// The group of each sample by number; one without a known group is by itself.
fn copies(known: &[(SampleId, String)], samples: impl Iterator<Item = SampleId>) -> Vec<usize> {
    let mut numbers: HashMap<&str, usize> = HashMap::new();
    let mut of: HashMap<SampleId, usize> = HashMap::new();
    for (sample, group) in known {
        let next = numbers.len();
        of.insert(*sample, *numbers.entry(group).or_insert(next));
    }
    samples.enumerate().map(|(at, id)| of.get(&id).copied().unwrap_or(known.len() + at)).collect()
}

/// The line that was made last. `None` before the first, or if another version wrote it.
pub(super) async fn load(app: &App, project: &Project) -> Result<Option<KeptLine>, ServiceError> {
    let path = app.data.insight(&project.slug).join(FILE);
    match app.cpu.blocking(move || std::fs::read(path)).await? {
        Ok(text) => Ok(serde_json::from_slice(&text).ok()),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error.into()),
    }
}

impl KeptLine {
    /// The line against the newest round, on the samples that both measured and whose labels have not changed since. `pool` is the
    /// number of samples that may train: random labeling cannot need more.
    ///
    /// O(400 bootstrap replicates × samples × sizes).
    pub(super) fn standing(
        &self,
        truth: &HashMap<SampleId, ClassSet>,
        newest: Option<&AuditedRound>,
        pool: i64,
        seed: u64,
    ) -> RandomStanding {
        let valid = |i: &usize| truth.get(&self.samples[*i]) == Some(&self.labels[*i]);
        let samples: Vec<usize> = (0..self.samples.len()).filter(valid).collect();
        let line = self.line.of(&samples);
        let measured = line.measured_to() as f64;
        let within = (pool as f64).min(BELIEVED * measured);
        let mut at: Vec<f64> = line.sizes.iter().map(|n| *n as f64).collect();
        let against = newest.and_then(|newest| {
            let said: HashMap<SampleId, &ClassSet> = newest.predictions.iter().map(|(id, set)| (*id, set)).collect();
            let both: Vec<usize> = samples.iter().copied().filter(|&i| said.contains_key(&self.samples[i])).collect();
            if both.len() < LEAST {
                return None;
            }
            let right: Vec<bool> = both.iter().map(|&i| said[&self.samples[i]] == &self.labels[i]).collect();
            let needed = self.line.of(&both).needed_for(&right, seed);
            let known = |labels: f64| (labels <= within).then_some(labels);
            let low = needed.low.min(within);
            Some(AgainstRandom {
                round: newest.number,
                labels: newest.n_labels,
                within,
                needed: known(needed.labels),
                low,
                high: known(needed.high),
                extrapolated: needed.extrapolated,
                gain: low * (1.0 - LEAST_GAIN) > newest.n_labels as f64,
            })
        });
        let furthest = newest.map_or(measured, |newest| {
            let labels = newest.n_labels;
            let wanted = against.and_then(|against| against.needed).unwrap_or(0.0) * 1.15;
            wanted.max(labels as f64 * 1.05).min(FURTHEST * labels.max(1) as f64)
        });
        if furthest > measured {
            let step = (furthest / measured).powf(1.0 / BEYOND as f64);
            at.extend((1..=BEYOND).map(|i| measured * step.powi(i as i32)));
        }
        RandomStanding {
            made_us: self.made_us,
            audit_labels: samples.len(),
            measured_to: line.measured_to(),
            points: if samples.len() < LEAST { Vec::new() } else { line.at(&at, seed) },
            against,
        }
    }

    /// Whether it was made with the encoder in use.
    pub(super) fn is_of(&self, encoder: Option<EncoderId>) -> bool {
        encoder == Some(self.encoder)
    }
}
