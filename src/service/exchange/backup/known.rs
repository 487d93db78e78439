//! What the copied database knows about files: which files must exist, and their hashes.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::path::{Path, PathBuf};

use super::BackupFault;
use crate::blobs::{Blobs, ORIGINAL};
use crate::modality::image::SMALL;
use crate::modality::image::picture::{self, Limits};
use crate::store::{Store, StoreError};

/// Files by what the rows say of them. The default knows nothing and takes every file as it is.
#[derive(Debug, Default)]
pub(super) struct KnownFiles {
    /// Each project's slug and its newest round; `None`: not asked.
    newest: Option<Vec<(String, i64)>>,
    /// SHA-256 of pictures that samples have.
    pictures: BTreeSet<String>,
    /// SHA-256 of encoders' models and of exports, by name.
    sums: HashMap<PathBuf, String>,
    /// Names of files that rows speak of and that were not there.
    missing: Vec<PathBuf>,
}

/// What to do with a file.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum FileVerdict {
    Good,
    Damaged(String),
    /// It can be recreated, and is better recreated.
    LeaveOut,
}

impl KnownFiles {
    pub(super) async fn read(copy: &Store) -> Result<Self, StoreError> {
        let mut sums = HashMap::new();
        for (id, sum) in copy.encoder_sums().await? {
            sums.insert(Path::new("encoders").join(id.to_string()).join("model.onnx"), sum);
        }
        for (slug, file, sum) in copy.snapshot_sums().await? {
            sums.insert(Path::new("snapshots").join(slug).join(file), sum);
        }
        Ok(Self {
            newest: Some(copy.newest_rounds().await?),
            pictures: copy.picture_hashes().await?.into_iter().collect(),
            sums,
            missing: Vec::new(),
        })
    }

    /// Whether the copied database speaks of `rounds/SLUG/NUMBER/…`; other files are known anyway. From `replays/` only
    /// the results are included, `SLUG/latest.json`; the folder of a running replay keeps changing and is left out,
    /// since the replay can start over.
    pub(super) fn wants(&self, name: &Path) -> bool {
        let parts: Vec<_> = name.iter().filter_map(|part| part.to_str()).collect();
        let (slug, number) = match parts.as_slice() {
            ["rounds", slug, number, ..] => (slug, number),
            ["replays", _, _, _, ..] => return false,
            _ => return true,
        };
        let newest = self.newest.iter().flatten().find(|(known, _)| known == slug).map_or(0, |(_, number)| *number);
        number.parse::<i64>().is_ok_and(|number| number <= newest)
    }

    /// Whether a file must be looked at as a whole before it is written: small pictures, which have no hash.
    pub(super) fn is_drawn(name: &Path) -> bool {
        name.starts_with("thumbs")
    }

    /// The verdict on a small picture's bytes.
    pub(super) fn judge_drawn(bytes: &[u8]) -> FileVerdict {
        if picture::decode(bytes, &Limits::default()).is_ok() { FileVerdict::Good } else { FileVerdict::LeaveOut }
    }

    /// The verdict on a copied file, by its SHA-256.
    pub(super) fn judge(&self, name: &Path, sum: &str) -> FileVerdict {
        let meant = if name.starts_with("blobs") {
            name.file_name().and_then(|name| name.to_str())
        } else {
            self.sums.get(name).map(String::as_str)
        };
        match meant {
            Some(meant) if meant != sum => FileVerdict::Damaged("its content has changed".to_owned()),
            _ => FileVerdict::Good,
        }
    }

    /// Note which files rows speak of and `copied` lacks.
    pub(super) fn missing(&mut self, copied: &HashSet<PathBuf>) {
        let pictures = self.pictures.iter().map(|hash| ORIGINAL.name(hash));
        self.missing = pictures.chain(self.sums.keys().cloned()).filter(|name| !copied.contains(name)).collect();
        self.missing.sort();
    }

    /// Everything that is wrong, with the name of the picture where it is one.
    pub(super) async fn faults(
        &self,
        copy: &Store,
        damaged: &[(PathBuf, String)],
    ) -> Result<Vec<BackupFault>, StoreError> {
        let missing = self.missing.iter().map(|name| (name, "it is missing".to_owned()));
        let damaged = damaged.iter().map(|(name, what)| (name, what.clone()));
        let mut faults = Vec::new();
        for (name, what) in damaged.chain(missing) {
            let hash = name.file_name().and_then(|name| name.to_str()).unwrap_or_default();
            let picture = if name.starts_with("blobs") { copy.picture_named(hash).await? } else { None };
            let of = picture.map(|(slug, picture)| format!(" (sample `{picture}` of project `{slug}`)"));
            faults.push(BackupFault { file: name.display().to_string(), what: what + &of.unwrap_or_default() });
        }
        faults.sort();
        faults.dedup();
        Ok(faults)
    }

    /// How many samples' small pictures are not there, or were left out.
    pub(super) fn redrawn(&self, blobs: &Blobs, left_out: usize) -> u64 {
        self.pictures.iter().filter(|hash| !blobs.exists(SMALL, hash)).count() as u64 + left_out as u64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rounds_newer_than_the_database_are_left_out() {
        let known = KnownFiles { newest: Some(vec![("birds".to_owned(), 7)]), ..KnownFiles::default() };
        assert!(known.wants(Path::new("rounds/birds/7/committee.onnx")));
        assert!(!known.wants(Path::new("rounds/birds/8/committee.onnx")));
        assert!(!known.wants(Path::new("rounds/gone/1/committee.onnx")));
        assert!(known.wants(Path::new("blobs/ab/abc")));
        assert!(known.wants(Path::new("replays/birds/latest.json")));
        assert!(!known.wants(Path::new("replays/birds/31/runs.csv")));
    }

    #[test]
    fn every_kind_of_file_with_a_known_hash_is_compared_with_it() {
        let sums = [("encoders/1/model.onnx", "aa"), ("snapshots/birds/a.csv", "bb")];
        let sums = sums.map(|(name, sum)| (PathBuf::from(name), sum.to_owned())).into();
        let known = KnownFiles { sums, ..KnownFiles::default() };
        for (name, sum) in [("blobs/cc/cc11", "cc11"), ("encoders/1/model.onnx", "aa"), ("snapshots/birds/a.csv", "bb")]
        {
            assert_eq!(known.judge(Path::new(name), sum), FileVerdict::Good, "{name}");
            assert!(matches!(known.judge(Path::new(name), "00"), FileVerdict::Damaged(_)), "{name}");
        }
        assert_eq!(known.judge(Path::new("rounds/birds/1/metrics.json"), "00"), FileVerdict::Good);
    }
}
