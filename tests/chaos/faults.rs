//! The faults: each has a name, a way to inflict it, and what is expected of the program meanwhile.
//!
//! Of every one it is expected besides that nothing acknowledged is lost or stored twice, that no sample is with two people, and
//! that answers are stored again by themselves; the judge looks at that in the end.

mod database;
mod disk;
mod files;
mod network;
mod process;

use crate::scene::Scene;

/// On which engine a fault makes sense.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum On {
    Both,
    Sqlite,
    Postgres,
}

/// When a fault is inflicted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum When {
    /// With every test run, so many times.
    Always(u32),
    /// By `make chaos` alone: it takes long, needs rights that not everybody has, or would disturb tests that run beside it.
    ByHand,
}

/// A way in which the world treats a server.
pub struct Fault {
    pub name: &'static str,
    /// How it is inflicted.
    pub how: &'static str,
    /// What is expected meanwhile.
    pub expected: &'static str,
    pub on: On,
    pub when: When,
    /// Whether 500 may be the reply meanwhile.
    pub internal: bool,
    /// Inflicts it; returns what was seen once it is over, or why it could not be had here.
    pub inflict: fn(&mut Scene) -> String,
}

/// All of them.
pub fn all() -> impl Iterator<Item = &'static Fault> {
    [process::FAULTS, disk::FAULTS, network::FAULTS, database::FAULTS, files::FAULTS].into_iter().flatten()
}
