//! What colours the map: the answers, the committee's opinion, how sure it is, metadata, imports and rounds.

use std::collections::HashMap;

use super::PoolMap;
use super::columns::Column;
use crate::domain::{Class, ClassId, ClassSet, ImportId, Project, SampleId, Timestamp};
use crate::service::desk::opinions::CommitteeOpinion;
use crate::service::{App, ServiceError};

/// What is not shown has this in place of an entry.
pub const HIDDEN: u8 = 255;
/// Values, imports or groups of rounds with colours of their own; the rest is one entry.
const APART: usize = 9;
/// Groups that rounds are put into, about as many samples in each.
const ROUND_GROUPS: usize = 5;
/// Classes with entries of their own; no project has as many colours.
const CLASSES: usize = 250;

/// What the map is coloured by.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum ColourBy {
    /// The current answer.
    #[default]
    Label,
    /// What the committee takes a sample for.
    Prediction,
    /// How sure the committee is.
    Doubt,
    /// Whether there is an answer.
    State,
    /// The import that brought a sample in.
    Import,
    /// The round that asked for it.
    Round,
    /// A column of the metadata.
    Metadata,
}

/// How doubtful a sample is to the committee.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DoubtLevel {
    High,
    Some,
    Little,
}

impl DoubtLevel {
    /// By how sure the committee is, 0 to 1: its likeliest class is less likely than all others together; it is right in fewer than
    /// four of five such cases; the rest.
    pub fn of(sure: f32) -> Self {
        match sure {
            ..0.5 => Self::High,
            0.5..0.8 => Self::Some,
            _ => Self::Little,
        }
    }
}

/// What an entry of the legend stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Meaning {
    /// The class at this place among the project's.
    Class(usize),
    /// Sets of more than one class.
    Several,
    NoneOfThese,
    OtherClasses,
    Skipped,
    Unlabeled,
    Labeled,
    Doubt(DoubtLevel),
    /// The committee has not seen it.
    NotJudged,
    Value(String),
    OtherValues,
    NoValue,
    Import(String),
    OtherImports,
    /// From the first round to the last.
    Rounds(i64, i64),
    /// Asked at random, by people, or labeled at import.
    NoRound,
}

/// A colour for every point of a map.
#[derive(Debug, Clone, PartialEq)]
pub struct Coloured {
    /// What each value means, and how many points have it.
    pub entries: Vec<(Meaning, usize)>,
    /// The entry of each point, or [`HIDDEN`].
    pub values: Vec<u8>,
}

/// Colours as they are given out.
#[derive(Default)]
struct Palette {
    entries: Vec<(Meaning, usize)>,
    places: HashMap<u64, u8>,
}

impl Palette {
    /// The entry for `key`, made when it is first needed.
    fn entry(&mut self, key: u64, meaning: impl FnOnce() -> Meaning) -> u8 {
        let next = self.entries.len();
        let at = *self.places.entry(key).or_insert(next.min(usize::from(HIDDEN) - 1) as u8);
        if usize::from(at) == next {
            self.entries.push((meaning(), 0));
        }
        at
    }

    /// The entries in the order of their keys, and where each came to be.
    fn ordered(self) -> (Vec<(Meaning, usize)>, Vec<u8>) {
        let mut keys: Vec<(u64, u8)> = self.places.into_iter().collect();
        keys.sort_unstable();
        let mut places = vec![0; self.entries.len()];
        let mut entries = Vec::with_capacity(self.entries.len());
        for (to, (_, from)) in keys.into_iter().enumerate() {
            places[usize::from(from)] = to as u8;
            entries.push(self.entries[usize::from(from)].clone());
        }
        (entries, places)
    }
}

/// Keys of entries that no number has.
const NONE: u64 = u64::MAX;
const OTHER: u64 = u64::MAX - 1;
const SKIPPED: u64 = u64::MAX - 2;
const UNLABELED: u64 = u64::MAX - 3;
const SEVERAL: u64 = u64::MAX - 4;

/// Which samples are shown: those with this value in this column.
pub type Only = Option<(String, String)>;

/// The colours of a map's points. With `only`, points without that value are hidden.
///
/// Cost: O(N) over the points, and the rows that the colours come from.
///
/// # Errors
/// When the column is unknown.
pub async fn coloured(
    app: &App,
    project: &Project,
    map: &PoolMap,
    by: ColourBy,
    column: Option<&str>,
    only: &Only,
) -> Result<Coloured, ServiceError> {
    let shown = shown(app, project, map, only).await?;
    let mut palette = Palette::default();
    let mut values: Vec<u8> = match by {
        ColourBy::Label | ColourBy::State => {
            let classes = app.store.classes(project.id).await?;
            let answers: HashMap<SampleId, Option<ClassSet>> =
                app.store.pool_answers(project.id).await?.into_iter().collect();
            let colour = |id: &SampleId| match answers.get(id) {
                None => palette.entry(UNLABELED, || Meaning::Unlabeled),
                Some(None) => palette.entry(SKIPPED, || Meaning::Skipped),
                Some(Some(_)) if by == ColourBy::State => palette.entry(OTHER, || Meaning::Labeled),
                Some(Some(set)) => of_set(&mut palette, &classes, set),
            };
            map.ids.iter().map(colour).collect()
        }
        ColourBy::Prediction | ColourBy::Doubt => {
            let classes = app.store.classes(project.id).await?;
            let opinion = app.opinions.of(app, project).await?;
            let colour = |id: &SampleId| match (opinion.get(id), opinion.sure(*id)) {
                (Some(said), _) if by == ColourBy::Prediction => of_set(&mut palette, &classes, &said.classes),
                (_, Some(sure)) if by == ColourBy::Doubt => {
                    let level = DoubtLevel::of(sure);
                    palette.entry(level as u64, || Meaning::Doubt(level))
                }
                _ => palette.entry(NONE, || Meaning::NotJudged),
            };
            map.ids.iter().map(colour).collect()
        }
        ColourBy::Import => by_import(app, project, map, &mut palette).await?,
        ColourBy::Round => by_round(app, project, map, &mut palette).await?,
        ColourBy::Metadata => {
            let columns = app.maps.columns(app, project).await?;
            let name = column.unwrap_or_default();
            let column = columns.named(name).ok_or_else(|| ServiceError::not_found("column", name))?;
            map.ids.iter().map(|id| of_value(&mut palette, column, *id)).collect()
        }
    };
    for (value, shown) in values.iter_mut().zip(shown) {
        if shown {
            palette.entries[usize::from(*value)].1 += 1;
        } else {
            *value = HIDDEN;
        }
    }
    let (entries, places) = palette.ordered();
    values.iter_mut().filter(|value| **value != HIDDEN).for_each(|value| *value = places[usize::from(*value)]);
    Ok(Coloured { entries, values })
}

/// Whether each point is shown.
///
/// # Errors
/// When the column is unknown.
pub async fn shown(app: &App, project: &Project, map: &PoolMap, only: &Only) -> Result<Vec<bool>, ServiceError> {
    let Some((name, value)) = only else { return Ok(vec![true; map.ids.len()]) };
    let columns = app.maps.columns(app, project).await?;
    let column = columns.named(name).ok_or_else(|| ServiceError::not_found("column", name))?;
    let place = column.place(value);
    Ok(map.ids.iter().map(|id| place.is_some() && column.of(*id) == place).collect())
}

fn of_set(palette: &mut Palette, classes: &[Class], set: &ClassSet) -> u8 {
    let mut ids = set.ids();
    match (ids.next(), ids.next()) {
        (None, _) => palette.entry(NONE, || Meaning::NoneOfThese),
        (Some(_), Some(_)) => palette.entry(SEVERAL, || Meaning::Several),
        (Some(one), None) => match classes.iter().take(CLASSES).position(|class| class.id == one) {
            Some(place) => palette.entry(place as u64, || Meaning::Class(place)),
            None => palette.entry(OTHER, || Meaning::OtherClasses),
        },
    }
}

fn of_value(palette: &mut Palette, column: &Column, sample: SampleId) -> u8 {
    match column.of(sample) {
        None => palette.entry(NONE, || Meaning::NoValue),
        Some(at) if at < APART => palette.entry(at as u64, || Meaning::Value(column.values[at].0.clone())),
        Some(_) => palette.entry(OTHER, || Meaning::OtherValues),
    }
}

/// By the newest import that had begun when a sample came in.
async fn by_import(
    app: &App,
    project: &Project,
    map: &PoolMap,
    palette: &mut Palette,
) -> Result<Vec<u8>, ServiceError> {
    let mut imports = app.store.imports(project.id, ImportId(i64::MAX), i64::MAX).await?;
    imports.sort_by_key(|import| import.started_us);
    let arrivals: HashMap<SampleId, Timestamp> = app.store.arrivals(project.id).await?.into_iter().collect();
    let first_apart = imports.len().saturating_sub(APART);
    let colour = |id: &SampleId| {
        let arrived = arrivals.get(id).copied().unwrap_or(Timestamp(0));
        match imports.partition_point(|import| import.started_us <= arrived).checked_sub(1) {
            Some(at) if at >= first_apart => palette.entry(at as u64, || Meaning::Import(imports[at].source.clone())),
            _ => palette.entry(OTHER, || Meaning::OtherImports),
        }
    };
    Ok(map.ids.iter().map(colour).collect())
}

/// By the round that asked, in groups of rounds that asked for about as many samples.
async fn by_round(app: &App, project: &Project, map: &PoolMap, palette: &mut Palette) -> Result<Vec<u8>, ServiceError> {
    let rounds: HashMap<SampleId, i64> = app.store.asking_rounds(project.id).await?.into_iter().collect();
    let mut numbers: Vec<i64> = map.ids.iter().filter_map(|id| rounds.get(id).copied()).collect();
    numbers.sort_unstable();
    let groups = round_groups(&numbers);
    let colour = |id: &SampleId| match rounds.get(id) {
        Some(number) => {
            let at = groups.partition_point(|(_, last)| last < number);
            palette.entry(at as u64, || groups.get(at).map_or(Meaning::NoRound, |&(a, b)| Meaning::Rounds(a, b)))
        }
        None => palette.entry(NONE, || Meaning::NoRound),
    };
    Ok(map.ids.iter().map(colour).collect())
}

/// First and last round of each group, from the sorted numbers of the rounds that asked.
fn round_groups(numbers: &[i64]) -> Vec<(i64, i64)> {
    let mut groups: Vec<(i64, i64)> = Vec::new();
    let each = numbers.len().div_ceil(ROUND_GROUPS).max(1);
    for (at, &number) in numbers.iter().enumerate() {
        match groups.last_mut() {
            // A round is never in two groups.
            Some((_, last)) if *last == number || !at.is_multiple_of(each) => *last = number,
            _ => groups.push((number, number)),
        }
    }
    groups
}

/// A class on the map, in numbers.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, utoipa::ToSchema)]
pub struct ClassOnMap {
    pub class: ClassId,
    /// Labeled samples that have it.
    pub labeled: usize,
    /// Samples without an answer that the committee takes for it.
    pub predicted: usize,
    /// Those of `predicted` of which the committee is least sure.
    pub doubtful: usize,
}

/// The map in numbers, class by class: for those who do not see it, and for its headline.
pub async fn in_numbers(app: &App, project: &Project, map: &PoolMap) -> Result<Vec<ClassOnMap>, ServiceError> {
    let classes = app.store.classes(project.id).await?;
    let opinion = app.opinions.of(app, project).await?;
    let answers: HashMap<SampleId, Option<ClassSet>> = app.store.pool_answers(project.id).await?.into_iter().collect();
    Ok(counted(&classes, &opinion, &answers, &map.ids))
}

fn counted(
    classes: &[Class],
    opinion: &CommitteeOpinion,
    answers: &HashMap<SampleId, Option<ClassSet>>,
    ids: &[SampleId],
) -> Vec<ClassOnMap> {
    let nothing = |class: &Class| ClassOnMap { class: class.id, labeled: 0, predicted: 0, doubtful: 0 };
    let mut counts: Vec<ClassOnMap> = classes.iter().map(nothing).collect();
    let place: HashMap<ClassId, usize> = classes.iter().enumerate().map(|(at, class)| (class.id, at)).collect();
    for id in ids {
        match (answers.get(id), opinion.get(id)) {
            (Some(Some(set)), _) => {
                set.ids().filter_map(|class| place.get(&class)).for_each(|&at| counts[at].labeled += 1);
            }
            (None, Some(said)) => {
                let doubtful = opinion.sure(*id).is_some_and(|sure| DoubtLevel::of(sure) == DoubtLevel::High);
                for &at in said.classes.ids().filter_map(|class| place.get(&class)) {
                    counts[at].predicted += 1;
                    counts[at].doubtful += usize::from(doubtful);
                }
            }
            _ => {}
        }
    }
    counts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rounds_fall_into_groups_that_share_none() {
        let numbers: Vec<i64> = (1..=20).flat_map(|round| std::iter::repeat_n(round, 5)).collect();
        assert_eq!(round_groups(&numbers), [(1, 4), (5, 8), (9, 12), (13, 16), (17, 20)]);
        assert_eq!(round_groups(&[3, 3, 3, 3, 3, 3, 9]), [(3, 3), (9, 9)]);
        assert_eq!(round_groups(&[]), []);
        let many: Vec<i64> = (0..1_003).map(|i| i / 7).collect();
        let groups = round_groups(&many);
        assert!(groups.windows(2).all(|pair| pair[0].1 < pair[1].0), "{groups:?}");
    }

    #[test]
    fn doubt_has_three_levels() {
        let levels = [0.2, 0.49, 0.5, 0.79, 0.8, 1.0].map(DoubtLevel::of);
        assert_eq!(levels[..2], [DoubtLevel::High; 2]);
        assert_eq!(levels[2..4], [DoubtLevel::Some; 2]);
        assert_eq!(levels[4..], [DoubtLevel::Little; 2]);
    }
}
