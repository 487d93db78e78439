//! Asking again or asking anew: which labels are worth another person's answer more than a new sample is worth its first
//! (`ActiveLab`, see `evaluate::crowdlab`), within the share of the labels that the lead allows.
//!
//! **Invariant:** only labels that train are asked again, never those of the audit set; nobody is asked twice.

use std::collections::HashMap;

use crate::domain::{AccountId, ClassId, Project, SampleId, SecondOpinions, Task};
use crate::evaluate::crowdlab::Crowd;
use crate::service::desk::second_opinions::{MOST, newest};
use crate::service::live::Changed;
use crate::service::rounds::{held_out, predictions};
use crate::service::{App, ServiceError};
use crate::store::second_opinions::BlindAnswer;

/// Labels asked again at a time: judging them costs as much as a round.
const BATCH: i64 = 5;

/// Have another person answer the labels in doubt, as far as the share allows. Returns how many.
///
/// Nothing happens with sets of classes, and while no sample has the answers of two people: by those it is known how far people and the
/// model are to be trusted.
///
/// Cost: out-of-sample predictions of all training labels, once for every few labels that are asked again.
///
/// # Errors
/// When answers or predictions cannot be read.
pub async fn ask(app: &App, project: &Project) -> Result<usize, ServiceError> {
    let settings = app.store.project(project.id).await?.map_or(project.second, |fresh| fresh.second);
    let labels = app.store.tally(project.id).await?.labeled;
    let asked = app.store.doubted_count(project.id).await?;
    let Some(room) = room(settings, labels, asked).filter(|_| project.task == Task::Single) else { return Ok(0) };
    let Some(pool) = app.pools.get(app, project).await? else { return Ok(0) };
    let columns: Vec<ClassId> = app.store.classes(project.id).await?.iter().map(|class| class.id).collect();
    let known = held_out::by_sample(app, project, &pool, &columns).await?;
    let Some(said) = predictions::in_use(app, project).await? else { return Ok(0) };
    let waiting = app.store.waiting_samples(project.id, false, app.clock.now()).await?;
    let new: Vec<Vec<f32>> = waiting.iter().filter_map(|sample| said.of.get(sample).cloned()).collect();
    let answers = newest(app.store.training_answers(project.id).await?);
    let share = settings.doubted;
    let found = app.cpu.run(move || Answered::of(&answers, &known, &columns).doubtful(&new, room, share)).await?;
    app.store.ask_doubted(project.id, &found, app.clock.now()).await?;
    if !found.is_empty() {
        app.changed(project.id, Changed::Samples);
        tracing::info!(project = project.slug, labels = found.len(), "labels in doubt are asked again");
    }
    Ok(found.len())
}

/// How many labels may be asked again now; `None`: too few to be worth the judging.
fn room(settings: SecondOpinions, labels: i64, asked: i64) -> Option<usize> {
    let room = (settings.doubted * labels as f64) as i64 - asked;
    (settings.doubted > 0.0 && room >= BATCH).then_some(room as usize)
}

/// The answers of samples that train, with people and classes as places.
struct Answered {
    samples: Vec<SampleId>,
    rows: Vec<Vec<(usize, usize)>>,
    /// Samples × k.
    probabilities: Vec<f64>,
    n_people: usize,
    k: usize,
}

impl Answered {
    fn of(answers: &[BlindAnswer], known: &HashMap<SampleId, Vec<f32>>, columns: &[ClassId]) -> Self {
        let mut people: HashMap<AccountId, usize> = HashMap::new();
        let mut made =
            Self { samples: Vec::new(), rows: Vec::new(), probabilities: Vec::new(), n_people: 0, k: columns.len() };
        for of_sample in answers.chunk_by(|a, b| a.sample_id == b.sample_id) {
            let Some(p) = known.get(&of_sample[0].sample_id) else { continue };
            let row: Vec<(usize, usize)> = of_sample
                .iter()
                .filter_map(|answer| {
                    let class = answer.answer.as_ref()?.classes()?.one()?;
                    let place = columns.iter().position(|column| *column == class)?;
                    let next = people.len();
                    Some((*people.entry(answer.account_id).or_insert(next), place))
                })
                .collect();
            if !row.is_empty() {
                made.samples.push(of_sample[0].sample_id);
                made.rows.push(row);
                made.probabilities.extend(p.iter().map(|p| f64::from(*p)));
            }
        }
        made.n_people = people.len();
        made
    }

    /// Of the batch that would be asked next, `1 / share` times as large as the `room`, those that have a label, the least known first.
    fn doubtful(&self, new: &[Vec<f32>], room: usize, share: f64) -> Vec<SampleId> {
        let crowd =
            Crowd { samples: &self.rows, probabilities: &self.probabilities, n_people: self.n_people, k: self.k };
        let Some(found) = crowd.crowdlab() else { return Vec::new() };
        let new: Vec<f64> = new.iter().filter(|p| p.len() == self.k).flatten().map(|p| f64::from(*p)).collect();
        let mut all: Vec<(f64, Option<SampleId>)> = found
            .known(&crowd)
            .into_iter()
            .zip(&self.samples)
            .zip(&self.rows)
            .filter(|(_, row)| row.len() < self.n_people.min(MOST))
            .map(|((known, sample), _)| (known, Some(*sample)))
            .collect();
        all.extend(found.known_of_new(&new, self.k).into_iter().map(|known| (known, None)));
        all.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
        let batch = (room as f64 / share).ceil() as usize;
        all.into_iter().take(batch).filter_map(|(_, sample)| sample).take(room).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_share_is_kept_and_small_remainders_wait() {
        let with = |doubted| SecondOpinions { doubted, ..SecondOpinions::default() };
        assert_eq!(room(with(0.1), 200, 0), Some(20));
        assert_eq!(room(with(0.1), 200, 16), None, "four are not worth it");
        assert_eq!(room(with(0.0), 200, 0), None);
    }

    /// Three people; two agree on ten shared samples. Of twenty further labels one is what the model finds most unlikely.
    #[test]
    fn the_label_that_the_model_contradicts_is_asked_again_before_sure_new_samples() {
        let columns = [ClassId(7), ClassId(8)];
        let mut answers = Vec::new();
        let mut known = HashMap::new();
        for sample in 0..30 {
            let class = 7 + sample % 2;
            known.insert(SampleId(sample), if class == 7 { vec![0.9, 0.1] } else { vec![0.1, 0.9] });
            answers.push(BlindAnswer::example(sample, 1 + sample % 3, class));
            if sample < 10 {
                answers.push(BlindAnswer::example(
                    sample,
                    1 + (sample + 1) % 3,
                    if sample == 0 { 15 - class } else { class },
                ));
            }
        }
        // A label that says the opposite of what the model finds.
        known.insert(SampleId(25), vec![0.97, 0.03]);
        let made = Answered::of(&answers, &known, &columns);
        assert_eq!((made.samples.len(), made.n_people, made.k), (30, 3, 2));
        let sure = vec![vec![0.95, 0.05]; 50];
        let found = made.doubtful(&sure, 5, 0.5);
        assert!(found.contains(&SampleId(25)), "{found:?}");
        assert!(found.contains(&SampleId(0)), "on which two disagree: {found:?}");
        // New samples about which the model knows nothing come first, so no label is asked again.
        let open = vec![vec![0.5, 0.5]; 50];
        assert!(made.doubtful(&open, 5, 0.5).len() < found.len());
        assert_eq!(Answered::of(&answers[..1], &known, &columns).doubtful(&sure, 5, 0.5), []);
    }
}
