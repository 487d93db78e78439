//! What is learned from a pool: which columns there are, what they hold, how numbers lie, which values are frequent.

use std::collections::{BTreeMap, HashMap};

use rayon::prelude::*;

use super::reduce::TableReduction;
use super::{AXES, Categories, ColumnEncoder, FARTHEST, KNOTS, MOST_VALUES, NumberScale, graph, inputs};
use crate::domain::Stage;
use crate::math::{Matrix, random};
use crate::modality::table::{ColumnHolds, ColumnKind, ColumnSurvey, MOST_COLUMNS, RowValues, TableRow, TableSpec};
use crate::progress::Progress;
use crate::runtime::EncodeError;

/// Features, and rows where there are more features, that the covariance of all is taken of.
const WIDEST: usize = 2_048;
/// Features of all rows that are looked at together, so that they do not fill the memory.
const MOST_FEATURES: usize = 40_000_000;
/// A column that varies less than this share of its mean is the same everywhere, in single precision.
const FLAT: f64 = 1e-6;

impl ColumnEncoder {
    /// Learn an encoder from `rows`. Columns of free text, and those that say nothing, are left out. O(n · F), and O(n · F²) where
    /// the hats of F features are reduced: nine or ten of each column of numbers, six more of a date, one of each value of a category.
    ///
    /// # Errors
    /// When there are fewer than two rows, no column can be used, all rows look the same, or `progress` was stopped.
    pub fn learn(rows: &[TableRow], seed: u64, progress: &Progress) -> Result<Self, EncodeError> {
        if rows.len() < 2 {
            return Err(EncodeError::Learn(format!("{} rows are too few; import at least 2", rows.len())));
        }
        let columns = columns(rows);
        if columns.is_empty() {
            let reason = "no column holds numbers, dates or categories; give the table one";
            return Err(EncodeError::Learn(reason.to_owned()));
        }
        let columns = inputs(columns);
        let dates = columns.iter().filter(|column| column.holds == ColumnHolds::Date).count();
        let spec = TableSpec {
            family: TableSpec::FAMILY.to_owned(),
            columns,
            output: graph::OUTPUT.to_owned(),
            dim: 1,
            axes: 0,
        };
        let values: Vec<RowValues> = rows.par_iter().map(|row| spec.values(row)).collect();
        let n = values[0].numbers.len();
        let numbers: Vec<NumberScale> =
            (0..n).into_par_iter().map(|at| NumberScale::learn(values.iter().map(|row| row.numbers[at]))).collect();
        let categories: Vec<Categories> = (0..values[0].texts.len())
            .into_par_iter()
            .map(|at| Categories::learn(values.iter().map(|row| row.texts[at].as_str())))
            .collect();
        let mut encoder = Self { spec, numbers, dates, categories, reduction: TableReduction::default() };
        if progress.stopped() {
            return Err(EncodeError::Stopped);
        }
        progress.report(1, 2, &Stage::Projection);
        let width = encoder.width();
        let most = if width > WIDEST { WIDEST } else { (MOST_FEATURES / width).max(WIDEST) };
        let mut features = Matrix::zeros(most.min(values.len()), width);
        let chosen = drawn(values.len(), features.rows(), seed);
        features.as_mut_slice().par_chunks_mut(width).zip(&chosen).for_each(|(out, &at)| {
            out.copy_from_slice(&encoder.features(&values[at]));
        });
        encoder.reduction = TableReduction::learn(&features, encoder.plain().min(AXES), seed)?;
        (encoder.spec.dim, encoder.spec.axes) = (encoder.reduction.dim(), encoder.reduction.axes);
        progress.report(2, 2, &Stage::Projection);
        Ok(encoder)
    }
}

/// `most` of `n` rows, in their order.
fn drawn(n: usize, most: usize, seed: u64) -> Vec<usize> {
    let mut order: Vec<usize> = (0..n).collect();
    order.sort_by_key(|&i| (random::hash(seed ^ 0x7ab1e, i as u64), i));
    order.truncate(most);
    order.sort_unstable();
    order
}

/// The columns that can be used, in the order in which they first come: those of numbers, of dates, and of categories.
fn columns(rows: &[TableRow]) -> Vec<(String, ColumnHolds)> {
    let mut places: HashMap<&str, usize> = HashMap::new();
    let mut found: Vec<(&str, ColumnSurvey)> = Vec::new();
    for (name, cell) in rows.iter().flat_map(|row| &row.cells) {
        let place = *places.entry(name).or_insert_with(|| {
            found.push((name, ColumnSurvey::default()));
            found.len() - 1
        });
        found[place].1.see(cell);
    }
    let holds = |kind: ColumnKind| match kind {
        ColumnKind::Number => Some(ColumnHolds::Number),
        ColumnKind::Date => Some(ColumnHolds::Date),
        ColumnKind::Truth | ColumnKind::Category => Some(ColumnHolds::Category),
        ColumnKind::Empty | ColumnKind::Text => None,
    };
    let known = found.iter().filter_map(|(name, survey)| Some(((*name).to_owned(), holds(survey.kind())?)));
    let mut known: Vec<(String, ColumnHolds)> = known.take(MOST_COLUMNS).collect();
    known.sort_by_key(|(_, holds)| match holds {
        ColumnHolds::Number => 0,
        ColumnHolds::Date => 1,
        ColumnHolds::Category => 2,
    });
    known
}

impl NumberScale {
    /// Mean, spread and quantiles of the values that are there. Added in the order of the rows.
    fn learn(values: impl Iterator<Item = f32>) -> Self {
        let (mut known, gaps): (Vec<f32>, Vec<f32>) = values.partition(|value| !value.is_nan());
        let missing = !gaps.is_empty();
        let n = known.len().max(1) as f64;
        let mean = known.iter().map(|&value| f64::from(value)).sum::<f64>() / n;
        let variance = known.iter().map(|&value| (f64::from(value) - mean).powi(2)).sum::<f64>() / n;
        let spread = variance.sqrt();
        let scale = (1.0 / spread) as f32;
        if spread <= FLAT * mean.abs() || !scale.is_finite() || !(spread as f32).is_finite() {
            let mean = mean as f32;
            return Self { mean, scale: 0.0, low: mean, high: mean, knots: Vec::new(), missing };
        }
        known.sort_by(f32::total_cmp);
        let mut knots: Vec<f32> = (0..KNOTS).map(|at| quantile(&known, at as f64 / (KNOTS - 1) as f64)).collect();
        // Ramps that are steeper than this are steps, and nearly none of single precision.
        let least = (spread * f64::from(f32::EPSILON) * 64.0).max(mean.abs() * FLAT) as f32;
        knots.dedup_by(|later, earlier| *later - *earlier <= least);
        let far = f64::from(FARTHEST) * spread;
        Self { mean: mean as f32, scale, low: (mean - far) as f32, high: (mean + far) as f32, knots, missing }
    }
}

/// A quantile of sorted values, linear between neighbours.
fn quantile(sorted: &[f32], share: f64) -> f32 {
    let place = share * (sorted.len() - 1) as f64;
    let (below, part) = (place.floor() as usize, place.fract());
    let above = (below + 1).min(sorted.len() - 1);
    (f64::from(sorted[below]) * (1.0 - part) + f64::from(sorted[above]) * part) as f32
}

impl Categories {
    /// The most frequent values; of equally frequent ones those that come first in the alphabet.
    fn learn<'a>(values: impl Iterator<Item = &'a str>) -> Self {
        let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
        for value in values {
            *counts.entry(value).or_default() += 1;
        }
        let missing = counts.remove("").is_some();
        let mut order: Vec<(&str, usize)> = counts.into_iter().collect();
        order.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
        let others = order.len() > MOST_VALUES;
        let values = order.into_iter().take(MOST_VALUES).map(|(value, _)| value.to_owned()).collect();
        Self { values, others, missing }
    }
}
