//! Labels that deserve a second look: those that a model which has not seen them would not have given.

use crate::domain::{ClassId, ClassSet, Classes, Project, SampleId};
use crate::evaluate::label_errors::{Judgement, judge, judge_sets};
use crate::learn::{CommitteeOptions, Targets, Training, Truth, fit_committee};
use crate::service::rounds::held_out;
use crate::service::rounds::training::material::known;
use crate::service::{App, ServiceError};

/// A label and what the model makes of it.
#[derive(Debug, Clone, serde::Serialize, utoipa::ToSchema)]
pub struct Doubt {
    pub sample: SampleId,
    pub name: String,
    /// The label: one class, or any number of them where samples have so many.
    pub class: Classes,
    /// Out-of-sample probability of the label; of a set, of what is least likely about it.
    pub probability: f32,
    /// What the model would have said; of a set, with the classes changed that it doubts.
    pub suggested: Classes,
    /// Out-of-sample probability of the suggested class; of a set, of the likeliest change.
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
/// all training labels, which never saw them. Samples alone in their class are not judged; of sets, no class that a single one
/// has, or a single one lacks.
///
/// Empty while there is too little to learn from.
///
/// # Errors
/// When labels cannot be read, or a head cannot be fitted.
pub async fn doubts(app: &App, project: &Project, limit: usize) -> Result<Doubts, ServiceError> {
    let Some(pool) = app.pools.get(app, project).await? else { return Ok(Doubts::default()) };
    let Some(standardiser) = pool.standardiser() else { return Ok(Doubts::default()) };
    let columns: Vec<ClassId> = app.store.classes(project.id).await?.iter().map(|class| class.id).collect();
    let k = columns.len();
    let Some(trained) = held_out::of_training(app, project, &pool, &columns).await? else {
        return Ok(Doubts::default());
    };
    let (audit, said) = known(&pool, project.task.into(), &columns, &app.store.audit_labels(project.id).await?);
    let n_train = trained.rows.len();
    let (seen, held) = (pool.rows.gather(&trained.rows), pool.rows.gather(&audit));
    let rows: Vec<usize> = [trained.rows, audit].concat();
    let truth = trained.truth.clone().followed_by(said);
    let (given, tuned, mut probabilities) = (trained.truth, trained.tuned, trained.probabilities);
    if held.rows() > 0 {
        let judged = app.cpu.run(move || {
            let training = Training { rows: &seen, targets: given.targets(), weights: None, n_classes: k };
            let options = CommitteeOptions { members: 1, tuned: Some(tuned), ..CommitteeOptions::default() };
            let fitted = fit_committee(&training, &standardiser, None, &options)?;
            Ok::<_, crate::learn::LearnError>(fitted.committee.votes(&held).probabilities)
        });
        probabilities.extend(judged.await??);
    }
    let mut judged = judgements(&truth, &probabilities, k, n_train);
    judged.sort_by(|(a, one), (b, other)| {
        one.own.total_cmp(&other.own).then(pool.ids[rows[*a]].cmp(&pool.ids[rows[*b]]))
    });
    let errors = judged.iter().filter(|(_, judgement)| judgement.error).count();
    let named = |places: Vec<usize>| {
        Classes::new(project.task, &places.into_iter().map(|class| columns[class]).collect::<ClassSet>())
    };
    let mut doubts = Doubts { judged: judged.len(), errors, labels: Vec::new() };
    for (at, judgement) in judged.into_iter().take(limit) {
        let sample = pool.ids[rows[at]];
        let Some(row) = app.store.sample(project.id, sample).await? else { continue };
        let (Some(class), Some(suggested)) = (named(truth.targets().of(at, k)), named(judgement.suggested)) else {
            continue;
        };
        doubts.labels.push(Doubt {
            sample,
            name: row.name,
            class,
            probability: judgement.own,
            suggested,
            confidence: judgement.confidence,
            error: judgement.error,
            audit: row.audit,
        });
    }
    Ok(doubts)
}

/// What heads that had not seen them make of labels: place and judgement of each that can be judged. The first `n_train` train.
fn judgements(truth: &Truth, probabilities: &[f32], k: usize, n_train: usize) -> Vec<(usize, Judgement)> {
    match truth.targets() {
        Targets::One(labels) => {
            let mut counts = vec![0usize; k];
            labels[..n_train].iter().for_each(|&y| counts[y] += 1);
            let shared = |at: &usize| counts[labels[*at]] > usize::from(*at < n_train);
            judge(labels, probabilities, k).into_iter().enumerate().filter(|(at, _)| shared(at)).collect()
        }
        Targets::Sets(truth) => {
            let counts = Targets::Sets(&truth[..n_train * k]).counts(k);
            let varies: Vec<bool> = counts.iter().map(|&count| count > 1 && count + 1 < n_train).collect();
            judge_sets(truth, probabilities, &varies).into_iter().enumerate().collect()
        }
    }
}
