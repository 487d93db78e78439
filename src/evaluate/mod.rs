//! Honest numbers: intervals, audit estimates, learning curves, experiments on labeled data.
