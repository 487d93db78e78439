//! Querist under attack: people at work whose every step is kept, faults inflicted on the server meanwhile, and a judge who compares
//! what they saw with what is stored. `docs/proof.md` says what is proven and how to run it.

#![expect(clippy::unwrap_used, reason = "in a test, whatever is not there is a failure")]

mod annotator;
mod checker;
mod database;
mod faults;
mod history;
mod place;
mod plants;
mod proxy;
mod scene;
mod server;
mod shim;
#[path = "../it/support/signal.rs"]
mod signal;
mod spoiled;
mod stored;
#[path = "../../src/testing.rs"]
mod testing;
mod wire;

use std::thread::sleep;
use std::time::Duration;

use database::Database;
use faults::{Fault, On, When};
use history::What;
use place::Plan;
use rand::rngs::StdRng;
use rand::seq::SliceRandom as _;
use rand::{RngExt as _, SeedableRng as _};
use scene::Scene;

/// People who label while the faults come.
const ANNOTATORS: usize = 6;

/// Pictures for so many faults.
fn plan(faults: usize) -> Plan {
    Plan { pictures: 600 + 60 * faults as u64, dim: 8, annotators: ANNOTATORS, threads: 1 }
}

fn suits(fault: &Fault, database: &Database) -> bool {
    match database {
        Database::Sqlite => fault.on != On::Postgres,
        Database::Postgres { .. } => fault.on != On::Sqlite,
    }
}

/// Inflict these on a server of its own, and judge. Every plant must be found in what was read, too.
fn suffer(database: Database, faults: &[&Fault], seed: u64) {
    let mut scene = Scene::open(database, plan(faults.len()), seed);
    for fault in faults {
        scene.suffer(fault);
    }
    let closed = scene.close();
    plants::are_found(&closed.history.events(), &closed.stored, closed.terms, false);
    eprintln!("{}", closed.end());
}

/// A fault as a row of the table in `docs/proof.md`.
fn row(fault: &Fault) -> String {
    let on = match fault.on {
        On::Both => "both",
        On::Sqlite => "SQLite",
        On::Postgres => "PostgreSQL",
    };
    let when = match fault.when {
        When::Always(_) => "always",
        When::ByHand => "`make chaos`",
    };
    format!("| {} | {} | {} | {on} | {when} |", fault.name, fault.how, fault.expected)
}

#[test]
fn the_documentation_lists_every_fault() {
    let page = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/proof.md")).unwrap();
    let missing: Vec<String> = faults::all().map(row).filter(|row| !page.contains(row)).collect();
    assert!(missing.is_empty(), "docs/proof.md lacks\n{}", missing.join("\n"));
}

/// The faults of every test run, in an order drawn from the seed.
fn always(database: &Database, seed: u64) -> Vec<&'static Fault> {
    let mut chosen = Vec::new();
    for fault in faults::all().filter(|fault| suits(fault, database)) {
        if let When::Always(n) = fault.when {
            chosen.extend(std::iter::repeat_n(fault, n as usize));
        }
    }
    chosen.shuffle(&mut StdRng::seed_from_u64(seed));
    chosen
}

#[test]
fn the_judge_sees_every_kind_of_violation() {
    let scene = Scene::open(Database::Sqlite, Plan { pictures: 400, ..plan(0) }, 3);
    // Until there is something to spoil.
    for _ in 0..600 {
        let n = |which: fn(&What) -> bool| scene.history.count(which);
        let answers = n(|what| matches!(what, What::Acknowledged { .. }));
        if answers >= 80 && n(|what| matches!(what, What::Undone { .. })) >= 3 {
            break;
        }
        sleep(Duration::from_millis(100));
    }
    let closed = scene.close();
    let report = closed.judge();
    assert!(report.violations.is_empty(), "a run without faults: {}", report.summary());
    plants::are_found(&closed.history.events(), &closed.stored, closed.terms, true);
    spoiled::is_seen(&closed);
    eprintln!("{}", closed.end());
}

#[test]
fn nothing_is_lost_or_doubled_on_sqlite() {
    let faults = always(&Database::Sqlite, 1);
    suffer(Database::Sqlite, &faults, 1);
}

#[test]
fn nothing_is_lost_or_doubled_on_postgresql() {
    match Database::postgres() {
        Some(database) => {
            let faults = always(&database, 2);
            suffer(database, &faults, 2);
        }
        None => testing::skip("PostgreSQL: set QUERIST_TEST_POSTGRES_URL, or run `make test`"),
    }
}

/// `make chaos`: `QUERIST_CHAOS_ROUNDS` faults drawn from all (or those whose name holds `QUERIST_CHAOS_FAULT`), on both engines.
#[test]
#[ignore = "takes as long as it is told to: make chaos"]
fn campaign() {
    let from = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
    let rounds: usize = from("QUERIST_CHAOS_ROUNDS").map_or(40, |n| n.parse().unwrap());
    let seed: u64 = from("QUERIST_CHAOS_SEED").map_or(1, |n| n.parse().unwrap());
    let wanted = from("QUERIST_CHAOS_FAULT").unwrap_or_default();
    let mut rng = StdRng::seed_from_u64(seed);
    for database in [Some(Database::Sqlite), Database::postgres()].into_iter().flatten() {
        let named = |fault: &&Fault| suits(fault, &database) && fault.name.contains(&wanted);
        let all: Vec<&Fault> = faults::all().filter(named).collect();
        assert!(!all.is_empty(), "no fault is called {wanted}");
        // Each once, and the rest at random.
        let mut chosen = all.clone();
        chosen.shuffle(&mut rng);
        chosen.resize_with(rounds, || all[rng.random_range(0..all.len())]);
        suffer(database, &chosen, seed);
    }
}
