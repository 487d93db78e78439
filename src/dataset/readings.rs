//! The example pool of table rows, made by the program itself: one reading of a pump each.
//!
//! **Invariant:** a reading follows from (seed, index) alone. These are made up, and every one says so in its metadata
//! (`drawn: yes`).

use super::drawn::Dice;
use crate::modality::table::{TableCell, TableRow};

/// Classes of the example, the rare one last.
pub const CLASSES: [&str; 5] = ["normal", "worn", "blocked", "sensor fault", "bearing damage"];

/// Share of each class; the rare one is what an operator must not miss.
const SHARES: [f64; 5] = [0.52, 0.19, 0.15, 0.10, 0.04];
const SITES: [&str; 4] = ["north", "south", "quay", "mill"];
const MAKES: [&str; 3] = ["A 20", "A 40", "C 7"];
/// How near to its middle a drawn number is where a value is missing: about one in sixteen.
const MISSING: f32 = 0.04;

/// A reading.
#[derive(Debug, Clone, PartialEq)]
pub struct Reading {
    pub row: TableRow,
    /// Index into [`CLASSES`].
    pub class: usize,
}

/// Make reading `index` of the pool of `seed`.
pub fn read_out(seed: u64, index: u64) -> Reading {
    let mut dice = Dice::new(seed ^ 0x7ab1, index);
    let class = dice.among(&SHARES);
    let make = (dice.unit() * MAKES.len() as f32) as usize;
    let site = SITES[(dice.unit() * SITES.len() as f32) as usize];
    let size = [0.8, 1.0, 1.3][make.min(2)];
    let mut noise = |wide: f32| (dice.unit() + dice.unit() + dice.unit() - 1.5) * wide;
    let load = 1.0 + noise(0.2);
    let mut flow = 40.0 * size * load + noise(3.0);
    let mut pressure = 6.0 + 0.4 * (1.0 - load) + noise(0.4);
    let mut heat = 62.0 + 6.0 * (load - 1.0) + noise(4.0);
    let mut vibration = 2.1 + noise(0.6);
    let mut current = 11.5 * size * load + noise(0.8);
    let mut hours = 6_000.0 + noise(7_000.0);
    match class {
        1 => {
            hours = 11_000.0 + noise(5_000.0);
            flow *= 0.84;
            current *= 1.07;
            vibration += 0.6;
        }
        2 => {
            flow *= 0.45 + noise(0.15);
            pressure += 1.5 + noise(0.5);
            current *= 0.8;
        }
        3 => {
            let stuck = noise(1.0);
            if stuck > 0.2 {
                flow = 0.0;
            } else if stuck > -0.2 {
                heat = 0.0;
            } else {
                pressure = -1.0;
            }
        }
        4 => {
            vibration += 2.4 + noise(0.8);
            heat += 7.0 + noise(3.0);
        }
        _ => {}
    }
    let rounded = |value: f32, digits: i32| {
        let scale = 10_f64.powi(digits);
        TableCell::Number((f64::from(value) * scale).round() / scale)
    };
    let text = |text: &str| TableCell::Text(text.to_owned());
    let day = format!("2026-{:02}-{:02}", 1 + index % 12, 1 + index / 12 % 28);
    let cells = [
        ("flow [m³/h]", rounded(flow.max(0.0), 1)),
        ("pressure [bar]", rounded(pressure, 1)),
        ("bearing temperature [°C]", rounded(heat, 1)),
        ("vibration [mm/s]", rounded(vibration.max(0.1), 1)),
        ("motor current [A]", rounded(current, 1)),
        ("run time [h]", rounded(hours.max(0.0), 0)),
        ("oil level [%]", rounded((70.0 + noise(30.0)).min(100.0), 0)),
        ("site", text(site)),
        ("make", text(MAKES[make.min(2)])),
        ("serviced", text(&day)),
    ];
    let cells = cells.into_iter().enumerate().map(|(at, (name, cell))| {
        // The oil level is often not read.
        let gone = noise(1.0).abs() < if name.starts_with("oil") { 0.2 } else { MISSING };
        (name.to_owned(), if gone && at > 0 { TableCell::Missing } else { cell })
    });
    Reading { row: TableRow { cells: cells.collect() }, class }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_and_index_make_the_same_reading_and_others_differ() {
        assert_eq!(read_out(7, 11), read_out(7, 11));
        assert_ne!(read_out(7, 11).row, read_out(7, 12).row);
        assert_ne!(read_out(7, 11).row, read_out(8, 11).row);
        let gone: usize = (0..500).map(|index| read_out(1, index).row.missing()).sum();
        assert!((50..800).contains(&gone), "{gone} of 5000 values are missing");
    }

    #[test]
    fn classes_come_in_their_shares() {
        let mut counts = [0; CLASSES.len()];
        for index in 0..5000 {
            counts[read_out(1, index).class] += 1;
        }
        for (count, share) in counts.into_iter().zip(SHARES) {
            let expected = share * 5000.0;
            assert!((f64::from(count) - expected).abs() < 5.0 * expected.sqrt(), "{count} of {expected}");
        }
    }
}
