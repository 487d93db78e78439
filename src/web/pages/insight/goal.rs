//! The goal's form.

use axum::extract::State;
use axum::response::{IntoResponse as _, Response};

use crate::domain::Role;
use crate::domain::goal::{Goal, PriceUnit, StopRule};
use crate::service::App;
use crate::service::insight::goal;
use crate::web::frame::error::WebError;
use crate::web::frame::extract::{Form, Member};
use crate::web::frame::going;
use crate::web::frame::typed::{self, NotANumber};

/// The form as it comes: numbers as people type them, rules as boxes that are ticked or missing.
#[derive(Debug, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GoalForm {
    target: String,
    budget: String,
    price: String,
    currency: String,
    per: PriceUnit,
    least_gain: String,
    every: bool,
    stable: Option<String>,
    #[serde(rename = "target-reached")]
    target_reached: Option<String>,
    doubt: Option<String>,
    gain: Option<String>,
    #[serde(rename = "budget-spent")]
    budget_spent: Option<String>,
}

impl GoalForm {
    /// # Errors
    /// A sentence naming the field and what it takes.
    fn read(&self) -> Result<Goal, WebError> {
        let ticked = [
            (StopRule::Stable, &self.stable),
            (StopRule::Target, &self.target_reached),
            (StopRule::Doubt, &self.doubt),
            (StopRule::Gain, &self.gain),
            (StopRule::Budget, &self.budget_spent),
        ];
        let target = number("target", &self.target)?;
        if target.is_some_and(|percent| !(percent > 0.0 && percent < 100.0)) {
            return Err(refused("target", &self.target, "a percentage between 0 and 100"));
        }
        let budget = number("budget", &self.budget)?;
        if budget.is_some_and(|labels| labels.fract() != 0.0) {
            return Err(refused("budget", &self.budget, "a whole number of labels"));
        }
        Ok(Goal {
            target: target.map(|percent| percent / 100.0),
            budget: budget.map(|labels| labels as i64),
            price: number("price", &self.price)?,
            per: self.per,
            currency: self.currency.trim().to_owned(),
            least_gain: number("least gain", &self.least_gain)?
                .map_or(Goal::default().least_gain, |points| points / 100.0),
            rules: ticked.into_iter().filter(|(_, box_)| box_.is_some()).map(|(rule, _)| rule).collect(),
            all: self.every,
            on_regardless: None,
        })
    }
}

/// A number with a point or a comma, with or without a percent sign; nothing where the field is empty.
fn number(field: &str, text: &str) -> Result<Option<f64>, WebError> {
    typed::number(text).map_err(|NotANumber| refused(field, text, "a number, such as 85"))
}

fn refused(field: &str, text: &str, takes: &str) -> WebError {
    WebError::unprocessable("bad_goal", format!("`{text}` in {field} is not {takes}"))
}

/// `POST /p/{slug}/goal`
pub async fn save(State(app): State<App>, member: Member, Form(form): Form<GoalForm>) -> Result<Response, WebError> {
    member.require(Role::Lead)?;
    goal::set(&app, &member.project, form.read()?).await?;
    Ok(going::to(&format!("/p/{}/insight", member.project.slug)).into_response())
}

/// `POST /p/{slug}/goal/go-on`: go on although the rules advise to stop.
pub async fn go_on(State(app): State<App>, member: Member) -> Result<Response, WebError> {
    member.require(Role::Lead)?;
    goal::go_on(&app, &member.project).await?;
    Ok(going::to(&format!("/p/{}/insight", member.project.slug)).into_response())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_as_people_type_them() {
        let read = |text| number("target", text).map_err(|_| "refused");
        assert_eq!(read(" 92,5 % "), Ok(Some(92.5)));
        assert_eq!(read(""), Ok(None));
        for bad in ["many", "1e999", "nan", "9.9.9"] {
            assert!(read(bad).is_err(), "{bad}");
        }
    }
}
