//! A text's card: its first lines on paper, as an SVG that needs nothing but the reader's own letters.

use std::fmt::Write as _;

/// What a whole card ends with.
pub(super) const END: &str = "</svg>\n";
const WIDTH: u32 = 240;
const HEIGHT: u32 = 240;
const MARGIN: u32 = 18;
/// Lists put a box to tick above the first line.
const TOP: u32 = 50;
const SIZE: u32 = 19;
const LEADING: u32 = 26;
const LINES: usize = 6;
/// Widths of letters that a line holds, an average Latin letter being 1.
const LINE: f32 = 20.5;

/// Draw the beginning of a text, given on one line.
pub(super) fn draw(excerpt: &str) -> String {
    let lines = lines(excerpt);
    let backwards = excerpt.chars().find_map(direction).unwrap_or(false);
    let (x, direction) = if backwards { (WIDTH - MARGIN, " direction=\"rtl\"") } else { (MARGIN, "") };
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {HEIGHT}\" width=\"{WIDTH}\" height=\"{HEIGHT}\">\
         <rect width=\"{WIDTH}\" height=\"{HEIGHT}\" fill=\"#fdfcf9\"/>\
         <g font-family=\"Charter, Georgia, 'Noto Serif', serif\" font-size=\"{SIZE}\" fill=\"#2a2723\"{direction}>"
    );
    for (at, line) in lines.iter().enumerate() {
        let y = TOP + SIZE + at as u32 * LEADING;
        let _ = write!(svg, "<text x=\"{x}\" y=\"{y}\">{}</text>", escaped(line));
    }
    svg + "</g>" + END
}

/// The text in lines that fit the card, words whole where they can be; what is left over is told by `…`.
fn lines(text: &str) -> Vec<String> {
    let mut lines = vec![String::new()];
    let mut used = 0.0;
    let mut words = text.split(' ').peekable();
    while let Some(word) = words.next() {
        let long: f32 = word.chars().map(width).sum();
        if used > 0.0 && used + 1.0 + long > LINE && long <= LINE {
            lines.push(String::new());
            used = 0.0;
        } else if used > 0.0 {
            if let Some(line) = lines.last_mut() {
                line.push(' ');
            }
            used += 1.0;
        }
        for c in word.chars() {
            if used + width(c) > LINE {
                lines.push(String::new());
                used = 0.0;
            }
            if let Some(line) = lines.last_mut() {
                line.push(c);
            }
            used += width(c);
        }
        if lines.len() > LINES || (lines.len() == LINES && used > LINE - 2.0 && words.peek().is_some()) {
            lines.truncate(LINES);
            if let Some(last) = lines.last_mut() {
                last.push('…');
            }
            break;
        }
    }
    lines
}

/// How wide a letter is, an average Latin one being 1.
pub(in crate::modality) fn width(c: char) -> f32 {
    match u32::from(c) {
        // Scripts and signs as wide as they are high, and emoji.
        0x1100..=0x115f
        | 0x2e80..=0xa4cf
        | 0xac00..=0xd7a3
        | 0xf900..=0xfaff
        | 0xfe30..=0xfe4f
        | 0xff00..=0xff60
        | 0x1_f300..=0x1_faff
        | 0x2_0000..=0x3_fffd => 2.0,
        // Marks above and below.
        0x300..=0x36f | 0x591..=0x5bd | 0x610..=0x61a | 0x64b..=0x65f | 0x200b..=0x200f => 0.0,
        0x41..=0x5a => 1.35,
        _ => 1.0,
    }
}

/// Whether a letter is written from right to left; `None` where it has no direction.
fn direction(c: char) -> Option<bool> {
    let backwards = matches!(u32::from(c), 0x590..=0x8ff | 0xfb1d..=0xfdff | 0xfe70..=0xfeff | 0x1_0800..=0x1_0fff);
    if backwards { Some(true) } else { c.is_alphabetic().then_some(false) }
}

/// Text as it stands in XML, which knows no control characters.
pub(in crate::modality) fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            c if c.is_control() || matches!(u32::from(c), 0xfffe | 0xffff) => escaped.push('\u{fffd}'),
            c => escaped.push(c),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_card_holds_the_first_lines_whole_words_first() {
        let text = "A text that is rather longer than one line of a card can hold, so that it is parted between words";
        let parts = lines(text);
        assert!(parts.len() > 1 && parts.iter().all(|line| line.chars().count() <= 23), "{parts:?}");
        assert_eq!(parts.join(" ").split_whitespace().collect::<Vec<_>>(), text.split(' ').collect::<Vec<_>>());
        let many = lines(&"word ".repeat(200));
        assert_eq!(many.len(), LINES);
        assert!(many[LINES - 1].ends_with('…'));
        assert!(lines(&"字".repeat(300)).iter().all(|line| line.chars().count() <= 12));
    }

    #[test]
    fn a_card_is_sound_whatever_the_text_says() {
        let svg = draw("</text><script>alert(1)</script> & \u{1} \u{ffff}");
        assert!(svg.contains("&lt;script&gt;") && !svg.contains("<script"), "{svg}");
        assert!(!svg.contains('\u{1}') && svg.ends_with(END));
        assert!(draw("שלום עולם").contains("direction=\"rtl\""));
        assert!(!draw("12 hello").contains("rtl"));
    }
}
