//! Who may read what Querist writes: its owner, and nobody else on the machine.
//!
//! **Invariant:** from [`begin`] on, every file this process makes is `rw-------` and every folder `rwx------`, whatever umask it
//! was started with. What people ask for by name (`--out`) is given the ordinary modes again by [`lend`].
//!
//! On systems without such modes this module does nothing: there, files inherit their folder's permissions.

use std::fs::{File, Metadata};
use std::io;
use std::path::Path;

/// Readable by its owner alone.
#[cfg(unix)]
const FOLDER: u32 = 0o700;
#[cfg(unix)]
const FILE: u32 = 0o600;

#[cfg(unix)]
mod umask {
    use std::sync::OnceLock;

    use rustix::fs::Mode;
    use rustix::process::umask;

    /// What others could do with new files before; bits that are taken away.
    static BEFORE: OnceLock<u32> = OnceLock::new();

    pub(super) fn begin() {
        let private = Mode::RWXG | Mode::RWXO;
        BEFORE.get_or_init(|| umask(private).bits());
    }

    /// The mode that a new file would have had without [`begin`]; `None` before it.
    pub(super) fn ordinary() -> Option<u32> {
        BEFORE.get().map(|taken| 0o666 & !taken)
    }
}

/// Make what this process writes from here on private.
pub fn begin() {
    #[cfg(unix)]
    umask::begin();
}

/// Give a file that somebody asked for by name the mode that their umask asks for. Before [`begin`] it already has it.
///
/// # Errors
/// When the file belongs to somebody else.
pub fn lend(file: &File) -> io::Result<()> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        // Never change the mode of a device or a pipe.
        if let (Some(mode), true) = (umask::ordinary(), file.metadata()?.is_file()) {
            file.set_permissions(std::fs::Permissions::from_mode(mode))?;
        }
    }
    let _ = file;
    Ok(())
}

/// As [`lend`] for the file at `path`.
///
/// # Errors
/// As [`lend`], and when the file does not exist.
pub fn lend_path(path: &Path) -> io::Result<()> {
    lend(&File::open(path)?)
}

/// A new file at `path` that only its owner may read; fails if one exists.
///
/// # Errors
/// When it exists or cannot be made.
pub fn create_new(path: &Path) -> io::Result<File> {
    let mut options = File::options();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, FILE);
    options.open(path)
}

/// Make `path` and everything below it accessible to its owner alone, unless it already is.
///
/// An older version, or a manual copy, may have left files that everybody can read. A place that is private at its top
/// is taken to be private below, so a start does not look at a hundred thousand pictures. Links inside are not
/// followed.
pub fn tighten(path: &Path) {
    let Ok(about) = std::fs::metadata(path) else { return };
    if is_loose(&about) {
        walk(path, &about);
    }
}

/// As [`tighten`] for the folder alone.
pub fn tighten_folder(path: &Path) {
    if let Ok(about) = std::fs::metadata(path)
        && is_loose(&about)
    {
        close(path, &about);
    }
}

fn walk(path: &Path, about: &Metadata) {
    if about.is_dir() {
        for entry in std::fs::read_dir(path).into_iter().flatten().flatten() {
            if let Ok(about) = entry.metadata()
                && !about.is_symlink()
            {
                walk(&entry.path(), &about);
            }
        }
    }
    // The folder last: if interrupted, the next start begins again.
    close(path, about);
}

#[cfg(unix)]
fn is_loose(about: &Metadata) -> bool {
    use std::os::unix::fs::PermissionsExt as _;
    about.permissions().mode() & 0o077 != 0
}

#[cfg(unix)]
fn close(path: &Path, about: &Metadata) {
    use std::os::unix::fs::PermissionsExt as _;
    let mode = if about.is_dir() { FOLDER } else { FILE };
    if let Err(error) = std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)) {
        tracing::warn!(
            path = %path.display(),
            error = &error as &dyn std::error::Error,
            "others on this machine may read this, and it could not be changed; make it belong to the user that runs Querist"
        );
    }
}

#[cfg(not(unix))]
fn is_loose(_: &Metadata) -> bool {
    false
}

#[cfg(not(unix))]
fn close(_: &Path, _: &Metadata) {}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    fn mode(path: &Path) -> u32 {
        std::fs::metadata(path).unwrap().permissions().mode() & 0o7777
    }

    #[test]
    fn what_was_readable_is_taken_away_and_links_are_left_alone() {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path().join("blobs");
        std::fs::create_dir_all(root.join("ab")).unwrap();
        std::fs::write(root.join("ab/x"), "x").unwrap();
        let outside = dir.path().join("outside");
        std::fs::write(&outside, "x").unwrap();
        std::os::unix::fs::symlink(&outside, root.join("ab/link")).unwrap();
        for (path, mode) in [(&root, 0o755), (&root.join("ab"), 0o755), (&root.join("ab/x"), 0o644), (&outside, 0o644)]
        {
            std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
        }
        tighten(&root);
        assert_eq!([mode(&root), mode(&root.join("ab")), mode(&root.join("ab/x"))], [0o700, 0o700, 0o600]);
        assert_eq!(mode(&outside), 0o644);
    }

    #[test]
    fn new_files_are_private_from_the_beginning_on() {
        begin();
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("a"), "a").unwrap();
        std::fs::create_dir(dir.path().join("b")).unwrap();
        assert_eq!([mode(&dir.path().join("a")), mode(&dir.path().join("b"))], [0o600, 0o700]);
    }
}
