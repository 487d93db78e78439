//! A hub's answer about a repository: its commit, its licence, its files with sizes and checksums.

use serde::Deserialize;
use serde_json::Value;

use super::address::is_plain_path;
use super::{Address, HubError};

/// A repository at one commit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Repository {
    /// `OWNER/NAME`.
    pub name: String,
    pub commit: String,
    /// As the hub writes it, in small letters; `None` when it names none.
    pub licence: Option<String>,
    /// Where its text is, when the hub says so.
    pub licence_link: Option<String>,
    /// Its terms must be accepted on the hub before files are handed out.
    pub gated: bool,
    /// Files whose names can be requested.
    pub files: Vec<RemoteFile>,
    /// Names that lead elsewhere or cannot be requested, and are ignored.
    pub refused: Vec<String>,
}

/// One file of a repository.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RemoteFile {
    pub path: String,
    pub size: Option<u64>,
    /// The SHA-256 that the hub knows for large files: 64 hexadecimal digits.
    pub sha256: Option<String>,
}

#[derive(Deserialize)]
struct Info {
    sha: Option<String>,
    #[serde(default)]
    siblings: Vec<Sibling>,
    #[serde(default, rename = "cardData")]
    card: Value,
    #[serde(default)]
    tags: Vec<String>,
    #[serde(default)]
    gated: Value,
}

#[derive(Deserialize)]
struct Sibling {
    #[serde(rename = "rfilename")]
    path: String,
    size: Option<u64>,
    lfs: Option<Lfs>,
}

#[derive(Deserialize)]
struct Lfs {
    size: Option<u64>,
    #[serde(alias = "oid")]
    sha256: Option<String>,
}

impl Repository {
    /// Read the hub's answer about the repository at `address`.
    ///
    /// # Errors
    /// [`HubError::Answer`] when it is not such an answer.
    pub fn parse(address: &Address, answer: &[u8]) -> Result<Self, HubError> {
        let wrong = |reason: String| HubError::Answer { what: address.repository.clone(), reason };
        let info: Info = serde_json::from_slice(answer).map_err(|error| wrong(error.to_string()))?;
        let commit = info.sha.unwrap_or_default();
        if !(7..=64).contains(&commit.len()) || !is_hex(&commit) {
            return Err(wrong("it names no commit".to_owned()));
        }
        let (kept, refused): (Vec<_>, Vec<_>) = info.siblings.into_iter().partition(|file| is_plain_path(&file.path));
        let files = kept.into_iter().map(|file| {
            let lfs = file.lfs.as_ref();
            let sha256 = lfs.and_then(|lfs| lfs.sha256.as_deref()).and_then(checksum);
            RemoteFile { size: lfs.and_then(|lfs| lfs.size).or(file.size), sha256, path: file.path }
        });
        Ok(Self {
            name: address.repository.clone(),
            commit,
            licence: licence(&info.card, &info.tags),
            licence_link: info.card.get("license_link").and_then(Value::as_str).map(printable),
            gated: !matches!(info.gated, Value::Null | Value::Bool(false)),
            files: files.collect(),
            refused: refused.into_iter().map(|file| printable(&file.path)).collect(),
        })
    }

    pub fn file(&self, path: &str) -> Option<&RemoteFile> {
        self.files.iter().find(|file| file.path == path)
    }
}

/// A SHA-256 in small letters, where `text` is one; an entity tag's quotes are taken off.
pub(super) fn checksum(text: &str) -> Option<String> {
    let text = text.trim().trim_start_matches("W/").trim_matches('"').to_lowercase();
    (text.len() == 64 && is_hex(&text)).then_some(text)
}

fn is_hex(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// The licence of the model's card, which may be a list, or else of the tags. `other` has a name beside it.
fn licence(card: &Value, tags: &[String]) -> Option<String> {
    let text = |value: &Value| match value {
        Value::String(text) => Some(text.clone()),
        Value::Array(all) => {
            let all: Vec<_> = all.iter().filter_map(Value::as_str).collect();
            (!all.is_empty()).then(|| all.join(" and "))
        }
        _ => None,
    };
    let tagged = || tags.iter().find_map(|tag| tag.strip_prefix("license:")).map(ToOwned::to_owned);
    let licence = card.get("license").and_then(text).or_else(tagged)?;
    let named = card.get("license_name").and_then(text).filter(|_| licence == "other");
    let licence = printable(&named.unwrap_or(licence)).to_lowercase();
    (!licence.is_empty() && licence != "unknown").then_some(licence)
}

/// Untrusted text, made safe for a terminal.
fn printable(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(200).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const COMMIT: &str = "0123456789abcdef0123456789abcdef01234567";

    fn parse(value: &Value) -> Result<Repository, HubError> {
        let address: Address = "hf:owner/name".parse().unwrap();
        Repository::parse(&address, value.to_string().as_bytes())
    }

    #[test]
    fn sizes_and_checksums_of_large_files_are_read() {
        let sha = "AB".repeat(32);
        let found = parse(&serde_json::json!({
            "sha": COMMIT, "gated": false, "tags": ["onnx", "license:apache-2.0"],
            "siblings": [
                { "rfilename": "config.json", "size": 12 },
                { "rfilename": "onnx/model.onnx", "size": 9, "lfs": { "size": 99, "sha256": sha, "pointerSize": 133 } },
            ],
        }))
        .unwrap();
        let model = found.file("onnx/model.onnx").unwrap();
        assert_eq!((model.size, model.sha256.as_deref()), (Some(99), Some("ab".repeat(32).as_str())));
        assert_eq!(found.file("config.json").unwrap().sha256, None);
        assert_eq!((found.licence.as_deref(), found.gated), (Some("apache-2.0"), false));
    }

    #[test]
    fn the_card_goes_before_the_tags_and_other_licences_have_names() {
        let licence = |card: Value| parse(&serde_json::json!({ "sha": COMMIT, "cardData": card })).unwrap().licence;
        assert_eq!(licence(serde_json::json!({ "license": "MIT" })).as_deref(), Some("mit"));
        let other = serde_json::json!({ "license": "other", "license_name": "dinov3-license" });
        assert_eq!(licence(other).as_deref(), Some("dinov3-license"));
        assert_eq!(licence(serde_json::json!({ "license": ["mit", "gpl-3.0"] })).as_deref(), Some("mit and gpl-3.0"));
        assert_eq!(licence(serde_json::json!({ "license": "unknown" })), None);
        assert_eq!(licence(Value::Null), None);
    }

    #[test]
    fn names_that_lead_elsewhere_are_left_alone() {
        let found = parse(&serde_json::json!({
            "sha": COMMIT, "gated": "manual",
            "siblings": [{ "rfilename": "../../x.onnx" }, { "rfilename": "/etc/x.onnx" }, { "rfilename": "a\\b.onnx" },
                { "rfilename": "m.onnx?x" }, { "rfilename": "\u{1b}[2Jm.onnx" }, { "rfilename": "m.onnx" }],
        }))
        .unwrap();
        assert_eq!(found.files.iter().map(|file| file.path.as_str()).collect::<Vec<_>>(), ["m.onnx"]);
        assert_eq!(found.refused.len(), 5);
        assert!(found.gated && !found.refused.concat().contains('\u{1b}'));
    }

    #[test]
    fn an_answer_without_a_commit_is_refused() {
        for sha in ["", "main", "../../..", "zzzzzzzzzz"] {
            assert!(parse(&serde_json::json!({ "sha": sha })).is_err(), "{sha}");
        }
        assert!(parse(&serde_json::json!([])).is_err());
    }
}
