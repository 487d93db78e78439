//! Planted violations: what the judge has never objected to proves nothing, so each kind is put into a good run and must be found.

use crate::checker::{self, Kind, Terms};
use crate::history::{Event, Ground, Said, What};
use crate::stored::{Annotation, Stored};

/// A run to spoil.
struct Run {
    events: Vec<Event>,
    stored: Stored,
}

/// One way to spoil it, and what must be found.
struct Plant {
    name: &'static str,
    kind: Kind,
    /// `None`: the run has nothing that could be spoiled like this.
    put: fn(&mut Run) -> Option<()>,
}

const PLANTS: &[Plant] = &[
    Plant {
        name: "an acknowledged answer is gone",
        kind: Kind::Lost,
        put: |run| {
            let at = run.acknowledged()?;
            run.stored.annotations.remove(at);
            Some(())
        },
    },
    Plant {
        name: "an answer is there with another class",
        kind: Kind::Otherwise,
        put: |run| {
            let at = run.acknowledged()?;
            run.stored.annotations[at].classes = Some("4711".to_owned());
            Some(())
        },
    },
    Plant {
        name: "an answer is somebody else's",
        kind: Kind::Otherwise,
        put: |run| {
            let at = run.acknowledged()?;
            "nobody".clone_into(&mut run.stored.annotations[at].who);
            Some(())
        },
    },
    Plant {
        name: "an answer is there twice",
        kind: Kind::Twice,
        put: |run| {
            let at = run.acknowledged()?;
            let again = run.stored.annotations[at].clone();
            run.stored.annotations.push(again);
            Some(())
        },
    },
    Plant {
        name: "an answer that nobody sent",
        kind: Kind::NeverSent,
        put: |run| {
            let mut row = run.stored.annotations[run.acknowledged()?].clone();
            "a-ghost".clone_into(&mut row.id);
            run.stored.annotations.push(row);
            Some(())
        },
    },
    Plant {
        name: "the first answer is the last one",
        kind: Kind::Disorder,
        put: |run| {
            let row = run.stored.annotations.remove(run.acknowledged()?);
            run.stored.annotations.push(row);
            Some(())
        },
    },
    Plant {
        name: "an acknowledged undo is gone",
        kind: Kind::UndoLost,
        put: |run| {
            let at = run.undo()?;
            run.stored.annotations.remove(at);
            Some(())
        },
    },
    Plant {
        name: "an answer is taken back twice",
        kind: Kind::UndoWrong,
        put: |run| {
            let mut row = run.stored.annotations[run.undo()?].clone();
            "another-undo".clone_into(&mut row.id);
            run.stored.annotations.push(row);
            Some(())
        },
    },
    Plant {
        name: "an answer is taken back unasked",
        kind: Kind::UndoWrong,
        put: |run| {
            run.events.retain(|event| !matches!(event.what, What::Undoing { .. }));
            run.undo().map(drop)
        },
    },
    Plant {
        name: "an answer with a good lease is refused",
        kind: Kind::Refused,
        put: |run| {
            let id = run.sent_by_lease()?;
            run.say(What::Refused { id, status: 409, code: "lease_over".to_owned() });
            Some(())
        },
    },
    Plant {
        name: "a second receipt has another time",
        kind: Kind::Receipts,
        put: |run| {
            let mut again = run.receipt()?;
            if let What::Acknowledged { made_at, .. } = &mut again {
                *made_at = Some("1999-12-31T23:59:59Z".to_owned());
            }
            run.say(again);
            Some(())
        },
    },
    Plant {
        name: "a receipt says something else",
        kind: Kind::Receipts,
        put: |run| {
            let mut again = run.receipt()?;
            if let What::Acknowledged { said, .. } = &mut again {
                *said = Said::Skip("other".to_owned());
            }
            run.say(again);
            Some(())
        },
    },
    Plant {
        name: "500 on a good day",
        kind: Kind::Reply,
        put: |run| {
            let asked = run.end();
            run.say(What::Failed { status: 500, code: "internal".to_owned(), retry_after: false, asked });
            Some(())
        },
    },
    Plant {
        name: "503 without Retry-After",
        kind: Kind::Reply,
        put: |run| {
            run.say(What::FaultBegins { name: "a".to_owned(), internal: false });
            let asked = run.end();
            run.say(What::Failed { status: 503, code: "busy".to_owned(), retry_after: false, asked });
            Some(())
        },
    },
    Plant {
        name: "a sample is given to a second person",
        kind: Kind::DoubleLease,
        put: |run| {
            let leased = |event: &Event| matches!(event.what, What::Leased { .. });
            let place = run.events.iter().rposition(leased)?;
            let Event { at, what: What::Leased { sample, asked, .. }, .. } = run.events[place].clone() else {
                return None;
            };
            // Right behind it: a fault at the end of the run may have ended all leases.
            let what = What::Leased { sample, lease: "a-second-one".to_owned(), group: false, asked };
            run.events.insert(place + 1, Event { at, who: "nobody".to_owned(), what });
            Some(())
        },
    },
    Plant {
        name: "two leases on one sample",
        kind: Kind::DoubleLease,
        put: |run| {
            run.stored.leases.extend([(1, "ana".to_owned()), (1, "ben".to_owned())]);
            Some(())
        },
    },
    Plant {
        name: "two people answer one sample",
        kind: Kind::TwoPeople,
        put: |run| {
            let at = run.standing()?;
            let row =
                Annotation { id: "second".to_owned(), who: "nobody".to_owned(), ..run.stored.annotations[at].clone() };
            run.stored.annotations.push(row);
            Some(())
        },
    },
    Plant {
        name: "a labeled sample is leased",
        kind: Kind::LeaseOnLabeled,
        put: |run| {
            let sample = *run.stored.labels.keys().next()?;
            run.stored.leases.push((sample, "ana".to_owned()));
            Some(())
        },
    },
    Plant {
        name: "an audit sample is trained on",
        kind: Kind::AuditSeen,
        put: |run| {
            let trained = run.trained()?[0].0;
            run.stored.samples.insert(trained, true);
            Some(())
        },
    },
    Plant {
        name: "an audit sample is in the queue",
        kind: Kind::AuditSeen,
        put: |run| {
            let (audit, _) = run.stored.samples.iter().find(|(_, audit)| **audit)?;
            run.stored.queue.push(*audit);
            Some(())
        },
    },
    Plant {
        name: "a round is trained on another label",
        kind: Kind::Training,
        put: |run| {
            run.trained()?[0].1 = vec![4711];
            Some(())
        },
    },
    Plant {
        name: "a decision did not fire",
        kind: Kind::Decision,
        put: |run| {
            let fired = run.stored.decisions.iter_mut().rev().find(|decision| decision.fired)?;
            fired.fired = false;
            Some(())
        },
    },
    Plant {
        name: "a decision counts answers that are not there",
        kind: Kind::Decision,
        put: |run| {
            run.stored.decisions.iter_mut().find(|decision| decision.cause == "answers")?.since += 1;
            Some(())
        },
    },
    Plant {
        name: "a decision is missing",
        kind: Kind::Decision,
        put: |run| {
            let at = run.stored.decisions.iter().position(|decision| decision.cause == "answers")?;
            run.stored.decisions.remove(at);
            Some(())
        },
    },
    Plant {
        name: "a round that was due did not come",
        kind: Kind::RoundMissing,
        put: |run| {
            run.stored.rounds.clear();
            Some(())
        },
    },
    Plant {
        name: "two rounds have changed places",
        kind: Kind::Rounds,
        put: |run| {
            let n = run.stored.rounds.len().checked_sub(2)?;
            run.stored.rounds.swap(n, n + 1);
            Some(())
        },
    },
    Plant {
        name: "a round was left running",
        kind: Kind::Rounds,
        put: |run| {
            "running".clone_into(&mut run.stored.rounds.first_mut()?.state);
            Some(())
        },
    },
    Plant {
        name: "a label is another",
        kind: Kind::Label,
        put: |run| {
            run.stored.labels.values_mut().next()?.classes = Some("4711".to_owned());
            Some(())
        },
    },
    Plant { name: "a label is gone", kind: Kind::Label, put: |run| run.stored.labels.pop_first().map(drop) },
    Plant {
        name: "a count is wrong",
        kind: Kind::Tally,
        put: |run| {
            run.stored.tally.audit_labeled += 1;
            Some(())
        },
    },
    Plant {
        name: "an export lacks a label",
        kind: Kind::Export,
        put: |run| run.stored.exports.get_mut("csv")?.pop().map(drop),
    },
    Plant {
        name: "an export has another class",
        kind: Kind::Export,
        put: |run| {
            "mauve".clone_into(&mut run.stored.exports.get_mut("jsonl")?.first_mut()?.1);
            Some(())
        },
    },
    Plant {
        name: "the database is damaged",
        kind: Kind::Damage,
        put: |run| {
            run.stored.damage.push("row 7 missing from index".to_owned());
            Some(())
        },
    },
];

impl Run {
    fn end(&self) -> u64 {
        self.events.last().map_or(0, |event| event.at + 1)
    }

    fn say(&mut self, what: What) {
        let at = self.end();
        self.events.push(Event { at, who: "person-0".to_owned(), what });
    }

    fn has_receipt(&self, id: &str) -> bool {
        self.events.iter().any(|event| matches!(&event.what, What::Acknowledged { id: known, .. } if known == id))
    }

    /// The place of the first answer with a receipt.
    fn acknowledged(&self) -> Option<usize> {
        self.stored.annotations.iter().position(|row| row.kind != "undo" && self.has_receipt(&row.id))
    }

    /// The place of an undo with a receipt.
    fn undo(&self) -> Option<usize> {
        let known = |row: &Annotation| {
            let told = |event: &Event| matches!(&event.what, What::Undone { undo, .. } if *undo == row.id);
            row.kind == "undo" && self.events.iter().any(told)
        };
        self.stored.annotations.iter().position(known)
    }

    /// The place of an answer that is a label.
    fn standing(&self) -> Option<usize> {
        let label = self.stored.labels.values().next()?;
        self.stored.annotations.iter().position(|row| row.id == label.annotation)
    }

    fn receipt(&self) -> Option<What> {
        let timed = |event: &&Event| matches!(&event.what, What::Acknowledged { made_at: Some(_), .. });
        self.events.iter().find(timed).map(|event| event.what.clone())
    }

    /// The last answer that was sent with a lease.
    fn sent_by_lease(&mut self) -> Option<String> {
        // Where clocks jumped a refusal would be explained.
        self.events.retain(|event| event.what != What::LeasesMayEnd);
        self.events.iter().rev().find_map(|event| match &event.what {
            What::Sent { id, ground: Ground::Lease(_), .. } => Some(id.clone()),
            _ => None,
        })
    }

    fn trained(&mut self) -> Option<&mut Vec<(i64, Vec<i64>)>> {
        let trained = self.stored.rounds.iter_mut().rev().filter_map(|round| round.trained_on.as_mut());
        trained.into_iter().find(|labels| !labels.is_empty())
    }
}

/// Put every plant into a copy of a run without violations, and fail where one is not found; with `all`, also where a run has nothing
/// to spoil.
pub fn are_found(events: &[Event], stored: &Stored, terms: Terms, all: bool) {
    if !checker::check(events, stored, terms).violations.is_empty() {
        // A run that is bad by itself fails by itself.
        return;
    }
    for plant in PLANTS {
        let mut run = Run { events: events.to_vec(), stored: stored.clone() };
        if (plant.put)(&mut run).is_none() {
            assert!(!all, "there is nothing to plant: {}", plant.name);
            continue;
        }
        let report = checker::check(&run.events, &run.stored, terms);
        assert!(report.has(plant.kind), "not found: {}; found {}", plant.name, report.summary());
    }
}
