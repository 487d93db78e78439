//! What holds files: a folder, a zip or a tar, read front to back.
//!
//! **Invariant:** every file in it is handed over once: as bytes or a path, refused, or passed over, always with a name.

use std::collections::BTreeSet;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use super::{DatasetError, Source, SourceLimits};

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
    /// Why it is not data.
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

/// Yields every file of a container. Those accepted by `Wants` come with their bytes.
pub(super) type Walk = fn(&Path, &SourceLimits, Wants, EachEntry) -> Result<(), DatasetError>;

/// A container that exists.
#[derive(Debug, Clone)]
pub(super) struct Container {
    pub path: PathBuf,
    pub walk: Walk,
    /// Names in it that are containers of their own.
    pub without: BTreeSet<String>,
}

impl Container {
    /// Hand over every file.
    pub(super) fn walk(&self, limits: &SourceLimits, wants: Wants, each: EachEntry) -> Result<(), DatasetError> {
        (self.walk)(&self.path, limits, wants, &mut |entry| {
            if self.without.contains(&entry.name) { ControlFlow::Continue(()) } else { each(entry) }
        })
    }
}
