//! What a project is labeled for: its target, its budget, its price, and the rules that say when to stop.

use super::word::words;

/// A rule that can advise to stop.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum StopRule {
    /// Successive models predict alike.
    Stable,
    /// The target is reached, by an interval that holds at every look.
    Target,
    /// The committee is in little doubt about the pool.
    Doubt,
    /// The next labels are expected to add little.
    Gain,
    /// The budget is spent.
    Budget,
}

words!(StopRule, "rule for stopping", {
    Stable = "stable",
    Target = "target",
    Doubt = "doubt",
    Gain = "gain",
    Budget = "budget",
});

/// What a price is for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum PriceUnit {
    #[default]
    Label,
    /// An hour of active labeling.
    Hour,
}

words!(PriceUnit, "unit of a price", { Label = "label", Hour = "hour" });

/// What a lead aims for. Everything may be left open.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize, utoipa::ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Goal {
    /// Accuracy (of sets, exact match) to reach, as a share.
    pub target: Option<f64>,
    /// Labels to spend, those of the audit set included.
    pub budget: Option<i64>,
    pub price: Option<f64>,
    pub per: PriceUnit,
    /// The price's currency, as it is written: `€`, `USD`.
    pub currency: String,
    /// The least gain in accuracy that a hundred further labels must promise, as a share.
    pub least_gain: f64,
    /// The rules that count.
    pub rules: Vec<StopRule>,
    /// Whether all of them must be met; otherwise one is enough.
    pub all: bool,
    /// Training labels at which a lead chose to go on against the advice; it comes again after a tenth more.
    pub on_regardless: Option<i64>,
}

impl Default for Goal {
    fn default() -> Self {
        Self {
            target: None,
            budget: None,
            price: None,
            per: PriceUnit::Label,
            currency: String::new(),
            least_gain: 0.01,
            rules: vec![StopRule::Stable, StopRule::Gain],
            all: true,
            on_regardless: None,
        }
    }
}

/// Why a goal cannot be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadGoal {
    #[error("the target must be above 0 and below 1, such as 0.9")]
    Target,
    #[error("the budget must be 1 to 1000000000 labels")]
    Budget,
    #[error("the price must be above 0, and at most a million")]
    Price,
    #[error("the currency is at most 8 characters")]
    Currency,
    #[error("the least gain must be 0 to 1, such as 0.01")]
    LeastGain,
    #[error("a rule for stopping is named twice; name each one once")]
    Twice,
    #[error("stopping at the target needs a target")]
    NoTarget,
    #[error("stopping at the budget needs a budget")]
    NoBudget,
}

impl Goal {
    /// Refuse what makes no sense.
    ///
    /// # Errors
    /// A sentence saying what is wrong.
    pub fn check(&self) -> Result<(), BadGoal> {
        let within = |value: Option<f64>, low: f64, high: f64| value.is_none_or(|value| value > low && value < high);
        if !within(self.target, 0.0, 1.0) {
            return Err(BadGoal::Target);
        }
        if self.budget.is_some_and(|budget| !(1..=1_000_000_000).contains(&budget)) {
            return Err(BadGoal::Budget);
        }
        if !within(self.price, 0.0, 1e6 + 1.0) {
            return Err(BadGoal::Price);
        }
        if self.currency.chars().count() > 8 || self.currency.chars().any(char::is_control) {
            return Err(BadGoal::Currency);
        }
        if !(0.0..=1.0).contains(&self.least_gain) {
            return Err(BadGoal::LeastGain);
        }
        if self.rules.iter().enumerate().any(|(i, rule)| self.rules[..i].contains(rule)) {
            return Err(BadGoal::Twice);
        }
        if self.rules.contains(&StopRule::Target) && self.target.is_none() {
            return Err(BadGoal::NoTarget);
        }
        if self.rules.contains(&StopRule::Budget) && self.budget.is_none() {
            return Err(BadGoal::NoBudget);
        }
        Ok(())
    }

    /// As it is stored.
    pub fn stored(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }
}

/// From how it is stored; what cannot be read is the default.
impl From<String> for Goal {
    fn from(text: String) -> Self {
        serde_json::from_str(&text).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_goal_is_read_as_it_was_stored_and_an_empty_one_is_the_default() {
        let goal = Goal { target: Some(0.9), budget: Some(600), currency: "€".to_owned(), ..Goal::default() };
        assert_eq!(Goal::from(goal.stored()), goal);
        assert_eq!(Goal::from("{}".to_owned()), Goal::default());
        assert_eq!(Goal::from(String::new()), Goal::default());
    }

    #[test]
    fn what_makes_no_sense_is_refused() {
        let bad = |change: fn(&mut Goal)| {
            let mut goal = Goal::default();
            change(&mut goal);
            goal.check()
        };
        assert_eq!(Goal::default().check(), Ok(()));
        assert_eq!(bad(|goal| goal.target = Some(1.0)), Err(BadGoal::Target));
        assert_eq!(bad(|goal| goal.target = Some(f64::NAN)), Err(BadGoal::Target));
        assert_eq!(bad(|goal| goal.budget = Some(0)), Err(BadGoal::Budget));
        assert_eq!(bad(|goal| goal.price = Some(-1.0)), Err(BadGoal::Price));
        assert_eq!(bad(|goal| goal.currency = "dollars and cents".to_owned()), Err(BadGoal::Currency));
        assert_eq!(bad(|goal| goal.least_gain = 2.0), Err(BadGoal::LeastGain));
        assert_eq!(bad(|goal| goal.rules = vec![StopRule::Gain; 2]), Err(BadGoal::Twice));
        assert_eq!(bad(|goal| goal.rules = vec![StopRule::Target]), Err(BadGoal::NoTarget));
        assert_eq!(bad(|goal| goal.rules = vec![StopRule::Budget]), Err(BadGoal::NoBudget));
    }
}
