//! The lead's desk: the random line, the verdict, the goal and the rules for stopping, the confused classes.

use querist::domain::{Goal, JobNote, Lane, Role, StopRule, job};
use querist::evaluate::random_line::LEAST;
use querist::progress::Progress;
use querist::service::insight::{self, random_line};
use querist::service::people::accounts::{self, NewAccount};
use serde_json::json;

use crate::support::client::Client;
use crate::support::rounds::{Loop, runtime_is_there};

/// A project with three rounds on which everything is labeled, the audit set included.
async fn labeled(folder: &std::path::Path) -> Loop {
    let at = Loop::open(folder, 350).await;
    for n in [40, 80, 230] {
        at.answer_truly(n).await;
        at.round().await;
    }
    at
}

async fn line(at: &Loop) -> JobNote {
    random_line::run(&at.app, &at.project, &Progress::silent()).await.unwrap()
}

#[tokio::test]
async fn random_labeling_is_measured_and_compared_with() {
    if !runtime_is_there() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let at = labeled(folder.path()).await;
    let mut client = at.client().await;
    let audit = at.app.store.audit_labels(at.project.id).await.unwrap().len();
    assert!(audit >= LEAST, "{audit} audit labels");
    let before = insight::curve(&at.app, &at.project).await.unwrap();
    assert_eq!((before.random, before.points.len()), (None, 3));
    client.get("/p/surfaces/insight").await.assert_status(200).assert_says("compared once 30 audit samples");

    // A round asks for it; the worker makes it.
    random_line::request_if_due(&at.app, at.project.id).await.unwrap();
    let asked = at.app.store.claim_job(Lane::Charts, at.app.clock.now()).await.unwrap().unwrap();
    assert_eq!(asked.kind, job::RANDOM_LINE.name);
    let note = line(&at).await;
    assert_eq!(note, JobNote::RandomLine { labels: audit as i64 });
    at.end(asked.id, &note).await;
    random_line::request_if_due(&at.app, at.project.id).await.unwrap();
    assert!(at.app.store.claim_job(Lane::Charts, at.app.clock.now()).await.unwrap().is_none(), "it is new");

    let curve = insight::curve(&at.app, &at.project).await.unwrap();
    let random = curve.random.unwrap();
    assert_eq!((random.audit_labels, random.measured_to), (audit, audit * 4 / 5));
    assert!(random.points.iter().all(|p| p.low <= p.accuracy && p.accuracy <= p.high), "{:?}", random.points);
    assert!(random.points.windows(2).all(|pair| pair[0].labels < pair[1].labels));
    let against = random.against.unwrap();
    assert_eq!((against.round, against.labels), (3, curve.points[2].labels));
    assert_eq!(against.gain, against.low * 0.99 > against.labels as f64);
    // Random labeling needs no more than there is.
    let tally = at.app.store.tally(at.project.id).await.unwrap();
    assert!(
        against.low <= against.within && against.within <= (tally.samples - tally.audit_samples) as f64,
        "{against:?}"
    );
    assert!([against.needed, against.high].into_iter().flatten().all(|n| n <= against.within), "{against:?}");
    let verdict = if against.gain { "Random labeling would have needed" } else { "No measurable gain over random yet" };
    let page = client.get("/p/surfaces/insight").await;
    page.assert_status(200).assert_says(verdict).assert_says("class=\"random\"").assert_says("Go on or stop?");
    assert!(!page.text().contains("style="), "the policy forbids inline styles");

    // To take along.
    let svg = client.get("/p/surfaces/insight/chart.svg?scale=log").await;
    svg.assert_status(200).assert_says("<svg xmlns=").assert_says("class=\"random\"");
    assert!(svg.header("content-disposition").contains("surfaces-efficiency.svg"));
    let csv = client.get("/p/surfaces/insight/curve.csv").await.assert_status(200).text();
    assert_eq!(csv.lines().filter(|line| line.starts_with("querist,")).count(), 3);
    assert_eq!(csv.lines().filter(|line| line.starts_with("random,")).count(), random.points.len());
    for view in ["?measure=macro-f1", "?x=hours", &format!("?measure=recall-{}", curve.classes[0].class)] {
        client.get(&format!("/p/surfaces/insight{view}")).await.assert_status(200).assert_says("class=\"line\"");
    }
    client
        .get("/p/surfaces/insight?measure=luck")
        .await
        .assert_status(422)
        .assert_says("accuracy, powered, macro-f1 or recall-CLASS");

    // A label that changed since does not count as what it was.
    let changed = at.app.store.audit_labels(at.project.id).await.unwrap();
    let other = at.classes.values().find(|id| !changed[0].1.contains(**id)).unwrap();
    let row = at.app.store.sample(at.project.id, changed[0].0).await.unwrap().unwrap();
    let body = json!({
        "id": uuid::Uuid::new_v4().to_string(), "sample": changed[0].0, "class": other, "changes": row.annotation_id,
    });
    client.post_json("/api/v1/projects/surfaces/annotations", &body).await.assert_status(201);
    let random = insight::curve(&at.app, &at.project).await.unwrap().random.unwrap();
    assert_eq!(random.audit_labels, audit - 1);
}

#[tokio::test]
async fn a_lead_sets_a_goal_and_reads_the_rules() {
    if !runtime_is_there() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let at = Loop::open(folder.path(), 60).await;
    at.answer_truly(60).await;
    at.round().await;
    let mut client = at.client().await;
    let form = |target: &str, budget: &str| {
        [("target", target), ("budget", budget), ("price", "0,5"), ("currency", "€"), ("per", "label")]
            .into_iter()
            .chain([("least_gain", "1"), ("every", "false"), ("budget-spent", "on"), ("target-reached", "on")])
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect::<Vec<_>>()
    };
    let mut post = async |target: &str, budget: &str| {
        let form = form(target, budget);
        let form: Vec<(&str, &str)> = form.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        client.post("/p/surfaces/goal", &form).await
    };
    post("many", "10").await.assert_status(422).assert_says("in target is not a number");
    post("120", "10").await.assert_status(422).assert_says("not a percentage between 0 and 100");
    post("50", "2.5").await.assert_status(422).assert_says("whole number of labels");
    post("50", "20").await.assert_leads_to("/p/surfaces/insight");
    let page = client.get("/p/surfaces/insight").await;
    page.assert_says("60 of 20").assert_says("Target 50").assert_says("Go on regardless");
    client.get("/p/surfaces/insight?x=cost").await.assert_status(200).assert_says("cost €");

    // Going on silences the advice until there are a tenth more labels.
    client.post("/p/surfaces/goal/go-on", &[]).await.assert_leads_to("/p/surfaces/insight");
    client.get("/p/surfaces/insight").await.assert_says("Going on regardless");

    // For programs.
    let path = "/api/v1/projects/surfaces/goal";
    let goal = client.get(path).await.assert_status(200).json();
    assert_eq!((&goal["target"], &goal["rules"]), (&json!(0.5), &json!(["target", "budget"])));
    client.put_json(path, &json!({ "budget": 0 })).await.assert_status(422).assert_says("budget must be 1");
    client.put_json(path, &json!({ "deadline": 9 })).await.assert_status(422);
    client.put_json(path, &json!({ "rules": ["gain"] })).await.assert_status(200);
    let project = at.app.store.project(at.project.id).await.unwrap().unwrap();
    assert_eq!(project.goal, Goal { rules: vec![StopRule::Gain], ..Goal::default() });

    // It is nobody else's.
    let new = NewAccount { name: "bo", role: Role::Annotator, project: Some("surfaces"), password: None };
    let bo = accounts::add(&at.app, new).await.unwrap().id;
    let mut second = Client::new(&at.app);
    second.set_cookie("querist_session", accounts::open_session(&at.app, bo).await.unwrap().reveal());
    for path in [
        "/p/surfaces/insight",
        "/p/surfaces/insight/chart.svg",
        "/p/surfaces/insight/curve.csv",
        "/p/surfaces/confusion",
        path,
    ] {
        second.get(path).await.assert_status(403);
    }
    second.post("/p/surfaces/goal/go-on", &[]).await.assert_status(403);
}

#[tokio::test]
async fn a_confused_pair_opens_its_samples() {
    if !runtime_is_there() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let at = Loop::open(folder.path(), 200).await;
    let mut client = at.client().await;
    client.get("/p/surfaces/confusion").await.assert_status(200).assert_says("Nothing to compare yet");
    at.answer_with_slips(200).await;
    at.round().await;
    let pairs = insight::confusion::pairs(&at.app, &at.project, insight::confusion::Counted::All).await.unwrap();
    let worst = pairs.iter().find(|pair| pair.label != pair.guess).expect("a slip is seen");
    let cell = format!("label={}&guess={}&of=all", worst.label, worst.guess);
    let page = client.get(&format!("/p/surfaces/confusion?{cell}")).await;
    page.assert_status(200).assert_says(&format!("/p/surfaces/samples/{}", worst.sample)).assert_says("Most confused");
    assert!(!page.text().contains("style="), "the policy forbids inline styles");
    let audit = insight::confusion::pairs(&at.app, &at.project, insight::confusion::Counted::Audit).await.unwrap();
    assert_eq!(audit.len(), at.app.store.audit_labels(at.project.id).await.unwrap().len());
    client.get("/p/surfaces/confusion?of=everything").await.assert_status(422);
}
