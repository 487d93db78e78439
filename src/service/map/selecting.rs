//! A part of the map, and what is done with its samples: looked at, asked next, tagged.
//!
//! **Invariant:** a part is a polygon and the map's version; on another map the polygon means something else, and is refused.

use std::collections::{HashMap, HashSet};

use rayon::prelude::*;

use super::PoolMap;
use super::colouring::{self, DoubtLevel, Only};
use crate::domain::{AccountId, ClassSet, Project, SampleId};
use crate::math::polygon::Polygon;
use crate::query::groups::Space;
use crate::service::live::Changed;
use crate::service::{App, ServiceError};

/// Corners of a polygon, at most.
pub const MOST_CORNERS: usize = 1_000;
/// Samples asked next at once, at most.
pub const MOST_CHOSEN: usize = 500;
/// Samples looked through for those, the most doubtful first.
const LOOKED_AT: usize = 4 * MOST_CHOSEN;
/// Samples tagged at once, at most.
pub const MOST_TAGGED: usize = 10_000;
/// Samples shown of a part.
const FIRST: usize = 5;
/// Characters of a tag's column and of its value.
const LONGEST: (usize, usize) = (64, 200);

/// A part of a map.
#[derive(Debug, Clone, PartialEq)]
pub struct MapPart {
    polygon: Polygon,
    /// The map's version that it was drawn on.
    version: String,
    only: Only,
}

impl MapPart {
    /// From corners as SVG writes them, `x,y x,y …`, in 65536ths of the map's width; with `only`, `column=value`, samples that have
    /// that value.
    ///
    /// # Errors
    /// When it has fewer than three corners or more than [`MOST_CORNERS`], or a number is not whole and below 65536.
    pub fn new(area: &str, version: &str, only: Option<&str>) -> Result<Self, ServiceError> {
        let wrong = |what: String| ServiceError::Invalid(format!("the area {what}; give corners as `x,y x,y x,y`"));
        let mut corners = Vec::new();
        for corner in area.split_ascii_whitespace() {
            if corners.len() == MOST_CORNERS {
                return Err(wrong(format!("has more than {MOST_CORNERS} corners")));
            }
            let number = |text: &str| text.parse::<u16>().ok().map(f64::from);
            let place = corner.split_once(',').and_then(|(x, y)| Some([number(x)?, number(y)?]));
            let shown: String = corner.chars().take(20).collect();
            corners
                .push(place.ok_or_else(|| wrong(format!("has a corner `{shown}`, not two whole numbers to 65535")))?);
        }
        let n = corners.len();
        let polygon = Polygon::new(corners).ok_or_else(|| wrong(format!("has {n} corners and needs three")))?;
        Ok(Self { polygon, version: version.to_owned(), only: parse_only(only)? })
    }
}

/// `column=value`, as a filter.
///
/// # Errors
/// When there is no `=`.
pub fn parse_only(text: Option<&str>) -> Result<Only, ServiceError> {
    let Some(text) = text.filter(|text| !text.is_empty()) else { return Ok(None) };
    let (column, value) = text
        .split_once('=')
        .ok_or_else(|| ServiceError::Invalid("only is `column=value`, for example `site=north`".to_owned()))?;
    Ok(Some((column.to_owned(), value.to_owned())))
}

/// A sample of a part, as it is shown first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FirstSample {
    pub id: SampleId,
    /// Its label.
    pub classes: Option<ClassSet>,
}

/// What is in a part of the map.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PartSummary {
    pub labeled: usize,
    pub skipped: usize,
    pub unlabeled: usize,
    /// Samples of which the committee is least sure: here, and on the whole map.
    pub doubtful: (usize, usize),
    /// A few, the most doubtful first.
    pub first: Vec<FirstSample>,
    /// What the committee takes those without an answer for, the most frequent first.
    pub guesses: Vec<(ClassSet, usize)>,
}

impl PartSummary {
    pub fn samples(&self) -> usize {
        self.labeled + self.skipped + self.unlabeled
    }
}

/// The samples in a part of the map, in the order of their ids.
///
/// # Errors
/// When nothing is encoded, the map has changed since the part was drawn, or the column is unknown.
pub async fn samples(app: &App, project: &Project, part: &MapPart) -> Result<Vec<SampleId>, ServiceError> {
    let map = app.maps.of(app, project).await?.ok_or_else(|| ServiceError::not_found("map", &project.slug))?;
    inside(app, project, &map, part).await
}

async fn inside(app: &App, project: &Project, map: &PoolMap, part: &MapPart) -> Result<Vec<SampleId>, ServiceError> {
    if map.version != part.version {
        return Err(ServiceError::Conflict(
            "the map has changed since; load it again and draw the area anew".to_owned(),
        ));
    }
    let shown = colouring::shown(app, project, map, &part.only).await?;
    let (polygon, at) = (part.polygon.clone(), map.at.clone());
    let inside = app.cpu.run(move || {
        let within = |at: &[u16; 2]| polygon.contains(at.map(f64::from));
        at.par_iter().with_min_len(4096).map(within).collect::<Vec<bool>>()
    });
    let inside = inside.await?;
    let found = map.ids.iter().zip(inside.iter().zip(&shown));
    Ok(found.filter(|(_, (inside, shown))| **inside && **shown).map(|(id, _)| *id).collect())
}

/// What is in a part of the map.
///
/// # Errors
/// As [`samples`].
pub async fn look(app: &App, project: &Project, part: &MapPart) -> Result<PartSummary, ServiceError> {
    let map = app.maps.of(app, project).await?.ok_or_else(|| ServiceError::not_found("map", &project.slug))?;
    let mut samples = inside(app, project, &map, part).await?;
    let answers: HashMap<SampleId, Option<ClassSet>> = app.store.pool_answers(project.id).await?.into_iter().collect();
    let opinion = app.opinions.of(app, project).await?;
    let high = |id: &SampleId| opinion.sure(*id).is_some_and(|sure| DoubtLevel::of(sure) == DoubtLevel::High);
    let mut summary = PartSummary {
        doubtful: (samples.iter().filter(|id| high(id)).count(), map.ids.iter().filter(|id| high(id)).count()),
        ..PartSummary::default()
    };
    let mut guesses: HashMap<&ClassSet, usize> = HashMap::new();
    for id in &samples {
        match answers.get(id) {
            Some(Some(_)) => summary.labeled += 1,
            Some(None) => summary.skipped += 1,
            None => {
                summary.unlabeled += 1;
                if let Some(said) = opinion.get(id) {
                    *guesses.entry(&said.classes).or_default() += 1;
                }
            }
        }
    }
    summary.guesses = guesses.into_iter().map(|(set, n)| (set.clone(), n)).collect();
    summary.guesses.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.to_vec().cmp(&b.0.to_vec())));
    let doubt = |id: &SampleId| opinion.sure(*id).unwrap_or(f32::INFINITY);
    samples.sort_by(|a, b| doubt(a).total_cmp(&doubt(b)).then(a.cmp(b)));
    let first = |id: SampleId| FirstSample { id, classes: answers.get(&id).cloned().flatten() };
    summary.first = samples.into_iter().take(FIRST).map(first).collect();
    Ok(summary)
}

/// What came of a wish to be asked next.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, utoipa::ToSchema)]
pub struct AskedNext {
    /// Samples that come before all others now.
    pub asked: usize,
    /// Near-duplicates of those, which are not asked.
    pub copies: usize,
    /// Samples that were too many at once: the ones the committee is surest of.
    pub left: usize,
}

/// Have the unlabeled samples of a part asked before all others, the most doubtful first and near-duplicates once.
///
/// # Errors
/// As [`samples`], and when none of them waits.
pub async fn ask_next(
    app: &App,
    project: &Project,
    account: AccountId,
    part: &MapPart,
) -> Result<AskedNext, ServiceError> {
    let within: HashSet<SampleId> = samples(app, project, part).await?.into_iter().collect();
    let now = app.clock.now();
    let mut waiting = app.store.waiting_samples(project.id, false, now).await?;
    waiting.retain(|id| within.contains(id));
    if waiting.is_empty() {
        return Err(ServiceError::Invalid(
            "no sample of this part waits for an answer; draw around unlabeled ones".to_owned(),
        ));
    }
    let opinion = app.opinions.of(app, project).await?;
    let doubt = |id: &SampleId| opinion.sure(*id).unwrap_or(f32::INFINITY);
    // Samples without an opinion stay in the order of their draw.
    waiting.sort_by(|a, b| doubt(a).total_cmp(&doubt(b)));
    let looked_at: Vec<SampleId> = waiting.iter().copied().take(LOOKED_AT).collect();
    let kept = without_copies(app, project, looked_at.clone()).await?;
    app.store.choose_samples(project.id, account, &kept, now).await?;
    app.changed(project.id, Changed::Samples);
    let last = kept.last().and_then(|last| looked_at.iter().position(|id| id == last)).map_or(0, |at| at + 1);
    let seen = if kept.len() == MOST_CHOSEN { last } else { looked_at.len() };
    Ok(AskedNext { asked: kept.len(), copies: seen - kept.len(), left: waiting.len() - seen })
}

/// The first [`MOST_CHOSEN`] of these of which none is a copy of one before it.
async fn without_copies(app: &App, project: &Project, samples: Vec<SampleId>) -> Result<Vec<SampleId>, ServiceError> {
    let pool = app.pools.get(app, project).await?;
    let Some((pool, standardiser)) = pool.and_then(|pool| pool.standardiser().map(|known| (pool, known))) else {
        return Ok(samples.into_iter().take(MOST_CHOSEN).collect());
    };
    let found = app.cpu.run(move || {
        let rows: Vec<usize> = samples.iter().filter_map(|id| pool.row_of.get(id).copied()).collect();
        let space = Space { rows: &pool.rows, mean: &standardiser.mean };
        space.apart(&rows, MOST_CHOSEN).into_iter().map(|row| pool.ids[row]).collect()
    });
    Ok(found.await?)
}

/// Give every sample of a part this value in this column of its metadata; returns how many have it now.
///
/// # Errors
/// As [`samples`], and when a name is empty or too long, or there are more than [`MOST_TAGGED`] samples. Nothing is stored then.
pub async fn tag(
    app: &App,
    project: &Project,
    part: &MapPart,
    column: &str,
    value: &str,
) -> Result<usize, ServiceError> {
    let (column, value) = (column.trim(), value.trim());
    for (what, text, most) in [("column", column, LONGEST.0), ("value", value, LONGEST.1)] {
        if text.is_empty() || text.chars().count() > most || text.chars().any(char::is_control) {
            return Err(ServiceError::Invalid(format!("a tag's {what} has 1 to {most} characters on one line")));
        }
    }
    if column.contains('=') {
        return Err(ServiceError::Invalid("a tag's column has no `=`; filters are written `column=value`".to_owned()));
    }
    let samples = samples(app, project, part).await?;
    if samples.is_empty() || samples.len() > MOST_TAGGED {
        let n = samples.len();
        return Err(ServiceError::Invalid(format!("{n} samples are in this part; tag 1 to {MOST_TAGGED} at a time")));
    }
    let tagged = app.store.tag_samples(project.id, &samples, column, value).await?;
    app.maps.forget_columns(project.id);
    Ok(tagged)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_is_three_to_a_thousand_whole_corners() {
        let part = |area: &str| MapPart::new(area, "v", None);
        assert!(part("0,0 65535,0 9,65535").is_ok());
        for (area, why) in [
            ("", "has 0 corners"),
            ("1,1 2,2", "has 2 corners"),
            ("NaN,1 2,2 3,3", "`NaN,1`"),
            ("1,1 2,2 65536,3", "`65536,3`"),
            ("-1,1 2,2 3,3", "`-1,1`"),
            ("1.5,1 2,2 3,3", "`1.5,1`"),
            ("1,1 2,2 3", "`3`"),
        ] {
            let error = part(area).unwrap_err().to_string();
            assert!(error.contains(why), "{error}");
        }
        let many = "1,1 ".repeat(1_001);
        assert!(part(&many).unwrap_err().to_string().contains("more than 1000 corners"));
        assert!(MapPart::new("0,0 9,0 9,9", "v", Some("north")).is_err());
        assert!(MapPart::new("0,0 9,0 9,9", "v", Some("site=north")).is_ok());
    }
}
