//! The kind of an infrastructure failure, as far as it matters to the caller.

use std::io::ErrorKind;

/// A kind of failure of the machine, the disk or the database; never of the request itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// No room is left on a disk.
    Full,
    /// Another process holds the database.
    Busy,
    /// The database does not answer.
    Unreachable,
    /// Read-only.
    ReadOnly,
    /// Two writers conflicted and this one gave way: retry at once.
    Clash,
    /// Anything else: a bug, or damage.
    Internal,
}

impl Fault {
    /// The kind of an input or output error.
    pub fn of_io(error: &std::io::Error) -> Self {
        match error.kind() {
            ErrorKind::StorageFull | ErrorKind::QuotaExceeded => Self::Full,
            ErrorKind::ReadOnlyFilesystem => Self::ReadOnly,
            _ => Self::Internal,
        }
    }

    /// Whether the same request may succeed later, unchanged.
    pub fn passes(self) -> bool {
        self != Self::Internal
    }

    /// What is wrong, in words, as the beginning of a message.
    pub fn words(self) -> &'static str {
        match self {
            Self::Full => "the disk is full; make room, and what waits is stored",
            Self::Busy => "the database is locked by another program",
            Self::Unreachable => "the database does not answer",
            Self::ReadOnly => "the database or the data folder may not be written",
            Self::Clash => "two writers got into each other's way in the database",
            Self::Internal => "the database refused",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_disk_is_told_from_other_trouble_with_files() {
        assert_eq!(Fault::of_io(&ErrorKind::StorageFull.into()), Fault::Full);
        assert_eq!(Fault::of_io(&ErrorKind::ReadOnlyFilesystem.into()), Fault::ReadOnly);
        assert!(!Fault::of_io(&ErrorKind::NotFound.into()).passes());
    }
}
