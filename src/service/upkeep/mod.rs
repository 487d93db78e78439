//! Housekeeping: the data folder, metrics, readiness, sweeping, upgrades.

pub mod folder;
pub mod metering;
pub mod readiness;
pub mod sweeping;
pub mod upgrading;
