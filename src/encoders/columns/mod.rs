//! The built-in encoder of table rows, which needs no download: every column by itself, without labels.
//!
//! A number is standardised, and told a second time by hats between the pool's quantiles (a spline of degree 1), so that linear
//! heads can bend. A date is a number of days with its place in the year, the week and the day. A category is one of its most
//! frequent values. What is missing is told for each column that has gaps.
//!
//! An embedding begins with its *axes*: the numbers, what is missing, and the categories, one place each (see [`AXES`]). Then come
//! hats and cycles, as they are or, where they are too many, by a PCA of the pool; and one number that is the same for all rows:
//! heads look at directions, and by it lengths count too. It is a power of two and the largest of a row.
//!
//! **Invariant:** the same rows in the same order and the same seed give the same encoder, with any number of threads; and the
//! graph's embeddings are this code's and what the store keeps of them, bit for bit. So every step is either of single numbers
//! ([`wave`] in place of a library's sine), or a sum that is exact: hats and cycles are multiples of [`STEP`] and directions of
//! [`reduce`]'s, and their products add up within the 24 bits of single precision. At last each number is rounded to half precision
//! beside the shared one, as the store does.

mod graph;
mod learning;
#[cfg(test)]
mod measure;
#[cfg(test)]
mod proof;
mod reduce;
#[cfg(test)]
mod tests;

use serde::{Deserialize, Serialize};

use self::reduce::TableReduction;
use crate::modality::table::{ColumnHolds, ColumnInput, RowValues, TableCell, TableRow, TableSpec};

/// Quantiles of a column that hats stand on.
const KNOTS: usize = 8;
/// Values of a category that are told apart; others count as one.
const MOST_VALUES: usize = 64;
/// Standard deviations at which numbers are cut off.
const FARTHEST: f32 = 4.0;
/// Places that are axes, at most: numbers come first, then what is missing, then categories in the order of their columns. Further
/// features count among hats.
const AXES: usize = 320;
/// The weight of hats beside standardised numbers.
const HATS: f32 = 0.5;
/// The weight of a date's places in year, week and day.
const CYCLES: f32 = 0.5;
/// Days of a year, a week and a day.
const PERIODS: [f32; 3] = [365.2425, 7.0, 1.0];
/// What hats and cycles are multiples of, and one over it.
const STEP: f32 = 1.0 / 256.0;
const STEPS: f32 = 256.0;
/// The two numbers of a parabola that follows the sine to within a thousandth.
const WAVE: (f32, f32) = (0.775, 0.225);

/// The nearest multiple of [`STEP`].
fn stepped(value: f32) -> f32 {
    (value * STEPS).round_ties_even() * STEP
}

/// Nearly the sine of so many turns, from operations that are the same everywhere.
fn wave(turns: f32) -> f32 {
    let part = turns - turns.floor() - 0.5;
    let arch = part * (part.abs() * 16.0 - 8.0);
    arch * (arch.abs() * WAVE.1 + WAVE.0)
}

/// How a column of numbers is read.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct NumberScale {
    mean: f32,
    /// One over the standard deviation; 0 where the column is the same everywhere.
    scale: f32,
    /// Values beyond these count as these.
    low: f32,
    high: f32,
    /// Different quantiles, rising, [`KNOTS`] at most; none where the column is the same everywhere.
    knots: Vec<f32>,
    /// Whether there are rows without one.
    missing: bool,
}

/// How a column of categories is read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Categories {
    /// Most frequent first.
    values: Vec<String>,
    /// Whether there are more, which count as one.
    others: bool,
    /// Whether there are rows without one.
    missing: bool,
}

/// A learned encoder of rows.
#[derive(Debug, Clone, PartialEq)]
pub struct ColumnEncoder {
    spec: TableSpec,
    /// Of the first columns: those of numbers, then those of dates.
    numbers: Vec<NumberScale>,
    dates: usize,
    /// Of the other columns.
    categories: Vec<Categories>,
    reduction: TableReduction,
}

impl NumberScale {
    /// Where each ramp between two knots begins, and one over its width; 0 for those that are not there.
    fn ramps(&self) -> [(f32, f32); KNOTS - 1] {
        let mut ramps = [(0.0, 0.0); KNOTS - 1];
        for (ramp, knots) in ramps.iter_mut().zip(self.knots.windows(2)) {
            *ramp = (knots[0], 1.0 / (knots[1] - knots[0]));
        }
        ramps
    }
}

impl Categories {
    fn width(&self) -> usize {
        self.values.len() + usize::from(self.others) + usize::from(self.missing)
    }

    /// The place of a value's feature; `None` where it has none.
    fn place(&self, value: &str) -> Option<usize> {
        if value.is_empty() {
            return self.missing.then(|| self.width() - 1);
        }
        let known = self.values.iter().position(|known| known == value);
        known.or_else(|| self.others.then_some(self.values.len()))
    }
}

impl ColumnEncoder {
    /// Numbers per embedding.
    pub fn dim(&self) -> usize {
        self.spec.dim
    }

    /// How rows are prepared for the graph.
    pub fn spec(&self) -> &TableSpec {
        &self.spec
    }

    /// The first places of an embedding that hold one column each.
    pub fn axes(&self) -> usize {
        self.spec.axes
    }

    /// The embedding of a row: D numbers.
    pub fn embed(&self, row: &TableRow, out: &mut [f32]) {
        self.reduction.apply(&self.features(&self.spec.values(row)), out);
    }

    /// The embedding of a row without each of its columns that the encoder knows and the row has, by the column's place in the row.
    pub fn without_each(&self, row: &TableRow) -> Vec<(usize, Vec<f32>)> {
        let known = |name: &str| self.spec.columns.iter().any(|column| column.name == name);
        let there = row.cells.iter().enumerate();
        let there = there.filter(|(_, (name, cell))| *cell != TableCell::Missing && known(name));
        let without = |(at, _): (usize, _)| {
            let mut out = vec![0.0; self.dim()];
            self.embed(&row.without(at), &mut out);
            (at, out)
        };
        there.map(without).collect()
    }

    /// Features of all columns.
    fn width(&self) -> usize {
        self.plain() + self.numbers.len() * KNOTS + self.dates * 2 * PERIODS.len()
    }

    /// Features that can be axes: numbers, what is missing, categories.
    fn plain(&self) -> usize {
        self.numbers.len() + self.gaps().count() + self.categories.iter().map(Categories::width).sum::<usize>()
    }

    /// The columns of numbers and dates that have gaps.
    fn gaps(&self) -> impl Iterator<Item = usize> {
        self.numbers.iter().enumerate().filter(|(_, scale)| scale.missing).map(|(at, _)| at)
    }

    /// In the graph's order: standardised numbers, what is missing, categories, hats, places in cycles. The same operations in the
    /// same order as the graph's.
    fn features(&self, values: &RowValues) -> Vec<f32> {
        let n = self.numbers.len();
        let mut out = vec![0.0; self.width()];
        let mut at = n;
        for i in self.gaps() {
            out[at] = f32::from(u8::from(values.numbers[i].is_nan()));
            at += 1;
        }
        for (categories, value) in self.categories.iter().zip(&values.texts) {
            if let Some(place) = categories.place(value) {
                out[at + place] = 1.0;
            }
            at += categories.width();
        }
        for (i, (scale, &value)) in self.numbers.iter().zip(&values.numbers).enumerate() {
            if value.is_nan() {
                continue;
            }
            let held = value.max(scale.low).min(scale.high);
            out[i] = (held - scale.mean) * scale.scale;
            let hats = &mut out[at + i * KNOTS..at + (i + 1) * KNOTS];
            let mut before = 1.0;
            for (hat, (from, inverse)) in hats.iter_mut().zip(scale.ramps().into_iter().chain([(0.0, 0.0)])) {
                let ramp = ((held - from) * inverse).clamp(0.0, 1.0);
                *hat = stepped((before - ramp) * HATS);
                before = ramp;
            }
        }
        at += n * KNOTS;
        for period in PERIODS {
            for (i, &value) in values.numbers[n - self.dates..].iter().enumerate() {
                if !value.is_nan() {
                    let turns = value / period;
                    out[at + i] = stepped(wave(turns) * CYCLES);
                    out[at + self.dates + i] = stepped(wave(turns + 0.25) * CYCLES);
                }
            }
            at += 2 * self.dates;
        }
        out
    }
}

/// Names of the graph's inputs: those of the columns, where the graph has no other use for them.
fn inputs(columns: Vec<(String, ColumnHolds)>) -> Vec<ColumnInput> {
    let mut made: Vec<ColumnInput> = Vec::with_capacity(columns.len());
    let names: Vec<String> = columns.iter().map(|(name, _)| name.clone()).collect();
    for (name, holds) in columns {
        let taken = ["querist/", "encoder/", graph::OWN].iter().any(|own| name.starts_with(own))
            || ["embedding", "probabilities", "votes"].contains(&name.as_str());
        let mut input = if taken { format!("column {name}") } else { name.clone() };
        while taken && (names.contains(&input) || made.iter().any(|other| other.input == input)) {
            input.push('_');
        }
        made.push(ColumnInput { name, input, holds });
    }
    made
}
