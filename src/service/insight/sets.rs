//! The curve where samples have any number of classes: exact match, micro and macro F1, and every class by itself.

use std::collections::HashMap;

use super::{ClassPoint, Curve, Measure, Point, audit_record};
use crate::app::App;
use crate::domain::{ClassId, ClassSet, Project, SampleId};
use crate::evaluate::interval::wilson;
use crate::evaluate::multi_label::Sets;
use crate::service::ServiceError;
use crate::store::labels::LabelCount;

/// Replicates of the bootstrap.
const REPLICATES: usize = 1000;

/// As [`super::curve`].
pub(super) async fn curve(app: &App, project: &Project) -> Result<Curve, ServiceError> {
    let rounds = app.store.audited_rounds(project.id).await?;
    let truth: HashMap<SampleId, ClassSet> = app.store.audit_labels(project.id).await?.into_iter().collect();
    let classes = app.store.classes(project.id).await?;
    let counts = app.store.label_counts(project.id).await?;
    let (imported, departed) = audit_record(app, project).await?;
    let seed = project.seed as u64;
    Ok(app
        .cpu
        .run(move || {
            let column: HashMap<ClassId, usize> = classes.iter().enumerate().map(|(i, class)| (class.id, i)).collect();
            let places =
                |set: &ClassSet| -> Vec<usize> { set.ids().filter_map(|id| column.get(&id).copied()).collect() };
            let known: HashMap<SampleId, Vec<usize>> = truth.iter().map(|(id, set)| (*id, places(set))).collect();
            let mut points = Vec::with_capacity(rounds.len());
            let mut newest = Sets::new(classes.len(), []);
            for round in rounds {
                let said: Vec<_> = round.predictions.iter().map(|(id, set)| (id, places(set))).collect();
                let pairs = said.iter().filter_map(|(id, said)| Some((known.get(id)?.as_slice(), said.as_slice())));
                newest = Sets::new(classes.len(), pairs);
                if newest.is_empty() {
                    continue;
                }
                let (n, scores) = (newest.len(), newest.scores());
                let interval = wilson(scores.exact, n as u64, 0.95);
                points.push(Point {
                    round: round.number,
                    labels: round.n_labels,
                    strategy: round.strategy,
                    finished_us: round.finished_us,
                    n,
                    correct: scores.exact as usize,
                    accuracy: interval.value,
                    low: interval.low,
                    high: interval.high,
                    macro_f1: scores.macro_f1,
                    micro_f1: Some(scores.micro_f1),
                });
            }
            let intervals = (newest.len() >= 2).then(|| newest.f1_intervals(0.95, REPLICATES, seed));
            let scores = newest.scores();
            let class_points = classes.iter().zip(scores.labels).map(|(class, found)| {
                ClassPoint::new(class, found, labels(&counts, class.id, false), labels(&counts, class.id, true))
            });
            Curve {
                measure: Measure::ExactMatch,
                audit_labels: truth.len(),
                imported,
                departed,
                points,
                macro_f1_interval: intervals.map(|(_, mean)| (mean.low, mean.high)),
                micro_f1_interval: intervals.map(|(micro, _)| (micro.low, micro.high)),
                classes: class_points.collect(),
            }
        })
        .await?)
}

/// Labels whose set holds the class.
fn labels(counts: &[LabelCount], class: ClassId, audit: bool) -> i64 {
    counts.iter().filter(|count| count.audit == audit && count.classes.contains(class)).map(|count| count.n).sum()
}
