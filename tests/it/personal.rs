//! A person's data: all of it in a zip, and none of it after they were made anonymous.

use std::io::{Cursor, Read as _};

use querist::domain::Role;
use querist::service::archive::removal;
use querist::service::people::accounts::{self, AccountError};
use querist::service::people::personal::{self, KEPT_SECONDS};
use serde_json::{Value, json};

use crate::support::app::{PASSWORD, TestApp};
use crate::support::desk::{Person, class_ids, pool};

/// A name that nothing else holds.
const NAME: &str = "Zbigniewa";

fn file(zip: &[u8], name: &str) -> String {
    let mut archive = zip::ZipArchive::new(Cursor::new(zip)).unwrap();
    let mut text = String::new();
    archive.by_name(name).unwrap().read_to_string(&mut text).unwrap();
    text
}

/// Somebody who did something in every corner.
async fn busy(test: &TestApp) -> (querist::store::accounts::AccountRow, Person) {
    let project = pool(test, "birds", 10).await;
    let mut boss = test.signed_in("boss", Role::Admin, None).await;
    let new = [("name", NAME), ("role", "admin"), ("project", "birds")];
    boss.post("/people", &new).await.assert_status(200);
    let account = accounts::by_name(&test.app, NAME).await.unwrap();
    let link = accounts::new_link(&test.app, account.id).await.unwrap();
    let mut client = test.client();
    let set = [("password", PASSWORD), ("again", PASSWORD)];
    client.post(&format!("/link/{}", link.reveal()), &set).await.assert_leads_to("/");
    client.post("/sign-in", &[("name", "ZBIGNIEWA"), ("password", PASSWORD)]).await.assert_leads_to("/");
    let mut person = Person { client, base: "/api/v1/projects/birds".to_owned() };
    let lease = person.lease_one().await;
    person.answer(&lease, class_ids(test, &project).await[1]).await;
    person.client.post("/account/tokens", &[("name", "nightly")]).await.assert_status(200);
    person.client.post("/p/birds/classes", &[("name", "wren")]).await.assert_status(303);
    let flag = json!({ "id": uuid::Uuid::new_v4(), "sample": 1, "text": "is this one?" });
    person.client.post_json("/api/v1/projects/birds/flags", &flag).await.assert_status(201);
    let export = [("format", "csv"), ("annotator", NAME)];
    person.client.post("/p/birds/export", &export).await.assert_status(303);
    let role = [("project", "birds"), ("role", "lead")];
    boss.post(&format!("/people/{}/role", account.id), &role).await.assert_leads_to("/people");
    (accounts::by_name(&test.app, NAME).await.unwrap(), person)
}

#[tokio::test]
async fn everything_that_names_somebody_is_in_one_file() {
    for test in TestApp::on_each_engine().await {
        let (account, mut person) = busy(&test).await;
        let answer = person.client.post("/account/data", &[]).await;
        answer.assert_status(200);
        assert_eq!(answer.header("content-type"), "application/zip");
        let zip = answer.body;
        let about: Value = serde_json::from_str(&file(&zip, "account.json")).unwrap();
        assert_eq!((&about["name"], &about["roles"][0]["role"]), (&json!(NAME), &json!("lead")));
        let answers = file(&zip, "answers.jsonl");
        let said: Value = serde_json::from_str(answers.lines().next().unwrap()).unwrap();
        assert_eq!((&said["project"], &said["classes"]), (&json!("birds"), &json!(["b"])), "{answers}");
        assert_eq!(answers.lines().count(), 1);
        assert!(file(&zip, "notes.json").contains("is this one?"));
        assert!(file(&zip, "tokens.json").contains("nightly") && !file(&zip, "tokens.json").contains("qst_"));
        assert!(file(&zip, "work.json").contains("export"));
        let record: Vec<Value> = serde_json::from_str(&file(&zip, "record.json")).unwrap();
        let of = |what: &str| {
            record.iter().find(|entry| entry["what"] == what).unwrap_or_else(|| panic!("{what}: {record:?}"))
        };
        assert_eq!((&of("person-added")["by_them"], &of("class-added")["by_them"]), (&json!(false), &json!(true)));
        assert!(!file(&zip, "account.json").contains("argon2"), "no secret");

        // For admins of the server too, and for nobody else; each is on record.
        let mut boss = test.signed_in("chief", Role::Admin, None).await;
        boss.post(&format!("/people/{}/data", account.id), &[]).await.assert_status(200);
        boss.post(&format!("/api/v1/people/{}/data", account.id), &[]).await.assert_status(200);
        let entries = boss.get("/api/v1/record?what=person-exported").await.json();
        assert_eq!(entries["entries"].as_array().unwrap().len(), 3);
        person.client.post("/people/1/data", &[]).await.assert_status(403);
        test.finish().await;
    }
}

#[tokio::test]
async fn an_anonymous_person_is_named_nowhere_and_their_history_stays() {
    for test in TestApp::on_each_engine().await {
        let (account, mut person) = busy(&test).await;
        let mut boss = test.signed_in("chief", Role::Admin, None).await;
        boss.post(&format!("/people/{}/data", account.id), &[]).await.assert_status(200);
        boss.get(&format!("/people/{}/anonymise", account.id)).await.assert_status(200).assert_says("cannot be undone");
        boss.post(&format!("/people/{}/anonymise", account.id), &[]).await.assert_leads_to("/people");
        let name = format!("person {}", account.id);
        person.client.get("/account").await.assert_status(303);
        let refused = accounts::sign_in(&test.app, &name, PASSWORD, "x").await;
        assert!(matches!(refused, Err(AccountError::WrongPassword)));
        for path in ["/people", "/record", "/record.csv", "/p/birds/samples", "/p/birds/agreement", "/api/v1/record"] {
            let text = boss.get(path).await.assert_status(200).text().to_lowercase();
            assert!(!text.contains(&NAME.to_lowercase()), "{path} names them");
        }
        boss.get("/record").await.assert_says(&name).assert_says("made anonymous");
        boss.get("/p/birds/samples?state=labeled").await.assert_says("b");
        let answers = test.app.store.answers_of(account.id, 0, 10).await.unwrap();
        assert_eq!(answers.len(), 1, "what they said stays theirs");
        // The whole database, where it is one file.
        let folder = tempfile::tempdir().unwrap();
        let copy = folder.path().join("copy.db");
        if test.app.store.copy_to(&copy).await.is_ok() {
            let bytes = std::fs::read(&copy).unwrap().to_ascii_lowercase();
            let name = NAME.to_ascii_lowercase();
            assert!(!bytes.windows(name.len()).any(|part| part == name.as_bytes()), "the database names them");
        }
        let again = accounts::enable(&test.app, account.id).await;
        assert!(matches!(again, Err(AccountError::Anonymous)), "{again:?}");
        boss.get("/people").await.assert_status(200);
        test.finish().await;
    }
}

#[tokio::test]
async fn a_deleted_account_is_made_anonymous_after_thirty_days_unless_it_is_enabled() {
    for test in TestApp::on_each_engine().await {
        let mut boss = test.signed_in("boss", Role::Admin, None).await;
        test.project("birds").await;
        let (ana, ben) = (
            test.person("ana", Role::Annotator, Some("birds")).await,
            test.person("ben", Role::Annotator, Some("birds")).await,
        );
        boss.get(&format!("/people/{ana}/delete")).await.assert_status(200).assert_says("After 30 days");
        for account in [ana, ben] {
            boss.post(&format!("/people/{account}/delete"), &[]).await.assert_leads_to("/people");
        }
        boss.get("/people").await.assert_says("anonymous from 2026-01-31");
        assert!(matches!(accounts::sign_in(&test.app, "ana", PASSWORD, "x").await, Err(AccountError::WrongPassword)));
        boss.post(&format!("/people/{ben}/enable"), &[]).await.assert_leads_to("/people");
        test.app.clock.advance(KEPT_SECONDS + 1);
        assert_eq!(removal::anonymise_due(&test.app).await.unwrap(), 1);
        let names: Vec<_> = test.app.store.accounts().await.unwrap().into_iter().map(|row| row.name).collect();
        assert_eq!(names, ["ben", "boss", &format!("person {ana}")]);
        let mut boss = test.signed_in("chief", Role::Admin, None).await;
        let record = boss.get("/api/v1/record?what=person-anonymised").await.json();
        assert_eq!(record["entries"][0]["via"], "itself");
        assert_eq!(removal::anonymise_due(&test.app).await.unwrap(), 0);
        test.finish().await;
    }
}

#[tokio::test]
async fn nobody_makes_themselves_or_the_last_admin_anonymous() {
    let test = TestApp::new().await;
    let ana = test.person("ana", Role::Admin, None).await;
    let row = test.app.store.account(ana).await.unwrap().unwrap();
    assert!(matches!(personal::anonymise_now(&test.app, &row, None).await, Err(AccountError::LastAdmin(_))));
    assert!(matches!(personal::delete(&test.app, &row, Some(ana)).await, Err(AccountError::Yourself)));
    let token = accounts::new_token(&test.app, ana, "t").await.unwrap();
    test.person("ben", Role::Admin, None).await;
    let mut script = test.client().bearer(token.reveal());
    // What cannot be undone needs a person in front of a browser.
    script.post(&format!("/api/v1/people/{}/anonymous", ana.0 + 1), &[]).await.assert_status(403);
}
