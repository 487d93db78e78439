//! Answer to next sample over HTTP: many annotators at once on a pool of 10,000 samples, every commit durable.
//!
//! `cargo bench --bench answers` starts the server in this process on the loopback address, gives each annotator an
//! account and a token of its own, and lets each answer as fast as the server replies: one request stores the answer
//! and brings the next sample. It prints answers a second, latencies, the number of samples that two people were given
//! (must be 0), and for comparison the cost of a flush of this disk. With `-- --rounds`, training runs in the
//! background all the while.
//!
//! Latencies are the client's, so they include the client's own work on the same cores.

#![expect(clippy::print_stdout, reason = "its numbers are its result")]

use std::collections::HashMap;
use std::io::Write as _;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use querist::clock::Clock;
use querist::cpu::Cpu;
use querist::data::DataDir;
use querist::domain::{Facts, Lots, ProjectId, Role, SampleId};
use querist::math::random;
use querist::runtime::{LazyRuntime, Settings};
use querist::service::App;
use querist::service::people::accounts::{self, NewAccount};
use querist::service::projects;
use querist::store::Store;
use querist::store::embeddings::EmbeddingFile;
use querist::store::encoders::{EncoderKind, NewEncoder};
use querist::store::projects::NewProject;
use querist::store::samples::NewSample;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

const POOL: i64 = 10_000;
const DIM: usize = 384;
const CLASSES: i64 = 10;
const SECONDS: u64 = 6;
const SLUG: &str = "load";

fn main() {
    let rounds = std::env::args().any(|arg| arg == "--rounds");
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("a runtime starts");
    runtime.block_on(async {
        flush_cost(folder().path());
        for annotators in [8, 50] {
            run(folder().path(), annotators, rounds).await;
        }
    });
}

/// On the disk of the current folder: the system's temporary folder may be in memory, where a flush costs nothing.
fn folder() -> tempfile::TempDir {
    tempfile::tempdir_in(".").expect("the current folder is writable")
}

/// The disk's own time for 4 KiB that must be durable: the lower bound for every answer.
fn flush_cost(folder: &Path) {
    let mut file = std::fs::File::create(folder.join("flush")).expect("a file is made");
    let mut times: Vec<f64> = (0..300)
        .map(|_| {
            let started = Instant::now();
            file.write_all(&[7; 4096]).and_then(|()| file.sync_data()).expect("the disk writes");
            started.elapsed().as_secs_f64() * 1e3
        })
        .collect();
    times.sort_by(f64::total_cmp);
    println!("disk flush of 4 KiB: p50 {:.2} ms, p99 {:.2} ms", at(&times, 0.5), at(&times, 0.99));
}

fn at(sorted: &[f64], quantile: f64) -> f64 {
    sorted[((sorted.len() - 1) as f64 * quantile).round() as usize]
}

async fn run(folder: &Path, annotators: usize, rounds: bool) {
    let data = DataDir::open(folder).expect("the data folder is made");
    let store = Store::open(&data.database().to_string_lossy()).await.expect("the database opens");
    store.migrate().await.expect("the tables are made");
    let cpu = Cpu::new(0).expect("threads start");
    let app = App::new(store, data, cpu, Clock::System, LazyRuntime::new(Settings::default()));
    let (project, classes) = pool(&app, rounds).await;
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port is free");
    let address = listener.local_addr().expect("it has an address");
    let (stop, tracker) = (CancellationToken::new(), TaskTracker::new());
    if rounds {
        querist::jobs::start(&app, querist::post::Reach::Public, &tracker, &stop);
    }
    tokio::spawn(querist::web::serve(app.clone(), listener, stop.clone()));
    let mut tokens = Vec::new();
    for i in 0..annotators {
        let name = format!("person-{i}");
        let new = NewAccount { name: &name, role: Role::Annotator, project: Some(SLUG), password: None };
        let account = accounts::add(&app, new).await.expect("an account is made").id;
        let token = accounts::new_token(&app, account, "load").await.expect("a token is made");
        tokens.push(token.reveal().to_owned());
    }
    let classes = Arc::new(classes);
    let started = Instant::now();
    let until = started + Duration::from_secs(SECONDS);
    let people: Vec<_> =
        tokens.into_iter().map(|token| tokio::spawn(annotate(address, token, Arc::clone(&classes), until))).collect();
    let (mut times, mut given) = (Vec::new(), HashMap::<i64, usize>::new());
    for person in people {
        let (took, samples) = person.await.expect("an annotator ends");
        times.extend(took);
        for sample in samples {
            *given.entry(sample).or_default() += 1;
        }
    }
    let seconds = started.elapsed().as_secs_f64();
    times.sort_by(f64::total_cmp);
    let twice = given.values().filter(|n| **n > 1).count();
    let newest = app.store.latest_round(project).await.expect("rounds can be read").map_or(0, |round| round.number);
    println!(
        "{annotators} annotators: {:.0} answers/s, p50 {:.2} ms, p99 {:.2} ms, max {:.2} ms; {} answers, {twice} samples \
         given to two people, {newest} rounds meanwhile",
        times.len() as f64 / seconds,
        at(&times, 0.5),
        at(&times, 0.99),
        at(&times, 1.0),
        times.len(),
    );
    let tally = app.store.tally(project).await.expect("the tally is there");
    assert_eq!(tally.answers as usize, times.len(), "every answer is one annotation");
    stop.cancel();
    tracker.close();
    tracker.wait().await;
    app.store.close().await;
}

/// A project with samples that have no pictures, and with embeddings where rounds are to run.
async fn pool(app: &App, rounds: bool) -> (ProjectId, Vec<i64>) {
    let now = app.clock.now();
    let classes = (0..CLASSES).map(|i| format!("class {i}")).collect();
    let new = NewProject { classes, ..projects::plain(SLUG, Lots::new([1; 16])) };
    let id = app.store.add_project(&new, now).await.expect("the project is made").expect("its slug is free");
    let admin = NewAccount { name: "admin", role: Role::Admin, project: None, password: None };
    let admin = accounts::add(app, admin).await.expect("an admin is made").id;
    let sample = |i: i64| {
        let draw = random::hash(1, i as u64);
        NewSample {
            hash: format!("{i:064x}"),
            name: format!("{i}.jpg"),
            facts: Facts::image("jpeg", 1, 1),
            size_bytes: 1,
            audit: random::unit(draw) < 0.1,
            draw: (draw >> 1) as i64,
            metadata: None,
            label: None,
            ..NewSample::default()
        }
    };
    let samples: Vec<NewSample> = (0..POOL).map(sample).collect();
    for part in samples.chunks(500) {
        app.store.insert_samples(id, part, &[], admin, now).await.expect("samples go in");
    }
    if rounds {
        embeddings(app, id).await;
    }
    let classes = app.store.classes(id).await.expect("classes are there").into_iter().map(|class| class.id.0).collect();
    (id, classes)
}

/// Ten loose clusters. The annotators answer with the cluster's number, so that there is something to learn.
async fn embeddings(app: &App, project: ProjectId) {
    let new = NewEncoder {
        name: "load".to_owned(),
        project: None,
        kind: EncoderKind::Onnx,
        spec: "{}".to_owned(),
        dim: DIM,
        sha256: String::new(),
        learned_from: None,
    };
    let made = app.store.add_encoder(&new, app.clock.now()).await.expect("the row is made");
    let encoder = made.expect("its name is free");
    app.store.choose_encoder(project, encoder).await.expect("the project takes it");
    let mut file = EmbeddingFile::open(&app.data.embeddings(encoder, SLUG), encoder, DIM).expect("the file opens");
    let value = |id: i64, d: usize| {
        let centre = random::unit(random::hash((id % CLASSES) as u64, d as u64));
        (centre + random::unit(random::hash(id as u64 + 1000, d as u64)) - 1.0) as f32
    };
    let ids: Vec<SampleId> = (1..=POOL).map(SampleId).collect();
    let mut rows: Vec<f32> = ids.iter().flat_map(|id| (0..DIM).map(move |d| value(id.0, d))).collect();
    file.append(&ids, &mut rows).expect("the rows are written");
}

/// Answer until the time is over: the latencies in milliseconds, and every sample this person was given.
async fn annotate(address: SocketAddr, token: String, classes: Arc<Vec<i64>>, until: Instant) -> (Vec<f64>, Vec<i64>) {
    let mut line = TcpStream::connect(address).await.expect("the server answers");
    line.set_nodelay(true).expect("small packets leave at once");
    let mut waiting = leases(&post(&mut line, &token, "leases", r#"{"count":2}"#).await);
    let mut given: Vec<i64> = waiting.iter().map(|(sample, _)| *sample).collect();
    let mut times = Vec::new();
    while Instant::now() < until {
        let Some((sample, lease)) = waiting.pop() else { break };
        let class = classes[(sample % CLASSES) as usize];
        let id = uuid::Uuid::new_v4();
        let body =
            format!(r#"{{"id":"{id}","sample":{sample},"lease":"{lease}","class":{class},"seconds":1.0,"next":1}}"#);
        let started = Instant::now();
        let receipt = post(&mut line, &token, "annotations", &body).await;
        times.push(started.elapsed().as_secs_f64() * 1e3);
        let next = leases(&receipt);
        given.extend(next.iter().map(|(sample, _)| *sample));
        waiting.splice(0..0, next);
    }
    (times, given)
}

fn leases(answer: &serde_json::Value) -> Vec<(i64, String)> {
    let one = |lease: &serde_json::Value| Some((lease["sample"]["id"].as_i64()?, lease["lease"].as_str()?.to_owned()));
    answer["leases"].as_array().map(|all| all.iter().filter_map(one).collect()).unwrap_or_default()
}

/// One request on a connection that stays open. The server answers with a length and JSON.
async fn post(line: &mut TcpStream, token: &str, what: &str, body: &str) -> serde_json::Value {
    let request = format!(
        "POST /api/v1/projects/{SLUG}/{what} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {token}\r\n\
         Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    );
    line.write_all(request.as_bytes()).await.expect("the request is sent");
    let mut read = Vec::with_capacity(2048);
    loop {
        let n = line.read_buf(&mut read).await.expect("the reply is read");
        assert!(n > 0, "the server hung up");
        let Some(end) = read.windows(4).position(|four| four == b"\r\n\r\n") else { continue };
        let head = String::from_utf8_lossy(&read[..end]).to_lowercase();
        let length = head.split("content-length: ").nth(1).and_then(|rest| rest.lines().next());
        let length: usize = length.and_then(|n| n.trim().parse().ok()).expect("the reply says its length");
        if read.len() >= end + 4 + length {
            let text = &read[end + 4..end + 4 + length];
            assert!(head.starts_with("http/1.1 20"), "{head}\n{}", String::from_utf8_lossy(text));
            return serde_json::from_slice(text).expect("the reply is JSON");
        }
    }
}
