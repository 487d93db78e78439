//! Every test that sees Querist from outside, in one binary, so that it links once.

mod accounts;
mod browser;
mod export;
mod import;
mod layers;
mod store;
mod support;
