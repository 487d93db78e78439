//! The encoder of texts that needs no download: latent semantic analysis of the pool's own words, see [`terms`](super::terms).
//!
//! Its file is an ONNX graph from texts to embeddings, which goes into model files as it is. Here the same numbers are computed
//! from the few words that a text has, which is a hundred times faster than the graph's dense product.

use rayon::prelude::*;

use super::AlreadyEmbedded;
use super::builtin::{Builtin, Learned, PoolSamples};
use super::family::{EncoderFamily, OpenedEncoder, StoredEncoder, no_axes};
use super::parts::{SamplePart, SampleParts, WithoutEach};
use super::terms::{INPUT, OUTPUT, TermSettings, Terms, TermsError};
use crate::domain::{Modality, Stage};
use crate::modality::{Preparation, Signature, Unusable, text};
use crate::models::intake::TextIntake;
use crate::onnx::Model;
use crate::progress::Progress;
use crate::runtime::{EncodeError, LazyRuntime};

pub(super) const FAMILY: EncoderFamily =
    EncoderFamily { name: TextIntake::FAMILY, modality: Modality::Text, open, parts: Some(parts), axes: no_axes };

pub(super) const BUILTIN: Builtin = Builtin { modality: Modality::Text, name: "terms", most: 20_000, learn };

fn read(stored: &StoredEncoder<'_>) -> Result<Terms, EncodeError> {
    Terms::from_model(&Model::read(stored.bytes()?)?).map_err(refused)
}

fn parts(stored: &StoredEncoder<'_>) -> Result<Box<dyn SampleParts>, EncodeError> {
    Ok(Box::new(Words(read(stored)?)))
}

fn open(_: &LazyRuntime, stored: &StoredEncoder<'_>) -> Result<OpenedEncoder, EncodeError> {
    let terms = read(stored)?;
    let dim = terms.dim();
    let signature = Signature { input: INPUT.to_owned(), shape: vec![dim], output: OUTPUT.to_owned(), dim };
    let preparation = Box::new(PrepareTexts { terms, signature });
    Ok(OpenedEncoder { preparation, encoder: Box::new(AlreadyEmbedded::new(dim)) })
}

fn learn(_: &LazyRuntime, pool: &PoolSamples<'_>, seed: u64, progress: &Progress) -> Result<Learned, EncodeError> {
    let texts: Vec<String> = (0..pool.len)
        .into_par_iter()
        .filter_map(|at| {
            let bytes = (pool.read)(at)?;
            text::read(&bytes).ok().map(str::to_owned)
        })
        .collect();
    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
    let told = |done, total| {
        progress.report(done, total, &Stage::Projection);
        !progress.stopped()
    };
    let terms = Terms::learn(&texts, &TermSettings::default(), seed, &told).map_err(refused)?;
    let spec = serde_json::to_string(&TextIntake::new(INPUT, OUTPUT, terms.dim())).unwrap_or_default();
    Ok(Learned { model: terms.to_model(), spec, dim: terms.dim() })
}

#[expect(clippy::needless_pass_by_value, reason = "it stands in `map_err`")]
fn refused(error: TermsError) -> EncodeError {
    match error {
        TermsError::Stopped => EncodeError::Stopped,
        TermsError::Foreign(_) => EncodeError::Spec(error.to_string()),
        TermsError::TooFew(_) | TermsError::NoWords => EncodeError::Learn(error.to_string()),
    }
}

/// The words of texts.
struct Words(Terms);

impl SampleParts for Words {
    fn without_each(&self, bytes: &[u8], most: usize) -> Result<WithoutEach, Unusable> {
        let text = text::read(bytes)?;
        let mut whole = vec![0.0; self.0.dim()];
        self.0.embed(text, &mut whole);
        let (mut byte, mut unit) = (0, 0);
        let words = self.0.without_each_word(text).into_iter().take(most).map(|(range, row)| {
            let units = |text: &str| text.encode_utf16().count();
            let from = unit + units(&text[byte..range.start]);
            unit = from + units(&text[range.clone()]);
            byte = range.end;
            (SamplePart { from, to: unit }, row)
        });
        Ok((whole, words.collect()))
    }
}

/// Texts as embeddings.
struct PrepareTexts {
    terms: Terms,
    signature: Signature,
}

impl Preparation for PrepareTexts {
    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn prepare(&self, bytes: &[u8], _: u64, out: &mut [f32]) -> Result<(), Unusable> {
        self.terms.embed(text::read(bytes)?, out);
        Ok(())
    }
}
