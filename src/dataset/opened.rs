//! A source that was looked through and can be visited.

use std::collections::BTreeSet;

use super::{DatasetError, Each, Label};

type Visit = Box<dyn FnOnce(Each) -> Result<(), DatasetError> + Send>;

/// What is known of a source before any of its pictures is read, and the way through it.
pub struct Opened {
    /// What people should know about how it is read, as sentences without a full stop.
    pub notes: Vec<String>,
    /// Every label that it gives, once.
    pub labels: BTreeSet<Label>,
    pub(super) visit: Visit,
}

impl Opened {
    /// A source without labels that `visit` goes through.
    pub fn new(visit: impl FnOnce(Each) -> Result<(), DatasetError> + Send + 'static) -> Self {
        Self { notes: Vec::new(), labels: BTreeSet::new(), visit: Box::new(visit) }
    }

    /// Hand over each item, in a stable order.
    ///
    /// # Errors
    /// [`DatasetError`] when the source cannot be read further; single files are refused instead.
    pub fn visit(self, each: Each) -> Result<(), DatasetError> {
        (self.visit)(each)
    }
}
