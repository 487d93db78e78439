//! Several learning curves on one chart as shapes: scales, paths, ticks. The templates only write them down.
//!
//! **Invariant:** draws what it is given; it smooths nothing and omits no interval.

use std::fmt::Write as _;

use crate::web::frame::filters::group;

const WIDTH: f64 = 760.0;
const HEIGHT: f64 = 400.0;
const LEFT: f64 = 52.0;
const RIGHT: f64 = 18.0;
const TOP: f64 = 18.0;
const BOTTOM: f64 = 44.0;

/// One measured point: x in labels, the rest as shares in [0, 1].
#[derive(Debug, Clone, PartialEq)]
pub struct ChartPoint {
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

/// Several curves on one drawing of [`Curves::WIDTH`] × [`Curves::HEIGHT`] units.
#[derive(Debug, Clone, PartialEq)]
pub struct Curves {
    pub x_ticks: Vec<Tick>,
    pub y_ticks: Vec<Tick>,
    pub curves: Vec<DrawnCurve>,
}

#[derive(Debug, Clone, PartialEq)]
pub struct DrawnCurve {
    pub name: String,
    pub band: String,
    pub line: String,
    pub end: Dot,
}

impl Curves {
    pub const WIDTH: f64 = WIDTH;
    pub const HEIGHT: f64 = HEIGHT;
    pub const LEFT: f64 = LEFT;
    pub const X_END: f64 = WIDTH - RIGHT;
    pub const Y_END: f64 = HEIGHT - BOTTOM;

    /// The chart of named curves, each in the order of x; those without points are left out. `None` when none is left.
    pub fn new(named: &[(String, Vec<ChartPoint>)]) -> Option<Self> {
        let all: Vec<ChartPoint> = named.iter().flat_map(|(_, points)| points.iter().cloned()).collect();
        if all.is_empty() {
            return None;
        }
        let scale = Scale::of(&all);
        let (x_ticks, y_ticks) = scale.ticks();
        let curves = named.iter().filter_map(|(name, points)| {
            let last = points.last()?;
            Some(DrawnCurve {
                name: name.clone(),
                band: scale.band(points),
                line: scale.line(points),
                end: Dot { x: scale.x(last.x), y: scale.y(last.y), title: last.title.clone() },
            })
        });
        Some(Self { x_ticks, y_ticks, curves: curves.collect() })
    }
}

/// From labels and shares to the drawing's units.
struct Scale {
    x_max: f64,
    y_min: f64,
    y_step: f64,
}

impl Scale {
    fn of(points: &[ChartPoint]) -> Self {
        let furthest = points.iter().map(|p| p.x).fold(10.0, f64::max);
        // The lower end leaves room below the lowest interval, in whole steps; the upper end is all there is.
        let lowest = points.iter().map(|p| p.low).fold(1.0, f64::min);
        let y_step = if lowest < 0.5 { 0.2 } else { 0.1 };
        Self { x_max: nice_above(furthest), y_min: ((lowest / y_step).floor() * y_step).clamp(0.0, 0.8), y_step }
    }

    fn x(&self, value: f64) -> f64 {
        LEFT + (WIDTH - LEFT - RIGHT) * value / self.x_max
    }

    fn y(&self, value: f64) -> f64 {
        TOP + (HEIGHT - TOP - BOTTOM) * (1.0 - (value - self.y_min) / (1.0 - self.y_min))
    }

    fn band(&self, points: &[ChartPoint]) -> String {
        let highs = points.iter().map(|p| (self.x(p.x), self.y(p.high)));
        path(highs.chain(points.iter().rev().map(|p| (self.x(p.x), self.y(p.low))))) + "Z"
    }

    fn line(&self, points: &[ChartPoint]) -> String {
        path(points.iter().map(|p| (self.x(p.x), self.y(p.y))))
    }

    fn ticks(&self) -> (Vec<Tick>, Vec<Tick>) {
        let xs =
            ticks(0.0, self.x_max, self.x_max / 5.0).map(|v| Tick { at: self.x(v), text: group(v.round() as i64) });
        let shares = ticks(self.y_min, 1.0, self.y_step);
        let ys = shares.map(|v| Tick { at: self.y(v), text: format!("{:.0}\u{a0}%", v * 100.0) });
        (xs.collect(), ys.collect())
    }
}

/// A line through points.
pub(super) fn path(points: impl Iterator<Item = (f64, f64)>) -> String {
    let mut path = String::new();
    for (i, (x, y)) in points.enumerate() {
        let _ = write!(path, "{}{x:.1} {y:.1}", if i == 0 { "M" } else { " L" });
    }
    path
}

/// The smallest of 1, 2, 2.5, 5 times a power of ten that is at least `value`, so that fifths of it are round.
pub(super) fn nice_above(value: f64) -> f64 {
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

    fn point(x: f64, y: f64) -> ChartPoint {
        ChartPoint { x, y, low: y - 0.1, high: (y + 0.1).min(1.0), title: String::new() }
    }

    fn one(points: &[ChartPoint]) -> Option<Curves> {
        Curves::new(&[("one".to_owned(), points.to_vec())])
    }

    #[test]
    fn nothing_measured_draws_nothing() {
        assert_eq!(one(&[]), None);
    }

    #[test]
    fn the_whole_band_is_on_the_drawing() {
        let chart = one(&[point(1.0, 0.1), point(20.0, 0.95)]).unwrap();
        let numbers = chart.curves[0].band.split(|c: char| !c.is_ascii_digit() && c != '.');
        for number in numbers.filter(|n| !n.is_empty()) {
            let number: f64 = number.parse().unwrap();
            assert!((0.0..=WIDTH).contains(&number));
        }
    }

    #[test]
    fn several_curves_share_a_scale_and_empty_ones_are_left_out() {
        let of = |name: &str, points: &[ChartPoint]| (name.to_owned(), points.to_vec());
        let (low, high) = ([point(10.0, 0.5), point(90.0, 0.6)], [point(10.0, 0.5), point(60.0, 0.9)]);
        let chart = Curves::new(&[of("a", &low), of("none", &[]), of("b", &high)]).unwrap();
        let [a, b] = &chart.curves[..] else { panic!("{chart:?}") };
        assert_eq!((a.name.as_str(), b.name.as_str()), ("a", "b"));
        assert!(a.end.x > b.end.x && a.end.y > b.end.y);
        assert_eq!(a.line.split(' ').next(), b.line.split(' ').next(), "both start alike");
        assert_eq!(Curves::new(&[of("none", &[])]), None);
    }
}
