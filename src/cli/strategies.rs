//! `querist strategies`: the catalogue, one line each.

use super::print_line;
use crate::config::Config;
use crate::query::Strategy;

/// List the acquisition strategies and when to use each.
#[derive(Debug, clap::Args)]
pub struct Strategies {}

impl Strategies {
    pub fn run(self, config: &Config) -> anyhow::Result<()> {
        if config.json {
            let one = |s: Strategy| serde_json::json!({ "name": s.as_str(), "advice": s.advice() });
            let all: Vec<_> = Strategy::all().map(one).collect();
            print_line(&serde_json::to_string(&all)?);
            return Ok(());
        }
        for strategy in Strategy::all() {
            print_line(&format!("{strategy:<24} {}", strategy.advice()));
        }
        Ok(())
    }
}
