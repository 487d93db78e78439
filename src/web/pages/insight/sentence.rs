//! What the numbers mean, in sentences.

use crate::service::insight::Curve;
use crate::service::insight::random_line::AgainstRandom;
use crate::web::frame::filters::{decimal, group, percent};
use crate::web::frame::language::Language;

/// Fewer audit answers say too little to be put in a headline.
const LEAST_AUDIT: usize = 20;

/// The headline, and how it was measured.
pub fn sentence(language: Language, curve: &Curve, training_labels: i64) -> (String, String) {
    let measure = curve.measure;
    let Some(last) = curve.points.last() else {
        return if training_labels == 0 {
            (language.say("insight-none").into(), language.say("insight-none-about").into())
        } else {
            let headline = language.say("insight-unmeasured").with("n", training_labels);
            (headline.into(), language.say("insight-unmeasured-about").with("measure", measure).into())
        };
    };
    let against = curve.random.as_ref().and_then(|random| random.against).filter(|_| last.n >= LEAST_AUDIT);
    let mut headline: Vec<String> = Vec::new();
    if last.n < LEAST_AUDIT {
        headline.push(language.say("insight-so-far").with("n", last.labels).into());
        headline.push(language.say("insight-too-few").with("n", last.n).into());
    } else {
        let reached = language.say("insight-reached").with("measure", measure);
        headline.push(reached.with("n", last.labels).with("share", percent(language, last.accuracy)).into());
    }
    let mut text: Vec<String> = Vec::new();
    if let Some(against) = against {
        headline.push(verdict(language, &against));
        text.push(saved(language, &against));
    }
    let measured =
        language.say("insight-measured").with("measure", measure).with("n", last.correct).with("all", last.n);
    text.push(measured.with("low", percent(language, last.low)).with("high", percent(language, last.high)).into());
    let blind = curve.imported + curve.reviewed == 0;
    text.push(language.say(if blind { "insight-blind" } else { "insight-never-trained" }).into());
    let further = [
        (curve.imported, "insight-imported"),
        (curve.reviewed, "insight-reviewed"),
        (curve.departed as i64, "insight-departed"),
        (curve.retired as i64, "insight-retired"),
    ];
    text.extend(further.into_iter().filter(|(n, _)| *n > 0).map(|(n, id)| language.say(id).with("n", n).to_string()));
    if against.is_none() && last.n >= LEAST_AUDIT {
        text.push(language.say("insight-random-waits").with("n", crate::evaluate::random_line::LEAST).into());
    }
    (headline.join(" "), text.join(" "))
}

/// What random labeling would have needed.
fn verdict(language: Language, against: &AgainstRandom) -> String {
    match (against.gain, against.needed) {
        (false, _) => language.say("insight-no-gain").into(),
        (true, Some(needed)) => language.say("insight-random-needed").with("n", rounded(needed)).into(),
        (true, None) => language.say("insight-random-more").with("n", at_least(against.low)).into(),
    }
}

/// How much was saved, with its interval, or what to try.
fn saved(language: Language, against: &AgainstRandom) -> String {
    let share = |needed: f64| percent_whole(language, 1.0 - against.labels as f64 / needed);
    match (against.gain, against.needed, against.high) {
        // Beyond the samples or the law there are, an interval says nothing.
        (false, ..) if against.low >= against.within => {
            language.say("insight-no-gain-far").with("n", at_least(against.within)).into()
        }
        (false, ..) => {
            let id = if against.high.is_some() { "insight-no-gain-about" } else { "insight-no-gain-open" };
            let text = language.say(id).with("low", rounded(against.low));
            text.with("high", against.high.map_or_else(String::new, rounded)).into()
        }
        (true, Some(needed), Some(high)) => {
            let text = language.say("insight-saved").with("share", share(needed));
            text.with("low", share(against.low)).with("high", share(high)).into()
        }
        (true, ..) => language.say("insight-saved-least").with("share", share(against.low)).into(),
    }
}

/// Labels as people say them: about two figures.
pub fn rounded(labels: f64) -> String {
    let step = two_figures(labels);
    group(((labels / step).round() * step) as i64)
}

/// The same, and no more than they are.
fn at_least(labels: f64) -> String {
    let step = two_figures(labels);
    group(((labels / step).floor() * step) as i64)
}

fn two_figures(labels: f64) -> f64 {
    10f64.powf((labels.max(1.0).log10().floor() - 1.0).max(0.0))
}

fn percent_whole(language: Language, share: f64) -> String {
    decimal(language, share.max(0.0) * 100.0, 0) + "\u{a0}%"
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evaluate::Measure;
    use crate::service::insight::random_line::RandomStanding;
    use crate::web::pages::insight::tests::{curve, point};

    fn against(low: f64, needed: Option<f64>, high: Option<f64>) -> AgainstRandom {
        let within = 5_000.0;
        AgainstRandom { round: 9, labels: 200, within, needed, low, high, extrapolated: true, gain: low > 200.0 }
    }

    fn compared(against: AgainstRandom) -> (String, String) {
        let random = RandomStanding {
            made_us: crate::domain::Timestamp(0),
            audit_labels: 200,
            measured_to: 160,
            points: Vec::new(),
            against: Some(against),
        };
        sentence(Language::default(), &Curve { random: Some(random), ..curve(vec![point(200, 156, 200)]) }, 200)
    }

    #[test]
    fn a_handful_of_audit_answers_is_no_verdict() {
        let (headline, _) = sentence(Language::default(), &curve(vec![point(12, 4, 5)]), 12);
        assert!(headline.contains("too few"), "{headline}");
    }

    #[test]
    fn the_headline_gives_accuracy_and_the_text_its_interval() {
        let (headline, text) = sentence(Language::default(), &curve(vec![point(200, 156, 200)]), 200);
        assert_eq!(headline, "200 labels reached 78.0\u{a0}% accuracy.");
        assert!(text.contains("73.0\u{a0}% to 83.0\u{a0}%"), "{text}");
        assert!(text.contains("compared once 30 audit samples"), "{text}");
    }

    #[test]
    fn labels_saved_are_said_with_an_interval() {
        let (headline, text) = compared(against(320.0, Some(431.0), Some(560.0)));
        assert_eq!(headline, "200 labels reached 78.0\u{a0}% accuracy. Random labeling would have needed about 430.");
        assert!(
            text.starts_with("Saved 54\u{a0}% of the labels so far (95\u{a0}% interval 38\u{a0}% to 64\u{a0}%)."),
            "{text}"
        );
        let (headline, text) = compared(against(320.0, None, None));
        assert!(headline.ends_with("Random labeling would have needed more than 320."), "{headline}");
        assert!(text.starts_with("Saved at least 38\u{a0}%"), "{text}");
    }

    #[test]
    fn no_gain_is_said_as_plainly_and_what_to_try() {
        let (headline, text) = compared(against(120.0, Some(230.0), Some(560.0)));
        assert!(headline.ends_with("No measurable gain over random yet."), "{headline}");
        assert!(text.contains("120 to 560") && text.contains("replay"), "{text}");
        let (_, text) = compared(against(120.0, Some(230.0), None));
        assert!(text.contains("120 or more"), "{text}");
        // The pool is nearly labeled, or the audit set is small beside what was labeled.
        let few = AgainstRandom { within: 199.0, ..against(199.0, None, None) };
        let (headline, text) = compared(few);
        assert!(headline.ends_with("No measurable gain over random yet."), "{headline}");
        assert!(text.contains("cannot be told beyond 190 labels"), "{text}");
    }

    #[test]
    fn the_text_says_what_is_not_blind_and_what_left() {
        let text = |imported, reviewed, departed| {
            let curve = Curve { imported, reviewed, departed, ..curve(vec![point(200, 156, 200)]) };
            sentence(Language::default(), &curve, 200).1
        };
        assert!(text(0, 0, 0).contains("labeled blind") && !text(0, 0, 0).contains("left the audit set"));
        assert!(
            !text(3, 0, 0).contains("labeled blind")
                && text(3, 0, 0).contains("3 of the audit labels came with an import")
        );
        assert!(
            !text(0, 2, 0).contains("labeled blind") && text(0, 2, 0).contains("2 of the audit labels were settled")
        );
        assert!(text(0, 0, 1).contains("1 sample left the audit set"));
    }

    #[test]
    fn figures_of_sets_are_named_for_what_they_are() {
        let sets = Curve { measure: Measure::ExactMatch, ..curve(vec![point(200, 156, 200)]) };
        let (headline, text) = sentence(Language::default(), &sets, 200);
        assert_eq!(headline, "200 labels: the whole set is right for 78.0\u{a0}%.");
        assert!(text.contains("neither more nor less") && !text.to_lowercase().contains("accuracy"), "{text}");
    }

    #[test]
    fn labels_are_rounded_as_people_say_them() {
        assert_eq!([7.4, 43.2, 431.0, 12_345.0].map(rounded), ["7", "43", "430", "12\u{202f}000"]);
    }
}
