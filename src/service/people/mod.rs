//! Who may do what: accounts, sessions, passwords, tokens.

pub mod accounts;
pub(in crate::service) mod attempts;
mod common;
pub(in crate::service) mod hashing;
pub mod known;
pub mod oidc;
pub mod personal;
pub mod recognition;
pub mod record;
pub mod secrets;
