//! Progress on a terminal as a bar, elsewhere as plain lines.

use std::io::IsTerminal as _;
use std::sync::Mutex;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

use super::serve::Signals;
use crate::progress::Progress;

/// A [`Progress`] that draws on standard error.
pub fn on_terminal() -> Progress {
    if std::io::stderr().is_terminal() { bar() } else { lines() }
}

/// The same `progress`, stopped by Ctrl-C: what is finished by then stays.
pub fn stopped_by_ctrl_c(progress: Progress) -> Progress {
    let stopper = progress.clone();
    tokio::spawn(async move {
        let _ = tokio::signal::ctrl_c().await;
        stopper.stop();
    });
    progress
}

/// The same `progress`, stopped by any signal that asks the program to end, so that nothing half is left behind.
pub fn stopped_by_signal(progress: Progress) -> std::io::Result<Progress> {
    let (mut signals, stopper) = (Signals::install()?, progress.clone());
    tokio::spawn(async move {
        signals.next().await;
        stopper.stop();
    });
    Ok(progress)
}

fn bar() -> Progress {
    let bar = ProgressBar::new(0);
    if let Ok(style) = ProgressStyle::with_template("{msg:<28} {wide_bar} {human_pos}/{human_len} {eta}") {
        bar.set_style(style);
    }
    bar.enable_steady_tick(Duration::from_millis(200));
    Progress::new(move |done, total, what| {
        // An unknown total is not a total of zero.
        bar.set_length(total.max(done));
        bar.set_position(done);
        bar.set_message(what.to_owned());
        if total > 0 && done >= total {
            bar.finish();
        }
    })
}

/// One line per tenth of the work, so that logs stay short.
fn lines() -> Progress {
    let last = Mutex::new((String::new(), 0));
    Progress::new(move |done, total, what| {
        let tenth = (done * 10).checked_div(total).unwrap_or(0);
        let Ok(mut last) = last.lock() else { return };
        if last.0 != what || last.1 != tenth {
            *last = (what.to_owned(), tenth);
            match total {
                0 => eprintln!("{what}: {done}"),
                total => eprintln!("{what}: {done} of {total}"),
            }
        }
    })
}
