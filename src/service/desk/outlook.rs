//! What brings the next round, from the conditions that decide it, so that no page promises a round that cannot come.
//!
//! **Invariant:** follows from counts that grow alike with training and audit answers, so that it does not reveal which
//! is which.

use crate::domain::{Project, RetrainRule, job};
use crate::service::{App, ServiceError};
use crate::store::projects::Tally;

/// What brings the next round.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outlook {
    /// ONNX Runtime is missing, and without it no round can run.
    NoRuntime,
    /// There is nothing to answer.
    NoSamples,
    /// Nobody has answered yet.
    NoAnswers,
    /// Every answer so far is a skip.
    NothingLabeled,
    /// Every label so far says the same, and nothing can be learned from that.
    OneAnswer,
    /// No round has finished yet: samples are being encoded, and it needs them.
    Encoding,
    /// No round can run: the samples could not be encoded.
    EncodingFailed,
    /// No round has finished yet, and it is only a matter of time.
    First,
    /// The last round failed; the next answer asks for another.
    RoundFailed,
    /// A round is due.
    Due,
    /// It comes after this many more answers.
    After(i64),
    /// No answer can come any more, and no round has finished: too little of it trains.
    FinishedUntrained,
    /// No answer can come any more; the last ones, this many, are trained on within this many minutes.
    LastAnswers { answers: i64, minutes: i64 },
    /// No answer can come any more, and all are trained on.
    Finished,
}

/// What brings the next round of a project with these counts.
pub async fn outlook(app: &App, project: &Project, tally: &Tally) -> Result<Outlook, ServiceError> {
    if app.runtime.is_missing() {
        return Ok(Outlook::NoRuntime);
    }
    // Looked up only until the first round, which needs two.
    let kinds =
        if tally.round_us.is_none() && tally.labeled > 0 { app.store.kinds_of_labels(project.id).await? } else { 0 };
    let outlook = of(project, tally, kinds);
    // What blocks a round that the counts would bring; looked up only then.
    if matches!(outlook, Outlook::First | Outlook::FinishedUntrained) {
        match app.store.latest_job(project.id, &job::ENCODE).await? {
            Some(job) if job.failed() => return Ok(Outlook::EncodingFailed),
            Some(job) if job.is_open() => return Ok(Outlook::Encoding),
            _ => {}
        }
    }
    if matches!(outlook, Outlook::First | Outlook::Due) {
        let round = app.store.latest_job(project.id, &job::ROUND).await?;
        if round.is_some_and(|job| job.failed()) {
            return Ok(Outlook::RoundFailed);
        }
    }
    Ok(outlook)
}

/// Answers until the retrain rule fires; 0 when a round is due.
pub fn answers_to_round(project: &Project, tally: &Tally) -> i64 {
    let rule = RetrainRule { labels: project.retrain_labels };
    (rule.answers_due(tally.round_answers) - tally.answers_since_round()).max(0)
}

/// `kinds`: how many different labels there are, counted up to two.
fn of(project: &Project, tally: &Tally, kinds: i64) -> Outlook {
    if tally.samples == 0 {
        return Outlook::NoSamples;
    }
    let finished = tally.unlabeled() == 0;
    if tally.round_us.is_none() {
        return match (tally.answers, tally.labeled, kinds) {
            (0, ..) => Outlook::NoAnswers,
            (_, 0, _) => Outlook::NothingLabeled,
            (_, _, 0..2) => Outlook::OneAnswer,
            _ if finished => Outlook::FinishedUntrained,
            _ => Outlook::First,
        };
    }
    match (finished, tally.answers_since_round(), answers_to_round(project, tally)) {
        (true, ..=0, _) => Outlook::Finished,
        (_, _, 0) => Outlook::Due,
        (true, answers, _) => Outlook::LastAnswers { answers, minutes: project.retrain_minutes },
        (false, _, n) => Outlook::After(n),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Timestamp;

    /// `samples` in all, of which `labeled` and `skipped`; the last round saw `seen` answers.
    fn tally(samples: i64, labeled: i64, skipped: i64, seen: Option<i64>) -> Tally {
        Tally {
            samples,
            labeled,
            skipped,
            answers: labeled + skipped,
            round_answers: seen.unwrap_or_default(),
            round_us: seen.map(Timestamp),
            ..Tally::default()
        }
    }

    #[test]
    fn every_state_of_a_project_has_the_outlook_that_is_true_of_it() {
        let states = [
            (tally(0, 0, 0, None), 0, Outlook::NoSamples),
            (tally(30, 0, 0, None), 0, Outlook::NoAnswers),
            (tally(30, 0, 4, None), 0, Outlook::NothingLabeled),
            (tally(30, 0, 30, None), 0, Outlook::NothingLabeled),
            (tally(30, 5, 1, None), 1, Outlook::OneAnswer),
            (tally(30, 30, 0, None), 1, Outlook::OneAnswer),
            (tally(30, 5, 0, None), 2, Outlook::First),
            (tally(30, 30, 0, None), 2, Outlook::FinishedUntrained),
            (tally(30, 20, 0, Some(5)), 0, Outlook::Due),
            (tally(30, 20, 0, Some(18)), 0, Outlook::After(8)),
            (tally(30, 30, 0, Some(28)), 0, Outlook::LastAnswers { answers: 2, minutes: 7 }),
            (tally(30, 28, 2, Some(10)), 0, Outlook::Due),
            (tally(30, 30, 0, Some(30)), 0, Outlook::Finished),
        ];
        for (tally, kinds, outlook) in states {
            assert_eq!(of(&Project::example(), &tally, kinds), outlook, "{tally:?}");
        }
    }
}
