//! Twice as many members: steadier disagreement for twice the time of a fit.

use super::Cure;
use crate::learn::CommitteeOptions;

pub(super) static CURE: Cure = Cure {
    name: "larger-committee",
    source: "Seung et al. 1992",
    options: |options| CommitteeOptions { members: 2 * options.members, ..options },
    ..Cure::PLAIN
};
