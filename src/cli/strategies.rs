//! `querist strategies`: the catalogue, one line each.

use super::print_line;
use crate::config::Config;
use crate::query::Strategy;
use crate::query::multi_label::MultiStrategy;

/// List the acquisition strategies and when to use each.
#[derive(Debug, clap::Args)]
pub struct Strategies {}

impl Strategies {
    pub fn run(self, config: &Config) -> anyhow::Result<()> {
        if config.json {
            let one = |name, advice, task| serde_json::json!({ "name": name, "advice": advice, "task": task });
            let single = Strategy::all().map(|s| one(s.as_str(), s.advice(), "single"));
            let multi = MultiStrategy::all().map(|s| one(s.as_str(), s.advice(), "multi"));
            let all: Vec<_> = single.chain(multi).collect();
            print_line(&serde_json::to_string(&all)?);
            return Ok(());
        }
        for strategy in Strategy::all() {
            print_line(&format!("{strategy:<24} {}", strategy.advice()));
        }
        print_line("\nFor samples with any number of labels (`select --task multi`):");
        for strategy in MultiStrategy::all() {
            print_line(&format!("{strategy:<24} {}", strategy.advice()));
        }
        Ok(())
    }
}
