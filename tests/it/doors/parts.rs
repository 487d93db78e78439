//! Files in parts, and files that the client has already.

use querist::blobs::ORIGINAL;
use querist::domain::Role;
use querist::service::exchange::importing::LabelsFrom;

use crate::support::bench::Bench;
use crate::support::client::Client;
use querist::service::people::accounts::{self, NewAccount};

async fn reader(bench: &Bench) -> Client {
    let new = NewAccount { name: "ada", role: Role::Admin, project: None, password: None };
    let account = accounts::add(&bench.app, new).await.unwrap();
    let session = accounts::open_session(&bench.app, account.id).await.unwrap();
    let mut client = Client::new(&bench.app);
    client.set_cookie("querist_session", session.reveal());
    client
}

#[tokio::test]
async fn pictures_come_whole_in_part_or_not_again() {
    let bench = Bench::new().await;
    bench.import(&bench.tree(&["cat"], 1), LabelsFrom::Nowhere).await;
    let mut client = reader(&bench).await;
    let sample = &bench.all().await[0];
    let whole_file = bench.app.blobs.get(ORIGINAL, &sample.hash).unwrap();
    let path = format!("/media/metal/{}", sample.id);
    let whole = client.get(&path).await;
    whole.assert_status(200);
    assert_eq!((whole.body.as_slice(), whole.header("accept-ranges")), (whole_file.as_slice(), "bytes"));
    let tag = whole.header("etag").to_owned();
    assert_eq!(tag, format!("\"{}\"", sample.hash));
    let n = whole_file.len();
    for (range, part, says) in [
        ("bytes=2-5".to_owned(), &whole_file[2..6], format!("bytes 2-5/{n}")),
        ("bytes=-4".to_owned(), &whole_file[n - 4..], format!("bytes {}-{}/{n}", n - 4, n - 1)),
        (format!("bytes={}-", n - 1), &whole_file[n - 1..], format!("bytes {0}-{0}/{n}", n - 1)),
    ] {
        let answer = client.clone().with("range", &range).with("if-range", &tag).get(&path).await;
        answer.assert_status(206);
        assert_eq!((answer.body.as_slice(), answer.header("content-range")), (part, says.as_str()), "{range}");
        assert_eq!(answer.header("content-type"), "image/png");
    }
    let beyond = client.clone().with("range", "bytes=99999-").get(&path).await;
    beyond.assert_status(416).assert_says(&format!("it has {n} bytes"));
    let other = client.clone().with("range", "bytes=2-5").with("if-range", "\"another\"").get(&path).await;
    assert_eq!(other.assert_status(200).body, whole_file, "a part of another content is of no use");
    let had = client.clone().with("if-none-match", &tag).get(&path).await;
    assert_eq!(had.assert_status(304).body.len(), 0);
    assert_eq!(had.header("cache-control"), "private, max-age=31536000, immutable");
}

#[tokio::test]
async fn an_export_goes_on_where_it_was_cut_off() {
    let bench = Bench::new().await;
    bench.import(&bench.tree(&["cat"], 3), LabelsFrom::Folder).await;
    let mut client = reader(&bench).await;
    let asked = client.post_json("/api/v1/projects/metal/snapshots", &serde_json::json!({ "format": "csv" })).await;
    let id = asked.assert_status(202).json()["snapshot"].as_i64().unwrap();
    let project = bench.app.store.project_by_slug("metal").await.unwrap().unwrap();
    let progress = querist::progress::Progress::silent();
    querist::service::exchange::exporting::run_snapshot(&bench.app, &project, &id.to_string(), &progress)
        .await
        .unwrap();
    let path = format!("/api/v1/projects/metal/snapshots/{id}/download");
    let whole = client.clone().with("accept-encoding", "gzip").get(&path).await;
    assert_eq!(whole.assert_status(200).header("content-encoding"), "", "parts are parts of the same bytes");
    let rest = client.clone().with("range", "bytes=10-").get(&path).await;
    assert_eq!(rest.assert_status(206).body, whole.body[10..]);
    assert!(rest.header("content-disposition").contains("attachment"));
}
