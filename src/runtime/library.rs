//! Where to find ONNX Runtime's shared library.
//!
//! **Invariant:** looks at files and folders only; loads nothing.

use std::path::{Path, PathBuf};

use crate::runtime::EncodeError;

/// How far up from a folder its parents are searched for `.setup/onnxruntime`.
const LEVELS: usize = 4;
const SYSTEM: [&str; 7] = [
    "/usr/local/lib/querist",
    "/usr/local/lib",
    "/usr/lib/x86_64-linux-gnu",
    "/usr/lib/aarch64-linux-gnu",
    "/usr/lib64",
    "/usr/lib",
    "/opt/onnxruntime/lib",
];

/// The library: at `explicit` (a file or a folder) when given, else in the usual places.
///
/// The usual places, in order: beside the program, in `lib/querist` and `lib` beside its folder, in Python's package `onnxruntime` where
/// pip put both, in `.setup/onnxruntime` of the program's folder, of the current folder and of up to four parents of each, then the system's
/// library folders.
///
/// # Errors
/// [`EncodeError::NoLibrary`] with every place searched.
pub fn find(explicit: Option<&Path>) -> Result<PathBuf, EncodeError> {
    let places = match explicit {
        Some(path) => vec![path.to_owned()],
        None => places(std::env::current_exe().ok().as_deref(), std::env::current_dir().ok().as_deref()),
    };
    match places.iter().find_map(|place| library_at(place)) {
        Some(path) => Ok(path),
        None => Err(EncodeError::NoLibrary { looked: places }),
    }
}

fn places(program: Option<&Path>, current: Option<&Path>) -> Vec<PathBuf> {
    let folder = program.and_then(Path::parent);
    let mut places = Vec::new();
    if let Some(folder) = folder {
        places.push(folder.to_owned());
        places.push(folder.join("../lib/querist"));
        places.push(folder.join("../lib"));
        places.extend(packages(folder));
    }
    for start in [folder, current].into_iter().flatten() {
        places.extend(start.ancestors().take(LEVELS + 1).map(|folder| folder.join(".setup/onnxruntime")));
    }
    places.extend(SYSTEM.iter().map(PathBuf::from));
    let mut seen = std::collections::HashSet::new();
    places.retain(|place| seen.insert(place.clone()));
    places
}

/// Where Python's package `onnxruntime` may lie, if pip put the program into `folder`: `lib/python3.12/site-packages` of the same
/// environment, `Lib\site-packages` on Windows, or the folder above itself after `pip install --target`.
fn packages(folder: &Path) -> Vec<PathBuf> {
    let mut pythons: Vec<PathBuf> = std::fs::read_dir(folder.join("../lib"))
        .into_iter()
        .flatten()
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| path.file_name().is_some_and(|name| name.to_string_lossy().starts_with("python")))
        .collect();
    pythons.sort_by_key(|path| std::cmp::Reverse(version(path)));
    let homes = pythons.iter().flat_map(|python| ["site-packages", "dist-packages"].map(|home| python.join(home)));
    let homes = homes.chain([folder.join("../Lib/site-packages"), folder.join("..")]);
    homes.map(|home| home.join("onnxruntime/capi")).filter(|place| place.is_dir()).collect()
}

/// The library when `place` is one, or a folder that holds one; the latest version of several.
fn library_at(place: &Path) -> Option<PathBuf> {
    if place.is_file() {
        return Some(place.to_owned());
    }
    let named = |path: &PathBuf| path.file_name().and_then(|name| name.to_str()).is_some_and(is_library);
    let mut found: Vec<PathBuf> =
        std::fs::read_dir(place).ok()?.filter_map(|entry| Some(entry.ok()?.path())).filter(named).collect();
    found.sort_by_key(|path| version(path));
    found.pop()
}

/// `libonnxruntime.so`, `libonnxruntime.so.1.31.1`, `libonnxruntime.1.31.1.dylib`, `onnxruntime.dll`; not its providers.
fn is_library(name: &str) -> bool {
    name == "onnxruntime.dll"
        || name.strip_prefix("libonnxruntime.").is_some_and(|rest| rest.starts_with("so") || rest.ends_with("dylib"))
}

fn version(path: &Path) -> Vec<u64> {
    let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    name.split('.').filter_map(|part| part.parse().ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_latest_library_of_a_folder_is_taken_and_its_providers_are_not() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["libonnxruntime.so.1.9.0", "libonnxruntime.so.1.31.1", "libonnxruntime_providers_shared.so"] {
            std::fs::write(folder.path().join(name), "").unwrap();
        }
        let found = find(Some(folder.path())).unwrap();
        assert_eq!(found, folder.path().join("libonnxruntime.so.1.31.1"));
        assert_eq!(find(Some(&found)).unwrap(), found);
    }

    #[test]
    fn a_program_that_pip_put_beside_the_package_finds_its_library() {
        let folder = tempfile::tempdir().unwrap();
        let program = folder.path().join("bin/querist");
        std::fs::create_dir_all(program.parent().unwrap()).unwrap();
        assert!(!places(Some(&program), None).iter().any(|place| place.ends_with("capi")));
        for home in ["lib/python3.9/site-packages", "lib/python3.12/site-packages"] {
            let package = folder.path().join(home).join("onnxruntime/capi");
            std::fs::create_dir_all(&package).unwrap();
            std::fs::write(package.join("libonnxruntime.so.1.31.1"), "").unwrap();
        }
        let found = places(Some(&program), None).iter().find_map(|place| library_at(place)).unwrap();
        assert!(found.display().to_string().contains("python3.12"), "{found:?}");
    }

    #[test]
    fn a_missing_library_names_the_place_and_what_to_do() {
        let folder = tempfile::tempdir().unwrap();
        let message = find(Some(folder.path())).unwrap_err().to_string();
        assert!(message.contains(&folder.path().display().to_string()), "{message}");
        assert!(message.contains("make setup"), "{message}");
    }

    #[test]
    fn the_folders_above_the_program_are_searched() {
        let found = places(Some(Path::new("/a/b/c/querist")), Some(Path::new("/d")));
        assert!(found.contains(&PathBuf::from("/a/b/c")));
        assert!(found.contains(&PathBuf::from("/a/.setup/onnxruntime")));
        assert!(found.contains(&PathBuf::from("/d/.setup/onnxruntime")));
    }
}
