//! Acquisition strategies, one file each.
