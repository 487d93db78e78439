//! The data card of an export: how it was labeled, by how many, how well they agree, what the audit set says, and what is missing.
//!
//! **Invariant:** it follows from the labels and the options alone, with no clock, so that archives which hold it repeat their
//! bytes. What is not known is said to be unknown.

use std::collections::{BTreeMap, HashMap};
use std::fmt::Write as _;

use super::options::ExportOptions;
use super::plan::ExportPlan;
use crate::domain::{Class, ClassSet, Project, SampleId, Task};
use crate::evaluate::{Interval, wilson};
use crate::service::desk::agreement;
use crate::service::{App, ServiceError};
use crate::store::rounds::Round;

/// Of all intervals.
const LEVEL: f64 = 0.95;
/// A class with fewer labels is a known gap.
const FEW: u64 = 20;
/// So is an audit set with fewer labels.
const FEW_AUDITED: u64 = 50;

/// What whoever uses the data should know about it.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize, utoipa::ToSchema)]
pub struct DataCard {
    pub title: String,
    pub project: String,
    pub task: Task,
    /// Samples in the file that have a label, and those that were skipped.
    pub labels: u64,
    pub skipped: u64,
    pub classes: Vec<CardClass>,
    /// Those of the audit set, which was drawn at random.
    pub audit_samples: u64,
    /// People whose answers they are.
    pub people: u64,
    /// RFC 3339.
    pub first_label: Option<String>,
    pub last_label: Option<String>,
    /// How answers were given: `desk`, `grid`, `propagated`, `review`, `import`.
    pub origins: BTreeMap<String, u64>,
    /// What chose the samples.
    pub asked_by: BTreeMap<String, u64>,
    pub agreement: CardAgreement,
    /// What the model in use scores on the audit set. `null` without one, or without audit labels.
    pub audit: Option<CardAudit>,
    pub guidelines: String,
    /// What is known to be missing or one-sided, as sentences.
    pub gaps: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize, utoipa::ToSchema)]
pub struct CardClass {
    pub name: String,
    pub labels: u64,
}

/// How well people agree where several answered one sample, in the whole project.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize, utoipa::ToSchema)]
pub struct CardAgreement {
    /// Samples that several people answered without seeing each other's answers.
    pub samples: u64,
    pub unanimous: u64,
    /// Krippendorff's alpha with its bootstrap 95 % interval. `null`: it is not defined.
    pub alpha: Option<Interval>,
    /// Samples whose answers differ and wait for a decision.
    pub unsettled: u64,
}

/// Accuracy on the audit set (the share of exactly matched sets where samples have any number of classes).
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize, utoipa::ToSchema)]
pub struct CardAudit {
    pub round: i64,
    pub labels: u64,
    /// With Wilson's 95 % interval.
    pub accuracy: Interval,
    /// Audit labels that came with an import, and those that a review settled: they were not given blind.
    pub imported: i64,
    pub reviewed: i64,
}

/// Make the card.
pub(super) async fn make(
    app: &App,
    project: &Project,
    (classes, round): (&[Class], Option<&Round>),
    options: &ExportOptions,
    plan: &ExportPlan,
) -> Result<DataCard, ServiceError> {
    let own = &plan.provenance;
    let count = |map: &BTreeMap<&'static str, u64>| map.iter().map(|(word, n)| ((*word).to_owned(), *n)).collect();
    let of_class = |class: &Class| {
        let found = plan.labels_of(class.id);
        (!class.retired || found.labels > 0)
            .then(|| CardClass { name: class.name.clone(), labels: found.labels - found.excluded })
    };
    let mut card = DataCard {
        title: project.name.clone(),
        project: project.slug.clone(),
        task: project.task,
        labels: plan.chosen.len() as u64 - plan.skips,
        skipped: plan.skips,
        classes: classes.iter().filter_map(of_class).collect(),
        audit_samples: own.audit,
        people: own.people.len() as u64,
        first_label: own.times.map(|(first, _)| first.rfc3339()),
        last_label: own.times.map(|(_, last)| last.rfc3339()),
        origins: count(&own.origins),
        asked_by: own.asked_by.clone(),
        agreement: agreed(app, project).await?,
        audit: match round {
            Some(round) => audited(app, project, round.number).await?,
            None => None,
        },
        guidelines: project.guidelines.clone(),
        gaps: Vec::new(),
    };
    card.gaps = gaps(&card, options, plan);
    Ok(card)
}

async fn agreed(app: &App, project: &Project) -> Result<CardAgreement, ServiceError> {
    let nothing = CardAgreement { samples: 0, unanimous: 0, alpha: None, unsettled: 0 };
    if app.store.second_rows(project.id).await?.iter().all(|row| row.answered < 2) {
        return Ok(nothing);
    }
    let report = agreement::report(app, project).await?;
    Ok(CardAgreement {
        samples: report.agreement.samples as u64,
        unanimous: report.agreement.unanimous as u64,
        alpha: report.agreement.alpha,
        unsettled: report.disagreements.waiting.len() as u64,
    })
}

async fn audited(app: &App, project: &Project, round: i64) -> Result<Option<CardAudit>, ServiceError> {
    let Some(said) = app.store.audited_round(project.id, round).await? else { return Ok(None) };
    let truth: HashMap<SampleId, ClassSet> = app.store.audit_labels(project.id).await?.into_iter().collect();
    let measured = || said.predictions.iter().filter_map(|(sample, set)| Some((truth.get(sample)?, set)));
    let (labels, right) = (measured().count() as u64, measured().filter(|(truth, said)| truth == said).count() as u64);
    if labels == 0 {
        return Ok(None);
    }
    let (imported, reviewed) = app.store.seeing_audit_labels(project.id).await?;
    Ok(Some(CardAudit { round, labels, accuracy: wilson(right, labels, LEVEL), imported, reviewed }))
}

/// One or many of something.
fn many(n: u64, one: &str, several: &str) -> String {
    if n == 1 { format!("1 {one}") } else { format!("{n} {several}") }
}

fn gaps(card: &DataCard, options: &ExportOptions, plan: &ExportPlan) -> Vec<String> {
    let mut gaps = Vec::new();
    for left_out in plan.left_out() {
        gaps.push(format!(
            "{} not in the file: {}.",
            many(left_out.count, "sample is", "samples are"),
            left_out.reason
        ));
    }
    let names = |of: &dyn Fn(u64) -> bool| -> String {
        let names = card.classes.iter().filter(|class| of(class.labels)).map(|class| class.name.as_str());
        names.collect::<Vec<_>>().join(", ")
    };
    let (none, few) = (names(&|n| n == 0), names(&|n| (1..FEW).contains(&n)));
    if !none.is_empty() {
        gaps.push(format!("Classes without a label: {none}."));
    }
    if !few.is_empty() {
        gaps.push(format!("Classes with fewer than {FEW} labels: {few}."));
    }
    let asked: u64 = card.asked_by.iter().filter(|(by, _)| !EVEN.contains(&by.as_str())).map(|(_, n)| n).sum();
    if asked > 0 {
        gaps.push(format!(
            "{} chosen by a strategy or a person and not at random, so shares of classes are not those of the pool; \
             the audit set is a random part of it.",
            many(asked, "sample was", "samples were")
        ));
    }
    match &card.audit {
        None => gaps.push("Nothing was measured on an audit set.".to_owned()),
        Some(audit) if audit.labels < FEW_AUDITED => {
            gaps.push(format!("The audit set has only {}.", many(audit.labels, "label", "labels")));
        }
        Some(_) => {}
    }
    if let Some(audit) = card.audit.as_ref().filter(|audit| audit.imported + audit.reviewed > 0) {
        let seeing = (audit.imported + audit.reviewed).unsigned_abs();
        gaps.push(format!("{} not given blind.", many(seeing, "audit label was", "audit labels were")));
    }
    if card.agreement.samples == 0 {
        gaps.push("No sample was answered by two people, so nothing is known of agreement.".to_owned());
    }
    if card.agreement.unsettled > 0 {
        let n = many(card.agreement.unsettled, "disagreement waits", "disagreements wait");
        gaps.push(format!("{n} for a decision."));
    }
    if let (Some(column), Some(shared)) = (&options.group_by, plan.shared_groups.filter(|n| *n > 0)) {
        gaps.push(format!(
            "{} of `{column}` in the audit part and in another part as well.",
            many(shared, "value is", "values are")
        ));
    }
    gaps
}

/// What chooses without a preference.
const EVEN: [&str; 3] = ["audit", "random", "import"];

fn percent(share: f64) -> String {
    format!("{:.1}\u{a0}%", share * 100.0)
}

impl DataCard {
    /// The card for people.
    pub fn markdown(&self) -> String {
        let mut text = format!("# {}\n\n", line(&self.title));
        let people = many(self.people, "person", "people");
        // Writing to a string cannot fail.
        let mut say = |sentence: String| {
            let _ = writeln!(text, "{sentence}");
        };
        say(format!("{} by {people}", many(self.labels, "labeled sample", "labeled samples"))
            + &match (&self.first_label, &self.last_label) {
                (Some(first), Some(last)) => format!(", {first} to {last}."),
                _ => ".".to_owned(),
            });
        if self.skipped > 0 {
            say(format!("{} beside them.", many(self.skipped, "skipped sample", "skipped samples")));
        }
        say("\n## Classes\n\n| class | labels |\n|---|--:|".to_owned());
        for class in &self.classes {
            say(format!("| {} | {} |", line(&class.name).replace('|', "\\|"), class.labels));
        }
        say("\n## How it was labeled\n\n| answers given by | labels |\n|---|--:|".to_owned());
        for (origin, n) in &self.origins {
            say(format!("| {origin} | {n} |"));
        }
        say("\n| samples chosen by | labels |\n|---|--:|".to_owned());
        for (asked_by, n) in &self.asked_by {
            say(format!("| {} | {n} |", line(asked_by)));
        }
        say("\n## Agreement\n".to_owned());
        say(match (&self.agreement, self.agreement.alpha) {
            (CardAgreement { samples: 0, .. }, _) => "Each sample was answered by one person.".to_owned(),
            (of, alpha) => {
                let alpha = alpha.map_or_else(
                    || "alpha is not defined".to_owned(),
                    |alpha| {
                        format!(
                            "Krippendorff's alpha {:.2} (95\u{a0}% {:.2} to {:.2})",
                            alpha.value, alpha.low, alpha.high
                        )
                    },
                );
                format!(
                    "{} by several people, {} unanimous; {alpha}.",
                    many(of.samples, "sample", "samples"),
                    of.unanimous
                )
            }
        });
        say("\n## Audit\n".to_owned());
        say(self.audit.as_ref().map_or_else(
            || "Nothing was measured.".to_owned(),
            |audit| {
                let Interval { value, low, high } = audit.accuracy;
                format!(
                    "The model of round {} is right on {} of {} (95\u{a0}% {} to {}), which it never trained on.",
                    audit.round,
                    percent(value),
                    many(audit.labels, "audit label", "audit labels"),
                    percent(low),
                    percent(high)
                )
            },
        ));
        say("\n## Known gaps\n".to_owned());
        for gap in &self.gaps {
            say(format!("- {gap}"));
        }
        if !self.guidelines.trim().is_empty() {
            say(format!("\n## Guidelines\n\n{}", self.guidelines.trim()));
        }
        text
    }
}

/// A name in one line.
fn line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn card() -> DataCard {
        let counts = |pairs: &[(&str, u64)]| pairs.iter().map(|(name, n)| ((*name).to_owned(), *n)).collect();
        let class = |name: &str, labels| CardClass { name: name.to_owned(), labels };
        DataCard {
            title: "Metal".to_owned(),
            project: "metal".to_owned(),
            task: Task::Single,
            labels: 31,
            skipped: 0,
            classes: vec![class("a|b", 30), class("rust", 1), class("stain", 0)],
            audit_samples: 4,
            people: 1,
            first_label: Some("2026-11-20T00:00:00Z".to_owned()),
            last_label: Some("2026-11-21T00:00:00Z".to_owned()),
            origins: counts(&[("desk", 31)]),
            asked_by: counts(&[("audit", 4), ("margin", 27)]),
            agreement: CardAgreement { samples: 0, unanimous: 0, alpha: None, unsettled: 0 },
            audit: Some(CardAudit { round: 3, labels: 4, accuracy: wilson(3, 4, LEVEL), imported: 1, reviewed: 0 }),
            guidelines: String::new(),
            gaps: Vec::new(),
        }
    }

    #[test]
    fn gaps_are_what_the_numbers_say() {
        let gaps = gaps(&card(), &ExportOptions::default(), &ExportPlan::default());
        assert_eq!(
            gaps,
            [
                "Classes without a label: stain.",
                "Classes with fewer than 20 labels: rust.",
                "27 samples were chosen by a strategy or a person and not at random, so shares of classes are not those of the \
                 pool; the audit set is a random part of it.",
                "The audit set has only 4 labels.",
                "1 audit label was not given blind.",
                "No sample was answered by two people, so nothing is known of agreement.",
            ]
        );
    }

    #[test]
    fn the_card_reads_as_a_page() {
        let text = card().markdown();
        assert!(
            text.starts_with(
                "# Metal\n\n31 labeled samples by 1 person, 2026-11-20T00:00:00Z to 2026-11-21T00:00:00Z.\n"
            )
        );
        assert!(text.contains("| a\\|b | 30 |\n| rust | 1 |"), "{text}");
        assert!(
            text.contains("right on 75.0\u{a0}% of 4 audit labels (95\u{a0}% 30.1\u{a0}% to 95.4\u{a0}%)"),
            "{text}"
        );
    }
}
