//! How the columns of rows are called beside those that Querist writes itself.
//!
//! **Invariant:** every name comes back, and none is one of Querist's own.

/// What Querist writes beside a row's values.
const OWN: [&str; 18] = [
    "path",
    "text",
    "class",
    "classes",
    "sample_id",
    "sha256",
    "audit",
    "annotator",
    "made_at",
    "asked_by",
    "round",
    "propensity",
    "skip",
    "note",
    "split",
    "predicted_by",
    "votes",
    "flags",
];
/// What a column is called behind its name where Querist writes one of that name.
const BESIDE: &str = " (value)";

fn is_own(name: &str) -> bool {
    let name = name.trim();
    let taken = OWN.iter().chain(&["metadata", "probabilities"]).any(|own| name.eq_ignore_ascii_case(own));
    taken || (name.starts_with("p(") && name.ends_with(')') && !name.ends_with(BESIDE))
}

/// The name under which a column of values is written.
pub fn beside_own(name: &str) -> String {
    if is_own(name.trim_end_matches(BESIDE)) { format!("{name}{BESIDE}") } else { name.to_owned() }
}

/// The name of a column that was written under `name`; `None` where Querist wrote it beside the values.
pub fn own_value(name: &str) -> Option<&str> {
    if is_own(name) {
        return None;
    }
    Some(name.strip_suffix(BESIDE).filter(|bare| is_own(bare.trim_end_matches(BESIDE))).unwrap_or(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_comes_back() {
        for name in ["flow", "round", "Path", "round (value)", "flow (value)", "p(cat)", "class", " (value)", "=x"] {
            let written = beside_own(name);
            assert!(!is_own(&written), "{written}");
            assert_eq!(own_value(&written), Some(name));
        }
        assert_eq!((own_value("class"), own_value("p(cat)")), (None, None));
    }
}
