//! Every acknowledged answer is there, once, as it was sent and in its order; nothing is there that nobody sent.

use std::collections::{HashMap, HashSet};

use super::{Kind, Report, Seen, Terms, said_by};
use crate::history::{Event, Ground, What};
use crate::stored::{Annotation, Stored};

pub(super) fn check(seen: &Seen, stored: &Stored, terms: Terms, report: &mut Report) {
    let mut rows: HashMap<&str, &Annotation> = HashMap::new();
    for row in &stored.annotations {
        if rows.insert(&row.id, row).is_some() {
            report.found(Kind::Twice, &row.id);
        }
    }
    check_receipts(seen, &rows, report);
    check_undos(seen, stored, report);
    for row in stored.annotations.iter().filter(|row| row.kind != "undo") {
        let Some(sent) = seen.sent.get(row.id.as_str()) else {
            if !(terms.imports && row.origin == "import") {
                report.found(Kind::NeverSent, &row.id);
            }
            continue;
        };
        if (row.sample, row.who.as_str(), said_by(row).as_ref()) != (sent.sample, sent.who, Some(sent.said)) {
            report.found(Kind::Otherwise, format!("{}: {row:?}, sent by {} of {}", row.id, sent.who, sent.sample));
        }
    }
    check_order(seen, stored, report);
}

fn check_receipts(seen: &Seen, rows: &HashMap<&str, &Annotation>, report: &mut Report) {
    for (id, receipts) in &seen.receipts {
        if !rows.contains_key(id) {
            report.found(Kind::Lost, *id);
        }
        let Some(sent) = seen.sent.get(id) else {
            report.found(Kind::Receipts, format!("{id} was acknowledged and never sent"));
            continue;
        };
        let times: HashSet<&str> = receipts.iter().filter_map(|receipt| receipt.made_at).collect();
        if times.len() > 1 {
            report.found(Kind::Receipts, format!("{id} was made at {times:?}"));
        }
        for receipt in receipts {
            if (receipt.sample, receipt.said) != (sent.sample, sent.said) {
                report.found(Kind::Receipts, format!("{id}: sent {:?}, received {:?}", sent.said, receipt.said));
            }
        }
    }
}

fn check_undos(seen: &Seen, stored: &Stored, report: &mut Report) {
    let mut undos: HashMap<&str, Vec<&str>> = HashMap::new();
    for row in stored.annotations.iter().filter(|row| row.kind == "undo") {
        undos.entry(row.undoes.as_deref().unwrap_or_default()).or_default().push(&row.id);
    }
    for (id, ids) in &undos {
        if ids.len() > 1 {
            report.found(Kind::UndoWrong, format!("{id} was taken back {} times", ids.len()));
        }
        if !seen.undoing.contains_key(id) {
            report.found(Kind::UndoWrong, format!("nobody asked to take {id} back"));
        }
    }
    for (id, (_, undo)) in &seen.undone {
        if !undos.get(id).is_some_and(|ids| ids.contains(undo)) {
            report.found(Kind::UndoLost, *id);
        }
    }
}

/// No row may come after one that was sent only when its own receipt was there.
fn check_order(seen: &Seen, stored: &Stored, report: &mut Report) {
    let mut latest = (0, "");
    for row in &stored.annotations {
        let id = row.id.as_str();
        let (sent, received) = if row.kind == "undo" {
            let undoes = row.undoes.as_deref().unwrap_or_default();
            (seen.undoing.get(undoes).copied(), seen.undone.get(undoes).map(|(at, _)| *at))
        } else {
            let receipt = seen.receipts.get(id).and_then(|all| all.iter().map(|receipt| receipt.at).min());
            (seen.sent.get(id).map(|sent| sent.at), receipt)
        };
        if received.is_some_and(|received| received < latest.0) {
            report.found(Kind::Disorder, format!("{id} is behind {}, which was sent after its receipt", latest.1));
        }
        if let Some(sent) = sent
            && sent > latest.0
        {
            latest = (sent, id);
        }
    }
}

/// Refusals and failures that nothing explains.
pub(super) fn check_replies(events: &[Event], report: &mut Report) {
    // Faults that last, and whether they may be answered with 500.
    let mut faults: HashMap<&str, bool> = HashMap::new();
    // When the last of them ended, and the last of those that may.
    let (mut ended, mut internal_ended) = (0, 0);
    let mut given_back: HashSet<&str> = HashSet::new();
    let mut grounds: HashMap<&str, &Ground> = HashMap::new();
    let mut leases_end = false;
    for event in events {
        match &event.what {
            What::FaultBegins { name, internal } => {
                faults.insert(name, *internal);
            }
            What::FaultEnds { name } => {
                ended = event.at;
                if faults.remove(name.as_str()) == Some(true) {
                    internal_ended = event.at;
                }
            }
            What::LeasesMayEnd => leases_end = true,
            What::GivingBack { lease, .. } => {
                given_back.insert(lease);
            }
            What::Leased { lease, .. } => {
                given_back.remove(lease.as_str());
            }
            What::Sent { id, ground, .. } => {
                grounds.insert(id, ground);
            }
            What::Refused { id, status, code } => {
                let explained = match grounds.get(id.as_str()) {
                    Some(Ground::Lease(lease)) => leases_end || given_back.contains(lease.as_str()),
                    _ => false,
                };
                if !explained {
                    report.found(
                        Kind::Refused,
                        format!("{id}: {status} {code}, sent with {:?}", grounds.get(id.as_str())),
                    );
                }
            }
            // A request that left while a fault lasted met it, however late its reply came.
            What::Failed { status, code, retry_after, asked } if *status != 408 => {
                let comes_back = matches!(status, 429 | 503 | 507);
                if comes_back && !retry_after {
                    report.found(Kind::Reply, format!("{status} {code} without Retry-After"));
                }
                let met = !faults.is_empty() || *asked <= ended;
                let may_be_internal = faults.values().any(|internal| *internal) || *asked <= internal_ended;
                if !met || !comes_back && !may_be_internal {
                    report.found(Kind::Reply, format!("{status} {code} during {:?}", faults.keys()));
                }
            }
            What::Strange { about } => report.found(Kind::Reply, about),
            // What took too long may be asked for again.
            What::Failed { .. }
            | What::Asked { .. }
            | What::Acknowledged { .. }
            | What::Undoing { .. }
            | What::Undone { .. }
            | What::RoundAsked => {}
        }
    }
}
