//! What a job says of itself, so that pages can say it in their language and programs read it in English.

use std::fmt;

use super::fault::Fault;
use super::import::Counts;
use super::stage::Stage;

/// Why work failed, where a page can say it in its language.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FailureKind {
    DiskFull,
    Busy,
    DatabaseAway,
    ReadOnly,
    NoRuntime,
}

impl FailureKind {
    /// Of a failure beneath; `None` where the causes say more.
    pub fn of(fault: Fault) -> Option<Self> {
        match fault {
            Fault::Full => Some(Self::DiskFull),
            Fault::Busy => Some(Self::Busy),
            Fault::Unreachable | Fault::Clash => Some(Self::DatabaseAway),
            Fault::ReadOnly => Some(Self::ReadOnly),
            Fault::Internal => None,
        }
    }
}

/// How far a job is, what it came to, or why it failed or waits.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(tag = "note", rename_all = "kebab-case")]
pub enum JobNote {
    At {
        stage: Stage,
    },
    Round {
        number: i64,
        labels: i64,
        ms: f64,
    },
    /// No round yet: the pool is ranked by coverage.
    Ranked {
        samples: i64,
    },
    NothingEncoded,
    NothingToEncode,
    Encoded(EncodedNote),
    NothingToLearn,
    /// An encoder was learned; `adopted` unless another one was chosen meanwhile.
    Learned {
        adopted: bool,
    },
    Copies {
        labeled: i64,
        new: i64,
    },
    Imported(ImportedNote),
    /// An import was taken back.
    TakenBack {
        samples: i64,
        labels: i64,
    },
    /// Archived samples, or a whole project, were removed for good.
    Removed {
        samples: i64,
    },
    Model {
        round: i64,
        input: String,
        precision: String,
        difference: f64,
        samples: i64,
    },
    Exported {
        labels: i64,
        file: String,
    },
    ExportedBefore {
        file: String,
    },
    Tried {
        numbers: i64,
        ms: f64,
    },
    /// A map of the pool; how far near places are alike, 0 to 1, where that is known.
    Mapped {
        samples: i64,
        trust: Option<f64>,
    },
    /// Imports whose samples were compared with those before.
    Drift {
        imports: i64,
    },
    ReplayWithoutSeed,
    Replayed {
        seeds: i64,
        wanted: i64,
        strategies: String,
        samples: i64,
    },
    /// Too few audit labels for a random line.
    FewAuditLabels {
        least: i64,
    },
    RandomLine {
        labels: i64,
    },
    /// Ways of learning that were compared.
    Diagnosed {
        ways: i64,
        labels: i64,
    },
    Interrupted,
    /// The server ended too often while it was under way.
    Stuck,
    /// An error with its causes.
    Failed {
        causes: String,
        /// What they come down to, where it has a name of its own.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        kind: Option<FailureKind>,
    },
    /// Said by an earlier version.
    Plain {
        text: String,
    },
}

/// What encoding came to.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct EncodedNote {
    pub learned: bool,
    pub encoded: i64,
    pub total: i64,
    pub unread: i64,
    /// Milliseconds per picture, pictures per batch, and what they ran on.
    pub speed: Option<(f64, i64, String)>,
    pub switched: bool,
}

/// What an import came to.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct ImportedNote {
    pub counts: Counts,
    pub new_classes: Vec<String>,
}

impl JobNote {
    /// As it is stored.
    pub fn stored(&self) -> String {
        serde_json::to_string(self).unwrap_or_else(|_| self.to_string())
    }

    /// Whether there is nothing to say.
    pub fn is_empty(&self) -> bool {
        matches!(self, Self::Plain { text } if text.is_empty())
    }
}

/// From how it is stored; what is not a note is a text of an earlier version.
impl From<String> for JobNote {
    fn from(text: String) -> Self {
        serde_json::from_str(&text).unwrap_or(Self::Plain { text })
    }
}

impl Default for JobNote {
    fn default() -> Self {
        Self::Plain { text: String::new() }
    }
}

impl fmt::Display for JobNote {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::At { stage } => stage.fmt(f),
            Self::Round { number, labels, ms } => write!(f, "round {number}: {labels} labels, {ms:.0} ms"),
            Self::Ranked { samples } => write!(f, "ranked {samples} samples by coverage"),
            Self::NothingEncoded => f.write_str("nothing is encoded yet"),
            Self::NothingToEncode => f.write_str("there is nothing to encode yet"),
            Self::Encoded(note) => note.fmt(f),
            Self::NothingToLearn => f.write_str("there is nothing to learn from yet"),
            Self::Learned { adopted: true } => f.write_str("learned an encoder from the pool"),
            Self::Learned { adopted: false } => {
                f.write_str("learned an encoder; another one was chosen meanwhile and stays")
            }
            Self::Copies { labeled, new } => {
                write!(f, "augmented copies ready for {labeled} labeled samples, {new} of them new")
            }
            Self::Imported(note) => note.fmt(f),
            Self::TakenBack { samples, labels } => write!(f, "{samples} samples left, {labels} labels taken back"),
            Self::Removed { samples } => write!(f, "{samples} samples removed for good"),
            Self::Model { round, input, precision, difference, samples } => {
                write!(
                    f,
                    "round {round}, {input}, {precision}: largest difference {difference:.0e} on {samples} samples"
                )
            }
            Self::Exported { labels, file } => write!(f, "{labels} labels in {file}"),
            Self::ExportedBefore { file } => write!(f, "{file} was written before"),
            Self::Tried { numbers, ms } => write!(f, "{numbers} numbers per sample, {ms:.1} ms per sample"),
            Self::Mapped { samples, trust: Some(trust) } => {
                write!(f, "a map of {samples} samples, trustworthiness {trust:.2}")
            }
            Self::Mapped { samples, trust: None } => write!(f, "a map of {samples} samples"),
            Self::Drift { imports } => write!(f, "{imports} imports compared with the pool before them"),
            Self::ReplayWithoutSeed => {
                f.write_str("stopped before every strategy had finished one seed; the result before is kept")
            }
            Self::Replayed { seeds, wanted, strategies, .. } if seeds < wanted => {
                write!(f, "stopped after {seeds} of {wanted} seeds of {strategies}")
            }
            Self::Replayed { seeds, strategies, samples, .. } => {
                write!(f, "{seeds} seeds of {strategies} on {samples} labeled samples")
            }
            Self::FewAuditLabels { least } => write!(f, "the random line needs {least} audit labels"),
            Self::RandomLine { labels } => write!(f, "random line from {labels} audit labels"),
            Self::Diagnosed { ways, labels } => write!(f, "{ways} ways of learning compared on {labels} labels"),
            Self::Interrupted => f.write_str("interrupted by a stop of the server; it goes on at the next start"),
            Self::Stuck => f.write_str(
                "the server ended three times while this was under way, so it is not tried again; the log may say why. \
                 Change what it works on, then ask for it again",
            ),
            Self::Failed { causes, .. } => f.write_str(causes),
            Self::Plain { text } => f.write_str(text),
        }
    }
}

impl fmt::Display for EncodedNote {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.learned {
            f.write_str("learned an encoder from the pool, ")?;
        }
        write!(f, "{} encoded, {} in all", self.encoded, self.total)?;
        if self.unread > 0 {
            write!(f, ", {} could not be read", self.unread)?;
        }
        if let Some((ms, batch, provider)) = &self.speed {
            write!(f, ", {ms:.1} ms per sample in batches of {batch} on {provider}")?;
        }
        if self.switched { f.write_str("; the project uses this encoder now") } else { Ok(()) }
    }
}

impl fmt::Display for ImportedNote {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.counts.in_words(false))?;
        if self.new_classes.is_empty() { Ok(()) } else { write!(f, ", new classes: {}", self.new_classes.join(", ")) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_note_is_read_as_it_was_stored_and_an_old_text_stays_a_text() {
        let notes = [
            JobNote::At { stage: Stage::Encoding },
            JobNote::Round { number: 3, labels: 40, ms: 118.0 },
            JobNote::Stuck,
            JobNote::Failed { causes: "no memory".to_owned(), kind: None },
        ];
        for note in notes {
            assert_eq!(JobNote::from(note.stored()), note);
        }
        assert_eq!(JobNote::from("round 2: 9 labels".to_owned()).to_string(), "round 2: 9 labels");
        assert!(JobNote::from(String::new()).is_empty());
    }
}
