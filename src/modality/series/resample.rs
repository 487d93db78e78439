//! A series at the places that an encoder expects: evenly spaced over its whole extent, with gaps filled.

use super::time_series::TimeSeries;

/// One channel at `length` evenly spaced places from the first step to the last: linear between the known values on
/// either side, and the nearest known value beyond them. `None` where no value is known.
///
/// `places` are those of `values`, never falling. Where two are the same, the later value counts.
pub fn evenly(values: &[f32], places: &[f64], length: usize) -> Option<Vec<f32>> {
    let known: Vec<(f64, f32)> =
        places.iter().copied().zip(values.iter().copied()).filter(|(_, value)| !value.is_nan()).collect();
    let (first, last) = (*places.first()?, *places.last()?);
    let mut right = 0;
    known.first()?;
    let at = |i: usize| {
        // The last place exactly: no rounding may lead beyond it.
        let share = i as f64 / (length.max(2) - 1) as f64;
        let place = if i + 1 == length { last } else { first + (last - first) * share };
        while right < known.len() && known[right].0 <= place {
            right += 1;
        }
        match (right.checked_sub(1).map(|left| known[left]), known.get(right)) {
            (Some((from, a)), Some(&(to, b))) => {
                let share = (place - from) / (to - from);
                (f64::from(a) + (f64::from(b) - f64::from(a)) * share) as f32
            }
            (Some((_, value)), None) | (None, Some(&(_, value))) => value,
            (None, None) => f32::NAN,
        }
    };
    Some((0..length).map(at).collect())
}

/// The channels called `names` of a series at `length` evenly spaced places, one after another into `out` (names ×
/// length). A channel that it lacks, or that has no value, is `fill` throughout.
pub fn resample(series: &TimeSeries, names: &[String], fill: &[f32], length: usize, out: &mut [f32]) {
    let places = series.places();
    for ((name, fill), out) in names.iter().zip(fill).zip(out.chunks_exact_mut(length)) {
        match series.named(name).and_then(|values| evenly(values, &places, length)) {
            Some(values) => out.copy_from_slice(&values),
            None => out.fill(*fill),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::modality::series::time_series::testing::series;

    /// As `numpy.interp(numpy.linspace(first, last, length), places, values)` with the missing ones left out.
    #[test]
    fn values_between_steps_are_those_of_numpy() {
        let places = [0.0, 1.0, 2.0, 3.0, 4.0];
        let evenly = |values: &[f32], length| evenly(values, &places, length).unwrap();
        assert_eq!(evenly(&[0.0, 1.0, 4.0, 9.0, 16.0], 9), [0.0, 0.5, 1.0, 2.5, 4.0, 6.5, 9.0, 12.5, 16.0]);
        assert_eq!(evenly(&[0.0, 1.0, 4.0, 9.0, 16.0], 3), [0.0, 4.0, 16.0]);
        let gaps = [f32::NAN, 1.0, f32::NAN, 3.0, f32::NAN];
        assert_eq!(evenly(&gaps, 5), [1.0, 1.0, 2.0, 3.0, 3.0]);
    }

    #[test]
    fn irregular_times_count() {
        let found = evenly(&[0.0, 1.0, 4.0], &[0.0, 1.0, 4.0], 5).unwrap();
        assert_eq!(found, [0.0, 1.0, 2.0, 3.0, 4.0]);
        assert_eq!(evenly(&[5.0, 6.0, 7.0], &[0.0, 1.0, 1.0], 2).unwrap(), [5.0, 7.0]);
    }

    #[test]
    fn a_single_step_is_a_level_and_a_missing_channel_is_filled() {
        let one = series(&[&[3.0], &[f32::NAN]]);
        let names = ["a", "b", "c"].map(str::to_owned);
        let mut out = vec![0.0; 12];
        resample(&one, &names, &[9.0, 7.0, 8.0], 4, &mut out);
        assert_eq!(out, [3.0, 3.0, 3.0, 3.0, 7.0, 7.0, 7.0, 7.0, 8.0, 8.0, 8.0, 8.0]);
    }
}
