//! A dry run: the outcome that each item would have, by the same rule as when it is stored.

use std::collections::HashMap;

use crate::domain::import::{ImportItem, ItemOutcome, ItemVerdict, judge};
use crate::domain::{Answer, ClassSet};
use crate::store::incoming::{Arrival, KnownSample};

/// Contents as they would be.
#[derive(Default)]
pub(super) struct Dry {
    met: HashMap<String, KnownSample>,
}

impl Dry {
    /// The outcome that `arrival` would have, whose content is known as `stored` in the database.
    pub(super) fn take(
        &mut self,
        arrival: &Arrival,
        stored: Option<KnownSample>,
        relabel: bool,
        words: &dyn Fn(&ClassSet) -> String,
    ) -> ImportItem {
        let (name, hash, sample, label) = match arrival {
            Arrival::Settled { name, outcome } => return ImportItem::new(name.clone(), None, outcome.clone()),
            Arrival::Content { name, hash, sample, label, .. } => (name, hash, sample, label.as_ref()),
        };
        let known = self.met.get_mut(hash);
        let known = match (known, stored, sample) {
            (Some(known), ..) => known,
            (None, Some(stored), _) => self.met.entry(hash.clone()).or_insert(stored),
            (None, None, Some(_)) => {
                let mut known =
                    KnownSample { name: name.clone(), standing: crate::domain::import::StandingLabel::default() };
                known.standing.answer = label.cloned().map(Answer::Classes);
                (known.standing.imported, known.standing.fresh) = (true, true);
                self.met.insert(hash.clone(), known);
                return ImportItem::new(name.clone(), None, ItemOutcome::Added);
            }
            (None, None, None) => {
                let reason = "its sample is gone; import it again".to_owned();
                return ImportItem::new(name.clone(), None, ItemOutcome::Refused { reason });
            }
        };
        let of = known.name.clone();
        let before = known.standing.answer.as_ref().and_then(Answer::classes).map(words);
        let said = label.map(words).unwrap_or_default();
        let outcome = match judge(&known.standing, label, relabel) {
            ItemVerdict::Nothing => ItemOutcome::Same { of },
            ItemVerdict::Contradiction => {
                ItemOutcome::Contradiction { of, standing: before.unwrap_or_else(|| "skipped".to_owned()), label: said }
            }
            ItemVerdict::Take | ItemVerdict::Replace => {
                known.standing.answer = label.cloned().map(Answer::Classes);
                (known.standing.imported, known.standing.fresh) = (true, true);
                ItemOutcome::Label { of, label: said, before }
            }
        };
        ImportItem::new(name.clone(), None, outcome)
    }
}
