//! A small HTTP/1.1 client on a blocking socket.
//!
//! Our own, because a test of broken connections decides to the byte how much of a request leaves and when the line is cut;
//! libraries hide exactly that. Replies have a length, come in chunks, or end with the connection; nothing else is understood.

use std::io::{BufRead as _, BufReader, Error, ErrorKind, Read as _, Result, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use serde_json::Value;

/// Longest silence before a reply is given up.
const PATIENCE: Duration = Duration::from_secs(40);

/// The header of somebody with a token.
pub fn bearer(token: &str) -> String {
    format!("Authorization: Bearer {token}")
}

/// One kept connection. After an error the next call opens a new one.
pub struct Line {
    address: SocketAddr,
    /// The header that says who asks.
    who: String,
    patience: Duration,
    open: Option<BufReader<TcpStream>>,
}

/// A reply, read to its end.
#[derive(Debug)]
pub struct Reply {
    pub status: u16,
    /// What `Retry-After` says.
    pub retry_after: Option<String>,
    pub body: Vec<u8>,
}

impl Reply {
    /// The body as JSON; `null` where it is none.
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }

    /// The error's code, or nothing.
    pub fn code(&self) -> String {
        self.json()["error"]["code"].as_str().unwrap_or_default().to_owned()
    }
}

impl Line {
    /// A line of whoever this header names.
    pub fn new(address: SocketAddr, who: String) -> Self {
        Self { address, who, patience: PATIENCE, open: None }
    }

    /// The same, giving up sooner.
    pub fn patient_for(mut self, patience: Duration) -> Self {
        self.patience = patience;
        self
    }

    /// Another connection for the same caller.
    pub fn twin(&self) -> Self {
        Self { address: self.address, who: self.who.clone(), patience: self.patience, open: None }
    }

    pub fn get(&mut self, path: &str) -> Result<Reply> {
        self.call("GET", path, None)
    }

    pub fn post(&mut self, path: &str, body: &Value) -> Result<Reply> {
        self.call("POST", path, Some(body))
    }

    pub fn put(&mut self, path: &str, body: &Value) -> Result<Reply> {
        self.call("PUT", path, Some(body))
    }

    pub fn delete(&mut self, path: &str) -> Result<Reply> {
        self.call("DELETE", path, None)
    }

    fn call(&mut self, method: &str, path: &str, body: Option<&Value>) -> Result<Reply> {
        let body = body.map(|body| ("application/json", body.to_string().into_bytes()));
        let request = self.request(method, path, body);
        self.exchange(&request)
    }

    /// Send files as a form does, each as a field `files`.
    pub fn upload(&mut self, path: &str, files: &[(String, Vec<u8>)]) -> Result<Reply> {
        let request = self.upload_request(path, files);
        self.exchange(&request)
    }

    /// The bytes of an upload.
    pub fn upload_request(&self, path: &str, files: &[(String, Vec<u8>)]) -> Vec<u8> {
        const BORDER: &str = "a-border-that-is-in-no-picture";
        let mut body = Vec::new();
        for (name, content) in files {
            let head = format!(
                "--{BORDER}\r\nContent-Disposition: form-data; name=\"files\"; filename=\"{name}\"\r\n\
                 Content-Type: application/octet-stream\r\n\r\n"
            );
            body.extend_from_slice(head.as_bytes());
            body.extend_from_slice(content);
            body.extend_from_slice(b"\r\n");
        }
        body.extend_from_slice(format!("--{BORDER}--\r\n").as_bytes());
        self.request("POST", path, Some((&format!("multipart/form-data; boundary={BORDER}"), body)))
    }

    /// Send the first `share` of a request's bytes, then hang up; with 1, all of them, and the reply is not read.
    pub fn cut(&self, path: &str, body: &Value, share: f64) -> Result<()> {
        let request = self.request("POST", path, Some(("application/json", body.to_string().into_bytes())));
        self.cut_bytes(&request, share)
    }

    /// The same with bytes of one's own.
    pub fn cut_bytes(&self, request: &[u8], share: f64) -> Result<()> {
        let n = ((request.len() as f64 * share) as usize).clamp(1, request.len());
        TcpStream::connect_timeout(&self.address, self.patience)?.write_all(&request[..n])
    }

    fn request(&self, method: &str, path: &str, body: Option<(&str, Vec<u8>)>) -> Vec<u8> {
        use std::fmt::Write as _;
        let mut head = format!("{method} {path} HTTP/1.1\r\nHost: {}\r\n{}\r\n", self.address, self.who);
        let body = body.map(|(kind, body)| {
            let _ = write!(head, "Content-Type: {kind}\r\nContent-Length: {}\r\n", body.len());
            body
        });
        head.push_str("\r\n");
        let mut bytes = head.into_bytes();
        bytes.extend(body.unwrap_or_default());
        bytes
    }

    fn exchange(&mut self, request: &[u8]) -> Result<Reply> {
        let mut line = if let Some(line) = self.open.take() {
            line
        } else {
            let stream = TcpStream::connect_timeout(&self.address, self.patience)?;
            stream.set_nodelay(true)?;
            stream.set_read_timeout(Some(self.patience))?;
            stream.set_write_timeout(Some(self.patience))?;
            BufReader::new(stream)
        };
        line.get_mut().write_all(request)?;
        let (reply, kept) = read_reply(&mut line)?;
        // A reply that ended in the middle never gets here, so the next one begins where this one ends.
        self.open = kept.then_some(line);
        Ok(reply)
    }
}

/// One reply, and whether the connection stays open.
fn read_reply(line: &mut BufReader<TcpStream>) -> Result<(Reply, bool)> {
    let wrong = |what: &str| Error::new(ErrorKind::InvalidData, what.to_owned());
    let mut text = String::new();
    next_line(line, &mut text)?;
    let status = text.split(' ').nth(1).and_then(|code| code.parse().ok()).ok_or_else(|| wrong("no status"))?;
    let (mut length, mut chunked, mut kept, mut retry_after) = (None, false, true, None);
    loop {
        next_line(line, &mut text)?;
        if text.is_empty() {
            break;
        }
        let Some((name, value)) = text.split_once(':') else { return Err(wrong("no header")) };
        let value = value.trim();
        match name.to_ascii_lowercase().as_str() {
            "content-length" => length = value.parse::<usize>().ok(),
            "transfer-encoding" => chunked = value.eq_ignore_ascii_case("chunked"),
            "connection" => kept = !value.eq_ignore_ascii_case("close"),
            "retry-after" => retry_after = Some(value.to_owned()),
            _ => {}
        }
    }
    let mut body = Vec::new();
    if chunked {
        read_chunks(line, &mut body)?;
    } else if let Some(length) = length {
        body.resize(length, 0);
        line.read_exact(&mut body)?;
    } else if status != 204 && status != 304 {
        line.read_to_end(&mut body)?;
        kept = false;
    }
    Ok((Reply { status, retry_after, body }, kept))
}

fn read_chunks(line: &mut BufReader<TcpStream>, body: &mut Vec<u8>) -> Result<()> {
    let mut text = String::new();
    loop {
        next_line(line, &mut text)?;
        let size = usize::from_str_radix(text.trim(), 16)
            .map_err(|_| Error::new(ErrorKind::InvalidData, "a chunk without a size"))?;
        let start = body.len();
        body.resize(start + size, 0);
        line.read_exact(&mut body[start..])?;
        next_line(line, &mut text)?;
        if size == 0 {
            return Ok(());
        }
    }
}

/// One line without its end. An end of the connection is an error.
fn next_line(line: &mut BufReader<TcpStream>, text: &mut String) -> Result<()> {
    text.clear();
    if line.read_line(text)? == 0 || !text.ends_with('\n') {
        return Err(ErrorKind::UnexpectedEof.into());
    }
    text.truncate(text.trim_end().len());
    Ok(())
}
