//! The card of a series: a small line chart, an SVG of a few kilobytes whatever the length.
//!
//! **Invariant:** nothing of the file but numbers gets into the drawing: no name, no text, no style, no script.

use std::fmt::Write as _;

use super::time_series::TimeSeries;

/// Size in its own units, which pages scale.
const WIDTH: usize = 256;
const HEIGHT: usize = 192;
/// Free around the chart.
const MARGIN: f64 = 6.0;
/// Free between channels.
const GAP: f64 = 5.0;
/// Channels that are drawn; of more, the first ones.
pub const MOST_STRIPS: usize = 12;
/// Lines in colours that have a contrast of at least 3 to 1 on both a white and a dark card.
const COLOURS: [&str; 6] = ["#4a83c9", "#c9662e", "#3d9160", "#9d63b8", "#c5506f", "#8a8529"];

/// Draw `series`: a strip for each channel, each over its own range; gaps stay open, a single value is a dot.
pub fn svg(series: &TimeSeries) -> String {
    let strips = series.channels.len().min(MOST_STRIPS);
    let height = (HEIGHT as f64 - 2.0 * MARGIN - GAP * (strips as f64 - 1.0)) / strips.max(1) as f64;
    let places = series.places();
    let mut out = format!(
        r#"<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{HEIGHT}" viewBox="0 0 {WIDTH} {HEIGHT}">"#
    );
    for i in 0..strips {
        let top = MARGIN + i as f64 * (height + GAP);
        let path = path(series, i, &places, top, height);
        let colour = COLOURS[i % COLOURS.len()];
        let look = r#"fill="none" stroke-width="1.5" stroke-linejoin="round" stroke-linecap="round""#;
        let _ = write!(out, r#"<path d="{path}" stroke="{colour}" {look}/>"#);
    }
    out.push_str("</svg>\n");
    out
}

/// The line of channel `i` between `top` and `top + height`: of each column of the drawing the first, least, largest
/// and last value.
fn path(series: &TimeSeries, i: usize, places: &[f64], top: f64, height: f64) -> String {
    let Some((low, high)) = series.range(i) else { return String::new() };
    let (low, high) = (f64::from(low), f64::from(high));
    let (first, last) = (places[0], places[places.len() - 1]);
    let room = WIDTH as f64 - 2.0 * MARGIN;
    let x = |step: usize| if last > first { (places[step] - first) / (last - first) * room } else { room / 2.0 };
    let y = |value: f32| {
        let share = if high > low { (f64::from(value) - low) / (high - low) } else { 0.5 };
        top + height * (1.0 - share)
    };
    let values = series.channel(i);
    let mut out = String::new();
    let mut step = 0;
    let mut pen_down = false;
    while step < values.len() {
        if values[step].is_nan() {
            pen_down = false;
            step += 1;
            continue;
        }
        let column = x(step).floor();
        let same = |step: &usize| x(*step).floor() == column && !values[*step].is_nan();
        let end = (step..values.len()).take_while(same).last().map_or(step + 1, |last| last + 1);
        let single = !pen_down && (end == values.len() || values[end].is_nan()) && end == step + 1;
        for at in corners(values, step, end) {
            let letter = if pen_down { 'L' } else { 'M' };
            let _ = write!(out, "{letter}{:.1} {:.1}", MARGIN + x(at), y(values[at]));
            pen_down = true;
        }
        if single {
            out.push_str("h.1");
        }
        step = end;
    }
    out
}

/// The steps of `from..to` that shape the line there, in their order.
fn corners(values: &[f32], from: usize, to: usize) -> Vec<usize> {
    let by = |a: &usize, b: &usize| values[*a].total_cmp(&values[*b]);
    let (least, largest) = ((from..to).min_by(by).unwrap_or(from), (from..to).max_by(by).unwrap_or(from));
    let mut corners = vec![from, least, largest, to - 1];
    corners.sort_unstable();
    corners.dedup();
    corners
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::modality::series::time_series::testing::series;

    #[test]
    fn every_channel_has_a_line_in_its_strip() {
        let drawn = svg(&series(&[&[0.0, 1.0, 0.5], &[3.0, 3.0, 3.0]]));
        assert!(drawn.starts_with("<svg ") && drawn.ends_with("</svg>\n"));
        assert_eq!(drawn.matches("<path").count(), 2);
        assert!(drawn.contains(r#"d="M6.0 93.5L128.0 6.0L250.0 49.8""#), "{drawn}");
        assert!(drawn.contains(r#"d="M6.0 142.2L128.0 142.2L250.0 142.2""#), "{drawn}");
    }

    #[test]
    fn gaps_stay_open_and_a_lonely_value_is_a_dot() {
        let nan = f32::NAN;
        let drawn = svg(&series(&[&[0.0, 1.0, nan, 0.5, nan, 0.0, 1.0], &[nan; 7]]));
        assert_eq!(drawn.matches('M').count(), 3, "{drawn}");
        assert_eq!(drawn.matches("h.1").count(), 1, "{drawn}");
        assert!(svg(&series(&[&[1.0]])).contains("M128.0 96.0h.1"));
    }

    #[test]
    fn a_long_series_keeps_its_peaks_and_a_small_drawing() {
        let mut values: Vec<f32> = (0..200_000).map(|i| (i as f32 * 0.01).sin()).collect();
        values[77_777] = 9.0;
        let drawn = svg(&series(&[&values]));
        assert!(drawn.len() < 20_000, "{}", drawn.len());
        assert!(drawn.contains(" 6.0L"), "the peak reaches the top");
    }

    #[test]
    fn names_from_the_file_never_get_into_the_drawing() {
        let mut one = series(&[&[1.0, 2.0]]);
        one.channels[0].name = "<script>".to_owned();
        assert!(!svg(&one).contains("script"));
        let many: Vec<&[f32]> = vec![&[1.0, 2.0]; 20];
        assert_eq!(svg(&series(&many)).matches("<path").count(), MOST_STRIPS);
    }
}
