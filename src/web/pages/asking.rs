//! What is asked: the streams of questions with their shares, floors, repeats, the goal of a day, and the size of the audit set.

use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};

use crate::domain::asking::{ClassFloor, ColumnFloor};
use crate::domain::{Asking, ClassId, Role};
use crate::service::App;
use crate::service::desk::asking::{self, AskingStanding};
use crate::service::desk::streams::Mix;
use crate::service::insight::audit;
use crate::web::frame::confirm::ConfirmPage;
use crate::web::frame::error::WebError;
use crate::web::frame::extract::{Form, Member, Query};
use crate::web::frame::filters::{decimal, group, percent};
use crate::web::frame::going;
use crate::web::frame::language::Language;
use crate::web::frame::shell::{Shell, Tab};
use crate::web::frame::typed::{self, NotANumber};
use crate::web::page;
use crate::web::pages::label::colour;

/// One stream of questions.
struct Stream {
    name: String,
    about: String,
    /// Of a hundred questions.
    n: String,
    /// Where its part of the bar begins, and how wide it is, in percent.
    from: f64,
    width: f64,
    /// The CSS class of its colour.
    colour: &'static str,
}

struct ClassRow {
    id: ClassId,
    name: String,
    colour: String,
    labels: String,
    /// As browsers read numbers; empty without one.
    floor: String,
    is_short: bool,
}

struct ColumnChoice {
    name: String,
    chosen: bool,
}

#[derive(Template)]
#[template(path = "asking.html")]
struct AskingPage {
    shell: Shell,
    slug: String,
    headline: String,
    streams: Vec<Stream>,
    classes: Vec<ClassRow>,
    columns: Vec<ColumnChoice>,
    column_labels: String,
    floor_share: String,
    repeats: String,
    per_day: String,
    /// Values of the column that are short, and their labels of how many.
    short: Vec<(String, String)>,
    audit_share: String,
    audit_samples: String,
    audit_labeled: String,
    told: String,
}

/// The page's query.
#[derive(Debug, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AskingQuery {
    #[serde(default)]
    saved: Option<String>,
}

/// `GET /p/{slug}/asking`
pub async fn show(
    State(app): State<App>,
    member: Member,
    Query(called): Query<AskingQuery>,
) -> Result<Response, WebError> {
    member.require(Role::Lead)?;
    let project = member.fresh(&app).await?;
    let language = member.language();
    let tally = app.store.tally(project.id).await?;
    let AskingStanding { asking, mix, classes, columns, short } = asking::standing(&app, &project).await?;
    let looks = app.store.classes(project.id).await?;
    let class = |class: asking::ClassStanding| ClassRow {
        colour: looks
            .iter()
            .enumerate()
            .find(|(_, one)| one.id == class.class)
            .map_or_else(String::new, |(at, one)| colour(one.look(at))),
        id: class.class,
        name: class.name,
        labels: group(class.labels),
        floor: class.floor.map(|floor| floor.to_string()).unwrap_or_default(),
        is_short: class.floor.is_some_and(|floor| class.labels < floor),
    };
    let chosen = asking.column.as_ref().map(|floor| floor.column.as_str());
    let of = asking.column.as_ref().map_or(0, |floor| floor.labels);
    let value = |value: asking::ValueStanding| {
        let text = language.say("asking-of").with("labels", group(value.labels)).with("floor", group(of));
        (value.value, text.to_string())
    };
    page(&AskingPage {
        shell: Shell::page(&member, language.say("asking-title"), Some(Tab::Settings)),
        slug: project.slug.clone(),
        headline: headline(language, &mix),
        streams: streams(language, &mix, &project.strategy),
        columns: columns
            .iter()
            .map(|name| ColumnChoice { chosen: chosen == Some(name.as_str()), name: name.clone() })
            .collect(),
        classes: classes.into_iter().map(class).collect(),
        column_labels: asking.column.as_ref().map(|floor| floor.labels.to_string()).unwrap_or_default(),
        floor_share: typed::percentage(asking.floor_share),
        repeats: typed::percentage(asking.repeats),
        per_day: asking.per_day.map(|n| n.to_string()).unwrap_or_default(),
        short: short.into_iter().map(value).collect(),
        audit_share: percent(language, project.audit_share),
        audit_samples: group(tally.audit_samples),
        audit_labeled: group(tally.audit_labeled),
        told: called.saved.map(|_| language.say("settings-saved").into()).unwrap_or_default(),
    })
}

fn headline(language: Language, mix: &Mix) -> String {
    let whole = |share: f64| decimal(language, share * 100.0, 0);
    let text = language.say("asking-headline").with("ranked", whole(mix.ranked + mix.floor));
    text.with("audit", whole(mix.audit)).with("others", whole(1.0 - mix.ranked - mix.floor - mix.audit)).into()
}

/// The streams that are asked at present, the largest part first.
fn streams(language: Language, mix: &Mix, strategy: &str) -> Vec<Stream> {
    let known = [
        (mix.ranked, "asking-ranked", "asking-ranked-about", "m1"),
        (mix.floor, "asking-floor", "asking-floor-about", "m2"),
        (mix.audit, "asking-audit", "asking-audit-about", "m3"),
        (mix.random, "asking-random", "asking-random-about", "m4"),
        (mix.second, "asking-second", "asking-second-about", "m5"),
        (mix.repeat, "asking-repeat", "asking-repeat-about", "m6"),
    ];
    let mut from = 0.0;
    let stream = |(share, name, about, colour): (f64, &str, &str, &'static str)| {
        let start = from;
        from += share * 100.0;
        Stream {
            name: language.say(name).with("strategy", strategy).into(),
            about: language.say(about).into(),
            n: decimal(language, share * 100.0, usize::from(share < 0.1)),
            from: start,
            width: share * 100.0,
            colour,
        }
    };
    known.into_iter().filter(|(share, ..)| *share > 0.0).map(stream).collect()
}

/// `POST /p/{slug}/asking`
pub async fn save(
    State(app): State<App>,
    member: Member,
    Form(fields): Form<Vec<(String, String)>>,
) -> Result<Response, WebError> {
    member.require(Role::Lead)?;
    let project = member.fresh(&app).await?;
    asking::set(&app, &project, read(&fields)?).await?;
    Ok(going::to(&format!("/p/{}/asking?saved=yes", project.slug)).into_response())
}

/// # Errors
/// A sentence naming the field and what it takes.
fn read(fields: &[(String, String)]) -> Result<Asking, WebError> {
    let mut asking = Asking::default();
    let (mut column, mut column_labels) = ("", None);
    for (name, text) in fields {
        let text = text.trim();
        match name.as_str() {
            "column" => column = text,
            "column_labels" => column_labels = whole(name, text)?,
            "floor_share" => asking.floor_share = share(name, text)?.unwrap_or(asking.floor_share),
            "repeats" => asking.repeats = share(name, text)?.unwrap_or(0.0),
            "per_day" => asking.per_day = whole(name, text)?,
            other => {
                let class = other.strip_prefix("floor-").and_then(|id| id.parse().ok()).map(ClassId);
                let class =
                    class.ok_or_else(|| WebError::unprocessable("bad_field", format!("unknown field `{other}`")))?;
                if let Some(labels) = whole("a class's floor", text)? {
                    asking.classes.push(ClassFloor { class, labels });
                }
            }
        }
    }
    asking.column = match (column, column_labels) {
        ("", _) => None,
        (column, Some(labels)) => Some(ColumnFloor { column: column.to_owned(), labels }),
        (column, None) => {
            let message = format!("column `{column}` needs a number of labels, or choose no column");
            return Err(WebError::unprocessable("bad_field", message));
        }
    };
    Ok(asking)
}

/// A whole number; nothing where the field is empty.
fn whole(field: &str, text: &str) -> Result<Option<i64>, WebError> {
    if text.is_empty() {
        return Ok(None);
    }
    let bad = || WebError::unprocessable("bad_field", format!("`{text}` in {field} is not a whole number, such as 20"));
    text.parse().map(Some).map_err(|_| bad())
}

/// A percentage as a share; nothing where the field is empty.
fn share(field: &str, text: &str) -> Result<Option<f64>, WebError> {
    let number = typed::number(text).map_err(|NotANumber| {
        WebError::unprocessable("bad_field", format!("`{text}` in {field} is not a percentage, such as 5"))
    })?;
    Ok(number.map(|percent| percent / 100.0))
}

/// The share that the audit set is to have, in percent.
#[derive(Debug, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SmallerAuditForm {
    share: String,
}

impl SmallerAuditForm {
    fn read(&self) -> Result<f64, WebError> {
        share("share", self.share.trim())?.ok_or_else(|| {
            WebError::unprocessable("bad_field", "give the share that the audit set is to have, in percent")
        })
    }
}

/// `GET /p/{slug}/audit/retire`: asks first.
pub async fn ask_retire(
    State(app): State<App>,
    member: Member,
    Query(form): Query<SmallerAuditForm>,
) -> Result<Response, WebError> {
    member.require(Role::Lead)?;
    let project = member.fresh(&app).await?;
    let (slug, language) = (&project.slug, member.language());
    let found = audit::preview(&app, &project, form.read()?).await?;
    let question = language.say("audit-retire-ask").with("share", percent(language, found.wanted)).to_string();
    let leave = language.say("audit-retire-leave").with("n", found.leave).with("labels", found.leave_labeled);
    let stay = language.say("audit-retire-stay").with("n", found.stay).with("labels", found.stay_labeled);
    page(&ConfirmPage {
        shell: Shell::page(&member, &*question, Some(Tab::Settings)),
        question,
        means: vec![leave.into(), stay.into(), language.say("audit-retire-final").to_string()],
        action: format!("/p/{slug}/audit/retire"),
        fields: vec![("share", form.share.clone())],
        button: language.say("audit-retire").to_string(),
        back: format!("/p/{slug}/asking"),
    })
}

/// `POST /p/{slug}/audit/retire`
pub async fn retire(
    State(app): State<App>,
    member: Member,
    Form(form): Form<SmallerAuditForm>,
) -> Result<Response, WebError> {
    member.require(Role::Lead)?;
    let project = member.fresh(&app).await?;
    audit::retire(&app, &project, form.read()?).await?;
    Ok(going::to(&format!("/p/{}/asking?saved=yes", project.slug)).into_response())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_form_is_read_and_what_is_wrong_is_named() {
        let fields = |pairs: &[(&str, &str)]| -> Vec<(String, String)> {
            pairs.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())).collect()
        };
        let read = |pairs: &[(&str, &str)]| read(&fields(pairs));
        let asking = read(&[
            ("floor-7", "20"),
            ("floor-8", ""),
            ("column", "site"),
            ("column_labels", "5"),
            ("floor_share", "25 %"),
            ("repeats", "2,5"),
            ("per_day", ""),
        ])
        .unwrap();
        assert_eq!(asking.classes, [ClassFloor { class: ClassId(7), labels: 20 }]);
        assert_eq!(asking.column, Some(ColumnFloor { column: "site".to_owned(), labels: 5 }));
        assert_eq!((asking.floor_share, asking.repeats, asking.per_day), (0.25, 0.025, None));
        assert_eq!(read(&[("column", ""), ("column_labels", "5")]).unwrap(), Asking::default());
        for bad in [[("floor-7", "many")], [("column", "site")], [("repeats", "x")], [("else", "1")]] {
            assert!(read(&bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn streams_that_ask_nothing_are_left_out_and_the_bar_is_full() {
        let mix = Mix { audit: 0.1, random: 0.045, ranked: 0.855, ..Mix::default() };
        let found = streams(Language::default(), &mix, "auto");
        assert_eq!(found.len(), 3);
        let end = found.last().map(|last| last.from + last.width).unwrap();
        assert!((end - 100.0).abs() < 1e-9 && found[0].name.contains("auto"), "{end} {}", found[0].name);
    }
}
