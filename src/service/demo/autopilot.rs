//! The autopilot of the example project: a person who answers with what was drawn, through the same use cases as
//! everybody.

use std::collections::HashMap;
use std::time::Duration;

use crate::domain::{Answer, ClassId, ClassSet, Origin, Project, Role, SkipReason};
use crate::service::demo::example::Example;
use crate::service::desk::labeling::{self, Basis, Given};
use crate::service::people::accounts;
use crate::service::people::accounts::NewAccount;
use crate::service::{App, ServiceError};

/// Who the autopilot is.
const NAME: &str = "autopilot";

/// Answer questions, one `every` so often, until none is left. The number of answers given.
pub async fn fly(app: &App, project: &Project, every: Duration) -> Result<u64, ServiceError> {
    let truth = Example::of(project.modality)?.truth(app)?;
    let classes: HashMap<String, ClassId> =
        app.store.classes(project.id).await?.into_iter().map(|class| (class.name, class.id)).collect();
    let robot = NewAccount { name: NAME, role: Role::Annotator, project: Some(&project.slug), password: None };
    let account = accounts::add(app, robot).await?.id;
    let mut ticks = tokio::time::interval(every);
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    let mut answers = 0;
    let mut next = labeling::lease(app, project, account, 1, true).await?;
    while let Some(lease) = next.pop() {
        ticks.tick().await;
        let class = truth.get(&lease.name).and_then(|name| classes.get(name)).copied();
        let answer = match class {
            Some(class) => ClassSet::from(class).into(),
            // A sample that somebody added to the example: its truth is unknown.
            None => Answer::Skip { reason: SkipReason::Unsure, note: None },
        };
        let given = Given {
            id: uuid::Uuid::new_v4().to_string(),
            sample: lease.sample_id,
            basis: Basis::Lease(lease.id),
            answer,
            seconds: None,
            next: 1,
            origin: Origin::Desk,
        };
        next = labeling::answer(app, project, account, given).await?.leases;
        answers += 1;
    }
    Ok(answers)
}
