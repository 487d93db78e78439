//! `querist project new`.

use clap::{Args, Subcommand};

use super::{open, open_or_make, print_json, print_line};
use crate::config::Config;
use crate::domain::{Modality, Task};
use crate::modality::image::augment::Augmentation;
use crate::service::App;
use crate::service::projects::{self, Wanted};

/// Make and list projects.
#[derive(Debug, Args)]
pub struct ProjectCommand {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Make a project.
    New(New),
    /// List the projects of this server.
    List,
}

#[derive(Debug, Args)]
struct New {
    /// Short name in addresses: lower-case letters, digits and dashes.
    slug: String,
    /// A class; give one flag for each, in the order of their keys.
    #[arg(long = "class", value_name = "NAME")]
    classes: Vec<String>,
    /// Name shown on the pages; the slug by default.
    #[arg(long)]
    name: Option<String>,
    /// One class for each sample, or several.
    #[arg(long, value_enum, default_value = "single")]
    task: Task,
    /// What the samples are.
    #[arg(long, value_enum, default_value = "image")]
    modality: Modality,
    /// Changes of a picture that keep its label, with commas between: mirror, flip, turn, crop, colour. Labeled pictures
    /// then teach through changed copies as well.
    #[arg(long, value_name = "KIND", value_delimiter = ',')]
    augment: Option<Vec<Augmentation>>,
    /// Decides every random choice of the project but the audit draw, which nobody can foretell.
    #[arg(long, default_value_t = 0)]
    seed: i64,
}

impl ProjectCommand {
    pub async fn run(self, config: &Config) -> anyhow::Result<()> {
        let new = match self.action {
            Action::New(new) => new,
            Action::List => {
                let app = open(config).await?;
                let done = list(&app, config).await;
                app.store.close().await;
                return done;
            }
        };
        let app = open_or_make(config).await?;
        let wanted = Wanted {
            slug: new.slug,
            name: new.name,
            classes: new.classes,
            task: new.task,
            modality: new.modality,
            seed: new.seed,
            secret: None,
            augmentations: new.augment,
        };
        let project = projects::create(&app, wanted).await?;
        if config.json {
            print_json(&serde_json::json!({ "slug": project.slug, "id": project.id }));
        } else {
            print_line(&format!("project `{0}` is made; import samples with: querist import {0} PATH", project.slug));
        }
        app.store.close().await;
        Ok(())
    }
}

/// A line for each project: slug, name, task, classes, samples, labels.
async fn list(app: &App, config: &Config) -> anyhow::Result<()> {
    for project in app.store.projects().await? {
        let classes = app.store.classes(project.id).await?.iter().filter(|class| !class.retired).count();
        let tally = app.store.tally(project.id).await?;
        if config.json {
            print_json(&serde_json::json!({
                "slug": project.slug, "name": project.name, "task": project.task, "strategy": project.strategy,
                "classes": classes, "samples": tally.samples, "labeled": tally.labeled, "skipped": tally.skipped,
            }));
        } else {
            let (samples, labeled) = (tally.samples, tally.labeled);
            print_line(&format!(
                "{}\t{}\t{}\t{classes} classes\t{samples} samples\t{labeled} labeled",
                project.slug, project.name, project.task
            ));
        }
    }
    Ok(())
}
