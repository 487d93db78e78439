//! The data folder: where everything that is not a row lives.

pub mod handles;
mod lock;
pub mod private;
mod together;
mod whole;

pub use lock::{FolderLock, Held};
pub use together::Together;
pub use whole::{BESIDE, Beside, write_whole, write_with};

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use crate::domain::{EncoderId, JobId};

/// Marks a folder as a data folder: every version creates it.
const SIGN: &str = "blobs";
/// Holds the id that folder and database share.
const IDENTITY: &str = "querist.id";
/// The database of an unfinished restore.
const UNFINISHED: &str = "querist.db.part";
/// The folder's own entries; anything else belongs to the user.
const EVERYTHING: &[&str] = &[
    "querist.db",
    "querist.db-wal",
    "querist.db-shm",
    IDENTITY,
    "querist.lock",
    "blobs",
    "thumbs",
    "views",
    "embeddings",
    "rounds",
    "encoders",
    "snapshots",
    "replays",
    "insight",
    "uploads",
    "downloads",
    "demo",
    "damaged",
];

/// The folder given by `--data`.
#[derive(Debug, Clone)]
pub struct DataDir {
    root: PathBuf,
}

impl DataDir {
    /// The folder at `root`, made with its parts where they are missing, and readable by its owner alone.
    pub fn open(root: &Path) -> std::io::Result<Self> {
        private::begin();
        let dir = Self { root: root.to_owned() };
        if dir.unfinished().exists() {
            return Err(std::io::Error::other("it holds a restore that was cut off; remove it and restore again"));
        }
        for part in ["blobs", "thumbs", "embeddings", "rounds", "encoders", "snapshots", "replays", "uploads"] {
            std::fs::create_dir_all(root.join(part))?;
        }
        private::tighten_folder(root);
        for part in EVERYTHING {
            private::tighten(&root.join(part));
        }
        Ok(dir)
    }

    /// Whether a data folder is at `root`.
    pub fn is_at(root: &Path) -> bool {
        root.join(SIGN).is_dir()
    }

    /// The id that this folder shares with its database; `None` before the first start.
    ///
    /// # Errors
    /// When the folder cannot be read.
    pub fn identity(&self) -> std::io::Result<Option<String>> {
        match std::fs::read_to_string(self.root.join(IDENTITY)) {
            Ok(text) => Ok(Some(text.trim().to_owned())),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Give the folder its id.
    ///
    /// # Errors
    /// When the folder cannot be written.
    pub fn adopt(&self, id: &str) -> std::io::Result<()> {
        write_whole(&self.root.join(IDENTITY), format!("{id}\n").as_bytes(), true)
    }

    /// Whether a restore into `root` was interrupted.
    pub fn is_half_restored(root: &Path) -> bool {
        root.join(UNFINISHED).exists()
    }

    pub fn root(&self) -> &Path {
        &self.root
    }

    /// The `SQLite` file.
    pub fn database(&self) -> PathBuf {
        self.root.join("querist.db")
    }

    /// The `SQLite` file of an unfinished restore; while it exists, the folder cannot be used.
    pub fn unfinished(&self) -> PathBuf {
        self.root.join(UNFINISHED)
    }

    /// The folder at `root`, which need not be there, for a restore to fill.
    pub fn for_restore(root: &Path) -> Self {
        private::begin();
        Self { root: root.to_owned() }
    }

    /// Damaged files that a restore set aside, under their names.
    pub fn damaged(&self) -> PathBuf {
        self.root.join("damaged")
    }

    /// The embeddings of one project by one encoder.
    pub fn embeddings(&self, encoder: EncoderId, project_slug: &str) -> PathBuf {
        self.root.join("embeddings").join(encoder.to_string()).join(format!("{project_slug}.emb"))
    }

    /// Every file of embeddings of one project, by whatever encoder, those of views included.
    ///
    /// # Errors
    /// When the folder cannot be read.
    pub fn embeddings_of(&self, project_slug: &str) -> std::io::Result<Vec<PathBuf>> {
        let mut files = Vec::new();
        for encoder in std::fs::read_dir(self.root.join("embeddings"))? {
            let encoder = encoder?.path();
            if !encoder.is_dir() {
                continue;
            }
            for file in std::fs::read_dir(encoder)? {
                let file = file?;
                let name = file.file_name();
                // A slug holds no dot: what follows it is the file's kind.
                let parts = name.to_str().and_then(|name| name.split_once('.'));
                if parts.is_some_and(|(slug, kind)| slug == project_slug && kind.ends_with("emb")) {
                    files.push(file.path());
                }
            }
        }
        files.sort();
        Ok(files)
    }

    /// Everything that encoders made of one project: embeddings, map, drift, how they last ran.
    ///
    /// # Errors
    /// When the folder cannot be read.
    pub fn files_by_encoders(&self, project_slug: &str) -> std::io::Result<Vec<PathBuf>> {
        let mut files = Vec::new();
        for encoder in std::fs::read_dir(self.root.join("embeddings"))? {
            let encoder = encoder?.path();
            if !encoder.is_dir() {
                continue;
            }
            for file in std::fs::read_dir(encoder)? {
                let file = file?;
                // A slug holds no dot.
                if file
                    .file_name()
                    .to_str()
                    .and_then(|name| name.split_once('.'))
                    .is_some_and(|(slug, _)| slug == project_slug)
                {
                    files.push(file.path());
                }
            }
        }
        Ok(files)
    }

    /// The folder of everything that one encoder made.
    pub fn embeddings_by(&self, encoder: EncoderId) -> PathBuf {
        self.root.join("embeddings").join(encoder.to_string())
    }

    /// How one encoder last ran over one project's pictures.
    pub fn last_run(&self, encoder: EncoderId, project_slug: &str) -> PathBuf {
        self.root.join("embeddings").join(encoder.to_string()).join(format!("{project_slug}.json"))
    }

    /// Where the samples of one project lie on its map by one encoder.
    pub fn map(&self, encoder: EncoderId, project_slug: &str) -> PathBuf {
        self.root.join("embeddings").join(encoder.to_string()).join(format!("{project_slug}.map"))
    }

    /// How far the samples of one project's imports differ from those before, by one encoder.
    pub fn drift(&self, encoder: EncoderId, project_slug: &str) -> PathBuf {
        self.root.join("embeddings").join(encoder.to_string()).join(format!("{project_slug}.drift.json"))
    }

    /// The means of views of one project's labeled samples by one encoder; `kinds` names the changes that views show.
    pub fn augmented(&self, encoder: EncoderId, project_slug: &str, kinds: &str) -> PathBuf {
        let kinds = kinds.replace(' ', "-");
        self.root.join("embeddings").join(encoder.to_string()).join(format!("{project_slug}.{kinds}.emb"))
    }

    /// The folder of one encoder: `model.onnx` and `encoder.json`.
    pub fn encoder(&self, encoder: EncoderId) -> PathBuf {
        self.root.join("encoders").join(encoder.to_string())
    }

    /// The folder of a project's rounds, one folder each.
    pub fn rounds(&self, project_slug: &str) -> PathBuf {
        self.root.join("rounds").join(project_slug)
    }

    /// The folder of one round: `committee.onnx`, `model.onnx`, `metrics.json`.
    pub fn round(&self, project_slug: &str, number: i64) -> PathBuf {
        self.rounds(project_slug).join(number.to_string())
    }

    /// The folder of a project's finished exports.
    pub fn snapshots(&self, project_slug: &str) -> PathBuf {
        self.root.join("snapshots").join(project_slug)
    }

    /// The folder of a project's replays: `latest.json`, and a folder for one in progress.
    pub fn replays(&self, project_slug: &str) -> PathBuf {
        self.root.join("replays").join(project_slug)
    }

    /// The folder of what a project's insight page keeps: the random line.
    pub fn insight(&self, project_slug: &str) -> PathBuf {
        self.root.join("insight").join(project_slug)
    }

    /// Where a diagnosis in progress keeps what it has measured.
    pub fn diagnosis(&self, project_slug: &str) -> PathBuf {
        self.insight(project_slug).join("diagnosis.jsonl")
    }

    /// Where a replay in progress keeps its finished runs.
    pub fn replay(&self, project_slug: &str, job: JobId) -> PathBuf {
        self.replays(project_slug).join(job.to_string())
    }

    /// Where models are fetched to, one folder per model. Made when it is first needed.
    pub fn downloads(&self) -> PathBuf {
        self.root.join("downloads")
    }

    /// Where uploads wait to be imported.
    pub fn uploads(&self) -> PathBuf {
        self.root.join("uploads")
    }
}

/// Lower-case hexadecimal digits, as digests are named by.
pub fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::with_capacity(2 * bytes.len()), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}
