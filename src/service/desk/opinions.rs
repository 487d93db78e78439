//! What the committee in use takes samples for: proposed to groups, and shown on the desk where the lead allows it.
//!
//! **Invariant:** on the desk it has no opinion of audit samples, nor of samples whose label it learned, since it would repeat what
//! somebody said; it withholds it for some others too, so that a missing opinion reveals little.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::Notify;

use crate::domain::{Answer, ClassSet, Project, ProjectId, RoundId, SampleId};
use crate::learn::Link;
use crate::service::rounds::{predictions, shelf};
use crate::service::{App, ServiceError};

/// What a committee takes a sample for.
#[derive(Debug, Clone, PartialEq)]
pub struct Said {
    /// The likeliest class, or the classes that are likelier than not.
    pub classes: ClassSet,
    /// How likely that class is; of a set, how likely the least certain part of it.
    pub probability: f32,
}

/// What a committee thinks of a pool.
#[derive(Debug, Default)]
pub struct CommitteeOpinion {
    said: HashMap<SampleId, Said>,
    /// Samples with a label when it was made: of these it remembers what somebody said.
    learned: HashSet<SampleId>,
    /// How sure it is, 0 to 1, audit samples among them: that says nothing of their class, and lists may be ordered by it
    /// without telling which ones they are.
    sure: HashMap<SampleId, f32>,
}

impl CommitteeOpinion {
    /// What it takes a sample outside the audit set for.
    pub fn get(&self, sample: &SampleId) -> Option<&Said> {
        self.said.get(sample)
    }

    /// How sure it is of a sample: how likely the likeliest class is, or, where samples have any number of classes, the mean of
    /// |2 p − 1| over them.
    pub fn sure(&self, sample: SampleId) -> Option<f32> {
        self.sure.get(&sample).copied()
    }
}

/// Share of the samples outside the audit set of which the desk shows no opinion either.
const WITHHELD: f64 = 0.25;
/// From here on the committee finds its class likelier than all others together.
const SURE: f32 = 0.5;
/// How long to wait for a project's first opinion.
const PATIENCE: Duration = Duration::from_secs(3);

/// The opinions of all projects.
///
/// They are computed outside the requests, and nobody waits for a new round's: the previous one serves until it is
/// ready.
#[derive(Default)]
pub struct Opinions {
    known: Mutex<HashMap<ProjectId, Held>>,
    made: Notify,
}

struct Held {
    /// `None`: the first one is not made yet.
    round: Option<RoundId>,
    opinion: Arc<CommitteeOpinion>,
    /// Whether a newer one is being made.
    renewing: bool,
}

impl Opinions {
    /// The opinion of the round in use, or of the one before; waits briefly for the very first.
    pub async fn of(&self, app: &App, project: &Project) -> Result<Arc<CommitteeOpinion>, ServiceError> {
        let Some(round) = shelf::in_use(app, project).await? else { return Ok(Arc::default()) };
        let first = async {
            loop {
                // Subscribe before looking, so that nothing is missed in between.
                let made = self.made.notified();
                let (opinion, there) = self.at_hand(app, project, round.id);
                if there {
                    return opinion;
                }
                made.await;
            }
        };
        Ok(tokio::time::timeout(PATIENCE, first).await.unwrap_or_default())
    }

    /// What the desk shows about each of these samples. It never waits: without an opinion at hand it shows none.
    pub async fn shown(
        &self,
        app: &App,
        project: &Project,
        samples: &[SampleId],
    ) -> Result<Vec<Option<Said>>, ServiceError> {
        let none = vec![None; samples.len()];
        if !project.show_opinion || samples.is_empty() {
            return Ok(none);
        }
        let Some(round) = shelf::in_use(app, project).await? else { return Ok(none) };
        let (opinion, _) = self.at_hand(app, project, round.id);
        let hidden = |sample: &SampleId| withheld(project, *sample) || opinion.learned.contains(sample);
        let about = |sample: &SampleId| opinion.get(sample).filter(|_| !hidden(sample)).cloned();
        Ok(samples.iter().map(about).collect())
    }

    /// Whether the committee, which has not seen this answer, is sure of another one. It never waits: without an opinion at hand there
    /// is no dispute.
    pub async fn disputes(
        &self,
        app: &App,
        project: &Project,
        sample: SampleId,
        answer: &Answer,
    ) -> Result<bool, ServiceError> {
        let Some(given) = answer.classes() else { return Ok(false) };
        let Some(round) = shelf::in_use(app, project).await? else { return Ok(false) };
        let (opinion, _) = self.at_hand(app, project, round.id);
        Ok(opinion.get(&sample).is_some_and(|said| said.classes != *given && said.probability >= SURE))
    }

    /// The opinion that is there, and whether there is one; if it is not the `newest` round's, that one is computed in
    /// the background.
    fn at_hand(&self, app: &App, project: &Project, newest: RoundId) -> (Arc<CommitteeOpinion>, bool) {
        let (opinion, there) = {
            let mut known = self.lock();
            let nothing = || Held { round: None, opinion: Arc::default(), renewing: false };
            let held = known.entry(project.id).or_insert_with(nothing);
            let answer = (held.opinion.clone(), held.round.is_some());
            if held.renewing || held.round == Some(newest) {
                return answer;
            }
            held.renewing = true;
            answer
        };
        let (app, project) = (app.clone(), project.clone());
        tokio::spawn(async move {
            let made = made(&app, &project).await.unwrap_or_else(|error| {
                let error = crate::causes::line(&error);
                tracing::warn!(error, "what the committee takes samples for is not known");
                Arc::default()
            });
            let held = Held { round: Some(newest), opinion: made, renewing: false };
            app.opinions.lock().insert(project.id, held);
            app.opinions.made.notify_waiters();
        });
        (opinion, there)
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<ProjectId, Held>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whether the desk withholds the opinion of a sample outside the audit set.
fn withheld(project: &Project, sample: SampleId) -> bool {
    project.secret.withholds(sample, WITHHELD)
}

/// The opinion of the round in use.
async fn made(app: &App, project: &Project) -> Result<Arc<CommitteeOpinion>, ServiceError> {
    let Some(predictions) = predictions::in_use(app, project).await? else { return Ok(Arc::default()) };
    let audit: HashSet<SampleId> = app.store.audit_samples(project.id, i64::MAX).await?.into_iter().collect();
    let link = Link::from(project.task);
    let learned = app.store.training_labels(project.id).await?.into_iter().map(|(sample, _)| sample).collect();
    let mut opinion = CommitteeOpinion { learned, ..CommitteeOpinion::default() };
    for (sample, p) in predictions.of {
        let decided = link.decided(&p);
        opinion.sure.insert(sample, link.certainty(&p));
        if !audit.contains(&sample) {
            let classes = decided.iter().filter_map(|&k| predictions.classes.get(k).copied()).collect();
            opinion.said.insert(sample, Said { classes, probability: link.probability(&p) });
        }
    }
    Ok(Arc::new(opinion))
}
