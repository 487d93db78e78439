//! `querist demo`: the product on its main job, with an example pool that it draws by itself.

use std::time::Duration;

use clap::Args;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::open::open_alone;
use super::progress::on_terminal;
use super::serve::{Listen, until_stopped};
use super::signals::Signals;
use crate::config::Config;
use crate::domain::{Modality, Role};
use crate::service::demo::autopilot;
use crate::service::demo::example::Example;
use crate::service::people::accounts::{self, AccountError, NewAccount};

const ADMIN: &str = "admin";

/// Start a server with an example project, ready to label: drawn pictures of metal surfaces with defects, or made-up texts.
#[derive(Debug, Args)]
pub struct Demo {
    #[command(flatten)]
    listen: Listen,
    /// What the samples are.
    #[arg(long, value_enum, default_value = "image")]
    modality: Modality,
    /// How many samples to make up.
    #[arg(long, visible_alias = "pictures", default_value_t = 2400, value_name = "N")]
    samples: u64,
    /// Seed of the samples; the same seed makes the same.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Let the program answer with the true labels, so that the charts grow while you watch.
    #[arg(long)]
    autopilot: bool,
    /// Answers per second that the autopilot gives.
    #[arg(long, default_value_t = 4.0, value_name = "N")]
    pace: f64,
}

impl Demo {
    pub async fn run(self, config: &Config) -> anyhow::Result<()> {
        anyhow::ensure!(
            self.pace > 0.0 && self.pace <= 1000.0,
            "--pace is {}; give 0.01 to 1000 answers per second",
            self.pace
        );
        let listener = self.listen.bind().await?;
        let (app, _alone) = open_alone(config, "querist demo").await?;
        let address = listener.local_addr()?;
        let project = Example::of(self.modality)?.prepare(&app, self.seed, self.samples, &on_terminal()).await?;
        // A new link is made at every start, so that a newcomer who lost it is not locked out.
        let admin = match accounts::by_name(&app, ADMIN).await {
            Err(AccountError::NoAccount(_)) => {
                let admin = NewAccount { name: ADMIN, role: Role::Admin, project: None, password: None };
                accounts::add(&app, admin).await?
            }
            known => known?,
        };
        let secret = accounts::new_link(&app, admin.id).await?;
        // From here on; while samples are made, ctrl-c may simply end the program.
        let signals = Signals::install()?;
        eprintln!("listening on http://{address}");
        eprintln!();
        let link = |path: String| self.listen.link(address, &path);
        eprintln!("  Sign in (once, within a day):  {}", link(format!("/link/{}", secret.reveal())));
        eprintln!("  Then label:                    {}", link(format!("/p/{}/label", project.slug)));
        eprintln!("  and watch:                     {}", link(format!("/p/{}/insight", project.slug)));
        eprintln!();
        let (shutdown, tracker) = (CancellationToken::new(), TaskTracker::new());
        if self.autopilot {
            let every = Duration::from_secs_f64(1.0 / self.pace);
            eprintln!("autopilot: {} answers per second, with the true labels", self.pace);
            let (app, stop) = (app.clone(), shutdown.clone());
            tracker.spawn(async move {
                tokio::select! {
                    () = stop.cancelled() => {}
                    done = autopilot::fly(&app, &project, every) => match done {
                        Ok(answers) => eprintln!("autopilot: {answers} answers given; nothing is left to answer"),
                        Err(error) => eprintln!("autopilot stopped: {error}"),
                    },
                }
            });
        }
        until_stopped(app, &self.listen, listener, shutdown, tracker, signals).await
    }
}
