//! What is asked beside the ranking, from outside: floors, answers that come again, labels in doubt, the goal of a day, and a smaller
//! audit set.

use std::collections::HashMap;

use querist::domain::asking::{ClassFloor, ColumnFloor};
use querist::domain::{AccountId, Asking, ClassId, Role, SampleId, SecondOpinions};
use querist::service::desk::{asking, second_opinions};
use querist::service::people::accounts::{self, NewAccount};
use querist::service::rounds::doubted;
use serde_json::{Value, json};

use crate::support::app::TestApp;
use crate::support::client::Answer;
use crate::support::desk::{Person, assert_consistent, class_ids, number, pool, run};
use crate::support::rounds::{Loop, runtime_is_there};

async fn put(person: &mut Person, wanted: &Value) -> Answer {
    let path = format!("{}/asking", person.base);
    person.client.put_json(&path, wanted).await
}

#[tokio::test]
async fn answers_come_again_to_their_own_person_once_and_the_newer_one_counts() {
    for test in TestApp::on_each_engine().await {
        let project = pool(&test, "metal", 120).await;
        let classes = class_ids(&test, &project).await;
        let mut lena = Person::new(&test, "lena", Role::Lead, "metal").await;
        let mut ana = Person::new(&test, "ana", Role::Annotator, "metal").await;
        let mut ben = Person::new(&test, "ben", Role::Annotator, "metal").await;
        for lease in ana.lease(80).await {
            ana.answer(&lease, classes[0]).await;
        }
        put(&mut lena, &json!({ "repeats": 0.2 })).await.assert_status(200);
        assert!(number(&test, "select count(*) from lease where asked_by = 'repeat'").await == 0);
        ana.client.get("/p/metal/label").await.assert_says("Some samples come again after a while");
        // Half an hour has not passed.
        let early = ana.lease(20).await;
        assert_eq!(number(&test, "select count(*) from lease where asked_by = 'repeat'").await, 0);
        for lease in &early {
            ana.client
                .delete(&format!("{}/leases/{}", ana.base, lease["lease"].as_str().unwrap()))
                .await
                .assert_status(204);
        }
        run(&test, "update annotation set made_us = made_us - 3600000000").await;
        run(&test, "update sample set draw = (draw / 1000000) * 1000000 + 999999 where id % 3 = 0").await;
        put(&mut lena, &json!({ "repeats": 0.2 })).await.assert_status(200);
        ben.lease(10).await;
        assert_eq!(number(&test, "select count(*) from lease where asked_by = 'repeat'").await, 0, "they are ana's");
        let mut again = Vec::new();
        for lease in ana.lease(25).await {
            let sample = lease["sample"]["id"].as_i64().unwrap();
            let known = test.app.store.history(project.id, SampleId(sample)).await.unwrap();
            if known.is_empty() {
                continue;
            }
            // Until it is answered, nothing says what she answered.
            assert!(lease["opinion"].is_null());
            again.push(lease);
        }
        assert!(again.len() >= 2, "{}", again.len());
        assert_eq!(number(&test, "select count(*) from lease where asked_by = 'repeat'").await, again.len() as i64);
        let rounds = number(&test, "select count(*) from decision where cause = 'correction'").await;
        ana.answer(&again[0], classes[0]).await;
        assert_eq!(
            number(&test, "select count(*) from decision where cause = 'correction'").await,
            rounds,
            "nothing was corrected"
        );
        let other = ana.answer(&again[1], classes[1]).await;
        assert_consistent(&test, &project, "after other answers").await;
        assert_eq!(test.app.store.tally(project.id).await.unwrap().labeled, 80);
        let found = lena.client.get(&format!("{}/agreement", lena.base)).await.assert_status(200).json();
        assert_eq!((&found["consistency"]["n"], &found["consistency"]["same"]["value"]), (&json!(2), &json!(0.5)));
        let of_ana = found["people"].as_array().unwrap().iter().find(|one| one["again"] == 2).unwrap();
        assert_eq!(of_ana["consistent"]["value"], json!(0.5));
        lena.client.get("/p/metal/agreement").await.assert_says("2 answers were asked for again from the same people");
        // Taken back, the first answer stands again, and the sample does not come a third time.
        let undone = ana.undo(&other).await.assert_status(200).json();
        assert!(undone["leases"].as_array().is_none_or(Vec::is_empty), "{undone}");
        let label = "select count(*) from label l join class c on cast(c.id as text) = l.classes where c.name = 'b'";
        assert_eq!(number(&test, label).await, 0);
        assert_consistent(&test, &project, "after an undo").await;
        test.finish().await;
    }
}

#[tokio::test]
async fn what_makes_no_sense_is_refused_and_only_leads_may_change_it() {
    let test = TestApp::new().await;
    let project = pool(&test, "metal", 12).await;
    let classes = class_ids(&test, &project).await;
    let mut lena = Person::new(&test, "lena", Role::Lead, "metal").await;
    let mut rita = Person::new(&test, "rita", Role::Reviewer, "metal").await;
    put(&mut rita, &json!({})).await.assert_status(403);
    rita.client.get("/p/metal/asking").await.assert_status(403);
    for (bad, says) in [
        (json!({ "repeats": 0.5 }), "0 to 0.2"),
        (json!({ "floor_share": 0.0 }), "more than 0"),
        (json!({ "per_day": 0 }), "answers a day"),
        (json!({ "classes": [{ "class": 99_999, "labels": 3 }] }), "class 99999 is not in this project"),
        (json!({ "classes": [{ "class": classes[0], "labels": 0 }] }), "give 1 to"),
        (json!({ "more": 1 }), "more"),
    ] {
        put(&mut lena, &bad).await.assert_status(422).assert_says(says);
    }
    put(&mut lena, &json!({ "column": { "column": "site", "labels": 3 } })).await.assert_status(404);
    let wanted = json!({ "classes": [{ "class": classes[2], "labels": 5 }], "per_day": 150 });
    let kept = put(&mut lena, &wanted).await.assert_status(200).json();
    assert_eq!((&kept["asking"]["per_day"], &kept["classes"][2]["floor"]), (&json!(150), &json!(5)));
    let mix = kept["mix"].as_object().unwrap();
    let sum: f64 = mix.values().map(|share| share.as_f64().unwrap()).sum();
    assert!((sum - 1.0).abs() < 1e-9, "{mix:?}");
    assert_eq!(number(&test, "select count(*) from decision where cause = 'floors changed'").await, 1);
    // By the form, which keeps what it does not hold empty.
    let page = lena.client.get("/p/metal/asking").await;
    page.assert_status(200).assert_says("The next 100 questions").assert_says("value=\"150\"");
    let floor = format!("floor-{}", classes[0]);
    let form = [(floor.as_str(), "7"), ("floor_share", "25"), ("repeats", "2"), ("per_day", "40")];
    lena.client.post("/p/metal/asking", &form).await.assert_leads_to("/p/metal/asking?saved=yes");
    let asking = test.app.store.project(project.id).await.unwrap().unwrap().asking;
    let floors = vec![ClassFloor { class: ClassId(classes[0]), labels: 7 }];
    let per_day = Some(40);
    assert_eq!(asking, Asking { classes: floors, floor_share: 0.25, repeats: 0.02, per_day, ..Asking::default() });
    lena.client.post("/p/metal/asking", &[("per_day", "many")]).await.assert_status(422).assert_says("many");
    // The desk shows the goal of the day.
    let mut ana = Person::new(&test, "ana", Role::Annotator, "metal").await;
    let lease = ana.lease_one().await;
    ana.answer(&lease, classes[0]).await;
    let desk = ana.client.get("/p/metal/label").await.text();
    assert!(desk.contains("data-goal") && desk.contains("max=\"40\"") && desk.contains("/ 40"), "{desk}");
}

#[tokio::test]
async fn part_of_the_audit_set_is_retired_and_trains_and_the_rest_is_as_random_as_before() {
    for test in TestApp::on_each_engine().await {
        let project = pool(&test, "metal", 3000).await;
        let classes = class_ids(&test, &project).await;
        // By the lots of its samples, as an import draws it.
        run(&test, "update sample set audit = false").await;
        let rows = test.app.store.looks(project.id).await.unwrap();
        let drawn: Vec<_> = rows.iter().filter(|row| project.secret.audits(&row.first_copy, 0.1)).collect();
        let ids: Vec<String> = drawn.iter().map(|row| row.id.to_string()).collect();
        let sql = format!("update sample set audit = true where id in ({})", ids.join(","));
        run(&test, Box::leak(sql.into_boxed_str())).await;
        let n = format!("update tally set audit_samples = {}", ids.len());
        run(&test, Box::leak(n.into_boxed_str())).await;
        let mut lena = Person::new(&test, "lena", Role::Lead, "metal").await;
        let mut ana = Person::new(&test, "ana", Role::Annotator, "metal").await;
        // Dense audit questions first: some eighty of them have a label.
        for _ in 0..5 {
            for lease in ana.lease(100).await {
                ana.answer(&lease, classes[0]).await;
            }
        }
        let before = test.app.store.tally(project.id).await.unwrap();
        let path = format!("{}/audit/retire", lena.base);
        let retire = json!({ "share": 0.07, "dry_run": true });
        ana.client.post_json(&path, &retire).await.assert_status(403);
        for bad in [0.1, 0.0, -1.0, 0.5] {
            lena.client.post_json(&path, &json!({ "share": bad })).await.assert_status(422);
        }
        let few = lena.client.post_json(&path, &json!({ "share": 0.001 })).await;
        few.assert_status(422).assert_says("too few to measure accuracy");
        let told = lena.client.post_json(&path, &retire).await.assert_status(200).json();
        assert_eq!(test.app.store.tally(project.id).await.unwrap(), before, "it only looked");
        let page = lena.client.get("/p/metal/audit/retire?share=7").await;
        page.assert_status(200).assert_says("Make the audit set 7.0").assert_says("cannot be undone");
        lena.client.post("/p/metal/audit/retire", &[("share", "7")]).await.assert_leads_to("/p/metal/asking?saved=yes");
        let after = test.app.store.tally(project.id).await.unwrap();
        let number_of = |name: &str| told[name].as_i64().unwrap();
        assert_eq!(before.audit_samples - after.audit_samples, number_of("leave"));
        assert_eq!(before.audit_labeled - after.audit_labeled, number_of("leave_labeled"));
        assert_eq!((after.audit_samples, after.audit_labeled), (number_of("stay"), number_of("stay_labeled")));
        assert!(number_of("leave_labeled") > 5 && after.labeled == before.labeled, "{told}");
        assert_consistent(&test, &project, "after retiring").await;
        // What is left is what a draw with the smaller share would have taken, and later imports are drawn so.
        let now = test.app.store.project(project.id).await.unwrap().unwrap();
        assert!((now.audit_share - 0.07).abs() < 1e-12);
        let rows = test.app.store.looks(project.id).await.unwrap();
        assert!(rows.iter().all(|row| row.audit == project.secret.audits(&row.first_copy, 0.07)));
        let departures = test.app.store.audit_departures(project.id).await.unwrap();
        assert_eq!(departures.len() as i64, number_of("leave"));
        let curve = lena.client.get(&format!("{}/curve", lena.base)).await.assert_status(200).json();
        assert_eq!((&curve["retired"], &curve["departed"]), (&told["leave"], &json!(0)));
        test.finish().await;
    }
}

#[tokio::test]
async fn a_rare_class_and_a_part_of_the_pool_are_asked_for_until_they_have_enough() {
    if !runtime_is_there() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let at = Loop::open(folder.path(), 300).await;
    let samples: Vec<SampleId> = at.app.store.waiting_samples(at.project.id, false, at.app.clock.now()).await.unwrap();
    at.app.store.tag_samples(at.project.id, &samples[..12], "site", "north").await.unwrap();
    at.app.store.tag_samples(at.project.id, &samples[12..], "site", "south").await.unwrap();
    // Before any model, a part of the pool can be asked for already.
    let column = Some(ColumnFloor { column: "site".to_owned(), labels: 6 });
    let wanted = Asking { column, floor_share: 0.9, ..Asking::default() };
    asking::set(&at.app, &at.project, wanted).await.unwrap();
    let project = at.app.store.project(at.project.id).await.unwrap().unwrap();
    at.round().await;
    let queue = at.app.store.queue(project.id).await.unwrap().unwrap();
    assert!(queue.round.is_none() && queue.floors.len() > 12, "{}", queue.floors.len());
    let north = |of: &[SampleId]| of.iter().filter(|id| samples[..12].contains(id)).count();
    assert!((5..=7).contains(&north(&queue.floors[..12])), "both are as far behind: {}", north(&queue.floors[..12]));
    at.answer_truly(40).await;
    let standing = asking::standing(&at.app, &project).await.unwrap();
    assert!(standing.short.is_empty(), "{:?}", standing.short);

    // The class with fewest labels so far, with a floor that the pool can fill.
    let labels = at.app.store.training_labels(project.id).await.unwrap();
    let mut has: HashMap<ClassId, usize> = at.classes.values().map(|class| (*class, 0)).collect();
    for class in labels.iter().filter_map(|(_, set)| set.one()) {
        *has.entry(class).or_default() += 1;
    }
    let (&rare, &few) = has.iter().filter(|(_, n)| **n > 0).min_by_key(|(class, n)| (**n, **class)).unwrap();
    let floors = vec![ClassFloor { class: rare, labels: few as i64 + 8 }];
    asking::set(&at.app, &project, Asking { classes: floors, floor_share: 0.9, ..Asking::default() }).await.unwrap();
    at.round().await;
    let queue = at.app.store.queue(project.id).await.unwrap().unwrap();
    let names: HashMap<SampleId, String> = at.names().await;
    let of_class = |ids: &[SampleId]| {
        ids.iter().filter(|id| at.classes[&at.truth[&names[*id]]] == rare).count() as f64 / ids.len() as f64
    };
    let base = of_class(&samples);
    assert!(of_class(&queue.floors[..10]) > 2.0 * base, "{} of {base}", of_class(&queue.floors[..10]));
    let mix = at.app.desks.get(&at.app, &project).await.unwrap().mix();
    assert!(mix.floor > 0.5, "{mix:?}");
    at.answer_truly(20).await;
    let asked = at.app.store.training_labels(project.id).await.unwrap();
    let now = asked.iter().filter(|(_, set)| set.contains(rare)).count();
    assert!(now >= few + 4, "{few} labels before, {now} now");
    // What nobody has seen cannot be looked for.
    at.app.store.add_classes(project.id, &["unseen".to_owned()], at.app.clock.now()).await.unwrap();
    let unseen = at.app.store.classes(project.id).await.unwrap().last().unwrap().id;
    let floors = vec![ClassFloor { class: unseen, labels: 5 }];
    asking::set(&at.app, &project, Asking { classes: floors, ..Asking::default() }).await.unwrap();
    at.round().await;
    assert!(at.app.store.queue(project.id).await.unwrap().unwrap().floors.is_empty());
    let floors = vec![ClassFloor { class: rare, labels: 1_000 }];
    asking::set(&at.app, &project, Asking { classes: floors, ..Asking::default() }).await.unwrap();
    at.round().await;
    assert!(!at.app.store.queue(project.id).await.unwrap().unwrap().floors.is_empty());
    // A retired class is looked for no longer.
    at.app.store.retire_class(project.id, rare, at.app.clock.now()).await.unwrap();
    at.round().await;
    assert!(at.app.store.queue(project.id).await.unwrap().unwrap().floors.is_empty());
}

#[tokio::test]
async fn labels_in_doubt_are_asked_again_within_their_share() {
    if !runtime_is_there() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let at = Loop::open(folder.path(), 200).await;
    let new = NewAccount { name: "ben", role: Role::Annotator, project: Some(&at.project.slug), password: None };
    let ben = accounts::add(&at.app, new).await.unwrap().id;
    let settings = SecondOpinions { share: 0.2, ..SecondOpinions::default() };
    second_opinions::configure(&at.app, &at.project, settings).await.unwrap();
    let slips = at.answer_with_slips(90).await;
    // Ben gives the second opinions, truly.
    answer_seconds(&at, ben).await;
    at.round().await;
    assert_eq!(doubted::ask(&at.app, &at.project).await.unwrap(), 0, "nobody asked for it");
    let settings = SecondOpinions { doubted: 0.1, ..settings };
    second_opinions::configure(&at.app, &at.project, settings).await.unwrap();
    let asked = doubted::ask(&at.app, &at.project).await.unwrap();
    let labeled = at.app.store.tally(at.project.id).await.unwrap().labeled;
    assert!((1..=labeled as usize / 10).contains(&asked), "{asked} of {labeled}");
    let rows = at.app.store.second_rows(at.project.id).await.unwrap();
    let doubted: Vec<_> = rows.iter().filter(|row| row.cause.as_str() == "doubted").map(|row| row.sample_id).collect();
    assert_eq!(doubted.len(), asked);
    let wrong = doubted.iter().filter(|sample| slips.contains(sample)).count();
    let share = slips.len() as f64 / labeled as f64;
    assert!(wrong as f64 / asked as f64 > 2.0 * share, "{wrong} of {asked} are wrong, {share} of all");
    // Whoever has not answered is asked about them; what is left of the share is too little to be worth another look.
    let seconds = at.app.store.waiting_seconds(at.project.id, at.app.clock.now()).await.unwrap();
    assert!(doubted.iter().all(|sample| seconds.iter().any(|one| one.sample == *sample && !one.known_to.is_empty())));
    assert!(doubted::ask(&at.app, &at.project).await.unwrap() <= labeled as usize / 10 - asked);
    // Switched off, those that nobody has answered are let go.
    second_opinions::configure(&at.app, &at.project, SecondOpinions { doubted: 0.0, ..settings }).await.unwrap();
    let rows = at.app.store.second_rows(at.project.id).await.unwrap();
    assert!(rows.iter().all(|row| row.cause.as_str() != "doubted" || row.answered > 1));
}

/// Answer every second opinion that waits for this person with what was drawn.
async fn answer_seconds(at: &Loop, account: AccountId) {
    use querist::domain::{ClassSet, Origin};
    use querist::service::desk::labeling::{self, Basis, Given};
    let mut left = at.app.store.waiting_seconds(at.project.id, at.app.clock.now()).await.unwrap().len();
    while left > 0 {
        let lease = labeling::lease(&at.app, &at.project, account, 1, false).await.unwrap().remove(0);
        left -= usize::from(lease.asked_by == "second opinion");
        let class = at.classes[&at.truth[&lease.name]];
        let given = Given {
            id: uuid::Uuid::new_v4().to_string(),
            sample: lease.sample_id,
            basis: Basis::Lease(lease.id),
            answer: ClassSet::from(class).into(),
            seconds: None,
            next: 0,
            origin: Origin::Desk,
        };
        labeling::answer(&at.app, &at.project, account, given).await.unwrap();
    }
}
