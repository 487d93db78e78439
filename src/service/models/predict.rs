//! Classes for new files, from a deployable model alone: no project, no database.

use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::mpsc;

use rayon::prelude::*;

use crate::cpu::Cpu;
use crate::dataset::{self, Body, Contents, RefusedItem, Source};
use crate::domain::Stage;
use crate::evaluate::classification::arg_max;
use crate::learn::Link;
use crate::models::Deployed;
use crate::models::intake::PreparedInput;
use crate::progress::Progress;
use crate::runtime::EncodeError;

/// Files decoded together at most.
const BATCH: usize = 64;
/// Bytes of prepared pictures in one such batch, so that large inputs do not fill the memory.
const BATCH_BYTES: usize = 128 << 20;
/// Batches that may wait for the network.
const WAITING: usize = 2;

/// A file to be labeled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct File {
    /// Its path as the caller gave it, or below the folder that the caller gave.
    pub name: String,
    pub path: PathBuf,
}

/// A file with its prediction.
#[derive(Debug, Clone, PartialEq)]
pub struct Labeled {
    pub name: String,
    /// In the order of [`Deployed::classes`].
    pub probabilities: Vec<f32>,
}

impl Labeled {
    /// The classes that are likelier than not, for models of any number of classes per sample.
    pub fn set(&self) -> Vec<usize> {
        Link::Sigmoid.decided(&self.probabilities)
    }

    /// The class with the largest probability; of equal ones the first.
    pub fn best(&self) -> (usize, f32) {
        let best = arg_max(&self.probabilities, self.probabilities.len()).first().copied().unwrap_or_default();
        (best, self.probabilities.get(best).copied().unwrap_or_default())
    }
}

/// What paths name.
#[derive(Debug, Default)]
pub struct ListedFile {
    pub files: Vec<File>,
    /// What cannot be found or read, with the reason.
    pub refused: Vec<RefusedItem>,
    /// What is not data: system files and texts in folders.
    pub passed: Vec<RefusedItem>,
}

/// The files that `paths` name, in that order: files themselves, and the contents of folders at any depth, by name.
pub fn list(paths: &[PathBuf], contents: Contents) -> ListedFile {
    let ListedFile { mut files, mut refused, mut passed } = ListedFile::default();
    for path in paths {
        let given = path.to_string_lossy().into_owned();
        let about = std::fs::metadata(path);
        if !about.as_ref().is_ok_and(std::fs::Metadata::is_dir) {
            files.push(File { name: given, path: path.clone() });
            continue;
        }
        let below = |name: &str| path.join(name).to_string_lossy().into_owned();
        let walked = dataset::walk_folder(path, contents, &mut |entry| {
            let name = below(&entry.name);
            match entry.body {
                Body::File(Source::Path(path)) if !contents.is_table(&entry.name) => {
                    files.push(File { name, path });
                }
                Body::File(_) => passed.push(RefusedItem { name, reason: "a table".to_owned() }),
                Body::PassedOver(reason) => passed.push(RefusedItem { name, reason: reason.to_owned() }),
                Body::Refused(reason) => refused.push(RefusedItem { name, reason }),
            }
            ControlFlow::Continue(())
        });
        if let Err(error) = walked {
            let source = std::error::Error::source(&error).map(ToString::to_string).unwrap_or_default();
            refused.push(RefusedItem { name: given, reason: format!("the folder could not be read ({source})") });
        }
    }
    ListedFile { files, refused, passed }
}

/// Label `files` and hand over each batch in their order. Decoding runs ahead of the network; both use the threads of `cpu`.
///
/// Files that cannot be used come back with the reason. Ends early when `tell` breaks or `progress` is stopped.
///
/// # Errors
/// When the network fails, which no single file can be blamed for.
pub fn label(
    cpu: &Cpu,
    deployed: &Deployed,
    files: &[File],
    progress: &Progress,
    tell: &mut dyn FnMut(Vec<Labeled>) -> ControlFlow<()>,
) -> Result<Vec<RefusedItem>, EncodeError> {
    let sample_bytes = deployed.intake().shape(1).iter().product::<usize>() * size_of::<f32>();
    let size = (BATCH_BYTES / sample_bytes.max(1)).clamp(deployed.batch().min(BATCH), BATCH);
    let mut refused = Vec::new();
    let (send, receive) = mpsc::sync_channel(WAITING);
    std::thread::scope(|scope| {
        // A dropped receiver ends it.
        scope.spawn(move || {
            for part in files.chunks(size) {
                if progress.stopped() || send.send(prepare(cpu, deployed, part)).is_err() {
                    break;
                }
            }
        });
        let mut done = 0;
        for (names, prepared, failed) in receive {
            let rows = infer(cpu, deployed, &prepared)?;
            done += names.len() + failed.len();
            refused.extend(failed);
            let k = deployed.classes().len();
            let labeled = names.into_iter().zip(rows.chunks(k));
            let labeled = labeled.map(|(name, row)| Labeled { name, probabilities: row.to_vec() }).collect();
            progress.report(done as u64, files.len() as u64, &Stage::Labeling);
            if tell(labeled).is_break() {
                break;
            }
        }
        Ok(refused)
    })
}

/// Names and pictures that can be used, and the files that cannot.
type Batch = (Vec<String>, Vec<PreparedInput>, Vec<RefusedItem>);

fn prepare(cpu: &Cpu, deployed: &Deployed, files: &[File]) -> Batch {
    let one = |file: &File| -> Result<PreparedInput, String> {
        let most = deployed.intake().most_bytes();
        let bytes = read(&file.path, most).map_err(|error| format!("it could not be read ({error})"))?;
        deployed.prepare(&bytes).map_err(|error| error.to_string())
    };
    let results: Vec<_> = cpu.install(|| files.par_iter().map(one).collect());
    let (mut names, mut prepared, mut refused) = (Vec::new(), Vec::new(), Vec::new());
    for (file, result) in files.iter().zip(results) {
        match result {
            Ok(picture) => {
                names.push(file.name.clone());
                prepared.push(picture);
            }
            Err(reason) => refused.push(RefusedItem { name: file.name.clone(), reason }),
        }
    }
    (names, prepared, refused)
}

/// The whole file, or one byte more than is allowed of it, which the decoder then refuses with the right words.
fn read(path: &Path, limit: u64) -> std::io::Result<Vec<u8>> {
    use std::io::Read as _;
    // A pipe or a device might never end.
    if !std::fs::metadata(path)?.is_file() {
        return Err(std::io::Error::new(std::io::ErrorKind::InvalidInput, "it is not a plain file"));
    }
    let mut bytes = Vec::new();
    std::fs::File::open(path)?.take(limit + 1).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// The probabilities of a batch, its parts spread over the model's sessions.
fn infer(cpu: &Cpu, deployed: &Deployed, pictures: &[PreparedInput]) -> Result<Vec<f32>, EncodeError> {
    let parts: Result<Vec<Vec<f32>>, EncodeError> =
        cpu.install(|| pictures.par_chunks(deployed.batch()).map(|part| deployed.probabilities(part)).collect());
    Ok(parts?.concat())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_keep_their_order_and_folders_are_walked_by_name() {
        let dir = tempfile::tempdir().unwrap();
        for name in ["in/b/2.png", "in/a.png", "in/._a.png", "in/README.md", "in/truth.csv", "in/license.png", "z.png"]
        {
            let path = dir.path().join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, name).unwrap();
        }
        std::fs::write(dir.path().join("in/old.zip"), "PK").unwrap();
        let ListedFile { files, refused, passed } =
            list(&[dir.path().join("z.png"), dir.path().join("in"), dir.path().join("gone.png")], Contents::Pictures);
        let names: Vec<_> = files
            .iter()
            .map(|file| Path::new(&file.name).strip_prefix(dir.path()).unwrap().to_string_lossy().into_owned())
            .collect();
        // A missing file is noticed when it is read, with the system's error message.
        assert_eq!(names, ["z.png", "in/a.png", "in/b/2.png", "in/license.png", "gone.png"]);
        assert!(refused.len() == 1 && refused[0].name.ends_with("in/old.zip"), "{refused:?}");
        assert_eq!(passed.len(), 3, "{passed:?}");
        assert!(read(&dir.path().join("gone.png"), 10).is_err());
        assert!(read(dir.path(), 10).unwrap_err().to_string().contains("not a plain file"));
        assert_eq!(read(&dir.path().join("z.png"), 2).unwrap().len(), 3);
    }

    #[test]
    fn of_equal_probabilities_the_first_class_is_best() {
        let labeled = Labeled { name: String::new(), probabilities: vec![0.2, 0.4, 0.4] };
        assert_eq!(labeled.best(), (1, 0.4));
    }
}
