//! The People page and retiring a class: no side effects, and a question before acts that touch the work of others.

use querist::domain::Role;
use querist::service::people::accounts;
use querist::service::projects;

use crate::support::app::TestApp;

#[tokio::test]
async fn adding_a_name_that_is_there_changes_nothing_and_names_the_way() {
    let test = TestApp::new().await;
    test.project("birds").await;
    test.signed_in("mira", Role::Annotator, Some("birds")).await;
    let mut admin = test.signed_in("ada", Role::Admin, None).await;
    for name in ["mira", "Mira", "MIRA"] {
        let page = admin.post("/people", &[("name", name), ("role", "lead"), ("project", "birds")]).await;
        page.assert_status(409).assert_says("use their row below");
        // What was typed is still there.
        page.assert_says(&format!("value=\"{name}\"")).assert_says("<option value=\"lead\" selected>");
        page.assert_says("<option value=\"birds\" selected>");
        assert!(!page.text().contains("/link/"), "no link for somebody who did not ask for one");
    }
    let mira = accounts::by_name(&test.app, "mira").await.unwrap();
    assert_eq!(test.app.store.memberships_of(mira.id).await.unwrap()[0].role, Role::Annotator);
}

#[tokio::test]
async fn roles_are_changed_and_taken_away_after_a_question() {
    for test in TestApp::on_each_engine().await {
        test.project("birds").await;
        let mut mira = test.signed_in("mira", Role::Annotator, Some("birds")).await;
        let mut admin = test.signed_in("ada", Role::Admin, None).await;
        let id = accounts::by_name(&test.app, "mira").await.unwrap().id;
        admin.get("/people").await.assert_says(&format!("action=\"/people/{id}/role\"")).assert_says("Change");
        let path = format!("/people/{id}/role");
        let asked = admin.get(&format!("{path}?project=birds&role=lead")).await;
        asked.assert_status(200).assert_says("Make mira lead in birds?").assert_says("At present: annotator");
        mira.get("/p/birds/settings").await.assert_status(403);
        admin.post(&path, &[("project", "birds"), ("role", "lead")]).await.assert_leads_to("/people");
        mira.get("/p/birds/settings").await.assert_status(200);
        admin.get(&format!("{path}?project=birds&role=none")).await.assert_says("Take mira out of birds?");
        admin.post(&path, &[("project", "birds"), ("role", "none")]).await.assert_leads_to("/people");
        mira.get("/p/birds").await.assert_status(404);
        admin.get(&format!("{path}?project=&role=admin")).await.assert_says("admin of the whole server?");
        admin.post(&path, &[("project", ""), ("role", "admin")]).await.assert_leads_to("/people");
        mira.get("/people").await.assert_status(200);
        let me = accounts::by_name(&test.app, "ada").await.unwrap().id;
        admin.post(&format!("/people/{me}/role"), &[("project", ""), ("role", "none")]).await.assert_status(409);
        admin.get(&format!("{path}?project=birds&role=king")).await.assert_status(422);
        mira.get(&format!("/people/{me}/disable")).await.assert_says("Disable ada?");
        mira.post(&path, &[("project", ""), ("role", "none")]).await.assert_status(409);
        test.finish().await;
    }
}

#[tokio::test]
async fn disabling_and_retiring_ask_first_and_say_the_way_back() {
    let test = TestApp::new().await;
    test.project("birds").await;
    test.signed_in("mira", Role::Annotator, Some("birds")).await;
    let mut admin = test.signed_in("ada", Role::Admin, None).await;
    let mira = accounts::by_name(&test.app, "mira").await.unwrap();
    let path = format!("/people/{}/disable", mira.id);
    admin.get("/people").await.assert_says(&format!("href=\"{path}\""));
    admin.get(&path).await.assert_says("Disable mira?").assert_says("Every answer stays").assert_says("Cancel");
    assert!(accounts::by_name(&test.app, "mira").await.unwrap().disabled_us.is_none(), "asking changes nothing");

    let project = test.app.store.project_by_slug("birds").await.unwrap().unwrap();
    projects::add_classes(&test.app, &project, &["hawk".to_owned()]).await.unwrap();
    let class = test.app.store.classes(project.id).await.unwrap()[0].id;
    let path = format!("/p/birds/classes/{class}/retire");
    admin.get("/p/birds/settings").await.assert_says(&format!("href=\"{path}\""));
    admin.get(&path).await.assert_says("Retire the class “hawk”?").assert_says("bring it back");
    assert!(!test.app.store.classes(project.id).await.unwrap()[0].retired);
    let answer = admin.post(&path, &[]).await;
    let next = answer.assert_status(303).header("location").to_owned();
    admin.get(&next).await.assert_says("“hawk” is retired").assert_says("Bring back");
    admin.post("/p/birds/classes", &[("name", "hawk")]).await.assert_status(303);
    assert!(!test.app.store.classes(project.id).await.unwrap()[0].retired);
    admin.get("/p/birds/classes/99/retire").await.assert_status(404);
}
