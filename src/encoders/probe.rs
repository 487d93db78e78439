//! Trying an encoder before it is trusted: in a separate process, so that a bad model takes nothing else down.

use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

use crate::encoders::describe::{Described, Description};
use crate::encoders::look_alikes::{self, Alike};
use crate::encoders::pretrained::{Pretrained, of_texts};
use crate::encoders::repeat::{self, Tolerance};
use crate::encoders::{Encoder, LocalEncoder, OpenedEncoder, StoredEncoder};
use crate::learn::{Committee, Head, Link};
use crate::math::{Matrix, random};
use crate::modality::image::EncoderSpec;
use crate::modality::image::picture::{self, Limits, Picture};
use crate::modality::image::preprocess::prepare;
use crate::models::deploy::{About, deployable};
use crate::models::intake::PictureIntake;
use crate::models::{Deployed, FileForm};
use crate::onnx::Model;
use crate::runtime::{EncodeError, LazyRuntime, ProviderChoice, ProviderReport, Runtime};

/// How long a probe may take before it is ended.
pub const TIME_LIMIT: Duration = Duration::from_mins(1);
/// Address space a probe on the CPU may take, in KiB: 8 GiB. Providers on a GPU map far more than they use.
const MEMORY_KIB: u64 = 8 << 20;
/// A run that took longer is not timed again.
const SLOW: Duration = Duration::from_secs(4);
/// Drawn images that every probe runs.
const DRAWN: usize = 8;
/// Pictures are encoded for this long at most, so that a slow encoder's probe ends as well.
const PICTURES_FOR: Duration = Duration::from_secs(20);

/// What a probe found.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Probe {
    pub dim: usize,
    pub ms_per_image: f64,
    pub provider: ProviderReport,
    pub spec: ProbedSpec,
    pub warnings: Vec<String>,
    /// How many of the given pictures were encoded, from the first on.
    pub pictures: usize,
    /// Nearest neighbours among them.
    pub alike: Vec<Alike>,
}

/// What an encoder takes, as it was found.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(untagged)]
pub enum ProbedSpec {
    Pictures(EncoderSpec),
    /// The description of an encoder of texts.
    Texts(serde_json::Value),
}

impl ProbedSpec {
    /// Of an encoder for pictures.
    pub fn pictures(&self) -> Option<&EncoderSpec> {
        match self {
            Self::Pictures(spec) => Some(spec),
            Self::Texts(_) => None,
        }
    }
}

/// Texts that every encoder of texts is tried on: none like another, one of them long.
const TEXTS: [&str; 4] = [
    "The parcel has not arrived, although the page says that it was handed over on Monday.",
    "Please send the invoice again.",
    "今天天气很好。",
    "a b c d e f g h i j k l m n o p q r s t u v w x y z 0 1 2 3 4 5 6 7 8 9",
];

/// Run the encoder of texts at `path` on a few texts, alone and together: each must get the same numbers either way.
fn probe_texts(runtime: &LazyRuntime, path: &Path) -> Result<Probe, EncodeError> {
    let Pretrained { bytes, spec, dim, warnings } = Pretrained::read(path, None)?;
    let cannot = |source| EncodeError::Read { path: path.to_owned(), source };
    let file = tempfile::NamedTempFile::new().map_err(cannot)?;
    std::fs::write(file.path(), bytes).map_err(cannot)?;
    let stored = StoredEncoder { path: file.path(), spec: &spec, changes: "" };
    let OpenedEncoder { preparation, encoder } = super::open(runtime, &stored)?;
    let len = preparation.signature().numbers();
    let mut tensors = vec![0.0; TEXTS.len() * len];
    for (text, tensor) in TEXTS.iter().zip(tensors.chunks_exact_mut(len)) {
        preparation
            .prepare(text.as_bytes(), 0, tensor)
            .map_err(|error| EncodeError::Probe(format!("a text cannot be prepared: {error}")))?;
    }
    let start = Instant::now();
    let together = encoder.encode(&tensors, TEXTS.len())?;
    let ms_per_image = start.elapsed().as_secs_f64() * 1e3 / TEXTS.len() as f64;
    if look_alikes::constant(&together) {
        return Err(EncodeError::Output("the same numbers for every text".to_owned()));
    }
    for (i, tensor) in tensors.chunks_exact(len).enumerate() {
        let alone = encoder.encode(tensor, 1)?;
        let apart = alone.row(0).iter().zip(together.row(i)).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
        let most = alone.row(0).iter().fold(0.0f32, |most, value| most.max(value.abs()));
        if apart > 0.03 * most {
            return Err(EncodeError::Output(format!(
                "other numbers for a text beside others than alone ({apart:.3} of {most:.3})"
            )));
        }
    }
    let spec = ProbedSpec::Texts(serde_json::from_str(&spec).unwrap_or_default());
    let provider = encoder.provider().clone();
    Ok(Probe { dim, ms_per_image, provider, spec, warnings, pictures: 0, alike: Vec::new() })
}

/// Run the encoder at `path` on drawn pictures, and on `pictures` for a while. This catches what would otherwise fail
/// only after labels were spent: the same picture must get the same numbers each time, and a deployable model must
/// build and run.
///
/// # Errors
/// When it cannot be opened or run, its output is not what its description says, says the same of every image, or changes from
/// run to run; when no deployable model can be made with it, or a picture cannot be read.
pub fn probe_file(
    runtime: &Runtime,
    path: &Path,
    given: Option<Description>,
    pictures: &[PathBuf],
) -> Result<Probe, EncodeError> {
    if of_texts(path).is_some() {
        return probe_texts(&LazyRuntime::around(runtime), path);
    }
    let Described { model, spec, mut warnings } = Described::read(path, given)?;
    let encoder = LocalEncoder::of(runtime, &model, spec.signature())?;
    let drawn = drawn(&spec);
    let rows = encoder.encode(&drawn, DRAWN)?;
    if look_alikes::constant(&rows) {
        return Err(EncodeError::Output(
            "the same numbers for every sample; check which output is taken, and scale, mean and std".to_owned(),
        ));
    }
    let ms_per_image = ms_per_image(&encoder, &spec)?;
    let roughly = encoder.provider().precision == "f16" || encoder.provider().device != "CPU";
    repeat::check(&encoder, &drawn, &rows, Tolerance::of(&model, roughly))?;
    let seen = encode_pictures(&encoder, &spec, pictures)?;
    if encoder.batch() == 1 {
        warnings
            .push("the model takes one sample at a time; export it with an open batch for speed on a GPU".to_owned());
    }
    if seen.rows() > look_alikes::ASKED && look_alikes::constant(&seen) {
        return Err(EncodeError::Output("the same numbers for each of these samples".to_owned()));
    }
    let (dim, provider) = (encoder.dim(), encoder.provider().clone());
    // One network in memory at a time.
    drop(encoder);
    deploys(runtime, &model, &spec).map_err(|error| EncodeError::NotDeployed(Box::new(error)))?;
    let (pictures, alike) = (seen.rows(), look_alikes::alike(&seen));
    Ok(Probe { dim, ms_per_image, provider, spec: ProbedSpec::Pictures(spec), warnings, pictures, alike })
}

/// Build a deployable model with an untrained head, and run it.
fn deploys(runtime: &Runtime, model: &Model, spec: &EncoderSpec) -> Result<(), EncodeError> {
    let head = Head { weights: Matrix::zeros(2, spec.dim), bias: vec![0.0; 2] };
    let classes = ["a".to_owned(), "b".to_owned()];
    let about = About { classes: &classes, round: 0, form: FileForm::default(), shift: &[] };
    let made =
        deployable(model, &PictureIntake(spec.clone()), &Committee::of_heads(vec![head], Link::Softmax), &about)?;
    let open = Deployed::from_bytes(runtime, &made.to_bytes())?;
    let grey = picture::to_png(&grey(spec)).map_err(|error| EncodeError::Output(error.to_string()))?;
    let prepared = open.prepare(&grey).map_err(|error| EncodeError::Output(error.to_string()))?;
    open.probabilities(&[prepared]).map(drop)
}

fn grey(spec: &EncoderSpec) -> Picture {
    Picture { pixels: vec![128; spec.tensor_len()], width: spec.width, height: spec.height }
}

/// Milliseconds per drawn image on the threads of one session, the better of two runs where they are quick.
///
/// # Errors
/// As [`Encoder::encode`].
pub fn ms_per_image(encoder: &dyn Encoder, spec: &EncoderSpec) -> Result<f64, EncodeError> {
    let drawn = drawn(spec);
    let mut best = f64::INFINITY;
    for _ in 0..2 {
        let start = Instant::now();
        encoder.encode(&drawn, DRAWN)?;
        best = best.min(start.elapsed().as_secs_f64() * 1e3 / DRAWN as f64);
        if start.elapsed() > SLOW {
            break;
        }
    }
    Ok(best)
}

/// Images of noise in patches, of all levels and no two alike, prepared as pictures are.
fn drawn(spec: &EncoderSpec) -> Vec<f32> {
    let (width, height) = (spec.width, spec.height);
    let mut tensors = vec![0.0; DRAWN * spec.tensor_len()];
    for (i, tensor) in tensors.chunks_exact_mut(spec.tensor_len()).enumerate() {
        let patch = 4 << (i % 4);
        let level = |at: usize| {
            let (pixel, channel) = (at / 3, at % 3);
            let (x, y) = (pixel as u32 % width / patch, pixel as u32 / width / patch);
            random::hash(i as u64, u64::from(y) << 24 | u64::from(x) << 4 | channel as u64) as u8
        };
        let pixels = (0..spec.tensor_len()).map(level).collect();
        prepare(&Picture { pixels, width, height }, spec, tensor);
    }
    tensors
}

/// Embeddings of the first pictures, as many as there is time for: n × D.
fn encode_pictures(encoder: &dyn Encoder, spec: &EncoderSpec, pictures: &[PathBuf]) -> Result<Matrix, EncodeError> {
    let start = Instant::now();
    let mut rows = Matrix::zeros(0, spec.dim);
    for path in pictures {
        if start.elapsed() > PICTURES_FOR {
            break;
        }
        let bytes = std::fs::read(path).map_err(|source| EncodeError::Read { path: path.clone(), source })?;
        let picture = picture::decode(&bytes, &Limits::default())
            .map_err(|error| EncodeError::Probe(format!("`{}`: {error}", path.display())))?;
        let mut tensor = vec![0.0; spec.tensor_len()];
        prepare(&picture, spec, &mut tensor);
        rows.push_rows(encoder.encode(&tensor, 1)?.as_slice());
    }
    Ok(rows)
}

/// Probe `path` in a child process: `program … encoder probe PATH --json`, ended after `limit`.
///
/// `flags` come before the subcommand and name library and provider; `description` is a file; `pictures` are files that can
/// be decoded. On Linux and the CPU the
/// child's memory is bounded as well.
///
/// # Errors
/// [`EncodeError::Probe`] with the child's last words, or how it ended.
pub fn probe_in_child(
    program: &Path,
    flags: &[std::ffi::OsString],
    path: &Path,
    description: Option<&Path>,
    pictures: &[PathBuf],
    limit: Duration,
) -> Result<Probe, EncodeError> {
    let failed = |error: std::io::Error| EncodeError::Probe(format!("no process can be started for it: {error}"));
    let named = |flag: &std::ffi::OsString| flag.to_str().and_then(|text| text.parse::<ProviderChoice>().ok());
    // `auto` in a build with GPU providers may choose one.
    let built = cfg!(any(feature = "cuda", feature = "tensorrt", feature = "rocm", feature = "directml"));
    let on_gpu =
        flags.iter().filter_map(named).any(|choice| choice.is_gpu() || (choice == ProviderChoice::Auto && built));
    let mut command = bounded(program, on_gpu);
    command.args(flags).arg("--json").args(["encoder", "probe"]).arg(path);
    if let Some(description) = description {
        command.arg("--spec").arg(description);
    }
    if !pictures.is_empty() {
        command.arg("--pictures").args(pictures);
    }
    let mut child =
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().map_err(failed)?;
    // Read while waiting, so that a talkative child cannot block on a full pipe.
    let out = drain(child.stdout.take());
    let err = drain(child.stderr.take());
    let start = Instant::now();
    let status = loop {
        if let Some(status) = child.try_wait().map_err(failed)? {
            break status;
        }
        if start.elapsed() > limit {
            let _ = child.kill();
            let _ = child.wait();
            return Err(EncodeError::Probe(format!("it had not finished after {} s", limit.as_secs())));
        }
        std::thread::sleep(Duration::from_millis(20));
    };
    let (out, err) = (out.join().unwrap_or_default(), err.join().unwrap_or_default());
    if !status.success() {
        let words: Vec<&str> = err.lines().filter(|line| !line.trim().is_empty()).collect();
        let start = words.iter().rposition(|line| line.starts_with("error: ")).unwrap_or(words.len().saturating_sub(1));
        let last = words[start..].iter().map(|line| line.trim_start_matches("error: ")).collect::<Vec<_>>().join("; ");
        let reason =
            if status.code().is_some() && !last.is_empty() { last } else { format!("it crashed ({status}); {last}") };
        return Err(EncodeError::Probe(reason.trim_end_matches("; ").to_owned()));
    }
    serde_json::from_str(out.trim()).map_err(|error| EncodeError::Probe(format!("its answer cannot be read: {error}")))
}

/// The program under a shell that bounds its memory first, where there is one.
fn bounded(program: &Path, on_gpu: bool) -> Command {
    if cfg!(target_os = "linux") && !on_gpu && Path::new("/bin/sh").exists() {
        let mut command = Command::new("/bin/sh");
        command.arg("-c").arg(format!("ulimit -v {MEMORY_KIB}; exec \"$0\" \"$@\"")).arg(program);
        return command;
    }
    Command::new(program)
}

fn drain(pipe: Option<impl std::io::Read + Send + 'static>) -> std::thread::JoinHandle<String> {
    std::thread::spawn(move || {
        let mut bytes = Vec::new();
        if let Some(pipe) = pipe {
            // A megabyte is more than any answer; the rest is read and forgotten.
            let mut pipe = pipe.take(1 << 20);
            let _ = pipe.read_to_end(&mut bytes);
            let _ = std::io::copy(&mut pipe.into_inner(), &mut std::io::sink());
        }
        String::from_utf8_lossy(&bytes).into_owned()
    })
}
