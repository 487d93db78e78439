//! Second opinions: what more than one person answers, one more answer to a sample, and how reliable people are.
//!
//! **Invariant:** nobody is asked for an opinion on a sample whose answers they gave, saw when they asked for one more, or see as an
//! example.

use std::collections::HashMap;

use crate::domain::second_opinion::PEOPLE;
use crate::domain::{AccountId, ClassSet, LabelRule, Project, Reliability, SampleId, SecondOpinions};
use crate::evaluate::agreement::AnswerDistance;
use crate::evaluate::consensus::DawidSkene;
use crate::service::live::Changed;
use crate::service::rounds::training;
use crate::service::{App, ServiceError};
use crate::store::second_opinions::BlindAnswer;

/// More people than this are not asked about one sample, however often one more is asked for.
pub(in crate::service) const MOST: usize = 9;

/// Change what more than one person answers, and which of their answers is the label.
///
/// # Errors
/// When the share is not from 0 to 1, that of doubted labels not from 0 to a half, or the number of people not from 2 to 5.
pub async fn configure(app: &App, project: &Project, wanted: SecondOpinions) -> Result<(), ServiceError> {
    if !(0.0..=1.0).contains(&wanted.share) {
        let percent = wanted.share * 100.0;
        return Err(ServiceError::Invalid(format!("the share is {percent} %; give 0 to 100")));
    }
    if !(0.0..=0.5).contains(&wanted.doubted) {
        let percent = wanted.doubted * 100.0;
        return Err(ServiceError::Invalid(format!("the share of doubted labels is {percent} %; give 0 to 50")));
    }
    if !PEOPLE.contains(&wanted.people) {
        let (least, most) = (PEOPLE.start(), PEOPLE.end());
        return Err(ServiceError::Invalid(format!("{} people are to answer; give {least} to {most}", wanted.people)));
    }
    let changed = app.store.save_second_opinions(project.id, &wanted, app.clock.now()).await?;
    app.changed(project.id, Changed::Settings);
    app.changed(project.id, Changed::Samples);
    if changed > 0 {
        training::request(app, project.id, "labels changed").await?;
    }
    Ok(())
}

/// Have one more person answer a sample: somebody who has not, and not the one who asks.
///
/// # Errors
/// When there is no such sample, nobody has answered it, or many have.
pub async fn ask_another(app: &App, project: &Project, by: AccountId, sample: SampleId) -> Result<(), ServiceError> {
    if app.store.sample(project.id, sample).await?.is_none() {
        return Err(ServiceError::not_found("sample", sample));
    }
    let answered = app.store.history(project.id, sample).await?.iter().filter(|past| !past.undone).count();
    if answered >= MOST {
        return Err(ServiceError::Invalid(format!("sample {sample} has {answered} answers; settle it")));
    }
    let known_to = app.store.ask_another(project.id, sample, by, app.clock.now()).await?;
    let known_to = known_to
        .ok_or_else(|| ServiceError::Invalid(format!("sample {sample} has no answer yet; it is asked anyway")))?;
    app.desks.get(app, project).await?.another(sample, known_to);
    Ok(())
}

/// Learn how reliable people are, where the label follows from it. Returns how many labels say something else now.
pub(in crate::service) async fn learn(app: &App, project: &Project) -> Result<i64, ServiceError> {
    if project.second.rule != LabelRule::Weighted {
        return Ok(0);
    }
    let answers = newest(app.store.blind_answers(project.id).await?);
    let one = AnswerDistance::from(project.task) == AnswerDistance::Nominal;
    let known = app.cpu.run(move || reliabilities(&answers, one)).await?;
    Ok(app.store.save_reliabilities(project.id, &known).await?)
}

/// Of each person the newest answer to each sample.
pub(in crate::service) fn newest(answers: Vec<BlindAnswer>) -> Vec<BlindAnswer> {
    let mut kept: Vec<BlindAnswer> = Vec::with_capacity(answers.len());
    for answer in answers {
        let same =
            |known: &&mut BlindAnswer| known.sample_id == answer.sample_id && known.account_id == answer.account_id;
        // Answers are in the order of samples: those to the same one are at the end.
        match kept.iter_mut().rev().take(MOST).find(same) {
            Some(known) => *known = answer,
            None => kept.push(answer),
        }
    }
    kept
}

/// Answers by sample, with people and answers as places; skips say nothing.
pub(in crate::service) struct Table {
    pub samples: Vec<SampleId>,
    pub people: Vec<AccountId>,
    pub values: Vec<ClassSet>,
    /// Per sample who gave which answer.
    pub rows: Vec<Vec<(usize, usize)>>,
}

impl Table {
    pub fn new(answers: &[BlindAnswer]) -> Self {
        let mut table = Self { samples: Vec::new(), people: Vec::new(), values: Vec::new(), rows: Vec::new() };
        let (mut people, mut values) = (HashMap::new(), HashMap::new());
        for answer in answers {
            let Some(set) = answer.answer.as_ref().and_then(|answer| answer.classes()) else { continue };
            let who = *people.entry(answer.account_id).or_insert_with(|| {
                table.people.push(answer.account_id);
                table.people.len() - 1
            });
            let value = *values.entry(set.clone()).or_insert_with(|| {
                table.values.push(set.clone());
                table.values.len() - 1
            });
            if table.samples.last() != Some(&answer.sample_id) {
                table.samples.push(answer.sample_id);
                table.rows.push(Vec::new());
            }
            if let Some(row) = table.rows.last_mut() {
                row.push((who, value));
            }
        }
        table
    }
}

/// `one`: whether an answer is one class; sets are only right or wrong.
fn reliabilities(answers: &[BlindAnswer], one: bool) -> Vec<(AccountId, Reliability)> {
    let table = Table::new(answers);
    let k = table.values.len();
    if k < 2 {
        return Vec::new();
    }
    let coin_below = if one { DawidSkene::default().coin_below } else { usize::MAX };
    let model = DawidSkene { coin_below, ..DawidSkene::default() };
    let found = model.fit(&table.rows, table.people.len(), k);
    let logs = |values: &[f64]| values.iter().map(|p| p.max(1e-10).ln()).collect::<Vec<_>>();
    let of = |(account, told): (&AccountId, &Vec<f64>)| {
        let right: f64 = (0..k).map(|class| found.prior[class] * told[class * k + class]).sum();
        let wrong = (1.0 - right) / (k - 1) as f64;
        let (right, wrong) = (right.max(1e-10).ln(), wrong.max(1e-10).ln());
        let classes = if one { table.values.iter().filter_map(ClassSet::one).collect() } else { Vec::new() };
        let (prior, told) = if one { (logs(&found.prior), logs(told)) } else { (Vec::new(), Vec::new()) };
        (*account, Reliability { classes, prior, told, right, wrong })
    };
    table.people.iter().zip(&found.told).map(of).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_of_ones_own_answer_replaces_it() {
        let kept = newest(vec![
            BlindAnswer::example(1, 1, 7),
            BlindAnswer::example(1, 2, 8),
            BlindAnswer::example(1, 1, 8),
            BlindAnswer::example(2, 1, 7),
        ]);
        assert_eq!(kept.len(), 3);
        let table = Table::new(&kept);
        assert_eq!((table.samples.len(), table.people.len(), table.rows[0].len()), (2, 2, 2));
        assert_eq!(table.rows[0][0].1, table.rows[0][1].1);
    }

    #[test]
    fn who_agrees_with_the_others_is_found_reliable() {
        let mut answers = Vec::new();
        for sample in 0..40 {
            answers.push(BlindAnswer::example(sample, 1, 7 + sample % 2));
            answers.push(BlindAnswer::example(sample, 2, 7 + sample % 2));
            answers.push(BlindAnswer::example(sample, 3, 7 + sample / 3 % 2));
        }
        for one in [true, false] {
            let found = reliabilities(&answers, one);
            assert_eq!(found.len(), 3);
            assert!(found[0].1.right > found[2].1.right && found[0].1.right > 0.9f64.ln(), "{found:?}");
            assert_eq!(found[0].1.classes.is_empty(), !one);
        }
        assert!(reliabilities(&[BlindAnswer::example(1, 1, 7)], true).is_empty());
    }
}
