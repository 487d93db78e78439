//! `querist project`: make projects, list them, change their classes.

mod class;

use clap::{Args, Subcommand};

use self::class::ClassAction;
use super::{open, open_or_make, print_json, print_line};
use crate::config::Config;
use crate::domain::{Modality, Task};
use crate::modality::image::augment::Augmentation;
use crate::service::App;
use crate::service::people::accounts;
use crate::service::people::record;
use crate::service::projects::{self, Wanted};

/// Create and list projects, and change their classes.
#[derive(Debug, Args)]
pub struct ProjectCommand {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Create a project.
    New(New),
    /// List the projects of this server.
    List,
    /// List, add, change, merge, part, retire and delete the classes of a project.
    Class {
        #[command(subcommand)]
        action: ClassAction,
    },
}

#[derive(Debug, Args)]
struct New {
    /// Short name, used in URLs: lower-case letters, digits and dashes.
    slug: String,
    /// A class; repeat the flag, in the order of the keys.
    #[arg(long = "class", value_name = "NAME")]
    classes: Vec<String>,
    /// Name shown on the pages. By default, the slug.
    #[arg(long)]
    name: Option<String>,
    /// One class per sample, or any number.
    #[arg(long, value_enum, default_value = "single")]
    task: Task,
    /// What the samples are.
    #[arg(long, value_enum, default_value = "image")]
    modality: Modality,
    /// Augmentations that keep the label, separated by commas: mirror, flip, turn, crop, colour. By default, crop.
    #[arg(long, value_name = "KIND", value_delimiter = ',')]
    augment: Option<Vec<Augmentation>>,
    /// Seed of every random choice of the project except the draw of the audit set, which nobody can predict.
    #[arg(long, default_value_t = 0)]
    seed: i64,
}

impl ProjectCommand {
    pub async fn run(self, config: &Config) -> anyhow::Result<()> {
        let app = match &self.action {
            Action::New(_) => open_or_make(config).await?,
            _ => open(config).await?,
        };
        let done = match self.action {
            Action::New(new) => make(&app, new, config).await,
            Action::List => list(&app, config).await,
            Action::Class { action } => class::run(&app, action, config).await,
        };
        app.store.close().await;
        done
    }
}

async fn make(app: &App, new: New, config: &Config) -> anyhow::Result<()> {
    let without = new.classes.is_empty();
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
    let project = projects::create(app, wanted).await?;
    record::command(app, Some(project.id), "project-made", &project.slug, &[]).await;
    if config.json {
        print_json(&serde_json::json!({ "slug": project.slug, "id": project.id }));
    } else {
        print_line(&format!("project `{0}` created; import samples with: querist import {0} PATH", project.slug));
    }
    if without {
        eprintln!(
            "it has no classes yet: add them with `querist project class add {} NAME…`, or import labeled samples",
            project.slug
        );
    }
    if accounts::count(app).await? == 0 {
        eprintln!("nobody can sign in yet, and an import needs an admin: querist user add NAME --role admin");
    }
    Ok(())
}

/// A line for each project: slug, name, task, classes, samples, labels.
async fn list(app: &App, config: &Config) -> anyhow::Result<()> {
    let mut rows = Vec::new();
    for project in app.store.projects().await? {
        let classes = app.store.classes(project.id).await?.iter().filter(|class| !class.retired).count();
        let tally = app.store.tally(project.id).await?;
        if config.json {
            rows.push(serde_json::json!({
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
    if config.json {
        print_json(&rows.into());
    }
    Ok(())
}
