//! The numbers behind the insight page: what the labels achieved, measured on the audit set.
//!
//! **Invariant:** accuracy is measured on audit samples alone, which never train and were drawn before any model.

use std::collections::HashMap;

use crate::domain::{Class, ClassId, ClassSet, EncoderId, Project, SampleId, Timestamp};
use crate::evaluate::Measure;
use crate::evaluate::interval::{Interval, wilson};
use crate::evaluate::label_sets::{LabelCounts, Sets};
use crate::evaluate::powered::powered;
use crate::service::insight::changes::{Change, changes};
use crate::service::insight::random_line::{self, RandomStanding};
use crate::service::insight::stopping::{self, StopStanding};
use crate::service::{App, ServiceError};
use crate::store::audited::AuditedRound;
use crate::store::copies::DepartureCause;
use crate::store::labels::LabelCount;

/// Replicates of the bootstrap.
const REPLICATES: usize = 1000;

/// One round on the label-efficiency curve.
#[derive(Debug, Clone, Default, PartialEq, serde::Serialize, utoipa::ToSchema)]
pub struct Point {
    pub round: i64,
    /// Training labels the round had.
    pub labels: i64,
    pub strategy: String,
    #[serde(skip)]
    pub encoder: Option<EncoderId>,
    pub finished_us: Option<Timestamp>,
    /// Audit samples with a label now that the round had predicted.
    pub n: usize,
    /// Samples for which the round said what their label says. Of a set that is the whole set, neither more nor less.
    pub correct: usize,
    /// Their share: the accuracy, or the exact match of sets.
    pub accuracy: f64,
    /// Wilson 95 % interval of that share.
    pub low: f64,
    pub high: f64,
    pub macro_f1: f64,
    /// The same share by prediction-powered inference, with what the committee thinks of audit samples that have no label yet.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub powered: Option<Interval>,
    /// Where samples have any number of classes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub micro_f1: Option<f64>,
    /// Hits, calls and support of each class, in the order of the classes.
    #[serde(skip)]
    pub counts: Vec<LabelCounts>,
}

/// The curve and the newest round in detail.
#[derive(Debug, Clone, serde::Serialize, utoipa::ToSchema)]
pub struct Curve {
    /// What [`Point::accuracy`] is.
    pub measure: Measure,
    /// Labels of the audit set the points are measured on.
    pub audit_labels: usize,
    /// Those of them that came with an import, so not given blind.
    pub imported: i64,
    /// Those of them that a reviewer or lead settled, who sees what the model predicts.
    pub reviewed: i64,
    /// Samples that left the audit set, since a copy of theirs was found in the pool.
    pub departed: usize,
    /// Samples that left it because a lead made it smaller.
    pub retired: usize,
    pub points: Vec<Point>,
    /// Bootstrap 95 % interval of the newest round's macro F1.
    pub macro_f1_interval: Option<(f64, f64)>,
    /// The same of its micro F1, where samples have any number of classes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub micro_f1_interval: Option<(f64, f64)>,
    /// The newest round, class by class.
    pub classes: Vec<ClassPoint>,
    /// What random labeling would have reached. `None` until there are enough audit labels.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub random: Option<RandomStanding>,
    /// What changed between rounds.
    pub changes: Vec<Change>,
    /// Go on or stop.
    pub stopping: StopStanding,
}

/// How the newest round does on one class.
#[derive(Debug, Clone, serde::Serialize, utoipa::ToSchema)]
pub struct ClassPoint {
    pub class: ClassId,
    pub name: String,
    /// Training labels.
    pub labels: i64,
    /// Audit labels.
    pub audit: i64,
    /// F1 on the audit set; `None` while the audit set holds none of this class and none was predicted.
    pub f1: Option<f64>,
    pub precision: Option<f64>,
    /// Wilson 95 % interval.
    pub precision_interval: Option<(f64, f64)>,
    pub recall: Option<f64>,
    /// Wilson 95 % interval.
    pub recall_interval: Option<(f64, f64)>,
}

/// All rounds, measured against the audit set's current labels.
///
/// Every round predicted the same audit samples, labeled or not, so that all points are measured on the same set: the
/// curve moves because the models change, not because the set does.
pub async fn curve(app: &App, project: &Project) -> Result<Curve, ServiceError> {
    let rounds = app.store.audited_rounds(project.id).await?;
    let truth: HashMap<SampleId, ClassSet> = app.store.audit_labels(project.id).await?.into_iter().collect();
    let classes = app.store.classes(project.id).await?;
    let counts = app.store.label_counts(project.id).await?;
    let (imported, reviewed) = app.store.seeing_audit_labels(project.id).await?;
    let left = app.store.audit_departures(project.id).await?;
    let retired = left.iter().filter(|departure| departure.cause == DepartureCause::Retired).count();
    let departed = left.len() - retired;
    let departures: Vec<Timestamp> = left.iter().map(|departure| departure.made_us).collect();
    let class_times = app.store.class_times(project.id).await?;
    let encoders = app.store.encoders().await?.into_iter().map(|encoder| (encoder.id, encoder.name)).collect();
    let kept = random_line::load(app, project).await?.filter(|kept| kept.is_of(project.encoder_id));
    let tally = app.store.tally(project.id).await?;
    let (measure, seed, goal) = (Measure::from(project.task), project.seed as u64, project.goal.clone());
    Ok(app
        .cpu
        .run(move || {
            let (points, newest) = points(&rounds, &truth, &classes, measure);
            let intervals = (newest.len() >= 2).then(|| newest.f1_intervals(0.95, REPLICATES, seed));
            let class_points = classes.iter().zip(newest.scores().labels).map(|(class, found)| {
                ClassPoint::new(class, found, labels(&counts, class.id, false), labels(&counts, class.id, true))
            });
            Curve {
                measure,
                audit_labels: truth.len(),
                imported,
                reviewed,
                departed,
                retired,
                changes: changes(&points, &encoders, &class_times, &departures),
                points,
                macro_f1_interval: intervals.map(|(_, mean)| (mean.low, mean.high)),
                micro_f1_interval: intervals.and_then(|(micro, _)| measure.of_sets((micro.low, micro.high))),
                classes: class_points.collect(),
                random: kept
                    .map(|kept| kept.standing(&truth, rounds.last(), tally.samples - tally.audit_samples, seed)),
                stopping: stopping::standing(&goal, &rounds, &truth, tally.labeled, seed),
            }
        })
        .await?)
}

/// Every round on the audit labels there are now, and the newest in detail.
fn points(
    rounds: &[AuditedRound],
    truth: &HashMap<SampleId, ClassSet>,
    classes: &[Class],
    measure: Measure,
) -> (Vec<Point>, Sets) {
    let column: HashMap<ClassId, usize> = classes.iter().enumerate().map(|(i, class)| (class.id, i)).collect();
    let places = |set: &ClassSet| -> Vec<usize> { set.ids().filter_map(|id| column.get(&id).copied()).collect() };
    let known: HashMap<SampleId, Vec<usize>> = truth.iter().map(|(id, set)| (*id, places(set))).collect();
    let mut points = Vec::with_capacity(rounds.len());
    let mut newest = Sets::new(classes.len(), []);
    for round in rounds {
        let measured = round.predictions.iter().filter_map(|(id, set)| Some((known.get(id)?, places(set))));
        let measured: Vec<_> = measured.collect();
        newest = Sets::new(classes.len(), measured.iter().map(|(truth, said)| (truth.as_slice(), said.as_slice())));
        if newest.is_empty() {
            continue;
        }
        let (n, scores) = (newest.len(), newest.scores());
        let interval = wilson(scores.exact, n as u64, 0.95);
        points.push(Point {
            round: round.number,
            labels: round.n_labels,
            strategy: round.strategy.clone(),
            encoder: round.encoder,
            finished_us: round.finished_us,
            n,
            correct: scores.exact as usize,
            accuracy: interval.value,
            low: interval.low,
            high: interval.high,
            macro_f1: scores.macro_f1,
            powered: powered_share(round, truth),
            micro_f1: measure.of_sets(scores.micro_f1),
            counts: scores.labels,
        });
    }
    (points, newest)
}

/// The share of predictions that are right, from the audit samples with a label and the sureness of all.
fn powered_share(round: &AuditedRound, truth: &HashMap<SampleId, ClassSet>) -> Option<Interval> {
    let (mut labeled, mut rest) = (Vec::new(), Vec::new());
    for ((id, said), sure) in round.predictions.iter().zip(&round.sureness) {
        match truth.get(id) {
            Some(label) => labeled.push((label == said, f64::from(*sure))),
            None => rest.push(f64::from(*sure)),
        }
    }
    powered(&labeled, &rest, 0.95).map(|found| found.interval)
}

/// Labels that name the class.
fn labels(counts: &[LabelCount], class: ClassId, audit: bool) -> i64 {
    counts.iter().filter(|count| count.audit == audit && count.classes.contains(class)).map(|count| count.n).sum()
}

impl ClassPoint {
    /// Of a class with so many training and audit labels.
    fn new(class: &Class, counts: LabelCounts, labels: i64, audit: i64) -> Self {
        let (precision, recall) = (counts.precision(0.95), counts.recall(0.95));
        let ends = |interval: Interval| (interval.low, interval.high);
        Self {
            class: class.id,
            name: class.name.clone(),
            labels,
            audit,
            f1: counts.f1(),
            precision: precision.map(|found| found.value),
            precision_interval: precision.map(ends),
            recall: recall.map(|found| found.value),
            recall_interval: recall.map(ends),
        }
    }
}
