//! Which samples a round asks for floors: those that the committee finds likeliest of a class with too few labels, and those of the parts
//! of the pool that have too few.

use std::collections::HashMap;

use crate::domain::{Asking, Class, ClassSet, Project, SampleId};
use crate::math::topk;
use crate::query::floors::{Floor, serve};
use crate::query::{Opinion, OpinionError};
use crate::service::rounds::pool::EncodedPool;
use crate::service::{App, ServiceError};

/// Samples kept for floors: more than are asked before the next round.
const KEPT: usize = 256;
/// Samples judged at a time: their votes are not kept.
const JUDGED: usize = 16_384;

/// What has too few labels.
#[derive(Debug, Default)]
pub(super) struct Shortage {
    /// Classes, as places among the columns, with the labels that they are to have and have.
    classes: Vec<(usize, usize, usize)>,
    /// Values of a column: the labels that each is to have and has, and the rows of its waiting samples in the order of their draw.
    values: Vec<Floor>,
}

impl Shortage {
    /// What a project is short of, with its training `labels` and the rows that wait.
    pub(super) async fn find(
        app: &App,
        project: &Project,
        classes: &[Class],
        labels: &[(SampleId, ClassSet)],
        (waiting, pool): (&[usize], &EncodedPool),
    ) -> Result<Self, ServiceError> {
        // The caller may hold an older state of the project.
        let asking = app.store.project(project.id).await?.map_or_else(Asking::default, |fresh| fresh.asking);
        let short_class = |(place, class): (usize, &Class)| {
            let wanted = asking.floor_of(class.id).filter(|_| !class.retired)? as usize;
            let has = labels.iter().filter(|(_, set)| set.contains(class.id)).count();
            // Without a label of it, the committee cannot tell what is likely of it.
            (has > 0 && has < wanted).then_some((place, wanted, has))
        };
        let classes = classes.iter().enumerate().filter_map(short_class).collect();
        let mut values = Vec::new();
        if let Some(floor) = &asking.column {
            let columns = app.maps.columns(app, project).await?;
            if let Some(column) = columns.named(&floor.column) {
                let mut rows = vec![Vec::new(); column.values.len()];
                for &row in waiting {
                    if let Some(at) = column.of(pool.ids[row]) {
                        rows[at].push(row);
                    }
                }
                let short = column.labels(labels).into_iter().zip(rows);
                let short = short.map(|(has, candidates)| Floor { wanted: floor.labels as usize, has, candidates });
                values = short.filter(Floor::is_short).collect();
            }
        }
        Ok(Self { classes, values })
    }

    /// The samples to ask, the most wanted first. `ranked` is the strategy's order, which decides among samples of one value; those that
    /// it does not hold follow in the order of their draw. `opinion` is absent before the first model: then no class can be looked for.
    ///
    /// Cost: one pass of the committee over `waiting`, where a class is short.
    ///
    /// # Errors
    /// When the committee's votes cannot be computed.
    pub(super) fn samples(
        &self,
        waiting: &[usize],
        ranked: &[usize],
        opinion: Option<&dyn Opinion>,
        (pool, ids, seed): (&EncodedPool, &[u64], u64),
    ) -> Result<Vec<SampleId>, OpinionError> {
        let mut floors = self.values.clone();
        if !floors.is_empty() {
            let place: HashMap<usize, usize> = ranked.iter().enumerate().map(|(at, row)| (*row, at)).collect();
            for floor in &mut floors {
                floor.candidates.sort_by_key(|row| place.get(row).copied().unwrap_or(usize::MAX));
            }
        }
        if let Some(opinion) = opinion.filter(|_| !self.classes.is_empty()) {
            let likely = likelihoods(&self.classes, waiting, opinion)?;
            let ids: Vec<u64> = waiting.iter().map(|&row| ids[row]).collect();
            for ((_, wanted, has), p) in self.classes.iter().zip(&likely) {
                let order = topk::top_k(p, None, &ids, KEPT, seed);
                let candidates = order.into_iter().map(|at| waiting[at]).collect();
                floors.push(Floor { wanted: *wanted, has: *has, candidates });
            }
        }
        Ok(serve(&floors, KEPT).into_iter().map(|row| pool.ids[row]).collect())
    }
}

/// How likely each waiting sample is of each of these classes: a vector for each class.
fn likelihoods(
    classes: &[(usize, usize, usize)],
    waiting: &[usize],
    opinion: &dyn Opinion,
) -> Result<Vec<Vec<f32>>, OpinionError> {
    let mut likely = vec![Vec::with_capacity(waiting.len()); classes.len()];
    for rows in waiting.chunks(JUDGED) {
        let votes = opinion.votes(rows)?;
        let mean = votes.mean();
        for p in mean.chunks_exact(votes.classes.max(1)) {
            for ((place, ..), of_class) in classes.iter().zip(&mut likely) {
                of_class.push(p.get(*place).copied().unwrap_or_default());
            }
        }
    }
    Ok(likely)
}
