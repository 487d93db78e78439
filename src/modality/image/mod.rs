//! Pictures: read whatever their format, prepared for an encoder, changed without changing what they show, shown at any size.
//!
//! **Invariant:** the pixel limit is checked before anything is decoded.

pub mod augment;
pub mod fingerprint;
pub mod picture;
pub mod preprocess;
pub mod pyramid;
pub(crate) mod resample;
pub mod spec;

use std::fs::File;
use std::io::{BufWriter, Error, Write as _};

pub use picture::{Picture, PictureError};
pub use spec::EncoderSpec;

use self::augment::{Augmentation, VIEWS};
use self::picture::{Decoded, Header, Limits, PictureFormat, browser_shows_the_same, read_header};
use self::pyramid::Pyramid;
use super::{Comparer, Inspected, Medium, Preparation, SeekRead, Signature, SpecError, Unusable};
use crate::blobs::BlobPart;
use crate::domain::Modality;
use crate::math::random;

/// The small picture that lists and grids show, a JPEG.
pub const SMALL: BlobPart = BlobPart::drawn(".jpg");
/// The encoder's picture as a PNG, where browsers would show the file otherwise, or not at all.
pub const SHOWN: BlobPart = BlobPart::drawn(".shown.png");
/// A large picture made to fit a screen, a JPEG.
pub const FIT: BlobPart = BlobPart::bounded(".fit.jpg");
/// The tiles of a large picture.
pub const TILES: BlobPart = BlobPart::bounded(".tiles");

/// Longer side of a small picture, in pixels.
const SMALL_SIDE: u32 = 256;

/// Samples that are pictures.
pub struct Image;

impl Medium for Image {
    fn modality(&self) -> Modality {
        Modality::Image
    }

    fn most_bytes(&self) -> u64 {
        Limits::default().max_bytes
    }

    fn inspect(&self, bytes: &[u8], lacks: &dyn Fn(BlobPart) -> bool) -> Result<Inspected, Unusable> {
        picture::with(bytes, &Limits::default(), |decoded| inspected(&decoded, lacks))?
    }

    fn renditions(&self, bytes: &[u8]) -> Vec<BlobPart> {
        // Other formats need the whole header.
        if PictureFormat::of(bytes) == Some(PictureFormat::Tiff) { vec![SMALL, SHOWN] } else { vec![SMALL] }
    }

    fn is_whole(&self, part: BlobPart, stored: &[u8]) -> bool {
        let (first, last): (&[u8], &[u8]) =
            if part == SHOWN { (b"\x89PNG", b"IEND\xaeB`\x82") } else { (&[0xff, 0xd8], &[0xff, 0xd9]) };
        stored.starts_with(first) && stored.ends_with(last)
    }

    fn draw(&self, part: BlobPart, bytes: &[u8], out: &mut File) -> std::io::Result<()> {
        let picture = picture::decode(bytes, &Limits::default()).map_err(Error::other)?;
        if part == TILES {
            let mut out = BufWriter::new(out);
            pyramid::write_tiles(picture, &mut out)?;
            return out.flush();
        }
        let drawn = if part == FIT { pyramid::fit(picture) } else { rendition(part, &picture) };
        out.write_all(&drawn.map_err(Error::other)?)
    }

    fn shown_as_it_is(&self, file: &mut dyn SeekRead) -> std::io::Result<Option<&'static str>> {
        let header = read_header(file).map_err(Error::other)?;
        Ok(browser_shows_the_same(&header).then(|| header.format.media_type()))
    }

    fn stage(&self) -> (BlobPart, &'static str) {
        (SHOWN, PictureFormat::Png.media_type())
    }

    fn card(&self) -> (BlobPart, &'static str) {
        (SMALL, PictureFormat::Jpeg.media_type())
    }

    fn comparer(&self, card: &[u8]) -> Option<Comparer> {
        let decoded = |bytes: &[u8]| picture::decode(bytes, &Limits::default()).ok();
        let own = decoded(card)?;
        Some(Box::new(move |other| decoded(other).is_some_and(|other| fingerprint::same(&own, &other))))
    }
}

/// Whether pages will need a rendition of the picture: browsers show the file otherwise, and it is not so large that pages
/// show a smaller one anyway.
fn needs_rendition(header: &Header) -> bool {
    let large = Pyramid { width: header.width, height: header.height }.is_large();
    !large && !browser_shows_the_same(header)
}

fn rendition(part: BlobPart, picture: &Picture) -> Result<Vec<u8>, PictureError> {
    if part == SHOWN { picture::to_png(picture) } else { picture::thumbnail(picture, SMALL_SIDE) }
}

fn inspected(decoded: &Decoded, lacks: &dyn Fn(BlobPart) -> bool) -> Result<Inspected, Unusable> {
    let Decoded { picture, header, notes } = decoded;
    let mut drawn = Vec::new();
    for (part, needed) in [(SMALL, true), (SHOWN, needs_rendition(header))] {
        if needed && lacks(part) {
            let failed = |error| Unusable(format!("its small picture could not be made ({error})"));
            drawn.push((part, rendition(part, picture).map_err(failed)?));
        }
    }
    Ok(Inspected {
        facts: serde_json::json!({
            "format": header.format.as_str(), "width": picture.width, "height": picture.height
        }),
        notes: notes.iter().map(ToString::to_string).collect(),
        fingerprint: Some(fingerprint::of(picture)),
        drawn,
    })
}

impl From<PictureError> for Unusable {
    fn from(error: PictureError) -> Self {
        Self(error.to_string())
    }
}

/// Pictures for one encoder.
pub struct PreparePictures {
    spec: EncoderSpec,
    signature: Signature,
    /// The changes that copies show; empty without augmentation.
    changes: Vec<Augmentation>,
}

impl PreparePictures {
    /// As an encoder with this description takes pictures, and copies with these `changes`, where any are named.
    ///
    /// # Errors
    /// When the description or the changes cannot be used.
    pub fn new(spec: &str, changes: &str) -> Result<Self, SpecError> {
        let spec = EncoderSpec::from_json(spec)?.check()?;
        let changes = augment::parse(changes).map_err(|error| SpecError(error.to_string()))?;
        Ok(Self { signature: spec.signature(), spec, changes })
    }
}

impl Preparation for PreparePictures {
    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn tensors(&self) -> usize {
        if self.changes.is_empty() { 1 } else { 1 + VIEWS }
    }

    fn prepare(&self, bytes: &[u8], sample: u64, out: &mut [f32]) -> Result<(), Unusable> {
        picture::with(bytes, &Limits::default(), |Decoded { picture, .. }| {
            for (copy, tensor) in out.chunks_exact_mut(self.spec.tensor_len()).enumerate() {
                if copy == 0 {
                    preprocess::prepare(&picture, &self.spec, tensor);
                } else {
                    let changed = augment::view(&picture, &self.changes, random::hash(copy as u64, sample));
                    preprocess::prepare(&changed, &self.spec, tensor);
                }
            }
        })?;
        Ok(())
    }
}
