//! A line chart with bands as an SVG text, for files and pages alike.
//!
//! Colours are CSS variables with fallbacks for light and dark, so a page can restyle the chart and a file is
//! self-contained.

use std::fmt::Write as _;

/// One line with its band.
#[derive(Debug, Clone, PartialEq)]
pub struct Series {
    pub name: String,
    /// (x, y, low, high), by ascending x.
    pub points: Vec<(f64, f64, f64, f64)>,
}

const WIDTH: f64 = 720.0;
const HEIGHT: f64 = 420.0;
const LEFT: f64 = 60.0;
const RIGHT: f64 = 170.0;
const TOP: f64 = 40.0;
const BOTTOM: f64 = 50.0;

/// Okabe and Ito's palette, which readers with any colour vision tell apart.
const COLOURS: [&str; 8] = ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#8c6bb1", "#7f7f7f"];

/// Draw `series` under `title`. Values that are not finite are left out.
pub fn chart(title: &str, x_name: &str, y_name: &str, series: &[Series]) -> String {
    let clean: Vec<Vec<(f64, f64, f64, f64)>> = series
        .iter()
        .map(|s| s.points.iter().copied().filter(|p| [p.0, p.1, p.2, p.3].iter().all(|v| v.is_finite())).collect())
        .collect();
    let all = || clean.iter().flatten();
    let (x0, x1) = range(all().map(|p| p.0));
    let (y0, y1) = range(all().flat_map(|p| [p.2, p.3]));
    let x = |v: f64| LEFT + (v - x0) / (x1 - x0) * (WIDTH - LEFT - RIGHT);
    let y = |v: f64| HEIGHT - BOTTOM - (v - y0) / (y1 - y0) * (HEIGHT - TOP - BOTTOM);
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {HEIGHT}\" role=\"img\" aria-label=\"{}\">\n\
         <style>svg{{--ink:var(--chart-ink,#222);--faint:var(--chart-faint,#ddd);--paper:var(--chart-paper,#fff)}}\
         @media(prefers-color-scheme:dark){{svg{{--ink:var(--chart-ink,#ddd);--faint:var(--chart-faint,#444);\
         --paper:var(--chart-paper,#161616)}}}}\
         text{{font:13px system-ui,sans-serif;fill:var(--ink)}}</style>\n\
         <rect width=\"100%\" height=\"100%\" fill=\"var(--paper)\"/>\n\
         <text x=\"{LEFT}\" y=\"22\" font-weight=\"600\">{}</text>\n",
        escape(title),
        escape(title)
    );
    for tick in ticks(y0, y1) {
        let at = y(tick);
        let _ = writeln!(
            out,
            "<path d=\"M{LEFT} {at:.1}H{:.1}\" stroke=\"var(--faint)\"/>\
             <text x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"end\">{}</text>",
            WIDTH - RIGHT,
            LEFT - 8.0,
            at + 4.0,
            number(tick)
        );
    }
    for tick in ticks(x0, x1) {
        let (at, low) = (x(tick), HEIGHT - BOTTOM);
        let _ = writeln!(
            out,
            "<path d=\"M{at:.1} {low:.1}v5\" stroke=\"var(--ink)\"/>\
             <text x=\"{at:.1}\" y=\"{:.1}\" text-anchor=\"middle\">{}</text>",
            low + 19.0,
            number(tick)
        );
    }
    let middle = (LEFT + WIDTH - RIGHT) / 2.0;
    let _ = writeln!(
        out,
        "<text x=\"{middle}\" y=\"{:.1}\" text-anchor=\"middle\">{}</text>\
         <text transform=\"translate(16 {:.1}) rotate(-90)\" text-anchor=\"middle\">{}</text>",
        HEIGHT - 10.0,
        escape(x_name),
        f64::midpoint(TOP, HEIGHT - BOTTOM),
        escape(y_name)
    );
    for (i, (s, points)) in series.iter().zip(&clean).enumerate() {
        let colour = format!("var(--chart-{},{})", i + 1, COLOURS[i % COLOURS.len()]);
        // Beyond the palette, dashes tell lines apart.
        let dash = if i < COLOURS.len() { "" } else { " stroke-dasharray=\"6 3\"" };
        let line = |at: &mut dyn Iterator<Item = (f64, f64)>| {
            at.map(|(a, b)| format!("{:.1} {:.1}", x(a), y(b))).collect::<Vec<_>>().join("L")
        };
        let name = escape(&s.name);
        if !points.is_empty() {
            let band = line(&mut points.iter().map(|p| (p.0, p.3)).chain(points.iter().rev().map(|p| (p.0, p.2))));
            let path = line(&mut points.iter().map(|p| (p.0, p.1)));
            let _ = writeln!(
                out,
                "<path d=\"M{band}Z\" fill=\"{colour}\" opacity=\".15\"/>\
                 <path d=\"M{path}\" fill=\"none\" stroke=\"{colour}\" stroke-width=\"2\"{dash}><title>{name}</title></path>"
            );
        }
        let (key, at) = (WIDTH - RIGHT + 16.0, TOP + 18.0 * i as f64 + 6.0);
        let _ = writeln!(
            out,
            "<path d=\"M{key} {at}h18\" stroke=\"{colour}\" stroke-width=\"2\"{dash}/><text x=\"{}\" y=\"{}\">{name}</text>",
            key + 24.0,
            at + 4.0
        );
    }
    out.push_str("</svg>\n");
    out
}

fn range(values: impl Iterator<Item = f64>) -> (f64, f64) {
    let (low, high) = values.fold((f64::INFINITY, f64::NEG_INFINITY), |(l, h), v| (l.min(v), h.max(v)));
    if low > high {
        (0.0, 1.0)
    } else if high - low < 1e-9 {
        (low - 0.5, high + 0.5)
    } else {
        (low, high)
    }
}

/// Round numbers inside a range, about five of them.
fn ticks(low: f64, high: f64) -> Vec<f64> {
    let raw = (high - low) / 5.0;
    let power = 10f64.powf(raw.log10().floor());
    let step = [1.0, 2.0, 5.0, 10.0].into_iter().map(|m| m * power).find(|&s| s >= raw * 0.999).unwrap_or(raw);
    let first = (low / step).ceil() as i64;
    (first..first + 12).map(|i| i as f64 * step).take_while(|&t| t <= high + step * 1e-9).collect()
}

fn number(v: f64) -> String {
    let text = format!("{v:.3}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_chart_names_its_lines_and_escapes_what_it_is_given() {
        let series = [Series { name: "a<b".to_owned(), points: vec![(1.0, 0.5, 0.4, 0.6), (2.0, 0.7, 0.6, 0.8)] }];
        let svg = chart("T & U", "labels", "accuracy", &series);
        assert!(svg.starts_with("<svg") && svg.ends_with("</svg>\n"));
        assert!(svg.contains("a&lt;b") && svg.contains("T &amp; U") && !svg.contains("a<b"));
    }

    #[test]
    fn nothing_drawn_and_values_that_are_not_finite_leave_a_whole_chart() {
        let series = [Series { name: "x".to_owned(), points: vec![(f64::NAN, 1.0, 1.0, 1.0)] }];
        for svg in [chart("", "", "", &[]), chart("", "", "", &series)] {
            assert!(!svg.contains("NaN") && !svg.contains("inf"));
        }
    }

    #[test]
    fn ticks_are_round() {
        assert_eq!(
            ticks(0.0, 1.0).iter().map(|t| number(*t)).collect::<Vec<_>>(),
            ["0", "0.2", "0.4", "0.6", "0.8", "1"]
        );
        assert_eq!(ticks(20.0, 500.0), [100.0, 200.0, 300.0, 400.0, 500.0]);
    }
}
