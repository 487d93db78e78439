//! Families of encoders: how each is opened for samples.
//!
//! A description names its family; pictures' networks, the first one, go without. A new family is a file and a line here.

use std::path::Path;

use super::parts::SampleParts;
use super::{Encoder, pictures, pretrained, series, tables, texts};
use crate::domain::Modality;
use crate::modality::Preparation;
use crate::runtime::{EncodeError, LazyRuntime};

/// Every family; the first is that of descriptions without a name.
const FAMILIES: &[EncoderFamily] =
    &[pictures::FAMILY, texts::FAMILY, series::FAMILY, tables::FAMILY, pretrained::SENTENCES, pretrained::TABLES];

/// Opens what tells the parts of samples.
pub type OpenParts = fn(&StoredEncoder<'_>) -> Result<Box<dyn SampleParts>, EncodeError>;

/// Encoders that are described and opened in the same way.
pub struct EncoderFamily {
    /// As descriptions name it.
    pub name: &'static str,
    /// What its samples are.
    pub modality: Modality,
    pub open: fn(&LazyRuntime, &StoredEncoder<'_>) -> Result<OpenedEncoder, EncodeError>,
    /// What tells the parts of a sample, where that is cheap.
    pub parts: Option<OpenParts>,
    /// How many of an embedding's first places are axes, by the description; see [`axes`].
    pub axes: fn(&str) -> usize,
}

/// An encoder as it is stored.
#[derive(Debug, Clone, Copy)]
pub struct StoredEncoder<'a> {
    /// Its model file.
    pub path: &'a Path,
    /// Its description, as JSON.
    pub spec: &'a str,
    /// The changes that copies of samples show; empty: no copies.
    pub changes: &'a str,
}

impl StoredEncoder<'_> {
    /// The bytes of its file.
    ///
    /// # Errors
    /// When it cannot be read.
    pub(super) fn bytes(&self) -> Result<Vec<u8>, EncodeError> {
        std::fs::read(self.path).map_err(|source| EncodeError::Read { path: self.path.to_owned(), source })
    }
}

/// How samples are prepared for an encoder, and the encoder.
pub struct OpenedEncoder {
    pub preparation: Box<dyn Preparation>,
    pub encoder: Box<dyn Encoder>,
}

impl EncoderFamily {
    pub(super) fn of(spec: &str) -> Result<&'static Self, EncodeError> {
        let wrong = |reason: String| EncodeError::Spec(reason);
        let parsed: serde_json::Value = serde_json::from_str(spec).map_err(|error| wrong(error.to_string()))?;
        let Some(name) = parsed.get("family") else { return Ok(&FAMILIES[0]) };
        let known = FAMILIES.iter().find(|family| name == family.name);
        known.ok_or_else(|| wrong(format!("family {name} is unknown to this version; use a newer Querist")))
    }
}

/// Open an encoder, pretrained or learned here.
///
/// # Errors
/// When its description is wrong, its file cannot be read, or ONNX Runtime refuses it.
pub fn open(runtime: &LazyRuntime, stored: &StoredEncoder<'_>) -> Result<OpenedEncoder, EncodeError> {
    (EncoderFamily::of(stored.spec)?.open)(runtime, stored)
}

/// What the samples of an encoder with this description are; `None` where that cannot be read.
pub fn modality(spec: &str) -> Option<Modality> {
    EncoderFamily::of(spec).ok().map(|family| family.modality)
}

/// How many of the first places of an embedding are *axes*: they hold one column each, bit for bit as the encoder's graph gives it,
/// so that trees may cut them. None where samples have no columns, and where the description cannot be read.
pub fn axes(spec: &str) -> usize {
    EncoderFamily::of(spec).map_or(0, |family| (family.axes)(spec))
}

/// Of families whose embeddings have no axes.
pub(super) fn no_axes(_: &str) -> usize {
    0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_family_of_a_later_version_is_refused_by_name() {
        let refused = EncoderFamily::of(r#"{"family":"dreams"}"#).err().unwrap().to_string();
        assert!(refused.contains("family \"dreams\" is unknown"), "{refused}");
        assert!(EncoderFamily::of("no JSON").is_err());
        assert_eq!(EncoderFamily::of("{}").unwrap().name, "pictures");
    }
}
