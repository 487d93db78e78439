//! Labeling: lease a sample, answer it, take the answer back.
//!
//! **Invariant:** nothing here waits for training or inference.

use crate::domain::id::uuid_text;
use crate::domain::{AccountId, Answer, Origin, Project, SampleId};
use crate::service::desk::streams::{CHOSEN, COVERAGE, RANDOM};
use crate::service::live::Changed;
use crate::service::{App, ServiceError};
use crate::store::desk_writer::LeaseRequest;
pub use crate::store::labeling::Basis;
use crate::store::labeling::{Lease, NewAnswer, Receipt};

/// Characters of what is said about a skip.
const LONGEST_NOTE: usize = 2000;

/// Most leases one request may ask for.
pub const MOST_LEASES: usize = 100;

/// An answer as a client gives it.
#[derive(Debug, Clone)]
pub struct Given {
    /// A UUID made by the client; the same answer sent again carries the same id.
    pub id: String,
    pub sample: SampleId,
    pub basis: Basis,
    pub answer: Answer,
    /// Active seconds the person spent.
    pub seconds: Option<f64>,
    /// How many more samples to lease with the answer.
    pub next: usize,
    pub origin: Origin,
}

/// Lease up to `count` samples to a person; with `resume`, those the person holds already come first.
pub async fn lease(
    app: &App,
    project: &Project,
    account: AccountId,
    count: usize,
    resume: bool,
) -> Result<Vec<Lease>, ServiceError> {
    if count == 0 || count > MOST_LEASES {
        return Err(ServiceError::Invalid(format!("count is {count}; ask for 1 to {MOST_LEASES} leases")));
    }
    grant(app, project, LeaseWish { account, count, resume, answer: None }).await
}

/// Who asks for leases, how many, whether to resume their own first, and with which answer.
struct LeaseWish {
    account: AccountId,
    count: usize,
    resume: bool,
    answer: Option<String>,
}

async fn grant(app: &App, project: &Project, wish: LeaseWish) -> Result<Vec<Lease>, ServiceError> {
    let LeaseWish { account, count, resume, answer } = wish;
    let desk = app.desks.get(app, project).await?;
    let request = LeaseRequest { project: project.id, account, count, resume, answer, candidates: desk.clone() };
    let mut leases = app.desk_writer.lease(request.clone(), app.clock.now()).await?;
    if leases.len() < count {
        // The streams in memory ran dry; samples may have come back since they were filled.
        desk.refill(app).await?;
        let rest = LeaseRequest { count: count - leases.len(), resume: false, ..request };
        leases.extend(app.desk_writer.lease(rest, app.clock.now()).await?);
    }
    Ok(leases)
}

/// Store an answer; its receipt is proof that it is durable.
pub async fn answer(app: &App, project: &Project, account: AccountId, given: Given) -> Result<Receipt, ServiceError> {
    let id = uuid::Uuid::parse_str(&given.id).map_err(|_| {
        ServiceError::Invalid(format!("annotation id `{}` is not a UUID; make one for each answer", given.id))
    })?;
    if let Some(seconds) = given.seconds
        && !(0.0..=1e6).contains(&seconds)
    {
        return Err(ServiceError::Invalid(format!("seconds is {seconds}; give the time spent, from 0 to 1000000")));
    }
    if given.next > MOST_LEASES {
        return Err(ServiceError::Invalid(format!("next is {}; ask for at most {MOST_LEASES} leases", given.next)));
    }
    check(project, &given.answer)?;
    let first = matches!(given.basis, Basis::Lease(_));
    let disputed =
        project.second.disputed && first && app.opinions.disputes(app, project, given.sample, &given.answer).await?;
    let desk = app.desks.get(app, project).await?;
    let next = LeaseRequest {
        project: project.id,
        account,
        count: given.next,
        resume: false,
        answer: Some(id.to_string()),
        candidates: desk.clone(),
    };
    let answer = NewAnswer {
        id: id.to_string(),
        project: project.id,
        sample: given.sample,
        basis: match given.basis {
            Basis::Lease(lease) => Basis::Lease(uuid_text(&lease)),
            Basis::Change(annotation) => Basis::Change(uuid_text(&annotation)),
            Basis::Review(annotation) => Basis::Review(annotation.map(|id| uuid_text(&id))),
        },
        account,
        answer: given.answer,
        seconds: given.seconds,
        origin: given.origin,
        disputed,
    };
    let sample = given.sample;
    let mut receipt = app.desk_writer.answer(answer, next, app.clock.now()).await??;
    if let Some(known_to) = receipt.waits.take() {
        desk.another(sample, known_to);
    }
    if let Some(tally) = &receipt.tally {
        desk.audited(tally.audit_labeled);
    }
    if receipt.round_due {
        app.wake.notify_waiters();
    }
    if receipt.leases.len() < given.next && !receipt.repeated {
        let count = given.next - receipt.leases.len();
        let wish = LeaseWish { account, count, resume: false, answer: Some(id.to_string()) };
        receipt.leases.extend(grant(app, project, wish).await?);
    }
    Ok(receipt)
}

/// Whether an answer is valid in the project.
pub(in crate::service) fn check(project: &Project, answer: &Answer) -> Result<(), ServiceError> {
    if let Answer::Classes(classes) = answer {
        project.task.check(classes)?;
    }
    if answer.note().is_some_and(|note| note.chars().count() > LONGEST_NOTE) {
        let message = format!("the note is longer than {LONGEST_NOTE} characters; shorten it");
        return Err(ServiceError::Invalid(message));
    }
    Ok(())
}

/// Take an answer back: the sample is leased to the same person again, and the answer stays in the history.
///
/// A lead may take back the answers of others.
pub async fn undo(
    app: &App,
    project: &Project,
    account: AccountId,
    annotation: &str,
    any_author: bool,
) -> Result<Receipt, ServiceError> {
    let id = uuid_text(annotation);
    let receipt = app.desk_writer.undo(id, project.id, account, any_author, app.clock.now()).await??;
    let desk = app.desks.get(app, project).await?;
    if let Some(tally) = &receipt.tally {
        desk.audited(tally.audit_labeled);
    }
    // One that is with the person again comes back with their answer.
    if let Some(known_to) = receipt.waits.clone().filter(|_| receipt.leases.is_empty()) {
        desk.another(receipt.annotation.sample_id, known_to);
    }
    if receipt.round_due {
        app.wake.notify_waiters();
    }
    Ok(receipt)
}

/// Give somebody's lease back for them, so that others may have the sample: what they answer to it is refused, unless nobody has
/// taken it meanwhile.
pub async fn free(app: &App, project: &Project, lease: &str) -> Result<(), ServiceError> {
    let lease = uuid_text(lease);
    let holder = app.store.lease_owner(project.id, &lease).await?;
    let holder = holder.ok_or_else(|| ServiceError::not_found("lease", &lease))?;
    give_back(app, project, holder, &lease).await
}

/// Give a lease back early, so that others may have the sample.
pub async fn give_back(app: &App, project: &Project, account: AccountId, lease: &str) -> Result<(), ServiceError> {
    let done = app.desk_writer.give_back(project.id, account, uuid_text(lease), app.clock.now()).await?;
    if !done {
        return Err(ServiceError::not_found("lease", lease));
    }
    // The sample left its stream when it was leased; the streams are read anew to find it again.
    app.changed(project.id, Changed::Samples);
    Ok(())
}

/// Why samples are asked at present; the same for every question.
///
/// Saying more about one sample would tell audit questions from the others, and the audit must stay blind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Why {
    /// Nothing is ranked yet.
    Random,
    /// There is no model yet: to cover the pool.
    Coverage,
    /// People chose them on the map.
    Chosen,
    /// By a strategy, and the number of the round behind its ranking.
    Ranked { strategy: String, round: Option<i64> },
}

/// Why samples are asked at present.
pub async fn why(app: &App, project: &Project) -> Result<Why, ServiceError> {
    let desk = app.desks.get(app, project).await?;
    let round = desk.round(app).await?;
    Ok(match desk.asked_by() {
        by if by == RANDOM => Why::Random,
        by if by == COVERAGE => Why::Coverage,
        by if by == CHOSEN => Why::Chosen,
        strategy => Why::Ranked { strategy, round },
    })
}

/// Why there is nothing to lease.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WhyEmpty {
    NoSamples,
    /// All samples have an answer; this many of them are skips.
    Done {
        samples: i64,
        skipped: i64,
    },
    /// The last ones, this many, are with other people.
    WithOthers(i64),
}

/// Why there is nothing to lease.
pub async fn why_empty(app: &App, project: &Project) -> Result<WhyEmpty, ServiceError> {
    let tally = app.store.tally(project.id).await?;
    Ok(match (tally.samples, tally.unlabeled()) {
        (0, _) => WhyEmpty::NoSamples,
        (samples, 0) => WhyEmpty::Done { samples, skipped: tally.skipped },
        (_, left) => WhyEmpty::WithOthers(left),
    })
}
