//! Coverage: how much of each part of the pool is labeled, and how accurate the model is there.
//!
//! **Invariant:** accuracy is measured on the audit set alone, and so is how often each class occurs in the pool.

use std::collections::{HashMap, HashSet};

use crate::domain::{ClassId, ClassSet, Project, SampleId};
use crate::evaluate::interval::{Interval, wilson};
use crate::service::rounds::shelf;
use crate::service::{App, ServiceError};

/// Values with rows of their own; the rest is one row.
const MOST_ROWS: usize = 200;

/// A part of the pool: the samples with one value.
#[derive(Debug, Clone, PartialEq, serde::Serialize, utoipa::ToSchema)]
pub struct Stratum {
    /// `None`: samples without a value.
    pub value: Option<String>,
    /// Whether the row stands for all values that have none of their own.
    pub others: bool,
    /// Samples that may train.
    pub pool: usize,
    /// Those of them with a label.
    pub labeled: usize,
    /// Audit samples with a label that the round in use has predicted.
    pub audited: usize,
    /// Those of them that it predicted right.
    pub correct: usize,
    /// Their share with its Wilson 95 % interval; absent without any.
    pub accuracy: Option<Interval>,
}

/// How often a class is a label, and how often it occurs.
#[derive(Debug, Clone, PartialEq, serde::Serialize, utoipa::ToSchema)]
pub struct ClassBalance {
    pub class: ClassId,
    pub name: String,
    /// Training labels that name it.
    pub labels: usize,
    /// Their share of all training labels.
    pub share: f64,
    /// Audit labels that name it.
    pub audit: usize,
    /// Its share of the pool, as the audit set, a random part of it, estimates it; Wilson 95 %. Absent without audit labels.
    pub pool: Option<Interval>,
}

/// How a pool is covered by labels.
#[derive(Debug, Clone, PartialEq, serde::Serialize, utoipa::ToSchema)]
pub struct Coverage {
    /// The columns that there are.
    pub columns: Vec<String>,
    /// The one that the rows are about; absent without any.
    pub column: Option<String>,
    /// The round whose accuracy is shown; absent before the first.
    pub round: Option<i64>,
    /// The values, the most frequent first.
    pub rows: Vec<Stratum>,
    pub classes: Vec<ClassBalance>,
    pub labels: usize,
    pub audit_labels: usize,
}

/// How the project's pool is covered, by `column` or the first that there is.
///
/// # Errors
/// When there is no such column.
pub async fn coverage(app: &App, project: &Project, column: Option<&str>) -> Result<Coverage, ServiceError> {
    let columns = app.maps.columns(app, project).await?;
    let chosen = match column {
        Some(name) => Some(columns.named(name).ok_or_else(|| ServiceError::not_found("column", name))?),
        None => columns.all().first(),
    };
    let labels = app.store.training_labels(project.id).await?;
    let audit_labels = app.store.audit_labels(project.id).await?;
    let round = shelf::in_use(app, project).await?;
    let predicted: HashMap<SampleId, ClassSet> = match &round {
        Some(round) => {
            let audited = app.store.audited_round(project.id, round.number).await?;
            audited.into_iter().flat_map(|audited| audited.predictions).collect()
        }
        None => HashMap::new(),
    };
    let mut rows = Vec::new();
    if let Some(column) = chosen {
        let audit: HashSet<SampleId> = app.store.audit_samples(project.id, i64::MAX).await?.into_iter().collect();
        let shown = column.values.len().min(MOST_ROWS);
        let mut counts = Counts::new(shown);
        let place = |sample: SampleId| match column.of(sample) {
            Some(at) if at < shown => at,
            Some(_) => shown,
            None => shown + 1,
        };
        for (sample, _) in app.store.arrivals(project.id).await? {
            counts.pool[place(sample)] += usize::from(!audit.contains(&sample));
        }
        for (sample, _) in &labels {
            counts.labeled[place(*sample)] += 1;
        }
        for (sample, set) in &audit_labels {
            if let Some(said) = predicted.get(sample) {
                counts.audited[place(*sample)] += 1;
                counts.correct[place(*sample)] += usize::from(said == set);
            }
        }
        rows = counts.rows(|at| column.values.get(at).map(|(value, _)| value.clone()));
    }
    let classes = app.store.classes(project.id).await?;
    let balance = |class: crate::domain::Class| {
        let naming = |labels: &[(SampleId, ClassSet)]| labels.iter().filter(|(_, set)| set.contains(class.id)).count();
        let (own, audit) = (naming(&labels), naming(&audit_labels));
        ClassBalance {
            class: class.id,
            labels: own,
            share: own as f64 / labels.len().max(1) as f64,
            audit,
            pool: (!audit_labels.is_empty()).then(|| wilson(audit as u64, audit_labels.len() as u64, 0.95)),
            name: class.name,
        }
    };
    Ok(Coverage {
        columns: columns.all().iter().map(|column| column.name.clone()).collect(),
        column: chosen.map(|column| column.name.clone()),
        round: round.map(|round| round.number),
        rows,
        classes: classes.into_iter().map(balance).collect(),
        labels: labels.len(),
        audit_labels: audit_labels.len(),
    })
}

/// Counts of so many values, of all others, and of samples without one.
struct Counts {
    values: usize,
    pool: Vec<usize>,
    labeled: Vec<usize>,
    audited: Vec<usize>,
    correct: Vec<usize>,
}

impl Counts {
    fn new(values: usize) -> Self {
        let none = || vec![0; values + 2];
        Self { values, pool: none(), labeled: none(), audited: none(), correct: none() }
    }

    /// Without the two last rows where they count nothing.
    fn rows(&self, name: impl Fn(usize) -> Option<String>) -> Vec<Stratum> {
        let row = |at: usize| Stratum {
            value: if at < self.values { name(at) } else { None },
            others: at == self.values,
            pool: self.pool[at],
            labeled: self.labeled[at],
            audited: self.audited[at],
            correct: self.correct[at],
            accuracy: (self.audited[at] > 0).then(|| wilson(self.correct[at] as u64, self.audited[at] as u64, 0.95)),
        };
        let counts = |at: usize| at < self.values || self.pool[at] + self.audited[at] > 0;
        (0..self.values + 2).filter(|&at| counts(at)).map(row).collect()
    }
}
