//! Encoders: adding one after a probe in a child process, listing, removing.

use std::ffi::OsString;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use sha2::{Digest as _, Sha256};

use crate::cpu::CutShort;
use crate::data::hex;
use crate::domain::{EncoderId, Project, ProjectId, job};
use crate::encoders::describe::Description;
use crate::encoders::modality;
use crate::encoders::pretrained::Pretrained;
use crate::encoders::probe::{self, Probe};
use crate::runtime::EncodeError;
use crate::service::App;
use crate::service::live::Changed;
use crate::store::StoreError;
use crate::store::encoders::{EncoderKind, EncoderRow, NewEncoder};

#[derive(Debug, thiserror::Error)]
pub enum EncodersError {
    #[error(
        "name `{0}` must be 1 to 80 letters, digits, dots, dashes and underscores, starting with a letter or digit"
    )]
    Name(String),
    #[error("an encoder called `{0}` exists already; give another name")]
    Taken(String),
    #[error("there is no encoder `{0}`; see `querist encoder list`")]
    Unknown(String),
    #[error("encoder `{0}` is used by a project or a round; choose another encoder for the project first")]
    InUse(String),
    #[error("send one ONNX file, and its description as JSON if it has one; nothing else")]
    Files,
    #[error("the trial has not come to a good end; wait for it, or try another file")]
    NotTried,
    #[error("the encoder's files cannot be written")]
    File(#[from] std::io::Error),
    #[error(transparent)]
    Encode(#[from] EncodeError),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    CutShort(#[from] CutShort),
}

/// The model file of a stored encoder.
pub fn model_path(app: &App, id: EncoderId) -> PathBuf {
    app.data.encoder(id).join("model.onnx")
}

/// Add the model at `path` under `name` (default: the file's stem) after a probe in a child process has run it.
///
/// # Errors
/// When the name is taken, or the model cannot be read or run; nothing is stored then.
pub async fn add(
    app: &App,
    path: &Path,
    name: Option<&str>,
    description: Option<&Path>,
) -> Result<(EncoderRow, Probe), EncodersError> {
    let stem = path.file_stem().and_then(|stem| stem.to_str()).unwrap_or_default();
    let name = name.unwrap_or(stem).to_owned();
    check_free(app, &name).await?;
    let found = probe(app, path, description, &[]).await?;
    Ok((keep(app, path, &name, description).await?, found))
}

/// Add the model at `path`, which was probed with this description, under `name`.
///
/// # Errors
/// As [`add`].
pub async fn keep(app: &App, path: &Path, name: &str, description: Option<&Path>) -> Result<EncoderRow, EncodersError> {
    check_name(name)?;
    // The description that the child used, so that the model is cut and pooled in the same way.
    let (path, description) = (path.to_owned(), description.map(Path::to_owned));
    let read = move || Pretrained::read(&path, description.map(|path| Description::read(&path)).transpose()?);
    let Pretrained { bytes, spec, dim, .. } = app.cpu.blocking(read).await??;
    let id = store(app, name, Origin::File, bytes, spec, dim).await?;
    by_id(app, id).await
}

/// Add the model at `path` as [`add`] does; `wishes` take precedence over the description and the files beside the
/// model.
///
/// # Errors
/// As [`add`].
pub async fn add_as(
    app: &App,
    path: &Path,
    name: &str,
    description: Option<&Path>,
    wishes: Description,
) -> Result<(EncoderRow, Probe), EncodersError> {
    if wishes == Description::default() {
        return add(app, path, Some(name), description).await;
    }
    let given = Description::wished(path, description, wishes)?;
    // The child reads its description from a file.
    let mut file = tempfile::Builder::new().prefix("description-").suffix(".json").tempfile()?;
    file.write_all(given.to_json().as_bytes())?;
    add(app, path, Some(name), Some(file.path())).await
}

/// Whether `name` can be a new encoder's.
///
/// # Errors
/// [`EncodersError::Name`] and [`EncodersError::Taken`].
pub async fn check_free(app: &App, name: &str) -> Result<(), EncodersError> {
    check_name(name)?;
    match app.store.encoder_named(name).await? {
        Some(_) => Err(EncodersError::Taken(name.to_owned())),
        None => Ok(()),
    }
}

/// Run the model at `path` in a child process, on `pictures` too, and return the findings.
///
/// # Errors
/// With the reason when it cannot be run.
pub async fn probe(
    app: &App,
    path: &Path,
    description: Option<&Path>,
    pictures: &[PathBuf],
) -> Result<Probe, EncodersError> {
    let program = match &app.runtime.settings().program {
        Some(program) => program.clone(),
        None => std::env::current_exe()?,
    };
    let flags = flags(app);
    let (path, description, pictures) = (path.to_owned(), description.map(Path::to_owned), pictures.to_vec());
    let run =
        move || probe::probe_in_child(&program, &flags, &path, description.as_deref(), &pictures, probe::TIME_LIMIT);
    Ok(app.cpu.blocking(run).await??)
}

/// The flags that make a child use the library and provider that this process uses.
fn flags(app: &App) -> Vec<OsString> {
    let settings = app.runtime.settings();
    let mut flags: Vec<OsString> = vec!["--provider".into(), settings.provider.as_str().into()];
    if !settings.device.name.is_empty() {
        flags.extend(["--device".into(), settings.device.name.clone().into()]);
    }
    if settings.device.half {
        flags.push("--half".into());
    }
    if let Some(library) = &settings.library {
        flags.push("--onnxruntime".into());
        flags.push(library.into());
    }
    flags
}

/// Where an encoder comes from.
#[derive(Debug, Clone, Copy)]
pub(in crate::service) enum Origin {
    /// A pretrained model.
    File,
    /// The pool of `project`, as it was when it had so many samples.
    Pool { project: ProjectId, samples: usize },
}

/// Store a model file and its description under a new id.
///
/// The files are written first to a folder without an id, so that a row never points to half an encoder.
pub(in crate::service) async fn store(
    app: &App,
    name: &str,
    origin: Origin,
    bytes: Vec<u8>,
    spec: String,
    dim: usize,
) -> Result<EncoderId, EncodersError> {
    let (kind, project, learned_from) = match origin {
        Origin::File => (EncoderKind::Onnx, None, None),
        Origin::Pool { project, samples } => (EncoderKind::Builtin, Some(project), Some(samples)),
    };
    let root = app.data.root().join("encoders");
    let text = spec.clone();
    let (folder, sha256) = app
        .cpu
        .blocking(move || -> std::io::Result<_> {
            let folder = tempfile::Builder::new().prefix("new-").tempdir_in(root)?;
            std::fs::write(folder.path().join("model.onnx"), &bytes)?;
            std::fs::write(folder.path().join("encoder.json"), text)?;
            for file in ["model.onnx", "encoder.json"] {
                std::fs::File::open(folder.path().join(file))?.sync_all()?;
            }
            let sha256 = hex(&Sha256::digest(&bytes));
            Ok((folder, sha256))
        })
        .await??;
    let new = NewEncoder { name: name.to_owned(), project, kind, spec, dim, sha256, learned_from };
    let id =
        app.store.add_encoder(&new, app.clock.now()).await?.ok_or_else(|| EncodersError::Taken(name.to_owned()))?;
    let target = app.data.encoder(id);
    // An id is never used twice, so an existing folder was left by another database in the same place.
    if target.exists() {
        std::fs::remove_dir_all(&target)?;
    }
    let from = folder.keep();
    if let Err(error) = std::fs::rename(&from, &target) {
        app.store.remove_encoder(id).await?;
        return Err(error.into());
    }
    Ok(id)
}

/// All encoders, oldest first.
pub async fn list(app: &App) -> Result<Vec<EncoderRow>, EncodersError> {
    Ok(app.store.encoders().await?)
}

/// The encoders a project may use: the pretrained ones for its kind of sample, and the one learned from its own pool.
///
/// # Errors
/// When the database refuses.
pub async fn usable_by(app: &App, project: &Project) -> Result<Vec<EncoderRow>, StoreError> {
    let all = app.store.encoders().await?;
    let suits = |encoder: &EncoderRow| {
        encoder.project_id.is_none_or(|owner| owner == project.id) && modality(&encoder.spec) == Some(project.modality)
    };
    Ok(all.into_iter().filter(suits).collect())
}

/// Change a project to another encoder. Its embeddings are computed in the background, and the current encoder stays in
/// use until they are complete; labels, audit set and history stay. Choosing the current one cancels a pending change.
///
/// # Errors
/// [`EncodersError::Unknown`] when the project may not use it.
pub async fn choose(app: &App, project: &Project, encoder: EncoderId) -> Result<(), EncodersError> {
    let usable = usable_by(app, project).await?;
    if !usable.iter().any(|row| row.id == encoder) {
        return Err(EncodersError::Unknown(encoder.to_string()));
    }
    // It may have been removed just now.
    if !app.store.choose_encoder(project.id, encoder).await? {
        return Err(EncodersError::Unknown(encoder.to_string()));
    }
    app.changed(project.id, Changed::Settings);
    app.store.request_job(project.id, &job::ENCODE, "", app.clock.now()).await?;
    app.wake.notify_waiters();
    Ok(())
}

/// # Errors
/// [`EncodersError::Unknown`].
pub async fn by_id(app: &App, id: EncoderId) -> Result<EncoderRow, EncodersError> {
    app.store.encoder(id).await?.ok_or_else(|| EncodersError::Unknown(id.to_string()))
}

/// The encoder called `name`, or with that number.
///
/// # Errors
/// [`EncodersError::Unknown`].
pub async fn by_name(app: &App, name: &str) -> Result<EncoderRow, EncodersError> {
    if let Some(row) = app.store.encoder_named(name).await? {
        return Ok(row);
    }
    let id = name.parse().map_err(|_| EncodersError::Unknown(name.to_owned()))?;
    app.store.encoder(id).await?.ok_or_else(|| EncodersError::Unknown(name.to_owned()))
}

/// Remove an encoder that nothing uses, with its files.
///
/// # Errors
/// When it is unknown or in use.
pub async fn remove(app: &App, name: &str) -> Result<EncoderRow, EncodersError> {
    let row = by_name(app, name).await?;
    if !app.store.remove_encoder(row.id).await? {
        return Err(EncodersError::InUse(row.name));
    }
    match std::fs::remove_dir_all(app.data.encoder(row.id)) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error.into()),
        _ => Ok(row),
    }
}

fn check_name(name: &str) -> Result<(), EncodersError> {
    let plain = |c: char| c.is_ascii_alphanumeric();
    let good = (1..=80).contains(&name.len())
        && name.chars().all(|c| plain(c) || "._-".contains(c))
        && name.starts_with(plain);
    if good { Ok(()) } else { Err(EncodersError::Name(name.to_owned())) }
}
