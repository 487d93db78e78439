//! What a sample is: one folder per kind of sample, and the one table of them.
//!
//! A new modality is a folder with a [`Medium`] in it and a line in [`MEDIA`]. Code that works with samples asks the
//! project's medium and never looks at file types.

pub mod image;
pub mod series;
pub mod table;
pub mod text;

use std::fs::File;
use std::io::{BufRead, Seek};

use crate::blobs::BlobPart;
use crate::domain::Modality;

/// Every kind of sample.
const MEDIA: &[&dyn Medium] = &[&image::Image, &text::TextMedium, &series::SeriesMedium, &table::TableMedium];

/// How a file becomes a sample, and what people see of it.
pub trait Medium: Send + Sync {
    fn modality(&self) -> Modality;

    /// Bytes that a file may have.
    fn most_bytes(&self) -> u64;

    /// Read a file, and draw those of its renditions that `lacks` says are missing.
    ///
    /// # Errors
    /// When it is not such a sample, or a rendition cannot be drawn.
    fn inspect(&self, bytes: &[u8], lacks: &dyn Fn(BlobPart) -> bool) -> Result<Inspected, Unusable>;

    /// The renditions that a file beginning with `bytes` gets at import.
    fn renditions(&self, bytes: &[u8]) -> Vec<BlobPart>;

    /// Whether a stored rendition is whole.
    fn is_whole(&self, part: BlobPart, stored: &[u8]) -> bool;

    /// Draw one rendition of a file into `out`.
    ///
    /// # Errors
    /// When the file is damaged, or `out` cannot be written.
    fn draw(&self, part: BlobPart, bytes: &[u8], out: &mut File) -> std::io::Result<()>;

    /// The media type of a file that pages show as it is; `None` where [`Medium::stage`] is shown in its place.
    ///
    /// # Errors
    /// When the file cannot be read or is damaged.
    fn shown_as_it_is(&self, file: &mut dyn SeekRead) -> std::io::Result<Option<&'static str>>;

    /// What the stage shows in place of a file that pages cannot show, and its media type.
    fn stage(&self) -> (BlobPart, &'static str);

    /// What cards in lists and grids show, and its media type.
    fn card(&self) -> (BlobPart, &'static str);

    /// What is compared of samples whose fingerprints are near: the card, unless it holds too little.
    fn compared(&self) -> BlobPart {
        self.card().0
    }

    /// Whether samples can be searched by their words.
    fn has_words(&self) -> bool {
        false
    }

    /// What a file says, for searching in it.
    fn words(&self, bytes: &[u8]) -> Option<String> {
        let _ = bytes;
        None
    }

    /// What tells copies of one sample, by its [`Medium::compared`], from others that only have a similar fingerprint.
    fn comparer(&self, own: &[u8]) -> Option<Comparer> {
        let _ = own;
        None
    }
}

/// Whether another sample's part is a copy of it.
pub type Comparer = Box<dyn Fn(&[u8]) -> bool>;

/// A file that can be read again from its beginning.
pub trait SeekRead: BufRead + Seek {}

impl<T: BufRead + Seek> SeekRead for T {}

/// What is known about a file that is a sample.
#[derive(Debug, Clone)]
pub struct Inspected {
    /// What pages, programs and exports say about it.
    pub facts: serde_json::Value,
    /// What people should know about it, one sentence each.
    pub notes: Vec<String>,
    /// What finds its copies; `None`: only files with the same bytes are copies.
    pub fingerprint: Option<Fingerprint>,
    /// The renditions that were drawn.
    pub drawn: Vec<(BlobPart, Vec<u8>)>,
}

/// What a sample looks like, in a few bytes: enough to find its copies in any file format.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fingerprint {
    /// The same for files with the same content, as 32 hexadecimal digits.
    pub content: String,
    /// Copies differ in few bits of it.
    pub hash: u64,
}

/// From files to the numbers that one encoder takes.
pub trait Preparation: Send + Sync {
    fn signature(&self) -> &Signature;

    /// Tensors for each sample: its own, and one for each changed copy.
    fn tensors(&self) -> usize {
        1
    }

    /// Write the tensors of a file into `out`, [`Preparation::tensors`] × [`Signature::numbers`] numbers. The same `sample` has the
    /// same copies each time.
    ///
    /// # Errors
    /// When the file cannot be read any more.
    fn prepare(&self, bytes: &[u8], sample: u64, out: &mut [f32]) -> Result<(), Unusable>;
}

/// The shape of an encoder's input and output, whatever they mean.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signature {
    pub input: String,
    /// The input's shape for one sample.
    pub shape: Vec<usize>,
    pub output: String,
    /// Numbers per embedding.
    pub dim: usize,
}

impl Signature {
    /// Numbers per sample.
    pub fn numbers(&self) -> usize {
        self.shape.iter().product()
    }

    /// The input's shape for `n` samples.
    pub fn batch(&self, n: usize) -> Vec<usize> {
        [&[n], &self.shape[..]].concat()
    }
}

/// Why a file is not a sample.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct Unusable(pub String);

/// Why an encoder's description cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("the encoder's description is wrong: {0}")]
pub struct SpecError(pub String);

/// No medium for this modality.
#[derive(Debug, thiserror::Error)]
#[error("modality `{0}` cannot be labeled yet; use {known}", known = names().join(", "))]
pub struct NoMedium(pub Modality);

/// The medium of samples of this modality.
///
/// # Errors
/// When there is none.
pub fn medium(modality: Modality) -> Result<&'static dyn Medium, NoMedium> {
    let found = MEDIA.iter().find(|medium| medium.modality() == modality);
    found.copied().ok_or(NoMedium(modality))
}

/// Every kind of sample that can be labeled.
pub fn known() -> impl Iterator<Item = Modality> {
    MEDIA.iter().map(|medium| medium.modality())
}

fn names() -> Vec<&'static str> {
    known().map(Modality::as_str).collect()
}
