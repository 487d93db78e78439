//! Which licences let everybody use a model for anything, as hubs write them.

/// Licences that ask for no more than a notice.
const PERMISSIVE: [&str; 17] = [
    "0bsd",
    "afl-3.0",
    "apache-2.0",
    "bsd",
    "bsd-2-clause",
    "bsd-3-clause",
    "bsd-3-clause-clear",
    "bsl-1.0",
    "cc0-1.0",
    "isc",
    "mit",
    "mit-0",
    "ncsa",
    "postgresql",
    "unlicense",
    "wtfpl",
    "zlib",
];

/// Whether a licence is plainly permissive. Whatever is not on the list is for a person to read.
pub fn is_permissive(licence: &str) -> bool {
    let licence = licence.trim().to_lowercase();
    PERMISSIVE.contains(&licence.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_plainly_permissive_is() {
        assert!(is_permissive("apache-2.0") && is_permissive("MIT"));
        for other in ["", "other", "cc-by-nc-4.0", "gpl-3.0", "openrail", "mit-like", "dinov3-license"] {
            assert!(!is_permissive(other), "{other}");
        }
    }
}
