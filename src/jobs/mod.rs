//! Durable background work: claim, run, retry or fail.
