//! A test-only modality, made of this file and one line of the table: a text is its bytes, and its embedding counts
//! them.

use std::fs::File;
use std::io::{Error, Result};

use super::{Inspected, Medium, Preparation, SeekRead, Signature, SpecError, Unusable};
use crate::blobs::{BlobPart, ORIGINAL};
use crate::domain::Modality;

const MEDIA_TYPE: &str = "text/plain; charset=utf-8";

pub(super) struct PlainText;

impl Medium for PlainText {
    fn modality(&self) -> Modality {
        Modality::Text
    }

    fn most_bytes(&self) -> u64 {
        1 << 20
    }

    fn inspect(&self, bytes: &[u8], _: &dyn Fn(BlobPart) -> bool) -> std::result::Result<Inspected, Unusable> {
        let text = std::str::from_utf8(bytes).map_err(|_| Unusable("this is not a text".to_owned()))?;
        let facts = serde_json::json!({ "format": "text", "lines": text.lines().count() });
        Ok(Inspected { facts, notes: Vec::new(), fingerprint: None, drawn: Vec::new() })
    }

    fn renditions(&self, _: &[u8]) -> Vec<BlobPart> {
        Vec::new()
    }

    fn is_whole(&self, _: BlobPart, _: &[u8]) -> bool {
        true
    }

    fn draw(&self, _: BlobPart, _: &[u8], _: &mut File) -> Result<()> {
        Err(Error::other("a text is shown as it is"))
    }

    fn shown_as_it_is(&self, _: &mut dyn SeekRead) -> Result<Option<&'static str>> {
        Ok(Some(MEDIA_TYPE))
    }

    fn stage(&self) -> (BlobPart, &'static str) {
        (ORIGINAL, MEDIA_TYPE)
    }

    fn card(&self) -> (BlobPart, &'static str) {
        (ORIGINAL, MEDIA_TYPE)
    }

    fn preparation(&self, _: &str, _: &str) -> std::result::Result<Box<dyn Preparation>, SpecError> {
        let (input, output) = ("counts".to_owned(), "embedding".to_owned());
        Ok(Box::new(Histogram(Signature { input, shape: vec![256], output, dim: 256 })))
    }
}

struct Histogram(Signature);

impl Preparation for Histogram {
    fn signature(&self) -> &Signature {
        &self.0
    }

    fn prepare(&self, bytes: &[u8], _: u64, out: &mut [f32]) -> std::result::Result<(), Unusable> {
        for byte in bytes {
            out[usize::from(*byte)] += 1.0 / bytes.len() as f32;
        }
        Ok(())
    }
}
