//! Tests in a real browser: headless Chromium, driven through chromedriver, against the real program.
//!
//! Screenshots land in `target/screenshots/`; a failing test leaves one too.

mod accounts;
mod asking;
mod crowd;
mod desk;
mod faults;
mod grid;
mod history;
mod languages;
mod line;
mod map;
mod modalities;
mod multi;
mod pace;
mod page;
mod pictures;
mod review;
mod server;
mod steps;
mod viewer;

use std::future::Future;
use std::panic::resume_unwind;
use std::path::PathBuf;

use querist::domain::Modality;
use tokio::sync::{Semaphore, SemaphorePermit};

pub use page::Page;
pub use server::Server;

use crate::support::skip;

/// Browsers at a time: more would fight for the cores and time each other out.
const TOGETHER: u32 = 2;

static TURNS: Semaphore = Semaphore::const_new(TOGETHER as usize);

/// Wait until another browser may be opened.
async fn turn() -> SemaphorePermit<'static> {
    TURNS.acquire().await.unwrap()
}

/// Wait until no other browser is open: for what is measured, or takes the whole machine.
async fn turn_alone() -> SemaphorePermit<'static> {
    TURNS.acquire_many(TOGETHER).await.unwrap()
}

/// Run `body` with a fresh server and a fresh browser; skip without Chromium and its driver.
pub async fn in_browser<F>(name: &str, body: impl FnOnce(Page, ServerAddress) -> F)
where
    F: Future<Output = ()> + Send + 'static,
{
    drive(name, Server::start(), body).await;
}

/// The same with the example project of this many drawn pictures.
pub async fn in_browser_with_example<F>(name: &str, pictures: u32, body: impl FnOnce(Page, ServerAddress) -> F)
where
    F: Future<Output = ()> + Send + 'static,
{
    drive(name, Server::start_example(pictures), body).await;
}

/// The same with the example of this many samples of this kind.
pub async fn in_browser_with_samples<F>(
    modality: Modality,
    name: &str,
    samples: u32,
    body: impl FnOnce(Page, ServerAddress) -> F,
) where
    F: Future<Output = ()> + Send + 'static,
{
    drive(name, Server::start_with(modality, samples), body).await;
}

async fn drive<F>(name: &str, server: impl Future<Output = Server>, body: impl FnOnce(Page, ServerAddress) -> F)
where
    F: Future<Output = ()> + Send + 'static,
{
    let _turn = turn().await;
    if !page::installed() {
        skip("browser: install chromium and chromium-driver, or run `make setup`");
        return;
    }
    let server = server.await;
    let page = Page::open(&server.url).await;
    let address = ServerAddress { first_link: server.first_link.clone(), data: server.data.path().to_owned() };
    // In a task of its own, so that a panic still closes the browser.
    let outcome = tokio::spawn(body(page.clone(), address)).await;
    if outcome.is_err() {
        page.screenshot(&format!("failed-{name}")).await;
    }
    page.close().await;
    server.stop().await;
    if let Err(error) = outcome {
        resume_unwind(error.into_panic());
    }
}

/// The link that the server printed for the first admin, and its data folder, for commands beside it.
#[derive(Debug, Clone)]
pub struct ServerAddress {
    pub first_link: String,
    pub data: PathBuf,
}
