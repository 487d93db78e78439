//! What an export will hold, found before its first row: which samples, in which part, and why the others are left out.
//!
//! Memory: some 40 bytes for each sample that is taken, and with a split its group for a moment.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use super::manifest::Excluded;
use super::options::{AuditPart, Choosing, ExportOptions};
use super::reading::{Pages, ReadBeside, SamplePage, metadata};
use crate::dataset::split::{AUDIT, Shares};
use crate::domain::text::folded;
use crate::domain::word::words;
use crate::domain::{Answer, ClassId, ClassSet, Origin, Project, SampleId, Timestamp};
use crate::service::{App, ServiceError};
use crate::store::exports::{ExportRow, VoteRow};

/// Why a sample is not in an export.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Exclusion {
    Unlabeled,
    Skipped,
    NotTrained,
    Audit,
    NotAudit,
    Class,
    Annotator,
    Date,
    Round,
    Metadata,
    People,
    Agreement,
}

words!(Exclusion, "reason", {
    Unlabeled = "unlabeled", Skipped = "skipped", NotTrained = "not trained on by this round", Audit = "in the audit set",
    NotAudit = "not in the audit set", Class = "another class", Annotator = "by somebody else", Date = "on another day",
    Round = "asked for by another round", Metadata = "other metadata", People = "answered by fewer people",
    Agreement = "too little agreement",
});

/// A sample that is taken.
#[derive(Debug, Clone, Copy)]
pub(super) struct TakenSample {
    /// Of its answer as it was counted, so that a change in between shows.
    pub(super) print: u64,
    pub(super) part: Option<&'static str>,
}

/// Labels of a class: all there are, and those that are left out.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Expected {
    pub(super) labels: u64,
    pub(super) excluded: u64,
}

/// How the samples that are taken were labeled.
#[derive(Debug, Clone, Default)]
pub(super) struct Provenance {
    pub(super) origins: BTreeMap<&'static str, u64>,
    pub(super) asked_by: BTreeMap<String, u64>,
    pub(super) people: HashSet<String>,
    pub(super) skips: BTreeMap<&'static str, u64>,
    pub(super) audit: u64,
    pub(super) times: Option<(Timestamp, Timestamp)>,
}

#[derive(Default)]
pub(super) struct ExportPlan {
    pub(super) chosen: HashMap<SampleId, TakenSample>,
    pub(super) expected: HashMap<ClassId, Expected>,
    /// Samples that have none of the classes, where they may.
    pub(super) none: u64,
    pub(super) skips: u64,
    pub(super) excluded: BTreeMap<Exclusion, u64>,
    pub(super) provenance: Provenance,
    /// Values of the column of groups that are in the audit part and in another one.
    pub(super) shared_groups: Option<u64>,
}

/// What decides a sample's part.
struct Place {
    sample: SampleId,
    audit: bool,
    strata: Vec<i64>,
    first_copy: String,
    value: Option<String>,
}

/// Of an answer, so that another one shows.
pub(super) fn print(row: &ExportRow) -> u64 {
    let mut hasher = DefaultHasher::new();
    row.annotation_id.hash(&mut hasher);
    row.answer.as_ref().and_then(Answer::classes).hash(&mut hasher);
    hasher.finish()
}

impl ExportPlan {
    pub(super) async fn make(
        app: &App,
        project: &Project,
        options: &ExportOptions,
        choosing: &Choosing,
    ) -> Result<Self, ServiceError> {
        let tally = app.store.tally(project.id).await?;
        let mut plan = Self::default();
        let mut places = Vec::new();
        let mut pages = Pages::new(app, project, choosing, ReadBeside { votes: false, flags: false });
        let mut seen = 0;
        while let Some(page) = pages.next().await? {
            seen += page.rows.len() as u64;
            for row in &page.rows {
                plan.count(project, choosing, row, &page);
                if options.split.is_some() && plan.chosen.contains_key(&row.id) {
                    places.push(Place::of(project, row, options.group_by.as_deref()));
                }
            }
        }
        let rest = (tally.samples.max(0) as u64).saturating_sub(seen);
        if choosing.trained.is_some() {
            plan.exclude(Exclusion::NotTrained, rest);
        } else {
            plan.exclude(Exclusion::Unlabeled, rest);
        }
        if let Some(shares) = &options.split {
            let seed = options.seed;
            let secret = project.secret.clone();
            let shares = shares.clone();
            let grouped = options.group_by.is_some();
            let split = app.cpu.run(move || split(&shares, places, grouped, |group| secret.split(group, seed)));
            let (parts, shared) = split.await?;
            for (sample, part) in parts {
                if let Some(chosen) = plan.chosen.get_mut(&sample) {
                    chosen.part = Some(part);
                }
            }
            plan.shared_groups = shared;
        }
        Ok(plan)
    }

    fn exclude(&mut self, reason: Exclusion, n: u64) {
        if n > 0 {
            *self.excluded.entry(reason).or_default() += n;
        }
    }

    fn count(&mut self, project: &Project, choosing: &Choosing, row: &ExportRow, page: &SamplePage) {
        let votes = page.votes.get(&row.id).map(Vec::as_slice).unwrap_or_default();
        let reason = choosing.leaves_out(row, votes);
        let classes = row.answer.as_ref().and_then(Answer::classes);
        for class in classes.into_iter().flat_map(ClassSet::ids) {
            let expected = self.expected.entry(class).or_default();
            expected.labels += 1;
            expected.excluded += u64::from(reason.is_some());
        }
        if let Some(reason) = reason {
            return self.exclude(reason, 1);
        }
        self.none += u64::from(project.task.none_key().is_some() && classes.is_some_and(ClassSet::is_empty));
        self.skips += u64::from(classes.is_none());
        self.provenance.add(row);
        self.chosen.insert(row.id, TakenSample { print: print(row), part: None });
    }

    /// Samples that are left out, by reason.
    pub(super) fn left_out(&self) -> Vec<Excluded> {
        let of = |(reason, count): (&Exclusion, &u64)| Excluded { reason: reason.to_string(), count: *count };
        self.excluded.iter().map(of).collect()
    }

    pub(super) fn labels_of(&self, class: ClassId) -> Expected {
        self.expected.get(&class).copied().unwrap_or_default()
    }
}

impl Provenance {
    fn add(&mut self, row: &ExportRow) {
        if let Some(origin) = row.origin {
            *self.origins.entry(origin.as_str()).or_default() += 1;
        }
        if let Some(asked_by) = &row.asked_by {
            match self.asked_by.get_mut(asked_by) {
                Some(n) => *n += 1,
                None => drop(self.asked_by.insert(asked_by.clone(), 1)),
            }
        }
        if let Some(account) = row.account.as_ref().filter(|account| !self.people.contains(*account)) {
            self.people.insert(account.clone());
        }
        if let Some(reason) = row.answer.as_ref().and_then(Answer::reason) {
            *self.skips.entry(reason.as_str()).or_default() += 1;
        }
        self.audit += u64::from(row.audit);
        if let Some(made) = row.made_us {
            let (first, last) = self.times.unwrap_or((made, made));
            self.times = Some((first.min(made), last.max(made)));
        }
    }
}

/// People who answered, and those of them who gave this answer; imports and reviews are no answers to the question.
fn agreement(answer: &Answer, votes: &[VoteRow]) -> (u32, u32) {
    let taken_back: HashSet<&str> = votes.iter().filter_map(|vote| vote.undoes.as_deref()).collect();
    let mut newest: HashMap<&str, &Answer> = HashMap::new();
    for vote in votes {
        let asked = !matches!(vote.origin, Origin::Import | Origin::Review);
        if let Some(given) = vote.answer.as_ref().filter(|_| asked && !taken_back.contains(vote.id.as_str())) {
            newest.insert(&vote.account, given);
        }
    }
    let same = newest.values().filter(|given| given.agrees(answer)).count();
    (newest.len() as u32, same as u32)
}

impl Choosing {
    /// The first reason to leave a sample out.
    fn leaves_out(&self, row: &ExportRow, votes: &[VoteRow]) -> Option<Exclusion> {
        let Some(answer) = &row.answer else {
            return Some(if self.trained.is_some() { Exclusion::NotTrained } else { Exclusion::Unlabeled });
        };
        let people = || agreement(answer, votes);
        let made = row.made_us.unwrap_or(Timestamp(0));
        let names = |wanted: &HashSet<ClassId>| {
            answer.classes().is_some_and(|classes| classes.ids().any(|class| wanted.contains(&class)))
        };
        let has =
            |(column, value): &(String, String)| metadata(row).get(column).is_some_and(|one| folded(one) == *value);
        let tests: [(bool, Exclusion); 11] = [
            (answer.classes().is_none() && !self.skipped, Exclusion::Skipped),
            (row.audit && self.audit == AuditPart::Without, Exclusion::Audit),
            (!row.audit && self.audit == AuditPart::Only, Exclusion::NotAudit),
            (self.classes.as_ref().is_some_and(|wanted| !names(wanted)), Exclusion::Class),
            (self.annotator.is_some() && self.annotator != row.account, Exclusion::Annotator),
            (self.since.is_some_and(|since| made < since), Exclusion::Date),
            (self.until.is_some_and(|until| made >= until), Exclusion::Date),
            (self.round.is_some() && self.round != row.round, Exclusion::Round),
            (self.metadata.as_ref().is_some_and(|wanted| !has(wanted)), Exclusion::Metadata),
            (self.people.is_some_and(|least| people().0 < least), Exclusion::People),
            (self.agreement.is_some_and(|least| !agrees(people(), least)), Exclusion::Agreement),
        ];
        tests.into_iter().find_map(|(out, reason)| out.then_some(reason))
    }
}

/// Whether this share of the people agrees; an answer that nobody was asked for has no agreement.
fn agrees((people, same): (u32, u32), least: f64) -> bool {
    people > 0 && f64::from(same) >= least * f64::from(people) - 1e-9
}

impl Place {
    fn of(project: &Project, row: &ExportRow, column: Option<&str>) -> Self {
        let classes = row.answer.as_ref().and_then(Answer::classes);
        Self {
            sample: row.id,
            audit: row.audit,
            strata: match classes {
                // Where samples have any number of classes, copies are split as one stratum: most sets are too rare to be split
                // separately. Groups are spread by each of the classes.
                Some(classes) if project.task.fits_folders() || column.is_some() => {
                    classes.ids().map(|class| class.0).collect()
                }
                _ => Vec::new(),
            },
            first_copy: row.first_copy.clone(),
            value: column.and_then(|column| metadata(row).remove(column)).filter(|value| !value.is_empty()),
        }
    }

    /// What keeps samples together: the value of the column if it has one, otherwise its copies.
    fn group(&self) -> String {
        self.value.as_ref().map_or_else(|| self.first_copy.clone(), |value| format!("value {value}"))
    }
}

/// The part of each sample, and how many values of the column are in the audit part and in another one.
fn split(
    shares: &Shares,
    places: Vec<Place>,
    grouped: bool,
    lot: impl Fn(&str) -> u64,
) -> (Vec<(SampleId, &'static str)>, Option<u64>) {
    let (audit, others): (Vec<_>, Vec<_>) = places.into_iter().partition(|place| place.audit);
    let assigned = if grouped {
        let groups = joined(&others);
        let samples: Vec<_> =
            others.iter().zip(&groups).map(|(place, group)| (place.strata.clone(), group.as_str())).collect();
        shares.assign_groups(&samples, lot)
    } else {
        let stratum = |place: &Place| place.strata.first().copied().unwrap_or_default();
        let samples: Vec<_> = others.iter().map(|place| (stratum(place), place.first_copy.as_str())).collect();
        shares.assign(&samples, lot)
    };
    let shared = grouped.then(|| {
        let values: HashSet<&String> = others.iter().filter_map(|place| place.value.as_ref()).collect();
        let audited: HashSet<&String> = audit.iter().filter_map(|place| place.value.as_ref()).collect();
        audited.intersection(&values).count() as u64
    });
    let mut parts: Vec<_> = others.iter().zip(assigned).map(|(place, part)| (place.sample, part)).collect();
    parts.extend(audit.iter().map(|place| (place.sample, AUDIT)));
    (parts, shared)
}

/// The group of each sample, where samples belong together that have one value or are copies of each other, by any number of
/// steps. A group is called by the first of its names, which new samples of the same values do not change.
fn joined(places: &[Place]) -> Vec<String> {
    let mut number: HashMap<String, usize> = HashMap::new();
    let mut names: Vec<String> = Vec::new();
    let mut leads: Vec<usize> = Vec::new();
    let mut of = |name: String, leads: &mut Vec<usize>| {
        *number.entry(name).or_insert_with_key(|name| {
            names.push(name.clone());
            leads.push(leads.len());
            leads.len() - 1
        })
    };
    let mut at = Vec::with_capacity(places.len());
    for place in places {
        let (own, copies) = (of(place.group(), &mut leads), of(place.first_copy.clone(), &mut leads));
        let (own_root, root) = (root(&mut leads, own), root(&mut leads, copies));
        leads[root] = own_root;
        at.push(own);
    }
    let mut called: HashMap<usize, usize> = HashMap::new();
    for place in 0..names.len() {
        let lead = root(&mut leads, place);
        // A value before a hash, and the smallest of each.
        let rank = |place: usize| (!names[place].starts_with("value "), names[place].as_str());
        let best = called.entry(lead).or_insert(place);
        if rank(place) < rank(*best) {
            *best = place;
        }
    }
    at.into_iter().map(|place| names[called[&root(&mut leads, place)]].clone()).collect()
}

/// The lead of a group, with the way to it shortened.
fn root(leads: &mut [usize], mut at: usize) -> usize {
    while leads[at] != at {
        leads[at] = leads[leads[at]];
        at = leads[at];
    }
    at
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(sample: i64, first_copy: &str, value: Option<&str>) -> Place {
        Place {
            sample: SampleId(sample),
            audit: false,
            strata: vec![1],
            first_copy: first_copy.to_owned(),
            value: value.map(str::to_owned),
        }
    }

    #[test]
    fn copies_join_the_patients_that_they_show() {
        let places = [
            place(1, "aa", Some("ada")),
            place(2, "bb", Some("ada")),
            place(3, "bb", Some("bo")),
            place(4, "cc", None),
            place(5, "cc", Some("cy")),
            place(6, "dd", None),
        ];
        assert_eq!(joined(&places), ["value ada", "value ada", "value ada", "value cy", "value cy", "dd"]);
    }

    #[test]
    fn a_value_in_the_audit_part_and_in_another_is_counted() {
        let mut places: Vec<_> =
            (0..40).map(|i| place(i, &format!("{i:02}"), Some(["north", "south", "east"][i as usize % 3]))).collect();
        for place in &mut places {
            place.audit = place.sample.0 < 2;
        }
        let shares: Shares = "0.5,0.5".parse().unwrap();
        let (parts, shared) = split(&shares, places, true, |group| group.len() as u64);
        assert_eq!(shared, Some(2));
        assert_eq!(parts.iter().filter(|(_, part)| *part == AUDIT).count(), 2);
        let of = |sample: i64| parts.iter().find(|(id, _)| id.0 == sample).unwrap().1;
        assert!((5..40).all(|i| of(i) == of(2 + (i - 2) % 3)), "{parts:?}");
    }

    #[test]
    fn an_answer_is_agreed_with_by_those_who_were_asked() {
        let vote = |id: &str, who: &str, class: i64, origin: Origin| VoteRow {
            sample_id: SampleId(1),
            id: id.to_owned(),
            kind: crate::domain::AnnotationKind::Classes,
            answer: Some(Answer::Classes(ClassId(class).into())),
            undoes: None,
            account: who.to_owned(),
            made_us: Timestamp(0),
            asked_by: String::new(),
            origin,
        };
        let undo = VoteRow { answer: None, undoes: Some("c".to_owned()), ..vote("d", "cy", 0, Origin::Desk) };
        let votes = [
            vote("i", "ada", 2, Origin::Import),
            vote("a", "ada", 1, Origin::Desk),
            vote("b", "bo", 2, Origin::Desk),
            vote("b2", "bo", 1, Origin::Grid),
            vote("c", "cy", 2, Origin::Desk),
            undo,
            vote("e", "eve", 2, Origin::Desk),
            vote("r", "lea", 2, Origin::Review),
        ];
        let counted = agreement(&Answer::Classes(ClassId(1).into()), &votes);
        assert_eq!(counted, (3, 2));
        assert!(agrees(counted, 2.0 / 3.0) && !agrees(counted, 0.7) && !agrees((0, 0), 0.0));
    }
}
