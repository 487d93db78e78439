//! Progress on a terminal as a bar, elsewhere as plain lines.

use std::io::IsTerminal as _;
use std::sync::Mutex;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

use crate::progress::Progress;

/// A [`Progress`] that draws on standard error.
pub fn on_terminal() -> Progress {
    if std::io::stderr().is_terminal() { bar() } else { lines() }
}

fn bar() -> Progress {
    let bar = ProgressBar::new(0);
    if let Ok(style) = ProgressStyle::with_template("{msg:<28} {wide_bar} {human_pos}/{human_len} {eta}") {
        bar.set_style(style);
    }
    bar.enable_steady_tick(Duration::from_millis(200));
    Progress::new(move |done, total, stage| {
        // An unknown total is not a total of zero.
        bar.set_length(total.max(done));
        bar.set_position(done);
        bar.set_message(stage.to_string());
        if total > 0 && done >= total {
            bar.finish();
        }
    })
}

/// One line per tenth of the work, so that logs stay short.
fn lines() -> Progress {
    let last = Mutex::new((None, 0));
    Progress::new(move |done, total, stage| {
        let tenth = (done * 10).checked_div(total).unwrap_or(0);
        let Ok(mut last) = last.lock() else { return };
        if last.0.as_ref() != Some(stage) || last.1 != tenth {
            *last = (Some(stage.clone()), tenth);
            match total {
                0 => eprintln!("{stage}: {done}"),
                total => eprintln!("{stage}: {done} of {total}"),
            }
        }
    })
}
