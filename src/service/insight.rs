//! The numbers behind the insight page: what the labels bought, measured on the audit set.
//!
//! **Invariant:** accuracy is measured on audit samples alone, which never train and were drawn before any model.

mod sets;

use std::collections::HashMap;

use crate::app::App;
use crate::domain::class_set::ones;
use crate::domain::{Class, ClassId, ClassSet, Project, SampleId, Timestamp};
use crate::evaluate::classification::{Confusion, macro_f1};
use crate::evaluate::interval::{Interval, wilson};
use crate::evaluate::multi_label::LabelCounts;
use crate::service::ServiceError;
use crate::store::labels::LabelCount;

/// One round on the label-efficiency curve.
#[derive(Debug, Clone, PartialEq, serde::Serialize, utoipa::ToSchema)]
pub struct Point {
    pub round: i64,
    /// Training labels the round had.
    pub labels: i64,
    pub strategy: String,
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
    /// Where samples have any number of classes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub micro_f1: Option<f64>,
}

/// What [`Point::accuracy`] measures.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, utoipa::ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Measure {
    /// The share of samples whose class was predicted.
    Accuracy,
    /// The share of samples whose whole set of classes was predicted.
    ExactMatch,
}

/// The curve and the newest round in detail.
#[derive(Debug, Clone, serde::Serialize, utoipa::ToSchema)]
pub struct Curve {
    pub measure: Measure,
    /// Labels of the audit set the points are measured on.
    pub audit_labels: usize,
    /// Those of them that came with an import: nobody gave them blind.
    pub imported: i64,
    /// Samples that left the audit set, since a copy of theirs was found in the pool.
    pub departed: usize,
    pub points: Vec<Point>,
    /// Bootstrap 95 % interval of the newest round's macro F1.
    pub macro_f1_interval: Option<(f64, f64)>,
    /// The same of its micro F1, where samples have any number of classes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub micro_f1_interval: Option<(f64, f64)>,
    /// The newest round, class by class.
    pub classes: Vec<ClassPoint>,
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

/// All rounds, held against the labels the audit set has now.
///
/// Every round predicted the same audit samples, labeled or not, so that all points are measured on one and the same set:
/// the curve moves because the models do, not because the ruler does.
pub async fn curve(app: &App, project: &Project) -> Result<Curve, ServiceError> {
    if project.is_multi() {
        return sets::curve(app, project).await;
    }
    let rounds = app.store.audited_rounds(project.id).await?;
    let truth: HashMap<SampleId, ClassId> = ones(app.store.audit_labels(project.id).await?).into_iter().collect();
    let classes = app.store.classes(project.id).await?;
    let counts = app.store.label_counts(project.id).await?;
    let (imported, departed) = audit_record(app, project).await?;
    let seed = project.seed as u64;
    let curve = app
        .cpu
        .run(move || {
            let column: HashMap<ClassId, usize> = classes.iter().enumerate().map(|(i, class)| (class.id, i)).collect();
            let pairs = |predictions: &[(SampleId, ClassSet)]| -> Vec<(usize, usize)> {
                predictions
                    .iter()
                    .filter_map(|(sample, said)| Some((*column.get(truth.get(sample)?)?, *column.get(&said.one()?)?)))
                    .collect()
            };
            let mut points = Vec::with_capacity(rounds.len());
            let mut newest = Vec::new();
            for round in rounds {
                let pairs = pairs(&round.predictions);
                let n = pairs.len();
                let correct = pairs.iter().filter(|(truth, said)| truth == said).count();
                if n > 0 {
                    let interval = wilson(correct as u64, n as u64, 0.95);
                    points.push(Point {
                        round: round.number,
                        labels: round.n_labels,
                        strategy: round.strategy,
                        finished_us: round.finished_us,
                        n,
                        correct,
                        accuracy: correct as f64 / n as f64,
                        low: interval.low,
                        high: interval.high,
                        macro_f1: confusion(&pairs, classes.len()).macro_f1(),
                        micro_f1: None,
                    });
                }
                newest = pairs;
            }
            let count = |class: ClassId, audit: bool| {
                let found = |count: &&LabelCount| count.classes.one() == Some(class) && count.audit == audit;
                counts.iter().find(found).map_or(0, |count| count.n)
            };
            let class_points = classes
                .iter()
                .enumerate()
                .map(|(k, class)| {
                    let number = |wanted: &dyn Fn(&(usize, usize)) -> bool| {
                        newest.iter().filter(|pair| wanted(pair)).count() as u64
                    };
                    let counts = LabelCounts {
                        hits: number(&|pair| *pair == (k, k)),
                        calls: number(&|pair| pair.1 == k),
                        support: number(&|pair| pair.0 == k),
                    };
                    ClassPoint::new(class, counts, count(class.id, false), count(class.id, true))
                })
                .collect();
            let (truths, said): (Vec<_>, Vec<_>) = newest.iter().copied().unzip();
            let macro_f1_interval = (newest.len() >= 2).then(|| {
                let interval = macro_f1(&truths, &said, classes.len(), 0.95, 1000, seed);
                (interval.low, interval.high)
            });
            Curve {
                measure: Measure::Accuracy,
                audit_labels: truth.len(),
                imported,
                departed,
                points,
                macro_f1_interval,
                micro_f1_interval: None,
                classes: class_points,
            }
        })
        .await?;
    Ok(curve)
}

/// How many audit labels were imported, and how many samples left the audit set.
async fn audit_record(app: &App, project: &Project) -> Result<(i64, usize), ServiceError> {
    let departed = app.store.audit_departures(project.id).await?.len();
    Ok((app.store.imported_audit_labels(project.id).await?, departed))
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

fn confusion(pairs: &[(usize, usize)], classes: usize) -> Confusion {
    let (truths, said): (Vec<_>, Vec<_>) = pairs.iter().copied().unzip();
    Confusion::new(&truths, &said, classes)
}
