//! Trying an encoder before it is trusted: in a process of its own, so that a bad model takes nothing else down.

use std::io::Read as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

use super::describe::Given;
use super::image_encoder::Described;
use super::{EncodeError, EncoderSpec, ImageEncoder, ProviderReport, Runtime};

/// How long a probe may take before it is ended.
pub const TIME_LIMIT: Duration = Duration::from_mins(1);
/// Address space a probe on the CPU may take, in KiB: 8 GiB. Providers on a GPU map far more than they use.
const MEMORY_KIB: u64 = 8 << 20;
/// Images in the trial.
const TRIAL: usize = 2;

/// What a probe found.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Probe {
    pub dim: usize,
    pub ms_per_image: f64,
    pub provider: ProviderReport,
    pub spec: EncoderSpec,
    pub warnings: Vec<String>,
}

/// Run the encoder at `path` on a few drawn images.
///
/// # Errors
/// When it cannot be opened or run, or its output is not what its description says.
pub fn probe_file(runtime: &Runtime, path: &Path, given: Option<Given>) -> Result<Probe, EncodeError> {
    let encoder = ImageEncoder::from_described(runtime, Described::read(path, given)?)?;
    let spec = encoder.spec().clone();
    // A ramp of all levels, as pictures have them, prepared as pictures are.
    let tensor: Vec<f32> = (0..TRIAL * spec.tensor_len())
        .map(|i| ((i * 31 % 256) as f32 * spec.scale - spec.mean[0]) / spec.std[0])
        .collect();
    encoder.encode(&tensor, TRIAL)?;
    let start = Instant::now();
    encoder.encode(&tensor, TRIAL)?;
    let ms_per_image = start.elapsed().as_secs_f64() * 1e3 / TRIAL as f64;
    let mut warnings = encoder.warnings().to_vec();
    if encoder.batch() == 1 {
        warnings
            .push("the model takes one image at a time; export it with an open batch for speed on a GPU".to_owned());
    }
    Ok(Probe { dim: encoder.dim(), ms_per_image, provider: encoder.provider().clone(), spec, warnings })
}

/// Probe `path` in a child process: `program … encoder probe PATH --json`, ended after `limit`.
///
/// `flags` come before the subcommand and name library and provider; `description` is a file. On Linux and the CPU the
/// child's memory is bounded as well.
///
/// # Errors
/// [`EncodeError::Probe`] with the child's last words, or how it ended.
pub fn probe_in_child(
    program: &Path,
    flags: &[std::ffi::OsString],
    path: &Path,
    description: Option<&Path>,
    limit: Duration,
) -> Result<Probe, EncodeError> {
    let failed = |error: std::io::Error| EncodeError::Probe(format!("no process can be started for it: {error}"));
    let on_gpu = flags.iter().any(|flag| flag == "cuda" || flag == "tensorrt");
    let mut command = bounded(program, on_gpu);
    command.args(flags).arg("--json").args(["encoder", "probe"]).arg(path);
    if let Some(description) = description {
        command.arg("--spec").arg(description);
    }
    let mut child =
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().map_err(failed)?;
    // Read beside the wait, so that a talkative child cannot block on a full pipe.
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
