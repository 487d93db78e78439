//! The in-memory state of each project, and which changes invalidate it.
//!
//! **Invariant:** a use case that changes a project says what changed, by [`App::changed`]; which state that
//! invalidates is decided here and nowhere else.

use crate::domain::ProjectId;
use crate::service::App;
use crate::store::rounds::Queue;

/// What changed about a project.
#[derive(Debug, Clone, Copy)]
pub enum Changed<'a> {
    /// Its row or its classes.
    Settings,
    /// Samples came in, were given back, or left the audit set.
    Samples,
    /// The embeddings by its encoder were removed.
    Embeddings,
    /// Its encoder.
    Encoder,
    /// What is asked next.
    Ranking(&'a Queue),
}

impl App {
    /// Reload, at the next request, what this change invalidates.
    pub fn changed(&self, project: ProjectId, what: Changed<'_>) {
        match what {
            Changed::Settings => {
                self.known.forget_project(project);
                self.judgements.forget(project);
            }
            Changed::Samples => self.desks.forget(project),
            Changed::Embeddings => {
                self.pools.forget(project);
                self.judgements.forget(project);
            }
            Changed::Encoder => {
                self.pools.forget(project);
                self.known.forget_project(project);
            }
            Changed::Ranking(queue) => self.desks.publish(project, queue),
        }
    }
}
