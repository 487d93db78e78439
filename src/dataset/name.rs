//! Names of files inside a source: which are safe, which are passed over, which are archives themselves.

/// `raw` as a relative, `/`-separated path without `.` parts, or why it is refused.
///
/// # Errors
/// The reason, when the name is absolute, climbs out with `..`, or cannot be a file's name.
pub fn safe(raw: &str) -> Result<String, &'static str> {
    // Archives packed on Windows may use the backslash, which then separates; elsewhere it is refused all the same, since
    // a name that means two things on two systems is a trap.
    let slashed = raw.replace('\\', "/");
    let drive = slashed.as_bytes();
    if slashed.starts_with('/') || (drive.len() > 1 && drive[1] == b':' && drive[0].is_ascii_alphabetic()) {
        return Err("the path is absolute; pack it relative to one folder");
    }
    if slashed.contains('\0') {
        return Err("the name holds a zero byte; rename the file");
    }
    if slashed.len() > 1000 {
        return Err("the path is longer than 1000 bytes; shorten it");
    }
    let parts: Vec<&str> = slashed.split('/').filter(|part| !part.is_empty() && *part != ".").collect();
    if parts.contains(&"..") {
        return Err("the path climbs out of the source with `..`; pack it relative to one folder");
    }
    if parts.is_empty() {
        return Err("the name is empty; rename the file");
    }
    Ok(parts.join("/"))
}

/// Whether a file is there for people or systems rather than as data: hidden files, read-mes, manifests.
pub fn passed_over(name: &str) -> bool {
    if name.split('/').any(|part| part.starts_with('.') || part == "__MACOSX") {
        return true;
    }
    let file = name.rsplit('/').next().unwrap_or(name).to_ascii_lowercase();
    let stem = file.split('.').next().unwrap_or(&file);
    matches!(stem, "readme" | "license" | "licence" | "notice")
        || matches!(file.as_str(), "manifest.csv" | "manifest.json" | "labels.csv" | "thumbs.db" | "desktop.ini")
}

/// Whether a file is an archive, by its ending.
pub fn is_archive(name: &str) -> bool {
    let ending = name.rsplit_once('.').map(|(_, ending)| ending.to_ascii_lowercase());
    matches!(ending.as_deref(), Some("zip" | "tar" | "gz" | "tgz" | "bz2" | "xz" | "zst" | "7z" | "rar"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_leave_the_source_are_refused() {
        for bad in
            ["../a.jpg", "a/../../b.jpg", "/etc/passwd", "C:\\x.jpg", "\\\\host\\x", "..\\a.jpg", "", "./", "a\0b"]
        {
            assert!(safe(bad).is_err(), "{bad:?} was taken");
        }
        assert!(safe(&"a/".repeat(600)).is_err());
    }

    #[test]
    fn plain_names_are_kept_and_tidied() {
        assert_eq!(safe("./a//b.jpg"), Ok("a/b.jpg".to_owned()));
        assert_eq!(safe("a\\b.jpg"), Ok("a/b.jpg".to_owned()));
        assert_eq!(safe("a..b/c d.jpg"), Ok("a..b/c d.jpg".to_owned()));
    }

    #[test]
    fn hidden_files_and_manifests_are_passed_over() {
        for name in [".git/x.jpg", "a/.DS_Store", "x/README.md", "__MACOSX/a.jpg", "n/manifest.csv"] {
            assert!(passed_over(name), "{name} was kept");
        }
        assert!(!passed_over("a/readmetoo.jpg") && !passed_over("labels/a.jpg"));
    }
}
