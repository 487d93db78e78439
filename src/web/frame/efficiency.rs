//! The label-efficiency chart as shapes: the measured curve with its band, random labeling beside it, the target, and what
//! changed on the way. The template only writes them down.
//!
//! **Invariant:** draws what it is given; it smooths nothing, omits no interval, and says where a line is extrapolated.

use crate::web::frame::chart::{ChartPoint, Dot, Tick, nice_above, path};

const WIDTH: f64 = 760.0;
const HEIGHT: f64 = 400.0;
const LEFT: f64 = 56.0;
const RIGHT: f64 = 24.0;
const TOP: f64 = 30.0;
const BOTTOM: f64 = 44.0;
/// With more dots than this the line is hidden.
const MOST_DOTS: usize = 60;
/// With more points than this a reader steps over some; the line goes through all.
const MOST_STEPS: usize = 400;

/// What is drawn.
#[derive(Debug, Clone, Default)]
pub struct Plot {
    /// In the order of x.
    pub points: Vec<ChartPoint>,
    /// Random labeling, in the order of x, and whether each point is extrapolated.
    pub random: Vec<(ChartPoint, bool)>,
    pub target: Option<(f64, String)>,
    /// Where something changed: x, and what.
    pub marks: Vec<(f64, String)>,
    /// The x at which random labeling reaches the newest point, with what is said about the way there.
    pub bridge: Option<(f64, String)>,
    /// Whether x is drawn by its logarithm.
    pub log: bool,
    /// The end's value.
    pub value: String,
}

/// Shapes in a drawing of [`Efficiency::WIDTH`] × [`Efficiency::HEIGHT`] units.
#[derive(Debug, Clone, PartialEq)]
pub struct Efficiency {
    pub x_ticks: Vec<Tick>,
    pub y_ticks: Vec<Tick>,
    pub band: String,
    pub line: String,
    pub dots: Vec<Dot>,
    pub now: Dot,
    pub value: PlacedText,
    pub random: Option<RandomShapes>,
    /// A line across at the target, and its text.
    pub target: Option<PlacedText>,
    pub marks: Vec<Mark>,
    pub bridge: Option<Bridge>,
    /// The points that a reader steps through: x, y and text.
    pub steps: Vec<Dot>,
}

/// Random labeling on the drawing.
#[derive(Debug, Clone, PartialEq)]
pub struct RandomShapes {
    pub band: String,
    pub measured: String,
    pub beyond: String,
    pub name: PlacedText,
}

#[derive(Debug, Clone, PartialEq)]
pub struct PlacedText {
    pub x: f64,
    pub y: f64,
    /// `start`, `middle` or `end`.
    pub anchor: &'static str,
    pub text: String,
}

/// Something changed at x.
#[derive(Debug, Clone, PartialEq)]
pub struct Mark {
    pub x: f64,
    pub n: usize,
    pub text: String,
}

/// From the newest point to where random labeling is as good.
#[derive(Debug, Clone, PartialEq)]
pub struct Bridge {
    pub from: f64,
    pub to: f64,
    pub y: f64,
    pub text: PlacedText,
}

impl Efficiency {
    pub const WIDTH: f64 = WIDTH;
    pub const HEIGHT: f64 = HEIGHT;
    pub const LEFT: f64 = LEFT;
    pub const TOP: f64 = TOP;
    pub const X_END: f64 = WIDTH - RIGHT;
    pub const Y_END: f64 = HEIGHT - BOTTOM;

    /// The drawing; `None` without points. `number` writes a value of x, `share` one of y.
    pub fn new(plot: &Plot, number: impl Fn(f64) -> String, share: impl Fn(f64) -> String) -> Option<Self> {
        let last = plot.points.last()?;
        let scale = Scale::of(plot);
        let dot = |p: &ChartPoint| Dot { x: scale.x(p.x), y: scale.y(p.y), title: p.title.clone() };
        let thinned = |most: usize| -> Vec<Dot> {
            let every = plot.points.len().div_ceil(most).max(1);
            let mut taken: Vec<_> = plot.points.iter().rev().step_by(every).map(dot).collect();
            taken.reverse();
            taken
        };
        let now = dot(last);
        let mut dots = thinned(MOST_DOTS);
        dots.pop();
        let bridge = plot.bridge.as_ref().map(|(x, text)| scale.bridge(last, *x, text));
        let above = bridge.is_none();
        let value = PlacedText {
            x: if now.x > WIDTH - 120.0 { Self::X_END } else { now.x },
            y: if above { now.y - 14.0 } else { now.y - 16.0 }.max(14.0),
            anchor: if now.x > WIDTH - 120.0 || bridge.is_some() { "end" } else { "middle" },
            text: plot.value.clone(),
        };
        let target = plot.target.as_ref().map(|(y, text)| PlacedText {
            x: LEFT + 6.0,
            y: scale.y(*y),
            anchor: "start",
            text: text.clone(),
        });
        let mark = |(n, (x, text)): (usize, &(f64, String))| Mark { x: scale.x(*x), n: n + 1, text: text.clone() };
        Some(Self {
            x_ticks: scale.x_ticks(number),
            y_ticks: scale.y_ticks(share),
            band: scale.band(&plot.points),
            line: path(plot.points.iter().map(|p| (scale.x(p.x), scale.y(p.y)))),
            dots,
            now,
            value,
            random: scale.random(plot),
            target,
            marks: plot.marks.iter().enumerate().map(mark).collect(),
            bridge,
            steps: thinned(MOST_STEPS),
        })
    }
}

impl Efficiency {
    /// The points that a reader steps through, for the script: `[x, y, text]` each.
    pub fn steps_json(&self) -> String {
        let steps: Vec<_> = self.steps.iter().map(|step| (step.x.round(), step.y.round(), &step.title)).collect();
        // In a script element nothing may end it.
        serde_json::to_string(&steps).unwrap_or_default().replace('<', "\\u003c")
    }
}

/// From labels, hours or money and shares to the drawing's units.
struct Scale {
    x_min: f64,
    x_max: f64,
    log: bool,
    y_min: f64,
    y_max: f64,
    y_step: f64,
}

impl Scale {
    fn of(plot: &Plot) -> Self {
        let xs = || plot.points.iter().chain(plot.random.iter().map(|(p, _)| p)).map(|p| p.x);
        let furthest = xs().chain(plot.bridge.iter().map(|(x, _)| *x * 1.05)).fold(f64::MIN_POSITIVE, f64::max);
        let nearest = xs().filter(|x| *x > 0.0).fold(furthest, f64::min);
        let lows = plot.points.iter().map(|p| p.low).chain(plot.random.iter().map(|(p, _)| p.low.max(p.y - 0.15)));
        let highs = plot.points.iter().map(|p| p.high).chain(plot.random.iter().map(|(p, _)| p.y));
        let lowest = lows.fold(1.0, f64::min);
        let highest = highs.chain(plot.target.iter().map(|(y, _)| *y)).fold(0.0, f64::max);
        let y_step = if highest - lowest > 0.6 { 0.2 } else { 0.1 };
        let y_min = ((lowest / y_step + 1e-9).floor() * y_step).clamp(0.0, 0.8);
        let y_max = ((highest / y_step - 1e-9).ceil() * y_step).clamp(y_min + y_step, 1.0);
        Self {
            x_min: if plot.log { nearest } else { 0.0 },
            x_max: if plot.log { furthest.max(nearest * 1.5) } else { nice_above(furthest) },
            log: plot.log,
            y_min,
            y_max,
            y_step,
        }
    }

    fn x(&self, value: f64) -> f64 {
        let share = if self.log {
            (value.max(self.x_min) / self.x_min).ln() / (self.x_max / self.x_min).ln()
        } else {
            value / self.x_max
        };
        LEFT + (WIDTH - LEFT - RIGHT) * share.clamp(0.0, 1.0)
    }

    fn y(&self, value: f64) -> f64 {
        let share = (value.clamp(self.y_min, self.y_max) - self.y_min) / (self.y_max - self.y_min);
        TOP + (HEIGHT - TOP - BOTTOM) * (1.0 - share)
    }

    fn band(&self, points: &[ChartPoint]) -> String {
        let highs = points.iter().map(|p| (self.x(p.x), self.y(p.high)));
        path(highs.chain(points.iter().rev().map(|p| (self.x(p.x), self.y(p.low))))) + "Z"
    }

    fn random(&self, plot: &Plot) -> Option<RandomShapes> {
        let all: Vec<ChartPoint> = plot.random.iter().map(|(p, _)| p.clone()).collect();
        let (last, extrapolated) = plot.random.last()?;
        let at = |p: &ChartPoint| (self.x(p.x), self.y(p.y));
        let measured = plot.random.iter().filter(|(_, beyond)| !beyond).map(|(p, _)| at(p));
        // What is extrapolated begins where the measured line ends.
        let end = plot.random.iter().rposition(|(_, beyond)| !beyond).unwrap_or(0);
        let beyond = plot.random[end..].iter().filter(|_| *extrapolated).map(|(p, _)| at(p));
        Some(RandomShapes {
            band: self.band(&all),
            measured: path(measured),
            beyond: path(beyond),
            name: self.name_beside(plot, last.title.clone()),
        })
    }

    /// The random line's name at the middle of the line, on the side that the measured curve is not.
    fn name_beside(&self, plot: &Plot, text: String) -> PlacedText {
        let (middle, _) = &plot.random[plot.random.len() * 2 / 3];
        let curve = plot.points.iter().min_by(|a, b| (a.x - middle.x).abs().total_cmp(&(b.x - middle.x).abs()));
        let above = curve.is_some_and(|nearest| nearest.y < middle.y);
        let y = self.y(middle.y) + if above { -9.0 } else { 20.0 };
        let x = self.x(middle.x).clamp(LEFT + 4.0, WIDTH - RIGHT - 70.0);
        PlacedText {
            x,
            y: y.clamp(TOP + 8.0, HEIGHT - BOTTOM - 6.0),
            anchor: if above { "end" } else { "start" },
            text,
        }
    }

    fn bridge(&self, from: &ChartPoint, to: f64, text: &str) -> Bridge {
        let (from_x, to_x, y) = (self.x(from.x), self.x(to), self.y(from.y));
        let text = PlacedText {
            x: f64::midpoint(from_x, to_x).clamp(LEFT + 80.0, WIDTH - 100.0),
            y: y - 10.0,
            anchor: "middle",
            text: text.to_owned(),
        };
        Bridge { from: from_x, to: to_x, y, text }
    }

    fn x_ticks(&self, number: impl Fn(f64) -> String) -> Vec<Tick> {
        let tick = |value: f64| Tick { at: self.x(value), text: number(value) };
        if !self.log {
            return (0..=5).map(|i| tick(self.x_max / 5.0 * f64::from(i))).collect();
        }
        let first = self.x_min.log10().floor() as i32;
        let powers = (first..first + 12).flat_map(|power| [1.0, 2.0, 5.0].map(|m| m * 10f64.powi(power)));
        powers.filter(|value| *value >= self.x_min * 0.999 && *value <= self.x_max * 1.001).map(tick).collect()
    }

    fn y_ticks(&self, share: impl Fn(f64) -> String) -> Vec<Tick> {
        let n = ((self.y_max - self.y_min) / self.y_step).round() as usize;
        let values = (0..=n).map(|i| self.y_min + self.y_step * i as f64);
        values.map(|value| Tick { at: self.y(value), text: share(value) }).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn point(x: f64, y: f64) -> ChartPoint {
        ChartPoint { x, y, low: (y - 0.1).max(0.0), high: (y + 0.1).min(1.0), title: format!("{x}") }
    }

    fn drawn(plot: &Plot) -> Efficiency {
        Efficiency::new(plot, |x| format!("{x}"), |y| format!("{:.0}", y * 100.0)).unwrap()
    }

    fn numbers(path: &str) -> Vec<f64> {
        path.split(|c: char| !c.is_ascii_digit() && c != '.').filter_map(|n| n.parse().ok()).collect()
    }

    #[test]
    fn nothing_measured_draws_nothing() {
        assert_eq!(Efficiency::new(&Plot::default(), |_| String::new(), |_| String::new()), None);
    }

    #[test]
    fn more_labels_stand_further_right_and_more_accuracy_higher() {
        let chart = drawn(&Plot { points: vec![point(10.0, 0.5), point(90.0, 0.8)], ..Plot::default() });
        assert!(chart.now.x > chart.dots[0].x && chart.now.y < chart.dots[0].y);
        assert_eq!(chart.x_ticks.last().unwrap().text, "100");
    }

    #[test]
    fn everything_lies_on_the_drawing_on_either_scale() {
        let mut plot = Plot {
            points: vec![point(3.0, 0.05), point(40.0, 0.7), point(200.0, 0.78)],
            random: vec![(point(10.0, 0.3), false), (point(160.0, 0.7), false), (point(900.0, 0.8), true)],
            target: Some((0.95, "target".into())),
            marks: vec![(40.0, "margin".into())],
            bridge: Some((430.0, "230 saved".into())),
            ..Plot::default()
        };
        for log in [false, true] {
            plot.log = log;
            let chart = drawn(&plot);
            let random = chart.random.as_ref().unwrap();
            for path in [&chart.band, &chart.line, &random.band, &random.measured, &random.beyond] {
                assert!(numbers(path).iter().all(|n| (0.0..=WIDTH).contains(n)), "{path}");
            }
            assert!(chart.dots[0].x < chart.dots[1].x && chart.dots[1].x < chart.now.x, "{log}");
            assert!(chart.now.y < chart.dots[0].y && chart.target.as_ref().unwrap().y < chart.now.y);
            let bridge = chart.bridge.as_ref().unwrap();
            assert!(bridge.from < bridge.to && (bridge.y - chart.now.y).abs() < 1e-9);
            assert!(chart.x_ticks.windows(2).all(|pair| pair[0].at < pair[1].at));
        }
    }

    #[test]
    fn what_is_extrapolated_is_a_line_of_its_own_from_the_measured_end() {
        let plot = Plot {
            points: vec![point(10.0, 0.5), point(50.0, 0.6)],
            random: vec![(point(10.0, 0.4), false), (point(20.0, 0.5), false), (point(80.0, 0.6), true)],
            ..Plot::default()
        };
        let random = drawn(&plot).random.unwrap();
        let (measured, beyond) = (numbers(&random.measured), numbers(&random.beyond));
        assert_eq!(measured[measured.len() - 2..], beyond[..2]);
        let plot = Plot { random: plot.random[..2].to_vec(), ..plot };
        assert_eq!(drawn(&plot).random.unwrap().beyond, "");
    }

    #[test]
    fn long_histories_keep_few_dots_and_all_of_the_line() {
        let plot = Plot { points: (1..=1000).map(|i| point(f64::from(i), 0.5)).collect(), ..Plot::default() };
        let chart = drawn(&plot);
        assert!(chart.dots.len() < MOST_DOTS && chart.steps.len() <= MOST_STEPS);
        assert_eq!(numbers(&chart.line).len(), 2_000);
        assert_eq!(chart.steps.last(), Some(&chart.now));
    }

    #[test]
    fn the_scale_leaves_little_unused() {
        let chart = drawn(&Plot { points: vec![point(10.0, 0.72), point(480.0, 0.78)], ..Plot::default() });
        let texts: Vec<_> = chart.y_ticks.iter().map(|tick| tick.text.as_str()).collect();
        assert_eq!(texts, ["60", "70", "80", "90"]);
        assert_eq!(chart.x_ticks.last().map(|tick| tick.text.as_str()), Some("500"));
    }
}
