//! The form that settles samples in place: on their own page, among doubtful labels, in the list of samples.

use axum::extract::State;
use axum::response::{IntoResponse as _, Response};

use crate::domain::{ClassId, ClassSet, Role, SampleId, Task};
use crate::service::App;
use crate::service::desk::review::{self, Act, Reviewed, SeenAnswer};
use crate::web::frame::answers::Fields;
use crate::web::frame::error::WebError;
use crate::web::frame::extract::{Form, Member};
use crate::web::frame::going;

/// A sample in a form: its number, the annotation seen as its answer, and the classes that are suggested for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::web) struct Item {
    pub seen: SeenAnswer,
    pub suggested: Option<ClassSet>,
}

impl Item {
    /// As the value of a field: `417:5f0c…:3,8`. An empty part is absent; a suggested set of no classes is `none`.
    pub(in crate::web) fn value(&self) -> String {
        let classes = match &self.suggested {
            None => String::new(),
            Some(set) if set.is_empty() => "none".to_owned(),
            Some(set) => set.ids().map(|id| id.to_string()).collect::<Vec<_>>().join(","),
        };
        format!("{}:{}:{classes}", self.seen.sample, self.seen.annotation.as_deref().unwrap_or_default())
    }

    fn read(text: &str) -> Result<Self, WebError> {
        let bad = || WebError::unprocessable("bad_field", format!("`item` is `{text}`, which names no sample"));
        let mut parts = text.splitn(3, ':');
        let mut part = || parts.next().unwrap_or_default();
        let sample = SampleId(part().parse().map_err(|_| bad())?);
        let annotation = Some(part()).filter(|id| !id.is_empty()).map(str::to_owned);
        let suggested = match part() {
            "" => None,
            "none" => Some(ClassSet::default()),
            ids => {
                let ids = ids.split(',').map(|id| id.parse().map(ClassId));
                Some(ids.collect::<Result<_, _>>().map_err(|_| bad())?)
            }
        };
        Ok(Self { seen: SeenAnswer { sample, annotation }, suggested })
    }
}

/// The request in the form.
#[derive(Debug, Default)]
struct ReviewForm {
    items: Vec<Item>,
    act: Option<String>,
    class: Option<ClassId>,
    classes: Vec<ClassId>,
    back: String,
}

impl ReviewForm {
    fn read(fields: Vec<(String, String)>) -> Result<Self, WebError> {
        let mut form = Self::default();
        for (name, value) in fields {
            let class = || {
                let bad = || WebError::unprocessable("bad_field", format!("`{name}` is `{value}`, which is not an id"));
                value.parse().map(ClassId).map_err(|_| bad())
            };
            match name.as_str() {
                "item" => form.items.push(Item::read(&value)?),
                // The list's own choice of a class stays empty where a button was pressed.
                "class" if value.is_empty() => {}
                "class" => form.class = Some(class()?),
                "classes" => form.classes.push(class()?),
                "act" => form.act = Some(value),
                "back" => form.back = value,
                _ => return Err(WebError::unprocessable("bad_field", format!("there is no field `{name}`"))),
            }
        }
        Ok(form)
    }

    /// One act for every sample.
    fn acts(self, task: Task) -> Result<Vec<(SeenAnswer, Act)>, WebError> {
        let Self { items, act, class, classes, .. } = self;
        if items.is_empty() {
            return Err(WebError::unprocessable("no_samples", "no sample is chosen").hint("Choose some and try again."));
        }
        let answer = |fields: Fields| fields.read(task).map(Act::Answer);
        let one = match act.as_deref() {
            Some("keep") => Act::Keep,
            Some("ask-again") => Act::AskAgain,
            Some("set-aside") => Act::set_aside(),
            Some("none") => answer(Fields { classes: Some(Vec::new()), ..Fields::default() })?,
            Some("classes") if classes.is_empty() => {
                return Err(WebError::unprocessable("bad_answer", "no class is chosen")
                    .hint("Choose the sample's classes, or say that it has none of these."));
            }
            Some("classes") => answer(Fields { classes: Some(classes), ..Fields::default() })?,
            Some("suggested") => {
                let suggested = |item: Item| {
                    let none = || WebError::unprocessable("bad_field", "nothing is suggested for a sample");
                    let set = item.suggested.ok_or_else(none)?;
                    Ok((item.seen, Act::Answer(set.into())))
                };
                return items.into_iter().map(suggested).collect();
            }
            Some("class") | None => {
                let class = class.ok_or_else(|| {
                    WebError::unprocessable("bad_answer", "no class is chosen").hint("Choose a class and try again.")
                })?;
                match task {
                    Task::Single => answer(Fields { class: Some(class), ..Fields::default() })?,
                    Task::Multi => answer(Fields { classes: Some(vec![class]), ..Fields::default() })?,
                }
            }
            Some(other) => {
                return Err(WebError::unprocessable("bad_field", format!("`act` is `{other}`, which is not an act")));
            }
        };
        Ok(items.into_iter().map(|item| (item.seen, one.clone())).collect())
    }
}

/// `POST /p/{slug}/review`
pub async fn settle(
    State(app): State<App>,
    member: Member,
    Form(fields): Form<Vec<(String, String)>>,
) -> Result<Response, WebError> {
    let (back, _) = settle_fields(&app, &member, fields).await?;
    Ok(going::to(&back).into_response())
}

/// Settle what a form names; returns the address to return to, and what was done.
///
/// # Errors
/// Also when a sample was answered meanwhile.
pub(in crate::web) async fn settle_fields(
    app: &App,
    member: &Member,
    fields: Vec<(String, String)>,
) -> Result<(String, Reviewed), WebError> {
    member.require(Role::Reviewer)?;
    let form = ReviewForm::read(fields)?;
    let back = form.back.clone();
    let done = review::settle(app, &member.project, member.account.id, form.acts(member.project.task)?).await?;
    if !done.changed.is_empty() {
        let message = member.language().say("review-changed").with("n", done.changed.len());
        return Err(WebError::conflict("superseded", message).hint(member.language().say("review-changed-hint")));
    }
    Ok((back, done))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn acts(task: Task, fields: &[(&str, &str)]) -> Result<Vec<(SeenAnswer, Act)>, WebError> {
        let fields = fields.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        ReviewForm::read(fields)?.acts(task)
    }

    #[test]
    fn an_item_comes_back_as_it_was() {
        let set = |ids: &[i64]| Some(ids.iter().copied().map(ClassId).collect::<ClassSet>());
        for (annotation, suggested) in [(None, None), (Some("ab-c".to_owned()), set(&[3, 8])), (None, set(&[]))] {
            let item = Item { seen: SeenAnswer { sample: SampleId(417), annotation }, suggested };
            assert_eq!(Item::read(&item.value()).unwrap(), item);
        }
        assert!(Item::read("x").is_err() && Item::read("1:a:b").is_err());
    }

    #[test]
    fn a_form_says_one_act_for_all_and_suggestions_one_for_each() {
        let items = [("item", "1:a:3"), ("item", "2:b:4")];
        let said = |more: (&str, &str)| acts(Task::Single, &[items[0], items[1], more]).unwrap();
        assert!(said(("act", "keep")).iter().all(|(_, act)| *act == Act::Keep));
        let answers: Vec<_> = said(("act", "suggested")).into_iter().map(|(_, act)| act).collect();
        let of = |id: i64| Act::Answer(ClassSet::from(ClassId(id)).into());
        assert_eq!(answers, [of(3), of(4)]);
        assert_eq!(
            said(("class", "7"))[1],
            (SeenAnswer { sample: SampleId(2), annotation: Some("b".to_owned()) }, of(7))
        );
    }

    #[test]
    fn what_says_nothing_is_refused() {
        assert!(acts(Task::Single, &[("act", "keep")]).is_err(), "no sample");
        assert!(acts(Task::Single, &[("item", "1:a:")]).is_err(), "no act");
        assert!(acts(Task::Single, &[("item", "1:a:"), ("act", "suggested")]).is_err(), "no suggestion");
        assert!(acts(Task::Single, &[("item", "1:a:"), ("act", "burn")]).is_err());
        assert!(acts(Task::Multi, &[("item", "1:a:"), ("act", "classes")]).is_err(), "an empty choice is not none");
        assert!(acts(Task::Multi, &[("item", "1:a:"), ("act", "none")]).is_ok());
        assert!(acts(Task::Single, &[("items", "1:a:")]).is_err());
    }
}
