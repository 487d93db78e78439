//! Signing in at an `OpenID Connect` provider: a small one that runs beside the tests.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use axum::extract::{Form, State};
use axum::http::{HeaderMap, StatusCode};
use axum::routing::{get, post};
use axum::{Json, Router};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use querist::domain::Role;
use querist::service::people::accounts;
use querist::service::people::oidc::{Oidc, OidcSettings, group_role};
use querist::web::frame::origin::{Doors, address};
use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use url::Url;

use crate::support::app::{PASSWORD, START, TestApp};
use crate::support::client::Client;

/// A code that was handed out: what the browser brought, and what the token is to say.
#[derive(Clone)]
struct Handed {
    challenge: String,
    claims: Value,
}

/// A provider with one key.
#[derive(Clone)]
struct Provider {
    url: String,
    key: Arc<Mutex<(String, EcdsaKeyPairBytes)>>,
    codes: Arc<Mutex<HashMap<String, Handed>>>,
}

type EcdsaKeyPairBytes = Vec<u8>;

fn fresh_key() -> EcdsaKeyPairBytes {
    EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &SystemRandom::new()).unwrap().as_ref().to_vec()
}

fn pair(bytes: &[u8]) -> EcdsaKeyPair {
    EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, bytes, &SystemRandom::new()).unwrap()
}

fn part(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

impl Provider {
    async fn start() -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/realm", listener.local_addr().unwrap());
        let provider = Self { url, key: Arc::new(Mutex::new(("k1".to_owned(), fresh_key()))), codes: Arc::default() };
        let router = Router::new()
            .route("/realm/.well-known/openid-configuration", get(describe))
            .route("/realm/keys", get(keys))
            .route("/realm/token", post(token))
            .with_state(provider.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        provider
    }

    fn doors(&self, change: impl FnOnce(&mut OidcSettings)) -> Doors {
        let mut settings = OidcSettings {
            issuer: Url::parse(&self.url).unwrap(),
            client: "querist".to_owned(),
            secret: Some("s3cret".to_owned()),
            name: "Lab".to_owned(),
            scopes: "openid profile".to_owned(),
            groups_claim: "groups".to_owned(),
            groups: Vec::new(),
            creates: None,
        };
        change(&mut settings);
        Doors {
            url: Some(address("https://label.example.org").unwrap()),
            provider: Some(Arc::new(Oidc::new(settings))),
            ..Doors::default()
        }
    }

    /// What somebody's browser brings back after signing in as `claims`: a code and the state.
    fn sign_in(&self, to: &Url, claims: &Value) -> (String, String) {
        let field: HashMap<_, _> = to.query_pairs().into_owned().collect();
        assert_eq!((field["response_type"].as_str(), field["code_challenge_method"].as_str()), ("code", "S256"));
        assert_eq!(field["redirect_uri"], "https://label.example.org/sign-in/provider/back");
        let now = START.0 / 1_000_000;
        let mut all =
            json!({ "iss": self.url, "aud": "querist", "iat": now, "exp": now + 300, "nonce": field["nonce"] });
        all.as_object_mut().unwrap().extend(claims.as_object().unwrap().clone());
        let code = uuid::Uuid::new_v4().to_string();
        self.codes
            .lock()
            .unwrap()
            .insert(code.clone(), Handed { challenge: field["code_challenge"].clone(), claims: all });
        (code, field["state"].clone())
    }
}

async fn describe(State(provider): State<Provider>) -> Json<Value> {
    let url = &provider.url;
    Json(json!({
        "issuer": url, "authorization_endpoint": format!("{url}/authorize"), "token_endpoint": format!("{url}/token"),
        "jwks_uri": format!("{url}/keys"), "end_session_endpoint": format!("{url}/logout"),
        "id_token_signing_alg_values_supported": ["ES256"],
    }))
}

async fn keys(State(provider): State<Provider>) -> Json<Value> {
    let (kid, bytes) = provider.key.lock().unwrap().clone();
    let pair = pair(&bytes);
    let point = pair.public_key().as_ref();
    Json(
        json!({ "keys": [{ "kty": "EC", "crv": "P-256", "kid": kid, "use": "sig", "x": part(&point[1..33]), "y": part(&point[33..]) }] }),
    )
}

async fn token(
    State(provider): State<Provider>,
    headers: HeaderMap,
    Form(form): Form<HashMap<String, String>>,
) -> Result<Json<Value>, (StatusCode, Json<Value>)> {
    let refused = || (StatusCode::BAD_REQUEST, Json(json!({ "error": "invalid_grant" })));
    let proof = format!("Basic {}", STANDARD.encode("querist:s3cret"));
    if headers.get("authorization").is_none_or(|sent| sent.to_str().unwrap() != proof) {
        return Err(refused());
    }
    // A code is good once, and only with the verifier whose hash was sent.
    let handed = provider.codes.lock().unwrap().remove(&form["code"]).ok_or_else(refused)?;
    if part(&Sha256::digest(form["code_verifier"].as_bytes())) != handed.challenge {
        return Err(refused());
    }
    let (kid, bytes) = provider.key.lock().unwrap().clone();
    let head = part(json!({ "alg": "ES256", "kid": kid }).to_string().as_bytes());
    let signed = format!("{head}.{}", part(handed.claims.to_string().as_bytes()));
    let signature = pair(&bytes).sign(&SystemRandom::new(), signed.as_bytes()).unwrap();
    Ok(Json(
        json!({ "access_token": "x", "token_type": "Bearer", "id_token": format!("{signed}.{}", part(signature.as_ref())) }),
    ))
}

fn browser(test: &TestApp, doors: &Doors) -> Client {
    test.client().on(querist::web::router_behind(test.app.clone(), doors.clone()))
}

/// Go to the provider; where the browser was sent.
async fn depart(client: &mut Client, query: &str) -> Url {
    let answer = client.get(&format!("/sign-in/provider?{query}")).await;
    Url::parse(answer.assert_status(303).header("location")).unwrap()
}

/// Come back with a code.
async fn arrive(client: &mut Client, (code, state): (&str, &str)) -> crate::support::client::Answer {
    let back = client.get(&format!("/sign-in/provider/back?code={code}&state={state}&session_state=x")).await;
    back.assert_status(200).assert_says("data-at-once");
    client.post("/sign-in/provider/back", &[("code", code), ("state", state)]).await
}

async fn whole(provider: &Provider, client: &mut Client, claims: Value) -> crate::support::client::Answer {
    let to = depart(client, "next=/p/birds/label").await;
    let (code, state) = provider.sign_in(&to, &claims);
    arrive(client, (&code, &state)).await
}

#[tokio::test]
async fn somebody_new_joins_by_the_roles_of_their_groups_and_keeps_the_account_of_their_subject() {
    for test in TestApp::on_each_engine().await {
        let provider = Provider::start().await;
        test.project("birds").await;
        test.project("bees").await;
        test.person("boss", Role::Admin, None).await;
        let doors = provider.doors(|settings| {
            settings.groups = ["label=annotator:birds", "lead=lead:birds", "bees=reviewer:bees", "owners=admin"]
                .map(|text| group_role(text).unwrap())
                .to_vec();
        });
        let mut mira = browser(&test, &doors);
        mira.get("/sign-in?next=/p/birds/label")
            .await
            .assert_says("Sign in with Lab")
            .assert_says("next=/p/birds/label");
        let claims = json!({ "sub": "7", "preferred_username": "mira", "groups": ["label", "lead"] });
        whole(&provider, &mut mira, claims).await.assert_leads_to("/p/birds/label");
        mira.get("/p/birds/settings").await.assert_status(200);
        mira.get("/p/bees/label").await.assert_status(404);
        let account = accounts::by_name(&test.app, "mira").await.unwrap();

        // Another name and other groups: the same account, other roles.
        let mut again = browser(&test, &doors);
        let claims = json!({ "sub": "7", "preferred_username": "miranda", "groups": ["bees"] });
        whole(&provider, &mut again, claims).await.assert_status(303);
        again.get("/p/bees/label").await.assert_status(200);
        again.get("/p/birds/label").await.assert_status(404);
        assert_eq!(again.get("/api/v1/account").await.json()["id"], json!(account.id));

        // The same name by another subject is not that account, nor is a mail address.
        let mut liar = browser(&test, &doors);
        let claims = json!({ "sub": "8", "preferred_username": "boss", "groups": ["label"] });
        whole(&provider, &mut liar, claims).await.assert_status(409).assert_says("sign in to it, and connect it");
        liar.get("/account").await.assert_status(303);
        let nobody = json!({ "sub": "9", "preferred_username": "eve", "groups": [] });
        whole(&provider, &mut browser(&test, &doors), nobody).await.assert_status(403);
        assert!(accounts::by_name(&test.app, "eve").await.is_err());

        accounts::disable(&test.app, &account, None).await.unwrap();
        let claims = json!({ "sub": "7", "preferred_username": "mira", "groups": ["lead"] });
        whole(&provider, &mut browser(&test, &doors), claims).await.assert_status(403).assert_says("disabled");

        let mut boss = test.signed_in("chief", Role::Admin, None).await;
        let record = boss.get("/api/v1/record").await.json();
        let whats: Vec<_> =
            record["entries"].as_array().unwrap().iter().map(|entry| entry["what"].as_str().unwrap()).collect();
        for what in ["joined", "role-changed", "signed-in"] {
            assert!(whats.contains(&what), "{what}: {whats:?}");
        }
        test.finish().await;
    }
}

#[tokio::test]
async fn an_account_that_is_there_is_connected_by_its_owner_alone() {
    let test = TestApp::new().await;
    let provider = Provider::start().await;
    test.project("birds").await;
    test.person("ana", Role::Annotator, Some("birds")).await;
    let doors = provider.doors(|_| {});
    let mut ana = browser(&test, &doors);
    ana.post("/sign-in", &[("name", "ana"), ("password", PASSWORD)]).await.assert_leads_to("/");
    ana.get("/account").await.assert_says("Connect to Lab");
    let to = depart(&mut ana, "connect=true&next=/account").await;
    let (code, state) = provider.sign_in(&to, &json!({ "sub": "7", "preferred_username": "someone" }));
    arrive(&mut ana, (&code, &state)).await.assert_leads_to("/account");
    ana.get("/account").await.assert_says("connected to Lab").assert_says("Sign out at Lab");
    // From now on without the password, in another browser; roles that no group is about stay.
    let mut other = browser(&test, &doors);
    whole(&provider, &mut other, json!({ "sub": "7" })).await.assert_leads_to("/p/birds/label");
    other.get("/p/birds/label").await.assert_status(200);
    // Nobody connects a subject twice.
    test.person("ben", Role::Annotator, Some("birds")).await;
    let mut ben = browser(&test, &doors);
    ben.post("/sign-in", &[("name", "ben"), ("password", PASSWORD)]).await.assert_leads_to("/");
    let to = depart(&mut ben, "connect=true&next=/account").await;
    let (code, state) = provider.sign_in(&to, &json!({ "sub": "7" }));
    arrive(&mut ben, (&code, &state)).await.assert_status(409);
    let leave = other.get("/sign-out/provider").await;
    let leave = Url::parse(leave.assert_status(303).header("location")).unwrap();
    assert!(
        leave
            .as_str()
            .starts_with(&format!("{}/logout?client_id=querist&post_logout_redirect_uri=https", provider.url))
    );
}

#[tokio::test]
async fn codes_states_and_tokens_of_others_sign_nobody_in() {
    let test = TestApp::new().await;
    let provider = Provider::start().await;
    test.project("birds").await;
    let doors = provider.doors(|settings| settings.creates = Some((Role::Annotator, "birds".to_owned())));
    let claims = |name: &str| json!({ "sub": name, "preferred_username": name });
    // A code that an attacker got, in a victim's browser: without a ticket, or with another state.
    let mut attacker = browser(&test, &doors);
    let to = depart(&mut attacker, "next=/").await;
    let (code, state) = provider.sign_in(&to, &claims("eve"));
    let mut victim = browser(&test, &doors);
    arrive(&mut victim, (&code, &state)).await.assert_status(422).assert_says("another browser");
    depart(&mut victim, "next=/").await;
    arrive(&mut victim, (&code, &state)).await.assert_status(422);
    let to = depart(&mut victim, "next=/").await;
    let own: HashMap<_, _> = to.query_pairs().into_owned().collect();
    // The attacker's code with the victim's state: the verifier does not fit.
    arrive(&mut victim, (&code, &own["state"])).await.assert_status(502);
    victim.get("/account").await.assert_status(303);

    // Tokens that do not count.
    for wrong in [
        json!({ "nonce": "other" }),
        json!({ "aud": "other" }),
        json!({ "iss": "https://evil.example" }),
        json!({ "exp": 1 }),
    ] {
        let mut client = browser(&test, &doors);
        let to = depart(&mut client, "next=/").await;
        let mut said = claims("mallory");
        said.as_object_mut().unwrap().extend(wrong.as_object().unwrap().clone());
        let (code, state) = provider.sign_in(&to, &said);
        arrive(&mut client, (&code, &state)).await.assert_status(502);
        client.get("/account").await.assert_status(303);
    }
    assert!(accounts::by_name(&test.app, "mallory").await.is_err());
    // A form from elsewhere is refused, and so is a way off the server afterwards.
    let mut client = browser(&test, &doors);
    let to = depart(&mut client, "next=https://evil.example/").await;
    let (code, state) = provider.sign_in(&to, &claims("nia"));
    let mut elsewhere = client.clone().with("sec-fetch-site", "cross-site");
    elsewhere.post("/sign-in/provider/back", &[("code", &code), ("state", &state)]).await.assert_status(403);
    arrive(&mut client, (&code, &state)).await.assert_leads_to("/");
    client.get("/p/birds/label").await.assert_status(200);
    // The same once more: the code is used up, and so is the ticket.
    arrive(&mut client, (&code, &state)).await.assert_status(422);
}

#[tokio::test]
async fn a_provider_may_change_its_keys_and_says_so_when_it_refuses() {
    let test = TestApp::new().await;
    let provider = Provider::start().await;
    test.project("birds").await;
    let doors = provider.doors(|settings| settings.creates = Some((Role::Annotator, "birds".to_owned())));
    let claims = |name: &str| json!({ "sub": name, "preferred_username": name });
    whole(&provider, &mut browser(&test, &doors), claims("ana")).await.assert_status(303);
    *provider.key.lock().unwrap() = ("k2".to_owned(), fresh_key());
    whole(&provider, &mut browser(&test, &doors), claims("ben")).await.assert_status(502);
    test.app.clock.advance(31);
    whole(&provider, &mut browser(&test, &doors), claims("ben")).await.assert_status(303);
    let mut refused = browser(&test, &doors);
    refused
        .get("/sign-in/provider/back?error=access_denied")
        .await
        .assert_status(403)
        .assert_says("did not let you in");
    // Without a provider there is nothing, and one that cannot be reached is named as the fault.
    test.client().get("/sign-in/provider").await.assert_status(404);
    let away = provider.doors(|settings| settings.issuer = Url::parse("http://127.0.0.1:9/").unwrap());
    browser(&test, &away).get("/sign-in/provider").await.assert_status(502).assert_says("could not be reached");
}
