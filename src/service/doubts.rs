//! Labels that deserve a second look: those that a model which has not seen them would not have given.

use crate::app::App;
use crate::domain::class_set::ones;
use crate::domain::{ClassId, Project, SampleId};
use crate::evaluate::label_errors::{Judgement, judge};
use crate::learn::{CommitteeOptions, Training, fit_committee};
use crate::service::projects::needs_one_class;
use crate::service::{ServiceError, held_out};

/// A label and what the model makes of it.
#[derive(Debug, Clone, serde::Serialize, utoipa::ToSchema)]
pub struct Doubt {
    pub sample: SampleId,
    pub name: String,
    pub class: ClassId,
    /// Out-of-sample probability of the label.
    pub probability: f32,
    pub suggested: ClassId,
    /// Out-of-sample probability of the suggested class.
    pub confidence: f32,
    /// Whether confident learning calls it an error.
    pub error: bool,
    /// Whether the sample belongs to the audit set.
    #[serde(skip)]
    pub audit: bool,
}

/// Labels by falling doubt.
#[derive(Debug, Clone, Default, serde::Serialize, utoipa::ToSchema)]
pub struct Doubts {
    /// Labels that were judged.
    pub judged: usize,
    /// Labels that confident learning calls errors.
    pub errors: usize,
    /// The most doubtful ones: by the probability of the label, lowest first.
    pub labels: Vec<Doubt>,
}

/// The `limit` most doubtful labels. Training labels are judged by leave-one-out (or five folds), audit labels by the head of
/// all training labels, which never saw them. Samples alone in their class are not judged.
///
/// Empty while fewer than two classes have labels.
///
/// # Errors
/// In projects with any number of classes per sample.
pub async fn doubts(app: &App, project: &Project, limit: usize) -> Result<Doubts, ServiceError> {
    needs_one_class(project, "the search for doubtful labels")?;
    let Some(pool) = app.pools.get(app, project).await? else { return Ok(Doubts::default()) };
    let Some(standardiser) = pool.standardiser() else { return Ok(Doubts::default()) };
    let columns: Vec<ClassId> = app.store.classes(project.id).await?.iter().map(|class| class.id).collect();
    let k = columns.len();
    let Some(trained) = held_out::of_classes(app, project, &pool, &columns).await? else {
        return Ok(Doubts::default());
    };
    let (audit, audit_y) = held_out::rows_of(&pool, &columns, &ones(app.store.audit_labels(project.id).await?));
    let n_train = trained.rows.len();
    let rows: Vec<usize> = [trained.rows, audit].concat();
    let labels: Vec<usize> = [trained.labels, audit_y].concat();
    let (known, held) = (pool.rows.gather(&rows[..n_train]), pool.rows.gather(&rows[n_train..]));
    let (given, tuned, mut probabilities) = (labels.clone(), trained.tuned, trained.probabilities);
    if held.rows() > 0 {
        let judged = app.cpu.run(move || {
            let training = Training { rows: &known, labels: &given[..n_train], weights: None, n_classes: k };
            let options = CommitteeOptions { members: 1, tuned: Some(tuned), ..CommitteeOptions::default() };
            let fitted = fit_committee(&training, &standardiser, None, &options)?;
            Ok::<_, crate::learn::LearnError>(fitted.committee.votes(&held).probabilities)
        });
        probabilities.extend(judged.await??);
    }
    let mut counts = vec![0usize; k];
    labels[..n_train].iter().for_each(|&y| counts[y] += 1);
    let mut judged: Vec<(usize, Judgement)> = judge(&labels, &probabilities, k).into_iter().enumerate().collect();
    judged.retain(|(at, _)| counts[labels[*at]] > usize::from(*at < n_train));
    judged.sort_by(|(a, one), (b, other)| {
        one.own.total_cmp(&other.own).then(pool.ids[rows[*a]].cmp(&pool.ids[rows[*b]]))
    });
    let errors = judged.iter().filter(|(_, judgement)| judgement.error).count();
    let mut doubts = Doubts { judged: judged.len(), errors, labels: Vec::new() };
    for (at, judgement) in judged.into_iter().take(limit) {
        let sample = pool.ids[rows[at]];
        let Some(row) = app.store.sample(project.id, sample).await? else { continue };
        doubts.labels.push(Doubt {
            sample,
            name: row.name,
            class: columns[labels[at]],
            probability: judgement.own,
            suggested: columns[judgement.suggested],
            confidence: judgement.confidence,
            error: judgement.error,
            audit: row.audit,
        });
    }
    Ok(doubts)
}
