//! What the committee in use takes samples for: proposed to groups, and shown on the desk where the lead allows it.
//!
//! **Invariant:** it has no opinion of audit samples, and on the desk says nothing of others as well, so that saying nothing
//! tells little.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, PoisonError};

use super::{ServiceError, predictions, shelf};
use crate::app::App;
use crate::domain::{ClassId, Project, ProjectId, RoundId, SampleId};
use crate::evaluate::classification::arg_max;
use crate::math::random;

/// The likeliest class of each sample, and how likely.
pub type Opinion = HashMap<SampleId, (ClassId, f32)>;

/// Share of the samples outside the audit set of which the desk shows no opinion either.
const WITHHELD: f64 = 0.25;
/// Makes that draw another one than every other draw of a project.
const WITHHELD_SALT: u64 = 0x0091_4e10;

/// The opinions of all projects.
///
/// Nobody waits for a new round's opinion: the one before serves until the new one is there.
#[derive(Default)]
pub struct Opinions {
    known: Mutex<HashMap<ProjectId, Held>>,
}

struct Held {
    round: RoundId,
    opinion: Arc<Opinion>,
    /// Whether a newer one is being made.
    renewing: bool,
}

impl Opinions {
    /// The opinion of the round in use, or of the one before; the first of all is waited for.
    pub async fn of(&self, app: &App, project: &Project) -> Result<Arc<Opinion>, ServiceError> {
        let Some(round) = shelf::in_use(app, project).await? else { return Ok(Arc::default()) };
        match self.at_hand(app, project, round.id) {
            Some(opinion) => Ok(opinion),
            None => made(app, project, round.id).await,
        }
    }

    /// What the desk shows about each of these samples. Nobody waits for it: without an opinion at hand it shows none.
    pub async fn shown(
        &self,
        app: &App,
        project: &Project,
        samples: &[SampleId],
    ) -> Result<Vec<Option<(ClassId, f32)>>, ServiceError> {
        let none = vec![None; samples.len()];
        // The likeliest class is no opinion of a set.
        if !project.show_opinion || project.is_multi() || samples.is_empty() {
            return Ok(none);
        }
        let Some(round) = shelf::in_use(app, project).await? else { return Ok(none) };
        // The first one is made beside this request, from an empty one of no round.
        self.lock().entry(project.id).or_insert_with(|| Held {
            round: RoundId(0),
            opinion: Arc::default(),
            renewing: false,
        });
        let opinion = self.at_hand(app, project, round.id).unwrap_or_default();
        let about = |sample: &SampleId| opinion.get(sample).filter(|_| !withheld(project, *sample)).copied();
        Ok(samples.iter().map(about).collect())
    }

    /// The opinion that is there; where it is of another round than the `newest`, that one's is made meanwhile.
    fn at_hand(&self, app: &App, project: &Project, newest: RoundId) -> Option<Arc<Opinion>> {
        let opinion = {
            let mut known = self.lock();
            let held = known.get_mut(&project.id)?;
            if held.renewing || held.round == newest {
                return Some(held.opinion.clone());
            }
            held.renewing = true;
            held.opinion.clone()
        };
        let (app, project) = (app.clone(), project.clone());
        tokio::spawn(async move {
            if let Err(error) = made(&app, &project, newest).await {
                let error = &error as &dyn std::error::Error;
                tracing::warn!(error, "what the committee takes samples for is not known");
            }
            if let Some(held) = app.opinions.lock().get_mut(&project.id) {
                held.renewing = false;
            }
        });
        Some(opinion)
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<ProjectId, Held>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whether the desk says nothing about a sample that does not audit.
fn withheld(project: &Project, sample: SampleId) -> bool {
    random::unit(random::hash(project.seed as u64 ^ WITHHELD_SALT, sample.0 as u64)) < WITHHELD
}

/// The opinion of the round in use, for everybody who asks from now on.
async fn made(app: &App, project: &Project, round: RoundId) -> Result<Arc<Opinion>, ServiceError> {
    let Some(predictions) = predictions::in_use(app, project).await? else { return Ok(Arc::default()) };
    let audit: HashSet<SampleId> = app.store.audit_samples(project.id, i64::MAX).await?.into_iter().collect();
    let likeliest = |(sample, p): (SampleId, Vec<f32>)| {
        let best = *arg_max(&p, p.len()).first()?;
        Some((sample, (*predictions.classes.get(best)?, p[best])))
    };
    let open = predictions.of.into_iter().filter(|(sample, _)| !audit.contains(sample));
    let opinion = Arc::new(open.filter_map(likeliest).collect::<Opinion>());
    app.opinions.lock().insert(project.id, Held { round, opinion: opinion.clone(), renewing: false });
    Ok(opinion)
}
