//! Rows that are made up after real ones: as many as are wanted of a class, and none of them a real row.
//!
//! Within a class each column keeps its own distribution and its share of missing values, and columns go together as their ranks do
//! (a Gaussian copula: Nelsen 2006, "An introduction to copulas"; for synthetic tables Patki et al. 2016, "The synthetic data vault").
//! Of a class with few rows, a row lies between two real ones (after Chawla et al. 2002, SMOTE). Free text is left out.
//!
//! **Invariant:** numbers and dates stay between the smallest and the largest that are known, with no more decimal places; the same
//! rows and seed give the same rows.

mod copula;
mod marginal;

#[cfg(test)]
mod tests;

use std::collections::HashSet;

use rand_chacha::rand_core::Rng;

use self::copula::Copula;
use self::marginal::{Marginal, WrittenAs};
use super::kinds::ColumnSurvey;
use super::row::{TableCell, TableRow};
use crate::math::{normal, random};

/// Rows of a class from which correlations are learned, instead of going between two rows.
const FEWEST: usize = 12;
/// Rows of a class that correlations are learned from.
const LEARNED: usize = 2_000;
/// Draws of a row until it is none of the real ones.
const TRIES: usize = 20;
/// Steps that a number is moved by, where draws alone do not lead away from the real rows.
const STEPS: usize = 1_000;
/// How far a row goes towards one of another class, where its own class has only one.
const TOWARDS: f64 = 0.1;

/// Why no rows can be made up.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RowGeneratorError {
    #[error("there are {classes} classes for {rows} rows; give one per row")]
    Length { rows: usize, classes: usize },
    #[error("class `{0}` has no rows to learn from; label at least one")]
    NoRows(usize),
    #[error("all columns are free text or empty; rows are made up of numbers, dates, truth values and categories")]
    NoColumns,
}

/// Rows that were made up.
#[derive(Debug, Clone, PartialEq)]
pub struct GeneratedRows {
    pub rows: Vec<TableRow>,
    /// How many of them have the values of a real row. 0 unless what varies is categories and truth values alone, of which few
    /// combinations exist.
    pub equal: usize,
}

/// A column of the table.
struct Column {
    name: String,
    written: WrittenAs,
    /// The smallest and the largest number.
    bounds: (f64, f64),
}

/// What is known of one class.
struct OfClass {
    /// Its rows, cells in the order of the columns.
    rows: Vec<Vec<TableCell>>,
    /// Of each column, where correlations are learned.
    marginals: Vec<Marginal>,
    /// The share of rows in which each column is missing.
    missing: Vec<f64>,
    copula: Option<Copula>,
}

/// What was learned from real rows.
pub struct RowGenerator {
    columns: Vec<Column>,
    classes: Vec<OfClass>,
    known: HashSet<String>,
}

impl RowGenerator {
    /// Learn from `rows`, each of one of `n_classes` classes. O(rows · columns²), the rows of a class counting up to 2,000.
    ///
    /// # Errors
    /// Numbers of rows and classes that differ, a class beyond the last, and tables without a column that can be made up.
    pub fn fit(rows: &[TableRow], classes: &[usize], n_classes: usize) -> Result<Self, RowGeneratorError> {
        if rows.len() != classes.len() || classes.iter().any(|&class| class >= n_classes) {
            return Err(RowGeneratorError::Length { rows: rows.len(), classes: classes.len() });
        }
        let columns = columns(rows);
        if columns.iter().all(|column| column.written == WrittenAs::Nothing) {
            return Err(RowGeneratorError::NoColumns);
        }
        let cells = |row: &TableRow| columns.iter().map(|column| row.get(&column.name).clone()).collect::<Vec<_>>();
        let mut of_class: Vec<Vec<Vec<TableCell>>> = vec![Vec::new(); n_classes];
        for (row, &class) in rows.iter().zip(classes) {
            of_class[class].push(cells(row));
        }
        let known = of_class.iter().flatten().map(|cells| key(&columns, cells)).collect();
        let classes = of_class.into_iter().map(|rows| OfClass::learn(&columns, rows)).collect();
        Ok(Self { columns, classes, known })
    }

    /// The columns of free text, which are missing in all rows that are made up.
    pub fn left_out(&self) -> Vec<&str> {
        let left_out = self.columns.iter().filter(|column| column.written == WrittenAs::Nothing);
        left_out.map(|column| column.name.as_str()).collect()
    }

    /// `count` rows of a class.
    ///
    /// # Errors
    /// A class without real rows.
    pub fn draw(&self, class: usize, count: usize, seed: u64) -> Result<GeneratedRows, RowGeneratorError> {
        let Some(known) = self.classes.get(class).filter(|known| !known.rows.is_empty()) else {
            return Err(RowGeneratorError::NoRows(class));
        };
        let mut made = GeneratedRows { rows: Vec::with_capacity(count), equal: 0 };
        for at in 0..count {
            let mut rng = random::stream(random::hash(seed, class as u64), at as u64);
            let (cells, equal) = self.one(known, &mut rng);
            made.equal += usize::from(equal);
            let named = self.columns.iter().map(|column| column.name.clone()).zip(cells);
            made.rows.push(TableRow { cells: named.collect() });
        }
        Ok(made)
    }

    /// One row, and whether it has the values of a real one after all.
    fn one(&self, known: &OfClass, rng: &mut impl Rng) -> (Vec<TableCell>, bool) {
        let mut cells = Vec::new();
        for _ in 0..TRIES {
            cells = match &known.copula {
                Some(copula) => known.together(copula, rng),
                None => self.between(known, rng),
            };
            let says = cells.iter().any(|cell| *cell != TableCell::Missing);
            if says && !self.known.contains(&key(&self.columns, &cells)) {
                return (cells, false);
            }
        }
        self.say_something(known, &mut cells, rng);
        let moved = self.known.contains(&key(&self.columns, &cells)) && !self.moved(&mut cells);
        (cells, moved)
    }

    /// Give a row that says nothing one value, since such a row is none.
    fn say_something(&self, known: &OfClass, cells: &mut [TableCell], rng: &mut impl Rng) {
        if cells.iter().all(|cell| *cell == TableCell::Missing) {
            let drawn = |at: usize| self.columns[at].written != WrittenAs::Nothing;
            let said = |row: &&Vec<TableCell>| (0..row.len()).any(|at| drawn(at) && row[at] != TableCell::Missing);
            let rows: Vec<&Vec<TableCell>> = known.rows.iter().filter(said).collect();
            if let Some(row) = rows.get(below(rng, rows.len())) {
                let said = (0..row.len()).filter(|&at| drawn(at));
                for at in said {
                    cells[at] = row[at].clone();
                }
            }
        }
    }

    /// Move one number or date by as few steps as lead away from the real rows; `false` where none does.
    fn moved(&self, cells: &mut [TableCell]) -> bool {
        for (at, column) in self.columns.iter().enumerate() {
            let (Some(value), (low, high)) = (column.written.number(&cells[at]), column.bounds) else { continue };
            let (step, before) = (column.written.step(low, high), cells[at].clone());
            for steps in (1..=STEPS).map(|steps| steps as f64 * step) {
                for moved in [value + steps, value - steps] {
                    if moved > low && moved < high {
                        cells[at] = column.written.cell(moved);
                        if !self.known.contains(&key(&self.columns, cells)) {
                            return true;
                        }
                    }
                }
            }
            cells[at] = before;
        }
        false
    }

    /// A row between two of the class; where it has one alone, a little way from it towards a row of another class.
    fn between(&self, known: &OfClass, rng: &mut impl Rng) -> Vec<TableCell> {
        let base = below(rng, known.rows.len());
        let (other, most) = if known.rows.len() > 1 {
            let step = 1 + below(rng, known.rows.len() - 1);
            (&known.rows[(base + step) % known.rows.len()], 1.0)
        } else {
            let all: Vec<&Vec<TableCell>> = self.classes.iter().flat_map(|class| &class.rows).collect();
            (all[below(rng, all.len())], TOWARDS)
        };
        let base = &known.rows[base];
        let share = most * random::unit(rng.next_u64());
        let cell = |(at, column): (usize, &Column)| {
            let (own, theirs) = (&base[at], &other[at]);
            let from_other = random::unit(rng.next_u64()) < share;
            match (column.written.number(own), column.written.number(theirs)) {
                _ if column.written == WrittenAs::Nothing => TableCell::Missing,
                (Some(a), Some(b)) => column.written.cell(a + share * (b - a)),
                _ if from_other && most >= 1.0 => theirs.clone(),
                _ => own.clone(),
            }
        };
        self.columns.iter().enumerate().map(cell).collect()
    }
}

impl OfClass {
    fn learn(columns: &[Column], rows: Vec<Vec<TableCell>>) -> Self {
        if rows.len() < FEWEST {
            return Self { rows, marginals: Vec::new(), missing: Vec::new(), copula: None };
        }
        let n = rows.len() as f64;
        let of = |at: usize| rows.iter().map(move |row: &Vec<TableCell>| &row[at]);
        let marginals: Vec<Marginal> =
            columns.iter().enumerate().map(|(at, column)| Marginal::new(column.written, of(at))).collect();
        let gone = |at: usize| of(at).filter(|cell| **cell == TableCell::Missing).count() as f64 / n;
        let missing: Vec<f64> = (0..columns.len()).map(gone).collect();
        let mut ordered: Vec<usize> = (0..rows.len()).collect();
        ordered.sort_by_key(|&i| random::hash(0, i as u64));
        ordered.truncate(LEARNED);
        let scores: Vec<f64> = ordered.iter().flat_map(|&i| scores(&marginals, &missing, &rows[i])).collect();
        let copula = Some(Copula::fit(&scores, 2 * columns.len()));
        Self { rows, marginals, missing, copula }
    }

    /// A row whose columns go together.
    fn together(&self, copula: &Copula, rng: &mut impl Rng) -> Vec<TableCell> {
        let independent: Vec<f64> = (0..2 * self.marginals.len()).map(|_| normal::draw(rng)).collect();
        let shares: Vec<f64> = copula.together(&independent).into_iter().map(normal::share_below).collect();
        let cell = |(at, marginal): (usize, &Marginal)| {
            let gone = shares[2 * at + 1] < self.missing[at];
            if gone { TableCell::Missing } else { marginal.value(shares[2 * at]) }
        };
        self.marginals.iter().enumerate().map(cell).collect()
    }
}

/// Of each column the score of its value, and that of its being missing; NaN where there is none.
fn scores(marginals: &[Marginal], missing: &[f64], row: &[TableCell]) -> Vec<f64> {
    let of = |(at, marginal): (usize, &Marginal)| {
        let (gone, share) = (row[at] == TableCell::Missing, missing[at]);
        // The lower part of the scores is that of missing values.
        let middle = if gone { share / 2.0 } else { f64::midpoint(share, 1.0) };
        let absence = if share > 0.0 && share < 1.0 { normal::quantile(middle) } else { f64::NAN };
        [marginal.score(&row[at]).unwrap_or(f64::NAN), absence]
    };
    marginals.iter().enumerate().flat_map(of).collect()
}

/// The columns of all rows, in the order in which they first come.
fn columns(rows: &[TableRow]) -> Vec<Column> {
    let mut names: Vec<&str> = Vec::new();
    let mut seen = HashSet::new();
    for (name, _) in rows.iter().flat_map(|row| &row.cells) {
        if seen.insert(name.as_str()) {
            names.push(name);
        }
    }
    let column = |name: &str| {
        let cells = || rows.iter().map(|row| row.get(name));
        let mut survey = ColumnSurvey::default();
        for cell in cells() {
            survey.see(cell);
        }
        let written = WrittenAs::find(survey.kind(), cells());
        let numbers = || cells().filter_map(|cell| written.number(cell));
        let bounds = (numbers().fold(f64::INFINITY, f64::min), numbers().fold(f64::NEG_INFINITY, f64::max));
        Column { name: name.to_owned(), written, bounds }
    };
    names.into_iter().map(column).collect()
}

/// The same for rows with the same values, free text aside: who made a row that differs in it alone made a copy.
fn key(columns: &[Column], cells: &[TableCell]) -> String {
    let drawn = columns.iter().zip(cells).filter(|(column, _)| column.written != WrittenAs::Nothing);
    let value = |(column, cell): (&Column, &TableCell)| match column.written.number(cell) {
        // A date is the same however it is written.
        Some(number) => column.written.cell(number),
        None => cell.clone(),
    };
    let cells: Vec<TableCell> = drawn.map(value).collect();
    serde_json::to_string(&cells).unwrap_or_default()
}

/// A position below `n`; 0 for none.
fn below(rng: &mut impl Rng, n: usize) -> usize {
    ((random::unit(rng.next_u64()) * n as f64) as usize).min(n.saturating_sub(1))
}
