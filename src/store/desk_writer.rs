//! The one writer behind the desk: answers that arrive together share one durable commit.
//!
//! A durable commit costs a flush of the disk, some milliseconds on most machines. One task therefore takes all
//! commands that wait, runs them in one transaction, commits once, and only then replies to each. Under load the batch
//! grows; a single answer does not wait.
//!
//! **Invariant:** no reply leaves before its commit. When a batch fails, its commands run again one by one, so that one bad
//! command cannot take others down with it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use tokio::sync::{mpsc, oneshot};

use super::labeling::leases::Terms;
use super::labeling::taking_back::Taken;
use super::labeling::{Candidates, Lease, NewAnswer, Receipt, Refused};
use super::{Store, StoreError, both_engines, on_write};
use crate::domain::{AccountId, Fault, ProjectId, SampleId, Timestamp};

/// The most commands in one transaction: enough to share a flush, few enough to keep the last one fast.
const BATCH: usize = 128;

/// Seconds a lease lasts.
pub const LEASE_SECONDS: i64 = 30 * 60;

/// Microseconds from now to the end of a lease that can hold at most; the statements name it as a number.
pub const FARTHEST_END: i64 = (LEASE_SECONDS + 60) * 1_000_000;
const _: () = assert!(FARTHEST_END == 1_860_000_000, "the statements that look for live leases name another number");

/// Most live leases one person may hold in a project.
pub const LEASES_PER_ACCOUNT: i64 = 500;

/// A request for leases.
#[derive(Clone)]
pub struct LeaseRequest {
    pub project: ProjectId,
    pub account: AccountId,
    pub count: usize,
    /// Hand out the person's own live leases first.
    pub resume: bool,
    /// The annotation that the leases come with; sent again, it brings the same ones back.
    pub answer: Option<String>,
    pub candidates: Arc<dyn Candidates>,
}

enum Command {
    Answer {
        answer: NewAnswer,
        /// More samples to lease with it.
        next: Option<LeaseRequest>,
        reply: oneshot::Sender<Reply<Receipt>>,
    },
    Undo {
        id: String,
        project: ProjectId,
        account: AccountId,
        any_author: bool,
        reply: oneshot::Sender<Reply<Receipt>>,
    },
    AskAgain {
        taken: Taken,
        seen: String,
        reply: oneshot::Sender<Reply<Receipt>>,
    },
    BringBack {
        taken: Taken,
        reply: oneshot::Sender<Reply<Receipt>>,
    },
    Lease {
        request: LeaseRequest,
        reply: oneshot::Sender<Reply<Vec<Lease>>>,
    },
    GiveBack {
        project: ProjectId,
        account: AccountId,
        lease: String,
        reply: oneshot::Sender<Reply<bool>>,
    },
}

impl Command {
    fn project(&self) -> ProjectId {
        match self {
            Self::Answer { answer, .. } => answer.project,
            Self::Lease { request, .. } => request.project,
            Self::Undo { project, .. } | Self::GiveBack { project, .. } => *project,
            Self::AskAgain { taken, .. } | Self::BringBack { taken, .. } => taken.project,
        }
    }
}

/// Questions asked in a batch, by project.
type Asked = BTreeMap<ProjectId, i64>;

type Reply<T> = Result<Result<T, Refused>, StoreError>;

/// A command's result, kept until the commit is durable.
#[expect(
    clippy::large_enum_variant,
    reason = "a receipt is the common case, and at most a batch of them lives at a time"
)]
enum Outcome {
    Receipt(Result<Receipt, Refused>),
    Leases(Vec<Lease>),
    GivenBack(bool),
}

/// A handle to the writer; cloning it is cheap. The task ends when the last handle is dropped.
#[derive(Clone)]
pub struct DeskWriter {
    commands: mpsc::Sender<(Command, Timestamp)>,
}

impl DeskWriter {
    /// Start the writer's task on the current runtime.
    pub fn start(store: Store) -> Self {
        let (commands, waiting) = mpsc::channel(4096);
        tokio::spawn(run(store, waiting));
        Self { commands }
    }

    /// Store an answer and lease `next.count` more samples, in one transaction.
    pub async fn answer(&self, answer: NewAnswer, next: LeaseRequest, now: Timestamp) -> Reply<Receipt> {
        self.send(now, |reply| Command::Answer { answer, next: Some(next), reply }).await
    }

    /// Store an answer without a lease, and without asking for more.
    pub async fn review(&self, answer: NewAnswer, now: Timestamp) -> Reply<Receipt> {
        self.send(now, |reply| Command::Answer { answer, next: None, reply }).await
    }

    /// Take an answer back. `any_author` lets leads take back the answers of others.
    pub async fn undo(
        &self,
        id: String,
        project: ProjectId,
        account: AccountId,
        any_author: bool,
        now: Timestamp,
    ) -> Reply<Receipt> {
        self.send(now, |reply| Command::Undo { id, project, account, any_author, reply }).await
    }

    /// Take all answers of a sample back, so that it is asked again. `seen` is the annotation that is its current answer.
    pub async fn ask_again(
        &self,
        project: ProjectId,
        account: AccountId,
        sample: SampleId,
        seen: String,
        now: Timestamp,
    ) -> Reply<Receipt> {
        let taken = Taken { project, account, sample, now };
        self.send(now, |reply| Command::AskAgain { taken, seen, reply }).await
    }

    /// Let the answers stand again that were last taken back so that a sample is asked again.
    pub async fn bring_back(
        &self,
        project: ProjectId,
        account: AccountId,
        sample: SampleId,
        now: Timestamp,
    ) -> Reply<Receipt> {
        let taken = Taken { project, account, sample, now };
        self.send(now, |reply| Command::BringBack { taken, reply }).await
    }

    /// Lease samples to a person.
    pub async fn lease(&self, request: LeaseRequest, now: Timestamp) -> Result<Vec<Lease>, StoreError> {
        Ok(self.send(now, |reply| Command::Lease { request, reply }).await?.unwrap_or_default())
    }

    /// Give a lease back early; `false` when the person does not hold it.
    pub async fn give_back(
        &self,
        project: ProjectId,
        account: AccountId,
        lease: String,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        Ok(self.send(now, |reply| Command::GiveBack { project, account, lease, reply }).await?.unwrap_or_default())
    }

    async fn send<T>(&self, now: Timestamp, command: impl FnOnce(oneshot::Sender<Reply<T>>) -> Command) -> Reply<T> {
        let (reply, answered) = oneshot::channel();
        self.commands.send((command(reply), now)).await.map_err(|_| StoreError::Stopped)?;
        answered.await.map_err(|_| StoreError::Stopped)?
    }
}

async fn run(store: Store, mut waiting: mpsc::Receiver<(Command, Timestamp)>) {
    let mut batch = Vec::with_capacity(BATCH);
    while waiting.recv_many(&mut batch, BATCH).await > 0 {
        let outcomes = settle(&store, &batch).await;
        for ((command, _), outcome) in batch.drain(..).zip(outcomes) {
            reply(command, outcome);
        }
    }
}

/// Run the commands, together if possible; one outcome for each, in order.
async fn settle(store: &Store, batch: &[(Command, Timestamp)]) -> Vec<Result<Outcome, StoreError>> {
    let mut done = commit(store, batch).await;
    if done.as_ref().is_err_and(|error| error.fault() == Fault::Clash) {
        // Another server on the same database got there first; it is done by now.
        done = commit(store, batch).await;
    }
    match done {
        Ok(outcomes) => outcomes.into_iter().map(Ok).collect(),
        Err(error) if batch.len() == 1 => vec![Err(error)],
        // No command is to blame, and retrying each alone would only wait as long again.
        Err(error) if error.fault().passes() => {
            let error = Arc::new(error);
            batch.iter().map(|_| Err(StoreError::Shared(error.clone()))).collect()
        }
        Err(error) => {
            tracing::warn!(
                error = crate::causes::line(&error),
                commands = batch.len(),
                "a batch failed; trying its commands one by one"
            );
            let mut outcomes = Vec::with_capacity(batch.len());
            for one in batch.chunks(1) {
                outcomes.push(commit(store, one).await.map(|mut outcomes| outcomes.remove(0)));
            }
            outcomes
        }
    }
}

/// Run the commands in one transaction. All are durable when this returns `Ok`, none when it returns `Err`.
async fn commit(store: &Store, batch: &[(Command, Timestamp)]) -> Result<Vec<Outcome>, StoreError> {
    Ok(on_write!(store, tx in engine => engine::apply_all(tx, batch).await?))
}

fn reply(command: Command, outcome: Result<Outcome, StoreError>) {
    // A caller that hung up needs no reply; its request is stored anyway.
    match (command, outcome) {
        (
            Command::Answer { reply, .. }
            | Command::Undo { reply, .. }
            | Command::AskAgain { reply, .. }
            | Command::BringBack { reply, .. },
            Ok(Outcome::Receipt(receipt)),
        ) => {
            let _ = reply.send(Ok(receipt));
        }
        (Command::Lease { reply, .. }, Ok(Outcome::Leases(leases))) => {
            let _ = reply.send(Ok(Ok(leases)));
        }
        (Command::GiveBack { reply, .. }, Ok(Outcome::GivenBack(done))) => {
            let _ = reply.send(Ok(Ok(done)));
        }
        (
            Command::Answer { reply, .. }
            | Command::Undo { reply, .. }
            | Command::AskAgain { reply, .. }
            | Command::BringBack { reply, .. },
            Err(error),
        ) => {
            let _ = reply.send(Err(error));
        }
        (Command::Lease { reply, .. }, Err(error)) => {
            let _ = reply.send(Err(error));
        }
        (Command::GiveBack { reply, .. }, Err(error)) => {
            let _ = reply.send(Err(error));
        }
        (_, Ok(_)) => tracing::error!("a desk command met the outcome of another"),
    }
}

both_engines! {
    in labeling as answers, labeling::bringing_back as bringing_back, labeling::leases as leases,
        labeling::taking_back as taking_back;

    pub(super) async fn apply_all(conn: &mut Conn, batch: &[(Command, Timestamp)]) -> Result<Vec<Outcome>, StoreError> {
        let mut outcomes = Vec::with_capacity(batch.len());
        let mut asked = BTreeMap::new();
        // Every transaction takes the projects' rows first and in one order, so that two servers on one database, which
        // hand out the same top of the queue, queue up instead of deadlocking.
        for project in batch.iter().map(|(command, _)| command.project()).collect::<BTreeSet<_>>() {
            leases::take_turn(conn, project).await?;
        }
        for (command, now) in batch {
            outcomes.push(apply(conn, command, *now, &mut asked).await?);
        }
        for (project, n) in asked {
            leases::add_asked(conn, project, n).await?;
        }
        Ok(outcomes)
    }

    async fn apply(conn: &mut Conn, command: &Command, now: Timestamp, asked: &mut Asked) -> Result<Outcome, StoreError> {
        let terms = |project, account| Terms { project, account, now, expires: now.plus_seconds(LEASE_SECONDS) };
        match command {
            Command::Answer { answer, next, .. } => {
                let mut receipt = match answers::answer(conn, answer, now).await? {
                    Ok(receipt) => receipt,
                    Err(refused) => return Ok(Outcome::Receipt(Err(refused))),
                };
                let Some(next) = next else { return Ok(Outcome::Receipt(Ok(receipt))) };
                let terms = terms(next.project, next.account);
                if receipt.repeated {
                    // The reply with its leases was lost: hand out those, and no others.
                    receipt.leases = leases::of_answer(conn, terms, &answer.id).await?;
                    return Ok(Outcome::Receipt(Ok(receipt)));
                }
                // The answer has just ended a lease, so one more never exceeds what a person may hold.
                let room = next.count <= 1 || leases::count_leases(conn, terms).await? < LEASES_PER_ACCOUNT;
                receipt.leases = lease(conn, next, terms, room, asked).await?;
                Ok(Outcome::Receipt(Ok(receipt)))
            }
            Command::Undo { id, project, account, any_author, .. } => {
                Ok(Outcome::Receipt(taking_back::undo(conn, id, terms(*project, *account), *any_author).await?))
            }
            Command::AskAgain { taken, seen, .. } => {
                Ok(Outcome::Receipt(taking_back::ask_again(conn, *taken, seen).await?))
            }
            Command::BringBack { taken, .. } => {
                Ok(Outcome::Receipt(bringing_back::bring_back(conn, *taken).await?))
            }
            Command::Lease { request, .. } => {
                let terms = terms(request.project, request.account);
                let room = leases::count_leases(conn, terms).await? < LEASES_PER_ACCOUNT;
                Ok(Outcome::Leases(lease(conn, request, terms, room, asked).await?))
            }
            Command::GiveBack { project, account, lease, .. } => {
                Ok(Outcome::GivenBack(leases::give_back(conn, *project, *account, lease).await?))
            }
        }
    }

    /// The person's own leases if they are to be resumed, and new ones as far as there is `room`.
    async fn lease(conn: &mut Conn, request: &LeaseRequest, terms: Terms, room: bool, asked: &mut Asked) -> Result<Vec<Lease>, StoreError> {
        let mut leases = Vec::new();
        if request.count == 0 {
            return Ok(leases);
        }
        if request.resume {
            leases = leases::resume(conn, terms).await?;
            leases.truncate(request.count);
        }
        let missing = request.count - leases.len();
        if missing > 0 && room {
            let (granted, n) = leases::grant_many(conn, terms, request.candidates.as_ref(), missing, request.answer.as_deref()).await?;
            leases.extend(granted);
            *asked.entry(terms.project).or_default() += n;
        }
        Ok(leases)
    }
}
