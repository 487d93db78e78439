//! One browser window: navigating, typing, reading, and checking what is shown.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::http::Method;
use fantoccini::elements::Element;
use fantoccini::wd::WebDriverCompatibleCommand;
use fantoccini::{Client, ClientBuilder, Locator};
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, Command};

use crate::support::root;

/// A window of headless Chromium. Clones drive the same window.
#[derive(Clone)]
pub struct Page {
    client: Client,
    url: String,
    _processes: Arc<(Child, TempDir)>,
}

/// Desktop and phone: width, height, what the screenshots are called.
pub const SIZES: [(u32, u32, &str); 2] = [(1280, 800, "desktop"), (390, 844, "phone")];

/// Looked at for what overflows only.
const OTHER_SIZES: [(u32, u32, &str); 2] = [(820, 1180, "tablet"), (2560, 1440, "wide")];

/// How long something may take to appear.
const PATIENCE: Duration = Duration::from_secs(10);

fn chromium() -> Option<PathBuf> {
    let named = std::env::var_os("QUERIST_TEST_CHROMIUM").map(PathBuf::from);
    let usual = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"].map(PathBuf::from);
    named.into_iter().chain(usual).find(|path| path.is_file())
}

fn chromedriver() -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|folder| folder.join("chromedriver")).find(|path| path.is_file())
}

/// Whether there is a browser to test with.
pub fn installed() -> bool {
    chromium().is_some() && chromedriver().is_some()
}

impl Page {
    pub async fn open(url: &str) -> Self {
        let profile = tempfile::tempdir().unwrap();
        let mut driver = Command::new(chromedriver().unwrap())
            .arg("--port=0")
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(driver.stdout.take().unwrap()).lines();
        let port = loop {
            let line = lines.next_line().await.unwrap().expect("chromedriver ended before it listened");
            if let Some((_, port)) = line.split_once("successfully on port ") {
                break port.trim_end_matches('.').to_owned();
            }
        };
        let options = json!({
            "binary": chromium().unwrap(),
            "args": ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync",
                "--disable-background-networking", "--disable-component-update", "--disable-dev-shm-usage",
                "--force-color-profile=srgb", "--window-size=1280,800",
                format!("--user-data-dir={}", profile.path().display())],
        });
        let wanted = json!({ "goog:chromeOptions": options, "goog:loggingPrefs": { "browser": "ALL" } });
        let client = // The driver is on this machine: no TLS.
        ClientBuilder::new(HttpConnector::new())
            .capabilities(wanted.as_object().unwrap().clone())
            .connect(&format!("http://127.0.0.1:{port}"))
            .await
            .unwrap();
        Self { client, url: url.to_owned(), _processes: Arc::new((driver, profile)) }
    }

    /// The driver itself, for commands without a method here.
    pub fn client(&self) -> &Client {
        &self.client
    }

    pub async fn close(self) {
        let _ = self.client.close().await;
    }

    /// Go to a path of the server, or to a whole address.
    pub async fn goto(&self, path: &str) {
        let address = if path.starts_with("http") { path.to_owned() } else { format!("{}{path}", self.url) };
        self.client.goto(&address).await.unwrap();
    }

    /// The path that the window shows.
    pub async fn path(&self) -> String {
        self.client.current_url().await.unwrap().path().to_owned()
    }

    /// The first element that fits the selector, as soon as it is there.
    #[track_caller]
    pub fn find<'a>(&'a self, css: &'a str) -> impl Future<Output = Element> + Send + 'a {
        let caller = std::panic::Location::caller();
        async move {
            // Whatever goes wrong before the deadline is asked again: a search is also aborted by a navigation.
            let started = Instant::now();
            loop {
                match self.client.find(Locator::Css(css)).await {
                    Ok(found) => return found,
                    Err(error) if started.elapsed() > PATIENCE => panic!("no `{css}` on the page ({caller}): {error}"),
                    Err(_) => tokio::time::sleep(Duration::from_millis(50)).await,
                }
            }
        }
    }

    pub async fn click(&self, css: &str) {
        self.find(css).await.click().await.unwrap();
    }

    /// Write into a field, as keys.
    pub async fn fill(&self, css: &str, text: &str) {
        let field = self.find(css).await;
        field.clear().await.unwrap();
        field.send_keys(text).await.unwrap();
    }

    /// Press keys wherever the focus is. Special keys are `char::from(fantoccini::key::Key::Escape)`.
    pub async fn press(&self, keys: &str) {
        // While a dialog closes, the focus is briefly on a button that is already gone, and no key is sent.
        for _ in 0..50 {
            if self.client.active_element().await.unwrap().send_keys(keys).await.is_ok() {
                return;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        panic!("nothing takes the keys `{keys}`");
    }

    /// Wait until the page shows `text`.
    #[track_caller]
    pub fn shows<'a>(&'a self, text: &'a str) -> impl Future<Output = ()> + Send + 'a {
        let caller = std::panic::Location::caller();
        async move {
            let script = "return document.body.innerText.includes(arguments[0])";
            for _ in 0..100 {
                if self.holds(script, vec![text.into()]).await {
                    return;
                }
                tokio::time::sleep(PATIENCE / 100).await;
            }
            let body = self.run("return document.body.innerText", vec![]).await;
            panic!("the page does not show {text:?} ({caller}), but: {body}");
        }
    }

    /// Wait until a script in the page returns true; `patience` is for work behind the page.
    #[track_caller]
    pub fn until<'a>(&'a self, script: &'a str, patience: Duration) -> impl Future<Output = ()> + Send + 'a {
        let caller = std::panic::Location::caller();
        async move {
            for _ in 0..200 {
                if self.holds(script, vec![]).await {
                    return;
                }
                tokio::time::sleep(patience / 200).await;
            }
            let body = self.run("return document.body.innerText", vec![]).await;
            panic!("`{script}` does not come true ({caller}) on: {body}");
        }
    }

    /// Whether a script returns true now; not while the page is being left.
    async fn holds(&self, script: &str, arguments: Vec<Value>) -> bool {
        self.client.execute(script, arguments).await.is_ok_and(|value| value == json!(true))
    }

    /// Run a script in the page and return its value.
    pub async fn run(&self, script: &str, arguments: Vec<Value>) -> Value {
        self.client.execute(script, arguments).await.unwrap()
    }

    /// Pretend a screen of this size.
    pub async fn resize(&self, width: u32, height: u32) {
        let size = json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 600 });
        self.devtools("Emulation.setDeviceMetricsOverride", size).await;
    }

    /// Pretend that the system prefers `light` or `dark`.
    pub async fn prefer(&self, scheme: &str) {
        self.prefer_with(scheme, "no-preference").await;
    }

    /// The same, with `more` contrast or `no-preference`.
    async fn prefer_with(&self, scheme: &str, contrast: &str) {
        let feature = |name: &str, value: &str| json!({ "name": name, "value": value });
        let features =
            json!({ "features": [feature("prefers-color-scheme", scheme), feature("prefers-contrast", contrast)] });
        self.devtools("Emulation.setEmulatedMedia", features).await;
    }

    /// Pretend a screen for fingers alone, and that the system chooses its own colours.
    pub async fn pretend(&self, fingers: bool, forced_colours: bool) {
        self.devtools("Emulation.setTouchEmulationEnabled", json!({ "enabled": fingers })).await;
        let forced = json!({ "name": "forced-colors", "value": if forced_colours { "active" } else { "none" } });
        self.devtools("Emulation.setEmulatedMedia", json!({ "features": [forced] })).await;
    }

    /// Cut or restore the network.
    pub async fn offline(&self, offline: bool) {
        self.network(offline, 0, if offline { 0 } else { 100_000_000 }).await;
    }

    /// Pretend a network of so many milliseconds and bytes a second.
    pub async fn network(&self, offline: bool, latency: u32, throughput: u32) {
        let conditions = json!({ "offline": offline, "latency": latency, "throughput": throughput });
        let body = json!({ "network_conditions": conditions });
        self.client.issue_cmd(Vendor { path: "chromium/network_conditions", body }).await.unwrap();
    }

    pub async fn devtools(&self, command: &str, parameters: Value) -> Value {
        let body = json!({ "cmd": command, "params": parameters });
        self.client.issue_cmd(Vendor { path: "goog/cdp/execute", body }).await.unwrap()
    }

    /// Sign in by a link, without setting a password.
    pub async fn sign_in_by(&self, link: &str) {
        self.goto(link).await;
        self.click("main button").await;
        self.find("details.menu .sheet form[action='/sign-out']").await;
    }

    /// Keep a picture of the window in `target/screenshots/`.
    pub async fn screenshot(&self, name: &str) {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).parent().unwrap().join("screenshots");
        std::fs::create_dir_all(&folder).unwrap();
        if let Ok(picture) = self.client.screenshot().await {
            std::fs::write(folder.join(format!("{name}.png")), picture).unwrap();
        }
    }

    /// Look at the page at every size, light and dark: take pictures, and fail on what axe finds or what overflows.
    pub async fn inspect(&self, name: &str) {
        for (width, height, size) in SIZES {
            self.resize(width, height).await;
            for scheme in ["light", "dark"] {
                self.prefer(scheme).await;
                self.screenshot(&format!("{name}-{size}-{scheme}")).await;
                self.assert_accessible(&format!("{name}, {size}, {scheme}")).await;
                self.assert_fits(&format!("{name}, {size}")).await;
            }
        }
        for (width, height, size) in OTHER_SIZES {
            self.resize(width, height).await;
            self.screenshot(&format!("{name}-{size}")).await;
            self.assert_fits(&format!("{name}, {size}")).await;
        }
        let (width, height, _) = SIZES[0];
        self.resize(width, height).await;
        // With large text, and with the strongest contrast.
        self.run("document.documentElement.style.fontSize = '200%'", vec![]).await;
        self.screenshot(&format!("{name}-large-text")).await;
        self.assert_fits(&format!("{name}, text at 200 %")).await;
        self.run("document.documentElement.style.fontSize = ''", vec![]).await;
        for scheme in ["light", "dark"] {
            self.prefer_with(scheme, "more").await;
            self.screenshot(&format!("{name}-contrast-{scheme}")).await;
            self.assert_accessible(&format!("{name}, high contrast, {scheme}")).await;
        }
        self.prefer("light").await;
    }

    /// Fail when the page is wider than the window.
    async fn assert_fits(&self, what: &str) {
        let wider = self.run("return document.documentElement.scrollWidth - innerWidth", vec![]).await;
        assert!(wider.as_i64() <= Some(0), "{what}: {wider} px wider than the screen");
    }

    /// Fail with what axe-core finds (WCAG 2.2 A and AA, and its best practices).
    pub async fn assert_accessible(&self, what: &str) {
        let axe = root().join("node_modules/axe-core/axe.min.js");
        let axe = std::fs::read_to_string(axe).expect("node_modules/axe-core is missing: run `make setup`");
        self.run(&axe, vec![]).await;
        let script = "const done = arguments[arguments.length - 1];
          axe.run(document, { resultTypes: ['violations'] }).then(
            (found) => done(found.violations.map((v) => `${v.id}: ${v.help}\\n` +
              v.nodes.map((n) => `    ${n.target.join(' ')}: ${n.failureSummary}`).join('\\n'))),
            (error) => done([String(error)]));";
        let found = self.client.execute_async(script, vec![]).await.unwrap();
        let found: Vec<_> = found.as_array().unwrap().iter().map(|v| v.as_str().unwrap().to_owned()).collect();
        assert!(found.is_empty(), "{what}: axe found\n{}", found.join("\n"));
    }

    /// Fail with what the console holds since the last look: script errors, refused styles, missing files.
    pub async fn assert_quiet_console(&self) {
        let log = Vendor { path: "se/log", body: json!({ "type": "browser" }) };
        let lines = self.client.issue_cmd(log).await.unwrap();
        let loud = |line: &&Value| line["level"] == "SEVERE" || line["level"] == "WARNING";
        let loud: Vec<_> = lines.as_array().unwrap().iter().filter(loud).map(|line| line["message"].clone()).collect();
        assert!(loud.is_empty(), "the console holds {loud:#?}");
    }
}

/// A command of chromedriver that is in no standard.
#[derive(Debug)]
struct Vendor {
    path: &'static str,
    body: Value,
}

impl WebDriverCompatibleCommand for Vendor {
    fn endpoint(&self, base: &url::Url, session: Option<&str>) -> Result<url::Url, url::ParseError> {
        base.join(&format!("session/{}/{}", session.unwrap_or_default(), self.path))
    }

    fn method_and_body(&self, _: &url::Url) -> (Method, Option<String>) {
        (Method::POST, Some(self.body.to_string()))
    }
}
