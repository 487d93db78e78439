//! How well people agree, for programs: numbers as JSON, and every table as CSV.

use axum::body::Body;
use axum::extract::State;
use axum::http::HeaderValue;
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::Response;

use crate::dataset::cells;
use crate::domain::{AccountId, Class, ClassId, Role, SampleId};
use crate::evaluate::Interval;
use crate::service::App;
use crate::service::desk::agreement::{self, AgreementReport, Consistency};
use crate::web::frame::answers::Fields;
use crate::web::frame::error::WebError;
use crate::web::frame::extract::{Json, Member, Path};

/// How well people agree. Coefficients have 95 % bootstrap intervals over samples; they are absent where nothing varies.
#[derive(Debug, serde::Serialize, utoipa::ToSchema)]
pub struct AgreementNumbers {
    pub labeled: i64,
    /// Samples that several people answered without seeing each other's answers.
    pub samples: usize,
    /// Those on which all said the same.
    pub unanimous: usize,
    /// Whether the numbers come from drawn samples alone, and not from those that were disputed.
    pub drawn: bool,
    /// Krippendorff's alpha: nominal, or of sets by MASI distance.
    pub alpha: Option<Interval>,
    /// Fleiss' kappa.
    pub fleiss: Option<Interval>,
    pub classes: Vec<AgreementOnClass>,
    /// Every two people who share samples (leads).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pairs: Option<Vec<AgreementOfPair>>,
    /// Everybody's work (leads).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub people: Option<Vec<PersonNumbers>>,
    /// How often people gave the same answer when a sample came again to them; absent while none did.
    pub consistency: Option<Consistency>,
    /// Samples that wait for a decision, the costliest first.
    pub disagreements: Vec<DisagreementLine>,
    /// Disagreements that a review has settled.
    pub settled: usize,
    /// Samples that wait for another person.
    pub waiting: usize,
}

/// Agreement on one class against all others.
#[derive(Debug, serde::Serialize, utoipa::ToSchema)]
pub struct AgreementOnClass {
    pub class: ClassId,
    pub name: String,
    /// Samples that several people answered, of whom somebody named it.
    pub samples: usize,
    pub alpha: Option<Interval>,
}

/// Agreement of two people.
#[derive(Debug, serde::Serialize, utoipa::ToSchema)]
pub struct AgreementOfPair {
    pub first: String,
    pub second: String,
    /// Samples that both answered.
    pub samples: usize,
    pub same: usize,
    /// Cohen's kappa.
    pub kappa: Option<Interval>,
}

/// One person's work.
#[derive(Debug, serde::Serialize, utoipa::ToSchema)]
pub struct PersonNumbers {
    pub account: AccountId,
    pub name: String,
    /// Absent if no longer a member.
    pub role: Option<Role>,
    /// Answers that were not taken back, skips among them.
    pub answers: usize,
    pub skips: usize,
    pub median_seconds: Option<f64>,
    /// Answers times the median.
    pub active_minutes: Option<f64>,
    /// Answers of others to the same samples.
    pub shared: u64,
    /// Share of these that are the same, with Wilson's 95 % interval.
    pub same: Option<Interval>,
    /// Samples that came again to them.
    pub again: u64,
    /// Share of these to which they gave the same answer, with Wilson's 95 % interval.
    pub consistent: Option<Interval>,
}

/// A sample on which people disagree.
#[derive(Debug, serde::Serialize, utoipa::ToSchema)]
pub struct DisagreementLine {
    pub sample: SampleId,
    pub name: String,
    /// The annotation behind its label; a review refers to it.
    pub annotation: String,
    /// How likely the label is wrong, as a share of the labels of the rarest class in question.
    pub cost: f64,
    pub answers: Vec<BlindAnswerLine>,
}

/// One person's answer to it.
#[derive(Debug, serde::Serialize, utoipa::ToSchema)]
pub struct BlindAnswerLine {
    pub annotation: String,
    pub person: String,
    pub class: Option<ClassId>,
    /// Instead of `class` in projects with any number of classes per sample.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub classes: Option<Vec<ClassId>>,
    pub skip: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    pub seconds: Option<f64>,
    /// RFC 3339, UTC.
    pub made_at: String,
}

fn numbers(member: &Member, found: &AgreementReport) -> AgreementNumbers {
    let lead = member.role >= Role::Lead;
    let named = |at: usize| found.people.get(at).map(|person| person.name.clone()).unwrap_or_default();
    let pair = |pair: &crate::evaluate::agreement::PairAgreement| AgreementOfPair {
        first: named(pair.people.0),
        second: named(pair.people.1),
        samples: pair.samples,
        same: pair.same,
        kappa: pair.kappa,
    };
    let pairs = lead.then(|| found.pairs.iter().map(pair).collect());
    let of_account = |id: AccountId| {
        found.people.iter().find(|person| person.id == id).map(|person| person.name.clone()).unwrap_or_default()
    };
    let answer = |answer: &crate::store::second_opinions::BlindAnswer| {
        let Fields { class, classes, skip, note } = Fields::of(member.project.task, answer.answer.as_ref());
        BlindAnswerLine {
            annotation: answer.id.clone(),
            person: of_account(answer.account_id),
            class,
            classes,
            skip,
            note,
            seconds: answer.seconds,
            made_at: answer.made_us.rfc3339(),
        }
    };
    let disagreement = |one: &agreement::Disagreement| DisagreementLine {
        sample: one.sample,
        name: one.name.clone(),
        annotation: one.annotation.clone(),
        cost: one.cost,
        answers: one.answers.iter().map(answer).collect(),
    };
    let person = |person: &agreement::PersonAtWork| PersonNumbers {
        account: person.id,
        name: person.name.clone(),
        role: person.role,
        answers: person.answers,
        skips: person.skips,
        median_seconds: person.seconds,
        active_minutes: person.active_minutes(),
        shared: person.shared,
        same: person.same,
        again: person.again,
        consistent: person.consistent,
    };
    let on_class = |(class, found): (&Class, &crate::evaluate::agreement::ClassAgreement)| AgreementOnClass {
        class: class.id,
        name: class.name.clone(),
        samples: found.samples,
        alpha: found.alpha,
    };
    AgreementNumbers {
        labeled: found.labeled,
        samples: found.agreement.samples,
        unanimous: found.agreement.unanimous,
        drawn: found.drawn,
        alpha: found.agreement.alpha,
        fleiss: found.agreement.fleiss,
        classes: found.classes.iter().zip(&found.agreement.classes).map(on_class).collect(),
        pairs,
        people: lead.then(|| found.people.iter().map(person).collect()),
        consistency: found.consistency,
        disagreements: found.disagreements.waiting.iter().map(disagreement).collect(),
        settled: found.disagreements.settled,
        waiting: found.waiting,
    }
}

/// How well people agree, and the samples on which they do not.
#[utoipa::path(get, path = "/api/v1/projects/{slug}/agreement", tag = "samples", params(("slug" = String, Path)),
    responses((status = 200, body = AgreementNumbers), (status = 403, description = "needs the role reviewer")))]
pub async fn show(State(app): State<App>, member: Member) -> Result<Json<AgreementNumbers>, WebError> {
    member.require(Role::Reviewer)?;
    let found = agreement::report(&app, &member.project).await?;
    Ok(Json(numbers(&member, &found)))
}

type Rows = Vec<Vec<String>>;

fn text<T: ToString>(value: Option<T>) -> String {
    value.map(|value| value.to_string()).unwrap_or_default()
}

/// Value, low and high.
fn ends(found: Option<Interval>) -> [String; 3] {
    found.map_or_else(Default::default, |found| [found.value, found.low, found.high].map(|end| format!("{end:.4}")))
}

fn classes_table(found: AgreementNumbers) -> Rows {
    let row = |class: AgreementOnClass| {
        let [alpha, low, high] = ends(class.alpha);
        vec![class.class.to_string(), class.name, class.samples.to_string(), alpha, low, high]
    };
    let head = ["class_id", "class", "samples", "alpha", "low", "high"].map(str::to_owned).to_vec();
    std::iter::once(head).chain(found.classes.into_iter().map(row)).collect()
}

fn pairs_table(found: AgreementNumbers) -> Rows {
    let row = |pair: AgreementOfPair| {
        let [kappa, low, high] = ends(pair.kappa);
        vec![pair.first, pair.second, pair.samples.to_string(), pair.same.to_string(), kappa, low, high]
    };
    let head = ["first", "second", "samples", "same", "kappa", "low", "high"].map(str::to_owned).to_vec();
    std::iter::once(head).chain(found.pairs.into_iter().flatten().map(row)).collect()
}

fn people_table(found: AgreementNumbers) -> Rows {
    let row = |person: PersonNumbers| {
        let [same, low, high] = ends(person.same);
        let short = |value: Option<f64>| value.map(|value| format!("{value:.2}")).unwrap_or_default();
        let (seconds, minutes) = (short(person.median_seconds), short(person.active_minutes));
        let counts = [person.answers, person.skips].map(|n| n.to_string());
        let [answers, skips] = counts;
        let shared = person.shared.to_string();
        let [consistent, ..] = ends(person.consistent);
        let again = person.again.to_string();
        vec![
            person.name,
            text(person.role),
            answers,
            seconds,
            minutes,
            skips,
            shared,
            same,
            low,
            high,
            again,
            consistent,
        ]
    };
    let head = [
        "person",
        "role",
        "answers",
        "median_seconds",
        "active_minutes",
        "skips",
        "shared",
        "same_share",
        "low",
        "high",
        "again",
        "consistent_share",
    ];
    let head = head.map(str::to_owned).to_vec();
    std::iter::once(head).chain(found.people.into_iter().flatten().map(row)).collect()
}

fn disagreements_table(found: AgreementNumbers) -> Rows {
    let head = ["sample_id", "name", "cost", "annotation", "person", "classes", "skip", "note", "seconds", "made_at"];
    let mut rows = vec![head.map(str::to_owned).to_vec()];
    for one in found.disagreements {
        for answer in one.answers {
            let ids = answer.class.into_iter().chain(answer.classes.into_iter().flatten());
            let ids: Vec<String> = ids.map(|id| id.to_string()).collect();
            rows.push(vec![
                one.sample.to_string(),
                one.name.clone(),
                format!("{:.6}", one.cost),
                answer.annotation,
                answer.person,
                ids.join("|"),
                text(answer.skip),
                text(answer.note),
                text(answer.seconds),
                answer.made_at,
            ]);
        }
    }
    rows
}

async fn leases_table(app: &App, member: &Member) -> Result<Rows, WebError> {
    let head = ["lease", "person", "sample_id", "name", "since", "ends"].map(str::to_owned).to_vec();
    let mut rows = vec![head];
    for lease in agreement::leases(app, &member.project, app.clock.now()).await? {
        let (since, ends) = (lease.made_us.rfc3339(), lease.expires_us.rfc3339());
        rows.push(vec![lease.id, lease.account, lease.sample_id.to_string(), lease.name, since, ends]);
    }
    Ok(rows)
}

/// The tables, and from which role.
const TABLES: [(&str, Role); 5] = [
    ("classes.csv", Role::Reviewer),
    ("disagreements.csv", Role::Reviewer),
    ("pairs.csv", Role::Lead),
    ("people.csv", Role::Lead),
    ("leases.csv", Role::Lead),
];

/// One table as CSV: `classes.csv`, `disagreements.csv`, and for leads `pairs.csv`, `people.csv` and `leases.csv`. Classes are numbers,
/// with `|` between several.
#[utoipa::path(get, path = "/api/v1/projects/{slug}/agreement/{table}", tag = "samples",
    params(("slug" = String, Path), ("table" = String, Path)),
    responses((status = 200, description = "the table"), (status = 403, description = "needs the role reviewer, or lead"), (status = 404)))]
pub async fn table(
    State(app): State<App>,
    member: Member,
    Path((_, name)): Path<(String, String)>,
) -> Result<Response<Body>, WebError> {
    let known = TABLES.iter().find(|(table, _)| *table == name);
    let Some((table, role)) = known else {
        let names: Vec<_> = TABLES.iter().map(|(table, _)| format!("`{table}`")).collect();
        return Err(
            WebError::not_found(format!("there is no table `{name}`")).hint(format!("Ask for {}.", names.join(", ")))
        );
    };
    member.require(*role)?;
    let rows = if *table == "leases.csv" {
        leases_table(&app, &member).await?
    } else {
        let found = numbers(&member, &agreement::report(&app, &member.project).await?);
        match *table {
            "classes.csv" => classes_table(found),
            "pairs.csv" => pairs_table(found),
            "people.csv" => people_table(found),
            _ => disagreements_table(found),
        }
    };
    let mut csv = csv::Writer::from_writer(Vec::new());
    for row in rows {
        // Coefficients may be negative, and run as no formula.
        let cell =
            |cell: &String| if cell.parse::<f64>().is_ok() { cell.clone() } else { cells::protect(cell).into_owned() };
        csv.write_record(row.iter().map(cell)).map_err(WebError::internal)?;
    }
    let bytes = csv.into_inner().map_err(|error| WebError::internal(error.into_error()))?;
    let mut response = Response::new(Body::from(bytes));
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/csv; charset=utf-8"));
    let file = format!("attachment; filename=\"{}-{table}\"", member.project.slug);
    if let Ok(value) = HeaderValue::from_str(&file) {
        headers.insert(CONTENT_DISPOSITION, value);
    }
    Ok(response)
}
