//! The example pool of time series, made by the program itself: an hour of a pump, its vibration and the temperature of its
//! bearing, a value of each every twenty seconds.
//!
//! **Invariant:** a recording follows from (seed, index) alone. These are made up, and every one says so in its metadata
//! (`drawn: yes`).

use std::f32::consts::TAU;
use std::fmt::Write as _;

use super::drawn::Dice;

/// Classes of the example, the rare one last.
pub const CLASSES: [&str; 5] = ["normal", "start-up", "imbalance", "sensor fault", "bearing damage"];

/// Share of each class; the rare one is what an operator must not miss.
const SHARES: [f64; 5] = [0.46, 0.20, 0.18, 0.11, 0.05];
const STEPS: usize = 180;
const SECONDS: usize = 20;

/// A recording.
#[derive(Debug, Clone, PartialEq)]
pub struct Recording {
    /// A table with a row for each step.
    pub csv: String,
    /// Index into [`CLASSES`].
    pub class: usize,
}

/// Make recording `index` of the pool of `seed`.
pub fn record(seed: u64, index: u64) -> Recording {
    let mut dice = Dice::new(seed ^ 0x5e21, index);
    let class = dice.among(&SHARES);
    let (level, warm, slow) = (dice.between(1.6, 2.6), dice.between(58.0, 66.0), dice.between(0.01, 0.03));
    let (from, long, deep) = (dice.between(0.15, 0.55), dice.between(0.12, 0.35), dice.between(0.7, 1.3));
    let (fast, phase) = (dice.between(0.08, 0.16), dice.between(0.0, TAU));
    let mut csv = "time [s],vibration [mm/s],temperature [°C]\n".to_owned();
    let mut heat = warm;
    for step in 0..STEPS {
        let at = step as f32 / STEPS as f32;
        let inside = at >= from && at < from + long;
        let noise = (dice.unit() + dice.unit() + dice.unit() - 1.5) * 0.35;
        let mut vibration: f32 = level + 0.2 * (TAU * slow * step as f32 + phase).sin() + noise;
        let mut aim = warm;
        match class {
            1 => {
                let on = ((at - from) / 0.06).clamp(0.0, 1.0);
                vibration = 0.25 + on * (vibration - 0.25) + if inside { deep * (1.0 - on) * 3.0 } else { 0.0 };
                aim = 24.0 + on * (warm - 24.0);
                if step == 0 {
                    heat = 24.0;
                }
            }
            2 => vibration += deep * 1.1 * (TAU * fast * step as f32 + phase).sin(),
            3 if inside => vibration = if dice.chance(0.25) { 0.0 } else { level },
            4 if at >= from => {
                vibration += deep * 2.2 * ((at - from) / (1.0 - from)).sqrt() * (0.6 + 0.4 * dice.unit());
                aim = warm + 14.0 * deep * (at - from);
            }
            _ => {}
        }
        heat += 0.06 * (aim - heat) + (dice.unit() - 0.5) * 0.25;
        // Writing to a string cannot fail.
        let _ = writeln!(csv, "{},{:.2},{heat:.1}", step * SECONDS, vibration.max(0.0));
    }
    Recording { csv, class }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_and_index_make_the_same_recording() {
        assert_eq!(record(7, 11), record(7, 11));
        assert_ne!(record(7, 11).csv, record(7, 12).csv);
        let csv = record(1, 1).csv;
        assert_eq!(csv.lines().count(), STEPS + 1);
    }

    #[test]
    fn classes_come_in_their_shares() {
        let mut counts = [0; CLASSES.len()];
        for index in 0..4000 {
            counts[record(1, index).class] += 1;
        }
        for (count, share) in counts.into_iter().zip(SHARES) {
            let expected = share * 4000.0;
            assert!((f64::from(count) - expected).abs() < 5.0 * expected.sqrt(), "{count} of {expected}");
        }
    }
}
