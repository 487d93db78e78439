//! Classes of a project: changed by number and version, merged, parted, retired, deleted when unused; and undone.
//!
//! **Invariant:** who changes a class names the version that they saw, so that of two people one is told instead of overruled.

use std::collections::BTreeSet;

use crate::domain::class::{ActKind, LOOKS, check_class_names, class_name};
use crate::domain::{AccountId, ActId, Class, ClassId, Project, SampleId};
use crate::service::live::Changed;
use crate::service::rounds::training;
use crate::service::{App, ServiceError};
use crate::store::classes::{ClassFace, ClassReach, NewAct};
use crate::store::listing::SampleFilter;

/// Characters that a description may have.
const MOST_DESCRIBED: usize = 2000;

/// A class with how much it is used.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, utoipa::ToSchema)]
pub struct ClassUse {
    #[serde(flatten)]
    pub class: Class,
    /// Current labels that name it.
    pub labels: i64,
    /// Whether nothing ever named it, so that it may be deleted.
    pub unused: bool,
}

/// What to change about a class; what is absent stays.
#[derive(Debug, Clone, Default)]
pub struct ClassChange {
    pub name: Option<String>,
    /// One of 40 looks, from 0; `Some(None)`: that of its place.
    pub colour: Option<Option<i64>>,
    pub description: Option<String>,
}

/// The class that labels get instead.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Destination {
    /// One of the project's, as it was seen.
    Known(ClassId, i64),
    /// A new one of this name.
    New(String),
}

/// Whose labels a move changes.
#[derive(Debug, Clone)]
pub enum Whose {
    Samples(Vec<SampleId>),
    /// All that match.
    Matching(SampleFilter),
}

fn stale(class: ClassId) -> ServiceError {
    ServiceError::Conflict(format!("class {class} was changed by somebody else since you looked; look at it again"))
}

/// Every class in its order, with how much it is used.
///
/// # Errors
/// When the database cannot be read.
pub async fn list(app: &App, project: &Project) -> Result<Vec<ClassUse>, ServiceError> {
    let counts = app.store.label_counts(project.id).await?;
    let mut all = Vec::new();
    for class in app.store.classes(project.id).await? {
        let labels = counts.iter().filter(|count| count.classes.contains(class.id)).map(|count| count.n).sum();
        let unused = labels == 0 && !app.store.is_class_used(project.id, class.id).await?;
        all.push(ClassUse { class, labels, unused });
    }
    Ok(all)
}

/// One class.
///
/// # Errors
/// When the project has no such class.
pub async fn one(app: &App, project: &Project, class: ClassId) -> Result<Class, ServiceError> {
    let all = app.store.classes(project.id).await?;
    all.into_iter().find(|known| known.id == class).ok_or_else(|| ServiceError::not_found("class", class))
}

/// One class by its name.
///
/// # Errors
/// When the project has no such class.
pub async fn named(app: &App, project: &Project, name: &str) -> Result<Class, ServiceError> {
    let name = class_name(name);
    let all = app.store.classes(project.id).await?;
    // Of two of one name, from before names were composed, the one in use.
    let found = all.iter().find(|known| !known.retired && class_name(&known.name) == name);
    let found = found.or_else(|| all.iter().find(|known| class_name(&known.name) == name));
    found.cloned().ok_or_else(|| ServiceError::not_found("class", name))
}

/// Change a class's name, look or description.
///
/// # Errors
/// When the name is taken or none, the look is none of the forty, or somebody else changed the class since `version`.
pub async fn change(
    app: &App,
    project: &Project,
    class: ClassId,
    version: i64,
    change: ClassChange,
) -> Result<Class, ServiceError> {
    let all = app.store.classes(project.id).await?;
    let before = all.iter().find(|known| known.id == class).ok_or_else(|| ServiceError::not_found("class", class))?;
    let name = match change.name {
        None => before.name.clone(),
        Some(name) => {
            let name = check_class_names(&[name])?.remove(0);
            project.task.check_name(&name)?;
            if all.iter().any(|other| other.id != class && class_name(&other.name) == name) {
                return Err(ServiceError::Conflict(format!("class `{name}` exists already; choose another name")));
            }
            name
        }
    };
    let colour = change.colour.unwrap_or(before.colour);
    if colour.is_some_and(|colour| !(0..LOOKS).contains(&colour)) {
        return Err(ServiceError::Invalid(format!("a class's colour is 0 to {}, or none", LOOKS - 1)));
    }
    let description = change.description.map_or_else(|| before.description.clone(), |text| text.replace("\r\n", "\n"));
    if description.chars().count() > MOST_DESCRIBED {
        return Err(ServiceError::Invalid(format!(
            "a description has at most {MOST_DESCRIBED} characters; shorten it"
        )));
    }
    let face = ClassFace { name, colour, description: description.trim().to_owned() };
    if !app.store.change_class(project.id, class, version, &face).await? {
        return Err(stale(class));
    }
    app.changed(project.id, Changed::Settings);
    one(app, project, class).await
}

/// Put the classes in this order, which is that of their keys. `seen` is the order that was looked at.
///
/// # Errors
/// When `order` is not each class once, or the order has changed since.
pub async fn order(
    app: &App,
    project: &Project,
    seen: &[ClassId],
    order: &[ClassId],
) -> Result<Vec<Class>, ServiceError> {
    let (before, after): (BTreeSet<ClassId>, BTreeSet<ClassId>) =
        (seen.iter().copied().collect(), order.iter().copied().collect());
    if before != after || after.len() != order.len() {
        return Err(ServiceError::Invalid(
            "the order names each class of the project once, retired ones too".to_owned(),
        ));
    }
    if !app.store.order_classes(project.id, seen, order).await? {
        return Err(ServiceError::Conflict(
            "the classes were changed by somebody else since you looked; look at them again".to_owned(),
        ));
    }
    app.changed(project.id, Changed::Settings);
    Ok(app.store.classes(project.id).await?)
}

/// Let a class take no new labels, or take them again; its labels stay.
///
/// # Errors
/// When there is no such class, or somebody else changed it since `version`.
pub async fn set_retired(
    app: &App,
    project: &Project,
    class: ClassId,
    version: i64,
    retired: bool,
) -> Result<Class, ServiceError> {
    let before = one(app, project, class).await?;
    if before.retired == retired && before.version == version {
        return Ok(before);
    }
    let when = retired.then(|| app.clock.now());
    if !app.store.set_class_retired(project.id, class, version, when).await? {
        return Err(stale(class));
    }
    app.changed(project.id, Changed::Settings);
    one(app, project, class).await
}

/// Delete a class that nothing ever named.
///
/// # Errors
/// When it is used, there is no such class, or somebody else changed it since `version`.
pub async fn delete(app: &App, project: &Project, class: ClassId, version: i64) -> Result<(), ServiceError> {
    let known = one(app, project, class).await?;
    match app.store.delete_class(project.id, class, version).await? {
        Some(true) => {
            app.changed(project.id, Changed::Settings);
            Ok(())
        }
        Some(false) => Err(stale(class)),
        None => Err(ServiceError::Conflict(format!(
            "class `{}` was named by an answer, an import or a merge, also if that was taken back; retire it instead",
            known.name
        ))),
    }
}

/// What merging a class into another, or moving its labels there, would touch at most.
///
/// # Errors
/// When one of them is not a class of the project.
pub async fn reach(app: &App, project: &Project, from: ClassId, into: ClassId) -> Result<ClassReach, ServiceError> {
    one(app, project, from).await?;
    one(app, project, into).await?;
    Ok(app.store.class_reach(project.id, from, into).await?)
}

/// Make every label of a class another's, and retire the class. Returns the act, which [`undo`] takes back, and how many labels it
/// changed.
///
/// # Errors
/// When they are one class, the other is retired, or somebody else changed one of them since it was seen.
pub async fn merge(
    app: &App,
    project: &Project,
    account: AccountId,
    from: (ClassId, i64),
    into: (ClassId, i64),
) -> Result<(ActId, i64), ServiceError> {
    let source = one(app, project, from.0).await?;
    if source.merged_into.is_some() {
        return Err(ServiceError::Conflict(format!("class `{}` was merged already; undo that first", source.name)));
    }
    act(app, project, NewAct { project: project.id, account, kind: ActKind::Merge, from, into, samples: Vec::new() })
        .await
}

/// Samples whose labels a move of `from` would change.
///
/// # Errors
/// When the database cannot be read.
pub async fn movable(app: &App, project: &Project, from: ClassId, whose: Whose) -> Result<Vec<SampleId>, ServiceError> {
    let labeled = SampleFilter { class: Some(from), ..SampleFilter::default() };
    match whose {
        // What is not in the class stays as it is.
        Whose::Samples(samples) => {
            let all: BTreeSet<SampleId> = app.store.sample_ids(project.id, &labeled).await?.into_iter().collect();
            let wanted: BTreeSet<SampleId> = samples.into_iter().collect();
            Ok(wanted.intersection(&all).copied().collect())
        }
        Whose::Matching(filter) => {
            Ok(app.store.sample_ids(project.id, &SampleFilter { class: Some(from), ..filter }).await?)
        }
    }
}

/// Make the labels of some samples of a class another's, perhaps a new one's: how a class is parted.
///
/// # Errors
/// As [`merge`], and when none of the samples is labeled with the class.
pub async fn part(
    app: &App,
    project: &Project,
    account: AccountId,
    from: (ClassId, i64),
    into: Destination,
    whose: Whose,
) -> Result<(ActId, i64), ServiceError> {
    let samples = movable(app, project, from.0, whose).await?;
    if samples.is_empty() {
        return Err(ServiceError::Invalid("none of these samples is labeled with the class; choose others".to_owned()));
    }
    let into = match into {
        Destination::Known(class, version) => (class, version),
        Destination::New(name) => {
            if one(app, project, from.0).await?.version != from.1 {
                return Err(stale(from.0));
            }
            crate::service::projects::add_classes(app, project, std::slice::from_ref(&name)).await?;
            let class = named(app, project, &name).await?;
            (class.id, class.version)
        }
    };
    act(app, project, NewAct { project: project.id, account, kind: ActKind::Move, from, into, samples }).await
}

async fn act(app: &App, project: &Project, new: NewAct) -> Result<(ActId, i64), ServiceError> {
    if new.from.0 == new.into.0 {
        return Err(ServiceError::Invalid("a class cannot become itself; name another".to_owned()));
    }
    one(app, project, new.from.0).await?;
    let into = one(app, project, new.into.0).await?;
    if into.retired {
        return Err(ServiceError::Conflict(format!("class `{}` is retired; bring it back first", into.name)));
    }
    let done = app.store.act_on_class(&new, app.clock.now()).await?;
    let done = done.ok_or_else(|| stale(new.from.0))?;
    changed(app, project).await?;
    Ok(done)
}

/// Say the labels of an act as they were before. What was answered since stays. Returns how many labels changed.
///
/// # Errors
/// When there is no such act, or it was undone already.
pub async fn undo(app: &App, project: &Project, account: AccountId, act: ActId) -> Result<i64, ServiceError> {
    let done = app.store.undo_class_act(project.id, account, act, app.clock.now()).await?;
    let Some(labels) = done else {
        let acts = app.store.class_acts(project.id, i64::MAX).await?;
        return Err(if acts.iter().any(|known| known.id == act) {
            ServiceError::Conflict(format!("act {act} was undone already"))
        } else {
            ServiceError::not_found("act", act)
        });
    };
    changed(app, project).await?;
    Ok(labels)
}

async fn changed(app: &App, project: &Project) -> Result<(), ServiceError> {
    app.changed(project.id, Changed::Settings);
    app.changed(project.id, Changed::Samples);
    training::request(app, project.id, "classes changed").await?;
    Ok(())
}
