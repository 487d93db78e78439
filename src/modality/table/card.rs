//! A row's card: its first columns with their values, as an SVG that needs nothing but the reader's own letters.

use std::fmt::Write as _;

use super::kinds::with_unit;
use super::row::{TableCell, TableRow};
use crate::modality::text::card::{escaped, width};

/// What a whole card ends with.
pub(super) const END: &str = "</svg>\n";
const WIDTH: u32 = 240;
const HEIGHT: u32 = 240;
const MARGIN: u32 = 16;
/// Lists put a box to tick above the first line.
const TOP: u32 = 66;
const LEADING: u32 = 26;
const LINES: usize = 6;
/// Widths of letters that a name and a value may take, an average Latin letter being 1.
const NAME: f32 = 13.0;
const VALUE: f32 = 11.0;

/// Draw the first columns that say something.
pub(super) fn draw(row: &TableRow) -> String {
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {HEIGHT}\" width=\"{WIDTH}\" height=\"{HEIGHT}\">\
         <rect width=\"{WIDTH}\" height=\"{HEIGHT}\" fill=\"#fdfcf9\"/>\
         <g font-family=\"'Source Sans 3', Helvetica, 'Noto Sans', sans-serif\" font-size=\"16\">"
    );
    let told: Vec<_> = row.cells.iter().filter(|(_, cell)| *cell != TableCell::Missing).collect();
    let drawn = if told.len() > LINES { LINES - 1 } else { told.len() };
    let right = WIDTH - MARGIN;
    for (at, (name, cell)) in told.iter().take(drawn).enumerate() {
        let y = TOP + at as u32 * LEADING;
        let (name, unit) = with_unit(name);
        let value = cell.to_string();
        let value = if unit.is_empty() { value } else { format!("{value} {unit}") };
        let (name, value) = (escaped(&cut(name, NAME)), escaped(&cut(&value, VALUE)));
        let _ = write!(svg, "<text x=\"{MARGIN}\" y=\"{y}\" fill=\"#6b665e\">{name}</text>");
        let _ = write!(svg, "<text x=\"{right}\" y=\"{y}\" fill=\"#2a2723\" text-anchor=\"end\">{value}</text>");
    }
    if drawn < told.len() {
        let y = TOP + drawn as u32 * LEADING;
        let _ = write!(svg, "<text x=\"{MARGIN}\" y=\"{y}\" fill=\"#6b665e\">+ {}</text>", told.len() - drawn);
    }
    svg + "</g>" + END
}

/// As much of a text as `room` holds, on one line.
fn cut(text: &str, room: f32) -> String {
    let mut kept = String::new();
    let mut used = 0.0;
    for c in text.chars() {
        used += width(c);
        if used > room {
            kept.push('…');
            break;
        }
        kept.push(if c.is_whitespace() { ' ' } else { c });
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(json: &str) -> TableRow {
        serde_json::from_str(json).unwrap()
    }

    #[test]
    fn a_card_holds_the_first_values_and_says_how_many_follow() {
        let svg = draw(&row(r#"{"flow [m³/h]":41.8,"site":"north","oil":null}"#));
        assert!(svg.contains(">flow<") && svg.contains(">41.8 m³/h<") && !svg.contains("oil"), "{svg}");
        let wide: Vec<String> = (0..50).map(|at| format!("\"c{at}\":{at}")).collect();
        let svg = draw(&row(&format!("{{{}}}", wide.join(","))));
        assert!(svg.contains(">+ 45<") && !svg.contains(">c5<"), "{svg}");
    }

    #[test]
    fn a_card_is_sound_whatever_cells_say() {
        let svg = draw(&row(r#"{"<script>":"</text><script>alert(1)</script>","字字字字字字字字字字":"\u0001\n"}"#));
        assert!(!svg.contains("<script") && !svg.contains('\u{1}') && svg.ends_with(END), "{svg}");
    }
}
