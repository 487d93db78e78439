//! The samples page: the pool as pictures, by answer, annotator, name and metadata, as imported or the most doubtful first.

use std::collections::HashSet;

use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use url::form_urlencoded;

use crate::domain::{Answer, Class, ClassId, Role, SampleId, SearchTerms};
use crate::service::App;
use crate::service::desk::listing::{self, Listed, Order};
use crate::service::desk::review::SeenAnswer;
use crate::service::desk::{examples, flags, searching};
use crate::store::listing::{SampleFilter, SampleState};
use crate::web::frame::answers::{self, AnswerText};
use crate::web::frame::error::WebError;
use crate::web::frame::extract::{Form, Member, Path, Query};
use crate::web::frame::filters::group;
use crate::web::frame::going;
use crate::web::frame::shell::{Shell, Tab};
use crate::web::page;
use crate::web::pages::label::state_of;
use crate::web::pages::review::Item;
use crate::web::pages::{media, sample};

const PER_PAGE: usize = 96;

/// What to show.
#[derive(Debug, Clone, Default, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SampleListQuery {
    #[serde(default)]
    class: Option<ClassId>,
    #[serde(default)]
    state: Option<SampleState>,
    #[serde(default)]
    name: Option<String>,
    #[serde(default)]
    annotator: Option<String>,
    #[serde(default)]
    metadata: Option<String>,
    #[serde(default)]
    text: Option<String>,
    #[serde(default)]
    order: Order,
    #[serde(default)]
    after: Option<SampleId>,
}

impl SampleListQuery {
    /// Without the form's empty fields.
    fn trimmed(self) -> Self {
        let said = |text: Option<String>| text.map(|text| text.trim().to_owned()).filter(|text| !text.is_empty());
        Self {
            name: said(self.name),
            annotator: said(self.annotator),
            metadata: said(self.metadata),
            text: said(self.text),
            ..self
        }
    }

    /// The filter for the store.
    pub(super) fn filter(&self) -> SampleFilter {
        SampleFilter {
            class: self.class,
            state: self.state,
            name: self.name.clone(),
            annotator: self.annotator.clone(),
            metadata: self.metadata.clone(),
            words: self.text.as_deref().and_then(SearchTerms::parse),
        }
    }

    pub(super) fn order(&self) -> Order {
        self.order
    }

    /// As the query of an address, without the page.
    pub(super) fn query(&self) -> String {
        let mut query = form_urlencoded::Serializer::new(String::new());
        let mut add = |name: &str, value: Option<String>| {
            if let Some(value) = value {
                query.append_pair(name, &value);
            }
        };
        add("class", self.class.map(|class| class.to_string()));
        add("state", self.state.map(|state| state.as_str().to_owned()));
        add("name", self.name.clone());
        add("annotator", self.annotator.clone());
        add("metadata", self.metadata.clone());
        add("text", self.text.clone());
        add("order", (self.order == Order::Doubt).then(|| "doubt".to_owned()));
        query.finish()
    }

    /// The address of this list.
    pub(super) fn href(&self, slug: &str) -> String {
        let after = self.after.map(|after| format!("after={after}"));
        let query: Vec<String> = [self.query()].into_iter().filter(|query| !query.is_empty()).chain(after).collect();
        let query = query.join("&");
        if query.is_empty() { format!("/p/{slug}/samples") } else { format!("/p/{slug}/samples?{query}") }
    }
}

struct Link {
    text: String,
    href: String,
    current: bool,
}

struct Picture {
    /// Shown beside the guide.
    example: bool,
    href: String,
    item: String,
    thumb_url: String,
    name: String,
    answer: String,
    /// The comment on a skip.
    note: Option<String>,
    /// CSS classes of the answer's colours.
    colours: Vec<String>,
    audit: bool,
    /// The committee's confidence, when ordered by doubt.
    sure: Option<String>,
}

#[derive(Template)]
#[template(path = "samples.html")]
struct SamplesPage {
    shell: Shell,
    slug: String,
    wanted: SampleListQuery,
    filters: Vec<Link>,
    annotators: Vec<String>,
    lead: bool,
    admin: bool,
    /// Whether texts can be searched.
    has_words: bool,
    /// Flags that wait for an answer.
    open_flags: usize,
    pictures: Vec<Picture>,
    next: Option<String>,
    module: String,
    state: String,
    /// The current list, to return to.
    here: String,
    /// The classes that may be given.
    classes: Vec<Class>,
    /// Samples that match the filter.
    count: String,
}

/// `GET /p/{slug}/samples`
pub async fn show(
    State(app): State<App>,
    member: Member,
    Query(wanted): Query<SampleListQuery>,
) -> Result<Response, WebError> {
    member.require(Role::Reviewer)?;
    let project = &member.project;
    let classes = app.store.classes(project.id).await?;
    let wanted = wanted.trimmed();
    let listed = listing::list(&app, project, &wanted.filter(), wanted.order, wanted.after, PER_PAGE).await?;
    let language = member.language();
    let states = [
        (SampleState::Labeled, "samples-labeled"),
        (SampleState::Unlabeled, "samples-unlabeled"),
        (SampleState::Skipped, "samples-skipped"),
    ];
    // Each link changes only the answer part of the filter.
    let link = |text: String, class: Option<ClassId>, state: Option<SampleState>| Link {
        text,
        href: SampleListQuery { class, state, after: None, ..wanted.clone() }.href(&project.slug),
        current: (class, state) == (wanted.class, wanted.state),
    };
    let mut filters = vec![link(language.say("samples-all").into(), None, None)];
    filters.extend(states.map(|(state, text)| link(language.say(text).into(), None, Some(state))));
    filters.extend(classes.iter().map(|class| link(class.name.clone(), Some(class.id), None)));
    let next = listed
        .last()
        .filter(|_| listed.len() == PER_PAGE)
        .map(|last| SampleListQuery { after: Some(last.row.id), ..wanted.clone() }.href(&project.slug));
    let lead = member.role >= Role::Lead;
    let shown: HashSet<SampleId> =
        app.store.examples(project.id).await?.into_iter().map(|(_, sample)| sample).collect();
    let open_flags =
        if lead { flags::threads(&app, project, None).await?.iter().filter(|thread| !thread.done).count() } else { 0 };
    // Whoever is to answer a sample too must not see here what others said.
    let blind = app.store.to_answer_blind(project.id, member.account.id, app.clock.now()).await?;
    let pictures = listed
        .into_iter()
        .filter(|one| !blind.contains(&one.row.id))
        .map(|Listed { row, sure }| {
            let unlabeled =
                || AnswerText { text: language.say("samples-unlabeled").into(), colours: vec![String::new()] };
            let said = row.answer.as_ref().map_or_else(unlabeled, |answer| answers::said(language, &classes, answer));
            Picture {
                example: shown.contains(&row.id),
                href: sample::url_in_samples(&project.slug, row.id, &wanted),
                item: Item {
                    seen: SeenAnswer { sample: row.id, annotation: row.annotation_id.clone() },
                    suggested: None,
                }
                .value(),
                thumb_url: media::thumb_url(&project.slug, row.id),
                answer: said.text,
                colours: said.colours,
                note: row.answer.as_ref().and_then(Answer::note).map(str::to_owned),
                name: row.name,
                // People who label must not learn which samples are in the audit set.
                audit: row.audit && lead && row.annotation_id.is_some(),
                sure: sure
                    .map(|sure| language.say("samples-sure").with("percent", f64::from(sure * 100.0).round()).into()),
            }
        })
        .collect();
    page(&SamplesPage {
        shell: Shell::project(&member, Tab::Samples),
        slug: project.slug.clone(),
        annotators: app.store.annotators(project.id).await?,
        module: crate::web::frame::assets::module("desk/review.js"),
        state: state_of(&member, serde_json::json!({})),
        here: wanted.href(&project.slug),
        classes: classes.iter().filter(|class| !class.retired).cloned().collect(),
        count: group(app.store.count_samples(project.id, &wanted.filter()).await?),
        wanted,
        filters,
        lead,
        admin: member.role >= Role::Admin,
        has_words: searching::has_words(project),
        open_flags,
        pictures,
        next,
    })
}

/// Whether a sample is shown beside the guide.
#[derive(Debug, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExampleForm {
    shown: bool,
    /// The list to return to.
    back: String,
}

/// `POST /p/{slug}/samples/{sample}/example`
pub async fn set_example(
    State(app): State<App>,
    member: Member,
    Path((_, sample)): Path<(String, SampleId)>,
    Form(form): Form<ExampleForm>,
) -> Result<Response, WebError> {
    member.require(Role::Lead)?;
    if form.shown {
        examples::add(&app, &member.project, member.account.id, sample).await?;
    } else {
        examples::remove(&app, &member.project, sample).await?;
    }
    Ok(going::to(&form.back).into_response())
}
