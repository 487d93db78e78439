//! What is asked next: what people chose, then the ranked queue of the last round, mixed with audit and random questions.
//!
//! Seven streams feed the desk. The *chosen* samples are those that somebody wants asked next. The *queue* is what the last
//! round ranked highest. The *audit* stream is the audit set in the
//! order of its draw. The *random* stream is the rest of the pool in the order of its draw, which is as good as shuffled: it
//! gives every sample a known chance of being asked, serves before any ranking exists, and is what is left when the queue
//! runs dry, so that the queue is never empty while unlabeled samples remain. The *second opinion* stream are answered samples that
//! another person is to answer too; nobody gets one from it that they have answered. The *floor* stream are samples likely to be of a class,
//! or of a part of the pool, with too few labels. The *repeat* stream are samples that come again to the one person who answered them.
//!
//! **Invariant:** which stream is drawn follows from the project's secret and the number of questions asked, nothing
//! else; with a public seed, anybody could work out which questions audit.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};

use crate::domain::{AccountId, Project, ProjectId, RoundId, SampleId};
use crate::math::random;
use crate::service::{App, ServiceError};
use crate::store::labeling::{Candidate, Candidates};
use crate::store::rounds::Queue;
use crate::store::second_opinions::WaitingSecond;

/// Share of training questions drawn at random whatever the ranking says (Beygelzimer et al. 2009 call for such a floor).
const RANDOM_SHARE: f64 = 0.05;
/// Answers come again after this many seconds at the earliest, so that they are not remembered.
const REPEAT_AFTER: i64 = 30 * 60;
/// Least share of questions from the samples that wait for another person, while there are some.
const LEAST_SECONDS: f64 = 0.1;

/// `asked_by` of audit questions.
pub const AUDIT: &str = "audit";
/// `asked_by` of what people chose.
pub const CHOSEN: &str = "chosen";
/// `asked_by` of the cold start.
pub const COVERAGE: &str = "coverage";
/// `asked_by` of samples that serve a floor.
pub const FLOOR: &str = "floor";
/// `asked_by` of questions drawn at random.
pub const RANDOM: &str = "random";
/// `asked_by` of samples that come again to the person who answered them; the statement that grants leases names it too.
pub const REPEAT: &str = "repeat";
/// `asked_by` of samples that somebody else has answered.
pub const SECOND: &str = "second opinion";

/// The chance with which a question outside the audit set asked the sample that it did, of so many that were left: one drawn at random, or
/// the first of the ranking, of the floors or of what people chose.
pub fn chance(at_random: bool, left: usize) -> f64 {
    let even = RANDOM_SHARE / left.max(1) as f64;
    if at_random { even } else { 1.0 - RANDOM_SHARE + even }
}

/// Share of questions that go to the audit set when it has `n` labels.
///
/// Dense at first, because an interval on a handful of samples says nothing; thinner once more audit labels hardly narrow it.
pub fn audit_rate(n: i64) -> f64 {
    match n {
        ..40 => 0.25,
        40..200 => 0.10,
        200..800 => 0.05,
        _ => 0.02,
    }
}

/// The desks of all projects that anybody has asked for.
#[derive(Default)]
pub struct Desks {
    desks: Mutex<HashMap<ProjectId, Arc<Desk>>>,
}

impl Desks {
    /// The desk of a project, filled from the database when it is first asked for.
    pub async fn get(&self, app: &App, project: &Project) -> Result<Arc<Desk>, ServiceError> {
        let known = self.lock().get(&project.id).cloned();
        if let Some(desk) = known {
            return Ok(desk);
        }
        let desk = Arc::new(Desk::new(project));
        desk.refill(app).await?;
        // Two requests may each have filled one; the first to arrive stays.
        Ok(self.lock().entry(project.id).or_insert(desk).clone())
    }

    /// Put a new ranking on the desk, where there is one in use.
    pub(in crate::service) fn publish(&self, project: ProjectId, queue: &Queue) {
        let desk = self.lock().get(&project).cloned();
        if let Some(desk) = desk {
            desk.publish(queue.clone());
        }
    }

    /// Reload everything at the next question: samples were added or given back.
    pub(in crate::service) fn forget(&self, project: ProjectId) {
        self.lock().remove(&project);
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<ProjectId, Arc<Desk>>> {
        self.desks.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One project's streams of questions.
pub struct Desk {
    project: ProjectId,
    /// Seeds the mixing.
    mix: u64,
    state: Mutex<Streams>,
}

#[derive(Default)]
struct Streams {
    asked: u64,
    audit_labeled: i64,
    chosen: Vec<SampleId>,
    next_chosen: usize,
    queue: Queue,
    /// The queue's round with its number, once somebody asked for it.
    round_number: Option<(RoundId, i64)>,
    next_ranked: usize,
    /// The next of the queue's samples that serve floors.
    next_floor: usize,
    /// Share of the strategy's questions that go to them.
    floor_share: f64,
    audit: Vec<SampleId>,
    next_audit: usize,
    pool: Vec<SampleId>,
    next_pool: usize,
    /// Samples that wait for another person.
    seconds: VecDeque<WaitingSecond>,
    /// Share of questions from them while there are some.
    second_rate: f64,
    /// Samples that come again, each with the person who answered it.
    repeats: VecDeque<(SampleId, AccountId)>,
    /// Share of a person's questions that are such, while there are some.
    repeat_rate: f64,
}

/// The shares of the streams in the next question, which add up to 1 with what is chosen or ranked.
#[derive(Debug, Clone, Copy, Default, PartialEq, serde::Serialize, utoipa::ToSchema)]
pub struct Mix {
    pub audit: f64,
    pub second: f64,
    pub repeat: f64,
    pub random: f64,
    pub floor: f64,
    /// What people chose, or else the strategy ranked.
    pub ranked: f64,
}

impl Desk {
    fn new(project: &Project) -> Self {
        Self { project: project.id, mix: project.secret.mix(), state: Mutex::default() }
    }

    /// Fill all streams from the database.
    pub async fn refill(&self, app: &App) -> Result<(), ServiceError> {
        let now = app.clock.now();
        let tally = app.store.tally(self.project).await?;
        let chosen = app.store.chosen_samples(self.project, now).await?;
        let queue = app.store.queue(self.project).await?.unwrap_or_default();
        let audit = app.store.waiting_samples(self.project, true, now).await?;
        let pool = app.store.waiting_samples(self.project, false, now).await?;
        let seconds: VecDeque<_> = app.store.waiting_seconds(self.project, now).await?.into();
        let project = app.store.project(self.project).await?;
        let second_rate = project.as_ref().map_or(0.0, |project| project.second.rate()).max(LEAST_SECONDS);
        let asking = project.map(|project| project.asking).unwrap_or_default();
        let repeats = match asking.repeats {
            share if share > 0.0 => {
                app.store.waiting_repeats(self.project, share, now.plus_seconds(-REPEAT_AFTER), now).await?
            }
            _ => Vec::new(),
        };
        *self.lock() = Streams {
            asked: tally.asked.unsigned_abs(),
            audit_labeled: tally.audit_labeled,
            chosen,
            next_chosen: 0,
            queue,
            round_number: None,
            next_ranked: 0,
            next_floor: 0,
            floor_share: asking.floor_share,
            audit,
            next_audit: 0,
            pool,
            next_pool: 0,
            seconds,
            second_rate,
            repeats: repeats.into(),
            repeat_rate: asking.repeats / (1.0 + asking.repeats),
        };
        Ok(())
    }

    fn publish(&self, queue: Queue) {
        let mut state = self.lock();
        state.queue = queue;
        state.next_ranked = 0;
        state.next_floor = 0;
    }

    /// Follow the growth of audit labels, which thins out audit questions.
    pub fn audited(&self, audit_labeled: i64) {
        self.lock().audit_labeled = audit_labeled;
    }

    /// Another person is to answer a sample that these have answered.
    pub fn another(&self, sample: SampleId, known_to: Vec<AccountId>) {
        let mut state = self.lock();
        state.seconds.retain(|waiting| waiting.sample != sample);
        state.seconds.push_back(WaitingSecond { sample, known_to });
    }

    /// What the training questions are asked by at present.
    pub fn asked_by(&self) -> String {
        let state = self.lock();
        if state.next_chosen < state.chosen.len() {
            return CHOSEN.to_owned();
        }
        if state.next_ranked < state.queue.entries.len() { state.queue.asked_by.clone() } else { RANDOM.to_owned() }
    }

    /// The shares of the streams at present, over all people.
    pub fn mix(&self) -> Mix {
        self.lock().mix(None)
    }

    /// The number of the round that ranked the queue; `None` while none did.
    pub async fn round(&self, app: &App) -> Result<Option<i64>, ServiceError> {
        let (ranked_by, known) = {
            let state = self.lock();
            (state.queue.round, state.round_number)
        };
        let Some(id) = ranked_by else { return Ok(None) };
        let number = match known {
            Some((of, number)) if of == id => number,
            _ => {
                let rounds = app.store.rounds(self.project, i64::MAX, 3).await?;
                let Some(round) = rounds.into_iter().find(|round| round.id == id) else { return Ok(None) };
                self.lock().round_number = Some((id, round.number));
                round.number
            }
        };
        Ok(Some(number))
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Streams> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Candidates for Desk {
    fn next(&self, account: AccountId) -> Option<Candidate> {
        self.lock().next(self.mix, account)
    }
}

impl Streams {
    fn next(&mut self, seed: u64, account: AccountId) -> Option<Candidate> {
        let draw = random::unit(random::hash(seed, self.asked));
        self.asked += 1;
        let mix = self.mix(Some(account));
        let within = |bound: &mut f64, share: f64| {
            *bound += share;
            draw < *bound
        };
        let mut bound = 0.0;
        if within(&mut bound, mix.audit) {
            return self.next_audit();
        }
        if within(&mut bound, mix.second)
            && let Some(second) = self.next_second(account)
        {
            return Some(second);
        }
        if within(&mut bound, mix.repeat)
            && let Some(repeat) = self.next_repeat(account)
        {
            return Some(repeat);
        }
        let first = if within(&mut bound, mix.random) {
            self.next_random().or_else(|| self.next_wanted())
        } else if within(&mut bound, mix.floor) {
            self.next_floor().or_else(|| self.next_wanted()).or_else(|| self.next_random())
        } else {
            self.next_wanted().or_else(|| self.next_random())
        };
        first.or_else(|| self.next_audit()).or_else(|| self.next_second(account))
    }

    /// The shares of the streams in the next question, to this person or to anybody.
    fn mix(&self, account: Option<AccountId>) -> Mix {
        let audit = if self.next_audit < self.audit.len() { audit_rate(self.audit_labeled) } else { 0.0 };
        let second = if self.seconds.is_empty() { 0.0 } else { (1.0 - audit) * self.second_rate };
        let mut owners = self.repeats.iter().map(|(_, owner)| *owner);
        let comes_again = owners.any(|owner| account.is_none_or(|account| account == owner));
        let repeat = if comes_again { (1.0 - audit - second) * self.repeat_rate } else { 0.0 };
        let rest = 1.0 - audit - second - repeat;
        let random = rest * RANDOM_SHARE;
        let short = self.next_floor < self.queue.floors.len();
        let floor = if short { (rest - random) * self.floor_share } else { 0.0 };
        Mix { audit, second, repeat, random, floor, ranked: rest - random - floor }
    }

    /// The next sample that serves a floor.
    fn next_floor(&mut self) -> Option<Candidate> {
        let sample = *self.queue.floors.get(self.next_floor)?;
        self.next_floor += 1;
        Some(Candidate {
            sample,
            round: self.queue.round,
            asked_by: FLOOR.to_owned(),
            percentile: None,
            propensity: None,
        })
    }

    /// The first sample that comes again to this person.
    fn next_repeat(&mut self, account: AccountId) -> Option<Candidate> {
        let at = self.repeats.iter().position(|(_, owner)| *owner == account)?;
        let (sample, _) = self.repeats.remove(at)?;
        Some(Candidate { sample, round: None, asked_by: REPEAT.to_owned(), percentile: None, propensity: None })
    }

    /// The first sample that waits for somebody and that this person knows nothing of.
    fn next_second(&mut self, account: AccountId) -> Option<Candidate> {
        let at = self.seconds.iter().position(|waiting| !waiting.known_to.contains(&account))?;
        let sample = self.seconds.remove(at)?.sample;
        Some(Candidate { sample, round: None, asked_by: SECOND.to_owned(), percentile: None, propensity: None })
    }

    fn next_audit(&mut self) -> Option<Candidate> {
        let sample = *self.audit.get(self.next_audit)?;
        self.next_audit += 1;
        Some(Candidate { sample, round: None, asked_by: AUDIT.to_owned(), percentile: None, propensity: None })
    }

    /// What people chose comes before what a model ranked.
    fn next_wanted(&mut self) -> Option<Candidate> {
        let Some(&sample) = self.chosen.get(self.next_chosen) else { return self.next_ranked() };
        self.next_chosen += 1;
        Some(Candidate { sample, round: None, asked_by: CHOSEN.to_owned(), percentile: None, propensity: None })
    }

    fn next_ranked(&mut self) -> Option<Candidate> {
        let (sample, _) = *self.queue.entries.get(self.next_ranked)?;
        let ranked = self.queue.n_ranked.max(1) as f64;
        let percentile = 1.0 - self.next_ranked as f64 / ranked;
        self.next_ranked += 1;
        Some(Candidate {
            sample,
            round: self.queue.round,
            asked_by: self.queue.asked_by.clone(),
            percentile: Some(percentile),
            propensity: None,
        })
    }

    fn next_random(&mut self) -> Option<Candidate> {
        let sample = *self.pool.get(self.next_pool)?;
        // The pool is in the order of its draw, so each of the samples left was as likely to be the next.
        let left = (self.pool.len() - self.next_pool) as f64;
        self.next_pool += 1;
        Some(Candidate {
            sample,
            round: self.queue.round,
            asked_by: RANDOM.to_owned(),
            percentile: None,
            propensity: Some(RANDOM_SHARE / left),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn streams() -> Streams {
        Streams {
            queue: Queue {
                round: None,
                asked_by: "entropy".to_owned(),
                entries: (0..500).map(|i| (SampleId(i), 0.0)).collect(),
                n_ranked: 1000,
                floors: Vec::new(),
            },
            audit: (1000..1100).map(SampleId).collect(),
            pool: (0..900).map(SampleId).collect(),
            ..Streams::default()
        }
    }

    #[test]
    fn the_mix_follows_from_the_seed_alone() {
        let sequence = |seed| {
            let mut streams = streams();
            (0..200).filter_map(|_| streams.next(seed, AccountId(1))).map(|c| c.sample).collect::<Vec<_>>()
        };
        assert_eq!(sequence(3), sequence(3));
        assert_ne!(sequence(3), sequence(4));
    }

    #[test]
    fn audit_and_random_questions_come_at_their_rates() {
        let mut streams = streams();
        let asked: Vec<_> = (0..300).filter_map(|_| streams.next(11, AccountId(1))).collect();
        let count = |by: &str| asked.iter().filter(|c| c.asked_by == by).count();
        assert!((50..=100).contains(&count(AUDIT)), "{} audit questions of 300", count(AUDIT));
        assert!((3..=25).contains(&count(RANDOM)), "{} random questions of 300", count(RANDOM));
    }

    #[test]
    fn every_waiting_sample_is_asked_before_the_desk_is_empty() {
        let mut streams = streams();
        let asked: std::collections::HashSet<_> =
            std::iter::from_fn(|| streams.next(5, AccountId(1))).map(|c| c.sample).collect();
        assert_eq!(asked.len(), 1000, "900 of the pool and 100 of the audit set");
    }

    #[test]
    fn what_people_chose_comes_before_the_queue_and_leaves_audit_and_chance_their_rates() {
        let mut streams = Streams { chosen: (2000..2100).map(SampleId).collect(), ..streams() };
        let asked: Vec<_> = (0..200).filter_map(|_| streams.next(11, AccountId(1))).collect();
        let last = asked.iter().rposition(|c| c.asked_by == CHOSEN).unwrap();
        assert!(asked[..last].iter().all(|c| c.asked_by != "entropy"));
        let rates = |by: &str| asked[..last].iter().filter(|c| c.asked_by == by).count();
        assert!(rates(AUDIT) > 10 && rates(RANDOM) > 0, "{} {}", rates(AUDIT), rates(RANDOM));
    }

    #[test]
    fn a_desk_without_ranking_asks_at_random() {
        let mut streams = Streams { pool: (0..10).map(SampleId).collect(), ..Streams::default() };
        assert_eq!(streams.next(1, AccountId(1)).map(|c| c.asked_by), Some(RANDOM.to_owned()));
    }

    #[test]
    fn second_opinions_come_at_their_rate_and_never_to_those_who_know() {
        let wait = |sample, account| WaitingSecond { sample: SampleId(sample), known_to: vec![AccountId(account)] };
        let seconds = (2000..2100).map(|sample| wait(sample, 1 + sample % 2)).collect();
        let mut streams = Streams { seconds, second_rate: 0.2, ..streams() };
        let asked: Vec<_> = (0..300).filter_map(|_| streams.next(7, AccountId(1))).collect();
        let seconds: Vec<_> = asked.iter().filter(|c| c.asked_by == SECOND).collect();
        assert!((25..=50).contains(&seconds.len()), "{} of 300", seconds.len());
        assert!(seconds.iter().all(|c| c.sample.0 % 2 == 1), "those that the other answered first");
        // At the end nothing is left that could still be asked, and what this person knows waits for others.
        let rest: Vec<_> = std::iter::from_fn(|| streams.next(7, AccountId(1))).collect();
        assert_eq!(rest.iter().filter(|c| c.asked_by == SECOND).count() + seconds.len(), 50);
        assert_eq!(std::iter::from_fn(|| streams.next(7, AccountId(2))).count(), 50);
    }

    #[test]
    fn floors_get_their_share_of_what_would_be_ranked_until_nothing_is_short() {
        let queue = Queue { floors: (3000..3060).map(SampleId).collect(), ..streams().queue };
        let mut streams = Streams { queue, floor_share: 0.5, ..streams() };
        assert!((streams.mix(None).floor - 0.5 * 0.75 * 0.95).abs() < 1e-12, "{:?}", streams.mix(None));
        let asked: Vec<_> = (0..200).filter_map(|_| streams.next(5, AccountId(1))).collect();
        let count = |by: &str| asked.iter().filter(|c| c.asked_by == by).count();
        assert_eq!(count(FLOOR), 60);
        assert!(count("entropy") > 60, "{}", count("entropy"));
        let mix = streams.mix(None);
        assert!(mix.floor == 0.0 && (mix.audit + mix.random + mix.ranked - 1.0).abs() < 1e-12, "{mix:?}");
    }

    #[test]
    fn answers_come_again_to_their_own_person_alone() {
        let repeats = (0..40).map(|i| (SampleId(2000 + i), AccountId(1 + i % 2))).collect();
        let mut streams = Streams { repeats, repeat_rate: 0.2, ..streams() };
        let asked: Vec<_> = (0..200).filter_map(|_| streams.next(3, AccountId(1))).collect();
        let again: Vec<_> = asked.iter().filter(|c| c.asked_by == REPEAT).collect();
        assert_eq!(again.len(), 20, "all that are hers");
        assert!(again.iter().all(|c| c.sample.0 % 2 == 0));
        assert_eq!(streams.next(3, AccountId(3)).map(|c| c.asked_by == REPEAT), Some(false));
    }
}
