//! Flags and examples: what annotators ask and leads answer, and the pictures beside the guide.

use querist::domain::Role;
use serde_json::{Value, json};

use crate::support::app::TestApp;
use crate::support::desk::{Person, class_ids, number, pool};

fn uuid() -> String {
    uuid::Uuid::new_v4().to_string()
}

async fn flags(person: &mut Person) -> Vec<Value> {
    let answer = person.client.get(&format!("{}/flags", person.base)).await;
    answer.assert_status(200).json()["flags"].as_array().unwrap().clone()
}

#[tokio::test]
async fn a_flag_is_answered_by_the_lead_and_the_answer_is_new_until_it_is_seen() {
    for test in TestApp::on_each_engine().await {
        pool(&test, "metal", 20).await;
        let mut ana = Person::new(&test, "ana", Role::Annotator, "metal").await;
        let mut ben = Person::new(&test, "ben", Role::Annotator, "metal").await;
        let mut lea = Person::new(&test, "lea", Role::Lead, "metal").await;
        let lease = ana.lease_one().await;
        let sample = &lease["sample"]["id"];
        let address = format!("{}/flags", ana.base);
        let flag = json!({ "id": uuid(), "sample": sample, "text": " Is this rust? <b>\n" });
        ana.client.post_json(&address, &flag).await.assert_status(201);
        ana.client.post_json(&address, &flag).await.assert_status(200);
        let other = json!({ "id": flag["id"], "sample": sample, "text": "something else" });
        ana.client.post_json(&address, &other).await.assert_status(409);
        for (bad, status) in [
            (json!({ "id": uuid(), "sample": sample, "text": "  " }), 422),
            (json!({ "id": uuid(), "sample": sample, "text": "x".repeat(2001) }), 422),
            (json!({ "id": "no", "sample": sample, "text": "x" }), 422),
            (json!({ "id": uuid(), "sample": 999_999, "text": "x" }), 404),
            (json!({ "id": uuid(), "sample": sample, "text": "x", "kind": "done" }), 422),
        ] {
            ana.client.post_json(&address, &bad).await.assert_status(status);
        }
        // Flagging answers nothing: the lease is still hers.
        assert_eq!(number(&test, "select count(*) from annotation").await, 0);
        assert_eq!(number(&test, "select count(*) from lease").await, 1);

        let own = flags(&mut ana).await;
        assert_eq!(
            (own.len(), &own[0]["notes"][0]["text"], &own[0]["unseen"]),
            (1, &json!("Is this rust? <b>"), &json!(false))
        );
        assert!(own[0].get("audit").is_none());
        assert!(flags(&mut ben).await.is_empty(), "others see only their own");
        ben.client.get(&format!("{address}?all=true")).await.assert_status(403);
        let id = flag["id"].as_str().unwrap();
        let reply = |text: &str| json!({ "id": uuid(), "text": text });
        ben.client.post_json(&format!("{address}/{id}/replies"), &reply("me too")).await.assert_status(404);
        ben.client.post_json(&format!("{address}/{id}/seen"), &json!({})).await.assert_status(404);
        ana.client.post_json(&format!("{address}/{id}/done"), &json!({})).await.assert_status(403);

        // The lead's page.
        ana.client.get("/p/metal/flags").await.assert_status(403);
        let page = lea.client.get("/p/metal/flags").await;
        page.assert_status(200).assert_says("Is this rust? &#60;b&#62;").assert_says("One flag waits");
        let form = [("id", uuid()), ("text", "Yes, rust.".to_owned()), ("done", "yes".to_owned())];
        let form: Vec<_> = form.iter().map(|(name, value)| (*name, value.as_str())).collect();
        lea.client.post(&format!("/p/metal/flags/{id}"), &form).await.assert_leads_to("/p/metal/flags");
        lea.client.get("/p/metal/flags").await.assert_says("No flag waits");
        lea.client.get("/p/metal/flags?done=true").await.assert_says("Yes, rust.");

        let own = flags(&mut ana).await;
        assert_eq!((&own[0]["unseen"], &own[0]["done"]), (&json!(true), &json!(true)));
        assert_eq!(own[0]["notes"][1]["by"], "lea");
        ana.client.post_json(&format!("{address}/{id}/seen"), &json!({})).await.assert_status(204);
        assert_eq!(flags(&mut ana).await[0]["unseen"], false);
        // Written again, it is open again.
        ana.client.post_json(&format!("{address}/{id}/replies"), &reply("Even here?")).await.assert_status(201);
        lea.client.get("/p/metal/samples").await.assert_says("flags (1 open)");
        test.finish().await;
    }
}

#[tokio::test]
async fn leads_choose_examples_that_annotators_see_beside_the_guide() {
    for test in TestApp::on_each_engine().await {
        let project = pool(&test, "metal", 40).await;
        let classes = class_ids(&test, &project).await;
        let mut ana = Person::new(&test, "ana", Role::Annotator, "metal").await;
        let mut lea = Person::new(&test, "lea", Role::Lead, "metal").await;
        let leases = ana.lease(9).await;
        let mut answers = Vec::new();
        for lease in &leases[..8] {
            answers.push(ana.answer(lease, classes[0]).await);
        }
        let back = ("back", "/p/metal/samples?state=labeled");
        let path = |i: usize| format!("/p/metal/samples/{}/example", leases[i]["sample"]["id"]);
        ana.client.post(&path(0), &[("shown", "true"), back]).await.assert_status(403);
        lea.client.post(&path(8), &[("shown", "true"), back]).await.assert_status(422);
        for i in 0..6 {
            lea.client
                .post(&path(i), &[("shown", "true"), back])
                .await
                .assert_leads_to("/p/metal/samples?state=labeled");
        }
        lea.client.post(&path(0), &[("shown", "true"), back]).await.assert_status(303);
        lea.client.post(&path(6), &[("shown", "true"), back]).await.assert_status(409).assert_says("6 examples");
        lea.client.post(&path(5), &[("shown", "false"), back]).await.assert_status(303);
        let shown = |page: String| page.matches("alt=\"Example of a ").count();
        assert_eq!(shown(ana.client.get("/p/metal/label").await.text()), 5);
        // One whose label was taken back is no longer listed.
        ana.undo(&answers[0]).await.assert_status(200);
        assert_eq!(shown(ana.client.get("/p/metal/label").await.text()), 4);
        test.finish().await;
    }
}
