//! The label-efficiency chart as shapes: scales, paths, ticks. The template only writes them down.
//!
//! **Invariant:** draws what it is given; it smooths nothing and leaves no interval out.

use std::fmt::Write as _;

const WIDTH: f64 = 760.0;
const HEIGHT: f64 = 400.0;
const LEFT: f64 = 52.0;
const RIGHT: f64 = 18.0;
const TOP: f64 = 18.0;
const BOTTOM: f64 = 44.0;
/// More dots than this hide the line.
const MOST_DOTS: usize = 80;

/// One measured point: x in labels, the rest as shares in [0, 1].
#[derive(Debug, Clone, PartialEq)]
pub struct Point {
    pub x: f64,
    pub y: f64,
    pub low: f64,
    pub high: f64,
    /// What a reader sees on hovering.
    pub title: String,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Tick {
    pub at: f64,
    pub text: String,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Dot {
    pub x: f64,
    pub y: f64,
    pub title: String,
}

/// Shapes in a drawing of [`Chart::WIDTH`] × [`Chart::HEIGHT`] units.
#[derive(Debug, Clone, PartialEq)]
pub struct Chart {
    pub x_ticks: Vec<Tick>,
    pub y_ticks: Vec<Tick>,
    pub band: String,
    pub line: String,
    pub dots: Vec<Dot>,
    pub now: Dot,
}

impl Chart {
    pub const WIDTH: f64 = WIDTH;
    pub const HEIGHT: f64 = HEIGHT;
    pub const LEFT: f64 = LEFT;
    pub const X_END: f64 = WIDTH - RIGHT;
    pub const Y_END: f64 = HEIGHT - BOTTOM;

    /// The chart of `points`, which are in the order of x. `None` without points.
    pub fn new(points: &[Point]) -> Option<Self> {
        let last = points.last()?;
        let x_max = nice_above(last.x.max(10.0));
        // The lower end leaves room below the lowest interval, in whole steps; the upper end is all there is.
        let lowest = points.iter().map(|p| p.low).fold(1.0, f64::min);
        let y_step = if lowest < 0.5 { 0.2 } else { 0.1 };
        let y_min = ((lowest / y_step).floor() * y_step).clamp(0.0, 0.8);
        let x = |value: f64| LEFT + (WIDTH - LEFT - RIGHT) * value / x_max;
        let y = |value: f64| TOP + (HEIGHT - TOP - BOTTOM) * (1.0 - (value - y_min) / (1.0 - y_min));
        let path = |points: &mut dyn Iterator<Item = (f64, f64)>| {
            let mut path = String::new();
            for (i, (px, py)) in points.enumerate() {
                let _ = write!(path, "{}{px:.1} {py:.1}", if i == 0 { "M" } else { " L" });
            }
            path
        };
        let highs = points.iter().map(|p| (x(p.x), y(p.high)));
        let lows = points.iter().rev().map(|p| (x(p.x), y(p.low)));
        let band = path(&mut highs.chain(lows)) + "Z";
        let line = path(&mut points.iter().map(|p| (x(p.x), y(p.y))));
        let every = points.len().div_ceil(MOST_DOTS);
        let dot = |p: &Point| Dot { x: x(p.x), y: y(p.y), title: p.title.clone() };
        let dots = points.iter().rev().step_by(every).skip(1).map(dot).collect();
        let y_ticks =
            ticks(y_min, 1.0, y_step).map(|v| Tick { at: y(v), text: format!("{:.0} %", v * 100.0) }).collect();
        let x_ticks = ticks(0.0, x_max, x_max / 5.0).map(|v| Tick { at: x(v), text: format!("{v:.0}") }).collect();
        Some(Self { x_ticks, y_ticks, band, line, dots, now: dot(last) })
    }
}

/// The smallest of 1, 2, 2.5, 5 times a power of ten that is at least `value`, so that fifths of it are round.
fn nice_above(value: f64) -> f64 {
    let power = 10f64.powf(value.log10().floor());
    [1.0, 1.5, 2.0, 2.5, 3.0, 4.0, 5.0, 7.5, 10.0]
        .into_iter()
        .map(|m| m * power)
        .find(|nice| *nice >= value)
        .unwrap_or(value)
}

fn ticks(from: f64, to: f64, step: f64) -> impl Iterator<Item = f64> {
    let n = ((to - from) / step + 1e-9).floor() as usize;
    (0..=n).map(move |i| from + step * i as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn point(x: f64, y: f64) -> Point {
        Point { x, y, low: y - 0.1, high: (y + 0.1).min(1.0), title: String::new() }
    }

    #[test]
    fn nothing_measured_draws_nothing() {
        assert_eq!(Chart::new(&[]), None);
    }

    #[test]
    fn more_labels_stand_further_right_and_more_accuracy_higher() {
        let chart = Chart::new(&[point(10.0, 0.5), point(90.0, 0.8)]).unwrap();
        assert!(chart.now.x > chart.dots[0].x && chart.now.y < chart.dots[0].y);
        assert_eq!(chart.x_ticks.last().unwrap().text, "100");
    }

    #[test]
    fn the_whole_band_is_on_the_drawing() {
        let chart = Chart::new(&[point(1.0, 0.1), point(20.0, 0.95)]).unwrap();
        for number in chart.band.split(|c: char| !c.is_ascii_digit() && c != '.').filter(|n| !n.is_empty()) {
            let number: f64 = number.parse().unwrap();
            assert!((0.0..=WIDTH).contains(&number));
        }
    }

    #[test]
    fn long_histories_keep_few_dots() {
        let points: Vec<_> = (0..1000).map(|i| point(f64::from(i), 0.5)).collect();
        assert!(Chart::new(&points).unwrap().dots.len() <= MOST_DOTS);
    }
}
