//! `querist strategies`: the catalogue, one line each.

use serde_json::json;

use super::print_line;
use crate::config::Config;
use crate::domain::Task;
use crate::query::Strategy;

/// List the query strategies and when to use each.
#[derive(Debug, clap::Args)]
pub struct Strategies {}

impl Strategies {
    pub fn run(self, config: &Config) -> anyhow::Result<()> {
        let all = || Task::ALL.into_iter().flat_map(|task| Strategy::suiting(task.into()).map(move |s| (task, s)));
        if config.json {
            let one = |(task, s): (Task, Strategy)| json!({ "name": s.name, "advice": s.advice, "source": s.source, "task": task });
            print_line(&serde_json::to_string(&all().map(one).collect::<Vec<_>>())?);
            return Ok(());
        }
        for strategy in Strategy::suiting(Task::Single.into()) {
            print_line(&format!("{strategy:<24} {}", strategy.advice));
        }
        print_line("\nFor samples with any number of classes (`--task multi`):");
        for strategy in Strategy::suiting(Task::Multi.into()) {
            print_line(&format!("{strategy:<24} {}", strategy.advice));
        }
        Ok(())
    }
}
