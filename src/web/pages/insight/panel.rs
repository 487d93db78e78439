//! Go on or stop: the rules side by side, each with its reason.

use crate::domain::goal::{Goal, PriceUnit, StopRule};
use crate::evaluate::stopping::{AHEAD, Advice};
use crate::service::insight::effort::Effort;
use crate::service::insight::stopping::{RuleStanding, StopStanding};
use crate::web::frame::filters::{decimal, part_of, percent};
use crate::web::frame::language::Language;

/// The panel as it is shown.
pub struct Panel {
    pub advice: String,
    /// Whether the advice is to stop, and nobody chose to go on.
    pub stop: bool,
    /// What the next labels promise, and what they cost.
    pub gain: String,
    pub rules: Vec<RuleRow>,
    pub goal: GoalFields,
}

pub struct RuleRow {
    pub name: &'static str,
    pub text: String,
    pub value: String,
    pub chosen: bool,
    pub met: Option<bool>,
    /// What the rule reads, and where it comes from.
    pub about: String,
}

/// The goal as its form shows it.
pub struct GoalFields {
    pub target: String,
    pub budget: String,
    pub price: String,
    pub currency: String,
    pub least_gain: String,
    pub hourly: bool,
    pub all: bool,
}

impl Panel {
    pub fn new(language: Language, standing: &StopStanding, effort: &Effort) -> Self {
        let stop = standing.advice == Advice::Stop && !standing.on_regardless;
        let advice = match standing.advice {
            Advice::Stop if stop => "stop-stop",
            Advice::Stop => "stop-regardless",
            Advice::GoOn => "stop-go-on",
            Advice::TooEarly => "stop-too-early",
            Advice::NoRule => "stop-no-rule",
        };
        let row = |rule: &RuleStanding| RuleRow {
            name: rule.rule.as_str(),
            text: text(language, rule.rule, &standing.goal),
            value: value(language, rule.rule, standing),
            chosen: rule.chosen,
            met: rule.met,
            about: language.say(about(rule.rule)).into(),
        };
        Self {
            advice: language.say(advice).into(),
            stop,
            gain: gain(language, standing, effort),
            rules: standing.rules.iter().map(row).collect(),
            goal: GoalFields::new(language, &standing.goal),
        }
    }
}

impl GoalFields {
    fn new(language: Language, goal: &Goal) -> Self {
        let number = |value: f64| {
            let text = decimal(language, value, 2);
            let mark = language.decimal_mark();
            if text.contains(mark) { text.trim_end_matches('0').trim_end_matches(mark).to_owned() } else { text }
        };
        Self {
            target: goal.target.map(|target| number(target * 100.0)).unwrap_or_default(),
            budget: goal.budget.map(|budget| budget.to_string()).unwrap_or_default(),
            price: goal.price.map(number).unwrap_or_default(),
            currency: goal.currency.clone(),
            least_gain: number(goal.least_gain * 100.0),
            hourly: goal.per == PriceUnit::Hour,
            all: goal.all,
        }
    }
}

fn text(language: Language, rule: StopRule, goal: &Goal) -> String {
    match (rule, goal.target) {
        (StopRule::Target, Some(target)) => {
            language.say("stop-rule-target-of").with("share", decimal(language, target * 100.0, 0)).into()
        }
        _ => language.say(name(rule)).into(),
    }
}

fn name(rule: StopRule) -> &'static str {
    match rule {
        StopRule::Stable => "stop-rule-stable",
        StopRule::Target => "stop-rule-target",
        StopRule::Doubt => "stop-rule-doubt",
        StopRule::Gain => "stop-rule-gain",
        StopRule::Budget => "stop-rule-budget",
    }
}

fn about(rule: StopRule) -> &'static str {
    match rule {
        StopRule::Stable => "stop-about-stable",
        StopRule::Target => "stop-about-target",
        StopRule::Doubt => "stop-about-doubt",
        StopRule::Gain => "stop-about-gain",
        StopRule::Budget => "stop-about-budget",
    }
}

fn value(language: Language, rule: StopRule, standing: &StopStanding) -> String {
    let unknown = || language.say("insight-not-yet").to_string();
    match rule {
        StopRule::Stable => {
            standing.stability.map_or_else(unknown, |kappa| format!("κ\u{a0}{}", decimal(language, kappa, 3)))
        }
        StopRule::Target => match (standing.goal.target, standing.reached) {
            (None, _) => language.say("stop-no-target").into(),
            (Some(_), None) => unknown(),
            (Some(_), Some(reached)) => {
                language.say("stop-at-least").with("share", percent(language, reached.low)).into()
            }
        },
        StopRule::Doubt => standing.doubt.map_or_else(unknown, |doubt| percent(language, doubt)),
        StopRule::Gain => standing
            .gain
            .map_or_else(unknown, |gain| language.say("stop-at-most").with("n", points(language, gain.high)).into()),
        StopRule::Budget => match standing.goal.budget {
            None => language.say("stop-no-budget").into(),
            Some(budget) => part_of(language, standing.spent, budget),
        },
    }
}

/// `The next 100 labels should add 2.1 points (0.8 to 3.3), for about 40 €.`
fn gain(language: Language, standing: &StopStanding, effort: &Effort) -> String {
    let Some(gain) = standing.gain else { return language.say("stop-gain-unknown").into() };
    let text = language.say("stop-gain").with("n", points(language, gain.value));
    let text = text.with("low", points(language, gain.low)).with("high", points(language, gain.high)).to_string();
    let Some(cost) = cost_of_next(&standing.goal, effort) else { return text };
    let cost = language.say("stop-cost").with("cost", money(language, cost, &standing.goal.currency));
    format!("{text} {cost}")
}

/// What a hundred further labels cost at the pace so far.
fn cost_of_next(goal: &Goal, effort: &Effort) -> Option<f64> {
    let (answers, hours) = effort.at(crate::domain::Timestamp(i64::MAX));
    goal.price.map(|price| match goal.per {
        PriceUnit::Label => price * AHEAD,
        PriceUnit::Hour => price * AHEAD * hours / answers.max(1) as f64,
    })
}

/// An amount with its currency.
pub fn money(language: Language, amount: f64, currency: &str) -> String {
    let amount = decimal(language, amount, if amount < 100.0 { 2 } else { 0 });
    if currency.is_empty() { amount } else { format!("{amount}\u{a0}{currency}") }
}

/// A gain in accuracy in points of a hundred.
fn points(language: Language, gain: f64) -> String {
    decimal(language, gain * 100.0, 1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evaluate::Interval;

    fn standing() -> StopStanding {
        let goal =
            Goal {
                target: Some(0.85), budget: Some(600), price: Some(0.25), currency: "€".into(), ..Goal::default()
            };
        StopStanding {
            advice: Advice::Stop,
            on_regardless: false,
            rules: StopRule::ALL.map(|rule| RuleStanding { rule, chosen: true, met: Some(true) }).to_vec(),
            goal,
            stability: Some(0.994),
            reached: Some(Interval { value: 0.9, low: 0.861, high: 0.93 }),
            doubt: Some(0.123),
            gain: Some(Interval { value: 0.021, low: 0.008, high: 0.033 }),
            spent: 200,
        }
    }

    #[test]
    fn every_rule_gives_its_reason() {
        let panel = Panel::new(Language::default(), &standing(), &Effort::default());
        let said: Vec<_> = panel.rules.iter().map(|row| format!("{}: {}", row.text, row.value)).collect();
        assert_eq!(
            said,
            [
                "Predictions stable: κ\u{a0}0.994",
                "Target 85\u{a0}% reached: at least 86.1\u{a0}%",
                "Doubt in the pool: 12.3\u{a0}%",
                "Gain of the next 100: at most 3.3 points",
                "Budget: 200 of 600",
            ]
        );
        assert!(panel.stop && panel.rules.iter().all(|row| !row.about.is_empty()));
        assert_eq!(panel.gain, "The next 100 labels should add 2.1 points (0.8 to 3.3). They cost about 25.00\u{a0}€.");
    }

    #[test]
    fn who_goes_on_regardless_is_not_told_to_stop() {
        let standing = StopStanding { on_regardless: true, ..standing() };
        assert!(!Panel::new(Language::default(), &standing, &Effort::default()).stop);
    }

    #[test]
    fn fields_are_written_as_people_type_them() {
        let german = Language::by_tag("de").unwrap();
        let fields = GoalFields::new(german, &Goal { target: Some(0.925), ..standing().goal });
        assert_eq!((fields.target.as_str(), fields.price.as_str(), fields.budget.as_str()), ("92,5", "0,25", "600"));
        assert_eq!(GoalFields::new(german, &Goal::default()).least_gain, "1");
    }
}
