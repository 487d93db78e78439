//! Rows that are made up, held against the rows that they were learned from.

use super::copula::{correlations, shrunk};
use super::*;
use crate::modality::table::ColumnKind;

/// Readings of pumps: two classes, numbers that go together, a skewed one, a date, a category, a truth value, gaps and a note.
fn readings(n: usize) -> (Vec<TableRow>, Vec<usize>) {
    let mut rng = random::stream(3, 1);
    let mut rows = Vec::new();
    for i in 0..n {
        let hot = i % 3 == 0;
        let flow = 40.0 + 5.0 * normal::draw(&mut rng) - if hot { 12.0 } else { 0.0 };
        let heat = 120.0 - flow + 2.0 * normal::draw(&mut rng);
        let wear = libm::exp(normal::draw(&mut rng));
        let day = 1 + below(&mut rng, 28);
        let site = if flow + 3.0 * normal::draw(&mut rng) > 38.0 { "north" } else { "south" };
        let gap = random::unit(rng.next_u64()) < if heat > 82.0 { 0.5 } else { 0.1 };
        let number = |value: f64, places: i32| WrittenAs::Number(Some(places)).cell(value);
        let cells = [
            ("flow [m³/h]", number(flow, 1)),
            ("heat", number(heat, 2)),
            ("wear", TableCell::Number(wear)),
            ("hours", number(wear * 100.0, 0)),
            ("day", TableCell::Text(format!("2026-02-{day:02}"))),
            ("site", TableCell::Text(site.to_owned())),
            ("on", TableCell::Truth(below(&mut rng, 4) > 0)),
            ("oil", if gap { TableCell::Missing } else { number(wear + flow, 1) }),
            ("note", TableCell::Text(format!("seen by worker {i}, who wrote a good deal about it"))),
        ];
        rows.push(TableRow { cells: cells.map(|(name, cell)| (name.to_owned(), cell)).into() });
    }
    (rows, (0..n).map(|i| usize::from(i % 3 == 0)).collect())
}

fn numbers(rows: &[TableRow], column: &str) -> Vec<f64> {
    let number = |row: &TableRow| match row.get(column) {
        TableCell::Number(value) => *value,
        TableCell::Truth(value) => f64::from(u8::from(*value)),
        TableCell::Text(text) => f64::from(u8::from(text == "north")),
        TableCell::Missing => f64::NAN,
    };
    rows.iter().map(number).collect()
}

/// Spearman's rank correlation over rows that have both.
fn ranks_together(rows: &[TableRow], one: &str, other: &str) -> f64 {
    let (a, b) = (numbers(rows, one), numbers(rows, other));
    let pairs: Vec<(f64, f64)> = a.into_iter().zip(b).filter(|(a, b)| !a.is_nan() && !b.is_nan()).collect();
    let ranks = |of: fn(&(f64, f64)) -> f64| -> Vec<f64> {
        let all: Vec<f64> = pairs.iter().map(of).collect();
        let rank = |x: &f64| {
            let (below, equal) = (all.iter().filter(|y| *y < x).count(), all.iter().filter(|y| *y == x).count());
            below as f64 + equal as f64 / 2.0
        };
        all.iter().map(rank).collect()
    };
    let both: Vec<f64> = ranks(|pair| pair.0).into_iter().zip(ranks(|pair| pair.1)).flat_map(|(a, b)| [a, b]).collect();
    correlations(&both, 2)[1]
}

/// The largest difference of two distributions (Kolmogorov and Smirnov), and of their shares of missing values.
fn apart(one: &[f64], other: &[f64]) -> f64 {
    let share = |of: &[f64], upto: f64| of.iter().filter(|x| **x <= upto).count() as f64 / of.len() as f64;
    let missing = |of: &[f64]| of.iter().filter(|x| x.is_nan()).count() as f64 / of.len() as f64;
    let most = one.iter().chain(other).map(|&x| (share(one, x) - share(other, x)).abs()).fold(0.0, f64::max);
    most.max((missing(one) - missing(other)).abs())
}

fn of_class(rows: &[TableRow], classes: &[usize], class: usize) -> Vec<TableRow> {
    rows.iter().zip(classes).filter(|(_, of)| **of == class).map(|(row, _)| row.clone()).collect()
}

#[test]
fn each_class_keeps_its_columns_and_how_they_go_together() {
    let (rows, classes) = readings(900);
    let generator = RowGenerator::fit(&rows, &classes, 2).unwrap();
    let names = ["flow [m³/h]", "heat", "wear", "hours", "site", "on", "oil"];
    for class in 0..2 {
        let (real, made) = (of_class(&rows, &classes, class), generator.draw(class, 1_500, 7).unwrap().rows);
        for (at, one) in names.iter().enumerate() {
            let far = apart(&numbers(&real, one), &numbers(&made, one));
            // 1.95 √(1/300 + 1/1500) is the 0.1 % quantile of equal distributions.
            assert!(far < 0.124, "{one} of class {class}: {far}");
            for other in &names[..at] {
                let (want, got) = (ranks_together(&real, one, other), ranks_together(&made, one, other));
                assert!((want - got).abs() < 0.16, "{one}, {other} of class {class}: {got} for {want}");
            }
        }
        let (falling, rising) = (ranks_together(&made, "flow [m³/h]", "heat"), ranks_together(&made, "wear", "hours"));
        assert!(falling < -0.8 && rising > 0.9, "{falling} {rising}");
        let gaps = |rows: &[TableRow], hot: bool| {
            let of: Vec<&TableRow> = rows
                .iter()
                .filter(|row| matches!(row.get("heat"), TableCell::Number(heat) if (*heat > 82.0) == hot))
                .collect();
            of.iter().filter(|row| *row.get("oil") == TableCell::Missing).count() as f64 / of.len() as f64
        };
        // All of class 1 are hot.
        let (hot, cold) = (gaps(&made, true), gaps(&made, false));
        assert!(class == 1 || hot > cold + 0.1, "missing values go with other columns: {hot}, {cold}");
    }
    assert_eq!(generator.left_out(), ["note"]);
}

#[test]
fn rows_are_read_back_as_they_are_and_none_is_a_real_one() {
    let (rows, classes) = readings(120);
    let generator = RowGenerator::fit(&rows, &classes, 2).unwrap();
    let made = generator.draw(1, 300, 1).unwrap();
    assert_eq!(made.equal, 0);
    let bare = |row: &TableRow| TableRow { cells: row.cells[..8].to_vec() };
    for row in &made.rows {
        assert!(rows.iter().all(|real| bare(real) != bare(row)));
        let back: TableRow = serde_json::from_slice(&row.to_json()).unwrap();
        assert_eq!(&back, row);
        assert!(matches!(row.get("day"), TableCell::Text(day) if day.starts_with("2026-02-") && day.len() == 10));
        assert!(matches!(row.get("hours"), TableCell::Number(hours) if hours.fract() == 0.0));
        assert_eq!(row.get("note"), &TableCell::Missing);
    }
    assert_eq!(made, generator.draw(1, 300, 1).unwrap());
    assert_eq!(made.rows[..20], generator.draw(1, 20, 1).unwrap().rows);
    assert_ne!(made, generator.draw(1, 300, 2).unwrap());
}

fn table(columns: &[&str], rows: &[&[TableCell]]) -> Vec<TableRow> {
    let row = |cells: &&[TableCell]| TableRow {
        cells: columns.iter().map(|name| (*name).to_owned()).zip(cells.iter().cloned()).collect(),
    };
    rows.iter().map(row).collect()
}

fn text(text: &str) -> TableCell {
    TableCell::Text(text.to_owned())
}

#[test]
fn numbers_that_few_rows_repeat_are_moved_away_and_categories_alone_are_counted() {
    let few: Vec<TableRow> =
        (0..40).flat_map(|i| table(&["n"], &[&[TableCell::Number(f64::from(i % 4) * 10.0)]])).collect();
    let made = RowGenerator::fit(&few, &[0; 40], 1).unwrap().draw(0, 200, 1).unwrap();
    assert_eq!(made.equal, 0);
    assert!(made.rows.iter().all(|row| !few.contains(row)));
    let sorts = ["a", "b"].map(text);
    let choices: Vec<TableRow> = (0..40)
        .flat_map(|i| table(&["one", "other"], &[&[sorts[i % 2].clone(), TableCell::Truth(i % 3 == 0)]]))
        .collect();
    let made = RowGenerator::fit(&choices, &[0; 40], 1).unwrap().draw(0, 50, 1).unwrap();
    assert_eq!((made.rows.len(), made.equal), (50, 50));
    let both: Vec<TableRow> = table(&["n"], &[&[TableCell::Number(1.0)], &[TableCell::Number(2.0)]]);
    let made = RowGenerator::fit(&both, &[0, 0], 1).unwrap().draw(0, 9, 1).unwrap();
    assert_eq!(made.equal, 9, "between 1 and 2 lies no whole number");
}

#[test]
fn of_few_rows_others_lie_between_two_and_of_one_beside_it() {
    let (rows, classes) = readings(300);
    let kept: Vec<usize> = (0..300).filter(|&i| classes[i] == 0 || i < 13).collect();
    let rows: Vec<TableRow> = kept.iter().map(|&i| rows[i].clone()).collect();
    let of: Vec<usize> = kept.iter().map(|&i| classes[i]).collect();
    let own = numbers(&of_class(&rows, &of, 1), "flow [m³/h]");
    let (low, high) = (own.iter().copied().fold(f64::MAX, f64::min), own.iter().copied().fold(f64::MIN, f64::max));
    let made = RowGenerator::fit(&rows, &of, 2).unwrap().draw(1, 100, 1).unwrap();
    assert!(own.len() < FEWEST && made.equal == 0);
    assert!(numbers(&made.rows, "flow [m³/h]").iter().all(|flow| (low..=high).contains(flow)));
    let mut alone = of.clone();
    alone[0] = 2;
    let made = RowGenerator::fit(&rows, &alone, 3).unwrap().draw(2, 50, 1).unwrap();
    let base = numbers(&rows[..1], "flow [m³/h]")[0];
    assert!(numbers(&made.rows, "flow [m³/h]").iter().all(|flow| (flow - base).abs() < 5.0));
    assert!(made.equal == 0 && made.rows.iter().all(|row| row.get("site") == rows[0].get("site")));
}

#[test]
fn strange_tables_are_borne_or_refused() {
    let fit = |rows: &[TableRow], n: usize| RowGenerator::fit(rows, &vec![0; rows.len()], n);
    assert_eq!(fit(&[], 1).err(), Some(RowGeneratorError::NoColumns));
    assert!(matches!(RowGenerator::fit(&[], &[0], 1).err(), Some(RowGeneratorError::Length { .. })));
    let (rows, classes) = readings(20);
    assert!(RowGenerator::fit(&rows, &classes, 1).is_err());
    assert_eq!(RowGenerator::fit(&rows, &classes, 3).unwrap().draw(2, 1, 0), Err(RowGeneratorError::NoRows(2)));
    assert_eq!(RowGenerator::fit(&rows, &classes, 3).unwrap().draw(9, 1, 0), Err(RowGeneratorError::NoRows(9)));
    // Extremes, a constant, a column that is nearly always missing, rows of other columns.
    let mut strange: Vec<TableRow> = (0..30)
        .flat_map(|i| {
            let rare = if i == 3 { TableCell::Number(7.0) } else { TableCell::Missing };
            let large = TableCell::Number(if i % 2 == 0 { 1e300 } else { -1e300 });
            table(&["same", "rare", "large", "empty"], &[&[TableCell::Number(5.0), rare, large, TableCell::Missing]])
        })
        .collect();
    strange.extend(table(&["other"], &[&[TableCell::Truth(true)]]));
    let made = fit(&strange, 1).unwrap().draw(0, 200, 4).unwrap();
    for row in &made.rows {
        assert!(row.missing() < row.cells.len() && row.cells.len() == 5);
        assert!(row.cells.iter().all(|(_, cell)| !matches!(cell, TableCell::Number(x) if !x.is_finite())));
    }
    // Nearly all rows say nothing but one.
    let nothing: Vec<TableRow> = (0..40)
        .flat_map(|i| table(&["n"], &[&[if i == 0 { TableCell::Number(1.5) } else { TableCell::Missing }]]))
        .collect();
    let made = fit(&nothing, 1).unwrap().draw(0, 20, 1).unwrap();
    assert!(made.rows.iter().all(|row| row.missing() == 0));
}

#[test]
fn scores_and_correlations_equal_scipy() {
    #[derive(serde::Deserialize)]
    struct File {
        copulas: Vec<Case>,
    }

    #[derive(serde::Deserialize)]
    struct Case {
        table: Vec<Vec<Option<f64>>>,
        correlations: Vec<f64>,
        kept: f64,
    }

    let file: File = serde_json::from_str(include_str!("../../../../tests/data/synthetic.json")).unwrap();
    assert_eq!(file.copulas.len(), 6);
    for case in file.copulas {
        let (n, p) = (case.table.len(), case.table[0].len());
        let cell = |value: &Option<f64>| value.map_or(TableCell::Missing, TableCell::Number);
        let rows: Vec<Vec<TableCell>> = case.table.iter().map(|row| row.iter().map(cell).collect()).collect();
        let marginal = |j: usize| {
            let cells = || rows.iter().map(|row| &row[j]);
            Marginal::new(WrittenAs::find(ColumnKind::Number, cells()), cells())
        };
        let marginals: Vec<Marginal> = (0..p).map(marginal).collect();
        let score = |row: &Vec<TableCell>| -> Vec<f64> {
            marginals.iter().zip(row).map(|(marginal, cell)| marginal.score(cell).unwrap_or(f64::NAN)).collect()
        };
        let scores: Vec<f64> = rows.iter().flat_map(score).collect();
        let found = correlations(&scores, p);
        assert!(found.iter().zip(&case.correlations).all(|(got, want)| (got - want).abs() < 1e-9), "{found:?}");
        let less = shrunk(found, p, n);
        let want =
            case.correlations.iter().enumerate().map(|(at, r)| if at / p == at % p { *r } else { r * case.kept });
        assert!(less.iter().zip(want).all(|(got, want)| (got - want).abs() < 1e-9), "{less:?}");
    }
}
