//! One file from a hub to this machine: resumed if interrupted, complete and verified at the end.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read as _, Seek as _, SeekFrom, Write as _};
use std::path::Path;
use std::time::Duration;

use sha2::{Digest as _, Sha256};

use super::repository::checksum;
use super::{Hub, HubError, LARGEST_BYTES, RemoteFile, Repository, check};
use crate::data::hex;
use crate::domain::Stage;
use crate::progress::Progress;

/// Attempts that bring nothing new before a transfer is given up.
const FRUITLESS: u32 = 5;
/// The pause before the first of them; it doubles.
const PAUSE: Duration = Duration::from_millis(250);
/// Servers that an address may lead through.
const HOPS: usize = 6;
const BUFFER: usize = 1 << 18;
/// What is shown of progress, in bytes.
const SHOWN: u64 = 1000;

/// A file to be fetched.
pub struct ModelFile<'a> {
    pub repository: &'a Repository,
    pub file: &'a RemoteFile,
    /// A checksum that is known from elsewhere.
    pub sha256: Option<&'a str>,
}

/// How one connection ended.
enum Ended {
    Whole,
    /// Before the end, with the reason.
    Early(String),
}

/// An answer that carries the file or a rest of it.
struct Opened {
    response: ureq::http::Response<ureq::Body>,
    /// The checksum in the hub's response headers.
    sha256: Option<String>,
}

impl Hub {
    /// Fetch a file into `part`, resuming an earlier attempt, and verify it. Returns its SHA-256.
    ///
    /// # Errors When it cannot be fetched, or does not match its description; then `part` is deleted. The bytes of a
    /// broken transfer are kept.
    pub fn fetch(&self, wanted: &ModelFile, part: &Path, progress: &Progress) -> Result<String, HubError> {
        let name = &wanted.file.path;
        let known = wanted.file.size;
        if let Some(size) = known.filter(|size| *size > LARGEST_BYTES) {
            return Err(HubError::TooLarge { file: name.clone(), size });
        }
        // The hub's checksum and the one known from elsewhere must agree before the transfer starts.
        if let (Some(known), Some(said)) = (wanted.sha256, &wanted.file.sha256)
            && known != said
        {
            return Err(HubError::Checksum { file: name.clone(), expected: known.to_owned(), found: said.clone() });
        }
        let mut file = OpenOptions::new().create(true).read(true).write(true).truncate(false).open(part)?;
        match file.try_lock() {
            Err(TryLockError::WouldBlock) => return Err(HubError::Busier { file: name.clone() }),
            Err(TryLockError::Error(error)) => return Err(error.into()),
            Ok(()) => {}
        }
        let mut promised: Vec<String> = wanted.sha256.map(ToOwned::to_owned).into_iter().collect();
        promised.extend(wanted.file.sha256.clone());
        let mut total = known;
        let mut fruitless = 0;
        loop {
            let have = file.seek(SeekFrom::End(0))?;
            if total.is_some_and(|total| have > total) {
                file.set_len(0)?;
                continue;
            }
            if total == Some(have) && total > Some(0) {
                break;
            }
            let ended = match self.attempt(wanted, &mut file, have, &mut total, &mut promised, progress) {
                Ok(Ended::Whole) => break,
                Ok(Ended::Early(reason)) | Err(HubError::Unreachable { reason, .. }) => reason,
                Err(HubError::Busy { status, .. }) => format!("status {status}"),
                Err(error) => return Err(error),
            };
            fruitless = if file.seek(SeekFrom::End(0))? > have { 0 } else { fruitless + 1 };
            if fruitless >= FRUITLESS {
                return Err(HubError::Broken { file: name.clone(), reason: ended });
            }
            tracing::debug!(file = name, reason = ended, "transfer broke off and goes on");
            std::thread::sleep(PAUSE * 2u32.pow(fruitless));
        }
        file.sync_all()?;
        let found = hash(&mut file, name, progress)?;
        if let Some(expected) = promised.into_iter().find(|promised| *promised != found) {
            drop(file);
            std::fs::remove_file(part)?;
            return Err(HubError::Checksum { file: name.clone(), expected, found });
        }
        Ok(found)
    }

    /// Fetch a small text, or nothing when the hub does not have it.
    ///
    /// # Errors
    /// When the hub cannot be reached or refuses, or the text is longer than `longest` bytes.
    pub fn text(&self, repository: &Repository, file: &RemoteFile, longest: u64) -> Result<Option<String>, HubError> {
        let wrong = |reason: String| HubError::Answer { what: file.path.clone(), reason };
        let opened = match self.open(&self.address_of(repository, &file.path), &file.path, 0) {
            Err(HubError::Missing { .. }) => return Ok(None),
            opened => opened?,
        };
        let body = opened.response.into_body().into_with_config().limit(longest).read_to_string();
        body.map(Some).map_err(|error| wrong(error.to_string()))
    }

    /// One connection: append to `file` what comes from byte `have` on.
    fn attempt(
        &self,
        wanted: &ModelFile,
        file: &mut File,
        have: u64,
        total: &mut Option<u64>,
        promised: &mut Vec<String>,
        progress: &Progress,
    ) -> Result<Ended, HubError> {
        let name = &wanted.file.path;
        let opened = match self.open(&self.address_of(wanted.repository, name), name, have) {
            // The partial file no longer matches.
            Err(HubError::Answer { reason, .. }) if reason == "status 416" => {
                file.set_len(0)?;
                return Ok(Ended::Early(reason));
            }
            opened => opened?,
        };
        promised.extend(opened.sha256);
        let (start, size) = extent(&opened.response);
        let mut have = have;
        if start != have {
            // The server sends all of it, or another part than requested.
            file.set_len(0)?;
            if start != 0 {
                return Ok(Ended::Early("another part came than was asked for".to_owned()));
            }
            have = 0;
        }
        if let (Some(known), Some(size)) = (*total, size)
            && known != size
        {
            let reason = format!("`{name}` has {size} bytes, {known} were promised");
            return Err(HubError::Answer { what: wanted.repository.name.clone(), reason });
        }
        *total = total.or(size);
        let limit = total.unwrap_or(LARGEST_BYTES).min(LARGEST_BYTES);
        file.seek(SeekFrom::Start(have))?;
        let mut body = opened.response.into_body().into_reader();
        let mut buffer = vec![0; BUFFER];
        loop {
            if progress.stopped() {
                return Err(HubError::Stopped);
            }
            let n = match body.read(&mut buffer) {
                Ok(0) if total.is_none_or(|total| total == have) => return Ok(Ended::Whole),
                Ok(0) => return Ok(Ended::Early("the connection ended early".to_owned())),
                Ok(n) => n,
                Err(error) => return Ok(Ended::Early(error.to_string())),
            };
            have += n as u64;
            if have > limit {
                file.set_len(0)?;
                return Err(HubError::TooLarge { file: name.clone(), size: have });
            }
            file.write_all(&buffer[..n])?;
            progress.report(have / SHOWN, total.unwrap_or(0) / SHOWN, &Stage::Downloading(short(name).to_owned()));
        }
    }

    /// Ask for the file from byte `have` on, through however many servers it takes. The hub's token goes to the hub only.
    fn open(&self, address: &str, what: &str, have: u64) -> Result<Opened, HubError> {
        let wrong = |reason: String| HubError::Answer { what: what.to_owned(), reason };
        let mut address = url::Url::parse(address).map_err(|error| wrong(error.to_string()))?;
        let mut sha256 = None;
        for _ in 0..HOPS {
            let mut request = self.agent.get(address.as_str());
            if let Some(token) = self.token.as_ref().filter(|_| address.origin() == self.endpoint.origin()) {
                request = request.header("Authorization", format!("Bearer {token}"));
            }
            if have > 0 {
                request = request.header("Range", format!("bytes={have}-"));
            }
            let response = request.call().map_err(|error| self.unreachable(&error))?;
            let header = |name: &str| response.headers().get(name).and_then(|value| value.to_str().ok());
            sha256 = sha256.or_else(|| header("x-linked-etag").and_then(checksum));
            if !response.status().is_redirection() {
                check(response.status().as_u16(), what)?;
                return Ok(Opened { response, sha256 });
            }
            let to = header("location").ok_or_else(|| wrong("it leads nowhere".to_owned()))?;
            let next = address.join(to).map_err(|error| wrong(error.to_string()))?;
            let safe = next.scheme() == "https" || (next.scheme() == "http" && address.scheme() == "http");
            if !safe {
                return Err(wrong(format!("it leads to {}, which is not safe", next.scheme())));
            }
            address = next;
        }
        Err(wrong("it leads in circles".to_owned()))
    }
}

/// Where the body of an answer begins in the file, and how long the whole file is.
fn extent(response: &ureq::http::Response<ureq::Body>) -> (u64, Option<u64>) {
    let header = |name: &str| response.headers().get(name).and_then(|value| value.to_str().ok());
    if response.status().as_u16() == 206 {
        // `bytes START-END/TOTAL`
        let range = header("content-range").and_then(|range| range.strip_prefix("bytes ")?.split_once('/'));
        let start = range.and_then(|(part, _)| part.split('-').next()?.trim().parse().ok());
        let total = range.and_then(|(_, total)| total.trim().parse().ok());
        return (start.unwrap_or(u64::MAX), total);
    }
    (0, header("content-length").and_then(|length| length.trim().parse().ok()))
}

/// The SHA-256 of the whole file, in hexadecimal digits.
fn hash(file: &mut File, name: &str, progress: &Progress) -> Result<String, HubError> {
    let size = file.metadata()?.len();
    file.seek(SeekFrom::Start(0))?;
    let mut hasher = Sha256::new();
    let mut buffer = vec![0; BUFFER];
    let mut done = 0;
    loop {
        let n = file.read(&mut buffer)?;
        if n == 0 {
            break;
        }
        hasher.update(&buffer[..n]);
        done += n as u64;
        progress.report(done / SHOWN, size / SHOWN, &Stage::Hashing(short(name).to_owned()));
    }
    Ok(hex(&hasher.finalize()))
}

/// A file's name without its folders.
fn short(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}
