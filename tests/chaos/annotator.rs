//! Simulated annotators: each behaves like the desk, which keeps an answer until its receipt came and sends it again with the
//! same id. On top of that they repeat, reorder, double and cut requests, answer groups, change and take back.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use rand::rngs::StdRng;
use rand::seq::SliceRandom as _;
use rand::{RngExt as _, SeedableRng as _};
use serde_json::{Value, json};

use crate::history::{Ground, History, Said, What};
use crate::place::{SLUG, shown};
use crate::wire::{Line, Reply};

/// A sample somebody holds.
#[derive(Debug, Clone, PartialEq)]
struct Held {
    sample: i64,
    lease: String,
    /// The place among the classes that its picture shows.
    shows: usize,
}

/// What waits for a receipt.
#[derive(Debug, Clone, PartialEq)]
enum Waiting {
    Answer { id: String, sample: i64, said: Said, ground: Ground, next: u32 },
    Group { class: i64, members: Vec<(String, i64, String)> },
    Undo { id: String },
}

/// One person at the desk.
pub struct Annotator {
    name: String,
    line: Line,
    history: Arc<History>,
    classes: Vec<i64>,
    rng: StdRng,
    /// Longest pause between two actions.
    think: Duration,
    held: Vec<Held>,
    outbox: Vec<Waiting>,
    /// Acknowledged and not changed since: id, sample and what was said.
    mine: Vec<(String, i64, Said)>,
    /// Requests of answers that were acknowledged once.
    old: Vec<Value>,
    twins: Vec<JoinHandle<()>>,
}

/// How an annotator is set up.
pub struct Person {
    pub name: String,
    pub line: Line,
    pub classes: Vec<i64>,
    pub seed: u64,
    pub think: Duration,
}

fn path(rest: &str) -> String {
    format!("/api/v1/projects/{SLUG}/{rest}")
}

impl Annotator {
    pub fn new(person: Person, history: Arc<History>) -> Self {
        Self {
            name: person.name,
            line: person.line,
            history,
            classes: person.classes,
            rng: StdRng::seed_from_u64(person.seed),
            think: person.think,
            held: Vec::new(),
            outbox: Vec::new(),
            mine: Vec::new(),
            old: Vec::new(),
            twins: Vec::new(),
        }
    }

    /// Label until `stop`, then until nothing waits for a receipt any more; what still waits after `patience`.
    pub fn run(mut self, stop: &AtomicBool, patience: Duration) -> usize {
        let mut until = None;
        loop {
            let stopping = stop.load(Ordering::Relaxed);
            if stopping {
                let until = *until.get_or_insert_with(|| std::time::Instant::now() + patience);
                if self.outbox.is_empty() || std::time::Instant::now() > until {
                    break;
                }
            }
            self.send_all(stopping);
            if !stopping {
                self.act();
            }
            let pause = self.think.mul_f64(self.rng.random());
            thread::sleep(pause);
        }
        for twin in self.twins.drain(..) {
            let _ = twin.join();
        }
        self.outbox.len()
    }

    /// One answer by a person who wants to know whether the server works: to a new sample or, where none is left, another one to an
    /// old. Whether a receipt came.
    pub fn label_one(&mut self) -> bool {
        let before = self.old.len();
        if self.held.is_empty() && self.outbox.is_empty() {
            self.lease();
        }
        if self.outbox.is_empty() {
            if !self.held.is_empty() {
                self.say();
            } else if !self.mine.is_empty() {
                self.change();
            }
        }
        self.send_all(true);
        self.old.len() > before
    }

    fn note(&self, what: What) {
        self.history.note(&self.name, what);
    }

    fn act(&mut self) {
        let dice = self.rng.random::<f64>();
        if self.held.is_empty() {
            if dice < 0.12 { self.lease_group() } else { self.lease() }
        } else if dice < 0.06 && !self.mine.is_empty() {
            let (id, ..) = self.mine.swap_remove(self.mine.len() - 1);
            self.note(What::Undoing { id: id.clone() });
            self.outbox.push(Waiting::Undo { id });
        } else if dice < 0.10 && !self.mine.is_empty() {
            self.change();
        } else if dice < 0.12 {
            self.give_back();
        } else if dice < 0.16 && !self.old.is_empty() {
            self.repeat();
        } else {
            self.say();
        }
    }

    /// A call that may find nobody there.
    fn post(&mut self, rest: &str, body: &Value) -> Option<Reply> {
        let asked = self.history.now();
        let reply = self.line.post(&path(rest), body).ok();
        self.seen(reply, asked)
    }

    /// Note what failed of what was asked then; nothing where there is no use in reading on.
    fn seen(&self, reply: Option<Reply>, asked: u64) -> Option<Reply> {
        let Some(reply) = reply else {
            thread::sleep(Duration::from_millis(20));
            return None;
        };
        if reply.status == 429 || reply.status >= 500 {
            let retry_after = reply.retry_after.is_some();
            self.note(What::Failed { status: reply.status, code: reply.code(), retry_after, asked });
            thread::sleep(Duration::from_millis(50));
            return None;
        }
        Some(reply)
    }

    fn lease(&mut self) {
        self.note(What::Asked { group: false });
        let body = json!({ "count": self.rng.random_range(1..=5), "resume": self.rng.random_bool(0.3) });
        let asked = self.history.now();
        let Some(reply) = self.post("leases", &body) else { return };
        if reply.status == 200 {
            self.take(&reply.json()["leases"], asked, false);
        } else {
            self.strange("leases", &reply);
        }
    }

    fn lease_group(&mut self) {
        self.note(What::Asked { group: true });
        let body = json!({ "size": self.rng.random_range(2..=6) });
        let asked = self.history.now();
        let Some(reply) = self.post("groups", &body) else { return };
        if reply.status == 408 {
            // A group is computed by the threads that train, and waits for a round that runs: on a slow machine for too long.
            return self.note(What::Failed { status: 408, code: reply.code(), retry_after: false, asked });
        }
        if reply.status != 200 {
            return self.strange("groups", &reply);
        }
        let before = self.held.len();
        self.take(&reply.json()["group"]["leases"], asked, true);
        let group = self.held.split_off(before);
        if let Some(first) = group.first() {
            let class = self.classes[first.shows];
            let id = || uuid::Uuid::new_v4().to_string();
            let members: Vec<_> = group.into_iter().map(|held| (id(), held.sample, held.lease)).collect();
            for (id, sample, lease) in &members {
                let (said, ground) = (Said::Class(class), Ground::Lease(lease.clone()));
                self.note(What::Sent { id: id.clone(), sample: *sample, said, ground });
            }
            self.outbox.push(Waiting::Group { class, members });
        }
    }

    /// Take what the reply to a request that left at `asked` leased, except what is held already.
    fn take(&mut self, leases: &Value, asked: u64, group: bool) {
        for one in leases.as_array().into_iter().flatten() {
            let (Some(sample), Some(lease)) = (one["sample"]["id"].as_i64(), one["lease"].as_str()) else { continue };
            if self.waits_with(lease) || self.held.iter().any(|held| held.lease == lease) {
                continue;
            }
            self.note(What::Leased { sample, lease: lease.to_owned(), group, asked });
            let shows = shown(one["sample"]["name"].as_str().unwrap_or_default());
            self.held.push(Held { sample, lease: lease.to_owned(), shows });
        }
    }

    fn waits_with(&self, lease: &str) -> bool {
        self.outbox.iter().any(|waiting| match waiting {
            Waiting::Answer { ground, .. } => *ground == Ground::Lease(lease.to_owned()),
            Waiting::Group { members, .. } => members.iter().any(|(.., with)| with == lease),
            Waiting::Undo { .. } => false,
        })
    }

    fn say(&mut self) {
        let Held { sample, lease, shows } = self.held.remove(0);
        let said = if self.rng.random_bool(0.08) {
            Said::Skip("unsure".to_owned())
        } else {
            let slip = usize::from(self.rng.random_bool(0.1));
            Said::Class(self.classes[(shows + slip) % self.classes.len()])
        };
        let next = if self.rng.random_bool(0.3) { self.rng.random_range(1..=2) } else { 0 };
        self.queue(sample, said, Ground::Lease(lease), next);
    }

    fn change(&mut self) {
        let (before, sample, _) = self.mine.swap_remove(self.mine.len() - 1);
        let said = Said::Class(self.classes[self.rng.random_range(0..self.classes.len())]);
        self.queue(sample, said, Ground::Change(before), 0);
    }

    fn queue(&mut self, sample: i64, said: Said, ground: Ground, next: u32) {
        let id = uuid::Uuid::new_v4().to_string();
        self.note(What::Sent { id: id.clone(), sample, said: said.clone(), ground: ground.clone() });
        self.outbox.push(Waiting::Answer { id, sample, said, ground, next });
    }

    fn give_back(&mut self) {
        let Held { sample, lease, .. } = self.held.swap_remove(self.held.len() - 1);
        self.note(What::GivingBack { sample, lease: lease.clone() });
        let asked = self.history.now();
        let reply = self.line.delete(&path(&format!("leases/{lease}"))).ok();
        if let Some(reply) = self.seen(reply, asked).filter(|reply| ![204, 404].contains(&reply.status)) {
            self.strange("giving back", &reply);
        }
    }

    /// An old answer once more, with the same id: it must be known.
    fn repeat(&mut self) {
        let body = self.old[self.rng.random_range(0..self.old.len())].clone();
        let Some(reply) = self.post("annotations", &body) else { return };
        if reply.status != 200 || reply.json()["sample"] != body["sample"] {
            self.strange("an old answer", &reply);
        }
    }

    /// Send what waits, in any order; what gets no receipt stays. `gently`: without tricks.
    fn send_all(&mut self, gently: bool) {
        self.outbox.shuffle(&mut self.rng);
        for waiting in std::mem::take(&mut self.outbox) {
            let done = match &waiting {
                Waiting::Answer { id, sample, said, ground, next } => {
                    let body = body_of(id, *sample, said, ground, *next);
                    self.send(id, *sample, said, &body, gently)
                }
                Waiting::Group { class, members } => self.send_group(*class, members),
                Waiting::Undo { id } => self.send_undo(id),
            };
            if !done {
                self.outbox.push(waiting);
            }
        }
    }

    /// Whether the server has said its last word.
    fn send(&mut self, id: &str, sample: i64, said: &Said, body: &Value, gently: bool) -> bool {
        let trick = if gently { 1.0 } else { self.rng.random::<f64>() };
        if trick < 0.08 {
            // Half of them are cut somewhere; the others arrive whole, and nobody waits for the reply.
            let share = if trick < 0.04 { self.rng.random() } else { 1.0 };
            let _ = self.line.cut(&path("annotations"), body, share);
            return false;
        }
        if trick < 0.14 {
            self.send_twin(body);
        }
        let asked = self.history.now();
        let Some(reply) = self.post("annotations", body) else { return false };
        match reply.status {
            200 | 201 => {
                let receipt = reply.json();
                self.note(acknowledged(&receipt));
                self.take(&receipt["leases"], asked, false);
                self.mine.push((id.to_owned(), sample, said.clone()));
                let mut again = body.clone();
                again["next"] = json!(0);
                self.old.push(again);
            }
            status => self.note(What::Refused { id: id.to_owned(), status, code: reply.code() }),
        }
        true
    }

    /// The same request on another connection at the same time.
    fn send_twin(&mut self, body: &Value) {
        let (mut line, history, name) = (self.line.twin(), self.history.clone(), self.name.clone());
        let body = body.clone();
        self.twins.push(thread::spawn(move || {
            let Ok(reply) = line.post(&path("annotations"), &body) else { return };
            if matches!(reply.status, 200 | 201) {
                history.note(&name, acknowledged(&reply.json()));
            }
        }));
    }

    fn send_group(&mut self, class: i64, members: &[(String, i64, String)]) -> bool {
        let answers: Vec<Value> =
            members.iter().map(|(id, sample, lease)| json!({ "id": id, "sample": sample, "lease": lease })).collect();
        let Some(reply) = self.post("groups/answers", &json!({ "class": class, "answers": answers })) else {
            return false;
        };
        if reply.status != 200 {
            self.strange("answers to a group", &reply);
            return true;
        }
        let receipt = reply.json();
        for (id, sample, _) in members {
            if receipt["done"].as_array().is_some_and(|done| done.iter().any(|known| known == id)) {
                let said = Said::Class(class);
                self.note(What::Acknowledged { id: id.clone(), sample: *sample, said: said.clone(), made_at: None });
                self.mine.push((id.clone(), *sample, said));
            } else {
                let of = |one: &&Value| one["id"] == **id;
                let why = receipt["refused"].as_array().and_then(|all| all.iter().find(of)).cloned();
                let code = why.unwrap_or_default()["reason"].as_str().unwrap_or_default().to_owned();
                self.note(What::Refused { id: id.clone(), status: 200, code });
            }
        }
        true
    }

    fn send_undo(&mut self, id: &str) -> bool {
        let asked = self.history.now();
        let reply = self.line.delete(&path(&format!("annotations/{id}"))).ok();
        let Some(reply) = self.seen(reply, asked) else { return false };
        if reply.status == 200 {
            let receipt = reply.json();
            let undo = receipt["id"].as_str().unwrap_or_default().to_owned();
            self.note(What::Undone { id: id.to_owned(), undo });
            self.take(&receipt["leases"], asked, false);
        } else {
            self.strange("an undo", &reply);
        }
        true
    }

    fn strange(&self, what: &str, reply: &Reply) {
        let about = format!("{what}: {} {}", reply.status, String::from_utf8_lossy(&reply.body));
        self.note(What::Strange { about });
    }
}

fn body_of(id: &str, sample: i64, said: &Said, ground: &Ground, next: u32) -> Value {
    let mut body = json!({ "id": id, "sample": sample, "seconds": 0.5, "next": next });
    match said {
        Said::Class(class) => body["class"] = json!(class),
        Said::Skip(reason) => body["skip"] = json!(reason),
    }
    match ground {
        Ground::Lease(lease) => body["lease"] = json!(lease),
        Ground::Change(before) => body["changes"] = json!(before),
    }
    body
}

fn acknowledged(receipt: &Value) -> What {
    let text = |field: &str| receipt[field].as_str().map(str::to_owned);
    let said = match receipt["class"].as_i64() {
        Some(class) => Said::Class(class),
        None => Said::Skip(text("skip").unwrap_or_default()),
    };
    let sample = receipt["sample"].as_i64().unwrap_or_default();
    What::Acknowledged { id: text("id").unwrap_or_default(), sample, said, made_at: text("made_at") }
}
