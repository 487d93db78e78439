//! `querist strategies`: the catalogue, one line each.

use std::io::Write as _;

use crate::config::Config;
use crate::query::Strategy;

/// List the acquisition strategies and when to use each.
#[derive(Debug, clap::Args)]
pub struct Strategies {}

impl Strategies {
    pub fn run(self, config: &Config) -> anyhow::Result<()> {
        let mut out = std::io::stdout().lock();
        if config.json {
            let all = Strategy::all().map(|s| serde_json::json!({ "name": s.as_str(), "advice": s.advice() }));
            writeln!(out, "{}", serde_json::to_string(&all)?)?;
            return Ok(());
        }
        for strategy in Strategy::all() {
            writeln!(out, "{strategy:<18} {}", strategy.advice())?;
        }
        Ok(())
    }
}
