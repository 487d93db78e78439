//! Labels that deserve a second look: those that a model trained without them would not have given.
//!
//! **Invariant:** labels are judged once for each round and encoder; labels settled or answered since drop out of the
//! list. Where judging takes long, the judgements of the round before serve until those of the new one are there.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use crate::domain::{ClassId, ClassSet, Classes, EncoderId, Project, ProjectId, RoundId, SampleId};
use crate::evaluate::classification::arg_max;
use crate::evaluate::label_errors::{Judgement, judge, judge_sets};
use crate::learn::{Targets, Training, Truth, of_others};
use crate::math::{Matrix, random};
use crate::service::rounds::held_out;
use crate::service::rounds::training::material::known;
use crate::service::{App, ServiceError};

/// A label with the model's judgement.
#[derive(Debug, Clone, serde::Serialize, utoipa::ToSchema)]
pub struct Doubt {
    pub sample: SampleId,
    pub name: String,
    /// The annotation that is the sample's current answer; settling refers to it.
    pub annotation: String,
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

/// From here on the model finds its own suggestion likelier than all alternatives together.
pub const STRONG: f32 = 0.5;

/// Labels by falling doubt.
#[derive(Debug, Clone, Default, serde::Serialize, utoipa::ToSchema)]
pub struct Doubts {
    /// Labels that were judged.
    pub judged: usize,
    /// Labels that the model would not have given and that wait to be settled.
    pub waiting: usize,
    /// Those of them where it finds its own suggestion likelier than all alternatives together.
    pub strong: usize,
    /// Labels that are called errors and wait to be settled.
    pub errors: usize,
    /// Labels that a review settled.
    pub settled: usize,
    /// Those of them that the review changed: what the doubts were worth.
    pub changed: usize,
    /// The most doubtful ones that the model would not have given: by the probability of the label, lowest first.
    pub labels: Vec<Doubt>,
}

/// The judgement of one label by heads that had not seen it.
#[derive(Debug, Clone)]
struct Judged {
    sample: SampleId,
    given: ClassSet,
    suggested: ClassSet,
    judgement: Judgement,
    /// By class, in the order of the project's.
    probabilities: Vec<f32>,
}

/// All labels of a project, judged; by falling doubt.
#[derive(Debug, Default)]
pub struct Bench {
    judged: Vec<Judged>,
    /// Places in `judged`.
    of: HashMap<SampleId, usize>,
}

/// The judgements of all projects.
#[derive(Default)]
pub struct Judgements {
    known: Mutex<HashMap<ProjectId, HeldBench>>,
    /// One is made at a time, so that none is made twice.
    turn: tokio::sync::Mutex<()>,
}

/// Labels from which on nobody waits for new judgements while there are earlier ones.
const SLOW: usize = 1_500;

/// The last judgements.
struct HeldBench {
    key: Key,
    bench: Arc<Bench>,
    /// Whether newer ones are being made.
    renewing: bool,
}

/// What judgements are based on. Before the first round they use every label.
type Key = (Option<RoundId>, Option<EncoderId>, usize);

impl Judgements {
    async fn of(&self, app: &App, project: &Project) -> Result<Arc<Bench>, ServiceError> {
        let round = app.store.latest_round(project.id).await?.map(|round| round.id);
        let early = if round.is_none() { app.store.training_labels(project.id).await?.len() } else { 0 };
        let key = (round, project.encoder_id, early);
        let held = || self.lock().get(&project.id).filter(|held| held.key == key).map(|held| held.bench.clone());
        if let Some(bench) = held() {
            return Ok(bench);
        }
        if let Some(before) = self.before(app, project, key) {
            return Ok(before);
        }
        // Requests that need no judging never wait for another project's.
        let _turn = self.turn.lock().await;
        if let Some(bench) = held() {
            return Ok(bench);
        }
        let bench = Arc::new(bench(app, project).await?);
        self.lock().insert(project.id, HeldBench { key, bench: bench.clone(), renewing: false });
        Ok(bench)
    }

    /// The judgements of an earlier round by the same encoder, where new ones take long; those are made in the background.
    fn before(&self, app: &App, project: &Project, key: Key) -> Option<Arc<Bench>> {
        let before = {
            let mut known = self.lock();
            let held =
                known.get_mut(&project.id).filter(|held| held.key.1 == key.1 && held.bench.judged.len() >= SLOW)?;
            let before = held.bench.clone();
            if held.renewing {
                return Some(before);
            }
            held.renewing = true;
            before
        };
        let (app, project) = (app.clone(), project.clone());
        tokio::spawn(async move {
            let made = bench(&app, &project).await;
            let mut known = app.judgements.lock();
            match (made, known.get_mut(&project.id)) {
                (Ok(bench), Some(held)) => *held = HeldBench { key, bench: Arc::new(bench), renewing: false },
                // Somebody had them judged anew meanwhile.
                (Ok(_), None) => {}
                (Err(error), held) => {
                    let error = crate::causes::line(&error);
                    tracing::warn!(error, "labels could not be judged anew; the judgements before stay");
                    if let Some(held) = held {
                        held.renewing = false;
                    }
                }
            }
        });
        Some(before)
    }

    /// Judge again at the next request.
    pub(in crate::service) fn forget(&self, project: ProjectId) {
        self.lock().remove(&project);
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<ProjectId, HeldBench>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Up to `limit` labels that the model would not have given, the most doubtful first.
///
/// Training labels are judged by leave-one-out (or five folds), audit labels by what learned from all training labels, which
/// never saw them. Samples alone in their class are not judged; of sets, no class that a single one has, or a single
/// one lacks. Labels answered or settled after the judging are left out. Empty while there is too little to learn from.
///
/// # Errors
/// When labels cannot be read, or a head cannot be fitted.
pub async fn doubts(app: &App, project: &Project, limit: usize) -> Result<Doubts, ServiceError> {
    let Open { bench, waiting, settled, changed } = open(app, project).await?;
    let waiting = || waiting.iter().map(|&at| &bench.judged[at]);
    let mut doubts = Doubts {
        judged: bench.judged.len(),
        waiting: waiting().count(),
        strong: waiting().filter(|judged| judged.judgement.confidence >= STRONG).count(),
        errors: waiting().filter(|judged| judged.judgement.error).count(),
        settled,
        changed,
        labels: Vec::new(),
    };
    for judged in waiting().take(limit) {
        let Some(row) = app.store.sample(project.id, judged.sample).await? else { continue };
        let Some(annotation) = row.annotation_id else { continue };
        let named = |set: &ClassSet| Classes::new(project.task, set);
        let (Some(class), Some(suggested)) = (named(&judged.given), named(&judged.suggested)) else { continue };
        doubts.labels.push(Doubt {
            sample: judged.sample,
            name: row.name,
            annotation,
            class,
            probability: judged.judgement.own,
            suggested,
            confidence: judged.judgement.confidence,
            error: judged.judgement.error,
            audit: row.audit,
        });
    }
    Ok(doubts)
}

/// The samples of [`doubts`], without a limit.
pub async fn doubtful(app: &App, project: &Project) -> Result<Vec<SampleId>, ServiceError> {
    let Open { bench, waiting, .. } = open(app, project).await?;
    Ok(waiting.into_iter().map(|at| bench.judged[at].sample).collect())
}

/// Judged labels that still stand: the sample, its label, and the likeliest class of heads that had not seen it.
pub async fn guesses(app: &App, project: &Project) -> Result<Vec<(SampleId, ClassSet, ClassSet)>, ServiceError> {
    let bench = app.judgements.of(app, project).await?;
    let classes: Vec<ClassId> = app.store.classes(project.id).await?.iter().map(|class| class.id).collect();
    let stands = current(app, project).await?;
    let judged = bench.judged.iter().filter(|judged| stands.get(&judged.sample) == Some(&judged.given));
    let guess = |judged: &Judged| {
        let best = arg_max(&judged.probabilities, classes.len());
        let set = best.into_iter().filter_map(|at| classes.get(at).copied()).collect();
        (judged.sample, judged.given.clone(), set)
    };
    Ok(judged.map(guess).collect())
}

/// What heads that had not seen the sample's label say about it: probabilities by class, in the order of the project's.
///
/// `None` where it has no label that was judged: samples without one have no prediction, so that their answers stay
/// blind.
pub async fn held_out_opinion(
    app: &App,
    project: &Project,
    sample: SampleId,
) -> Result<Option<Vec<f32>>, ServiceError> {
    let bench = app.judgements.of(app, project).await?;
    Ok(bench.of.get(&sample).map(|&at| bench.judged[at].probabilities.clone()))
}

/// The current labels, those of the audit set included.
async fn current(app: &App, project: &Project) -> Result<HashMap<SampleId, ClassSet>, ServiceError> {
    let labels = [app.store.training_labels(project.id).await?, app.store.audit_labels(project.id).await?].concat();
    Ok(labels.into_iter().collect())
}

/// All judgements, and which are open.
struct Open {
    bench: Arc<Bench>,
    /// Places of those that wait to be settled.
    waiting: Vec<usize>,
    /// Samples that a review settled.
    settled: usize,
    /// Those of them whose label it changed.
    changed: usize,
}

/// Labels waiting to be settled: still current, not yet settled, and not what the model would have given. A label that
/// the model agrees with is not in doubt, however unsure the model is.
async fn open(app: &App, project: &Project) -> Result<Open, ServiceError> {
    let bench = app.judgements.of(app, project).await?;
    let settled: HashMap<SampleId, bool> = app.store.settled_samples(project.id).await?.into_iter().collect();
    let stands = current(app, project).await?;
    let waits = |judged: &Judged| {
        judged.given != judged.suggested
            && !settled.contains_key(&judged.sample)
            && stands.get(&judged.sample) == Some(&judged.given)
    };
    let waiting = (0..bench.judged.len()).filter(|&at| waits(&bench.judged[at])).collect();
    let changed = settled.values().filter(|changed| **changed).count();
    Ok(Open { waiting, settled: settled.len(), changed, bench })
}

async fn bench(app: &App, project: &Project) -> Result<Bench, ServiceError> {
    let Some(pool) = app.pools.get(app, project).await? else { return Ok(Bench::default()) };
    let Some(standardiser) = pool.standardiser() else { return Ok(Bench::default()) };
    let columns: Vec<ClassId> = app.store.classes(project.id).await?.iter().map(|class| class.id).collect();
    let k = columns.len();
    let Some(trained) = held_out::of_training(app, project, &pool, &columns).await? else {
        return Ok(Bench::default());
    };
    let (audit, said) = known(&pool, project.task.into(), &columns, &app.store.audit_labels(project.id).await?);
    let n_train = trained.rows.len();
    let (seen, held) = (pool.rows.gather(&trained.rows), pool.rows.gather(&audit));
    let rows: Vec<usize> = [trained.rows, audit].concat();
    let truth = trained.truth.clone().followed_by(said);
    let (given, tuned, mut probabilities) = (trained.truth, trained.tuned, trained.probabilities);
    if held.rows() > 0 {
        let seed = random::hash(project.seed as u64, 0xd0);
        let judged = app.cpu.run(move || {
            let training = Training { rows: &seen, targets: given.targets(), weights: None, n_classes: k };
            of_others(&training, &standardiser, &tuned, &held, seed).map(Matrix::into_vec)
        });
        probabilities.extend(judged.await??);
    }
    let named = |places: Vec<usize>| -> ClassSet { places.into_iter().map(|class| columns[class]).collect() };
    let judged = judgements(&truth, &probabilities, k, n_train).into_iter().map(|(at, judgement)| Judged {
        sample: pool.ids[rows[at]],
        given: named(truth.targets().of(at, k)),
        suggested: named(judgement.suggested.clone()),
        probabilities: probabilities[at * k..(at + 1) * k].to_vec(),
        judgement,
    });
    let mut judged: Vec<Judged> = judged.collect();
    judged.sort_by(|a, b| a.judgement.own.total_cmp(&b.judgement.own).then(a.sample.cmp(&b.sample)));
    let of = judged.iter().enumerate().map(|(at, judged)| (judged.sample, at)).collect();
    Ok(Bench { judged, of })
}

/// Judgements of labels by heads that had not seen them: position and judgement of each that can be judged. The first
/// `n_train` train.
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
