//! Backups that the server takes: by schedule and on request, kept in number, downloaded by admins alone.

use querist::domain::Role;
use querist::progress::Progress;
use querist::service::exchange::backup;
use querist::service::upkeep::backups::{self, BackupPlan};
use tokio_util::sync::CancellationToken;

use crate::support::app::TestApp;
use crate::support::desk::{number, pool};

#[tokio::test]
async fn an_admin_takes_one_now_and_downloads_what_can_be_restored() {
    let test = TestApp::new().await;
    pool(&test, "metal", 5).await;
    let mut lead = test.signed_in("lena", Role::Lead, Some("metal")).await;
    lead.get("/backups").await.assert_status(403);
    lead.post("/backups", &[]).await.assert_status(403);
    let mut admin = test.signed_in("ada", Role::Admin, None).await;
    admin.get("/backups").await.assert_status(200).assert_says("There is none yet").assert_says("--backup-hours");
    admin.post("/backups", &[]).await.assert_leads_to("/backups");
    let made = loop {
        if let [made] = backups::list(&test.app).unwrap().as_slice() {
            break made.clone();
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    };
    while test.app.backups.state().running {
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    assert_eq!(test.app.backups.state().failed, None);
    admin.get("/backups").await.assert_says(&made.name).assert_says("Download").assert_says("lacks 5 files");
    lead.post(&format!("/backups/{}", made.name), &[]).await.assert_status(403);
    for other in ["querist.db", "..%2Fquerist.db", "querist-20200101T000000Z.tar"] {
        admin.post(&format!("/backups/{other}"), &[]).await.assert_status(404);
    }
    let sent = admin.post(&format!("/backups/{}", made.name), &[]).await;
    assert_eq!(sent.assert_status(200).body.len() as u64, made.bytes);
    assert_eq!(number(&test, "select count(*) from act where what = 'backup-taken-away'").await, 1);
    // It is a backup like any other.
    let folder = tempfile::tempdir().unwrap();
    let into = folder.path().join("again");
    let from = backups::folder(&test.app).join(&made.name);
    let (restored, _alone) = backup::unpack(&from, &into, &Progress::silent()).unwrap();
    assert_eq!((restored.faults.len(), restored.files > 0), (5, true), "these samples have no files");
    assert!(!into.join("backups").exists(), "a backup holds no backups");
}

#[tokio::test]
async fn a_schedule_takes_one_when_it_is_due_keeps_the_newest_and_leaves_other_files_alone() {
    let test = TestApp::new().await;
    let elsewhere = tempfile::tempdir().unwrap();
    let folder = elsewhere.path().join("kept");
    std::fs::create_dir(&folder).unwrap();
    for name in ["querist-20200101T000000Z.tar", "querist-20200102T000000Z.tar", "mine.tar"] {
        std::fs::write(folder.join(name), "old").unwrap();
    }
    test.app.backups.set(BackupPlan { folder: Some(folder.clone()), hours: Some(24), kept: 2 });
    assert!(backups::due(&test.app).unwrap() <= test.app.clock.now(), "the newest is years old");
    let stop = CancellationToken::new();
    let keeper = tokio::spawn(backups::keep(test.app.clone(), stop.clone()));
    let names = || backups::list(&test.app).unwrap().into_iter().map(|file| file.name).collect::<Vec<_>>();
    while names().len() != 2
        || test.app.backups.state().running
        || names().contains(&"querist-20200101T000000Z.tar".to_owned())
    {
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    assert_eq!(names()[1], "querist-20200102T000000Z.tar", "the oldest went");
    assert!(folder.join("mine.tar").exists(), "what is not ours stays");
    assert!(backups::due(&test.app).unwrap() > test.app.clock.now().plus_seconds(23 * 3600));
    stop.cancel();
    keeper.await.unwrap();
    // A folder that cannot be written to is told, tried again later, and costs no backup.
    std::fs::remove_dir_all(&folder).unwrap();
    std::fs::write(&folder, "a file").unwrap();
    backups::take(&test.app, &Progress::silent()).await;
    let (at, why) = test.app.backups.state().failed.unwrap();
    assert!(at == test.app.clock.now() && why.contains("kept"), "{why}");
    let mut admin = test.signed_in("ada", Role::Admin, None).await;
    admin.get("/backups").await.assert_status(200).assert_says("The last one could not be taken");
}
