//! What is asked beside the ranking: changed by leads, and how it stands.

use crate::domain::asking::BadAsking;
use crate::domain::{Asking, ClassId, ClassSet, Project, SampleId};
use crate::service::desk::streams::Mix;
use crate::service::live::Changed;
use crate::service::rounds::training;
use crate::service::{App, ServiceError};

/// Values of a column that are listed: those furthest behind.
const LISTED: usize = 100;

/// How far something is from its floor.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, utoipa::ToSchema)]
pub struct ClassStanding {
    pub class: ClassId,
    pub name: String,
    /// Training labels that name it.
    pub labels: i64,
    /// Labels that it is to have; absent without a floor.
    pub floor: Option<i64>,
}

/// How far a value of the column is from its floor.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, utoipa::ToSchema)]
pub struct ValueStanding {
    pub value: String,
    /// Training labels of samples with it.
    pub labels: i64,
    /// Samples with it, those of the audit set included.
    pub samples: i64,
}

/// What is asked, and how it stands.
#[derive(Debug, Clone, PartialEq, serde::Serialize, utoipa::ToSchema)]
pub struct AskingStanding {
    pub asking: Asking,
    /// The shares of the streams in the next question.
    pub mix: Mix,
    /// The classes that may be answered, in their order.
    pub classes: Vec<ClassStanding>,
    /// The columns of metadata that may have a floor.
    pub columns: Vec<String>,
    /// Of the column with a floor: values that are short of it, the furthest behind first.
    pub short: Vec<ValueStanding>,
}

/// Change it. A round is asked for, since floors are served by its ranking.
///
/// # Errors
/// When it makes no sense, or names a class or a column that the project has not.
pub async fn set(app: &App, project: &Project, asking: Asking) -> Result<(), ServiceError> {
    asking.check()?;
    let classes = app.store.classes(project.id).await?;
    if let Some(floor) = asking.classes.iter().find(|floor| classes.iter().all(|class| class.id != floor.class)) {
        return Err(BadAsking::NoClass(floor.class).into());
    }
    if let Some(floor) = &asking.column {
        let columns = app.maps.columns(app, project).await?;
        columns.named(&floor.column).ok_or_else(|| ServiceError::not_found("column", &floor.column))?;
    }
    app.store.save_asking(project.id, &asking).await?;
    app.changed(project.id, Changed::Settings);
    app.changed(project.id, Changed::Samples);
    let floors = |asking: &Asking| (asking.classes.clone(), asking.column.clone());
    if floors(&asking) != floors(&project.asking) {
        training::request(app, project.id, "floors changed").await?;
    }
    Ok(())
}

/// What is asked, and how it stands.
///
/// # Errors
/// When the project cannot be read.
pub async fn standing(app: &App, project: &Project) -> Result<AskingStanding, ServiceError> {
    let asking = project.asking.clone();
    let mix = app.desks.get(app, project).await?.mix();
    let labels = app.store.training_labels(project.id).await?;
    let columns = app.maps.columns(app, project).await?;
    let class = |class: crate::domain::Class| ClassStanding {
        labels: naming(&labels, class.id),
        floor: asking.floor_of(class.id),
        class: class.id,
        name: class.name,
    };
    let classes = app.store.classes(project.id).await?.into_iter().filter(|class| !class.retired).map(class).collect();
    let mut short = Vec::new();
    if let Some((floor, column)) = asking.column.as_ref().and_then(|floor| Some((floor, columns.named(&floor.column)?)))
    {
        let of = |((value, samples), labels): (&(String, usize), usize)| ValueStanding {
            value: value.clone(),
            labels: labels as i64,
            samples: *samples as i64,
        };
        short = column
            .values
            .iter()
            .zip(column.labels(&labels))
            .map(of)
            .filter(|value| value.labels < floor.labels)
            .collect();
        short.sort_by_key(|value| value.labels);
        short.truncate(LISTED);
    }
    Ok(AskingStanding {
        mix,
        classes,
        columns: columns.all().iter().map(|column| column.name.clone()).collect(),
        short,
        asking,
    })
}

fn naming(labels: &[(SampleId, ClassSet)], class: ClassId) -> i64 {
    labels.iter().filter(|(_, set)| set.contains(class)).count() as i64
}
