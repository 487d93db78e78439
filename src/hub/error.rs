//! What goes wrong between an address and a file, in words for the person who asked.

#[derive(Debug, thiserror::Error)]
pub enum HubError {
    #[error("`{0}` is not a model's address; write hf:OWNER/NAME, with /FILE or @REVISION behind it where needed")]
    Address(String),
    #[error("the hub's address is `{0}`; set HF_ENDPOINT to one that begins with http:// or https://")]
    Endpoint(String),
    #[error("the client of the hub cannot be set up: {0}")]
    Setup(String),
    #[error(
        "the hub at {endpoint} cannot be reached ({reason}); check network and proxy, or do without: the built-in encoder \
         needs no download, and `querist encoder add FILE` takes a file that was fetched elsewhere"
    )]
    Unreachable { endpoint: String, reason: String },
    #[error(
        "the hub does not hand out `{what}` (status {status}): there is none of this name, or it is private, or its terms \
         must be accepted on the hub first; then set HF_TOKEN to a token that may read it"
    )]
    Refused { what: String, status: u16 },
    #[error("the hub has no `{what}`; check owner, name, file and revision")]
    Missing { what: String },
    #[error("the hub answered for `{what}` with status {status}; run this again later, it goes on where it stopped")]
    Busy { what: String, status: u16 },
    #[error("the hub's answer about `{what}` cannot be used: {reason}")]
    Answer { what: String, reason: String },
    #[error("`{file}` has {size} bytes; models of up to {} can be used", super::LARGEST_BYTES)]
    TooLarge { file: String, size: u64 },
    #[error(
        "`{file}` is not the file it should be: its SHA-256 is {found}, {expected} was promised; it has been deleted, run \
         this again, and if that happens again do not use it"
    )]
    Checksum { file: String, expected: String, found: String },
    #[error("the transfer of `{file}` broke off too often ({reason}); run this again, it goes on where it stopped")]
    Broken { file: String, reason: String },
    #[error("`{file}` is being downloaded by another process; wait for it, or end it")]
    Busier { file: String },
    #[error("stopped; run this again, it goes on where it stopped")]
    Stopped,
    #[error("the download cannot be written")]
    File(#[from] std::io::Error),
}
