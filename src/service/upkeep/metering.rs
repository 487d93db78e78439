//! The server's counters, as text for Prometheus.

use crate::domain::JobStatus;
use crate::meter;
use crate::service::{App, ServiceError, background};
use crate::store::rounds::RoundStatus;

/// States that are always shown, as every kind of job is, so that a series that is absent means a server that is gone.
const ROUND_STATES: [RoundStatus; 2] = [RoundStatus::Finished, RoundStatus::Failed];

/// Every counter of the process and of the database.
pub async fn text(app: &App) -> Result<String, ServiceError> {
    let now = app.store.standing(app.clock.now()).await?;
    let meter = &app.meter;
    let totals = now.totals;
    meter.gauge(meter::PROJECTS, &[], totals.projects);
    meter.gauge(meter::SAMPLES, &[("state", "labeled")], totals.labeled);
    meter.gauge(meter::SAMPLES, &[("state", "skipped")], totals.skipped);
    meter.gauge(meter::SAMPLES, &[("state", "waiting")], totals.samples - totals.labeled - totals.skipped);
    meter.total(meter::ANSWERS, &[], totals.answers);
    meter.total(meter::LEASES, &[], totals.asked);
    meter.gauge(meter::LEASED, &[], now.leased);
    meter.gauge(meter::QUEUE, &[], now.queued);
    for state in ROUND_STATES {
        let rounds = now.rounds.iter().find(|rounds| rounds.state == state);
        meter.total(meter::ROUNDS, &[("state", state.as_str())], rounds.map_or(0, |rounds| rounds.n));
        if state == RoundStatus::Finished {
            let ms = rounds.map_or([0.0; 3], |rounds| [rounds.fit_ms, rounds.score_ms, rounds.rank_ms]);
            for (step, ms) in ["fit", "score", "rank"].into_iter().zip(ms) {
                meter.total(meter::ROUND_MS, &[("step", step)], ms.round() as i64);
            }
        }
    }
    for kind in background::kinds().map(|kind| kind.name) {
        for state in JobStatus::ALL {
            let jobs = now.jobs.iter().find(|jobs| jobs.kind == kind && jobs.state == state);
            meter.gauge(meter::JOBS, &[("kind", kind), ("state", state.as_str())], jobs.map_or(0, |jobs| jobs.n));
        }
    }
    Ok(meter.text())
}
