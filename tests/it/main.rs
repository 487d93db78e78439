//! Every test that sees Querist from outside, in one binary, so that it links once.

#![expect(clippy::unwrap_used, reason = "in a test, whatever is not there is a failure")]

mod accounts;
mod augmenting;
mod backup;
mod binary;
mod blind;
mod browser;
mod cases;
mod copies;
mod desk;
mod distilling;
mod docs;
mod doors;
mod doubts;
mod encoders;
mod export;
mod faults;
mod flags;
mod groups;
mod hub;
mod import;
mod imports;
mod labeling;
mod languages;
mod layers;
mod leases;
mod listing;
mod metrics;
mod model;
mod multi_label;
mod multi_rounds;
mod opinions;
mod predict;
mod python;
mod replay;
mod review;
mod shelf;
mod simulate;
mod store;
mod support;
mod texts;
mod training;
mod upgrade;
mod viewing;
mod views;
