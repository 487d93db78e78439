//! What jobs say of themselves, in the language of the page.

use crate::domain::job_note::FailureKind;
use crate::domain::{EncodedNote, ImportedNote, JobNote, Stage};
use crate::web::frame::filters;
use crate::web::frame::language::Language;

/// A job's note as a sentence.
pub fn note(language: Language, note: &JobNote) -> String {
    let text = match note {
        JobNote::At { stage } => return self::stage(language, stage),
        JobNote::Encoded(note) => return encoded(language, note),
        JobNote::Imported(note) => return imported(language, note),
        JobNote::Failed { causes, kind } => return failed(language, causes, *kind),
        JobNote::Plain { text } => return text.clone(),
        JobNote::Round { number, labels, ms } => {
            let text = language.say("note-round").with("number", *number).with("labels", *labels);
            text.with("ms", filters::decimal(language, *ms, 0))
        }
        JobNote::Ranked { samples } => language.say("note-ranked").with("n", *samples),
        JobNote::NothingEncoded => language.say("note-nothing-encoded"),
        JobNote::NothingToEncode => language.say("note-nothing-to-encode"),
        JobNote::NothingToLearn => language.say("note-nothing-to-learn"),
        JobNote::Learned { adopted: true } => language.say("note-learned"),
        JobNote::Learned { adopted: false } => language.say("note-learned-aside"),
        JobNote::Copies { labeled, new } => language.say("note-copies").with("n", *labeled).with("new", *new),
        JobNote::TakenBack { samples, labels } => {
            language.say("note-taken-back").with("samples", *samples).with("labels", *labels)
        }
        JobNote::Removed { samples } => language.say("note-removed").with("n", *samples),
        JobNote::Model { round, input, precision, difference, samples } => {
            let text = language.say("note-model").with("round", *round).with("input", input.as_str());
            let text = text.with("precision", precision.as_str()).with("difference", format!("{difference:.0e}"));
            text.with("n", *samples)
        }
        JobNote::Exported { labels, file } => {
            language.say("note-exported").with("n", *labels).with("file", file.as_str())
        }
        JobNote::ExportedBefore { file } => language.say("note-exported-before").with("file", file.as_str()),
        JobNote::Tried { numbers, ms } => {
            language.say("note-tried").with("n", *numbers).with("ms", filters::decimal(language, *ms, 1))
        }
        JobNote::Mapped { samples, trust: Some(trust) } => {
            language.say("note-mapped-trust").with("n", *samples).with("trust", filters::decimal(language, *trust, 2))
        }
        JobNote::Mapped { samples, trust: None } => language.say("note-mapped").with("n", *samples),
        JobNote::Drift { imports } => language.say("note-drift").with("n", *imports),
        JobNote::ReplayWithoutSeed => language.say("note-replay-without-seed"),
        JobNote::Replayed { seeds, wanted, strategies, samples } => {
            let id = if seeds < wanted { "note-replay-stopped" } else { "note-replayed" };
            let text = language.say(id).with("n", *seeds).with("wanted", *wanted);
            text.with("strategies", strategies.as_str()).with("samples", *samples)
        }
        JobNote::FewAuditLabels { least } => language.say("note-few-audit-labels").with("n", *least),
        JobNote::RandomLine { labels } => language.say("note-random-line").with("n", *labels),
        JobNote::Diagnosed { ways, labels } => language.say("note-diagnosed").with("n", *ways).with("labels", *labels),
        JobNote::Interrupted => language.say("note-interrupted"),
        JobNote::Stuck => language.say("note-stuck"),
    };
    text.into()
}

/// Why work failed: in English by its causes, as the log has them; elsewhere in the language where it has a name, with the causes
/// behind.
fn failed(language: Language, causes: &str, kind: Option<FailureKind>) -> String {
    if language == Language::default() {
        return causes.to_owned();
    }
    let text = match kind {
        Some(FailureKind::DiskFull) => language.say("error-disk-full"),
        Some(FailureKind::Busy) => language.say("error-busy"),
        Some(FailureKind::DatabaseAway) => language.say("error-database-away"),
        Some(FailureKind::ReadOnly) => language.say("error-read-only"),
        Some(FailureKind::NoRuntime) => language.say("error-no-runtime"),
        None => language.say("note-failed"),
    };
    language.say("note-failed-because").with("what", text.to_string()).with("causes", causes).into()
}

/// What long work is at. Pages meet the stages of jobs; the rest is for terminals, which speak English.
fn stage(language: Language, stage: &Stage) -> String {
    let id = match stage {
        Stage::Importing => "stage-importing",
        Stage::TakingBack => "stage-taking-back",
        Stage::Removing => "stage-removing",
        Stage::Exporting => "stage-exporting",
        Stage::FastestBatch => "stage-fastest-batch",
        Stage::Encoding => "stage-encoding",
        Stage::Dictionary => "stage-dictionary",
        Stage::Projection => "stage-projection",
        Stage::Checking => "stage-checking",
        Stage::RandomLine => "stage-random-line",
        Stage::Map => "stage-map",
        Stage::Diagnosing => "stage-diagnosing",
        Stage::Judging
        | Stage::Labeling
        | Stage::Simulating
        | Stage::Packing(_)
        | Stage::RestoringPercent
        | Stage::SmallPictures
        | Stage::Downloading(_)
        | Stage::Hashing(_) => return stage.to_string(),
    };
    language.say(id).into()
}

fn encoded(language: Language, note: &EncodedNote) -> String {
    let mut parts = Vec::new();
    if note.learned {
        parts.push(language.say("note-learned").into());
    }
    parts.push(language.say("note-encoded").with("n", note.encoded).with("all", note.total).into());
    if note.unread > 0 {
        parts.push(language.say("note-unread").with("n", note.unread).into());
    }
    if let Some((ms, batch, provider)) = &note.speed {
        let text = language.say("note-speed").with("ms", filters::decimal(language, *ms, 1));
        parts.push(text.with("batch", *batch).with("provider", provider.as_str()).into());
    }
    if note.switched {
        parts.push(language.say("note-switched").into());
    }
    listed(language, &parts)
}

fn imported(language: Language, note: &ImportedNote) -> String {
    let counts = &note.counts;
    let text = language.say("note-imported").with("added", counts.added).with("there", counts.there_already());
    let mut parts: Vec<String> = vec![text.with("refused", counts.refused).into()];
    let further = [
        (counts.labeled, "note-labels-taken"),
        (counts.contradictions, "note-contradictions"),
        (counts.passed_over, "note-passed-over"),
    ];
    let further = further.into_iter().filter(|(n, _)| *n > 0);
    parts.extend(further.map(|(n, id)| language.say(id).with("n", n).to_string()));
    if !note.new_classes.is_empty() {
        let names = listed(language, &note.new_classes);
        parts.push(language.say("note-new-classes").with("names", names).into());
    }
    listed(language, &parts)
}

/// Parts of a list on one line.
fn listed(language: Language, parts: &[String]) -> String {
    parts.join(&language.say("between-parts").to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::import::Counts;

    #[test]
    fn notes_speak_the_language_of_the_page() {
        let german = Language::by_tag("de").unwrap();
        let round = JobNote::Round { number: 3, labels: 1_240, ms: 118.4 };
        assert_eq!(note(Language::default(), &round), "Round 3: 1\u{202f}240 labels, 118\u{a0}ms");
        assert_eq!(note(german, &round), "Runde 3: 1\u{202f}240 Labels, 118\u{a0}ms");
        let counts = Counts { added: 12, labeled: 9, ..Counts::default() };
        let import = JobNote::Imported(ImportedNote { counts, new_classes: vec!["cat".into(), "dog".into()] });
        let said = note(Language::default(), &import);
        assert_eq!(said, "12 added, 0 there already, 0 refused, 9 labels taken, new classes: cat, dog");
        assert!(note(german, &import).contains("neue Klassen: cat, dog"));
    }
}
