//! Review: what reviewers and leads make of answers, skips and doubtful labels, of one sample or many at once.
//!
//! **Invariant:** nobody overrules what they have not seen. Each act names the annotation that was the sample's current answer when
//! the page was made; a sample answered since then stays unchanged, and is reported.

use tokio::task::JoinSet;

use crate::domain::id::uuid_text;
use crate::domain::{AccountId, Answer, Class, ClassSet, Origin, Project, ProjectId, SampleId, SkipReason};
use crate::service::desk::labeling;
use crate::service::live::Changed;
use crate::service::{App, ServiceError};
use crate::store::labeling::{Basis, NewAnswer, Receipt, Refused};

/// Samples that one request may settle.
pub const MOST: usize = 500;

/// A sample as a reviewer saw it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SeenAnswer {
    pub sample: SampleId,
    /// The annotation that was its current answer; `None`: it had none.
    pub annotation: Option<String>,
}

/// What to do about a sample.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Act {
    /// Its answer stays, and is no longer in doubt.
    Keep,
    /// This answer takes the place of the one it has.
    Answer(Answer),
    /// Its answers are taken back, and it waits in the pool again.
    AskAgain,
    /// The answers that were last taken back so stand again, unless it was answered or handed out since.
    BringBack,
}

impl Act {
    /// The sample is no longer asked and never trains.
    pub fn set_aside() -> Self {
        Self::Answer(Answer::Skip { reason: SkipReason::BadData, note: None })
    }
}

/// The outcome of a request, in its order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Reviewed {
    /// The samples that were settled, each with the annotation that is its current answer now.
    pub settled: Vec<SeenAnswer>,
    /// The samples that got another answer in the meantime and were left unchanged.
    pub changed: Vec<SampleId>,
}

/// Settle samples, each by its act.
///
/// # Errors
/// When there are none or more than [`MOST`], a class or sample is not the project's, a class is retired, a note is too long, or an
/// unanswered sample is to be kept or asked again. Nothing is stored then.
pub async fn settle(
    app: &App,
    project: &Project,
    account: AccountId,
    acts: Vec<(SeenAnswer, Act)>,
) -> Result<Reviewed, ServiceError> {
    if acts.is_empty() || acts.len() > MOST {
        return Err(ServiceError::Invalid(format!("{} samples are named; name 1 to {MOST}", acts.len())));
    }
    let asked_again = acts.iter().any(|(_, act)| [Act::AskAgain, Act::BringBack].contains(act));
    let classes = app.store.classes(project.id).await?;
    let mut commands = Vec::with_capacity(acts.len());
    for (seen, act) in acts.iter().cloned() {
        if let Act::Answer(Answer::Classes(set)) = &act {
            offered(&classes, set)?;
        }
        commands.push(command(app, project, account, seen, act).await?);
    }
    let mut under_way = JoinSet::new();
    for (at, command) in commands.into_iter().enumerate() {
        let (writer, now) = (app.desk_writer.clone(), app.clock.now());
        // All at once, so that they share a commit.
        under_way.spawn(async move {
            let done = match command {
                Command::Answer(answer) => writer.review(answer, now).await,
                Command::AskAgain { project, account, sample, seen } => {
                    writer.ask_again(project, account, sample, seen, now).await
                }
                Command::BringBack { project, account, sample } => {
                    writer.bring_back(project, account, sample, now).await
                }
            };
            (at, done)
        });
    }
    let mut done: Vec<(usize, Result<Result<Receipt, Refused>, _>)> = under_way.join_all().await;
    done.sort_by_key(|(at, _)| *at);
    let mut reviewed = Reviewed::default();
    let mut newest = None;
    for (at, done) in done {
        let sample = acts[at].0.sample;
        match done? {
            Ok(receipt) => {
                let annotation = (acts[at].1 != Act::AskAgain).then_some(receipt.annotation.id);
                reviewed.settled.push(SeenAnswer { sample, annotation });
                newest = receipt.tally.or(newest);
                if receipt.round_due {
                    app.wake.notify_waiters();
                }
            }
            Err(Refused::Superseded(_) | Refused::Answered(_)) => reviewed.changed.push(sample),
            Err(refused) => return Err(refused.into()),
        }
    }
    if let Some(tally) = newest {
        app.desks.get(app, project).await?.audited(tally.audit_labeled);
    }
    if asked_again {
        app.changed(project.id, Changed::Samples);
    }
    Ok(reviewed)
}

/// Whether all of these classes may be answered.
fn offered(classes: &[Class], set: &ClassSet) -> Result<(), Refused> {
    set.ids().try_for_each(|id| match classes.iter().find(|class| class.id == id) {
        None => Err(Refused::UnknownClass(id)),
        Some(class) if class.retired => Err(Refused::RetiredClass(id)),
        Some(_) => Ok(()),
    })
}

/// The desk writer's command.
enum Command {
    Answer(NewAnswer),
    AskAgain { project: ProjectId, account: AccountId, sample: SampleId, seen: String },
    BringBack { project: ProjectId, account: AccountId, sample: SampleId },
}

async fn command(
    app: &App,
    project: &Project,
    account: AccountId,
    seen: SeenAnswer,
    act: Act,
) -> Result<Command, ServiceError> {
    let SeenAnswer { sample, annotation } = seen;
    let annotation = annotation.map(|id| uuid_text(&id));
    let answered = || ServiceError::Invalid(format!("sample {sample} has no answer yet; answer it"));
    let row = app.store.sample(project.id, sample).await?.ok_or_else(|| ServiceError::not_found("sample", sample))?;
    let answer = match act {
        Act::AskAgain => {
            let seen = annotation.ok_or_else(answered)?;
            return Ok(Command::AskAgain { project: project.id, account, sample, seen });
        }
        Act::BringBack => return Ok(Command::BringBack { project: project.id, account, sample }),
        Act::Answer(answer) => answer,
        Act::Keep => row.answer.ok_or_else(answered)?,
    };
    labeling::check(project, &answer)?;
    Ok(Command::Answer(NewAnswer {
        id: uuid::Uuid::new_v4().to_string(),
        project: project.id,
        sample,
        basis: Basis::Review(annotation),
        account,
        answer,
        seconds: None,
        origin: Origin::Review,
        disputed: false,
    }))
}
