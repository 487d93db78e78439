//! Addresses of models: `hf:OWNER/NAME[/FILE][@REVISION]`.

use std::str::FromStr;

use super::HubError;

/// How an address begins.
pub const PREFIX: &str = "hf:";

/// A repository, optionally one of its files, and a revision.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Address {
    /// `OWNER/NAME`.
    pub repository: String,
    /// The file's path in the repository.
    pub file: Option<String>,
    /// A branch, a tag or a commit; `main` when not given.
    pub revision: Option<String>,
}

impl FromStr for Address {
    type Err = HubError;

    fn from_str(text: &str) -> Result<Self, HubError> {
        let wrong = || HubError::Address(text.to_owned());
        let rest = text.strip_prefix(PREFIX).ok_or_else(wrong)?;
        let (path, revision) = match rest.rsplit_once('@') {
            Some((path, revision)) => (path, Some(revision)),
            None => (rest, None),
        };
        let mut parts = path.splitn(3, '/');
        let (owner, name) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
        let file = parts.next();
        let good = is_name(owner)
            && is_name(name)
            && file.is_none_or(is_plain_path)
            && revision.is_none_or(|revision| is_plain_path(revision) && !revision.contains('@'));
        if !good {
            return Err(wrong());
        }
        Ok(Self {
            repository: format!("{owner}/{name}"),
            file: file.map(ToOwned::to_owned),
            revision: revision.map(ToOwned::to_owned),
        })
    }
}

fn is_name(text: &str) -> bool {
    (1..=96).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._-".contains(&byte))
        && text.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '_')
        && !text.contains("..")
}

/// Whether `path` leads down from where it starts and needs no quoting in a web address.
pub fn is_plain_path(path: &str) -> bool {
    let part = |part: &str| {
        !part.is_empty()
            && part != "."
            && part != ".."
            && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._-+=,@()".contains(&byte))
    };
    path.len() <= 500 && path.split('/').all(part)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> (String, Option<String>, Option<String>) {
        let address: Address = text.parse().unwrap();
        (address.repository, address.file, address.revision)
    }

    #[test]
    fn the_parts_are_told_apart() {
        let some = |text: &str| Some(text.to_owned());
        assert_eq!(parse("hf:a/b"), ("a/b".to_owned(), None, None));
        assert_eq!(parse("hf:a/b-1.0_x@v2"), ("a/b-1.0_x".to_owned(), None, some("v2")));
        assert_eq!(parse("hf:a/b/onnx/m.onnx@refs/pr/1"), ("a/b".to_owned(), some("onnx/m.onnx"), some("refs/pr/1")));
    }

    #[test]
    fn what_leads_elsewhere_is_refused() {
        let wrong = [
            "a/b",
            "hf:",
            "hf:a",
            "hf:a/",
            "hf:/b",
            "hf:a/b/",
            "hf:a/b@",
            "hf:a/b/../c",
            "hf:a/b//c",
            "hf:a/b/c?d",
            "hf:a/b/c#d",
            "hf:a/b/c%2e",
            "hf:a/b/c\\d",
            "hf:a/..",
            "hf:../b",
            "hf:a/b@../x",
            "hf:a b/c",
            "hf:a/b/ c",
            "hf:a/b/c\n",
            "hf:.a/b",
            "hf:-a/b",
        ];
        for text in wrong {
            assert!(text.parse::<Address>().is_err(), "{text:?}");
        }
    }
}
