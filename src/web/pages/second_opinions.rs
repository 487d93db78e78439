//! The part of the settings that says what more than one person answers.

use axum::extract::State;
use axum::response::{IntoResponse as _, Response};

use crate::domain::{LabelRule, Role, SecondOpinions};
use crate::service::desk::second_opinions;
use crate::service::{App, ServiceError};
use crate::web::frame::error::WebError;
use crate::web::frame::extract::{Form, Member};
use crate::web::frame::going;
use crate::web::frame::language::Language;
use crate::web::frame::names;
use crate::web::frame::typed;

/// What the form shows.
pub(in crate::web) struct SecondFields {
    /// In percent, as browsers read numbers.
    pub share: String,
    pub people: i64,
    pub disputed: bool,
    /// In percent.
    pub doubted: String,
    pub audit: bool,
    pub rules: Vec<RuleChoice>,
}

pub(in crate::web) struct RuleChoice {
    pub name: &'static str,
    pub text: String,
    pub chosen: bool,
}

impl SecondFields {
    pub(in crate::web) fn new(language: Language, now: &SecondOpinions) -> Self {
        let rule = |rule: LabelRule| RuleChoice {
            name: rule.as_str(),
            text: names::label_rule(language, rule.as_str()),
            chosen: rule == now.rule,
        };
        Self {
            share: typed::percentage(now.share),
            doubted: typed::percentage(now.doubted),
            people: now.people,
            disputed: now.disputed,
            audit: now.audit,
            rules: LabelRule::ALL.map(rule).into(),
        }
    }
}

/// The form's fields.
#[derive(Debug, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SecondForm {
    /// Percent.
    share: f64,
    people: i64,
    rule: String,
    /// Percent.
    #[serde(default)]
    doubted: f64,
    /// Present if ticked.
    disputed: Option<String>,
    audit: Option<String>,
}

/// `POST /p/{slug}/second-opinions`
pub async fn save(State(app): State<App>, member: Member, Form(form): Form<SecondForm>) -> Result<Response, WebError> {
    member.require(Role::Lead)?;
    let wanted = SecondOpinions {
        share: form.share / 100.0,
        people: form.people,
        disputed: form.disputed.is_some(),
        doubted: form.doubted / 100.0,
        audit: form.audit.is_some(),
        rule: form.rule.parse().map_err(ServiceError::from)?,
    };
    second_opinions::configure(&app, &member.project, wanted).await?;
    Ok(going::to(&format!("/p/{}/settings?saved=yes", member.project.slug)).into_response())
}
