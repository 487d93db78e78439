//! A smaller audit set: part of its samples are retired, and their labels train.
//!
//! A sample is in the audit set if a lot drawn from its content is below the set's share. Lowering the share therefore leaves a random
//! part of the pool, as it was before, and what is imported later is drawn with the smaller share too. The other way there is none: a
//! sample that has trained can never audit again.
//!
//! **Invariant:** copies leave together, and every sample that leaves has a row that says so.

use crate::domain::{Project, SampleId};
use crate::service::live::Changed;
use crate::service::rounds::training;
use crate::service::{App, ServiceError};

/// Labels that are to stay, so that accuracy still says something.
pub const LEAST_LEFT: i64 = 30;

/// What leaves and what stays when the share is lowered.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize, utoipa::ToSchema)]
pub struct AuditRetirement {
    /// The share of the pool that the audit set has now.
    pub share: f64,
    /// The share that it is to have.
    pub wanted: f64,
    /// Samples that leave.
    pub leave: i64,
    /// Those of them with a label, which trains from then on.
    pub leave_labeled: i64,
    /// Samples that stay.
    pub stay: i64,
    /// Those of them with a label.
    pub stay_labeled: i64,
}

/// What a smaller share would change.
///
/// # Errors
/// When the share is not above 0 and below the present one, or fewer than [`LEAST_LEFT`] labels of more would stay.
pub async fn preview(app: &App, project: &Project, wanted: f64) -> Result<AuditRetirement, ServiceError> {
    Ok(plan(app, project, wanted).await?.0)
}

/// Lower the share; returns what changed. A round is asked for, since there are more labels to learn from.
///
/// # Errors
/// As [`preview`].
pub async fn retire(app: &App, project: &Project, wanted: f64) -> Result<AuditRetirement, ServiceError> {
    let (found, leaving) = plan(app, project, wanted).await?;
    let done = app.store.retire_audit(project.id, wanted, &leaving, app.clock.now()).await?;
    if done.is_none() {
        return Err(ServiceError::Conflict("the audit set was made smaller meanwhile; look again".to_owned()));
    }
    app.changed(project.id, Changed::Settings);
    app.changed(project.id, Changed::Samples);
    training::request(app, project.id, "audit set changed").await?;
    Ok(found)
}

async fn plan(app: &App, project: &Project, wanted: f64) -> Result<(AuditRetirement, Vec<SampleId>), ServiceError> {
    let share = app.store.project(project.id).await?.map_or(project.audit_share, |fresh| fresh.audit_share);
    if !(wanted > 0.0 && wanted < share) {
        let (wanted, share) = (wanted * 100.0, share * 100.0);
        return Err(ServiceError::Invalid(format!(
            "the share is {wanted} %; give more than 0 and less than the present {share} %"
        )));
    }
    let labels = app.store.audit_labels(project.id).await?;
    let labeled: std::collections::HashSet<SampleId> = labels.into_iter().map(|(sample, _)| sample).collect();
    let groups = app.store.audit_groups(project.id).await?;
    let (mut leaving, mut found) =
        (Vec::new(), AuditRetirement { share, wanted, leave: 0, leave_labeled: 0, stay: 0, stay_labeled: 0 });
    for (sample, first) in groups {
        let has_label = i64::from(labeled.contains(&sample));
        if project.secret.audits(&first, wanted) {
            found.stay += 1;
            found.stay_labeled += has_label;
        } else {
            found.leave += 1;
            found.leave_labeled += has_label;
            leaving.push(sample);
        }
    }
    if found.leave_labeled > 0 && found.stay_labeled < LEAST_LEFT {
        let stay = found.stay_labeled;
        return Err(ServiceError::Invalid(format!(
            "only {stay} labels of the audit set would stay, too few to measure accuracy; leave at least {LEAST_LEFT}"
        )));
    }
    Ok((found, leaving))
}
