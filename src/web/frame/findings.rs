//! A replay's findings, in a given language: the headline, one verdict per strategy, and why none can be started.

use crate::evaluate::verdict::Verdict;
use crate::evaluate::{Interval, Measure};
use crate::service::experiments::diagnosis::{self, NotYet};
use crate::service::experiments::replay::{LEAST_AUDIT, LEAST_LABELS, Replay, Unready};
use crate::web::frame::filters::{between, decimal, group, percent};
use crate::web::frame::language::Language;

/// Intervals over fewer seeds are too narrow for a headline.
const LEAST_SEEDS: usize = 5;

/// The shortest true headline, and how it was measured.
pub fn lead(language: Language, measure: Measure, latest: Option<&Replay>) -> (String, String) {
    let Some(replay) = latest else {
        return (
            language.say("replay-question").into(),
            language.say("replay-question-about").with("measure", measure).into(),
        );
    };
    let seeds = replay.summary.seeds;
    // The first one listed, not the best one, whose interval would flatter it.
    let first = replay.summary.strategies.iter().find(|s| s.strategy != "random");
    let ratio = first.and_then(|first| {
        let verdict = first.verdict.as_ref()?;
        let end = verdict.at_random_end.and_then(|end| end.ratio);
        Some((first.strategy.as_str(), verdict.ratio.or(end)?))
    });
    let times = |id, name, ratio: Interval| {
        language.say(id).with("strategy", name).with("times", decimal(language, ratio.value, 1)).to_string()
    };
    // An interval that reads as if it began or ended at 1 says that the difference may be chance.
    let headline = match ratio {
        Some(_) if seeds < LEAST_SEEDS => language.say("replay-few-seeds").with("n", seeds).into(),
        Some((name, ratio)) if ratio.low >= 1.05 => times("replay-saved", name, ratio),
        Some((name, ratio)) if ratio.high < 0.95 => times("replay-cost", name, ratio),
        Some((name, _)) => language.say("replay-no-difference").with("strategy", name).into(),
        None => language.say("replay-replayed").with("n", replay.strategies.len()).into(),
    };
    let measured =
        language.say("replay-measured").with("measure", measure).with("n", seeds).with("budget", replay.budget);
    (headline, measured.with("pool", replay.pool).with("test", replay.test).into())
}

/// Where the test samples come from.
pub fn test(language: Language, replay: &Replay) -> String {
    if replay.audited {
        return language.say("replay-on-audit").with("n", replay.test).into();
    }
    language.say("replay-held-out").with("least", LEAST_AUDIT).with("n", replay.test).into()
}

/// How `name` compares with random, as the command line says it in English.
pub fn verdict(language: Language, replay: &Replay, name: &str, verdict: &Verdict) -> String {
    // Halves to even, as the command line writes them.
    let rounded = |labels: f64| group(labels.round_ties_even() as i64);
    let curve = replay.curves.iter().find(|curve| curve.strategy == name);
    let budget = curve.and_then(|curve| curve.points.last()).map_or(replay.budget as f64, |last| last.labels);
    let random_ran = replay.strategies.iter().any(|strategy| strategy == "random");
    let share = decimal(language, verdict.share * 100.0, 0);
    let own = match verdict.labels {
        Some(labels) => language.say("replay-reached").with("labels", rounded(labels)),
        None => language.say("replay-missed").with("budget", rounded(budget)),
    };
    let measure = replay.summary.measure;
    let own: String = own.with("strategy", name).with("share", share).with("measure", measure).into();
    let random = match (random_ran, verdict.labels, verdict.random_labels) {
        (false, ..) => language.say("replay-random-not-run"),
        (true, own, Some(needed)) => match times(language, replay, own.and(verdict.ratio)) {
            Some(times) => language.say("replay-random-needed-times").with("times", times),
            None => language.say("replay-random-needed"),
        }
        .with("labels", rounded(needed)),
        (true, Some(labels), None) => {
            let times = decimal(language, verdict.ratio_at_least.unwrap_or(budget / labels), 1);
            language.say("replay-random-missed").with("budget", rounded(budget)).with("times", times)
        }
        (true, None, None) => language.say("replay-random-neither"),
    };
    let random: String = random.into();
    let Some(end) = verdict.at_random_end else {
        return language.say("replay-verdict").with("own", own).with("random", random).into();
    };
    let spent_all = (end.random_labels - budget).abs() < 0.5;
    let times = times(language, replay, end.ratio);
    let said = match (spent_all, end.labels, times.is_some()) {
        (true, None, _) => "replay-end-all-missed",
        (true, Some(_), false) => "replay-end-all",
        (true, Some(_), true) => "replay-end-all-times",
        (false, None, _) => "replay-end-some-missed",
        (false, Some(_), false) => "replay-end-some",
        (false, Some(_), true) => "replay-end-some-times",
    };
    let said = language.say(said).with("measure", measure).with("strategy", name).with("budget", rounded(budget));
    let said = said.with("random", rounded(end.random_labels)).with("times", times.unwrap_or_default());
    let said: String = said.with("labels", end.labels.map(rounded).unwrap_or_default()).into();
    language.say("replay-verdict-end").with("own", own).with("random", random).with("end", said).into()
}

/// The ratio of labels, with an interval if there are enough seeds.
fn times(language: Language, replay: &Replay, ratio: Option<Interval>) -> Option<String> {
    let ratio = ratio?;
    let one = |value: f64| decimal(language, value, 1);
    let text = if replay.summary.seeds > 1 {
        language.say("replay-times").with("low", one(ratio.low)).with("high", one(ratio.high))
    } else {
        language.say("replay-times-one-seed")
    };
    Some(text.with("times", one(ratio.value)).into())
}

/// A value and its interval, each as `tell` writes it.
pub fn value(language: Language, value: &Interval, tell: impl Fn(f64) -> String) -> String {
    between(language, tell(value.value), tell(value.low), tell(value.high))
}

/// A point of a curve.
pub fn point(language: Language, strategy: &str, accuracy: f64, labels: f64) -> String {
    let text = language.say("replay-point").with("strategy", strategy).with("share", percent(language, accuracy));
    text.with("labels", group(labels.round() as i64)).into()
}

/// Why nothing can be measured yet.
pub fn not_yet(language: Language, why: NotYet) -> String {
    match why {
        NotYet::NothingEncoded => language.say("help-not-encoded"),
        NotYet::OneClass => language.say("help-one-class"),
        NotYet::FewLabels(n) => language.say("help-few-labels").with("n", n).with("least", diagnosis::LEAST_LABELS),
    }
    .into()
}

/// Why no replay can be started.
pub fn unready(language: Language, why: Unready) -> String {
    match why {
        Unready::NoLabels => language.say("replay-no-labels"),
        Unready::OneClass => language.say("replay-one-class"),
        Unready::FewLabels(n) => language.say("replay-few-labels").with("n", n).with("least", LEAST_LABELS),
        Unready::NothingEncoded => language.say("replay-nothing-encoded"),
        Unready::FewEncoded { encoded, labels } => {
            language.say("replay-few-encoded").with("n", encoded).with("all", labels).with("least", LEAST_LABELS)
        }
    }
    .into()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Ten, twenty … labels, on which margin learns twice as fast as random.
    fn replay(seeds: u64, measure: Measure, strategies: [(&str, f64); 2], ceiling: f64) -> Replay {
        let mut points = Vec::new();
        for seed in 0..seeds {
            for labels in [10, 20, 30, 40] {
                for (strategy, slope) in strategies {
                    points.push(crate::evaluate::experiment::RunPoint {
                        strategy: strategy.to_owned(),
                        seed,
                        labels,
                        accuracy: f64::min(labels as f64 / slope, ceiling) - seed as f64 / 1000.0,
                        macro_f1: 0.0,
                        nll: 0.0,
                        fit_ms: 0.0,
                        select_ms: 0.0,
                    });
                }
            }
        }
        Replay {
            job: crate::domain::JobId(1),
            finished_us: crate::domain::Timestamp(0),
            strategies: strategies.iter().map(|(name, _)| (*name).to_owned()).collect(),
            batch: 10,
            initial: 10,
            budget: 40,
            seeds,
            pool: 80,
            test: 60,
            audited: true,
            summary: crate::evaluate::summary::summarise(&points, measure, 0.8, 0),
            curves: Vec::new(),
        }
    }

    fn usual(seeds: u64) -> Replay {
        replay(seeds, Measure::Accuracy, [("margin", 20.0), ("random", 40.0)], 1.0)
    }

    #[test]
    fn the_headline_speaks_of_the_first_strategy_once_there_are_seeds_enough() {
        let english = Language::default();
        let (headline, text) = lead(english, Measure::Accuracy, Some(&usual(6)));
        assert_eq!(headline, "margin would have saved labels: random needed 2.0 times as many.");
        assert_eq!(text, "6 seeds of 40 labels each, out of 80 labeled samples; accuracy is measured on 60 others.");
        assert_eq!(lead(english, Measure::Accuracy, Some(&usual(3))).0, "3 seeds are too few for a verdict.");
        assert_eq!(lead(english, Measure::Accuracy, Some(&usual(1))).0, "One seed is too few for a verdict.");
    }

    #[test]
    fn the_page_says_what_accuracy_was_measured_on() {
        let english = Language::default();
        assert!(test(english, &usual(2)).contains("60 labeled samples of the audit set, which no question"));
        let held_out = Replay { audited: false, ..usual(2) };
        assert!(test(english, &held_out).contains("fewer than 50 labels, so 60 labeled samples"));
    }

    #[test]
    fn without_a_result_the_page_says_what_a_replay_is() {
        let (headline, text) = lead(Language::default(), Measure::ExactMatch, None);
        assert!(
            headline.ends_with('?') && text.contains("labels this project again") && text.contains("exact match"),
            "{headline} {text}"
        );
    }

    #[test]
    fn a_page_in_english_says_the_verdict_as_the_command_line_does() {
        let mut said = std::collections::BTreeSet::new();
        for (seeds, measure) in [(1, Measure::Accuracy), (6, Measure::Accuracy), (6, Measure::ExactMatch)] {
            for (own, other, ceiling) in
                [(20.0, 40.0, 1.0), (20.0, 200.0, 1.0), (200.0, 20.0, 1.0), (200.0, 300.0, 1.0), (20.0, 30.0, 0.5)]
            {
                for random in ["random", "entropy"] {
                    let replay = replay(seeds, measure, [("margin", own), (random, other)], ceiling);
                    for one in &replay.summary.strategies {
                        let Some(data) = &one.verdict else { continue };
                        // A page keeps a number and its sign on one line; a terminal has no such space.
                        let page = verdict(Language::default(), &replay, &one.strategy, data).replace('\u{a0}', " ");
                        assert_eq!(page, format!("{}.", data.sentence));
                        said.insert(page);
                    }
                }
            }
        }
        for part in [
            "nor did random",
            "of full exact match",
            "at least",
            "was not run",
            "by one seed only",
            "95 % interval",
            "out of reach",
        ] {
            assert!(said.iter().any(|page| page.contains(part)), "no case says `{part}`: {said:#?}");
        }
    }

    #[test]
    fn the_reason_why_none_can_start_is_that_of_the_service() {
        let all = [
            Unready::NoLabels,
            Unready::OneClass,
            Unready::FewLabels(7),
            Unready::NothingEncoded,
            Unready::FewEncoded { encoded: 3, labels: 150 },
        ];
        for why in all {
            let (page, service) = (unready(Language::default(), why), why.to_string());
            assert_eq!(page[1..], format!("{service}.")[1..]);
        }
    }
}
