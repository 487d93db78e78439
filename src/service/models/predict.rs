//! Classes for new samples, from a deployable model alone: no project, no database.

use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc;

use rayon::prelude::*;

use crate::causes::line;
use crate::cpu::Cpu;
use crate::dataset::{self, Body, Contents, Item, Opened, RefusedItem, Source, SourceLimits, SourceOptions};
use crate::domain::Stage;
use crate::evaluate::classification::arg_max;
use crate::learn::Link;
use crate::models::Deployed;
use crate::models::intake::PreparedInput;
use crate::progress::Progress;
use crate::runtime::EncodeError;

/// Samples decoded together at most.
const BATCH: usize = 64;
/// Bytes of prepared samples in one such batch, so that large inputs do not fill the memory.
const BATCH_BYTES: usize = 128 << 20;
/// Batches that may wait for the network.
const WAITING: usize = 2;

/// A sample to be labeled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListedSample {
    /// Its path as the caller gave it, or below the folder that the caller gave; of a table's rows what names them there.
    pub name: String,
    pub source: Source,
}

/// A sample with its prediction.
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

/// What paths name, in their order.
#[derive(Default)]
pub struct ListedPaths {
    parts: Vec<Part>,
    /// What cannot be found or read, with the reason.
    pub refused: Vec<RefusedItem>,
    /// What is not data: system files and texts in folders.
    pub passed: Vec<RefusedItem>,
}

enum Part {
    Files(Vec<ListedSample>),
    /// An archive or a table, called `name`. What is in it is found on the way.
    Several {
        name: String,
        opened: Opened,
    },
}

impl ListedPaths {
    /// Files themselves, what archives and tables hold, and the contents of folders at any depth, by name. Of a table of texts,
    /// `content` is the column of the texts.
    pub fn of(paths: &[PathBuf], contents: Contents, content: Option<&str>) -> Self {
        let mut listed = Self::default();
        for path in paths {
            if path.is_dir() {
                listed.walk(path, contents);
            } else if dataset::holds_several(path, contents) {
                listed.open(path, contents, content);
            } else {
                let name = path.to_string_lossy().into_owned();
                listed.parts.push(Part::Files(vec![ListedSample { name, source: Source::Path(path.clone()) }]));
            }
        }
        listed
    }

    /// Whether nothing was found, and nothing was wrong.
    pub fn is_empty(&self) -> bool {
        let nothing = |part: &Part| matches!(part, Part::Files(files) if files.is_empty());
        self.refused.is_empty() && self.parts.iter().all(nothing)
    }

    fn open(&mut self, path: &Path, contents: Contents, content: Option<&str>) {
        let name = path.to_string_lossy().into_owned();
        let limits = SourceLimits { contents, ..SourceLimits::default() };
        let wanted = SourceOptions { limits, content: content.map(str::to_owned), ..SourceOptions::default() };
        match dataset::open(path, &wanted) {
            Ok(opened) => self.parts.push(Part::Several { name, opened }),
            Err(error) => self.refused.push(RefusedItem { name, reason: line(&error) }),
        }
    }

    fn walk(&mut self, folder: &Path, contents: Contents) {
        let mut files = Vec::new();
        let below = |name: &str| folder.join(name).to_string_lossy().into_owned();
        let walked = dataset::walk_folder(folder, contents, &mut |entry| {
            let name = below(&entry.name);
            match entry.body {
                Body::File(source @ Source::Path(_)) if !contents.is_table(&entry.name) => {
                    files.push(ListedSample { name, source });
                }
                Body::File(_) => self.passed.push(RefusedItem { name, reason: "a table".to_owned() }),
                Body::PassedOver(reason) => self.passed.push(RefusedItem { name, reason: reason.to_owned() }),
                Body::Refused(reason) => self.refused.push(RefusedItem { name, reason }),
            }
            ControlFlow::Continue(())
        });
        if let Err(error) = walked {
            let source = std::error::Error::source(&error).map(ToString::to_string).unwrap_or_default();
            let name = folder.to_string_lossy().into_owned();
            self.refused.push(RefusedItem { name, reason: format!("the folder could not be read ({source})") });
        }
        self.parts.push(Part::Files(files));
    }

    /// Hand over every sample, and what is refused on the way, until `each` breaks; `total` hears how many there are, as far as that
    /// is known.
    fn visit(self, total: &mut dyn FnMut(u64), each: &mut dyn FnMut(Met) -> ControlFlow<()>) -> ControlFlow<()> {
        let several = self.parts.len() > 1;
        for part in self.parts {
            match part {
                Part::Files(files) => {
                    total(files.len() as u64);
                    files.into_iter().try_for_each(|file| each(Met::Sample(file)))?;
                }
                Part::Several { name: holder, opened } => {
                    let mut flow = ControlFlow::Continue(());
                    let named = |own: String| if several { format!("{holder}/{own}") } else { own };
                    let visited = opened.visit(&mut |item| {
                        flow = match item {
                            Item::Total(n) => {
                                total(n);
                                ControlFlow::Continue(())
                            }
                            Item::Found(found) => {
                                each(Met::Sample(ListedSample { name: named(found.name), source: found.source }))
                            }
                            Item::RefusedItem(one) => each(Met::Refused(RefusedItem { name: named(one.name), ..one })),
                            Item::PassedOver(_) => ControlFlow::Continue(()),
                        };
                        flow
                    });
                    flow?;
                    if let Err(error) = visited {
                        each(Met::Refused(RefusedItem { name: holder, reason: line(&error) }))?;
                    }
                }
            }
        }
        ControlFlow::Continue(())
    }
}

/// What is met on the way.
enum Met {
    Sample(ListedSample),
    Refused(RefusedItem),
}

/// How labeling went.
#[derive(Debug, Default)]
pub struct PredictOutcome {
    /// Samples that could not be labeled, with the reasons.
    pub refused: Vec<RefusedItem>,
    /// Samples met, the refused ones included.
    pub met: u64,
    /// Whether all that was listed was met.
    pub complete: bool,
}

/// Label what is listed and hand over each batch in its order. Reading and decoding run ahead of the network; they share the threads of
/// `cpu`.
///
/// Ends early when `tell` breaks or `progress` is stopped.
///
/// # Errors
/// When the network fails, which no single sample can be blamed for.
pub fn label(
    cpu: &Cpu,
    deployed: &Deployed,
    listed: ListedPaths,
    progress: &Progress,
    tell: &mut dyn FnMut(Vec<Labeled>) -> ControlFlow<()>,
) -> Result<PredictOutcome, EncodeError> {
    let sample_bytes = deployed.intake().shape(1).iter().product::<usize>() * size_of::<f32>();
    let size = (BATCH_BYTES / sample_bytes.max(1)).clamp(deployed.batch().min(BATCH), BATCH);
    let (send, receive) = mpsc::sync_channel(WAITING);
    let known = AtomicU64::new(0);
    std::thread::scope(|scope| {
        let known = &known;
        // A dropped receiver ends it.
        let reader = scope.spawn(move || {
            let (mut chunk, mut bytes) = (Vec::with_capacity(size), 0);
            let hand_over = |chunk: &mut Vec<Met>| {
                let chunk = std::mem::take(chunk);
                let gone = progress.stopped() || send.send(prepare(cpu, deployed, chunk)).is_err();
                if gone { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
            };
            let mut total = |n| _ = known.fetch_add(n, Ordering::Relaxed);
            listed.visit(&mut total, &mut |met| {
                if let Met::Sample(ListedSample { source: Source::Bytes(held), .. }) = &met {
                    bytes += held.len();
                }
                chunk.push(met);
                if chunk.len() < size && bytes < BATCH_BYTES {
                    return ControlFlow::Continue(());
                }
                bytes = 0;
                hand_over(&mut chunk)
            })?;
            if chunk.is_empty() { ControlFlow::Continue(()) } else { hand_over(&mut chunk) }
        });
        let mut outcome = PredictOutcome::default();
        let mut broken = false;
        for Batch { names, prepared, refused } in receive {
            let rows = infer(cpu, deployed, &prepared)?;
            outcome.met += (names.len() + refused.len()) as u64;
            outcome.refused.extend(refused);
            let k = deployed.classes().len();
            let labeled = names.into_iter().zip(rows.chunks(k));
            let labeled = labeled.map(|(name, row)| Labeled { name, probabilities: row.to_vec() }).collect();
            progress.report(outcome.met, known.load(Ordering::Relaxed).max(outcome.met), &Stage::Labeling);
            if tell(labeled).is_break() {
                broken = true;
                break;
            }
        }
        // The receiver is gone by now, so the reader ends.
        outcome.complete = reader.join().is_ok_and(|flow| flow.is_continue()) && !broken;
        Ok(outcome)
    })
}

/// Names and samples that can be used, and those that cannot.
#[derive(Default)]
struct Batch {
    names: Vec<String>,
    prepared: Vec<PreparedInput>,
    refused: Vec<RefusedItem>,
}

fn prepare(cpu: &Cpu, deployed: &Deployed, chunk: Vec<Met>) -> Batch {
    let most = deployed.intake().most_bytes();
    let one = |met: Met| -> Result<(String, PreparedInput), RefusedItem> {
        let ListedSample { name, source } = match met {
            Met::Sample(candidate) => candidate,
            Met::Refused(one) => return Err(one),
        };
        let unread = |error: std::io::Error| format!("it could not be read ({error})");
        let bytes = match source {
            Source::Bytes(bytes) => Ok(bytes),
            Source::Path(path) => read(&path, most).map_err(unread),
            Source::Absent(reason) => Err(reason),
        };
        let prepared = bytes.and_then(|bytes| deployed.prepare(&bytes).map_err(|error| error.to_string()));
        match prepared {
            Ok(prepared) => Ok((name, prepared)),
            Err(reason) => Err(RefusedItem { name, reason }),
        }
    };
    let results: Vec<_> = cpu.install(|| chunk.into_par_iter().map(one).collect());
    let mut batch = Batch::default();
    for result in results {
        match result {
            Ok((name, prepared)) => {
                batch.names.push(name);
                batch.prepared.push(prepared);
            }
            Err(one) => batch.refused.push(one),
        }
    }
    batch
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
        let paths = ["z.png", "in", "gone.png"].map(|name| dir.path().join(name));
        let ListedPaths { parts, refused, passed } = ListedPaths::of(&paths, Contents::Pictures, None);
        let of = |part: &Part| match part {
            Part::Files(files) => files.iter().map(|file| file.name.clone()).collect::<Vec<_>>(),
            Part::Several { name, .. } => vec![name.clone()],
        };
        let names: Vec<_> = (parts.iter().flat_map(of))
            .map(|name| Path::new(&name).strip_prefix(dir.path()).unwrap().to_string_lossy().into_owned())
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
