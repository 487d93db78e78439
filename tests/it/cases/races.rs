//! People's choices during a computation win: results computed meanwhile never replace them.

use std::path::Path;
use std::time::Duration;

use querist::domain::{EncoderId, JobStatus, Project};
use querist::jobs;
use querist::progress::Progress;
use querist::service::App;
use querist::service::encoders::adding::{self as encoders, EncodersError};
use querist::service::encoders::encoding::{self, EncodeReport};
use querist::service::exchange::importing::LabelsFrom;
use querist::service::rounds::training;
use querist::store::encoders::EncoderRow;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::support::bench::{Bench, png};
use crate::support::models::small_model;
use crate::support::rounds::runtime_is_there;

async fn project(bench: &Bench) -> Project {
    bench.app.store.project(bench.project.id).await.unwrap().unwrap()
}

async fn encode(bench: &Bench) -> EncodeReport {
    let (now, quiet) = (project(bench).await, Box::new(|_, _: &[_], _: &[_]| ()));
    encoding::encode_project(&bench.app, &now, Progress::silent(), quiet).await.unwrap()
}

/// Put pictures `from..to` into the pool.
async fn fill(bench: &Bench, from: u8, to: u8) {
    let folder = bench.dir.path().join(format!("pool-{from}"));
    std::fs::create_dir_all(&folder).unwrap();
    for i in from..to {
        std::fs::write(folder.join(format!("{i}.png")), png(i.wrapping_mul(37), i)).unwrap();
    }
    assert_eq!(bench.import(&folder, LabelsFrom::Nowhere).await.added, u64::from(to - from));
}

async fn added(bench: &Bench, name: &str) -> EncoderId {
    let path = bench.dir.path().join(format!("{name}.onnx"));
    std::fs::write(&path, small_model().to_bytes()).unwrap();
    keep(&bench.app, &path, name).await.unwrap().id
}

async fn keep(app: &App, path: &Path, name: &str) -> Result<EncoderRow, EncodersError> {
    encoders::keep(app, path, name, None).await
}

/// A progress that signals when the work reaches a step with this prefix.
fn telling(what: &'static str) -> (Progress, mpsc::UnboundedReceiver<()>) {
    let (send, receive) = mpsc::unbounded_channel();
    let progress = Progress::new(move |_, _, now| {
        if now.to_string().starts_with(what) {
            let _ = send.send(());
        }
    });
    (progress, receive)
}

#[tokio::test(flavor = "multi_thread")]
async fn an_encoder_chosen_while_the_built_in_one_is_learned_stays_chosen() {
    if !runtime_is_there() {
        return;
    }
    let bench = Bench::new().await;
    fill(&bench, 0, 60).await;
    let mine = added(&bench, "mine").await;
    let (progress, mut learning) = telling("learning");
    let (app, before) = (bench.app.clone(), project(&bench).await);
    let quiet = Box::new(|_, _: &[_], _: &[_]| ());
    let run = tokio::spawn(async move { encoding::encode_project(&app, &before, progress, quiet).await });
    learning.recv().await.unwrap();
    encoders::choose(&bench.app, &project(&bench).await, mine).await.unwrap();
    let report = run.await.unwrap().unwrap();
    let now = project(&bench).await;
    assert_eq!((now.encoder_id, now.next_encoder_id), (Some(mine), None), "{report:?}");
    assert_eq!((report.encoder, report.encoded), (mine, 60));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_encoder_chosen_while_another_is_learned_anew_stays_chosen() {
    if !runtime_is_there() {
        return;
    }
    let bench = Bench::new().await;
    fill(&bench, 0, 40).await;
    encode(&bench).await;
    let mine = added(&bench, "mine").await;
    let (progress, mut learning) = telling("learning");
    let (app, before) = (bench.app.clone(), project(&bench).await);
    let run = tokio::spawn(async move { encoding::relearn(&app, &before, progress).await });
    learning.recv().await.unwrap();
    encoders::choose(&bench.app, &project(&bench).await, mine).await.unwrap();
    let takes_over = run.await.unwrap().unwrap();
    assert!(!takes_over);
    assert!(encode(&bench).await.switched);
    assert_eq!(project(&bench).await.encoder_id, Some(mine));
}

#[tokio::test]
async fn of_two_who_change_the_encoder_at_once_neither_is_overruled_by_what_the_other_saw() {
    let bench = Bench::new().await;
    let (store, id) = (&bench.app.store, bench.project.id);
    let [a, b, c] = [added(&bench, "a").await, added(&bench, "b").await, added(&bench, "c").await];
    let state = async || {
        let now = project(&bench).await;
        (now.encoder_id, now.next_encoder_id)
    };
    let unset = project(&bench).await;
    // Both saw a project without an encoder.
    encoders::choose(&bench.app, &unset, a).await.unwrap();
    encoders::choose(&bench.app, &unset, b).await.unwrap();
    assert_eq!(state().await, (Some(a), Some(b)));
    assert!(!store.save_first_encoder(id, c).await.unwrap(), "learned too late");
    // One saw `a` in use and calls the change off, after `b` has taken over: `a` is what is wanted.
    let seen = project(&bench).await;
    assert!(store.switch_encoder(id, b).await.unwrap());
    encoders::choose(&bench.app, &seen, a).await.unwrap();
    assert_eq!(state().await, (Some(b), Some(a)));
    // A cancelled change no longer happens, and a proposal that began before it is dropped.
    encoders::choose(&bench.app, &seen, b).await.unwrap();
    assert!(!store.switch_encoder(id, a).await.unwrap());
    assert!(!store.propose_encoder(id, c, b, Some(a)).await.unwrap());
    assert!(!store.propose_encoder(id, c, a, None).await.unwrap());
    assert!(store.propose_encoder(id, c, b, None).await.unwrap());
    assert_eq!(state().await, (Some(b), Some(c)));
    // What is in use, or to be, is not removed; what is removed is not chosen.
    for name in ["b", "c"] {
        assert!(matches!(encoders::remove(&bench.app, name).await, Err(EncodersError::InUse(_))));
    }
    encoders::remove(&bench.app, "a").await.unwrap();
    assert!(!store.choose_encoder(id, a).await.unwrap());
    assert!(matches!(encoders::choose(&bench.app, &seen, a).await, Err(EncodersError::Unknown(_))));
    assert_eq!(state().await, (Some(b), Some(c)));
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_who_adopt_a_model_at_once_one_is_told_that_the_name_is_taken() {
    let bench = Bench::new().await;
    let path = bench.dir.path().join("both.onnx");
    std::fs::write(&path, small_model().to_bytes()).unwrap();
    let (one, other) = tokio::join!(keep(&bench.app, &path, "both"), keep(&bench.app, &path, "both"));
    let taken = [&one, &other].into_iter().filter(|made| matches!(made, Err(EncodersError::Taken(_)))).count();
    assert_eq!((taken, one.is_ok() || other.is_ok()), (1, true), "{one:?} {other:?}");
    let folders = std::fs::read_dir(bench.app.data.root().join("encoders")).unwrap().count();
    assert_eq!(folders, 1, "nothing half is left");
}

#[tokio::test]
async fn a_pool_that_outgrew_its_encoder_is_learned_from_anew_and_one_that_was_gone_back_to_is_left() {
    if !runtime_is_there() {
        return;
    }
    let bench = Bench::new().await;
    fill(&bench, 0, 12).await;
    assert!(encode(&bench).await.learned);
    let small = project(&bench).await.encoder_id.unwrap();
    fill(&bench, 12, 20).await;
    assert!(!encode(&bench).await.switched, "20 are not twice 12");
    fill(&bench, 20, 60).await;
    let report = encode(&bench).await;
    assert!(report.switched && report.learned, "{report:?}");
    let now = project(&bench).await;
    assert_eq!(now.encoder_id, Some(report.encoder));
    let from = async |id| encoders::by_id(&bench.app, id).await.unwrap().learned_from;
    assert_eq!((from(small).await, from(report.encoder).await), (Some(12), Some(60)));
    encoders::choose(&bench.app, &now, small).await.unwrap();
    encode(&bench).await;
    fill(&bench, 60, 70).await;
    assert!(!encode(&bench).await.switched);
    assert_eq!(project(&bench).await.encoder_id, Some(small), "it was wanted");
}

#[tokio::test]
async fn a_pool_encoded_without_a_server_is_ranked_before_the_first_question() {
    if !runtime_is_there() {
        return;
    }
    let bench = Bench::new().await;
    fill(&bench, 0, 30).await;
    encode(&bench).await;
    training::rank_first(&bench.app, bench.project.id).await.unwrap();
    let desk = bench.app.desks.get(&bench.app, &project(&bench).await).await.unwrap();
    assert_eq!(desk.asked_by(), "coverage");
    // A server that finds a pool without a ranking asks for one at its start.
    let other = Bench::new().await;
    fill(&other, 0, 30).await;
    encode(&other).await;
    jobs::recover(&other.app).await.unwrap();
    let waiting = other.app.store.latest_job(other.project.id, &querist::domain::job::ROUND).await.unwrap().unwrap();
    assert!(waiting.is_open());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_finished_encoding_says_that_all_is_done_and_an_empty_pool_is_no_failure() {
    if !runtime_is_there() {
        return;
    }
    let bench = Bench::new().await;
    let (stop, tracker) = (CancellationToken::new(), TaskTracker::new());
    let empty = encoding::request(&bench.app, bench.project.id).await.unwrap();
    jobs::start(&bench.app, querist::post::Reach::Public, &tracker, &stop);
    let ended = async |job| {
        for _ in 0..600 {
            let row = bench.app.store.job(job).await.unwrap().unwrap();
            if !row.is_open() {
                return row;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        panic!("the job does not end");
    };
    let row = ended(empty).await;
    assert_eq!((row.state, row.note), (JobStatus::Done, querist::domain::JobNote::NothingToEncode));
    fill(&bench, 0, 200).await;
    let row = ended(encoding::request(&bench.app, bench.project.id).await.unwrap()).await;
    assert_eq!((row.state, row.done, row.total), (JobStatus::Done, 200, 200), "{}", row.note);
    stop.cancel();
    bench.app.wake.notify_waiters();
    tracker.close();
    tracker.wait().await;
}
