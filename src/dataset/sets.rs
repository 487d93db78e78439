//! Sets of classes in one cell of a table: `scratch|stain`. A separator alone says "none of the classes"; an empty cell says
//! nothing at all.

/// Stands between the classes of a sample, so that no class name may hold it.
pub const SEPARATOR: char = '|';

/// The cell of these classes.
pub fn join<S: AsRef<str>>(names: &[S]) -> String {
    if names.is_empty() {
        return SEPARATOR.to_string();
    }
    names.iter().map(AsRef::as_ref).collect::<Vec<_>>().join("|")
}

/// The classes of a cell, without the spaces around them; those of a cell of separators alone are none.
pub fn split(cell: &str) -> Vec<String> {
    cell.split(SEPARATOR).map(str::trim).filter(|name| !name.is_empty()).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sets_come_back_from_their_cell_and_none_is_not_nothing() {
        for set in [vec![], vec!["a"], vec!["a b", "ü", "c"]] {
            let cell = join(&set);
            assert!(!cell.is_empty());
            assert_eq!(split(&cell), set);
        }
        assert_eq!(split(" a | b|"), ["a", "b"]);
    }
}
