//! ONNX Runtime's environment, one per process, and the sessions made in it.
//!
//! **Invariant:** nothing is loaded before the first session is asked for, so an idle server holds no model. Sessions are
//! run with `run` only: `run_async` may end the process when a session is dropped soon after.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, OnceLock};
use std::time::{Duration, Instant};

use ort::environment::Environment;
use ort::session::Session;
use ort::session::builder::{GraphOptimizationLevel, SessionBuilder};

use crate::runtime::provider::{Device, ProviderChoice, ProviderReport};
use crate::runtime::{EncodeError, assignment, deadline, library};

/// Set to `1`, it keeps ONNX Runtime from writing a number for this machine into the home folder and from sending it away,
/// which it would do before any setting of its own could be made. `main` sets it, and nothing is loaded without it.
pub const NO_TELEMETRY: &str = "ORT_DISABLE_TELEMETRY";

/// How long a look for the library holds.
const LOOK_AGAIN: Duration = Duration::from_secs(10);

/// What [`Runtime::open`] needs to know.
#[derive(Debug, Clone, Default)]
pub struct Settings {
    /// The library, or the folder that holds it; `None`: the usual places.
    pub library: Option<PathBuf>,
    pub provider: ProviderChoice,
    pub device: Device,
    /// Threads for inference; 0 means one per core.
    pub threads: usize,
    /// The program that probes encoders in a child process; `None`: this one.
    pub program: Option<PathBuf>,
    /// How long one call of a network on a few images may take; `None`: [`deadline::CALL`].
    pub limit: Option<Duration>,
}

impl Settings {
    /// # Errors
    /// [`EncodeError::UnknownProvider`].
    pub fn from_config(config: &crate::config::Config) -> Result<Self, EncodeError> {
        let (library, threads) = (config.onnxruntime.clone(), config.threads);
        let device = Device { name: config.device.clone(), half: config.half };
        Ok(Self { library, provider: config.provider.parse()?, device, threads, program: None, limit: None })
    }
}

/// An open ONNX Runtime. Cloning is cheap.
#[derive(Clone)]
pub struct Runtime {
    environment: &'static Environment,
    library: Arc<PathBuf>,
    provider: ProviderChoice,
    device: Device,
    threads: usize,
    limit: Duration,
}

static ENVIRONMENT: OnceLock<(Environment, PathBuf)> = OnceLock::new();
static OPENING: Mutex<()> = Mutex::new(());

impl Runtime {
    /// Find and load the library, or share the one that this process has loaded already.
    ///
    /// # Errors
    /// When no library is found, or it is too old or not ONNX Runtime.
    pub fn open(settings: &Settings) -> Result<Self, EncodeError> {
        let (environment, library) = environment(settings.library.as_deref())?;
        let cores = || std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        let threads = if settings.threads == 0 { cores() } else { settings.threads };
        let (provider, device) = (settings.provider, settings.device.clone());
        let limit = settings.limit.unwrap_or(deadline::CALL);
        Ok(Self { environment, library: Arc::new(library.clone()), provider, device, threads, limit })
    }

    /// The library that was loaded.
    pub fn library(&self) -> &Path {
        &self.library
    }

    pub fn threads(&self) -> usize {
        self.threads
    }

    /// What one call of a network on a few images may take.
    pub(crate) fn limit(&self) -> Duration {
        self.limit
    }

    /// The same runtime with its networks on the CPU: small heads run faster there than a round trip to a GPU takes.
    pub fn on_cpu(&self) -> Self {
        Self { provider: ProviderChoice::Cpu, ..self.clone() }
    }

    /// Up to `n` sessions of one model (one on a GPU, which batches by itself), and what took its graph.
    pub(crate) fn sessions(&self, model: &[u8], n: usize) -> Result<(Vec<Session>, ProviderReport), EncodeError> {
        let mut reasons = Vec::new();
        for candidate in self.provider.candidates(&self.device)? {
            let name = candidate.choice.as_str();
            let attempt = match &candidate.dispatch {
                Some(dispatch) => {
                    self.session(model, std::slice::from_ref(dispatch)).map_err(|error| error.to_string())
                }
                None => Err("this program was built without it".to_owned()),
            };
            match attempt {
                Ok(session) => {
                    let report = report(&session, name, &candidate.device, candidate.half, joined(&reasons));
                    return Ok((vec![session], report));
                }
                Err(reason) if self.provider.falls_back() => {
                    tracing::warn!(provider = name, %reason, "provider cannot be used");
                    reasons.push(format!("{name}: {}", reason.trim()));
                }
                Err(reason) => return Err(EncodeError::Provider { provider: name, reason }),
            }
        }
        let sessions = (0..n.max(1)).map(|_| self.session(model, &[])).collect::<ort::Result<Vec<_>>>()?;
        let report = report(&sessions[0], "cpu", "CPU", false, joined(&reasons));
        Ok((sessions, report))
    }

    // One thread inside a session and none spinning: parallelism comes from several sessions, and the machine also
    // serves people.
    fn session(&self, model: &[u8], providers: &[ort::ep::ExecutionProviderDispatch]) -> ort::Result<Session> {
        SessionBuilder::new(self.environment)?
            .with_optimization_level(GraphOptimizationLevel::All)?
            .with_intra_threads(1)?
            .with_inter_threads(1)?
            .with_intra_op_spinning(false)?
            .with_config_entry(assignment::RECORD, "1")?
            .with_execution_providers(providers)?
            .commit_from_memory(model)
    }
}

fn report(
    session: &Session,
    provider: &str,
    device: &str,
    half: bool,
    fallback_reason: Option<String>,
) -> ProviderReport {
    let nodes_by_provider = assignment::nodes_by_provider(session).unwrap_or_default();
    let [provider, device, precision] = [provider, device, if half { "f16" } else { "f32" }].map(str::to_owned);
    ProviderReport { provider, device, precision, fallback_reason, nodes_by_provider }
}

fn joined(reasons: &[String]) -> Option<String> {
    (!reasons.is_empty()).then(|| reasons.join("; "))
}

fn environment(explicit: Option<&Path>) -> Result<&'static (Environment, PathBuf), EncodeError> {
    if let Some(open) = ENVIRONMENT.get() {
        return Ok(open);
    }
    // A process may have only one environment, so two threads must not build one.
    let _one = OPENING.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    if let Some(open) = ENVIRONMENT.get() {
        return Ok(open);
    }
    if std::env::var_os(NO_TELEMETRY).is_none_or(|set| set != "1") {
        return Err(EncodeError::Telemetry);
    }
    let path = library::find(explicit)?;
    let refused = |reason: String| EncodeError::Library { path: path.clone(), reason };
    let builder = ort::init_from(&path).map_err(|error| refused(error.to_string()))?;
    let environment =
        builder.with_name("querist").with_telemetry(false).build().map_err(|error| refused(error.to_string()))?;
    environment.set_log_level(ort::logging::LogLevel::Error);
    Ok(ENVIRONMENT.get_or_init(|| (environment, path)))
}

/// A runtime that opens at the first use; a failure is not kept, so that a library installed later is found.
pub struct LazyRuntime {
    settings: Settings,
    open: OnceLock<Runtime>,
    /// When it was last looked for, and whether it was missing.
    looked: Mutex<Option<(Instant, bool)>>,
}

impl LazyRuntime {
    pub fn new(settings: Settings) -> Self {
        Self { settings, open: OnceLock::new(), looked: Mutex::new(None) }
    }

    /// One that is open already.
    pub fn around(runtime: &Runtime) -> Self {
        Self { settings: Settings::default(), open: OnceLock::from(runtime.clone()), looked: Mutex::new(None) }
    }

    /// # Errors
    /// As [`Runtime::open`].
    pub fn get(&self) -> Result<Runtime, EncodeError> {
        if let Some(runtime) = self.open.get() {
            return Ok(runtime.clone());
        }
        let runtime = Runtime::open(&self.settings)?;
        Ok(self.open.get_or_init(|| runtime).clone())
    }

    /// Whether there is no library to load. Looks at folders only, and not at every call.
    pub fn is_missing(&self) -> bool {
        if self.open.get().is_some() {
            return false;
        }
        let mut looked = self.looked.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        match *looked {
            Some((at, missing)) if at.elapsed() < LOOK_AGAIN => missing,
            _ => {
                let missing = library::find(self.settings.library.as_deref()).is_err();
                *looked = Some((Instant::now(), missing));
                missing
            }
        }
    }

    /// The runtime, where it is open already.
    pub(crate) fn opened(&self) -> Option<&Runtime> {
        self.open.get()
    }

    pub fn settings(&self) -> &Settings {
        &self.settings
    }
}
