//! `querist archive`: projects and samples that are put away, brought back, or removed for good when their time is over.

use anyhow::{Context as _, bail};
use clap::{Args, Subcommand};

use super::{open, print_json, print_line};
use crate::config::Config;
use crate::domain::{Project, SampleId, Timestamp};
use crate::progress::Progress;
use crate::service::App;
use crate::service::archive::samples::{MOST, PutAway};
use crate::service::archive::{projects as project_archive, removal, samples as sample_archive};
use crate::service::people::record;
use crate::service::projects;
use crate::store::listing::{SampleFilter, SampleState};

/// Archive projects and samples, and bring them back.
#[derive(Debug, Args)]
pub struct ArchiveCommand {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// List archived projects, or with a project its archived samples.
    List {
        /// The project.
        slug: Option<String>,
    },
    /// Archive a project: it takes no answers and no changes until it is brought back.
    Project {
        /// The project.
        slug: String,
        /// Remove it for good after 30 days.
        #[arg(long)]
        delete: bool,
    },
    /// Archive samples: nobody is asked them, nothing trains on them; after 30 days they are removed for good.
    Samples(Wanted),
    /// Bring back a project, or with --sample or --all archived samples of it.
    Restore {
        /// The project.
        slug: String,
        /// A sample's number, from `archive list`; repeat the flag.
        #[arg(long = "sample", value_name = "NUMBER", conflicts_with = "all")]
        samples: Vec<SampleId>,
        /// Every archived sample of the project.
        #[arg(long)]
        all: bool,
    },
    /// Remove for good what is due, now instead of within six hours.
    Clear,
}

/// Which samples; all conditions must hold.
#[derive(Debug, Args)]
struct Wanted {
    /// The project.
    slug: String,
    /// A sample's number; repeat the flag.
    #[arg(long = "sample", value_name = "NUMBER")]
    samples: Vec<SampleId>,
    /// Part of the name.
    #[arg(long, value_name = "TEXT")]
    matching: Option<String>,
    /// Part of the metadata, or `key=value`: a prefix of this key's value.
    #[arg(long, value_name = "TEXT")]
    metadata: Option<String>,
    /// Name of the class of its label.
    #[arg(long, value_name = "NAME")]
    class: Option<String>,
    /// Labeled, unlabeled or skipped ones.
    #[arg(long, value_parser = ["labeled", "unlabeled", "skipped"])]
    state: Option<String>,
    /// Only say how many there are.
    #[arg(long)]
    dry_run: bool,
}

impl ArchiveCommand {
    pub async fn run(self, config: &Config) -> anyhow::Result<()> {
        let app = open(config).await?;
        let done = match self.action {
            Action::List { slug: None } => list(&app, config).await,
            Action::List { slug: Some(slug) } => {
                list_samples(&app, config, &projects::by_slug(&app, &slug).await?).await
            }
            Action::Project { slug, delete } => archive(&app, config, &slug, delete).await,
            Action::Samples(wanted) => put_away(&app, config, wanted).await,
            Action::Restore { slug, samples, all } => restore(&app, config, &slug, samples, all).await,
            Action::Clear => clear(&app, config).await,
        };
        app.store.close().await;
        done
    }
}

async fn list(app: &App, config: &Config) -> anyhow::Result<()> {
    let mut rows = Vec::new();
    for project in app.store.archived_projects().await? {
        let (archived, leaves) = (project.archived_us.rfc3339(), project.leaves_us.map(Timestamp::rfc3339));
        if config.json {
            rows.push(serde_json::json!({
                "slug": project.slug, "name": project.name, "archived_at": archived, "leaves_at": leaves,
                "samples": project.samples, "labeled": project.labeled,
            }));
        } else {
            let leaves = leaves.unwrap_or_else(|| "kept".to_owned());
            print_line(&format!("{}\t{archived}\t{leaves}\t{} samples", project.slug, project.samples));
        }
    }
    if config.json {
        print_json(&rows.into());
    }
    Ok(())
}

async fn list_samples(app: &App, config: &Config, project: &Project) -> anyhow::Result<()> {
    let mut rows = Vec::new();
    for row in app.store.archived_samples(project.id, SampleId(0), i64::MAX).await? {
        let (archived, leaves) = (row.archived_us.rfc3339(), row.leaves_us.rfc3339());
        if config.json {
            rows.push(serde_json::json!({
                "id": row.id, "name": row.name, "archived_at": archived, "leaves_at": leaves, "by": row.account,
                "answered": row.answered,
            }));
        } else {
            print_line(&format!("{}\t{}\t{archived}\t{leaves}", row.id, row.name.escape_debug()));
        }
    }
    if config.json {
        print_json(&rows.into());
    }
    Ok(())
}

async fn archive(app: &App, config: &Config, slug: &str, delete: bool) -> anyhow::Result<()> {
    let project = projects::by_slug(app, slug).await?;
    project_archive::archive(app, &project, delete).await?;
    record::command(app, Some(project.id), "project-archived", slug, &[("delete", delete.to_string())]).await;
    if config.json {
        print_json(&serde_json::json!({ "slug": slug, "state": "archived", "delete": delete }));
    } else {
        let then = if delete { "it is removed for good in 30 days" } else { "it is kept" };
        eprintln!("{slug} is archived; {then}. A running server notices within five seconds");
    }
    Ok(())
}

/// The samples that were asked for.
async fn chosen(app: &App, project: &Project, wanted: &Wanted) -> anyhow::Result<Vec<SampleId>> {
    let filtered =
        wanted.matching.is_some() || wanted.metadata.is_some() || wanted.class.is_some() || wanted.state.is_some();
    if !filtered {
        if wanted.samples.is_empty() {
            bail!("say which samples: --sample, --matching, --metadata, --class or --state");
        }
        return Ok(wanted.samples.clone());
    }
    let class = match &wanted.class {
        Some(name) => {
            let classes = app.store.classes(project.id).await?;
            let class = classes.into_iter().find(|class| class.name == *name);
            Some(class.with_context(|| format!("there is no class `{name}` in `{}`", project.slug))?.id)
        }
        None => None,
    };
    let state: Option<SampleState> = wanted.state.as_deref().map(str::parse).transpose()?;
    let (name, metadata) = (wanted.matching.clone(), wanted.metadata.clone());
    let filter = SampleFilter { class, state, name, annotator: None, metadata, words: None };
    let all = app.store.sample_ids(project.id, &filter).await?;
    let named = |id: &SampleId| wanted.samples.is_empty() || wanted.samples.contains(id);
    Ok(all.into_iter().filter(named).collect())
}

async fn put_away(app: &App, config: &Config, wanted: Wanted) -> anyhow::Result<()> {
    let project = projects::by_slug(app, &wanted.slug).await?;
    project_archive::check_open(&project)?;
    let samples = chosen(app, &project, &wanted).await?;
    if wanted.dry_run {
        tell(config, "would be archived", PutAway { done: samples.len() as i64, left: 0 });
        return Ok(());
    }
    let mut all = PutAway::default();
    for part in samples.chunks(MOST) {
        let put = sample_archive::archive(app, &project, None, part).await?;
        all = PutAway { done: all.done + put.done, left: all.left + put.left };
    }
    record::command(app, Some(project.id), "samples-archived", "", &[("samples", all.done.to_string())]).await;
    tell(config, "archived", all);
    Ok(())
}

async fn restore(app: &App, config: &Config, slug: &str, samples: Vec<SampleId>, all: bool) -> anyhow::Result<()> {
    let project = projects::by_slug(app, slug).await?;
    let samples = if all { app.store.archived_ids(project.id).await? } else { samples };
    if samples.is_empty() && !all {
        project_archive::restore(app, &project).await?;
        record::command(app, Some(project.id), "project-restored", slug, &[]).await;
        if config.json {
            print_json(&serde_json::json!({ "slug": slug, "state": "open" }));
        } else {
            eprintln!("{slug} is back");
        }
        return Ok(());
    }
    project_archive::check_open(&project)?;
    let mut sum = PutAway::default();
    for part in samples.chunks(MOST) {
        let put = sample_archive::restore(app, &project, part).await?;
        sum = PutAway { done: sum.done + put.done, left: sum.left + put.left };
    }
    record::command(app, Some(project.id), "samples-restored", "", &[("samples", sum.done.to_string())]).await;
    tell(config, "brought back", sum);
    Ok(())
}

fn tell(config: &Config, what: &str, put: PutAway) {
    if config.json {
        print_json(&serde_json::json!({ "done": put.done, "left": put.left }));
    } else {
        print_line(&format!("{} samples {what}, {} left as they are", put.done, put.left));
    }
}

async fn clear(app: &App, config: &Config) -> anyhow::Result<()> {
    let accounts = removal::anonymise_due(app).await?;
    let mut removed = 0;
    for project in removal::due_projects(app).await? {
        removed += removal::run_job(app, &project, None, &Progress::silent()).await?;
    }
    if config.json {
        print_json(&serde_json::json!({ "accounts": accounts, "samples": removed }));
    } else {
        print_line(&format!("{removed} samples removed for good, {accounts} accounts made anonymous"));
    }
    Ok(())
}
