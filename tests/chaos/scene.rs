//! A server with people at work, on which faults are inflicted; afterwards everything is judged.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle, sleep};
use std::time::{Duration, Instant};

use rand::SeedableRng as _;
use rand::rngs::StdRng;
use serde_json::{Value, json};

use crate::annotator::{Annotator, Person};
use crate::checker::{self, Report, Terms};
use crate::database::Database;
use crate::faults::Fault;
use crate::history::{History, What};
use crate::place::{Place, Plan, SLUG};
use crate::proxy::Proxy;
use crate::server::{Server, Start};
use crate::shim::{Disk, Shim};
use crate::stored::Stored;
use crate::wire::{Line, bearer};

/// Within this time after a fault an answer must get its receipt.
const RECOVERY: Duration = Duration::from_secs(30);
/// Longest pause of an annotator between two actions.
const THINK: Duration = Duration::from_millis(250);

/// Everything that a fault may lay hands on.
pub struct Scene {
    pub place: Place,
    pub server: Server,
    pub proxy: Proxy,
    pub shim: Shim,
    pub history: Arc<History>,
    pub rng: StdRng,
    pub terms: Terms,
    /// Pictures drawn so far, so that each import brings new ones.
    pub drawn: u64,
    /// A lead's line past the proxy.
    pub lead: Line,
    /// The same of a server's admin.
    pub admin: Line,
    /// Somebody who labels past the proxy, to see whether the server works.
    probe: Annotator,
    people: Vec<JoinHandle<usize>>,
    stop: Arc<AtomicBool>,
}

impl Scene {
    /// Set a project up, start its server, and put people to work.
    pub fn open(database: Database, plan: Plan, seed: u64) -> Self {
        let place = Place::new(Plan { annotators: plan.annotators + 1, ..plan }, database);
        let shim = Shim::new(&place.file(""));
        let mut server = Server::new();
        server.start(&place, &Start { shim: Some(&shim), ..Start::default() });
        let proxy = Proxy::before(server.address);
        let history = Arc::new(History::new());
        let line = |token: &String| Line::new(server.address, bearer(token));
        let mut lead = line(&place.lead);
        let state = lead.get(&path("")).unwrap().json();
        let classes: Vec<i64> =
            state["classes"].as_array().unwrap().iter().filter_map(|class| class["id"].as_i64()).collect();
        // A rule that is fast where nothing is optimised: many rounds prove more than a few.
        let mut settings = lead.get(&path("settings")).unwrap().json();
        settings["strategy"] = json!("margin");
        assert_eq!(lead.put(&path("settings"), &settings).unwrap().status, 200);
        let stop = Arc::new(AtomicBool::new(false));
        let mut annotators: Vec<Annotator> = Vec::new();
        for (n, (name, token)) in place.annotators.iter().enumerate() {
            let address = if n == plan.annotators { server.address } else { proxy.address };
            let line = Line::new(address, bearer(token));
            let seed = seed.wrapping_mul(1000) + n as u64;
            let person = Person { name: name.clone(), line, classes: classes.clone(), seed, think: THINK };
            annotators.push(Annotator::new(person, history.clone()));
        }
        let probe = annotators.pop().unwrap();
        let people = annotators
            .into_iter()
            .map(|annotator| {
                let stop = stop.clone();
                thread::spawn(move || annotator.run(&stop, RECOVERY))
            })
            .collect();
        let admin = line(&place.admin);
        Self {
            drawn: plan.pictures,
            rng: StdRng::seed_from_u64(seed),
            terms: Terms::default(),
            place,
            server,
            proxy,
            shim,
            history,
            lead,
            admin,
            probe,
            people,
            stop,
        }
    }

    /// Inflict a fault, wait until answers are stored again, and say what was seen.
    pub fn suffer(&mut self, fault: &Fault) {
        let name = fault.name.to_owned();
        let before = self.failures();
        self.history.note("", What::FaultBegins { name: name.clone(), internal: fault.internal });
        let seen = (fault.inflict)(self);
        let took = self.recover();
        self.history.note("", What::FaultEnds { name });
        let failed = self.failures() - before;
        let engine = self.place.database.name();
        eprintln!(
            "{engine:10} {:24} {seen}; {failed} failures told; receipt after {:.1} s",
            fault.name,
            took.as_secs_f64()
        );
    }

    fn failures(&self) -> usize {
        self.history.count(|what| matches!(what, What::Failed { .. }))
    }

    /// Wait until an answer has its receipt.
    fn recover(&mut self) -> Duration {
        let began = Instant::now();
        while !self.probe.label_one() {
            let log = crate::server::log_end(&self.place);
            assert!(began.elapsed() < RECOVERY, "no answer is stored after {RECOVERY:?}: {log}");
            sleep(Duration::from_millis(20));
        }
        began.elapsed()
    }

    /// Start the server again as it was.
    pub fn restart(&mut self) {
        self.start(None, None);
    }

    /// Start it with a folder of ONNX Runtime, and so many files.
    pub fn start(&mut self, runtime: Option<&Path>, files: Option<u32>) {
        self.server.start(&self.place, &Start { shim: Some(&self.shim), runtime, files, ..Start::default() });
        // The old connections are dead.
        (self.lead, self.admin) = (self.lead.twin(), self.admin.twin());
    }

    /// Press the button for a round.
    pub fn ask_round(&mut self) {
        self.history.note("lead", What::RoundAsked);
        let _ = self.lead.post(&path("rounds"), &json!({}));
    }

    /// Ask until there is a good reply; its JSON.
    pub fn lead_gets(&mut self, rest: &str) -> Value {
        let began = Instant::now();
        loop {
            if let Some(reply) = self.lead.get(&path(rest)).ok().filter(|reply| reply.status == 200) {
                return reply.json();
            }
            assert!(began.elapsed() < RECOVERY, "GET {rest} gets no good reply");
            sleep(Duration::from_millis(50));
        }
    }

    /// Wait until a job has ended; its state.
    pub fn job(&mut self, id: i64) -> String {
        for _ in 0..10 {
            let job = self.lead_gets(&format!("jobs/{id}?wait=10"));
            let state = job["state"].as_str().unwrap_or_default().to_owned();
            if !["queued", "running"].contains(&state.as_str()) {
                return state;
            }
        }
        panic!("job {id} does not end: {}", crate::server::log_end(&self.place));
    }

    /// Let everybody finish, stop the server, and read what is stored.
    pub fn close(mut self) -> Closed {
        self.shim.disk(Disk::Well);
        self.proxy.cut(0, 0);
        self.stop.store(true, Ordering::Relaxed);
        let left: usize = self.people.drain(..).map(|person| person.join().unwrap()).sum();
        assert_eq!(left, 0, "so many answers got no receipt within {RECOVERY:?}");
        // What is due is trained, so that every decision can be told from a forgotten one.
        self.lead_gets("rounds/newest?wait=30");
        self.server.stop();
        let stored = Stored::read(&self.place);
        Closed { place: self.place, history: self.history, stored, terms: self.terms }
    }
}

/// An address of the project's API.
pub fn path(rest: &str) -> String {
    let rest = if rest.is_empty() { String::new() } else { format!("/{rest}") };
    format!("/api/v1/projects/{SLUG}{rest}")
}

/// A scene after its end.
pub struct Closed {
    pub place: Place,
    pub history: Arc<History>,
    pub stored: Stored,
    pub terms: Terms,
}

impl Closed {
    pub fn judge(&self) -> Report {
        checker::check(&self.history.events(), &self.stored, self.terms)
    }

    /// Fail with what is wrong, and leave everything for somebody to look at; otherwise remove it.
    pub fn end(self) -> Report {
        let report = self.judge();
        self.place.database.remove();
        if report.violations.is_empty() {
            return report;
        }
        let folder: PathBuf = self.place.keep();
        self.history.save(&folder.join("history.jsonl")).unwrap();
        panic!("{report}\n{}\nkept in {}", report.summary(), folder.display());
    }
}
