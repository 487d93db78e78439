//! Projects: made, configured, described.

use crate::domain::class::{check_class_names, class_name};
use crate::domain::project::check_slug;
use crate::domain::{ClassId, Lots, Modality, Project, Task};
use crate::modality::image::augment::{self, Augmentation};
use crate::modality::medium;
use crate::query::Strategy;
use crate::service::live::Changed;
use crate::service::people::secrets;
use crate::service::{App, ServiceError};
use crate::store::projects::{NewProject, ProjectSettings};

/// Share of the pool that is drawn into the audit set.
pub const AUDIT_SHARE: f64 = 0.10;
/// Audit samples of a large pool: rounds predict half of them, and more labels than that hardly narrow an interval.
const MOST_AUDITED: f64 = 8192.0;

/// The share of a pool of so many samples that is drawn into the audit set.
pub(in crate::service) fn audit_share(samples: u64) -> f64 {
    AUDIT_SHARE.min(MOST_AUDITED / samples.max(1) as f64)
}

/// A request for a new project.
#[derive(Debug, Clone)]
pub struct Wanted {
    pub slug: String,
    pub name: Option<String>,
    pub classes: Vec<String>,
    pub task: Task,
    pub modality: Modality,
    /// Seeds every random choice of the project but the audit draw, which must be unpredictable.
    pub seed: i64,
    /// The secret that draws the audit set; `None`: a random one, as in every real project.
    pub secret: Option<Lots>,
    /// Changes of a picture that keep its label; by default a crop, which does so almost everywhere.
    pub augmentations: Option<Vec<Augmentation>>,
}

/// Make a project.
pub async fn create(app: &App, wanted: Wanted) -> Result<Project, ServiceError> {
    check_slug(&wanted.slug)?;
    let classes = check_class_names(&wanted.classes)?;
    medium(wanted.modality)?;
    check_names(wanted.task, &classes)?;
    let new = NewProject {
        name: wanted.name.unwrap_or_else(|| wanted.slug.clone()),
        slug: wanted.slug,
        task: wanted.task,
        modality: wanted.modality,
        seed: wanted.seed,
        secret: match wanted.secret {
            Some(known) => known,
            None => secrets::lots().map_err(std::io::Error::other)?,
        },
        strategy: Strategy::first(wanted.task.into()).to_string(),
        audit_share: AUDIT_SHARE,
        retrain_minutes: 10,
        augmentations: match wanted.augmentations.as_deref() {
            Some(kinds) => augment::names(kinds),
            None if wanted.task.shows_in_part() && wanted.modality == Modality::Image => {
                augment::names(&[Augmentation::Crop])
            }
            None => String::new(),
        },
        classes,
    };
    let id = app.store.add_project(&new, app.clock.now()).await?;
    let id = id
        .ok_or_else(|| ServiceError::Conflict(format!("project `{}` exists already; choose another slug", new.slug)))?;
    app.store.project(id).await?.ok_or_else(|| ServiceError::not_found("project", new.slug))
}

/// A project with one class per picture and common settings, to be adjusted.
pub fn plain(slug: &str, secret: Lots) -> NewProject {
    NewProject {
        slug: slug.to_owned(),
        name: slug.to_owned(),
        task: Task::Single,
        modality: Modality::Image,
        seed: 1,
        secret,
        strategy: "margin".to_owned(),
        audit_share: AUDIT_SHARE,
        retrain_minutes: 10,
        augmentations: String::new(),
        classes: Vec::new(),
    }
}

/// A project by its slug.
pub async fn by_slug(app: &App, slug: &str) -> Result<Project, ServiceError> {
    app.store.project_by_slug(slug).await?.ok_or_else(|| ServiceError::not_found("project", slug))
}

/// Refuse names that table cells cannot represent.
fn check_names(task: Task, names: &[String]) -> Result<(), ServiceError> {
    Ok(names.iter().try_for_each(|name| task.check_name(name))?)
}

/// A strategy's name as it is kept.
///
/// # Errors
/// When the task has no strategy of this name; the message lists the available ones.
pub fn check_strategy(task: Task, name: &str) -> Result<String, ServiceError> {
    Ok(Strategy::named(name, task.into())?.to_string())
}

/// The project with another strategy, and nothing else changed.
pub async fn set_strategy(app: &App, project: Project, name: &str) -> Result<Project, ServiceError> {
    let settings = ProjectSettings {
        name: project.name.clone(),
        strategy: name.to_owned(),
        retrain_labels: project.retrain_labels,
        retrain_minutes: project.retrain_minutes,
        show_opinion: project.show_opinion,
        guidelines: project.guidelines.clone(),
    };
    configure(app, &project, settings).await?;
    app.store.project(project.id).await?.ok_or_else(|| ServiceError::not_found("project", project.slug))
}

/// Change what a lead may change.
pub async fn configure(app: &App, project: &Project, settings: ProjectSettings) -> Result<(), ServiceError> {
    if settings.name.trim().is_empty() || settings.name.chars().count() > 100 {
        return Err(ServiceError::Invalid("a project's name has 1 to 100 characters".to_owned()));
    }
    let settings = ProjectSettings { strategy: check_strategy(project.task, &settings.strategy)?, ..settings };
    if settings.retrain_labels.is_some_and(|labels| !(1..=100_000).contains(&labels)) {
        return Err(ServiceError::Invalid(
            "answers between rounds must be 1 to 100000, or empty for the default rule".to_owned(),
        ));
    }
    if !(1..=10_080).contains(&settings.retrain_minutes) {
        return Err(ServiceError::Invalid("minutes between rounds must be 1 to 10080 (a week)".to_owned()));
    }
    if settings.guidelines.len() > 100_000 {
        return Err(ServiceError::Invalid("the guide is longer than 100000 bytes; shorten it".to_owned()));
    }
    let strategy_changed = settings.strategy != project.strategy;
    app.store.save_settings(project.id, &settings).await?;
    app.changed(project.id, Changed::Settings);
    if strategy_changed {
        crate::service::rounds::training::request(app, project.id, "strategy changed").await?;
    }
    Ok(())
}

/// Add classes to a project; existing names are refused.
pub async fn add_classes(app: &App, project: &Project, names: &[String]) -> Result<(), ServiceError> {
    let names = check_class_names(names)?;
    check_names(project.task, &names)?;
    let known = app.store.classes(project.id).await?;
    if let Some(twice) =
        names.iter().find(|name| known.iter().any(|class| !class.retired && class_name(&class.name) == **name))
    {
        return Err(ServiceError::Conflict(format!("class `{twice}` exists already; choose another name")));
    }
    app.store.add_classes(project.id, &names, app.clock.now()).await?;
    Ok(())
}

/// Give a class another name. Its id, and with it every label, stays.
pub async fn rename_class(app: &App, project: &Project, class: ClassId, name: &str) -> Result<(), ServiceError> {
    let name = check_class_names(&[name])?.remove(0);
    project.task.check_name(&name)?;
    let known = app.store.classes(project.id).await?;
    if known.iter().any(|other| other.id != class && class_name(&other.name) == name) {
        return Err(ServiceError::Conflict(format!("class `{name}` exists already; choose another name")));
    }
    let done = app.store.rename_class(project.id, class, &name).await?;
    if done { Ok(()) } else { Err(ServiceError::not_found("class", class)) }
}

/// Let a class take no new labels.
pub async fn retire_class(app: &App, project: &Project, class: ClassId) -> Result<(), ServiceError> {
    let done = app.store.retire_class(project.id, class, app.clock.now()).await?;
    if done { Ok(()) } else { Err(ServiceError::not_found("class", class)) }
}
