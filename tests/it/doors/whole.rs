//! The API is whole: settings, people, tokens, labels in bulk, the pool's predictions and embeddings, and what waits.

use querist::domain::Role;
use querist::service::people::accounts::{self, NewAccount};
use serde_json::{Value, json};

use crate::support::app::TestApp;
use crate::support::client::Client;
use crate::support::desk::{Person, answer_to, assert_consistent, class_ids, number, pool, with};
use crate::support::rounds::{Loop, runtime_is_there};

#[tokio::test]
async fn a_lead_reads_the_settings_and_replaces_them_whole() {
    for test in TestApp::on_each_engine().await {
        pool(&test, "metal", 20).await;
        let mut lead = Person::new(&test, "lea", Role::Lead, "metal").await;
        let mut ana = Person::new(&test, "ana", Role::Annotator, "metal").await;
        let path = format!("{}/settings", lead.base);
        let was = lead.client.get(&path).await.assert_status(200).json();
        assert_eq!(
            (&was["name"], &was["retrain_labels"], &was["retrain_minutes"]),
            (&json!("metal"), &Value::Null, &json!(10))
        );
        let wanted = json!({ "name": " Metal ", "strategy": "entropy", "retrain_labels": 40, "retrain_minutes": 3,
            "show_opinion": true, "guidelines": "# Look twice" });
        let now = lead.client.put_json(&path, &wanted).await.assert_status(200).json();
        assert_eq!(
            (&now["name"], &now["strategy"], &now["retrain_labels"]),
            (&json!("Metal"), &json!("entropy"), &json!(40))
        );
        assert_eq!(lead.client.get(&path).await.json(), now);
        for (field, value) in
            [("strategy", json!("guess")), ("retrain_minutes", json!(0)), ("name", json!(" ")), ("speed", json!(1))]
        {
            let mut wrong = wanted.clone();
            wrong[field] = value;
            lead.client.put_json(&path, &wrong).await.assert_status(422);
        }
        assert_eq!(lead.client.get(&path).await.json(), now);
        ana.client.get(&path).await.assert_status(403);
        ana.client.put_json(&path, &wanted).await.assert_status(403);
        test.finish().await;
    }
}

#[tokio::test]
async fn a_project_starts_as_it_is_asked_for_or_not_at_all() {
    let test = TestApp::new().await;
    let mut root = test.signed_in("root", Role::Admin, None).await;
    let new = |more: Value| with(json!({ "slug": "moss", "classes": ["a", "b"] }), more);
    root.post_json("/api/v1/projects", &new(json!({ "encoder": "nobody" }))).await.assert_status(404);
    root.post_json("/api/v1/projects", &new(json!({ "augmentations": ["swirl"] }))).await.assert_status(422);
    root.get("/api/v1/projects/moss").await.assert_status(404);
    let whole = new(json!({ "strategy": "margin", "augmentations": ["crop", "flip"] }));
    root.post_json("/api/v1/projects", &whole).await.assert_status(201);
    let kinds = root.get("/api/v1/projects/moss/augmentation").await.assert_status(200).json();
    assert!(kinds.to_string().contains("flip"), "{kinds}");
    test.finish().await;
}

#[tokio::test]
async fn admins_keep_people_by_token_and_a_token_gives_no_way_in_that_outlives_it() {
    for test in TestApp::on_each_engine().await {
        pool(&test, "metal", 20).await;
        let mut root = test.signed_in("root", Role::Admin, None).await;
        let token =
            root.post_json("/api/v1/tokens", &json!({ "name": "script", "days": 3 })).await.assert_status(201).json();
        let mut script = test.client().bearer(token["token"].as_str().unwrap());
        let me = script.get("/api/v1/account").await.assert_status(200).json();
        assert_eq!((&me["name"], &me["admin"]), (&json!("root"), &json!(true)));
        // A token makes no token, no admin and no link into an account that exists.
        script.post_json("/api/v1/tokens", &json!({ "name": "more" })).await.assert_status(403);
        script.post_json("/api/v1/people", &json!({ "name": "eve", "role": "admin" })).await.assert_status(403);
        let own = format!("/api/v1/people/{}", me["id"]);
        script.post_json(&format!("{own}/link"), &json!({})).await.assert_status(403);

        let new = json!({ "name": "ana", "role": "annotator", "project": "metal" });
        let ana = script.post_json("/api/v1/people", &new).await.assert_status(201).json();
        assert!(ana["link"].as_str().unwrap().contains("/link/"), "{ana}");
        script.post_json("/api/v1/people", &new).await.assert_status(409);
        for (wrong, status) in [
            (json!({ "name": "bo", "role": "lead" }), 403),
            (json!({ "name": " bo", "role": "lead", "project": "metal" }), 422),
            (json!({ "name": "bo", "role": "king", "project": "metal" }), 422),
            (json!({ "name": "bo", "role": "lead", "project": "nowhere" }), 404),
        ] {
            script.post_json("/api/v1/people", &wrong).await.assert_status(status);
        }
        root.post_json("/api/v1/people", &json!({ "name": "bo", "role": "lead" })).await.assert_status(422);
        let her = format!("/api/v1/people/{}", ana["id"]);
        let role = json!({ "project": "metal", "role": "lead" });
        let seen = script.put_json(&format!("{her}/role"), &role).await.assert_status(200).json();
        assert_eq!(seen["roles"], json!([{ "project": "metal", "role": "lead" }]));
        let seen = script.put_json(&format!("{her}/role"), &json!({ "project": "metal", "role": null })).await.json();
        assert_eq!(seen["roles"], json!([]));
        script.put_json(&format!("{her}/role"), &json!({ "role": "admin" })).await.assert_status(403);
        root.put_json(&format!("{her}/role"), &json!({ "role": "admin" })).await.assert_status(200);
        root.put_json(&format!("{her}/role"), &json!({ "role": null })).await.assert_status(200);
        let seen =
            script.put_json(&format!("{her}/disabled"), &json!({ "disabled": true })).await.assert_status(200).json();
        assert!(seen["disabled_at"].is_string(), "{seen}");
        let seen = script.put_json(&format!("{her}/disabled"), &json!({ "disabled": false })).await.json();
        assert!(seen.get("disabled_at").is_none(), "{seen}");
        script.put_json(&format!("{own}/disabled"), &json!({ "disabled": true })).await.assert_status(409);
        script.put_json("/api/v1/people/999/disabled", &json!({ "disabled": true })).await.assert_status(404);
        let all = script.get("/api/v1/people").await.assert_status(200).json();
        assert_eq!(all["people"].as_array().unwrap().len(), 2, "{all}");

        // Who is not an admin of the server sees only themselves.
        let mut lead = Person::new(&test, "lea", Role::Lead, "metal").await.client;
        lead.get("/api/v1/people").await.assert_status(403);
        lead.post_json("/api/v1/people", &json!({ "name": "cy", "role": "lead", "project": "metal" }))
            .await
            .assert_status(403);
        lead.put_json(&format!("{her}/role"), &role).await.assert_status(403);
        lead.put_json(&format!("{her}/disabled"), &json!({ "disabled": true })).await.assert_status(403);

        let tokens = script.get("/api/v1/tokens").await.json()["tokens"].clone();
        assert_eq!((tokens.as_array().unwrap().len(), &tokens[0]["name"]), (1, &json!("script")));
        let one = format!("/api/v1/tokens/{}", tokens[0]["id"]);
        lead.delete(&one).await.assert_status(404);
        root.post_json("/api/v1/tokens", &json!({ "name": "old", "days": 0 })).await.assert_status(422);
        script.delete(&one).await.assert_status(204);
        script.get("/api/v1/account").await.assert_status(401);
        test.finish().await;
    }
}

#[tokio::test]
async fn labels_are_sent_by_number_content_and_name_and_never_replace_a_persons_answer() {
    for test in TestApp::on_each_engine().await {
        let project = pool(&test, "metal", 30).await;
        let classes = class_ids(&test, &project).await;
        let mut lead = Person::new(&test, "lea", Role::Lead, "metal").await;
        let mut ana = Person::new(&test, "ana", Role::Annotator, "metal").await;
        let path = format!("{}/labels", lead.base);
        let samples = lead.client.get(&format!("{}/samples?limit=10", lead.base)).await.json()["samples"].clone();
        let lease = ana.lease_one().await;
        ana.answer(&lease, classes[0]).await;
        let answered = lease["sample"]["id"].clone();
        let open: Vec<&Value> = samples.as_array().unwrap().iter().filter(|one| one["id"] != answered).collect();
        let labels = json!({ "source": "colleague", "labels": [
            { "sample": open[0]["id"], "class": "b" },
            { "sha256": open[1]["sha256"], "class": classes[2] },
            { "name": open[2]["name"], "class": "a" },
            { "sample": answered, "class": "c" },
            { "name": "nowhere.png", "class": "a" },
        ] });
        let run = lead.client.post_json(&path, &labels).await.assert_status(200).json();
        let counts = &run["counts"];
        assert_eq!((&run["source"], &run["state"], &run["items"]), (&json!("colleague"), &json!("look"), &json!(5)));
        assert_eq!(
            (&counts["labels"], &counts["contradictions"], &counts["refused"]),
            (&json!(3), &json!(1), &json!(1))
        );
        assert_consistent(&test, &project, "after labels were sent").await;
        let class = async |id: &Value, lead: &mut Person| {
            lead.client.get(&format!("{}/samples/{id}", lead.base)).await.json()["class"].clone()
        };
        assert_eq!(class(&open[0]["id"], &mut lead).await, classes[1]);
        assert_eq!(class(&answered, &mut lead).await, classes[0]);
        assert_eq!(number(&test, "select count(*) from job where kind = 'round'").await, 1);
        let again = lead.client.post_json(&path, &labels).await.assert_status(200).json();
        assert_eq!((&again["counts"]["same"], &again["counts"]["labels"]), (&json!(3), &json!(0)));
        let other = json!({ "source": "colleague, corrected", "relabel": true, "labels": [{ "sample": open[0]["id"], "class": "c" }] });
        lead.client.post_json(&path, &other).await.assert_status(200);
        assert_eq!(class(&open[0]["id"], &mut lead).await, classes[2]);
        let items = lead.client.get(&format!("{}/imports/{}", lead.base, run["id"])).await.assert_status(200).json();
        assert!(items.to_string().contains("no sample has this name"), "{items}");

        let stored = number(&test, "select count(*) from annotation").await;
        let one = |label: Value| json!({ "source": "x", "labels": [label] });
        for wrong in [
            one(json!({ "sample": 1, "class": "zebra" })),
            one(json!({ "sample": 1, "class": 99 })),
            one(json!({ "sample": 1, "name": "a", "class": "a" })),
            one(json!({ "sample": 1 })),
            one(json!({ "sample": 1, "classes": ["a", "b"] })),
            json!({ "source": "x", "labels": [] }),
            json!({ "source": " ", "labels": [{ "sample": 1, "class": "a" }] }),
        ] {
            lead.client.post_json(&path, &wrong).await.assert_status(422);
        }
        ana.client.post_json(&path, &labels).await.assert_status(403);
        assert_eq!(number(&test, "select count(*) from annotation").await, stored);

        // All of it can be read again.
        let all = lead.client.get(&format!("{}/annotations?limit=3", lead.base)).await.assert_status(200).json();
        assert_eq!(all["annotations"].as_array().unwrap().len(), 3, "{all}");
        assert_eq!((&all["annotations"][0]["by"], &all["annotations"][0]["origin"]), (&json!("ana"), &json!("desk")));
        let rest = lead.client.get(&format!("{}/annotations?after={}", lead.base, all["next"])).await.json();
        assert_eq!((rest["annotations"].as_array().unwrap().len() as i64, &rest["next"]), (stored - 3, &Value::Null));
        let of = lead.client.get(&format!("{}/annotations?sample={}", lead.base, open[0]["id"])).await.json();
        assert_eq!(of["annotations"].as_array().unwrap().len(), 2);
        let hers = lead.client.get(&format!("{}/annotations?by=ana", lead.base)).await.json();
        assert_eq!(hers["annotations"].as_array().unwrap().len(), 1);
        lead.client.get(&format!("{}/annotations?limit=0", lead.base)).await.assert_status(422);
        ana.client.get(&format!("{}/annotations", ana.base)).await.assert_status(403);
        test.finish().await;
    }
}

#[tokio::test]
async fn the_pool_is_predicted_and_its_embeddings_are_handed_out() {
    if !runtime_is_there() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let the_loop = Loop::open(folder.path(), 80).await;
    let mut lead = the_loop.client().await;
    let base = format!("/api/v1/projects/{}", the_loop.project.slug);
    lead.get(&format!("{base}/predictions")).await.assert_status(409);
    let newest = lead.get(&format!("{base}/rounds/newest?answers=0")).await.assert_status(200).json();
    assert_eq!((&newest["round"], &newest["trained"]), (&Value::Null, &json!(false)));
    the_loop.answer_truly(24).await;
    the_loop.round().await;
    let newest = lead.get(&format!("{base}/rounds/newest?wait=5")).await.assert_status(200).json();
    assert_eq!(
        (&newest["trained"], &newest["answers"], &newest["round_answers"]),
        (&json!(true), &json!(24), &json!(24))
    );
    let later = lead.get(&format!("{base}/rounds/newest?answers=25&wait=1")).await.assert_status(200).json();
    assert_eq!(later["trained"], false);
    lead.get(&format!("{base}/rounds/newest?wait=31")).await.assert_status(422);

    let answer = lead.get(&format!("{base}/predictions")).await;
    let text = answer.assert_status(200).text();
    assert_eq!(answer.header("content-type"), "application/x-ndjson");
    let lines: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let samples = the_loop.app.store.tally(the_loop.project.id).await.unwrap().samples;
    assert_eq!(lines.len() as i64, samples);
    for line in &lines {
        let p: Vec<f64> = line["probabilities"].as_array().unwrap().iter().map(|p| p.as_f64().unwrap()).collect();
        assert!((p.iter().sum::<f64>() - 1.0).abs() < 1e-4 && line["class"].is_i64(), "{line}");
        assert_eq!(line["probability"].as_f64().unwrap(), p.iter().copied().fold(0.0, f64::max));
    }
    let held = lines.iter().filter(|line| line["held_out"] == true).count();
    assert!((1..=24).contains(&held), "{held}");

    let file = lead.get(&format!("{base}/embeddings.npz")).await;
    assert!(file.assert_status(200).header("content-disposition").ends_with(".npz\""));
    let mut zip = zip::ZipArchive::new(std::io::Cursor::new(file.body)).unwrap();
    let mut array = |name: &str| {
        let mut bytes = Vec::new();
        std::io::Read::read_to_end(&mut zip.by_name(name).unwrap(), &mut bytes).unwrap();
        bytes
    };
    let rows = array("embeddings.npy");
    assert_eq!(npyz::NpyFile::new(&rows[..]).unwrap().shape()[0] as i64, samples);
    let ids = array("ids.npy");
    let ids: Vec<i64> = npyz::NpyFile::new(&ids[..]).unwrap().into_vec().unwrap();
    let mut sorted = ids.clone();
    sorted.sort_unstable();
    assert_eq!(sorted, lines.iter().map(|line| line["sample"].as_i64().unwrap()).collect::<Vec<_>>());

    let new = NewAccount { name: "bo", role: Role::Reviewer, project: Some(&the_loop.project.slug), password: None };
    let bo = accounts::add(&the_loop.app, new).await.unwrap();
    let session = accounts::open_session(&the_loop.app, bo.id).await.unwrap();
    let mut bo = Client::new(&the_loop.app);
    bo.set_cookie("querist_session", session.reveal());
    bo.get(&format!("{base}/predictions")).await.assert_status(403);
    bo.get(&format!("{base}/embeddings.npz")).await.assert_status(403);
}

#[tokio::test]
async fn an_encoder_comes_by_file_and_what_is_no_encoder_is_refused() {
    let test = TestApp::new().await;
    pool(&test, "metal", 20).await;
    let mut lead = Person::new(&test, "lea", Role::Lead, "metal").await;
    let mut admin = Person::new(&test, "adam", Role::Admin, "metal").await;
    let form = |name: &str| {
        format!(
            "--b\r\ncontent-disposition: form-data; name=\"files\"; filename=\"{name}\"\r\n\r\nnot a model\r\n--b--\r\n"
        )
    };
    let path = format!("{}/encoders/trials", admin.base);
    let kind = Some("multipart/form-data; boundary=b");
    lead.client.send("POST", &path, kind, form("net.onnx").into()).await.assert_status(403);
    admin.client.send("POST", &path, kind, form("net.txt").into()).await.assert_status(422);
    let job =
        admin.client.send("POST", &path, kind, form("net.onnx").into()).await.assert_status(202).json()["job"].clone();
    let trial = admin.client.get(&format!("{path}/{job}")).await.assert_status(200).json();
    assert_eq!((&trial["name"], &trial["size_bytes"], &trial["found"]), (&json!("net"), &json!(11), &Value::Null));
    admin.client.post_json(&format!("{path}/{job}/adopt"), &json!({})).await.assert_status(409);
    admin.client.delete(&format!("{path}/{job}")).await.assert_status(409);
    admin.client.get(&format!("{path}/999")).await.assert_status(404);
    lead.client.get(&format!("{path}/{job}")).await.assert_status(403);
    admin.client.delete(&format!("{}/encoders/999", admin.base)).await.assert_status(404);
    lead.client.delete(&format!("{}/encoders/1", admin.base)).await.assert_status(403);
    lead.client.post_json(&format!("{}/encoder/relearn", admin.base), &json!({})).await.assert_status(403);
    let relearn =
        admin.client.post_json(&format!("{}/encoder/relearn", admin.base), &json!({})).await.assert_status(202).json();
    assert!(relearn["job"].is_i64(), "{relearn}");
    let lease = lead.lease_one().await;
    lead.send(&answer_to(&lease, json!({ "skip": "unsure" }))).await.assert_status(201);
    test.finish().await;
}
