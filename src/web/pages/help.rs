//! What would help: ways of learning with their measured gains, sorted, each with a switch or a way to it.

use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};

use crate::domain::{Role, job};
use crate::evaluate::{Interval, Measure};
use crate::learn::cures::CURES;
use crate::service::App;
use crate::service::experiments::diagnosis::{self, Diagnosis, Effect, Finding, FindingKind, Recommendation};
use crate::service::insight::effort::effort;
use crate::store::jobs::Job;
use crate::web::frame::error::WebError;
use crate::web::frame::extract::{Form, Member};
use crate::web::frame::filters::{ago, between, decimal, group, percent};
use crate::web::frame::htmx::Hx;
use crate::web::frame::language::Language;
use crate::web::frame::shell::{Shell, Tab};
use crate::web::frame::{findings, going, names, notes};
use crate::web::page;

/// Percentage points that the scale shows at least and at most, to either side of zero.
const SCALE: (f64, f64) = (1.0, 15.0);

#[derive(Template)]
#[template(path = "help.html", blocks = ["help"])]
struct HelpPage {
    shell: Shell,
    slug: String,
    headline: String,
    explanation: String,
    found: Option<Found>,
    /// The measurement in progress, or the newest one if it failed.
    job: Option<Job>,
    /// Why none can be started.
    refusal: Option<String>,
    admin: bool,
}

struct Found {
    groups: Vec<Group>,
    /// Ends of the scale in points, and where on it zero is, in percent of its width.
    from: String,
    to: String,
    zero: String,
    together: Option<Together>,
    measured: String,
    trust: String,
    many: String,
    when: String,
    /// Whether any gain is a forecast.
    forecast: bool,
}

/// Findings that say the same.
struct Group {
    title: String,
    effect: &'static str,
    rows: Vec<Row>,
}

struct Row {
    name: String,
    title: String,
    about: String,
    gain: String,
    aloud: String,
    bar: GainBar,
    forecast: bool,
    cost: String,
    act: RowAct,
}

enum RowAct {
    /// A cure that can be switched.
    Switch {
        on: bool,
    },
    /// An encoder to change to.
    Adopt {
        encoder: i64,
    },
    Link {
        href: String,
        text: String,
    },
    Nothing,
}

struct Together {
    title: String,
    gain: String,
    text: String,
}

/// A gain and its interval in percent of the scale's width.
struct GainBar {
    low: String,
    width: String,
    at: String,
}

/// `GET /p/{slug}/help`
pub async fn show(State(app): State<App>, member: Member, hx: Hx) -> Result<Response, WebError> {
    member.require(Role::Lead)?;
    let (project, language) = (member.fresh(&app).await?, member.language());
    let job = app.store.latest_job(project.id, &job::DIAGNOSIS).await?.filter(|job| job.is_open() || job.failed());
    let open = job.as_ref().is_some_and(Job::is_open);
    let refusal = if open { None } else { diagnosis::refusal(&app, &project).await? };
    let latest = diagnosis::latest(&app, &project).await?;
    let (answers, hours) = effort(&app, &project).await?.at(app.clock.now());
    let minutes = (answers > 0).then(|| hours * 60.0 / answers as f64 * diagnosis::FURTHER as f64);
    let samples = app.store.tally(project.id).await?.samples;
    let measure = Measure::from(project.task);
    let (headline, explanation) = lead(language, measure, latest.as_ref());
    let writer = Writer {
        language,
        slug: &project.slug,
        in_use: &project.cures,
        minutes,
        samples,
        admin: member.role >= Role::Admin,
    };
    let seconds = |found: &Diagnosis| app.clock.now().seconds_since(found.finished_us);
    let view = HelpPage {
        shell: Shell::page(&member, language.say("help-title"), Some(Tab::Insight)),
        slug: project.slug.clone(),
        headline,
        explanation,
        found: latest.map(|found| writer.found(&found, seconds(&found))),
        job,
        refusal: refusal.map(|why| findings::not_yet(language, why)),
        admin: writer.admin,
    };
    if hx.wants("help") { page(&view.as_help()) } else { page(&view) }
}

/// `POST /p/{slug}/help`
pub async fn start(State(app): State<App>, member: Member) -> Result<Response, WebError> {
    member.require(Role::Lead)?;
    diagnosis::request(&app, &member.fresh(&app).await?).await?;
    Ok(going::to(&format!("/p/{}/help", member.project.slug)).into_response())
}

/// `POST /p/{slug}/help/cures`: the fields named `cure` are on from the next round.
pub async fn choose(
    State(app): State<App>,
    member: Member,
    Form(fields): Form<Vec<(String, String)>>,
) -> Result<Response, WebError> {
    member.require(Role::Lead)?;
    let chosen: Vec<&str> = fields.iter().filter(|(field, _)| field == "cure").map(|(_, name)| name.as_str()).collect();
    diagnosis::choose(&app, &member.fresh(&app).await?, &chosen.join(" ")).await?;
    Ok(going::to(&format!("/p/{}/help", member.project.slug)).into_response())
}

/// What to do first, and how things stand.
fn lead(language: Language, measure: Measure, latest: Option<&Diagnosis>) -> (String, String) {
    let Some(found) = latest else {
        let about = language.say("help-question-about").with("measure", measure);
        return (language.say("help-question").into(), about.into());
    };
    let of = |name: &str| found.findings.iter().find(|finding| finding.name == name);
    let points = |finding: &Finding| decimal(language, finding.gain.value.abs() * 100.0, 1);
    let headline = match &found.advice {
        Recommendation::Adopt { name } => of(name).map(|finding| {
            let id = match finding.kind {
                FindingKind::Encoder => "help-adopt-encoder",
                _ => "help-adopt",
            };
            language.say(id).with("name", title(language, finding)).with("points", points(finding)).to_string()
        }),
        Recommendation::Drop { name } => of(name).map(|finding| {
            language.say("help-drop").with("name", title(language, finding)).with("points", points(finding)).to_string()
        }),
        Recommendation::Label { .. } => {
            found.findings.iter().find(|finding| finding.kind == FindingKind::Labels).map(|finding| {
                language.say("help-label-on").with("n", diagnosis::FURTHER).with("points", points(finding)).into()
            })
        }
        Recommendation::Nothing => None,
    };
    let headline = headline.unwrap_or_else(|| language.say("help-nothing").into());
    let count = |effect: Effect| found.findings.iter().filter(|finding| finding.effect == effect).count();
    let text = language.say("help-explained").with("measure", found.measure);
    let text = text.with("share", percent(language, found.accuracy)).with("labels", found.compared);
    let text = text.with("helps", count(Effect::Helps)).with("hurts", count(Effect::Hurts));
    let text = text.with("open", count(Effect::Open)).to_string();
    let perhaps = match &found.advice {
        Recommendation::Label { perhaps: Some(name) } => of(name),
        _ => None,
    };
    let perhaps = perhaps.map(|finding| {
        let text = language.say("help-perhaps").with("name", title(language, finding));
        text.with("points", signed(language, finding.gain.value)).to_string()
    });
    (headline, [Some(text), perhaps].into_iter().flatten().collect::<Vec<_>>().join(" "))
}

fn title(language: Language, finding: &Finding) -> String {
    match finding.kind {
        FindingKind::Encoder => finding.name.clone(),
        FindingKind::Labels => language.say("help-further").with("n", diagnosis::FURTHER).into(),
        FindingKind::Cure | FindingKind::Copies => names::cure(language, &finding.name),
        FindingKind::Together => {
            finding.name.split(" + ").map(|part| names::cure(language, part)).collect::<Vec<_>>().join(" + ")
        }
    }
}

/// A gain in percentage points with its sign: `+3.4`, `−1.5`.
fn signed(language: Language, share: f64) -> String {
    let points = decimal(language, share.abs() * 100.0, 1);
    let zero = decimal(language, 0.0, 1);
    match share {
        _ if points == zero => points,
        share if share < 0.0 => format!("\u{2212}{points}"),
        _ => format!("+{points}"),
    }
}

/// A place in percent of a scale's width.
fn place_text(percent: f64) -> String {
    ((percent * 10.0).round() / 10.0).to_string()
}

/// What the rows need to know of the project.
struct Writer<'a> {
    language: Language,
    slug: &'a str,
    in_use: &'a str,
    /// Minutes of the people who label that the further labels take.
    minutes: Option<f64>,
    samples: i64,
    admin: bool,
}

impl Writer<'_> {
    fn found(&self, found: &Diagnosis, seconds: f64) -> Found {
        let language = self.language;
        let reach = |of: fn(&Interval) -> f64| {
            let furthest = found.findings.iter().map(|finding| of(&finding.gain).abs() * 100.0).fold(0.0, f64::max);
            furthest.ceil().clamp(SCALE.0, SCALE.1)
        };
        let (low, high) = (reach(|gain| gain.low.min(0.0)), reach(|gain| gain.high.max(0.0)));
        let place = |share: f64| ((share * 100.0 + low) / (low + high) * 100.0).clamp(0.0, 100.0);
        let groups = [
            ("help-helps", Effect::Helps, "helps"),
            ("help-open", Effect::Open, "open"),
            ("help-hurts", Effect::Hurts, "hurts"),
        ];
        let groups = groups.into_iter().map(|(id, effect, class)| Group {
            title: language.say(id).into(),
            effect: class,
            rows: found.findings.iter().filter(|one| one.effect == effect).map(|one| self.row(one, &place)).collect(),
        });
        let best = found.findings.iter().find(|one| one.kind != FindingKind::Labels);
        Found {
            groups: groups.filter(|group| !group.rows.is_empty()).collect(),
            from: signed(language, -low / 100.0),
            to: signed(language, high / 100.0),
            zero: place_text(place(0.0)),
            together: found.together.as_ref().map(|finding| self.together(found, finding)),
            measured: self.measured(found),
            trust: self.trust(found, best),
            many: language.say("help-many").with("n", found.findings.len()).into(),
            when: language
                .say("help-when")
                .with("age", ago(language, seconds))
                .with("seconds", decimal(language, found.seconds, 0))
                .into(),
            forecast: found.findings.iter().any(|one| one.kind == FindingKind::Labels),
        }
    }

    fn row(&self, finding: &Finding, place: &dyn Fn(f64) -> f64) -> Row {
        let language = self.language;
        let (low, high) = (place(finding.gain.low), place(finding.gain.high));
        let gain = signed(language, finding.gain.value);
        let points = |share: f64| signed(language, share);
        let reach = between(language, gain.clone(), points(finding.gain.low), points(finding.gain.high));
        Row {
            name: finding.name.clone(),
            title: title(language, finding),
            about: match finding.kind {
                FindingKind::Encoder => language.say("help-encoder-about").into(),
                FindingKind::Labels => language.say("help-further-about").into(),
                _ => names::cure_about(language, &finding.name),
            },
            aloud: language
                .say("help-gain-aloud")
                .with("gain", reach)
                .with("f1", points(finding.macro_f1.value))
                .into(),
            gain,
            bar: GainBar {
                low: place_text(low),
                width: place_text(high - low),
                at: place_text(place(finding.gain.value).clamp(1.0, 99.0)),
            },
            forecast: finding.kind == FindingKind::Labels,
            cost: self.cost(finding),
            act: self.act(finding),
        }
    }

    fn cost(&self, finding: &Finding) -> String {
        let language = self.language;
        match (finding.kind, finding.ms_per_sample, self.minutes) {
            (FindingKind::Labels, _, Some(minutes)) => {
                language.say("help-cost-labels").with("n", decimal(language, minutes.max(1.0), 0)).into()
            }
            (FindingKind::Labels, ..) => language.say("help-cost-answers").with("n", diagnosis::FURTHER).into(),
            (FindingKind::Encoder, Some(ms), _) => {
                let minutes = ms * self.samples as f64 / 60_000.0;
                let id = if minutes < 1.0 { "help-cost-encoder-soon" } else { "help-cost-encoder" };
                let text = language.say(id).with("ms", decimal(language, ms, 1));
                text.with("minutes", decimal(language, minutes, 0)).into()
            }
            _ if finding.seconds < 0.05 => language.say("help-cost-none").into(),
            _ => language.say("help-cost-seconds").with("n", decimal(language, finding.seconds, 1)).into(),
        }
    }

    fn act(&self, finding: &Finding) -> RowAct {
        let language = self.language;
        let link = |path: &str, id: &str| RowAct::Link {
            href: format!("/p/{}/{path}", self.slug),
            text: language.say(id).into(),
        };
        match (finding.kind, finding.encoder) {
            (FindingKind::Cure, _) if CURES.iter().any(|cure| cure.name == finding.name) => {
                RowAct::Switch { on: self.in_use.split(' ').any(|name| name == finding.name) }
            }
            (FindingKind::Encoder, Some(encoder)) if self.admin => RowAct::Adopt { encoder: encoder.0 },
            (FindingKind::Copies, _) => link("augmentation", "help-open-copies"),
            (FindingKind::Labels, _) => link("label", "help-open-desk"),
            _ => RowAct::Nothing,
        }
    }

    fn together(&self, found: &Diagnosis, finding: &Finding) -> Together {
        let language = self.language;
        let reach = between(
            language,
            percent(language, found.accuracy + finding.gain.value),
            percent(language, found.accuracy + finding.gain.low),
            percent(language, found.accuracy + finding.gain.high),
        );
        let id = match finding.effect {
            Effect::Helps => "help-together-helps",
            Effect::Open => "help-together-open",
            Effect::Hurts => "help-together-hurts",
        };
        Together {
            title: language.say("help-together").with("names", title(language, finding)).into(),
            gain: reach,
            text: language.say(id).with("share", percent(language, found.accuracy)).into(),
        }
    }

    fn measured(&self, found: &Diagnosis) -> String {
        let text = self.language.say("help-measured").with("measure", found.measure).with("folds", found.folds);
        text.with("repeats", found.repeats).with("labels", group(found.compared as i64)).into()
    }

    /// What the audit set says of the best finding.
    fn trust(&self, found: &Diagnosis, best: Option<&Finding>) -> String {
        let language = self.language;
        let Some((best, audit)) = best.and_then(|best| Some((best, best.audit?))) else {
            return language.say("help-trust-no-audit").into();
        };
        let points = |share: f64| signed(language, share);
        let reach = between(language, points(audit.value), points(audit.low), points(audit.high));
        let text = language.say("help-trust").with("n", found.audit_labels).with("name", title(language, best));
        text.with("gain", reach).into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gains_carry_their_sign_and_nothing_has_none() {
        let english = Language::default();
        assert_eq!(signed(english, 0.0342), "+3.4");
        assert_eq!(signed(english, -0.015), "\u{2212}1.5");
        assert_eq!(signed(english, -0.0001), "0.0");
        assert_eq!(signed(Language::by_tag("de").unwrap(), 0.0342), "+3,4");
    }

    #[test]
    fn every_cure_has_a_name_and_a_sentence_in_every_language() {
        for language in Language::all() {
            for name in CURES.iter().map(|cure| cure.name).chain(["copies"]) {
                assert_ne!(names::cure(language, name), name);
                assert_ne!(names::cure_about(language, name), name);
            }
        }
    }
}
