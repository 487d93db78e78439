//! Many at a time: samples that look alike, answered and taken back together.
//!
//! **Invariant:** the audit set never appears here, not even as the sample that others are like.

use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};

use tokio::task::JoinSet;

use crate::domain::id::uuid_text;
use crate::domain::{AccountId, ClassId, ClassSet, Origin, Project, SampleId};
use crate::query::groups::Space;
use crate::service::desk::labeling::{self, Basis};
use crate::service::desk::opinions::{CommitteeOpinion, Said};
use crate::service::live::Changed;
use crate::service::map::selecting::{self, MapPart};
use crate::service::{App, ServiceError};
use crate::store::desk_writer::LeaseRequest;
use crate::store::labeling::{Candidate, Candidates, Lease, Receipt};

/// Samples in a group.
pub const SIZES: std::ops::RangeInclusive<usize> = 2..=64;
/// The most samples that one request may pass over.
const MOST_PASSED: usize = 5000;
/// The smallest group worth showing.
const LEAST: usize = 4;
/// Labels among which the originals of copies are sought: the newest.
const ORIGINALS: usize = 64;
/// Share of a group that must be taken for one class before it is proposed.
const AGREED: f64 = 0.6;
/// `asked_by` of all leases given out here starts with this.
pub const GROUP: &str = "group";
const COPIES: &str = "group: copies of ";

/// What holds a group together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, utoipa::ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum GroupKind {
    /// Nearly the same picture as one that has a label.
    Copies,
    /// Taken for one class by the committee, and alike.
    Confident,
    /// Alike, whatever they are.
    Alike,
}

/// What kind of group to look for.
#[derive(Debug, Clone, Default)]
pub struct WantedGroup {
    pub size: usize,
    /// Only samples that are taken for this class.
    pub class: Option<ClassId>,
    /// Samples like this one.
    pub like: Option<SampleId>,
    /// Only samples in this part of the map.
    pub within: Option<MapPart>,
    /// Samples that were looked at and left out.
    pub passed: Vec<SampleId>,
    /// Leases of a group that is no longer needed.
    pub instead_of: Vec<String>,
}

/// Samples to look at together.
#[derive(Debug, Clone)]
pub struct Group {
    pub kind: GroupKind,
    /// The answer that is proposed.
    pub classes: Option<ClassSet>,
    /// The labeled sample that the others are copies of, or the one they are like.
    pub like: Option<SampleId>,
    pub leases: Vec<Lease>,
}

/// Candidates in a given order.
struct Listed(Mutex<VecDeque<Candidate>>);

impl Candidates for Listed {
    fn next(&self, _: AccountId) -> Option<Candidate> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).pop_front()
    }
}

/// Lease a group to a person: copies of labeled samples where there are some, else what the committee is sure of, else samples
/// that are alike. `None` when no sample waits.
///
/// # Errors
/// When the size is out of range, or the class or sample is not the project's.
pub async fn propose(
    app: &App,
    project: &Project,
    account: AccountId,
    mut wanted: WantedGroup,
) -> Result<Option<Group>, ServiceError> {
    let size = wanted.size;
    if !SIZES.contains(&size) {
        return Err(ServiceError::Invalid(format!(
            "size is {size}; ask for {} to {} samples",
            SIZES.start(),
            SIZES.end()
        )));
    }
    if wanted.passed.len() > MOST_PASSED {
        return Err(ServiceError::Invalid(format!("at most {MOST_PASSED} samples can be passed over")));
    }
    let classes = app.store.classes(project.id).await?;
    if let Some(class) = wanted.class
        && !classes.iter().any(|known| known.id == class)
    {
        return Err(ServiceError::not_found("class", class.to_string()));
    }
    give_back(app, project, account, std::mem::take(&mut wanted.instead_of)).await?;
    let Some(pool) = app.pools.get(app, project).await? else { return Ok(None) };
    let Some(standardiser) = pool.standardiser() else { return Ok(None) };
    let like = match wanted.like {
        Some(sample) => {
            let unknown = || ServiceError::not_found("sample", sample.to_string());
            Some(*pool.row_of.get(&sample).ok_or_else(unknown)?)
        }
        None => None,
    };
    let opinion = app.opinions.of(app, project).await?;
    let row_of = |sample: &SampleId| pool.row_of.get(sample).copied();
    let waiting: Vec<usize> = waiting(app, project, &wanted).await?.iter().filter_map(row_of).collect();
    if waiting.is_empty() {
        return Ok(None);
    }
    let mut labels: HashMap<usize, ClassSet> = HashMap::new();
    let mut newest: Vec<usize> = Vec::new();
    // Whoever is yet to answer a sample must not see what others said about it.
    let waits = app.store.waiting_seconds(project.id, app.clock.now()).await?;
    let waits: HashSet<SampleId> = waits.into_iter().map(|waiting| waiting.sample).collect();
    for (sample, set) in app.store.newest_training_labels(project.id, ORIGINALS as i64).await? {
        if let Some(row) = row_of(&sample).filter(|_| !waits.contains(&sample)) {
            labels.insert(row, set);
            newest.push(row);
        }
    }
    let finding = Finding { size, class: wanted.class, like, waiting, newest };
    let (inner, opinions) = (pool.clone(), opinion.clone());
    let found = app
        .cpu
        .run(move || {
            let space = Space { rows: &inner.rows, mean: &standardiser.mean };
            finding.find(&space, &|row| opinions.get(&inner.ids[row]))
        })
        .await?;
    let Some(found) = found else { return Ok(None) };
    let asked_by = match (found.kind, found.around) {
        (GroupKind::Copies, Some(row)) => format!("{COPIES}{}", pool.ids[row]),
        (GroupKind::Confident, _) => format!("{GROUP}: confident"),
        _ => format!("{GROUP}: alike"),
    };
    let candidate = |row: &usize| Candidate {
        sample: pool.ids[*row],
        round: None,
        asked_by: asked_by.clone(),
        percentile: None,
        propensity: None,
    };
    let listed = Arc::new(Listed(Mutex::new(found.rows.iter().map(candidate).collect())));
    let request =
        LeaseRequest { project: project.id, account, count: size, resume: false, answer: None, candidates: listed };
    let leases = app.desk_writer.lease(request, app.clock.now()).await?;
    let proposed = match found.around.filter(|_| found.kind == GroupKind::Copies) {
        Some(row) => labels.get(&row).cloned(),
        // What the committee takes them for is an opinion, and showing opinions is up to the lead.
        None if project.show_opinion => proposed(&leases, &opinion),
        None => None,
    };
    let in_use = |class: ClassId| classes.iter().any(|known| known.id == class && !known.retired);
    let proposed = proposed.filter(|set| set.ids().all(in_use));
    let like = found.around.filter(|_| found.kind == GroupKind::Copies).map(|row| pool.ids[row]).or(wanted.like);
    let kind = if found.kind == GroupKind::Confident && !project.show_opinion { GroupKind::Alike } else { found.kind };
    Ok((!leases.is_empty()).then_some(Group { kind, classes: proposed, like, leases }))
}

/// The samples that a group may hold.
async fn waiting(app: &App, project: &Project, wanted: &WantedGroup) -> Result<Vec<SampleId>, ServiceError> {
    let within: Option<HashSet<SampleId>> = match &wanted.within {
        Some(part) => Some(selecting::samples(app, project, part).await?.into_iter().collect()),
        None => None,
    };
    let passed: HashSet<&SampleId> = wanted.passed.iter().collect();
    let mut waiting = app.store.waiting_samples(project.id, false, app.clock.now()).await?;
    // A sample is never in its own group: if it were there unless it audits, that would reveal audit samples.
    waiting.retain(|sample| !passed.contains(sample) && wanted.like != Some(*sample));
    waiting.retain(|sample| within.as_ref().is_none_or(|within| within.contains(sample)));
    Ok(waiting)
}

/// Why there is no group to look at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WhyNone {
    NoSamples,
    NothingEncoded,
    /// No sample waits that was not passed over.
    NoneWaits,
}

/// Why there is no group to look at.
pub async fn why_none(app: &App, project: &Project) -> Result<WhyNone, ServiceError> {
    let encoded = app.pools.get(app, project).await?.map_or(0, |pool| pool.ids.len());
    let tally = app.store.tally(project.id).await?;
    Ok(match (tally.samples, encoded) {
        (0, _) => WhyNone::NoSamples,
        (_, 0) => WhyNone::NothingEncoded,
        _ => WhyNone::NoneWaits,
    })
}

/// Give leases back in one commit, so that nobody sees half of them. An expired lease need not be given back.
async fn give_back(app: &App, project: &Project, account: AccountId, leases: Vec<String>) -> Result<(), ServiceError> {
    if leases.is_empty() {
        return Ok(());
    }
    let mut given = JoinSet::new();
    for lease in leases {
        let (writer, now, project) = (app.desk_writer.clone(), app.clock.now(), project.id);
        given.spawn(async move { writer.give_back(project, account, uuid_text(&lease), now).await });
    }
    for done in given.join_all().await {
        done?;
    }
    // Their samples left their streams when they were leased; the streams are read anew to find them again.
    app.changed(project.id, Changed::Samples);
    Ok(())
}

/// The answer that most of these are taken for, where most agree.
fn proposed(leases: &[Lease], opinion: &CommitteeOpinion) -> Option<ClassSet> {
    let mut votes: HashMap<&ClassSet, usize> = HashMap::new();
    for said in leases.iter().filter_map(|lease| opinion.get(&lease.sample_id)) {
        *votes.entry(&said.classes).or_default() += 1;
    }
    let (set, n) = votes.into_iter().max_by_key(|(set, n)| (*n, std::cmp::Reverse(set.to_vec())))?;
    (n as f64 >= AGREED * leases.len() as f64).then(|| set.clone())
}

/// The inputs of a search for a group, as rows of the pool.
struct Finding {
    size: usize,
    /// The class that is wanted.
    class: Option<ClassId>,
    like: Option<usize>,
    waiting: Vec<usize>,
    /// Rows with a label, the newest first.
    newest: Vec<usize>,
}

struct Found {
    kind: GroupKind,
    /// The labeled original of copies.
    around: Option<usize>,
    /// More than the size, since others may be faster.
    rows: Vec<usize>,
}

impl Finding {
    fn find<'a>(&self, space: &Space<'_>, opinion: &dyn Fn(usize) -> Option<&'a Said>) -> Option<Found> {
        let take = 2 * self.size;
        if let Some(seed) = self.like {
            let near = space.nearest(seed, &self.waiting, take);
            return Some(Found {
                kind: GroupKind::Alike,
                around: None,
                rows: near.into_iter().map(|(row, _)| row).collect(),
            });
        }
        if self.class.is_none()
            && let Some((around, rows)) = space.copies(&self.newest, &self.waiting, take)
        {
            return Some(Found { kind: GroupKind::Copies, around: Some(around), rows });
        }
        // Each answer that samples are taken for has a number; of sets, each set.
        let mut numbers: HashMap<&ClassSet, usize> = HashMap::new();
        let (mut rows, mut said) = (Vec::new(), Vec::new());
        for &row in &self.waiting {
            let Some(one) = opinion(row) else { continue };
            if self.class.is_some_and(|class| !one.classes.contains(class)) {
                continue;
            }
            let next = numbers.len();
            rows.push(row);
            said.push((*numbers.entry(&one.classes).or_insert(next), one.probability));
        }
        space
            .confident(&rows, &said, None, LEAST, take)
            .map(|(_, rows)| Found { kind: GroupKind::Confident, around: None, rows })
            .or_else(|| {
                // The first in the order of the draw is as good as any.
                let (&seed, others) = self.waiting.split_first()?;
                let near = space.nearest(seed, others, take - 1);
                let rows = std::iter::once(seed).chain(near.into_iter().map(|(row, _)| row)).collect();
                Some(Found { kind: GroupKind::Alike, around: None, rows })
            })
    }
}

/// One answer of a group.
#[derive(Debug, Clone)]
pub struct GroupMember {
    /// A UUID made by the client.
    pub id: String,
    pub sample: SampleId,
    pub lease: String,
}

/// One answer for many samples.
#[derive(Debug, Clone)]
pub struct GroupAnswer {
    pub classes: ClassSet,
    pub members: Vec<GroupMember>,
    /// Leases of samples that do not belong to the others.
    pub odd: Vec<String>,
    /// Active seconds spent on all of them.
    pub seconds: Option<f64>,
}

/// The outcome of one answer, or of taking one back.
pub type Done<T> = (T, Result<Receipt, ServiceError>);

/// Answer all members alike, and give the leases of odd ones back. Each answer is stored or refused by itself, so that
/// one sample that went to somebody else does not lose the others; sent again, none is stored twice.
///
/// # Errors
/// When the whole request is invalid: too many answers, or impossible seconds.
pub async fn answer(
    app: &App,
    project: &Project,
    account: AccountId,
    given: GroupAnswer,
) -> Result<Vec<Done<String>>, ServiceError> {
    let GroupAnswer { classes, members, odd, seconds } = given;
    let n = members.len();
    if n > *SIZES.end() || odd.len() > *SIZES.end() {
        return Err(ServiceError::Invalid(format!("{n} answers; a group has at most {}", SIZES.end())));
    }
    let asked: HashMap<String, String> = app.store.own_leases(project.id, account).await?.into_iter().collect();
    let mut tasks = JoinSet::new();
    for (at, member) in members.into_iter().enumerate() {
        let copied = asked.get(&uuid_text(&member.lease)).is_some_and(|asked_by| asked_by.starts_with(COPIES));
        let given = labeling::Given {
            id: member.id.clone(),
            sample: member.sample,
            basis: Basis::Lease(member.lease),
            answer: classes.clone().into(),
            seconds: seconds.map(|seconds| seconds / n as f64),
            next: 0,
            origin: if copied { Origin::Propagated } else { Origin::Grid },
        };
        let (app, project) = (app.clone(), project.clone());
        tasks.spawn(async move { (at, (member.id, labeling::answer(&app, &project, account, given).await)) });
    }
    let done = in_order(tasks).await;
    give_back(app, project, account, odd).await?;
    Ok(done)
}

/// Take the answers of a group back, each by itself; their samples are leased to the person again.
///
/// # Errors
/// When there are more than a group can hold.
pub async fn undo(
    app: &App,
    project: &Project,
    account: AccountId,
    annotations: Vec<String>,
) -> Result<Vec<Done<String>>, ServiceError> {
    if annotations.len() > *SIZES.end() {
        return Err(ServiceError::Invalid(format!("a group has at most {} answers", SIZES.end())));
    }
    let mut tasks = JoinSet::new();
    for (at, id) in annotations.into_iter().enumerate() {
        let (app, project) = (app.clone(), project.clone());
        tasks.spawn(async move {
            let done = labeling::undo(&app, &project, account, &id, false).await;
            (at, (id, done))
        });
    }
    Ok(in_order(tasks).await)
}

/// The tasks' results, in order. They run concurrently, so that they share a commit.
async fn in_order<T: Send + 'static>(tasks: JoinSet<(usize, T)>) -> Vec<T> {
    let mut done = tasks.join_all().await;
    done.sort_by_key(|(at, _)| *at);
    done.into_iter().map(|(_, done)| done).collect()
}
