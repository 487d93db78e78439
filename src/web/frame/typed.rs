//! Numbers in forms: as people type them, and as a field shows them.

/// What was typed is no number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::web) struct NotANumber;

/// A number with a point or a comma, with or without a percent sign; nothing where the field is empty.
///
/// # Errors
/// When it is none, or not finite.
pub(in crate::web) fn number(text: &str) -> Result<Option<f64>, NotANumber> {
    let plain = text.trim().trim_end_matches('%').trim().replace(',', ".");
    if plain.is_empty() {
        return Ok(None);
    }
    plain.parse::<f64>().ok().filter(|value| value.is_finite()).map(Some).ok_or(NotANumber)
}

/// A share in percent with at most one decimal, as browsers read numbers: `0.125` is `12.5`.
pub(in crate::web) fn percentage(share: f64) -> String {
    format!("{}", (share * 1000.0).round() / 10.0)
}
