//! Annotators who arrive whether or not the server keeps up: latencies without coordinated omission.
//!
//! `make load`, or `cargo bench --bench load -- --annotators 50,200 --samples 10000 --seconds 20 --think 1`. Each annotator has a plan
//! of times at which answers are due, drawn beforehand, and sends late what it could not send in time; a latency counts from the
//! time that was meant (Tene 2013, "How not to measure latency"). With `--closed` each sends as soon as the last receipt is there.
//! Rounds run by the project's rule all the while, and a lead opens the insight page every two seconds. The server is a process of
//! its own; both share the machine, so the clients' work is in the latencies and not in the processor time.

#![expect(clippy::unwrap_used, reason = "a figure of a run that failed is no figure")]
#![expect(clippy::print_stdout, reason = "its numbers are its result")]

#[path = "../tests/chaos/database.rs"]
#[expect(dead_code, reason = "the tests read more")]
mod database;
#[path = "../tests/chaos/place.rs"]
#[expect(dead_code, reason = "the tests import more")]
mod place;
#[path = "../tests/chaos/server.rs"]
mod server;
#[path = "../tests/chaos/shim.rs"]
#[expect(dead_code, reason = "the disk is as it is here")]
mod shim;
#[path = "../tests/it/support/signal.rs"]
mod signal;
#[path = "../tests/chaos/wire.rs"]
#[expect(dead_code, reason = "the tests cut lines")]
mod wire;

use std::collections::{BTreeMap, HashMap};
use std::io::Write as _;
use std::net::SocketAddr;
use std::sync::Arc;
use std::thread::{Builder, sleep};
use std::time::{Duration, Instant};

use hdrhistogram::Histogram;
use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};
use serde_json::{Value, json};

use database::Database;
use place::{Place, Plan, SLUG, shown};
use server::{Server, Start};
use wire::{Line, bearer};

/// Stack of an annotator's thread: a thousand of them should cost little.
const STACK: usize = 256 << 10;
/// People are known by a proxy's word, so that a thousand of them need no tokens.
const LET_IN: [&str; 4] = ["--proxies", "127.0.0.1", "--trust-header", "X-Remote-User"];

/// What is measured.
struct Options {
    annotators: Vec<usize>,
    samples: u64,
    dim: usize,
    seconds: f64,
    /// Mean seconds between two answers of one annotator; `None`: as fast as receipts come.
    think: Option<f64>,
}

/// What one annotator saw.
struct Seen {
    /// Microseconds from the time that was meant to the receipt.
    latency: Histogram<u64>,
    /// ... and from the time when it was sent.
    service: Histogram<u64>,
    /// Replies that are no receipts, by status; 0: none came.
    errors: BTreeMap<u16, u64>,
    given: Vec<i64>,
}

fn histogram() -> Histogram<u64> {
    Histogram::new_with_bounds(1, 600_000_000, 3).unwrap()
}

fn options() -> Options {
    let arguments: Vec<String> = std::env::args().collect();
    let value = |name: &str| arguments.iter().position(|a| a == name).and_then(|at| arguments.get(at + 1)).cloned();
    let number = |name: &str, otherwise: f64| value(name).map_or(otherwise, |text| text.parse().unwrap());
    let annotators = value("--annotators").unwrap_or_else(|| "1,8,50,200,1000".to_owned());
    Options {
        annotators: annotators.split(',').map(|n| n.parse().unwrap()).collect(),
        samples: number("--samples", 10_000.0) as u64,
        dim: number("--dim", 384.0) as usize,
        seconds: number("--seconds", 20.0),
        think: (!arguments.iter().any(|a| a == "--closed")).then(|| number("--think", 1.0)),
    }
}

fn main() {
    let options = options();
    flush_cost();
    println!(
        "| annotators | arrivals | answers/s | p50 | p95 | p99 | p99.9 | p99 once sent | CPU per answer | memory (peak) | rounds | insight page p50, p99 | errors | given twice |"
    );
    println!("|--:|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|---|--:|");
    for annotators in &options.annotators {
        // A project of its own for each row, so that none begins where answers of another ended.
        let plan = Plan { pictures: options.samples, dim: options.dim, annotators: 0, threads: 0 };
        let place = Place::new(plan, Database::Sqlite);
        measure(&place, *annotators, &options);
    }
}

fn path(rest: &str) -> String {
    format!("/api/v1/projects/{SLUG}/{rest}")
}

fn measure(place: &Place, annotators: usize, options: &Options) {
    let mut server = Server::new();
    server.start(place, &Start { files: Some(8192), arguments: &LET_IN, ..Start::default() });
    let address = server.address;
    let mut lead = Line::new(address, bearer(&place.lead));
    let classes = lead.get(&format!("/api/v1/projects/{SLUG}")).unwrap().json();
    let ids = classes["classes"].as_array().unwrap().iter().filter_map(|class| class["id"].as_i64());
    let classes: Arc<Vec<i64>> = Arc::new(ids.collect());
    // Everybody has an account and a first sample before the clock starts.
    let mut admin = Line::new(address, bearer(&place.admin));
    let ready: Vec<(Line, Value)> = (0..annotators).map(|n| arrive(&mut admin, address, n)).collect();
    let before = Usage::of(server.pid());
    let began = Instant::now();
    let until = began + Duration::from_secs_f64(options.seconds);
    let people: Vec<_> = ready
        .into_iter()
        .enumerate()
        .map(|(n, (line, leases))| {
            let (classes, think) = (classes.clone(), options.think);
            let person = move || annotate(line, &leases, &classes, Times::new(n as u64, think, began, until));
            Builder::new().stack_size(STACK).spawn(person).unwrap()
        })
        .collect();
    let insight = look_on(&mut lead, until);
    let seen: Vec<Seen> = people.into_iter().map(|person| person.join().unwrap()).collect();
    let seconds = began.elapsed().as_secs_f64();
    let after = Usage::of(server.pid());
    let rounds = lead.get(&path("rounds?limit=500")).unwrap().json();
    let finished = |round: &&Value| round["state"] == "finished";
    let rounds = rounds["rounds"].as_array().unwrap().iter().filter(finished).count();
    report(annotators, options, &seen, &insight, (seconds, rounds, &before, &after));
    server.stop();
}

/// Add somebody, and give them a first sample and one in reserve.
fn arrive(admin: &mut Line, address: SocketAddr, n: usize) -> (Line, Value) {
    let new = json!({ "name": format!("person-{n}"), "role": "annotator", "project": SLUG });
    let added = admin.post("/api/v1/people", &new).unwrap();
    assert_eq!(added.status, 201, "{}", String::from_utf8_lossy(&added.body));
    let mut line = Line::new(address, format!("X-Remote-User: person-{n}"));
    let reply = line.post(&path("leases"), &json!({ "count": 2 })).unwrap();
    assert_eq!(reply.status, 200, "{}", String::from_utf8_lossy(&reply.body));
    (line, reply.json()["leases"].clone())
}

/// When answers are due.
struct Times {
    rng: StdRng,
    /// Mean seconds between them.
    think: Option<f64>,
    next: Instant,
    until: Instant,
}

impl Times {
    fn new(seed: u64, think: Option<f64>, began: Instant, until: Instant) -> Self {
        let mut rng = StdRng::seed_from_u64(seed);
        let first = think.map_or(0.0, |think| think * rng.random::<f64>());
        Self { rng, think, next: began + Duration::from_secs_f64(first), until }
    }

    /// Wait for the next time, which does not depend on how long anything took; `None` after the end.
    fn next(&mut self) -> Option<Instant> {
        let Some(think) = self.think else {
            return (Instant::now() < self.until).then(Instant::now);
        };
        let due = self.next;
        // Between half and one and a half times the mean: people are neither clocks nor decays of atoms.
        self.next += Duration::from_secs_f64(think * self.rng.random_range(0.5..1.5));
        sleep(due.saturating_duration_since(Instant::now()));
        (due < self.until).then_some(due)
    }
}

fn annotate(mut line: Line, leases: &Value, classes: &[i64], mut times: Times) -> Seen {
    let mut seen = Seen { latency: histogram(), service: histogram(), errors: BTreeMap::new(), given: Vec::new() };
    let mut waiting: Vec<Value> = leases.as_array().cloned().unwrap_or_default();
    while let Some(due) = times.next() {
        let Some(lease) = waiting.pop() else { break };
        let sample = lease["sample"]["id"].as_i64().unwrap();
        seen.given.push(sample);
        let class = classes[shown(lease["sample"]["name"].as_str().unwrap_or_default())];
        let id = uuid::Uuid::new_v4().to_string();
        let body =
            json!({ "id": id, "sample": sample, "lease": lease["lease"], "class": class, "seconds": 1.0, "next": 1 });
        let sent = Instant::now();
        let reply = line.post(&path("annotations"), &body);
        match reply {
            Ok(reply) if reply.status == 201 => {
                seen.latency.record(due.elapsed().as_micros() as u64).unwrap();
                seen.service.record(sent.elapsed().as_micros() as u64).unwrap();
                let next = reply.json()["leases"].as_array().cloned().unwrap_or_default();
                waiting.splice(0..0, next);
            }
            Ok(reply) => *seen.errors.entry(reply.status).or_default() += 1,
            Err(_) => *seen.errors.entry(0).or_default() += 1,
        }
    }
    seen
}

/// Open the insight page every two seconds; how long each took in microseconds.
fn look_on(lead: &mut Line, until: Instant) -> Histogram<u64> {
    let mut took = histogram();
    while Instant::now() < until {
        let asked = Instant::now();
        let reply = lead.get(&format!("/p/{SLUG}/insight")).unwrap();
        assert_eq!(reply.status, 200, "the insight page");
        took.record(asked.elapsed().as_micros() as u64).unwrap();
        sleep(Duration::from_secs(2).min(until.saturating_duration_since(Instant::now())));
    }
    took
}

/// What a process has used so far.
struct Usage {
    /// Seconds of processor time.
    processor: f64,
    resident_mb: u64,
    peak_mb: u64,
}

impl Usage {
    fn of(pid: u32) -> Self {
        let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap();
        // After the name, which may hold blanks, come the state and numbers; user and system time are the 12th and 13th.
        let fields: Vec<&str> = stat.rsplit(')').next().unwrap().split_whitespace().collect();
        let ticks: f64 = fields[11].parse::<f64>().unwrap() + fields[12].parse::<f64>().unwrap();
        let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
        let kilobytes = |name: &str| -> u64 {
            let line = status.lines().find_map(|line| line.strip_prefix(name)).unwrap_or_default();
            line.split_whitespace().next().unwrap_or("0").parse().unwrap()
        };
        // Linux counts hundredths of a second on every machine that Querist is built for.
        Self { processor: ticks / 100.0, resident_mb: kilobytes("VmRSS:") >> 10, peak_mb: kilobytes("VmHWM:") >> 10 }
    }
}

fn report(
    annotators: usize,
    options: &Options,
    seen: &[Seen],
    insight: &Histogram<u64>,
    (seconds, rounds, before, after): (f64, usize, &Usage, &Usage),
) {
    let (mut latency, mut service) = (histogram(), histogram());
    let (mut errors, mut owners) = (BTreeMap::<u16, u64>::new(), HashMap::<i64, usize>::new());
    for one in seen {
        latency.add(&one.latency).unwrap();
        service.add(&one.service).unwrap();
        for (status, n) in &one.errors {
            *errors.entry(*status).or_default() += n;
        }
        for sample in &one.given {
            *owners.entry(*sample).or_default() += 1;
        }
    }
    let twice = owners.values().filter(|n| **n > 1).count();
    let ms = |of: &Histogram<u64>, share: f64| format!("{:.1} ms", of.value_at_quantile(share) as f64 / 1e3);
    let answers = latency.len() as f64;
    let arrivals = options.think.map_or_else(|| "closed".to_owned(), |think| format!("every {think} s"));
    let errors: Vec<String> = errors.iter().map(|(status, n)| format!("{n} x {status}")).collect();
    let errors = if errors.is_empty() { "none".to_owned() } else { errors.join(", ") };
    println!(
        "| {annotators} | {arrivals} | {:.0} | {} | {} | {} | {} | {} | {:.2} ms | {} ({}) MB | {rounds} | {}, {} | {errors} | {twice} |",
        answers / seconds,
        ms(&latency, 0.5),
        ms(&latency, 0.95),
        ms(&latency, 0.99),
        ms(&latency, 0.999),
        ms(&service, 0.99),
        (after.processor - before.processor) / answers.max(1.0) * 1e3,
        after.resident_mb,
        after.peak_mb,
        ms(insight, 0.5),
        ms(insight, 0.99),
    );
}

/// The disk's own time for 4 KiB that must be durable, the lower bound for every answer; and how busy the machine was before.
fn flush_cost() {
    let folder = tempfile::tempdir_in(".").unwrap();
    let mut file = std::fs::File::create(folder.path().join("flush")).unwrap();
    let mut took = histogram();
    for _ in 0..300 {
        let started = Instant::now();
        file.write_all(&[7; 4096]).and_then(|()| file.sync_data()).unwrap();
        took.record(started.elapsed().as_micros() as u64).unwrap();
    }
    let busy = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    let ms = |share: f64| took.value_at_quantile(share) as f64 / 1e3;
    println!("flush of 4 KiB: p50 {:.2} ms, p99 {:.2} ms; load average before: {}", ms(0.5), ms(0.99), busy.trim());
}
