//! Getting an encoder from a model hub: what will be fetched and under what licence, then the transfer and the probe.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use sha2::{Digest as _, Sha256};

use crate::cpu::CutShort;
use crate::data::{hex, write_whole};
use crate::encoders::catalogue::{self, CatalogueEntry};
use crate::encoders::describe::Description;
use crate::encoders::probe::Probe;
use crate::hub::licence::is_permissive;
use crate::hub::{Address, Hub, HubError, LARGEST_BYTES, ModelFile, RemoteFile, Repository, address};
use crate::progress::Progress;
use crate::service::App;
use crate::service::encoders::adding::{self as encoders, EncodersError};
use crate::store::encoders::EncoderRow;

/// Files beside the model that say how pictures are prepared, in the order in which they are asked for.
const COMPANIONS: [&str; 2] = ["preprocessor_config.json", "config.json"];
/// Longer companion files are not descriptions.
const LONGEST_COMPANION: u64 = 4 << 20;
/// Where a repository's model is looked for when its address names no file.
const USUAL: [&str; 2] = ["onnx/model.onnx", "model.onnx"];
/// File names in an error.
const SHOWN: usize = 24;

#[derive(Debug, thiserror::Error)]
pub enum GetError {
    #[error(
        "`{name}` is not an encoder of the list ({}); for another model of the hub write hf:OWNER/NAME",
        catalogue::ENTRIES.map(|entry| entry.name).join(", ")
    )]
    Unknown { name: String },
    #[error("`{repository}` holds no ONNX file that can be asked for{}", ignored(refused))]
    NoModel { repository: String, refused: Vec<String> },
    #[error("`{repository}` has no file `{file}`; it has {}", listed(there))]
    NoFile { repository: String, file: String, there: Vec<String> },
    #[error("`{repository}` holds several models; name one as hf:{repository}/FILE: {}", listed(files))]
    Several { repository: String, files: Vec<String> },
    #[error("`{file}` is not an ONNX file; its name must end in .onnx")]
    NotOnnx { file: String },
    #[error(
        "`{file}` keeps its weights in `{data}`; only models in one file can be used: take another one of {}, or save it again \
         with the weights inside and use `querist encoder add`",
        listed(whole)
    )]
    ExternalData { file: String, data: String, whole: Vec<String> },
    #[error("{licence}; read its terms{}, and run this again with --accept-licence if you may use it", link(at.as_ref()))]
    Licence { licence: String, at: Option<String> },
    #[error(transparent)]
    Hub(#[from] HubError),
    #[error(transparent)]
    Encoders(#[from] EncodersError),
    #[error("{error}; the file stays at `{}`, for `querist encoder add` with a description or another `--output`", path.display())]
    Unfit { error: EncodersError, path: PathBuf },
    #[error("the download cannot be written")]
    File(#[from] std::io::Error),
    #[error(transparent)]
    CutShort(#[from] CutShort),
}

/// What will be fetched: shown to a person before it is.
#[derive(Debug, Clone)]
pub struct HubPlan {
    /// What the encoder will be called.
    pub name: String,
    pub repository: Repository,
    pub file: RemoteFile,
    /// Of the hub, or else of the list.
    pub licence: Option<String>,
    /// Where the licence was read: `hub` or `list`.
    pub licence_from: &'static str,
    companions: Vec<RemoteFile>,
    sha256: Option<&'static str>,
}

impl HubPlan {
    /// The checksum that the file must have, if one is known.
    pub fn sha256(&self) -> Option<&str> {
        self.sha256.or(self.file.sha256.as_deref())
    }

    /// Whether the licence lets everybody use the model for anything.
    pub fn is_permissive(&self) -> bool {
        self.licence.as_deref().is_some_and(is_permissive)
    }
}

/// Ask the hub about `what`, a name of the list or an address, and choose the file. Nothing is fetched yet.
///
/// # Errors
/// When the encoder's name is taken, the hub cannot be asked, or holds no model of that description.
pub async fn plan(app: &App, hub: &Arc<Hub>, what: &str, name: Option<&str>) -> Result<HubPlan, GetError> {
    let (address, entry) = source(what)?;
    let given = name.map(ToOwned::to_owned);
    let name = given.or_else(|| entry.map(|entry| entry.name.to_owned())).unwrap_or_else(|| default_name(&address));
    encoders::check_free(app, &name).await?;
    let asked = (hub.clone(), address.clone());
    let repository = app.cpu.blocking(move || asked.0.repository(&asked.1)).await??;
    let file = choose(&repository, address.file.as_deref())?.clone();
    if let Some(size) = file.size.filter(|size| *size > LARGEST_BYTES) {
        return Err(HubError::TooLarge { file: file.path, size }.into());
    }
    let companions = companions(&repository, &file.path);
    let (licence, licence_from) = match (&repository.licence, entry) {
        (Some(licence), _) => (Some(licence.clone()), "hub"),
        (None, Some(entry)) => (entry.licence.map(ToOwned::to_owned), "list"),
        (None, None) => (None, "hub"),
    };
    let sha256 = entry.and_then(|entry| entry.sha256);
    Ok(HubPlan { name, repository, file, licence, licence_from, companions, sha256 })
}

/// Fetch what was planned, try it in a process of its own, and add it.
///
/// `wishes` take precedence over the files beside the model.
///
/// # Errors When the licence must be accepted first, the transfer fails, or the model does not run. A complete download
/// is kept if it does not run, and a partial one if the transfer broke.
pub async fn get(
    app: &App,
    hub: &Arc<Hub>,
    plan: &HubPlan,
    accept_licence: bool,
    wishes: Description,
    progress: &Progress,
) -> Result<(EncoderRow, Probe, String), GetError> {
    if !plan.is_permissive() && !accept_licence {
        let name = &plan.repository.name;
        let licence = match &plan.licence {
            Some(licence) => format!("the licence of `{name}` is `{licence}`, which is not plainly permissive"),
            None => format!("the hub names no licence of `{name}`"),
        };
        return Err(GetError::Licence { licence, at: plan.repository.licence_link.clone() });
    }
    let folder = folder(app, plan);
    let fetching = (hub.clone(), plan.clone(), folder.clone(), progress.clone());
    let sha256 = app.cpu.blocking(move || fetch(&fetching.0, &fetching.1, &fetching.2, &fetching.3)).await??;
    let model = folder.join("model.onnx");
    let (row, probe) = match encoders::add_as(app, &model, &plan.name, None, wishes).await {
        Ok(added) => added,
        Err(error) => return Err(GetError::Unfit { error, path: model }),
    };
    // It has been stored as an encoder.
    std::fs::remove_dir_all(&folder)?;
    Ok((row, probe, sha256))
}

/// Fetch the model and the files beside it into `folder`. The model's SHA-256.
fn fetch(hub: &Hub, plan: &HubPlan, folder: &Path, progress: &Progress) -> Result<String, GetError> {
    std::fs::create_dir_all(folder)?;
    for companion in &plan.companions {
        // Whatever the name on the hub, the name here is one of two.
        let name = if companion.path.ends_with(COMPANIONS[0]) { COMPANIONS[0] } else { COMPANIONS[1] };
        if let Some(text) = hub.text(&plan.repository, companion, LONGEST_COMPANION)? {
            write_whole(&folder.join(name), text.as_bytes(), false)?;
        }
    }
    let (part, model) = (folder.join("model.onnx.part"), folder.join("model.onnx"));
    // A complete earlier download that did not run is reused; it is checked like any other.
    if model.is_file() && !part.exists() {
        std::fs::rename(&model, &part)?;
    }
    let wanted = ModelFile { repository: &plan.repository, file: &plan.file, sha256: plan.sha256 };
    let sha256 = hub.fetch(&wanted, &part, progress)?;
    std::fs::rename(&part, &model)?;
    Ok(sha256)
}

/// The folder of one download. Its name follows from what is fetched, so that a broken transfer finds its part again,
/// and contains no text from strangers.
fn folder(app: &App, plan: &HubPlan) -> PathBuf {
    let what = format!("{}\n{}\n{}", plan.repository.name, plan.repository.commit, plan.file.path);
    let name = hex(&Sha256::digest(what)[..12]);
    app.data.downloads().join(name)
}

/// The address that `what` means, and its line of the list.
fn source(what: &str) -> Result<(Address, Option<&'static CatalogueEntry>), GetError> {
    if what.starts_with(address::PREFIX) {
        return Ok((what.parse()?, None));
    }
    let entry = catalogue::find(what).ok_or_else(|| GetError::Unknown { name: what.to_owned() })?;
    let address = Address {
        repository: entry.repository.to_owned(),
        file: Some(entry.file.to_owned()),
        revision: entry.revision.map(ToOwned::to_owned),
    };
    Ok((address, Some(entry)))
}

/// The repository's name without its owner, and the file's where it says more than `model`.
fn default_name(address: &Address) -> String {
    let repository = address.repository.rsplit('/').next().unwrap_or_default();
    let file = address.file.as_deref().and_then(|file| Path::new(file).file_stem()?.to_str());
    match file.filter(|stem| *stem != "model") {
        Some(stem) => format!("{repository}.{stem}"),
        None => repository.to_owned(),
    }
}

/// The model's file: the one that was named, the usual one, or the only one.
fn choose<'a>(repository: &'a Repository, file: Option<&str>) -> Result<&'a RemoteFile, GetError> {
    let is_onnx = |file: &&RemoteFile| Path::new(&file.path).extension().is_some_and(|end| end == "onnx");
    let models: Vec<&RemoteFile> = repository.files.iter().filter(is_onnx).collect();
    let names = || models.iter().map(|file| file.path.clone()).collect::<Vec<_>>();
    let chosen = match file {
        Some(name) => {
            if Path::new(name).extension().is_none_or(|end| end != "onnx") {
                return Err(GetError::NotOnnx { file: name.to_owned() });
            }
            let missing =
                || GetError::NoFile { repository: repository.name.clone(), file: name.to_owned(), there: names() };
            repository.file(name).ok_or_else(missing)?
        }
        None => match (USUAL.iter().find_map(|usual| repository.file(usual)), models.as_slice()) {
            (Some(usual), _) => usual,
            (None, [only]) => only,
            (None, []) => {
                let refused = repository.refused.clone();
                return Err(GetError::NoModel { repository: repository.name.clone(), refused });
            }
            (None, _) => return Err(GetError::Several { repository: repository.name.clone(), files: names() }),
        },
    };
    match external_data(repository, &chosen.path) {
        None => Ok(chosen),
        Some(data) => {
            let whole = names().into_iter().filter(|name| external_data(repository, name).is_none()).collect();
            Err(GetError::ExternalData { file: chosen.path.clone(), data: data.to_owned(), whole })
        }
    }
}

/// The file beside a model that holds its weights: `model.onnx_data`, `model.onnx.data`, `model.data`, or one of several.
fn external_data<'a>(repository: &'a Repository, model: &str) -> Option<&'a str> {
    let stem = model.trim_end_matches(".onnx");
    let holds = |path: &&str| {
        path.strip_prefix(model).is_some_and(|rest| rest.starts_with("_data") || rest.starts_with(".data"))
            || path.strip_prefix(stem) == Some(".data")
    };
    repository.files.iter().map(|file| file.path.as_str()).find(holds)
}

/// The descriptions of preprocessing: in the model's folder, or at the top.
fn companions(repository: &Repository, model: &str) -> Vec<RemoteFile> {
    let folder = model.rsplit_once('/').map(|(folder, _)| format!("{folder}/"));
    let at = |name: &str| {
        let beside = folder.as_ref().and_then(|folder| repository.file(&format!("{folder}{name}")));
        beside.or_else(|| repository.file(name))
    };
    let small = |file: &&RemoteFile| file.size.is_none_or(|size| size <= LONGEST_COMPANION);
    COMPANIONS.into_iter().filter_map(at).filter(small).cloned().collect()
}

fn listed(names: &[String]) -> String {
    if names.is_empty() {
        return "none".to_owned();
    }
    let shown = names.iter().take(SHOWN).map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
    let more = names.len().saturating_sub(SHOWN);
    if more > 0 { format!("{shown} and {more} more") } else { shown }
}

fn ignored(refused: &[String]) -> String {
    if refused.is_empty() {
        return "; convert the model to ONNX, and use `querist encoder add`".to_owned();
    }
    format!("; names that lead elsewhere are not followed: {}", listed(refused))
}

fn link(at: Option<&String>) -> String {
    at.map_or_else(|| " on the hub's page".to_owned(), |at| format!(" at {at}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn repository(files: &[&str]) -> Repository {
        let file = |path: &&str| RemoteFile { path: (*path).to_owned(), size: Some(1), sha256: None };
        Repository {
            name: "a/b".to_owned(),
            commit: "0".repeat(40),
            licence: None,
            licence_link: None,
            gated: false,
            files: files.iter().map(file).collect(),
            refused: Vec::new(),
        }
    }

    fn chosen(files: &[&str], file: Option<&str>) -> Result<String, String> {
        choose(&repository(files), file).map(|file| file.path.clone()).map_err(|error| error.to_string())
    }

    #[test]
    fn the_usual_file_goes_before_the_only_one_and_several_are_listed() {
        assert_eq!(chosen(&["model.onnx", "onnx/model.onnx", "x.onnx"], None).unwrap(), "onnx/model.onnx");
        assert_eq!(chosen(&["model.onnx", "x.onnx"], None).unwrap(), "model.onnx");
        assert_eq!(chosen(&["deep/in/x.onnx", "x.bin"], None).unwrap(), "deep/in/x.onnx");
        let several = chosen(&["a.onnx", "onnx/b.onnx"], None).unwrap_err();
        assert!(several.contains("`a.onnx`") && several.contains("`onnx/b.onnx`"), "{several}");
        assert!(chosen(&["x.safetensors"], None).unwrap_err().contains("no ONNX file"));
        assert_eq!(chosen(&["a.onnx", "b.onnx"], Some("b.onnx")).unwrap(), "b.onnx");
        assert!(chosen(&["a.onnx"], Some("c.onnx")).unwrap_err().contains("`a.onnx`"));
        assert!(chosen(&["config.json"], Some("config.json")).unwrap_err().contains(".onnx"));
    }

    #[test]
    fn weights_in_another_file_are_refused_with_the_files_that_would_do() {
        let files = ["onnx/model.onnx", "onnx/model.onnx_data", "onnx/model_int8.onnx"];
        let error = chosen(&files, None).unwrap_err();
        assert!(error.contains("`onnx/model.onnx_data`") && error.contains("`onnx/model_int8.onnx`"), "{error}");
        assert!(chosen(&["m.onnx", "m.onnx.data"], None).is_err());
        assert!(chosen(&["m.onnx", "m.data"], None).is_err());
        assert!(chosen(&["m.onnx", "model.data"], None).is_ok());
    }

    #[test]
    fn descriptions_beside_the_model_go_before_those_at_the_top() {
        let all = repository(&["config.json", "onnx/config.json", "preprocessor_config.json", "onnx/model.onnx"]);
        let found: Vec<_> = companions(&all, "onnx/model.onnx").into_iter().map(|file| file.path).collect();
        assert_eq!(found, ["preprocessor_config.json", "onnx/config.json"]);
        assert!(companions(&repository(&["x.onnx"]), "x.onnx").is_empty());
    }

    #[test]
    fn an_encoder_is_called_after_its_repository() {
        let name = |text: &str| default_name(&text.parse().unwrap());
        assert_eq!(name("hf:owner/name"), "name");
        assert_eq!(name("hf:owner/name/onnx/model.onnx"), "name");
        assert_eq!(name("hf:owner/name/onnx/vision_model.onnx"), "name.vision_model");
    }
}
