//! What the desk draws of a series: its numbers as JSON, so that scripts need not read tables.

use serde::Serialize;

use super::time_series::{StampKind, TimeSeries};

/// Points for each channel, at most; a longer series is told by the least and largest values of its parts.
pub const MOST_POINTS: usize = 20_000;

/// The whole of it. `at` and each channel's `values` have one length.
#[derive(Debug, Serialize)]
struct StageSeries<'a> {
    /// Steps of the series itself.
    length: usize,
    /// Steps that two points stand for; 1 where every step is a point.
    every: usize,
    time: TimeAxis<'a>,
    at: Vec<f64>,
    channels: Vec<StageChannel<'a>>,
}

#[derive(Debug, Serialize)]
struct TimeAxis<'a> {
    /// `step`, `number`, or `date`: seconds since 1970 in UTC.
    kind: &'static str,
    name: &'a str,
    unit: &'a str,
}

#[derive(Debug, Serialize)]
struct StageChannel<'a> {
    name: &'a str,
    unit: &'a str,
    /// The least and the largest value; null where all are missing.
    low: Option<f32>,
    high: Option<f32>,
    /// A missing value is null.
    values: Vec<f32>,
}

/// The JSON of `series`, with a line feed behind it.
///
/// # Errors
/// When it cannot be written, which does not happen with numbers and names.
pub fn json(series: &TimeSeries) -> serde_json::Result<Vec<u8>> {
    let length = series.length();
    // Two points for each part: its least and its largest value, in their order.
    let every = if length <= MOST_POINTS { 1 } else { (2 * length).div_ceil(MOST_POINTS) };
    let time = match &series.stamps {
        Some(stamps) => TimeAxis {
            kind: if stamps.kind == StampKind::Date { "date" } else { "number" },
            name: &stamps.name,
            unit: &stamps.unit,
        },
        None => TimeAxis { kind: "step", name: "", unit: "" },
    };
    let places = series.places();
    let at = match every {
        1 => places.to_vec(),
        _ => (0..length).step_by(every).flat_map(|from| [places[from], places[middle(from, every, length)]]).collect(),
    };
    let channels = series.channels.iter().enumerate().map(|(i, channel)| {
        let values = series.channel(i);
        let values = if every == 1 { values.to_vec() } else { values.chunks(every).flat_map(extremes).collect() };
        let range = series.range(i);
        StageChannel {
            name: &channel.name,
            unit: &channel.unit,
            low: range.map(|(low, _)| low),
            high: range.map(|(_, high)| high),
            values,
        }
    });
    let whole = StageSeries { length, every, time, at, channels: channels.collect() };
    let mut bytes = serde_json::to_vec(&whole)?;
    bytes.push(b'\n');
    Ok(bytes)
}

fn middle(from: usize, every: usize, length: usize) -> usize {
    (from + every / 2).min(length - 1)
}

/// The least and the largest known value of a part in their order; NaN twice where none is known.
fn extremes(part: &[f32]) -> [f32; 2] {
    let known = || part.iter().enumerate().filter(|(_, value)| !value.is_nan());
    let least = known().min_by(|a, b| a.1.total_cmp(b.1));
    let largest = known().max_by(|a, b| a.1.total_cmp(b.1));
    match (least, largest) {
        (Some((i, &least)), Some((j, &largest))) => {
            if i <= j {
                [least, largest]
            } else {
                [largest, least]
            }
        }
        _ => [f32::NAN; 2],
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::modality::series::time_series::testing::series;

    #[test]
    fn a_short_series_is_told_step_by_step() {
        let told = String::from_utf8(json(&series(&[&[1.5, f32::NAN, 2.0], &[f32::NAN; 3]])).unwrap()).unwrap();
        let expected = concat!(
            r#"{"length":3,"every":1,"time":{"kind":"step","name":"","unit":""},"at":[0.0,1.0,2.0],"channels":["#,
            r#"{"name":"a","unit":"","low":1.5,"high":2.0,"values":[1.5,null,2.0]},"#,
            r#"{"name":"b","unit":"","low":null,"high":null,"values":[null,null,null]}]}"#,
            "\n"
        );
        assert_eq!(told, expected);
    }

    #[test]
    fn a_long_series_is_told_by_its_extremes() {
        let mut values: Vec<f32> = (0..100_001).map(|i| (i % 7) as f32).collect();
        values[50_000] = 99.0;
        values[60_000] = -99.0;
        let told: serde_json::Value = serde_json::from_slice(&json(&series(&[&values])).unwrap()).unwrap();
        let points = told["channels"][0]["values"].as_array().unwrap();
        assert_eq!(points.len(), told["at"].as_array().unwrap().len());
        assert!(points.len() <= MOST_POINTS + 2, "{}", points.len());
        for peak in [99.0, -99.0] {
            assert_eq!(points.iter().filter(|value| **value == peak).count(), 1, "{peak}");
        }
        assert_eq!(told["every"], 11);
        assert!(told["at"].as_array().unwrap().is_sorted_by_key(|at| at.as_f64().unwrap()));
    }
}
