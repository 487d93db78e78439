//! Imports over HTTP: what is sent, what the job says, and the report on a page, for programs and as a table.

use querist::domain::Lane;
use querist::domain::{ImportId, Role};
use querist::progress::Progress;
use querist::service::exchange::importing;
use serde_json::{Value, json};

use crate::support::app::TestApp;
use crate::support::client::Client;
use crate::support::zips::{picture, zip_of};

const KIND: Option<&str> = Some("multipart/form-data; boundary=edge");

/// A multipart body of files and fields.
fn body(files: &[(&str, &[u8])], fields: &[(&str, &str)]) -> Vec<u8> {
    let mut body = Vec::new();
    for (name, bytes) in files {
        let head = format!("--edge\r\ncontent-disposition: form-data; name=\"files\"; filename=\"{name}\"\r\n\r\n");
        body.extend(head.as_bytes());
        body.extend(*bytes);
        body.extend(b"\r\n");
    }
    for (name, value) in fields {
        body.extend(format!("--edge\r\ncontent-disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n").as_bytes());
    }
    body.extend(b"--edge--\r\n");
    body
}

/// Run the waiting job, as a worker would; returns its message.
async fn work(test: &TestApp) -> Result<(), String> {
    let job = test.app.store.claim_job(Lane::Other, test.app.clock.now()).await.unwrap().unwrap();
    assert!(!job.payload.contains(test.app.data.root().to_str().unwrap()), "{}", job.payload);
    let project = test.app.store.project(job.project_id.unwrap()).await.unwrap().unwrap();
    let done = importing::run_upload(&test.app, &project, job.id, &job.payload, &Progress::silent()).await;
    match &done {
        Ok(report) => test.app.store.finish_job(job.id, &report.note(), None, test.app.clock.now()).await.unwrap(),
        Err(error) => test
            .app
            .store
            .fail_job(
                job.id,
                &querist::domain::JobNote::Failed { causes: error.to_string(), kind: None },
                test.app.clock.now(),
            )
            .await
            .unwrap(),
    }
    assert_eq!(std::fs::read_dir(test.app.data.uploads()).unwrap().count(), 0, "the upload is left");
    done.map(drop).map_err(|error| error.to_string())
}

async fn send(client: &mut Client, files: &[(&str, &[u8])], fields: &[(&str, &str)]) -> Value {
    let sent = client.send("POST", "/api/v1/projects/birds/samples", KIND, body(files, fields).into()).await;
    sent.assert_status(202);
    sent.json()["job"].clone()
}

#[tokio::test]
async fn what_is_sent_together_is_read_together_and_the_report_stays() {
    let test = TestApp::new().await;
    test.project("birds").await;
    let mut boss = test.signed_in("boss", Role::Admin, None).await;
    let table = b"path,label\n1.jpg,cat\nx/2.jpg,dog\nloose.jpg,cat\n9.jpg,cat\n".as_slice();
    let zip = zip_of(&[("in/1.jpg", &picture(1)), ("in/x/2.jpg", &picture(2)), ("in/3.jpg", b"<html>")]);
    let files: [(&str, &[u8]); 4] =
        [("t.csv", table), ("a.zip", &zip), ("loose.jpg", &picture(4)), ("a %22b%22.jpg", &picture(5))];
    let job = send(&mut boss, &files, &[("labels", "column:label")]).await;
    work(&test).await.unwrap();

    let told = boss.get(&format!("/api/v1/projects/birds/jobs/{job}")).await.json();
    let import = &told["import"];
    assert_eq!((&told["state"], &import["state"]), (&json!("done"), &json!("look")), "{told}");
    for (key, n) in [("added", 4), ("same", 0), ("labels", 0), ("contradictions", 0), ("passed_over", 1)] {
        assert_eq!(import[key], n, "{key} of {told}");
    }
    let refused: Vec<_> =
        import["refused"].as_array().unwrap().iter().map(|one| one["name"].as_str().unwrap()).collect();
    assert_eq!(refused, ["in/3.jpg", "9.jpg"]);
    let samples = boss.get("/api/v1/projects/birds/samples").await.json();
    let mut names: Vec<_> =
        samples["samples"].as_array().unwrap().iter().map(|one| one["name"].as_str().unwrap()).collect();
    names.sort_unstable();
    assert_eq!(names, ["a \"b\".jpg", "in/1.jpg", "in/x/2.jpg", "loose.jpg"]);

    // Another label for an existing picture: reported, then applied on request.
    let other = b"path,label\n1.jpg,dog\n".as_slice();
    send(&mut boss, &[("t.csv", other), ("1.jpg", &picture(1))], &[("labels", "column:label")]).await;
    work(&test).await.unwrap();
    send(&mut boss, &[("t.csv", other), ("1.jpg", &picture(1))], &[("labels", "column:label"), ("relabel", "yes")])
        .await;
    work(&test).await.unwrap();
    let list = boss.get("/api/v1/projects/birds/imports").await.json();
    let states: Vec<_> = list["imports"].as_array().unwrap().iter().map(|one| one["state"].as_str().unwrap()).collect();
    assert_eq!(states, ["done", "look", "look"]);
    let page = boss.get("/api/v1/projects/birds/imports?limit=2").await.json();
    assert_eq!((page["imports"].as_array().unwrap().len(), &page["next"]), (2, &json!(2)));
    let one = boss.get("/api/v1/projects/birds/imports/2?bucket=contradiction").await.json();
    assert_eq!((&one["source"], &one["items"], &one["by"]), (&json!("2 files"), &json!(2), &json!("boss")));
    let outcome = &one["outcomes"][0];
    assert_eq!(
        (&outcome["standing"], &outcome["label"], &outcome["same_as"]),
        (&json!("cat"), &json!("dog"), &json!("in/1.jpg"))
    );
    let replaced = boss.get("/api/v1/projects/birds/imports/3?bucket=label").await.json();
    assert_eq!(replaced["outcomes"][0]["standing"], "cat");

    // Page by page, and as a table.
    let (mut seen, mut after) = (Vec::new(), String::new());
    loop {
        let page = boss.get(&format!("/api/v1/projects/birds/imports/1?limit=1{after}")).await.json();
        seen.extend(page["outcomes"].as_array().unwrap().iter().map(|one| one["name"].as_str().unwrap().to_owned()));
        let Some(next) = page["next"].as_i64() else { break };
        after = format!("&after={next}");
    }
    assert_eq!(seen.len(), 3, "{seen:?}");
    let table = boss.get("/api/v1/projects/birds/imports/1/report.csv").await;
    assert_eq!(table.header("content-type"), "text/csv; charset=utf-8");
    let mut rows = csv::Reader::from_reader(table.body.as_slice());
    let names: Vec<String> = rows.records().map(|row| row.unwrap()[1].to_owned()).collect();
    assert_eq!(names, seen);

    // On pages, for leads only.
    boss.get("/p/birds/imports").await.assert_status(200).assert_says("needs a look").assert_says("/p/birds/imports/3");
    boss.get("/p/birds/imports/1")
        .await
        .assert_status(200)
        .assert_says("in/3.jpg")
        .assert_says("this is not a picture");
    boss.get("/p/birds/imports/2?bucket=contradiction").await.assert_says("which stands");
    boss.get("/p/birds/settings").await.assert_says("/p/birds/imports/1").assert_says("needs a look");
    boss.get("/p/birds/imports/99").await.assert_status(404);
    boss.get("/api/v1/projects/birds/imports/1?bucket=nonsense").await.assert_status(422);
    boss.get("/api/v1/projects/birds/imports?limit=0").await.assert_status(422);
    let mut ana = test.signed_in("ana", Role::Annotator, Some("birds")).await;
    for path in [
        "/api/v1/projects/birds/imports",
        "/api/v1/projects/birds/imports/1",
        "/api/v1/projects/birds/imports/1/report.csv",
        "/p/birds/imports",
        "/p/birds/imports/1",
    ] {
        ana.get(path).await.assert_status(403);
    }
    assert!(ana.get(&format!("/api/v1/projects/birds/jobs/{job}")).await.json()["import"].is_null());
    test.finish().await;
}

#[tokio::test]
async fn an_upload_of_which_nothing_is_of_use_fails_with_its_reasons() {
    let test = TestApp::new().await;
    test.project("birds").await;
    let mut boss = test.signed_in("boss", Role::Admin, None).await;
    let job = send(&mut boss, &[("a.jpg", b"<html>"), ("b.jpg", b"")], &[]).await;
    let error = work(&test).await.unwrap_err();
    assert!(error.contains("nothing in `2 files` could be used"), "{error}");
    let told = boss.get(&format!("/api/v1/projects/birds/jobs/{job}")).await.json();
    assert_eq!((&told["state"], &told["import"]["state"]), (&json!("failed"), &json!("failed")));
    assert_eq!(told["import"]["refused"].as_array().unwrap().len(), 2);
    // A source that cannot be read at all is kept with its reason too.
    send(&mut boss, &[("t.csv", b"path,label\na.jpg,\"cat\n")], &[("labels", "column:label")]).await;
    let error = work(&test).await.unwrap_err();
    let kept = test.app.store.imports(querist::domain::ProjectId(1), ImportId(i64::MAX), 1).await.unwrap();
    assert_eq!((kept[0].state.as_str(), kept[0].message.as_str()), ("failed", error.as_str()));
    assert!(error.contains("line 2"), "{error}");
    test.finish().await;
}

#[tokio::test]
async fn what_is_no_upload_is_told_how_to_send_one() {
    let test = TestApp::new().await;
    test.project("birds").await;
    let mut boss = test.signed_in("boss", Role::Admin, None).await;
    let refused = boss.post_json("/api/v1/projects/birds/samples", &json!({ "path": "a.jpg" })).await;
    refused.assert_status(415).assert_says("multipart/form-data").assert_says("files=@");
    let sent =
        boss.send("POST", "/api/v1/projects/birds/samples", KIND, body(&[], &[("labels", "folder")]).into()).await;
    sent.assert_status(422).assert_says("no file was sent");
    let odd = body(&[("a.jpg", &picture(1))], &[("relabel", "perhaps")]);
    boss.send("POST", "/api/v1/projects/birds/samples", KIND, odd.into())
        .await
        .assert_status(422)
        .assert_says("relabel is `perhaps`");
    test.finish().await;
}

#[tokio::test]
async fn names_that_look_alike_are_one_class_through_every_door() {
    let test = TestApp::new().await;
    let mut boss = test.signed_in("boss", Role::Admin, None).await;
    let new = json!({ "slug": "birds", "classes": ["cat\u{200b}", "cafe\u{301}"] });
    boss.post_json("/api/v1/projects", &new).await.assert_status(201);
    let names = async |boss: &mut Client| -> Vec<String> {
        let state = boss.get("/api/v1/projects/birds").await.json();
        state["classes"].as_array().unwrap().iter().map(|class| class["name"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(names(&mut boss).await, ["cat", "caf\u{e9}"]);
    for taken in ["\u{feff}cat", "c\u{ad}at", "\u{202e}cat\u{202c}", "caf\u{e9}\u{2060}"] {
        boss.post_json("/api/v1/projects/birds/classes", &json!({ "names": [taken] })).await.assert_status(409);
        boss.post("/p/birds/classes", &[("name", taken)]).await.assert_status(409);
        let renamed = boss.post("/p/birds/classes/1/rename", &[("name", taken)]).await;
        assert!(renamed.status == 409 || taken.contains("at"), "{taken:?}");
    }
    assert_eq!(names(&mut boss).await, ["cat", "caf\u{e9}"]);
    test.finish().await;
}

#[tokio::test]
async fn an_upload_in_parts_goes_on_where_it_was_also_after_a_restart() {
    let test = TestApp::new().await;
    test.project("birds").await;
    let mut boss = test.signed_in("boss", Role::Admin, None).await;
    let base = "/api/v1/projects/birds/uploads";
    let id = boss.post_json(base, &json!({})).await.assert_status(201).json()["id"].as_str().unwrap().to_owned();
    let picture = picture(7);
    let n = picture.len();
    let put = |file: &str| format!("{base}/{id}?file={file}");
    let send = async |boss: &mut Client, path: &str, from: usize, to: usize, said: &str| {
        let mut client = boss.clone().with("content-range", said);
        client.send("PUT", path, Some("application/octet-stream"), picture[from..to].to_vec().into()).await
    };
    let path = put("cat%2Fa.jpg");
    let so_far = send(&mut boss, &path, 0, 100, &format!("bytes 0-99/{n}")).await.assert_status(200).json();
    assert_eq!(so_far, json!({ "offset": 100, "whole": false }));
    // A part that does not follow is refused, and says how far the file is.
    let wrong = send(&mut boss, &path, 50, 150, &format!("bytes 50-149/{n}")).await;
    assert!(wrong.assert_status(409).text().contains("has 100 bytes so far"));
    send(&mut boss, &path, 100, 150, "bytes nonsense").await.assert_status(422);
    // More than announced is refused, and what fits is kept.
    boss.post_json(&format!("{base}/{id}/import"), &json!({})).await.assert_status(409);

    // Another process goes on from what is on disk.
    let mut later = test.client();
    later.set_cookie("querist_session", boss.cookie("querist_session").unwrap());
    let so_far = later.get(&path).await.assert_status(200).json();
    assert_eq!(so_far["offset"], 100);
    let done = send(&mut later, &path, 100, n, &format!("bytes 100-{}/{n}", n - 1)).await.assert_status(200).json();
    assert_eq!(done, json!({ "offset": n, "whole": true }));
    send(&mut later, &path, 0, 100, &format!("bytes 0-99/{n}")).await.assert_status(409);

    for bad in ["..%2F..%2Fx", "%2Fetc%2Fpasswd", "a%0Ab.jpg", "", "x.querist-part"] {
        assert_eq!(
            send(&mut boss, &put(bad), 0, 10, "bytes 0-9/10").await.assert_status(422).header("content-type"),
            "application/json"
        );
    }
    boss.get(&format!("{base}/../x?file=a")).await.assert_status(404);
    boss.get(&format!("{base}/1-{}?file=a", uuid::Uuid::new_v4())).await.assert_status(404);
    let mut lead = test.signed_in("lee", Role::Lead, Some("birds")).await;
    lead.get(&path).await.assert_status(403);

    // First only looked at, then imported.
    let wanted = json!({ "labels": "folder", "dry_run": true, "source": "field team" });
    boss.post_json(&format!("{base}/{id}/import"), &wanted).await.assert_status(202);
    let job = test.app.store.claim_job(Lane::Other, test.app.clock.now()).await.unwrap().unwrap();
    let project = test.app.store.project(job.project_id.unwrap()).await.unwrap().unwrap();
    let report = importing::run_upload(&test.app, &project, job.id, &job.payload, &Progress::silent()).await.unwrap();
    assert_eq!((report.added, report.labeled, report.new_classes.as_slice()), (1, 1, ["cat".to_owned()].as_slice()));
    test.app.store.finish_job(job.id, &report.note(), None, test.app.clock.now()).await.unwrap();
    let tally = test.app.store.tally(project.id).await.unwrap();
    assert_eq!((tally.samples, test.app.store.classes(project.id).await.unwrap().len()), (0, 0), "nothing was changed");
    let dry = boss.get("/api/v1/projects/birds/imports/1").await.assert_status(200).json();
    assert_eq!(
        (&dry["dry_run"], &dry["counts"]["added"], &dry["named"]),
        (&json!(true), &json!(1), &json!("field team"))
    );
    boss.get("/p/birds/imports/1").await.assert_says("Nothing was changed").assert_says("Import these files");
    boss.send("DELETE", &format!("{base}/{id}"), None, Vec::new().into()).await.assert_status(204);
    boss.post_json("/api/v1/projects/birds/imports/1/go-on", &json!({})).await.assert_status(409);

    let id = boss.post_json(base, &json!({})).await.json()["id"].as_str().unwrap().to_owned();
    let path = format!("{base}/{id}?file=cat%2Fa.jpg");
    send(&mut boss, &path, 0, n, &format!("bytes 0-{}/{n}", n - 1)).await.assert_status(200);
    boss.post_json(&format!("{base}/{id}/import"), &wanted).await.assert_status(202);
    let job = test.app.store.claim_job(Lane::Other, test.app.clock.now()).await.unwrap().unwrap();
    importing::run_upload(&test.app, &project, job.id, &job.payload, &Progress::silent()).await.unwrap();
    test.app.store.finish_job(job.id, &querist::domain::JobNote::default(), None, test.app.clock.now()).await.unwrap();
    boss.post_json("/api/v1/projects/birds/imports/2/go-on", &json!({})).await.assert_status(202);
    work(&test).await.unwrap();
    assert_eq!(test.app.store.tally(project.id).await.unwrap().labeled, 1);
    test.finish().await;
}
