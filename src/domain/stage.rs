//! What long work is at.

use std::fmt;

/// A stage of long work, told with its progress.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Stage {
    Importing,
    /// Samples and labels of an import.
    TakingBack,
    /// Samples and files whose time is over.
    Removing,
    Exporting,
    /// Trying batch sizes before the encoding begins.
    FastestBatch,
    Encoding,
    Dictionary,
    Projection,
    /// Running the finished model against the committee.
    Checking,
    /// Heads on growing parts of the audit labels.
    RandomLine,
    /// Ways of learning on the same folds.
    Diagnosing,
    /// Synthetic samples beside real ones.
    Judging,
    Labeling,
    Simulating,
    /// A folder of a backup.
    Packing(String),
    RestoringPercent,
    SmallPictures,
    /// Arranging the map of the pool.
    Map,
    /// Kilobytes of a file.
    Downloading(String),
    Hashing(String),
}

impl fmt::Display for Stage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Importing => "importing",
            Self::TakingBack => "taking back",
            Self::Removing => "removing",
            Self::Exporting => "exporting",
            Self::FastestBatch => "looking for the fastest batch",
            Self::Encoding => "encoding",
            Self::Dictionary => "learning the encoder: dictionary",
            Self::Projection => "learning the encoder: projection",
            Self::Checking => "checking",
            Self::RandomLine => "measuring what random labeling would reach",
            Self::Diagnosing => "measuring what would help",
            Self::Judging => "judging synthetic samples",
            Self::Labeling => "labeling",
            Self::Simulating => "simulating",
            Self::Packing(folder) => folder,
            Self::RestoringPercent => "restoring, percent",
            Self::SmallPictures => "small pictures",
            Self::Map => "arranging the map",
            Self::Downloading(file) => return write!(f, "downloading {file} (kB)"),
            Self::Hashing(file) => return write!(f, "checking {file} (kB)"),
        })
    }
}
