//! `querist project class`: what the page of classes does, by name.

use anyhow::bail;
use clap::Subcommand;

use crate::cli::{print_json, print_line};
use crate::config::Config;
use crate::domain::{AccountId, ActId, Project};
use crate::service::classes::{self, ClassChange, Destination, Whose};
use crate::service::people::{accounts, record};
use crate::service::{App, ServiceError, projects};
use crate::store::listing::{SampleFilter, SampleState};

#[derive(Debug, Subcommand)]
pub(super) enum ClassAction {
    /// List the classes of a project, in the order of their keys.
    List {
        /// The project.
        slug: String,
    },
    /// Add classes after the existing ones; a retired class comes back. A new class starts a round.
    Add {
        /// The project.
        slug: String,
        /// The names of the classes.
        #[arg(required = true, value_name = "NAME")]
        names: Vec<String>,
    },
    /// Change a class's name, colour or description. Its labels stay.
    Change {
        /// The project.
        slug: String,
        /// The name of the class.
        name: String,
        /// Its new name.
        #[arg(long, value_name = "NAME")]
        rename: Option<String>,
        /// One of 40 looks, 0 to 39; -1: that of its place.
        #[arg(long, value_name = "N", allow_negative_numbers = true)]
        colour: Option<i64>,
        /// What belongs to it, for those who label.
        #[arg(long, value_name = "TEXT")]
        describe: Option<String>,
    },
    /// Put classes first, in this order; the others follow as they are.
    Order {
        /// The project.
        slug: String,
        /// The names of the classes.
        #[arg(required = true, value_name = "NAME")]
        names: Vec<String>,
    },
    /// Retire a class: its labels stay, and nobody can choose it any more.
    Retire {
        /// The project.
        slug: String,
        /// The name of the class.
        name: String,
    },
    /// Bring a retired class back.
    Restore {
        /// The project.
        slug: String,
        /// The name of the class.
        name: String,
    },
    /// Delete a class that nothing ever named.
    Delete {
        /// The project.
        slug: String,
        /// The name of the class.
        name: String,
    },
    /// Make every label of a class another's, and retire the class. `undo` takes it back.
    Merge {
        /// The project.
        slug: String,
        /// The class whose labels change.
        name: String,
        /// The class that they become.
        into: String,
        /// Only say what would be touched.
        #[arg(long)]
        dry_run: bool,
        /// Who does it. By default, the first admin.
        #[arg(long, value_name = "NAME")]
        by: Option<String>,
    },
    /// Make the labels of some samples of a class another's, which is added where it is missing. `undo` takes it back.
    Move {
        /// The project.
        slug: String,
        /// The class whose labels change.
        name: String,
        /// The class that they become.
        into: String,
        /// Part of the samples' names.
        #[arg(long, value_name = "TEXT")]
        matching: Option<String>,
        /// Part of their metadata, or `key=value`.
        #[arg(long, value_name = "TEXT")]
        metadata: Option<String>,
        /// Who gave the labels.
        #[arg(long, value_name = "NAME")]
        annotator: Option<String>,
        /// Only say how many labels would change.
        #[arg(long)]
        dry_run: bool,
        /// Who does it. By default, the first admin.
        #[arg(long, value_name = "NAME")]
        by: Option<String>,
    },
    /// List merges and moves, newest first.
    Acts {
        /// The project.
        slug: String,
    },
    /// Say the labels of a merge or a move as they were before. What was answered since stays.
    Undo {
        /// The project.
        slug: String,
        /// Its number, from `acts`.
        act: ActId,
        /// Who does it. By default, the first admin.
        #[arg(long, value_name = "NAME")]
        by: Option<String>,
    },
}

impl ClassAction {
    /// What the record says of it, and about which class; `None` where nothing changes.
    fn kept(&self) -> Option<(&'static str, String)> {
        match self {
            Self::List { .. } | Self::Acts { .. } => None,
            Self::Merge { dry_run, .. } | Self::Move { dry_run, .. } if *dry_run => None,
            Self::Add { names, .. } => Some(("class-added", names.join(", "))),
            Self::Order { names, .. } => Some(("class-moved", names.join(", "))),
            Self::Change { name, .. } => Some(("class-changed", name.clone())),
            Self::Retire { name, .. } => Some(("class-retired", name.clone())),
            Self::Restore { name, .. } => Some(("class-restored", name.clone())),
            Self::Delete { name, .. } => Some(("class-deleted", name.clone())),
            Self::Merge { name, .. } => Some(("class-merged", name.clone())),
            Self::Move { name, .. } => Some(("class-parted", name.clone())),
            Self::Undo { act, .. } => Some(("class-act-undone", act.to_string())),
        }
    }

    fn slug(&self) -> &str {
        match self {
            Self::List { slug }
            | Self::Add { slug, .. }
            | Self::Change { slug, .. }
            | Self::Order { slug, .. }
            | Self::Retire { slug, .. }
            | Self::Restore { slug, .. }
            | Self::Delete { slug, .. }
            | Self::Merge { slug, .. }
            | Self::Move { slug, .. }
            | Self::Acts { slug }
            | Self::Undo { slug, .. } => slug,
        }
    }
}

pub(super) async fn run(app: &App, action: ClassAction, config: &Config) -> anyhow::Result<()> {
    let project = projects::by_slug(app, action.slug()).await?;
    let kept = action.kept();
    carry_out(app, &project, action, config).await?;
    if let Some((what, subject)) = kept {
        record::command(app, Some(project.id), what, &subject, &[]).await;
    }
    Ok(())
}

async fn carry_out(app: &App, project: &Project, action: ClassAction, config: &Config) -> anyhow::Result<()> {
    match action {
        ClassAction::List { .. } => {}
        ClassAction::Add { names, .. } => projects::add_classes(app, project, &names).await?,
        ClassAction::Change { name, rename, colour, describe, .. } => {
            let class = classes::named(app, project, &name).await?;
            let colour = colour.map(|colour| Some(colour).filter(|colour| *colour != -1));
            let change = ClassChange { name: rename, colour, description: describe };
            classes::change(app, project, class.id, class.version, change).await?;
        }
        ClassAction::Order { names, .. } => order(app, project, &names).await?,
        ClassAction::Retire { name, .. } => set_retired(app, project, &name, true).await?,
        ClassAction::Restore { name, .. } => set_retired(app, project, &name, false).await?,
        ClassAction::Delete { name, .. } => {
            let class = classes::named(app, project, &name).await?;
            classes::delete(app, project, class.id, class.version).await?;
        }
        ClassAction::Merge { name, into, dry_run, by, .. } => {
            let (from, into) = (classes::named(app, project, &name).await?, classes::named(app, project, &into).await?);
            if dry_run {
                let reach = classes::reach(app, project, from.id, into.id).await?;
                say(config, &serde_json::to_value(reach)?, &format!("{} labels would change", reach.labels));
                return Ok(());
            }
            let by = account(app, by.as_deref()).await?;
            let (act, labels) =
                classes::merge(app, project, by, (from.id, from.version), (into.id, into.version)).await?;
            acted(config, act, labels);
            return Ok(());
        }
        ClassAction::Move { name, into, matching, metadata, annotator, dry_run, by, .. } => {
            let from = classes::named(app, project, &name).await?;
            let state = Some(SampleState::Labeled);
            let whose =
                Whose::Matching(SampleFilter { class: None, state, name: matching, annotator, metadata, words: None });
            if dry_run {
                let n = classes::movable(app, project, from.id, whose).await?.len();
                say(config, &serde_json::json!({ "labels": n }), &format!("{n} labels would change"));
                return Ok(());
            }
            let into = match classes::named(app, project, &into).await {
                Ok(known) => Destination::Known(known.id, known.version),
                Err(ServiceError::NotFound { .. }) => Destination::New(into),
                Err(error) => return Err(error.into()),
            };
            let by = account(app, by.as_deref()).await?;
            let (act, labels) = classes::part(app, project, by, (from.id, from.version), into, whose).await?;
            acted(config, act, labels);
            return Ok(());
        }
        ClassAction::Acts { .. } => return acts(app, project, config).await,
        ClassAction::Undo { act, by, .. } => {
            let labels = classes::undo(app, project, account(app, by.as_deref()).await?, act).await?;
            let json = serde_json::json!({ "act": act, "labels": labels });
            say(config, &json, &format!("{labels} labels are as before"));
            return Ok(());
        }
    }
    list(app, project, config).await
}

async fn list(app: &App, project: &Project, config: &Config) -> anyhow::Result<()> {
    let known = app.store.classes(project.id).await?;
    if config.json {
        print_json(&serde_json::to_value(&known)?);
        return Ok(());
    }
    for class in known {
        print_line(&format!("{}\t{}{}", class.id, class.name, if class.retired { "\tretired" } else { "" }));
    }
    Ok(())
}

async fn order(app: &App, project: &Project, names: &[String]) -> anyhow::Result<()> {
    let seen: Vec<_> = app.store.classes(project.id).await?.into_iter().map(|class| class.id).collect();
    let mut order = Vec::with_capacity(seen.len());
    for name in names {
        order.push(classes::named(app, project, name).await?.id);
    }
    let others = seen.iter().filter(|id| !order.contains(id)).copied().collect::<Vec<_>>();
    order.extend(others);
    classes::order(app, project, &seen, &order).await?;
    Ok(())
}

async fn set_retired(app: &App, project: &Project, name: &str, retired: bool) -> anyhow::Result<()> {
    let class = classes::named(app, project, name).await?;
    if class.retired == retired {
        let kind = if retired { "class" } else { "retired class" };
        bail!("project `{0}` has no {kind} `{name}`; see `querist project class list {0}`", project.slug);
    }
    classes::set_retired(app, project, class.id, class.version, retired).await?;
    Ok(())
}

async fn acts(app: &App, project: &Project, config: &Config) -> anyhow::Result<()> {
    let acts = app.store.class_acts(project.id, i64::MAX).await?;
    if config.json {
        print_json(&serde_json::to_value(&acts)?);
        return Ok(());
    }
    for act in acts {
        let undone = if act.undone_us.is_some() { "\tundone" } else { "" };
        let (id, kind, from, into, labels) = (act.id, act.kind, act.from, act.into, act.labels);
        print_line(&format!("{id}\t{}\t{kind}\t{from} -> {into}\t{labels} labels{undone}", act.made_us.rfc3339()));
    }
    Ok(())
}

async fn account(app: &App, by: Option<&str>) -> anyhow::Result<AccountId> {
    match by {
        Some(name) => Ok(accounts::by_name(app, name).await?.id),
        None => app
            .store
            .importing_account()
            .await?
            .ok_or_else(|| anyhow::anyhow!("there is no admin yet; name somebody with --by")),
    }
}

fn acted(config: &Config, act: ActId, labels: i64) {
    say(config, &serde_json::json!({ "act": act, "labels": labels }), &format!("{labels} labels changed; act {act}"));
}

fn say(config: &Config, json: &serde_json::Value, words: &str) {
    if config.json {
        print_json(json);
    } else {
        print_line(words);
    }
}
