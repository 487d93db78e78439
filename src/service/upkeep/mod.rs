//! The server's own house: its folder, its metrics, whether it is ready, what is swept away, upgrades.

pub mod folder;
pub mod metering;
pub mod readiness;
pub mod sweeping;
pub mod upgrading;
