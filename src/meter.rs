//! Counters of this process, and their text for Prometheus.
//!
//! What the database knows (answers, leases, rounds, jobs) is read from there when asked for, so that it survives restarts
//! and is the same whichever process did the work; only requests are counted in memory.
//!
//! **Invariant:** labels of a series come from closed sets (routes, methods, statuses, states), so a stranger cannot make
//! new series, and nothing that people wrote is ever shown.

use std::time::Duration;

use metrics::{Key, KeyName, Label, Level, Metadata, Recorder as _, Unit};
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle, PrometheusRecorder};

/// Upper bounds of the latency histogram, in seconds: fine around the ten milliseconds that an answer may take.
const BUCKETS: &[f64] = &[0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0];

const ABOUT: Metadata<'static> = Metadata::new("querist", Level::INFO, None);

/// Every series: its name, and what it counts.
const REQUESTS: (&str, &str) = ("querist_http_requests_total", "Requests answered, by method, route and status.");
const LATENCY: (&str, &str) =
    ("querist_http_request_seconds", "Time from a request to the start of its answer, in seconds.");
pub const PROJECTS: (&str, &str) = ("querist_projects", "Projects on this server.");
pub const SAMPLES: (&str, &str) = ("querist_samples", "Samples by state: labeled, skipped, or waiting for an answer.");
pub const ANSWERS: (&str, &str) = ("querist_answers_total", "Answers stored, skips and undos included.");
pub const LEASES: (&str, &str) = ("querist_leases_granted_total", "Samples handed to somebody.");
pub const LEASED: (&str, &str) = ("querist_leases", "Samples that are with somebody now.");
pub const QUEUE: (&str, &str) = ("querist_queue_length", "Samples in the published queues.");
pub const ROUNDS: (&str, &str) = ("querist_rounds_total", "Rounds by state.");
pub const ROUND_MS: (&str, &str) =
    ("querist_round_milliseconds_total", "Time that finished rounds took, by step: fit, score, rank.");
pub const JOBS: (&str, &str) = ("querist_jobs", "Jobs by kind and state.");

/// All counters and gauges of one application.
pub struct Meter {
    recorder: PrometheusRecorder,
    text: PrometheusHandle,
}

impl Default for Meter {
    fn default() -> Self {
        let builder = PrometheusBuilder::new().set_buckets(BUCKETS).expect("the list of buckets is not empty");
        let recorder = builder.build_recorder();
        let text = recorder.handle();
        for (name, help) in [REQUESTS, ANSWERS, LEASES, ROUNDS, ROUND_MS] {
            recorder.describe_counter(KeyName::from_const_str(name), None, help.into());
        }
        for (name, help) in [PROJECTS, SAMPLES, LEASED, QUEUE, JOBS] {
            recorder.describe_gauge(KeyName::from_const_str(name), None, help.into());
        }
        recorder.describe_histogram(KeyName::from_const_str(LATENCY.0), Some(Unit::Seconds), LATENCY.1.into());
        Self { recorder, text }
    }
}

impl Meter {
    /// One request was answered. `route` is the pattern that matched, never the path.
    pub fn request(&self, method: &'static str, route: &str, status: u16, took: Duration) {
        let of = [Label::new("method", method), Label::new("route", route.to_owned())];
        let mut with_status = of.to_vec();
        with_status.push(Label::new("status", status.to_string()));
        self.recorder.register_counter(&Key::from_parts(REQUESTS.0, with_status), &ABOUT).increment(1);
        self.recorder.register_histogram(&Key::from_parts(LATENCY.0, of.to_vec()), &ABOUT).record(took.as_secs_f64());
    }

    /// Set a counter that is kept elsewhere.
    pub fn total(&self, (name, _): (&'static str, &str), labels: &[(&'static str, &str)], value: i64) {
        self.recorder.register_counter(&key(name, labels), &ABOUT).absolute(value.unsigned_abs());
    }

    pub fn gauge(&self, (name, _): (&'static str, &str), labels: &[(&'static str, &str)], value: i64) {
        self.recorder.register_gauge(&key(name, labels), &ABOUT).set(value as f64);
    }

    /// All counters, in Prometheus's text format.
    pub fn text(&self) -> String {
        self.text.run_upkeep();
        self.text.render()
    }
}

fn key(name: &'static str, labels: &[(&'static str, &str)]) -> Key {
    let labels: Vec<Label> = labels.iter().map(|(name, value)| Label::new(*name, (*value).to_owned())).collect();
    Key::from_parts(name, labels)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_is_counted_once_and_timed_in_its_bucket() {
        let meter = Meter::default();
        meter.request("GET", "/p/{slug}/label", 200, Duration::from_millis(7));
        meter.request("GET", "/p/{slug}/label", 404, Duration::from_millis(70));
        let text = meter.text();
        assert!(
            text.contains(r#"querist_http_requests_total{method="GET",route="/p/{slug}/label",status="200"} 1"#),
            "{text}"
        );
        let bucket = |le: &str| {
            format!(r#"querist_http_request_seconds_bucket{{method="GET",route="/p/{{slug}}/label",le="{le}"}}"#)
        };
        assert!(text.contains(&format!("{} 0", bucket("0.005"))), "{text}");
        assert!(text.contains(&format!("{} 1", bucket("0.01"))), "{text}");
        assert!(text.contains(&format!("{} 2", bucket("+Inf"))), "{text}");
    }

    #[test]
    fn a_counter_kept_elsewhere_takes_its_newest_value() {
        let meter = Meter::default();
        meter.total(ANSWERS, &[], 5);
        meter.total(ANSWERS, &[], 7);
        meter.gauge(JOBS, &[("kind", "round"), ("state", "queued")], 3);
        meter.gauge(JOBS, &[("kind", "round"), ("state", "queued")], 0);
        let text = meter.text();
        assert!(text.contains("querist_answers_total 7"), "{text}");
        assert!(text.contains(r#"querist_jobs{kind="round",state="queued"} 0"#), "{text}");
    }
}
