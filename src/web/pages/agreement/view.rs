//! The numbers of the page in words and as positions on its scales.
//!
//! **Invariant:** every sentence follows from the numbers beside it.

use super::short;
use crate::domain::{Class, ClassId, Timestamp};
use crate::evaluate::Interval;
use crate::service::desk::agreement::AgreementReport;
use crate::store::second_opinions::HeldLease;
use crate::web::frame::filters::{ago, decimal, group, percent};
use crate::web::frame::language::Language;
use crate::web::frame::names;
use crate::web::pages::label::colour;

/// From here on labels of one person can be relied on, and from there on for tentative conclusions (Krippendorff 2004, "Reliability in
/// Content Analysis").
const RELIABLE: f64 = 0.80;
const TENTATIVE: f64 = 0.667;
/// Fewer shared samples say nothing yet.
const FEW: usize = 20;
/// Leases that are listed.
const LEASES: usize = 100;
/// The pair table has no more people.
const MOST_PAIRED: usize = 12;

/// An interval on a scale, in percent of its width.
pub(super) struct Bar {
    pub low: String,
    pub width: String,
    pub at: String,
}

impl Bar {
    /// On a scale from `from` to 1; what lies outside is drawn at its end.
    fn new(found: &Interval, from: f64) -> Self {
        let place = |value: f64| ((value - from) / (1.0 - from) * 100.0).clamp(0.0, 100.0);
        let (low, high) = (place(found.low), place(found.high));
        let at = place(found.value).clamp(1.0, 99.0);
        Self { low: place_text(low), width: place_text(high - low), at: place_text(at) }
    }
}

/// A place in percent, as a drawing's attribute.
fn place_text(percent: f64) -> String {
    ((percent * 10.0).round() / 10.0).to_string()
}

pub(super) struct AlphaView {
    pub value: String,
    pub interval: String,
    pub bar: Bar,
    pub aloud: String,
    pub about: String,
    pub also: String,
}

impl AlphaView {
    pub(super) fn new(language: Language, found: &AgreementReport) -> Option<Self> {
        let alpha = found.agreement.alpha.as_ref()?;
        let text = |id| {
            let text = language.say(id).with("value", short(language, alpha.value));
            text.with("low", short(language, alpha.low)).with("high", short(language, alpha.high)).to_string()
        };
        let about = match alpha {
            alpha if alpha.low >= RELIABLE => "agreement-about-reliable",
            alpha if alpha.high >= RELIABLE => "agreement-about-open",
            alpha if alpha.value >= TENTATIVE => "agreement-about-tentative",
            _ => "agreement-about-weak",
        };
        let same = found.agreement.unanimous as f64 / found.agreement.samples.max(1) as f64;
        let fleiss = found.agreement.fleiss.as_ref().map_or_else(|| "–".to_owned(), |k| short(language, k.value));
        let also = language.say("agreement-also").with("kappa", fleiss).with("share", percent(language, same));
        Some(Self {
            value: short(language, alpha.value),
            interval: text("agreement-interval"),
            bar: Bar::new(alpha, 0.0),
            aloud: text("agreement-aloud"),
            about: language.say(about).into(),
            also: also.into(),
        })
    }
}

fn name(classes: &[Class], id: ClassId) -> String {
    classes.iter().find(|class| class.id == id).map(|class| class.name.clone()).unwrap_or_default()
}

/// What the numbers say, and the numbers.
pub(super) fn headline(language: Language, found: &AgreementReport) -> (String, String) {
    let n = found.agreement.samples;
    if n == 0 {
        return (language.say("agreement-head-none").into(), language.say("agreement-numbers-none").into());
    }
    let numbers = language
        .say("agreement-numbers")
        .with("n", n)
        .with("labeled", group(found.labeled))
        .with("same", group(found.agreement.unanimous as i64));
    let mut numbers = numbers.to_string();
    if !found.drawn {
        numbers = format!("{numbers} {}", language.say("agreement-disputed-only"));
    }
    let alpha = found.agreement.alpha.as_ref().filter(|_| n >= FEW);
    let Some(alpha) = alpha else { return (language.say("agreement-head-few").into(), numbers) };
    let (plain, except) = match alpha.value {
        value if value >= RELIABLE => ("agreement-head-well", "agreement-head-well-except"),
        value if value >= TENTATIVE => ("agreement-head-partly", "agreement-head-partly-except"),
        _ => ("agreement-head-badly", "agreement-head-badly-except"),
    };
    let headline = match &found.weak {
        None => language.say(plain).to_string(),
        Some(weak) => {
            let text = language.say(except).with("first", name(&found.classes, weak.first));
            text.with("second", name(&found.classes, weak.second)).to_string()
        }
    };
    (headline, numbers)
}

/// Where a sentence of the guide would help most.
pub(super) fn weak(language: Language, found: &AgreementReport) -> Option<String> {
    let weak = found.weak?;
    let text = language.say("agreement-cure-about").with("n", weak.n).with("all", group(weak.all as i64));
    let text = text.with("first", name(&found.classes, weak.first));
    Some(text.with("second", name(&found.classes, weak.second)).into())
}

pub(super) struct ClassBar {
    pub name: String,
    pub colour: String,
    pub samples: String,
    pub bar: Bar,
    pub value: String,
    pub aloud: String,
}

/// The classes that several people spoke of, the weakest first; where their scale begins, and where on it 0.80 is.
pub(super) fn classes(language: Language, found: &AgreementReport) -> (Vec<ClassBar>, String, String) {
    let mut known: Vec<(usize, usize, Interval)> = found
        .agreement
        .classes
        .iter()
        .enumerate()
        .filter_map(|(at, class)| Some((at, class.samples, class.alpha.filter(|_| class.samples > 0)?)))
        .collect();
    known.sort_by(|a, b| a.2.value.total_cmp(&b.2.value));
    let least = known.iter().map(|(.., alpha)| alpha.low).fold(0.4, f64::min).max(0.0);
    let from = (least * 5.0).floor() / 5.0;
    let bar = |(at, samples, alpha): (usize, usize, Interval)| {
        let class = &found.classes[at];
        ClassBar {
            name: class.name.clone(),
            colour: colour(at),
            samples: group(samples as i64),
            bar: Bar::new(&alpha, from),
            value: short(language, alpha.value),
            aloud: between(language, &alpha),
        }
    };
    let mark = place_text((RELIABLE - from) / (1.0 - from) * 100.0);
    (known.into_iter().map(bar).collect(), decimal(language, from, 1), mark)
}

fn between(language: Language, found: &Interval) -> String {
    let text = language.say("agreement-interval").with("low", short(language, found.low));
    text.with("high", short(language, found.high)).into()
}

/// Every two people who share samples.
pub(super) struct PairTable {
    pub heads: Vec<String>,
    pub rows: Vec<(String, Vec<Option<PairCell>>)>,
    /// The pair of which least is known.
    pub widest: Option<String>,
}

pub(super) struct PairCell {
    pub kappa: String,
    pub n: String,
    /// How dark, 0 to 5.
    pub shade: u8,
    pub aloud: String,
}

impl PairTable {
    pub(super) fn new(language: Language, found: &AgreementReport) -> Option<Self> {
        let pairs = &found.pairs;
        let mut people: Vec<usize> = pairs.iter().flat_map(|pair| [pair.people.0, pair.people.1]).collect();
        people.sort_unstable();
        people.dedup();
        // With more people there is no reading it; the file has all.
        people.truncate(MOST_PAIRED);
        let (first, last) = (people.split_last()?.1, people.split_first()?.1);
        let of = |at: usize| found.people.get(at).map(|person| person.name.clone()).unwrap_or_default();
        let cell = |row: usize, column: usize| {
            let pair = pairs.iter().find(|pair| pair.people == (column, row))?;
            let kappa = pair.kappa.as_ref();
            Some(PairCell {
                kappa: kappa.map_or_else(|| "–".to_owned(), |kappa| short(language, kappa.value)),
                n: language.say("agreement-pair-n").with("n", pair.samples).into(),
                shade: kappa.map_or(0, |kappa| (((kappa.value - 0.5) * 10.0).clamp(0.0, 5.0)) as u8),
                aloud: kappa.map(|kappa| between(language, kappa)).unwrap_or_default(),
            })
        };
        let row = |&row: &usize| {
            (of(row), first.iter().map(|&column| if column < row { cell(row, column) } else { None }).collect())
        };
        let known = pairs.iter().filter_map(|pair| Some((pair, pair.kappa?)));
        let widest = known.max_by(|a, b| (a.1.high - a.1.low).total_cmp(&(b.1.high - b.1.low)));
        let widest = widest.filter(|(_, kappa)| kappa.high - kappa.low > 0.1).map(|(pair, kappa)| {
            let text = language.say("agreement-pairs-wide").with("n", pair.samples);
            let text = text.with("first", of(pair.people.0)).with("second", of(pair.people.1));
            text.with("low", short(language, kappa.low)).with("high", short(language, kappa.high)).into()
        });
        Some(Self { heads: first.iter().map(|&at| of(at)).collect(), rows: last.iter().map(row).collect(), widest })
    }
}

/// A share as a percentage, without a decimal where it has none.
fn whole(language: Language, share: f64) -> String {
    let places = usize::from((share * 1000.0).round() % 10.0 != 0.0);
    decimal(language, share * 100.0, places) + "\u{a0}%"
}

/// What goes to several people, and which of their answers is the label.
pub(super) fn second(language: Language, found: &AgreementReport) -> Vec<String> {
    let settings = &found.settings;
    let mut said: Vec<String> = Vec::new();
    if settings.share > 0.0 {
        let text = language.say("agreement-second-share").with("share", whole(language, settings.share));
        said.push(text.with("people", settings.people).into());
        if settings.disputed {
            said.push(language.say("agreement-second-disputed").into());
        }
    } else if settings.disputed {
        said.push(language.say("agreement-second-disputed-only").with("people", settings.people).into());
    } else {
        said.push(language.say("agreement-second-none").into());
    }
    if found.waiting > 0 {
        said.push(language.say("agreement-second-waiting").with("n", found.waiting).into());
    }
    if settings.share > 0.0 || settings.disputed || found.agreement.samples > 0 {
        said.push(language.say(names::label_rule_sentence(settings.rule)).into());
    }
    said
}

pub(super) struct PersonLine {
    pub name: String,
    pub role: String,
    pub answers: String,
    pub seconds: String,
    pub minutes: String,
    pub skips: String,
    pub bar: Option<Bar>,
    pub same: String,
    pub aloud: String,
    /// How often they gave the same answer when a sample came again; empty where none did.
    pub again: String,
}

/// Everybody by name; and where the scale of their shares begins, in percent.
pub(super) fn people(language: Language, found: &AgreementReport) -> (Vec<PersonLine>, String) {
    let least = found.people.iter().filter_map(|person| Some(person.same?.low)).fold(0.8, f64::min);
    let from = (least * 5.0).floor() / 5.0;
    let none = || "–".to_owned();
    let line = |person: &crate::service::desk::agreement::PersonAtWork| PersonLine {
        name: person.name.clone(),
        role: person.role.map(|role| names::role(language, role.as_str())).unwrap_or_default(),
        answers: group(person.answers as i64),
        seconds: person.seconds.map_or_else(none, |seconds| decimal(language, seconds, 1)),
        minutes: person.active_minutes().map_or_else(none, |minutes| decimal(language, minutes, 0)),
        skips: group(person.skips as i64),
        bar: person.same.as_ref().map(|same| Bar::new(same, from)),
        same: person.same.as_ref().map_or_else(none, |same| decimal(language, same.value * 100.0, 0) + "\u{a0}%"),
        again: person.consistent.as_ref().map_or_else(String::new, |same| {
            let share = decimal(language, same.value * 100.0, 0) + "\u{a0}%";
            language.say("agreement-again").with("share", share).with("n", person.again).into()
        }),
        aloud: person
            .same
            .as_ref()
            .map(|same| crate::web::frame::filters::interval(language, same))
            .unwrap_or_default(),
    };
    // Members who have not answered anything yet are no line.
    let lines = found.people.iter().filter(|person| person.answers > 0).map(line);
    (lines.collect(), decimal(language, from * 100.0, 0))
}

/// How often people gave the same answer when a sample came again to them.
pub(super) fn consistency(language: Language, found: &AgreementReport) -> Option<String> {
    let found = found.consistency?;
    let text = language.say("agreement-consistency").with("n", found.n);
    let text = text.with("share", crate::web::frame::filters::interval(language, &found.same));
    let kappa = found.kappa.map(|kappa| language.say("agreement-kappa").with("kappa", short(language, kappa.value)));
    Some(format!("{}{}", text, kappa.map(|kappa| format!(" {kappa}")).unwrap_or_default()))
}

pub(super) struct LeaseLine {
    pub id: String,
    pub name: String,
    pub account: String,
    pub since: String,
    pub minutes: i64,
}

/// The leases that are listed, and how many are not.
pub(super) fn leases(language: Language, leases: Vec<HeldLease>, now: Timestamp) -> (Vec<LeaseLine>, usize) {
    let more = leases.len().saturating_sub(LEASES);
    let line = |lease: HeldLease| LeaseLine {
        since: ago(language, now.seconds_since(lease.made_us)),
        minutes: ((lease.expires_us.0 - now.0) / 60_000_000).max(0) + 1,
        id: lease.id,
        name: lease.name,
        account: lease.account,
    };
    (leases.into_iter().take(LEASES).map(line).collect(), more)
}
