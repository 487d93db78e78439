//! The log: lines on standard error, as many as the command needs.

use std::io::IsTerminal as _;

use tracing_subscriber::EnvFilter;

/// Overrides the level, for example `info`, `debug` or `querist=debug,sqlx=info`.
const VARIABLE: &str = "QUERIST_LOG";

/// Start the log at `level`, unless `QUERIST_LOG` says otherwise. Directives that cannot be parsed are reported and
/// ignored.
pub fn start(level: &str) {
    let filter = match std::env::var(VARIABLE) {
        Ok(text) if !text.is_empty() => EnvFilter::try_new(&text).unwrap_or_else(|error| {
            eprintln!("{VARIABLE} is `{text}`, which cannot be read ({error}); going on with `{level}`");
            EnvFilter::new(level)
        }),
        _ => EnvFilter::new(level),
    };
    // A second start, as in tests, changes nothing.
    let log = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    let _ = log.with_ansi(std::io::stderr().is_terminal()).try_init();
}
