//! Housekeeping: the data folder, backups, metrics, readiness, sweeping, upgrades.

pub mod backups;
pub mod folder;
pub mod metering;
pub mod readiness;
pub mod sweeping;
pub mod upgrading;
