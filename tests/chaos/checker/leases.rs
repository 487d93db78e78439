//! A sample is with one person at a time.

use std::collections::{HashMap, HashSet};

use super::labels::Standing;
use super::{Kind, Report};
use crate::history::{Event, What};
use crate::stored::Stored;

pub(super) fn check(events: &[Event], stored: &Stored, report: &mut Report) {
    // Whose a sample is. An answered one stays with whoever answered it: only they can take the answer back, and then it is
    // leased to them again. So it can become somebody else's only after they began to give it back, or a lease ended.
    let mut holder: HashMap<i64, &str> = HashMap::new();
    // When the last of them did.
    let mut ended = 0;
    for event in events {
        match &event.what {
            What::Leased { sample, lease, group, asked } => {
                // One that was asked for before the clock jumped may have ended on its way.
                let before = if *asked > ended { holder.insert(*sample, &event.who) } else { None };
                if let Some(before) = before.filter(|before| *before != event.who) {
                    let about = format!("{sample} by {lease} to {} while {before} had it", event.who);
                    report.found(Kind::DoubleLease, about);
                }
                if *group && stored.samples.get(sample).copied().unwrap_or_default() {
                    report.found(Kind::AuditSeen, format!("{sample} was leased in a group"));
                }
            }
            What::GivingBack { sample, .. } => {
                holder.remove(sample);
            }
            What::LeasesMayEnd => {
                holder.clear();
                ended = event.at;
            }
            _ => {}
        }
    }
    let mut standing = Standing::default();
    for row in stored.annotations.iter().filter(|row| row.origin != "import") {
        if let Some(before) = standing.of(row.sample).filter(|before| row.kind != "undo" && before.who != row.who) {
            report.found(Kind::TwoPeople, format!("{} by {} and {}", row.sample, before.who, row.who));
        }
        standing.add(row);
    }
    let mut leased: HashSet<i64> = HashSet::new();
    for (sample, who) in &stored.leases {
        if !leased.insert(*sample) {
            report.found(Kind::DoubleLease, format!("{sample} is leased twice, to {who} too"));
        }
        if stored.labels.contains_key(sample) {
            report.found(Kind::LeaseOnLabeled, format!("{sample} is leased to {who}"));
        }
    }
}
