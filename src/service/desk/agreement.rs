//! How well people agree, and where they do not: numbers for the lead, and disagreements for whoever settles them.
//!
//! **Invariant:** only answers count that were given without seeing others': never imports, never decisions of a review. Where samples
//! were drawn for second opinions, coefficients come from these alone, since disputed ones are harder than the rest.

use std::collections::{HashMap, HashSet};

use crate::domain::{
    AccountId, Answer, Class, ClassId, ClassSet, Project, Role, SampleId, SecondCause, SecondOpinions, Timestamp,
};
use crate::evaluate::agreement::{Agreement, AnswerDistance, PairAgreement, Ratings};
use crate::evaluate::consensus::DawidSkene;
use crate::evaluate::{Interval, wilson};
use crate::service::desk::second_opinions::{Table, newest};
use crate::service::{App, ServiceError};
use crate::store::repeats::TwiceAnswered;
use crate::store::second_opinions::{BlindAnswer, HeldLease, SecondRow, WorkRow, Worker};

/// Of all intervals.
pub const LEVEL: f64 = 0.95;
/// Bootstrap replicates behind an interval, and how many samples they draw in all: with many samples fewer replicates do.
const REPLICATES: std::ops::RangeInclusive<usize> = 200..=1000;
const DRAWS: usize = 4_000_000;
/// A pair of classes is named as the weak point if it makes up this share of the disagreements, and so many.
const WEAK_SHARE: f64 = 0.2;
const WEAK_LEAST: usize = 3;

/// Everything about agreement in a project.
#[derive(Debug, Clone)]
pub struct AgreementReport {
    pub labeled: i64,
    pub settings: SecondOpinions,
    /// Samples that wait for another person.
    pub waiting: usize,
    /// Whether the coefficients come from drawn samples alone.
    pub drawn: bool,
    pub agreement: Agreement,
    pub classes: Vec<Class>,
    pub people: Vec<PersonAtWork>,
    /// By places in `people`.
    pub pairs: Vec<PairAgreement>,
    pub weak: Option<WeakPoint>,
    /// How often people gave the same answer when a sample came again to them; `None` while none did.
    pub consistency: Option<Consistency>,
    pub disagreements: Disagreements,
}

/// Somebody's work, and how often others said the same.
#[derive(Debug, Clone, PartialEq)]
pub struct PersonAtWork {
    pub id: AccountId,
    pub name: String,
    /// `None`: no longer a member.
    pub role: Option<Role>,
    /// Answers at the desk that were not taken back, skips among them.
    pub answers: usize,
    pub skips: usize,
    /// Median seconds of an answer; `None`: none was timed.
    pub seconds: Option<f64>,
    /// Answers of others to the same samples.
    pub shared: u64,
    /// Share of these that are the same.
    pub same: Option<Interval>,
    /// Samples that came again to them.
    pub again: u64,
    /// Share of these to which they gave the same answer.
    pub consistent: Option<Interval>,
}

impl PersonAtWork {
    /// Answers times their median, so that breaks do not count.
    pub fn active_minutes(&self) -> Option<f64> {
        Some(self.answers as f64 * self.seconds? / 60.0)
    }
}

/// How consistent people are with themselves.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize, utoipa::ToSchema)]
pub struct Consistency {
    /// Answers that were given twice.
    pub n: u64,
    /// Share of these that are the same, with its Wilson 95 % interval.
    pub same: Interval,
    /// Cohen's kappa between first and second answers that name classes; `None` where chance alone would agree.
    pub kappa: Option<Interval>,
}

/// Two classes that are taken for each other more than others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WeakPoint {
    pub first: ClassId,
    pub second: ClassId,
    /// Disagreements between them, of all.
    pub n: usize,
    pub all: usize,
}

/// Samples on which people disagree.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Disagreements {
    /// Those that wait for a decision, the costliest first.
    pub waiting: Vec<Disagreement>,
    /// Those that a review has settled.
    pub settled: usize,
}

/// One sample on which people disagree.
#[derive(Debug, Clone, PartialEq)]
pub struct Disagreement {
    pub sample: SampleId,
    pub name: String,
    /// The annotation behind its label: a decision refers to it.
    pub annotation: String,
    /// Who said what, oldest first.
    pub answers: Vec<BlindAnswer>,
    /// What a wrong label would cost: how likely it is wrong, as a share of the labels of the rarest class in question.
    pub cost: f64,
}

impl Disagreement {
    /// The answers that name classes, each once, in the order in which they were first given.
    pub fn choices(&self) -> Vec<&ClassSet> {
        let mut choices: Vec<&ClassSet> = Vec::new();
        for set in self.answers.iter().filter_map(|answer| answer.answer.as_ref()?.classes()) {
            if !choices.contains(&set) {
                choices.push(set);
            }
        }
        choices
    }
}

/// Samples that wait for a decision, the costliest first.
///
/// Cost: one pass of Dawid and Skene's model over all shared answers.
///
/// # Errors
/// When answers cannot be read.
pub async fn disagreements(app: &App, project: &Project) -> Result<Disagreements, ServiceError> {
    let (answers, rows) = shared(app, project).await?;
    let counts = class_counts(app, project).await?;
    Ok(app.cpu.run(move || find(&answers, &rows, &counts)).await?)
}

/// How well people agree, with all tables.
///
/// Cost: the bootstrap, up to 1,000 times over the samples that several people answered.
///
/// # Errors
/// When answers cannot be read.
pub async fn report(app: &App, project: &Project) -> Result<AgreementReport, ServiceError> {
    let (answers, rows) = shared(app, project).await?;
    let counts = class_counts(app, project).await?;
    let classes = app.store.classes(project.id).await?;
    let workers = app.store.workers(project.id).await?;
    let work = app.store.work(project.id).await?;
    let tally = app.store.tally(project.id).await?;
    let twice = app.store.twice_answered(project.id).await?;
    let settings = app.store.project(project.id).await?.map_or(project.second, |fresh| fresh.second);
    let distance = AnswerDistance::from(project.task);
    let (seed, labeled) = (project.seed as u64, tally.labeled);
    let made = app.cpu.run(move || {
        let disagreements = find(&answers, &rows, &counts);
        let of_drawn: HashSet<SampleId> =
            rows.iter().filter(|row| row.cause == SecondCause::Drawn).map(|row| row.sample_id).collect();
        let drawn = answers.iter().any(|answer| of_drawn.contains(&answer.sample_id));
        let counted: Vec<&BlindAnswer> =
            answers.iter().filter(|answer| !drawn || of_drawn.contains(&answer.sample_id)).collect();
        let ratings = ratings(&counted, &workers, &classes);
        let replicates = (DRAWS / counted.len().max(1)).clamp(*REPLICATES.start(), *REPLICATES.end());
        AgreementReport {
            labeled,
            settings,
            waiting: rows.iter().filter(|row| row.answered < row.people && !row.settled).count(),
            drawn,
            agreement: ratings.agreement(distance, LEVEL, replicates, seed),
            pairs: ratings.pairs(LEVEL, replicates, seed),
            people: at_work(workers, &work, &ratings.same_as_others(), &twice),
            weak: weak(&answers),
            consistency: consistency(&twice, &classes, seed),
            classes,
            disagreements,
        }
    });
    Ok(made.await?)
}

/// Who holds what.
///
/// # Errors
/// When leases cannot be read.
pub async fn leases(app: &App, project: &Project, now: Timestamp) -> Result<Vec<HeldLease>, ServiceError> {
    Ok(app.store.held_leases(project.id, now).await?)
}

async fn shared(app: &App, project: &Project) -> Result<(Vec<BlindAnswer>, Vec<SecondRow>), ServiceError> {
    Ok((newest(app.store.blind_answers(project.id).await?), app.store.second_rows(project.id).await?))
}

/// Labels of each class.
async fn class_counts(app: &App, project: &Project) -> Result<HashMap<ClassId, i64>, ServiceError> {
    let mut counts = HashMap::new();
    for count in app.store.label_counts(project.id).await? {
        for class in count.classes.ids() {
            *counts.entry(class).or_default() += count.n;
        }
    }
    Ok(counts)
}

/// Who named which classes of one sample, as places.
type Rated = Vec<(usize, Vec<usize>)>;

/// Answers as ratings, with people by place in `workers` and classes by place in `classes`.
fn ratings(answers: &[&BlindAnswer], workers: &[Worker], classes: &[Class]) -> Ratings {
    let people: HashMap<AccountId, usize> = workers.iter().enumerate().map(|(at, worker)| (worker.id, at)).collect();
    let places: HashMap<ClassId, usize> = classes.iter().enumerate().map(|(at, class)| (class.id, at)).collect();
    let mut samples: Vec<(SampleId, Rated)> = Vec::new();
    for answer in answers {
        let set = answer.answer.as_ref().and_then(|answer| answer.classes());
        let (Some(set), Some(&who)) = (set, people.get(&answer.account_id)) else { continue };
        let said = set.ids().filter_map(|class| places.get(&class).copied()).collect();
        match samples.last_mut().filter(|(sample, _)| *sample == answer.sample_id) {
            Some((_, row)) => row.push((who, said)),
            None => samples.push((answer.sample_id, vec![(who, said)])),
        }
    }
    Ratings::new(workers.len(), classes.len(), samples.into_iter().map(|(_, row)| row))
}

/// `None` without answers that were given twice.
fn consistency(twice: &[TwiceAnswered], classes: &[Class], seed: u64) -> Option<Consistency> {
    if twice.is_empty() {
        return None;
    }
    let places: HashMap<ClassId, usize> = classes.iter().enumerate().map(|(at, class)| (class.id, at)).collect();
    let said = |answer: &Answer| -> Option<Vec<usize>> {
        Some(answer.classes()?.ids().filter_map(|class| places.get(&class).copied()).collect())
    };
    // The first answers as one person's, the second ones as another's.
    let rated = twice.iter().filter_map(|one| Some(vec![(0, said(&one.first)?), (1, said(&one.again)?)]));
    let pairs = Ratings::new(2, classes.len(), rated).pairs(LEVEL, *REPLICATES.start(), seed);
    let same = twice.iter().filter(|one| one.first.agrees(&one.again)).count() as u64;
    let n = twice.len() as u64;
    Some(Consistency { n, same: wilson(same, n, LEVEL), kappa: pairs.first().and_then(|pair| pair.kappa) })
}

fn at_work(workers: Vec<Worker>, work: &[WorkRow], same: &[(u64, u64)], twice: &[TwiceAnswered]) -> Vec<PersonAtWork> {
    let mut of: HashMap<AccountId, (usize, usize, Vec<f64>)> = HashMap::new();
    for row in work {
        let (answers, skips, seconds) = of.entry(row.account_id).or_default();
        *answers += 1;
        *skips += usize::from(row.skipped);
        seconds.extend(row.seconds);
    }
    let person = |(worker, (same, shared)): (Worker, &(u64, u64))| {
        let (answers, skips, seconds) = of.remove(&worker.id).unwrap_or_default();
        let own = || twice.iter().filter(|one| one.account == worker.id);
        let (again, alike) = (own().count() as u64, own().filter(|one| one.first.agrees(&one.again)).count() as u64);
        PersonAtWork {
            again,
            consistent: (again > 0).then(|| wilson(alike, again, LEVEL)),
            id: worker.id,
            name: worker.name,
            role: worker.role,
            answers,
            skips,
            seconds: median(seconds),
            shared: *shared,
            same: (*shared > 0).then(|| wilson(*same, *shared, LEVEL)),
        }
    };
    workers.into_iter().zip(same).map(person).collect()
}

fn median(mut values: Vec<f64>) -> Option<f64> {
    values.sort_unstable_by(f64::total_cmp);
    let n = values.len();
    (n > 0).then(|| f64::midpoint(values[(n - 1) / 2], values[n / 2]))
}

/// The answers of each sample, oldest first.
fn by_sample(answers: &[BlindAnswer]) -> HashMap<SampleId, Vec<&BlindAnswer>> {
    let mut of: HashMap<SampleId, Vec<&BlindAnswer>> = HashMap::new();
    for answer in answers {
        of.entry(answer.sample_id).or_default().push(answer);
    }
    of
}

/// The different sets of classes that were named.
fn different<'a>(answers: &[&'a BlindAnswer]) -> Vec<&'a ClassSet> {
    let mut sets: Vec<&ClassSet> = answers.iter().filter_map(|answer| answer.answer.as_ref()?.classes()).collect();
    sets.sort_unstable_by_key(|set| set.to_vec());
    sets.dedup();
    sets
}

fn find(answers: &[BlindAnswer], rows: &[SecondRow], counts: &HashMap<ClassId, i64>) -> Disagreements {
    let table = Table::new(answers);
    let k = table.values.len();
    let model = DawidSkene::default().fit(&table.rows, table.people.len(), k);
    let place: HashMap<SampleId, usize> = table.samples.iter().enumerate().map(|(at, id)| (*id, at)).collect();
    let of = by_sample(answers);
    let mut found = Disagreements::default();
    for row in rows {
        let Some(answers) = of.get(&row.sample_id) else { continue };
        let sets = different(answers);
        if sets.len() < 2 {
            continue;
        }
        if row.settled {
            found.settled += 1;
            continue;
        }
        let (true, Some(annotation)) = (row.answered >= row.people, &row.annotation_id) else { continue };
        let label = answers.iter().find(|answer| answer.id == *annotation);
        let label = label.and_then(|label| label.answer.as_ref()?.classes());
        let value = label.and_then(|label| table.values.iter().position(|value| value == label));
        let likely = value.zip(place.get(&row.sample_id)).map_or(0.0, |(value, at)| model.posterior[at * k + value]);
        let rarest = sets.iter().flat_map(|set| set.ids()).map(|class| counts.get(&class).copied().unwrap_or(0));
        found.waiting.push(Disagreement {
            sample: row.sample_id,
            name: row.name.clone(),
            annotation: annotation.clone(),
            answers: answers.iter().map(|answer| (*answer).clone()).collect(),
            cost: (1.0 - likely) / rarest.min().unwrap_or(0).max(1) as f64,
        });
    }
    found.waiting.sort_by(|a, b| b.cost.total_cmp(&a.cost).then(a.sample.cmp(&b.sample)));
    found
}

/// The two classes between which people disagree most often.
fn weak(answers: &[BlindAnswer]) -> Option<WeakPoint> {
    let mut pairs: HashMap<(ClassId, ClassId), usize> = HashMap::new();
    let mut all = 0;
    for answers in by_sample(answers).values() {
        let sets = different(answers);
        all += usize::from(sets.len() > 1);
        let named: Vec<ClassId> = sets.iter().filter_map(|set| set.one()).collect();
        for (i, first) in named.iter().enumerate() {
            for second in &named[i + 1..] {
                *pairs.entry((*first, *second)).or_default() += 1;
            }
        }
    }
    let ((first, second), n) = pairs.into_iter().max_by_key(|(pair, n)| (*n, std::cmp::Reverse(*pair)))?;
    (n >= WEAK_LEAST && n as f64 >= WEAK_SHARE * all as f64).then_some(WeakPoint { first, second, n, all })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Answer;

    fn answer(sample: i64, account: i64, class: i64) -> BlindAnswer {
        BlindAnswer {
            sample_id: SampleId(sample),
            id: format!("{sample} {account}"),
            account_id: AccountId(account),
            answer: Some(Answer::Classes(ClassSet::from(ClassId(class)))),
            seconds: Some(2.0),
            made_us: Timestamp(0),
        }
    }

    fn row(sample: i64, people: i64, settled: bool) -> SecondRow {
        SecondRow {
            sample_id: SampleId(sample),
            name: String::new(),
            people,
            answered: 2,
            settled,
            cause: SecondCause::Drawn,
            annotation_id: Some(format!("{sample} 1")),
        }
    }

    #[test]
    fn what_waits_for_a_decision_is_what_is_answered_in_full_and_differs() {
        let answers = [
            [answer(1, 1, 7), answer(1, 2, 8)],
            [answer(2, 1, 7), answer(2, 2, 7)],
            [answer(3, 1, 7), answer(3, 2, 8)],
            [answer(4, 1, 7), answer(4, 2, 8)],
            [answer(5, 1, 9), answer(5, 2, 8)],
        ]
        .concat();
        let rows = [row(1, 2, false), row(2, 2, false), row(3, 3, false), row(4, 2, true), row(5, 2, false)];
        let counts = HashMap::from([(ClassId(7), 50), (ClassId(8), 40), (ClassId(9), 2)]);
        let found = find(&answers, &rows, &counts);
        assert_eq!(found.settled, 1);
        let waiting: Vec<i64> = found.waiting.iter().map(|one| one.sample.0).collect();
        assert_eq!(waiting, [5, 1], "a rare class first");
        assert_eq!(found.waiting[1].choices().len(), 2);
        let weak = weak(&answers).unwrap();
        assert_eq!((weak.first, weak.second, weak.n, weak.all), (ClassId(7), ClassId(8), 3, 4));
    }

    #[test]
    fn active_minutes_are_answers_times_their_median() {
        let work = |seconds| WorkRow { account_id: AccountId(1), skipped: false, seconds };
        let rows = [work(Some(2.0)), work(Some(4.0)), work(Some(900.0)), work(None)];
        let worker = Worker { id: AccountId(1), name: "ana".to_owned(), role: None };
        let person = at_work(vec![worker], &rows, &[(3, 4)], &[]).remove(0);
        assert_eq!((person.answers, person.seconds, person.shared), (4, Some(4.0), 4));
        assert!((person.active_minutes().unwrap() - 16.0 / 60.0).abs() < 1e-12);
        assert_eq!(median(vec![]), None);
        assert_eq!(median(vec![1.0, 3.0]), Some(2.0));
    }
}
