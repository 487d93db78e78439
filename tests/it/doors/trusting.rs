//! People whom a proxy has signed in: believed from a named address only, and with nobody else's session.

use std::net::SocketAddr;

use axum::extract::ConnectInfo;
use querist::domain::Role;
use querist::service::people::accounts;
use querist::web::frame::origin::{Doors, TrustedHeader, header, proxies};

use crate::support::app::{PASSWORD, TestApp};
use crate::support::client::Client;

const PROXY: &str = "192.0.2.4:4711";

fn doors(creates: Option<&str>) -> Doors {
    let creates = creates.map(|slug| (Role::Annotator, slug.to_owned()));
    Doors {
        proxies: vec![proxies("192.0.2.4").unwrap()],
        header: Some(TrustedHeader { name: header("X-Remote-User").unwrap(), creates }),
        ..Doors::default()
    }
}

/// A client whose connection comes from `peer`, behind these doors.
fn from(test: &TestApp, doors: Doors, peer: &str) -> Client {
    let peer: SocketAddr = peer.parse().unwrap();
    let router = querist::web::router_behind(test.app.clone(), doors);
    test.client().on(router.layer(axum::Extension(ConnectInfo(peer))))
}

#[tokio::test]
async fn a_named_proxy_says_who_asks_and_nobody_else_does() {
    for test in TestApp::on_each_engine().await {
        test.project("birds").await;
        test.person("mira", Role::Annotator, Some("birds")).await;
        let boss = test.person("boss", Role::Admin, None).await;
        let mut mira = from(&test, doors(None), PROXY).with("x-remote-user", "Mira");
        mira.get("/api/v1/account").await.assert_status(200).assert_says("\"mira\"");
        mira.get("/account").await.assert_status(200).assert_says("mira");
        mira.post("/theme", &[("theme", "dark")]).await.assert_status(303);

        // Spoofed: another address, this machine, two lines, another header, or a forwarded address of the proxy.
        for peer in ["192.0.2.5:1", "127.0.0.1:1", "[::1]:1", "203.0.113.9:1"] {
            let mut liar =
                from(&test, doors(None), peer).with("x-remote-user", "boss").with("x-forwarded-for", "192.0.2.4");
            liar.get("/api/v1/account").await.assert_status(401);
            liar.get("/people").await.assert_leads_to("/sign-in?next=/people");
        }
        let mut twice = from(&test, doors(None), PROXY).with("x-remote-user", "mira").with("x-remote-user", "boss");
        twice.get("/api/v1/account").await.assert_status(401);
        test.client().with("x-remote-user", "boss").get("/api/v1/account").await.assert_status(401);
        let mut unset = from(&test, Doors { header: None, ..doors(None) }, PROXY).with("x-remote-user", "boss");
        unset.get("/api/v1/account").await.assert_status(401);
        // A form from another site is refused as always.
        let mut elsewhere = mira.clone().with("sec-fetch-site", "cross-site");
        elsewhere.post("/account/tokens", &[("name", "t")]).await.assert_status(403);

        // A session of somebody else in the same browser does not count while the proxy names another person.
        mira.set_cookie("querist_session", accounts::open_session(&test.app, boss).await.unwrap().reveal());
        mira.get("/people").await.assert_status(403);
        // A token counts before the header.
        let token = accounts::new_token(&test.app, boss, "t").await.unwrap();
        mira.clone().bearer(token.reveal()).get("/api/v1/account").await.assert_says("\"boss\"");
        mira.bearer("qst_wrong").get("/api/v1/account").await.assert_status(401);
        test.finish().await;
    }
}

#[tokio::test]
async fn a_disabled_or_unknown_person_stays_out_and_is_told_why() {
    let test = TestApp::new().await;
    test.project("birds").await;
    test.person("boss", Role::Admin, None).await;
    test.person("mira", Role::Annotator, Some("birds")).await;
    let mut mira = from(&test, doors(None), PROXY).with("x-remote-user", "mira");
    mira.get("/").await.assert_status(200);
    let row = accounts::by_name(&test.app, "mira").await.unwrap();
    accounts::disable(&test.app, &row, None).await.unwrap();
    mira.get("/").await.assert_leads_to("/sign-in?next=/");
    mira.get("/sign-in").await.assert_status(200).assert_says("no account of this name that you may use");
    // Nor can a disabled account be joined again.
    let mut again = from(&test, doors(Some("birds")), PROXY).with("x-remote-user", "mira");
    again.post("/sign-in/proxy", &[]).await.assert_status(422).assert_says("disabled");
    // Nobody makes an account where the server does not say so.
    let mut new = from(&test, doors(None), PROXY).with("x-remote-user", "nia");
    new.post("/sign-in/proxy", &[]).await.assert_status(303);
    assert!(accounts::by_name(&test.app, "nia").await.is_err());
}

#[tokio::test]
async fn somebody_new_joins_with_one_role_and_an_entry_in_the_record() {
    for test in TestApp::on_each_engine().await {
        test.project("birds").await;
        test.project("bees").await;
        let mut nia = from(&test, doors(Some("birds")), PROXY).with("x-remote-user", "nia");
        nia.get("/p/birds/label").await.assert_leads_to("/sign-in?next=/p/birds/label");
        nia.get("/sign-in?next=/p/birds/label").await.assert_says("signed in as nia").assert_says("Join");
        assert!(accounts::by_name(&test.app, "nia").await.is_err(), "looking makes nothing");
        nia.post("/sign-in/proxy", &[("next", "/p/birds/label")]).await.assert_leads_to("/p/birds/label");
        nia.get("/p/birds/label").await.assert_status(200);
        nia.get("/p/bees/label").await.assert_status(404);
        nia.get("/p/birds/settings").await.assert_status(403);
        nia.post("/sign-in/proxy", &[]).await.assert_status(303);
        let account = accounts::by_name(&test.app, "nia").await.unwrap();
        assert!(!account.has_password && account.role.is_none());
        let mut boss = test.signed_in("boss", Role::Admin, None).await;
        let record = boss.get("/api/v1/record?what=joined").await.json();
        assert_eq!(record["entries"][0]["person"], "nia");
        // A stranger joins nothing.
        let mut liar = from(&test, doors(Some("birds")), "203.0.113.9:1").with("x-remote-user", "eve");
        liar.post("/sign-in/proxy", &[]).await.assert_leads_to("/sign-in?next=/");
        assert!(accounts::by_name(&test.app, "eve").await.is_err());
        assert!(accounts::sign_in(&test.app, "nia", PASSWORD, "x").await.is_err());
        test.finish().await;
    }
}
