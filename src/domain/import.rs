//! The outcome of each item of a source, in one counted bucket.
//!
//! **Invariant:** every item ends in exactly one bucket, so the buckets add up to the number of items; an existing
//! label is replaced only if it came from an earlier import and the new import asks for it.

use super::word::words;
use super::{Answer, ClassSet, SampleId};

/// Where an item ends.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize, utoipa::ToSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Bucket {
    /// A new sample, with its label where it has one.
    Added,
    /// The content is a sample already, and there is nothing new about it.
    Same,
    /// The content is a sample already, and its label was taken.
    Label,
    /// The content is a sample already, and keeps its different label.
    Contradiction,
    /// Not data: system files, text files.
    PassedOver,
    /// It cannot be used.
    Refused,
}

words!(Bucket, "bucket", {
    Added = "added",
    Same = "same",
    Label = "label",
    Contradiction = "contradiction",
    PassedOver = "passed_over",
    Refused = "refused",
});

impl Bucket {
    /// Whether somebody should look at what is in it.
    pub fn deserves_a_look(self) -> bool {
        matches!(self, Self::Contradiction | Self::Refused)
    }
}

/// The outcome of one item, with its details.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ItemOutcome {
    Added,
    /// `of` is the name of the sample with this content.
    Same {
        of: String,
    },
    /// `before` is the label that it replaced.
    Label {
        of: String,
        label: String,
        before: Option<String>,
    },
    Contradiction {
        of: String,
        standing: String,
        label: String,
    },
    PassedOver {
        reason: String,
    },
    Refused {
        reason: String,
    },
}

impl ItemOutcome {
    pub fn bucket(&self) -> Bucket {
        match self {
            Self::Added => Bucket::Added,
            Self::Same { .. } => Bucket::Same,
            Self::Label { .. } => Bucket::Label,
            Self::Contradiction { .. } => Bucket::Contradiction,
            Self::PassedOver { .. } => Bucket::PassedOver,
            Self::Refused { .. } => Bucket::Refused,
        }
    }
}

/// An item with its outcome, as it is kept and shown.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow, serde::Serialize, utoipa::ToSchema)]
pub struct ImportItem {
    pub bucket: Bucket,
    /// Its name in the source.
    pub name: String,
    /// The sample with its content.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[sqlx(rename = "sample_id")]
    pub sample: Option<SampleId>,
    /// That sample's name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub same_as: Option<String>,
    /// The current label, or the one just replaced.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub standing: Option<String>,
    /// The label that the source gives.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    /// Why it was refused or passed over.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

impl ImportItem {
    pub fn new(name: String, sample: Option<SampleId>, outcome: ItemOutcome) -> Self {
        let bucket = outcome.bucket();
        let bare = Self { bucket, name, sample, same_as: None, standing: None, label: None, reason: None };
        match outcome {
            ItemOutcome::Added => bare,
            ItemOutcome::Same { of } => Self { same_as: Some(of), ..bare },
            ItemOutcome::Label { of, label, before } => {
                Self { same_as: Some(of), standing: before, label: Some(label), ..bare }
            }
            ItemOutcome::Contradiction { of, standing, label } => {
                Self { same_as: Some(of), standing: Some(standing), label: Some(label), ..bare }
            }
            ItemOutcome::PassedOver { reason } | ItemOutcome::Refused { reason } => {
                Self { reason: Some(reason), ..bare }
            }
        }
    }
}

/// How many items ended in each bucket.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize, utoipa::ToSchema)]
pub struct Counts {
    pub added: u64,
    pub same: u64,
    pub labels: u64,
    pub contradictions: u64,
    pub passed_over: u64,
    pub refused: u64,
    /// Labels taken from the source, including those of added samples; not a bucket.
    pub labeled: u64,
}

impl Counts {
    /// Count an item; `labeled` where the source has a label for it.
    pub fn add(&mut self, bucket: Bucket, labeled: bool) {
        let count = match bucket {
            Bucket::Added => &mut self.added,
            Bucket::Same => &mut self.same,
            Bucket::Label => &mut self.labels,
            Bucket::Contradiction => &mut self.contradictions,
            Bucket::PassedOver => &mut self.passed_over,
            Bucket::Refused => &mut self.refused,
        };
        *count += 1;
        self.labeled += u64::from(labeled && matches!(bucket, Bucket::Added | Bucket::Label));
    }

    pub fn of(&self, bucket: Bucket) -> u64 {
        match bucket {
            Bucket::Added => self.added,
            Bucket::Same => self.same,
            Bucket::Label => self.labels,
            Bucket::Contradiction => self.contradictions,
            Bucket::PassedOver => self.passed_over,
            Bucket::Refused => self.refused,
        }
    }

    /// All items.
    pub fn items(&self) -> u64 {
        Bucket::ALL.into_iter().map(|bucket| self.of(bucket)).sum()
    }

    /// Items whose content was there already.
    pub fn there_already(&self) -> u64 {
        self.same + self.labels + self.contradictions
    }

    /// The counts as people read them; buckets without an item are left out, the first three are not.
    pub fn in_words(&self, dry_run: bool) -> String {
        let verb = if dry_run { "would be added" } else { "added" };
        let always = format!("{} {verb}, {} there already, {} refused", self.added, self.there_already(), self.refused);
        let parts = [
            (self.labeled, "labels"),
            (self.labels, "of them for samples that were there"),
            (self.contradictions, "labels contradict those that stand"),
            (self.passed_over, "passed over"),
        ];
        let parts = parts.into_iter().filter(|(n, _)| *n > 0).map(|(n, what)| format!("{n} {what}"));
        std::iter::once(always).chain(parts).collect::<Vec<_>>().join(", ")
    }

    /// Items that are pictures and could be used.
    pub fn used(&self) -> u64 {
        self.added + self.there_already()
    }

    pub fn deserve_a_look(&self) -> bool {
        Bucket::ALL.into_iter().any(|bucket| bucket.deserves_a_look() && self.of(bucket) > 0)
    }
}

/// An import's state, and whether somebody should look at it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, utoipa::ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum ImportState {
    Running,
    /// Everything usable was imported.
    Done,
    /// It finished, and some items were refused or contradict an existing label.
    Look,
    /// Nothing could be used, or the source could not be read (further).
    Failed,
    /// It was stopped; the same import resumes from there.
    Interrupted,
    /// Somebody asked it to stop; what it brought until then stays.
    Cancelled,
}

words!(ImportState, "state of an import", {
    Running = "running",
    Done = "done",
    Look = "look",
    Failed = "failed",
    Interrupted = "interrupted",
    Cancelled = "cancelled",
});

impl ImportState {
    /// The final state of an import with `counts`, whether it read its whole source or was stopped.
    pub fn of(counts: &Counts, interrupted: bool) -> Self {
        match (interrupted, counts.used()) {
            (true, _) => Self::Interrupted,
            (false, 0) => Self::Failed,
            (false, _) if counts.deserve_a_look() => Self::Look,
            (false, _) => Self::Done,
        }
    }
}

/// What becomes of a sample when the import that brought it is taken back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, utoipa::ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Fate {
    /// A person answered it, now or before.
    Answered,
    /// Another import brought it too, or labeled it.
    Imported,
    /// It is an example of a class, somebody asked about it, or a copy of it left the audit set.
    Used,
    /// Somebody has it in front of them; it leaves when the import is taken back once more.
    Asked,
    Leaves,
}

words!(Fate, "fate of a sample", {
    Answered = "answered",
    Imported = "imported",
    Used = "used",
    Asked = "asked",
    Leaves = "leaves",
});

/// The answer of a sample that a label is offered for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct StandingLabel {
    pub answer: Option<Answer>,
    /// The answer came from an import rather than from a person.
    pub imported: bool,
    /// It was given in this very import.
    pub fresh: bool,
}

/// What to do with an offered label.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ItemVerdict {
    Nothing,
    Take,
    Replace,
    Contradiction,
}

/// What is done with `label`, where `standing` is the answer so far. With `relabel`, answers of earlier imports give way.
pub fn judge(standing: &StandingLabel, label: Option<&ClassSet>, relabel: bool) -> ItemVerdict {
    let Some(label) = label else { return ItemVerdict::Nothing };
    match &standing.answer {
        None => ItemVerdict::Take,
        Some(answer) if answer.classes() == Some(label) => ItemVerdict::Nothing,
        Some(_) if relabel && standing.imported && !standing.fresh => ItemVerdict::Replace,
        Some(_) => ItemVerdict::Contradiction,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{ClassId, SkipReason};

    #[test]
    fn every_outcome_is_counted_once() {
        let mut counts = Counts::default();
        for bucket in Bucket::ALL {
            counts.add(bucket, true);
        }
        counts.add(Bucket::Added, false);
        assert_eq!((counts.items(), counts.used(), counts.labeled), (7, 5, 2), "{counts:?}");
        assert_eq!(ImportState::of(&counts, false), ImportState::Look);
        assert_eq!(ImportState::of(&Counts { refused: 3, ..Counts::default() }, false), ImportState::Failed);
    }

    #[test]
    fn only_labels_of_earlier_imports_give_way_and_only_when_asked() {
        let (cat, dog) = (ClassSet::from(ClassId(1)), ClassSet::from(ClassId(2)));
        let has = |imported, fresh| StandingLabel { answer: Some(cat.clone().into()), imported, fresh };
        assert_eq!(judge(&StandingLabel::default(), Some(&dog), false), ItemVerdict::Take);
        assert_eq!(judge(&has(true, false), Some(&cat), true), ItemVerdict::Nothing);
        assert_eq!(judge(&has(true, false), Some(&dog), false), ItemVerdict::Contradiction);
        assert_eq!(judge(&has(true, false), Some(&dog), true), ItemVerdict::Replace);
        assert_eq!(judge(&has(true, true), Some(&dog), true), ItemVerdict::Contradiction);
        assert_eq!(judge(&has(false, false), Some(&dog), true), ItemVerdict::Contradiction);
        let skip = Answer::Skip { reason: SkipReason::Unsure, note: None };
        let skipped = StandingLabel { answer: Some(skip), ..StandingLabel::default() };
        assert_eq!(judge(&skipped, Some(&dog), true), ItemVerdict::Contradiction);
        assert_eq!(judge(&has(true, false), None, true), ItemVerdict::Nothing);
    }
}
