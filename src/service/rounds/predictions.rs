//! Predictions of the committee in use for labeled samples, for exports with predictions.

use crate::domain::Project;
use crate::learn::restore::committee_of;
use crate::onnx::Model;
use crate::service::exchange::exporting::Predictions;
use crate::service::rounds::shelf::COMMITTEE;
use crate::service::rounds::{held_out, shelf};
use crate::service::{App, ServiceError};

/// The probabilities of the round in use for every encoded sample; `None` while there is no round, or the project has
/// another encoder than that round.
pub async fn in_use(app: &App, project: &Project) -> Result<Option<Predictions>, ServiceError> {
    let Some(round) = shelf::in_use(app, project).await? else { return Ok(None) };
    let Some(pool) = app.pools.get(app, project).await? else { return Ok(None) };
    if round.encoder_id != Some(pool.encoder) {
        return Ok(None);
    }
    let classes = app.store.classes(project.id).await?;
    let path = app.data.round(&project.slug, round.number).join(COMMITTEE);
    app.cpu
        .run(move || {
            let model = Model::read(std::fs::read(path)?)?;
            let committee = committee_of(&model)?;
            if committee.dim() != pool.rows.cols() {
                return Ok(None);
            }
            let k = committee.n_classes();
            let mean = committee.probabilities(&pool.rows);
            let of = pool.ids.iter().copied().zip(mean.chunks(k).map(<[f32]>::to_vec)).collect();
            Ok(Some(Predictions {
                classes: classes.iter().take(k).map(|class| class.id).collect(),
                of,
                ..Predictions::default()
            }))
        })
        .await?
}

/// As [`in_use`], for exported files: samples that train get the out-of-sample probabilities of [`held_out`] instead of
/// what the committee memorised.
pub async fn honest(app: &App, project: &Project) -> Result<Option<Predictions>, ServiceError> {
    let Some(mut predictions) = in_use(app, project).await? else { return Ok(None) };
    let Some(pool) = app.pools.get(app, project).await? else { return Ok(None) };
    let held_out = held_out::by_sample(app, project, &pool, &predictions.classes).await?;
    predictions.held_out = held_out.keys().copied().collect();
    predictions.of.extend(held_out);
    Ok(Some(predictions))
}
