//! A running job's progress, written to its row a few times a second.

use std::time::Duration;

use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::domain::{JobId, JobNote};
use crate::progress::Progress;
use crate::service::App;
use crate::store::jobs::Job;

/// How often the row is written at most.
const EVERY: Duration = Duration::from_millis(300);

type Told = (u64, u64, JobNote);

pub(super) struct Report {
    progress: Progress,
    end: CancellationToken,
    writer: JoinHandle<()>,
}

impl Report {
    /// A progress whose reports go to `job`'s row, and which asks the work to stop when `stop` is cancelled.
    pub(super) fn start(app: &App, job: &Job, stop: &CancellationToken) -> Self {
        let (send, mut told) = watch::channel::<Told>((0, 0, JobNote::default()));
        let progress = Progress::new(move |done, total, stage| {
            send.send_replace((done, total, JobNote::At { stage: stage.clone() }));
        });
        let end = CancellationToken::new();
        let (app, id, ended, stop, asked) = (app.clone(), job.id, end.clone(), stop.clone(), progress.clone());
        let writer = tokio::spawn(async move {
            loop {
                tokio::select! {
                    () = ended.cancelled() => {
                        // The last report is how far the work came.
                        if told.has_changed().unwrap_or(false) {
                            let (done, total, note) = told.borrow_and_update().clone();
                            write(&app, id, done, total, &note).await;
                        }
                        break;
                    }
                    () = stop.cancelled(), if !asked.stopped() => asked.stop(),
                    changed = told.changed() => {
                        if changed.is_err() {
                            break;
                        }
                        let (done, total, note) = told.borrow_and_update().clone();
                        write(&app, id, done, total, &note).await;
                        tokio::select! {
                            () = ended.cancelled() => {}
                            () = tokio::time::sleep(EVERY) => {}
                        }
                    }
                }
            }
        });
        Self { progress, end, writer }
    }

    /// The progress handed to the work.
    pub(super) fn progress(&self) -> Progress {
        self.progress.clone()
    }

    /// Stop writing; the job's end is written next, and nothing may overtake it.
    pub(super) async fn end(self) {
        self.end.cancel();
        let _ = self.writer.await;
    }
}

async fn write(app: &App, job: JobId, done: u64, total: u64, note: &JobNote) {
    if let Err(error) = app.store.save_job_progress(job, done as i64, total as i64, note).await {
        tracing::warn!(error = crate::causes::line(&error), "progress could not be stored");
    }
}
