//! One sample: large, with its history, the model's view, look-alikes, and what to do now.

use askama::Template;
use axum::extract::State;
use axum::response::Response;

use crate::domain::{AnnotationKind, Answer, Class, Origin, Role, SampleId};
use crate::service::App;
use crate::service::desk::about::{self, SampleDetails};
use crate::service::desk::listing;
use crate::service::desk::review::SeenAnswer;
use crate::service::desk::viewing;
use crate::service::rounds::doubts;
use crate::store::samples::PastAnnotation;
use crate::web::frame::answers::{self, AnswerText};
use crate::web::frame::error::{OrNotFound as _, WebError};
use crate::web::frame::extract::{Member, Path, Query};
use crate::web::frame::filters::{ago, decimal, group, in_units};
use crate::web::frame::language::Language;
use crate::web::frame::shell::{Shell, Tab};
use crate::web::page;
use crate::web::pages::label::{ClassButton, buttons_of, colour, state_of};
use crate::web::pages::media::{self, View};
use crate::web::pages::review::Item;
use crate::web::pages::samples::SampleListQuery;

/// The most classes that the model's view names.
const LIKELIEST: usize = 4;

/// The list that a sample is viewed from.
struct Place {
    /// What the list is, and where.
    name: String,
    href: String,
    /// Counted from one.
    at: usize,
    all: usize,
    previous: Option<String>,
    next: Option<String>,
}

struct ClassChoice {
    button: ClassButton,
    /// Part of the current answer.
    now: bool,
    /// How likely the model finds it, where that is shown.
    likely: Option<String>,
}

struct Past {
    said: AnswerText,
    by: String,
    /// When, how long it took, and what asked for it.
    about: String,
    note: Option<String>,
    undone: bool,
}

/// How the stage shows the sample.
struct Shown {
    view: View,
    thumb_url: String,
}

struct Likely {
    name: String,
    colour: String,
    percent: i64,
}

struct NearSample {
    href: String,
    thumb_url: String,
    said: AnswerText,
    likeness: String,
}

#[derive(Template)]
#[template(path = "sample.html")]
struct SamplePage {
    shell: Shell,
    slug: String,
    module: String,
    modality: &'static str,
    state: String,
    sample: SampleId,
    media_url: String,
    /// The picture where no script shows it.
    first: Option<Shown>,
    headline: String,
    place: Option<Place>,
    /// The form's reference to the sample, and the next address.
    item: String,
    back: String,
    /// Its answer, where it has one.
    answer: Option<AnswerText>,
    named: bool,
    settled: bool,
    /// Whether it is an example beside the guide; `None` where the reader cannot choose that.
    example: Option<bool>,
    /// This page.
    here: String,
    classes: Vec<ClassChoice>,
    /// Whether a sample has any number of classes, and the key that says it has none of these.
    none_key: Option<char>,
    facts: Vec<String>,
    audit: bool,
    history: Vec<Past>,
    likely: Vec<Likely>,
    near: Vec<NearSample>,
    metadata: Vec<(String, String)>,
    /// The text itself, where it is one.
    whole: String,
}

/// The list that the page was opened from.
#[derive(Debug, Clone, Default, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SamplePageQuery {
    #[serde(default)]
    list: Option<List>,
    #[serde(default)]
    filter: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
enum List {
    Doubts,
    Samples,
}

impl SamplePageQuery {
    fn as_query(&self) -> String {
        let filter: String = url::form_urlencoded::byte_serialize(self.filter.as_bytes()).collect();
        format!("list=samples&filter={filter}")
    }
}

/// The address of a sample's page.
pub(in crate::web) fn url(slug: &str, sample: SampleId) -> String {
    format!("/p/{slug}/samples/{sample}")
}

/// The same, in the list of doubtful labels.
pub(in crate::web) fn url_in_doubts(slug: &str, sample: SampleId) -> String {
    format!("{}?list=doubts", url(slug, sample))
}

/// The same, in a list of samples.
pub(in crate::web) fn url_in_samples(slug: &str, sample: SampleId, wanted: &SampleListQuery) -> String {
    let query = SamplePageQuery { list: Some(List::Samples), filter: wanted.query() }.as_query();
    format!("{}?{query}", url(slug, sample))
}

/// `GET /p/{slug}/samples/{sample}`
pub async fn show(
    State(app): State<App>,
    member: Member,
    Path((_, sample)): Path<(String, SampleId)>,
    Query(asked): Query<SamplePageQuery>,
) -> Result<Response, WebError> {
    member.require(Role::Reviewer)?;
    let (project, language) = (&member.project, member.language());
    refuse_unless_answered(&app, &member, sample).await?;
    let found = about::about(&app, project, sample).await?;
    let SampleDetails { row, history, metadata, opinion, near } =
        found.or_not_found(|| format!("there is no sample {sample} in this project"))?;
    let classes = app.store.classes(project.id).await?;
    let place = place(&app, &member, sample, &asked).await?;
    let answer = row.answer.as_ref().map(|answer| answers::said(language, &classes, answer));
    let likely = likely(&classes, opinion.as_deref());
    let settled = history.first().is_some_and(|newest| newest.origin == Origin::Review && newest.answer.is_some());
    let here = match asked.list {
        None => url(&project.slug, sample),
        Some(List::Doubts) => url_in_doubts(&project.slug, sample),
        Some(List::Samples) => format!("{}?{}", url(&project.slug, sample), asked.as_query()),
    };
    // The next one of the list, or the list itself after the last.
    let after = place.as_ref().map(|place| place.next.as_ref().unwrap_or(&place.href).clone());
    let may_be_example = member.role >= Role::Lead && row.class().is_some();
    let example = if may_be_example {
        Some(app.store.examples(project.id).await?.iter().any(|(_, example)| *example == sample))
    } else {
        None
    };
    let view = SamplePage {
        shell: Shell::page(&member, row.name.clone(), Some(Tab::Samples)),
        slug: project.slug.clone(),
        module: crate::web::frame::assets::module("desk/sample.js"),
        modality: project.modality.as_str(),
        state: state_of(
            &member,
            serde_json::json!({ "card": {
                "sample": { "id": sample },
                "media_url": media::url(&project.slug, sample),
                "view": View::new(project, sample, &row.facts),
            } }),
        ),
        headline: headline(language, &classes, row.answer.as_ref(), &likely),
        item: Item { seen: SeenAnswer { sample, annotation: row.annotation_id.clone() }, suggested: None }.value(),
        back: after.unwrap_or_else(|| here.clone()),
        here,
        example,
        named: row.answer.as_ref().is_some_and(|answer| answer.classes().is_some()),
        settled,
        classes: choices(&app, &member, &classes, row.answer.as_ref(), opinion.as_deref()).await?,
        none_key: project.task.none_key(),
        facts: facts(language, &app, &row),
        // People who label must not learn which samples are in the audit set.
        audit: row.audit && member.role >= Role::Lead && row.annotation_id.is_some(),
        history: past(language, &app, &classes, history),
        near: near
            .into_iter()
            .map(|near| NearSample {
                href: url(&project.slug, near.sample),
                thumb_url: media::thumb_url(&project.slug, near.sample),
                said: answers::said(language, &classes, &Answer::Classes(near.classes)),
                likeness: decimal(language, near.likeness.into(), 2),
            })
            .collect(),
        metadata: metadata.as_deref().map(pairs).unwrap_or_default(),
        media_url: media::url(&project.slug, sample),
        sample,
        first: Some(Shown {
            view: View::new(project, sample, &row.facts),
            thumb_url: media::thumb_url(&project.slug, sample),
        }),
        whole: viewing::text(&app, project, sample).await?,
        answer,
        likely,
        place,
    };
    page(&view)
}

/// Refuse to show what others said about a sample that is with this person, who is to answer it without seeing that.
pub(in crate::web) async fn refuse_unless_answered(
    app: &App,
    member: &Member,
    sample: SampleId,
) -> Result<(), WebError> {
    let blind = app.store.to_answer_blind(member.project.id, member.account.id, app.clock.now()).await?;
    if !blind.contains(&sample) {
        return Ok(());
    }
    let message = format!("sample {sample} waits at your desk for your own answer; others have given theirs");
    Err(WebError::conflict("blind", message).hint("Answer it or give it back first, then look."))
}

/// The sample's position in the list that the page was opened from, and its neighbours there.
async fn place(
    app: &App,
    member: &Member,
    sample: SampleId,
    asked: &SamplePageQuery,
) -> Result<Option<Place>, WebError> {
    let (project, language) = (&member.project, member.language());
    let Some(list) = asked.list else { return Ok(None) };
    let (name, href, ids, wanted) = match list {
        List::Doubts => {
            let ids = doubts::doubtful(app, project).await?;
            (language.say("sample-list-doubts"), format!("/p/{}/doubts", project.slug), ids, None)
        }
        List::Samples => {
            let bad = || WebError::unprocessable("bad_field", "`filter` does not describe a list of samples");
            let address = format!("/?{}", asked.filter).parse().map_err(|_| bad())?;
            let axum::extract::Query(wanted) =
                axum::extract::Query::<SampleListQuery>::try_from_uri(&address).map_err(|_| bad())?;
            let ids = listing::ids(app, project, &wanted.filter(), wanted.order()).await?;
            (language.say("sample-list-samples"), wanted.href(&project.slug), ids, Some(wanted))
        }
    };
    let to = |id: SampleId| match &wanted {
        None => url_in_doubts(&project.slug, id),
        Some(wanted) => url_in_samples(&project.slug, id, wanted),
    };
    let at = ids.iter().position(|id| *id == sample);
    Ok(Some(Place {
        name: name.into(),
        href,
        at: at.map_or(0, |at| at + 1),
        all: ids.len(),
        previous: at.and_then(|at| at.checked_sub(1)).map(|at| to(ids[at])),
        // A sample that has left the list because it was settled is followed by the first.
        next: at.map_or(Some(0), |at| Some(at + 1)).and_then(|at| ids.get(at)).map(|id| to(*id)),
    }))
}

/// The current answer, and where the model differs.
fn headline(language: Language, classes: &[Class], answer: Option<&Answer>, likely: &[Likely]) -> String {
    let Some(answer) = answer else { return language.say("sample-unanswered").into() };
    let said = answers::said(language, classes, answer).text;
    let Answer::Classes(set) = answer else { return language.say("sample-skipped").with("said", said).into() };
    let first = likely.first().filter(|likely| {
        set.one().is_some_and(|one| classes.iter().any(|class| class.id != one && class.name == likely.name))
    });
    match first {
        Some(likely) => language.say("sample-differs").with("said", said).with("class", likely.name.as_str()).into(),
        None => language.say("sample-labeled").with("said", said).into(),
    }
}

/// The classes that the model finds likeliest.
fn likely(classes: &[Class], opinion: Option<&[f32]>) -> Vec<Likely> {
    let Some(opinion) = opinion else { return Vec::new() };
    let mut all: Vec<_> = classes.iter().zip(opinion).enumerate().collect();
    all.sort_by(|a, b| b.1.1.total_cmp(a.1.1));
    all.into_iter()
        .take(LIKELIEST)
        .map(|(i, (class, p))| Likely {
            name: class.name.clone(),
            colour: colour(class.look(i)),
            percent: f64::from(p * 100.0).round() as i64,
        })
        .collect()
}

async fn choices(
    app: &App,
    member: &Member,
    classes: &[Class],
    answer: Option<&Answer>,
    opinion: Option<&[f32]>,
) -> Result<Vec<ClassChoice>, WebError> {
    let buttons = buttons_of(app, member, classes).await?;
    let now =
        |button: &ClassButton| answer.and_then(Answer::classes).is_some_and(|classes| classes.contains(button.id));
    let likely = |button: &ClassButton| {
        let at = classes.iter().position(|class| class.id == button.id)?;
        let percent = f64::from(opinion?.get(at)? * 100.0).round();
        (percent >= 5.0).then(|| format!("{percent:.0}\u{a0}%"))
    };
    Ok(buttons.into_iter().map(|button| ClassChoice { now: now(&button), likely: likely(&button), button }).collect())
}

/// Size, file, and when it came.
fn facts(language: Language, app: &App, row: &crate::store::samples::SampleRow) -> Vec<String> {
    let mut facts = vec![row.name.clone()];
    if let Some((width, height)) = row.facts.pixels() {
        facts.push(format!("{} × {} px", group(width), group(height)));
    }
    let counted = [("words", "sample-words"), ("length", "sample-steps"), ("channels", "sample-channels")];
    let told =
        counted.iter().filter_map(|(fact, text)| Some(language.say(text).with("n", row.facts.count(fact)?).into()));
    facts.extend(told);
    facts.push(in_units(language, row.size_bytes));
    let since = ago(language, app.clock.now().seconds_since(row.created_us));
    facts.push(language.say("sample-imported").with("age", since).into());
    facts
}

/// The history, newest first; an undo is shown at the answer it takes back.
fn past(language: Language, app: &App, classes: &[Class], history: Vec<PastAnnotation>) -> Vec<Past> {
    let told = |past: PastAnnotation| {
        if past.kind == AnnotationKind::Undo {
            return None;
        }
        let answer = past.answer.as_ref()?;
        let mut about = vec![ago(language, app.clock.now().seconds_since(past.made_us))];
        about.extend(past.seconds.map(|seconds| decimal(language, seconds, 1) + "\u{a0}s"));
        let origin = match past.origin {
            Origin::Import => Some("sample-by-import"),
            Origin::Review => Some("sample-by-review"),
            Origin::Grid => Some("sample-by-grid"),
            Origin::Propagated => Some("sample-by-copy"),
            Origin::Desk => None,
        };
        about.extend(origin.map(|id| language.say(id).into()));
        about.extend(past.round.map(|round| language.say("sample-asked-by").with("round", round.to_string()).into()));
        Some(Past {
            said: answers::said(language, classes, answer),
            by: past.account,
            about: about.join(" · "),
            note: answer.note().map(str::to_owned),
            undone: past.undone,
        })
    };
    history.into_iter().filter_map(told).collect()
}

/// The imported metadata, by name.
fn pairs(json: &str) -> Vec<(String, String)> {
    let object: serde_json::Map<String, serde_json::Value> = serde_json::from_str(json).unwrap_or_default();
    let text = |value: serde_json::Value| match value {
        serde_json::Value::String(text) => text,
        other => other.to_string(),
    };
    object.into_iter().map(|(name, value)| (name, text(value))).collect()
}
