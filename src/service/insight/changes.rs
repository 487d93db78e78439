//! What changed on the way, beside the rounds that came after it.

use std::collections::{BTreeMap, HashMap};

use crate::domain::{EncoderId, Timestamp};
use crate::service::insight::Point;

/// What is marked at most; of more, the newest.
const MOST: usize = 12;

/// Something that changed before a round.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, utoipa::ToSchema)]
pub struct Change {
    /// The first measured round after it.
    pub round: i64,
    /// Training labels of that round.
    pub labels: i64,
    pub what: WhatChanged,
}

#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, utoipa::ToSchema)]
#[serde(tag = "changed", rename_all = "kebab-case")]
pub enum WhatChanged {
    Strategy {
        to: String,
    },
    Encoder {
        to: String,
    },
    ClassAdded {
        name: String,
    },
    ClassRetired {
        name: String,
    },
    /// Samples left the audit set: copies of them were found in the pool, or a lead made it smaller.
    AuditLeft {
        samples: usize,
    },
}

/// A class with the times at which it came and went.
pub type ClassTime = (String, Timestamp, Option<Timestamp>);

/// The changes between measured rounds, in their order. What was there before the first round is no change.
pub(super) fn changes(
    points: &[Point],
    encoders: &HashMap<EncoderId, String>,
    classes: &[ClassTime],
    departures: &[Timestamp],
) -> Vec<Change> {
    let Some(first) = points.first() else { return Vec::new() };
    let mut found: BTreeMap<usize, Vec<WhatChanged>> = BTreeMap::new();
    for (i, pair) in points.windows(2).enumerate() {
        if pair[0].strategy != pair[1].strategy {
            found.entry(i + 1).or_default().push(WhatChanged::Strategy { to: pair[1].strategy.clone() });
        }
        if pair[0].encoder != pair[1].encoder
            && let Some(name) = pair[1].encoder.and_then(|id| encoders.get(&id))
        {
            found.entry(i + 1).or_default().push(WhatChanged::Encoder { to: name.clone() });
        }
    }
    // The first round that ended after it.
    let after = |at: Timestamp| {
        (Some(at) > first.finished_us).then(|| points.iter().position(|point| point.finished_us >= Some(at))).flatten()
    };
    for (name, came, went) in classes {
        if let Some(i) = after(*came) {
            found.entry(i).or_default().push(WhatChanged::ClassAdded { name: name.clone() });
        }
        if let Some(i) = went.and_then(after) {
            found.entry(i).or_default().push(WhatChanged::ClassRetired { name: name.clone() });
        }
    }
    let mut left: BTreeMap<usize, usize> = BTreeMap::new();
    for at in departures {
        if let Some(i) = after(*at) {
            *left.entry(i).or_default() += 1;
        }
    }
    for (i, samples) in left {
        found.entry(i).or_default().push(WhatChanged::AuditLeft { samples });
    }
    let all = found.into_iter().flat_map(|(i, changes)| changes.into_iter().map(move |what| (i, what)));
    let mut all: Vec<_> =
        all.map(|(i, what)| Change { round: points[i].round, labels: points[i].labels, what }).collect();
    all.drain(..all.len().saturating_sub(MOST));
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    fn point(round: i64, strategy: &str, encoder: i64) -> Point {
        Point {
            round,
            labels: 10 * round,
            strategy: strategy.to_owned(),
            encoder: Some(EncoderId(encoder)),
            finished_us: Some(Timestamp(100 * round)),
            ..Point::default()
        }
    }

    #[test]
    fn changes_are_marked_at_the_first_round_after_them() {
        let points = [point(1, "auto", 1), point(2, "margin", 1), point(3, "margin", 2)];
        let encoders = HashMap::from([(EncoderId(1), "small".to_owned()), (EncoderId(2), "large".to_owned())]);
        let class = |name: &str, came, went: Option<i64>| (name.to_owned(), Timestamp(came), went.map(Timestamp));
        let classes = [class("cat", 5, None), class("dog", 150, Some(260))];
        let found =
            changes(&points, &encoders, &classes, &[Timestamp(20), Timestamp(210), Timestamp(220), Timestamp(900)]);
        let said: Vec<_> = found.iter().map(|change| (change.round, change.what.clone())).collect();
        assert_eq!(
            said,
            [
                (2, WhatChanged::Strategy { to: "margin".to_owned() }),
                (2, WhatChanged::ClassAdded { name: "dog".to_owned() }),
                (3, WhatChanged::Encoder { to: "large".to_owned() }),
                (3, WhatChanged::ClassRetired { name: "dog".to_owned() }),
                (3, WhatChanged::AuditLeft { samples: 2 }),
            ]
        );
        assert_eq!(changes(&[], &encoders, &classes, &[]), []);
    }

    #[test]
    fn of_many_changes_the_newest_are_marked() {
        let points: Vec<_> = (1..40).map(|i| point(i, if i % 2 == 0 { "auto" } else { "margin" }, 1)).collect();
        let found = changes(&points, &HashMap::new(), &[], &[]);
        assert_eq!((found.len(), found.last().map(|change| change.round)), (MOST, Some(39)));
    }
}
