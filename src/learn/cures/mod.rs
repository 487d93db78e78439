//! Cures for scarce labels: values that change how a committee learns.
//!
//! A cure turns the lesson before the fit, sets how it is fitted, or turns the heads after it. All act on the embeddings and on
//! labels alone, so a round with cures costs little more than one without. None is on by itself: a lead switches on what was
//! measured to help (`evaluate::treatments`).
//!
//! Penalty and temperature are chosen on the plain lesson: copies of a sample would mislead leave-one-out.

mod adding;
mod balanced_softmax;
mod borderline_smote;
mod class_weights;
mod feature_dropout;
mod graph;
mod label_smoothing;
mod label_spreading;
mod larger_committee;
mod lesson;
mod mixup;
mod pseudo_labels;
mod smote;
mod without_doubtful;

#[cfg(test)]
mod oracle;

pub use lesson::CureLesson;

use super::committee::judges_itself;
use super::{Committee, CommitteeOptions, Fitted, LearnError, Link, Standardiser, Training, tune};
use crate::math::Matrix;

/// What a cure may look at beside the lesson.
#[derive(Clone, Copy)]
pub struct Surroundings<'a> {
    /// N × D raw embeddings.
    pub pool: &'a Matrix,
    /// Rows of the pool without a label and outside the audit set.
    pub unlabeled: &'a [usize],
    pub standardiser: &'a Standardiser,
    /// How the committee is fitted; penalty and temperature are there.
    pub options: CommitteeOptions,
}

/// A cure. What it leaves as it is, the defaults of [`Cure::PLAIN`] say.
pub struct Cure {
    /// As programs and the database spell it.
    pub name: &'static str,
    pub source: &'static str,
    /// Whether it has a meaning for this kind of answer.
    pub suits: fn(Link) -> bool,
    pub options: fn(CommitteeOptions) -> CommitteeOptions,
    pub teach: fn(CureLesson, &Surroundings<'_>) -> Result<CureLesson, LearnError>,
    /// Whether it adds rows that follow from labeled ones. Members that judge themselves by leave-one-out do not learn from
    /// those: a sample that is left out would still be there as its relatives. Trees do not either: those rows lie at numbers
    /// that no column has.
    pub relatives: bool,
    pub adjust: fn(&mut Committee, &Training<'_>),
}

impl Cure {
    const PLAIN: Self = Self {
        name: "",
        source: "",
        suits: |_| true,
        options: |options| options,
        teach: |lesson, _| Ok(lesson),
        relatives: false,
        adjust: |_, _| {},
    };
}

impl std::fmt::Debug for Cure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name)
    }
}

impl PartialEq for Cure {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

impl Eq for Cure {}

/// Every cure, in the order in which they act together.
pub static CURES: &[&Cure] = &[
    &larger_committee::CURE,
    &without_doubtful::CURE,
    &pseudo_labels::CURE,
    &label_spreading::CURE,
    &class_weights::CURE,
    &smote::CURE,
    &borderline_smote::CURE,
    &mixup::CURE,
    &label_smoothing::CURE,
    &feature_dropout::CURE,
    &balanced_softmax::CURE,
];

/// A name that no cure has, or one that has no meaning for a project's answers.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadCure {
    #[error("cure `{0}` is unknown; known are {known}", known = names(CURES.iter().copied()))]
    Unknown(String),
    #[error("cure `{0}` needs samples with exactly one class")]
    OneClass(&'static str),
}

/// The cures named in `text`, separated by spaces or commas, in the order in which they act.
///
/// # Errors
/// [`BadCure`] for the first name that is wrong.
pub fn parse(text: &str, link: Link) -> Result<Vec<&'static Cure>, BadCure> {
    let named: Vec<&str> = text.split([' ', ',']).filter(|name| !name.is_empty()).collect();
    for name in &named {
        let cure = CURES.iter().find(|cure| cure.name == *name).ok_or_else(|| BadCure::Unknown((*name).to_owned()))?;
        if !(cure.suits)(link) {
            return Err(BadCure::OneClass(cure.name));
        }
    }
    Ok(CURES.iter().copied().filter(|cure| named.contains(&cure.name)).collect())
}

/// The names with spaces between, as they are stored.
pub fn names<'a>(cures: impl IntoIterator<Item = &'a Cure>) -> String {
    cures.into_iter().map(|cure| cure.name).collect::<Vec<_>>().join(" ")
}

/// How a committee is fitted, once the lesson is ready.
pub type FitLesson<'a> = &'a (dyn Fn(&Training<'_>, &CommitteeOptions) -> Result<Fitted, LearnError> + Sync);

/// What [`fit_cured`] works with.
#[derive(Clone, Copy)]
pub struct Care<'a> {
    pub cures: &'a [&'static Cure],
    /// N × D raw embeddings, and the rows of them without a label and outside the audit set.
    pub pool: &'a Matrix,
    pub unlabeled: &'a [usize],
    pub standardiser: &'a Standardiser,
}

/// Fit by `fit` with cures. Without any it is `fit` alone.
///
/// # Errors
/// Whatever a cure, the tuning or `fit` refuses.
pub fn fit_cured(
    care: &Care<'_>,
    training: &Training<'_>,
    previous: Option<&Fitted>,
    options: &CommitteeOptions,
    fit: FitLesson<'_>,
) -> Result<Fitted, LearnError> {
    if care.cures.is_empty() {
        return fit(training, options);
    }
    let tuned = match options.tuned {
        Some(tuned) => tuned,
        None => tune(training, care.standardiser, previous.map(|fitted| &fitted.tuned), options.seed)?,
    };
    let options = CommitteeOptions { tuned: Some(tuned), ..*options };
    let options = care.cures.iter().fold(options, |options, cure| (cure.options)(options));
    let around = Surroundings { pool: care.pool, unlabeled: care.unlabeled, standardiser: care.standardiser, options };
    let (mut lesson, mut samples) = (CureLesson::of(training), None);
    for cure in care.cures {
        if cure.relatives && samples.is_none() {
            samples = Some(lesson.clone());
        }
        lesson = (cure.teach)(lesson, &around)?;
    }
    let mut fitted = fit(&lesson.training(), &options)?;
    if let Some(samples) = samples.filter(|samples| *samples != lesson) {
        restore(&mut fitted.committee, fit(&samples.training(), &options)?.committee);
    }
    for cure in care.cures {
        (cure.adjust)(&mut fitted.committee, training);
    }
    Ok(fitted)
}

/// Take the heads that judge themselves by leave-one-out from a committee that never saw relatives of samples, and the trees: a
/// relative lies between rows, at numbers that no column has.
fn restore(committee: &mut Committee, plain: Committee) {
    let (link, count, seats) = (committee.link, committee.members(), committee.seats());
    for ((head, plain), m) in committee.heads.iter_mut().zip(plain.heads).zip(seats) {
        if judges_itself(link, m, count) {
            *head = plain;
        }
    }
    committee.trees = plain.trees;
}
