//! What holds files: a folder, a zip or a tar, read front to back.
//!
//! **Invariant:** every file in it is handed over once: as bytes or a path, refused, or passed over, always with a name.

use std::collections::BTreeSet;
use std::ops::ControlFlow;
use std::path::PathBuf;

use super::{DatasetError, Limits, Source, archive, folder, zipped};

/// One file of a container.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Path relative to the container's root, `/`-separated.
    pub name: String,
    pub body: Body,
}

/// What a container has under a name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Body {
    File(Source),
    /// Why it cannot be used.
    Refused(String),
    /// Why it is no data.
    PassedOver(&'static str),
}

impl Entry {
    pub(super) fn refused(name: impl Into<String>, reason: impl Into<String>) -> Self {
        Self { name: name.into(), body: Body::Refused(reason.into()) }
    }

    pub(super) fn passed_over(name: impl Into<String>, reason: &'static str) -> Self {
        Self { name: name.into(), body: Body::PassedOver(reason) }
    }
}

/// Takes each entry; breaks to end the walk.
pub type EachEntry<'a> = &'a mut dyn FnMut(Entry) -> ControlFlow<()>;

/// Whether the bytes of a name are wanted; others come without, which saves reading them.
pub(super) type Wants<'a> = &'a dyn Fn(&str) -> bool;

/// A container that is there.
#[derive(Debug, Clone)]
pub(super) enum Container {
    Folder {
        root: PathBuf,
        /// Names that are containers of their own.
        without: BTreeSet<String>,
    },
    Zip(PathBuf),
    Tar(PathBuf),
    TarGz(PathBuf),
}

impl Container {
    /// Hand over every file. Those that `wants` lets through come with their bytes.
    pub(super) fn walk(&self, limits: &Limits, wants: Wants, each: EachEntry) -> Result<(), DatasetError> {
        match self {
            Self::Folder { root, without } => folder::walk(root, &mut |entry| {
                if without.contains(&entry.name) { ControlFlow::Continue(()) } else { each(entry) }
            }),
            Self::Zip(path) => zipped::walk(path, limits, wants, each),
            Self::Tar(path) => archive::walk_tar(path, limits, wants, each),
            Self::TarGz(path) => archive::walk_tar_gz(path, limits, wants, each),
        }
    }
}
