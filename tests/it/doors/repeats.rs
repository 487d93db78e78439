//! What is sent twice: the same answer, the same receipt, the same lease; and ids in any spelling.

use querist::domain::Role;
use querist::service::projects;
use serde_json::json;
use uuid::Uuid;

use crate::support::app::TestApp;
use crate::support::samples::fill;

#[tokio::test]
async fn an_answer_sent_again_brings_the_same_receipt_and_the_same_lease() {
    for test in TestApp::on_each_engine().await {
        test.project("birds").await;
        let mut client = test.signed_in("ana", Role::Annotator, Some("birds")).await;
        let project = test.app.store.project_by_slug("birds").await.unwrap().unwrap();
        projects::add_classes(&test.app, &project, &["hawk".to_owned()]).await.unwrap();
        let class = test.app.store.classes(project.id).await.unwrap()[0].id;
        fill(&test, &project, "", 40).await;
        let api = "/api/v1/projects/birds";
        let leased = client.post_json(&format!("{api}/leases"), &json!({ "count": 3 })).await.json();
        let lease = &leased["leases"][1];
        let id = Uuid::new_v4();
        let body =
            json!({ "id": id, "sample": lease["sample"]["id"], "lease": lease["lease"], "class": class, "next": 2 });
        let first = client.post_json(&format!("{api}/annotations"), &body).await;
        let first = first.assert_status(201).json();
        assert_eq!(first["leases"].as_array().unwrap().len(), 2);
        for spelling in [id.to_string(), id.to_string().to_uppercase(), id.simple().to_string()] {
            let mut again = body.clone();
            again["id"] = json!(spelling);
            let second = client.post_json(&format!("{api}/annotations"), &again).await;
            assert_eq!(second.assert_status(200).json(), first, "{spelling}");
        }
        // Nothing more was handed out: three leases less one, and the two that came with the answer.
        let held = test.app.store.own_leases(project.id, account(&test).await).await.unwrap();
        assert_eq!(held.len(), 4);
        let lease = leased["leases"][0]["lease"].as_str().unwrap().to_uppercase();
        client.delete(&format!("{api}/leases/{lease}")).await.assert_status(204);
        let path = format!("{api}/annotations/{}", id.simple().to_string().to_uppercase());
        client.delete(&path).await.assert_status(200);
        test.finish().await;
    }
}

async fn account(test: &TestApp) -> querist::domain::AccountId {
    querist::service::people::accounts::by_name(&test.app, "ana").await.unwrap().id
}

#[tokio::test]
async fn what_is_sent_wrong_is_answered_with_what_to_send() {
    let test = TestApp::new().await;
    test.project("birds").await;
    let mut admin = test.signed_in("ada", Role::Admin, None).await;
    let project = test.app.store.project_by_slug("birds").await.unwrap().unwrap();
    projects::add_classes(&test.app, &project, &["hawk".to_owned()]).await.unwrap();
    let api = "/api/v1/projects/birds";
    let import = admin.post_json(&format!("{api}/samples"), &json!({ "files": [] })).await;
    import.assert_status(415).assert_says("multipart/form-data").assert_says("files");
    let text = admin.send("POST", &format!("{api}/leases"), Some("text/plain"), "x".into()).await;
    text.assert_status(415).assert_says("application/json");
    let form = admin.send("POST", "/people", Some("application/json"), "{}".into()).await;
    form.assert_status(415);
    admin.get(&format!("{api}/samples?class=hawk")).await.assert_status(200);
    let class = test.app.store.classes(project.id).await.unwrap()[0].id;
    admin.get(&format!("{api}/samples?class={class}")).await.assert_status(200);
    admin.get(&format!("{api}/samples?class=crow")).await.assert_status(422).assert_says("crow").assert_says("hawk");
}

#[tokio::test]
async fn a_round_is_named_by_its_job_which_can_be_waited_for() {
    let test = TestApp::new().await;
    test.project("birds").await;
    let mut lead = test.signed_in("lea", Role::Lead, Some("birds")).await;
    let api = "/api/v1/projects/birds";
    let job = lead.post_json(&format!("{api}/rounds"), &json!(null)).await.json()["job"].as_i64().unwrap();
    let path = format!("{api}/jobs/{job}");
    assert_eq!(lead.get(&path).await.json()["state"], "queued");
    lead.get(&format!("{path}?wait=31")).await.assert_status(422).assert_says("0 to 30");
    lead.get(&format!("{path}?wait=-1")).await.assert_status(422);
    let (mut waiting, app) = (lead.clone(), test.app.clone());
    let slow = format!("{path}?wait=30");
    let end = async {
        tokio::time::sleep(std::time::Duration::from_millis(300)).await;
        let claimed = app.store.claim_job(querist::domain::Lane::Rounds, app.clock.now()).await.unwrap().unwrap();
        app.store.finish_job(claimed.id, &querist::domain::JobNote::default(), None, app.clock.now()).await.unwrap();
    };
    let (answer, ()) = tokio::join!(waiting.get(&slow), end);
    assert_eq!(answer.json()["state"], "done");
    assert_eq!(answer.json().get("round"), None, "this job made none");
    let list = lead.get(&format!("{api}/jobs?kind=round")).await.json();
    assert_eq!(list["jobs"][0]["id"], job);
    assert_eq!(lead.get("/api/v1/projects").await.json()["projects"][0]["role"], "lead");
}
