//! A time series in memory: channels of numbers, and when they were measured.
//!
//! **Invariant:** every channel has the same length, at least 1; a value is finite or, where it is missing, NaN; time
//! never goes back.

use std::borrow::Cow;

/// One measured quantity.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Channel {
    pub name: String,
    /// Empty where the file does not say it.
    pub unit: String,
}

/// How the moments of a series are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StampKind {
    /// Plain numbers in the unit of their column.
    Number,
    /// Seconds since 1970 in UTC.
    Date,
}

/// When each step was measured.
#[derive(Debug, Clone, PartialEq)]
pub struct Stamps {
    /// The column's name.
    pub name: String,
    /// Empty where the file does not say it, and for dates.
    pub unit: String,
    pub kind: StampKind,
    /// One for each step, never falling.
    pub at: Vec<f64>,
}

/// What a file of one sample holds.
#[derive(Debug, Clone, PartialEq)]
pub struct TimeSeries {
    pub channels: Vec<Channel>,
    pub stamps: Option<Stamps>,
    length: usize,
    /// Channel by channel, `length` numbers each.
    values: Vec<f32>,
}

impl TimeSeries {
    /// A series of `length` steps; `values` holds them channel by channel. What is not finite counts as missing.
    ///
    /// # Panics
    /// When there is no step, or a channel or the stamps have another length.
    pub fn new(channels: Vec<Channel>, stamps: Option<Stamps>, length: usize, mut values: Vec<f32>) -> Self {
        assert!(length > 0 && values.len() == channels.len() * length, "channels have one length of at least 1");
        assert!(stamps.as_ref().is_none_or(|stamps| stamps.at.len() == length), "every step has its time");
        values.iter_mut().filter(|value| !value.is_finite()).for_each(|value| *value = f32::NAN);
        Self { channels, stamps, length, values }
    }

    /// Steps.
    pub fn length(&self) -> usize {
        self.length
    }

    /// The values of channel `i`; a missing one is NaN.
    pub fn channel(&self, i: usize) -> &[f32] {
        &self.values[i * self.length..(i + 1) * self.length]
    }

    /// The channel of this name.
    pub fn named(&self, name: &str) -> Option<&[f32]> {
        self.channels.iter().position(|channel| channel.name == name).map(|at| self.channel(at))
    }

    /// Values that are missing.
    pub fn missing(&self) -> usize {
        self.values.iter().filter(|value| value.is_nan()).count()
    }

    /// The least and the largest value of channel `i`; `None` where all are missing.
    pub fn range(&self, i: usize) -> Option<(f32, f32)> {
        let known = self.channel(i).iter().copied().filter(|value| !value.is_nan());
        known.fold(None, |range, value| {
            let (low, high) = range.unwrap_or((value, value));
            Some((value.min(low), value.max(high)))
        })
    }

    /// Where each step lies: its time, or its number where times are unknown or all the same.
    pub fn places(&self) -> Cow<'_, [f64]> {
        match &self.stamps {
            Some(stamps) if stamps.at.first() < stamps.at.last() => Cow::Borrowed(&stamps.at),
            _ => Cow::Owned((0..self.length).map(|step| step as f64).collect()),
        }
    }

    /// All values, channel by channel.
    pub fn values(&self) -> &[f32] {
        &self.values
    }
}

#[cfg(test)]
pub(crate) mod testing {
    use super::*;

    /// A series without times and units: one slice for each channel, called `a`, `b`, ….
    pub(crate) fn series(channels: &[&[f32]]) -> TimeSeries {
        let names = ('a'..='z').map(|name| Channel { name: name.to_string(), unit: String::new() });
        let length = channels[0].len();
        TimeSeries::new(names.take(channels.len()).collect(), None, length, channels.concat())
    }
}

#[cfg(test)]
mod tests {
    use super::testing::series;
    use super::*;

    #[test]
    fn what_is_not_finite_is_missing_and_counts_for_no_range() {
        let one = series(&[&[1.0, f32::INFINITY, -2.0], &[f32::NAN, f32::NAN, f32::NEG_INFINITY]]);
        assert_eq!(one.missing(), 4);
        assert_eq!((one.range(0), one.range(1)), (Some((-2.0, 1.0)), None));
        assert!(one.named("b").is_some() && one.named("c").is_none());
    }

    #[test]
    fn steps_lie_at_their_times_unless_these_are_all_the_same() {
        let mut one = series(&[&[1.0, 2.0, 3.0]]);
        assert_eq!(*one.places(), [0.0, 1.0, 2.0]);
        let stamps =
            |at: &[f64]| Stamps { name: "t".into(), unit: String::new(), kind: StampKind::Number, at: at.to_vec() };
        one.stamps = Some(stamps(&[5.0, 6.0, 9.0]));
        assert_eq!(*one.places(), [5.0, 6.0, 9.0]);
        one.stamps = Some(stamps(&[5.0; 3]));
        assert_eq!(*one.places(), [0.0, 1.0, 2.0]);
    }
}
